"""Goods that arrive by a file, on both engines."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from catalog import stock as shelves
from catalog.importing import outlets, products, stock
from catalog.lots import Lot
from catalog.products import Variant
from catalog.stock import MovementKind, StockLevel, StockMovement
from tests.catalog.importing.files import (
    DELIVERY,
    MONDAY_NINE,
    OUTLET,
    PRODUCT,
    complaints,
    imported,
    planned,
    shop_with_a_product,
    table_for,
)

ELSEWHERE = DELIVERY | {"outlet": "D02", "quantity": "3"}


@pytest.fixture
def shop(session: Any) -> Any:
    shop_with_a_product()
    imported(outlets, OUTLET, OUTLET | {"code": "D02", "name_vi": "Điểm bán Hai"})
    return session


def test_goods_arrive_in_one_lot_at_two_outlets(shop: Any) -> None:
    imported(stock, DELIVERY, ELSEWHERE)
    lot = shop.scalars(select(Lot)).one()
    assert (lot.code, lot.made_on, lot.best_before) == ("L-QN001-A", date(2026, 10, 1), date(2027, 10, 1))
    assert list(shop.scalars(select(StockLevel.on_hand).order_by(StockLevel.outlet_id))) == [12, 3]
    movement = shop.scalars(select(StockMovement).order_by(StockMovement.id)).first()
    assert (movement.kind, movement.on_hand, movement.cause, movement.actor, movement.at) == (
        MovementKind.RECEIVED, 12, "import:D01:QN001-1:L-QN001-A", "system", MONDAY_NINE,
    )  # fmt: skip
    variant = shop.scalar(select(Variant.id))
    assert shelves.free_by_variant([variant], at=MONDAY_NINE) == {variant: 15}


def test_the_same_file_twice_changes_nothing(shop: Any) -> None:
    imported(stock, DELIVERY, ELSEWHERE)
    again = imported(stock, DELIVERY, ELSEWHERE)
    assert (again.unchanged, again.changes) == (2, ())
    assert shop.scalar(select(func.count(StockMovement.id))) == 2


def test_a_file_with_one_row_more_brings_that_row(shop: Any) -> None:
    imported(stock, DELIVERY)
    plan = imported(stock, DELIVERY, ELSEWHERE)
    assert [change.key for change in plan.changes] == ["import:D02:QN001-1:L-QN001-A"]
    assert list(shop.scalars(select(StockLevel.on_hand).order_by(StockLevel.outlet_id))) == [12, 3]


def test_another_quantity_of_what_has_arrived_is_refused_rather_than_skipped(shop: Any) -> None:
    imported(stock, DELIVERY)
    plan = planned(stock, DELIVERY | {"quantity": "20"})
    assert complaints(plan) == [(2, "quantity", "20", "received_before")]
    assert plan.problems[0].facts == {"before": 12}


def test_goods_that_do_not_age_have_lots_without_days(shop: Any) -> None:
    imported(stock, DELIVERY | {"made_on": "", "best_before": ""})
    lot = shop.scalars(select(Lot)).one()
    assert (lot.made_on, lot.best_before) == (None, None)


def test_a_lot_has_the_same_days_wherever_it_lies(shop: Any) -> None:
    in_one_file = planned(stock, DELIVERY, ELSEWHERE | {"best_before": "2027-11-01"})
    assert complaints(in_one_file) == [(3, "best_before", "2027-11-01", "lot_days")]
    imported(stock, DELIVERY)
    later = planned(stock, ELSEWHERE | {"made_on": ""})
    assert complaints(later) == [(2, "made_on", "", "lot_days")]
    assert later.problems[0].facts == {"expected": date(2026, 10, 1)}


def test_bad_rows_are_named(shop: Any) -> None:
    tour = {"sku": "QN025-1", "product": "QN025", "name_vi": "Làng chài", "name_en": "Village", "group": "6.1"}
    imported(products, PRODUCT, PRODUCT | tour)
    plan = planned(
        stock,
        DELIVERY,
        DELIVERY | {"quantity": "5"},
        DELIVERY | {"outlet": "D99", "sku": "QN999-1"},
        DELIVERY | {"sku": "QN025-1"},
        DELIVERY | {"lot": "L-B", "best_before": "2026-10-01"},
        DELIVERY | {"lot": "L-C", "quantity": "0"},
        DELIVERY | {"lot": "L-D", "quantity": "1,5", "made_on": "hôm qua"},
    )
    assert complaints(plan) == [
        (3, "lot", "L-QN001-A", "repeated"),
        (4, "outlet", "D99", "unknown"),
        (4, "sku", "QN999-1", "unknown"),
        (5, "sku", "QN025-1", "no_stock_of_tours"),
        (6, "best_before", "2026-10-01", "ends_too_early"),
        (7, "quantity", "0", "out_of_range"),
        (8, "made_on", "hôm qua", "day"),
        (8, "quantity", "1,5", "number"),
    ]


def test_the_longest_codes_fit_the_cause_of_a_movement(shop: Any) -> None:
    imported(outlets, OUTLET | {"code": "O" * 16, "name_vi": "Điểm bán dài"})
    imported(products, PRODUCT | {"sku": "S" * 32})
    imported(stock, DELIVERY | {"outlet": "O" * 16, "sku": "S" * 32, "lot": "L" * 38})
    cause = shop.scalars(select(StockMovement.cause)).one()
    assert cause == f"import:{'O' * 16}:{'S' * 32}:{'L' * 38}"


def test_a_file_for_one_outlet_brings_nothing_to_another_and_tells_nothing_of_it(shop: Any) -> None:
    imported(stock, DELIVERY, ELSEWHERE)
    rows = [DELIVERY, ELSEWHERE | {"quantity": "99"}, DELIVERY | {"outlet": "X99"}]
    plan = stock.plan(table_for(stock, *rows), only="D01")
    assert complaints(plan) == [(3, "outlet", "D02", "other_outlet"), (4, "outlet", "X99", "other_outlet")]
    assert [problem.facts for problem in plan.problems] == [{"here": "D01"}, {"here": "D01"}]
    assert (plan.unchanged, plan.changes) == (1, ())
