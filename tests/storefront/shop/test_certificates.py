"""Is this star real, and was it on that day? And no star anywhere that no longer is."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from catalog import sequence
from catalog.certificates import Certificate, CertificateState
from catalog.clock import start_of
from catalog.db import db
from catalog.products import ProductState
from storefront import indexing
from tests.conftest import Clock
from tests.pages import Page, PageClient
from tests.world import World, certificate_of, changing, make_certificate, make_product, variant_of

TOMORROW = date(2026, 11, 24)
PAGES = (
    "/",
    "/san-pham",
    "/san-pham?sao=4",
    "/nhom/thuc-pham",
    "/tim-kiem?q=mat+ong",
    "/san-pham/mat-ong-rung",
    "/xa-phuong/tra-my",
    "/diem-ban/diem-ban-t01",
)


def change_certificates(app: Flask, **values: Any) -> None:
    """As the importer does: the rows, and the catalogue's number."""
    with changing(app):
        db.session.execute(update(Certificate).values(values))
        sequence.advance()


def slug_of_honey(app: Flask, world: World) -> str:
    with app.app_context():
        return certificate_of(world.honey).slug


def seals(page: Page) -> list[str]:
    """Stars the page shows, as it says them."""
    return ["".join(seal.itertext()) for seal in page.all("span", class_="seal")]


def starred(client: PageClient, app: Flask, world: World) -> dict[str, int]:
    """Page → stars shown on it, in cards, seals and structured data."""
    with app.app_context():
        makers = [f"/chu-the/{world.cooperative.slug}", f"/chu-the/{world.household.slug}"]
    found = {}
    for path in (*PAGES, *makers):
        page = client.get(path)
        blocks = ["".join(e.itertext()) for e in page.all("script", type="application/ld+json")]
        found[path] = len(seals(page)) + sum("hasCertification" in json.loads(block) for block in blocks)
    return found


@pytest.fixture(params=[0, 10, 7, 3599], ids=["rendered", "kept", "kept across the hour", "kept long"])
def pages(request: pytest.FixtureRequest, choose: Callable[..., None]) -> None:
    """Pages rendered for each visitor, and pages that are kept for some seconds, also where midnight is no tick."""
    choose(page_seconds=request.param)


def test_at_midnight_a_star_is_gone_everywhere(
    app: Flask, client: PageClient, world: World, clock: Clock, pages: None
) -> None:
    with app.app_context():
        indexing.rebuild_now()
    change_certificates(app, expires_on=TOMORROW)
    clock.at = start_of(TOMORROW) - timedelta(seconds=1)
    before = starred(client, app, world)
    assert all(before.values()), before
    assert "4 sản phẩm" in client.get("/san-pham").text
    assert "Kết quả" in client.get("/tim-kiem?q=mat+ong").text

    clock.at = start_of(TOMORROW)
    after = starred(client, app, world)
    assert after == dict.fromkeys(after, 0)
    assert client.get("/san-pham?sao=4").one("p", class_="results-count").text == "0 sản phẩm"
    assert "Chứng nhận OCOP đã hết hiệu lực" in client.get("/san-pham/mat-ong-rung").text


def test_revoked_it_is_gone_everywhere_with_the_next_request(
    app: Flask, client: PageClient, world: World, pages: None
) -> None:
    with app.app_context():
        indexing.rebuild_now()
    before = starred(client, app, world)
    assert all(before.values()), before
    change_certificates(app, state=CertificateState.REVOKED, revoked_on=date(2026, 11, 23))
    after = starred(client, app, world)
    assert after == dict.fromkeys(after, 0)
    assert "Chứng nhận đã bị thu hồi" in client.get("/san-pham/mat-ong-rung").text
    assert "Chứng nhận OCOP đã bị thu hồi" in client.get("/san-pham/mat-ong-rung").text


