"""Which years the programme's page is about: a phase of the programme or one year, named in the address (``ky``)."""

from dataclasses import dataclass
from datetime import date

from flask import request
from flask_babel import gettext as _

from catalog.clock import add_months, vietnam_day
from catalog.goals import Period
from catalog.localities import FIRST_YEAR
from storefront.outside import outside

SINCE = "2021-nay"
PHASES = {"2018-2020": (2018, 2020), "2021-2025": (2021, 2025), "2026-2030": (2026, 2030)}


@dataclass(frozen=True, slots=True)
class ChosenPeriod:
    """A choice of the list. key: as in the address.    words: as in a sentence.    days: never beyond today."""

    key: str
    words: str
    days: Period

    @property
    def twelve_months(self) -> Period:
        """The last twelve months of it, or before its end: from the first of a month."""
        return Period(add_months(self.days.to_on.replace(day=1), -11), self.days.to_on)

    @property
    def twelve_before(self) -> Period:
        """The twelve months before those."""
        first = self.twelve_months.from_on
        return Period(add_months(first, -12), date.fromordinal(first.toordinal() - 1))

    @property
    def year(self) -> Period:
        """The calendar year in which it ends, up to its end."""
        return Period(self.days.to_on.replace(month=1, day=1), self.days.to_on)


def periods() -> list[ChosenPeriod]:
    """What can be chosen today: since 2021, the phases that have begun, every year."""
    today = vietnam_day(outside().now())
    found = [ChosenPeriod(SINCE, _("từ 2021 đến nay"), Period(date(2021, 1, 1), today))]
    for key, (first, last) in PHASES.items():
        if first <= today.year:
            words = _("giai đoạn %(first)s–%(last)s", first=first, last=last)
            found.append(ChosenPeriod(key, words, _years(first, last, today)))
    for year in range(today.year, FIRST_YEAR - 1, -1):
        found.append(ChosenPeriod(str(year), _("năm %(year)s", year=year), _years(year, year, today)))
    return found


def asked() -> ChosenPeriod:
    """The one that the address names; nonsense is the first."""
    found = periods()
    return next((period for period in found if period.key == request.args.get("ky")), found[0])


def _years(first: int, last: int, today: date) -> Period:
    return Period(date(first, 1, 1), min(date(last, 12, 31), today))
