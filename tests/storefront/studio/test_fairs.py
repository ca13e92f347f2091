"""A producer sees the public events in which it takes part, and nobody else's."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask

from catalog import fairs
from catalog.fairs import FairFacts, FairKind
from tests.pages import PageClient
from tests.world import MONDAY, MONDAY_NINE, World, changing, make_officer, officer_of

DAY = timedelta(days=1)


def make(
    app: Flask, name: str, *, ago: int = -5, public: bool = True, product: Any = None, producer: Any = None
) -> None:
    with changing(app):
        by = officer_of(make_officer())
        day = MONDAY - ago * DAY
        facts = FairFacts(FairKind.FAIR, name, day, day, "Quảng trường (thử)", "Ban tổ chức (thử)")
        fair = fairs.draft(facts, by=by, at=MONDAY_NINE)
        if product:
            fairs.add_product(fair, product, by=by, at=MONDAY_NINE)
        if producer:
            fairs.add_producer(fair, producer, by=by, at=MONDAY_NINE)
        if public:
            fairs.publish(fair, by=by, at=MONDAY_NINE)


def test_its_events_are_listed_what_is_coming_first(app: Flask, world: World, maker: Callable[..., PageClient]) -> None:
    make(app, "Sắp tới thử", product=world.honey)
    make(app, "Đã qua thử", ago=30, producer=world.cooperative)
    make(app, "Nháp thử", public=False, product=world.honey)
    make(app, "Của người khác", product=world.lantern)
    text = maker(world.cooperative).get(f"/nha-san-xuat/{world.cooperative.code}/su-kien").text
    assert text.index("Sắp tới thử") < text.index("Đã qua thử")
    assert "Nháp thử" not in text
    assert "Của người khác" not in text


def test_without_any_it_says_so_and_a_stranger_finds_nothing(world: World, maker: Callable[..., PageClient]) -> None:
    client = maker(world.household)
    assert "Chưa có sự kiện nào" in client.get(f"/nha-san-xuat/{world.household.code}/su-kien").text
    client.get(f"/nha-san-xuat/{world.cooperative.code}/su-kien", status=404)
