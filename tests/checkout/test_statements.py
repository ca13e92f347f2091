"""What a producer is told of their consigned goods: to the unit, to the đồng, and tied to the books."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count, product
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, update
from sqlalchemy.exc import NoResultFound

from catalog import receipts, stock, transfers
from catalog.db import db, transaction
from catalog.errors import DomainError, NotFound
from catalog.lots import Lot
from catalog.memberships import Role, Staff
from catalog.money import Money
from catalog.outlets import Outlet
from catalog.products import Product, Variant
from catalog.receipts import Delivered, Terms
from catalog.stock import MovementKind, StockLevel, StockMovement
from catalog.transfers import Arrival, DifferenceCause
from checkout import fulfilment, sales, statements, tills
from checkout.delivery import Collect
from checkout.fulfilment import Back
from checkout.orders import Courier, Fulfilment, FulfilmentPick, OrderLine
from checkout.rules import PaymentMethod
from checkout.sales import Sale, SaleLine, SalePick
from checkout.statements import Figures, Statement
from tests.catalog.cast import level_id
from tests.checkout.factories import RULES, TO_HOI_AN, buyer, order_for
from tests.checkout.selling import hire, sell
from tests.world import MONDAY_NINE, World, make_lot, make_producer, make_product, variant_of

NOW = MONDAY_NINE
NOVEMBER, DECEMBER, OCTOBER = date(2026, 11, 1), date(2026, 12, 1), date(2026, 10, 1)
LATER = datetime(2027, 3, 1, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 30, 17, tzinfo=UTC)
"""December begins in Vietnam."""
_people = count(1)


@dataclass
class Scene:
    """A jar at 90.000 ₫ of a producer of its own; the centre and the quay, each with a clerk and an open till."""

    jar: Product
    variant: Variant
    lots: list[Lot]
    outlets: list[Outlet]
    clerks: dict[int, Staff]

    @property
    def producer(self) -> int:
        return self.jar.producer_id


@pytest.fixture
def scene(world: World) -> Scene:
    with transaction():
        clerks = {outlet.id: hire(outlet, Role.MANAGER) for outlet in (world.centre, world.quay)}
        for outlet_id, clerk in clerks.items():
            tills.open_shift(outlet_id, Money(500_000), by=clerk, at=NOW)
        return new_scene([world.centre, world.quay], clerks)


def new_scene(outlets: list[Outlet], clerks: dict[int, Staff]) -> Scene:
    jar = make_product("Hũ thử", producer=make_producer("Tổ hợp tác Thử"), price=90_000)
    variant = variant_of(jar)
    return Scene(jar, variant, [make_lot(variant), make_lot(variant)], outlets, clerks)


def bring(
    scene: Scene, units: int, *, outlet: int = 1, lot: int = 0, consigned: bool = True, at: datetime = NOW
) -> None:
    with transaction():
        place, cause = scene.outlets[outlet], f"receipt:PN-{next(_people)}"
        stock.receive(scene.lots[lot], place, units, consigned=consigned, cause=cause, actor="user:1", at=at)


def shelf(scene: Scene, *, outlet: int = 1, lot: int = 0, consigned: bool = True) -> int:
    return level_id(scene.lots[lot], scene.outlets[outlet], consigned=consigned)


def over_the_counter(scene: Scene, units: int, *, outlet: int = 1, at: datetime = NOW) -> Sale:
    with transaction():
        place = scene.outlets[outlet]
        return sell(place, scene.clerks[place.id], (scene.jar, units), at=at)


def undo(scene: Scene, sale: Sale, *, at: datetime = NOW) -> None:
    with transaction():
        found = sales.get_sale(sale.outlet_id, sale.reference)
        sales.undo(found, "Khách đổi ý", by=scene.clerks[sale.outlet_id], at=at)


def fetched(scene: Scene, units: int, *, at: datetime = NOW) -> str:
    """An order handed out at the quay. Returns its reference."""
    place = scene.outlets[1]
    with transaction():
        order = order_for(
            (scene.jar, units), destination=Collect(place.id), payment=PaymentMethod.CASH_ON_COLLECTION,
            contact=buyer(next(_people)), at=at,
        )  # fmt: skip
        share = fulfilment.get_fulfilment(place.id, order.reference)
        fulfilment.make_ready(share, by=scene.clerks[place.id], at=at, rules=RULES)
        share = fulfilment.get_fulfilment(place.id, order.reference)
        fulfilment.hand_over(share, code=order.collect_code or "", by=scene.clerks[place.id], at=at)
        return order.reference


def sent(scene: Scene, units: int, *, at: datetime = NOW) -> str:
    """An order on the road from the centre. Returns its reference."""
    place = scene.outlets[0]
    with transaction():
        order = order_for(
            (scene.jar, units), destination=TO_HOI_AN, payment=PaymentMethod.CASH_ON_DELIVERY,
            contact=buyer(next(_people)), at=at,
        )  # fmt: skip
        share = fulfilment.get_fulfilment(place.id, order.reference)
        fulfilment.make_ready(share, by=scene.clerks[place.id], at=at, rules=RULES)
        share = fulfilment.get_fulfilment(place.id, order.reference)
        fulfilment.ship(
            share, courier=Courier.VNPOST, tracking=f"VN{next(_people):08d}", by=scene.clerks[place.id], at=at
        )
        return order.reference


def came_back(scene: Scene, reference: str, back: Callable[[int], Back], *, at: datetime) -> None:
    place = scene.outlets[0]
    with transaction():
        share = fulfilment.get_fulfilment(place.id, reference)
        whole = {pick.id: back(pick.quantity) for pick in share.picks}
        fulfilment.take_back(share, whole, reason="Khách không nhận", by=scene.clerks[place.id], at=at)


def statement(scene: Scene, month: date = NOVEMBER, *, outlet: int = 1, at: datetime = LATER) -> Statement:
    db.session.rollback()
    return statements.get_statement(scene.producer, scene.outlets[outlet].code, month, at=at)


def figures(scene: Scene, month: date = NOVEMBER, *, outlet: int = 1) -> Figures:
    """Of all lots; they must tie."""
    found = statement(scene, month, outlet=outlet)
    assert found.ties, found.rows
    return found.total


def test_a_month_of_sales_is_told_to_the_dong(scene: Scene) -> None:
    bring(scene, 20)
    over_the_counter(scene, 3)
    fetched(scene, 2)
    found = statement(scene)
    (row,) = found.rows
    assert (row.name, row.lot, row.unit) == ("Hũ thử", scene.lots[0].code, "chai")
    assert row.figures == Figures(received=20, sold=5, closing=15, amount=450_000)
    assert (found.over, found.until, found.ties) == (True, MIDNIGHT, True)


def test_the_price_is_that_of_the_sold_line(scene: Scene) -> None:
    bring(scene, 20)
    over_the_counter(scene, 1)
    with transaction():
        db.session.execute(update(Variant).where(Variant.id == scene.variant.id).values(price=120_001))
    over_the_counter(scene, 2)
    assert figures(scene).amount == 90_000 + 2 * 120_001


def test_the_outlets_own_units_go_first_and_are_no_part_of_it(scene: Scene) -> None:
    """A line that both owners' shelves served counts with the consigned units alone."""
    bring(scene, 2, consigned=False)
    bring(scene, 10)
    over_the_counter(scene, 5)
    assert figures(scene) == Figures(received=10, sold=3, closing=7, amount=270_000)


