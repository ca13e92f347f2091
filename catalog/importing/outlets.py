"""Outlets from a file, keyed by ``code``. An outlet keeps its address on the web when it is renamed."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from catalog import history, places
from catalog.db import db
from catalog.importing import amounts, cells, changes, rows
from catalog.importing.announce import announce
from catalog.importing.changes import Plan, Problem, Reason, Step
from catalog.importing.slugs import Slugs
from catalog.importing.table import Table
from catalog.outlets import Outlet, OutletLevel

REQUIRED: dict[str, cells.Parser] = {
    "code": cells.code(16),
    "name_vi": cells.line(160),
    "name_en": cells.optional(cells.line(160)),
    "level": cells.choice(OutletLevel),
    "commune": cells.commune,
    "address_vi": cells.line(200),
    "lat": amounts.degrees(8, 24),
    "lon": amounts.degrees(102, 118),
    "phone": cells.phone,
    "email": cells.email,
    "hours": cells.hours,
    "supplied_by": cells.optional(cells.code(16), None),
    "pickup": cells.yes_no,
    "ships": cells.yes_no,
    "note_vi": cells.optional(cells.line(500)),
}
OPTIONAL: dict[str, cells.Parser] = {"closed_days": cells.optional(cells.closed_days)}

_RANK = {level: rank for rank, level in enumerate(OutletLevel)}
_NOT_ATTRIBUTES = ("commune", "supplied_by")


def plan(table: Table) -> Plan[Step[Outlet]]:
    """What the file would change."""
    problems = list(table.problems)
    entries = rows.read(table, REQUIRED | OPTIONAL, problems)
    entries = list(rows.unique(entries, lambda entry: entry["code"], "code", problems))
    known = {outlet.code: outlet for outlet in db.session.scalars(select(Outlet))}
    code_of = {outlet.id: outlet.code for outlet in known.values()}
    level_of = {code: outlet.level for code, outlet in known.items()} | {e["code"]: e["level"] for e in entries}
    problems += filter(None, (_supplier_problem(entry, level_of) for entry in entries))
    steps = []
    for entry in entries:
        found = known.get(entry["code"])
        before = _values_of(found, code_of) if found else None
        steps.append(changes.step(found, before, entry.values, key=entry["code"], name=entry["name_vi"]))
    return changes.planned(len(table.rows), steps, problems)


def apply(plan: Plan[Step[Outlet]], *, actor: str, at: datetime) -> None:
    """Write what was planned. Raises BadFile when a row is bad."""
    plan.must_be_clean()
    if not plan.steps:
        return
    outlets = {outlet.code: outlet for outlet in db.session.scalars(select(Outlet))}
    slugs = Slugs((outlet.slug, outlet.code) for outlet in outlets.values())
    for step in plan.steps:
        outlets[step.change.key] = _write(step, slugs)
    db.session.flush()
    for step in plan.steps:
        supplier = step.values["supplied_by"]
        outlets[step.change.key].supplied_by_id = outlets[supplier].id if supplier else None
        history.record("outlet.imported", f"outlet:{step.change.key}", actor=actor, at=at, **step.change.facts())
    db.session.flush()
    announce((), at=at)


def _supplier_problem(entry: rows.Entry, level_of: dict[str, OutletLevel]) -> Problem | None:
    """A centre supplies the levels below its own; so nobody supplies himself, not even in a circle."""
    supplier = entry["supplied_by"]
    if supplier is None:
        return None
    if supplier not in level_of:
        return entry.row.problem("supplied_by", Reason.UNKNOWN)
    if _RANK[level_of[supplier]] <= _RANK[entry["level"]]:
        return entry.row.problem("supplied_by", Reason.SUPPLIER_LEVEL, level=level_of[supplier].value)
    return None


def _values_of(outlet: Outlet, code_of: dict[int, str]) -> dict[str, Any]:
    values = {column: getattr(outlet, column) for column in REQUIRED | OPTIONAL if column not in _NOT_ATTRIBUTES}
    supplier = code_of[outlet.supplied_by_id] if outlet.supplied_by_id else None
    return values | {"commune": outlet.commune_code, "supplied_by": supplier}


def _write(step: Step[Outlet], slugs: Slugs) -> Outlet:
    commune = places.get_commune(step.values["commune"])
    outlet = step.found or Outlet(slug=slugs.take(step.change.key, step.values["name_vi"], commune.name))
    outlet.commune_code = commune.code
    outlet.district_code = commune.old_district_code or ""
    for column, value in step.values.items():
        if column not in _NOT_ATTRIBUTES:
            setattr(outlet, column, value)
    db.session.add(outlet)
    return outlet
