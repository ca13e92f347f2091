"""The programme's page: exact figures, honest gaps, every figure's rows and files, for the province and for some communes."""

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from catalog import visits
from catalog.db import db
from catalog.history import Event
from catalog.producers import LegalForm, Producer
from catalog.products import Product
from catalog.visits import VisitFacts
from checkout import sales_figures
from tests.checkout.selling import open_till, sell
from tests.pages import Page, PageClient
from tests.world import (
    HOI_AN,
    MONDAY,
    MONDAY_NINE,
    TRA_MY,
    World,
    changing,
    make_certificate,
    make_officer,
    make_producer,
    make_product,
    officer_of,
)

HOME = "/van-phong/chuong-trinh"
DAY = timedelta(days=1)


@pytest.fixture
def filled(app: Flask, world: World) -> World:
    """Honey upgraded lately, a key lantern of five stars, a company of 2025, two visits to Hội An, sales of a month."""
    with changing(app):
        make_certificate(world.tea, stars=3, signed_on=date(2020, 6, 1))
        db.session.execute(update(Product).where(Product.id == world.lantern.id).values(key_product=True))
        make_producer("Công ty Thử", legal_form=LegalForm.COMPANY, joined_on=date(2025, 5, 5), commune=HOI_AN)
        joined = {world.cooperative.id: date(2019, 1, 1), world.household.id: None}
        for producer, day in joined.items():
            db.session.execute(update(Producer).where(Producer.id == producer).values(joined_on=day))
        province = officer_of(make_officer())
        for day in (MONDAY, MONDAY - 40 * DAY):
            visits.record(VisitFacts(HOI_AN, None, day, "Tổ (thử)", "Ổn"), by=province, at=MONDAY_NINE)
        clerk = open_till(world.quay)
        sell(world.quay, clerk, (world.honey, 2), (world.lantern, 1))
        sell(world.quay, clerk, (world.honey, 1), at=MONDAY_NINE - 400 * DAY)
        sales_figures.rebuild()
    return world


def figures(page: Page) -> dict[str, str]:
    """Name → figure, and its goal where there is one."""
    found = {}
    for item in page.all("li", class_="goal"):
        words = [" ".join("".join(e.itertext()).split()) for e in item.iter("p")]
        found[words[0]] = words[1].replace(f": {words[0]}", "")
    return found


def rows(client: PageClient, address: str) -> list[list[str]]:
    """The file behind an address, without its heads."""
    answer = client.raw.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    text = answer.get_data(as_text=True).removeprefix("\ufeff")
    return list(csv.reader(io.StringIO(text)))[1:]


def names(client: PageClient, address: str) -> list[str]:
    """The first cells of a list."""
    table = client.get(address).all("tbody")
    return [" ".join("".join(th.itertext()).split()) for body in table for th in body.iter("th")]


def test_the_province_sees_its_figures_beside_its_goals(filled: World, officer: PageClient) -> None:
    page = officer.get(HOME)
    assert figures(page) == {
        "Sản phẩm 3 sao trở lên, bình quân mỗi xã cũ": "0 mục tiêu 2",
        "Sản phẩm chủ lực đạt 5 sao": "1 mục tiêu 5",
        "Sản phẩm được củng cố, nâng cấp": "1 mục tiêu 200",
        "Sản phẩm mới": "2 mục tiêu 200",
        "Tổ chức được củng cố, nâng cấp": "1 mục tiêu 50",
        "Tổ chức mới": "1 mục tiêu 80",
        "Doanh nghiệp mới": "1 mục tiêu 30",
        "Hợp tác xã mới": "0 mục tiêu 50",
        "Điểm bán": "2 mục tiêu 45",
        "Trung tâm OCOP cấp huyện": "0 mục tiêu 10",
        "Trung tâm OCOP cấp tỉnh": "1 mục tiêu 2",
        "Trung tâm OCOP cấp vùng": "0 mục tiêu 1",
        "Xã, phường được hỗ trợ từ 2 lần trong năm 2026": "1/78 mục tiêu 2",
    }
    assert "1 chủ thể chưa rõ ngày tham gia" in page.text
    assert "3 sản phẩm trên 238 xã cũ, tính đến hết ngày 23/11/2026" in page.text
    assert "77 trong 78 xã, phường còn dưới 2 sản phẩm 3 sao trở lên, 76 nơi chưa có sản phẩm nào" in page.text
    assert (
        "Bán được 920.000 ₫ từ tháng 12/2025 đến tháng 11/2026; năm trước chỉ có số liệu 1 trong 12 tháng" in page.text
    )
    assert "Cửa hàng chưa nhận đơn xuất khẩu nào." in page.text
    assert "3 điểm bán và trung tâm đang hoạt động, còn thiếu ở 4 trong bốn cấp" in page.text


