"""The log in the office: found by who, what, which thing and when; each officer's own; nothing in it that opens doors."""

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog import history
from catalog.db import db
from catalog.history import Event
from catalog.invitations import Invitation
from catalog.people import User
from catalog.second_factor import RecoveryCode, SecondFactor
from checkout.orders import Order
from storefront import demo
from tests.pages import Page, PageClient
from tests.world import HOI_AN, MONDAY_NINE, TRA_MY, World, changing, make_member, make_staff

ROOM = "/van-phong/nhat-ky"
DEEDS = (
    ("prices.changed", "product:{honey}", 0),
    ("page.approved", "product:{lantern}", 1),
    ("setting.laid_down", "setting:cod_limit", 2),
    ("stock.written_off", "outlet:D01", 26),
)


@pytest.fixture
def deeds(app: Flask, world: World) -> int:
    """A clerk's four deeds, the last one on Tuesday; the clerk's key."""
    with changing(app):
        clerk = make_staff(world.quay, name="Trần Thị Hạnh")
        for verb, subject, hours in DEEDS:
            subject = subject.format(honey=world.honey.code, lantern=world.lantern.code)
            at = MONDAY_NINE + timedelta(hours=hours)
            history.record(verb, subject, actor=f"user:{clerk.id}", at=at, before=hours, after=hours + 1)
        return clerk.id


def told(page: Page) -> list[str]:
    """What the page says was done."""
    return [row.find("div/p/b").text or "" for row in page.one("ol", class_="audit-log").findall("li")]  # type: ignore[union-attr]


def search(browser: PageClient, **asked: str) -> list[str]:
    page = browser.get(ROOM, query_string=asked)
    return told(page) if page.all("ol", class_="audit-log") else []


WRITTEN_OFF, LAID_DOWN, APPROVED, CHANGED = "Xuất hủy", "Ghi cài đặt", "Duyệt trang", "Đổi giá, ngưỡng sắp hết"


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({"ai": "hạnh"}, [WRITTEN_OFF, LAID_DOWN, APPROVED, CHANGED]),
        ({"ai": "HANH"}, [WRITTEN_OFF, LAID_DOWN, APPROVED, CHANGED]),
        ({"ai": "không ai"}, []),
        ({"viec": "kho"}, [WRITTEN_OFF]),
        ({"viec": "gia"}, [CHANGED]),
        ({"viec": "chung-nhan"}, []),
        ({"ai": "hạnh", "viec": "nonsense"}, [WRITTEN_OFF, LAID_DOWN, APPROVED, CHANGED]),
        ({"gi": "d01"}, [WRITTEN_OFF]),
        ({"gi": "setting:cod_limit"}, [LAID_DOWN]),
        ({"gi": "mật ong"}, [CHANGED]),
        ({"gi": "%"}, []),
        ({"ai": "hạnh", "tu": "2026-11-24"}, [WRITTEN_OFF]),
        ({"ai": "hạnh", "den": "23/11/2026"}, [LAID_DOWN, APPROVED, CHANGED]),
        ({"ai": "hạnh", "tu": "2026-11-23", "den": "2026-11-23", "viec": "trang"}, [APPROVED]),
    ],
)
def test_deeds_are_found_by_who_what_which_thing_and_when(
    officer: PageClient, deeds: int, asked: dict[str, str], wanted: list[str]
) -> None:
    assert search(officer, **asked) == wanted


