"""Where somebody works: the outlets they see. Who sees only one goes straight there."""

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
    own = [outlet for outlet in found if outlet.id in desk.me().own]
    others = [outlet for outlet in found if outlet.id not in desk.me().own]
    return render_template("counter/outlets/index.html", own=own, others=others)
