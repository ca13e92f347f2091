"""Units on the shelves of the outlets, and promises made against them.

A unit is one sellable variant (int). On a shelf, one row per outlet and lot, it is free or held for an order:
``free = on_hand - held``. Every change adds a row to ``stock_movements``; the levels are its running sums. A hold
ends at its ``until`` by the clock, whether or not anything has tidied up: readers count overdue holds as free.

Writes, never commits: the caller owns the transaction. Verbs on several shelves take them in (outlet, lot) order,
so that everybody locks rows in the same sequence.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import (
    BindParameter,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    Row,
    Select,
    UniqueConstraint,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.sql.elements import ColumnElement

from catalog import history
from catalog.clock import vietnam_day
from catalog.db import Base, BigKey, UtcDateTime, db, enum_column, text_column
from catalog.errors import LotStopped, OutOfStock
from catalog.lots import Lot, LotState
from catalog.outlets import Outlet
from catalog.products import Variant


class MovementKind(StrEnum):
    """Why a shelf changed."""

    RECEIVED = "received"
    HELD = "held"
    RELEASED = "released"
    SOLD_ONLINE = "sold_online"
    SOLD_AT_COUNTER = "sold_at_counter"
    RETURNED = "returned"
    TRANSFERRED_OUT = "transferred_out"
    TRANSFERRED_IN = "transferred_in"
    DAMAGED = "damaged"
    EXPIRED = "expired"
    SAMPLE = "sample"
    COUNT_CORRECTION = "count_correction"


WRITE_OFFS = (MovementKind.DAMAGED, MovementKind.EXPIRED, MovementKind.SAMPLE)
"""Units that leave a shelf for good without having been sold."""


class HoldState(StrEnum):
    """A promise is open until it is given back or the goods leave."""

    OPEN = "open"
    RELEASED = "released"
    TAKEN = "taken"


class StockLevel(Base):
    """What lies on one shelf: units of one lot and one owner at one outlet, which is their custodian.

    ``consigned`` units still belong to the lot's producer, the others to the outlet. The check is the last guard, not
    the first.
    """

    __tablename__ = "stock_levels"
    __table_args__ = (
        UniqueConstraint("outlet_id", "lot_id", "consigned"),
        CheckConstraint("0 <= held AND held <= on_hand", name="held_within_on_hand"),
        Index("ix_stock_levels_variant_id", "variant_id", "outlet_id"),
        Index("ix_stock_levels_lot_id", "lot_id"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlets.id"))
    lot_id: Mapped[int] = mapped_column(ForeignKey("lots.id"))
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"))
    consigned: Mapped[bool] = mapped_column(Boolean, default=False)
    on_hand: Mapped[int] = mapped_column(Integer, default=0)
    held: Mapped[int] = mapped_column(Integer, default=0)

    lot: Mapped[Lot] = relationship(lazy="raise_on_sql")
    outlet: Mapped[Outlet] = relationship(lazy="raise_on_sql")


class StockMovement(Base):
    """One change of one shelf. A cause (``order:…``, ``sale:…``, ``transfer:…``) can move a shelf once per kind.

    The cause names the document; ``reason`` holds a person's words where the kind does not say it all.
    """

    __tablename__ = "stock_movements"
    __table_args__ = (
        UniqueConstraint("cause", "level_id", "kind"),
        Index("ix_stock_movements_level_id", "level_id"),
        Index("ix_stock_movements_at", "at"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    level_id: Mapped[int] = mapped_column(ForeignKey("stock_levels.id"))
    kind: Mapped[MovementKind] = mapped_column(enum_column(MovementKind))
    on_hand: Mapped[int] = mapped_column(Integer)
    held: Mapped[int] = mapped_column(Integer)
    cause: Mapped[str] = mapped_column(text_column(96))
    reason: Mapped[str] = mapped_column(text_column(200), default="")
    actor: Mapped[str] = mapped_column(text_column(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class StockHold(Base):
    """Units of one shelf promised to one order. ``until`` None: promised without end (the order is confirmed)."""

    __tablename__ = "stock_holds"
    __table_args__ = (
        UniqueConstraint("order_ref", "level_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        Index("ix_stock_holds_state_until", "state", "until"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    level_id: Mapped[int] = mapped_column(ForeignKey("stock_levels.id"))
    order_ref: Mapped[str] = mapped_column(text_column(32))
    quantity: Mapped[int] = mapped_column(Integer)
    state: Mapped[HoldState] = mapped_column(enum_column(HoldState), default=HoldState.OPEN)
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)


# built once: an order and a counter sale run each of these for every shelf they touch
_levels = StockLevel.__table__.c
_CHANGED = (
    StockLevel.__table__.update()  # type: ignore[attr-defined]
    .where(
        _levels.id == bindparam("level"),
        _levels.on_hand + bindparam("on_hand_by") >= _levels.held + bindparam("held_by"),
    )
    .values(on_hand=_levels.on_hand + bindparam("on_hand_by"), held=_levels.held + bindparam("held_by"))
)
_REPAIRED = (
    StockLevel.__table__.update()  # type: ignore[attr-defined]
    .where(_levels.id == bindparam("level"))
    .values(on_hand=bindparam("on_hand_moved"), held=bindparam("held_open"))
)
_MOVEMENT = StockMovement.__table__.insert()  # type: ignore[attr-defined]
_PROMISE = StockHold.__table__.insert()  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Shelf:
    """A shelf with something free on it. free: units that could be promised now."""

    level_id: int
    outlet_id: int
    lot_id: int
    variant_id: int
    best_before: date | None
    free: int


@dataclass(frozen=True, slots=True)
class Drift:
    """A shelf whose level is not the sum of its movements and holds."""

    level_id: int
    on_hand: int
    on_hand_moved: int
    held: int
    held_moved: int
    held_open: int


def shelves(variant_ids: Sequence[int], *, outlet_id: int | None = None, at: datetime) -> list[Shelf]:
    """Shelves with free, sellable units of these variants, first expired first (goods without a date last); of one
    lot the outlet's own before its producer's.

    outlet_id: only shelves there.
    """
    values = {"variants": list(variant_ids), "at": at, "today": vietnam_day(at)}
    if outlet_id is not None:
        values["outlet"] = outlet_id
    return [Shelf(*row) for row in db.session.execute(_shelves(outlet_id is not None), values)]


def free_by_variant(variant_ids: Sequence[int], *, at: datetime) -> dict[int, int]:
    """Units free over all outlets; a variant with none is absent."""
    query = _totals(at).add_columns(StockLevel.variant_id).where(StockLevel.variant_id.in_(variant_ids))
    rows = db.session.execute(query.group_by(StockLevel.variant_id))
    return {variant: int(free) for free, variant in rows if free > 0}


def free_by_outlet(at: datetime, *, outlet_ids: Sequence[int] | None = None) -> list[Row[int, int, int]]:
    """Rows (variant_id, outlet_id, free) over the whole catalogue, for the columns lists are filtered by.

    outlet_ids: only of these outlets.
    """
    free = func.sum(free_units(at))
    query = (
        select(StockLevel.variant_id, StockLevel.outlet_id, free)
        .join(Lot, Lot.id == StockLevel.lot_id)
        .join(Outlet, Outlet.id == StockLevel.outlet_id)
        .where(Outlet.active, sellable(at))
        .group_by(StockLevel.variant_id, StockLevel.outlet_id)
        .having(free > 0)
    )
    if outlet_ids is not None:
        query = query.where(StockLevel.outlet_id.in_(outlet_ids))
    return list(db.session.execute(query))


def receive(
    lot: Lot, outlet: Outlet, quantity: int, *, consigned: bool = False, cause: str, actor: str, at: datetime
) -> None:
    """Goods arrive on a shelf from their producer. The same cause again changes nothing.

    quantity: units, at least 1.    consigned: they stay the producer's until they are sold.    cause: the document,
    e.g. ``receipt:PN-0012``.
    """
    _arrive(lot, outlet, quantity, consigned, MovementKind.RECEIVED, cause=cause, actor=actor, at=at)


def take_in(lot: Lot, outlet: Outlet, quantity: int, *, consigned: bool, cause: str, actor: str, at: datetime) -> None:
    """Units that another outlet sent arrive here. The same cause again changes nothing."""
    _arrive(lot, outlet, quantity, consigned, MovementKind.TRANSFERRED_IN, cause=cause, actor=actor, at=at)


def put_back(
    lot: Lot, outlet: Outlet, quantity: int, *, consigned: bool, cause: str, reason: str = "", actor: str, at: datetime
) -> None:
    """Sold units come back to a shelf, fit to be sold again. The same cause again changes nothing."""
    kind = MovementKind.RETURNED
    _arrive(lot, outlet, quantity, consigned, kind, cause=cause, reason=reason, actor=actor, at=at)


def put_up(lot: Lot, outlet: Outlet, *, consigned: bool) -> int:
    """The key of the shelf for a lot of one owner here; an empty one is put up if there is none."""
    return _level(lot, outlet, consigned).id


def sell(level_id: int, quantity: int, *, cause: str, actor: str, at: datetime) -> None:
    """Free units of this shelf go over the counter. Lock the shelves and read them afresh first, as for ``hold``.

    Raises OutOfStock with what was free; nothing has changed then.
    """
    _leave(level_id, quantity, MovementKind.SOLD_AT_COUNTER, cause=cause, actor=actor, at=at)


def send_out(level_id: int, quantity: int, *, cause: str, actor: str, at: datetime) -> None:
    """Free units of this shelf travel to another outlet: from now on nobody can sell them. Raises OutOfStock."""
    _leave(level_id, quantity, MovementKind.TRANSFERRED_OUT, cause=cause, actor=actor, at=at)


def write_off(
    level_id: int, quantity: int, *, kind: MovementKind, reason: str, cause: str, actor: str, at: datetime
) -> None:
    """Free units of this shelf are no good any more, or given away. kind: one of WRITE_OFFS. Raises OutOfStock."""
    if kind not in WRITE_OFFS:
        raise ValueError(f"not a write-off: {kind}")
    _leave(level_id, quantity, kind, cause=cause, reason=reason, actor=actor, at=at)


def correct(level_id: int, difference: int, *, cause: str, actor: str, at: datetime) -> None:
    """A count found more (> 0) or fewer (< 0) units than the level says. The same cause again changes nothing.

    Raises OutOfStock when fewer would be left than are promised to orders.
    """
    kind = MovementKind.COUNT_CORRECTION
    if difference and not _moved_before(level_id, kind, cause):
        _change(level_id, on_hand=difference, held=0, kind=kind, cause=cause, actor=actor, at=at)


def lock(
    *,
    variant_ids: Iterable[int] = (),
    order_refs: Iterable[str] = (),
    lot_ids: Iterable[int] = (),
    outlet_id: int | None = None,
) -> None:
    """Queue, shelf by shelf in one order, before changing shelves of these variants or lots and these orders' holds.

    outlet_id: only shelves there.

    It keeps those who change several shelves from waiting for each other in a circle (PostgreSQL; SQLite lets one
    writer in at a time anyway). A lock promises nothing: ``hold`` still decides.
    """
    wanted = {"variants": list(variant_ids), "orders": list(order_refs), "lots": list(lot_ids)}
    values: dict[str, object] = {name: keys for name, keys in wanted.items() if keys}
    if not values:
        return
    query = _locking(tuple(values), outlet_id is not None)
    db.session.execute(query, values if outlet_id is None else values | {"outlet": outlet_id}).all()


def hold(
    level_id: int,
    quantity: int,
    *,
    order_ref: str,
    until: datetime | None,
    document: str = "order",
    actor: str,
    at: datetime,
) -> None:
    """Promise units of this shelf to an order, or to a counter sale whose money is on its way.

    The shelf decides in one conditional UPDATE, so two shoppers can never be promised the same unit. Hold a whole
    order in ``level_id`` order: rows are then locked in the same sequence by everyone.

    quantity: units, at least 1.    until: when the promise ends by itself; None for never.    document: what kind of
    paper ``order_ref`` names, ``order`` or ``sale``; the same word releases it and hands it over.

    Raises OutOfStock with what was free; nothing has changed then.
    """
    _check_quantity(quantity)
    kind = MovementKind.HELD
    _change(level_id, on_hand=0, held=quantity, kind=kind, cause=f"{document}:{order_ref}", actor=actor, at=at)
    promise = {"level_id": level_id, "order_ref": order_ref, "quantity": quantity, "until": until}
    db.session.execute(_PROMISE, promise | {"state": HoldState.OPEN})


def keep(order_ref: str, *, until: datetime | None = None) -> None:
    """The order is confirmed: its promises end at another time, or (until None) no longer by the clock."""
    open_holds = and_(StockHold.order_ref == order_ref, StockHold.state == HoldState.OPEN)
    db.session.execute(update(StockHold).where(open_holds).values(until=until))


def release(order_ref: str, *, document: str = "order", actor: str, at: datetime) -> int:
    """Give an order's promised units back to their shelves. Returns the units; 0 when there were none left."""
    lock(order_refs=[order_ref])
    state, kind = HoldState.RELEASED, MovementKind.RELEASED
    return _end_holds(order_ref, state, kind, leaves=False, document=document, actor=actor, at=at)