def test_a_deed_is_told_with_its_thing_what_was_before_and_a_link(
    officer: PageClient, deeds: int, world: World
) -> None:
    page = officer.get(ROOM, query_string={"ai": "hạnh"})
    row = " ".join("".join(page.one("ol", class_="audit-log").findall("li")[-1].itertext()).split())
    assert (
        row == f"Trần Thị Hạnh 09:00 23/11/2026 Đổi giá, ngưỡng sắp hết Sản phẩm Mật ong rừng {world.honey.code} 0 → 1"
    )
    links = [a.get("href") for a in page.one("ol", class_="audit-log").iter("a")]
    assert links == [
        "/diem-ban/diem-ban-d01",
        "/van-phong/cai-dat/cod_limit",
        "/san-pham/den-long-lua",
        "/san-pham/mat-ong-rung",
    ]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"tu": "hôm qua"}, "Không phải ngày có thật, hãy viết như 25/11/2026"),
        ({"den": "2026-02-30"}, "Không phải ngày có thật, hãy viết như 25/11/2026"),
        ({"tu": "2026-11-24", "den": "2026-11-23"}, "Ngày cuối phải từ ngày đầu trở đi"),
    ],
)
def test_a_wrong_day_is_named_beside_its_field(
    officer: PageClient, deeds: int, asked: dict[str, str], said: str
) -> None:
    for path in (ROOM, f"{ROOM}/tep"):
        page = officer.get(path, query_string=asked, status=422)
        assert said in page.text
        assert not page.all("ol", class_="audit-log")


@pytest.mark.parametrize(
    "after", ["", "x", "~", "2026-11-23~1", "2026-11-23T02:00:00+00:00~x", "9999-12-31T23:59:59+00:00~1",
              "2026-11-23T02:00:00+00:00~99999999999999999999", "2026-11-23T02:00:00+00:00~٣"],
)  # fmt: skip
def test_a_place_that_makes_no_sense_is_the_first_page(officer: PageClient, deeds: int, after: str) -> None:
    assert search(officer, ai="hạnh", sau=after)[0] == WRITTEN_OFF


@pytest.mark.parametrize("text", ["'", '"><script>', "%_\\", "user:", ":", "a:b:c", "x" * 5000, "user:9" * 20])
def test_any_words_can_be_looked_for(officer: PageClient, deeds: int, text: str) -> None:
    for name in ("ai", "gi", "viec"):
        officer.get(ROOM, query_string={name: text})


def test_pages_follow_one_another(app: Flask, officer: PageClient, world: World) -> None:
    with changing(app):
        for number in range(120):
            at = MONDAY_NINE + timedelta(minutes=number // 3)
            history.record("page.opened", f"product:X{number}", actor="system", at=at)
    asked, seen = f"{ROOM}?ai=h%E1%BB%87+th%E1%BB%91ng&viec=trang", []
    while asked:
        page = officer.get(asked)
        seen += [p.text for row in page.one("ol", class_="audit-log").findall("li") for p in row.findall("div/p")[1:2]]
        onward = page.all("a", rel="next")
        asked = ROOM + (onward[0].get("href") or "").removeprefix(ROOM) if onward else ""
    assert [(text or "").split()[-1] for text in seen] == [f"X{number}" for number in reversed(range(120))]
    assert "Về mới nhất" in page.text


def test_an_officer_of_some_communes_sees_what_lies_there(
    scoped: Callable[..., PageClient], deeds: int, world: World
) -> None:
    assert search(scoped(HOI_AN), ai="hạnh") == [WRITTEN_OFF, APPROVED]
    browser = scoped(TRA_MY)
    assert search(browser, ai="hạnh") == [CHANGED]
    assert search(browser, gi="setting:cod_limit") == []
    assert [row["Mã việc"] for row in table(browser, ai="hạnh")] == ["prices.changed"]
    assert "Những việc đã làm ở các xã, phường bạn phụ trách" in browser.get(ROOM).text


def table(browser: PageClient, **asked: str) -> list[dict[str, str]]:
    answer = browser.raw.get(f"{ROOM}/tep", query_string=asked)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))


