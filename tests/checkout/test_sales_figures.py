"""Sales by day and month: what counts when, and that they are the sums of their papers whatever happened."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from catalog import stock
from catalog.clock import start_of, vietnam_day
from catalog.db import db, transaction
from catalog.errors import DomainError
from catalog.memberships import Staff
from catalog.money import Money
from catalog.products import Product
from checkout import fulfilment, sales, sales_figures, tills
from checkout.delivery import Collect
from checkout.fulfilment import Back
from checkout.orders import Courier, Fulfilment, FulfilmentState, Order
from checkout.rules import PaymentMethod
from checkout.sales import Sale, SaleState
from checkout.sales_figures import MonthSales, ProductMonth, SalesChannel, SalesDay, SalesMonth
from tests.catalog.cast import at_once, hire
from tests.checkout.factories import RULES, buyer, order_for
from tests.checkout.selling import open_till, sell, wait_for_money
from tests.world import HOI_AN, MONDAY, MONDAY_NINE, TAM_KY, TRA_MY, World, make_lot, put, variant_of

NOW, SECOND, DAY = MONDAY_NINE, timedelta(seconds=1), timedelta(days=1)
CASH, COD = PaymentMethod.CASH_ON_COLLECTION, PaymentMethod.CASH_ON_DELIVERY
COUNTER, ONLINE = SalesChannel.COUNTER, SalesChannel.ONLINE
NOVEMBER = date(2026, 11, 1)
Key = tuple[date, int, int, str]


@pytest.fixture
def clerk(session: Any, world: World) -> Staff:
    with transaction():
        return open_till(world.quay)


@pytest.fixture
def packer(session: Any, world: World) -> Staff:
    with transaction():
        return hire(world.centre)


def catch_up() -> set[date]:
    """All that is left to count, two papers at a time."""
    found: set[date] = set()
    while True:
        with transaction():
            days = sales_figures.catch_up(at_once=2)
        if not days:
            return found
        found |= days


def days() -> dict[Key, tuple[int, int]]:
    """What the table says."""
    rows = db.session.scalars(select(SalesDay).execution_options(populate_existing=True))
    return {(r.day, r.product_id, r.outlet_id, r.channel.value): (r.units, r.amount) for r in rows}


def months() -> dict[tuple[date, str, str], tuple[int, int]]:
    rows = db.session.scalars(select(SalesMonth).execution_options(populate_existing=True))
    return {(r.month, r.commune_code, r.channel.value): (r.units, r.amount) for r in rows}


def by_hand() -> dict[Key, tuple[int, int]]:
    """The same from the papers, one by one."""
    sums: dict[Key, list[int]] = defaultdict(lambda: [0, 0])

    def add(at: datetime | None, product: int, outlet: int, channel: str, units: int, amount: int) -> None:
        assert at is not None
        row = sums[vietnam_day(at), product, outlet, channel]
        row[0], row[1] = row[0] + units, row[1] + amount

    db.session.expire_all()
    for sale in db.session.scalars(select(Sale)).all():
        if sale.state in (SaleState.PAID, SaleState.UNDONE):
            for line in sales.get_sale(sale.outlet_id, sale.reference).lines:
                add(sale.paid_at, line.product_id, sale.outlet_id, "counter", line.quantity, line.amount)
                if sale.state is SaleState.UNDONE:
                    add(sale.undone_at, line.product_id, sale.outlet_id, "counter", -line.quantity, -line.amount)
    for share_id, outlet_id, reference in db.session.execute(
        select(Fulfilment.id, Fulfilment.outlet_id, Order.reference).join(Order, Order.id == Fulfilment.order_id)
    ).all():
        share = fulfilment.get_fulfilment(outlet_id, reference)
        assert share.id == share_id
        if share.state in (FulfilmentState.HANDED_OVER, FulfilmentState.DELIVERED):
            for pick in share.picks:
                amount = pick.quantity * pick.line.price
                add(share.changed_at, pick.line.product_id, outlet_id, "online", pick.quantity, amount)
    return {key: (units, amount) for key, (units, amount) in sums.items()}


def by_month(of: dict[Key, tuple[int, int]], communes: dict[int, str]) -> dict[tuple[date, str, str], tuple[int, int]]:
    sums: dict[tuple[date, str, str], tuple[int, int]] = {}
    for (day, product, _outlet, channel), (units, amount) in of.items():
        key = day.replace(day=1), communes[product], channel
        had = sums.get(key, (0, 0))
        sums[key] = had[0] + units, had[1] + amount
    return sums


def test_a_counter_sale_counts_at_once_and_its_undoing_on_its_own_day(world: World, clerk: Staff) -> None:
    midnight = start_of(MONDAY + DAY)
    with transaction():
        sale = sell(world.quay, clerk, (world.honey, 2), (world.lantern, 1), at=midnight - SECOND)
    assert catch_up() == {MONDAY}
    honey = (MONDAY, world.honey.id, world.quay.id, "counter")
    lantern = (MONDAY, world.lantern.id, world.quay.id, "counter")
    assert days() == {honey: (2, 500_000), lantern: (1, 420_000)}
    with transaction():
        sales.undo(sale, "khách đổi ý", by=clerk, at=midnight)
    assert days() == {honey: (2, 500_000), lantern: (1, 420_000)}
    assert catch_up() == {MONDAY, MONDAY + DAY}
    tuesday = {
        (MONDAY + DAY, *key[1:]): (-units, -amount) for key, (units, amount) in days().items() if key[0] == MONDAY
    }
    assert days() == {honey: (2, 500_000), lantern: (1, 420_000)} | tuesday
    assert catch_up() == set()
    assert months() == {(NOVEMBER, TRA_MY, "counter"): (0, 0), (NOVEMBER, HOI_AN, "counter"): (0, 0)}


def test_money_on_its_way_is_no_sale(world: World, clerk: Staff) -> None:
    with transaction():
        sale = wait_for_money(world.quay, clerk, (world.honey, 1))
    assert catch_up() == set()
    with transaction():
        sales.confirm(sale, by=clerk, at=NOW + SECOND)
    assert catch_up() == {MONDAY}
    assert days() == {(MONDAY, world.honey.id, world.quay.id, "counter"): (1, 250_000)}


def test_a_collected_order_counts_when_it_is_handed_over(world: World, clerk: Staff) -> None:
    with transaction():
        order = order_for((world.honey, 2), destination=Collect(world.quay.id), payment=CASH)
        share = fulfilment.get_fulfilment(world.quay.id, order.reference)
        fulfilment.make_ready(share, by=clerk, at=NOW, rules=RULES)
    assert catch_up() == set()
    with transaction():
        share = fulfilment.get_fulfilment(world.quay.id, order.reference)
        fulfilment.hand_over(share, code=order.collect_code or "", by=clerk, at=NOW + DAY)
    assert catch_up() == {MONDAY + DAY}
    assert days() == {(MONDAY + DAY, world.honey.id, world.quay.id, "online"): (2, 500_000)}


def test_a_parcel_counts_when_it_is_delivered_and_never_when_it_comes_back(world: World, packer: Staff) -> None:
    with transaction():
        kept, refused = (
            order_for((world.tea, n), payment=COD, contact=buyer(n)) for n in (2, 3)
        )  # 2 × 90.000 ₫, and a fee that is no sale
        for order in (kept, refused):
            share = fulfilment.get_fulfilment(world.centre.id, order.reference)
            fulfilment.make_ready(share, by=packer, at=NOW, rules=RULES)
            fulfilment.ship(share, courier=Courier.OWN, tracking="", by=packer, at=NOW)
    assert catch_up() == set()
    with transaction():
        fulfilment.deliver(fulfilment.get_fulfilment(world.centre.id, kept.reference), by=packer, at=NOW + 2 * DAY)
        share = fulfilment.get_fulfilment(world.centre.id, refused.reference)
        back = {pick.id: Back(pick.quantity, 0, 0) for pick in share.picks}
        fulfilment.take_back(share, back, reason="không nhận", by=packer, at=NOW + 2 * DAY)
    assert catch_up() == {MONDAY + 2 * DAY}
    assert days() == {(MONDAY + 2 * DAY, world.tea.id, world.centre.id, "online"): (2, 180_000)}
    assert months() == {(NOVEMBER, TRA_MY, "online"): (2, 180_000)}


@pytest.mark.parametrize("seed", range(4))
def test_after_any_history_the_figures_are_the_sums_of_the_papers(
    world: World, clerk: Staff, packer: Staff, seed: int
) -> None:
    chance = Random(seed)
    with transaction():
        for product, outlets in ((world.honey, ("T01", "D01")), (world.tea, ("T01", "D01")), (world.lantern, ("D01",))):
            lot = make_lot(variant_of(product))
            for outlet in outlets:
                put(lot, outlet, 300)
    state = _History(world, clerk, packer, chance)
    for step in range(90):
        state.at += timedelta(minutes=chance.randint(1, 300))
        with_it: Callable[[], None] = chance.choice(state.deeds)
        try:
            with transaction():
                with_it()
        except DomainError:
            pass
        if step % 7 == 0:
            with transaction():
                sales_figures.catch_up(at_once=chance.choice((1, 5, 2_000)))
    catch_up()
    expected = by_hand()
    assert {key[3] for key in expected} == {"counter", "online"}
    assert days() == expected
    communes = {world.honey.id: TRA_MY, world.tea.id: TRA_MY, world.lantern.id: HOI_AN}
    assert months() == by_month(expected, communes)
    with transaction():
        sales_figures.rebuild()
    assert (days(), months()) == (expected, by_month(expected, communes))
    assert stock.drift() == []


class _History:
    """Things that happen at two outlets, one after the other."""

    def __init__(self, world: World, clerk: Staff, packer: Staff, chance: Random) -> None:
        self.world, self.clerk, self.packer, self.chance, self.at = world, clerk, packer, chance, NOW
        self.orders: list[str] = []
        self.deeds: list[Callable[[], None]] = [
            self.sell, self.sell, self.wait, self.confirm, self.abandon, self.undo, self.new_shift, self.order,
            self.order, self.pack, self.pack, self.hand_over, self.ship, self.deliver, self.take_back,
        ]  # fmt: skip

    def some(self) -> list[tuple[Product, int]]:
        goods = self.chance.sample([self.world.honey, self.world.tea], self.chance.randint(1, 2))
        return [(product, self.chance.randint(1, 3)) for product in goods]

    def sell(self) -> None:
        sell(self.world.quay, self.clerk, *self.some(), (self.world.lantern, 1), at=self.at)

    def wait(self) -> None:
        wait_for_money(self.world.quay, self.clerk, *self.some(), at=self.at)

    def a_sale(self, state: SaleState) -> Sale:
        found = db.session.scalars(select(Sale).where(Sale.state == state).order_by(Sale.id.desc()).limit(3)).all()
        if not found:
            raise DomainError("none")
        chosen = self.chance.choice(found)
        return sales.get_sale(chosen.outlet_id, chosen.reference)

    def confirm(self) -> None:
        sales.confirm(self.a_sale(SaleState.AWAITING_MONEY), by=self.clerk, at=self.at)

    def abandon(self) -> None:
        sales.abandon(self.a_sale(SaleState.AWAITING_MONEY), by=self.clerk, at=self.at)

    def undo(self) -> None:
        sales.undo(self.a_sale(SaleState.PAID), "thử", by=self.clerk, at=self.at)

    def new_shift(self) -> None:
        shift = tills.current_shift(self.world.quay.id)
        assert shift is not None
        sheet = tills.sheet(shift)
        tills.close_shift(shift, sheet.expected, note="", by=self.clerk, at=self.at)
        tills.open_shift(self.world.quay.id, Money(0), by=self.clerk, at=self.at)

    def order(self) -> None:
        number = len(self.orders)
        if self.chance.random() < 0.5:
            facts: dict[str, Any] = {"destination": Collect(self.world.quay.id), "payment": CASH}
        else:
            facts = {"payment": COD}
        made = order_for(*self.some(), at=self.at, contact=buyer(number), **facts)
        self.orders.append(made.reference)

    def a_share(self, state: FulfilmentState) -> tuple[Fulfilment, Staff]:
        rows = db.session.execute(
            select(Fulfilment.outlet_id, Order.reference)
            .join(Order, Order.id == Fulfilment.order_id)
            .where(Fulfilment.state == state)
            .order_by(Fulfilment.id)
        ).all()
        if not rows:
            raise DomainError("none")
        outlet, reference = self.chance.choice(rows)
        by = self.clerk if outlet == self.world.quay.id else self.packer
        return fulfilment.get_fulfilment(outlet, reference), by

    def pack(self) -> None:
        share, by = self.a_share(FulfilmentState.TO_PICK)
        fulfilment.make_ready(share, by=by, at=self.at, rules=RULES)

    def hand_over(self) -> None:
        share, by = self.a_share(FulfilmentState.READY)
        fulfilment.hand_over(share, code=share.order.collect_code or "", by=by, at=self.at)

    def ship(self) -> None:
        share, by = self.a_share(FulfilmentState.READY)
        fulfilment.ship(share, courier=Courier.OWN, tracking="", by=by, at=self.at)

    def deliver(self) -> None:
        share, by = self.a_share(FulfilmentState.SHIPPED)
        fulfilment.deliver(share, by=by, at=self.at)

    def take_back(self) -> None:
        share, by = self.a_share(FulfilmentState.SHIPPED)
        back = {pick.id: Back(pick.quantity - 1, 1, 0) for pick in share.picks}
        fulfilment.take_back(share, back, reason="không nhận", by=by, at=self.at)


def test_counting_twice_changes_nothing(world: World, clerk: Staff) -> None:
    with transaction():
        sell(world.quay, clerk, (world.honey, 2))
    catch_up()
    before = days(), months()
    with transaction():
        db.session.execute(update(Sale).values(counted=False))
    assert catch_up() == {MONDAY}
    assert (days(), months()) == before


def test_a_rebuild_forgets_what_no_paper_says(world: World, clerk: Staff) -> None:
    with transaction():
        sell(world.quay, clerk, (world.honey, 1), at=NOW - 3 * DAY)
        sell(world.quay, clerk, (world.honey, 1))
        ghost: dict[str, Any] = {"product_id": world.tea.id, "outlet_id": world.hill.id, "channel": ONLINE}
        db.session.add(SalesDay(day=date(2020, 1, 1), units=9, amount=9, **ghost))
    with transaction():
        assert sales_figures.rebuild() == 4
    assert {key[0] for key in days()} == {MONDAY - 3 * DAY, MONDAY}
    assert months() == {(NOVEMBER, TRA_MY, "counter"): (2, 500_000)}
    assert catch_up() == set()


def test_without_any_sale_there_is_nothing_to_rebuild(session: Any) -> None:
    with transaction():
        assert sales_figures.rebuild() == 0
        sales_figures.recount_months()
    assert (days(), months()) == ({}, {})


def test_months_follow_a_product_that_moves_to_another_commune(world: World, clerk: Staff) -> None:
    with transaction():
        sell(world.quay, clerk, (world.honey, 1))
        sell(world.quay, clerk, (world.honey, 1), at=NOW - 70 * DAY)
    catch_up()
    with transaction():
        db.session.execute(update(Product).where(Product.id == world.honey.id).values(commune_code=TAM_KY))
        sales_figures.recount_months()
    september = date(2026, 9, 1)
    assert months() == {(m, TAM_KY, "counter"): (1, 250_000) for m in (september, NOVEMBER)}


def test_a_producer_sees_its_own_by_month_and_communes_theirs(world: World, clerk: Staff) -> None:
    with transaction():
        sell(world.quay, clerk, (world.honey, 1), at=NOW - 40 * DAY)
        sell(world.quay, clerk, (world.honey, 1), (world.lantern, 2), at=NOW - DAY)
        order = order_for((world.honey, 1), destination=Collect(world.quay.id), payment=CASH)
        share = fulfilment.get_fulfilment(world.quay.id, order.reference)
        fulfilment.make_ready(share, by=clerk, at=NOW, rules=RULES)
        fulfilment.hand_over(share, code=order.collect_code or "", by=clerk, at=NOW)
    catch_up()
    october = MonthSales(date(2026, 10, 1), COUNTER, 1, 250_000)
    november = [MonthSales(NOVEMBER, COUNTER, 1, 250_000), MonthSales(NOVEMBER, ONLINE, 1, 250_000)]
    mine = sales_figures.of_producer(world.cooperative.id, from_on=date(2026, 1, 1), to_on=MONDAY)
    assert mine == [october, *november]
    assert sales_figures.of_producer(world.cooperative.id, from_on=MONDAY, to_on=MONDAY) == november[1:]
    assert sales_figures.products_of(world.cooperative.id, from_on=date(2026, 1, 1), to_on=MONDAY) == [
        ProductMonth(row.month, world.honey.id, "Mật ong rừng", row.channel, 1, 250_000) for row in mine
    ]
    assert sales_figures.products_of(world.cooperative.id, from_on=MONDAY, to_on=date(2026, 12, 1)) == [
        ProductMonth(NOVEMBER, world.honey.id, "Mật ong rừng", ONLINE, 1, 250_000)
    ]
    assert sales_figures.of_communes([TRA_MY], from_on=date(2026, 1, 1), to_on=MONDAY) == [october, *november]
    lanterns = [MonthSales(NOVEMBER, COUNTER, 2, 840_000)]
    assert sales_figures.of_communes([HOI_AN], from_on=NOVEMBER, to_on=MONDAY) == lanterns
    assert sales_figures.of_communes([], from_on=NOVEMBER, to_on=MONDAY) == []
    query = sales_figures.by_product(from_on=NOVEMBER, to_on=MONDAY)
    assert {tuple(row) for row in db.session.execute(query)} == {
        (world.honey.id, 2, 500_000), (world.lantern.id, 2, 840_000),
    }  # fmt: skip
    query = sales_figures.by_product(from_on=NOVEMBER, to_on=MONDAY, channel=ONLINE)
    assert [tuple(row) for row in db.session.execute(query)] == [(world.honey.id, 1, 250_000)]


def test_workers_that_count_at_the_same_moment_follow_each_other(app: Flask, world: World, clerk: Staff) -> None:
    with transaction():
        for n in range(3):
            sell(world.quay, clerk, (world.honey, 1), at=NOW - n * DAY)

    def count() -> str:
        return str(len(sales_figures.catch_up()))

    assert sorted(at_once(app, *[count] * 4)) == ["0", "0", "0", "3"]
    assert days() == by_hand()
