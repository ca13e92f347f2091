"""Who writes and who decides about pages."""

from typing import Any

import pytest

from catalog.db import db, transaction
from catalog.makers import Maker
from catalog.memberships import Officer
from catalog.products import Product
from tests.catalog.drafting import FOOD, fresh
from tests.world import World, make_member, make_officer, maker_of, officer_of


@pytest.fixture
def maker(session: Any, world: World) -> Maker:
    """Of the cooperative, whose honey has all that a page needs."""
    with transaction():
        honey = db.session.get_one(Product, world.honey.id)
        for name, value in FOOD.items():
            setattr(honey, name, value)
        return maker_of(make_member(world.cooperative))


@pytest.fixture
def officer(session: Any, world: World) -> Officer:
    with transaction():
        return officer_of(make_officer())


@pytest.fixture
def honey(session: Any, world: World, maker: Maker) -> Product:
    return fresh(Product, world.honey.id)
