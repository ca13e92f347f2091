"""The room of pictures: what a maker adds, describes and orders changes the draft, and only they and officers see it."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from catalog import approvals, page_pictures, pages, revisions
from catalog.db import db
from catalog.page_fields import MOST_PICTURES
from catalog.products import Photo, Product
from catalog.revisions import Revision, RevisionState
from storefront import pictures
from tests.pages import Page, PageClient, check
from tests.storefront import camera
from tests.world import HOI_AN, MONDAY_NINE, TRA_MY, World, changing, make_member, make_officer, maker_of, officer_of

Upload = tuple[bytes, str]


@pytest.fixture
def var(choose: Callable[..., None], tmp_path: Path) -> Path:
    choose(var=tmp_path)
    return tmp_path


@pytest.fixture
def bench(var: Path, maker: Callable[..., PageClient], world: World) -> PageClient:
    """A member of the cooperative, at the pictures of the honey."""
    client = maker(world.cooperative)
    client.get(room(world.honey, world))
    return client


def room(product: Product, world: World) -> str:
    return f"/nha-san-xuat/{world.cooperative.code}/san-pham/{product.code}/hinh"


def send(
    client: PageClient, address: str, *sent: Upload, field: str = "picture", key: str = "", **said: str
) -> TestResponse:
    """Press "Thêm ảnh" as a browser would, with these files."""
    if not key:
        client.get(address.removesuffix("/them"))
        assert client.last is not None
        key = client.last.form(address)["key"]
    form: list[tuple[str, Any]] = [("csrf_token", client.token()), ("key", key), *said.items()]
    form += [(field, FileStorage(BytesIO(data), name)) for data, name in sent]
    boundary, body = encode_multipart(MultiDict(form))
    response: TestResponse = client.raw.post(
        address, data=body, content_type=f"multipart/form-data; boundary={boundary}"
    )
    return response


def followed(client: PageClient, response: TestResponse) -> Page:
    assert response.status_code == 303, response.status_code
    return client.get(response.location.split("#")[0])


def drafted(app: Flask, product: Product) -> list[dict[str, Any]]:
    """The pictures of the page as it would be."""
    with app.app_context():
        page = db.session.get_one(Product, product.id)
        values: list[dict[str, Any]] = revisions.values_with(revisions.open_of(page), pages.current_values(page))[
            "pictures"
        ]
        return values


def stored(var: Path) -> list[str]:
    return sorted(path.name for path in var.rglob("*") if path.is_file() and path.parent.name in ("pictures", "media"))


def test_a_phones_picture_goes_into_the_draft_and_not_onto_the_page(
    bench: PageClient, app: Flask, world: World, var: Path, client: PageClient
) -> None:
    live = drafted(app, world.honey)
    sent = send(
        bench, f"{room(world.honey, world)}/them", (camera.located(6), "IMG_1.HEIC"), credit="Cô Bảy", consent="y"
    )
    page = followed(bench, sent)
    assert "Đã thêm 1 ảnh vào bản nháp" in page.text
    assert "mới, chưa duyệt" in page.text
    (old, new) = drafted(app, world.honey)
    assert [old] == live
    assert new | {"stem": ""} == {
        "stem": "",
        "alt_vi": "",
        "alt_en": "",
        "focus": 5,
        "credit": "Cô Bảy",
        "consent": True,
    }
    assert sent.location.endswith(f"/hinh#shot-{new['stem']}")
    assert new["stem"].endswith("_400x600")
    assert stored(var) == [f"{new['stem']}-400.avif", f"{new['stem']}-400.webp"]
    with app.app_context():
        assert list(db.session.scalars(select(Photo.stem).where(Photo.product_id == world.honey.id))) == [old["stem"]]
    assert new["stem"] not in client.get("/san-pham/mat-ong-rung").response.get_data(as_text=True)


def test_only_who_writes_the_page_and_officers_of_its_commune_see_a_drafted_picture(
    bench: PageClient,
    app: Flask,
    world: World,
    client: PageClient,
    maker: Callable[..., PageClient],
    scoped: Callable[..., PageClient],
) -> None:
    address = room(world.honey, world)
    followed(bench, send(bench, f"{address}/them", (camera.jpeg(), "a.jpg"), consent="y"))
    stem = drafted(app, world.honey)[1]["stem"]
    name = f"{stem}-400.webp"
    with bench.raw.get(f"{address}/{name}") as answer:
        assert (answer.status_code, answer.mimetype, answer.headers["Cache-Control"]) == (200, "image/webp", "no-store")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert Image.open(BytesIO(answer.data)).size == (400, 267)
    assert client.raw.get(f"/anh/{name}").status_code == 404
    assert client.raw.get(f"{address}/{name}").status_code == 303
    assert maker(world.household).raw.get(f"{address}/{name}").status_code == 404
    assert bench.raw.get(f"{room(world.tea, world)}/{name}").status_code == 404
    assert bench.raw.get(f"{address}/{'0' * 20}_600x400-400.webp").status_code == 404
    assert bench.raw.get(f"{address}/..%2f..%2fshop.sqlite3").status_code == 404
    here, elsewhere, whole = scoped(TRA_MY), scoped(HOI_AN), scoped()
    with app.app_context():
        reference = db.session.scalars(select(Revision.reference)).one()
    office = f"/van-phong/hinh/{reference}/{name}"
    assert [person.raw.get(office).status_code for person in (here, elsewhere, whole)] == [404, 404, 404]
    submit(app, world)
    for person, status in ((here, 200), (elsewhere, 404), (whole, 200)):
        with person.raw.get(office) as answer:
            assert answer.status_code == status
    assert here.raw.get(f"/van-phong/hinh/{reference}/x-400.webp").status_code == 404
    assert bench.raw.get(office).status_code in (303, 404)
    assert client.raw.get(f"/anh/{name}").status_code == 404


def submit(app: Flask, world: World) -> str:
    """Send the honey's draft in, by somebody of the cooperative. Its reference."""
    with changing(app):
        by = maker_of(make_member(world.cooperative))
        revision = revisions.open_of(db.session.get_one(Product, world.honey.id))
        assert revision is not None
        revision.base_version = db.session.get_one(Product, world.honey.id).version
        revision.state, revision.submitted_by, revision.submitted_at = RevisionState.SUBMITTED, by.actor, MONDAY_NINE
        return revision.reference


