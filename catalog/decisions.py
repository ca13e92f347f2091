"""What officers write down about a product's stars: candidates, points, decisions, and their end.

Every verb first takes the catalogue's number, so all of them happen one after the other; then it compares the
product's certificates with ``seen``, the ``version_of`` them that the officer looked at. Who was slower gets Conflict.
Nothing is ever deleted: a decision is taken back by another decision, a mistake is corrected with its reason, and the
history keeps what was there before. Nobody writes about the products of a producer they are of: Forbidden.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from catalog import history, jobs, makers, sequence
from catalog.certificates import NEXT, VALIDITY_MONTHS, Certificate, CertificateState, successor
from catalog.clock import add_months, vietnam_day
from catalog.criteria import IssuerLevel, criteria_of, levels_for, span_of, stars_of
from catalog.db import db
from catalog.errors import Conflict, Forbidden, Invalid, NotFound
from catalog.memberships import Officer
from catalog.products import Product
from catalog.text import fold, nfc, slugify

LONGEST_NUMBER = 64
LONGEST_ISSUER = 160
LONGEST_NOTE = 1000
LONGEST_REASON = 500
FIRST_DAY = date(2018, 1, 1)
"""The programme's first year; no decision is older."""
AT_ONCE = 500
"""Products in one job of the index."""
_OF_THE_PAPER = ("number", "slug", "issuer_vi", "issuer_level", "signed_on", "expires_on")

