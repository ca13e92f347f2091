"""The cast of ``tests.world``, on an empty database, in a pushed application context."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from catalog.db import db, transaction
from checkout.delivery import Collect
from checkout.orders import Order
from checkout.rules import PaymentMethod
from tests.checkout.factories import arrive, order_for
from tests.world import World, make_world


@pytest.fixture
def world(session: Any) -> World:
    """The cast, committed."""
    with transaction():
        return make_world()


@pytest.fixture
def count_queries() -> Any:
    """A context manager that yields the list of queries sent meanwhile."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        sent: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if statement.startswith("SELECT"):
                sent.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            yield sent
        finally:
            event.remove(db.engine, "before_cursor_execute", note)

    return counting


@pytest.fixture
def order(world: World) -> Order:
    """Two honeys and a lantern, fetched at the quay."""
    with transaction():
        made = order_for(
            (world.honey, 2),
            (world.lantern, 1),
            destination=Collect(world.quay.id),
            payment=PaymentMethod.CASH_ON_COLLECTION,
        )
    return arrive(made)
