"""Selling over the counter: cash, transfer, undoing, and the sheet at the end of the day."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from catalog import history, stock
from catalog.db import Base, db, transaction
from catalog.errors import Conflict, Forbidden, Invalid, NotFound
from catalog.jobs import Job
from catalog.lots import Lot, LotState
from catalog.memberships import Role, Staff
from catalog.money import Money
from catalog.outlets import Outlet
from catalog.products import Product, Variant
from catalog.stock import HoldState, MovementKind, StockHold, StockMovement
from checkout import orders, sales, tickets, tills
from checkout.delivery import Collect
from checkout.gateways import bank_transfer
from checkout.orders import OrderState
from checkout.pricing import PriceChanged
from checkout.rules import Rules
from checkout.sales import GoodsStopped, Sale, SaleLine, SalePick, SaleState, ShiftOver
from checkout.tickets import TicketLine, Trouble, Unsellable, Why
from checkout.tills import EntryKind, NoShift, Tender, TillEntry
from tests.checkout.factories import RULES, levels, make_cart, make_request, order_for, place, rows
from tests.checkout.selling import hire, open_till, put, sell, shown, wait_for_money
from tests.world import MONDAY, MONDAY_NINE, World, certificate_of, make_lot, make_product, variant_of
from tests.world import put as stand

NOW = MONDAY_NINE
LATER = NOW + timedelta(minutes=15)
TABLES: tuple[type[Base], ...] = (Sale, SaleLine, SalePick, TicketLine, TillEntry, StockMovement, StockHold, Job)


@pytest.fixture
def clerk(world: World) -> Staff:
    """With an open till at the quay."""
    with transaction():
        return open_till(world.quay)


def refuse(act: Callable[[], object], error: type[Exception], *outlets: Outlet) -> Exception:
    """What the act raises; nothing has changed by it."""
    before = rows(*TABLES, history.Event), [levels(outlet) for outlet in outlets]
    with pytest.raises(error) as refusal, transaction():
        act()
    assert (rows(*TABLES, history.Event), [levels(outlet) for outlet in outlets]) == before
    return refusal.value


def movements(cause: str) -> list[tuple[MovementKind, int, int, str]]:
    """(kind, on hand, held, reason) of one document, oldest first."""
    query = select(StockMovement.kind, StockMovement.on_hand, StockMovement.held, StockMovement.reason)
    return [tuple(row) for row in db.session.execute(query.where(StockMovement.cause == cause).order_by("id"))]


def entries(cause: str) -> list[tuple[EntryKind, Tender, int]]:
    """What a document put into the till, oldest first."""
    query = select(TillEntry.kind, TillEntry.method, TillEntry.amount).where(TillEntry.cause == cause)
    return [tuple(row) for row in db.session.execute(query.order_by(TillEntry.id))]


def test_a_cash_sale_takes_the_units_and_the_money_at_once(world: World, clerk: Staff) -> None:
    with transaction():
        sale = sell(world.quay, clerk, (world.honey, 2), (world.lantern, 1))
    assert sale.reference.startswith("BL-")
    assert (sale.state, sale.method, sale.total, sale.code) == (SaleState.PAID, Tender.CASH, 920_000, None)
    assert (sale.clerk_name, sale.paid_at, sale.given, sale.change) == ("Người thử", NOW, None, None)
    assert levels(world.quay) == [(1, 0), (1, 0)]
    assert movements(f"sale:{sale.reference}") == [
        (MovementKind.SOLD_AT_COUNTER, -2, 0, ""),
        (MovementKind.SOLD_AT_COUNTER, -1, 0, ""),
    ]
    assert entries(f"sale:{sale.reference}") == [(EntryKind.SALE, Tender.CASH, 920_000)]
    assert rows(TicketLine) == [0]
    (event,) = db.session.scalars(history.of(f"sale:{sale.reference}"))
    assert (event.verb, event.actor, event.facts) == ("sale.paid", clerk.actor, {"total": 920_000, "method": "cash"})


def test_a_line_copies_what_it_was_on_that_day(world: World, clerk: Staff) -> None:
    with transaction():
        sale = sell(world.quay, clerk, (world.honey, 2))
        number = certificate_of(world.honey).number
    (line,) = sale.lines
    variant = variant_of(world.honey)
    assert (line.variant_id, line.product_id, line.sku) == (variant.id, world.honey.id, variant.sku)
    assert (line.name_vi, line.unit_vi, line.quantity) == ("Mật ong rừng", "chai", 2)
    assert (line.price, line.amount, line.vat_percent, line.vat) == (250_000, 500_000, Decimal(8), 37_037)
    assert (line.certificate_number, line.stars) == (number, 4)
    assert sale.vat == ((Decimal("8.0"), Money(37_037)),)
    with transaction():
        db.session.execute(update(Product).values(name_vi="Tên khác"))
        db.session.execute(update(Variant).values(price=1))
    (line,) = sales.get_sale(world.quay.id, sale.reference).lines
    assert (line.name_vi, line.price) == ("Mật ong rừng", 250_000)


def test_what_expires_first_is_sold_first_and_noted_by_lot(world: World, clerk: Staff) -> None:
    with transaction():
        cake = make_product("Bánh tổ")
        lots = [
            make_lot(variant_of(cake), best_before=MONDAY + timedelta(days=days), code=f"B{days}") for days in (9, 2, 5)
        ]
        for lot in lots:
            stand(lot, "D01", 2)
        sale = sell(world.quay, clerk, (cake, 3))
    picked = select(Lot.code, SalePick.quantity).join(Lot, Lot.id == SalePick.lot_id).order_by(Lot.best_before)
    assert list(map(tuple, db.session.execute(picked))) == [("B2", 2), ("B5", 1)]
    assert sale.total == 750_000
    assert levels(world.quay)[2:] == [(2, 0), (0, 0), (1, 0)]


def test_change_is_what_was_given_less_the_total(world: World, clerk: Staff) -> None:
    with transaction():
        put(world.quay, clerk, (world.honey, 1))
        reference = sales.pay_cash(
            world.quay.id, shown_total=Money(250_000), given=Money(500_000), by=clerk, at=NOW, rules=RULES
        )
    sale = sales.get_sale(world.quay.id, reference)
    assert (sale.given, sale.change, sale.money) == (500_000, Money(250_000), Money(250_000))


@pytest.mark.parametrize(
    ("given", "reason"), [(249_999, "too_little"), (0, "too_little"), (-1, "too_little"), (10**11, "too_much")]
)
def test_impossible_cash_is_refused(world: World, clerk: Staff, given: int, reason: str) -> None:
    with transaction():
        put(world.quay, clerk, (world.honey, 1))

    def act() -> None:
        sales.pay_cash(world.quay.id, shown_total=Money(250_000), given=Money(given), by=clerk, at=NOW, rules=RULES)

    error = refuse(act, Invalid, world.quay)
    assert isinstance(error, Invalid)
    assert (error.field, error.reason) == ("given", reason)


def test_an_empty_ticket_is_not_sold(world: World, clerk: Staff) -> None:
    def act() -> None:
        sales.pay_cash(world.quay.id, shown_total=Money(0), by=clerk, at=NOW, rules=RULES)

    error = refuse(act, Invalid)
    assert isinstance(error, Invalid)
    assert (error.field, error.reason) == ("ticket", "empty")


def test_nothing_is_sold_without_an_open_shift(world: World) -> None:
    with transaction():
        clerk = hire(world.quay)
        put(world.quay, clerk, (world.honey, 1))
    for pay in (sales.pay_cash, sales.await_transfer):
        refuse(
            lambda pay=pay: pay(world.quay.id, shown_total=Money(250_000), by=clerk, at=NOW, rules=RULES),
            NoShift,
            world.quay,
        )


def test_a_changed_price_is_told_before_anything_is_sold(world: World, clerk: Staff) -> None:
    with transaction():
        put(world.quay, clerk, (world.honey, 1))
        db.session.execute(update(Variant).where(Variant.product_id == world.honey.id).values(price=260_000))

    def act() -> None:
        sales.pay_cash(world.quay.id, shown_total=Money(250_000), by=clerk, at=NOW, rules=RULES)

    error = refuse(act, PriceChanged, world.quay)
    assert isinstance(error, PriceChanged)
    assert (error.was, error.now) == (Money(250_000), Money(260_000))


def test_a_unit_sold_between_scan_and_payment_is_named(world: World, clerk: Staff) -> None:
    with transaction():
        put(world.quay, clerk, (world.lantern, 2), (world.honey, 1))
        order_for((world.lantern, 1), destination=Collect(world.quay.id))

    def act() -> None:
        sales.pay_cash(world.quay.id, shown_total=Money(1_090_000), by=clerk, at=NOW, rules=RULES)

    error = refuse(act, Unsellable, world.quay)
    assert isinstance(error, Unsellable)
    assert error.troubles == (Trouble(variant_of(world.lantern).id, "Đèn lồng lụa", Why.SHORT, 2, 1),)


def test_a_lot_recalled_after_the_scan_is_not_sold(world: World, clerk: Staff) -> None:
    with transaction():
        put(world.quay, clerk, (world.lantern, 1))
        db.session.execute(update(Lot).values(state=LotState.RECALLED))

    def act() -> None:
        sales.pay_cash(world.quay.id, shown_total=Money(420_000), by=clerk, at=NOW, rules=RULES)

    error = refuse(act, Unsellable, world.quay)
    assert isinstance(error, Unsellable)
    assert [trouble.why for trouble in error.troubles] == [Why.STOPPED]


def test_units_of_an_order_whose_time_ran_out_can_be_sold(world: World, clerk: Staff) -> None:
    with transaction():
        order = order_for((world.lantern, 2), destination=Collect(world.quay.id))
    late = NOW + timedelta(hours=2)
    with transaction():
        sell(world.quay, clerk, (world.lantern, 2), at=late)
    assert orders.get_order(order.reference).state is OrderState.EXPIRED
    assert levels(world.quay) == [(3, 0), (0, 0)]


def test_goods_wait_for_a_transfer_and_leave_when_it_is_seen(world: World, clerk: Staff) -> None:
    with transaction():
        sale = wait_for_money(world.quay, clerk, (world.honey, 2), (world.lantern, 1))
    assert (sale.state, sale.method, sale.total) == (SaleState.AWAITING_MONEY, Tender.TRANSFER, 920_000)
    assert (sale.hold_until, sale.paid_at, sale.shift_id) == (LATER, None, None)
    assert sale.code is not None
    assert bank_transfer.read_code(f"chuyen tien {sale.code.lower()}") == sale.code
    assert levels(world.quay) == [(3, 2), (2, 1)]
    assert entries(f"sale:{sale.reference}") == []
    assert rows(TicketLine) == [0]

    with transaction():
        sales.confirm(sale, by=clerk, at=LATER)
    sale = sales.get_sale(world.quay.id, sale.reference)
    assert (sale.state, sale.paid_at) == (SaleState.PAID, LATER)
    assert levels(world.quay) == [(1, 0), (1, 0)]
    assert movements(f"sale:{sale.reference}") == [
        (MovementKind.HELD, 0, 2, ""),
        (MovementKind.HELD, 0, 1, ""),
        (MovementKind.SOLD_AT_COUNTER, -2, -2, ""),
        (MovementKind.SOLD_AT_COUNTER, -1, -1, ""),
    ]
    assert entries(f"sale:{sale.reference}") == [(EntryKind.SALE, Tender.TRANSFER, 920_000)]
    assert [event.verb for event in db.session.scalars(history.of(f"sale:{sale.reference}"))] == [
        "sale.awaiting_money",
        "sale.paid",
    ]
    refuse(lambda: sales.confirm(sale, by=clerk, at=LATER), Conflict, world.quay)


def test_a_shop_without_an_account_takes_no_transfers(world: World, clerk: Staff) -> None:
    with transaction():
        put(world.quay, clerk, (world.honey, 1))

    def act() -> None:
        rules = Rules(transfers=False)
        sales.await_transfer(world.quay.id, shown_total=Money(250_000), by=clerk, at=NOW, rules=rules)

    error = refuse(act, Invalid, world.quay)
    assert isinstance(error, Invalid)
    assert (error.field, error.reason) == ("method", "no_account")


def test_goods_of_a_buyer_who_does_not_pay_go_back_to_shelf_and_ticket(world: World, clerk: Staff) -> None:
    with transaction():
        sale = wait_for_money(world.quay, clerk, (world.honey, 2), (world.lantern, 1))
    with transaction():
        assert sales.abandon(sale, by=clerk, at=NOW)
    assert sales.get_sale(world.quay.id, sale.reference).state is SaleState.ABANDONED
    assert levels(world.quay) == [(3, 0), (2, 0)]
    ticket = tickets.find_ticket(world.quay.id, clerk.user_id)
    view = tickets.view(ticket, world.quay.id, at=NOW, rules=RULES)
    assert [(item.name_vi, item.quantity) for item in view.items] == [("Đèn lồng lụa", 1), ("Mật ong rừng", 2)]
    refuse(lambda: sales.confirm(sale, by=clerk, at=NOW), Conflict, world.quay)
    refuse(lambda: sales.abandon(sale, by=clerk, at=NOW), Conflict, world.quay)


def test_the_next_buyer_s_ticket_is_left_alone(world: World, clerk: Staff) -> None:
    with transaction():
        sale = wait_for_money(world.quay, clerk, (world.honey, 2))
        put(world.quay, clerk, (world.lantern, 1))
    with transaction():
        assert not sales.abandon(sale, by=clerk, at=NOW)
    assert shown(world.quay, clerk) == Money(420_000)


def test_the_wait_ends_by_the_clock(world: World, clerk: Staff) -> None:
    with transaction():
        sale = wait_for_money(world.quay, clerk, (world.lantern, 2))
    with transaction():
        assert sales.expire_overdue(at=LATER - timedelta(seconds=1)) == []
    assert levels(world.quay)[1] == (2, 2)
    with transaction():
        assert sales.expire_overdue(at=LATER) == [sale.reference]
        assert sales.expire_overdue(at=LATER) == []
    assert sales.get_sale(world.quay.id, sale.reference).state is SaleState.EXPIRED
    assert levels(world.quay)[1] == (2, 0)
    refuse(lambda: sales.confirm(sale, by=clerk, at=LATER), Conflict, world.quay)


def test_an_online_order_takes_what_waited_too_long_for_money(world: World, clerk: Staff) -> None:
    with transaction():
        cart = make_cart((world.lantern, 2))
        sale = wait_for_money(world.quay, clerk, (world.lantern, 2))
    with transaction():
        place(cart, make_request(Collect(world.quay.id)), at=LATER)
    assert sales.get_sale(world.quay.id, sale.reference).state is SaleState.EXPIRED
    assert levels(world.quay)[1] == (2, 2)


def test_one_sweep_closes_sales_and_orders(world: World, clerk: Staff) -> None:
    with transaction():
        sale = wait_for_money(world.quay, clerk, (world.lantern, 1))
        order = order_for((world.honey, 1), destination=Collect(world.quay.id))
    with transaction():
        assert sales.expire_overdue(at=NOW + timedelta(hours=1)) == [sale.reference, order.reference]
    assert levels(world.quay) == [(3, 0), (2, 0)]


@pytest.mark.parametrize("facts", [{"state": LotState.RECALLED}, {"best_before": MONDAY - timedelta(days=1)}])
def test_held_goods_of_a_stopped_lot_are_not_handed_over(world: World, clerk: Staff, facts: dict[str, object]) -> None:
    with transaction():
        sale = wait_for_money(world.quay, clerk, (world.lantern, 1), (world.honey, 1))
        variant = variant_of(world.lantern).id
        db.session.execute(update(Lot).where(Lot.variant_id == variant).values(**facts))
    error = refuse(lambda: sales.confirm(sale, by=clerk, at=NOW), GoodsStopped, world.quay)
    assert isinstance(error, GoodsStopped)
    assert error.names == ("Đèn lồng lụa",)
    assert sales.get_sale(world.quay.id, sale.reference).state is SaleState.AWAITING_MONEY


def test_undoing_gives_units_and_money_back(world: World, clerk: Staff) -> None:
    with transaction():
        jam = make_product("Mứt")
        lot = make_lot(variant_of(jam))
        stock.receive(lot, world.quay, 2, consigned=True, cause="receipt:PN-1", actor="user:1", at=NOW)
        sale = sell(world.quay, clerk, (jam, 2), (world.honey, 1))
    with transaction():
        sales.undo(sale, "  khách   đổi ý ", by=clerk, at=LATER)
    sale = sales.get_sale(world.quay.id, sale.reference)
    assert (sale.state, sale.undone_at, sale.reason) == (SaleState.UNDONE, LATER, "khách đổi ý")
    assert levels(world.quay) == [(3, 0), (2, 0), (2, 0)]
    assert sorted(movements(f"sale:{sale.reference}")) == [
        (MovementKind.RETURNED, 1, 0, "khách đổi ý"),
        (MovementKind.RETURNED, 2, 0, "khách đổi ý"),
        (MovementKind.SOLD_AT_COUNTER, -2, 0, ""),
        (MovementKind.SOLD_AT_COUNTER, -1, 0, ""),
    ]
    assert entries(f"sale:{sale.reference}") == [
        (EntryKind.SALE, Tender.CASH, 750_000),
        (EntryKind.UNDONE, Tender.CASH, -750_000),
    ]
    refuse(lambda: sales.undo(sale, "lần nữa", by=clerk, at=LATER), Conflict, world.quay)


@pytest.mark.parametrize(("reason", "code"), [("  ", "required"), ("x" * 201, "too_long")])
def test_undoing_needs_a_reason(world: World, clerk: Staff, reason: str, code: str) -> None:
    with transaction():
        sale = sell(world.quay, clerk, (world.honey, 1))
    error = refuse(lambda: sales.undo(sale, reason, by=clerk, at=NOW), Invalid, world.quay)
    assert isinstance(error, Invalid)
    assert (error.field, error.reason) == ("reason", code)


def test_nothing_is_undone_once_the_shift_is_closed(world: World, clerk: Staff) -> None:
    with transaction():
        sale = sell(world.quay, clerk, (world.honey, 1))
        shift = tills.current_shift(world.quay.id)
        assert shift is not None
        tills.close_shift(shift, Money(750_000), "", by=clerk, at=NOW)
    refuse(lambda: sales.undo(sale, "muộn", by=clerk, at=NOW), ShiftOver, world.quay)
    with transaction():
        tills.open_shift(world.quay.id, Money(0), by=clerk, at=NOW)
    refuse(lambda: sales.undo(sale, "muộn", by=clerk, at=NOW), ShiftOver, world.quay)
    assert sales.get_sale(world.quay.id, sale.reference).state is SaleState.PAID


def test_another_outlet_s_sale_does_not_exist(world: World, clerk: Staff) -> None:
    with transaction():
        sale = sell(world.quay, clerk, (world.honey, 1))
    typed = sale.reference.lower().replace("-", " ")
    assert sales.get_sale(world.quay.id, typed).id == sale.id
    for outlet_id, reference in ((world.centre.id, sale.reference), (world.quay.id, "BL-000000"), (world.quay.id, "")):
        with pytest.raises(NotFound):
            sales.get_sale(outlet_id, reference)


def test_who_only_looks_sells_and_undoes_nothing(world: World, clerk: Staff) -> None:
    with transaction():
        supplier, stranger = hire(world.centre, Role.MANAGER), hire(world.hill)
        paid = sell(world.quay, clerk, (world.honey, 1))
        waits = wait_for_money(world.quay, clerk, (world.honey, 1))
    acts: list[Callable[[Staff], object]] = [
        lambda by: sales.pay_cash(world.quay.id, shown_total=Money(0), by=by, at=NOW, rules=RULES),
        lambda by: sales.await_transfer(world.quay.id, shown_total=Money(0), by=by, at=NOW, rules=RULES),
        lambda by: sales.confirm(waits, by=by, at=NOW),
        lambda by: sales.abandon(waits, by=by, at=NOW),
        lambda by: sales.undo(paid, "vì thế", by=by, at=NOW),
        lambda by: sales.mail_receipt(paid, "a@example.org", by=by, at=NOW),
    ]
    for act in acts:
        refuse(lambda act=act: act(supplier), Forbidden, world.quay)
        refuse(lambda act=act: act(stranger), NotFound, world.quay)


def test_a_day_is_vietnam_s(world: World, clerk: Staff) -> None:
    midnight = NOW.replace(hour=17)
    with transaction():
        evening = sell(world.quay, clerk, (world.honey, 1), at=midnight - timedelta(seconds=1))
        morning = sell(world.quay, clerk, (world.honey, 1), at=midnight)
    of = {
        day: [sale.reference for sale in db.session.scalars(sales.on_day(world.quay.id, day))]
        for day in (MONDAY, MONDAY + timedelta(days=1))
    }
    assert of == {MONDAY: [evening.reference], MONDAY + timedelta(days=1): [morning.reference]}
    assert list(db.session.scalars(sales.on_day(world.centre.id, MONDAY))) == []


def test_the_closing_sheet_tells_what_stands_and_what_was_undone(world: World, clerk: Staff) -> None:
    with transaction():
        sell(world.quay, clerk, (world.honey, 1))
        undone = sell(world.quay, clerk, (world.lantern, 1))
        by_transfer = wait_for_money(world.quay, clerk, (world.honey, 1))
        waits = wait_for_money(world.quay, clerk, (world.honey, 1))
        sales.confirm(by_transfer, by=clerk, at=NOW)
        sales.undo(undone, "vỡ", by=clerk, at=NOW)
        order = {"kind": EntryKind.ORDER, "method": Tender.CASH, "cause": "order:QN-1"}
        tills.take(world.quay.id, Money(90_000), **order, actor=clerk.actor, at=NOW)  # type: ignore[arg-type]
    shift = tills.current_shift(world.quay.id)
    assert shift is not None
    sheet = sales.closing_sheet(shift)
    assert sheet.till.expected == Money(500_000 + 250_000 + 90_000)
    assert sheet.till.amount(EntryKind.SALE, Tender.TRANSFER) == Money(250_000)
    assert sheet.till.amount(EntryKind.UNDONE, Tender.CASH) == Money(-420_000)
    assert sheet.taxed == ((Decimal("8.0"), Money(500_000), Money(37_038)),)
    assert [(sale.reference, sale.reason) for sale in sheet.undone] == [(undone.reference, "vỡ")]
    assert sheet.waiting == 1
    assert [sale.id for sale in db.session.scalars(sales.waiting(world.quay.id))] == [waits.id]
    with transaction():
        closed = tills.close_shift(shift, Money(840_000), "", by=clerk, at=NOW)
    assert sales.closing_sheet(closed).till.difference == Money(0)


def test_a_receipt_is_mailed_once_per_address(world: World, clerk: Staff) -> None:
    with transaction():
        sale = sell(world.quay, clerk, (world.honey, 1))
        waits = wait_for_money(world.quay, clerk, (world.honey, 1))
        for _ in range(2):
            sales.mail_receipt(sale, "khach@example.org", by=clerk, at=NOW)
    job = db.session.scalars(select(Job).where(Job.kind == "mail.receipt")).one()
    assert job.payload == {"outlet": world.quay.id, "sale": sale.reference, "to": "khach@example.org"}
    refuse(lambda: sales.mail_receipt(waits, "khach@example.org", by=clerk, at=NOW), Conflict)


def test_a_reference_somebody_has_is_drawn_again(world: World, clerk: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["AAAAAA", "AAAAAA", "BBBBBB"])
    monkeypatch.setattr(sales.codes, "random_code", lambda length: next(drawn))
    with transaction():
        first, second = (sell(world.quay, clerk, (world.honey, 1)) for _ in range(2))
    assert (first.reference, second.reference) == ("BL-AAAAAA", "BL-BBBBBB")


def test_a_sale_takes_a_fixed_number_of_queries(world: World, clerk: Staff, count_queries: object) -> None:
    counts = []
    for lines in (1, 6):
        with transaction():
            goods = [make_product(f"Hàng {n}", free={"D01": 2}) for n in range(lines)]
            put(world.quay, clerk, *((product, 1) for product in goods))
        with transaction():
            total = shown(world.quay, clerk)
            with count_queries() as sent:  # type: ignore[operator]
                sales.pay_cash(world.quay.id, shown_total=total, by=clerk, at=NOW, rules=RULES)
        counts.append(len(sent))
    assert counts == [6, 6]
    assert stock.drift() == []
    assert set(db.session.scalars(select(StockHold.state))) <= {HoldState.TAKEN}
