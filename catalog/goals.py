"""The programme's goals, and how far it has come: figures of the communes that somebody answers for.

Definitions, each of a period from one day to another of Vietnam's calendar, both included:

- *reached*: a product whose certificate is valid on the period's last day; where two are, the later decision counts.
- *new product*: its first decision was signed in the period.    *consolidated*: it had a decision before the period
  and got another one in it.    *upgraded*: consolidated, with more stars than it ever had before. A decision that was
  revoked by the last day counts nowhere.
- *new organisation*: a producer that joined in the period.    *consolidated*: one that had joined before, and in the
  period got a decision for a product that had one already, or was given support. Of some producers nobody has said when
  they joined; they are counted apart.
- A commune is one of today. Products are not known by the commune of before July 2025 in which they are made, so the
  average over old communes divides by how many there were (``old_count``).

Figures are counted when they are asked for, from indexes; they are sums over the communes that are named. Only outlets
may stand anywhere: the programme sells in other cities, too.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Select, and_, case, exists, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from catalog import certificates, places
from catalog.certificates import Certificate, CertificateState
from catalog.db import db
from catalog.memberships import Officer
from catalog.outlets import Outlet, OutletLevel
from catalog.places import Commune
from catalog.producers import LegalForm, Producer
from catalog.products import Product
from catalog.supports import Support

QUANG_NAM = ("502", "519")
"""The old districts' codes of Quảng Nam, from the first to the last; the province's other communes were Đà Nẵng's."""
_TARGETS = Path(__file__).with_name("data") / "targets.csv"


@dataclass(frozen=True, slots=True)
class Target:
    """What the programme set itself. words: as its papers say it (Vietnamese).    to_year: by the end of it."""

    key: str
    number: int
    to_year: int
    words: str


