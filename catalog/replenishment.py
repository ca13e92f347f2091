"""What each outlet has, sells and lacks, and what its supplier could send.

An outlet wants the units of two weeks, by what it sold in the last four, and never fewer than the minimum that its
manager has set. It lacks what is missing to that beyond its free units, those on the way and those on drafts.

Writes, never commits: the caller owns the transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Integer, Select, delete, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, mapped_column

from catalog import history, stock, transfers
from catalog.db import Base, db
from catalog.errors import Invalid, NotFound, OutOfStock
from catalog.lots import Lot
from catalog.memberships import Staff, Task
from catalog.outlets import Outlet
from catalog.products import Product, ProductKind, ProductState, Variant
from catalog.stock import MovementKind, StockLevel, StockMovement
from catalog.transfers import Transfer, TransferState

SOLD_OVER = timedelta(weeks=4)
COVER_WEEKS = 2
MOST_UNITS = 99_999
_SALES = (MovementKind.SOLD_ONLINE, MovementKind.SOLD_AT_COUNTER, MovementKind.RETURNED)


class MinimumLevel(Base):
    """Units of a variant that an outlet never wants to go below. No row, no minimum."""

    __tablename__ = "minimum_levels"
    __table_args__ = (CheckConstraint("units > 0", name="units_positive"),)

    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlets.id"), primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"), primary_key=True)
    units: Mapped[int] = mapped_column(Integer)


@dataclass(frozen=True, slots=True)
class Need:
    """One variant at one outlet, all in units. sold: in the last four weeks.    minimum: 0 for none.

    coming: on the way to it.    drafted: on papers that are not sent yet.
    """

    outlet_id: int
    variant_id: int
    free: int
    sold: int
    minimum: int
    coming: int
    drafted: int

    @property
    def weekly(self) -> Decimal:
        """What it sells in a week, to a tenth."""
        return (Decimal(self.sold) / 4).quantize(Decimal("0.1"), ROUND_HALF_UP)

    @property
    def want(self) -> int:
        """What should be there: the sales of two weeks, rounded up, or the minimum."""
        return max(self.minimum, -(-self.sold * COVER_WEEKS // 4))

    @property
    def lack(self) -> int:
        """What is missing to that, when everything on the way and on drafts has come."""
        return max(0, self.want - self.free - self.coming - self.drafted)

    @property
    def low(self) -> bool:
        """Whether the shelf itself needs attention: below its minimum, or, without one, below the sales of a week."""
        return is_low(self.free, sold=self.sold, minimum=self.minimum)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a source could send of one variant. spare: its free units beyond its own minimum.    units: at least 1."""

    need: Need
    spare: int
    units: int


def needs(outlet_ids: Sequence[int], *, at: datetime) -> list[Need]:
    """Every variant on sale that these outlets have, sold lately, await or want, in a constant number of queries."""
    free = {(outlet, variant): int(n) for variant, outlet, n in stock.free_by_outlet(at, outlet_ids=outlet_ids)}
    went = sold(outlet_ids, at=at)
    coming = transfers.units_coming(outlet_ids)
    drafted = transfers.units_coming(outlet_ids, states=[TransferState.DRAFT])
    least = {
        (outlet, variant): units
        for outlet, variant, units in db.session.execute(
            select(MinimumLevel.outlet_id, MinimumLevel.variant_id, MinimumLevel.units).where(
                MinimumLevel.outlet_id.in_(outlet_ids)
            )
        )
    }
    on_sale = set(db.session.scalars(_on_sale()))
    return [
        Need(
            outlet_id=outlet, variant_id=variant, free=free.get((outlet, variant), 0),
            sold=went.get((outlet, variant), 0), minimum=least.get((outlet, variant), 0),
            coming=coming.get((outlet, variant), 0), drafted=drafted.get((outlet, variant), 0),
        )
        for outlet, variant in sorted({*free, *went, *coming, *drafted, *least})
        if variant in on_sale
    ]  # fmt: skip


def is_low(free: int, *, sold: int, minimum: int) -> bool:
    """Below the minimum, or, without one (0), below the sales of a week. sold: in the last four."""
    return free < minimum if minimum else free * 4 < sold


def minima(outlet_id: int) -> dict[int, int]:
    """The outlet's minimum of each variant that has one."""
    mine = select(MinimumLevel.variant_id, MinimumLevel.units).where(MinimumLevel.outlet_id == outlet_id)
    return {variant: units for variant, units in db.session.execute(mine)}


def low(outlet_id: int, *, at: datetime) -> list[Need]:
    """What an outlet is short of on its shelves, the barest first."""
    found = [need for need in needs([outlet_id], at=at) if need.low]
    return sorted(found, key=lambda need: (need.free - need.want, need.variant_id))


def low_for(variant_ids: Sequence[int], *, at: datetime) -> list[Need]:
    """Where outlets in business are short of these variants on their shelves, the barest first; five queries.

    For who makes them: drafts between outlets are not counted.
    """
    free = (
        select(StockLevel.outlet_id, StockLevel.variant_id, func.sum(stock.free_units(at)))
        .join(Lot, Lot.id == StockLevel.lot_id)
        .where(StockLevel.variant_id.in_(variant_ids), stock.sellable(at))
        .group_by(StockLevel.outlet_id, StockLevel.variant_id)
    )
    least = select(MinimumLevel.outlet_id, MinimumLevel.variant_id, MinimumLevel.units)
    active = set(db.session.scalars(select(Outlet.id).where(Outlet.active)))
    lies = {(outlet, variant): max(0, int(n)) for outlet, variant, n in db.session.execute(free)}
    went = sold(list(active), at=at, variant_ids=variant_ids)
    wanted = least.where(MinimumLevel.variant_id.in_(variant_ids))
    minimum = {(outlet, variant): units for outlet, variant, units in db.session.execute(wanted)}
    coming = transfers.units_coming(list(active))
    found = [
        Need(
            outlet_id=key[0], variant_id=key[1], free=lies.get(key, 0), sold=went.get(key, 0),
            minimum=minimum.get(key, 0), coming=coming.get(key, 0), drafted=0,
        )
        for key in {*lies, *went, *minimum}
        if key[0] in active
    ]  # fmt: skip
    short = [need for need in found if need.low]
    return sorted(short, key=lambda need: (need.free - need.want, need.outlet_id, need.variant_id))


