"""The log of support: written to the đồng, corrected, summed up, taken along; each officer's own communes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog import supports
from catalog.db import db
from catalog.supports import Support, SupportFacts, SupportKind
from tests.pages import PageClient
from tests.storefront.office.forms import typed_form
from tests.world import HOI_AN, MONDAY, MONDAY_NINE, TRA_MY, World, changing, make_officer, make_producer, officer_of

ROOM = "/van-phong/ho-tro"
DAY = timedelta(days=1)
GIVEN = {"commune_code": HOI_AN, "fund": "Ngân sách tỉnh (thử)", "what": "In nhãn", "kind": "label"}


def write(app: Flask, **changes: Any) -> int:
    with changing(app):
        facts: dict[str, Any] = {
            "kind": SupportKind.LABEL, "commune_code": HOI_AN, "producer_id": None, "given_on": MONDAY,
            "amount": 5_000_000, "fund": "Quỹ (thử)", "what": "In nhãn",
        }  # fmt: skip
        return supports.record(SupportFacts(**facts | changes), by=officer_of(make_officer()), at=MONDAY_NINE).id


def count(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Support)) or 0


def send(client: PageClient, address: str, status: int = 200, **typed: str) -> str:
    return client.post(address, typed_form(client, address) | typed, status=status).text


def test_support_is_written_down_to_the_dong(app: Flask, world: World, officer: PageClient) -> None:
    text = send(officer, f"{ROOM}/moi", **GIVEN, amount="12.500.000 đ", producer="hộ sản xuất bến thử")
    for words in (
        "Đã ghi hỗ trợ.",
        "Nhãn, bao bì, thương hiệu",
        "12.500.000 ₫",
        "Hộ sản xuất Bến Thử",
        "Ngân sách tỉnh",
    ):
        assert words in text
    text = send(officer, f"{ROOM}/moi", **GIVEN, amount="")
    assert "Chưa tính thành tiền" in text
    text = officer.get(ROOM).text
    assert "2 khoản, cộng 12.500.000 ₫. 1 khoản chưa tính thành tiền." in text
    with app.app_context():
        assert list(db.session.scalars(select(Support.amount).order_by(Support.id))) == [12_500_000, None]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"commune_code": ""}, "Chọn xã, phường"),
        ({"amount": "nhiều"}, "Số tiền là số đồng chẵn"),
        ({"amount": "-5"}, "Số tiền không thể nhỏ hơn 0"),
        ({"amount": "0"}, "Số tiền từ 1 đến 10.000.000.000 ₫"),
        ({"amount": "99999999999"}, "Số tiền quá lớn"),
        ({"fund": ""}, "Ghi nguồn kinh phí"),
        ({"what": ""}, "Ghi đã hỗ trợ gì"),
        ({"kind": "gold"}, "Not a valid choice."),
        ({"given_on": "mai"}, "Không phải ngày có thật"),
        ({"producer": "ai đó"}, "Không có chủ thể này trong địa bàn của bạn"),
        ({"what": "x" * 1001}, "Dài quá 1.000 ký tự"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_written(
    app: Flask, world: World, officer: PageClient, typed: dict[str, str], words: str
) -> None:
    text = send(officer, f"{ROOM}/moi", status=422, **GIVEN | typed)
    if typed != {"kind": "gold"}:
        assert words in text
    assert "Có 1 chỗ cần sửa" in text
    assert count(app) == 0


def test_a_correction_shows_what_stood_there_and_why(app: Flask, world: World, officer: PageClient) -> None:
    support = write(app)
    old = typed_form(officer, f"{ROOM}/{support}/sua")
    assert old["amount"] == "5.000.000"
    text = send(officer, f"{ROOM}/{support}/sua", amount="4500000", kind="training", reason="theo phiếu chi")
    for words in ("Vì: theo phiếu chi", "5.000.000 ₫ 4.500.000 ₫", "Nhãn, bao bì, thương hiệu Tập huấn"):
        assert words in text
    text = officer.post(f"{ROOM}/{support}/sua", old | {"amount": "1", "reason": "b"}, status=422).text
    assert "Người khác vừa sửa mục này" in text
    assert "4.500.000 ₫" in officer.get(ROOM).text


def test_a_list_is_narrowed_and_taken_along(app: Flask, world: World, officer: PageClient) -> None:
    write(app, fund="@quỹ")
    write(app, commune_code=TRA_MY, given_on=MONDAY - 400 * DAY, kind=SupportKind.TRAINING, amount=None)
    assert "2 khoản, cộng 5.000.000 ₫. 1 khoản chưa tính thành tiền." in officer.get(ROOM).text
    assert "1 khoản, cộng 5.000.000 ₫." in officer.get(f"{ROOM}?loai=label&nam=2026&xa={HOI_AN}").text
    assert "1 khoản, cộng 0 ₫. 1 khoản chưa" in officer.get(f"{ROOM}?nam=2025").text
    assert "2 khoản" in officer.get(f"{ROOM}?loai=x&nam=y&xa=z").text
    lines = officer.raw.get(f"{ROOM}/tep?loai=label").get_data(as_text=True).splitlines()
    assert lines[1:] == ['23/11/2026,"Nhãn, bao bì, thương hiệu",Phường Hội An,,5000000,\'@quỹ,In nhãn']


def test_an_officer_finds_only_the_support_of_their_communes(
    app: Flask, world: World, scoped: Callable[..., PageClient]
) -> None:
    write(app, what="Của phố")
    foreign = write(app, commune_code=TRA_MY, what="Của núi")
    coast = scoped(HOI_AN)
    assert "Của phố" in coast.get(ROOM).text
    assert "Của núi" not in coast.get(ROOM).text
    assert "Của núi" not in coast.raw.get(f"{ROOM}/tep").get_data(as_text=True)
    for key in (foreign, 10**9):
        coast.get(f"{ROOM}/{key}", status=404)
        coast.get(f"{ROOM}/{key}/sua", status=404)
    send(coast, f"{ROOM}/moi", status=422, **GIVEN | {"commune_code": TRA_MY})
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
    support = write(app)
    text = send(officer, f"{ROOM}/{support}/sua", status=422, reason="xem lại", version=version)
    assert "Người khác vừa sửa" in text