def test_what_is_undone_or_comes_back_is_taken_off_when_it_comes(scene: Scene) -> None:
    bring(scene, 10, outlet=0)
    undo(scene, over_the_counter(scene, 2, outlet=0))
    reference = sent(scene, 4)
    assert figures(scene, outlet=0) == Figures(received=10, sold=6, returned=2, closing=6, amount=360_000)
    came_back(scene, reference, lambda n: Back(sellable=n - 2, damaged=1, lost=1), at=MIDNIGHT)
    assert figures(scene, outlet=0) == Figures(received=10, sold=6, returned=2, closing=6, amount=360_000)
    # two came back whole and one broken; the one that was lost on the road stays sold
    assert figures(scene, DECEMBER, outlet=0) == Figures(opening=6, returned=3, damaged=1, closing=8, amount=-270_000)


def test_a_month_ends_at_midnight_in_vietnam(scene: Scene) -> None:
    bring(scene, 10)
    over_the_counter(scene, 1, at=MIDNIGHT - timedelta(microseconds=1))
    over_the_counter(scene, 2, at=MIDNIGHT)
    assert figures(scene, NOVEMBER) == Figures(received=10, sold=1, closing=9, amount=90_000)
    assert figures(scene, DECEMBER) == Figures(opening=9, sold=2, closing=7, amount=180_000)


