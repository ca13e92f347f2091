"""Changes of pages as the officers decide about them."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from catalog import approvals, makers, pages, revisions
from catalog.db import db
from catalog.jobs import Job
from catalog.makers import Maker
from catalog.people import User
from catalog.producers import Producer
from catalog.products import Product, VatClass
from catalog.revisions import Revision, RevisionState
from storefront import worker
from tests.catalog.cast import at_once
from tests.conftest import Clock, LetterBox
from tests.pages import Page, PageClient
from tests.storefront.conftest import SignIn
from tests.world import HOI_AN, MONDAY_NINE, TRA_MY, World, changing, make_member, make_officer, maker_of, officer_of

ROOM = "/van-phong/duyet"
FOOD = {"ingredients_vi": "Mật ong", "storage_vi": "Nơi mát", "shelf_life": "24m"}
PICTURE = {"stem": "new-1", "alt_vi": "Lúc rót", "alt_en": "", "focus": 5, "credit": "", "consent": True}


@pytest.fixture
def writer(app: Flask, world: World) -> Maker:
    """Of the cooperative, whose honey has all that a page needs."""
    with changing(app):
        honey = db.session.get_one(Product, world.honey.id)
        for name, value in FOOD.items():
            setattr(honey, name, value)
        return maker_of(make_member(world.cooperative, name="Hồ Thị Nhàn"))


@pytest.fixture
def send(app: Flask, world: World, writer: Maker) -> Callable[..., str]:
    """A change of the honey's page is sent in: ``send(summary_vi="Ngọt")``; its reference."""

    def act(*, at: Any = MONDAY_NINE, own: bool = False, **values: Any) -> str:
        with changing(app):
            page: Any = db.session.get_one(Producer, world.cooperative.id) if own else honey(world)
            revision = revisions.open_revision(page, by=writer, at=at)
            revisions.save(revision, values, seen=revision.version, by=writer, at=at)
            revisions.submit(revision, seen=revision.version, by=writer, at=at)
            return revision.reference

    return act


def honey(world: World) -> Product:
    return db.session.get_one(Product, world.honey.id, populate_existing=True)


def get(app: Flask, reference: str) -> Revision:
    with app.app_context():
        return db.session.scalars(select(Revision).where(Revision.reference == reference)).one()


def summary(app: Flask, world: World) -> str:
    with app.app_context():
        return honey(world).summary_vi


def form(page: Page, part: str) -> tuple[str, dict[str, str]]:
    """The address and the values of the first form whose action has this part."""
    action = next(a for a in (f.get("action") or "" for f in page.all("form")) if part in a)
    return action, page.form(action)


def approve(officer: PageClient, reference: str, *, status: int = 200, **fields: str) -> Page:
    action, values = form(officer.get(f"{ROOM}/{reference}"), "/duyet/" + reference + "/duyet")
    return officer.post(action, values | fields, status=status)


def give_back(officer: PageClient, reference: str, *, status: int = 200, **fields: Any) -> Page:
    action, values = form(officer.get(f"{ROOM}/{reference}"), "/tra")
    return officer.post(action, values | {n.replace("__", "-"): v for n, v in fields.items()}, status=status)


def listed(page: Page) -> list[str]:
    return [a.text or "" for a in page.all("a") if re.fullmatch(rf"{ROOM}/BT-\w{{6}}", a.get("href") or "")]


def test_what_waits_longest_comes_first_and_only_of_ones_communes(
    app: Flask, officer: PageClient, scoped: Callable[..., PageClient], send: Callable[..., str]
) -> None:
    send(summary_vi="Ngọt")
    send(summary_vi="Làng ong", phone="0905 000 001", own=True, at=MONDAY_NINE - timedelta(days=6))
    page = officer.get(ROOM)
    assert listed(page) == ["Trang của Hợp tác xã Nông sản Nà Thử", "Mật ong rừng"]
    assert [b.text for b in page.all("b", class_="missing")] == ["6 ngày"]
    assert "Hồ Thị Nhàn" in page.text
    assert "Trang chờ duyệt 2" in officer.get("/van-phong").text
    assert listed(scoped(TRA_MY).get(ROOM)) == listed(page)
    assert "Không có trang nào chờ duyệt" in scoped(HOI_AN).get(ROOM).text


