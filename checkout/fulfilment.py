"""Fulfilling orders: an outlet packs its share, hands it out or sends it off, and sometimes gets it back.

A share moves only along ``NEXT``; after each step the order takes the steps that all its shares have earned. Units
leave the shelf when they leave the outlet, never from a lot that was stopped or has expired. Cash for a collected
order goes into the till of the shift that is open, cash for a parcel is the carrier's to bring.

Locks, in this sequence: the order's row, the shelves, payment and till. Every verb takes the order's row first, so two
clerks at one order follow each other.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from hmac import compare_digest

from sqlalchemy import Select, and_, case, func, or_, select, update
from sqlalchemy.orm import contains_eager, joinedload, selectinload
from sqlalchemy.sql.elements import ColumnElement

from catalog import history, jobs, stock
from catalog.clock import vietnam_day
from catalog.db import db
from catalog.errors import Conflict, Invalid, NotFound
from catalog.lots import LotState
from catalog.memberships import Staff, Task
from catalog.money import Money
from catalog.outlets import Outlet
from catalog.stock import MovementKind
from catalog.text import nfc
from checkout import orders, payments, tills
from checkout.delivery import Method
from checkout.orders import Courier, Fulfilment, FulfilmentPick, FulfilmentState, Order, OrderState
from checkout.rules import PaymentMethod, Rules
from checkout.tills import EntryKind, Tender

NEXT: dict[FulfilmentState, frozenset[FulfilmentState]] = {
    FulfilmentState.TO_PICK: frozenset({FulfilmentState.READY}),
    FulfilmentState.READY: frozenset({FulfilmentState.HANDED_OVER, FulfilmentState.SHIPPED, FulfilmentState.RETURNED}),
    FulfilmentState.SHIPPED: frozenset({FulfilmentState.DELIVERED, FulfilmentState.RETURNED}),
    FulfilmentState.HANDED_OVER: frozenset(),
    FulfilmentState.DELIVERED: frozenset(),
    FulfilmentState.RETURNED: frozenset(),
}

MOST_WRONG_CODES = 5
REMIND_BEFORE = timedelta(days=1)
REMIND_AFTER = timedelta(hours=4)
"""Who has just been told that the goods are ready is not reminded of it."""
NAME_LENGTH = 120
REASON_LENGTH = 200
_TRACKING = re.compile(r"^[A-Z0-9][A-Z0-9-]{5,39}$")
_OPEN = (OrderState.CONFIRMED, OrderState.READY)


class Tab(StrEnum):
    """What the staff look for. READY: packed, whether it waits for its buyer or for a carrier."""

    TO_PICK = "to_pick"
    READY = "ready"
    SHIPPED = "shipped"
    DONE = "done"


class Answer(StrEnum):
    """What became of an attempt to hand goods over. Of the last two the count is kept, so they are no errors."""

    HANDED_OVER = "handed_over"
    WRONG_CODE = "wrong_code"
    LOCKED = "locked"


class Overdue(Conflict):
    """The goods were kept for so long and no longer: they may be promised to somebody else by now."""


class Unfit(Conflict):
    """Lots of it were stopped or have expired. lots: their codes."""

    def __init__(self, lots: Sequence[str]) -> None:
        super().__init__(", ".join(lots))
        self.lots = tuple(lots)


@dataclass(frozen=True, slots=True)
class Back:
    """What came back of one pick: fit for sale, damaged, and what did not come back."""

    sellable: int
    damaged: int
    lost: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.sellable + self.damaged + self.lost


@dataclass(frozen=True, slots=True)
class Counts:
    """An outlet's orders at one instant. ready: wait for their buyers; late_to_collect: have waited too long and are to
    go back to the shelf; to_ship: packed, for a carrier; shipped: on the road."""

    to_pick: int
    ready: int
    late_to_collect: int
    to_ship: int
    shipped: int
    done: int


def get_fulfilment(outlet_id: int, reference: str) -> Fulfilment:
    """This outlet's share of the order, with all that its pages show.

    Raises NotFound for an unknown order and for one in which the outlet has no part.
    """
    share = db.session.scalar(_whole().where(Fulfilment.outlet_id == outlet_id, Order.reference == reference))
    if share is None:
        raise NotFound(reference)
    return share


def others(share: Fulfilment) -> Select[Fulfilment]:
    """The shares of other outlets in the same order, with these outlets."""
    query = select(Fulfilment).where(Fulfilment.order_id == share.order_id, Fulfilment.id != share.id)
    return query.options(joinedload(Fulfilment.outlet)).order_by(Fulfilment.position)


def find_reference(outlet_id: int, typed: str) -> str | None:
    """The reference of an order of this outlet that somebody typed or scanned, or None."""
    reference, _ = read_scan(typed)
    mine = select(Order.reference).join(Fulfilment, Fulfilment.order_id == Order.id)
    return db.session.scalar(mine.where(Fulfilment.outlet_id == outlet_id, Order.reference == reference))


def read_scan(text: str) -> tuple[str, str]:
    """Reference and collection code of what a scanner reads from the buyer's page: ``QN-7K3M9Q:123456``.

    A reference alone has the code ``""``.
    """
    reference, _, code = text.partition(":")
    return orders.read_reference(reference), _digits(code)


def read_code(text: str) -> str:
    """A collection code that was typed, or scanned from the buyer's page together with the reference."""
    return read_scan(text)[1] if ":" in text else _digits(text)


