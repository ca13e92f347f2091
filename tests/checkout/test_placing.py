from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import pytest
from sqlalchemy import select, update

from catalog import history, people, stock
from catalog.db import db, transaction
from catalog.errors import DomainError, Invalid
from catalog.jobs import Job
from catalog.money import Money
from catalog.products import Product, ProductState, Variant, VatClass
from catalog.stock import StockHold, StockLevel
from checkout import carts, orders, payments
from checkout.allocation import Short, Shortage
from checkout.carts import CartLine, NotOrderable
from checkout.contact import Contact, Invoice
from checkout.delivery import Address, Collect, Deliver, Method
from checkout.orders import Fulfilment, FulfilmentPick, Order, OrderLine, OrderState
from checkout.payments import Payment, PaymentState
from checkout.pricing import PriceChanged
from checkout.rules import PaymentMethod, Problem, Rules
from tests.checkout.factories import levels, make_cart, make_request, order_for, place, rows, total_of
from tests.world import (
    HOI_AN,
    MONDAY_NINE,
    World,
    certificate_of,
    make_lot,
    make_product,
    make_variant,
    put,
    variant_of,
)

NOW = MONDAY_NINE
Refused = TypeVar("Refused", bound=DomainError)
WRITTEN = (Order, OrderLine, Fulfilment, FulfilmentPick, Payment, StockHold, Job, history.Event)


def test_an_order_copies_what_it_was_made_of(world: World) -> None:
    with transaction():
        placed = order_for((world.honey, 2), (world.tea, 1), note="Gọi trước khi giao")
    order = orders.get_order(placed.reference)

    assert (order.state, order.method, order.placed_at) == (OrderState.AWAITING_PAYMENT, Method.DELIVER, NOW)
    assert (order.name, order.phone, order.email) == ("Nguyễn Thị Thử", "0912345678", "thu@example.org")
    assert order.address == "12 đường Thử Nghiệm, Phường Hội An, Đà Nẵng"
    assert order.note == "Gọi trước khi giao"
    assert (order.goods, order.delivery, order.total) == (590_000, 25_000, 615_000)
    assert (order.promise_from_on, order.promise_to_on) == (date(2026, 11, 25), date(2026, 11, 26))
    assert order.vat == ((Decimal(8), Money(45_556)),)
    number = certificate_of(world.honey).number
    assert [
        (line.position, line.name_vi, line.quantity, line.price, line.amount, line.vat_percent, line.vat, line.stars)
        for line in order.lines
    ] == [
        (1, "Mật ong rừng", 2, 250_000, 500_000, Decimal(8), 37_037, 4),
        (2, "Chè dây", 1, 90_000, 90_000, Decimal(8), 6_667, 3),
    ]
    assert order.lines[0].certificate_number == number
    assert [(share.outlet.code, share.chargeable_g) for share in order.fulfilments] == [("T01", 2_500)]


def test_an_order_promises_its_units_for_an_hour(world: World) -> None:
    with transaction():
        order = order_for((world.honey, 2))

    assert order.hold_until == NOW + timedelta(hours=1)
    assert levels(world.centre) == [(5, 2), (20, 0)]
    hold = db.session.scalars(select(StockHold)).one()
    assert (hold.order_ref, hold.quantity, hold.until) == (order.reference, 2, order.hold_until)


def test_placing_empties_the_cart_opens_a_payment_and_asks_for_a_letter(world: World) -> None:
    with transaction():
        cart = make_cart((world.honey, 1))
        order = place(cart)

    assert carts.count(cart.token) == 0
    payment = payments.of_order(order.id)
    assert (payment.state, payment.amount, payment.due, payment.paid) == (
        PaymentState.PENDING,
        272_000,
        Money(272_000),
        Money(0),
    )
    assert [(job.kind, job.payload) for job in db.session.scalars(select(Job))] == [
        ("mail.order_placed", {"order": order.reference})
    ]
    events = list(db.session.scalars(history.of(orders.subject_of(order))))
    assert [(event.verb, event.actor, event.facts) for event in events] == [
        ("order.placed", "buyer", {"total": 272_000})
    ]


def test_references_and_secrets_are_of_their_kind(world: World) -> None:
    with transaction():
        order = order_for((world.honey, 1))
        collected = order_for((world.honey, 1), destination=Collect(world.quay.id))

    assert order.reference[:3] == "QN-"
    assert len(order.reference) == 9
    assert len(order.token) == 43
    assert order.collect_code is None
    assert collected.collect_code is not None
    assert collected.collect_code.isdigit()
    assert len(collected.collect_code) == 6


def test_a_collection_copies_the_outlet(world: World) -> None:
    with transaction():
        order = order_for((world.honey, 1), destination=Collect(world.quay.id))

    assert (order.method, order.outlet_id, order.outlet_name) == (Method.COLLECT, world.quay.id, world.quay.name_vi)
    assert order.address == world.quay.address_vi
    assert order.ready_at == datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    assert (order.delivery, order.commune_code, order.promise_to_on) == (0, None, None)
    assert levels(world.quay) == [(3, 1), (2, 0)]