def test_an_approved_picture_is_everybodys(bench: PageClient, app: Flask, world: World, client: PageClient) -> None:
    followed(bench, send(bench, f"{room(world.honey, world)}/them", (camera.jpeg((900, 900)), "a.jpg"), consent="y"))
    stem = drafted(app, world.honey)[1]["stem"]
    bench.post(
        room(world.honey, world), written(bench, world) | {f"{stem}-alt_vi": "Hũ mật mở nắp", f"{stem}-focus": "8"}
    )
    reference = submit(app, world)
    with changing(app):
        officer = officer_of(make_officer())
        approvals.approve(approvals.get_revision(reference, officer), by=officer, at=MONDAY_NINE)
    with client.raw.get(f"/anh/{stem}-400.avif") as answer:
        assert (answer.status_code, answer.mimetype) == (200, "image/avif")
    page = client.get("/san-pham/mat-ong-rung")
    image = next(e for e in page.all("img") if stem in (e.get("src") or ""))
    assert (image.get("alt"), image.get("class")) == ("Hũ mật mở nắp", "picture focus-8")
    assert "mới, chưa duyệt" not in bench.get(room(world.honey, world)).text


def written(client: PageClient, world: World) -> dict[str, str]:
    """The form of all pictures as a browser would send it."""
    client.get(room(world.honey, world))
    assert client.last is not None
    return client.last.form(room(world.honey, world))


def three(bench: PageClient, world: World, app: Flask) -> list[str]:
    """The honey has three pictures in its draft; their stems in order."""
    sent = [(camera.jpeg((600 + n, 400)), f"{n}.jpg") for n in (1, 2)]
    page = followed(bench, send(bench, f"{room(world.honey, world)}/them", *sent))
    assert "Đã thêm 2 ảnh" in page.text
    return [row["stem"] for row in drafted(app, world.honey)]


def test_pictures_are_moved_and_taken_out_without_losing_what_is_written(
    bench: PageClient, app: Flask, world: World
) -> None:
    a, b, c = three(bench, world, app)
    for do, order in ((f"up {c}", [a, c, b]), (f"down {a}", [c, a, b]), (f"up {c}", [c, a, b]), (f"down {b}", [c, a, b]),
                      ("up nobody", [c, a, b]), ("sideways", [c, a, b]), (f"drop {a}", [c, b])):  # fmt: skip
        words = f"Sau khi {do[:4]}"
        bench.post(room(world.honey, world), written(bench, world) | {"do": do, f"{c}-alt_vi": words})
        rows = drafted(app, world.honey)
        assert [row["stem"] for row in rows] == order, do
        assert next(row for row in rows if row["stem"] == c)["alt_vi"] == words


