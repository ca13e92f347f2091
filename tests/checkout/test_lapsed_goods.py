"""Goods whose certificate has run out, where only what had arrived before may be sold: carts, orders, the counter."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from catalog import stock
from catalog.certificates import Certificate, CertificateState
from catalog.clock import start_of
from catalog.db import db, transaction
from catalog.lapses import LapsedPolicy
from catalog.lots import Lot
from catalog.products import Product
from checkout import carts, orders, sales, tickets
from checkout.carts import NotOrderable
from checkout.delivery import Collect
from checkout.orders import Fulfilment, FulfilmentPick
from checkout.rules import Problem
from checkout.sales import SalePick
from checkout.tickets import Unsellable, Why
from tests.checkout.factories import RULES, make_cart, make_request, place, total_of
from tests.checkout.selling import open_till
from tests.world import MONDAY, MONDAY_NINE, World, certificate_of, make_certificate, make_lot, make_product, variant_of

NOW = MONDAY_NINE
RULE = replace(RULES, lapsed_policy=LapsedPolicy.SELL_EXISTING_LOTS)
ENDED = date(2026, 11, 1)


@pytest.fixture
def oil(session: Any, world: World) -> Product:
    """Lapsed on ENDED. At the quay three units of a lot that came before, best before the five of the new one."""
    with transaction():
        product = make_product("Dầu phụng", stars=None)
        make_certificate(product, signed_on=date(2023, 11, 1))
        for code, units, days in (("old", 3, -1), ("new", 5, 1)):
            lot = make_lot(variant_of(product), code=code, best_before=MONDAY + timedelta(days=300 - 10 * days))
            at = start_of(ENDED) + timedelta(days=days)
            stock.receive(lot, world.quay, units, cause=f"note:{code}", actor="user:1", at=at)
        return product


def lot(code: str) -> int:
    return db.session.scalars(select(Lot.id).filter_by(code=code)).one()


def test_a_cart_takes_what_had_arrived_before(oil: Product) -> None:
    with transaction():
        cart = carts.open_cart(at=NOW)
        added = carts.put(cart, variant_of(oil).id, 4, at=NOW, rules=RULE)
    assert (added.quantity, added.capped) == (3, True)
    (item,) = carts.view(cart, at=NOW, rules=RULE).items
    assert (item.free, item.problem, item.stars, item.certificate_number) == (3, None, None, None)
    (item,) = carts.view(cart, at=NOW, rules=RULES).items
    assert item.free == 8


def test_an_order_is_served_from_existing_lots_only(world: World, oil: Product) -> None:
    request = make_request(Collect(world.quay.id))
    with transaction():
        cart = make_cart((oil, 3), rules=RULE)
        order = place(cart, request, rules=RULE)
    picks = select(FulfilmentPick.lot_id, FulfilmentPick.quantity).join(Fulfilment)
    assert db.session.execute(picks.where(Fulfilment.order_id == order.id)).all() == [(lot("old"), 3)]
    assert [(line.stars, line.certificate_number) for line in orders.get_order(order.reference).lines] == [(None, None)]
    (item,) = carts.view(_cart_of(oil), at=NOW, rules=RULE).items
    assert (item.free, item.problem) == (0, Problem.SOLD_OUT)


def _cart_of(product: Product) -> carts.Cart:
    with transaction():
        return make_cart((product, 1))


def test_more_than_existing_lots_hold_is_not_ordered(world: World, oil: Product) -> None:
    with transaction():
        cart = make_cart((oil, 5))
    (item,) = carts.view(cart, at=NOW, rules=RULE).items
    assert (item.free, item.problem) == (3, Problem.SHORT)


def test_what_lost_its_stars_by_decision_is_not_ordered(world: World, oil: Product) -> None:
    with transaction():
        certificate = db.session.get_one(Certificate, certificate_of(oil).id)
        certificate.state, certificate.revoked_on = CertificateState.REVOKED, date(2025, 1, 1)
    with pytest.raises(NotOrderable) as refused, transaction():
        make_cart((oil, 1), rules=RULE)
    assert list(refused.value.problems.values()) == [Problem.NOT_ORDERABLE]


def test_the_counter_sells_from_existing_lots_only(world: World, oil: Product) -> None:
    with transaction():
        clerk = open_till(world.quay)
        tickets.add(world.quay.id, variant_of(oil).id, 3, by=clerk, at=NOW, rules=RULE)
        view = tickets.view(tickets.find_ticket(world.quay.id, clerk.user_id), world.quay.id, at=NOW, rules=RULE)
        assert (view.items[0].free, view.items[0].trouble) == (3, None)
        reference = sales.pay_cash(world.quay.id, shown_total=view.total, by=clerk, at=NOW, rules=RULE)
    assert sales.get_sale(world.quay.id, reference).total == 750_000
    assert db.session.execute(select(SalePick.lot_id, SalePick.quantity)).all() == [(lot("old"), 3)]
    with pytest.raises(Unsellable) as refused, transaction():
        tickets.add(world.quay.id, variant_of(oil).id, 1, by=clerk, at=NOW, rules=RULE)
    assert refused.value.troubles[0].why is Why.UNCERTIFIED


def test_the_counter_refuses_what_never_had_stars(world: World) -> None:
    with transaction():
        plain = make_product("Không sao", stars=None, free={"D01": 4})
        clerk = open_till(world.quay)
    with pytest.raises(Unsellable) as refused, transaction():
        tickets.add(world.quay.id, variant_of(plain).id, 1, by=clerk, at=NOW, rules=RULE)
    assert refused.value.troubles[0].why is Why.UNCERTIFIED


def test_an_order_keeps_its_stars_when_they_are_taken_back(world: World) -> None:
    with transaction():
        order = place(make_cart((world.honey, 1)))
        number = certificate_of(world.honey).number
    with transaction():
        certificate = db.session.get_one(Certificate, certificate_of(world.honey).id)
        certificate.state, certificate.revoked_on = CertificateState.REVOKED, MONDAY
    db.session.expire_all()
    assert [(line.stars, line.certificate_number) for line in orders.get_order(order.reference).lines] == [(4, number)]
    assert total_of(_cart_of(world.honey)).minor > 0
