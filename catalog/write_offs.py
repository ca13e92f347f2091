"""Units that leave a shelf for good without having been sold: damaged, past their day, given away as samples."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import select

from catalog import history, stock
from catalog.clock import vietnam_day
from catalog.db import db
from catalog.errors import Invalid, NotFound
from catalog.lots import Lot, LotState
from catalog.memberships import Staff, Task
from catalog.products import Product, Variant
from catalog.stock import MovementKind, StockLevel, StockMovement
from catalog.text import nfc

LONGEST_REASON = 200
PREFIX = "write-off"


@dataclass(frozen=True, slots=True)
class Shelf:
    """One shelf somebody may take units from. free: units nobody is promised."""

    level_id: int
    lot_id: int
    code: str
    best_before: date | None
    state: LotState
    consigned: bool
    variant_id: int
    sku: str
    name: str
    unit: str
    on_hand: int
    held: int
    free: int

    def past(self, day: date) -> bool:
        """Whether it may not be sold on this day any more."""
        return self.best_before is not None and self.best_before < day


def get_shelf(outlet_id: int, level_id: int) -> Shelf:
    """Raises NotFound for a shelf of another outlet."""
    query = (
        select(
            StockLevel.id, Lot.id, Lot.code, Lot.best_before, Lot.state, StockLevel.consigned, Variant.id, Variant.sku,
            Product.name_vi, Variant.unit_vi, StockLevel.on_hand, StockLevel.held,
            StockLevel.on_hand - StockLevel.held,
        )
        .join(Lot, Lot.id == StockLevel.lot_id)
        .join(Variant, Variant.id == StockLevel.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(StockLevel.id == level_id, StockLevel.outlet_id == outlet_id)
    )  # fmt: skip
    row = cast("Sequence[Any] | None", db.session.execute(query).first())
    if row is None:
        raise NotFound(f"shelf {level_id}")
    return Shelf(*row)


def write_off(
    outlet_id: int, level_id: int, quantity: int, *, kind: MovementKind, reason: str, key: str, by: Staff, at: datetime
) -> None:
    """Take units off a shelf for good. Stopped and ended lots, too: that is how a recalled jar leaves.

    kind: one of ``stock.WRITE_OFFS``.    reason: in words; needed unless the day on the label says it all.
    key: of the form, so that it acts once.

    Raises NotFound, Forbidden, Invalid, OutOfStock with what was free; nothing has changed then.
    """
    by.must(Task.WRITE_OFF, outlet_id)
    shelf, cause = get_shelf(outlet_id, level_id), f"{PREFIX}:{key}"
    if db.session.scalar(select(StockMovement.id).where(StockMovement.cause == cause).limit(1)) is not None:
        return
    words = nfc(reason)
    if kind is MovementKind.EXPIRED and not shelf.past(vietnam_day(at)):
        raise Invalid("kind", "not_expired", best_before=shelf.best_before)
    if kind is not MovementKind.EXPIRED and not words:
        raise Invalid("reason", "required")
    if len(words) > LONGEST_REASON:
        raise Invalid("reason", "too_long", most=LONGEST_REASON)
    stock.write_off(level_id, quantity, kind=kind, reason=words, cause=cause, actor=by.actor, at=at)
    left = db.session.scalar(select(StockLevel.on_hand).where(StockLevel.id == level_id)) or 0
    facts = {"lot": shelf.code, "sku": shelf.sku, "kind": kind.value, "units": quantity, "reason": words}
    facts |= {"before": left + quantity, "after": left}
    history.record("stock.written_off", f"shelf:{level_id}", actor=by.actor, at=at, **facts)
    db.session.flush()
