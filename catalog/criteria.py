"""The programme's criteria: how many points a product can get, which stars they make, and who may give them. Pure.

All of it is dated: a decision is measured by the rules of the day it was signed, an assessment by those of the day it
was made. Sources: Decisions 1048/QĐ-TTg (2019), 148/QĐ-TTg (2023) and 1489/QĐ-TTg (2025).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class IssuerLevel(StrEnum):
    """Which level of government signed."""

    DISTRICT = "district"
    PROVINCE = "province"
    MINISTRY = "ministry"


@dataclass(frozen=True, slots=True)
class Criteria:
    """One set of criteria. maxima: most points for strength of product and community, for marketing, for quality."""

    name: str
    since: date
    maxima: tuple[Decimal, Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class Authority:
    """Who certified from a day on. levels: stars → levels that may sign, the usual one first."""

    since: date
    levels: dict[int, tuple[IssuerLevel, ...]]


def _points(*numbers: int) -> tuple[Decimal, Decimal, Decimal]:
    a, b, c = (Decimal(number) for number in numbers)
    return a, b, c


CRITERIA = (
    Criteria("1048/QĐ-TTg", date(2018, 1, 1), _points(35, 25, 40)),
    Criteria("148/QĐ-TTg", date(2023, 2, 24), _points(40, 25, 35)),
)
"""The newest last; the first also stands for what was assessed before it."""

RANKS = ((5, Decimal(90)), (4, Decimal(70)), (3, Decimal(50)))
"""Stars and the points they begin at; each ends where the next begins. Below the last nothing is recognised."""

_DISTRICT, _PROVINCE, _MINISTRY = (IssuerLevel.DISTRICT,), (IssuerLevel.PROVINCE,), (IssuerLevel.MINISTRY,)
AUTHORITIES = (
    Authority(date(2018, 1, 1), {3: _PROVINCE, 4: _PROVINCE, 5: _MINISTRY}),
    # three stars became the districts'; Đà Nẵng went on giving them itself
    Authority(date(2023, 2, 24), {3: _DISTRICT + _PROVINCE, 4: _PROVINCE, 5: _MINISTRY}),
    # the last day of the districts was 30 June 2025
    Authority(date(2025, 7, 1), {3: _PROVINCE, 4: _PROVINCE, 5: _MINISTRY}),
)

NAMES = {
    IssuerLevel.PROVINCE: ((date(2018, 1, 1), "UBND tỉnh Quảng Nam"), (date(2025, 7, 1), "UBND thành phố Đà Nẵng")),
    IssuerLevel.MINISTRY: (
        (date(2018, 1, 1), "Bộ Nông nghiệp và Phát triển nông thôn"),
        (date(2025, 3, 1), "Bộ Nông nghiệp và Môi trường"),
    ),
}
"""Level → the name it signed with from a day on. The districts had one each."""


def criteria_of(day: date) -> Criteria:
    """The criteria that an assessment of this day was made by."""
    return next((each for each in reversed(CRITERIA) if each.since <= day), CRITERIA[0])


def stars_of(score: Decimal) -> int | None:
    """The stars these points make, out of 100; None below 50, where nothing is recognised."""
    return next((stars for stars, low in RANKS if score >= low), None)


def span_of(stars: int) -> tuple[int, int]:
    """The points that make these stars: where they begin, and the most there are below the next stars' beginning."""
    bounds = {stars: int(low) for stars, low in RANKS}
    return bounds[stars], bounds.get(stars + 1, 100)


def levels_for(stars: int, day: date) -> tuple[IssuerLevel, ...]:
    """Who could give these stars on this day, the usual one first. stars: 3 to 5."""
    authority = next((each for each in reversed(AUTHORITIES) if each.since <= day), AUTHORITIES[0])
    return authority.levels[stars]


def usual_issuer(stars: int, day: date) -> tuple[IssuerLevel, str]:
    """The level that gives these stars on this day, and its name; the name is empty for a district."""
    level = levels_for(stars, day)[0]
    return level, _name(NAMES.get(level, ()), day)


def _name(names: Sequence[tuple[date, str]], day: date) -> str:
    return next((name for since, name in reversed(names) if since <= day), names[0][1] if names else "")
