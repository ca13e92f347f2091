"""One paper that takes many certificates back: look at what it would do, then do all of it or nothing.

Each line of its list names a product by its code, or a decision by its number and with it every product of that
decision. The same list a second time changes nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select

from catalog import decisions, sequence
from catalog.certificates import Certificate, CertificateState, successor
from catalog.clock import vietnam_day
from catalog.db import db
from catalog.decisions import Revocation
from catalog.errors import Conflict, Invalid
from catalog.memberships import Officer
from catalog.products import Product
from catalog.text import fold, nfc, slugify

MOST_LINES = 1000
LONGEST_LINE = 100
_CHUNK = 500
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Target:
    """One certificate that would be taken back. line: from 1."""

    line: int
    certificate: Certificate
    product: Product


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a line cannot be. reason: ``unknown``, ``nothing_valid``, ``ambiguous``, ``twice``, or one of ``decisions``."""

    line: int
    text: str
    reason: str
    facts: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the list would do. unchanged: certificates that this very paper has taken back already."""

    targets: tuple[Target, ...]
    unchanged: int
    troubles: tuple[Trouble, ...]

    @property
    def clean(self) -> bool:
        """Whether it may be done."""
        return not self.troubles


@dataclass(frozen=True, slots=True)
class _Known:
    """Products by code, certificates by slug and by product."""

    products: dict[str, Product]
    by_id: dict[int, Product]
    numbered: dict[str, list[Certificate]]
    of: dict[int, list[Certificate]]


def plan(text: str, revocation: Revocation, *, at: datetime) -> Plan:
    """What the paper would do to the products and numbers of ``text``, one a line. Writes nothing.

    Raises Invalid with the paper's field, or ``lines`` when there are none or more than MOST_LINES.
    """
    paper = decisions.check_paper(revocation, at=at)
    lines = [(n, nfc(line)[:LONGEST_LINE]) for n, line in enumerate(text.splitlines(), start=1) if nfc(line)]
    if not lines:
        raise Invalid("lines", "required")
    if len(lines) > MOST_LINES:
        raise Invalid("lines", "too_many", most=MOST_LINES)
    known = _look_up([line for _, line in lines])
    targets: dict[int, Target] = {}
    troubles: list[Trouble] = []
    unchanged: set[int] = set()
    for number, line in lines:
        for found in _named(number, line, known, at):
            if isinstance(found, Trouble):
                troubles.append(found)
            elif found.id in targets:
                troubles.append(Trouble(number, line, "twice", {"first": targets[found.id].line}))
            elif _taken_back(found, paper):
                unchanged.add(found.id)
            elif trouble := _trouble(number, line, found, known, paper, at):
                troubles.append(trouble)
            else:
                targets[found.id] = Target(number, found, known.by_id[found.product_id])
    return Plan(tuple(targets.values()), len(unchanged), tuple(troubles))


def apply(text: str, revocation: Revocation, *, by: Officer, at: datetime) -> Plan:
    """Do it, planned afresh. Raises Forbidden to officers of some communes and for one's own, Invalid, Conflict when a line cannot be."""
    by.must_serve_all()
    sequence.advance()  # everybody who writes about certificates waits here
    planned = plan(text, revocation, at=at)
    if planned.troubles:
        raise Conflict(f"{len(planned.troubles)} lines, the first: {planned.troubles[0]}")
    decisions.must_be_others((target.product.code for target in planned.targets), by)
    known = _certificates_of([target.product.id for target in planned.targets])
    for target in planned.targets:
        decisions.write_revocation(
            target.certificate, target.product, known[target.product.id], revocation, actor=by.actor, at=at
        )
    if planned.targets:
        decisions.announce([target.product.id for target in planned.targets], at=at)
    return planned


def _named(number: int, line: str, known: _Known, at: datetime) -> Iterator[Certificate | Trouble]:
    """The certificates that a line means."""
    product = known.products.get(line.upper())
    if product is not None:
        of = known.of.get(product.id, [])
        newest = [row for row in of if row.state is not CertificateState.CANDIDATE and _counts(row, of, at)]
        yield newest[-1] if newest else Trouble(number, line, "nothing_valid")
        return
    rows = known.numbered.get(slugify(line), [])
    papers = {(fold(row.issuer_vi), row.signed_on) for row in rows}
    if not rows:
        yield Trouble(number, line, "unknown")
    elif len(papers) > 1:
        yield Trouble(number, line, "ambiguous", {"papers": len(papers)})
    else:
        yield from rows


def _counts(row: Certificate, others: Sequence[Certificate], at: datetime) -> bool:
    """The one that a product's stars come from, or the last one that was taken back."""
    ended = row.expires_on is not None and row.expires_on <= vietnam_day(at)
    return not ended and successor(row, others, at=at) is None


def _taken_back(row: Certificate, paper: Revocation) -> bool:
    mine = (row.revocation_number, row.revocation_issuer_vi, row.revoked_on)
    return row.state is CertificateState.REVOKED and mine == (paper.number, paper.issuer_vi, paper.signed_on)


def _trouble(
    number: int, line: str, row: Certificate, known: _Known, paper: Revocation, at: datetime
) -> Trouble | None:
    try:
        decisions.check_revocation(row, known.of[row.product_id], paper, at=at)
    except Invalid as wrong:
        return Trouble(number, line, wrong.reason, wrong.facts | {"product": known.by_id[row.product_id].code})
    except Conflict:
        reason = "revoked" if row.state is CertificateState.REVOKED else "replaced"
        return Trouble(number, line, reason, {"product": known.by_id[row.product_id].code})
    return None


def _look_up(lines: Sequence[str]) -> _Known:
    codes, slugs = sorted({line.upper() for line in lines}), sorted({slugify(line) for line in lines} - {""})
    products: dict[str, Product] = {}
    numbered: dict[str, list[Certificate]] = {}
    for chunk in _chunks(codes):
        found = db.session.scalars(select(Product).where(Product.code.in_(chunk)))
        products |= {product.code: product for product in found}
    for chunk in _chunks(slugs):
        rows = select(Certificate).where(Certificate.slug.in_(chunk), Certificate.state != CertificateState.CANDIDATE)
        for row in db.session.scalars(rows.order_by(Certificate.id)):
            numbered.setdefault(row.slug, []).append(row)
    by_id = {product.id: product for product in products.values()}
    others = sorted({row.product_id for rows in numbered.values() for row in rows} - by_id.keys())
    for keys in _chunks(others):
        by_id |= {product.id: product for product in db.session.scalars(select(Product).where(Product.id.in_(keys)))}
    return _Known(products, by_id, numbered, _certificates_of(sorted(by_id)))


def _certificates_of(product_ids: Sequence[int]) -> dict[int, list[Certificate]]:
    """Product → all its certificates as they are now, in the order of their signing."""
    found: dict[int, list[Certificate]] = {}
    for chunk in _chunks(product_ids):
        rows = select(Certificate).where(Certificate.product_id.in_(chunk))
        rows = rows.order_by(Certificate.signed_on, Certificate.id).execution_options(populate_existing=True)
        for row in db.session.scalars(rows):
            found.setdefault(row.product_id, []).append(row)
    return found


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]