def test_cash_on_delivery_is_confirmed_at_once_and_never_runs_out(world: World) -> None:
    with transaction():
        order = order_for((world.honey, 1), payment=PaymentMethod.CASH_ON_DELIVERY)
    assert (order.state, order.hold_until) == (OrderState.CONFIRMED, None)
    assert stock.overdue_orders(at=NOW + timedelta(days=365)) == []


def test_cash_at_the_counter_waits_three_opening_days(world: World) -> None:
    with transaction():
        order = order_for(
            (world.lantern, 1), destination=Collect(world.quay.id), payment=PaymentMethod.CASH_ON_COLLECTION
        )
    assert order.state is OrderState.CONFIRMED
    # Monday, Wednesday, Thursday: the 24th is Vietnam Culture Day
    assert order.hold_until == datetime(2026, 11, 26, 14, 0, tzinfo=UTC)


def test_the_customers_orders_are_the_newest_first(world: World) -> None:
    with transaction():
        user = people.register("thu@example.org", "mat khau dai", name="Thử", phone=None, at=NOW)
        first = place(make_cart((world.honey, 1), customer_id=user.id))
        second = place(make_cart((world.tea, 1), customer_id=user.id))
        order_for((world.tea, 1))
    assert list(db.session.scalars(orders.of_customer(user.id))) == [second, first]


def test_a_company_gets_its_invoice_data_in_canonical_form(world: World) -> None:
    invoice = Invoice("Công ty Thử", "0100 233 488", "Phường Tam Kỳ", "ketoan@example.org")
    with transaction():
        order = order_for((world.honey, 1), invoice=invoice)
    assert (order.invoice_company, order.invoice_tax_code) == ("Công ty Thử", "0100233488")
    assert (order.invoice_address, order.invoice_email) == ("Phường Tam Kỳ", "ketoan@example.org")


def test_pressing_twice_makes_one_order(world: World) -> None:
    with transaction():
        cart = make_cart((world.honey, 1))
        first = place(cart, submit_token="press")
    before = rows(*WRITTEN)
    with transaction():
        again = place(cart, submit_token="press", shown_total=Money(1))
    assert again.reference == first.reference
    assert rows(*WRITTEN) == before
    assert levels(world.centre) == [(5, 1), (20, 0)]


def test_the_same_press_from_another_cart_gets_the_same_order(world: World) -> None:
    with transaction():
        first = place(make_cart((world.honey, 1)), submit_token="press")
        again = place(make_cart((world.tea, 1)), submit_token="press")
    assert again is first
    assert rows(Order, OrderLine) == [1, 1]


def test_the_shelf_that_expires_first_is_taken_first(world: World) -> None:
    with transaction():
        variant = variant_of(world.tea)
        old = make_lot(variant, best_before=date(2026, 12, 31))
        put(old, "T01", 2)
        order = order_for((world.tea, 3))
    query = (
        select(FulfilmentPick.lot_id, FulfilmentPick.quantity)
        .join(Fulfilment, Fulfilment.id == FulfilmentPick.fulfilment_id)
        .where(Fulfilment.order_id == order.id)
        .order_by(FulfilmentPick.id)
    )
    picks = [tuple(row) for row in db.session.execute(query)]
    assert picks[0] == (old.id, 2)
    assert [quantity for _, quantity in picks] == [2, 1]


def test_a_changed_price_is_refused_with_both_totals(world: World) -> None:
    with transaction():
        cart = make_cart((world.honey, 2))
        shown = total_of(cart)
        db.session.execute(update(Variant).where(Variant.product_id == world.honey.id).values(price=260_000))

    error = refuse(lambda: place(cart, shown_total=shown), PriceChanged)
    assert (error.was, error.now) == (Money(522_000), Money(542_000))
    assert carts.count(cart.token) == 2


def test_a_shortage_names_every_line(world: World) -> None:
    with transaction():
        cart = make_cart((world.honey, 5), (world.tea, 20))
        order_for((world.honey, 3), (world.tea, 19))

    error = refuse(lambda: place(cart), Shortage)
    assert error.lines == (Short(variant_of(world.honey).id, 5, 2), Short(variant_of(world.tea).id, 20, 1))
    assert carts.count(cart.token) == 25


def test_what_went_off_sale_is_refused_by_line(world: World) -> None:
    with transaction():
        cart = make_cart((world.honey, 1), (world.tea, 1))
        db.session.execute(update(Product).where(Product.id == world.tea.id).values(state=ProductState.RETIRED))
    error = refuse(lambda: place(cart), NotOrderable)
    assert error.problems == {variant_of(world.tea).id: Problem.WITHDRAWN}


