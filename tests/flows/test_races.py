"""Many at one shelf on real engines: nothing is promised twice, nobody waits for ever, losers leave no trace.

The ``app`` fixture proves after each test that ``on_hand`` and ``held`` are the sums of their movements and holds.
"""

from collections import Counter
from collections.abc import Callable
from random import Random

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog import jobs, stock
from catalog.db import db, transaction
from catalog.errors import OutOfStock
from catalog.stock import HoldState, MovementKind, StockHold, StockLevel, StockMovement
from tests.flows.crowd import HELD, SOLD_OUT, hold_one, in_processes, in_threads
from tests.world import MONDAY_NINE, changing, make_lot, make_outlet, make_product, put, variant_of

CROWD = 30


@pytest.fixture
def shelf_of(app: Flask) -> Callable[[int], int]:
    """Key of a new shelf with this many units."""

    def make(units: int) -> int:
        with changing(app):
            outlet = make_outlet()
            lot = make_lot(variant_of(make_product()))
            put(lot, outlet.code, units)
            return db.session.scalars(select(StockLevel.id).where(StockLevel.lot_id == lot.id)).one()

    return make


def level(app: Flask, level_id: int) -> tuple[int, int]:
    with app.app_context():
        row = db.session.get_one(StockLevel, level_id)
        return row.on_hand, row.held


def count(app: Flask, table: type[StockMovement] | type[StockHold]) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_thirty_threads_sell_the_last_unit_once(app: Flask, shelf_of: Callable[[int], int]) -> None:
    shelf = shelf_of(1)
    answers = in_threads(app, [lambda n=n: hold_one(shelf, f"T-{n}") for n in range(CROWD)])
    assert Counter(answers) == {HELD: 1, SOLD_OUT: CROWD - 1}
    assert level(app, shelf) == (1, 1)
    assert count(app, StockHold) == 1
    assert count(app, StockMovement) == 2  # received, held


def test_ten_units_make_ten_winners_of_thirty(app: Flask, shelf_of: Callable[[int], int]) -> None:
    shelf = shelf_of(10)
    answers = in_threads(app, [lambda n=n: hold_one(shelf, f"T-{n}") for n in range(CROWD)])
    assert Counter(answers) == {HELD: 10, SOLD_OUT: 20}
    assert level(app, shelf) == (10, 10)
    assert count(app, StockMovement) == 11


def test_four_processes_sell_the_last_unit_once(
    app: Flask, databases: dict[str, str], engine_name: str, shelf_of: Callable[[int], int]
) -> None:
    shelf = shelf_of(1)
    answers = in_processes(4, url=databases[engine_name], level_id=shelf, tries=1)
    assert Counter(answers) == {HELD: 1, SOLD_OUT: 3}
    assert level(app, shelf) == (1, 1)
    assert count(app, StockMovement) == 2


def test_four_processes_sell_thirty_units_of_a_hundred_tries(
    app: Flask, databases: dict[str, str], engine_name: str, shelf_of: Callable[[int], int]
) -> None:
    shelf = shelf_of(30)
    answers = in_processes(4, url=databases[engine_name], level_id=shelf, tries=25)
    assert Counter(answers) == {HELD: 30, SOLD_OUT: 70}
    assert level(app, shelf) == (30, 30)
    assert count(app, StockHold) == 30
    assert count(app, StockMovement) == 31


def test_orders_of_two_shelves_never_wait_for_each_other_in_a_circle(
    app: Flask, shelf_of: Callable[[int], int]
) -> None:
    """Everybody takes shelves in the order of their keys; who gets one and not the other gets neither."""
    shelves = sorted([shelf_of(5), shelf_of(3)])

    def hold_both(order_ref: str) -> str:
        try:
            with transaction():
                for shelf in shelves:
                    stock.hold(shelf, 1, order_ref=order_ref, until=None, actor="buyer", at=MONDAY_NINE)
        except OutOfStock:
            return SOLD_OUT
        return HELD

    answers = in_threads(app, [lambda n=n: hold_both(f"T-{n}") for n in range(CROWD)])
    assert Counter(answers) == {HELD: 3, SOLD_OUT: CROWD - 3}
    assert [level(app, shelf)[1] for shelf in shelves] == [3, 3]
    assert count(app, StockHold) == 6


