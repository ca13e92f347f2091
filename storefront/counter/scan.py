"""One field for every code of the trade: what is scanned or typed leads to its page at this outlet."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

bp = Blueprint("scan", __name__, url_prefix="/<outlet>/quet")


@bp.get("")
def show() -> ResponseReturnValue:
    """The field; with ``q``, the way to what it names, or that there is no such thing here."""
    text = request.args.get("q", "")
    return render_template("counter/scan/show.html", text=text, unknown=bool(text))
