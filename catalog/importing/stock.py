"""Goods that arrive at outlets, from a file: one row for each (outlet, sku, lot), which can arrive so only once.

Lots are made as they are first named; the same lot has the same days wherever it lies.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from catalog import stock
from catalog.db import db
from catalog.importing import amounts, cells, changes, lookups, rows
from catalog.importing.changes import Plan, Problem, Reason, Step
from catalog.importing.rows import Entry
from catalog.importing.table import Table
from catalog.lots import Lot
from catalog.outlets import Outlet
from catalog.products import Product, ProductKind, Variant
from catalog.stock import MovementKind, StockMovement

REQUIRED: dict[str, cells.Parser] = {
    "outlet": cells.code(16),
    "sku": cells.code(32),
    "lot": cells.code(38),  # so that the cause fits its column
    "made_on": cells.optional(cells.day, None),
    "best_before": cells.optional(cells.day, None),
    "quantity": amounts.whole(1, 1_000_000),
}
OPTIONAL: dict[str, cells.Parser] = {}


@dataclass(frozen=True, slots=True)
class _Known:
    """What the file names and the catalogue has. lots: by (sku, code).    received: cause → units."""

    outlets: dict[str, Outlet]
    variants: dict[str, Variant]
    tours: set[int]
    lots: dict[tuple[str, str], Lot]
    received: dict[str, int]


def plan(table: Table, *, only: str | None = None) -> Plan[Step[StockMovement]]:
    """What would arrive. Each movement's cause is its row: ``import:<outlet>:<sku>:<lot>``.

    only: the code of the one outlet whose rows are taken; the others are refused, and nothing is told about them.
    """
    problems = list(table.problems)
    entries = rows.read(table, REQUIRED, problems)
    if only is not None:
        problems += [e.row.problem("outlet", Reason.OTHER_OUTLET, here=only) for e in entries if e["outlet"] != only]
        entries = [entry for entry in entries if entry["outlet"] == only]
    entries = list(rows.unique(entries, lambda entry: _cause(entry.values), "lot", problems))
    known = _look_up(entries)
    problems += _lots_that_differ(entries, known)
    steps: list[Step[StockMovement]] = []
    for entry in entries:
        wrong = list(_problems(entry, known))
        problems += wrong
        if not wrong:
            cause = _cause(entry.values)
            before = entry.values if cause in known.received else None
            steps.append(changes.step(None, before, entry.values, key=cause, name=entry["sku"]))
    return changes.planned(len(table.rows), steps, problems)


def apply(plan: Plan[Step[StockMovement]], *, actor: str, at: datetime) -> None:
    """Put the goods on the shelves, in one order of shelves. Raises BadFile when a row is bad."""
    plan.must_be_clean()
    outlets = lookups.by_key(Outlet, Outlet.code, (step.values["outlet"] for step in plan.steps))
    variants = lookups.by_key(Variant, Variant.sku, (step.values["sku"] for step in plan.steps))
    lots = _known_lots(variants)
    for step in plan.steps:
        key = step.values["sku"], step.values["lot"]
        if key not in lots:
            lots[key] = _new_lot(variants[key[0]], step)
    db.session.add_all(lots.values())
    db.session.flush()
    arrivals = [(outlets[s.values["outlet"]], lots[s.values["sku"], s.values["lot"]], s) for s in plan.steps]
    for outlet, lot, step in sorted(arrivals, key=lambda arrival: (arrival[0].id, arrival[1].id)):
        stock.receive(lot, outlet, step.values["quantity"], cause=step.change.key, actor=actor, at=at)


def _cause(values: dict[str, Any]) -> str:
    return f"import:{values['outlet']}:{values['sku']}:{values['lot']}"


def _look_up(entries: list[Entry]) -> _Known:
    variants = lookups.by_key(Variant, Variant.sku, (entry["sku"] for entry in entries))
    products = lookups.among(Product, Product.id, (variant.product_id for variant in variants.values()))
    received: dict[str, int] = {}
    for causes in lookups.chunks([_cause(entry.values) for entry in entries]):
        movements = select(StockMovement.cause, StockMovement.on_hand).where(
            StockMovement.cause.in_(causes), StockMovement.kind == MovementKind.RECEIVED
        )
        received |= dict(db.session.execute(movements).all())
    return _Known(
        outlets=lookups.by_key(Outlet, Outlet.code, (entry["outlet"] for entry in entries)),
        variants=variants,
        tours={product.id for product in products if product.kind is ProductKind.TOUR},
        lots=_known_lots(variants),
        received=received,
    )


def _known_lots(variants: dict[str, Variant]) -> dict[tuple[str, str], Lot]:
    sku_of = {variant.id: sku for sku, variant in variants.items()}
    return {(sku_of[lot.variant_id], lot.code): lot for lot in lookups.among(Lot, Lot.variant_id, sku_of)}


def _problems(entry: Entry, known: _Known) -> Iterator[Problem]:
    if entry["outlet"] not in known.outlets:
        yield entry.row.problem("outlet", Reason.UNKNOWN)
    variant = known.variants.get(entry["sku"])
    if variant is None:
        yield entry.row.problem("sku", Reason.UNKNOWN)
    elif variant.product_id in known.tours:
        yield entry.row.problem("sku", Reason.NO_STOCK_OF_TOURS)
    if entry["made_on"] and entry["best_before"] and entry["best_before"] <= entry["made_on"]:
        yield entry.row.problem("best_before", Reason.ENDS_TOO_EARLY)
    before = known.received.get(_cause(entry.values), entry["quantity"])
    if before != entry["quantity"]:
        yield entry.row.problem("quantity", Reason.RECEIVED_BEFORE, before=before)


def _lots_that_differ(entries: list[Entry], known: _Known) -> Iterator[Problem]:
    """Rows that give a lot other days than the catalogue has, or than the first row about it."""
    days: dict[tuple[str, str], tuple[date | None, date | None]] = {
        key: (lot.made_on, lot.best_before) for key, lot in known.lots.items()
    }
    for entry in entries:
        stated = entry["made_on"], entry["best_before"]
        expected = days.setdefault((entry["sku"], entry["lot"]), stated)
        for column, mine, first in zip(("made_on", "best_before"), stated, expected, strict=True):
            if mine != first:
                yield entry.row.problem(column, Reason.LOT_DAYS, expected=first)


def _new_lot(variant: Variant, step: Step[StockMovement]) -> Lot:
    values = step.values
    return Lot(variant_id=variant.id, code=values["lot"], made_on=values["made_on"], best_before=values["best_before"])