def test_everything_that_moves_has_a_column(scene: Scene) -> None:
    bring(scene, 20, outlet=0)
    level = shelf(scene, outlet=0)
    trace: dict[str, Any] = {"actor": "user:1", "at": NOW}
    with transaction():
        for number, kind in enumerate((MovementKind.DAMAGED, MovementKind.EXPIRED, MovementKind.SAMPLE), start=1):
            stock.write_off(level, number, kind=kind, reason="thử", cause=f"write-off:{number}", **trace)
        stock.send_out(level, 5, cause="transfer:CK-1", **trace)
        stock.take_in(scene.lots[0], scene.outlets[1], 4, consigned=True, cause="transfer:CK-1", **trace)
        stock.correct(level, -2, cause="stocktake:KK-1", **trace)
        stock.correct(shelf(scene), 1, cause="stocktake:KK-2", **trace)
    assert figures(scene, outlet=0) == Figures(
        received=20, damaged=1, expired=2, sample=3, moved_out=5, corrected=-2, closing=7
    )
    assert figures(scene) == Figures(moved_in=4, corrected=1, closing=5)


def test_promises_move_nothing(scene: Scene) -> None:
    bring(scene, 5)
    with transaction():
        order_for((scene.jar, 2), destination=Collect(scene.outlets[1].id), contact=buyer(next(_people)))
    assert figures(scene) == Figures(received=5, closing=5)


def test_months_before_and_after_are_quiet(scene: Scene) -> None:
    bring(scene, 5)
    assert statement(scene, OCTOBER).rows == ()
    assert figures(scene, DECEMBER) == Figures(opening=5, closing=5)


def test_a_month_that_runs_is_told_until_now(scene: Scene) -> None:
    bring(scene, 5)
    found = statement(scene, at=NOW)
    assert (found.over, found.until) == (False, NOW)
    with pytest.raises(NotFound):
        statement(scene, DECEMBER, at=NOW)


def test_there_is_none_where_the_producer_never_was(scene: Scene, world: World) -> None:
    bring(scene, 5)
    for code in (world.hill.code, world.centre.code, "X99"):
        with pytest.raises(NotFound):
            statements.get_statement(scene.producer, code, NOVEMBER, at=LATER)
    with pytest.raises(NotFound):
        statements.get_statement(scene.producer, world.quay.code, date(2026, 11, 2), at=LATER)


def test_another_producers_goods_are_no_part_of_it(scene: Scene, world: World) -> None:
    bring(scene, 5)
    with transaction():
        lot = make_lot(variant_of(world.honey))
        stock.receive(lot, world.quay, 9, consigned=True, cause="receipt:PN-X", actor="user:1", at=NOW)
    assert figures(scene) == Figures(received=5, closing=5)
    other = statements.get_statement(world.cooperative.id, world.quay.code, NOVEMBER, at=LATER)
    assert [row.figures.received for row in other.rows] == [9]


def test_what_was_bought_is_listed_apart_by_its_receipt(scene: Scene, world: World) -> None:
    clerk = scene.clerks[scene.outlets[1].id]
    booked: dict[Terms, str] = {}
    for terms, number in ((Terms.PURCHASE, "7/GH"), (Terms.CONSIGNMENT, "8/GH")):
        with transaction():
            receipt = receipts.open_receipt(scene.outlets[1], scene.producer, number, terms=terms, by=clerk, at=NOW)
            delivered = Delivered(sku=scene.variant.sku, announced=6, accepted=6, lot_code="M1")
            receipts.write_line(receipt, delivered, by=clerk, at=NOW)
            receipts.book(receipt, by=clerk, at=NOW)
            booked[terms] = receipt.reference
    found = statement(scene)
    (bought,) = found.bought
    assert (bought.reference, bought.note_number, bought.lot, bought.units) == (booked[Terms.PURCHASE], "7/GH", "M1", 6)
    assert found.total == Figures(received=6, closing=6)
    assert statement(scene, DECEMBER).bought == ()


