"""The counter and the internet at once, each person in a thread with a session of their own, on both engines."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select

from catalog import stock
from catalog.db import db, transaction
from catalog.errors import Conflict, Invalid
from catalog.memberships import Staff
from catalog.money import Money
from catalog.stock import MovementKind, StockMovement
from checkout import sales, tills
from checkout.allocation import Shortage
from checkout.delivery import Collect
from checkout.orders import Order
from checkout.sales import Sale, SaleState, ShiftOver
from checkout.tickets import Unsellable
from checkout.tills import EntryKind, TillEntry
from tests.catalog.cast import at_once
from tests.checkout.factories import RULES, buyer, levels, make_cart, make_request, rows
from tests.checkout.selling import hire, open_till, put, sell, wait_for_money
from tests.checkout.test_races import press
from tests.world import MONDAY_NINE, World, make_product

NOW = MONDAY_NINE
LATER = NOW + timedelta(minutes=15)


def ring(world: World, clerk: Staff, total: int) -> Callable[[], str]:
    """The clerk presses "cash" with this total on the button."""

    def act() -> str:
        return sales.pay_cash(world.quay.id, shown_total=Money(total), by=clerk, at=NOW, rules=RULES)

    return act


def show_qr(world: World, clerk: Staff, total: int) -> Callable[[], str]:
    """The clerk presses "transfer"."""

    def act() -> str:
        return sales.await_transfer(world.quay.id, shown_total=Money(total), by=clerk, at=NOW, rules=RULES)

    return act


def test_the_last_jar_cannot_be_sold_twice(app: Flask, world: World) -> None:
    """Twenty buyers online, four clerks with cash, four with a QR, and five jars."""
    to_quay = make_request(Collect(world.quay.id))
    with transaction():
        jar = make_product("Mắm nêm", price=50_000, free={"D01": 5})
        clerks = [open_till(world.quay), *(hire(world.quay) for _ in range(7))]
        for clerk in clerks:
            put(world.quay, clerk, (jar, 1))
        carts = [make_cart((jar, 1)).token for _ in range(20)]
    online = [
        press(token, token, make_request(to_quay.destination, contact=buyer(n)), Money(50_000))
        for n, token in enumerate(carts)
    ]
    counter = [ring(world, clerk, 50_000) for clerk in clerks[:4]] + [
        show_qr(world, clerk, 50_000) for clerk in clerks[4:]
    ]
    mixed = [act for trio in zip(online[::2], online[1::2], [*counter, *counter[:2]], strict=True) for act in trio][:-4]
    answers = at_once(app, *mixed, *online[18:])

    told = Counter(answer for answer in answers if answer in (Shortage.__name__, Unsellable.__name__))
    assert not [answer for answer in answers if answer.startswith("failed")]
    assert sum(told.values()) == len(answers) - 5
    placed, sold = rows(Order, Sale)
    assert placed + sold == 5
    on_hand, held = levels(world.quay)[2]
    paid = db.session.scalar(select(func.count()).where(Sale.state == SaleState.PAID))
    assert (on_hand, held) == (5 - (paid or 0), 5 - (paid or 0))
    assert rows(TillEntry) == [paid]
    assert stock.drift() == []


def test_one_ticket_pressed_many_times_is_one_sale(app: Flask, world: World) -> None:
    with transaction():
        clerk = open_till(world.quay)
        put(world.quay, clerk, (world.honey, 1))
    answers = at_once(app, *[ring(world, clerk, 250_000)] * 8, *[show_qr(world, clerk, 250_000)] * 8)

    assert Counter(answers)[Invalid.__name__] == 15
    assert rows(Sale) == [1]
    assert [on_hand - held for on_hand, held in levels(world.quay)] == [2, 2]
    assert stock.drift() == []


def test_crossing_tickets_and_orders_do_not_wait_for_each_other_in_a_circle(app: Flask, world: World) -> None:
    to_quay = Collect(world.quay.id)
    with transaction():
        goods = [make_product(f"Hàng {n}", price=10_000, free={"D01": 6}) for n in range(4)]
        clerks = [open_till(world.quay), *(hire(world.quay) for _ in range(11))]
        pairs = [((goods[n % 4], 1), (goods[(n + 1 + n // 4 % 3) % 4], 1)) for n in range(12)]
        for n, clerk in enumerate(clerks):
            put(world.quay, clerk, *(pairs[n] if n % 2 else pairs[n][::-1]))
        carts = [make_cart(*(pair[::-1] if n % 2 else pair)) for n, pair in enumerate(pairs)]
    acts = [ring(world, clerk, 20_000) for clerk in clerks]
    acts += [
        press(cart.token, cart.token, make_request(to_quay, contact=buyer(n)), Money(20_000))
        for n, cart in enumerate(carts)
    ]
    answers = at_once(app, *acts)

    assert not [answer for answer in answers if answer.startswith("failed")]
    refused = sum(answer in (Shortage.__name__, Unsellable.__name__) for answer in answers)
    assert sum(rows(Order, Sale)) == 24 - refused
    assert sum(on_hand - held for on_hand, held in levels(world.quay)[2:]) == 24 - 2 * (24 - refused)
    assert stock.drift() == []


def test_money_seen_while_the_wait_ends_is_counted_or_refused(app: Flask, world: World) -> None:
    with transaction():
        jar = make_product("Mắm nêm", price=50_000, free={"D01": 8})
        clerk = open_till(world.quay)
        waiting = [wait_for_money(world.quay, clerk, (jar, 1)).reference for _ in range(8)]

    def confirm(reference: str) -> Callable[[], str]:
        def act() -> str:
            sales.confirm(sales.get_sale(world.quay.id, reference), by=clerk, at=LATER)
            return "paid"

        return act

    sweeps: list[Callable[[], str]] = [lambda: ",".join(sales.expire_overdue(at=LATER))] * 4
    answers = at_once(app, *(confirm(reference) for reference in waiting), *sweeps)

    paid = Counter(answers[:8])["paid"]
    assert Counter(answers[:8])[Conflict.__name__] == 8 - paid
    assert not [answer for answer in answers if answer.startswith("failed")]
    assert levels(world.quay)[2] == (8 - paid, 0)
    assert rows(TillEntry) == [paid]
    assert stock.drift() == []


def test_undoing_many_times_at_once_gives_back_once(app: Flask, world: World) -> None:
    with transaction():
        clerk = open_till(world.quay)
        reference = sell(world.quay, clerk, (world.honey, 2)).reference

    def undo() -> str:
        sales.undo(sales.get_sale(world.quay.id, reference), "thử", by=clerk, at=NOW)
        return "undone"

    assert Counter(at_once(app, *[undo] * 8)) == {"undone": 1, Conflict.__name__: 7}
    assert levels(world.quay)[0] == (3, 0)
    assert rows(TillEntry) == [2]
    returned = select(func.sum(StockMovement.on_hand)).where(StockMovement.kind == MovementKind.RETURNED)
    assert db.session.scalar(returned) == 2


def test_undoing_while_the_shift_is_closed_is_in_its_count_or_refused(app: Flask, world: World) -> None:
    with transaction():
        clerk = open_till(world.quay)
        sold = [sell(world.quay, clerk, (world.honey, 1)).reference for _ in range(3)]
        shift = tills.current_shift(world.quay.id)
        assert shift is not None
        shift_id = shift.id

    def undo(reference: str) -> Callable[[], str]:
        def act() -> str:
            sales.undo(sales.get_sale(world.quay.id, reference), "thử", by=clerk, at=NOW)
            return "undone"

        return act

    def close() -> str:
        shift = tills.get_shift(world.quay.id, shift_id)
        tills.close_shift(shift, Money(0), "", by=clerk, at=NOW)
        return "closed"

    answers = at_once(app, undo(sold[0]), close, undo(sold[1]), undo(sold[2]))
    assert answers[1] == "closed"
    undone = Counter(answers)["undone"]
    assert undone + Counter(answers)[ShiftOver.__name__] == 3
    assert tills.get_shift(world.quay.id, shift_id).expected == 500_000 + 250_000 * (3 - undone)
    assert levels(world.quay)[0] == (undone, 0)
    kinds = Counter(db.session.scalars(select(TillEntry.kind)))
    assert kinds == Counter({EntryKind.SALE: 3, EntryKind.UNDONE: undone})