def test_what_changes_is_marked_word_by_word_and_said_aloud(officer: PageClient, send: Callable[..., str]) -> None:
    reference = send(summary_vi="Mật ong núi làm theo mẻ nhỏ.", shelf_life="12m", usage_vi="Chữa bệnh dạ dày.")
    page = officer.get(f"{ROOM}/{reference}")
    assert [h.text for h in page.all("h2")][:3] == ["Tóm tắt", "Cách dùng", "Hạn sử dụng"]
    assert ["".join(e.itertext()) for tag in ("del", "ins") for e in page.all(tag)] == ["[bỏ: rừng]", "[thêm: núi]"]
    assert "“Chữa bệnh”: nói như thuốc chữa bệnh" in page.text
    assert "Trước đây để trống." in page.text
    assert ["".join(e.itertext()) for e in page.all("dl", class_="diff-values")[0].iter("dd")] == [
        "24 tháng",
        "12 tháng",
    ]


def test_pictures_stand_side_by_side(app: Flask, officer: PageClient, world: World, send: Callable[..., str]) -> None:
    with app.app_context():
        (live,) = pages.current_values(honey(world))["pictures"]
    reference = send(pictures=[PICTURE, live | {"alt_vi": "Mật ong rừng, mặt trước"}])
    page = officer.get(f"{ROOM}/{reference}")
    assert [image.get("alt") for image in page.all("img")] == [
        "Mật ong rừng", "Lúc rót", "Mật ong rừng, mặt trước",
    ]  # fmt: skip
    addresses = {(image.get("src") or "").rsplit("/", 1)[0] for image in page.all("img")}
    assert addresses == {f"/van-phong/hinh/{reference}"}
    assert "Mới Lúc rót" in page.text


def test_approving_changes_the_page_and_tells_who_sent_it(
    app: Flask, officer: PageClient, client: PageClient, world: World, send: Callable[..., str], letters: LetterBox
) -> None:
    reference = send(summary_vi="Ngọt và thơm.")
    page = approve(officer, reference, note="Viết hay lắm.")
    assert page.response.request.path == ROOM
    assert "Đã duyệt. Trang công khai đổi ngay" in page.text
    assert summary(app, world) == "Ngọt và thơm."
    assert "Ngọt và thơm." in client.get("/san-pham/mat-ong-rung").text
    with app.app_context():
        assert {"index.products", "mail.page_decided"} <= set(db.session.scalars(select(Job.kind)))
        while worker.work_once():
            pass
    (letter,) = letters.letters
    assert letter.subject == "Đã duyệt: Mật ong rừng"
    assert "Chào Hồ Thị Nhàn," in letter.text
    assert "Viết hay lắm." in letter.html
    assert "http://127.0.0.1:8000/san-pham/mat-ong-rung" in letter.text
    done = officer.get(f"{ROOM}/{reference}")
    assert "Đã duyệt" in done.text
    assert not [f for f in done.all("form") if "/tra" in (f.get("action") or "")]


def test_the_office_decides_tax_and_export_class(
    app: Flask, officer: PageClient, world: World, send: Callable[..., str]
) -> None:
    reference = send(summary_vi="Ngọt")
    page = officer.get(f"{ROOM}/{reference}")
    assert form(page, f"{reference}/duyet")[1]["export_class"] == "A"
    approve(officer, reference, vat_class="A", export_class="H")
    with app.app_context():
        assert (honey(world).vat_class, honey(world).export_class) == (VatClass.FARM, "H")


def test_a_class_that_is_none_changes_nothing(
    app: Flask, officer: PageClient, world: World, send: Callable[..., str]
) -> None:
    reference = send(summary_vi="Ngọt")
    approve(officer, reference, status=409, export_class="ABC")
    assert get(app, reference).state is RevisionState.SUBMITTED
    assert summary(app, world) == "Mật ong rừng làm theo mẻ nhỏ."


