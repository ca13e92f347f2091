"""Applications as the officers answer them."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog import applications
from catalog.applications import Application, Asked
from catalog.db import db
from catalog.producers import LegalForm, Producer
from storefront import worker
from tests.conftest import Clock, LetterBox
from tests.pages import Page, PageClient
from tests.world import HOI_AN, TRA_MY, World, changing, make_member, make_officer, make_producer, officer_of

ROOM = "/van-phong/ho-so"
ASKED = Asked(
    name_vi="Hợp tác xã Quế Thử",
    legal_form=LegalForm.COOPERATIVE,
    registration="0100233488",
    commune_code=TRA_MY,
    address_vi="Thôn 2",
    contact_name="Hồ Thị Thử",
    phone="0905123456",
    email="que@example.org",
    makes="Quế khô, tinh dầu quế.",
    consent="2026-11",
)


@pytest.fixture
def ask(app: Flask, world: World, clock: Clock) -> Callable[..., str]:
    """Somebody hands an application in: ``ask(commune_code=HOI_AN)``; its reference."""

    def apply(*, days_ago: int = 0, **changes: Any) -> str:
        with changing(app):
            return applications.apply(replace(ASKED, **changes), at=clock.at - timedelta(days=days_ago)).reference

    return apply


def state(app: Flask, reference: str) -> str:
    with app.app_context():
        return applications.get_application(reference).state.value


def form(page: Page, part: str) -> tuple[str, dict[str, str]]:
    """The address and the values of the first form whose action has this part."""
    action = next(a for a in (f.get("action") or "" for f in page.all("form")) if part in a)
    return action, page.form(action)


def accept(officer: PageClient, reference: str, *, status: int = 200, **fields: str) -> Page:
    action, values = form(officer.get(f"{ROOM}/{reference}"), "/nhan")
    return officer.post(action, values | {"verified": "y"} | fields, status=status)


def refuse(officer: PageClient, reference: str, reason: str, *, status: int = 200) -> Page:
    action, values = form(officer.get(f"{ROOM}/{reference}"), "/tra")
    return officer.post(action, values | {"reason": reason}, status=status)


def listed(page: Page) -> list[str]:
    links = [a for a in page.all("a") if re.fullmatch(rf"{ROOM}/HS-\w{{6}}", a.get("href") or "")]
    return [a.text or "" for a in links]


def test_the_oldest_comes_first_and_who_waits_long_stands_out(officer: PageClient, ask: Callable[..., str]) -> None:
    ask(name_vi="Đến sau")
    ask(name_vi="Đến trước", registration="0100112437", days_ago=8)
    page = officer.get(ROOM)
    assert listed(page) == ["Đến trước", "Đến sau"]
    assert [b.text for b in page.all("b", class_="missing")] == ["8 ngày"]
    assert "Hồ sơ xin tham gia 2" in officer.get("/van-phong").text


def test_an_officer_sees_the_communes_they_serve_alone(
    app: Flask, scoped: Callable[..., PageClient], ask: Callable[..., str]
) -> None:
    hill = ask(name_vi="Trên núi")
    ask(name_vi="Ven biển", registration="0100112437", commune_code=HOI_AN)
    coast = scoped(HOI_AN)
    assert listed(coast.get(ROOM)) == ["Ven biển"]
    coast.get(f"{ROOM}/{hill}", status=404)
    for verb in ("nhan", "tra"):
        coast.post(f"{ROOM}/{hill}/{verb}", {"key": "abcdefgh", "verified": "y", "reason": "x"}, status=404)
    assert state(app, hill) == "received"


def test_accepting_makes_the_producer_and_the_letter_brings_the_way_in(
    app: Flask, officer: PageClient, client: PageClient, ask: Callable[..., str], letters: LetterBox
) -> None:
    reference = ask()
    page = accept(officer, reference)
    with app.app_context():
        producer = db.session.scalars(select(Producer).where(Producer.registration == "0100233488")).one().code
        while worker.work_once():
            pass
    assert f"Đã nhận Hợp tác xã Quế Thử, mã {producer}. Thư mời đang gửi đến que@example.org." in page.text
    assert not [f for f in page.all("form") if "/nhan" in (f.get("action") or "")]
    came, letter = letters.letters
    assert came.subject == f"Đã nhận hồ sơ {reference}"
    assert (letter.to, letter.subject) == ("que@example.org", f"Hồ sơ {reference} đã được nhận")
    assert "Chào Hồ Thị Thử, Hợp tác xã Quế Thử đã được nhận vào chương trình OCOP." in letter.text
    path = re.search(r"http://127\.0\.0\.1:8000(/nha-san-xuat/moi/[\w-]{43})", letter.html)
    assert path
    welcome = client.get(path[1])
    home = client.post(path[1], welcome.form("") | {"password": "một câu đủ dài"})
    assert home.response.request.path == f"/nha-san-xuat/{producer}"
    assert listed(officer.get(f"{ROOM}?muc=xong")) == ["Hợp tác xã Quế Thử"]
    assert listed(officer.get(ROOM)) == []


def test_nobody_is_accepted_unseen(app: Flask, officer: PageClient, ask: Callable[..., str]) -> None:
    reference = ask()
    action, values = form(officer.get(f"{ROOM}/{reference}"), "/nhan")
    page = officer.post(action, values, status=422)
    assert page.text.count("Đối chiếu xong hãy đánh dấu ô này") == 2
    assert state(app, reference) == "received"


def test_a_producer_entered_before_is_proposed_by_its_number(
    app: Flask, officer: PageClient, world: World, ask: Callable[..., str]
) -> None:
    with changing(app):
        make_producer("Tên trên giấy", commune=TRA_MY, code="P78", registration="0100233488")
    reference = ask()
    page = officer.get(f"{ROOM}/{reference}")
    assert form(page, "/nhan")[1]["existing"] == "P78"
    assert "Xã Trà My; cùng số đăng ký; chưa có người viết" in page.text
    page = accept(officer, reference, existing="new", status=422)
    assert page.text.count("Số đăng ký này là của P78; hãy chọn chủ thể ấy, hoặc trả hồ sơ") == 2
    assert form(page, "/nhan")[1]["existing"] == "new"
    accept(officer, reference, existing="X99", status=422)
    assert state(app, reference) == "received"
    accept(officer, reference)
    with app.app_context():
        assert applications.get_application(reference).producer_id is not None
        assert db.session.scalar(select(func.count(Producer.id)).where(Producer.registration == "0100233488")) == 1


def test_a_producer_that_somebody_writes_for_is_not_given_away(
    app: Flask, officer: PageClient, world: World, ask: Callable[..., str]
) -> None:
    with changing(app):
        make_member(make_producer("Có người", commune=TRA_MY, code="P78", registration="0100233488"))
    reference = ask()
    page = accept(officer, reference, status=422)
    assert page.text.count("P78 đã có người viết; hãy nhờ họ mời người này, và trả hồ sơ.") == 2
    assert state(app, reference) == "received"


def test_a_refusal_needs_a_reason_which_the_letter_repeats(
    app: Flask, officer: PageClient, ask: Callable[..., str], letters: LetterBox
) -> None:
    reference = ask()
    for reason, said in ((" ", "Viết lý do, người nộp đọc được nguyên văn"), ("x" * 501, "Lý do dài quá 500 ký tự")):
        assert refuse(officer, reference, reason, status=422).text.count(said) == 2
    assert state(app, reference) == "received"
    page = refuse(officer, reference, "Thiếu giấy an toàn thực phẩm.\nBổ sung <b>sớm</b>.")
    assert "Đã trả hồ sơ; thư đang gửi đến que@example.org." in page.text
    assert "Thiếu giấy an toàn thực phẩm. Bổ sung <b>sớm</b>." in page.text
    with app.app_context():
        while worker.work_once():
            pass
    letter = letters.letters[-1]
    assert letter.subject == f"Hồ sơ {reference} chưa được nhận"
    assert "Thiếu giấy an toàn thực phẩm. Bổ sung <b>sớm</b>." in letter.text
    assert "<b>sớm</b>" not in letter.html
    assert "http://127.0.0.1:8000/nha-san-xuat/dang-ky" in letter.text


def test_the_second_officer_is_told_who_was_quicker(
    app: Flask, officer: PageClient, ask: Callable[..., str], clock: Clock
) -> None:
    reference = ask()
    page = officer.get(f"{ROOM}/{reference}")
    forms = [form(page, part) for part in ("/nhan", "/tra")]
    with changing(app):
        other = officer_of(make_officer(name="Phạm Minh Quân"))
        applications.refuse(applications.get_application(reference), "Thiếu giấy", by=other, at=clock.at)
    for action, values in forms:
        page = officer.post(action, values | {"verified": "y", "reason": "Khác"}, status=409)
        assert "Phạm Minh Quân đã trả hồ sơ này lúc 09:00 23/11/2026. Câu trả lời của bạn không được ghi." in page.text
        assert "Thiếu giấy" in page.text
    with app.app_context():
        assert db.session.scalars(select(Application.reason)).one() == "Thiếu giấy"


def test_the_same_press_twice_leads_to_the_same_page(
    app: Flask, officer: PageClient, ask: Callable[..., str], world: World
) -> None:
    action, values = form(officer.get(f"{ROOM}/{ask()}"), "/nhan")
    places = [officer.post(action, values | {"verified": "y"}).response.request.path for _ in range(2)]
    assert places[0] == places[1]
    with app.app_context():
        assert db.session.scalar(select(func.count(Producer.id)).where(Producer.registration == "0100233488")) == 1


def test_what_does_not_exist_is_not_found(officer: PageClient, world: World) -> None:
    for unknown in ("HS-000000", "x", "a" * 300):
        officer.get(f"{ROOM}/{unknown}", status=404)
    assert "Không có hồ sơ nào đang chờ" in officer.get(ROOM).text
    assert "Chưa có hồ sơ nào được trả lời" in officer.get(f"{ROOM}?muc=xong&trang=9").text


def test_the_list_asks_the_database_a_constant_number_of_times(
    officer: PageClient, ask: Callable[..., str], count_statements: Any
) -> None:
    ask()
    officer.get(ROOM)
    with count_statements() as before:
        officer.get(ROOM)
    for number in ("0100112437", "0312687878", "0314409058"):
        ask(registration=number)
    with count_statements() as after:
        officer.get(ROOM)
    assert len(after) == len(before)
