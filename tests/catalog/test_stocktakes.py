"""Counting shelves, and what approval makes of it. Every test ends with ``stock.drift() == []`` (the ``app`` fixture)."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from catalog import stock, stocktakes
from catalog.db import db, transaction
from catalog.errors import Conflict, Forbidden, Invalid, NotFound
from catalog.groups import get_group
from catalog.history import Event
from catalog.lots import Lot
from catalog.memberships import Role, Staff
from catalog.money import Money
from catalog.outlets import Outlet
from catalog.products import Product, Variant
from catalog.stock import StockMovement
from catalog.stocktakes import (
    CountedElsewhere,
    Held,
    OnlyCounter,
    PromisedUnits,
    ShelfMoved,
    Stocktake,
    StocktakeCount,
    StocktakeState,
    Unsettled,
)
from tests.catalog.cast import at_once, hire, level_id, on_hand
from tests.world import MONDAY_NINE, make_lot, make_outlet, make_product, put, variant_of

NINE = MONDAY_NINE
NOON = NINE + timedelta(hours=3)
LIMIT = Money(500_000)


@dataclass(frozen=True)
class Scene:
    """A point with twelve jars of honey (100.000 ₫) and forty lanterns (300.000 ₫), its people, and its centre."""

    quay: Outlet
    centre: Outlet
    honey: Product
    lantern: Product
    jars: Lot
    lights: Lot
    clerk: Staff
    other: Staff
    manager: Staff
    supplier: Staff


@pytest.fixture
def scene(session: Any) -> Scene:
    with transaction():
        centre = make_outlet("T01")
        quay = make_outlet("D01", supplied_by_id=centre.id)
        honey = make_product("Mật ong", price=100_000)
        lantern = make_product("Đèn lồng", group="4.1", price=300_000)
        jars, lights = make_lot(variant_of(honey)), make_lot(variant_of(lantern))
        put(jars, "D01", 12)
        put(lights, "D01", 40)
        people = hire(quay), hire(quay), hire(quay, Role.MANAGER), hire(centre, Role.MANAGER)
        return Scene(quay, centre, honey, lantern, jars, lights, *people)


def begin(scene: Scene, *products: Product) -> Stocktake:
    with transaction():
        chosen = [product.id for product in products or (scene.honey,)]
        stocktake = stocktakes.start(scene.quay, title="Thử", product_ids=chosen, by=scene.clerk, at=NINE)
    return read(scene, stocktake)


def read(scene: Scene, stocktake: Stocktake) -> Stocktake:
    return stocktakes.get_stocktake(scene.quay.id, stocktake.reference)


def count(scene: Scene, stocktake: Stocktake, *numbers: int, by: Staff | None = None, line: int = 0) -> Stocktake:
    """Count a line so often, opening the page afresh each time."""
    for number in numbers:
        shelf = read(scene, stocktake).lines[line]
        mark = stocktakes.marks([shelf.level_id])[shelf.level_id]
        with transaction():
            stocktakes.count(stocktake, shelf.id, number, mark=mark, by=by or scene.clerk, at=NINE)
    return read(scene, stocktake)


def waiting(scene: Scene, *numbers: int) -> Stocktake:
    """One of the jars, counted and finished."""
    stocktake = count(scene, begin(scene), *numbers)
    with transaction():
        stocktakes.finish(stocktake, by=scene.clerk, at=NINE)
    return read(scene, stocktake)


def approve(stocktake: Stocktake, by: Staff, limit: Money = LIMIT) -> None:
    with transaction():
        stocktakes.approve(stocktake, limit=limit, by=by, at=NOON)


def sell(scene: Scene, units: int, sale: str = "1") -> None:
    with transaction():
        shelf = level_id(scene.jars, scene.quay)
        stock.sell(shelf, units, cause=f"sale:{sale}", actor="user:1", at=NINE)


def corrections(session: Any) -> list[tuple[int, str]]:
    query = select(StockMovement.on_hand, StockMovement.cause).where(StockMovement.kind == "count_correction")
    return [tuple(row) for row in session.execute(query)]


def test_it_lists_the_shelves_of_a_group(scene: Scene) -> None:
    with transaction():
        crafts = get_group("thu-cong-my-nghe")
        stocktake = stocktakes.start(scene.quay, title=crafts.name_vi, group=crafts, by=scene.clerk, at=NINE)
    stocktake = read(scene, stocktake)
    assert stocktake.reference.startswith("KK-")
    assert [(line.variant.product.name_vi, line.lot_id) for line in stocktake.lines] == [("Đèn lồng", scene.lights.id)]


def test_it_lists_the_shelves_of_chosen_products_of_this_outlet_only(scene: Scene) -> None:
    with transaction():
        put(scene.jars, "T01", 3)
    stocktake = begin(scene, scene.honey, scene.lantern)
    assert sorted(line.lot_id for line in stocktake.lines) == [scene.jars.id, scene.lights.id]
    assert {line.level.outlet_id for line in stocktake.lines} == {scene.quay.id}


def test_nothing_to_count_is_said(session: Any, scene: Scene) -> None:
    with transaction():
        bare = make_product("Trống", price=5_000)
    with pytest.raises(Invalid, match="scope: empty"):
        begin(scene, bare)
    assert session.scalars(select(Stocktake)).all() == []


def test_a_count_that_agrees_settles_its_line(scene: Scene) -> None:
    stocktake = count(scene, begin(scene), 12)
    (line,) = stocktake.lines
    assert (line.settled, line.difference) == (True, 0)
    assert [(c.counted, c.expected, c.actor) for c in line.counts] == [(12, 12, scene.clerk.actor)]
    assert on_hand(scene.jars, scene.quay) == 12


def test_a_difference_wants_the_same_answer_twice_in_a_row(scene: Scene) -> None:
    stocktake = begin(scene)
    settled = []
    for number in (10, 11, 10, 10):
        stocktake = count(scene, stocktake, number)
        settled.append(stocktake.lines[0].settled)
    assert settled == [False, False, False, True]
    assert stocktake.lines[0].difference == -2
    assert on_hand(scene.jars, scene.quay) == 12


def test_a_second_count_after_a_sale_agrees_when_the_same_units_are_missing(scene: Scene) -> None:
    stocktake = count(scene, begin(scene), 10)
    sell(scene, 3)
    stocktake = count(scene, stocktake, 7)
    assert (stocktake.lines[0].settled, stocktake.lines[0].difference) == (True, -2)


def test_a_shelf_that_moved_since_the_page_was_opened_is_not_overwritten(scene: Scene) -> None:
    stocktake = begin(scene)
    (line,) = stocktake.lines
    mark = stocktakes.marks([line.level_id])[line.level_id]
    sell(scene, 1)
    with pytest.raises(ShelfMoved) as moved, transaction():
        stocktakes.count(stocktake, line.id, 12, mark=mark, by=scene.clerk, at=NINE)
    assert (moved.value.was, moved.value.now) == (12, 11)
    assert read(scene, stocktake).lines[0].counts == []


def test_a_promise_does_not_move_the_shelf(scene: Scene) -> None:
    stocktake = begin(scene)
    (line,) = stocktake.lines
    mark = stocktakes.marks([line.level_id])[line.level_id]
    with transaction():
        stock.hold(line.level_id, 2, order_ref="QN-1", until=None, actor="buyer", at=NINE)
    with transaction():
        stocktakes.count(stocktake, line.id, 12, mark=mark, by=scene.clerk, at=NINE)
    assert read(scene, stocktake).lines[0].settled


@pytest.mark.parametrize("units", [-1, 100_000])
def test_a_count_is_a_number_of_units(scene: Scene, units: int) -> None:
    with pytest.raises(ValueError, match="units between"):
        count(scene, begin(scene), units)


def test_what_is_not_settled_is_not_finished(scene: Scene) -> None:
    stocktake = count(scene, begin(scene, scene.honey, scene.lantern), 9)
    first, second = stocktake.lines
    with pytest.raises(Unsettled) as refusal, transaction():
        stocktakes.finish(stocktake, by=scene.clerk, at=NINE)
    assert (refusal.value.again, refusal.value.uncounted) == ((first.id,), (second.id,))
    assert read(scene, stocktake).state is StocktakeState.COUNTING


def test_approval_puts_the_level_right_with_a_movement(session: Any, scene: Scene) -> None:
    stocktake = waiting(scene, 10, 10)
    assert (stocktake.state, stocktake.value) == (StocktakeState.REVIEW, 200_000)
    assert stocktake.lines[0].amount == Money(-200_000)
    approve(stocktake, scene.manager)
    assert read(scene, stocktake).state is StocktakeState.APPROVED
    assert on_hand(scene.jars, scene.quay) == 10
    assert corrections(session) == [(-2, f"stocktake:{stocktake.reference}")]
    facts = session.scalars(select(Event.facts).where(Event.verb == "stocktake.approved")).one()
    assert (facts["value"], facts["corrected"]) == (200_000, 1)
    assert [list(facts[when].values()) for when in ("before", "after")] == [[12], [10]]


def test_what_was_sold_after_the_count_stays_sold(scene: Scene) -> None:
    stocktake = waiting(scene, 10, 10)
    sell(scene, 4)
    assert stocktakes.moved_since(read(scene, stocktake)) == {stocktake.lines[0].id: -4}
    approve(stocktake, scene.manager)
    assert on_hand(scene.jars, scene.quay) == 6


def test_units_found_beyond_the_level_are_added(scene: Scene) -> None:
    approve(waiting(scene, 13, 13), scene.manager)
    assert on_hand(scene.jars, scene.quay) == 13


def test_shortage_and_surplus_do_not_hide_each_other(scene: Scene) -> None:
    stocktake = begin(scene, scene.honey, scene.lantern)
    honey = 0 if stocktake.lines[0].lot_id == scene.jars.id else 1
    count(scene, stocktake, 15, 15, line=honey)
    count(scene, stocktake, 39, 39, line=1 - honey)
    with transaction():
        stocktakes.finish(stocktake, by=scene.clerk, at=NINE)
    assert read(scene, stocktake).value == 600_000


def test_above_the_limit_the_centre_approves_and_not_the_outlet(session: Any, scene: Scene) -> None:
    stocktake = waiting(scene, 6, 6)
    assert stocktake.value == 600_000
    for by in (scene.clerk, scene.other, scene.manager):
        with pytest.raises(Forbidden):
            approve(stocktake, by)
    assert on_hand(scene.jars, scene.quay) == 12
    approve(stocktake, scene.supplier)
    assert on_hand(scene.jars, scene.quay) == 6


def test_the_limit_itself_is_still_the_manager_s(scene: Scene) -> None:
    approve(waiting(scene, 7, 7), scene.manager)
    assert on_hand(scene.jars, scene.quay) == 7


def test_an_officer_approves_and_a_stranger_does_not_see_it(scene: Scene) -> None:
    stocktake = waiting(scene, 1, 1)
    with transaction():
        officer, stranger = hire(None, Role.OFFICER), hire(make_outlet("X09"), Role.MANAGER)
    with pytest.raises(NotFound):
        approve(stocktake, stranger)
    with pytest.raises(NotFound):
        stocktakes.get_stocktake(scene.centre.id, stocktake.reference)
    approve(stocktake, officer)
    assert on_hand(scene.jars, scene.quay) == 1


def test_nobody_approves_what_they_alone_have_counted(scene: Scene) -> None:
    stocktake = count(scene, begin(scene), 10, 10, by=scene.manager)
    with transaction():
        stocktakes.finish(stocktake, by=scene.manager, at=NINE)
    with pytest.raises(OnlyCounter):
        approve(stocktake, scene.manager)
    assert on_hand(scene.jars, scene.quay) == 12
    approve(stocktake, scene.supplier)
    assert on_hand(scene.jars, scene.quay) == 10


def test_a_manager_may_approve_what_somebody_else_has_counted_too(scene: Scene) -> None:
    stocktake = count(scene, begin(scene), 10, by=scene.manager)
    count(scene, stocktake, 10, by=scene.other)
    with transaction():
        stocktakes.finish(stocktake, by=scene.clerk, at=NINE)
    approve(stocktake, scene.manager)
    assert on_hand(scene.jars, scene.quay) == 10


def test_approval_never_takes_what_is_promised_and_names_the_line(session: Any, scene: Scene) -> None:
    stocktake = waiting(scene, 9, 9)
    with transaction():
        stock.hold(level_id(scene.jars, scene.quay), 10, order_ref="QN-1", until=None, actor="buyer", at=NINE)
    with pytest.raises(PromisedUnits) as refusal:
        approve(stocktake, scene.manager)
    assert refusal.value.lines == (Held(stocktake.lines[0].id, would_leave=9, held=10),)
    assert read(scene, stocktake).state is StocktakeState.REVIEW
    assert (on_hand(scene.jars, scene.quay), corrections(session)) == (12, [])


def test_what_was_approved_is_not_approved_again(session: Any, scene: Scene) -> None:
    stocktake = waiting(scene, 10, 10)
    approve(stocktake, scene.manager)
    with pytest.raises(Conflict):
        approve(stocktake, scene.supplier)
    assert corrections(session) == [(-2, f"stocktake:{stocktake.reference}")]


def test_it_can_be_sent_back_and_counted_again(scene: Scene) -> None:
    stocktake = waiting(scene, 10, 10)
    with pytest.raises(Conflict):
        count(scene, stocktake, 11)
    with transaction():
        stocktakes.send_back(stocktake, by=scene.supplier, at=NOON)
    stocktake = count(scene, stocktake, 12)
    with transaction():
        stocktakes.finish(stocktake, by=scene.clerk, at=NOON)
    approve(stocktake, scene.manager)
    assert on_hand(scene.jars, scene.quay) == 12


def test_a_cancelled_one_changes_nothing_and_frees_its_shelves(session: Any, scene: Scene) -> None:
    stocktake = count(scene, begin(scene), 3)
    with transaction():
        stocktakes.cancel(stocktake, by=scene.clerk, at=NOON)
    with pytest.raises(Conflict):
        count(scene, stocktake, 3)
    assert (on_hand(scene.jars, scene.quay), corrections(session)) == (12, [])
    assert begin(scene).state is StocktakeState.COUNTING


def test_a_shelf_is_counted_in_one_stocktake_at_a_time(session: Any, scene: Scene) -> None:
    first = begin(scene)
    with pytest.raises(CountedElsewhere) as refusal:
        begin(scene, scene.honey, scene.lantern)
    assert refusal.value.reference == first.reference
    assert session.scalar(select(func.count()).select_from(Stocktake)) == 1
    approve(waiting_of(scene, first), scene.manager)
    assert len(begin(scene, scene.honey, scene.lantern).lines) == 2


def waiting_of(scene: Scene, stocktake: Stocktake) -> Stocktake:
    count(scene, stocktake, 12)
    with transaction():
        stocktakes.finish(stocktake, by=scene.clerk, at=NINE)
    return read(scene, stocktake)


def test_goods_that_are_not_on_the_list_are_added_and_counted(scene: Scene) -> None:
    stocktake = begin(scene)
    with transaction():
        found = make_lot(variant_of(scene.honey))
        line = stocktakes.find_more(stocktake, found, consigned=False, by=scene.clerk, at=NINE)
    with pytest.raises(Conflict), transaction():
        stocktakes.find_more(stocktake, found, consigned=False, by=scene.clerk, at=NINE)
    stocktake = read(scene, stocktake)
    assert [other.id for other in stocktake.lines][1:] == [line.id]
    count(scene, stocktake, 12)
    count(scene, stocktake, 2, 2, line=1)
    with transaction():
        stocktakes.finish(stocktake, by=scene.clerk, at=NINE)
    approve(stocktake, scene.manager)
    assert (on_hand(found, scene.quay), on_hand(scene.jars, scene.quay)) == (2, 12)


def test_who_only_looks_does_not_count(scene: Scene) -> None:
    stocktake = begin(scene)
    with pytest.raises(Forbidden):
        count(scene, stocktake, 12, by=scene.supplier)
    with pytest.raises(Forbidden), transaction():
        stocktakes.start(scene.quay, title="x", product_ids=[scene.lantern.id], by=scene.supplier, at=NINE)
    assert read(scene, stocktake).lines[0].counts == []


def test_lists_say_how_far_each_is(session: Any, scene: Scene) -> None:
    first = count(scene, begin(scene, scene.honey, scene.lantern), 12)
    assert stocktakes.counted_lines([first.id]) == {first.id: (1, 2)}
    assert [s.id for s in session.scalars(stocktakes.under_way(scene.quay.id))] == [first.id]
    assert session.scalars(stocktakes.under_way(scene.centre.id)).all() == []
    assert session.scalars(stocktakes.over_at(scene.quay.id)).all() == []


def test_a_count_races_sales_and_the_level_stays_right(app: Flask, scene: Scene) -> None:
    """Whoever counts either sees the sale or is told of it: after approval two jars are missing, whatever was sold."""
    stocktake = begin(scene)
    (line,) = stocktake.lines
    mark = stocktakes.marks([line.level_id])[line.level_id]

    def find_ten() -> str:
        mine = stocktakes.get_stocktake(scene.quay.id, stocktake.reference)
        stocktakes.count(mine, line.id, 10, mark=mark, by=scene.clerk, at=NINE)
        return "counted"

    def sell_one(number: int) -> str:
        stock.sell(line.level_id, 1, cause=f"sale:{number}", actor="user:1", at=NINE)
        return "sold"

    answers = at_once(app, find_ten, *[lambda n=n: sell_one(n) for n in range(4)])  # type: ignore[misc]
    assert answers[1:] == ["sold"] * 4
    assert answers[0] in ("counted", "ShelfMoved")
    counts = db.session.scalars(select(StocktakeCount)).all()
    assert [(c.counted, c.expected) for c in counts] == ([(10, 12)] if answers[0] == "counted" else [])
    again = read(scene, stocktake)
    count(scene, again, *[6] * (2 - len(counts)))
    with transaction():
        stocktakes.finish(again, by=scene.clerk, at=NINE)
    approve(again, scene.manager)
    assert on_hand(scene.jars, scene.quay) == 6


def test_approval_races_sales_and_nothing_is_lost(app: Flask, scene: Scene) -> None:
    stocktake = waiting(scene, 10, 10)
    shelf = stocktake.lines[0].level_id

    def put_right() -> str:
        mine = stocktakes.get_stocktake(scene.quay.id, stocktake.reference)
        stocktakes.approve(mine, limit=LIMIT, by=scene.manager, at=NOON)
        return "approved"

    def sell_two(number: int) -> str:
        stock.sell(shelf, 2, cause=f"sale:{number}", actor="user:1", at=NOON)
        return "sold"

    answers = at_once(app, put_right, *[lambda n=n: sell_two(n) for n in range(4)])  # type: ignore[misc]
    assert answers == ["approved", *["sold"] * 4]
    assert on_hand(scene.jars, scene.quay) == 2


def test_two_approvals_correct_once(app: Flask, scene: Scene) -> None:
    stocktake = waiting(scene, 10, 10)

    def put_right() -> str:
        mine = stocktakes.get_stocktake(scene.quay.id, stocktake.reference)
        stocktakes.approve(mine, limit=LIMIT, by=scene.supplier, at=NOON)
        return "approved"

    assert Counter(at_once(app, *[put_right] * 6)) == {"approved": 1, "Conflict": 5}
    assert on_hand(scene.jars, scene.quay) == 10


def test_two_who_begin_at_once_do_not_both_count_a_shelf(app: Flask, scene: Scene) -> None:
    def start() -> str:
        stocktakes.start(scene.quay, title="x", product_ids=[scene.honey.id], by=scene.clerk, at=NINE)
        return "started"

    assert Counter(at_once(app, *[start] * 4)) == {"started": 1, "CountedElsewhere": 3}


def test_two_who_count_a_line_at_once_make_two_counts(app: Flask, scene: Scene) -> None:
    stocktake = begin(scene)
    (line,) = stocktake.lines
    mark = stocktakes.marks([line.level_id])[line.level_id]

    def find(units: int) -> str:
        mine = stocktakes.get_stocktake(scene.quay.id, stocktake.reference)
        stocktakes.count(mine, line.id, units, mark=mark, by=scene.clerk, at=NINE)
        return "counted"

    assert at_once(app, lambda: find(10), lambda: find(10)) == ["counted", "counted"]
    assert read(scene, stocktake).lines[0].settled


def test_an_emptied_shelf_can_still_be_corrected(session: Any, scene: Scene) -> None:
    """Found one more than the level said; then all that the level knew of was sold."""
    stocktake = waiting(scene, 13, 13)
    sell(scene, 12)
    approve(stocktake, scene.manager)
    assert on_hand(scene.jars, scene.quay) == 1


def test_a_price_of_later_does_not_move_the_limit(session: Any, scene: Scene) -> None:
    stocktake = waiting(scene, 7, 7)
    with transaction():
        session.execute(update(Variant).values(price=900_000))
    approve(stocktake, scene.manager)
    assert on_hand(scene.jars, scene.quay) == 7