def test_what_got_lost_between_outlets_is_named_where_it_should_have_come(scene: Scene, world: World) -> None:
    bring(scene, 20, outlet=0)
    sender, taker = scene.clerks[scene.outlets[0].id], scene.clerks[scene.outlets[1].id]
    with transaction():
        transfer = transfers.draft(scene.outlets[0], scene.outlets[1], by=sender, at=NOW)
        transfers.add(transfer, scene.variant, 6, by=sender, at=NOW)
        transfers.send(transfer, by=sender, at=NOW)
        (line,) = transfers.get_transfer(scene.outlets[1].id, transfer.reference).lines
        arrival = Arrival(arrived=4, differing=2, cause=DifferenceCause.BROKEN, note="vỡ")
        transfers.receive(transfer, {line.id: arrival}, seen=0, by=taker, at=NOW)
    assert figures(scene, outlet=0) == Figures(received=20, moved_out=6, closing=14)
    found = statement(scene)
    assert found.total == Figures(moved_in=4, closing=4)
    (lost,) = found.lost
    assert (lost.reference, lost.cause, lost.units) == (transfer.reference, DifferenceCause.BROKEN, 2)


def test_a_sale_that_no_line_covers_is_found(scene: Scene) -> None:
    bring(scene, 20)
    sale = over_the_counter(scene, 3)
    reference = fetched(scene, 2)
    assert statement(scene).ties
    with transaction():
        line = select(SaleLine.id).where(SaleLine.sale_id == sale.id)
        db.session.execute(update(SalePick).where(SalePick.line_id.in_(line)).values(quantity=2))
    found = statement(scene)
    assert (found.ties, found.total.untied, found.total.amount) == (False, 1, 180_000)
    with transaction():
        shares = select(Fulfilment.id).join(Fulfilment.order).where(fulfilment.Order.reference == reference)
        db.session.execute(update(FulfilmentPick).where(FulfilmentPick.fulfilment_id.in_(shares)).values(quantity=3))
    assert statement(scene).total.untied == 2
    with transaction():
        row = {"level_id": shelf(scene), "kind": MovementKind.SOLD_AT_COUNTER, "on_hand": 0, "held": 0, "reason": ""}
        db.session.execute(insert(StockMovement).values(cause="sale:BL-NOBODY", actor="x", at=NOW, **row))
    assert statement(scene).total.untied == 3


def test_a_shelf_that_is_not_what_the_ledger_says_is_found(scene: Scene) -> None:
    bring(scene, 20)
    with transaction():
        db.session.execute(update(StockLevel).where(StockLevel.id == shelf(scene)).values(on_hand=18))
    found = statement(scene)
    assert (found.ties, found.total.drifted) == (False, 2)
    with transaction():
        stock.repair(actor="system", at=NOW)
    assert statement(scene).ties


def test_the_overview_names_every_outlet_with_something(scene: Scene) -> None:
    assert statements.months(scene.producer, at=NOW) == []
    bring(scene, 5)
    bring(scene, 7, outlet=0, at=MIDNIGHT)
    over_the_counter(scene, 1)
    found = statements.overview(scene.producer, NOVEMBER, at=LATER)
    assert [(row.outlet.code, row.figures.closing, row.figures.amount, row.ties) for row in found] == [
        ("D01", 4, 90_000, True)
    ]
    found = statements.overview(scene.producer, DECEMBER, at=LATER)
    assert [(row.outlet.code, row.figures.closing) for row in found] == [("D01", 4), ("T01", 7)]
    assert statements.months(scene.producer, at=MIDNIGHT) == [DECEMBER, NOVEMBER]
    assert statements.months(scene.producer, at=NOW) == [NOVEMBER]


def test_it_asks_the_database_as_much_for_many_lots(scene: Scene, count_queries: Any) -> None:
    def asked() -> tuple[int, int]:
        db.session.expunge_all()
        with count_queries() as sent_:
            statements.get_statement(scene.producer, "D01", NOVEMBER, at=LATER)
        single = len(sent_)
        with count_queries() as sent_:
            statements.overview(scene.producer, NOVEMBER, at=LATER)
        return single, len(sent_)

    bring(scene, 5)
    producer = scene.producer
    assert producer
    few = asked()
    for lot in (0, 1):
        for outlet in (0, 1):
            bring(scene, 5, lot=lot, outlet=outlet)
            over_the_counter(scene, 2, outlet=outlet)
    assert asked() == few


