"""Staff as the domain sees them, and threads that act at one moment; for the tests of what moves goods."""

from collections.abc import Callable
from threading import Barrier, Thread

from flask import Flask
from sqlalchemy import select

from catalog import memberships, stock
from catalog.db import db, transaction
from catalog.errors import DomainError
from catalog.lots import Lot
from catalog.memberships import Role, Staff
from catalog.outlets import Outlet
from catalog.stock import StockLevel
from tests.world import make_staff


def hire(outlet: Outlet | None, role: Role = Role.CLERK) -> Staff:
    """Somebody new who works there."""
    staff = memberships.find_staff(make_staff(outlet, role))
    assert staff is not None
    return staff


def level_id(lot: Lot, outlet: Outlet, *, consigned: bool = False) -> int:
    """The key of a shelf."""
    query = select(StockLevel.id).filter_by(lot_id=lot.id, outlet_id=outlet.id, consigned=consigned)
    return db.session.scalars(query).one()


def on_hand(lot: Lot, outlet: Outlet, *, consigned: bool = False) -> int:
    """Units of a lot at an outlet as they are now; 0 without a shelf."""
    query = select(StockLevel.on_hand).filter_by(lot_id=lot.id, outlet_id=outlet.id, consigned=consigned)
    return db.session.scalar(query) or 0


def at_once(app: Flask, *acts: Callable[[], str]) -> list[str]:
    """Every act at the same moment, each in a thread, context and transaction; a refusal answers with its name."""
    start, answers = Barrier(len(acts)), [""] * len(acts)

    def run(number: int, act: Callable[[], str]) -> None:
        start.wait()
        with app.app_context():
            try:
                with transaction():
                    answers[number] = act()
            except DomainError as error:
                answers[number] = type(error).__name__
            except Exception as error:
                answers[number] = f"failed: {error!r}"

    threads = [Thread(target=run, args=(number, act)) for number, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    db.session.expire_all()
    assert stock.drift() == []
    return answers