def hand_over(
    order_ref: str,
    *,
    outlet_id: int | None = None,
    kind: MovementKind = MovementKind.SOLD_ONLINE,
    document: str = "order",
    actor: str,
    at: datetime,
) -> int:
    """The goods promised to an order leave the shelves. Returns the units; 0 when there were none left.

    outlet_id: only that outlet's share.    kind: SOLD_ONLINE, or SOLD_AT_COUNTER for a counter sale.

    Raises LotStopped when some of it is of a lot that was stopped, or ended, since it was promised; nothing has
    changed then.
    """
    lock(order_refs=[order_ref], outlet_id=outlet_id)
    _refuse_stopped(order_ref, outlet_id=outlet_id, at=at)
    state = HoldState.TAKEN
    return _end_holds(order_ref, state, kind, outlet_id=outlet_id, leaves=True, document=document, actor=actor, at=at)


def overdue_orders(*, at: datetime, variant_ids: Iterable[int] | None = None) -> list[str]:
    """References of orders whose holds have run out but were not given back yet, in order."""
    if variant_ids is None:
        return sorted(set(db.session.scalars(_overdue(False), {"at": at})))
    return sorted(set(db.session.scalars(_overdue(True), {"at": at, "variants": list(variant_ids)})))


def drift() -> list[Drift]:
    """Every shelf whose level is not what its movements and open holds add up to. Empty is the only good answer."""
    return _drift()


