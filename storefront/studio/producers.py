"""For whom somebody writes: the producers they are a member of. Who is of only one goes straight there."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from catalog import makers
from catalog.db import db
from storefront.studio import bench

bp = Blueprint("producers", __name__)


@bp.get("")
def index() -> ResponseReturnValue:
    """Choose a producer."""
    found = list(db.session.scalars(makers.producers_of(bench.me())))
    if len(found) == 1:
        return redirect(url_for("studio.home.show", producer=found[0].code))
    return render_template("studio/producers/index.html", producers=found)
