"""The first stock of an outlet, from a file."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog import history
from catalog.db import db
from catalog.memberships import Role
from catalog.people import User
from catalog.stock import StockMovement
from storefront.counter import opening
from tests.flows.crowd import in_threads
from tests.pages import Page, PageClient
from tests.storefront.conftest import SignIn
from tests.world import World, changing, levels_at, variant_of

ROOM = "/quay/D01/ton-dau"
HEADS = "outlet,sku,lot,made_on,best_before,quantity"


@pytest.fixture
def manager(enter: SignIn, staff: Callable[..., User], world: World) -> PageClient:
    return enter(staff(world.quay, Role.MANAGER))


@pytest.fixture
def rows(app: Flask, world: World) -> list[str]:
    """Two good rows: tea, and honey that ends."""
    with changing(app):
        tea, honey = variant_of(world.tea).sku, variant_of(world.honey).sku
    return [f"D01,{tea},CHE-1,,,12", f"D01,{honey},MAT-9,1/10/2026,1/10/2027,7"]


def looked_at(browser: PageClient, *lines: str, status: int = 200, data: bytes | None = None) -> Page:
    browser.get(ROOM)
    content = data if data is not None else "\n".join([HEADS, *lines]).encode()
    return browser.post(f"{ROOM}/xem", {"file": (io.BytesIO(content), "ton.csv")}, status=status)


def units(app: Flask, world: World) -> dict[str, int]:
    """Lot → units at the quay of what the file names."""
    with app.app_context():
        query = levels_at(world.quay)
        codes = {level.lot_id: level.on_hand for level in query}
        found = db.session.execute(select(opening.stock.Lot.id, opening.stock.Lot.code)).all()
        return {code: codes[lot] for lot, code in found if lot in codes and code in ("CHE-1", "MAT-9")}


def moved(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count(StockMovement.id))) or 0


def test_looking_changes_nothing_and_names_every_lot(
    app: Flask, manager: PageClient, world: World, rows: list[str]
) -> None:
    before = moved(app)
    page = looked_at(manager, *rows)
    assert moved(app) == before
    body = page.one("tbody")
    assert [["".join(cell.itertext()).strip() for cell in row] for row in body] == [
        [rows[0].split(",")[1], "CHE-1", "", "", "12"],
        [rows[1].split(",")[1], "MAT-9", "01/10/2026", "01/10/2027", "7"],
    ]
    assert "Đơn vị sẽ vào kho 19" in page.text


def test_what_was_looked_at_is_put_on_the_shelves(
    app: Flask, manager: PageClient, world: World, rows: list[str]
) -> None:
    form = looked_at(manager, *rows).form(f"{ROOM}/nhap")
    page = manager.post(f"{ROOM}/nhap", form)
    assert "Đã nhập 19 đơn vị vào kho." in page.text
    assert units(app, world) == {"CHE-1": 12, "MAT-9": 7}
    with app.app_context():
        event = db.session.scalars(history.of("outlet:D01")).one()
        assert (event.verb, event.facts) == ("stock.opened", {"lots": 2, "units": 19})


def test_the_same_form_and_the_same_file_again_change_nothing(
    app: Flask, manager: PageClient, world: World, rows: list[str]
) -> None:
    form = looked_at(manager, *rows).form(f"{ROOM}/nhap")
    manager.post(f"{ROOM}/nhap", form)
    after = moved(app)
    manager.post(f"{ROOM}/nhap", form)
    manager.post(f"{ROOM}/nhap", form | {"key": "another-key"})
    assert moved(app) == after
    page = looked_at(manager, *rows)
    assert "Tệp này không có gì mới để nhập." in page.text
    assert page.all("form", id="apply") == []
    assert units(app, world) == {"CHE-1": 12, "MAT-9": 7}


def test_two_who_apply_one_file_at_once_bring_the_goods_once(
    app: Flask, enter: SignIn, staff: Callable[..., User], world: World, rows: list[str]
) -> None:
    browsers = [enter(staff(world.quay, Role.MANAGER)) for _ in range(2)]
    forms = [looked_at(browser, *rows).form(f"{ROOM}/nhap") for browser in browsers]

    def apply(number: int) -> str:
        return str(browsers[number].raw.post(f"{ROOM}/nhap", data=forms[number]).status_code)

    assert in_threads(app, [lambda n=n: apply(n) for n in range(2)]) == ["303", "303"]  # type: ignore[misc]
    assert units(app, world) == {"CHE-1": 12, "MAT-9": 7}


def test_every_bad_row_is_named_and_nothing_is_written(
    app: Flask, manager: PageClient, world: World, rows: list[str]
) -> None:
    before = moved(app)
    page = looked_at(
        manager, rows[0], "T01,X,CHE-2,,,1", "D01,KHONG-CO,CHE-3,,,1", rows[1].replace(",7", ",0"),
        rows[1].replace(",7", ",-2"), rows[1].replace(",7", ",1.5"), status=422,
    )  # fmt: skip
    said = ["".join(item.itertext()) for item in page.one("div", class_="error-summary").iter("li")]
    assert [words.split(":")[0] for words in said] == [
        "Dòng 3, cột outlet, “T01”", "Dòng 4, cột sku, “KHONG-CO”", "Dòng 5, cột quantity, “0”",
        "Dòng 6, cột quantity, “-2”", "Dòng 7, cột quantity, “1.5”",
    ]  # fmt: skip
    assert said[0].endswith("không phải điểm này; ở đây chỉ nhập được cho D01.")
    assert page.all("form", id="apply") == []
    assert moved(app) == before


def test_a_file_that_was_changed_on_its_way_is_refused(
    app: Flask, manager: PageClient, world: World, rows: list[str]
) -> None:
    form = looked_at(manager, *rows).form(f"{ROOM}/nhap")
    before = moved(app)
    page = manager.post(f"{ROOM}/nhap", form | {"text": form["text"].replace("D01", "T01")}, status=422)
    assert "không phải điểm này" in page.text
    manager.post(f"{ROOM}/nhap", form | {"text": ""}, status=422)
    assert moved(app) == before


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "tệp không có dòng dữ liệu nào"),
        (b"PK\x03\x04xlsx", "đây không phải tệp CSV mã UTF-8"),
        ("outlet,sku\nD01,Mật".encode("utf-16"), "đây không phải tệp CSV mã UTF-8"),
        (b"sku;lot\nA;B", "thiếu cột này"),
        (b"x" * (opening.MOST_BYTES + 1), "Tệp lớn hơn 64 KB, hãy chia nhỏ"),
    ],
)
def test_a_file_that_is_no_list_is_refused_in_words(
    app: Flask, manager: PageClient, world: World, data: bytes, words: str
) -> None:
    assert words in looked_at(manager, data=data, status=422).text


def test_no_file_is_refused_beside_its_field(manager: PageClient, world: World) -> None:
    manager.get(ROOM)
    page = manager.post(f"{ROOM}/xem", {}, status=422)
    assert "Chọn một tệp CSV" in "".join(page.one("p", class_="error").itertext())


def test_a_file_as_large_as_may_be_goes_all_the_way(app: Flask, manager: PageClient, world: World) -> None:
    with changing(app):
        sku = variant_of(world.tea).sku
    number = 203
    wide = " " * ((opening.MOST_BYTES - 1000) // number - 30)
    lines = [f"D01,{sku},LO-{n},{wide},,1" for n in range(number)]
    assert opening.MOST_BYTES - 6000 < len("\n".join(lines)) < opening.MOST_BYTES - len(HEADS)
    page = looked_at(manager, *lines)
    assert "… và 3 lô nữa" in page.text
    form = page.form(f"{ROOM}/nhap")
    answer = manager.raw.post(f"{ROOM}/nhap", data=form, content_type="multipart/form-data")
    assert answer.status_code == 303
    with app.app_context():
        assert sum(level.on_hand for level in levels_at(world.quay)) == number + 5


@pytest.mark.parametrize(("role", "status"), [(Role.CLERK, 403), (Role.OFFICER, 403)])
def test_only_a_manager_of_the_outlet_may(
    enter: SignIn, staff: Callable[..., User], world: World, role: Role, status: int, rows: list[Any]
) -> None:
    browser = enter(staff(None if role is Role.OFFICER else world.quay, role))
    browser.get(ROOM, status=status)
    for address in ("xem", "nhap"):
        browser.post(f"{ROOM}/{address}", {}, status=status)
