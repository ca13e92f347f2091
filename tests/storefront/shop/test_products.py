"""Lists, product pages and the enquiry for a tour."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from catalog import claims, places, sequence
from catalog.db import db
from catalog.jobs import Job
from catalog.products import Product, ProductState, RetiredSlug
from storefront import worker
from tests.conftest import LetterBox
from tests.pages import Page, PageClient
from tests.world import World, certificate_of, changing, make_lot, make_product, make_variant, put, variant_of


def names(page: Page) -> list[str]:
    """What stands on the list, in its order."""
    return ["".join(heading.itertext()) for heading in page.all("h2", class_="card-name")]


def total(page: Page) -> int:
    """The number a list says it has."""
    return int("".join(page.one("p", class_="results-count").itertext()).split()[0].replace(".", ""))


def facet(page: Page, name: str) -> dict[str, int]:
    """Values of a facet with the count beside each."""
    counts: dict[str, int] = {}
    for label in page.all("label", class_="facet-choice"):
        box = next(label.iter("input"))
        if box.get("name") == name:
            number = next(e for e in label.iter("span") if e.get("class") == "facet-count")
            counts[str(box.get("value"))] = int(str(number.text))
    for choices in page.all("select", name=name):
        for option in choices.iter("option"):
            if option.get("value"):
                counts[str(option.get("value"))] = int("".join(option.itertext()).rsplit("(", 1)[1].rstrip(")"))
    return counts


def structured(page: Page) -> dict[str, Any]:
    """The page's JSON-LD."""
    return dict(json.loads("".join(page.one("script", type="application/ld+json").itertext())))


@pytest.fixture
def many(app: Flask, world: World) -> World:
    """Fifty more products at the centre, dearer one by one."""
    with changing(app):
        for n in range(50):
            make_product(f"Bánh số {n:02}", producer=world.household, group="1.3b", price=100_000 + n, stars=3,
                         free={"T01": 1}, slug=f"banh-{n:02}")  # fmt: skip
    return world


# Lists


def test_everything_is_listed_best_stars_first(client: PageClient, world: World) -> None:
    page = client.get("/san-pham")
    assert names(page) == ["Đèn lồng lụa", "Mật ong rừng", "Chè dây", "Một ngày ở làng rau"]
    assert total(page) == 4


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sao=4", ["Mật ong rừng"]),
        ("sao=4&sao=5", ["Đèn lồng lụa", "Mật ong rừng"]),
        ("noi=515", ["Mật ong rừng", "Chè dây"]),
        ("xa=20410", ["Đèn lồng lụa", "Một ngày ở làng rau"]),
        ("gia_tu=100.000&gia_den=350.000", ["Mật ong rừng", "Một ngày ở làng rau"]),
        ("gia_tu=350000 ₫", ["Đèn lồng lụa", "Một ngày ở làng rau"]),
        ("chu_the=household", ["Đèn lồng lụa", "Một ngày ở làng rau"]),
        ("con_hang=1", ["Đèn lồng lụa", "Mật ong rừng", "Chè dây"]),
        ("tai=diem-ban-d01", ["Đèn lồng lụa", "Mật ong rừng"]),
        ("nhom=thuc-pham", ["Mật ong rừng", "Chè dây"]),
        ("nhom=thuc-pham&tai=diem-ban-d01&sao=3", []),
        ("xep=ten", ["Chè dây", "Đèn lồng lụa", "Mật ong rừng", "Một ngày ở làng rau"]),
        ("xep=gia-tang", ["Chè dây", "Mật ong rừng", "Một ngày ở làng rau", "Đèn lồng lụa"]),
        ("xep=gia-giam", ["Đèn lồng lụa", "Một ngày ở làng rau", "Mật ong rừng", "Chè dây"]),
    ],
)
def test_a_list_is_filtered_and_ordered_by_its_address(
    client: PageClient, world: World, query: str, expected: list[str]
) -> None:
    assert names(client.get(f"/san-pham?{query}")) == expected


