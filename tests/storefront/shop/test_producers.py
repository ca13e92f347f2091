"""Those who make the goods."""

import json

from flask import Flask

from tests.pages import Page, PageClient
from tests.world import World, changing, make_producer


def makers(page: Page) -> list[str]:
    (grid,) = page.all("div", class_="producers")
    return [str(a.get("href")) for h in grid.iter("h2") for a in h.iter("a")]


def test_all_who_have_something_to_show_are_listed(app: Flask, client: PageClient, world: World) -> None:
    with changing(app):
        make_producer("Hộ chưa có hàng")
    page = client.get("/chu-the")
    assert makers(page) == [f"/chu-the/{world.household.slug}", f"/chu-the/{world.cooperative.slug}"]


def test_a_legal_form_can_be_chosen(client: PageClient, world: World) -> None:
    assert makers(client.get("/chu-the?chu_the=household")) == [f"/chu-the/{world.household.slug}"]
    assert "Chưa có chủ thể nào thuộc loại hình này" in client.get("/chu-the?chu_the=company").text
    assert len(makers(client.get("/chu-the?chu_the=khong"))) == 2


def test_a_maker_has_a_story_and_all_they_sell(client: PageClient, world: World) -> None:
    page = client.get(f"/chu-the/{world.cooperative.slug}")
    assert page.one("h1").text == "Hợp tác xã Nông sản Nà Thử"
    assert "Mật chia đều cho từng bếp." in page.text
    assert "2 món của nhà này" in page.text
    facts = json.loads("".join(page.one("script", type="application/ld+json").itertext()))
    assert (facts["@type"], facts["address"]) == ("Organization", "Thôn 1, Xã Trà My, Đà Nẵng")


def test_a_maker_without_goods_has_a_page_that_says_so(app: Flask, client: PageClient, world: World) -> None:
    with changing(app):
        make_producer("Hộ chưa có hàng", slug="ho-chua-co-hang")
    assert "Chưa có sản phẩm đang bán" in client.get("/chu-the/ho-chua-co-hang").text


def test_a_maker_nobody_knows_is_not_found(client: PageClient, world: World) -> None:
    client.get("/chu-the/khong-co", status=404)
