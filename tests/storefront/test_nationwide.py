"""The catalogue of national size: as large as was asked for, always the same, and as sound as the real one."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from catalog import places, sequence, stock
from catalog.certificates import Certificate
from catalog.clock import vietnam_day
from catalog.db import transaction
from catalog.jobs import Job
from catalog.lots import Lot
from catalog.producers import Producer
from catalog.products import Photo, Product, ProductKind, Variant
from catalog.stock import StockLevel
from storefront import demo, nationwide
from tests.storefront.demo_files import small_demo
from tests.world import MONDAY_NINE

MADE_UP = Product.code.startswith(nationwide.PREFIX)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_demo(tmp_path)


@pytest.fixture
def shop(session: Any, folder: Path) -> Any:
    demo.load_demo(MONDAY_NINE, folder=folder)
    return session


def grow(products: int) -> int:
    with transaction():
        return nationwide.grow(products, at=MONDAY_NINE)


def test_it_grows_to_the_size_asked_for_and_no_further(shop: Any) -> None:
    before = sequence.current()
    assert grow(400) == 268
    assert shop.scalar(select(func.count(Product.id))) == 400
    assert shop.scalar(select(func.count(Producer.id))) == nationwide.PRODUCERS
    assert sequence.current() == before + 1
    assert shop.scalars(select(Job.kind).order_by(Job.id)).all()[-1] == "index.rebuild"

    names = dict(shop.execute(select(Product.code, Product.name_vi).where(MADE_UP)).all())
    assert grow(400) == 0
    assert grow(450) == 50
    assert names.items() <= dict(shop.execute(select(Product.code, Product.name_vi)).all()).items()
    assert stock.drift() == []


def test_what_it_adds_can_be_shown_and_sold_like_the_rest(shop: Any) -> None:
    grow(500)
    made_up = shop.scalars(select(Product).where(MADE_UP)).all()
    assert len({product.slug for product in made_up}) == 368
    assert len({product.commune_code for product in made_up}) == 368
    provinces = {places.get_commune(product.commune_code).province_code for product in made_up}
    assert len(provinces) == 34
    ids = [product.id for product in made_up]
    goods = [product.id for product in made_up if product.kind is ProductKind.GOODS]
    assert set(shop.scalars(select(Photo.product_id).where(Photo.product_id.in_(ids)))) == set(ids)
    assert set(shop.scalars(select(Variant.product_id).where(Variant.product_id.in_(ids)))) == set(ids)
    with_lots = select(Variant.product_id).join(Lot, Lot.variant_id == Variant.id).where(Variant.product_id.in_(ids))
    assert set(shop.scalars(with_lots)) == set(goods)
    today = vietnam_day(MONDAY_NINE)
    soonest = shop.scalar(select(func.min(Lot.best_before)).where(Lot.code.startswith("L-VN")))
    assert soonest > today
    decisions = select(Certificate.stars, func.count()).where(Certificate.product_id.in_(ids))
    assert dict(shop.execute(decisions.group_by(Certificate.stars)).all()) == {3: 223, 4: 69, 5: 8}
    lapsed = decisions.where(Certificate.expires_on <= today).group_by(Certificate.stars)
    assert dict(shop.execute(lapsed).all()) == {3: 46, 4: 13, 5: 1}
    assert shop.scalar(select(func.max(StockLevel.on_hand))) <= 60
    assert stock.drift() == []


def test_loading_the_demo_after_it_changes_nothing(shop: Any, folder: Path) -> None:
    grow(200)
    number = sequence.current()
    demo.load_demo(MONDAY_NINE + timedelta(days=1), folder=folder)
    assert (shop.scalar(select(func.count(Product.id))), sequence.current()) == (200, number)