def scan_text(order: Order) -> str:
    """What the QR on the buyer's page says."""
    return f"{order.reference}:{order.collect_code}"


def queue(outlet_id: int, tab: Tab, *, at: datetime) -> Select[Fulfilment]:
    """An outlet's shares: what waits longest first, what is done last first. Orders and picks are loaded."""
    wanted = {
        Tab.TO_PICK: _to_pick(at),
        Tab.READY: Fulfilment.state == FulfilmentState.READY,
        Tab.SHIPPED: Fulfilment.state == FulfilmentState.SHIPPED,
        Tab.DONE: _done(),
    }[tab]
    newest_first = (Fulfilment.changed_at.desc(), Fulfilment.id.desc())
    return _listed(outlet_id).where(wanted).order_by(*(newest_first if tab is Tab.DONE else (Fulfilment.id,)))


def of_phone(outlet_id: int, phone: str) -> Select[Fulfilment]:
    """An outlet's shares of the orders of one buyer, newest first. phone: in national form."""
    return _listed(outlet_id).where(Order.phone == phone).order_by(Fulfilment.id.desc())


def counts(outlet_id: int, *, at: datetime) -> Counts:
    """How much waits at an outlet. One query."""
    ready = Fulfilment.state == FulfilmentState.READY
    collects = Order.method == Method.COLLECT
    late = Order.hold_until <= at
    conditions = (
        _to_pick(at),
        and_(ready, collects, or_(Order.hold_until.is_(None), ~late)),
        and_(ready, collects, late),
        and_(ready, ~collects),
        Fulfilment.state == FulfilmentState.SHIPPED,
        _done(),
    )
    sums = [func.coalesce(func.sum(case((condition, 1), else_=0)), 0) for condition in conditions]
    query = select(*sums).select_from(Fulfilment).join(Order, Order.id == Fulfilment.order_id)
    row = db.session.execute(query.where(Fulfilment.outlet_id == outlet_id)).one()
    return Counts(*(int(number) for number in row))


def picks_of(share: Fulfilment) -> list[FulfilmentPick]:
    """What to take from the shelves, the lot that expires first first."""
    return sorted(
        share.picks, key=lambda p: (p.lot.best_before is None, p.lot.best_before or date.max, p.line.position, p.id)
    )


def unfit_lots(picks: Sequence[FulfilmentPick], *, at: datetime) -> list[str]:
    """Codes of the lots among them that must not leave: stopped, or past their day."""
    today = vietnam_day(at)
    return [
        pick.lot.code
        for pick in picks
        if pick.lot.state is not LotState.SELLABLE or (pick.lot.best_before and pick.lot.best_before < today)
    ]