@dataclass(frozen=True, slots=True)
class Period:
    """Days that figures are about, both included."""

    from_on: date
    to_on: date

    def holds(self, day: Any) -> ColumnElement[bool]:
        """SQL: whether a day is in it."""
        return and_(day >= self.from_on, day <= self.to_on)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the products stand on one day. counts: (commune, stars or 0, key product, products)."""

    counts: tuple[tuple[str, int, bool, int], ...]

    def stars_by_commune(self, codes: Iterable[str]) -> dict[str, dict[int, int]]:
        """Commune → stars → products reached; a commune without any is absent."""
        wanted, found = set(codes), dict[str, dict[int, int]]()
        for commune, stars, _key, count in self.counts:
            if stars and commune in wanted:
                by_stars = found.setdefault(commune, {})
                by_stars[stars] = by_stars.get(stars, 0) + count
        return found

    def key_by_stars(self, codes: Iterable[str]) -> dict[int, int]:
        """Stars → key products; 0: those without a valid certificate."""
        wanted, found = set(codes), dict[int, int]()
        for commune, stars, key, count in self.counts:
            if key and commune in wanted:
                found[stars] = found.get(stars, 0) + count
        return found

    @property
    def outside(self) -> int:
        """Products reached that are made in no commune of the territory: they are in no figure of it."""
        inside = {commune.code for commune in territory()}
        return sum(count for commune, stars, _key, count in self.counts if stars and commune not in inside)


@dataclass(frozen=True, slots=True)
class Progress:
    """Products by what the period did for them. upgraded: among the consolidated."""

    new: int
    consolidated: int
    upgraded: int


@dataclass(frozen=True, slots=True)
class FormProgress:
    """The producers of one legal form. unknown: nobody has said when they joined."""

    form: LegalForm
    total: int
    new: int
    consolidated: int
    unknown: int


@lru_cache(maxsize=1)
def targets() -> Mapping[str, Target]:
    """By key."""
    with _TARGETS.open(encoding="utf-8", newline="") as file:
        rows = [
            Target(row["key"], int(row["target"]), int(row["to_year"]), row["words_vi"]) for row in csv.DictReader(file)
        ]
    return {target.key: target for target in rows}


@lru_cache(maxsize=1)
def territory() -> tuple[Commune, ...]:
    """The communes of today on the land that the programme was made for: old Quảng Nam."""
    first, last = QUANG_NAM
    return tuple(c for c in places.communes(places.HOME) if first <= (c.old_district_code or "") <= last)


def area(officer: Officer) -> tuple[Commune, ...]:
    """The communes that an officer answers for: the whole territory, or those they are assigned."""
    if officer.communes is None:
        return territory()
    known = (places.find_commune(code) for code in officer.communes)
    return tuple(sorted((commune for commune in known if commune), key=lambda commune: commune.code))


def old_count(communes: Iterable[Commune]) -> int:
    """How many communes there were on their land before July 2025, by the names that ``places`` knows.

    One that took over nobody's land counts as itself.
    """
    return sum(max(1, len(places.formed_from(commune.code))) for commune in communes)


def standing(*, on: date) -> Standing:
    """All products by commune, stars and whether they are key products. One query."""
    best = _current(on)
    stars = func.coalesce(best.c.stars, 0)
    query = (
        select(Product.commune_code, stars, Product.key_product, func.count())
        .outerjoin(best, and_(best.c.product_id == Product.id, best.c.place == 1))
        .group_by(Product.commune_code, stars, Product.key_product)
    )
    rows = db.session.execute(query)
    return Standing(tuple((commune, int(number), bool(key), count) for commune, number, key, count in rows))


def ends_by_quarter(codes: Iterable[str], *, on: date) -> dict[tuple[int, int], dict[int, int]]:
    """(year, quarter) of the last day → stars → products reached, in order."""
    best = _current(on)
    year, month = func.extract("year", best.c.expires_on), func.extract("month", best.c.expires_on)
    query = (
        select(year, month, best.c.stars, func.count())
        .join(Product, Product.id == best.c.product_id)
        .where(best.c.place == 1, Product.commune_code.in_(codes))
        .group_by(year, month, best.c.stars)
    )
    found: dict[tuple[int, int], dict[int, int]] = {}
    for in_year, in_month, stars, count in db.session.execute(query):
        quarter = found.setdefault((int(in_year), (int(in_month) + 2) // 3), {})
        quarter[stars] = quarter.get(stars, 0) + count
    return dict(sorted(found.items()))


def progress(codes: Iterable[str], period: Period) -> Progress:
    """How many products the period brought forward."""
    history = _decisions(period)
    sums = [func.coalesce(func.sum(case((condition, 1), else_=0)), 0) for condition in _steps(history, period)]
    query = select(*sums).select_from(history).join(Product, Product.id == history.c.product_id)
    row = db.session.execute(query.where(Product.commune_code.in_(codes))).one()
    return Progress(*(int(number) for number in row))


def organisations(codes: Iterable[str], period: Period) -> list[FormProgress]:
    """The producers who had joined by the period's last day, by legal form."""
    query = (
        select(
            Producer.legal_form,
            func.count(),
            func.sum(case((new_organisation(period), 1), else_=0)),
            func.sum(case((consolidated_organisation(period), 1), else_=0)),
            func.sum(case((Producer.joined_on.is_(None), 1), else_=0)),
        )
        .where(Producer.commune_code.in_(codes), or_(Producer.joined_on.is_(None), Producer.joined_on <= period.to_on))
        .group_by(Producer.legal_form)
    )
    found = {form: FormProgress(form, *(int(n) for n in numbers)) for form, *numbers in db.session.execute(query)}
    return [found.get(form) or FormProgress(form, 0, 0, 0, 0) for form in LegalForm]


def outlets_by_level(codes: Iterable[str] | None) -> dict[OutletLevel, int]:
    """Outlets in business now; nobody writes down since when. codes: None for all, wherever they are."""
    query = select(Outlet.level, func.count()).where(Outlet.active)
    if codes is not None:
        query = query.where(Outlet.commune_code.in_(codes))
    found = {level: count for level, count in db.session.execute(query.group_by(Outlet.level))}
    return {level: found.get(level, 0) for level in OutletLevel}


def products(
    codes: Iterable[str], period: Period, *, stars: int | None = None, step: str = "", key: bool = False
) -> Select[Product, Producer, Certificate]:
    """Products with their producers and the certificate reached (None without one), by name.

    stars: only with so many; 0 for none.    step: ``new``, ``consolidated`` or ``upgraded``.    key: key ones only.
    """
    best = _current(period.to_on)
    query = (
        select(Product, Producer, Certificate)
        .join(Producer, Producer.id == Product.producer_id)
        .outerjoin(best, and_(best.c.product_id == Product.id, best.c.place == 1))
        .outerjoin(Certificate, Certificate.id == best.c.id)
        .where(Product.commune_code.in_(codes))
        .order_by(Product.name_vi, Product.id)
    )
    if stars is not None:
        query = query.where(best.c.stars == stars if stars else best.c.stars.is_(None))
    if key:
        query = query.where(Product.key_product)
    if step:
        history = _decisions(period)
        wanted = dict(zip(("new", "consolidated", "upgraded"), _steps(history, period), strict=True))[step]
        query = query.join(history, history.c.product_id == Product.id).where(wanted)
    return query


