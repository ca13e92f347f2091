from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from catalog import people
from catalog.db import db, transaction
from catalog.errors import NotFound
from catalog.lapses import LapsedPolicy
from catalog.money import Money
from catalog.products import Product, ProductState, Variant
from checkout import carts
from checkout.carts import Added, Cart, CartFull, CartLine, NotOrderable
from checkout.delivery import Collect
from checkout.rules import Problem, Rules
from tests.checkout.factories import RULES, levels, make_cart, order_for, rows
from tests.world import MONDAY_NINE, World, make_lot, make_product, put, variant_of

NOW = MONDAY_NINE


def test_adding_twice_sums_up(world: World) -> None:
    honey = variant_of(world.honey).id
    with transaction():
        cart = carts.open_cart(at=NOW)
        assert carts.put(cart, honey, 2, at=NOW, rules=RULES) == Added(2, capped=False)
        assert carts.put(cart, honey, 3, at=NOW, rules=RULES) == Added(5, capped=False)
    assert carts.count(cart.token) == 5


def test_no_more_than_is_free_goes_in(world: World) -> None:
    with transaction():
        cart = carts.open_cart(at=NOW)
        assert carts.put(cart, variant_of(world.honey).id, 9, at=NOW, rules=RULES) == Added(8, capped=True)
        assert carts.put(cart, variant_of(world.honey).id, 1, at=NOW, rules=RULES) == Added(8, capped=True)
    assert carts.count(cart.token) == 8


def test_no_more_than_is_allowed_goes_in(world: World) -> None:
    with transaction():
        cart = carts.open_cart(at=NOW)
        added = carts.put(cart, variant_of(world.tea).id, 9, at=NOW, rules=Rules(max_quantity_per_line=4))
    assert added == Added(4, capped=True)


def test_what_is_sold_out_leaves_no_line(world: World) -> None:
    with transaction():
        order_for((world.lantern, 2), destination=Collect(world.quay.id))
        cart = carts.open_cart(at=NOW)
        assert carts.put(cart, variant_of(world.lantern).id, 1, at=NOW, rules=RULES) == Added(0, capped=True)
    assert rows(CartLine) == [0]


def test_a_cart_holds_nothing(world: World) -> None:
    with transaction():
        make_cart((world.honey, 5))
    assert levels(world.centre) == [(5, 0), (20, 0)]


def test_a_tour_is_not_put_into_a_cart(world: World) -> None:
    tour = variant_of(world.tour).id
    with transaction():
        cart = carts.open_cart(at=NOW)
        with pytest.raises(NotOrderable) as refused:
            carts.put(cart, tour, 1, at=NOW, rules=RULES)
    assert refused.value.problems == {tour: Problem.NOT_ORDERABLE}
    assert rows(CartLine) == [0]


def test_an_unknown_variant_is_not_found(world: World) -> None:
    with transaction():
        cart = carts.open_cart(at=NOW)
        with pytest.raises(NotFound):
            carts.put(cart, 999_999_999, 1, at=NOW, rules=RULES)


def test_a_full_cart_takes_no_further_line_but_more_of_the_same(world: World) -> None:
    rules = Rules(max_lines=1)
    with transaction():
        cart = make_cart((world.honey, 1), rules=rules)
        with pytest.raises(CartFull):
            carts.put(cart, variant_of(world.tea).id, 1, at=NOW, rules=rules)
        assert carts.put(cart, variant_of(world.honey).id, 1, at=NOW, rules=rules) == Added(2, capped=False)


def test_changing_sets_the_number_and_zero_takes_the_line_out(world: World) -> None:
    honey = variant_of(world.honey).id
    with transaction():
        cart = make_cart((world.honey, 1), (world.tea, 2))
        assert carts.change(cart, honey, 4, at=NOW, rules=RULES) == Added(4, capped=False)
        assert carts.count(cart.token) == 6
        assert carts.change(cart, honey, 0, at=NOW, rules=RULES) == Added(0, capped=False)
    assert carts.variant_ids(cart) == [variant_of(world.tea).id]


def test_removing_twice_is_removing(world: World) -> None:
    with transaction():
        cart = make_cart((world.honey, 1))
        carts.remove(cart, variant_of(world.honey).id, at=NOW)
        carts.remove(cart, variant_of(world.honey).id, at=NOW)
    assert rows(Cart, CartLine) == [1, 0]


def test_a_cart_is_found_by_its_secret_only(world: World) -> None:
    with transaction():
        cart = make_cart((world.honey, 1))
    assert carts.find_cart(cart.token) is cart
    assert carts.find_cart("") is None
    assert carts.count("no such token") == 0
    assert len(cart.token) == 43


def test_two_carts_become_one_capped_at_what_is_free(world: World) -> None:
    honey, tea = variant_of(world.honey).id, variant_of(world.tea).id
    with transaction():
        user = people.register("thu@example.org", "mat khau dai", name="Thử", phone=None, at=NOW)
        mine = make_cart((world.honey, 6), customer_id=user.id)
        anonymous = make_cart((world.honey, 4), (world.tea, 1))
        moved = carts.merge_into(mine, anonymous, at=NOW, rules=RULES)
    assert moved == {honey: Added(8, capped=True), tea: Added(1, capped=False)}
    assert rows(Cart, CartLine) == [1, 2]
    assert carts.of_customer(user.id) is mine