def worth(share: Fulfilment) -> Money:
    """This share of the order's total: its goods, and the delivery fee with the first parcel. Shares add up."""
    order = share.order
    goods = sum(pick.line.price * pick.quantity for pick in share.picks)
    return Money(goods + (order.delivery if share.position == 1 else 0), order.currency)


def make_ready(
    share: Fulfilment, *, missing: Mapping[int, int] | None = None, by: Staff, at: datetime, rules: Rules
) -> bool:
    """The packer has been to the shelves. When everything was there the share is ready; else the order stays as it is.

    missing: pick → units that were not found.    Returns whether it is ready now. Goods that are paid for and
    collected are kept from now on for the days the rules say.

    Raises Forbidden, Invalid("missing", …), Overdue, Unfit, Conflict when it is not to be packed (any more).
    """
    order = _begin(share, Task.HAND_OVER, by=by)
    _must_lead_to(share, FulfilmentState.READY)
    _must_be_open(order, (OrderState.CONFIRMED,), at=at)
    picks = _picks(share)
    short = _note_missing(picks, missing or {})
    if short:
        facts = [{"sku": pick.line.sku, "lot": pick.lot.code, "units": pick.missing} for pick in short]
        _note("missing", share, order, by=by, at=at, picks=facts)
        return False
    _must_be_fit(picks, at=at)
    _step(share, order, FulfilmentState.READY, by=by, at=at)
    if order.method is Method.COLLECT and order.hold_until is None:
        order.hold_until = rules.kept_until(_outlet(share).opening(rules.holidays), ready_at=at)
        stock.keep(order.reference, until=order.hold_until)
    orders.follow(order, actor=by.actor, at=at)
    return True


def hand_over(share: Fulfilment, *, code: str, name: str = "", by: Staff, at: datetime) -> Answer:
    """Somebody fetches a collected order: who knows the code gets the goods, against whatever is still to be paid.

    name: of the person, where it is not the buyer.

    A wrong code changes nothing but its count; after MOST_WRONG_CODES a manager has to unlock it. Raises Forbidden,
    Invalid("name", …), Overdue, Unfit, NoShift when there is cash to be taken, Conflict when it does not lie ready.
    """
    order = _begin(share, Task.HAND_OVER, by=by)
    _must_lead_to(share, FulfilmentState.HANDED_OVER)
    if order.method is not Method.COLLECT:
        raise Conflict(f"{order.reference}: to be sent")
    _must_be_open(order, (OrderState.READY,), at=at)
    somebody = _text("name", name, NAME_LENGTH)
    if share.wrong_codes >= MOST_WRONG_CODES:
        return Answer.LOCKED
    typed = _digits(code)
    if not typed or not compare_digest(order.collect_code or "", typed):
        share.wrong_codes += 1
        _note("wrong_code", share, order, by=by, at=at, count=share.wrong_codes)
        return Answer.LOCKED if share.wrong_codes >= MOST_WRONG_CODES else Answer.WRONG_CODE
    _take_from_shelf(share, order, by=by, at=at)
    share.handed_to = somebody
    _step(share, order, FulfilmentState.HANDED_OVER, by=by, at=at, person=somebody)
    orders.follow(order, actor=by.actor, at=at)
    due = payments.of_order(order.id).due
    if due:
        payments.collect_cash(order.id)
        cause = orders.subject_of(order)
        tills.take(share.outlet_id, due, kind=EntryKind.ORDER, method=Tender.CASH, cause=cause, actor=by.actor, at=at)
    return Answer.HANDED_OVER


def unlock(share: Fulfilment, *, by: Staff, at: datetime) -> None:
    """A manager has made sure who stands there: codes may be tried again. Raises Forbidden."""
    order = _begin(share, Task.MANAGE, by=by)
    share.wrong_codes = 0
    _note("unlocked", share, order, by=by, at=at)


