"""What lies before the buyer: lines, today's price, and why something cannot be had here."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from catalog import stock
from catalog.db import db, transaction
from catalog.errors import Conflict, Forbidden, Invalid, NotFound
from catalog.lapses import LapsedPolicy
from catalog.lots import Lot, LotState
from catalog.memberships import Role, Staff
from catalog.money import Money
from catalog.products import Product, ProductState, Variant
from checkout import tickets
from checkout.delivery import Collect
from checkout.tickets import Ticket, TicketLine, TicketView, Trouble, Unsellable, Why
from tests.catalog.tracing import published
from tests.checkout.factories import RULES, order_for, rows
from tests.checkout.selling import hire, put
from tests.world import MONDAY, MONDAY_NINE, World, make_lot, make_product, variant_of
from tests.world import put as stand

NOW = MONDAY_NINE


@pytest.fixture
def clerk(world: World) -> Staff:
    with transaction():
        return hire(world.quay)


def seen(world: World, clerk: Staff) -> TicketView:
    return tickets.view(tickets.find_ticket(world.quay.id, clerk.user_id), world.quay.id, at=NOW, rules=RULES)


def refused(world: World, clerk: Staff, product: Product, units: int = 1, *, rules: object = RULES) -> Trouble:
    """Why it does not go on the ticket, which stays as it was."""
    before = rows(Ticket, TicketLine)
    with pytest.raises(Unsellable) as refusal, transaction():
        tickets.add(world.quay.id, variant_of(product).id, units, by=clerk, at=NOW, rules=rules)  # type: ignore[arg-type]
    assert rows(Ticket, TicketLine) == before
    (trouble,) = refusal.value.troubles
    return trouble


def test_the_same_code_again_is_one_more(world: World, clerk: Staff) -> None:
    with transaction():
        put(world.quay, clerk, (world.honey, 1), (world.lantern, 1), (world.honey, 1))
    view = seen(world, clerk)
    assert [(item.name_vi, item.quantity, item.amount) for item in view.items] == [
        ("Đèn lồng lụa", 1, Money(420_000)),
        ("Mật ong rừng", 2, Money(500_000)),
    ]
    assert (view.total, view.count, view.troubles) == (Money(920_000), 3, ())
    assert [(item.stars, item.free) for item in view.items] == [(5, 2), (4, 3)]


def test_a_clerk_has_a_ticket_of_their_own(world: World, clerk: Staff) -> None:
    with transaction():
        colleague = hire(world.quay)
        put(world.quay, clerk, (world.honey, 1))
        put(world.quay, colleague, (world.honey, 2))
    assert (seen(world, clerk).count, seen(world, colleague).count) == (1, 2)


def test_a_line_is_changed_and_taken_out(world: World, clerk: Staff) -> None:
    honey = variant_of(world.honey).id
    with transaction():
        put(world.quay, clerk, (world.honey, 1), (world.lantern, 1))
    with transaction():
        assert tickets.change(world.quay.id, honey, 3, by=clerk, at=NOW, rules=RULES) == 3
    assert seen(world, clerk).total == Money(1_170_000)
    with transaction():
        assert tickets.change(world.quay.id, honey, 0, by=clerk, at=NOW, rules=RULES) == 0
    assert seen(world, clerk).total == Money(420_000)
    with pytest.raises(NotFound), transaction():
        tickets.change(world.quay.id, honey, 1, by=clerk, at=NOW, rules=RULES)
    with transaction():
        tickets.clear(world.quay.id, by=clerk, at=NOW)
    assert seen(world, clerk).items == ()


@pytest.mark.parametrize("units", [-1, 0, 100_000, 10**12])
def test_an_impossible_number_is_refused(world: World, clerk: Staff, units: int) -> None:
    with transaction():
        put(world.quay, clerk, (world.lantern, 1))
    with pytest.raises(Invalid) as refusal, transaction():
        tickets.add(world.quay.id, variant_of(world.honey).id, units, by=clerk, at=NOW, rules=RULES)
    assert (refusal.value.field, refusal.value.reason) == ("quantity", "range")
    assert seen(world, clerk).count == 1


def test_more_than_lies_here_is_refused_with_what_is_free(world: World, clerk: Staff) -> None:
    """Five more stand at the centre: they do not count here."""
    assert refused(world, clerk, world.honey, 4) == Trouble(variant_of(world.honey).id, "Mật ong rừng", Why.SHORT, 4, 3)
    with transaction():
        put(world.quay, clerk, (world.honey, 3))
    assert refused(world, clerk, world.honey).why is Why.SHORT
    assert seen(world, clerk).count == 3


def test_what_stands_elsewhere_is_not_here(world: World, clerk: Staff) -> None:
    assert refused(world, clerk, world.tea).why is Why.NOT_HERE


def test_what_is_promised_to_orders_is_said_so(world: World, clerk: Staff) -> None:
    with transaction():
        order_for((world.lantern, 2), destination=Collect(world.quay.id))
    assert refused(world, clerk, world.lantern).why is Why.PROMISED


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"state": LotState.RECALLED}, Why.STOPPED),
        ({"state": LotState.QUARANTINED}, Why.STOPPED),
        ({"best_before": MONDAY - timedelta(days=1)}, Why.EXPIRED),
    ],
)
def test_a_stopped_or_expired_lot_is_refused(world: World, clerk: Staff, facts: dict[str, object], why: Why) -> None:
    with transaction():
        product = make_product("Bánh tổ")
        stand(make_lot(variant_of(product), **facts), "D01", 4)
    assert refused(world, clerk, product) == Trouble(variant_of(product).id, "Bánh tổ", why, 1, 0)


def test_a_lot_is_sold_on_its_last_day(world: World, clerk: Staff) -> None:
    with transaction():
        product = make_product("Bánh tổ")
        stand(make_lot(variant_of(product), best_before=MONDAY), "D01", 4)
        put(world.quay, clerk, (product, 4))
    assert seen(world, clerk).count == 4


def test_goods_that_are_not_for_this_counter_are_refused(world: World, clerk: Staff) -> None:
    with transaction():
        wine = make_product("Rượu cần", group="2.1a", free={"D01": 4})
        retired = make_product("Cũ", state=ProductState.RETIRED, free={"D01": 4})
        plain = make_product("Không sao", stars=None, free={"D01": 4})
    assert refused(world, clerk, wine).why is Why.ALCOHOL
    assert refused(world, clerk, world.tour).why is Why.TOUR
    assert refused(world, clerk, retired).why is Why.WITHDRAWN
    strict = replace(RULES, lapsed_policy=LapsedPolicy.NOT_ORDERABLE)
    assert refused(world, clerk, plain, rules=strict).why is Why.UNCERTIFIED
    with pytest.raises(NotFound), transaction():
        tickets.add(world.quay.id, 10**9, 1, by=clerk, at=NOW, rules=RULES)


def test_what_has_changed_since_the_scan_is_told(world: World, clerk: Staff) -> None:
    with transaction():
        put(world.quay, clerk, (world.honey, 3))
        db.session.execute(update(Variant).where(Variant.product_id == world.honey.id).values(price=260_000))
        order_for((world.honey, 1), destination=Collect(world.quay.id))
    (item,) = seen(world, clerk).items
    assert (item.price, item.was_price, item.free) == (Money(260_000), Money(250_000), 2)
    assert item.trouble == Trouble(item.variant_id, "Mật ong rừng", Why.SHORT, 3, 2)
    with transaction():
        tickets.accept_prices(world.quay.id, by=clerk, at=NOW)
    assert seen(world, clerk).items[0].was_price is None


def test_a_word_finds_what_stands_here_without_accents(world: World) -> None:
    found = tickets.find(world.quay.id, "mat  ONG", at=NOW)
    assert [(one.name_vi, one.price, one.free) for one in found] == [("Mật ong rừng", Money(250_000), 3)]
    assert tickets.find(world.quay.id, "che", at=NOW) == []
    assert tickets.find(world.quay.id, "  ", at=NOW) == []


def test_a_code_finds_exactly_one_thing(world: World) -> None:
    with transaction():
        lot = make_lot(variant_of(world.lantern), code="LO-77")
        stand(lot, "D01", 1)
        make_product("LO-77 giả", free={"D01": 1})
        db.session.execute(update(Variant).where(Variant.product_id == world.honey.id).values(gtin="8935000000017"))
    tea = variant_of(world.tea)
    assert [one.name_vi for one in tickets.find(world.quay.id, "8935000000017", at=NOW)] == ["Mật ong rừng"]
    assert [one.sku for one in tickets.find(world.quay.id, tea.sku.lower(), at=NOW)] == [tea.sku]
    assert [one.name_vi for one in tickets.find(world.quay.id, " lo-77 ", at=NOW)] == ["Đèn lồng lụa"]
    assert tickets.find(world.centre.id, "lo-77", at=NOW) == []


def test_only_so_many_are_offered_for_a_word(world: World) -> None:
    with transaction():
        for n in range(tickets.FOUND + 1):
            make_product(f"Bánh {n}", free={"D01": 1})
    assert len(tickets.find(world.quay.id, "banh", at=NOW)) == tickets.FOUND


def test_a_ticket_has_room_for_so_many_lines(world: World, clerk: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tickets, "MOST_LINES", 1)
    with transaction():
        put(world.quay, clerk, (world.honey, 1))
        put(world.quay, clerk, (world.honey, 1))
    with pytest.raises(Invalid) as refusal, transaction():
        put(world.quay, clerk, (world.lantern, 1))
    assert (refusal.value.field, refusal.value.reason) == ("ticket", "full")
    assert seen(world, clerk).count == 2


def test_only_who_sells_there_fills_a_ticket(world: World, clerk: Staff) -> None:
    with transaction():
        supplier = hire(world.centre, Role.MANAGER)
    with pytest.raises(Forbidden), transaction():
        put(world.quay, supplier, (world.honey, 1))
    with pytest.raises(NotFound), transaction():
        put(world.centre, clerk, (world.honey, 1))
    assert rows(Ticket, TicketLine) == [0, 0]


def test_a_ticket_is_put_back_only_where_nothing_was_begun(world: World, clerk: Staff) -> None:
    honey = variant_of(world.honey).id
    with transaction():
        assert tickets.restore(world.quay.id, [(honey, 2, 250_000)], by=clerk, at=NOW)
    with transaction():
        assert not tickets.restore(world.quay.id, [(honey, 1, 250_000)], by=clerk, at=NOW)
    assert seen(world, clerk).count == 2


def test_a_ticket_promises_nothing(world: World, clerk: Staff) -> None:
    with transaction():
        put(world.quay, clerk, (world.honey, 3))
    free = stock.shelves([variant_of(world.honey).id], outlet_id=world.quay.id, at=NOW)
    assert [shelf.free for shelf in free] == [3]


def test_a_view_takes_the_same_queries_whatever_is_in_it(world: World, clerk: Staff, count_queries: object) -> None:
    with transaction():
        goods = [make_product(f"Hàng {n}", free={"D01": 2}) for n in range(8)]
        put(world.quay, clerk, *((product, 1) for product in goods))
    quay = world.quay.id
    ticket = tickets.find_ticket(quay, clerk.user_id)
    with count_queries() as sent:  # type: ignore[operator]
        assert tickets.view(ticket, quay, at=NOW, rules=RULES).count == 8
    assert len(sent) == 3
    with transaction():
        db.session.execute(update(Lot).values(state=LotState.RECALLED))
    with count_queries() as sent:  # type: ignore[operator]
        view = tickets.view(ticket, quay, at=NOW, rules=RULES)
    assert [trouble.why for trouble in view.troubles] == [Why.STOPPED] * 8
    assert len(sent) == 4


def test_unknown_ticket_is_empty(world: World) -> None:
    assert tickets.view(None, world.quay.id, at=NOW, rules=RULES).items == ()
    assert issubclass(Unsellable, Conflict)
    assert db.session.scalar(select(Ticket.id)) is None


def test_the_label_of_a_lot_names_its_goods(world: World) -> None:
    with transaction():
        trace = published(world.cooperative, world.honey)
        stand(db.session.get_one(Lot, trace.lot_id), "D01", 2)
        tea = published(world.cooperative, world.tea)
    for scanned in (f"http://127.0.0.1:8000/truy-xuat/{trace.code}", trace.code):
        (found,) = tickets.find(world.quay.id, scanned, at=NOW)
        assert found.sku == variant_of(world.honey).sku
    assert tickets.find(world.quay.id, f"http://127.0.0.1:8000/truy-xuat/{tea.code}", at=NOW) == []