@dataclass
class Books:
    """What a careful person would have written down: (month, outlet, lot) → column → units; the same → đồng."""

    units: dict[tuple[date, int, int], dict[str, int]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )
    money: dict[tuple[date, int, int], int] = field(default_factory=lambda: defaultdict(int))

    def note(self, at: datetime, outlet: int, lot: int, column: str, units: int, price: int = 0) -> None:
        key = (at + timedelta(hours=7)).date().replace(day=1), outlet, lot
        self.units[key][column] += units
        self.money[key] += {"sold": 1, "returned": -1}.get(column, 0) * units * price


Act = tuple[str, int, int, int, int]
ACTS = st.tuples(
    st.sampled_from(
        ["bring", "buy", "sell", "sell", "undo", "fetch", "send", "back", "write off", "move", "count", "price", "wait"]
    ),
    st.integers(0, 1),
    st.integers(0, 1),
    st.integers(1, 4),
    st.integers(0, 400),
)


def sold_of(scene: Scene, sale: Sale | None, reference: str) -> list[tuple[int, int, int]]:
    """(lot, units, price) of the consigned units of a sale or an order, as its lines and picks tell it."""
    if sale is not None:
        query = select(SalePick.lot_id, SalePick.quantity, SaleLine.price).join(
            SaleLine, SaleLine.id == SalePick.line_id
        )
        query = query.join(StockLevel, StockLevel.id == SalePick.level_id).where(SaleLine.sale_id == sale.id)
    else:
        query = select(FulfilmentPick.lot_id, FulfilmentPick.quantity, OrderLine.price)
        query = query.join(OrderLine, OrderLine.id == FulfilmentPick.line_id)
        query = query.join(StockLevel, StockLevel.id == FulfilmentPick.level_id)
        query = query.join(fulfilment.Order, fulfilment.Order.id == OrderLine.order_id)
        query = query.where(fulfilment.Order.reference == reference)
    lots = {lot.id: number for number, lot in enumerate(scene.lots)}
    return [(lots[lot], units, price) for lot, units, price in db.session.execute(query.where(StockLevel.consigned))]