def test_a_change_comes_back_with_a_reason_for_each_field(
    app: Flask, officer: PageClient, world: World, send: Callable[..., str], letters: LetterBox
) -> None:
    reference = send(summary_vi="Ngọt", usage_vi="Chữa bệnh dạ dày.")
    page = give_back(
        officer, reference, ready__usage_vi=["claims", "spelling"], reason__usage_vi="Chỉ ghi cách pha.", note="Cảm ơn."
    )
    assert "Đã trả lại. Người viết nhận thư và thấy lý do ở từng chỗ." in page.text
    found = get(app, reference)
    assert (found.state, found.note) == (RevisionState.RETURNED, "Cảm ơn.")
    said = "Nói như thuốc hoặc hứa quá: bỏ câu ấy. Còn lỗi chính tả, câu khó hiểu. Chỉ ghi cách pha."
    assert found.reasons == {"usage_vi": said}
    assert summary(app, world) == "Mật ong rừng làm theo mẻ nhỏ."
    with app.app_context():
        while worker.work_once():
            pass
    (letter,) = letters.letters
    assert letter.subject == "Cần sửa: Mật ong rừng"
    assert f"- Cách dùng: {said}" in letter.text


def test_nothing_is_returned_without_a_word(app: Flask, officer: PageClient, send: Callable[..., str]) -> None:
    reference = send(summary_vi="Ngọt")
    page = give_back(officer, reference, status=422)
    assert page.text.count("Đánh dấu hoặc viết lý do ở chỗ cần sửa, hay nhắn chung ở đây") == 2
    page = give_back(officer, reference, status=422, reason__summary_vi="x" * 501)
    assert page.text.count("Lý do dài quá 500 ký tự") == 2
    assert form(page, "/tra")[1]["reason-summary_vi"] == "x" * 501
    page = give_back(officer, reference, status=422, reason__summary_vi="Sai", key="")
    assert "Trang này đã cũ" in page.text
    assert get(app, reference).state is RevisionState.SUBMITTED


def test_reasons_for_what_is_not_changed_are_not_heard(
    app: Flask, officer: PageClient, send: Callable[..., str]
) -> None:
    reference = send(summary_vi="Ngọt")
    give_back(officer, reference, reason__stars="Năm sao", reason__summary_vi="Ngắn quá", ready__summary_vi=["hack"])
    assert get(app, reference).reasons == {"summary_vi": "Ngắn quá"}


def test_nobody_decides_about_their_own(app: Flask, enter: SignIn, world: World, send: Callable[..., str]) -> None:
    reference = send(summary_vi="Ngọt")
    with changing(app):
        both = make_officer(name="Cán bộ cũng là thành viên")
        makers.join(both, world.cooperative, actor="system", at=MONDAY_NINE)
    browser = enter(both)
    page = browser.get(f"{ROOM}/{reference}")
    assert "bản này phải do một cán bộ khác quyết định" in page.text
    assert not [f for f in page.all("form") if reference in (f.get("action") or "")]
    fields = {"key": "abcdefgh", "seen": "2", "note": "x"}
    for verb in ("duyet", "tra", "hoan"):
        browser.post(f"{ROOM}/{reference}/{verb}", fields, status=403)
    assert get(app, reference).state is RevisionState.SUBMITTED


def test_a_foreign_commune_does_not_exist(
    app: Flask, scoped: Callable[..., PageClient], send: Callable[..., str]
) -> None:
    reference = send(summary_vi="Ngọt")
    browser = scoped(HOI_AN)
    browser.get(f"{ROOM}/{reference}", status=404)
    for verb in ("duyet", "tra", "hoan"):
        browser.post(f"{ROOM}/{reference}/{verb}", {"key": "abcdefgh", "seen": "2", "note": "x"}, status=404)
    for unknown in ("BT-000000", "x", "a" * 300):
        browser.get(f"{ROOM}/{unknown}", status=404)
    assert get(app, reference).state is RevisionState.SUBMITTED


