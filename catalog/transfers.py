"""Goods on the way from one outlet to another: a paper that lists them, and what became of each unit.

A draft names units on shelves of its source. Sending takes them off, so that nobody can sell them while they travel;
receiving, in one go or several, puts what came on the target's shelves and notes every difference with its cause. When
no unit is on the way any more the paper closes: ``sent = arrived + differences`` on each line.

Writes, never commits: the caller owns the transaction. Verbs lock the paper's row first, then its shelves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    Row,
    Select,
    UniqueConstraint,
    and_,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship, selectinload
from sqlalchemy.sql.elements import ColumnElement

from catalog import history, references, stock
from catalog.db import Base, BigKey, UtcDateTime, db, enum_column, text_column
from catalog.errors import Conflict, Invalid, NotFound, OutOfStock
from catalog.lots import Lot
from catalog.memberships import Staff, Task
from catalog.outlets import Outlet
from catalog.products import Variant
from catalog.stock import MovementKind, Shelf, StockLevel, StockMovement

PREFIX = "CK"
MOST_UNITS = 99_999
MOST_LINES = 200


class TransferState(StrEnum):
    """How far a paper has come. ``RECEIVED``: some units have been counted in, others are still on the way."""

    DRAFT = "draft"
    SENT = "sent"
    RECEIVED = "received"
    CLOSED = "closed"
    CANCELLED = "cancelled"


NEXT: dict[TransferState, frozenset[TransferState]] = {
    TransferState.DRAFT: frozenset({TransferState.SENT, TransferState.CANCELLED}),
    TransferState.SENT: frozenset({TransferState.RECEIVED, TransferState.CLOSED, TransferState.CANCELLED}),
    TransferState.RECEIVED: frozenset({TransferState.RECEIVED, TransferState.CLOSED}),
    TransferState.CLOSED: frozenset(),
    TransferState.CANCELLED: frozenset(),
}

ON_THE_WAY = (TransferState.SENT, TransferState.RECEIVED)


class DifferenceCause(StrEnum):
    """Why a unit that was sent did not reach the target's shelf."""

    BROKEN = "broken"
    MISSING = "missing"
    EXPIRED = "expired"
    WRONG_ITEM = "wrong_item"


