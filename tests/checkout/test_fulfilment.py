"""An outlet packs, hands out, sends and takes back its share of an order."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from catalog import history, memberships, stock
from catalog.db import db, transaction
from catalog.errors import Conflict, Forbidden, Invalid, NotFound
from catalog.jobs import Job
from catalog.lots import Lot, LotState
from catalog.memberships import Role, Staff
from catalog.money import Money
from catalog.outlets import Outlet
from catalog.stock import MovementKind, StockHold, StockMovement
from checkout import fulfilment, orders, payments, settlement, tills
from checkout.delivery import Collect
from checkout.fulfilment import MOST_WRONG_CODES, NEXT, Answer, Back, Counts, Overdue, Tab, Unfit
from checkout.orders import Courier, Fulfilment, FulfilmentState, Order, OrderState
from checkout.payments import PaymentState
from checkout.rules import PaymentMethod
from checkout.tills import NoShift, TillEntry
from tests.catalog.cast import at_once
from tests.checkout.factories import RULES, buyer, levels, order_for, rows
from tests.world import MONDAY_NINE, World, make_lot, make_outlet, make_product, make_staff, put, variant_of

NOW = MONDAY_NINE
CASH, COD = PaymentMethod.CASH_ON_COLLECTION, PaymentMethod.CASH_ON_DELIVERY


def hire(outlet: Outlet | None, role: Role = Role.CLERK) -> Staff:
    """Somebody new at work."""
    with transaction():
        staff = memberships.find_staff(make_staff(outlet, role))
    assert staff is not None
    return staff


@pytest.fixture
def clerk(world: World) -> Staff:
    """Of the quay, which hands out."""
    return hire(world.quay)


@pytest.fixture
def packer(world: World) -> Staff:
    """Of the centre, which sends."""
    return hire(world.centre)


def share_of(order: Order, outlet: Outlet) -> Fulfilment:
    return fulfilment.get_fulfilment(outlet.id, order.reference)


def collected(world: World, *, payment: PaymentMethod = CASH, **facts: Any) -> Order:
    """Two honeys for the quay."""
    with transaction():
        return order_for((world.honey, 2), destination=Collect(world.quay.id), payment=payment, **facts)


def sent(world: World, **facts: Any) -> Order:
    """Two honeys from the centre to Hội An: 522.000 ₫ with the fee."""
    with transaction():
        return order_for((world.honey, 2), **{"payment": COD} | facts)


def paid(order: Order, amount: int, *, at: datetime = NOW) -> None:
    with transaction():
        code = payments.of_order(order.id).code
        settlement.receive_transfer(
            code, Money(amount), provider="hand", provider_id=order.reference, actor="system", at=at
        )


def pack(order: Order, outlet: Outlet, by: Staff, *, at: datetime = NOW, missing: int = 0) -> bool:
    with transaction():
        share = share_of(order, outlet)
        missed = {share.picks[0].id: missing} if missing else None
        return fulfilment.make_ready(share, missing=missed, by=by, at=at, rules=RULES)


def fetch(
    order: Order, outlet: Outlet, by: Staff, *, code: str | None = None, name: str = "", at: datetime = NOW
) -> Answer:
    with transaction():
        code = order.collect_code or "" if code is None else code
        return fulfilment.hand_over(share_of(order, outlet), code=code, name=name, by=by, at=at)


def open_till(outlet: Outlet, by: Staff) -> None:
    with transaction():
        tills.open_shift(outlet.id, Money(500_000), by=by, at=NOW)


def send(order: Order, outlet: Outlet, by: Staff, **facts: Any) -> None:
    with transaction():
        carrier: dict[str, Any] = {"courier": Courier.VIETTEL_POST, "tracking": "vt 123456"} | facts
        fulfilment.ship(share_of(order, outlet), by=by, at=NOW, **carrier)


def take_back(order: Order, outlet: Outlet, by: Staff, back: Back) -> None:
    with transaction():
        share = share_of(order, outlet)
        whole = dict.fromkeys((pick.id for pick in share.picks), back)
        fulfilment.take_back(share, whole, reason="Khách không nhận", by=by, at=NOW)


def state_of(order: Order, outlet: Outlet) -> tuple[FulfilmentState, OrderState]:
    share = share_of(order, outlet)
    return share.state, share.order.state


def verbs(order: Order) -> list[str]:
    return [event.verb for event in db.session.scalars(history.of(f"order:{order.reference}"))]


def test_every_state_has_a_row_and_is_reached() -> None:
    assert set(NEXT) == set(FulfilmentState)
    assert set(FulfilmentState) - set().union(*NEXT.values()) == {FulfilmentState.TO_PICK}
    assert {state for state, following in NEXT.items() if not following} == {
        FulfilmentState.HANDED_OVER, FulfilmentState.DELIVERED, FulfilmentState.RETURNED
    }  # fmt: skip


def test_an_order_is_there_for_the_outlets_that_have_a_part_in_it_only(world: World) -> None:
    order = collected(world)
    assert share_of(order, world.quay).order.id == order.id
    for outlet, reference in ((world.centre, order.reference), (world.quay, "QN-000000")):
        with pytest.raises(NotFound):
            fulfilment.get_fulfilment(outlet.id, reference)
        assert fulfilment.find_reference(outlet.id, reference) is None
    scanned = fulfilment.scan_text(order).lower().replace("-", " ")
    assert fulfilment.find_reference(world.quay.id, scanned) == order.reference
    assert fulfilment.read_scan(scanned) == (order.reference, order.collect_code)
    assert fulfilment.find_reference(world.centre.id, scanned) is None


def test_the_lot_that_expires_first_is_taken_first(world: World, clerk: Staff) -> None:
    with transaction():
        jam = make_product("Mứt gừng")
        for code, day in (("LATE", 20), ("NONE", None), ("SOON", 10)):
            best_before = date(2026, 12, day) if day else None
            put(make_lot(variant_of(jam), code=code, best_before=best_before), "D01", 1)
        order = order_for((jam, 3), destination=Collect(world.quay.id), payment=CASH)
    assert [pick.lot.code for pick in fulfilment.picks_of(share_of(order, world.quay))] == ["SOON", "LATE", "NONE"]


def test_what_is_packed_waits_for_its_buyer_who_is_told(world: World, clerk: Staff) -> None:
    order = collected(world)
    assert pack(order, world.quay, clerk) is True

    assert state_of(order, world.quay) == (FulfilmentState.READY, OrderState.READY)
    assert levels(world.quay) == [(3, 2), (2, 0)]
    assert [job.kind for job in db.session.scalars(select(Job).order_by(Job.id))] == [
        "mail.order_placed", "mail.order_ready"
    ]  # fmt: skip
    assert verbs(order) == ["order.placed", "fulfilment.ready", "order.ready"]
    with pytest.raises(Conflict):
        pack(order, world.quay, clerk)


def test_a_unit_that_is_missing_is_named_and_the_order_stays(world: World, clerk: Staff) -> None:
    order = collected(world)
    assert pack(order, world.quay, clerk, missing=1) is False

    assert state_of(order, world.quay) == (FulfilmentState.TO_PICK, OrderState.CONFIRMED)
    share = share_of(order, world.quay)
    assert [pick.missing for pick in share.picks] == [1]
    event = list(db.session.scalars(history.of(f"order:{order.reference}")))[-1]
    assert event.verb == "fulfilment.missing"
    assert event.facts["picks"] == [{"sku": share.picks[0].line.sku, "lot": share.picks[0].lot.code, "units": 1}]
    assert pack(order, world.quay, clerk) is True
    assert [pick.missing for pick in share_of(order, world.quay).picks] == [0]


@pytest.mark.parametrize("missing", [-1, 3])
def test_more_is_not_missing_than_was_wanted(world: World, clerk: Staff, missing: int) -> None:
    order = collected(world)
    with pytest.raises(Invalid) as refused:
        pack(order, world.quay, clerk, missing=missing)
    assert (refused.value.field, refused.value.facts["most"]) == ("missing", 2)
    assert [pick.missing for pick in share_of(order, world.quay).picks] == [0]


def test_an_order_nobody_has_paid_is_not_packed(world: World, packer: Staff) -> None:
    order = sent(world, payment=PaymentMethod.BANK_TRANSFER)
    with pytest.raises(Conflict):
        pack(order, world.centre, packer)
    assert state_of(order, world.centre) == (FulfilmentState.TO_PICK, OrderState.AWAITING_PAYMENT)


def test_a_stopped_or_expired_lot_does_not_leave(world: World, clerk: Staff) -> None:
    order = collected(world)
    open_till(world.quay, clerk)
    assert pack(order, world.quay, clerk) is True
    lot = share_of(order, world.quay).picks[0].lot
    for values in ({"state": LotState.RECALLED}, {"state": LotState.SELLABLE, "best_before": date(2026, 11, 22)}):
        with transaction():
            db.session.execute(update(Lot).where(Lot.id == lot.id).values(values))
        with pytest.raises(Unfit) as refused:
            fetch(order, world.quay, clerk)
        assert refused.value.lots == (lot.code,)
    assert state_of(order, world.quay) == (FulfilmentState.READY, OrderState.READY)
    assert levels(world.quay) == [(3, 2), (2, 0)]
    assert rows(TillEntry) == [0]


def test_who_knows_the_code_gets_the_goods_and_the_till_the_cash(world: World, clerk: Staff) -> None:
    order = collected(world)
    pack(order, world.quay, clerk)
    open_till(world.quay, clerk)
    typed = f" {(order.collect_code or '')[:3]} {(order.collect_code or '')[3:]}"
    assert fetch(order, world.quay, clerk, code=typed, name="Trần Văn Con") is Answer.HANDED_OVER

    assert state_of(order, world.quay) == (FulfilmentState.HANDED_OVER, OrderState.HANDED_OVER)
    assert share_of(order, world.quay).handed_to == "Trần Văn Con"
    assert levels(world.quay) == [(1, 0), (2, 0)]
    assert payments.of_order(order.id).state is PaymentState.PAID
    entry = db.session.scalars(select(TillEntry)).one()
    assert (entry.cause, entry.amount, entry.kind, entry.method) == (
        f"order:{order.reference}",
        500_000,
        "order",
        "cash",
    )
    with pytest.raises(Conflict):
        fetch(order, world.quay, clerk)
    assert rows(TillEntry) == [1]


def test_a_paid_order_needs_no_till(world: World, clerk: Staff) -> None:
    order = collected(world, payment=PaymentMethod.BANK_TRANSFER)
    paid(order, 500_000)
    pack(order, world.quay, clerk)
    assert fetch(order, world.quay, clerk) is Answer.HANDED_OVER
    assert rows(TillEntry) == [0]


def test_without_an_open_shift_no_cash_is_taken_and_nothing_leaves(world: World, clerk: Staff) -> None:
    order = collected(world)
    pack(order, world.quay, clerk)
    with pytest.raises(NoShift):
        fetch(order, world.quay, clerk)
    assert state_of(order, world.quay) == (FulfilmentState.READY, OrderState.READY)
    assert levels(world.quay) == [(3, 2), (2, 0)]
    assert payments.of_order(order.id).due == Money(500_000)


def test_five_wrong_codes_lock_it_until_a_manager_unlocks(world: World, clerk: Staff) -> None:
    order = collected(world)
    open_till(world.quay, clerk)
    pack(order, world.quay, clerk)
    wrong = f"{(int(order.collect_code or 0) + 1) % 10**6:06d}"
    tries = [fetch(order, world.quay, clerk, code=code) for code in (wrong, "", "٣٣٣٣٣٣", "1e3", wrong)]
    assert tries == [Answer.WRONG_CODE] * 4 + [Answer.LOCKED]
    assert fetch(order, world.quay, clerk) is Answer.LOCKED
    assert share_of(order, world.quay).wrong_codes == MOST_WRONG_CODES
    assert state_of(order, world.quay) == (FulfilmentState.READY, OrderState.READY)

    with pytest.raises(Forbidden), transaction():
        fulfilment.unlock(share_of(order, world.quay), by=clerk, at=NOW)
    manager = hire(world.quay, Role.MANAGER)
    with transaction():
        fulfilment.unlock(share_of(order, world.quay), by=manager, at=NOW)
    assert fetch(order, world.quay, clerk) is Answer.HANDED_OVER


def test_what_was_kept_too_long_is_not_handed_over_though_nobody_has_tidied_up(world: World, clerk: Staff) -> None:
    order = collected(world)
    pack(order, world.quay, clerk)
    until = orders.get_order(order.reference).hold_until
    assert until == datetime(2026, 11, 26, 14, 0, tzinfo=UTC)
    with pytest.raises(Overdue):
        fetch(order, world.quay, clerk, at=until)
    with transaction():
        assert orders.expire_overdue(at=until) == [order.reference]
    with pytest.raises(Overdue):
        fetch(order, world.quay, clerk, at=until)
    assert levels(world.quay) == [(3, 0), (2, 0)]

    assert fulfilment.counts(world.quay.id, at=until) == Counts(0, 0, 1, 0, 0, 0)
    with transaction():
        fulfilment.put_away(share_of(order, world.quay), by=clerk, at=until)
    assert state_of(order, world.quay) == (FulfilmentState.RETURNED, OrderState.EXPIRED)
    assert fulfilment.counts(world.quay.id, at=until) == Counts(0, 0, 0, 0, 0, 1)


def test_goods_that_somebody_may_fetch_are_not_put_away(world: World, clerk: Staff) -> None:
    order = collected(world)
    pack(order, world.quay, clerk)
    with pytest.raises(Conflict), transaction():
        fulfilment.put_away(share_of(order, world.quay), by=clerk, at=NOW)
    assert state_of(order, world.quay) == (FulfilmentState.READY, OrderState.READY)


def test_paid_goods_nobody_fetches_go_back_after_fourteen_opening_days_and_so_does_the_money(
    world: World, clerk: Staff
) -> None:
    order = collected(world, payment=PaymentMethod.BANK_TRANSFER)
    paid(order, 500_000)
    assert orders.get_order(order.reference).hold_until is None
    pack(order, world.quay, clerk)
    # fourteen days from Monday the 23rd, without the holiday on the 24th
    until = datetime(2026, 12, 7, 14, 0, tzinfo=UTC)
    assert orders.get_order(order.reference).hold_until == until
    assert list(db.session.scalars(select(StockHold.until))) == [until]
    with transaction():
        assert orders.expire_overdue(at=until - timedelta(seconds=1)) == []
        assert orders.expire_overdue(at=until) == [order.reference]
    assert levels(world.quay) == [(3, 0), (2, 0)]
    assert [(o.reference, p.paid) for o, p in db.session.execute(orders.refunds_due())] == [
        (order.reference, Money(500_000))
    ]


def test_a_reminder_is_asked_for_once_a_day_before_the_end(world: World, clerk: Staff) -> None:
    order = collected(world)
    end = orders.get_order(order.reference).hold_until
    assert end is not None
    day_before = end - timedelta(days=1)
    with transaction():
        assert fulfilment.remind(at=day_before) == []  # it is not ready yet
    pack(order, world.quay, clerk)
    with transaction():
        assert fulfilment.remind(at=day_before - timedelta(seconds=1)) == []
        assert fulfilment.remind(at=day_before) == [order.reference]
        assert fulfilment.remind(at=day_before + timedelta(hours=1)) == [order.reference]
        assert fulfilment.remind(at=end) == []
    kinds = list(db.session.scalars(select(Job.kind).order_by(Job.id)))
    assert kinds == ["mail.order_placed", "mail.order_ready", "mail.order_reminder"]


def test_a_parcel_leaves_the_shelf_with_its_carrier_and_is_paid_at_the_door(world: World, packer: Staff) -> None:
    order = sent(world)
    pack(order, world.centre, packer)
    assert levels(world.centre) == [(5, 2), (20, 0)]
    assert orders.get_order(order.reference).hold_until is None
    send(order, world.centre, packer)
    share = share_of(order, world.centre)
    assert (share.courier, share.tracking, share.order.state) == (Courier.VIETTEL_POST, "VT123456", OrderState.SHIPPED)
    assert levels(world.centre) == [(3, 0), (20, 0)]
    assert payments.of_order(order.id).due == Money(522_000)
    with transaction():
        fulfilment.deliver(share_of(order, world.centre), by=packer, at=NOW)
    assert state_of(order, world.centre) == (FulfilmentState.DELIVERED, OrderState.DELIVERED)
    payment = payments.of_order(order.id)
    assert (payment.state, payment.paid, payment.due) == (PaymentState.PAID, Money(522_000), Money(0))
    assert rows(TillEntry) == [0]


@pytest.mark.parametrize("tracking", ["", "12345", "VT 12.345", "x" * 41, "МТ123456"])
def test_a_tracking_number_is_letters_and_digits(world: World, packer: Staff, tracking: str) -> None:
    order = sent(world)
    pack(order, world.centre, packer)
    with pytest.raises(Invalid) as refused:
        send(order, world.centre, packer, tracking=tracking)
    assert refused.value.field == "tracking"
    assert state_of(order, world.centre) == (FulfilmentState.READY, OrderState.READY)
    assert levels(world.centre) == [(5, 2), (20, 0)]


def test_the_outlets_own_car_has_no_number(world: World, packer: Staff) -> None:
    order = sent(world)
    pack(order, world.centre, packer)
    send(order, world.centre, packer, courier=Courier.OWN, tracking=" ")
    assert state_of(order, world.centre) == (FulfilmentState.SHIPPED, OrderState.SHIPPED)


def test_a_collected_order_is_not_sent_and_a_sent_one_not_fetched(world: World, clerk: Staff, packer: Staff) -> None:
    here, away = collected(world), sent(world)
    pack(here, world.quay, clerk)
    pack(away, world.centre, packer)
    with pytest.raises(Conflict):
        send(here, world.quay, clerk)
    with pytest.raises(Conflict):
        fetch(away, world.centre, packer, code="000000")
    assert [share_of(here, world.quay).state, share_of(away, world.centre).state] == [FulfilmentState.READY] * 2


@pytest.mark.parametrize(
    ("back", "shelf", "kinds"),
    [
        (Back(2, 0, 0), (5, 0), {"returned": 2}),
        (Back(1, 1, 0), (4, 0), {"returned": 2, "damaged": -1}),
        (Back(0, 1, 1), (3, 0), {"returned": 1, "damaged": -1}),
        (Back(0, 0, 2), (3, 0), {}),
    ],
)
def test_of_every_unit_that_comes_back_somebody_decides(
    world: World, packer: Staff, back: Back, shelf: tuple[int, int], kinds: dict[str, int]
) -> None:
    order = sent(world)
    pack(order, world.centre, packer)
    send(order, world.centre, packer)
    take_back(order, world.centre, packer, back)

    assert state_of(order, world.centre) == (FulfilmentState.RETURNED, OrderState.RETURNED)
    assert levels(world.centre)[0] == shelf
    moved = select(StockMovement).where(StockMovement.cause == f"return:{order.reference}")
    assert {m.kind.value: m.on_hand for m in db.session.scalars(moved)} == kinds
    payment = payments.of_order(order.id)
    assert (payment.state, payment.due) == (PaymentState.CANCELLED, Money(0))
    assert db.session.execute(orders.refunds_due()).all() == []
    with pytest.raises(Conflict):
        take_back(order, world.centre, packer, back)


@pytest.mark.parametrize("back", [Back(1, 0, 0), Back(2, 1, 0), Back(3, -1, 0)])
def test_a_decision_that_does_not_add_up_changes_nothing(world: World, packer: Staff, back: Back) -> None:
    order = sent(world)
    pack(order, world.centre, packer)
    send(order, world.centre, packer)
    with pytest.raises(Invalid) as refused:
        take_back(order, world.centre, packer, back)
    assert (refused.value.field, refused.value.facts["wanted"]) == ("back", 2)
    assert state_of(order, world.centre) == (FulfilmentState.SHIPPED, OrderState.SHIPPED)
    assert levels(world.centre) == [(3, 0), (20, 0)]


def two_parcels(world: World, *, payment: PaymentMethod) -> tuple[Order, Outlet]:
    """Goods of 100.000 ₫ at the centre and of 40.000 ₫ at another outlet, to Hội An."""
    with transaction():
        other = make_outlet("T02", ships=True)
        here = make_product("Hàng một", price=100_000, free={"T01": 1})
        there = make_product("Hàng hai", price=40_000, free={"T02": 1})
        return order_for((here, 1), (there, 1), payment=payment), other


def test_each_outlet_hands_over_its_own_share(world: World, packer: Staff) -> None:
    order, other = two_parcels(world, payment=COD)
    helper = hire(other)
    shares = [share_of(order, world.centre), share_of(order, other)]
    assert sum((fulfilment.worth(share) for share in shares), Money(0)) == Money(order.total)
    pack(order, world.centre, packer)
    send(order, world.centre, packer)
    assert state_of(order, other) == (FulfilmentState.TO_PICK, OrderState.CONFIRMED)
    assert levels(world.centre)[-1] == (0, 0)
    assert levels(other) == [(1, 1)]
    with pytest.raises(NotFound), transaction():
        fulfilment.make_ready(share_of(order, other), by=packer, at=NOW, rules=RULES)
    pack(order, other, helper)
    assert state_of(order, other) == (FulfilmentState.READY, OrderState.READY)
    send(order, other, helper)
    assert levels(other) == [(0, 0)]

    at_centre = fulfilment.worth(share_of(order, world.centre))
    with transaction():
        fulfilment.deliver(share_of(order, world.centre), by=packer, at=NOW)
    assert payments.of_order(order.id).paid == at_centre
    take_back(order, other, helper, Back(1, 0, 0))
    assert state_of(order, other) == (FulfilmentState.RETURNED, OrderState.DELIVERED)
    payment = payments.of_order(order.id)
    assert (payment.state, payment.paid, payment.due) == (PaymentState.CANCELLED, at_centre, Money(0))
    assert db.session.execute(orders.refunds_due()).all() == []


def test_what_was_paid_for_goods_that_came_back_is_to_be_given_back(world: World, packer: Staff) -> None:
    order, other = two_parcels(world, payment=PaymentMethod.BANK_TRANSFER)
    helper = hire(other)
    paid(order, order.total)
    for outlet, by in ((world.centre, packer), (other, helper)):
        pack(order, outlet, by)
        send(order, outlet, by)
    worth = fulfilment.worth(share_of(order, other))
    take_back(order, other, helper, Back(0, 0, 1))
    with transaction():
        fulfilment.deliver(share_of(order, world.centre), by=packer, at=NOW)
    (row,) = db.session.execute(orders.refunds_due())
    assert (row[0].reference, row[1].returned_amount, row[1].state) == (order.reference, worth.minor, PaymentState.PAID)


def test_an_order_that_cannot_be_filled_is_called_off_by_a_manager(world: World, clerk: Staff) -> None:
    order = collected(world)
    manager = hire(world.quay, Role.MANAGER)
    with pytest.raises(Forbidden), transaction():
        fulfilment.give_up(share_of(order, world.quay), reason="Vỡ", by=clerk, at=NOW)
    with pytest.raises(Invalid), transaction():
        fulfilment.give_up(share_of(order, world.quay), reason="  ", by=manager, at=NOW)
    assert levels(world.quay) == [(3, 2), (2, 0)]
    with transaction():
        fulfilment.give_up(share_of(order, world.quay), reason="Vỡ cả hai hũ", by=manager, at=NOW)
    assert state_of(order, world.quay) == (FulfilmentState.TO_PICK, OrderState.CANCELLED)
    assert share_of(order, world.quay).note == "Vỡ cả hai hũ"
    assert levels(world.quay) == [(3, 0), (2, 0)]


def test_the_counts_say_what_waits_where(world: World, clerk: Staff, packer: Staff, count_queries: Any) -> None:
    collected(world, contact=buyer(1))
    with transaction():
        ready = order_for((world.lantern, 1), destination=Collect(world.quay.id), payment=CASH, contact=buyer(2))
    pack(ready, world.quay, clerk)
    away, gone = sent(world, contact=buyer(3)), sent(world, contact=buyer(4))
    pack(away, world.centre, packer)
    pack(gone, world.centre, packer)
    send(gone, world.centre, packer)
    with count_queries() as asked:
        assert fulfilment.counts(world.quay.id, at=NOW) == Counts(1, 1, 0, 0, 0, 0)
    assert len(asked) == 1
    assert fulfilment.counts(world.centre.id, at=NOW) == Counts(0, 0, 0, 1, 1, 0)
    assert fulfilment.counts(world.hill.id, at=NOW) == Counts(0, 0, 0, 0, 0, 0)
    late = NOW + timedelta(days=4)
    assert fulfilment.counts(world.quay.id, at=late) == Counts(0, 0, 1, 0, 0, 0)
    for outlet, tab, expected in (
        (world.quay, Tab.TO_PICK, 1), (world.quay, Tab.READY, 1), (world.centre, Tab.SHIPPED, 1),
        (world.centre, Tab.DONE, 0), (world.hill, Tab.TO_PICK, 0),
    ):  # fmt: skip
        assert len(list(db.session.scalars(fulfilment.queue(outlet.id, tab, at=NOW)))) == expected


@pytest.mark.parametrize("outsider", ["foreign", "supplier"])
def test_only_who_works_there_may_pack(world: World, outsider: str) -> None:
    order = collected(world)
    by = hire(world.hill) if outsider == "foreign" else hire(world.centre, Role.MANAGER)
    refusal = NotFound if outsider == "foreign" else Forbidden
    with pytest.raises(refusal):
        pack(order, world.quay, by)
    assert state_of(order, world.quay) == (FulfilmentState.TO_PICK, OrderState.CONFIRMED)


def racing(verb: Callable[[], object], word: str) -> Callable[[], str]:
    def act() -> str:
        verb()
        return word

    return act


def test_two_clerks_hand_one_order_over_once(app: Flask, world: World, clerk: Staff) -> None:
    order = collected(world)
    pack(order, world.quay, clerk)
    open_till(world.quay, clerk)
    outlet_id, reference, code = world.quay.id, order.reference, order.collect_code or ""

    def give() -> str:
        share = fulfilment.get_fulfilment(outlet_id, reference)
        return fulfilment.hand_over(share, code=code, by=clerk, at=NOW)

    answers = Counter(at_once(app, *[give] * 8))
    assert answers == {Answer.HANDED_OVER: 1, Conflict.__name__: 7}
    assert levels(world.quay) == [(1, 0), (2, 0)]
    assert rows(TillEntry) == [1]


def test_wrong_codes_at_once_are_all_counted(app: Flask, world: World, clerk: Staff) -> None:
    order = collected(world)
    pack(order, world.quay, clerk)
    outlet_id, reference = world.quay.id, order.reference

    def guess() -> str:
        return fulfilment.hand_over(fulfilment.get_fulfilment(outlet_id, reference), code="", by=clerk, at=NOW)

    assert Counter(at_once(app, *[guess] * 8)) == {Answer.WRONG_CODE: 4, Answer.LOCKED: 4}
    assert share_of(order, world.quay).wrong_codes == MOST_WRONG_CODES


def test_packing_racing_a_cancellation_ends_in_one_of_two_ways(app: Flask, world: World, packer: Staff) -> None:
    placed = [sent(world, contact=buyer(n)) for n in range(2)]
    outlet_id = world.centre.id

    def cancel(reference: str) -> Callable[[], str]:
        return racing(lambda: orders.cancel(orders.get_order(reference), actor="buyer", at=NOW), "cancelled")

    def ready(reference: str) -> Callable[[], str]:
        return racing(
            lambda: fulfilment.make_ready(
                fulfilment.get_fulfilment(outlet_id, reference), by=packer, at=NOW, rules=RULES
            ),
            "ready",
        )

    acts = [verb(order.reference) for order in placed for verb in (cancel, ready, cancel, ready)]
    answers = at_once(app, *acts)
    assert len([a for a in answers if a == Conflict.__name__]) == 6
    held = 0
    for order in placed:
        share, whole = state_of(order, world.centre)
        assert (share, whole) in {
            (FulfilmentState.TO_PICK, OrderState.CANCELLED), (FulfilmentState.READY, OrderState.READY)
        }  # fmt: skip
        held += 2 * (whole is OrderState.READY)
    assert levels(world.centre)[0] == (5, held)


def test_a_recall_sees_the_goods_gone_or_keeps_them(app: Flask, world: World, packer: Staff) -> None:
    order = sent(world)
    pack(order, world.centre, packer)
    lot_id = share_of(order, world.centre).picks[0].lot_id
    outlet_id, reference = world.centre.id, order.reference

    def stop() -> str:
        stock.lock(lot_ids=[lot_id])
        db.session.execute(update(Lot).where(Lot.id == lot_id).values(state=LotState.RECALLED))
        left = select(StockMovement.id).where(StockMovement.kind == MovementKind.SOLD_ONLINE)
        return "gone" if db.session.scalar(left) else "kept"

    def leave() -> str:
        share = fulfilment.get_fulfilment(outlet_id, reference)
        fulfilment.ship(share, courier=Courier.OWN, tracking="", by=packer, at=NOW)
        return "left"

    assert set(at_once(app, stop, leave)) in ({"gone", "left"}, {"kept", Unfit.__name__})


def test_a_hand_over_racing_the_end_of_the_hold_ends_in_one_of_two_ways(app: Flask, world: World, clerk: Staff) -> None:
    order = collected(world)
    pack(order, world.quay, clerk)
    open_till(world.quay, clerk)
    until = orders.get_order(order.reference).hold_until
    assert until is not None
    outlet_id, reference, code = world.quay.id, order.reference, order.collect_code or ""

    def give() -> str:
        share = fulfilment.get_fulfilment(outlet_id, reference)
        return fulfilment.hand_over(share, code=code, by=clerk, at=until - timedelta(seconds=1))

    def sweep() -> str:
        return ",".join(orders.expire_overdue(at=until))

    answers = at_once(app, *[give, sweep] * 4)
    assert not [answer for answer in answers if answer.startswith("failed")]
    gone = Answer.HANDED_OVER in answers
    state = (FulfilmentState.HANDED_OVER, OrderState.HANDED_OVER)
    assert state_of(order, world.quay) == (state if gone else (FulfilmentState.READY, OrderState.EXPIRED))
    assert levels(world.quay)[0] == ((1, 0) if gone else (3, 0))
    assert rows(TillEntry) == [1 if gone else 0]
    assert answers.count(reference) == (0 if gone else 1)
