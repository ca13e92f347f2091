"""Certificates from a file, keyed by decision: (product, issuer, number, day signed). A product has one candidacy.

Without a day of expiry a certificate is valid for the programme's 36 months.
"""

from collections.abc import Hashable
from datetime import datetime
from typing import Any

from catalog import history
from catalog.certificates import VALIDITY_MONTHS, Certificate, CertificateState
from catalog.clock import add_months
from catalog.criteria import IssuerLevel
from catalog.db import db
from catalog.importing import amounts, cells, changes, lookups, rows
from catalog.importing.announce import announce
from catalog.importing.changes import Plan, Problem, Reason, Step
from catalog.importing.rows import Entry
from catalog.importing.table import Table
from catalog.products import Product
from catalog.text import slugify

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
OPTIONAL: dict[str, cells.Parser] = {"revoked_on": cells.optional(cells.day, None)}

_OF_A_DECISION = ("number", "stars", "signed_on")
_SCORES = {3: (50, 70), 4: (70, 90), 5: (90, 101)}
"""Stars → the score they begin at and the one they end before (Decision 148/QĐ-TTg)."""


def plan(table: Table) -> Plan[Step[Certificate]]:
    """What the file would change."""
    problems = list(table.problems)
    entries = rows.read(table, REQUIRED | OPTIONAL, problems)
    entries = list(rows.unique(entries, lambda entry: _key(entry.values), "number", problems))
    products = lookups.by_key(Product, Product.code, (entry["product"] for entry in entries))
    code_of = {product.id: code for code, product in products.items()}
    known = {}
    for certificate in lookups.among(Certificate, Certificate.product_id, code_of):
        values = _values_of(certificate, code_of[certificate.product_id])
        known[_key(values)] = certificate, values
    steps = []
    for entry in entries:
        wrong = _problems(entry, products)
        problems += wrong
        if not wrong:
            found, before = known.get(_key(entry.values), (None, None))
            after = _completed(entry.values)
            name = entry["number"] or products[entry["product"]].name_vi
            steps.append(changes.step(found, before, after, key=entry["product"], name=name))
    return changes.planned(len(table.rows), steps, problems)


def apply(plan: Plan[Step[Certificate]], *, actor: str, at: datetime) -> None:
    """Write what was planned. Raises BadFile when a row is bad."""
    plan.must_be_clean()
    if not plan.steps:
        return
    products = lookups.by_key(Product, Product.code, (step.change.key for step in plan.steps))
    for step in plan.steps:
        certificate = step.found or Certificate(product_id=products[step.change.key].id)
        for column, value in step.values.items():
            if column != "product":
                setattr(certificate, column, value)
        certificate.slug = slugify(certificate.number)
        db.session.add(certificate)
        facts = {"number": certificate.number} | step.change.facts()
        history.record("certificate.imported", f"product:{step.change.key}", actor=actor, at=at, **facts)
    db.session.flush()
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
    if entry["state"] is CertificateState.CANDIDATE:
        for column in (*_OF_A_DECISION, "expires_on"):
            if entry[column]:
                refuse(column, Reason.NOT_FOR_CANDIDATE)
        return problems
    for column in _OF_A_DECISION:
        if not entry[column]:
            refuse(column, Reason.REQUIRED)
    stars, score = entry["stars"], entry["score"]
    if stars and score is not None and not _SCORES[stars][0] <= score < _SCORES[stars][1]:
        refuse("score", Reason.SCORE_STARS, stars=stars, low=_SCORES[stars][0], high=min(_SCORES[stars][1], 100))
    if stars and (stars == 5) != (entry["issuer_level"] is IssuerLevel.MINISTRY):
        refuse("issuer_level", Reason.ISSUER_LEVEL, stars=stars)
    for column in ("expires_on", "revoked_on"):
        if entry["signed_on"] and entry.values.get(column) and entry[column] <= entry["signed_on"]:
            refuse(column, Reason.ENDS_TOO_EARLY)
    if entry["state"] is CertificateState.REVOKED and not entry.values.get("revoked_on"):
        refuse("revoked_on", Reason.REQUIRED)
    return problems


def _completed(values: dict[str, Any]) -> dict[str, Any]:
    if values["signed_on"] and not values["expires_on"]:
        return values | {"expires_on": add_months(values["signed_on"], VALIDITY_MONTHS)}
    return values


def _values_of(certificate: Certificate, product: str) -> dict[str, Any]:
    columns = [column for column in REQUIRED | OPTIONAL if column != "product"]
    return {column: getattr(certificate, column) for column in columns} | {"product": product}
