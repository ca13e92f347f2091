"""Staff at their counters, officers in the office, makers in the studio."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from catalog.db import db
from catalog.memberships import Role
from catalog.outlets import Outlet
from catalog.people import User
from catalog.producers import Producer
from storefront.outside import outside
from tests.pages import PageClient
from tests.world import World, changing, make_member, make_officer, make_staff

SignIn = Callable[[User], PageClient]


@pytest.fixture
def enter(app: Flask) -> SignIn:
    """A browser in which this person has passed both factors."""

    def browser(user: User) -> PageClient:
        client = PageClient(app)
        with app.app_context(), client.raw.session_transaction() as session:
            session["_user_id"], session["_fresh"] = str(user.id), True
            session["counter"] = [user.id, outside().now().isoformat()]
        return client

    return browser


@pytest.fixture
def staff(app: Flask, world: World) -> Callable[..., User]:
    """Hire somebody: ``staff(world.quay)``, ``staff(world.centre, Role.MANAGER)``, ``staff(role=Role.OFFICER)``."""

    def hire(outlet: Outlet | None = None, role: Role = Role.CLERK) -> User:
        with changing(app):
            return make_staff(outlet, role)

    return hire


@pytest.fixture
def clerk(enter: SignIn, staff: Callable[..., User], world: World) -> PageClient:
    """The clerk of the quay (D01), signed in."""
    return enter(staff(world.quay))


@pytest.fixture
def officer(enter: SignIn, staff: Callable[..., User]) -> PageClient:
    """An officer of the whole programme, signed in."""
    return enter(staff(role=Role.OFFICER))


@pytest.fixture
def scoped(app: Flask, enter: SignIn) -> Callable[..., PageClient]:
    """An officer who serves only these communes, signed in: ``scoped(HOI_AN)``."""

    def browser(*communes: str) -> PageClient:
        with changing(app):
            user = make_officer(*communes)
        return enter(user)

    return browser


@pytest.fixture
def maker(app: Flask, world: World) -> Callable[..., PageClient]:
    """A member of a producer, signed in: ``maker(world.cooperative)``."""

    def browser(producer: Producer) -> PageClient:
        with changing(app):
            user = make_member(producer)
        client = PageClient(app)
        with client.raw.session_transaction() as session:
            session["_user_id"], session["_fresh"] = str(user.id), True
        return client

    return browser


@pytest.fixture
def count_statements(app: Flask) -> Any:
    """A context manager that yields the list of statements sent meanwhile."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        sent: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if "rulebook_entries" not in statement:  # read once a change, by whoever comes first
                sent.append(statement)

        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield sent
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return counting