def test_a_new_star_shines_with_the_next_request(app: Flask, client: PageClient, world: World, pages: None) -> None:
    assert seals(client.get("/san-pham/mat-ong-rung"))[0] == "4 sao OCOP"
    with changing(app):
        make_certificate(world.honey, stars=5, signed_on=date(2026, 11, 23))
    assert set(seals(client.get("/san-pham/mat-ong-rung"))) == {"5 sao OCOP", "3 sao OCOP"}  # and a related product


def test_at_midnight_a_product_is_no_longer_sold_where_stars_are_needed(
    app: Flask, client: PageClient, world: World, clock: Clock, choose: Callable[..., None]
) -> None:
    choose(lapsed="not_orderable")
    change_certificates(app, expires_on=TOMORROW)
    with app.app_context():
        honey = str(variant_of(world.honey).id)
    clock.at = start_of(TOMORROW) - timedelta(seconds=1)
    client.post("/gio-hang/them", {"variant": honey, "quantity": "1"})
    assert client.get("/thanh-toan").response.request.path == "/thanh-toan"

    clock.at = start_of(TOMORROW)
    assert [f for f in client.get("/").all("form") if f.get("action") == "/gio-hang/them"] == []
    cart = client.get("/thanh-toan")
    assert cart.response.request.path == "/gio-hang"
    assert "Món này hiện chưa đặt qua mạng được" in cart.text


# The page of a decision


def verdict(page: Page) -> str:
    return " ".join("".join(page.one("p", class_="verdict-word").itertext()).split())


@pytest.mark.parametrize(
    ("day", "word"),
    [
        ("", "Ngày 23/11/2026: có hiệu lực, 4 sao"),
        ("2025-11-22", "Ngày 22/11/2025: không có hiệu lực"),
        ("2025-11-23", "Ngày 23/11/2025: có hiệu lực, 4 sao"),
        ("2028-11-22", "Ngày 22/11/2028: có hiệu lực, 4 sao"),
        ("2028-11-23", "Ngày 23/11/2028: không có hiệu lực"),
        ("hôm qua", "Ngày 23/11/2026: có hiệu lực, 4 sao"),
        ("2026-13-45", "Ngày 23/11/2026: có hiệu lực, 4 sao"),
        ("1993-01-01", "Ngày 01/01/1993: không có hiệu lực"),
        ("9999-12-31", "Ngày 31/12/9999: không có hiệu lực"),
    ],
)
def test_a_decision_answers_for_a_day(app: Flask, client: PageClient, world: World, day: str, word: str) -> None:
    page = client.get(f"/chung-nhan/{slug_of_honey(app, world)}", query_string={"ngay": day} if day else {})
    assert verdict(page) == word


def test_a_day_before_anybody_counted_is_no_error(app: Flask, client: PageClient, world: World) -> None:
    page = client.get(f"/chung-nhan/{slug_of_honey(app, world)}?ngay=0001-01-01")
    assert verdict(page).endswith("không có hiệu lực")


def test_a_revoked_decision_says_since_when(app: Flask, client: PageClient, world: World) -> None:
    change_certificates(app, state=CertificateState.REVOKED, revoked_on=date(2026, 6, 1))
    address = f"/chung-nhan/{slug_of_honey(app, world)}"
    assert verdict(client.get(f"{address}?ngay=2026-05-31")) == "Ngày 31/05/2026: có hiệu lực, 4 sao"
    assert verdict(client.get(f"{address}?ngay=2026-06-01")) == "Ngày 01/06/2026: đã bị thu hồi"


def test_a_product_leads_to_its_decision_and_back(app: Flask, client: PageClient, world: World) -> None:
    page = client.get("/san-pham/mat-ong-rung")
    address = str(page.one("a", class_="certificate-check").get("href"))
    assert address == f"/chung-nhan/{slug_of_honey(app, world)}"
    decision = client.get(address)
    assert "/san-pham/mat-ong-rung" in {a.get("href") for a in decision.all("a")}