def test_a_draft_is_nobody_s_business(app: Flask, officer: PageClient, world: World, writer: Maker) -> None:
    with changing(app):
        draft = revisions.open_revision(honey(world), by=writer, at=MONDAY_NINE)
        revisions.save(draft, {"summary_vi": "Ngọt"}, seen=1, by=writer, at=MONDAY_NINE)
        reference = draft.reference
    officer.get(f"{ROOM}/{reference}", status=404)


def test_a_stale_base_is_refused_with_the_way_forward(
    app: Flask, officer: PageClient, world: World, send: Callable[..., str]
) -> None:
    reference = send(summary_vi="Ngọt")
    action, values = form(officer.get(f"{ROOM}/{reference}"), f"{reference}/duyet")
    with changing(app):
        honey(world).version += 1
    page = officer.post(action, values, status=409)
    said = "Trang đã đổi từ khi bản này được viết (bản 1, nay là 2), nên chưa duyệt được. Hãy trả lại:"
    assert page.text.count(said) == 2
    assert not [f for f in page.all("form") if (f.get("action") or "").endswith("/duyet")]
    assert (get(app, reference).state, summary(app, world)) == (
        RevisionState.SUBMITTED,
        "Mật ong rừng làm theo mẻ nhỏ.",
    )
    give_back(officer, reference, note="Trang đã đổi, xem lại giúp.")
    assert get(app, reference).state is RevisionState.RETURNED


def test_the_second_officer_is_told_who_decided_and_when(
    app: Flask, officer: PageClient, send: Callable[..., str], clock: Clock
) -> None:
    reference = send(summary_vi="Ngọt")
    page = officer.get(f"{ROOM}/{reference}")
    forms = [form(page, f"{reference}/duyet"), form(page, "/tra")]
    with changing(app):
        other = officer_of(make_officer(name="Phạm Minh Quân"))
        approvals.approve(approvals.get_revision(reference, other), by=other, at=clock.at)
    for action, values in forms:
        page = officer.post(action, values | {"note": "Khác"}, status=409)
        assert "Phạm Minh Quân đã duyệt bản này lúc 09:00 23/11/2026. Quyết định của bạn không được ghi." in page.text
    assert get(app, reference).note == ""


def test_what_was_written_anew_meanwhile_is_not_approved_unseen(
    app: Flask, officer: PageClient, world: World, writer: Maker, send: Callable[..., str]
) -> None:
    reference = send(summary_vi="Ngọt")
    action, values = form(officer.get(f"{ROOM}/{reference}"), f"{reference}/duyet")
    with changing(app):
        mine = db.session.scalars(revisions.history_of(honey(world))).one()
        revisions.take_back(mine, by=writer, at=MONDAY_NINE)
        assert "rút bản này về" not in summary(app, world)
    page = officer.post(action, values, status=409)
    assert "Người viết đã rút bản này về trong lúc bạn xem." in page.text
    with changing(app):
        mine = db.session.scalars(revisions.history_of(honey(world))).one()
        revisions.save(mine, {"summary_vi": "Chữa ung thư"}, seen=mine.version, by=writer, at=MONDAY_NINE)
        revisions.submit(mine, seen=mine.version, by=writer, at=MONDAY_NINE)
    page = officer.post(action, values | {"key": "abcdefgh1"}, status=409)
    assert "Người viết đã sửa và gửi lại trong lúc bạn xem." in page.text
    assert "“ung thư”: nhắc tên bệnh" in page.text
    assert summary(app, world) == "Mật ong rừng làm theo mẻ nhỏ."
    approve(officer, reference)
    assert summary(app, world) == "Chữa ung thư"