def ship(share: Fulfilment, *, courier: Courier, tracking: str, by: Staff, at: datetime) -> None:
    """The parcel is the carrier's.

    tracking: 6 to 40 letters, digits and dashes, in any case and spacing; may be empty for the outlet's own car.

    Raises Forbidden, Invalid("tracking", …), Unfit, Conflict when it does not lie packed.
    """
    order = _begin(share, Task.HAND_OVER, by=by)
    _must_lead_to(share, FulfilmentState.SHIPPED)
    if order.method is not Method.DELIVER:
        raise Conflict(f"{order.reference}: to be collected")
    _must_be_open(order, _OPEN, at=at)
    number = read_tracking(tracking, courier)
    _take_from_shelf(share, order, by=by, at=at)
    share.courier, share.tracking = courier, number
    _step(share, order, FulfilmentState.SHIPPED, by=by, at=at, courier=courier.value, tracking=number)
    orders.follow(order, actor=by.actor, at=at)


def deliver(share: Fulfilment, *, by: Staff, at: datetime) -> None:
    """The carrier has delivered it, and taken the cash where some was due. Raises Forbidden, Conflict."""
    order = _begin(share, Task.HAND_OVER, by=by)
    _step(share, order, FulfilmentState.DELIVERED, by=by, at=at)
    payment = payments.of_order(order.id)
    if payment.method is PaymentMethod.CASH_ON_DELIVERY:
        payments.collect_part(payment, worth(_fresh(share)))
    _finish(order, by=by, at=at)


def take_back(share: Fulfilment, back: Mapping[int, Back], *, reason: str, by: Staff, at: datetime) -> None:
    """The parcel came back: refused, or nobody was there. Somebody decides about every unit of it.

    back: pick → what came back; all picks are named.    What had been paid for it is to be given back.

    Raises Forbidden, Invalid("reason", …), Invalid("back", …, pick=…) when the units of a pick do not add up, Conflict
    when it is not on the road.
    """
    order = _begin(share, Task.HAND_OVER, by=by)
    _must_lead_to(share, FulfilmentState.RETURNED)
    if share.state is not FulfilmentState.SHIPPED:
        raise Conflict(f"{order.reference}: has not left")
    words = _text("reason", reason, REASON_LENGTH)
    if not words:
        raise Invalid("reason", "required")
    picks = _picks(share)
    for pick in picks:
        came = back.get(pick.id)
        if came is None or min(came.sellable, came.damaged, came.lost) < 0 or came.total != pick.quantity:
            raise Invalid("back", "sum", pick=pick.id, wanted=pick.quantity)
    stock.lock(lot_ids={pick.lot_id for pick in picks}, outlet_id=share.outlet_id)
    outlet = _outlet(share)
    for pick in sorted(picks, key=lambda pick: pick.level_id):
        _put_back(pick, back[pick.id], outlet, order, words, by=by, at=at)
    share.note = words
    _step(share, order, FulfilmentState.RETURNED, by=by, at=at, reason=words)
    payment = payments.of_order(order.id)
    if payment.method is not PaymentMethod.CASH_ON_DELIVERY:
        payments.note_return(payment, worth(_fresh(share)))
    _finish(order, by=by, at=at)


def put_away(share: Fulfilment, *, by: Staff, at: datetime) -> None:
    """Packed goods that nobody fetched stand on their shelf again: the end of their time has freed them already.

    Raises Forbidden, Conflict while somebody may still come for them.
    """
    order = _begin(share, Task.HAND_OVER, by=by)
    if order.state is not OrderState.EXPIRED and order.state_at(at) is OrderState.EXPIRED:
        orders.expire(order, at=at)
    if order.state not in orders.GIVEN_UP or share.state is not FulfilmentState.READY:
        raise Conflict(f"{order.reference}: {order.state}, {share.state}")
    _step(share, order, FulfilmentState.RETURNED, by=by, at=at)


