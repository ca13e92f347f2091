"""The public calendar: what is coming first, then the past by year; one page each; nothing that nobody has said."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from catalog import fairs
from catalog.db import db
from catalog.fairs import FairFacts, FairKind
from catalog.memberships import Officer
from catalog.products import Product, ProductState
from tests.pages import PageClient
from tests.world import HOI_AN, MONDAY, MONDAY_NINE, World, changing, make_officer, make_product, officer_of

DAY = timedelta(days=1)
Draft = Callable[..., str]


@pytest.fixture
def by(app: Flask, world: World) -> Officer:
    with changing(app):
        return officer_of(make_officer())


@pytest.fixture
def make(app: Flask, by: Officer) -> Draft:
    """A public event; returns its slug. ``ago``: days since its first one."""

    def event(name: str, *, ago: int = -9, public: bool = True, goods: tuple[Product, ...] = (), **facts: Any) -> str:
        with changing(app):
            first = MONDAY - ago * DAY
            defaults: dict[str, Any] = {
                "kind": FairKind.FESTIVAL, "starts_on": first, "ends_on": first + DAY, "place_vi": "Quảng trường (thử)",
                "organiser_vi": "Ban tổ chức (thử)", "commune_code": HOI_AN,
            }  # fmt: skip
            fair = fairs.draft(FairFacts(name_vi=name, **defaults | facts), by=by, at=MONDAY_NINE)
            if public:
                fairs.publish(fair, by=by, at=MONDAY_NINE)
            for product in goods:
                fairs.add_product(fair, product, by=by, at=MONDAY_NINE)
            return fair.slug

    return event


def test_an_empty_calendar_says_so(client: PageClient, world: World) -> None:
    assert "Chưa có sự kiện nào sắp tới" in client.get("/su-kien").text


def test_what_is_coming_stands_first_and_the_past_is_by_year(client: PageClient, make: Draft) -> None:
    make("Tết thử", ago=-60)
    make("Gần thử", ago=-2)
    make("Hôm nay thử", ago=0)
    make("Năm nay thử", ago=40)
    make("Năm kia thử", ago=800)
    make("Nháp thử", public=False)
    page = client.get("/su-kien")
    named = ["".join(h.itertext()) for h in page.all("h3", class_="fair-name")]
    assert named == ["Hôm nay thử", "Gần thử", "Tết thử", "Năm nay thử"]
    assert "Đang diễn ra" in page.text
    assert "Đã qua, năm 2026" in page.text
    assert "Nháp thử" not in page.text
    older = client.get("/su-kien?nam=2024").text
    assert "Năm kia thử" in older
    assert "Năm nay thử" not in older
    for nonsense in ("1066", "x", "2024'"):
        assert "Năm nay thử" in client.get(f"/su-kien?nam={nonsense}").text


def test_a_page_tells_when_where_and_who(app: Flask, client: PageClient, world: World, make: Draft) -> None:
    slug = make(
        "Lễ hội <thử>", goods=(world.honey, world.lantern), link="https://example.org/le-hoi",
        description_vi="Một.\n\nHai & ba.",
    )  # fmt: skip
    page = client.get(f"/su-kien/{slug}")
    for words in (
        "Lễ hội <thử>", "2–3/12/2026", "Quảng trường (thử), Phường Hội An, Đà Nẵng", "Ban tổ chức (thử), example.org",
        "Hai & ba.", "2 sản phẩm có mặt", "Mật ong rừng", "Đèn lồng lụa", "2 chủ thể tham gia", "Hộ sản xuất Bến Thử",
    ):  # fmt: skip
        assert words in page.text
    (block,) = page.all("script", type="application/ld+json")
    facts = json.loads(block.text or "")
    assert facts == {
        "@context": "https://schema.org", "@type": "Event", "name": "Lễ hội <thử>",
        "url": f"http://localhost/su-kien/{slug}", "startDate": "2026-12-02", "endDate": "2026-12-03",
        "eventStatus": "https://schema.org/EventScheduled",
        "location": {"@type": "Place", "name": "Quảng trường (thử)", "address": "Phường Hội An, Đà Nẵng"},
        "organizer": {"@type": "Organization", "name": "Ban tổ chức (thử)"}, "description": "Một. Hai & ba.",
    }  # fmt: skip


def test_goods_that_shoppers_may_not_see_are_not_shown(
    app: Flask, client: PageClient, world: World, make: Draft
) -> None:
    with changing(app):
        spirit = make_product("Rượu thử", group="2.1a")
    slug = make("Hội chợ thử", goods=(world.honey, world.tea, spirit))
    with changing(app):
        db.session.execute(update(Product).where(Product.id == world.tea.id).values(state=ProductState.RETIRED))
    text = client.get(f"/su-kien/{slug}").text
    assert "1 sản phẩm có mặt" in text
    for hidden in ("Rượu thử", "Chè dây"):
        assert hidden not in text


def test_a_cancelled_event_is_told_everywhere(app: Flask, client: PageClient, by: Officer, make: Draft) -> None:
    slug = make("Hội chợ thử")
    with changing(app):
        fairs.cancel(fairs.get_fair(slug, by), reason="bão (thử)", by=by, at=MONDAY_NINE)
    page = client.get(f"/su-kien/{slug}")
    assert "Sự kiện này đã hủy, sẽ không diễn ra." in page.text
    assert "bão" not in page.text
    assert "EventCancelled" in (page.all("script", type="application/ld+json")[0].text or "")
    assert "Đã hủy" in client.get("/su-kien").text
    assert "STATUS:CANCELLED" in client.raw.get("/su-kien.ics").get_data(as_text=True)


def test_drafts_are_nowhere(client: PageClient, make: Draft) -> None:
    slug = make("Nháp thử", public=False)
    for address in (f"/su-kien/{slug}", "/su-kien/khong-co"):
        client.get(address, status=404)
    for address in ("/su-kien", "/su-kien.ics", "/sitemap.xml"):
        assert slug not in client.raw.get(address).get_data(as_text=True)


def test_the_calendar_file_and_the_sitemap_name_public_events(client: PageClient, make: Draft) -> None:
    slug = make("Hội chợ thử")
    answer = client.raw.get("/su-kien.ics")
    assert answer.mimetype == "text/calendar"
    text = answer.get_data(as_text=True)
    assert "DTSTART;VALUE=DATE:20261202\r\nDTEND;VALUE=DATE:20261204\r\n" in text
    assert "SUMMARY:Hội chợ thử\r\n" in text
    sitemap = client.raw.get("/sitemap.xml").get_data(as_text=True)
    assert f"/su-kien/{slug}</loc>" in sitemap
    assert "/su-kien</loc>" in sitemap


def test_a_page_costs_as_many_queries_for_many_goods_as_for_few(
    app: Flask, client: PageClient, world: World, make: Draft, count_statements: Any
) -> None:
    def sent(slug: str) -> int:
        client.get(f"/su-kien/{slug}")
        with count_statements() as statements:
            client.get(f"/su-kien/{slug}")
        return len(statements)

    few = make("Ít thử", goods=(world.honey,))
    with changing(app):
        goods = tuple(make_product(f"Bánh {n}") for n in range(6))
    many = make("Nhiều thử", goods=goods)
    assert sent(many) == sent(few)
