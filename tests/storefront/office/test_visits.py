"""The log of support visits: written, corrected, narrowed, taken along; each officer's own communes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog import visits
from catalog.db import db
from catalog.visits import Visit, VisitFacts
from tests.pages import PageClient
from tests.storefront.office.forms import typed_form
from tests.world import HOI_AN, MONDAY, MONDAY_NINE, TRA_MY, World, changing, make_officer, make_producer, officer_of

ROOM = "/van-phong/tham"
DAY = timedelta(days=1)


def write(app: Flask, **changes: Any) -> int:
    with changing(app):
        facts: dict[str, Any] = {
            "commune_code": HOI_AN, "producer_id": None, "visited_on": MONDAY, "who": "Tổ (thử)", "found": "Ổn",
        }  # fmt: skip
        return visits.record(VisitFacts(**facts | changes), by=officer_of(make_officer()), at=MONDAY_NINE).id


def count(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Visit)) or 0


def send(client: PageClient, address: str, status: int = 200, **typed: str) -> str:
    return client.post(address, typed_form(client, address) | typed, status=status).text


def test_a_visit_to_a_producer_is_written_down_by_its_code(app: Flask, world: World, officer: PageClient) -> None:
    text = send(
        officer, f"{ROOM}/moi", producer=world.household.code.lower(), who="Hai cán bộ", found="Kho khô ráo",
        follows="Gửi mẫu nhãn", visited_on="20/11/2026",
    )  # fmt: skip
    for words in ("Đã ghi lượt hỗ trợ.", "Phường Hội An", "Hộ sản xuất Bến Thử", "Kho khô ráo", "Gửi mẫu nhãn"):
        assert words in text
    assert "20/11/2026" in officer.get(ROOM).text
    assert count(app) == 1


def test_a_form_sent_twice_is_one_visit(app: Flask, world: World, officer: PageClient) -> None:
    form = typed_form(officer, f"{ROOM}/moi") | {"commune_code": HOI_AN, "who": "A", "found": "B"}
    for _ in range(2):
        officer.post(f"{ROOM}/moi", form)
    assert count(app) == 1


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, "Chọn xã, phường"),
        ({"commune_code": "00000"}, "Không có xã, phường này trong địa bàn của bạn"),
        ({"commune_code": HOI_AN, "found": ""}, "Ghi đã thấy gì"),
        ({"commune_code": HOI_AN, "who": " "}, "Ghi ai đã đi"),
        ({"commune_code": HOI_AN, "visited_on": "31/2/2026"}, "Không phải ngày có thật"),
        ({"commune_code": HOI_AN, "visited_on": "1/1/2030"}, "Ngày này chưa tới"),
        ({"commune_code": HOI_AN, "visited_on": "1/1/2001"}, "Chương trình bắt đầu từ năm 2018"),
        ({"commune_code": HOI_AN, "producer": "không có ai"}, "Không có chủ thể này trong địa bàn của bạn"),
        ({"commune_code": HOI_AN, "producer": "Nà Thử"}, "Chủ thể này ở xã, phường khác"),
        ({"producer": "thử"}, "Có nhiều chủ thể như vậy"),
        ({"commune_code": HOI_AN, "found": "x" * 2001}, "Dài quá 2.000 ký tự"),
        ({"commune_code": HOI_AN, "key": "?"}, "Trang này đã cũ"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(
    app: Flask, world: World, officer: PageClient, typed: dict[str, str], words: str
) -> None:
    text = send(officer, f"{ROOM}/moi", status=422, **{"who": "Hai cán bộ", "found": "Ổn"} | typed)
    assert words in text
    assert "Có 1 chỗ cần sửa" in text
    assert officer.last is not None
    assert officer.last.one("input", name="producer").get("value", "") == typed.get("producer", "")
    assert count(app) == 0


def test_a_correction_shows_what_stood_there_and_why(app: Flask, world: World, officer: PageClient) -> None:
    visit = write(app, producer_id=world.household.id, commune_code="")
    assert "Ghi lý do" in send(officer, f"{ROOM}/{visit}/sua", status=422, found="Ẩm")
    text = send(officer, f"{ROOM}/{visit}/sua", found="Ẩm", producer="", commune_code=HOI_AN, reason="xem lại ảnh")
    for words in ("Đã sửa. Bản cũ còn trong lịch sử.", "Vì: xem lại ảnh", "Hộ sản xuất Bến Thử –", "Ổn Ẩm"):
        assert words in text


def test_a_correction_of_an_old_page_is_refused_with_a_sentence(app: Flask, world: World, officer: PageClient) -> None:
    visit = write(app)
    old = typed_form(officer, f"{ROOM}/{visit}/sua")
    send(officer, f"{ROOM}/{visit}/sua", found="Một", reason="a")
    text = officer.post(f"{ROOM}/{visit}/sua", old | {"found": "Hai", "reason": "b"}, status=422).text
    assert "Người khác vừa sửa lượt này" in text
    text = officer.post(f"{ROOM}/{visit}/sua", old | {"key": "1" * 32, "version": "x", "reason": "b"}, status=422).text
    assert "Người khác vừa sửa lượt này" in text
    assert "Một" in officer.get(f"{ROOM}/{visit}").text


def test_a_list_is_narrowed_by_commune_and_year_and_taken_along(app: Flask, world: World, officer: PageClient) -> None:
    write(app, found="=1+1")
    write(app, commune_code=TRA_MY, visited_on=MONDAY - 400 * DAY, found="Năm trước")
    text = officer.get(ROOM).text
    assert "2 lượt." in text
    assert "Năm 2026: 0/78 xã, phường đã được hỗ trợ từ 2 lần." in text
    assert "Năm trước" not in officer.get(f"{ROOM}?xa={HOI_AN}").text
    assert "Năm trước" in officer.get(f"{ROOM}?nam=2025").text
    assert "2 lượt." in officer.get(f"{ROOM}?nam=x&xa=y&trang=z").text
    answer = officer.raw.get(f"{ROOM}/tep?xa={HOI_AN}")
    lines = answer.get_data(as_text=True).splitlines()
    assert lines[1:] == ["23/11/2026,Phường Hội An,,Tổ (thử),'=1+1,"]
    assert answer.mimetype == "text/csv"


def test_two_visits_a_year_are_enough(app: Flask, world: World, officer: PageClient) -> None:
    for ago in (0, 3):
        write(app, visited_on=MONDAY - ago * DAY)
    assert "Năm 2026: 1/78 xã, phường" in officer.get(ROOM).text


def test_an_officer_finds_only_the_visits_of_their_communes(
    app: Flask, world: World, scoped: Callable[..., PageClient]
) -> None:
    theirs, foreign = write(app, found="Của phố"), write(app, commune_code=TRA_MY, found="Của núi")
    coast = scoped(HOI_AN)
    assert "Của phố" in coast.get(ROOM).text
    for address in (ROOM, f"{ROOM}?xa={TRA_MY}"):
        assert "Của núi" not in coast.get(address).text
    assert "Của núi" not in coast.raw.get(f"{ROOM}/tep").get_data(as_text=True)
    coast.get(f"{ROOM}/{theirs}")
    for key in (foreign, 10**9, 2**53 - 1, 2**53):
        coast.get(f"{ROOM}/{key}", status=404)
        coast.get(f"{ROOM}/{key}/sua", status=404)
    text = send(coast, f"{ROOM}/moi", status=422, commune_code=TRA_MY, who="A", found="B")
    assert "Không có xã, phường này trong địa bàn của bạn" in text
    text = send(coast, f"{ROOM}/moi", status=422, producer=world.cooperative.code, who="A", found="B")
    assert "Không có chủ thể này trong địa bàn của bạn" in text
    assert count(app) == 2


def test_a_long_log_costs_as_many_queries_as_a_short_one(
    app: Flask, world: World, officer: PageClient, count_statements: Any
) -> None:
    def sent() -> int:
        officer.get(ROOM)
        with count_statements() as statements:
            officer.get(ROOM)
        return len(statements)

    write(app)
    before = sent()
    with changing(app):
        makers = [make_producer(commune=HOI_AN).id for _ in range(8)]
    for maker in makers:
        write(app, producer_id=maker, commune_code="")
    assert sent() == before


@pytest.mark.parametrize("version", ["9" * 5000, "9" * 19, "-1", "²", "٣"])
def test_a_version_that_is_none_is_an_old_page(app: Flask, world: World, officer: PageClient, version: str) -> None:
    visit = write(app)
    text = send(officer, f"{ROOM}/{visit}/sua", status=422, reason="xem lại", version=version)
    assert "Người khác vừa sửa" in text