def give_up(share: Fulfilment, *, reason: str, by: Staff, at: datetime) -> None:
    """A manager calls an order off that cannot be filled, having spoken with the buyer.

    Raises Forbidden, Invalid("reason", …), Conflict once an outlet has packed its share.
    """
    order = _begin(share, Task.MANAGE, by=by)
    words = _text("reason", reason, REASON_LENGTH)
    if not words:
        raise Invalid("reason", "required")
    orders.cancel(order, actor=by.actor, at=at)
    share.note = words
    _note("given_up", share, order, by=by, at=at, reason=words)


def remind(*, at: datetime) -> list[str]:
    """Ask for a letter to everybody whose goods are kept for one more day. Returns the references; each once."""
    soon = and_(Order.hold_until > at, Order.hold_until <= at + REMIND_BEFORE)
    query = (
        select(Order.reference)
        .join(Fulfilment, Fulfilment.order_id == Order.id)
        .where(Order.state == OrderState.READY, Order.method == Method.COLLECT, soon)
        .where(Fulfilment.changed_at <= at - REMIND_AFTER)
        .order_by(Order.reference)
    )
    found = list(db.session.scalars(query))
    for reference in found:
        jobs.enqueue("mail.order_reminder", {"order": reference}, at=at, key=f"mail.order_reminder:{reference}")
    return found


def read_tracking(text: str, courier: Courier) -> str:
    """A tracking number in capitals without blanks. Raises Invalid("tracking", "required" or "tracking")."""
    number = "".join(nfc(text).upper().split())
    if not number:
        if courier is Courier.OWN:
            return ""
        raise Invalid("tracking", "required")
    if not _TRACKING.match(number):
        raise Invalid("tracking", "tracking")
    return number


def _begin(share: Fulfilment, task: Task, *, by: Staff) -> Order:
    """Take the order for the rest of the transaction, and the share as it is now."""
    by.must(task, share.outlet_id)
    order = orders.lock(share.order_id)
    db.session.refresh(share, ["state", "wrong_codes"])
    return order


def _must_lead_to(share: Fulfilment, to: FulfilmentState) -> None:
    if to not in NEXT[share.state]:
        raise Conflict(f"share {share.id}: {share.state} -> {to}")


def _must_be_open(order: Order, states: Sequence[OrderState], *, at: datetime) -> None:
    if order.state is OrderState.EXPIRED or (order.hold_until is not None and order.hold_until <= at):
        raise Overdue(order.reference)
    if order.state not in states:
        raise Conflict(f"{order.reference}: {order.state}")


def _must_be_fit(picks: Sequence[FulfilmentPick], *, at: datetime) -> None:
    if lots := unfit_lots(picks, at=at):
        raise Unfit(lots)


def _note_missing(picks: Sequence[FulfilmentPick], missing: Mapping[int, int]) -> list[FulfilmentPick]:
    for pick in picks:
        units = missing.get(pick.id, 0)
        if not 0 <= units <= pick.quantity:
            raise Invalid("missing", "range", pick=pick.id, most=pick.quantity)
    for pick in picks:
        pick.missing = missing.get(pick.id, 0)
    db.session.flush()
    return [pick for pick in picks if pick.missing]


def _take_from_shelf(share: Fulfilment, order: Order, *, by: Staff, at: datetime) -> None:
    """Whoever stops a lot takes its shelves first: so either this sees that it is stopped, or they see it gone."""
    stock.lock(order_refs=[order.reference], outlet_id=share.outlet_id)
    _must_be_fit(_picks(share), at=at)
    stock.hand_over(order.reference, outlet_id=share.outlet_id, actor=by.actor, at=at)


def _put_back(
    pick: FulfilmentPick, back: Back, outlet: Outlet, order: Order, reason: str, *, by: Staff, at: datetime
) -> None:
    came, cause = back.sellable + back.damaged, f"return:{order.reference}"
    if came:
        stock.put_back(
            pick.lot, outlet, came, consigned=pick.level.consigned, cause=cause, reason=reason, actor=by.actor, at=at
        )
    if back.damaged:
        stock.write_off(
            pick.level_id,
            back.damaged,
            kind=MovementKind.DAMAGED,
            reason=reason,
            cause=cause,
            actor=by.actor,
            at=at,
        )


