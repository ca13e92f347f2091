"""The SQL a benchmark writes by hand fits the tables as the migrations leave them."""

import sqlite3
from contextlib import closing

import pytest
from flask import Flask

from benchmarks import ordering
from catalog import stock
from catalog.db import db
from catalog.history import Event
from catalog.jobs import Job
from catalog.stock import StockHold, StockMovement
from checkout.orders import Order, OrderLine
from checkout.payments import Payment
from tests.checkout.factories import levels, rows
from tests.world import MONDAY_NINE, World, changing, variant_of

WRITTEN = (Order, OrderLine, Payment, StockHold, StockMovement, Event, Job)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_the_bare_order_is_one_order_of_one_line_for_each_shelf(app: Flask, world: World) -> None:
    with changing(app):
        wanted = [variant_of(product).id for product in (world.honey, world.tea)]
        shelves = stock.shelves(wanted, at=MONDAY_NINE)
        before = rows(*WRITTEN)
        path = str(db.engine.url.database)
    # closed whatever happens: a transaction left open would lock the database of the tests that follow
    with closing(sqlite3.connect(path, isolation_level=None)) as bare:
        bare.execute("PRAGMA foreign_keys=ON")
        ordering._by_hand(bare, shelves, 0)
    with changing(app):
        assert [after - was for was, after in zip(before, rows(*WRITTEN), strict=True)] == [1, 3, 1, 3, 3, 1, 1]
        assert [*levels(world.centre), *levels(world.quay)] == [(5, 1), (20, 1), (3, 1), (2, 0)]
