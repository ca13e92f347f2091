"""Asking to join, as anybody may."""

import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog import applications
from catalog.applications import Application
from catalog.db import db
from storefront import worker
from storefront.studio.applications import CONSENT
from tests.conftest import LetterBox
from tests.pages import Page, PageClient
from tests.world import TRA_MY, World, changing, make_officer, officer_of

PAGE = "/nha-san-xuat/dang-ky"
FIELDS = {
    "name_vi": "Hợp tác xã Quế Thử",
    "legal_form": "cooperative",
    "registration": "0100 233 488",
    "commune_text": "Trà My",
    "settled": TRA_MY,
    "address_vi": "Thôn 2",
    "contact_name": "Hồ Thị Thử",
    "phone": "+84 905 123 456",
    "email": "Que@example.org",
    "makes": "Quế khô",
    "consent": "y",
}


def hand_in(client: PageClient, *, status: int = 200, without: str = "", **fields: str) -> Page:
    form = client.get(PAGE).form("") | FIELDS | fields
    form.pop(without, None)
    return client.post(PAGE, form, status=status)


def count(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count(Application.id))) or 0


def only(app: Flask) -> Application:
    with app.app_context():
        return db.session.scalars(select(Application)).one()


def test_what_is_handed_in_has_a_reference_and_waits(app: Flask, client: PageClient, world: World) -> None:
    page = hand_in(client)
    found = only(app)
    assert page.response.request.path == f"{PAGE}/{found.reference}"
    assert found.reference in page.text
    assert (found.name_vi, found.registration, found.commune_code) == ("Hợp tác xã Quế Thử", "0100233488", TRA_MY)
    assert (found.phone, found.email, found.consent) == ("0905123456", "que@example.org", CONSENT)
    for private in (found.contact_name, found.email, "0905", found.name_vi, found.registration):
        assert private not in page.text


def test_the_consent_is_not_ticked_for_anybody_and_is_needed(app: Flask, client: PageClient, world: World) -> None:
    page = client.get(PAGE)
    assert page.one("input", id="consent").get("checked") is None
    page = hand_in(client, status=422, without="consent")
    assert page.text.count("Chưa có sự đồng ý của bạn thì chúng tôi không được giữ hồ sơ này") == 2
    assert page.one("input", id="consent").get("checked") is None
    assert count(app) == 0


def test_the_words_agreed_to_are_those_of_their_version() -> None:
    """New words need a new version: what somebody agreed to must be found again."""
    words = Path("templates/studio/applications/_consent.html").read_text(encoding="utf-8")
    assert {CONSENT: sha256(words.encode()).hexdigest()[:16]} == {"2026-11": "3e37666c47cb3c78"}


def test_the_same_form_sent_twice_is_one_application(app: Flask, client: PageClient, world: World) -> None:
    form = client.get(PAGE).form("") | FIELDS
    places = [client.post(PAGE, form).response.request.path for _ in range(2)]
    assert places[0] == places[1]
    assert count(app) == 1


def test_the_same_number_again_is_told_and_changes_nothing(app: Flask, client: PageClient, world: World) -> None:
    hand_in(client)
    first = only(app).reference
    page = hand_in(client, status=422, name_vi="Tên khác", registration="01.00.233.488")
    assert page.text.count("Đã có một hồ sơ với số này đang chờ xem xét.") == 2
    assert first not in page.text
    assert count(app) == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name_vi": " "}, "Nhập tên như trên giấy đăng ký"),
        ({"name_vi": "x" * 161}, "Tên dài quá 160 ký tự"),
        ({"registration": ""}, "Nhập mã số thuế hoặc số đăng ký"),
        ({"registration": "0100233480"}, "Mã số thuế này không có thật: xem lại từng chữ số trên giấy"),
        ({"registration": "123"}, "Số này chưa đúng: mã số thuế có 10 chữ số"),
        ({"registration": "049080001234"}, "Đây là số định danh của một người"),
        ({"settled": "", "commune_text": ""}, "Nhập xã hoặc phường"),
        ({"settled": "", "commune_text": "Ba Đình"}, "Trong thành phố không có xã, phường này"),
        ({"settled": "", "commune_text": "<script>"}, "Trong thành phố không có xã, phường này"),
        ({"address_vi": ""}, "Nhập nơi làm ra sản phẩm"),
        ({"contact_name": ""}, "Nhập họ tên người liên hệ"),
        ({"phone": "12345"}, "Số điện thoại chưa đúng"),
        ({"email": "que"}, "E-mail chưa đúng, ví dụ ten@example.com"),
        ({"makes": ""}, "Kể vài sản phẩm chính"),
        ({"makes": "x" * 1001}, "Dài quá 1000 ký tự"),
    ],
)
def test_every_fault_is_told_beside_its_field_and_nothing_is_kept(
    app: Flask, client: PageClient, world: World, fields: dict[str, str], said: str
) -> None:
    page = hand_in(client, status=422, **fields)
    assert page.text.count(said) == 2
    assert page.form("")["contact_name"] == fields.get("contact_name", "Hồ Thị Thử")
    assert count(app) == 0


