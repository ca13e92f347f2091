"""Counting what lies on the shelves, and putting the levels right by what was found.

A stocktake lists shelves of one outlet, by group or by product. Whoever counts does not see what the level says: they
write what lies there, together with the mark that the shelf had when they opened the page. A shelf that has moved
since is counted again. A count that differs from the level wants another one, until two in a row differ alike. Then
somebody who may approves, and each difference is applied relative to the moment of its count: what was sold since
stays sold.

Writes, never commits: the caller owns the transaction. Verbs lock the stocktake's row first, then its shelves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    Select,
    UniqueConstraint,
    and_,
    func,
    select,
    update,
)
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship, selectinload

from catalog import history, references, stock
from catalog.db import Base, BigKey, UtcDateTime, db, enum_column, text_column
from catalog.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from catalog.groups import Group
from catalog.lots import Lot
from catalog.memberships import Staff, Task
from catalog.money import Money
from catalog.outlets import Outlet
from catalog.products import Product, Variant
from catalog.stock import StockLevel, StockMovement

PREFIX = "KK"
MOST_UNITS = 99_999
MOST_LINES = 500


class StocktakeState(StrEnum):
    """How far it has come."""

    COUNTING = "counting"
    REVIEW = "review"
    APPROVED = "approved"
    CANCELLED = "cancelled"


NEXT: dict[StocktakeState, frozenset[StocktakeState]] = {
    StocktakeState.COUNTING: frozenset({StocktakeState.REVIEW, StocktakeState.CANCELLED}),
    StocktakeState.REVIEW: frozenset({StocktakeState.APPROVED, StocktakeState.COUNTING, StocktakeState.CANCELLED}),
    StocktakeState.APPROVED: frozenset(),
    StocktakeState.CANCELLED: frozenset(),
}

UNDER_WAY = (StocktakeState.COUNTING, StocktakeState.REVIEW)


class Stocktake(Base):
    """One count. ``title`` says of what, ``value`` is the sum of its differences in đồng at today's prices, both ways."""

    __tablename__ = "stocktakes"
    __table_args__ = (Index("ix_stocktakes_outlet_id_state", "outlet_id", "state"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    reference: Mapped[str] = mapped_column(text_column(16), unique=True)
    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlets.id"))
    state: Mapped[StocktakeState] = mapped_column(enum_column(StocktakeState), default=StocktakeState.COUNTING)
    title: Mapped[str] = mapped_column(text_column(160))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    value: Mapped[int] = mapped_column(BigInteger, default=0)

    outlet: Mapped[Outlet] = relationship(lazy="raise_on_sql")
    lines: Mapped[list["StocktakeLine"]] = relationship(lazy="raise_on_sql", order_by="StocktakeLine.id")

    @property
    def cause(self) -> str:
        """The stocktake's name in movements and histories."""
        return f"stocktake:{self.reference}"


class StocktakeLine(Base):
    """One shelf to count."""

    __tablename__ = "stocktake_lines"
    __table_args__ = (
        UniqueConstraint("stocktake_id", "level_id"),
        Index("ix_stocktake_lines_level_id", "level_id"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    stocktake_id: Mapped[int] = mapped_column(ForeignKey("stocktakes.id"))
    level_id: Mapped[int] = mapped_column(ForeignKey("stock_levels.id"))
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"))
    lot_id: Mapped[int] = mapped_column(ForeignKey("lots.id"))

    level: Mapped[StockLevel] = relationship(lazy="raise_on_sql")
    variant: Mapped[Variant] = relationship(lazy="raise_on_sql")
    lot: Mapped[Lot] = relationship(lazy="raise_on_sql")
    counts: Mapped[list["StocktakeCount"]] = relationship(lazy="raise_on_sql", order_by="StocktakeCount.number")

    @property
    def difference(self) -> int:
        """Units found beyond (> 0) or short of (< 0) the level, by the last count; 0 before any."""
        return self.counts[-1].difference if self.counts else 0

    @property
    def settled(self) -> bool:
        """Whether it needs no more counting: no difference, or the same one twice in a row."""
        found = [count.difference for count in self.counts]
        return bool(found) and (found[-1] == 0 or found[-2:] == [found[-1]] * 2)

    @property
    def amount(self) -> Money:
        """What the difference is worth at today's price; negative for missing units."""
        return Money(self.difference * self.variant.price)


class StocktakeCount(Base):
    """What somebody found on a shelf at one moment; only added. ``expected`` is what the level said just then."""

    __tablename__ = "stocktake_counts"
    __table_args__ = (
        UniqueConstraint("line_id", "number"),
        CheckConstraint("counted >= 0 AND expected >= 0", name="units_not_negative"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("stocktake_lines.id"))
    number: Mapped[int] = mapped_column(Integer)
    counted: Mapped[int] = mapped_column(Integer)
    expected: Mapped[int] = mapped_column(Integer)
    mark: Mapped[int] = mapped_column(BigInteger)
    actor: Mapped[str] = mapped_column(text_column(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def difference(self) -> int:
        """Units found beyond the level."""
        return self.counted - self.expected


@dataclass(frozen=True, slots=True)
class Held:
    """A line whose approval would leave fewer units than are promised. would_leave, held: units."""

    line_id: int
    would_leave: int
    held: int


class ShelfMoved(Conflict):
    """The shelf changed between opening the page and saving. was, now: what its level said. Nothing was written."""

    def __init__(self, level_id: int, *, was: int, now: int) -> None:
        super().__init__(f"shelf {level_id}: {was} -> {now}")
        self.was = was
        self.now = now


class Unsettled(Conflict):
    """Some lines are not counted, or not often enough. uncounted, again: their keys."""

    def __init__(self, *, uncounted: Sequence[int], again: Sequence[int]) -> None:
        super().__init__(f"{len(uncounted)} uncounted, {len(again)} to count again")
        self.uncounted = tuple(uncounted)
        self.again = tuple(again)


class PromisedUnits(Conflict):
    """Approval would take units that are promised to orders. lines: which, and how many."""

    def __init__(self, lines: Sequence[Held]) -> None:
        super().__init__(f"{len(lines)} lines go below what is held")
        self.lines = tuple(lines)


class CountedElsewhere(Conflict):
    """Shelves that another stocktake is counting: two would correct the same difference twice. reference: of it."""

    def __init__(self, reference: str) -> None:
        super().__init__(reference)
        self.reference = reference


class OnlyCounter(DomainError):
    """Nobody approves what they alone have counted."""


def get_stocktake(outlet_id: int, reference: str) -> Stocktake:
    """A stocktake of this outlet, with its lines and counts. Raises NotFound."""
    mine = seen_by(outlet_id).where(Stocktake.reference == references.read_reference(PREFIX, reference))
    stocktake = db.session.scalar(mine.options(_WHOLE).execution_options(populate_existing=True))
    if stocktake is None:
        raise NotFound(reference)
    return stocktake


def get_line(stocktake: Stocktake, line_id: int) -> StocktakeLine:
    """A line of this stocktake. Raises NotFound."""
    line = next((line for line in stocktake.lines if line.id == line_id), None)
    if line is None:
        raise NotFound(f"line {line_id}")
    return line


def seen_by(outlet_id: int) -> Select[Stocktake]:
    """All stocktakes of an outlet, newest first."""
    return select(Stocktake).where(Stocktake.outlet_id == outlet_id).order_by(Stocktake.id.desc())


def under_way(outlet_id: int) -> Select[Stocktake]:
    """Those that somebody still has to count or to approve, newest first."""
    return seen_by(outlet_id).where(Stocktake.state.in_(UNDER_WAY))


def over_at(outlet_id: int) -> Select[Stocktake]:
    """Approved and cancelled ones, newest first."""
    return seen_by(outlet_id).where(Stocktake.state.not_in(UNDER_WAY))


def counted_lines(stocktake_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Lines counted at least once, and all lines, of each stocktake; one without lines is absent."""
    once = StocktakeCount.number == 1
    query = (
        select(StocktakeLine.stocktake_id, func.count(StocktakeCount.id), func.count())
        .outerjoin(StocktakeCount, and_(StocktakeCount.line_id == StocktakeLine.id, once))
        .where(StocktakeLine.stocktake_id.in_(stocktake_ids))
        .group_by(StocktakeLine.stocktake_id)
    )
    return {key: (counted, lines) for key, counted, lines in db.session.execute(query)}


def marks(level_ids: Sequence[int]) -> dict[int, int]:
    """Each shelf's mark: the key of the last movement of its units, 0 before the first. Promises do not move units."""
    query = (
        select(StockMovement.level_id, func.max(StockMovement.id))
        .where(StockMovement.level_id.in_(level_ids), StockMovement.on_hand != 0)
        .group_by(StockMovement.level_id)
    )
    found = {level: mark for level, mark in db.session.execute(query)}
    return {level: found.get(level, 0) for level in level_ids}


def moved_since(stocktake: Stocktake) -> dict[int, int]:
    """Units that came (> 0) or went since the last count of each line, by line; unmoved ones are absent."""
    last = {line.id: line.counts[-1].mark for line in stocktake.lines if line.counts}
    latest = select(func.max(StocktakeCount.number)).where(StocktakeCount.line_id == StocktakeLine.id)
    query = (
        select(StocktakeLine.id, func.sum(StockMovement.on_hand))
        .join(StocktakeCount, StocktakeCount.line_id == StocktakeLine.id)
        .join(StockMovement, StockMovement.level_id == StocktakeLine.level_id)
        .where(
            StocktakeLine.id.in_(last),
            StocktakeCount.number == latest.correlate(StocktakeLine).scalar_subquery(),
            StockMovement.id > StocktakeCount.mark,
        )
        .group_by(StocktakeLine.id)
    )
    return {line: int(units) for line, units in db.session.execute(query) if units}


def start(
    outlet: Outlet,
    *,
    title: str,
    group: Group | None = None,
    product_ids: Sequence[int] = (),
    by: Staff,
    at: datetime,
) -> Stocktake:
    """List the shelves of a group, or of these products, that have units on them; ``find_more`` adds others.

    Raises Invalid("scope", "empty" or "too_many"), and CountedElsewhere.
    """
    by.must(Task.COUNT, outlet.id)
    chosen = Product.group_code.in_(group.codes) if group else Product.id.in_(product_ids)
    query = (
        select(StockLevel)
        .join(Variant, Variant.id == StockLevel.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Lot, Lot.id == StockLevel.lot_id)
        .where(StockLevel.outlet_id == outlet.id, StockLevel.on_hand > 0, chosen)
        .order_by(Product.name_vi, Variant.position, Lot.best_before, Lot.id, StockLevel.consigned)
    )
    levels = list(db.session.scalars(query))
    if not levels:
        raise Invalid("scope", "empty")
    if len(levels) > MOST_LINES:
        raise Invalid("scope", "too_many", lines=len(levels), most=MOST_LINES)
    stocktake = Stocktake(
        reference=references.new_reference(PREFIX, Stocktake.reference), outlet_id=outlet.id, title=title, started_at=at
    )
    stock.lock(variant_ids={level.variant_id for level in levels}, outlet_id=outlet.id)
    _refuse_counted_elsewhere([level.id for level in levels])
    db.session.add(stocktake)
    db.session.flush()
    db.session.add_all(_line(stocktake, level) for level in levels)
    db.session.flush()
    history.record("stocktake.started", stocktake.cause, actor=by.actor, at=at, lines=len(levels))
    return stocktake


def find_more(stocktake: Stocktake, lot: Lot, *, consigned: bool, by: Staff, at: datetime) -> StocktakeLine:
    """Goods lie there that are not on the list: add their shelf. Raises Conflict when it is on it, or no longer counted."""
    by.must(Task.COUNT, stocktake.outlet_id)
    _lock(stocktake, StocktakeState.COUNTING)
    outlet = db.session.get_one(Outlet, stocktake.outlet_id)
    level_id = stock.put_up(lot, outlet, consigned=consigned)
    stock.lock(lot_ids=[lot.id], outlet_id=outlet.id)
    listed = select(StocktakeLine.id).where(
        StocktakeLine.stocktake_id == stocktake.id, StocktakeLine.level_id == level_id
    )
    if db.session.scalar(listed) is not None:
        raise Conflict(f"{stocktake.reference} lists shelf {level_id}")
    _refuse_counted_elsewhere([level_id])
    line = _line(stocktake, db.session.get_one(StockLevel, level_id))
    db.session.add(line)
    db.session.flush()
    history.record("stocktake.extended", stocktake.cause, actor=by.actor, at=at, lot=lot.code)
    return line


def count(stocktake: Stocktake, line_id: int, counted: int, *, mark: int, by: Staff, at: datetime) -> StocktakeLine:
    """Write what lies on a shelf. mark: the shelf's when the page was opened (``marks``).

    Raises ShelfMoved with both numbers when units came or went since, Conflict when it is no longer being counted, and
    NotFound for a line of another stocktake; nothing has changed then.
    """
    by.must(Task.COUNT, stocktake.outlet_id)
    if not 0 <= counted <= MOST_UNITS:
        raise ValueError(f"units between 0 and {MOST_UNITS}: {counted}")
    _lock(stocktake, StocktakeState.COUNTING)
    line = _with_counts(stocktake, line_id)
    locked = select(StockLevel.on_hand).where(StockLevel.id == line.level_id).with_for_update()
    expected = db.session.scalars(locked).one()
    now = marks([line.level_id])[line.level_id]
    if now != mark:
        raise ShelfMoved(line.level_id, was=_on_hand_at(line.level_id, mark), now=expected)
    db.session.add(
        StocktakeCount(
            line_id=line.id, number=len(line.counts) + 1, counted=counted, expected=expected, mark=now,
            actor=by.actor, at=at,
        )
    )  # fmt: skip
    db.session.flush()
    return _with_counts(stocktake, line_id)


def finish(stocktake: Stocktake, *, by: Staff, at: datetime) -> None:
    """All is counted: somebody may approve it. Raises Unsettled, and Conflict when it is no longer being counted."""
    by.must(Task.COUNT, stocktake.outlet_id)
    _lock(stocktake, StocktakeState.COUNTING)
    lines = _lines(stocktake)
    uncounted = [line.id for line in lines if not line.counts]
    again = [line.id for line in lines if line.counts and not line.settled]
    if uncounted or again:
        raise Unsettled(uncounted=uncounted, again=again)
    _move(stocktake, StocktakeState.REVIEW, value=sum(abs(line.amount.minor) for line in lines))
    history.record("stocktake.finished", stocktake.cause, actor=by.actor, at=at, value=stocktake.value)


def refusal(stocktake: Stocktake, *, limit: Money, by: Staff) -> DomainError | None:
    """Why this person may not approve it, or None. limit: up to which the outlet's own manager may."""
    large = stocktake.value > limit.minor
    if not by.may(Task.APPROVE_ANY if large else Task.APPROVE, stocktake.outlet_id):
        return Forbidden(f"{by.actor}: approve {stocktake.reference} of {stocktake.value}")
    if counters(stocktake) == {by.actor}:
        return OnlyCounter(stocktake.reference)
    return None


def counters(stocktake: Stocktake) -> set[str]:
    """Who has counted."""
    query = select(StocktakeCount.actor).join(StocktakeLine).where(StocktakeLine.stocktake_id == stocktake.id)
    return set(db.session.scalars(query.distinct()))


def approve(stocktake: Stocktake, *, limit: Money, by: Staff, at: datetime) -> None:
    """Put the levels right: each difference is applied to what the shelf has now. limit: as for ``refusal``.

    Raises Forbidden or OnlyCounter as ``refusal`` says, PromisedUnits when a shelf would be left with less than is
    promised, and Conflict when it does not wait for approval any more; nothing has changed then.
    """
    by.must(Task.LOOK, stocktake.outlet_id)
    _lock(stocktake, StocktakeState.REVIEW)
    refused = refusal(stocktake, limit=limit, by=by)
    if refused:
        raise refused
    lines = [line for line in _lines(stocktake) if line.difference]
    stock.lock(lot_ids=[line.lot_id for line in lines], outlet_id=stocktake.outlet_id)
    _refuse_promised(lines)
    before = _on_hand(lines)
    for line in sorted(lines, key=lambda line: line.level_id):
        stock.correct(line.level_id, line.difference, cause=stocktake.cause, actor=by.actor, at=at)
    _move(stocktake, StocktakeState.APPROVED, closed_at=at)
    after = {shelf: units + line.difference for line, (shelf, units) in zip(lines, before.items(), strict=True)}
    facts = {"value": stocktake.value, "corrected": len(lines), "before": before, "after": after}
    history.record("stocktake.approved", stocktake.cause, actor=by.actor, at=at, **facts)


def send_back(stocktake: Stocktake, *, by: Staff, at: datetime) -> None:
    """It is to be counted further before anybody approves it. Raises Conflict when it does not wait for approval."""
    if not by.may(Task.COUNT, stocktake.outlet_id):
        by.must(Task.APPROVE, stocktake.outlet_id)
    _lock(stocktake, StocktakeState.REVIEW)
    _move(stocktake, StocktakeState.COUNTING)
    history.record("stocktake.sent_back", stocktake.cause, actor=by.actor, at=at)


def cancel(stocktake: Stocktake, *, by: Staff, at: datetime) -> None:
    """Throw it away; no level changes. Raises Conflict when it is over."""
    by.must(Task.COUNT, stocktake.outlet_id)
    _lock(stocktake, *UNDER_WAY)
    _move(stocktake, StocktakeState.CANCELLED, closed_at=at)
    history.record("stocktake.cancelled", stocktake.cause, actor=by.actor, at=at)


_WHOLE = selectinload(Stocktake.lines).options(
    joinedload(StocktakeLine.variant).joinedload(Variant.product),
    joinedload(StocktakeLine.lot),
    joinedload(StocktakeLine.level),
    selectinload(StocktakeLine.counts),
)


def _line(stocktake: Stocktake, level: StockLevel) -> StocktakeLine:
    return StocktakeLine(stocktake_id=stocktake.id, level_id=level.id, variant_id=level.variant_id, lot_id=level.lot_id)


def _refuse_counted_elsewhere(level_ids: Sequence[int]) -> None:
    """Two stocktakes of one shelf would correct one difference twice; their shelves are locked by now."""
    query = (
        select(Stocktake.reference)
        .join(StocktakeLine, StocktakeLine.stocktake_id == Stocktake.id)
        .where(StocktakeLine.level_id.in_(level_ids), Stocktake.state.in_(UNDER_WAY))
        .order_by(Stocktake.id)
    )
    reference = db.session.scalar(query.limit(1))
    if reference is not None:
        raise CountedElsewhere(reference)


def _on_hand_at(level_id: int, mark: int) -> int:
    """What the level said when this movement was its last."""
    moved = select(func.coalesce(func.sum(StockMovement.on_hand), 0))
    return int(db.session.scalars(moved.where(StockMovement.level_id == level_id, StockMovement.id <= mark)).one())


def _on_hand(lines: Sequence[StocktakeLine]) -> dict[str, int]:
    """Size and lot of each shelf, in the order of the lines, and what it has now."""
    query = select(StockLevel.id, StockLevel.on_hand, StockLevel.consigned, Variant.sku, Lot.code)
    query = query.join(Variant, Variant.id == StockLevel.variant_id).join(Lot, Lot.id == StockLevel.lot_id)
    rows = db.session.execute(query.where(StockLevel.id.in_([line.level_id for line in lines])))
    told = {
        key: (f"{sku} {code}{' consigned' if consigned else ''}", units) for key, units, consigned, sku, code in rows
    }
    return dict(told[line.level_id] for line in lines)


def _refuse_promised(lines: Sequence[StocktakeLine]) -> None:
    query = select(StockLevel.id, StockLevel.on_hand, StockLevel.held)
    rows = db.session.execute(query.where(StockLevel.id.in_([line.level_id for line in lines])))
    levels = {level: (on_hand, held) for level, on_hand, held in rows}
    short = []
    for line in lines:
        on_hand, held = levels[line.level_id]
        if line.difference < 0 and on_hand + line.difference < held:
            short.append(Held(line.id, would_leave=on_hand + line.difference, held=held))
    if short:
        raise PromisedUnits(short)


def _lock(stocktake: Stocktake, *states: StocktakeState) -> None:
    """Take it for the rest of the transaction, as it is now. Raises Conflict when it is in another state."""
    mine = select(Stocktake).where(Stocktake.id == stocktake.id).with_for_update()
    db.session.scalars(mine.execution_options(populate_existing=True)).one()
    if stocktake.state not in states:
        raise Conflict(f"{stocktake.reference} is {stocktake.state}")


def _lines(stocktake: Stocktake) -> list[StocktakeLine]:
    query = select(StocktakeLine).where(StocktakeLine.stocktake_id == stocktake.id).order_by(StocktakeLine.id)
    query = query.options(joinedload(StocktakeLine.variant), selectinload(StocktakeLine.counts))
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def _with_counts(stocktake: Stocktake, line_id: int) -> StocktakeLine:
    query = select(StocktakeLine).where(StocktakeLine.id == line_id, StocktakeLine.stocktake_id == stocktake.id)
    query = query.options(selectinload(StocktakeLine.counts)).execution_options(populate_existing=True)
    line = db.session.scalar(query)
    if line is None:
        raise NotFound(f"line {line_id}")
    return line


def _move(stocktake: Stocktake, to: StocktakeState, **values: object) -> None:
    """The next step. Raises Conflict when it is not one from where it is, or somebody was quicker."""
    was = stocktake.state
    if to not in NEXT[was]:
        raise Conflict(f"{stocktake.reference}: {was} -> {to}")
    moved = update(Stocktake).where(Stocktake.id == stocktake.id, Stocktake.state == was).values(state=to, **values)
    if db.session.scalar(moved.returning(Stocktake.id).execution_options(synchronize_session=False)) is None:
        raise Conflict(f"{stocktake.reference}: no longer {was}")
    db.session.refresh(stocktake, ["state", "value", "closed_at"])