HOSTILE = [
    "sao=9",
    "sao=4%27%20OR%201=1--",
    "sao=" + "4" * 500,
    "noi=999",
    "xa=abcde",
    "gia_tu=-5",
    "gia_tu=1e9",
    "gia_den=9999999999999999999999",
    "gia_tu=%F0%9F%8D%AF",
    "gia_tu=%D9%A3",
    "chu_the=" + "x" * 2000,
    "xep=phu-hop",
    "xep=drop+table",
    "trang=0",
    "trang=-1",
    "trang=abc",
    "trang=99999999999999999999",
    "tai=../../etc/passwd",
    "nhom=%3Cscript%3Ealert(1)%3C/script%3E",
    "q=%ff%fe",
    "unknown=1&unknown=2",
    "&".join("sao=4" for _ in range(500)) + "&sao=x",
]


@pytest.mark.parametrize("path", ["/san-pham", "/nhom/thuc-pham", "/tim-kiem"])
def test_what_makes_no_sense_is_dropped(client: PageClient, world: World, path: str) -> None:
    for query in HOSTILE:
        page = client.get(f"{path}?{query}")
        assert "<script>alert" not in page.response.get_data(as_text=True), query


def test_a_filter_without_sense_filters_nothing(client: PageClient, world: World) -> None:
    assert total(client.get("/san-pham?sao=9&noi=999&gia_tu=-5&chu_the=x&tai=x&nhom=x")) == 4


def test_a_facet_counts_exactly_what_choosing_it_leaves(client: PageClient, many: World) -> None:
    for chosen in ("", "sao=3", "noi=515", "sao=3&con_hang=1&gia_den=100.010", "chu_the=household&tai=diem-ban-t01"):
        page = client.get(f"/san-pham?{chosen}")
        for name in ("nhom", "noi", "xa", "con_hang", "tai", "chu_the", "xuat_khau", "sao"):
            already = [part for part in chosen.split("&") if part and not part.startswith(f"{name}=")]
            for value, count in facet(page, name).items():
                left = client.get("/san-pham?" + "&".join([*already, f"{name}={value}"]))
                assert total(left) == count, (chosen, name, value)


def test_pages_part_the_list_without_gap_or_overlap(client: PageClient, many: World) -> None:
    pages = [names(client.get(f"/san-pham?xep=gia-tang&trang={n}")) for n in (1, 2, 3)]
    assert [len(page) for page in pages] == [24, 24, 6]
    assert len({name for page in pages for name in page}) == 54
    assert pages[0][:3] == ["Chè dây", "Bánh số 00", "Bánh số 01"]


@pytest.mark.parametrize("beyond", ["4", "10000", "999999999999"])
def test_a_page_beyond_the_end_is_the_last(client: PageClient, many: World, beyond: str) -> None:
    page = client.get(f"/san-pham?xep=gia-tang&trang={beyond}")
    assert names(page) == names(client.get("/san-pham?xep=gia-tang&trang=3"))
    assert "trang 3/3" in page.text
    assert [link.get("rel") for link in page.all("a", class_="pager-step")] == ["prev"]


def test_a_filter_in_force_can_be_taken_away_alone(client: PageClient, world: World) -> None:
    page = client.get("/san-pham?sao=4&noi=515&trang=1")
    removals = {str(a.get("href")) for ul in page.all("ul", class_="pills") for a in ul.iter("a")}
    assert {"/san-pham?noi=515", "/san-pham?sao=4"} <= removals


def test_nothing_that_fits_is_said_and_leads_back(client: PageClient, world: World) -> None:
    page = client.get("/san-pham?sao=3&tai=diem-ban-d01")
    assert "Chưa có sản phẩm nào khớp" in page.text
    assert total(page) == 0


