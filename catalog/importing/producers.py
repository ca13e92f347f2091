"""Producers from a file, keyed by ``code``. A producer keeps its address on the web when it is renamed."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from catalog import history, places, translations
from catalog.db import db
from catalog.importing import amounts, cells, changes, lookups, rows
from catalog.importing.announce import announce
from catalog.importing.changes import Plan, Step
from catalog.importing.slugs import Slugs
from catalog.importing.table import Table
from catalog.producers import LegalForm, Producer
from catalog.products import Product

REQUIRED: dict[str, cells.Parser] = {
    "code": cells.code(16),
    "name_vi": cells.line(160),
    "name_en": cells.optional(cells.line(160)),
    "legal_form": cells.choice(LegalForm),
    "commune": cells.commune,
    "address_vi": cells.line(200),
    "founded": cells.optional(amounts.whole(1800, 2100), None),
    "members": cells.optional(amounts.whole(1, 100_000), None),
    "phone": cells.phone,
    "email": cells.email,
    "summary_vi": cells.line(200),
    "quote_vi": cells.optional(cells.line(300)),
    "story_title_vi": cells.optional(cells.line(160)),
    "story_vi": cells.optional(cells.prose(20_000)),
}
OPTIONAL: dict[str, cells.Parser] = {
    "summary_en": cells.optional(cells.line(200)),
    "quote_en": cells.optional(cells.line(300)),
    "story_title_en": cells.optional(cells.line(160)),
    "story_en": cells.optional(cells.prose(20_000)),
}


def plan(table: Table) -> Plan[Step[Producer]]:
    """What the file would change."""
    problems = list(table.problems)
    entries = rows.read(table, REQUIRED | OPTIONAL, problems)
    entries = list(rows.unique(entries, lambda entry: entry["code"], "code", problems))
    known = lookups.by_key(Producer, Producer.code, (entry["code"] for entry in entries))
    steps = []
    for entry in entries:
        found = known.get(entry["code"])
        before = _values_of(found) if found else None
        steps.append(changes.step(found, before, entry.values, key=entry["code"], name=entry["name_vi"]))
    return changes.planned(len(table.rows), steps, problems)


def apply(plan: Plan[Step[Producer]], *, actor: str, at: datetime) -> None:
    """Write what was planned. Raises BadFile when a row is bad."""
    plan.must_be_clean()
    if not plan.steps:
        return
    slugs = Slugs(db.session.execute(select(Producer.slug, Producer.code)).all())
    producers = [_write(step, slugs) for step in plan.steps]
    db.session.flush()
    for step in plan.steps:
        history.record("producer.imported", f"producer:{step.change.key}", actor=actor, at=at, **step.change.facts())
    products = lookups.among(Product, Product.producer_id, (producer.id for producer in producers))
    announce((product.id for product in products), at=at)


def _values_of(producer: Producer) -> dict[str, Any]:
    columns = REQUIRED | OPTIONAL
    return {column: getattr(producer, "commune_code" if column == "commune" else column) for column in columns}


def _write(step: Step[Producer], slugs: Slugs) -> Producer:
    commune = places.get_commune(step.values["commune"])
    producer = step.found or Producer(slug=slugs.take(step.change.key, step.values["name_vi"], commune.name))
    producer.commune_code = commune.code
    producer.district_code = commune.old_district_code or ""
    if step.found is not None:
        _outdate(producer, step)
    for column, value in step.values.items():
        if column != "commune":
            setattr(producer, column, value)
    db.session.add(producer)
    return producer


def _outdate(producer: Producer, step: Step[Producer]) -> None:
    """A draft that was begun on the page as it was has to be looked at again."""
    producer.version = Producer.version + 1  # counted by the database
    values = step.values
    before = {name: getattr(producer, name) for name in REQUIRED | OPTIONAL if name.endswith(("_vi", "_en"))}
    after = before | {name: value for name, value in values.items() if name in before}
    producer.translated = translations.marked(producer.translated, before, after, written=values)
