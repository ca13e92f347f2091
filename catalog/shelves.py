"""What one outlet has, as its staff look at it: by product, by lot, and every movement.

Reads only, a fixed number of queries each; every one names its outlet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import Select, case, func, select

from catalog import replenishment, stock
from catalog.clock import start_of, vietnam_day
from catalog.db import count_rows, db
from catalog.errors import NotFound
from catalog.lots import Lot, LotState
from catalog.products import Product, ProductState, Variant
from catalog.stock import MovementKind, StockLevel, StockMovement
from catalog.text import collation_key, has_words

SOON = timedelta(days=30)
"""A lot that ends within this time is worth a look."""


class Mark(StrEnum):
    """What somebody should look at."""

    LOW = "low"
    """Less is free than its minimum, or, without one, than a week sells; as ``replenishment`` counts."""
    ENDING = "ending"
    """Some of it ends within SOON, or has ended."""
    STOPPED = "stopped"
    """Some of it is quarantined, recalled or past its last day."""


@dataclass(frozen=True, slots=True)
class Row:
    """One variant at one outlet. All in units.

    free: can be sold now.    unfit: stopped or past its day.    sold: over the last four weeks.    ends_on: of the
    lot that ends first, among those with units.
    """

    variant_id: int
    sku: str
    name: str
    unit: str
    group_code: str
    price: int
    offered: bool
    on_hand: int
    held: int
    free: int
    unfit: int
    sold: int
    minimum: int
    ends_on: date | None
    marks: frozenset[Mark]


@dataclass(frozen=True, slots=True)
class LotRow:
    """One shelf: a lot under one owner."""

    level_id: int
    lot_id: int
    code: str
    made_on: date | None
    best_before: date | None
    state: LotState
    consigned: bool
    on_hand: int
    held: int
    free: int
    fit: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """One movement, with what it moved."""

    id: int
    at: datetime
    kind: MovementKind
    sku: str
    name: str
    unit: str
    lot_id: int
    code: str
    on_hand: int
    held: int
    cause: str
    reason: str
    actor: str


@dataclass(frozen=True, slots=True)
class Period:
    """Days of Vietnam's calendar, both included; None: without an end on that side."""

    from_on: date | None = None
    to_on: date | None = None


ALWAYS = Period()


def listing(
    outlet_id: int, *, at: datetime, words: str = "", groups: Sequence[str] = (), mark: Mark | None = None
) -> list[Row]:
    """All that has a shelf here, by name. words: in the name or SKU, accents or none.    groups: programme codes."""
    found = _rows(outlet_id, at=at)
    chosen = [
        row
        for row in found
        if has_words(f"{row.name} {row.sku}", words)
        and (not groups or row.group_code in groups)
        and (mark is None or mark in row.marks)
    ]
    return sorted(chosen, key=lambda row: (collation_key(row.name), row.sku))


def get_row(outlet_id: int, sku: str, *, at: datetime) -> Row:
    """One variant here. Raises NotFound when it never had a shelf here."""
    rows = _rows(outlet_id, at=at, sku=sku)
    if not rows:
        raise NotFound(sku)
    return rows[0]


def lots_of(outlet_id: int, variant_id: int, *, at: datetime) -> list[LotRow]:
    """The variant's shelves here that have units, first expired first, undated last."""
    fit, free = stock.sellable(at), stock.free_units(at)
    query = (
        select(
            StockLevel.id, Lot.id, Lot.code, Lot.made_on, Lot.best_before, Lot.state, StockLevel.consigned,
            StockLevel.on_hand, StockLevel.held, free, fit,
        )
        .join(Lot, Lot.id == StockLevel.lot_id)
        .where(StockLevel.outlet_id == outlet_id, StockLevel.variant_id == variant_id, StockLevel.on_hand > 0)
        .order_by(Lot.best_before.is_(None), Lot.best_before, Lot.id, StockLevel.consigned)
    )  # fmt: skip
    return [LotRow(*row) for row in cast("Sequence[Any]", db.session.execute(query).all())]