def live(scene: Scene, acts: list[Act]) -> Books:
    """Do all this, one after the other; what is refused (nothing left, say) is not done and not noted.

    It begins with a dozen consigned units on every shelf and a few bought ones.
    """
    books, at = Books(), NOW
    for outlet, lot in product((0, 1), (0, 1)):
        bring(scene, 12, outlet=outlet, lot=lot)
        books.note(at, outlet, lot, "received", 12)
    bring(scene, 3, consigned=False)
    last: tuple[Sale, int, list[tuple[int, int, int]]] | None = None
    roads: list[tuple[str, list[tuple[int, int, int]]]] = []
    for number, (what, outlet, lot, units, odd) in enumerate(acts):
        lot_row, place = scene.lots[lot], scene.outlets[outlet]
        trace: dict[str, Any] = {"actor": "user:1", "at": at}
        cause = f"{scene.producer}-{number}"
        try:
            if what in ("bring", "buy"):
                bring(scene, 3 * units, outlet=outlet, lot=lot, consigned=what == "bring", at=at)
                if what == "bring":
                    books.note(at, outlet, lot, "received", 3 * units)
            elif what == "sell":
                sale = over_the_counter(scene, units, outlet=outlet, at=at)
                picked = sold_of(scene, sale, "")
                last = sale, outlet, picked
                for of_lot, n, price in picked:
                    books.note(at, outlet, of_lot, "sold", n, price)
            elif what == "undo" and last:
                sale, where, picked = last
                undo(scene, sale, at=at)
                last = None
                for of_lot, n, price in picked:
                    books.note(at, where, of_lot, "returned", n, price)
            elif what == "fetch":
                for of_lot, n, price in sold_of(scene, None, fetched(scene, units, at=at)):
                    books.note(at, 1, of_lot, "sold", n, price)
            elif what == "send":
                reference = sent(scene, units, at=at)
                picked = sold_of(scene, None, reference)
                roads.append((reference, picked))
                for of_lot, n, price in picked:
                    books.note(at, 0, of_lot, "sold", n, price)
            elif what == "back" and roads:
                reference, picked = roads.pop()
                lost, broken = odd % 2, odd // 2 % 2

                def split(n: int, lost: int = lost, broken: int = broken) -> Back:
                    gone = min(lost, n)
                    hurt = min(broken, n - gone)
                    return Back(sellable=n - gone - hurt, damaged=hurt, lost=gone)

                came_back(scene, reference, split, at=at)
                for of_lot, n, price in picked:
                    books.note(at, 0, of_lot, "returned", n - split(n).lost, price)
                    books.note(at, 0, of_lot, "damaged", split(n).damaged)
            elif what == "write off":
                kind = (MovementKind.DAMAGED, MovementKind.EXPIRED, MovementKind.SAMPLE)[odd % 3]
                with transaction():
                    level = shelf(scene, outlet=outlet, lot=lot)
                    stock.write_off(level, units, kind=kind, reason="thử", cause=f"write-off:{cause}", **trace)
                books.note(at, outlet, lot, kind.value, units)
            elif what == "move":
                with transaction():
                    level = shelf(scene, outlet=outlet, lot=lot)
                    stock.send_out(level, units, cause=f"transfer:{cause}", **trace)
                    there = scene.outlets[1 - outlet]
                    stock.take_in(lot_row, there, units, consigned=True, cause=f"transfer:{cause}", **trace)
                books.note(at, outlet, lot, "moved_out", units)
                books.note(at, 1 - outlet, lot, "moved_in", units)
            elif what == "count":
                by = units if odd % 2 else -units
                with transaction():
                    stock.correct(shelf(scene, outlet=outlet, lot=lot), by, cause=f"stocktake:{cause}", **trace)
                books.note(at, outlet, lot, "corrected", by)
            elif what == "price":
                with transaction():
                    price = 1_000 + 7 * odd
                    db.session.execute(update(Variant).where(Variant.id == scene.variant.id).values(price=price))
            elif what == "wait":
                at += timedelta(hours=odd)
        except (DomainError, NoResultFound):
            db.session.rollback()
        assert place.code
    return books


@given(acts=st.lists(ACTS, min_size=12, max_size=40))
@settings(
    max_examples=10,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),  # a story is too slow to be made shorter
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_whatever_happens_a_statement_is_what_was_done_and_ties_to_the_ledger(scene: Scene, acts: list[Act]) -> None:
    with transaction():
        mine = new_scene(scene.outlets, scene.clerks)
    codes = [outlet.code for outlet in scene.outlets]
    books = live(mine, acts)
    db.session.rollback()
    end = max((month for month, _, _ in books.units), default=NOVEMBER)
    at = datetime(end.year + 1, end.month, 1, tzinfo=UTC)
    names = [lot.code for lot in mine.lots]
    known = set(db.session.scalars(select(StockLevel.outlet_id).where(StockLevel.variant_id == mine.variant.id)))
    held: dict[tuple[int, int], int] = defaultdict(int)
    for month in [month for month in reversed(statements.months(mine.producer, at=at)) if month <= end]:
        for outlet, code in enumerate(codes):
            if mine.outlets[outlet].id not in known:
                continue
            found = statements.get_statement(mine.producer, code, month, at=at)
            assert found.ties
            told = {names.index(row.lot): row.figures for row in found.rows}
            for lot in range(2):
                noted = dict(books.units.get((month, outlet, lot), {}))
                opening = held[outlet, lot]
                closing = opening + sum(_SIGN[column] * units for column, units in noted.items())
                held[outlet, lot] = closing
                amount = books.money.get((month, outlet, lot), 0)
                expected = Figures(opening=opening, closing=closing, amount=amount, **noted)
                assert told.get(lot, Figures()) == expected, (month, code, lot)
    for (outlet, lot), units in held.items():
        query = select(StockLevel.on_hand).where(
            StockLevel.outlet_id == mine.outlets[outlet].id,
            StockLevel.lot_id == mine.lots[lot].id,
            StockLevel.consigned,
        )
        assert (db.session.scalar(query) or 0) == units


_SIGN = {
    "received": 1, "moved_in": 1, "returned": 1, "corrected": 1, "moved_out": -1, "sold": -1, "damaged": -1,
    "expired": -1, "sample": -1,
}  # fmt: skip