def _step(share: Fulfilment, order: Order, to: FulfilmentState, *, by: Staff, at: datetime, **facts: object) -> None:
    was = share.state
    _must_lead_to(share, to)
    db.session.flush()
    moved = update(Fulfilment).where(Fulfilment.id == share.id, Fulfilment.state == was)
    moved = moved.values(state=to, changed_at=at, counted=False).returning(Fulfilment.id)
    if db.session.scalar(moved.execution_options(synchronize_session=False)) is None:
        raise Conflict(f"share {share.id}: no longer {was}")
    db.session.refresh(share, ["state", "changed_at"])
    _note(to.value, share, order, by=by, at=at, was=was.value, **facts)


def _note(verb: str, share: Fulfilment, order: Order, *, by: Staff, at: datetime, **facts: object) -> None:
    subject = orders.subject_of(order)
    history.record(f"fulfilment.{verb}", subject, actor=by.actor, at=at, share=share.position, **facts)
    db.session.flush()


def _finish(order: Order, *, by: Staff, at: datetime) -> None:
    """After a parcel's end: nothing more is owed once the last has come to one."""
    orders.follow(order, actor=by.actor, at=at)
    if order.state in (OrderState.DELIVERED, OrderState.RETURNED):
        payments.cancel(order.id)


def _picks(share: Fulfilment) -> list[FulfilmentPick]:
    """The picks of a share with their lots as they are now."""
    query = select(FulfilmentPick).where(FulfilmentPick.fulfilment_id == share.id).order_by(FulfilmentPick.id)
    query = query.options(
        joinedload(FulfilmentPick.lot), joinedload(FulfilmentPick.line), joinedload(FulfilmentPick.level)
    )
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def _outlet(share: Fulfilment) -> Outlet:
    return db.session.get_one(Outlet, share.outlet_id)


def _fresh(share: Fulfilment) -> Fulfilment:
    return db.session.scalars(_whole().where(Fulfilment.id == share.id)).one()


def _whole() -> Select[Fulfilment]:
    picks = selectinload(Fulfilment.picks)
    return (
        select(Fulfilment)
        .join(Order, Order.id == Fulfilment.order_id)
        .options(
            contains_eager(Fulfilment.order).selectinload(Order.lines),
            picks.joinedload(FulfilmentPick.lot),
            picks.joinedload(FulfilmentPick.line),
            picks.joinedload(FulfilmentPick.level),
        )
        .execution_options(populate_existing=True)
    )


def _listed(outlet_id: int) -> Select[Fulfilment]:
    return (
        select(Fulfilment)
        .join(Order, Order.id == Fulfilment.order_id)
        .options(contains_eager(Fulfilment.order), selectinload(Fulfilment.picks))
        .where(Fulfilment.outlet_id == outlet_id)
    )


def _to_pick(at: datetime) -> ColumnElement[bool]:
    in_time = or_(Order.hold_until.is_(None), Order.hold_until > at)
    return and_(Fulfilment.state == FulfilmentState.TO_PICK, Order.state == OrderState.CONFIRMED, in_time)


def _done() -> ColumnElement[bool]:
    ended = (FulfilmentState.HANDED_OVER, FulfilmentState.DELIVERED, FulfilmentState.RETURNED)
    return Fulfilment.state.in_(ended)


def _digits(code: str) -> str:
    """A code as it was typed, without blanks and dashes; what is no ASCII digit makes it no code at all."""
    signs = re.sub(r"[\s.-]", "", code)
    return signs if signs.isascii() and signs.isdigit() else ""


def _text(field: str, words: str, most: int) -> str:
    text = nfc(words)
    if len(text) > most:
        raise Invalid(field, "too_long", most=most)
    return text