def test_a_group_has_its_own_list_and_no_facet_of_groups(client: PageClient, world: World) -> None:
    page = client.get("/nhom/thuc-pham")
    assert page.one("h1").text == "Thực phẩm"
    assert names(page) == ["Mật ong rừng", "Chè dây"]
    assert facet(page, "nhom") == {}
    assert names(client.get("/nhom/tra-thao-moc")) == ["Chè dây"]
    client.get("/nhom/khong-co", status=404)


def test_sold_out_goods_stand_last_where_stars_decide(app: Flask, client: PageClient, world: World) -> None:
    with changing(app):
        make_product("Quế quý", stars=5, slug="que-quy")
    assert names(client.get("/san-pham"))[-1] == "Quế quý"
    assert names(client.get("/san-pham?xep=ten"))[-1] == "Quế quý"
    assert names(client.get("/san-pham?xep=gia-giam")).index("Quế quý") == 3


# A product's page


def test_a_product_page_says_what_the_law_and_a_buyer_want(client: PageClient, world: World) -> None:
    page = client.get("/san-pham/mat-ong-rung")
    assert page.one("h1").text == "Mật ong rừng"
    for words in (
        "250.000 ₫",
        "500.000 ₫/l",
        "Đã gồm thuế GTGT 8 %",
        "Hợp tác xã Nông sản Nà Thử, Thôn 1, Xã Trà My, Đà Nẵng",
        "Xã Trà My, Đà Nẵng, Việt Nam",
        "tại 2 điểm bán",
    ):
        assert words in page.text, words
    assert page.form("/gio-hang/them")["next"] == "/san-pham/mat-ong-rung"


def test_structured_data_repeats_the_page_and_has_no_rating(app: Flask, client: PageClient, world: World) -> None:
    with app.app_context():
        certificate, sku = certificate_of(world.honey), variant_of(world.honey).sku
    facts = structured(client.get("/san-pham/mat-ong-rung"))
    assert (facts["@type"], facts["name"], facts["sku"]) == ("Product", "Mật ong rừng", sku)
    (offer,) = facts["offers"]
    assert (offer["price"], offer["priceCurrency"]) == (250_000, "VND")
    assert offer["availability"] == "https://schema.org/InStock"
    assert facts["hasCertification"]["name"] == "OCOP 4 sao"
    assert facts["hasCertification"]["certificationIdentification"] == certificate.number
    assert facts["hasCertification"]["expires"] == "2028-11-23"
    assert "aggregateRating" not in facts


def test_a_text_cannot_end_the_block_it_stands_in(app: Flask, client: PageClient, world: World) -> None:
    evil = "</script><script>alert(1)</script>"
    with changing(app):
        make_product("Quà", slug="qua", summary_vi=evil, description_vi=evil)
    page = client.get("/san-pham/qua")
    assert structured(page)["description"] == evil
    assert "<script>alert" not in page.response.get_data(as_text=True)


def test_a_product_with_sizes_lets_one_choose(app: Flask, client: PageClient, world: World) -> None:
    with changing(app):
        small = make_variant(world.honey, position=0, price=90_000, unit_vi="hũ nhỏ")
        large = make_variant(world.honey, position=10**6, price=900_000, unit_vi="can")
        put(make_lot(large), "T01", 1)
    page = client.get("/san-pham/mat-ong-rung")
    sizes = page.all("input", type="radio", name="variant")
    assert [size.get("data-price") for size in sizes] == ["90.000\u00a0₫", "250.000\u00a0₫", "900.000\u00a0₫"]
    assert [size.get("checked") is not None for size in sizes] == [False, True, False]  # the first that is there
    asked = client.get(f"/san-pham/mat-ong-rung?loai={small.sku}")
    assert [s.get("checked") is not None for s in asked.all("input", type="radio", name="variant")] == [
        True,
        False,
        False,
    ]
    client.get("/san-pham/mat-ong-rung?loai=khong-co")


def test_a_product_that_is_sold_out_says_so_and_offers_no_cart(app: Flask, client: PageClient, world: World) -> None:
    with changing(app):
        make_product("Quế quý", slug="que-quy", stars=5)
    page = client.get("/san-pham/que-quy")
    assert "Tạm hết hàng" in page.text
    assert page.all("input", id="quantity") == []
    assert structured(page)["offers"][0]["availability"] == "https://schema.org/OutOfStock"


