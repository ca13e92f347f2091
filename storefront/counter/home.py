"""The first screen of an outlet."""

from flask import Blueprint, render_template

bp = Blueprint("home", __name__, url_prefix="/<outlet>")


@bp.get("")
def show() -> str:
    """What can be done here, and what waits today."""
    return render_template("counter/home/show.html")