def movements(
    outlet_id: int,
    *,
    kinds: Sequence[MovementKind] = (),
    period: Period = ALWAYS,
    variant_id: int | None = None,
    lot_id: int | None = None,
) -> Select[int]:
    """Keys of movements of this outlet's shelves, newest first; ``read`` makes rows of a page of them."""
    query = (
        select(StockMovement.id)
        .join(StockLevel, StockLevel.id == StockMovement.level_id)
        .where(StockLevel.outlet_id == outlet_id)
    )
    if kinds:
        query = query.where(StockMovement.kind.in_(kinds))
    if period.from_on:
        query = query.where(StockMovement.at >= start_of(period.from_on))
    if period.to_on:
        query = query.where(StockMovement.at < start_of(period.to_on + timedelta(days=1)))
    if variant_id is not None:
        query = query.where(StockLevel.variant_id == variant_id)
    if lot_id is not None:
        query = query.where(StockLevel.lot_id == lot_id)
    return query.order_by(StockMovement.id.desc())


def count(keys: Select[int]) -> int:
    """How many there are."""
    return count_rows(keys)


def read(keys: Select[int]) -> list[Moved]:
    """The movements with these keys, newest first."""
    page = keys.subquery()
    query = (
        select(
            StockMovement.id, StockMovement.at, StockMovement.kind, Variant.sku, Product.name_vi, Variant.unit_vi,
            Lot.id, Lot.code, StockMovement.on_hand, StockMovement.held, StockMovement.cause, StockMovement.reason,
            StockMovement.actor,
        )
        .join(page, page.c.id == StockMovement.id)
        .join(StockLevel, StockLevel.id == StockMovement.level_id)
        .join(Lot, Lot.id == StockLevel.lot_id)
        .join(Variant, Variant.id == StockLevel.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .order_by(StockMovement.id.desc())
    )  # fmt: skip
    return [Moved(*row) for row in cast("Sequence[Any]", db.session.execute(query).all())]


def _rows(outlet_id: int, *, at: datetime, sku: str | None = None) -> list[Row]:
    fit, free = stock.sellable(at), stock.free_units(at)
    query = (
        select(
            Variant.id, Variant.sku, Product.name_vi, Variant.unit_vi, Product.group_code, Variant.price,
            Variant.active, Product.state,
            func.sum(StockLevel.on_hand),
            func.sum(StockLevel.held),
            func.sum(case((fit, free), else_=0)),
            func.sum(case((fit, 0), else_=StockLevel.on_hand)),
            func.min(case((StockLevel.on_hand > 0, Lot.best_before))),
        )
        .join(Lot, Lot.id == StockLevel.lot_id)
        .join(Variant, Variant.id == StockLevel.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(StockLevel.outlet_id == outlet_id)
        .group_by(Variant.id, Product.id)
    )  # fmt: skip
    if sku is not None:
        query = query.where(Variant.sku == sku)
    found = db.session.execute(query).all()
    only = None if sku is None else [row[0] for row in found]
    went = replenishment.sold([outlet_id], at=at, variant_ids=only)
    minima = replenishment.minima(outlet_id)
    soon = vietnam_day(at) + SOON
    rows = []
    for variant_id, code, name, unit, group, price, active, state, on_hand, held, free_now, unfit, ends_on in found:
        units, least = went.get((outlet_id, variant_id), 0), minima.get(variant_id, 0)
        looks = {
            Mark.LOW: replenishment.is_low(int(free_now), sold=units, minimum=least),
            Mark.ENDING: ends_on is not None and ends_on <= soon,
            Mark.STOPPED: int(unfit) > 0,
        }
        rows.append(
            Row(
                variant_id=variant_id,
                sku=code,
                name=name,
                unit=unit,
                group_code=group,
                price=price,
                offered=active and state is ProductState.PUBLISHED,
                on_hand=int(on_hand),
                held=int(held),
                free=int(free_now),
                unfit=int(unfit),
                sold=units,
                minimum=least,
                ends_on=ends_on,
                marks=frozenset(mark for mark, true in looks.items() if true),
            )
        )
    return rows