def test_an_order_released_by_many_is_released_once(app: Flask, shelf_of: Callable[[int], int]) -> None:
    shelf = shelf_of(2)
    with app.app_context():
        assert hold_one(shelf, "QN-1") == HELD

    def give_back() -> str:
        with transaction():
            return str(stock.release("QN-1", actor="buyer", at=MONDAY_NINE))

    def hand_over() -> str:
        with transaction():
            return str(stock.hand_over("QN-1", actor="user:1", at=MONDAY_NINE))

    answers = in_threads(app, [give_back, hand_over] * 6)
    assert Counter(answers) == {"1": 1, "0": 11}
    with app.app_context():
        ended = db.session.scalars(select(StockHold.state)).one()
    assert level(app, shelf) == {HoldState.RELEASED: (2, 0), HoldState.TAKEN: (1, 0)}[ended]


def test_goods_that_arrive_from_one_note_at_many_tills_arrive_once(app: Flask, shelf_of: Callable[[int], int]) -> None:
    """The note is entered by everybody at once; whoever is too late changes nothing."""
    shelf = shelf_of(1)
    with app.app_context():
        row = db.session.get_one(StockLevel, shelf)
        lot, outlet = row.lot_id, row.outlet_id

    def receive() -> str:
        try:
            with transaction():
                stock.receive(
                    db.session.get_one(stock.Lot, lot), db.session.get_one(stock.Outlet, outlet), 5,
                    cause="delivery-note:7", actor="user:1", at=MONDAY_NINE,
                )  # fmt: skip
        except Exception as error:
            return type(error).__name__
        return "entered"

    answers = in_threads(app, [receive] * 8)
    assert set(answers) <= {"entered", "IntegrityError"}
    assert "entered" in answers
    assert level(app, shelf) == (6, 0)


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_a_crowd_does_the_shelf_adds_up(app: Flask, shelf_of: Callable[[int], int], seed: int) -> None:
    shelf = shelf_of(24)  # scarce only later: early holds succeed, so that some are there to be released

    def act(number: int) -> str:
        chance = Random(f"{seed}-{number}")
        mine = f"Q-{number}"
        for step in range(6):
            verb = chance.choice(["hold", "release", "hand_over", "correct"])
            try:
                with transaction():
                    if verb == "hold":
                        stock.hold(shelf, chance.randint(1, 3), order_ref=f"{mine}-{step}", until=None, actor="b",
                                   at=MONDAY_NINE)  # fmt: skip
                    elif verb == "correct":
                        found = chance.choice([-2, 1, 2])
                        stock.correct(shelf, found, cause=f"{mine}-{step}", actor="u", at=MONDAY_NINE)
                    else:
                        end = stock.release if verb == "release" else stock.hand_over
                        end(f"{mine}-{chance.randrange(step + 1)}", actor="b", at=MONDAY_NINE)
            except OutOfStock:
                continue
        return "done"

    answers = in_threads(app, [lambda n=n: act(n) for n in range(12)])
    assert set(answers) == {"done"}
    on_hand, held = level(app, shelf)
    with app.app_context():
        open_units = db.session.scalar(
            select(func.coalesce(func.sum(StockHold.quantity), 0)).where(StockHold.state == HoldState.OPEN)
        )
        moved = db.session.scalar(select(func.sum(StockMovement.on_hand)))
        kinds = set(db.session.scalars(select(StockMovement.kind)))
    assert 0 <= held <= on_hand
    assert (on_hand, held) == (moved, open_units)
    assert {MovementKind.HELD, MovementKind.RELEASED, MovementKind.COUNT_CORRECTION} <= kinds


def test_six_workers_do_every_job_once(app: Flask) -> None:
    with changing(app):
        for number in range(60):
            jobs.enqueue("work", {"n": number}, at=MONDAY_NINE)

    def work() -> str:
        taken = []
        while True:
            with transaction():
                job = jobs.claim(at=MONDAY_NINE)
                if job is None:
                    return ",".join(taken)
            taken.append(str(job.payload["n"]))

    taken = [number for answer in in_threads(app, [work] * 6) for number in answer.split(",") if number]
    assert sorted(map(int, taken)) == list(range(60))
