"""Papers about many products at once: looked at first, then written down as a whole or not at all."""

import io
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from sqlalchemy import func, select

from catalog import makers
from catalog.certificates import Certificate, CertificateState
from catalog.db import db
from catalog.history import Event
from catalog.people import User
from storefront.office import decisions
from tests.flows.crowd import in_threads
from tests.pages import Page, PageClient
from tests.storefront.conftest import SignIn
from tests.world import MONDAY_NINE, TRA_MY, World, certificate_of, changing, make_officer

ROOM = "/van-phong/quyet-dinh"
HEADS = "product,number,stars,score,issuer_vi,issuer_level,signed_on,expires_on,state,note_vi"
PAPER = {
    "number": "99/QĐ-THU",
    "issuer_vi": "UBND thành phố Đà Nẵng (thử)",
    "signed_on": "23/11/2026",
    "reason": "Thôi làm",
}


def row(code: str, stars: int = 4, **changes: str) -> str:
    values = {
        "product": code, "number": "500/QĐ-THU", "stars": str(stars), "score": "", "issuer_vi": PAPER["issuer_vi"],
        "issuer_level": "province", "signed_on": "20/11/2026", "expires_on": "", "state": "certified", "note_vi": "",
    }  # fmt: skip
    return ",".join((values | changes).values())


def looked_at(browser: PageClient, *lines: str, status: int = 200, data: bytes | None = None) -> Page:
    form = browser.get(ROOM).form(f"{ROOM}/xem")
    content = data if data is not None else "\n".join([HEADS, *lines]).encode()
    return browser.post(f"{ROOM}/xem", form | {"file": (io.BytesIO(content), "qd.csv")}, status=status)


def written(app: Flask) -> tuple[int, int]:
    with app.app_context():
        counts = [db.session.scalar(select(func.count()).select_from(kind)) or 0 for kind in (Certificate, Event)]
        return counts[0], counts[1]


def test_a_paper_is_looked_at_then_written_down_once(app: Flask, officer: PageClient, world: World) -> None:
    before = written(app)
    page = looked_at(officer, row(world.tea.code, 3), row(world.tour.code, 4))
    assert written(app) == before
    assert "Chứng nhận mới 2" in page.text
    form = page.form(f"{ROOM}/nhap")
    page = officer.post(f"{ROOM}/nhap", form)
    assert "Đã ghi 2 chứng nhận." in page.text
    assert written(app) == (before[0] + 2, before[1] + 2)
    officer.post(f"{ROOM}/nhap", form)
    officer.post(f"{ROOM}/nhap", form | {"key": "another-key"})
    assert written(app) == (before[0] + 2, before[1] + 2)
    assert "Tệp này không có gì mới để ghi." in looked_at(officer, row(world.tea.code, 3), row(world.tour.code, 4)).text


def test_one_bad_row_is_named_and_nothing_is_written(app: Flask, officer: PageClient, world: World) -> None:
    before = written(app)
    page = looked_at(
        officer, row(world.tea.code), row("KHONG-CO"), row(world.tour.code, issuer_level="district"), status=422
    )
    said = ["".join(item.itertext()) for item in page.one("div", class_="error-summary").iter("li")]
    assert said == [
        "Dòng 3, cột product, “KHONG-CO”: không có mã này.",
        "Dòng 4, cột issuer_level, “district”: vào ngày ký, 4 sao do cấp province công nhận.",
    ]
    assert page.all("form", id="apply") == []
    assert written(app) == before


def test_what_was_changed_on_its_way_is_refused(app: Flask, officer: PageClient, world: World) -> None:
    form = looked_at(officer, row(world.tea.code)).form(f"{ROOM}/nhap")
    before = written(app)
    officer.post(f"{ROOM}/nhap", form | {"text": form["text"].replace("province", "district")}, status=422)
    officer.post(f"{ROOM}/nhap", form | {"text": ""}, status=422)
    assert written(app) == before


def test_two_who_write_one_paper_at_once_write_it_once(app: Flask, enter: SignIn, world: World) -> None:
    with changing(app):
        users: list[User] = [make_officer() for _ in range(2)]
    browsers = [enter(user) for user in users]
    lines = [row(world.tea.code, 3), row(world.tour.code)]
    forms = [looked_at(browser, *lines).form(f"{ROOM}/nhap") for browser in browsers]
    before = written(app)

    def apply(number: int) -> str:
        return str(browsers[number].raw.post(f"{ROOM}/nhap", data=forms[number]).status_code)

    assert in_threads(app, [lambda n=n: apply(n) for n in range(2)]) == ["303", "303"]  # type: ignore[misc]
    assert written(app)[0] == before[0] + 2


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "Chọn một tệp CSV"),
        (b"PK\x03\x04xlsx", "đây không phải tệp CSV mã UTF-8"),
        (b"product;number\nA;B", "thiếu cột này"),
        (b"x" * (decisions.MOST_BYTES + 1), "Tệp lớn hơn 128 KB, hãy chia nhỏ"),
    ],
)
def test_a_file_that_is_no_paper_is_refused_in_words(officer: PageClient, data: bytes, words: str) -> None:
    assert words in looked_at(officer, data=data, status=422).text


def test_five_hundred_rows_go_through_the_page(app: Flask, officer: PageClient, world: World) -> None:
    lines = [row(world.tea.code, 3, number=f"{n}/QĐ-THU", signed_on="20/11/2026") for n in range(500)]
    page = looked_at(officer, *lines)
    assert "… và 300 chứng nhận nữa" in page.text
    answer = officer.raw.post(f"{ROOM}/nhap", data=page.form(f"{ROOM}/nhap"), content_type="multipart/form-data")
    assert answer.status_code == 303
    assert written(app)[0] == 503