Parts = tuple[Decimal, Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class Decision:
    """What a decision says about one product. parts: its points, where the paper tells them."""

    number: str
    stars: int
    issuer_vi: str
    issuer_level: IssuerLevel
    signed_on: date
    parts: Parts | None = None


@dataclass(frozen=True, slots=True)
class Revocation:
    """What a decision that takes others back says. signed_on: the day from which they no longer count."""

    number: str
    issuer_vi: str
    signed_on: date
    reason: str


def get_certificate(officer: Officer, certificate_id: int) -> tuple[Certificate, Product]:
    """With its product. Raises NotFound, the same for an unknown one and one of a commune they do not serve."""
    query = select(Certificate, Product).join(Product, Product.id == Certificate.product_id)
    row = db.session.execute(
        query.where(Certificate.id == certificate_id, officer.within(Product.commune_code))
    ).one_or_none()
    if row is None:
        raise NotFound(f"certificate {certificate_id}")
    return row[0], row[1]


def version_of(product_id: int) -> int:
    """A number that grows with every change to the product's certificates."""
    query = select(func.coalesce(func.sum(Certificate.version), 0)).where(Certificate.product_id == product_id)
    return int(db.session.scalar(query) or 0)


def nominate(
    product: Product, issuer_vi: str, level: IssuerLevel, *, note_vi: str = "", seen: int, by: Officer, at: datetime
) -> Certificate:
    """Put the product forward. issuer_vi, level: who is to decide. Raises NotFound, Invalid, Conflict when it is already."""
    _take(product, seen, by)
    note = nfc(note_vi)
    _within("note_vi", note, LONGEST_NOTE)
    candidate = Certificate(
        product_id=product.id,
        state=CertificateState.CANDIDATE,
        issuer_vi=_issuer(issuer_vi),
        issuer_level=level,
        note_vi=note,
    )
    _add(candidate)
    _note("nominated", product, candidate, by, at)
    announce([product.id], at=at)
    return candidate


def assess(
    candidate: Certificate, product: Product, parts: Parts, assessed_on: date, *, seen: int, by: Officer, at: datetime
) -> None:
    """Write down a candidate's points, by the criteria of the day; again, when it is assessed anew.

    Raises NotFound, Invalid with the part (``score_a`` …) or ``assessed_on``, Conflict when it is no candidate any more.
    """
    _take(product, seen, by)
    if candidate.state is not CertificateState.CANDIDATE or candidate.withdrawn_on is not None:
        raise Conflict(f"certificate {candidate.id} is {candidate.state}")
    _past("assessed_on", assessed_on, at)
    score = total(parts, assessed_on)
    values = {"assessed_on": assessed_on, "score": score} | _named(parts)
    _change("assessed", candidate, product, values, by, at)
    announce([product.id], at=at)


def certify(
    product: Product, decision: Decision, *, candidate: Certificate | None = None, seen: int, by: Officer, at: datetime
) -> Certificate:
    """Stars by decision: for the open candidate, or (a paper whose assessment nobody wrote down here) without one.

    It is valid for 36 months from its signing. A candidate keeps the points of its assessment. Raises NotFound, Invalid
    with the field, Conflict.
    """
    _take(product, seen, by)
    values = _decided(product.id, decision, besides={candidate.id} if candidate else (), at=at)
    if candidate is not None:
        _check_candidate(candidate, decision)
        values = _without_points(values)  # those of the assessment stay
    if candidate is None:
        certificate = Certificate(product_id=product.id, **values)
        _add(certificate)
    else:
        certificate = candidate
        _advance(certificate, CertificateState.CERTIFIED, values)
    _note("certified", product, certificate, by, at, after=_told(values))
    announce([product.id], at=at)
    return certificate


def withdraw(candidate: Certificate, product: Product, reason: str, *, seen: int, by: Officer, at: datetime) -> None:
    """The candidacy comes to nothing; a new one may begin. Raises NotFound, Invalid, Conflict."""
    _take(product, seen, by)
    why = _reason(reason)
    if candidate.state is not CertificateState.CANDIDATE or candidate.withdrawn_on is not None:
        raise Conflict(f"certificate {candidate.id} is {candidate.state}")
    _change("withdrawn", candidate, product, {"withdrawn_on": vietnam_day(at)}, by, at, reason=why)
    announce([product.id], at=at)


def revoke(
    certificate: Certificate, product: Product, revocation: Revocation, *, seen: int, by: Officer, at: datetime
) -> None:
    """Take a decision back, from the day its revocation was signed.

    Raises NotFound, Invalid with the field, Conflict when it is revoked already or a newer decision has taken its place.
    """
    _take(product, seen, by)
    others = db.session.scalars(select(Certificate).where(Certificate.product_id == product.id)).all()
    write_revocation(certificate, product, others, revocation, actor=by.actor, at=at)
    announce([product.id], at=at)


def correct(
    certificate: Certificate, product: Product, decision: Decision, reason: str, *, seen: int, by: Officer, at: datetime
) -> None:
    """Mend what was mistyped in the record of a decision; ``reason`` is needed.

    Number, issuer and day are the paper's: they are mended for every product it names, which all have to be the
    officer's to see. Raises NotFound, Invalid, Conflict.
    """
    _take(product, seen, by)
    why = _reason(reason)
    if certificate.state is CertificateState.CANDIDATE:
        raise Conflict(f"certificate {certificate.id} is {certificate.state}")
    others = _siblings(certificate)
    values = _decided(product.id, decision, besides={certificate.id, *(other.id for other, _ in others)}, at=at)
    del values["state"]
    if certificate.revoked_on is not None and certificate.revoked_on <= decision.signed_on:
        raise Invalid("signed_on", "after_revocation", day=certificate.revoked_on)
    if decision.parts is None:
        values = _without_points(values)
        if certificate.score is not None:
            _check_stars(decision.stars, certificate.score)
    shared = {name: values[name] for name in _OF_THE_PAPER}
    if any(getattr(certificate, name) != value for name, value in shared.items()):
        _check_siblings(others, decision, by)
    else:
        others = []
    try:
        with db.session.begin_nested():
            _change("corrected", certificate, product, values, by, at, reason=why)
            for other, of in others:
                _change("corrected", other, of, shared, by, at, reason=why)
    except IntegrityError:
        raise Invalid("number", "recorded_already") from None
    announce([product.id, *(of.id for _, of in others)], at=at)


def attach(certificate: Certificate, product: Product, scan: str, *, by: Officer, at: datetime) -> None:
    """Hang the picture or PDF of the decision to its record. scan: the name it is kept under. Raises NotFound."""
    _must_write(product, by)
    _change("scanned", certificate, product, {"scan": scan}, by, at)


def check_paper(revocation: Revocation, *, at: datetime) -> Revocation:
    """The paper as it will be written down. Raises Invalid with the field."""
    _past("signed_on", revocation.signed_on, at)
    number, issuer = _number(revocation.number), _issuer(revocation.issuer_vi)
    return Revocation(number, issuer, revocation.signed_on, _reason(revocation.reason))


def check_revocation(
    certificate: Certificate, others: Iterable[Certificate], revocation: Revocation, *, at: datetime
) -> None:
    """Whether the paper can take this one back. others: at least the product's. Raises Conflict, Invalid."""
    if certificate.state is not CertificateState.CERTIFIED:
        raise Conflict(f"certificate {certificate.id} is {certificate.state}")
    if successor(certificate, others, at=at) is not None:
        raise Conflict(f"certificate {certificate.id} has a successor")
    if certificate.signed_on and revocation.signed_on <= certificate.signed_on:
        raise Invalid("signed_on", "before_decision", day=certificate.signed_on)
    if certificate.expires_on and revocation.signed_on >= certificate.expires_on:
        raise Invalid("signed_on", "after_end", day=certificate.expires_on)


def write_revocation(
    certificate: Certificate,
    product: Product,
    others: Iterable[Certificate],
    revocation: Revocation,
    *,
    actor: str,
    at: datetime,
) -> None:
    """``revoke`` for a caller who has taken the catalogue's number, knows who may, and announces."""
    paper = check_paper(revocation, at=at)
    check_revocation(certificate, others, paper, at=at)
    values = {
        "revoked_on": paper.signed_on,
        "revocation_number": paper.number,
        "revocation_issuer_vi": paper.issuer_vi,
        "revocation_reason": paper.reason,
    }
    _advance(certificate, CertificateState.REVOKED, values)
    _note_by("revoked", product, certificate, actor, at, after=_told(values))


def total(parts: Parts, day: date) -> Decimal:
    """The points together. Raises Invalid with the part that is more than the criteria of that day give."""
    criteria = criteria_of(day)
    for name, points, most in zip(("score_a", "score_b", "score_c"), parts, criteria.maxima, strict=True):
        if not 0 <= points <= most:
            raise Invalid(name, "points", most=most, criteria=criteria.name)
        if points != round(points, 1):
            raise Invalid(name, "one_decimal")
    return sum(parts, Decimal(0))


def same_number(number: str, issuer_vi: str, signed_on: date, *, besides: Collection[int] = ()) -> date | None:
    """The other day on which the records say this issuer signed this number in that year; None for none.

    Numbers begin anew each year, so within one a number has one day.
    """
    query = select(Certificate.id, Certificate.issuer_vi, Certificate.signed_on).where(
        Certificate.slug == slugify(number),
        Certificate.signed_on >= date(signed_on.year, 1, 1),
        Certificate.signed_on <= date(signed_on.year, 12, 31),
        Certificate.signed_on != signed_on,
    )
    for key, issuer, day in db.session.execute(query):
        if key not in besides and fold(issuer) == fold(issuer_vi):
            return day
    return None


def must_be_others(codes: Iterable[str], by: Officer) -> None:
    """Raises Forbidden where one of these products is of a producer that the officer is of."""
    own = select(Product.code).where(
        Product.code.in_(sorted(set(codes))), Product.producer_id.in_(makers.of(by.user_id))
    )
    code = db.session.scalar(own.limit(1))
    if code is not None:
        raise Forbidden(f"{by.actor}: {code} is their own")


def announce(product_ids: Iterable[int], *, at: datetime) -> None:
    """The shop shows something else from now on: one new number, and the index follows."""
    sequence.advance()
    ids = sorted(set(product_ids))
    for start in range(0, len(ids), AT_ONCE):
        jobs.enqueue("index.products", {"ids": ids[start : start + AT_ONCE]}, at=at)


def _must_write(product: Product, by: Officer) -> None:
    by.must_see(product.commune_code)
    must_be_others([product.code], by)


def _take(product: Product, seen: int, by: Officer) -> None:
    """Wait for everybody else's turn, then see whether things are still as they were seen."""
    _must_write(product, by)
    sequence.advance()
    db.session.scalars(
        select(Certificate)
        .where(Certificate.product_id == product.id)
        .execution_options(populate_existing=True)  # a row that was read before the turn came may be old
    ).all()
    if version_of(product.id) != seen:
        raise Conflict(f"product {product.code}: its certificates have changed")


def _decided(product_id: int, decision: Decision, *, besides: Collection[int], at: datetime) -> dict[str, Any]:
    """The columns of a decision, all checked. besides: the records that become it."""
    number, issuer = _number(decision.number), _issuer(decision.issuer_vi)
    if decision.stars not in (3, 4, 5):
        raise Invalid("stars", "range")
    _past("signed_on", decision.signed_on, at)
    levels = levels_for(decision.stars, decision.signed_on)
    if decision.issuer_level not in levels:
        raise Invalid("issuer_level", "issuer_level", stars=decision.stars, day=decision.signed_on, level=levels[0])
    values: dict[str, Any] = {"score": None, "score_a": None, "score_b": None, "score_c": None}
    if decision.parts is not None:
        score = total(decision.parts, decision.signed_on)
        _check_stars(decision.stars, score)
        values = {"score": score} | _named(decision.parts)
    if other := same_number(number, issuer, decision.signed_on, besides=besides):
        raise Invalid("signed_on", "other_day", day=other, number=number)
    same = select(Certificate.id).where(
        Certificate.product_id == product_id,
        Certificate.slug == slugify(number),
        Certificate.signed_on == decision.signed_on,
    )
    if any(key not in besides for key in db.session.scalars(same)):
        raise Invalid("number", "recorded_already")
    return values | {
        "state": CertificateState.CERTIFIED,
        "number": number,
        "slug": slugify(number),
        "stars": decision.stars,
        "issuer_vi": issuer,
        "issuer_level": decision.issuer_level,
        "signed_on": decision.signed_on,
        "expires_on": add_months(decision.signed_on, VALIDITY_MONTHS),
    }


def _without_points(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if not name.startswith("score")}


def _check_candidate(candidate: Certificate, decision: Decision) -> None:
    if candidate.state is not CertificateState.CANDIDATE or candidate.withdrawn_on is not None:
        raise Conflict(f"certificate {candidate.id} is {candidate.state}")
    if candidate.score is None:
        raise Invalid("stars", "not_assessed")
    if candidate.assessed_on and decision.signed_on < candidate.assessed_on:
        raise Invalid("signed_on", "before_assessment", day=candidate.assessed_on)
    _check_stars(decision.stars, candidate.score)


def _check_stars(stars: int, score: Decimal) -> None:
    if stars_of(score) != stars:
        low, high = span_of(stars)
        raise Invalid("stars", "score_stars", stars=stars, score=score, low=low, high=high)


def _siblings(certificate: Certificate) -> list[tuple[Certificate, Product]]:
    """What the same paper says about other products."""
    query = select(Certificate, Product).join(Product, Product.id == Certificate.product_id)
    same = query.where(
        Certificate.slug == certificate.slug,
        Certificate.issuer_vi == certificate.issuer_vi,
        Certificate.signed_on == certificate.signed_on,
        Certificate.id != certificate.id,
    )
    return [(other, product) for other, product in db.session.execute(same.order_by(Certificate.id))]


def _check_siblings(others: Sequence[tuple[Certificate, Product]], decision: Decision, by: Officer) -> None:
    foreign = [product for _, product in others if not by.sees(product.commune_code)]
    if foreign:
        raise Invalid("number", "shared", others=len(foreign))
    for other, _ in others:
        levels = levels_for(other.stars or 3, decision.signed_on)
        if decision.issuer_level not in levels:
            facts = {"stars": other.stars, "day": decision.signed_on, "level": levels[0]}
            raise Invalid("issuer_level", "issuer_level", **facts)
        if other.revoked_on is not None and other.revoked_on <= decision.signed_on:
            raise Invalid("signed_on", "after_revocation", day=other.revoked_on)


def _add(certificate: Certificate) -> None:
    try:
        with db.session.begin_nested():
            db.session.add(certificate)
    except IntegrityError:
        raise Conflict("recorded already") from None


def _advance(certificate: Certificate, to: CertificateState, values: Mapping[str, Any]) -> None:
    """One conditional UPDATE decides: of two at once, one gets Conflict."""
    before = [state for state, following in NEXT.items() if to in following]
    moved = (
        update(Certificate)
        .where(Certificate.id == certificate.id, Certificate.state.in_(before), Certificate.withdrawn_on.is_(None))
        .values(**{**values, "state": to, "version": Certificate.version + 1})
        .returning(Certificate.id)
        .execution_options(synchronize_session=False)
    )
    if db.session.scalar(moved) is None:
        raise Conflict(f"certificate {certificate.id} cannot become {to}")
    db.session.refresh(certificate)


def _change(
    verb: str, certificate: Certificate, product: Product, values: Mapping[str, Any], by: Officer, at: datetime,
    **facts: Any,
) -> None:  # fmt: skip
    """Write new values where they differ, and note both."""
    before = {name: getattr(certificate, name) for name in values}
    changed = [name for name in values if before[name] != values[name]]
    if not changed:
        return
    for name in changed:
        setattr(certificate, name, values[name])
    certificate.version += 1
    db.session.flush()
    told = {"before": _told({n: before[n] for n in changed}), "after": _told({n: values[n] for n in changed})}
    _note(verb, product, certificate, by, at, **told, **facts)


def _note(verb: str, product: Product, certificate: Certificate, by: Officer, at: datetime, **facts: Any) -> None:
    _note_by(verb, product, certificate, by.actor, at, **facts)


def _note_by(verb: str, product: Product, certificate: Certificate, actor: str, at: datetime, **facts: Any) -> None:
    named = {"certificate": certificate.id, "number": certificate.number}
    history.record(f"certificate.{verb}", f"product:{product.code}", actor=actor, at=at, **named, **facts)


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON can hold it; what is empty is left out."""
    kept = {name: value for name, value in values.items() if value not in ("", None) and name != "slug"}
    return {n: v if isinstance(v, int) else getattr(v, "value", None) or str(v) for n, v in kept.items()}


def _named(parts: Parts) -> dict[str, Decimal]:
    return dict(zip(("score_a", "score_b", "score_c"), parts, strict=True))


def _number(text: str) -> str:
    number = nfc(text)
    if not slugify(number):
        raise Invalid("number", "required")
    _within("number", number, LONGEST_NUMBER)
    return number


def _issuer(text: str) -> str:
    issuer = nfc(text)
    if not issuer:
        raise Invalid("issuer_vi", "required")
    _within("issuer_vi", issuer, LONGEST_ISSUER)
    return issuer


def _reason(text: str) -> str:
    reason = nfc(text)
    if not reason:
        raise Invalid("reason", "required")
    _within("reason", reason, LONGEST_REASON)
    return reason


def _within(field: str, text: str, most: int) -> None:
    if len(text) > most:
        raise Invalid(field, "too_long", most=most, length=len(text))


def _past(field: str, day: date, at: datetime) -> None:
    if day > vietnam_day(at):
        raise Invalid(field, "future")
    if day < FIRST_DAY:
        raise Invalid(field, "too_early", day=FIRST_DAY)
