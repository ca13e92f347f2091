"""Is this star real, and was it on that day?"""

from datetime import date, datetime, time

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from catalog import showcase
from catalog.clock import VIETNAM, vietnam_day
from catalog.errors import NotFound
from storefront import age
from storefront.keeping import kept
from storefront.outside import outside
from storefront.programme import lapsed

bp = Blueprint("certificates", __name__, url_prefix="/chung-nhan")


@bp.get("/<number>")
@kept
def show(number: str) -> ResponseReturnValue:
    """All products under one decision number, as they stood on a day (today unless asked otherwise)."""
    now = outside().now()
    day = _day(request.args.get("ngay", "")) or vietnam_day(now)
    noon = datetime.combine(day, time(12), VIETNAM)
    try:
        found = showcase.certificate_entries(number, alcohol=age.shows_alcohol(), on=noon, at=now, lapsed=lapsed())
    except NotFound:
        if age.hides_alcohol() and showcase.certificate_entries(number, alcohol=True, on=noon, at=now, lapsed=lapsed()):
            return age.gate()
        raise
    return render_template(
        "shop/certificates/show.html", number=found[0].certificate.number, slug=number, entries=found, at=day
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