def repair(*, actor: str, at: datetime) -> tuple[list[Drift], list[Drift]]:
    """Put every drifted level back to the sum of its movements, and what is held to the open holds.

    The ledger is the truth about units, the holds are the truth about promises; where those two disagree a movement
    says so. Each repair is recorded in the history of ``shelf:<id>``.

    Returns the repaired and the ones no sum can explain: fewer units moved in than out, or than are promised. Those
    stay as they are, for somebody to count.
    """
    suspects = [row.level_id for row in _drift()]
    rows = select(StockLevel.id).where(StockLevel.id.in_(suspects)).order_by(StockLevel.id).with_for_update()
    locked = db.session.scalars(rows).all() if suspects else []
    found = _drift(locked) if locked else []
    repaired = [row for row in found if 0 <= row.held_open <= row.on_hand_moved]
    for row in repaired:
        _repair(row, actor=actor, at=at)
    return repaired, [row for row in found if row not in repaired]


def _repair(row: Drift, *, actor: str, at: datetime) -> None:
    cause = f"repair:{at.isoformat()}"
    sums = {"level": row.level_id, "on_hand_moved": row.on_hand_moved, "held_open": row.held_open}
    db.session.execute(_REPAIRED, sums)
    if by := row.held_open - row.held_moved:
        kind = MovementKind.HELD if by > 0 else MovementKind.RELEASED
        movement = {"level_id": row.level_id, "kind": kind, "on_hand": 0, "held": by, "reason": ""}
        db.session.execute(_MOVEMENT, movement | {"cause": cause, "actor": actor, "at": at})
    was = {"on_hand": row.on_hand, "held": row.held}
    now = {"on_hand": row.on_hand_moved, "held": row.held_open}
    history.record("stock.repaired", f"shelf:{row.level_id}", actor=actor, at=at, **asdict(row), before=was, after=now)
    db.session.flush()