def test_the_same_press_twice_decides_once(app: Flask, officer: PageClient, send: Callable[..., str]) -> None:
    action, values = form(officer.get(f"{ROOM}/{(reference := send(summary_vi='Ngọt'))}"), f"{reference}/duyet")
    for _ in range(2):
        assert officer.post(action, values).response.request.path == ROOM
    with app.app_context():
        assert len(db.session.scalars(select(Job).where(Job.kind == "mail.page_decided")).all()) == 1


def test_of_two_approvals_at_once_one_counts(app: Flask, world: World, session: Any, send: Callable[..., str]) -> None:
    reference = send(summary_vi="Ngọt")
    with changing(app):
        keys = [make_officer().id for _ in range(3)]

    def act(key: int) -> str:
        by = officer_of(db.session.get_one(User, key))
        revision = approvals.get_revision(reference, by)
        approvals.approve(revision, by=by, at=MONDAY_NINE, seen=revision.version)
        return "approved"

    answers = at_once(app, *[lambda key=key: act(key) for key in keys])
    assert sorted(answers) == ["Conflict", "Conflict", "approved"]
    assert (honey(world).summary_vi, honey(world).version) == ("Ngọt", 2)
    assert len(session.scalars(select(Job).where(Job.kind == "mail.page_decided")).all()) == 1


def test_an_approved_change_is_undone_as_a_revision_of_its_own(
    app: Flask, officer: PageClient, world: World, send: Callable[..., str], letters: LetterBox
) -> None:
    reference = send(summary_vi="Ngọt")
    approve(officer, reference)
    action, values = form(officer.get(f"{ROOM}/{reference}"), "/hoan")
    page = officer.post(action, values | {"note": "Duyệt nhầm"})
    assert "Đã đưa về như trước. Trang công khai đổi ngay." in page.text
    assert summary(app, world) == "Mật ong rừng làm theo mẻ nhỏ."
    with app.app_context():
        undoing, first = db.session.scalars(revisions.history_of(honey(world)))
        assert (undoing.note, first.state) == ("Duyệt nhầm", RevisionState.APPROVED)
        assert page.response.request.path == f"{ROOM}/{undoing.reference}"
        while worker.work_once():
            pass
    assert [letter.subject for letter in letters.letters] == [
        "Đã duyệt: Mật ong rừng", "Đã đưa về như trước: Mật ong rừng",
    ]  # fmt: skip
    page = officer.post(action, values | {"key": "abcdefgh1"}, status=409)
    assert "Không đưa về được" in page.text


def test_a_letter_about_what_was_sent_in_again_is_not_sent(
    app: Flask, officer: PageClient, world: World, writer: Maker, send: Callable[..., str], letters: LetterBox
) -> None:
    give_back(officer, send(summary_vi="Ngọt"), note="Dài thêm chút")
    with changing(app):
        mine = db.session.scalars(revisions.history_of(honey(world))).one()
        revisions.submit(mine, seen=mine.version, by=writer, at=MONDAY_NINE)
    with app.app_context():
        while worker.work_once():
            pass
    assert letters.letters == []


def test_the_list_asks_the_database_a_constant_number_of_times(
    officer: PageClient, send: Callable[..., str], count_statements: Any
) -> None:
    send(summary_vi="Ngọt")
    officer.get(ROOM)
    with count_statements() as before:
        officer.get(ROOM)
    send(summary_vi="Làng ong", phone="0905 000 001", own=True)
    with count_statements() as after:
        officer.get(ROOM)
    assert len(after) == len(before)


@pytest.mark.parametrize("verb", ["duyet", "tra"])
@pytest.mark.parametrize("seen", ["9" * 5000, "9" * 19, "-1", "²"])
def test_a_version_that_is_none_is_an_old_page(
    app: Flask, officer: PageClient, send: Callable[..., str], verb: str, seen: str
) -> None:
    reference = send(summary_vi="Ngọt.")
    action, values = form(officer.get(f"{ROOM}/{reference}"), f"{reference}/{verb}")
    officer.post(action, values | {"seen": seen, "note": "Xem lại"}, status=422)
    assert get(app, reference).state is RevisionState.SUBMITTED
