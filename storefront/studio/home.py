"""A producer's first screen: what waits for them."""

from flask import Blueprint, render_template

bp = Blueprint("home", __name__, url_prefix="/<producer>")


@bp.get("")
def show() -> str:
    """What to do today."""
    return render_template("studio/home/show.html")
