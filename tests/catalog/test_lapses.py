"""What may still be sold of a product whose certificate has run out."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from catalog import certificates, lapses, stock
from catalog.cards import product_cards
from catalog.certificates import CertificateState
from catalog.clock import start_of
from catalog.db import db, transaction
from catalog.lapses import LapsedPolicy
from catalog.lots import Lot
from catalog.outlets import Outlet
from catalog.products import Product
from tests.world import MONDAY_NINE, make_certificate, make_lot, make_outlet, make_product, put, variant_of

ENDED = date(2026, 11, 1)
EXISTING = LapsedPolicy.SELL_EXISTING_LOTS


@pytest.fixture
def outlet(session: Any) -> Outlet:
    with transaction():
        return make_outlet()


@pytest.fixture
def product(session: Any, outlet: Outlet) -> Product:
    """Its certificate ended on ENDED; two lots: ``old`` came a second before, ``new`` on the day."""
    with transaction():
        product = make_product(stars=None)
        make_certificate(product, signed_on=date(2023, 11, 1))
        receive(product, outlet, "old", 3, -1)
        receive(product, outlet, "new", 5, 0)
        return product


def receive(product: Product, outlet: Outlet, code: str, units: int, seconds: int) -> None:
    """Units of a lot arrive so many seconds after ENDED began."""
    variant = variant_of(product)
    lot = db.session.scalar(select(Lot).filter_by(code=code, variant_id=variant.id)) or make_lot(variant, code=code)
    at = start_of(ENDED) + timedelta(seconds=seconds)
    stock.receive(lot, outlet, units, cause=f"note:{code}:{seconds}", actor="user:1", at=at)


def rule(policy: LapsedPolicy, *products: Product) -> lapses.Lapses:
    ids = [product.id for product in products]
    return lapses.of(ids, certificates.current(ids, at=MONDAY_NINE), policy=policy, at=MONDAY_NINE)


def sold_from(policy: LapsedPolicy, product: Product) -> list[str]:
    variant = variant_of(product)
    found = rule(policy, product).narrow(stock.shelves([variant.id], at=MONDAY_NINE), {variant.id: product.id})
    return [db.session.get_one(Lot, shelf.lot_id).code for shelf in found]


@pytest.mark.parametrize(
    ("policy", "lots", "orderable"),
    [
        (LapsedPolicy.HIDE_STARS, ["old", "new"], True),
        (LapsedPolicy.NOT_ORDERABLE, ["old", "new"], False),
        (EXISTING, ["old"], True),
    ],
)
def test_the_rule_decides_which_lots_may_be_sold(
    product: Product, policy: LapsedPolicy, lots: list[str], orderable: bool
) -> None:
    assert sold_from(policy, product) == lots
    assert rule(policy, product).orderable(product.id) is orderable


def test_more_of_a_lot_that_had_come_before_is_still_that_lot(product: Product, outlet: Outlet) -> None:
    with transaction():
        receive(product, outlet, "old", 4, 100)
    variant = variant_of(product)
    free = stock.free_by_variant([variant.id], at=MONDAY_NINE)
    assert free == {variant.id: 12}
    assert rule(EXISTING, product).free(free, {variant.id: product.id}, at=MONDAY_NINE) == {variant.id: 7}


def test_a_lot_that_moved_on_counts_from_its_first_arrival(product: Product, outlet: Outlet) -> None:
    with transaction():
        elsewhere = make_outlet()
        old = db.session.scalars(select(Lot).filter_by(code="old")).one()
        stock.take_in(old, elsewhere, 1, consigned=False, cause="transfer:1", actor="user:1", at=MONDAY_NINE)
    assert sold_from(EXISTING, product) == ["old", "old"]


def test_what_never_had_stars_or_lost_them_by_decision_has_no_lots_to_sell(session: Any, outlet: Outlet) -> None:
    with transaction():
        never, revoked = make_product(stars=None), make_product(stars=None)
        make_certificate(
            revoked, signed_on=date(2025, 1, 1), state=CertificateState.REVOKED, revoked_on=date(2026, 10, 1)
        )
        for product in (never, revoked):
            put(make_lot(variant_of(product)), outlet.code, 2)
    assert [rule(EXISTING, p).orderable(p.id) for p in (never, revoked)] == [False, False]
    assert [rule(LapsedPolicy.HIDE_STARS, p).orderable(p.id) for p in (never, revoked)] == [True, True]


def test_a_new_decision_sells_everything_again(product: Product) -> None:
    with transaction():
        make_certificate(product, signed_on=date(2026, 11, 20))
    assert sold_from(EXISTING, product) == ["old", "new"]


def test_a_card_offers_what_may_be_sold(app: Flask, product: Product) -> None:
    found = {policy: product_cards([product.id], at=MONDAY_NINE, lapsed=policy)[0] for policy in LapsedPolicy}
    assert {policy: (card.free, card.orderable, card.stars) for policy, card in found.items()} == {
        LapsedPolicy.HIDE_STARS: (8, True, None),
        LapsedPolicy.NOT_ORDERABLE: (8, False, None),
        EXISTING: (3, True, None),
    }