def test_errors_are_listed_in_the_order_of_the_page(app: Flask, client: PageClient, world: World) -> None:
    page = client.post(PAGE, {"key": client.get(PAGE).form("")["key"]}, status=422)
    links = [a.get("href") for a in page.all("div", class_="error-summary")[0].iter("a")]
    assert links == [
        "#legal_form-0", "#name_vi", "#commune_text", "#address_vi", "#makes", "#contact_name", "#phone", "#email",
        "#consent",
    ]  # fmt: skip


@pytest.mark.parametrize("fields", [{"legal_form": "state"}, {"legal_form": ""}, {"key": "<>"}, {"key": ""}])
def test_what_no_page_of_ours_would_send_is_refused(
    app: Flask, client: PageClient, world: World, fields: dict[str, str]
) -> None:
    hand_in(client, status=422, **fields)
    assert count(app) == 0


def test_a_household_gives_the_number_of_its_head(app: Flask, client: PageClient, world: World) -> None:
    hand_in(client, legal_form="household", registration="049 080 001234")
    assert only(app).registration == "049080001234"


def test_a_commune_is_found_by_its_old_name_and_chosen(app: Flask, client: PageClient, world: World) -> None:
    page = hand_in(client, status=422, settled="", commune_text="tien canh")
    assert "Chọn Xã Thạnh Bình ở dưới nếu đúng" in page.text
    form = page.form("")
    chosen = page.all("input", name="commune")[0].get("value") or ""
    client.post(PAGE, form | {"commune": chosen, "consent": "y"})
    assert only(app).commune_code == "20878"


def test_a_name_that_several_communes_have_is_asked_about(app: Flask, client: PageClient, world: World) -> None:
    page = hand_in(client, status=422, settled="", commune_text="Hội An")
    labels = {(label.text or "") for label in page.all("label")}
    assert {"Phường Hội An, thành phố Hội An cũ", "Phường Hội An Tây, thành phố Hội An cũ"} <= labels
    assert count(app) == 0


def test_a_whole_name_of_today_needs_no_choice(app: Flask, client: PageClient, world: World) -> None:
    hand_in(client, settled="", commune_text="Phường Hội An")
    assert only(app).commune_code == "20410"


def test_a_commune_of_another_province_cannot_be_slipped_in(app: Flask, client: PageClient, world: World) -> None:
    hand_in(client, status=422, settled="00004", commune_text="Ba Đình", commune="00004")
    assert count(app) == 0


def test_what_became_of_it_is_told_to_who_has_the_reference(
    app: Flask, client: PageClient, world: World, clock: Any
) -> None:
    hand_in(client)
    reference = only(app).reference
    with changing(app):
        by = officer_of(make_officer())
        applications.refuse(applications.get_application(reference), "Thiếu giấy phép", by=by, at=clock.at)
    page = client.get(f"{PAGE}/{reference.lower()}")
    assert page.one("h1").text == "Hồ sơ chưa được nhận"
    assert "Thiếu giấy phép" not in page.text
    for unknown in ("HS-000000", "x", "a" * 300):
        client.get(f"{PAGE}/{unknown}", status=404)


def test_a_letter_says_that_it_has_come(app: Flask, client: PageClient, world: World, letters: LetterBox) -> None:
    hand_in(client)
    reference = only(app).reference
    with app.app_context():
        while worker.work_once():
            pass
    (letter,) = letters.letters
    assert (letter.to, letter.subject) == ("que@example.org", f"Đã nhận hồ sơ {reference}")
    assert f"http://127.0.0.1:8000{PAGE}/{reference}" in letter.text
    assert "Bạn đã đồng ý cho xử lý dữ liệu trong hồ sơ (bản 2026-11) lúc 09:00 23/11/2026" in letter.text
    assert re.search(r"Chào Hồ Thị Thử,", letter.html)
    for private in ("0100233488", "0905"):
        assert private not in letter.text


def test_too_many_at_once_are_slowed_down(app: Flask, client: PageClient, world: World) -> None:
    form = client.get(PAGE).form("") | FIELDS | {"consent": ""}
    form.pop("consent")
    answers = [client.raw.post(PAGE, data=form).status_code for _ in range(13)]
    assert answers == [422] * 12 + [429]