def test_an_officer_of_some_communes_sees_theirs_without_the_province_s_goals(
    filled: World, scoped: Callable[..., PageClient]
) -> None:
    page = scoped(TRA_MY).get(HOME)
    found = figures(page)
    assert found["Sản phẩm mới"] == "1"
    assert found["Sản phẩm chủ lực đạt 5 sao"] == "0"
    assert found["Điểm bán"] == "1"
    assert found["Xã, phường được hỗ trợ từ 2 lần trong năm 2026"] == "0/1 mục tiêu 2"
    assert "Bán được 500.000 ₫" in page.text
    assert "Đèn lồng lụa" not in page.text


def test_another_period_is_another_page(filled: World, officer: PageClient) -> None:
    page = officer.get(f"{HOME}?ky=2018-2020")
    found = figures(page)
    assert (found["Sản phẩm mới"], found["Tổ chức mới"]) == ("1 mục tiêu 200", "1 mục tiêu 80")
    assert "Chưa ghi nhận doanh số nào từ tháng 01/2020 đến tháng 12/2020" in page.text
    last = figures(officer.get(f"{HOME}?ky=2025"))
    assert (last["Sản phẩm mới"], last["Tổ chức mới"]) == ("2 mục tiêu 200", "1 mục tiêu 80")
    for nonsense in ("?ky=1066", "?ky=%27", "?ky=2026-2030-x"):
        assert officer.get(HOME + nonsense).text == officer.get(HOME).text


def test_every_figure_opens_its_rows_and_its_file(filled: World, officer: PageClient) -> None:
    page = officer.get(HOME)
    addresses = {str(a.get("href")) for a in page.tree.iter("a") if str(a.get("href")).startswith(f"{HOME}/")}
    assert len(addresses) > 25
    for address in sorted(addresses):
        if "/tep" in address:
            rows(officer, address)
        else:
            officer.get(address)


def test_products_are_found_by_what_a_figure_counts(filled: World, officer: PageClient) -> None:
    of = f"{HOME}/san-pham"
    assert names(officer, f"{of}?sao=5&chu_luc=1") == ["Đèn lồng lụa"]
    assert names(officer, f"{of}?buoc=consolidated") == ["Chè dây"]
    assert sorted(names(officer, f"{of}?buoc=new")) == sorted(["Mật ong rừng", "Đèn lồng lụa"])
    assert names(officer, f"{of}?sao=0") == ["Một ngày ở làng rau"]
    assert len(names(officer, f"{of}?sao=dat")) == 3
    assert sorted(names(officer, f"{of}?quy=2028-4")) == sorted(["Mật ong rừng", "Chè dây", "Đèn lồng lụa"])
    assert names(officer, f"{of}?q=mật") == ["Mật ong rừng"]
    assert names(officer, f"{of}?q=%25") == []
    assert len(names(officer, f"{of}?sao=9&buoc=x&xa=1&quy=2028-9")) == 4  # nonsense is dropped
    assert names(officer, f"{of}?xa={HOI_AN}&sao=dat") == ["Đèn lồng lụa"]


