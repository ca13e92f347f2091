"""A place: what it makes, who makes it, where to buy near it."""

import pytest

from catalog import places
from catalog.text import slugify
from tests.pages import PageClient
from tests.world import World


def test_a_commune_shows_its_goods_makers_and_outlets(client: PageClient, world: World) -> None:
    page = client.get("/xa-phuong/tra-my")
    assert page.one("h1").text == "Xã Trà My"
    assert "Thành phố Đà Nẵng · địa phận Huyện Bắc Trà My trước 1/7/2025" in page.text
    links = {str(a.get("href")) for a in page.all("a")}
    assert {"/san-pham/mat-ong-rung", "/san-pham/che-day", f"/chu-the/{world.cooperative.slug}"} <= links
    assert "/san-pham/den-long-lua" not in links
    outlets = [a.get("href") for h in page.all("h3", class_="outlet-name") for a in h.iter("a")]
    assert outlets == ["/diem-ban/diem-ban-d02", "/diem-ban/diem-ban-t01", "/diem-ban/diem-ban-d01"]


def test_a_commune_without_goods_has_a_page(client: PageClient, world: World) -> None:
    assert "Nơi này chưa có sản phẩm OCOP trên gian hàng" in client.get("/xa-phuong/tan-hiep").text


@pytest.mark.parametrize("slug", ["ben-nghe", "khong-co", "TRA-MY"])
def test_other_places_are_not_found(client: PageClient, world: World, slug: str) -> None:
    client.get(f"/xa-phuong/{slug}", status=404)


def test_every_commune_of_the_province_has_its_own_address() -> None:
    slugs = [slugify(commune.name) for commune in places.communes(places.HOME)]
    assert len(slugs) == len(set(slugs)) == 94
