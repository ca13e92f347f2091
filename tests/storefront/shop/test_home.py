"""The front door."""

from collections.abc import Callable

from flask import Flask

from tests.conftest import Clock
from tests.pages import Page, PageClient
from tests.world import World, changing, make_product


def goods(page: Page) -> list[str]:
    """Addresses of the products on its cards."""
    return [str(h.find("a").get("href")) for h in page.all("h3", class_="card-name") if h.find("a") is not None]  # type: ignore[union-attr]


def test_it_tells_what_the_shop_has(client: PageClient, world: World) -> None:
    page = client.get("/")
    assert "4 đặc sản của 2 chủ thể xứ Quảng" in page.text
    assert [link.get("href") for door in page.all("li", class_="door") for link in door.iter("a")] == [
        "/nhom/thuc-pham",
        "/nhom/thu-cong-my-nghe",
        "/nhom/du-lich-cong-dong",
    ]
    assert "Mùa ong trên nương" in page.text


def test_five_stars_have_their_shelf(client: PageClient, world: World) -> None:
    (shelf,) = client.get("/").all("section", class_="loom")
    assert [link.get("href") for link in shelf.iter("a") if "/san-pham/" in str(link.get("href"))] == [
        "/san-pham/den-long-lua"
    ]


def test_the_season_s_shelf_is_of_this_month_of_vietnam(
    app: Flask, client: PageClient, world: World, clock: Clock
) -> None:
    with changing(app):
        make_product("Cam tháng mười một", slug="cam", season="11", free={"T01": 1})
        make_product("Bánh tháng chạp", slug="banh", season="12", free={"T01": 1})
    page = client.get("/")
    assert "Tháng 11, đang vào mùa" in page.text
    assert goods(page)[0] == "/san-pham/cam"
    clock.advance(days=7, hours=15)  # Monday midnight in Vietnam, and still November in Greenwich
    page = client.get("/")
    assert "Quà Tết từ các làng" in page.text
    assert goods(page)[0] == "/san-pham/banh"


def test_the_nearest_outlets_follow_the_place_the_visitor_named(client: PageClient, world: World) -> None:
    def nearest() -> str:
        return str(client.get("/").all("h3", class_="outlet-name")[0].find("a").get("href"))  # type: ignore[union-attr]

    assert nearest() == "/diem-ban/diem-ban-t01"
    client.get("/diem-ban?q=tra+my")
    assert nearest() == "/diem-ban/diem-ban-d02"


def test_a_card_with_one_size_can_be_put_in_the_cart_at_once(client: PageClient, world: World) -> None:
    page = client.get("/")
    form = page.form("/gio-hang/them")
    page = client.post("/gio-hang/them", form)
    assert page.response.request.path == "/"
    assert page.one("span", class_="cart-count").text == "1"


def test_an_empty_shop_opens_too(client: PageClient) -> None:
    page = client.get("/")
    assert goods(page) == []
    assert "0 đặc sản của 0 chủ thể" in page.text


def test_kept_pages_are_the_same_pages(client: PageClient, world: World, choose: Callable[..., None]) -> None:
    fresh = client.get("/").text
    choose(page_seconds=10)
    assert [client.get("/").text for _ in range(2)] == [fresh, fresh]
