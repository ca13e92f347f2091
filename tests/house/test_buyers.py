"""No page of the studio tells who buys: every address is read for a buyer's name, phone, e-mail and papers.

The buyer has an order of the cooperative's honey that was fetched, and has reviewed it. What a PDF says is in the facts
that its sheet is given; the tests of those read them.
"""

import pytest
from flask import Flask
from sqlalchemy import select

from catalog.db import db
from checkout import sales_figures
from checkout.orders import Order
from tests.checkout.selling import open_till, sell
from tests.house.crossing import Crowd, addresses, path_of
from tests.house.test_studio import crowd, of_producer
from tests.storefront.opining import BUYER, SECRETS
from tests.world import World, changing

__all__ = ["crowd"]


@pytest.fixture
def papers(app: Flask, world: World, crowd: Crowd) -> tuple[str, ...]:
    """What names the order and a counter sale of the same day, whose figures have been counted."""
    with changing(app):
        sale = sell(world.quay, open_till(world.quay), (world.honey, 1))
        sales_figures.catch_up()
        order = db.session.scalars(select(Order)).one()
        return order.reference, order.token, sale.reference


def test_no_page_table_or_sheet_of_the_studio_names_a_buyer(
    app: Flask,
    world: World,
    crowd: Crowd,
    papers: tuple[str, ...],
) -> None:
    told, read = {}, 0
    browser = crowd.browsers["member"].raw
    for method, rule in addresses(app, "studio"):
        if method != "GET" or not of_producer(rule):
            continue
        with browser.get(path_of(app, crowd.values, method, rule)) as response:
            text = response.data.decode("utf-8", errors="replace")
        found = [secret for secret in (*SECRETS, BUYER.phone[1:], *papers) if secret in text]
        read += response.status_code == 200
        if found:
            told[rule.endpoint] = found
    assert told == {}
    assert read >= 15
