"""Lots of one outlet that end soon, each with what to do about it.

By days left and by what sells: the units that will sell here in time are put in front; the rest goes to a
neighbour (the centre above, the outlets below, its sisters) that sells more of it and has room; what is past its
last day comes off the shelf.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import func, or_, select

from catalog import replenishment, stock
from catalog.clock import vietnam_day
from catalog.db import db
from catalog.lots import Lot, LotState
from catalog.outlets import Outlet
from catalog.products import Product, Variant
from catalog.replenishment import SOLD_OVER
from catalog.shelves import SOON
from catalog.stock import StockLevel

ON_THE_ROAD = 3
"""Days until units sent to a neighbour lie on its shelf."""


class Action(StrEnum):
    """What to do with a lot that ends soon."""

    SELL_FIRST = "sell_first"
    MOVE = "move"
    WRITE_OFF = "write_off"


@dataclass(frozen=True, slots=True)
class Ending:
    """One lot here. days_left: 0 on its last day, negative after it.    surplus: units that will not sell in time.

    to, units: for a move, the neighbour and how many it can sell; for a write-off, None and all that is free.
    """

    lot_id: int
    code: str
    sku: str
    variant_id: int
    name: str
    unit: str
    state: LotState
    best_before: date
    days_left: int
    on_hand: int
    held: int
    free: int
    surplus: int
    action: Action
    to: Outlet | None
    units: int


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Somebody goods can be sent to. sold: over the last four weeks.    on_hand: units that lie there already."""

    outlet: Outlet
    sold: int
    on_hand: int


@dataclass(frozen=True, slots=True)
class _Found:
    lot_id: int
    code: str
    sku: str
    variant_id: int
    name: str
    unit: str
    state: LotState
    best_before: date
    on_hand: int
    held: int
    free: int


def ending(outlet_id: int, *, at: datetime, within: timedelta = SOON) -> list[Ending]:
    """Lots with units here that end within this time or have ended, the first to end first."""
    today = vietnam_day(at)
    found = _found(outlet_id, until=today + within, at=at)
    if not found:
        return []
    variants = sorted({row.variant_id for row in found})
    sold = replenishment.sold([outlet_id], at=at, variant_ids=variants)
    neighbours = _neighbours(outlet_id, variants, at=at)
    before: dict[int, int] = defaultdict(int)
    endings = []
    for row in found:
        went = sold.get((outlet_id, row.variant_id), 0)
        proposed = propose(row.best_before, free=row.free, ahead=before[row.variant_id], sold=went, today=today,
                           neighbours=neighbours.get(row.variant_id, ()))  # fmt: skip
        surplus, action, to, units = proposed
        if row.best_before >= today:
            before[row.variant_id] += row.free
        endings.append(
            Ending(
                lot_id=row.lot_id,
                code=row.code,
                sku=row.sku,
                variant_id=row.variant_id,
                name=row.name,
                unit=row.unit,
                state=row.state,
                best_before=row.best_before,
                days_left=(row.best_before - today).days,
                on_hand=row.on_hand,
                held=row.held,
                free=row.free,
                surplus=surplus,
                action=action,
                to=to,
                units=units,
            )
        )
    return endings


def propose(
    best_before: date, *, free: int, ahead: int, sold: int, today: date, neighbours: tuple[Neighbour, ...] = ()
) -> tuple[int, Action, Outlet | None, int]:
    """(units that will not sell in time, what to do, where to, how many).

    ahead: free units of lots that end earlier and sell first.    sold: here, over the last four weeks.
    """
    days_left = (best_before - today).days
    if days_left < 0:
        return free, Action.WRITE_OFF, None, free
    surplus = max(0, free - max(0, _will_sell(sold, days_left + 1) - ahead))
    rooms = [
        (_will_sell(there.sold, days_left + 1 - ON_THE_ROAD) - there.on_hand, there)
        for there in neighbours
        if there.sold > sold
    ]
    room, best = max(rooms, key=lambda pair: (pair[0], pair[1].outlet.code), default=(0, None))
    if surplus and best and room > 0:
        return surplus, Action.MOVE, best.outlet, min(surplus, room)
    return surplus, Action.SELL_FIRST, None, free


def _will_sell(sold: int, days: int) -> int:
    return max(0, days) * sold // SOLD_OVER.days


def _found(outlet_id: int, *, until: date, at: datetime) -> list[_Found]:
    free = stock.free_units(at)
    query = (
        select(
            Lot.id, Lot.code, Variant.sku, Variant.id, Product.name_vi, Variant.unit_vi, Lot.state, Lot.best_before,
            func.sum(StockLevel.on_hand), func.sum(StockLevel.held), func.sum(free),
        )
        .join(StockLevel, StockLevel.lot_id == Lot.id)
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(StockLevel.outlet_id == outlet_id, StockLevel.on_hand > 0, Lot.best_before <= until)
        .group_by(Lot.id, Variant.id, Product.id)
        .order_by(Lot.best_before, Product.name_vi, Lot.id)
    )  # fmt: skip
    rows = cast("Sequence[Any]", db.session.execute(query).all())
    return [_Found(*row[:8], *(int(units) for units in row[8:])) for row in rows]


def _neighbours(outlet_id: int, variants: list[int], *, at: datetime) -> Mapping[int, tuple[Neighbour, ...]]:
    """By variant."""
    above = select(Outlet.supplied_by_id).where(Outlet.id == outlet_id).scalar_subquery()
    query = select(Outlet).where(
        Outlet.active,
        Outlet.id != outlet_id,
        or_(Outlet.id == above, Outlet.supplied_by_id == outlet_id, Outlet.supplied_by_id == above),
    )
    outlets = {outlet.id: outlet for outlet in db.session.scalars(query)}
    sold = replenishment.sold(list(outlets), at=at, variant_ids=variants)
    lying = (
        select(StockLevel.outlet_id, StockLevel.variant_id, func.sum(StockLevel.on_hand))
        .where(StockLevel.outlet_id.in_(outlets), StockLevel.variant_id.in_(variants))
        .group_by(StockLevel.outlet_id, StockLevel.variant_id)
    )
    on_hand = {(outlet, variant): int(units) for outlet, variant, units in db.session.execute(lying)}
    found: dict[int, list[Neighbour]] = defaultdict(list)
    for (outlet, variant), units in sorted(sold.items()):
        found[variant].append(Neighbour(outlets[outlet], units, on_hand.get((outlet, variant), 0)))
    return {variant: tuple(there) for variant, there in found.items()}
