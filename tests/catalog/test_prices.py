"""Prices and thresholds, which a producer changes at once."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from catalog import history, prices, sequence
from catalog.db import db, transaction
from catalog.errors import Conflict, Invalid, NotFound
from catalog.jobs import Job
from catalog.makers import Maker
from catalog.prices import Pricing
from catalog.products import Product, Variant
from tests.catalog.cast import at_once
from tests.world import MONDAY_NINE, World, make_member, make_variant, maker_of, variant_of

NOW = MONDAY_NINE
OLD = Pricing(250_000, 0)


@pytest.fixture
def maker(session: Any, world: World) -> Maker:
    with transaction():
        return maker_of(make_member(world.cooperative))


def honey(world: World) -> Product:
    return db.session.get_one(Product, world.honey.id, populate_existing=True)


def pricing(sku: str) -> Pricing:
    row = db.session.execute(select(Variant.price, Variant.low_stock).where(Variant.sku == sku)).one()
    return Pricing(*row)


def test_a_price_is_the_shops_at_once_and_the_page_keeps_its_version(world: World, maker: Maker) -> None:
    product, sku, before = honey(world), variant_of(world.honey).sku, sequence.current()
    with transaction():
        changed = prices.change(product, {sku: Pricing(260_000, 5)}, seen={sku: OLD}, by=maker, at=NOW)
    assert changed == (sku,)
    assert pricing(sku) == Pricing(260_000, 5)
    assert (honey(world).version, sequence.current()) == (1, before + 1)
    (job,) = db.session.scalars(select(Job).where(Job.kind == "index.products"))
    assert job.payload == {"ids": [product.id]}
    (event,) = db.session.scalars(history.of(f"product:{product.code}"))
    assert (event.verb, event.actor) == ("prices.changed", maker.actor)
    assert event.facts == {
        "before": {f"{sku} price": 250_000, f"{sku} low_stock": 0},
        "after": {f"{sku} price": 260_000, f"{sku} low_stock": 5},
    }


def test_what_is_as_it_was_changes_nothing(world: World, maker: Maker) -> None:
    sku, before = variant_of(world.honey).sku, sequence.current()
    with transaction():
        assert prices.change(honey(world), {sku: OLD}, seen={sku: OLD}, by=maker, at=NOW) == ()
    assert sequence.current() == before
    assert list(db.session.scalars(history.of(f"product:{world.honey.code}"))) == []


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Pricing(0, 0), "price"),
        (Pricing(999, 0), "price"),
        (Pricing(-5, 0), "price"),
        (Pricing(1_000_000_001, 0), "price"),
        (Pricing(250_000, -1), "low_stock"),
        (Pricing(250_000, 10_000), "low_stock"),
    ],
)
def test_numbers_that_cannot_be_are_refused_and_nothing_has_changed(
    world: World, maker: Maker, wanted: Pricing, field: str
) -> None:
    with transaction():
        second = make_variant(world.honey)
    sku, product = variant_of(world.honey).sku, honey(world)
    with pytest.raises(Invalid) as refused, transaction():
        prices.change(
            product, {sku: Pricing(300_000, 1), second.sku: wanted}, seen={sku: OLD, second.sku: OLD}, by=maker, at=NOW
        )
    assert (refused.value.field, refused.value.facts["sku"]) == (field, second.sku)
    assert pricing(sku) == pricing(second.sku) == OLD


def test_another_producers_product_and_a_foreign_size_are_not_priced(world: World, maker: Maker) -> None:
    lantern = db.session.get_one(Product, world.lantern.id)
    sku = variant_of(lantern).sku
    seen = {sku: Pricing(420_000, 0)}
    with pytest.raises(NotFound), transaction():
        prices.change(lantern, {sku: Pricing(1_000, 0)}, seen=seen, by=maker, at=NOW)
    with pytest.raises(Invalid) as refused, transaction():
        prices.change(honey(world), {sku: Pricing(1_000, 0)}, seen=seen, by=maker, at=NOW)
    assert (refused.value.field, refused.value.reason) == ("sku", "unknown")
    assert pricing(sku) == Pricing(420_000, 0)


def test_who_decided_on_an_older_price_is_told_and_all_of_it_stays(world: World, maker: Maker) -> None:
    with transaction():
        second = make_variant(world.honey)
    sku = variant_of(world.honey).sku
    wanted = {sku: Pricing(300_000, 0), second.sku: Pricing(310_000, 0)}
    with pytest.raises(Conflict), transaction():
        prices.change(honey(world), wanted, seen={sku: OLD, second.sku: Pricing(240_000, 0)}, by=maker, at=NOW)
    with pytest.raises(Conflict), transaction():
        prices.change(honey(world), wanted, seen={sku: OLD}, by=maker, at=NOW)
    assert pricing(sku) == pricing(second.sku) == OLD


def test_of_two_at_once_one_is_told(app: Flask, world: World, maker: Maker) -> None:
    sku, key = variant_of(world.honey).sku, world.honey.id

    def act(price: int) -> str:
        product = db.session.get_one(Product, key)
        prices.change(product, {sku: Pricing(price, 0)}, seen={sku: OLD}, by=maker, at=NOW)
        return str(price)

    answers = at_once(app, lambda: act(260_000), lambda: act(270_000))
    assert sorted(answers)[1] == "Conflict"
    assert pricing(sku).price == int(sorted(answers)[0])