def test_a_few_that_are_left_are_counted(client: PageClient, world: World) -> None:
    assert "Chỉ còn 2" in client.get("/san-pham/den-long-lua").text
    assert "Chỉ còn" not in client.get("/san-pham/che-day").text


def test_an_address_it_once_had_leads_to_it_for_good(app: Flask, client: PageClient, world: World) -> None:
    with changing(app):
        db.session.add(RetiredSlug(slug="mat-ong-cu", product_id=world.honey.id))
    response = client.raw.get("/san-pham/mat-ong-cu")
    assert (response.status_code, response.headers["Location"]) == (301, "/san-pham/mat-ong-rung")


def test_an_old_address_of_what_may_not_be_seen_leads_nowhere(app: Flask, client: PageClient, world: World) -> None:
    with changing(app):
        for slug, facts in {"ruou-cu": {"group": "2.1a"}, "nhap-cu": {"state": ProductState.DRAFT}}.items():
            db.session.add(RetiredSlug(slug=slug, product_id=make_product(**facts).id))
    for slug in ("ruou-cu", "nhap-cu"):
        assert client.raw.get(f"/san-pham/{slug}").status_code == 404


@pytest.mark.parametrize("state", [ProductState.DRAFT, ProductState.RETIRED])
def test_a_product_that_is_not_published_has_no_page(
    app: Flask, client: PageClient, world: World, state: ProductState
) -> None:
    with changing(app):
        make_product(slug="an", state=state, free={"T01": 1})
    client.get("/san-pham/an", status=404)
    assert total(client.get("/san-pham")) == 4


# A product without a valid certificate


def lapse(app: Flask, product: Product) -> None:
    with changing(app):
        certificate_of(product).expires_on = certificate_of(product).signed_on


def test_a_lapsed_product_is_sold_without_stars(app: Flask, client: PageClient, world: World) -> None:
    lapse(app, world.honey)
    page = client.get("/san-pham/mat-ong-rung")
    assert "Chứng nhận OCOP đã hết hiệu lực" in page.text
    assert page.form("/gio-hang/them")["variant"]


def test_where_the_programme_wants_stars_a_lapsed_product_is_not_sold(
    app: Flask, client: PageClient, world: World, choose: Callable[..., None]
) -> None:
    choose(lapsed="not_orderable")
    with app.app_context():
        honey = variant_of(world.honey).id
    assert client.get("/san-pham/mat-ong-rung").form("/gio-hang/them")["variant"] == str(honey)
    lapse(app, world.honey)
    page = client.get("/san-pham/mat-ong-rung")
    assert "tạm dừng bán" in page.text
    assert [f for f in page.all("form") if f.get("action") == "/gio-hang/them" and f.get("id") == "add"] == []
    refused = client.post("/gio-hang/them", {"variant": str(honey), "quantity": "1"})
    assert "Món này hiện chưa đặt qua mạng được." in refused.text
    assert refused.all("span", class_="cart-count") == []


# A tour


def enquiry(client: PageClient, **changes: str) -> dict[str, str]:
    form = client.get("/san-pham/mot-ngay-o-lang-rau").form("/san-pham/mot-ngay-o-lang-rau/hoi-dat-cho")
    asked = {"name": "Trần Thị Thử", "phone": "0905 123 456", "day": "2026-12-05", "people": "4", "note": ""}
    return form | asked | changes


def letters_waiting(app: Flask) -> int:
    with app.app_context():
        return len(db.session.scalars(select(Job).where(Job.kind == "mail.enquiry")).all())


