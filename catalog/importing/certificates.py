"""Certificates from a file, keyed by decision: (product, issuer, number, day signed). A product has one candidacy.

Without a day of expiry a certificate is valid for the programme's 36 months. A decision about a product whose candidate
was assessed before it, and which the file does not name as a candidate, is what became of that candidate.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.exc import IntegrityError

from catalog import history, sequence
from catalog.certificates import VALIDITY_MONTHS, Certificate, CertificateState
from catalog.clock import add_months
from catalog.criteria import IssuerLevel, criteria_of, levels_for, span_of, stars_of
from catalog.db import db
from catalog.errors import Conflict
from catalog.importing import amounts, cells, changes, lookups, rows
from catalog.importing.announce import announce
from catalog.importing.changes import Plan, Problem, Reason, Step
from catalog.importing.rows import Entry
from catalog.importing.table import Table
from catalog.products import Product
from catalog.text import fold, slugify

REQUIRED: dict[str, cells.Parser] = {
    "product": cells.code(16),
    "number": cells.optional(cells.line(64)),
    "stars": cells.optional(amounts.whole(3, 5), None),
    "score": cells.optional(amounts.decimal(0, 100, places=1), None),
    "issuer_vi": cells.line(160),
    "issuer_level": cells.choice(IssuerLevel),
    "signed_on": cells.optional(cells.day, None),
    "expires_on": cells.optional(cells.day, None),
    "state": cells.choice(CertificateState),
    "note_vi": cells.optional(cells.line(1_000)),
}
_PARTS = ("score_a", "score_b", "score_c")
OPTIONAL: dict[str, cells.Parser] = {
    **dict.fromkeys(_PARTS, cells.optional(amounts.decimal(0, 40, places=1), None)),
    "assessed_on": cells.optional(cells.day, None),
    "revoked_on": cells.optional(cells.day, None),
    "revocation_number": cells.optional(cells.line(64)),
    "revocation_issuer_vi": cells.optional(cells.line(160)),
    "revocation_reason": cells.optional(cells.line(500)),
}

_POINTS = ("score", *_PARTS)
_OF_A_DECISION = ("number", "stars", "signed_on")


def plan(table: Table) -> Plan[Step[Certificate]]:
    """What the file would change."""
    problems = list(table.problems)
    entries = rows.read(table, REQUIRED | OPTIONAL, problems)
    entries = list(rows.unique(entries, lambda entry: _key(entry.values), "number", problems))
    products = lookups.by_key(Product, Product.code, (entry["product"] for entry in entries))
    code_of = {product.id: code for code, product in products.items()}
    known = {}
    for certificate in lookups.among(Certificate, Certificate.product_id, code_of):
        if certificate.withdrawn_on is None:
            values = _values_of(certificate, code_of[certificate.product_id])
            known[_key(values)] = certificate, values
    candidates = _assessed(known, entries)
    problems += _other_days(entries)
    steps = []
    for entry in entries:
        wrong = _problems(entry, products)
        found, before = known.get(_key(entry.values), (None, None))
        if not wrong and found is None and _follows(entry, candidates.get(entry["product"])):
            found, before = candidates.pop(entry["product"])
        wrong += _against(entry, found)
        problems += wrong
        if not wrong:
            after = _completed(entry.values, before)
            name = entry["number"] or products[entry["product"]].name_vi
            steps.append(changes.step(found, before, after, key=entry["product"], name=name))
    return changes.planned(len(table.rows), steps, problems)


def apply(plan: Plan[Step[Certificate]], *, actor: str, at: datetime) -> None:
    """Write what was planned. Raises BadFile when a row is bad."""
    plan.must_be_clean()
    if not plan.steps:
        return
    sequence.advance()  # everybody who writes about certificates waits here
    products = lookups.by_key(Product, Product.code, (step.change.key for step in plan.steps))
    written = []
    for step in plan.steps:
        certificate = step.found or Certificate(product_id=products[step.change.key].id, version=0)
        for column, value in step.values.items():
            if column != "product":
                setattr(certificate, column, value)
        certificate.slug = slugify(certificate.number)
        certificate.version += 1
        db.session.add(certificate)
        written.append((certificate, step.change))
    try:
        db.session.flush()
    except IntegrityError:
        raise Conflict("somebody recorded one of these at the same moment") from None
    for certificate, change in written:
        told = {
            "before": {each.column: _told(each.before) for each in change.fields if not change.new},
            "after": {each.column: _told(each.after) for each in change.fields},
        }
        facts = {"certificate": certificate.id, "number": certificate.number, "new": change.new} | told
        history.record("certificate.imported", f"product:{change.key}", actor=actor, at=at, **facts)
    announce((product.id for product in products.values()), at=at)


def _key(values: dict[str, Any]) -> Hashable:
    if values["state"] is CertificateState.CANDIDATE:
        return values["product"], CertificateState.CANDIDATE
    return values["product"], values["issuer_vi"], values["number"], values["signed_on"]


def _problems(entry: Entry, products: dict[str, Product]) -> list[Problem]:
    problems = []

    def refuse(column: str, reason: Reason, **facts: object) -> None:
        problems.append(entry.row.problem(column, reason, **facts))

    if entry["product"] not in products:
        refuse("product", Reason.UNKNOWN)
    problems += _part_problems(entry)
    if entry["state"] is CertificateState.CANDIDATE:
        for column in (*_OF_A_DECISION, "expires_on"):
            if entry[column]:
                refuse(column, Reason.NOT_FOR_CANDIDATE)
        return problems
    for column in _OF_A_DECISION:
        if not entry[column]:
            refuse(column, Reason.REQUIRED)
    stars, score = entry["stars"], entry["score"]
    if stars and score is not None and stars_of(score) != stars:
        low, high = span_of(stars)
        refuse("score", Reason.SCORE_STARS, stars=stars, low=low, high=high)
    if stars and entry["signed_on"]:
        levels = levels_for(stars, entry["signed_on"])
        if entry["issuer_level"] not in levels:
            refuse("issuer_level", Reason.ISSUER_LEVEL, stars=stars, levels=", ".join(levels))
    if entry["number"] and not slugify(entry["number"]):
        refuse("number", Reason.NUMBER_SIGNS)
    for column in ("expires_on", "revoked_on"):
        if entry["signed_on"] and entry.values.get(column) and entry[column] <= entry["signed_on"]:
            refuse(column, Reason.ENDS_TOO_EARLY)
    if entry["state"] is CertificateState.REVOKED and not entry.values.get("revoked_on"):
        refuse("revoked_on", Reason.REQUIRED)
    return problems


def _part_problems(entry: Entry) -> Iterator[Problem]:
    """The three parts come together, none beyond the criteria of its day, and make the score."""
    parts = {name: entry.values.get(name) for name in _PARTS}
    if not any(points is not None for points in parts.values()):
        return
    criteria = criteria_of(entry.values.get("assessed_on") or entry["signed_on"] or date.max)
    for (name, points), most in zip(parts.items(), criteria.maxima, strict=True):
        if points is None:
            yield entry.row.problem(name, Reason.REQUIRED)
        elif points > most:
            yield entry.row.problem(name, Reason.OUT_OF_RANGE, low=0, high=most)
    total = sum((points for points in parts.values() if points is not None), Decimal(0))
    if None not in parts.values() and entry["score"] != total:
        yield entry.row.problem("score", Reason.SCORE_SUM, total=total)


def _against(entry: Entry, found: Certificate | None) -> list[Problem]:
    """What the record that the row is about does not allow."""
    if found is None:
        return []
    if found.state is CertificateState.REVOKED and entry["state"] is not CertificateState.REVOKED:
        return [entry.row.problem("state", Reason.REVOKED_FOR_GOOD)]
    stars, kept = entry["stars"], found.score
    if stars and kept is not None and entry["score"] is None and stars_of(kept) != stars:
        low, high = span_of(stars)
        return [entry.row.problem("stars", Reason.SCORE_STARS, stars=stars, low=low, high=high)]
    return []


def _other_days(entries: Iterable[Entry]) -> list[Problem]:
    """Rows whose number their issuer signed on another day of that year, by the records or by the file's first such row."""
    decided = [entry for entry in entries if entry["signed_on"] and slugify(entry["number"])]
    days: dict[Hashable, date] = {}
    for row in lookups.among(Certificate, Certificate.slug, {slugify(entry["number"]) for entry in decided}):
        if row.signed_on:
            days.setdefault((row.slug, fold(row.issuer_vi), row.signed_on.year), row.signed_on)
    problems = []
    for entry in decided:
        signed_on = entry["signed_on"]
        first = days.setdefault((slugify(entry["number"]), fold(entry["issuer_vi"]), signed_on.year), signed_on)
        if first != signed_on:
            problems.append(entry.row.problem("signed_on", Reason.OTHER_DAY, day=f"{first:%d/%m/%Y}"))
    return problems