def test_producers_outlets_communes_and_sales_have_their_lists(filled: World, officer: PageClient) -> None:
    assert names(officer, f"{HOME}/chu-the?vao=new") == ["Công ty Thử"]
    assert names(officer, f"{HOME}/chu-the?vao=unknown") == ["Hộ sản xuất Bến Thử"]
    assert names(officer, f"{HOME}/chu-the?hinh_thuc=cooperative") == ["Hợp tác xã Nông sản Nà Thử"]
    assert names(officer, f"{HOME}/diem-ban?cap=provincial_centre") == ["Trung tâm OCOP Tam Kỳ"]
    assert "77 dòng" in officer.get(f"{HOME}/xa?thieu=sao").text
    assert "77 dòng" in officer.get(f"{HOME}/xa?thieu=tham").text
    assert names(officer, f"{HOME}/xa?thieu=du-tham") == ["Phường Hội An"]
    assert names(officer, f"{HOME}/xa?q=hoi an") == ["Phường Hội An", "Phường Hội An Đông", "Phường Hội An Tây"]
    assert rows(officer, f"{HOME}/doanh-so/tep?thang=2026-11&kenh=counter") == [
        ["Mật ong rừng", filled.honey.code, "Hợp tác xã Nông sản Nà Thử", "Xã Trà My", "2", "500000"],
        ["Đèn lồng lụa", filled.lantern.code, "Hộ sản xuất Bến Thử", "Phường Hội An", "1", "420000"],
    ]
    assert rows(officer, f"{HOME}/doanh-so/tep?thang=2026-11&kenh=export") == []
    months = rows(officer, f"{HOME}/theo-thang/tep")
    assert months[-1] == ["11/2026", "0", "920000", "0", "920000", "0"]
    assert (len(months), months[-2]) == (12, ["10/2026", "0", "0", "0", "0", "250000"])
    quarters = rows(officer, f"{HOME}/theo-quy/tep")
    assert (quarters[0], quarters[-1]) == (["4/2026", "0", "0", "0", "0"], ["4/2028", "1", "1", "1", "3"])


def test_an_officer_s_rows_and_files_are_of_their_communes(filled: World, scoped: Callable[..., PageClient]) -> None:
    hill = scoped(TRA_MY)
    for bang in ("san-pham", "chu-the", "diem-ban", "xa", "doanh-so"):
        page = hill.get(f"{HOME}/{bang}").text
        file = str(rows(hill, f"{HOME}/{bang}/tep"))
        for foreign in ("Đèn lồng lụa", "Bến Thử", "Phường Hội An", "Bến Hội An"):
            assert foreign not in page
            assert foreign not in file
    assert len(names(hill, f"{HOME}/san-pham?xa={HOI_AN}")) == 2  # a foreign commune is no choice


def test_a_file_holds_no_formula(app: Flask, filled: World, officer: PageClient) -> None:
    with changing(app):
        make_product("=HYPERLINK(1)", producer=make_producer("+Cộng", commune=HOI_AN))
    (row,) = [row for row in rows(officer, f"{HOME}/san-pham/tep?xa={HOI_AN}") if "HYPER" in row[0]]
    assert (row[0], row[2]) == ("'=HYPERLINK(1)", "'+Cộng")


def test_long_lists_come_in_pages(app: Flask, filled: World, officer: PageClient) -> None:
    assert len(names(officer, f"{HOME}/xa")) == 40
    assert len(names(officer, f"{HOME}/xa?trang=2")) == 38
    assert names(officer, f"{HOME}/xa?trang=99") == names(officer, f"{HOME}/xa?trang=2")
    assert len(rows(officer, f"{HOME}/xa/tep")) == 78


def test_an_unknown_table_is_not_there(filled: World, officer: PageClient) -> None:
    for address in (f"{HOME}/khac", f"{HOME}/khac/tep"):
        officer.get(address, status=404)


