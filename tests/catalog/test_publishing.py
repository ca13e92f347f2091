"""Pages taken out of the shop, and put back."""

from typing import Any

import pytest
from flask import Flask

from catalog import history, makers, publishing, sequence
from catalog.db import db, transaction
from catalog.errors import Conflict, Forbidden, Invalid, NotFound
from catalog.memberships import Officer
from catalog.people import User
from catalog.products import Product, ProductState
from tests.catalog.cast import at_once
from tests.world import HOI_AN, MONDAY_NINE, World, make_officer, officer_of

NOW = MONDAY_NINE


@pytest.fixture
def by(session: Any, world: World) -> Officer:
    with transaction():
        return officer_of(make_officer())


def honey(world: World) -> Product:
    return db.session.get_one(Product, world.honey.id, populate_existing=True)


def test_a_page_goes_and_comes_back_with_its_day(world: World, by: Officer, session: Any) -> None:
    published_at, before = honey(world).published_at, sequence.current()
    with transaction():
        publishing.retire(honey(world), "Nhãn sai", by=by, at=NOW)
    assert honey(world).state is ProductState.RETIRED
    with transaction():
        publishing.publish(honey(world), by=by, at=NOW)
    assert (honey(world).state, honey(world).published_at) == (ProductState.PUBLISHED, published_at)
    assert sequence.current() == before + 2
    events = [(e.verb, e.actor, e.facts) for e in session.scalars(history.of(f"product:{world.honey.code}"))]
    assert events == [
        ("product.retired", by.actor, {"before": "published", "after": "retired", "reason": "Nhãn sai"}),
        ("product.published", by.actor, {"before": "retired", "after": "published"}),
    ]


def test_what_may_not_be_is_refused_and_changes_nothing(world: World, by: Officer, session: Any) -> None:
    with transaction():
        local, member = officer_of(make_officer(HOI_AN)), make_officer()
        makers.join(member, world.cooperative, actor="system", at=NOW)
    before = sequence.current()
    refused: list[tuple[Any, type[Exception]]] = [
        (lambda: publishing.retire(honey(world), "x", by=local, at=NOW), NotFound),
        (lambda: publishing.retire(honey(world), "x", by=officer_of(member), at=NOW), Forbidden),
        (lambda: publishing.retire(honey(world), "", by=by, at=NOW), Invalid),
        (lambda: publishing.retire(honey(world), "x" * 501, by=by, at=NOW), Invalid),
        (lambda: publishing.publish(honey(world), by=by, at=NOW), Conflict),
    ]
    for deed, error in refused:
        with pytest.raises(error), transaction():
            deed()
    assert (honey(world).state, sequence.current()) == (ProductState.PUBLISHED, before)
    with transaction():
        honey(world).state = ProductState.DRAFT
    for deed in (
        lambda: publishing.retire(honey(world), "x", by=by, at=NOW),
        lambda: publishing.publish(honey(world), by=by, at=NOW),
    ):
        with pytest.raises(Conflict), transaction():
            deed()


def test_of_two_at_once_one_takes_it_out(app: Flask, world: World, by: Officer, session: Any) -> None:
    def act() -> str:
        mine = officer_of(db.session.get_one(User, by.user_id))
        publishing.retire(honey(world), "Nhãn sai", by=mine, at=NOW)
        return "retired"

    assert sorted(at_once(app, act, act)) == ["Conflict", "retired"]
    assert len(session.scalars(history.of(f"product:{world.honey.code}")).all()) == 1