_Known = tuple[Certificate, dict[str, Any]]


def _assessed(known: Mapping[Hashable, _Known], entries: Iterable[Entry]) -> dict[str, _Known]:
    """Product code → its candidate with points, where the file does not name the candidate itself."""
    named = {entry["product"] for entry in entries if entry["state"] is CertificateState.CANDIDATE}
    return {
        values["product"]: (row, values)
        for row, values in known.values()
        if row.state is CertificateState.CANDIDATE and row.assessed_on and values["product"] not in named
    }


def _follows(entry: Entry, candidate: _Known | None) -> bool:
    """Whether the decision is about this candidate."""
    if candidate is None or entry["state"] is CertificateState.CANDIDATE or candidate[0].assessed_on is None:
        return False
    return bool(candidate[0].assessed_on <= entry["signed_on"])


def _told(value: object) -> object:
    """As JSON can hold it."""
    return value if isinstance(value, int | None) else str(getattr(value, "value", value))


def _completed(values: dict[str, Any], before: dict[str, Any] | None) -> dict[str, Any]:
    """What is to be written: the usual end where none is given, and points that are known where the file has none."""
    kept = {name: before[name] for name in (*_POINTS, "assessed_on") if before and values.get(name, 0) is None}
    values = values | kept
    if values["signed_on"] and not values["expires_on"]:
        return values | {"expires_on": add_months(values["signed_on"], VALIDITY_MONTHS)}
    return values


def _values_of(certificate: Certificate, product: str) -> dict[str, Any]:
    columns = [column for column in REQUIRED | OPTIONAL if column != "product"]
    return {column: getattr(certificate, column) for column in columns} | {"product": product}
