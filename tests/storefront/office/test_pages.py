"""Pages as the office keeps them: their history, and whether shoppers see them."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from catalog import approvals, makers, revisions
from catalog.db import db
from catalog.jobs import Job
from catalog.products import Product, ProductState
from tests.pages import Page, PageClient
from tests.storefront.conftest import SignIn
from tests.world import HOI_AN, MONDAY_NINE, TRA_MY, World, changing, make_member, make_officer, maker_of, officer_of

ROOM = "/van-phong/trang"


@pytest.fixture
def room(world: World) -> str:
    return f"{ROOM}/san-pham/{world.honey.code}"


def state(app: Flask, world: World) -> ProductState:
    with app.app_context():
        return db.session.scalars(select(Product.state).where(Product.id == world.honey.id)).one()


def form(page: Page, part: str) -> tuple[str, dict[str, str]]:
    """The address and the values of the first form whose action has this part."""
    action = next(a for a in (f.get("action") or "" for f in page.all("form")) if part in a)
    return action, page.form(action)


def retire(officer: PageClient, room: str, reason: str = "Nhãn sai", *, status: int = 200) -> Page:
    action, values = form(officer.get(room), "/go")
    return officer.post(action, values | {"reason": reason}, status=status)


def listed(page: Page) -> list[str]:
    return [a.text or "" for a in page.all("a") if (a.get("href") or "").startswith(f"{ROOM}/")]


def test_pages_are_found_by_name_and_code_within_ones_communes(
    officer: PageClient, scoped: Callable[..., PageClient], world: World
) -> None:
    assert set(listed(officer.get(ROOM))) == {
        "Mật ong rừng", "Chè dây", "Đèn lồng lụa", "Một ngày ở làng rau",
        "Hợp tác xã Nông sản Nà Thử", "Hộ sản xuất Bến Thử",
    }  # fmt: skip
    assert listed(officer.get(f"{ROOM}?q=mat+ong")) == ["Mật ong rừng"]
    assert listed(officer.get(f"{ROOM}?q={world.tea.code}")) == ["Chè dây"]
    assert "Không thấy trang nào" in officer.get(f"{ROOM}?q=khong-co").text
    assert "Đèn lồng lụa" not in listed(scoped(TRA_MY).get(ROOM))


def test_the_history_names_every_approved_change_with_who_and_when(
    app: Flask, officer: PageClient, world: World, room: str
) -> None:
    assert "Chưa có bản nào được duyệt ở đây" in officer.get(room).text
    with changing(app):
        honey = db.session.get_one(Product, world.honey.id)
        honey.ingredients_vi, honey.storage_vi, honey.shelf_life = "Mật ong", "Nơi mát", "24m"
        writer = maker_of(make_member(world.cooperative, name="Hồ Thị Nhàn"))
        by = officer_of(make_officer(name="Phạm Minh Quân"))
        revision = revisions.open_revision(honey, by=writer, at=MONDAY_NINE)
        revisions.save(revision, {"summary_vi": "Ngọt"}, seen=1, by=writer, at=MONDAY_NINE)
        revisions.submit(revision, seen=revision.version, by=writer, at=MONDAY_NINE)
        reference = revision.reference
    assert f"Bản {reference} đang chờ duyệt" in officer.get(room).text
    with changing(app):
        approvals.approve(approvals.get_revision(reference, by), by=by, at=MONDAY_NINE)
    page = officer.get(room)
    (step,) = page.all("ol", class_="page-steps")
    words = " ".join("".join(step.itertext()).split())
    assert words == f"09:00 23/11/2026 Tóm tắt Phạm Minh Quân duyệt · Hồ Thị Nhàn gửi · {reference}"
    assert f"/van-phong/duyet/{reference}" in [a.get("href") for a in page.all("a")]


def test_a_page_is_taken_out_of_the_shop_and_put_back(
    app: Flask, officer: PageClient, client: PageClient, world: World, room: str
) -> None:
    client.get("/san-pham/mat-ong-rung")
    page = retire(officer, room)
    assert "Đã gỡ trang. Khách không thấy và không mua được nữa." in page.text
    assert state(app, world) is ProductState.RETIRED
    client.get("/san-pham/mat-ong-rung", status=404)
    assert "Mật ong rừng" not in client.get("/san-pham").text
    with app.app_context():
        assert [job.payload for job in db.session.scalars(select(Job).where(Job.kind == "index.products"))] == [
            {"ids": [world.honey.id]}
        ]
    page = officer.post(*form(officer.get(room), f"{room}/dang"))
    assert "Đã đăng lại trang." in page.text
    assert state(app, world) is ProductState.PUBLISHED
    client.get("/san-pham/mat-ong-rung")
    told = [" ".join("".join(step.itertext()).split()) for step in page.all("ol", class_="page-steps")[0]]
    assert told == [
        "Đăng lại · 09:00 23/11/2026Người thử", "Gỡ khỏi gian hàng · 09:00 23/11/2026Nhãn saiNgười thử",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "said"),
    [(" ", "Viết lý do; nó ở lại trong lịch sử của trang"), ("x" * 501, "Lý do dài quá 500 ký tự")],
)
def test_a_page_is_not_taken_out_without_a_reason(
    app: Flask, officer: PageClient, world: World, room: str, reason: str, said: str
) -> None:
    assert retire(officer, room, reason, status=422).text.count(said) == 2
    assert state(app, world) is ProductState.PUBLISHED


def test_who_comes_second_is_shown_the_page_as_it_is(app: Flask, officer: PageClient, world: World, room: str) -> None:
    action, values = form(officer.get(room), "/go")
    retire(officer, room)
    page = officer.post(action, values | {"reason": "Lần nữa"}, status=409)
    assert "Trang không còn ở tình trạng bạn vừa thấy" in page.text
    assert "Lần nữa" not in page.text
    assert state(app, world) is ProductState.RETIRED


def test_what_nobody_has_approved_is_not_published_here(
    app: Flask, officer: PageClient, world: World, room: str
) -> None:
    with changing(app):
        db.session.get_one(Product, world.honey.id).state = ProductState.DRAFT
    page = officer.get(room)
    assert not [f for f in page.all("form") if room in (f.get("action") or "")]
    officer.post(f"{room}/dang", {"key": "abcdefgh"}, status=409)
    officer.post(f"{room}/go", {"key": "abcdefgh", "reason": "x"}, status=409)
    assert state(app, world) is ProductState.DRAFT


def test_nobody_takes_their_own_page_out(app: Flask, enter: SignIn, world: World, room: str) -> None:
    with changing(app):
        both = make_officer()
        makers.join(both, world.cooperative, actor="system", at=MONDAY_NINE)
    browser = enter(both)
    assert "Bạn là người của chủ thể này" in browser.get(room).text
    browser.post(f"{room}/go", {"key": "abcdefgh", "reason": "x"}, status=403)
    assert state(app, world) is ProductState.PUBLISHED


def test_a_foreign_commune_does_not_exist(
    app: Flask, officer: PageClient, scoped: Callable[..., PageClient], world: World, room: str
) -> None:
    browser = scoped(HOI_AN)
    browser.get(room, status=404)
    browser.get(f"{ROOM}/chu-the/{world.cooperative.code}", status=404)
    browser.post(f"{room}/go", {"key": "abcdefgh", "reason": "x"}, status=404)
    browser.post(f"{room}/dang", {"key": "abcdefgh"}, status=404)
    for unknown in ("san-pham/X99", "chu-the/X99", "khac/X99", f"san-pham/{world.cooperative.code}"):
        officer.get(f"{ROOM}/{unknown}", status=404)
    assert state(app, world) is ProductState.PUBLISHED


def test_a_producer_s_page_has_a_history_and_stays(officer: PageClient, world: World) -> None:
    room = f"{ROOM}/chu-the/{world.cooperative.code}"
    page = officer.get(room)
    assert page.one("h1").text == "Hợp tác xã Nông sản Nà Thử "
    officer.post(f"{room}/go", {"key": "abcdefgh", "reason": "x"}, status=404)


def test_the_page_asks_the_database_a_constant_number_of_times(
    app: Flask, officer: PageClient, room: str, count_statements: Any
) -> None:
    retire(officer, room)
    with count_statements() as before:
        officer.get(room)
    for _ in range(2):
        officer.post(*form(officer.get(room), f"{room}/dang"))
        retire(officer, room)
    with count_statements() as after:
        officer.get(room)
    assert len(after) == len(before)