def test_one_decision_can_name_several_products(app: Flask, client: PageClient, world: World) -> None:
    with changing(app):
        for product in (world.tea, world.lantern):
            make_certificate(product, number="77/QĐ-THU", slug="77-qd-thu")
    page = client.get("/chung-nhan/77-qd-thu")
    assert "".join(page.one("h1").itertext()) == "Quyết định 77/QĐ-THU"
    assert len(page.all("article", class_="verdict")) == 2


def test_a_number_nobody_has_is_answered_helpfully_in_both_languages(client: PageClient, world: World) -> None:
    for slug in ("khong-co", "x" * 500, "---", "%20", "ký tự lạ", "%3Cscript%3E"):
        page = client.get(f"/chung-nhan/{slug}", status=404)
        assert "Gian hàng không có chứng nhận nào mang số này" in page.text
        assert "We know of no certificate with this number." in page.text
        assert {"/chung-nhan", "/thong-tin/khieu-nai"} <= {a.get("href") for a in page.all("a")}
        assert (seals(page), page.all("article", class_="verdict")) == ([], [])


def test_a_product_that_is_no_longer_shown_had_its_stars_all_the_same(
    app: Flask, client: PageClient, world: World
) -> None:
    with changing(app):
        gone = make_product("Chè cũ", state=ProductState.RETIRED, stars=None)
        make_certificate(gone, slug="an-qd-thu", number="AN/QĐ-THU", stars=3)
    page = client.get("/chung-nhan/an-qd-thu")
    assert verdict(page) == "Ngày 23/11/2026: có hiệu lực, 3 sao"
    assert f"/san-pham/{gone.slug}" not in {a.get("href") for a in page.all("a")}


def test_alcohol_is_not_shown_where_the_shop_has_none(app: Flask, client: PageClient, world: World) -> None:
    with changing(app):
        make_certificate(make_product("Rượu cần", group="2.1a", stars=None), slug="ruou", number="RUOU")
    assert "Rượu cần" not in client.get("/chung-nhan/ruou", status=404).text


def english(page: Page) -> str:
    return " ".join("".join(page.one("p", class_="verdict-english").itertext()).split())


@pytest.mark.parametrize(
    ("day", "vi", "en"),
    [
        ("2025-11-22", "Đến ngày 23/11/2025 mới ký.", "On 22 November 2025: not valid"),
        ("2026-11-23", "Hạng sao trên nhãn là thật.", "On 23 November 2026: valid, 4 stars"),
        ("2028-11-23", "Hết hiệu lực từ ngày 23/11/2028.", "On 23 November 2028: not valid"),
        ("2028-11-22", "Tính theo những gì đã ghi đến hôm nay.", "On 22 November 2028: valid, 4 stars"),
    ],
)
def test_the_answer_stands_in_both_languages(
    app: Flask, client: PageClient, world: World, day: str, vi: str, en: str
) -> None:
    page = client.get(f"/chung-nhan/{slug_of_honey(app, world)}?ngay={day}")
    assert english(page) == en
    assert vi in page.text


def test_a_revocation_is_told_with_its_paper(app: Flask, client: PageClient, world: World) -> None:
    change_certificates(
        app, state=CertificateState.REVOKED, revoked_on=date(2026, 6, 1), revocation_number="99/QĐ-THU",
        revocation_issuer_vi="UBND tỉnh (thử)", revocation_reason="chuyện riêng",
    )  # fmt: skip
    page = client.get(f"/chung-nhan/{slug_of_honey(app, world)}")
    assert "Đã thu hồi theo quyết định 99/QĐ-THU của UBND tỉnh (thử), từ ngày 01/06/2026." in page.text
    assert "Revoked by decision 99/QĐ-THU of UBND tỉnh (thử), from 1 June 2026." in page.text
    assert "On that day the product was not entitled to any OCOP stars." in page.text
    assert "chuyện riêng" not in page.text
    assert seals(page) == []


