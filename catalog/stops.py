"""Lots taken off sale everywhere at once, and let back.

Officers do both. A producer may take a lot of their own off sale at once, too, since they are the first to know; whether
it comes back, and whether it is recalled, officers decide.

Whoever stops a lot first locks all its shelves, as those do who promise or sell units: one of the two sees the
other, so nothing of a stopped lot is promised afterwards, and ``stock.hand_over`` lets nothing of it go.
"""

from datetime import datetime

from sqlalchemy import Select, select, update

from catalog import history, makers, stock
from catalog.db import db
from catalog.errors import Conflict, Forbidden, Invalid, NotFound
from catalog.lots import NEXT, Lot, LotState
from catalog.makers import Maker
from catalog.memberships import Staff, Task
from catalog.products import Product, Variant
from catalog.stock import StockLevel
from catalog.text import nfc

LONGEST_REASON = 300
LONGEST_TESTS = 500


def get_lot(lot_id: int, *, outlet_id: int) -> Lot:
    """A lot that has, or had, a shelf at this outlet. Raises NotFound for any other."""
    lot = db.session.scalar(_here(outlet_id).where(Lot.id == lot_id).execution_options(populate_existing=True))
    if lot is None:
        raise NotFound(f"lot {lot_id}")
    return lot


def note_tests(lot: Lot, words: str, *, outlet_id: int, by: Staff, at: datetime) -> None:
    """What was tested, by whom, with what outcome, as the papers of the delivery say; the last words stand.

    Raises Forbidden, Invalid("tests", "required" or "too_long").
    """
    by.must(Task.RECEIVE, outlet_id)
    tests = nfc(words)
    if not tests:
        raise Invalid("tests", "required")
    if len(tests) > LONGEST_TESTS:
        raise Invalid("tests", "too_long", most=LONGEST_TESTS)
    before, lot.tests = lot.tests, tests
    history.record("lot.tested", f"lot:{lot.id}", actor=by.actor, at=at, tests=tests, before=before, after=tests)
    db.session.flush()


def stopped_at(outlet_id: int) -> Select[Lot]:
    """Lots off sale of which this outlet has units, the latest stop first."""
    query = _here(outlet_id, StockLevel.on_hand > 0).where(Lot.state != LotState.SELLABLE)
    return query.order_by(Lot.stopped_at.desc(), Lot.id.desc())


def quarantine(lot: Lot, reason: str, *, by: Staff, at: datetime) -> None:
    """Off sale until somebody has looked: nobody can buy, collect or send it. Raises Invalid, Forbidden, Conflict."""
    _officers_only(lot, by)
    _move(lot, LotState.QUARANTINED, _given(reason), actor=by.actor, at=at)


def quarantine_own(lot: Lot, reason: str, *, by: Maker, at: datetime) -> None:
    """The producer has a doubt: off sale everywhere, until an officer has looked. Raises NotFound, Invalid, Conflict."""
    query = select(Product.producer_id).join(Variant, Variant.product_id == Product.id)
    if db.session.scalar(query.where(Variant.id == lot.variant_id)) not in by.producers:
        raise NotFound(f"lot {lot.id}")
    _move(lot, LotState.QUARANTINED, _given(reason), actor=by.actor, at=at)


def let_go(lot: Lot, *, by: Staff, at: datetime) -> None:
    """The suspicion was wrong: on sale again. Nobody says so of their own producer's lot.

    Raises Forbidden, Conflict (a recalled lot never comes back).
    """
    _officers_only(lot, by)
    of_lot = select(Product.producer_id).join(Variant, Variant.product_id == Product.id)
    if db.session.scalar(of_lot.where(Variant.id == lot.variant_id, Product.producer_id.in_(makers.of(by.user_id)))):
        raise Forbidden(f"{by.actor}: lot {lot.id} is their own")
    _move(lot, LotState.SELLABLE, "", actor=by.actor, at=at)


def recall(lot: Lot, reason: str, *, by: Staff, at: datetime) -> None:
    """Off sale for good. Raises Invalid, Forbidden, Conflict. ``checkout.recalls`` says whom it concerns."""
    _officers_only(lot, by)
    _move(lot, LotState.RECALLED, _given(reason), actor=by.actor, at=at)


def _officers_only(lot: Lot, by: Staff) -> None:
    if not by.officer:
        raise Forbidden(f"{by.actor}: stop or release lot {lot.id}")


def _move(lot: Lot, to: LotState, reason: str, *, actor: str, at: datetime) -> None:
    stock.lock(lot_ids=[lot.id])
    from_states = [state for state, following in NEXT.items() if to in following]
    before = db.session.scalar(select(Lot.state).where(Lot.id == lot.id).with_for_update())
    values = {"state": to, "stop_reason": reason, "stopped_at": at if reason else None}
    moved = update(Lot).where(Lot.id == lot.id, Lot.state.in_(from_states)).values(values)
    if db.session.scalar(moved.returning(Lot.id).execution_options(synchronize_session=False)) is None:
        raise Conflict(f"lot {lot.id} cannot become {to}")
    db.session.refresh(lot, ["state", "stop_reason", "stopped_at"])
    history.record(
        f"lot.{to}", f"lot:{lot.id}", actor=actor, at=at, code=lot.code, reason=reason, before=before, after=to
    )
    db.session.flush()


def _given(reason: str) -> str:
    text = nfc(reason)
    if not text:
        raise Invalid("reason", "required")
    if len(text) > LONGEST_REASON:
        raise Invalid("reason", "too_long", most=LONGEST_REASON)
    return text


def _here(outlet_id: int, *conditions: object) -> Select[Lot]:
    here = select(StockLevel.lot_id).where(StockLevel.outlet_id == outlet_id, *conditions)  # type: ignore[arg-type]
    return select(Lot).where(Lot.id.in_(here))