class Transfer(Base):
    """One paper. ``receipts`` counts the goes in which the target has received so far."""

    __tablename__ = "transfers"
    __table_args__ = (
        CheckConstraint("source_id <> target_id", name="to_somewhere_else"),
        Index("ix_transfers_source_id_state", "source_id", "state"),
        Index("ix_transfers_target_id_state", "target_id", "state"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    reference: Mapped[str] = mapped_column(text_column(16), unique=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("outlets.id"))
    target_id: Mapped[int] = mapped_column(ForeignKey("outlets.id"))
    state: Mapped[TransferState] = mapped_column(enum_column(TransferState), default=TransferState.DRAFT)
    note: Mapped[str] = mapped_column(text_column(300), default="")
    receipts: Mapped[int] = mapped_column(Integer, default=0)
    drafted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    source: Mapped[Outlet] = relationship(lazy="raise_on_sql", foreign_keys=[source_id])
    target: Mapped[Outlet] = relationship(lazy="raise_on_sql", foreign_keys=[target_id])
    lines: Mapped[list["TransferLine"]] = relationship(lazy="raise_on_sql", order_by="TransferLine.id")

    @property
    def cause(self) -> str:
        """The paper's name in movements and histories."""
        return f"transfer:{self.reference}"


class TransferLine(Base):
    """Units of one shelf of the source. Of ``quantity`` sent, ``arrived`` came whole and ``differing`` did not."""

    __tablename__ = "transfer_lines"
    __table_args__ = (
        UniqueConstraint("transfer_id", "level_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint(
            "arrived >= 0 AND differing >= 0 AND arrived + differing <= quantity", name="no_more_than_sent"
        ),
        Index("ix_transfer_lines_lot_id", "lot_id"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfers.id"))
    level_id: Mapped[int] = mapped_column(ForeignKey("stock_levels.id"))
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"))
    lot_id: Mapped[int] = mapped_column(ForeignKey("lots.id"))
    consigned: Mapped[bool] = mapped_column(Boolean)
    quantity: Mapped[int] = mapped_column(Integer)
    arrived: Mapped[int] = mapped_column(Integer, default=0)
    differing: Mapped[int] = mapped_column(Integer, default=0)

    variant: Mapped[Variant] = relationship(lazy="raise_on_sql")
    lot: Mapped[Lot] = relationship(lazy="raise_on_sql")
    differences: Mapped[list["TransferDifference"]] = relationship(
        lazy="raise_on_sql", order_by="TransferDifference.id"
    )

    @property
    def on_the_way(self) -> int:
        """Units sent that nobody has counted in yet."""
        return self.quantity - self.arrived - self.differing


class TransferDifference(Base):
    """Units that did not come as sent; only added, never edited. ``photo`` names a kept picture, or is empty."""

    __tablename__ = "transfer_differences"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        Index("ix_transfer_differences_line_id", "line_id"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("transfer_lines.id"))
    receipt: Mapped[int] = mapped_column(Integer)
    cause: Mapped[DifferenceCause] = mapped_column(enum_column(DifferenceCause))
    quantity: Mapped[int] = mapped_column(Integer)
    note: Mapped[str] = mapped_column(text_column(200), default="")
    photo: Mapped[str] = mapped_column(text_column(64), default="")
    actor: Mapped[str] = mapped_column(text_column(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


@dataclass(frozen=True, slots=True)
class Arrival:
    """What became of units of one line in this go: ``arrived`` whole, ``differing`` for one ``cause``."""

    arrived: int
    differing: int = 0
    cause: DifferenceCause | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Drift:
    """A line whose numbers are not what the movements and differences add up to."""

    line_id: int
    quantity: int
    moved_out: int
    moved_in: int
    arrived: int
    differing: int
    differences: int


class LineShort(OutOfStock):
    """A line names more units than its shelf has free now, or a lot that may not be sold. line_id: which."""

    def __init__(self, line_id: int, sku: str, *, wanted: int, free: int) -> None:
        super().__init__(sku, wanted=wanted, free=free)
        self.line_id = line_id


class ReceivedMeanwhile(Conflict):
    """Somebody else has received a part since the page was opened."""


def get_transfer(outlet_id: int, reference: str) -> Transfer:
    """A paper that this outlet sends or is sent, with its lines; a draft is only its source's. Raises NotFound."""
    query = seen_by(outlet_id).where(Transfer.reference == references.read_reference(PREFIX, reference))
    transfer = db.session.scalar(query.options(*_WHOLE).execution_options(populate_existing=True))
    if transfer is None:
        raise NotFound(reference)
    return transfer


def find_line(transfer: Transfer, line_id: int) -> TransferLine | None:
    """The line of this paper with this key, or None."""
    return next((line for line in transfer.lines if line.id == line_id), None)


def get_difference(transfer: Transfer, difference_id: int) -> TransferDifference:
    """A difference of this paper. Raises NotFound."""
    found = (d for line in transfer.lines for d in line.differences if d.id == difference_id)
    difference = next(found, None)
    if difference is None:
        raise NotFound(f"difference {difference_id}")
    return difference


def seen_by(outlet_id: int) -> Select[Transfer]:
    """All papers of an outlet, newest first: what it sends, and what others have sent it."""
    sent_here = and_(Transfer.target_id == outlet_id, Transfer.sent_at.is_not(None))
    query = select(Transfer).where(or_(Transfer.source_id == outlet_id, sent_here))
    return query.options(joinedload(Transfer.source), joinedload(Transfer.target)).order_by(Transfer.id.desc())


def coming_to(outlet_id: int) -> Select[Transfer]:
    """What is on the way to an outlet, oldest first."""
    query = seen_by(outlet_id).where(Transfer.target_id == outlet_id, Transfer.state.in_(ON_THE_WAY))
    return query.order_by(None).order_by(Transfer.sent_at, Transfer.id)


def sent_from(outlet_id: int) -> Select[Transfer]:
    """What an outlet has sent and nobody has wholly counted in yet, oldest first."""
    query = seen_by(outlet_id).where(Transfer.source_id == outlet_id, Transfer.state.in_(ON_THE_WAY))
    return query.order_by(None).order_by(Transfer.sent_at, Transfer.id)


def drafts_of(outlet_id: int) -> Select[Transfer]:
    """Papers that an outlet still writes, newest first."""
    return seen_by(outlet_id).where(Transfer.source_id == outlet_id, Transfer.state == TransferState.DRAFT)


def over_at(outlet_id: int) -> Select[Transfer]:
    """Closed and cancelled papers of an outlet, newest first."""
    return seen_by(outlet_id).where(Transfer.state.in_((TransferState.CLOSED, TransferState.CANCELLED)))


def how_many(query: Select[Transfer]) -> int:
    """How many papers one of these lists has."""
    counted = select(func.count()).select_from(Transfer)
    return db.session.scalar(counted if query.whereclause is None else counted.where(query.whereclause)) or 0


def units_of(transfer_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Lines and units of each paper; one without lines is absent."""
    query = select(TransferLine.transfer_id, func.count(), func.sum(TransferLine.quantity))
    rows = db.session.execute(
        query.where(TransferLine.transfer_id.in_(transfer_ids)).group_by(TransferLine.transfer_id)
    )
    return {transfer_id: (lines, int(units)) for transfer_id, lines, units in rows}


def waiting(outlet_id: int) -> int:
    """How many papers wait to be received here."""
    here = select(func.count()).where(Transfer.target_id == outlet_id, Transfer.state.in_(ON_THE_WAY))
    return db.session.scalar(here) or 0


def units_coming(
    outlet_ids: Sequence[int], *, states: Sequence[TransferState] = ON_THE_WAY
) -> dict[tuple[int, int], int]:
    """Units not yet counted in, by (target outlet, variant). states: of the papers; ON_THE_WAY unless said otherwise."""
    units = func.sum(TransferLine.quantity - TransferLine.arrived - TransferLine.differing)
    query = (
        select(Transfer.target_id, TransferLine.variant_id, units)
        .join(Transfer, Transfer.id == TransferLine.transfer_id)
        .where(Transfer.target_id.in_(outlet_ids), Transfer.state.in_(states))
        .group_by(Transfer.target_id, TransferLine.variant_id)
    )
    return {(outlet, variant): int(n) for outlet, variant, n in db.session.execute(query) if n}


def lots_on_the_way(lot_ids: Sequence[int]) -> list[Row[Transfer, TransferLine]]:
    """Papers and lines with units of these lots that nobody has counted in yet; each paper with both outlets."""
    query = (
        select(Transfer, TransferLine)
        .join(TransferLine, TransferLine.transfer_id == Transfer.id)
        .where(
            TransferLine.lot_id.in_(lot_ids),
            Transfer.state.in_(ON_THE_WAY),
            TransferLine.quantity > TransferLine.arrived + TransferLine.differing,
        )
        .options(joinedload(Transfer.source), joinedload(Transfer.target))
        .order_by(Transfer.id, TransferLine.id)
    )
    return list(db.session.execute(query))


def partners(outlet: Outlet) -> Select[Outlet]:
    """Where an outlet may send to: its supplier, those it supplies, and its sisters under the same supplier; by code."""
    related = [Outlet.supplied_by_id == outlet.id]
    if outlet.supplied_by_id is not None:
        related += [Outlet.id == outlet.supplied_by_id, Outlet.supplied_by_id == outlet.supplied_by_id]
    return select(Outlet).where(Outlet.active, Outlet.id != outlet.id, or_(*related)).order_by(Outlet.code)


def sendable(outlet_id: int, variant_ids: Sequence[int], *, at: datetime) -> list[Shelf]:
    """Shelves of an outlet with units of these variants that may travel now, first expired first."""
    return [shelf for shelf in stock.shelves(variant_ids, at=at) if shelf.outlet_id == outlet_id]


def draft(source: Outlet, target: Outlet, *, note: str = "", by: Staff, at: datetime) -> Transfer:
    """Begin a paper. Raises Invalid("target", "partner") for an outlet that the source does not send to."""
    by.must(Task.SEND, source.id)
    if db.session.scalar(partners(source).where(Outlet.id == target.id)) is None:
        raise Invalid("target", "partner")
    transfer = Transfer(
        reference=references.new_reference(PREFIX, Transfer.reference),
        source_id=source.id,
        target_id=target.id,
        note=note,
        drafted_at=at,
    )
    db.session.add(transfer)
    db.session.flush()
    history.record("transfer.drafted", transfer.cause, actor=by.actor, at=at, target=target.code)
    return transfer


def add(
    transfer: Transfer, variant: Variant, quantity: int, *, lot_id: int | None = None, by: Staff, at: datetime
) -> None:
    """Put units of a variant on a draft, from the shelves that expire first and are not on it yet.

    lot_id: only of this lot.

    Raises OutOfStock with what the shelves have left besides this paper; nothing has changed then.
    """
    by.must(Task.SEND, transfer.source_id)
    _lock(transfer, TransferState.DRAFT)
    _check(quantity)
    lines = {line.level_id: line for line in _lines(transfer)}
    shelves = sendable(transfer.source_id, [variant.id], at=at)
    named = {line.level_id: line.quantity for line in lines.values()}
    left = {s: max(0, s.free - named.get(s.level_id, 0)) for s in shelves if lot_id in (None, s.lot_id)}
    if sum(left.values()) < quantity:
        raise OutOfStock(variant.sku, wanted=quantity, free=sum(left.values()))
    for shelf, free in left.items():
        taken = min(quantity, free)
        if taken:
            _put(transfer, lines.get(shelf.level_id), shelf, taken)
            named[shelf.level_id] = taken
        quantity -= taken
    if len(named) > MOST_LINES:
        raise Invalid("lines", "too_many", most=MOST_LINES)
    db.session.flush()


def change(transfer: Transfer, line_id: int, quantity: int, *, by: Staff, at: datetime) -> None:
    """Another number of units on a line of a draft; 0 takes it off. Raises LineShort, NotFound."""
    by.must(Task.SEND, transfer.source_id)
    _lock(transfer, TransferState.DRAFT)
    line = next((line for line in _lines(transfer) if line.id == line_id), None)
    if line is None:
        raise NotFound(f"line {line_id}")
    if quantity == 0:
        db.session.execute(delete(TransferLine).where(TransferLine.id == line.id))
    else:
        _check(quantity)
        _check_free([line], {line.id: quantity}, transfer.source_id, at=at)
        line.quantity = quantity
    db.session.flush()


def send(transfer: Transfer, *, by: Staff, at: datetime) -> None:
    """Hand the goods to the driver: they leave the shelves of the source, and nobody can sell them until they arrive.

    Raises Invalid("lines", "empty"), LineShort for a line whose units are no longer free or whose lot was stopped, and
    Conflict when it is no draft any more; nothing has changed then.
    """
    by.must(Task.SEND, transfer.source_id)
    _lock(transfer, TransferState.DRAFT)
    lines = _lines(transfer)
    if not lines:
        raise Invalid("lines", "empty")
    stock.lock(variant_ids={line.variant_id for line in lines}, outlet_id=transfer.source_id)
    _check_free(lines, {line.id: line.quantity for line in lines}, transfer.source_id, at=at)
    for line in sorted(lines, key=lambda line: line.level_id):
        try:
            stock.send_out(line.level_id, line.quantity, cause=transfer.cause, actor=by.actor, at=at)
        except OutOfStock as short:
            raise LineShort(line.id, short.sku, wanted=short.wanted, free=short.free) from None
    _move(transfer, TransferState.SENT, sent_at=at)
    history.record("transfer.sent", transfer.cause, actor=by.actor, at=at, units=sum(line.quantity for line in lines))


def receive(transfer: Transfer, arrivals: Mapping[int, Arrival], *, seen: int, by: Staff, at: datetime) -> None:
    """Count in what came: units that arrived go on the target's shelves, differences are noted with their cause.

    arrivals: by line; a line that is not named stays on the way.    seen: how many goes had been received when the
    page was opened, so that two who unpack the same box do not count it twice.

    Raises Conflict when nothing is on the way, ReceivedMeanwhile, and Invalid (``field`` is the line's key) for more
    units than were sent or a difference without a cause; nothing has changed then.
    """
    by.must(Task.RECEIVE, transfer.target_id)
    _lock(transfer, *ON_THE_WAY)
    if transfer.receipts != seen:
        raise ReceivedMeanwhile(f"{transfer.reference}: {transfer.receipts} received, {seen} seen")
    lines = {line.id: line for line in _lines(transfer)}
    wanted = {line_id: arrival for line_id, arrival in arrivals.items() if arrival.arrived or arrival.differing}
    if not wanted:
        raise Invalid("lines", "empty")
    for line_id, arrival in wanted.items():
        _check_arrival(lines.get(line_id), arrival)
    receipt = transfer.receipts + 1
    stock.lock(lot_ids=[lines[line_id].lot_id for line_id in wanted], outlet_id=transfer.target_id)
    for line in sorted((lines[line_id] for line_id in wanted), key=lambda line: (line.lot_id, line.consigned)):
        _take(transfer, line, wanted[line.id], receipt, actor=by.actor, at=at)
    db.session.flush()
    whole = all(line.on_the_way == 0 for line in lines.values())
    to = TransferState.CLOSED if whole else TransferState.RECEIVED
    _move(transfer, to, receipts=receipt, closed_at=at if whole else None)
    history.record(
        "transfer.received", transfer.cause, actor=by.actor, at=at, receipt=receipt, closed=whole,
        arrived=sum(arrival.arrived for arrival in wanted.values()),
        differing=sum(arrival.differing for arrival in wanted.values()),
    )  # fmt: skip


def take_back(transfer: Transfer, *, by: Staff, at: datetime) -> None:
    """The driver has come back with everything: all units go on the shelves they were taken from. Raises Conflict."""
    by.must(Task.SEND, transfer.source_id)
    _lock(transfer, TransferState.SENT)
    lines = _lines(transfer)
    lots = {lot.id: lot for lot in db.session.scalars(select(Lot).where(Lot.id.in_([line.lot_id for line in lines])))}
    stock.lock(lot_ids=list(lots), outlet_id=transfer.source_id)
    source = db.session.get_one(Outlet, transfer.source_id)
    for line in sorted(lines, key=lambda line: line.level_id):
        stock.take_in(
            lots[line.lot_id], source, line.quantity,
            consigned=line.consigned, cause=transfer.cause, actor=by.actor, at=at,
        )  # fmt: skip
    _move(transfer, TransferState.CANCELLED, closed_at=at)
    history.record("transfer.taken_back", transfer.cause, actor=by.actor, at=at)


def cancel(transfer: Transfer, *, by: Staff, at: datetime) -> None:
    """Throw a draft away. Raises Conflict when it is none any more."""
    by.must(Task.SEND, transfer.source_id)
    _lock(transfer, TransferState.DRAFT)
    _move(transfer, TransferState.CANCELLED, closed_at=at)
    history.record("transfer.cancelled", transfer.cause, actor=by.actor, at=at)


def show_difference(transfer: Transfer, difference: TransferDifference, photo: str, *, by: Staff, at: datetime) -> None:
    """Add the picture of a difference. Raises Conflict when it has one already."""
    by.must(Task.RECEIVE, transfer.target_id)
    bare = update(TransferDifference).where(TransferDifference.id == difference.id, TransferDifference.photo == "")
    added = bare.values(photo=photo).returning(TransferDifference.id)
    if db.session.scalar(added.execution_options(synchronize_session=False)) is None:
        raise Conflict(f"difference {difference.id} has a photo")
    history.record("transfer.photo_added", transfer.cause, actor=by.actor, at=at, difference=difference.id)


def drift() -> list[Drift]:
    """Every line whose numbers do not add up. Empty is the only good answer.

    Units sent left the source's shelf in movements; units arrived entered the target's; of a closed paper
    ``sent = arrived + differences``, of one taken back everything entered the source's shelves again.
    """
    there = StockLevel.__table__.alias()
    name = "transfer:" + Transfer.reference
    out = _moved(
        StockMovement.level_id == TransferLine.level_id,
        StockMovement.kind == MovementKind.TRANSFERRED_OUT,
        StockMovement.cause == name,
    )
    back = _moved(
        StockMovement.level_id == TransferLine.level_id,
        StockMovement.kind == MovementKind.TRANSFERRED_IN,
        StockMovement.cause == name,
    )
    came = (
        select(func.coalesce(func.sum(StockMovement.on_hand), 0))
        .join(there, there.c.id == StockMovement.level_id)
        .where(
            there.c.outlet_id == Transfer.target_id,
            there.c.lot_id == TransferLine.lot_id,
            there.c.consigned == TransferLine.consigned,
            StockMovement.kind == MovementKind.TRANSFERRED_IN,
            StockMovement.cause.like(name + ":%"),
        )
        .correlate(Transfer, TransferLine)
        .scalar_subquery()
    )
    noted = (
        select(func.coalesce(func.sum(TransferDifference.quantity), 0))
        .where(TransferDifference.line_id == TransferLine.id)
        .correlate(TransferLine)
        .scalar_subquery()
    )
    taken_back = and_(Transfer.state == TransferState.CANCELLED, Transfer.sent_at.is_not(None))
    query = (
        select(
            TransferLine.id,
            TransferLine.quantity,
            -out,
            came + back,
            TransferLine.arrived,
            TransferLine.differing,
            noted,
        )
        .join(Transfer, Transfer.id == TransferLine.transfer_id)
        .where(
            or_(
                and_(Transfer.sent_at.is_(None), or_(out != 0, came != 0, back != 0)),
                and_(Transfer.sent_at.is_not(None), -out != TransferLine.quantity),
                TransferLine.arrived != came,
                TransferLine.differing != noted,
                and_(Transfer.state == TransferState.CLOSED, TransferLine.quantity != TransferLine.arrived + noted),
                and_(taken_back, back != TransferLine.quantity),
                and_(Transfer.state != TransferState.CANCELLED, back != 0),
            )
        )
        .order_by(TransferLine.id)
    )
    return [Drift(*(int(value) for value in row)) for row in db.session.execute(query)]


_WHOLE = (
    selectinload(Transfer.lines).options(
        joinedload(TransferLine.variant).joinedload(Variant.product),
        joinedload(TransferLine.lot),
        selectinload(TransferLine.differences),
    ),
)


def _moved(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    units = select(func.coalesce(func.sum(StockMovement.on_hand), 0)).where(*conditions)
    return units.correlate(Transfer, TransferLine).scalar_subquery()


def _lock(transfer: Transfer, *states: TransferState) -> None:
    """Take the paper for the rest of the transaction, as it is now. Raises Conflict when it is in another state."""
    mine = select(Transfer).where(Transfer.id == transfer.id).with_for_update()
    db.session.scalars(mine.execution_options(populate_existing=True)).one()
    if transfer.state not in states:
        raise Conflict(f"{transfer.reference} is {transfer.state}")


def _lines(transfer: Transfer) -> list[TransferLine]:
    query = select(TransferLine).where(TransferLine.transfer_id == transfer.id).order_by(TransferLine.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def _put(transfer: Transfer, line: TransferLine | None, shelf: Shelf, units: int) -> None:
    if line is not None:
        line.quantity += units
        return
    consigned = select(StockLevel.consigned).where(StockLevel.id == shelf.level_id)
    db.session.add(
        TransferLine(
            transfer_id=transfer.id, level_id=shelf.level_id, variant_id=shelf.variant_id, lot_id=shelf.lot_id,
            consigned=db.session.scalars(consigned).one(), quantity=units,
        )
    )  # fmt: skip


def _check_free(lines: Sequence[TransferLine], wanted: Mapping[int, int], outlet_id: int, *, at: datetime) -> None:
    variants = sorted({line.variant_id for line in lines})
    free = {shelf.level_id: shelf.free for shelf in sendable(outlet_id, variants, at=at)}
    for line in lines:
        if free.get(line.level_id, 0) < wanted[line.id]:
            sku = db.session.scalars(select(Variant.sku).where(Variant.id == line.variant_id)).one()
            raise LineShort(line.id, sku, wanted=wanted[line.id], free=free.get(line.level_id, 0))


def _check_arrival(line: TransferLine | None, arrival: Arrival) -> None:
    if line is None:
        raise NotFound("line of another paper")
    if arrival.arrived < 0 or arrival.differing < 0:
        raise ValueError(f"units cannot be negative: {arrival}")
    if arrival.arrived + arrival.differing > line.on_the_way:
        raise Invalid(str(line.id), "more_than_sent", on_the_way=line.on_the_way)
    if arrival.differing and arrival.cause is None:
        raise Invalid(str(line.id), "cause")


def _take(transfer: Transfer, line: TransferLine, arrival: Arrival, receipt: int, *, actor: str, at: datetime) -> None:
    if arrival.arrived:
        lot, target = db.session.get_one(Lot, line.lot_id), db.session.get_one(Outlet, transfer.target_id)
        cause = f"{transfer.cause}:{receipt}"
        stock.take_in(lot, target, arrival.arrived, consigned=line.consigned, cause=cause, actor=actor, at=at)
        line.arrived += arrival.arrived
    if arrival.differing:
        line.differing += arrival.differing
        db.session.add(
            TransferDifference(
                line_id=line.id, receipt=receipt, cause=arrival.cause, quantity=arrival.differing, note=arrival.note,
                actor=actor, at=at,
            )
        )  # fmt: skip


def _move(transfer: Transfer, to: TransferState, **values: object) -> None:
    """The next step. Raises Conflict when it is not one from where the paper is, or somebody was quicker."""
    was = transfer.state
    if to not in NEXT[was]:
        raise Conflict(f"{transfer.reference}: {was} -> {to}")
    moved = update(Transfer).where(Transfer.id == transfer.id, Transfer.state == was).values(state=to, **values)
    if db.session.scalar(moved.returning(Transfer.id).execution_options(synchronize_session=False)) is None:
        raise Conflict(f"{transfer.reference}: no longer {was}")
    db.session.refresh(transfer, ["state", "receipts", "sent_at", "closed_at"])


def _check(quantity: int) -> None:
    if not 1 <= quantity <= MOST_UNITS:
        raise ValueError(f"units between 1 and {MOST_UNITS}: {quantity}")