def test_words_focus_credit_and_consent_are_kept(bench: PageClient, app: Flask, world: World) -> None:
    _a, b, _c = three(bench, world, app)
    said = {f"{b}-alt_vi": "  Nhãn   chai ", f"{b}-alt_en": "The label", f"{b}-focus": "3", f"{b}-credit": "Anh Tư",
            f"{b}-consent": "y"}  # fmt: skip
    page = bench.post(room(world.honey, world), written(bench, world) | said)
    assert "Đã lưu vào bản nháp" in page.text
    row = drafted(app, world.honey)[1]
    assert row == {
        "stem": b,
        "alt_vi": "Nhãn chai",
        "alt_en": "The label",
        "focus": 3,
        "credit": "Anh Tư",
        "consent": True,
    }
    chosen = page.all("input", name=f"{b}-focus", value="3")[0]
    assert chosen.get("checked") is not None
    assert len(page.all("input", name=f"{b}-focus")) == 9


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("alt_vi", "a" * 201, "Dài quá 200"),
        ("credit", "a" * 121, "Dài quá 120"),
        ("focus", "10", ""),
        ("focus", "x", ""),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field_and_kept(
    bench: PageClient, app: Flask, world: World, field: str, value: str, words: str
) -> None:
    before = drafted(app, world.honey)
    stem = before[0]["stem"]
    page = bench.post(room(world.honey, world), written(bench, world) | {f"{stem}-{field}": value}, status=422)
    assert drafted(app, world.honey) == before
    assert words in page.text
    if field != "focus":
        assert page.one("input", id=f"{stem}-{field}").get("value") == value
        assert page.one("p", id=f"{stem}-{field}-error") is not None
    with app.app_context():
        assert db.session.scalar(select(Revision.id)) is None


def test_a_form_that_changes_nothing_opens_no_draft(bench: PageClient, app: Flask, world: World) -> None:
    bench.post(room(world.honey, world), written(bench, world))
    with app.app_context():
        assert db.session.scalar(select(Revision.id)) is None


def test_the_same_picture_is_there_once(bench: PageClient, app: Flask, world: World) -> None:
    address = f"{room(world.honey, world)}/them"
    page = followed(bench, send(bench, address, (camera.jpeg(), "a.jpg"), (camera.jpeg(), "a.jpg")))
    assert "Đã thêm 1 ảnh" in page.text
    assert "Ảnh này đã có ở đây" in followed(bench, send(bench, address, (camera.jpeg(), "again.jpg"))).text
    assert len(drafted(app, world.honey)) == 2