def test_a_tour_is_asked_for_and_both_sides_get_a_letter(
    app: Flask, client: PageClient, world: World, letters: LetterBox
) -> None:
    page = client.post("/san-pham/mot-ngay-o-lang-rau/hoi-dat-cho", enquiry(client))
    assert "Đã gửi yêu cầu" in page.text
    with app.app_context():
        (job,) = db.session.scalars(select(Job))
        assert job.payload == {
            "product": world.tour.id,
            "name": "Trần Thị Thử",
            "phone": "0905123456",
            "day": "2026-12-05",
            "people": 4,
            "note": "",
        }
        assert worker.work_once() is True
    assert [letter.to for letter in letters.letters] == [world.household.email, "shop@example.org"]
    assert all("0905 123 456" in letter.text or "0905123456" in letter.text for letter in letters.letters)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("phone", "12345"),
        ("day", ""),
        ("day", "2026-11-23"),  # today
        ("day", "hôm nay"),
        ("people", "0"),
        ("people", "201"),
        ("people", "nhiều"),
        ("note", "x" * 501),
    ],
)
def test_an_enquiry_that_is_not_clear_comes_back_with_what_was_written(
    app: Flask, client: PageClient, world: World, field: str, value: str
) -> None:
    asked = enquiry(client, **{field: value})
    page = client.post("/san-pham/mot-ngay-o-lang-rau/hoi-dat-cho", asked, status=422)
    assert page.one("title").text is not None
    assert str(page.one("title").text).startswith("Lỗi:")
    assert page.one(*("textarea",) if field == "note" else ("input",), id=field).get("aria-invalid") == "true"
    assert letters_waiting(app) == 0


def test_goods_are_not_asked_for_like_a_tour(app: Flask, client: PageClient, world: World) -> None:
    asked = enquiry(client)
    client.post("/san-pham/mat-ong-rung/hoi-dat-cho", asked, status=404)
    client.post("/san-pham/khong-co/hoi-dat-cho", asked, status=404)
    assert letters_waiting(app) == 0


def test_a_tour_cannot_be_put_in_a_cart(app: Flask, client: PageClient, world: World) -> None:
    with app.app_context():
        variant = variant_of(world.tour).id
    page = client.post("/gio-hang/them", {"variant": str(variant), "quantity": "1"})
    assert "chưa đặt qua mạng được" in page.text


def test_a_national_catalogue_lists_only_the_communes_with_most_products(
    app: Flask, client: PageClient, world: World
) -> None:
    with changing(app):
        for commune in places.communes("01")[:110]:
            make_product(f"Hàng {commune.name}", commune_code=commune.code, stars=None)
        sequence.advance()
    page = client.get("/san-pham")
    shown = [option for option in page.one("select", name="xa").iter("option") if option.get("value")]
    assert len(shown) == 100
    chosen = places.communes("01")[109]
    page = client.get(f"/san-pham?xa={chosen.code}")
    assert page.one("select", name="xa").find("option[@selected]").get("value") == chosen.code  # type: ignore[union-attr]


def test_papers_and_a_film_stand_on_the_page(app: Flask, client: PageClient, world: World) -> None:
    with changing(app):
        product = db.session.get_one(Product, world.honey.id)
        product.declaration, product.facility = "02/THU/2026", "15/ATTP-THU"
        product.facility_expires_on, product.video_url = date(2027, 3, 1), "https://youtu.be/abc"
        sequence.advance()
    page = client.get("/san-pham/mat-ong-rung")
    assert "Công bố sản phẩm 02/THU/2026" in " ".join(" ".join(page.one("dl", class_="facts").itertext()).split())
    assert "15/ATTP-THU, đến 01/03/2027" in page.text
    assert page.one("a", href="https://youtu.be/abc").get("rel") == "noopener nofollow"


def test_a_supplement_always_says_that_it_is_no_medicine(app: Flask, client: PageClient, world: World) -> None:
    with changing(app):
        make_product("Viên sâm", slug="vien-sam", producer=world.cooperative, group="3.1")
    assert claims.SUPPLEMENT_SENTENCE in client.get("/san-pham/vien-sam").text
    assert claims.SUPPLEMENT_SENTENCE not in client.get("/san-pham/mat-ong-rung").text
