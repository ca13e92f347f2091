"""When and where goods reach the buyer, in words and in communes."""

from datetime import date

from flask_babel import gettext as _

from catalog import places
from catalog.places import Commune
from checkout.delivery import Promise
from storefront import filters, visitor


def estimated(province_code: str) -> Commune:
    """Where delivery is reckoned to before the buyer has named a commune: an ordinary one of the province.

    province_code: as chosen; the visitor's own when it is theirs, unknown or empty.
    """
    here = visitor.place()
    if province_code == here.province_code:
        return here
    return next((commune for commune in places.communes(province_code) if not commune.island), here)


def days(promise: Promise | None) -> str | None:
    """``thứ Tư 25/11`` or ``thứ Tư 25/11 – thứ Năm 26/11``"""
    return span(promise.from_on, promise.to_on) if promise else None


def span(from_on: date, to_on: date) -> str:
    """The same of two days."""
    first, last = filters.weekday_day(from_on), filters.weekday_day(to_on)
    return first if from_on == to_on else _("%(first)s – %(last)s", first=first, last=last)