def _drift(level_ids: Sequence[int] | None = None) -> list[Drift]:
    """level_ids: only among these."""
    moved = (
        select(
            StockMovement.level_id,
            func.sum(StockMovement.on_hand).label("on_hand"),
            func.sum(StockMovement.held).label("held"),
        )
        .group_by(StockMovement.level_id)
        .subquery()
    )
    held = (
        select(StockHold.level_id, func.sum(StockHold.quantity).label("held"))
        .where(StockHold.state == HoldState.OPEN)
        .group_by(StockHold.level_id)
        .subquery()
    )
    on_hand_moved = func.coalesce(moved.c.on_hand, 0)
    held_moved = func.coalesce(moved.c.held, 0)
    held_open = func.coalesce(held.c.held, 0)
    query = (
        select(StockLevel.id, StockLevel.on_hand, on_hand_moved, StockLevel.held, held_moved, held_open)
        .outerjoin(moved, moved.c.level_id == StockLevel.id)
        .outerjoin(held, held.c.level_id == StockLevel.id)
        .where(
            or_(
                StockLevel.on_hand != on_hand_moved,
                StockLevel.held != held_moved,
                StockLevel.held != held_open,
            )
        )
        .order_by(StockLevel.id)
    )
    if level_ids is not None:
        query = query.where(StockLevel.id.in_(level_ids))
    return [Drift(*(int(value) for value in row)) for row in db.session.execute(query)]