def supplied_by(centre_id: int) -> Select[Outlet]:
    """The outlets in business that a centre supplies, by code."""
    return select(Outlet).where(Outlet.supplied_by_id == centre_id, Outlet.active).order_by(Outlet.code)


def suggest(source: Outlet, target: Outlet, *, by: Staff, at: datetime) -> list[Suggestion]:
    """What the source could send of all that the target lacks, the greatest lack first. Both must be theirs to see."""
    by.must(Task.LOOK, source.id)
    by.must(Task.LOOK, target.id)
    found = needs([source.id, target.id], at=at)
    spare = {need.variant_id: need.free - need.minimum for need in found if need.outlet_id == source.id}
    suggestions = [
        Suggestion(need, spare[need.variant_id], min(need.lack, spare[need.variant_id]))
        for need in found
        if need.outlet_id == target.id and need.lack and spare.get(need.variant_id, 0) > 0
    ]
    return sorted(suggestions, key=lambda suggestion: (-suggestion.need.lack, suggestion.need.variant_id))


def draft_for(source: Outlet, target: Outlet, *, by: Staff, at: datetime) -> Transfer:
    """A draft paper with all that ``suggest`` names. Raises Invalid("lines", "empty") when that is nothing."""
    suggestions = suggest(source, target, by=by, at=at)
    if not suggestions:
        raise Invalid("lines", "empty")
    transfer = transfers.draft(source, target, by=by, at=at)
    _add(transfer, suggestions, by=by, at=at)
    return transfer


def fill(transfer: Transfer, source: Outlet, target: Outlet, *, by: Staff, at: datetime) -> int:
    """Add to a draft what its target lacks. Returns how many variants; raises Invalid("lines", "empty") for none."""
    suggestions = suggest(source, target, by=by, at=at)
    if not suggestions:
        raise Invalid("lines", "empty")
    return _add(transfer, suggestions, by=by, at=at)


def set_minimum(outlet: Outlet, variant_id: int, units: int, *, by: Staff, at: datetime) -> None:
    """Never fewer than these units of a variant; 0 for no minimum. Raises NotFound for a variant that is not on sale."""
    by.must(Task.MANAGE, outlet.id)
    if not 0 <= units <= MOST_UNITS:
        raise ValueError(f"units between 0 and {MOST_UNITS}: {units}")
    sku = db.session.scalar(_on_sale().with_only_columns(Variant.sku).where(Variant.id == variant_id))
    if sku is None:
        raise NotFound(f"variant {variant_id}")
    mine = {"outlet_id": outlet.id, "variant_id": variant_id}
    before = db.session.scalar(select(MinimumLevel.units).filter_by(**mine)) or 0
    if units == 0:
        db.session.execute(delete(MinimumLevel).filter_by(**mine))
    else:
        insert = sqlite_insert if db.session.get_bind().dialect.name == "sqlite" else postgresql_insert
        row = insert(MinimumLevel).values(units=units, **mine)
        db.session.execute(row.on_conflict_do_update(index_elements=list(mine), set_={"units": units}))
    facts = {"sku": sku, "before": before, "after": units}
    history.record("outlet.minimum_set", f"outlet:{outlet.code}", actor=by.actor, at=at, **facts)


def _add(transfer: Transfer, suggestions: Sequence[Suggestion], *, by: Staff, at: datetime) -> int:
    variant_ids = [suggestion.need.variant_id for suggestion in suggestions]
    variants = {v.id: v for v in db.session.scalars(select(Variant).where(Variant.id.in_(variant_ids)))}
    added = 0
    for suggestion in suggestions[: transfers.MOST_LINES // 2]:
        try:
            transfers.add(transfer, variants[suggestion.need.variant_id], suggestion.units, by=by, at=at)
        except OutOfStock:  # on the paper already, or sold since
            continue
        added += 1
    return added


def sold(
    outlet_ids: Sequence[int], *, at: datetime, variant_ids: Sequence[int] | None = None
) -> dict[tuple[int, int], int]:
    """Units sold in the last four weeks less those that came back, by (outlet, variant). variant_ids: only of these."""
    query = (
        select(StockLevel.outlet_id, StockLevel.variant_id, -func.sum(StockMovement.on_hand))
        .join(StockLevel, StockLevel.id == StockMovement.level_id)
        .where(
            StockLevel.outlet_id.in_(outlet_ids),
            StockMovement.kind.in_(_SALES),
            StockMovement.at > at - SOLD_OVER,
            StockMovement.at <= at,
        )
        .group_by(StockLevel.outlet_id, StockLevel.variant_id)
    )
    if variant_ids is not None:
        query = query.where(StockLevel.variant_id.in_(variant_ids))
    return {(outlet, variant): max(0, int(n)) for outlet, variant, n in db.session.execute(query)}


def _on_sale() -> Select[int]:
    return (
        select(Variant.id)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.active, Product.state == ProductState.PUBLISHED, Product.kind == ProductKind.GOODS)
    )
