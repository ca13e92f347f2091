"""The events in which this producer takes part, itself or with a product."""

from flask import Blueprint, render_template

from catalog import fairs
from catalog.clock import vietnam_day
from catalog.db import db
from storefront.outside import outside
from storefront.studio import bench

bp = Blueprint("fairs", __name__, url_prefix="/<producer>/su-kien")


@bp.get("")
def index() -> str:
    """What is coming, then what was."""
    today = vietnam_day(outside().now())
    found = list(db.session.scalars(fairs.of_producer(bench.here().id)))
    coming = [fair for fair in found if fair.ends_on >= today]
    return render_template(
        "studio/fairs/index.html",
        coming=sorted(coming, key=lambda fair: (fair.starts_on, fair.id)),
        past=[fair for fair in found if fair.ends_on < today],
    )