@pytest.mark.parametrize(
    ("facts", "field", "reason"),
    [
        ({"contact": Contact("Thử", "12345")}, "phone", "phone"),
        ({"contact": Contact(" ", "0912345678")}, "name", "required"),
        ({"destination": Deliver(Address(HOI_AN, " "))}, "street", "required"),
        ({"destination": Deliver(Address("99999", "1 đường Thử"))}, "commune", "unknown"),
        ({"invoice": Invoice("Công ty", "0100233489", "", "")}, "tax_code", "tax_code"),
        ({"payment": PaymentMethod.CASH_ON_COLLECTION}, "payment", "wrong_method"),
    ],
)
def test_a_request_that_will_not_do_names_the_field(
    world: World, facts: dict[str, Any], field: str, reason: str
) -> None:
    with transaction():
        cart = make_cart((world.honey, 1))
        shown = total_of(cart)
    error = refuse(lambda: place(cart, make_request(**facts), shown_total=shown), Invalid)
    assert (error.field, error.reason) == (field, reason)


def test_cash_on_delivery_has_a_limit(world: World) -> None:
    with transaction():
        cart = make_cart((world.honey, 1))
    dear = Rules(cod_limit=Money(271_999))
    request = make_request(payment=PaymentMethod.CASH_ON_DELIVERY)
    error = refuse(lambda: place(cart, request, rules=dear), Invalid)
    assert (error.field, error.reason) == ("payment", "cod_limit")


def test_alcohol_is_sold_to_adults_and_not_for_cash(world: World) -> None:
    rules = Rules(alcohol=True)
    with transaction():
        spirit = make_product("Rượu thử", group="2.1a", vat_class=VatClass.EXCISE, free={"T01": 3})
        cart = make_cart((spirit, 1), rules=rules)
    request = make_request(payment=PaymentMethod.CASH_ON_DELIVERY)
    error = refuse(lambda: place(cart, replace(request, of_age=True), rules=rules), Invalid)
    assert (error.field, error.reason) == ("payment", "alcohol")

    request = replace(request, payment=PaymentMethod.BANK_TRANSFER)
    error = refuse(lambda: place(cart, request, rules=rules), Invalid)
    assert (error.field, error.reason) == ("of_age", "required")

    with transaction():
        order = place(cart, replace(request, of_age=True), rules=rules)
    assert (order.state, order.of_age) == (OrderState.AWAITING_PAYMENT, True)


def test_an_empty_cart_is_not_an_order(world: World) -> None:
    with transaction():
        cart = make_cart()
    error = refuse(lambda: place(cart), Invalid)
    assert (error.field, error.reason) == ("cart", "empty")


def test_an_order_whose_time_ran_out_makes_room_for_the_next(world: World) -> None:
    quay, later = Collect(world.quay.id), NOW + timedelta(minutes=61)
    with transaction():
        slow = order_for((world.lantern, 2), destination=quay)
        next_in_line = make_cart()
    with transaction():
        carts.put(next_in_line, variant_of(world.lantern).id, 2, at=later, rules=Rules())
        order = place(next_in_line, make_request(quay), at=later)

    assert orders.get_order(slow.reference).state is OrderState.EXPIRED
    assert order.state is OrderState.AWAITING_PAYMENT
    assert levels(world.quay) == [(3, 0), (2, 2)]


def test_two_sizes_of_one_product_are_two_lines(world: World) -> None:
    with transaction():
        large = make_variant(world.tea, price=170_000)
        put(make_lot(large), "T01", 4)
        cart = make_cart((world.tea, 1))
        carts.put(cart, large.id, 2, at=NOW, rules=Rules())
        order = place(cart)
    assert [(line.price, line.amount) for line in orders.get_order(order.reference).lines] == [
        (90_000, 90_000),
        (170_000, 340_000),
    ]
    assert order.goods == 430_000


def refuse(attempt: Callable[[], Order], error: type[Refused]) -> Refused:
    """The attempt fails like this and leaves nothing behind."""
    before = rows(*WRITTEN, CartLine)
    shelves = list(db.session.execute(select(StockLevel.id, StockLevel.on_hand, StockLevel.held)))
    with pytest.raises(error) as refused, transaction():
        attempt()
    assert rows(*WRITTEN, CartLine) == before
    assert list(db.session.execute(select(StockLevel.id, StockLevel.on_hand, StockLevel.held))) == shelves
    return refused.value


def test_a_phone_with_too_many_waiting_orders_places_no_more_until_one_is_gone(world: World) -> None:
    with transaction():
        placed = [order_for((world.tea, 1)) for _ in range(Rules().max_open_orders)]
    before = rows(*WRITTEN)
    with pytest.raises(Invalid) as refused, transaction():
        order_for((world.tea, 1))
    assert (refused.value.field, refused.value.reason) == ("phone", "open_orders")
    assert rows(*WRITTEN) == before
    with transaction():
        orders.cancel(orders.get_order(placed[0].reference), actor="buyer", at=NOW)
        order_for((world.tea, 1))