def _refuse_stopped(order_ref: str, *, outlet_id: int | None, at: datetime) -> None:
    """Called with the shelves locked: who stops a lot locks them, too, so one of the two sees the other."""
    today = vietnam_day(at)
    query = (
        select(Lot.code, Lot.state, Lot.best_before)
        .join(StockLevel, StockLevel.lot_id == Lot.id)
        .join(StockHold, StockHold.level_id == StockLevel.id)
        .where(StockHold.order_ref == order_ref, StockHold.state == HoldState.OPEN)
        .where(or_(Lot.state != LotState.SELLABLE, Lot.best_before < today))
        .order_by(Lot.id)
        .limit(1)
    )
    if outlet_id is not None:
        query = query.where(StockLevel.outlet_id == outlet_id)
    stopped = db.session.execute(query).first()
    if stopped:
        raise LotStopped(stopped.code, why=stopped.state if stopped.state is not LotState.SELLABLE else "expired")


@lru_cache
def _shelves(one_outlet: bool) -> Select[int, int, int, int, date | None, int]:
    at, today = bindparam("at", type_=UtcDateTime()), bindparam("today", type_=Date())
    free = free_units(at)
    query = (
        select(
            StockLevel.id,
            StockLevel.outlet_id,
            StockLevel.lot_id,
            StockLevel.variant_id,
            Lot.best_before,
            free,
        )
        .join(Lot, Lot.id == StockLevel.lot_id)
        .join(Outlet, Outlet.id == StockLevel.outlet_id)
        .where(StockLevel.variant_id.in_(bindparam("variants", expanding=True)))
        .where(Outlet.active, _sellable_on(today), free > 0)
        .order_by(
            Lot.best_before.is_(None), Lot.best_before, StockLevel.outlet_id, StockLevel.lot_id, StockLevel.consigned
        )
    )
    return query.where(StockLevel.outlet_id == bindparam("outlet")) if one_outlet else query


@lru_cache
def _locking(names: tuple[str, ...], one_outlet: bool) -> Select[int]:
    """Only what is asked for stands in the query, so that an index answers it."""
    keys: dict[str, BindParameter[list[int]]] = {name: bindparam(name, expanding=True) for name in names}
    concerned: list[ColumnElement[bool]] = []
    if "variants" in keys:
        concerned.append(StockLevel.variant_id.in_(keys["variants"]))
    if "orders" in keys:
        held = select(StockHold.level_id).where(StockHold.order_ref.in_(keys["orders"]))
        concerned.append(StockLevel.id.in_(held.where(StockHold.state == HoldState.OPEN)))
    if "lots" in keys:
        concerned.append(StockLevel.lot_id.in_(keys["lots"]))
    query = select(StockLevel.id).where(or_(*concerned)).order_by(StockLevel.id).with_for_update()
    return query.where(StockLevel.outlet_id == bindparam("outlet")) if one_outlet else query


@lru_cache
def _overdue(of_variants: bool) -> Select[str]:
    late = StockHold.until <= bindparam("at", type_=UtcDateTime())
    query = select(StockHold.order_ref).where(StockHold.state == HoldState.OPEN, late)
    if of_variants:
        query = query.join(StockLevel, StockLevel.id == StockHold.level_id)
        query = query.where(StockLevel.variant_id.in_(bindparam("variants", expanding=True)))
    return query


def _end_holds(
    order_ref: str,
    state: HoldState,
    kind: MovementKind,
    *,
    leaves: bool,
    document: str,
    actor: str,
    at: datetime,
    outlet_id: int | None = None,
) -> int:
    open_holds = select(StockHold.id, StockHold.level_id, StockHold.quantity).where(
        StockHold.order_ref == order_ref, StockHold.state == HoldState.OPEN
    )
    if outlet_id is not None:
        open_holds = open_holds.join(StockLevel, StockLevel.id == StockHold.level_id).where(
            StockLevel.outlet_id == outlet_id
        )
    ended = 0
    for hold_id, level_id, quantity in db.session.execute(open_holds.order_by(StockHold.level_id)).all():
        mine = update(StockHold).where(StockHold.id == hold_id, StockHold.state == HoldState.OPEN)
        if _rows(mine.values(state=state)) == 0:
            continue
        on_hand = -quantity if leaves else 0
        _change(
            level_id,
            on_hand=on_hand,
            held=-quantity,
            kind=kind,
            cause=f"{document}:{order_ref}",
            actor=actor,
            at=at,
        )
        ended += quantity
    return ended


