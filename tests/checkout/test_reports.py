"""An outlet's counter sales as rows, on both engines."""

from datetime import timedelta
from typing import Any

import pytest

from catalog.clock import start_of
from catalog.db import transaction
from catalog.memberships import Staff
from checkout import reports, sales
from checkout.reports import SaleRow
from checkout.tills import Tender
from tests.checkout.selling import open_till, sell, wait_for_money
from tests.world import MONDAY, MONDAY_NINE, World, variant_of

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


@pytest.fixture
def clerk(session: Any, world: World) -> Staff:
    with transaction():
        return open_till(world.quay)


def of_monday(outlet_id: int) -> list[SaleRow]:
    return list(reports.sales(outlet_id, from_on=MONDAY, to_on=MONDAY))


def test_every_line_of_a_sale_is_told_with_its_tax(world: World, clerk: Staff) -> None:
    with transaction():
        sale = sell(world.quay, clerk, (world.honey, 2), (world.lantern, 1))
        honey, lantern = variant_of(world.honey).sku, variant_of(world.lantern).sku
    rows = of_monday(world.quay.id)
    assert [(r.reference, r.sku, r.quantity, r.price, r.amount, r.method) for r in rows] == [
        (sale.reference, honey, 2, 250_000, 500_000, Tender.CASH),
        (sale.reference, lantern, 1, 420_000, 420_000, Tender.CASH),
    ]
    assert [(r.vat_percent, r.vat) for r in rows] == [(line.vat_percent, line.vat) for line in sale.lines]
    assert {(r.paid_at, r.clerk, r.undone_at, r.reason) for r in rows} == {(MONDAY_NINE, "Người thử", None, "")}


def test_an_undone_sale_stays_in_the_list_and_says_why(world: World, clerk: Staff) -> None:
    with transaction():
        sale = sell(world.quay, clerk, (world.honey, 1))
        sales.undo(sale, "khách đổi ý", by=clerk, at=MONDAY_NINE + SECOND)
    (row,) = of_monday(world.quay.id)
    assert (row.undone_at, row.reason, row.amount) == (MONDAY_NINE + SECOND, "khách đổi ý", 250_000)


def test_what_nobody_has_paid_is_no_sale(world: World, clerk: Staff) -> None:
    with transaction():
        wait_for_money(world.quay, clerk, (world.honey, 1))
    assert of_monday(world.quay.id) == []


def test_days_are_vietnams_and_outlets_do_not_see_each_other(world: World, clerk: Staff) -> None:
    midnight = start_of(MONDAY)
    with transaction():
        for at in (midnight - SECOND, midnight, midnight + DAY - SECOND, midnight + DAY):
            sell(world.quay, clerk, (world.honey if at < midnight + DAY else world.lantern, 1), at=at)
    assert [row.paid_at for row in of_monday(world.quay.id)] == [midnight, midnight + DAY - SECOND]
    assert of_monday(world.centre.id) == []
    sunday = list(reports.sales(world.quay.id, from_on=MONDAY - DAY, to_on=MONDAY - DAY))
    assert [row.paid_at for row in sunday] == [midnight - SECOND]
