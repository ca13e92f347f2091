"""An outlet's figures as rows for a spreadsheet: every shelf, and every movement of some days.

Reads only. Rows come one after the other from one query, so that a year of movements never lies in memory; each query
names its outlet. Days are Vietnam's, both ends included.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import String, cast, func, literal, select

from catalog.clock import start_of
from catalog.db import db
from catalog.lots import Lot, LotState
from catalog.people import User
from catalog.products import Product, Variant
from catalog.stock import MovementKind, StockLevel, StockMovement

AT_ONCE = 500
"""Rows that are fetched together."""


@dataclass(frozen=True, slots=True)
class ShelfRow:
    """One shelf with units. price: đồng.    consigned: still its producer's."""

    sku: str
    gtin: str | None
    name: str
    unit: str
    lot: str
    made_on: date | None
    best_before: date | None
    state: LotState
    consigned: bool
    on_hand: int
    held: int
    price: int


@dataclass(frozen=True, slots=True)
class MovementRow:
    """One movement of a shelf. who: a name, or ``system`` and ``buyer``.    document: as in ``order:QN-7K3M9Q``."""

    at: datetime
    kind: MovementKind
    sku: str
    name: str
    unit: str
    lot: str
    on_hand: int
    held: int
    document: str
    reason: str
    who: str


def shelves(outlet_id: int) -> Iterator[ShelfRow]:
    """What stands at this outlet now, by SKU, first expired first."""
    query = (
        select(
            Variant.sku, Variant.gtin, Product.name_vi, Variant.unit_vi, Lot.code, Lot.made_on, Lot.best_before,
            Lot.state, StockLevel.consigned, StockLevel.on_hand, StockLevel.held, Variant.price,
        )
        .select_from(StockLevel)
        .join(Lot, Lot.id == StockLevel.lot_id)
        .join(Variant, Variant.id == StockLevel.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(StockLevel.outlet_id == outlet_id, StockLevel.on_hand > 0)
        .order_by(Variant.sku, Lot.best_before.is_(None), Lot.best_before, Lot.code, StockLevel.id)
    )  # fmt: skip
    return (ShelfRow(*row) for row in _rows(query))


def movements(outlet_id: int, *, from_on: date, to_on: date) -> Iterator[MovementRow]:
    """What moved here on these days, oldest first."""
    person = func.coalesce(User.name, StockMovement.actor)
    query = (
        select(
            StockMovement.at, StockMovement.kind, Variant.sku, Product.name_vi, Variant.unit_vi, Lot.code,
            StockMovement.on_hand, StockMovement.held, StockMovement.cause, StockMovement.reason, person,
        )
        .select_from(StockMovement)
        .join(StockLevel, StockLevel.id == StockMovement.level_id)
        .join(Lot, Lot.id == StockLevel.lot_id)
        .join(Variant, Variant.id == StockLevel.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(User, literal("user:") + cast(User.id, String) == StockMovement.actor)
        .where(
            StockLevel.outlet_id == outlet_id,
            StockMovement.at >= start_of(from_on),
            StockMovement.at < start_of(to_on + timedelta(days=1)),
        )
        .order_by(StockMovement.at, StockMovement.id)
    )  # fmt: skip
    return (MovementRow(*row) for row in _rows(query))


def _rows(query: Any) -> Iterator[Any]:
    yield from db.session.execute(query.execution_options(yield_per=AT_ONCE))