def reached(query: Select[Any]) -> Select[Any]:
    """``products`` narrowed to those with a valid certificate."""
    return query.where(Certificate.id.is_not(None))


def ending_in(query: Select[Any], year: int, quarter: int) -> Select[Any]:
    """``products`` narrowed to those whose certificate ends in a quarter."""
    first = date(year, quarter * 3 - 2, 1)
    last = date(year + quarter // 4, quarter % 4 * 3 + 1, 1)
    return query.where(Certificate.expires_on >= first, Certificate.expires_on < last)


def producers(
    codes: Iterable[str], period: Period, *, form: LegalForm | None = None, step: str = ""
) -> Select[Producer]:
    """Producers who had joined by the period's last day, by name. step: ``new``, ``consolidated`` or ``unknown``."""
    joined = or_(Producer.joined_on.is_(None), Producer.joined_on <= period.to_on)
    query = select(Producer).where(Producer.commune_code.in_(codes), joined)
    if form is not None:
        query = query.where(Producer.legal_form == form)
    if step == "new":
        query = query.where(new_organisation(period))
    elif step == "consolidated":
        query = query.where(consolidated_organisation(period))
    elif step == "unknown":
        query = query.where(Producer.joined_on.is_(None))
    return query.order_by(Producer.name_vi, Producer.id)


def outlets(codes: Iterable[str] | None, *, level: OutletLevel | None = None) -> Select[Outlet]:
    """Outlets in business now, by code. codes: None for all."""
    query = select(Outlet).where(Outlet.active).order_by(Outlet.code)
    if codes is not None:
        query = query.where(Outlet.commune_code.in_(codes))
    return query if level is None else query.where(Outlet.level == level)


def new_organisation(period: Period) -> ColumnElement[bool]:
    """SQL: whether a producer joined in the period."""
    return period.holds(Producer.joined_on)


def consolidated_organisation(period: Period) -> ColumnElement[bool]:
    """SQL: whether a producer had joined before the period, and was brought forward in it."""
    history = _decisions(period)
    _new, again, _upgraded = _steps(history, period)
    decided = select(Product.producer_id).join(history, history.c.product_id == Product.id).where(again)
    supported = exists().where(Support.producer_id == Producer.id, period.holds(Support.given_on))
    return and_(Producer.joined_on < period.from_on, or_(Producer.id.in_(decided), supported))


def _current(day: date) -> Any:
    """The valid certificates of a day; ``place`` is 1 for the one that counts."""
    newest = func.row_number().over(
        partition_by=Certificate.product_id, order_by=(Certificate.signed_on.desc(), Certificate.id.desc())
    )
    return (
        select(Certificate.id, Certificate.product_id, Certificate.stars, Certificate.expires_on, newest.label("place"))
        .where(certificates.valid(day))
        .subquery()
    )


def _decisions(period: Period) -> Any:
    """Per product: its first decision, how many in the period, and the most stars before and in it."""
    inside = Certificate.signed_on >= period.from_on
    return (
        select(
            Certificate.product_id,
            func.min(Certificate.signed_on).label("first_on"),
            func.sum(case((inside, 1), else_=0)).label("inside"),
            func.max(case((inside, 0), else_=Certificate.stars)).label("stars_before"),
            func.max(case((inside, Certificate.stars), else_=0)).label("stars_inside"),
        )
        .where(
            Certificate.state != CertificateState.CANDIDATE,
            Certificate.signed_on <= period.to_on,
            or_(Certificate.revoked_on.is_(None), Certificate.revoked_on > period.to_on),
        )
        .group_by(Certificate.product_id)
        .subquery()
    )


def _steps(history: Any, period: Period) -> tuple[ColumnElement[bool], ColumnElement[bool], ColumnElement[bool]]:
    """(new, consolidated, upgraded)"""
    again = and_(history.c.first_on < period.from_on, history.c.inside > 0)
    return history.c.first_on >= period.from_on, again, and_(again, history.c.stars_inside > history.c.stars_before)
