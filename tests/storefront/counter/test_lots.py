"""Lots here: what ends soon, what is off sale, and a recall from the button to the letters."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog.db import db
from catalog.jobs import Job
from catalog.lots import Lot, LotState
from catalog.memberships import Role
from catalog.people import User
from checkout import recalls
from checkout.delivery import Collect
from checkout.rules import PaymentMethod
from storefront import worker
from tests.checkout.factories import buyer, order_for
from tests.conftest import LetterBox
from tests.pages import Page, PageClient
from tests.storefront.conftest import SignIn
from tests.world import MONDAY, World, changing, make_lot, put, variant_of

LOTS = "/quay/D01/lo"


@pytest.fixture
def lot(app: Flask, world: World) -> int:
    """The honey of the centre and the quay."""
    with app.app_context():
        return db.session.scalars(select(Lot.id).where(Lot.variant_id == variant_of(world.honey).id)).one()


@pytest.fixture
def officer(enter: SignIn, staff: Callable[..., User]) -> PageClient:
    """An officer of the programme, signed in."""
    return enter(staff(role=Role.OFFICER))


def state(app: Flask, lot: int) -> LotState:
    with app.app_context():
        return db.session.scalars(select(Lot.state).where(Lot.id == lot)).one()


def press(who: PageClient, lot: int, verb: str, *, page: str = "", status: int = 200, **typed: str) -> Page:
    """Send a form of the lot's page (or of its recall's)."""
    action = f"{LOTS}/{lot}/{verb}"
    return who.post(action, who.get(f"{LOTS}/{lot}{page}").form(action) | typed, status=status)


def recall(officer: PageClient, lot: int, *, status: int = 200, **typed: str) -> Page:
    words = {"reason": "có vi sinh", "advice": "Đừng dùng, mang lại điểm bán."} | typed
    return press(officer, lot, "thu-hoi", page="/thu-hoi", status=status, **words)


def test_lots_that_end_soon_come_with_what_to_do(app: Flask, clerk: PageClient, world: World) -> None:
    assert "Không lô nào hết hạn trong 30 ngày tới" in clerk.get(LOTS).text
    with changing(app):
        for code, days in {"QUA": -2, "NAY": 0, "SAP": 12, "LAU": 31}.items():
            put(make_lot(variant_of(world.honey), code=code, best_before=MONDAY + timedelta(days=days)), "D01", 4)
    page = clerk.get(LOTS)
    rows = [" ".join("".join(tr.itertext()).split()) for tr in page.all("tbody")[0].findall("tr")]
    assert len(rows) == 3
    for row, words in zip(rows, ("quá hạn 2 ngày", "hôm nay là ngày cuối", "còn 12 ngày"), strict=True):
        assert words in row
    assert "Bỏ khỏi kệ và xuất hủy 4" in rows[0]
    assert "sẽ còn dư 4" in rows[2]


def test_a_lot_shows_its_days_tests_and_units_here(app: Flask, clerk: PageClient, world: World) -> None:
    with changing(app):
        made = make_lot(variant_of(world.honey), code="M9", made_on=MONDAY, tests="Vi sinh: đạt, 20/11/2026")
        put(made, "D01", 4)
    text = clerk.get(f"{LOTS}/{made.id}").text
    for words in ("Lô M9", "không có hạn", "23/11/2026", "Vi sinh: đạt, 20/11/2026", "Có ở đây 4"):
        assert words in text
    assert "Dừng bán ở mọi điểm" not in text


def test_what_was_tested_is_written_down_and_bad_words_change_nothing(
    app: Flask, clerk: PageClient, lot: int, world: World
) -> None:
    assert world.cooperative.name_vi in clerk.get(f"{LOTS}/{lot}").text
    page = press(clerk, lot, "kiem-nghiem", tests="Trung tâm kiểm nghiệm Đà Nẵng, 12/11/2026: đạt")
    assert "Trung tâm kiểm nghiệm Đà Nẵng, 12/11/2026: đạt" in [told.text for told in page.all("dd")]
    for words, told in (("", "Ghi nơi kiểm, ngày và kết quả"), ("x" * 501, "Lời ghi dài quá 500 ký tự")):
        assert told in press(clerk, lot, "kiem-nghiem", status=422, tests=words).text
    with app.app_context():
        assert db.session.get_one(Lot, lot).tests == "Trung tâm kiểm nghiệm Đà Nẵng, 12/11/2026: đạt"


def test_an_officer_stops_a_lot_for_a_look_and_lets_it_go(
    app: Flask, clerk: PageClient, officer: PageClient, lot: int
) -> None:
    assert "Đã dừng bán" in press(officer, lot, "tam-dung", reason="nghi lẫn đường").text
    assert state(app, lot) is LotState.QUARANTINED
    assert "nghi lẫn đường" in clerk.get(LOTS).text
    assert "Lấy khỏi kệ, cất riêng" in clerk.get(f"{LOTS}/{lot}").text
    assert "được bán lại ở mọi điểm" in press(officer, lot, "ban-lai").text
    assert state(app, lot) is LotState.SELLABLE


def test_a_stop_without_a_reason_and_a_stop_of_what_is_stopped_are_told(
    app: Flask, officer: PageClient, lot: int
) -> None:
    assert "Ghi vì sao phải dừng bán lô này" in press(officer, lot, "tam-dung", status=422, reason=" ").text
    assert "Lý do dài quá 300 ký tự" in press(officer, lot, "tam-dung", status=422, reason="x" * 301).text
    assert state(app, lot) is LotState.SELLABLE
    late = officer.get(f"{LOTS}/{lot}").form(f"{LOTS}/{lot}/tam-dung") | {"reason": "lần nữa"}
    press(officer, lot, "tam-dung", reason="nghi ngờ")
    free = officer.get(f"{LOTS}/{lot}").form(f"{LOTS}/{lot}/ban-lai")
    assert "vừa được người khác dừng bán" in officer.post(f"{LOTS}/{lot}/tam-dung", late, status=422).text
    press(officer, lot, "ban-lai")
    again = free | {"key": "another-key-0001"}
    assert "không còn ở trạng thái tạm dừng" in officer.post(f"{LOTS}/{lot}/ban-lai", again, status=422).text


def test_a_recall_lists_whom_it_concerns_and_tells_them_once(
    app: Flask, clerk: PageClient, officer: PageClient, world: World, lot: int, letters: LetterBox
) -> None:
    with changing(app):
        collect = {"destination": Collect(world.quay.id), "payment": PaymentMethod.CASH_ON_COLLECTION}
        mute = order_for((world.honey, 1), contact=buyer(1), **collect).reference
        mine = order_for((world.honey, 2)).reference
        db.session.execute(Job.__table__.delete())  # type: ignore[attr-defined]
    assert "Thu hồi ngay ở mọi điểm" in officer.get(f"{LOTS}/{lot}/thu-hoi").text
    page = recall(officer, lot)
    assert state(app, lot) is LotState.RECALLED
    for words in (mute, mine, "không có e-mail: phải gọi", "Còn trên kệ 8", "Đơn liên quan 2", "Gửi 3 tin báo"):
        assert words in page.text
    assert "Đừng dùng, mang lại điểm bán." in clerk.get(f"{LOTS}/{lot}").text

    for _ in range(2):
        values = officer.get(f"{LOTS}/{lot}/thu-hoi")
        if values.all("form", action=f"{LOTS}/{lot}/thu-hoi/bao-tin"):
            officer.post(f"{LOTS}/{lot}/thu-hoi/bao-tin", values.form(f"{LOTS}/{lot}/thu-hoi/bao-tin"))
    assert "Tin báo đã gửi lúc 09:00 23/11/2026" in officer.get(f"{LOTS}/{lot}/thu-hoi").text
    with app.app_context():
        while worker.work_once():
            pass
    assert sorted(letter.to for letter in letters.letters) == sorted(
        [world.quay.email, world.centre.email, "thu@example.org"]
    )
    letter = next(letter for letter in letters.letters if letter.to == "thu@example.org")
    assert letter.subject.startswith("Thu hồi Mật ong rừng, lô ")
    assert letter.key == f"mail.recall_order:{lot}:{mine}"
    for words in (mine, "Lý do: có vi sinh (ngày 23/11/2026).", "Đừng dùng, mang lại điểm bán.", "sẽ không được giao"):
        assert words in letter.text
    outlet = next(letter for letter in letters.letters if letter.to == world.quay.email)
    assert "điểm còn 3, trong đó 1 đã giữ cho đơn" in outlet.text
    assert f"/quay/D01/lo/{lot}" in outlet.text


def test_a_recall_without_words_is_not_called_and_a_second_one_is_told(
    app: Flask, officer: PageClient, lot: int
) -> None:
    for typed, words in (
        ({"reason": ""}, "Ghi vì sao phải thu hồi lô này"),
        ({"advice": ""}, "Ghi khách và điểm bán cần làm gì"),
        ({"reason": "x" * 301}, "Lý do dài quá 300 ký tự"),
        ({"advice": "x" * 501}, "Lời dặn dài quá 500 ký tự"),
    ):
        assert words in recall(officer, lot, status=422, **typed).text
    assert state(app, lot) is LotState.SELLABLE
    late = officer.get(f"{LOTS}/{lot}/thu-hoi").form(f"{LOTS}/{lot}/thu-hoi") | {"reason": "a", "advice": "b"}
    recall(officer, lot)
    assert "vừa được người khác thu hồi" in officer.post(f"{LOTS}/{lot}/thu-hoi", late, status=422).text
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(recalls.Recall)) == 1


def test_only_an_officer_stops_and_only_lots_of_this_outlet(
    app: Flask, clerk: PageClient, officer: PageClient, world: World, lot: int
) -> None:
    clerk.get(f"{LOTS}/{lot}/thu-hoi", status=403)
    token = clerk.token()
    for verb in ("tam-dung", "ban-lai", "thu-hoi", "thu-hoi/bao-tin"):
        sent = clerk.raw.post(f"{LOTS}/{lot}/{verb}", data={"csrf_token": token, "reason": "a", "advice": "b"})
        assert sent.status_code == 403
    assert state(app, lot) is LotState.SELLABLE
    officer.get(f"/quay/D02/lo/{lot}", status=404)
    officer.get(f"/quay/D02/lo/{lot}/thu-hoi", status=404)
    token = officer.token()
    assert officer.raw.post(f"{LOTS}/{lot}/thu-hoi/bao-tin", data={"csrf_token": token}).status_code == 404