@given(text=st.text(max_size=120), cell=st.text(max_size=20))
@hypothesis(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_file_and_no_list_breaks_a_page(app: Flask, officer: PageClient, world: World, text: str, cell: str) -> None:
    before = written(app)
    line = row(world.tea.code, note_vi=f'"{cell}"'.replace("\0", ""))
    for content in (text, f"{HEADS}\n{text}", f"{HEADS}\n{line}"):
        file = (io.BytesIO(content.encode("utf-8", "surrogatepass")), "x.csv")
        form = {"csrf_token": officer.token(), "key": "some-key-of-mine", "file": file}
        assert officer.raw.post(f"{ROOM}/xem", data=form).status_code in (200, 422)
    clean = "".join(c for c in text if c != "\0" and not "\ud800" <= c <= "\udfff")
    form = {"csrf_token": officer.token(), "key": "some-key-of-mine", "lines": clean, **PAPER}
    assert officer.raw.post(f"{ROOM}/thu-hoi/xem", data=form).status_code in (200, 422)
    assert written(app) == before


# one paper that takes many back


def test_many_are_taken_back_by_one_paper(app: Flask, officer: PageClient, client: PageClient, world: World) -> None:
    with changing(app):
        number = certificate_of(world.honey).number
    form = officer.get(f"{ROOM}/thu-hoi").form(f"{ROOM}/thu-hoi/xem")
    page = officer.post(
        f"{ROOM}/thu-hoi/xem", form | PAPER | {"lines": f"{number}\n{world.tea.code}\nKHONG-CO"}, status=422
    )
    assert "Dòng 3, “KHONG-CO”: không có sản phẩm nào mang mã này" in page.text
    again = page.form(f"{ROOM}/thu-hoi/xem") | {"lines": f"{number}\n{world.tea.code}"}
    page = officer.post(f"{ROOM}/thu-hoi/xem", again)
    assert "Thu hồi 2 chứng nhận" in page.text
    assert states(app) == {CertificateState.CERTIFIED}
    form = page.form(f"{ROOM}/thu-hoi/ghi")
    assert "Đã thu hồi 2 chứng nhận." in officer.post(f"{ROOM}/thu-hoi/ghi", form).text
    with app.app_context():
        taken = select(Certificate.revoked_on, Certificate.revocation_number).where(Certificate.revoked_on.is_not(None))
        assert db.session.execute(taken).all() == [(date(2026, 11, 23), "99/QĐ-THU")] * 2
    assert client.get("/san-pham/mat-ong-rung").all("section", class_="certificate-certified") == []
    before = written(app)
    officer.post(f"{ROOM}/thu-hoi/ghi", form | {"key": "another-key"})
    assert written(app) == before


def states(app: Flask) -> set[CertificateState]:
    with app.app_context():
        return set(db.session.scalars(select(Certificate.state)))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"number": ""}, "Nhập số quyết định"),
        ({"issuer_vi": ""}, "Nhập nơi cấp"),
        ({"signed_on": ""}, "Ô này không được để trống"),
        ({"signed_on": "24/11/2026"}, "Ngày này chưa đến"),
        ({"reason": ""}, "Ghi lý do"),
        ({"lines": " \n "}, "Ghi ít nhất một mã sản phẩm hoặc số quyết định"),
        ({"lines": "x\n" * 1001}, "Nhiều nhất 1000 dòng một lần"),
    ],
)
def test_half_a_paper_is_refused_beside_its_field(
    app: Flask, officer: PageClient, world: World, changes: dict[str, str], words: str
) -> None:
    form = officer.get(f"{ROOM}/thu-hoi").form(f"{ROOM}/thu-hoi/xem") | PAPER | {"lines": world.tea.code} | changes
    for address in ("xem", "ghi"):
        page = officer.post(f"{ROOM}/thu-hoi/{address}", form, status=422)
        assert words in "".join(page.one("p", class_="error").itertext())
    assert states(app) == {CertificateState.CERTIFIED}


def test_the_room_exists_for_the_whole_programme_only(scoped: Callable[..., PageClient], world: World) -> None:
    some = scoped(TRA_MY)
    for address in (ROOM, f"{ROOM}/thu-hoi"):
        some.get(address, status=404)
    for address in (f"{ROOM}/xem", f"{ROOM}/nhap", f"{ROOM}/thu-hoi/xem", f"{ROOM}/thu-hoi/ghi"):
        some.post(address, PAPER, status=404)
    assert ROOM not in {a.get("href") for a in some.get("/van-phong").all("a")}


def test_a_file_about_ones_own_producer_is_for_somebody_else(app: Flask, enter: SignIn, world: World) -> None:
    with changing(app):
        user = make_officer()
        makers.join(user, world.cooperative, actor="system", at=MONDAY_NINE)
    browser, before = enter(user), written(app)
    form = looked_at(browser, row(world.tour.code), row(world.tea.code, 3)).form(f"{ROOM}/nhap")
    browser.post(f"{ROOM}/nhap", form, status=403)
    assert written(app) == before
    browser.post(f"{ROOM}/nhap", looked_at(browser, row(world.tour.code)).form(f"{ROOM}/nhap"))
    assert written(app) == (before[0] + 1, before[1] + 1)
