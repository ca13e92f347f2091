"""Is this star real, and was it on that day?"""

from datetime import date, datetime, time

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog import showcase
from catalog.clock import VIETNAM, vietnam_day
from catalog.text import nfc, slugify
from storefront import age, certificate_words
from storefront.keeping import kept
from storefront.outside import outside

bp = Blueprint("certificates", __name__, url_prefix="/chung-nhan")

LONGEST = 64
"""Characters of an unknown number that the page repeats."""


@bp.get("")
def find() -> ResponseReturnValue:
    """Where somebody types the number that stands on a label."""
    asked = nfc(request.args.get("so", ""))[:LONGEST]
    if slug := slugify(asked):
        return redirect(url_for("shop.certificates.show", number=slug))
    return render_template("shop/certificates/find.html", asked=asked)


@bp.get("/<path:number>")
@kept
def show(number: str) -> ResponseReturnValue:
    """All products under one decision number, as they stood on a day (today unless asked otherwise).

    Nobody knows the number: the same page says so, with status 404, and what to do. As it is printed (``12/QĐ-UBND``)
    it leads to its address.
    """
    slug = slugify(number)
    if slug and slug != number:
        return redirect(url_for("shop.certificates.show", number=slug, ngay=request.args.get("ngay")), 301)
    now = outside().now()
    today = vietnam_day(now)
    day = _day(request.args.get("ngay", "")) or today
    on = datetime.combine(day, time(12), VIETNAM)
    found = showcase.certificate_entries(number, alcohol=age.shows_alcohol(), on=on)
    if not found and age.hides_alcohol() and showcase.certificate_entries(number, alcohol=True, on=on):
        return age.gate()
    page = render_template(
        "shop/certificates/show.html",
        number=found[0].certificate.number if found else number[:LONGEST],
        slug=number,
        entries=[(entry, certificate_words.answer(entry, day, today=today)) for entry in found],
        papers=len({(entry.certificate.issuer, entry.certificate.signed_on) for entry in found}),
        at=day,
        checked_at=now,
    )
    return page if found else (page, 404)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