def test_sent_twice_by_one_press_it_is_added_once(bench: PageClient, app: Flask, world: World) -> None:
    address = f"{room(world.honey, world)}/them"
    assert bench.last is not None
    key = bench.last.form(address)["key"]
    answers = [send(bench, address, (camera.jpeg(), "a.jpg"), key=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert len(drafted(app, world.honey)) == 2


HOSTILE: dict[str, tuple[tuple[Upload, ...], str]] = {
    "nothing": ((), "Chọn một ảnh"),
    "no bytes": (((b"", "a.jpg"),), "Chọn một ảnh"),
    "a drawing with a script": (((b"<svg xmlns='http://www.w3.org/2000/svg'>" + camera.SCRIPT, "a.svg"),), "không phải ảnh JPEG"),
    "a page called a picture": (((b"<!doctype html>" + camera.SCRIPT, "a.jpg"),), "không phải ảnh JPEG"),
    "a PDF that hides a picture": (((b"%PDF-1.7\n" + camera.jpeg(), "a.jpg"),), "không phải ảnh JPEG"),
    "a program with two endings": (((b"<?php system('id');", "a.jpg.php"),), "không phải ảnh JPEG"),
    "a name that climbs": (((b"#!/bin/sh", "../../../etc/cron.d/x"),), "không phải ảnh JPEG"),
    "a moving picture": (((camera.moving("PNG"), "a.png"),), "Ảnh động không dùng được"),
    "half a picture": (((camera.jpeg((2000, 1500))[:9_000], "a.jpg"),), "Ảnh bị hỏng"),
    "a bomb": (((camera.png(60_000, 60_000, 8, 2, b"\0" * 1000), "a.png"),), "Ảnh quá lớn: trên 50 triệu"),
    "one pixel": (((camera.saved(Image.new("RGB", (1, 1)), "PNG"), "a.png"),), "Ảnh quá nhỏ"),
    "too heavy": (((camera.jpeg() + b"\0" * pictures.MOST_BYTES, "a.jpg"),), "Ảnh nặng quá 20 MB"),
    "too many": (tuple((camera.jpeg(), f"{n}.jpg") for n in range(5)), "nhiều nhất 4 ảnh một lần"),
    "two that are none": (((b"x", "<img src=x onerror=alert(1)>.jpg"), (b"", "b.jpg"), (b"y", "c.jpg")), "<img src=x onerror=alert(1)>.jpg: Tệp này"),
}  # fmt: skip


@pytest.mark.parametrize(("sent", "words"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_upload_is_answered_beside_its_field_and_leaves_nothing(
    bench: PageClient, app: Flask, world: World, var: Path, sent: tuple[Upload, ...], words: str
) -> None:
    before = drafted(app, world.honey)
    page = check(send(bench, f"{room(world.honey, world)}/them", *sent))
    assert page.response.status_code == 422
    error = page.one("p", id="picture-error")
    assert words in "".join(error.itertext())
    assert page.one("input", id="picture").get("aria-describedby") == "picture-hint picture-error"
    assert page.one("a", href="#picture") is not None
    assert stored(var) == []
    assert drafted(app, world.honey) == before
    with app.app_context():
        assert db.session.scalar(select(Revision.id)) is None


def test_of_several_the_good_ones_stay_and_the_others_are_named(bench: PageClient, app: Flask, world: World) -> None:
    sent = ((camera.jpeg(), "tốt.jpg"), (b"GIF89a", "xấu.gif"))
    page = followed(bench, send(bench, f"{room(world.honey, world)}/them", *sent))
    assert "Đã thêm 1 ảnh" in page.text
    assert "xấu.gif: Tệp này không phải ảnh" in page.text
    assert len(drafted(app, world.honey)) == 2


def test_a_ninth_picture_has_no_place(bench: PageClient, app: Flask, world: World) -> None:
    address = f"{room(world.honey, world)}/them"
    for start in (0, 4):
        sent = [(camera.jpeg((600 + n, 400)), f"{n}.jpg") for n in range(start, min(start + 4, 7))]
        followed(bench, send(bench, address, *sent))
    assert len(drafted(app, world.honey)) == MOST_PICTURES == 8
    page = bench.get(room(world.honey, world))
    assert page.all("input", id="picture") == []
    refused = check(send(bench, address, (camera.jpeg((700, 400)), "9.jpg"), key="a-key-of-mine"))
    assert refused.response.status_code == 422
    assert "nhiều nhất 8 ảnh" in refused.text
    assert len(drafted(app, world.honey)) == 8


def test_what_waits_for_a_decision_is_not_written_in(bench: PageClient, app: Flask, world: World, var: Path) -> None:
    three(bench, world, app)
    form = written(bench, world)
    before = drafted(app, world.honey)
    submit(app, world)
    page = bench.post(room(world.honey, world), form | {"do": f"drop {before[0]['stem']}"}, status=409)
    assert "đang chờ duyệt" in page.text
    answer = send(bench, f"{room(world.honey, world)}/them", (camera.jpeg((800, 600)), "a.jpg"), key="a-key-of-mine")
    assert answer.status_code == 409
    assert drafted(app, world.honey) == before
    assert page.all("button", name="do") == []


def test_two_windows_do_not_undo_each_other(bench: PageClient, app: Flask, world: World) -> None:
    a, b, c = three(bench, world, app)
    old = written(bench, world)
    bench.post(room(world.honey, world), written(bench, world) | {f"{b}-alt_vi": "Từ cửa sổ một"})
    page = bench.post(room(world.honey, world), old | {f"{b}-alt_vi": "Từ cửa sổ hai", "do": f"drop {a}"}, status=409)
    assert "ở cửa sổ khác" in page.text
    rows = drafted(app, world.honey)
    assert [(row["stem"], row["alt_vi"]) for row in rows][1:] == [(b, "Từ cửa sổ một"), (c, "")]


def test_two_who_add_at_once_both_find_theirs(
    app: Flask, world: World, var: Path, maker: Callable[..., PageClient]
) -> None:
    address = f"{room(world.honey, world)}/them"
    clients = [maker(world.cooperative) for _ in range(2)]
    keys = []
    for client in clients:
        page = client.get(room(world.honey, world))
        keys.append(page.form(address)["key"])
    start = threading.Barrier(2)

    def press(number: int) -> int:
        start.wait()
        data = camera.jpeg((600 + number, 400))
        return send(clients[number], address, (data, "a.jpg"), key=keys[number]).status_code

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(press, (0, 1))) == [303, 303]
    assert len(drafted(app, world.honey)) == 3


def test_anothers_product_and_an_unknown_one_are_not_there(
    bench: PageClient, world: World, maker: Callable[..., PageClient]
) -> None:
    for code in (world.lantern.code, "KHONG-CO"):
        address = f"/nha-san-xuat/{world.cooperative.code}/san-pham/{code}/hinh"
        bench.get(address, status=404)
        assert send(bench, f"{address}/them", (camera.jpeg(), "a.jpg"), key="a-key-of-mine").status_code == 404
    maker(world.household).get(room(world.honey, world), status=404)


def test_the_page_asks_for_its_pictures_in_a_constant_number_of_queries(
    bench: PageClient, app: Flask, world: World, count_statements: Any
) -> None:
    with count_statements() as few:
        bench.get(room(world.honey, world))
    three(bench, world, app)
    with count_statements() as many:
        bench.get(room(world.honey, world))
    assert len(many) == len(few) <= 12


def test_what_drafts_and_pages_name_is_known(bench: PageClient, app: Flask, world: World) -> None:
    a, b, c = three(bench, world, app)
    with app.app_context():
        honey = db.session.get_one(Product, world.honey.id)
        assert page_pictures.named_of(honey) == {a, b, c}
        assert page_pictures.named() == {a, b, c}
        assert a in page_pictures.shown()
        assert not {b, c} & page_pictures.shown()


def test_the_preview_shows_drafted_pictures_to_who_writes_the_page(
    bench: PageClient, app: Flask, world: World, client: PageClient
) -> None:
    address = room(world.honey, world)
    followed(bench, send(bench, f"{address}/them", (camera.jpeg((800, 800)), "a.jpg"), consent="y"))
    stem = drafted(app, world.honey)[1]["stem"]
    page = bench.get(f"{address.removesuffix('/hinh')}/xem-truoc")
    (image,) = [e for e in page.all("img") if stem in (e.get("src") or "")]
    assert image.get("src") == f"{address}/{stem}-400.webp"
    with bench.raw.get(image.get("src")) as answer:
        assert answer.status_code == 200
    work = bench.get(address.removesuffix("/hinh"))
    (link,) = work.all("a", href=address)
    assert "Ảnh" in "".join(link.itertext())


def test_why_pictures_came_back_stands_on_top(bench: PageClient, app: Flask, world: World) -> None:
    followed(bench, send(bench, f"{room(world.honey, world)}/them", (camera.jpeg(), "a.jpg"), consent="y"))
    reference = submit(app, world)
    with changing(app):
        officer = officer_of(make_officer())
        back = {"pictures": "Ảnh nhãn bị mờ, chụp lại"}
        approvals.give_back(approvals.get_revision(reference, officer), back, by=officer, at=MONDAY_NINE)
    page = bench.get(room(world.honey, world))
    assert "Cán bộ nhắn: Ảnh nhãn bị mờ, chụp lại" in page.text
    assert page.all("input", id="picture")


def test_a_request_that_nobody_would_read_to_its_end_is_refused_in_words(
    bench: PageClient, app: Flask, world: World, var: Path
) -> None:
    address = f"{room(world.honey, world)}/them"
    said = {"CONTENT_LENGTH": str(200 * 1024 * 1024), "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    page = check(bench.raw.post(address, environ_overrides=said, data=b"--x\r\n"))
    assert page.response.status_code == 413
    assert stored(var) == []


@pytest.mark.parametrize(("field", "status"), [("file", 422), ("picture[]", 400), ("PICTURE", 400), ("key", 400)])
def test_a_file_under_another_name_is_no_picture(
    bench: PageClient, world: World, var: Path, field: str, status: int
) -> None:
    answer = send(bench, f"{room(world.honey, world)}/them", (camera.jpeg(), "a.jpg"), field=field)
    assert answer.status_code == status
    assert stored(var) == []