def test_a_decision_that_a_newer_one_has_replaced_says_so_and_shows_no_stars(
    app: Flask, client: PageClient, world: World
) -> None:
    with changing(app):
        make_certificate(world.honey, stars=5, signed_on=date(2026, 11, 1), number="5/QĐ-THU", slug="5-qd-thu")
    address = f"/chung-nhan/{slug_of_honey_first(app, world)}"
    page = client.get(address)
    assert verdict(page) == "Ngày 23/11/2026: đã được thay bằng quyết định mới"
    assert "Ngày ấy sản phẩm mang 5 sao theo quyết định 5/QĐ-THU." in page.text
    assert "/chung-nhan/5-qd-thu" in {a.get("href") for a in page.all("a")}
    assert seals(page) == []
    assert verdict(client.get(f"{address}?ngay=2026-10-31")) == "Ngày 31/10/2026: có hiệu lực, 4 sao"


def slug_of_honey_first(app: Flask, world: World) -> str:
    with app.app_context():
        rows = select(Certificate.slug).where(Certificate.product_id == world.honey.id).order_by(Certificate.id)
        return db.session.scalars(rows).first() or ""


def test_one_number_of_different_issuers_and_years_is_told_apart(app: Flask, client: PageClient, world: World) -> None:
    number = {"number": "12/QĐ-THU", "slug": "12-qd-thu"}
    with changing(app):
        make_certificate(world.tea, **number, signed_on=date(2023, 5, 5), issuer_vi="UBND huyện (thử)", stars=3)
        make_certificate(world.lantern, **number, signed_on=date(2026, 5, 5))
    page = client.get("/chung-nhan/12-qd-thu")
    assert "Có 2 quyết định khác nhau mang số này." in page.text
    words = ["".join(each.itertext()) for each in page.all("p", class_="verdict-word")]
    assert words == ["Ngày 23/11/2026: có hiệu lực, 4 sao", "Ngày 23/11/2026: không có hiệu lực"]


def test_a_number_as_it_is_printed_leads_to_its_page(app: Flask, client: PageClient, world: World) -> None:
    with changing(app):
        make_certificate(world.tea, number="12/QĐ-THU", slug="12-qd-thu")
    for asked in ("/chung-nhan/12/QĐ-THU?ngay=2026-11-20", "/chung-nhan/12-QD-THU?ngay=2026-11-20"):
        page = client.get(asked)
        assert page.response.request.path == "/chung-nhan/12-qd-thu"
        assert "20/11/2026" in page.text
    page = client.get("/chung-nhan?so=12/QĐ-THU")
    assert page.response.request.path == "/chung-nhan/12-qd-thu"
    assert "Sao trên nhãn có thật không?" in client.get("/chung-nhan?so=///").text


def test_the_page_of_a_decision_takes_the_same_queries_for_many_products(
    app: Flask, client: PageClient, world: World, count_statements: Any
) -> None:
    with changing(app):
        make_certificate(world.tea, number="1/QĐ", slug="1-qd")
        for product in (world.tea, world.lantern, world.tour, make_product(), make_product()):
            make_certificate(product, number="2/QĐ", slug="2-qd")
    counts = []
    for slug in ("1-qd", "2-qd", "1-qd", "2-qd"):
        with count_statements() as sent:
            client.get(f"/chung-nhan/{slug}")
        counts.append(len(sent))
    assert counts[2] == counts[3]


def test_a_candidate_has_no_page_of_a_decision(app: Flask, client: PageClient, world: World) -> None:
    with changing(app):
        make_certificate(world.tour, stars=None, state=CertificateState.CANDIDATE, number="", slug="")
    with app.app_context():
        assert db.session.scalars(select(Certificate.slug).where(Certificate.product_id == world.tour.id)).one() == ""
    page = client.get("/san-pham/mot-ngay-o-lang-rau")
    assert page.all("a", class_="certificate-check") == []
