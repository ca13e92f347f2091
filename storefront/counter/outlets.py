"""Where somebody works: the outlets they see. Who sees only one goes straight there; an officer who sees none, to the office."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from catalog import memberships
from catalog.db import db
from storefront.counter import desk

bp = Blueprint("outlets", __name__)


@bp.get("")
def index() -> ResponseReturnValue:
    """Choose an outlet."""
    found = list(db.session.scalars(memberships.outlets_of(desk.me())))
    if len(found) == 1:
        return redirect(url_for("counter.home.show", outlet=found[0].code))
    if not found and desk.me().in_office:
        return redirect(url_for("office.home.show"))
    own = [outlet for outlet in found if outlet.id in desk.me().own]
    others = [outlet for outlet in found if outlet.id not in desk.me().own]
    return render_template("counter/outlets/index.html", own=own, others=others)