def test_what_went_off_sale_stays_behind_in_a_merge(world: World) -> None:
    tea = variant_of(world.tea).id
    with transaction():
        mine, anonymous = make_cart(), make_cart((world.tea, 1))
        withdraw(world.tea)
        assert carts.merge_into(mine, anonymous, at=NOW, rules=RULES) == {tea: Added(0, capped=True)}
    assert rows(Cart, CartLine) == [1, 0]


def test_the_view_shows_todays_prices_stars_and_stock(world: World) -> None:
    with transaction():
        cart = make_cart((world.honey, 2), (world.tea, 3))
    view = carts.view(cart, at=NOW, rules=RULES)

    assert [(item.slug, item.quantity, item.price, item.amount, item.free, item.stars) for item in view.items] == [
        ("mat-ong-rung", 2, Money(250_000), Money(500_000), 8, 4),
        ("che-day", 3, Money(90_000), Money(270_000), 20, 3),
    ]
    assert [item.problem for item in view.items] == [None, None]
    assert (view.goods, view.count, view.changed, view.orderable) == (Money(770_000), 5, False, True)
    assert view.items[0].name("vi") == "Mật ong rừng"
    assert view.items[0].name("en") == world.honey.name_en


def test_no_cart_looks_like_an_empty_one(world: World) -> None:
    view = carts.view(None, at=NOW, rules=RULES)
    assert (view.items, view.goods, view.count, view.orderable) == ((), Money(0), 0, False)


def test_a_new_price_is_said_until_it_is_accepted(world: World) -> None:
    with transaction():
        cart = make_cart((world.honey, 1))
        raise_price(world.honey, 260_000)
    item = carts.view(cart, at=NOW, rules=RULES).items[0]
    assert (item.problem, item.was_price, item.price) == (Problem.PRICE_CHANGED, Money(250_000), Money(260_000))
    assert carts.view(cart, at=NOW, rules=RULES).orderable

    with transaction():
        carts.accept_prices(cart, at=NOW)
    item = carts.view(cart, at=NOW, rules=RULES).items[0]
    assert (item.problem, item.was_price) == (None, None)


def test_a_shelf_that_emptied_since_is_said_on_the_line(world: World) -> None:
    with transaction():
        some, all_of_it = make_cart((world.lantern, 1)), make_cart((world.lantern, 2))
        order_for((world.lantern, 1), destination=Collect(world.quay.id))
    assert problems(some) == [None]
    assert problems(all_of_it) == [Problem.SHORT]

    with transaction():
        order_for((world.lantern, 1), destination=Collect(world.quay.id))
    assert problems(some) == problems(all_of_it) == [Problem.SOLD_OUT]


def test_units_whose_hold_ran_out_are_free_before_anybody_tidied_up(world: World) -> None:
    with transaction():
        cart = make_cart((world.lantern, 1))
        order_for((world.lantern, 2), destination=Collect(world.quay.id))
    assert carts.view(cart, at=NOW + timedelta(minutes=59), rules=RULES).items[0].free == 0
    assert carts.view(cart, at=NOW + timedelta(minutes=60), rules=RULES).items[0].free == 2


def test_what_went_off_sale_is_said_on_the_line(world: World) -> None:
    with transaction():
        cart = make_cart((world.tea, 1))
        withdraw(world.tea)
    assert problems(cart) == [Problem.WITHDRAWN]


def test_a_lapsed_product_can_be_bought_without_stars_or_not_at_all(world: World) -> None:
    with transaction():
        cart = make_cart((make_product("Bánh thử", stars=None, free={"T01": 3}), 1))
    item = carts.view(cart, at=NOW, rules=RULES).items[0]
    assert (item.problem, item.stars, item.certificate_number) == (None, None, None)
    strict = Rules(lapsed_policy=LapsedPolicy.NOT_ORDERABLE)
    assert carts.view(cart, at=NOW, rules=strict).items[0].problem is Problem.NOT_ORDERABLE


def test_a_view_takes_four_queries_whatever_is_in_the_cart(world: World, count_queries: Any) -> None:
    with transaction():
        products = [make_product(f"Hàng {n}", free={"T01": 3, "D01": 2}) for n in range(12)]
        put(make_lot(variant_of(products[0])), "D02", 4)
        small, large = make_cart((world.honey, 1)), make_cart(*((product, 1) for product in products))
    for cart in (small, large):
        with count_queries() as sent:
            carts.view(cart, at=NOW, rules=RULES)
        assert len(sent) == 4


def problems(cart: Cart) -> list[Problem | None]:
    return [item.problem for item in carts.view(cart, at=NOW, rules=RULES).items]


def withdraw(product: Product) -> None:
    changed = update(Product).where(Product.id == product.id).values(state=ProductState.RETIRED)
    db.session.execute(changed)


def raise_price(product: Product, price: int) -> None:
    db.session.execute(update(Variant).where(Variant.product_id == product.id).values(price=price))