def _arrive(
    lot: Lot,
    outlet: Outlet,
    quantity: int,
    consigned: bool,
    kind: MovementKind,
    *,
    cause: str,
    reason: str = "",
    actor: str,
    at: datetime,
) -> None:
    _check_quantity(quantity)
    level = _level(lot, outlet, consigned)
    if not _moved_before(level.id, kind, cause):
        _change(level.id, on_hand=quantity, held=0, kind=kind, cause=cause, reason=reason, actor=actor, at=at)


def _leave(
    level_id: int, quantity: int, kind: MovementKind, *, cause: str, reason: str = "", actor: str, at: datetime
) -> None:
    _check_quantity(quantity)
    _change(level_id, on_hand=-quantity, held=0, kind=kind, cause=cause, reason=reason, actor=actor, at=at)


def _change(
    level_id: int,
    *,
    on_hand: int,
    held: int,
    kind: MovementKind,
    cause: str,
    reason: str = "",
    actor: str,
    at: datetime,
) -> None:
    """The only place that writes a level: one conditional UPDATE and its movement."""
    amounts = {"on_hand_by": on_hand, "held_by": held}
    changed = db.session.execute(_CHANGED, {"level": level_id} | amounts)
    if cast("CursorResult[Any]", changed).rowcount != 1:
        row = db.session.execute(
            select(Variant.sku, StockLevel.on_hand - StockLevel.held)
            .join(Variant, Variant.id == StockLevel.variant_id)
            .where(StockLevel.id == level_id)
        ).one()
        raise OutOfStock(row[0], wanted=max(held, -on_hand), free=row[1])
    movement = {"level_id": level_id, "kind": kind, "on_hand": on_hand, "held": held}
    db.session.execute(_MOVEMENT, movement | {"cause": cause, "reason": reason, "actor": actor, "at": at})


def _level(lot: Lot, outlet: Outlet, consigned: bool) -> StockLevel:
    """The shelf, put up if there is none. Two who put it up in one instant get the same one."""
    query = select(StockLevel).filter_by(outlet_id=outlet.id, lot_id=lot.id, consigned=consigned)
    level = db.session.scalar(query)
    if level is not None:
        return level
    level = StockLevel(
        outlet_id=outlet.id, lot_id=lot.id, variant_id=lot.variant_id, consigned=consigned, on_hand=0, held=0
    )
    try:
        with db.session.begin_nested():
            db.session.add(level)
    except IntegrityError:
        return db.session.scalars(query).one()
    return level


def _moved_before(level_id: int, kind: MovementKind, cause: str) -> bool:
    same = and_(StockMovement.level_id == level_id, StockMovement.kind == kind, StockMovement.cause == cause)
    return db.session.scalar(select(StockMovement.id).where(same)) is not None


def free_units(at: datetime | BindParameter[datetime]) -> ColumnElement[int]:
    """Of a ``StockLevel``: units nobody is promised; overdue promises do not count."""
    overdue = (
        select(StockHold.level_id, func.sum(StockHold.quantity).label("quantity"))
        .where(StockHold.state == HoldState.OPEN, StockHold.until <= at)
        .group_by(StockHold.level_id)
        .subquery()
    )
    back = select(overdue.c.quantity).where(overdue.c.level_id == StockLevel.id).scalar_subquery()
    return StockLevel.on_hand - StockLevel.held + func.coalesce(back, 0)


def _totals(at: datetime) -> Select[int]:
    return (
        select(func.sum(case((sellable(at), free_units(at)), else_=0)))
        .join(Lot, Lot.id == StockLevel.lot_id)
        .join(Outlet, Outlet.id == StockLevel.outlet_id)
        .where(Outlet.active)
    )


def sellable(at: datetime) -> ColumnElement[bool]:
    """Of a ``Lot``: not stopped and not past its last day."""
    return _sellable_on(vietnam_day(at))


def _sellable_on(today: date | BindParameter[date]) -> ColumnElement[bool]:
    fresh = or_(Lot.best_before.is_(None), Lot.best_before >= today)
    return and_(Lot.state == LotState.SELLABLE, fresh)


def _rows(statement: Any) -> int:
    result = db.session.execute(statement.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", result).rowcount


def _check_quantity(quantity: int) -> None:
    if quantity < 1:
        raise ValueError(f"quantity must be at least 1: {quantity}")