def test_the_same_can_be_taken_along_as_a_file(officer: PageClient, deeds: int, world: World) -> None:
    rows = table(officer, ai="hạnh")
    assert [row["Mã việc"] for row in rows] == [
        "stock.written_off",
        "setting.laid_down",
        "page.approved",
        "prices.changed",
    ]
    assert rows[-1] == {
        "Lúc": "23/11/2026 09:00", "Ai làm": "Trần Thị Hạnh", "Việc": CHANGED, "Mã việc": "prices.changed",
        "Với": f"Sản phẩm {world.honey.code}", "Tên": "Mật ong rừng", "Trước": "0", "Sau": "1", "Chi tiết": "",
    }  # fmt: skip


def test_a_file_longer_than_its_chunks_is_whole(
    app: Flask, officer: PageClient, world: World, count_statements: Any
) -> None:
    with changing(app):
        for number in range(1203):
            history.record("page.opened", f"product:X{number}", actor="system", at=MONDAY_NINE)
    with count_statements() as sent:
        rows = table(officer, viec="trang")
    assert [row["Với"] for row in rows] == [f"Sản phẩm X{number}" for number in reversed(range(1203))]
    assert len(sent) < 20


def test_a_formula_in_a_name_stays_text(app: Flask, officer: PageClient, world: World) -> None:
    with changing(app):
        clerk = make_staff(world.quay, name="=HYPERLINK(1)")
        history.record("page.opened", "product:X", actor=f"user:{clerk.id}", at=MONDAY_NINE)
    assert [row["Ai làm"] for row in table(officer, viec="trang")] == ["'=HYPERLINK(1)"]


def test_customers_are_not_found_by_their_name(app: Flask, officer: PageClient, world: World) -> None:
    with changing(app):
        customer = User(email="khach@example.org", name="Nguyễn Khách", password_hash="-", created_at=MONDAY_NINE)
        db.session.add(customer)
        db.session.flush()
        history.record("thing.done", "thing:1", actor=f"user:{customer.id}", at=MONDAY_NINE)
        maker = make_member(world.cooperative, name="Hồ Thị Làm")
        history.record("page.submitted", f"product:{world.honey.code}", actor=f"user:{maker.id}", at=MONDAY_NINE)
    assert search(officer, ai="khách") == []
    assert search(officer, ai="khach@example.org") == []
    assert search(officer, ai="thị làm") == ["Gửi duyệt trang"]


def test_the_page_asks_a_constant_number_of_questions(
    app: Flask, officer: PageClient, deeds: int, world: World, count_statements: Any
) -> None:
    def asked() -> int:
        officer.get(ROOM)
        with count_statements() as sent:
            officer.get(ROOM)
        return len(sent)

    with changing(app):
        history.record("thing.done", "lot:1", actor="system", at=MONDAY_NINE)
    before = asked()
    with changing(app):
        for number in range(60):
            staff = make_staff(world.quay)
            for subject in (f"product:X{number}", f"user:{staff.id}", f"lot:{number}", "outlet:D02"):
                history.record("thing.done", subject, actor=f"user:{staff.id}", at=MONDAY_NINE)
    assert asked() == before


def test_nothing_in_the_log_of_a_whole_shop_opens_a_door_or_names_a_customer(app: Flask, session: Any) -> None:
    demo.load_demo(MONDAY_NINE)
    secrets = [
        *session.scalars(select(User.password_hash).where(User.password_hash != "-")),
        *session.scalars(select(SecondFactor.secret)),
        *session.scalars(select(RecoveryCode.code_hash)),
        *session.scalars(select(Invitation.token_hash)),
    ]
    for column in (Order.token, Order.submit_token, Order.name, Order.phone, Order.email, Order.street):
        secrets += session.scalars(select(column)).all()
    hidden = {str(secret) for secret in secrets if secret and len(str(secret)) > 3}
    assert len(hidden) > 10
    log = [json.dumps(facts, ensure_ascii=False) for facts in session.scalars(select(Event.facts))]
    assert session.scalar(select(func.count(Event.verb.distinct()))) > 15
    assert [(secret, facts) for facts in log for secret in hidden if secret in facts] == []