def test_a_product_becomes_a_key_product_and_is_none_again(app: Flask, filled: World, officer: PageClient) -> None:
    address = f"{HOME}/san-pham?sao=4"
    action = f"{HOME}/san-pham/{filled.honey.code}/chu-luc"
    for key, words in (
        (1, "Đã ghi Mật ong rừng là sản phẩm chủ lực."),
        (0, "Mật ong rừng không còn là sản phẩm chủ lực."),
    ):
        page = officer.get(address)
        form = page.form(action) | {"chu_luc": str(key)}
        page = officer.post(action, form)
        assert (page.response.request.path, words in page.text) == (f"{HOME}/san-pham", True)
        officer.post(action, form)  # sent twice, done once
    with app.app_context():
        marks = db.session.scalars(select(Event).where(Event.verb == "product.key_marked").order_by(Event.id)).all()
        assert [event.facts for event in marks] == [{"before": False, "after": True}, {"before": True, "after": False}]


def test_only_who_answers_for_a_commune_marks_its_products(
    app: Flask, filled: World, scoped: Callable[..., PageClient], clerk: PageClient, maker: Callable[..., PageClient]
) -> None:
    hill = scoped(TRA_MY)
    hill.get(HOME)
    for code in (filled.lantern.code, "S0"):
        action = f"{HOME}/san-pham/{code}/chu-luc"
        for client in (hill, clerk, maker(filled.household)):
            client.raw.post(action, data={"csrf_token": client.token(), "key": "0" * 32, "chu_luc": "0"})
    with app.app_context():
        assert db.session.get_one(Product, filled.lantern.id).key_product is True
        assert db.session.scalars(select(Event).where(Event.verb == "product.key_marked")).all() == []


def test_the_page_needs_as_many_queries_for_many_as_for_few(
    app: Flask, filled: World, officer: PageClient, count_statements: Any
) -> None:
    def sent(address: str) -> int:
        officer.get(address)
        with count_statements() as statements:
            officer.get(address)
        return len(statements)

    lists = [HOME, *(f"{HOME}/{bang}" for bang in ("san-pham", "chu-the", "diem-ban", "xa", "doanh-so"))]
    before = [sent(address) for address in lists]
    with changing(app):
        for n in range(12):
            make_product(f"Bánh {n}", producer=make_producer(f"Hộ {n}", commune=HOI_AN), stars=3)
    assert [sent(address) for address in lists] == before
    assert before[0] <= 20


def test_an_empty_programme_can_be_looked_at(app: Flask, world: World, officer: PageClient) -> None:
    page = officer.get(f"{HOME}?ky=2018")
    assert "78 trong 78 xã, phường còn dưới 2 sản phẩm" in page.text
    assert "Không có chứng nhận nào còn hiệu lực" in page.text
    assert "Không có dòng nào" in officer.get(f"{HOME}/doanh-so?ky=2018").text


@pytest.mark.parametrize("after", ["?q=" + "x" * 900, "/" + "x" * 900])
def test_a_form_that_leads_to_a_very_long_address_does_its_deed_once(
    app: Flask, filled: World, officer: PageClient, after: str
) -> None:
    action = f"{HOME}/san-pham/{filled.honey.code}/chu-luc"
    page = officer.get(f"{HOME}/san-pham")
    form = page.form(action) | {"chu_luc": "1", "next": f"{HOME}/san-pham{after}", "csrf_token": officer.token()}
    first = officer.raw.post(action, data=form)
    assert (first.status_code, first.headers["Location"]) == (303, form["next"])
    again = officer.raw.post(action, data=form)
    assert (again.status_code, again.headers["Location"]) == (303, form["next"].partition("?")[0][:300])
    with app.app_context():
        assert len(db.session.scalars(select(Event).where(Event.verb == "product.key_marked")).all()) == 1
