"""What somebody types on the server."""

from click.testing import Result
from flask import Flask
from sqlalchemy import select, update

from catalog import stock
from catalog.db import db
from catalog.stock import StockLevel
from checkout import sales_figures
from tests.checkout.selling import open_till, sell
from tests.world import MONDAY, World, changing


def reconcile(app: Flask, *options: str) -> Result:
    return app.test_cli_runner().invoke(args=["stock", "reconcile", *options])


def spoil(app: Flask, world: World, on_hand: int) -> int:
    """The lanterns' shelf says something else than its movements do (2 units)."""
    with changing(app):
        wrong = select(StockLevel.id).where(StockLevel.outlet_id == world.quay.id).order_by(StockLevel.id.desc())
        shelf = db.session.scalars(wrong.limit(1)).one()
        db.session.execute(update(StockLevel).where(StockLevel.id == shelf).values(on_hand=on_hand))
    return shelf


def test_shelves_that_are_right_are_reported_as_right(app: Flask, world: World) -> None:
    for options in ((), ("--repair",)):
        answer = reconcile(app, *options)
        assert (answer.exit_code, answer.output) == (0, "0 shelves differ\n")


def test_a_drifted_shelf_is_told_and_only_repaired_when_asked(app: Flask, world: World) -> None:
    shelf = spoil(app, world, on_hand=7)
    facts = "on hand 7 (moved 2), held 0 (moved 0, open 0)"
    told = reconcile(app)
    assert (told.exit_code, told.output) == (1, f"level {shelf} differs: {facts}\n1 shelves differ\n")
    with app.app_context():
        assert len(stock.drift()) == 1

    mended = reconcile(app, "--repair")
    assert mended.exit_code == 0
    assert mended.output == f"level {shelf} repaired: {facts}\n1 shelves repaired\n0 shelves differ\n"
    assert reconcile(app).output == "0 shelves differ\n"


def test_figures_are_summed_up_anew_on_demand(app: Flask, world: World) -> None:
    with changing(app):
        sell(world.quay, open_till(world.quay), (world.honey, 2))
    answer = app.test_cli_runner().invoke(args=["figures", "rebuild"])
    assert (answer.exit_code, answer.output) == (0, "1 days counted\n")
    with app.app_context():
        (found,) = sales_figures.of_producer(world.cooperative.id, from_on=MONDAY, to_on=MONDAY)
    assert (found.units, found.amount) == (2, 500_000)
