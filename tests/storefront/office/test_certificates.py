"""The office's rooms about certificates: list, life, tasks, scans, and every paper an officer writes down."""

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from catalog import history, renewals
from catalog.certificates import Certificate, CertificateState
from catalog.clock import start_of
from catalog.db import db
from catalog.errors import Invalid
from catalog.products import Product
from storefront import decision_words, paper_scans
from storefront.outside import settings
from tests.conftest import Clock
from tests.pages import Page, PageClient
from tests.world import (
    HOI_AN,
    MONDAY,
    TRA_MY,
    World,
    certificate_of,
    changing,
    make_certificate,
    make_producer,
    make_product,
)

ROOM = "/van-phong/chung-nhan"
ISSUER = "UBND thành phố Đà Nẵng (thử)"
Scoped = Callable[..., PageClient]


@pytest.fixture
def plain(app: Flask, world: World) -> Product:
    """A product of the cooperative in Trà My, without any certificate."""
    with changing(app):
        return make_product("Tiêu rừng", producer=world.cooperative, stars=None)


def rows(app: Flask, product: Product) -> list[Certificate]:
    with app.app_context():
        return list(db.session.scalars(select(Certificate).filter_by(product_id=product.id).order_by(Certificate.id)))


def life(product: Product) -> str:
    return f"{ROOM}/san-pham/{product.code}"


def send(client: PageClient, address: str, *, status: int = 200, **values: str) -> Page:
    """Open a form's page and send it with these values."""
    form = client.get(address).form("")
    return client.post(address, form | values, status=status)


def errors(page: Page) -> dict[str, str]:
    """Field → what stands beside it."""
    found = {}
    for each in page.all("p", class_="error"):
        words = "".join(each.itertext()).removeprefix("Lỗi:").strip()
        found[(each.get("id") or "").removesuffix("-error")] = words
    return found


PAPER = {
    "number": "12/QĐ-THU",
    "stars": "4",
    "issuer_vi": ISSUER,
    "issuer_level": "province",
    "signed_on": "23/11/2026",
}


# a life through the pages


def test_a_product_goes_from_candidate_to_stars_and_loses_them(
    app: Flask, officer: PageClient, client: PageClient, plain: Product
) -> None:
    page = send(officer, f"{life(plain)}/ung-vien", issuer_vi=ISSUER, note_vi="Xã đã chuyển hồ sơ")
    assert "Đã ghi ứng viên." in page.text
    assert "Hiện không mang sao nào." in page.text
    page = send(
        officer, f"{life(plain)}/cham-diem", assessed_on="20/11/2026", score_a="30,5", score_b="20", score_c="25"
    )
    assert "Đã ghi điểm, ứng với 4 sao." in page.text
    assert client.get(f"/san-pham/{plain.slug}").all("section", class_="certificate-certified") == []
    form = officer.get(f"{life(plain)}/cong-nhan").form("")
    assert (form["stars"], form["issuer_level"], form["issuer_vi"]) == ("4", "province", "UBND thành phố Đà Nẵng")
    page = officer.post(f"{life(plain)}/cong-nhan", form | PAPER)
    assert "Đã ghi quyết định. Sản phẩm mang 4 sao." in page.text
    [row] = rows(app, plain)
    assert (row.state, row.stars, float(row.score or 0), row.expires_on) == (
        CertificateState.CERTIFIED, 4, 75.5, date(2029, 11, 23),
    )  # fmt: skip
    assert len(client.get(f"/san-pham/{plain.slug}").all("section", class_="certificate-certified")) == 1
    with changing(app):
        db.session.get_one(Certificate, row.id).signed_on = date(2026, 11, 1)
    address = f"{ROOM}/{row.id}/thu-hoi"
    page = send(officer, address, number="99/QĐ-THU", signed_on="23/11/2026", reason="Thôi sản xuất")
    assert "Đã ghi thu hồi." in page.text
    assert rows(app, plain)[0].state is CertificateState.REVOKED
    told = " ".join(page.text.split())
    for words in (
        "Ghi ứng viên",
        "Ghi điểm đánh giá",
        "Ghi quyết định công nhận",
        "Ghi quyết định thu hồi",
        "Thôi sản xuất",
    ):
        assert words in told
    assert "Thôi sản xuất" not in client.get("/chung-nhan/12-qd-thu").text


def test_a_paper_is_recorded_without_a_candidate_and_renews(app: Flask, officer: PageClient, world: World) -> None:
    points = {"score_a": "36", "score_b": "20", "score_c": "25"}
    page = send(officer, f"{life(world.honey)}/cong-nhan", **PAPER, **points)
    assert "Đã công nhận lại" in page.text
    first, second = rows(app, world.honey)
    assert (float(second.score or 0), second.stars) == (81.0, 4)
    assert page.all("span", class_="stage-certified")[0].text == "Còn hiệu lực"
    assert first.state is CertificateState.CERTIFIED


def test_points_below_fifty_get_no_decision(app: Flask, officer: PageClient, plain: Product) -> None:
    send(officer, f"{life(plain)}/ung-vien")
    page = send(officer, f"{life(plain)}/cham-diem", assessed_on="20/11/2026", score_a="10", score_b="10", score_c="10")
    assert "Dưới 50 điểm thì chưa được công nhận" in page.text
    assert page.all("a", href=f"{life(plain)}/cong-nhan") == []
    page = send(officer, f"{life(plain)}/cong-nhan", status=422, **PAPER | {"stars": "3"})
    assert errors(page) == {"stars": "3 sao ứng với 50–70 điểm"}
    assert rows(app, plain)[0].state is CertificateState.CANDIDATE


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"number": ""}, "number", "Nhập số quyết định, ví dụ 12/QĐ-UBND"),
        ({"signed_on": ""}, "signed_on", "Ô này không được để trống"),
        ({"signed_on": "31/2/2026"}, "signed_on", "Không phải ngày có thật, hãy viết như 25/11/2026"),
        ({"signed_on": "24/11/2026"}, "signed_on", "Ngày này chưa đến"),
        ({"signed_on": "1/1/2017"}, "signed_on", "Chương trình bắt đầu từ 01/01/2018"),
        ({"issuer_vi": ""}, "issuer_vi", "Nhập nơi cấp, như ghi trên quyết định"),
        ({"stars": "5"}, "issuer_level", "Vào ngày 23/11/2026, 5 sao do cấp bộ công nhận"),
        ({"issuer_level": "district"}, "issuer_level", "Vào ngày 23/11/2026, 4 sao do cấp tỉnh, thành phố công nhận"),
        ({"score_a": "30"}, "score_b", "Ô này không được để trống"),
        ({"score_a": "ba mươi"}, "score_a", "Nhập số điểm với nhiều nhất một chữ số lẻ, ví dụ 33,5"),
        (
            {"score_a": "40,5", "score_b": "20", "score_c": "20"}, "score_a",
            "Theo bộ tiêu chí 148/QĐ-TTg, phần này từ 0 đến 40 điểm",
        ),
        ({"score_a": "30", "score_b": "15", "score_c": "20"}, "stars", "4 sao ứng với 70–90 điểm"),
    ],
)  # fmt: skip
def test_a_paper_that_cannot_be_is_refused_beside_its_field(
    app: Flask, officer: PageClient, plain: Product, changes: dict[str, str], field: str, words: str
) -> None:
    page = send(officer, f"{life(plain)}/cong-nhan", status=422, **PAPER | changes)
    assert errors(page) == {field: words}
    kept = page.form("")
    assert all(kept[name] == value for name, value in (PAPER | changes).items())
    assert rows(app, plain) == []


def test_a_number_with_another_day_in_the_same_year_is_refused_in_words(
    app: Flask, officer: PageClient, plain: Product, world: World
) -> None:
    send(officer, f"{life(world.tea)}/cong-nhan", **PAPER | {"signed_on": "2/3/2026"})
    page = send(officer, f"{life(plain)}/cong-nhan", status=422, **PAPER)
    assert errors(page)["signed_on"] == (
        "Trong năm ấy nơi cấp này đã có số 12/QĐ-THU, ký ngày 02/03/2026; một số chỉ có một ngày ký trong một năm"
    )
    assert rows(app, plain) == []


def test_a_typing_mistake_is_mended_with_its_reason(app: Flask, officer: PageClient, world: World) -> None:
    key = certificate_key(app, world.honey)
    page = send(
        officer, f"{ROOM}/{key}/sua", status=422, number="13/QĐ-THU", **{"score_a": "", "score_b": "", "score_c": ""}
    )
    assert errors(page) == {"reason": "Ghi lý do"}
    page = send(officer, f"{ROOM}/{key}/sua", number="13/QĐ-THU", reason="Gõ nhầm số")
    assert "Sửa chỗ ghi nhầm: Gõ nhầm số" in page.text
    assert "→ 13/QĐ-THU" in page.text
    assert rows(app, world.honey)[0].slug == "13-qd-thu"


def certificate_key(app: Flask, product: Product) -> int:
    with app.app_context():
        return certificate_of(product).id


def test_who_was_slower_sees_how_things_are_now(
    app: Flask, officer: PageClient, scoped: Scoped, plain: Product
) -> None:
    send(officer, f"{life(plain)}/ung-vien")
    send(officer, f"{life(plain)}/cham-diem", assessed_on="20/11/2026", score_a="30", score_b="20", score_c="25")
    other = scoped(TRA_MY)
    forms = [browser.get(f"{life(plain)}/cong-nhan").form("") | PAPER for browser in (officer, other)]
    officer.post(f"{life(plain)}/cong-nhan", forms[0])
    page = other.post(f"{life(plain)}/cong-nhan", forms[1] | {"number": "13/QĐ-THU"}, status=409)
    assert "Hồ sơ này vừa được thay đổi ở nơi khác nên chưa ghi gì." in page.text
    assert "12/QĐ-THU" in page.text
    assert [row.number for row in rows(app, plain)] == ["12/QĐ-THU"]


def test_a_form_sent_twice_acts_once(app: Flask, officer: PageClient, plain: Product) -> None:
    form = officer.get(f"{life(plain)}/cong-nhan").form("") | PAPER
    for _ in range(2):
        page = officer.post(f"{life(plain)}/cong-nhan", form)
        assert page.response.request.path == life(plain)
    assert len(rows(app, plain)) == 1


def test_a_candidacy_comes_to_nothing_with_a_reason(app: Flask, officer: PageClient, plain: Product) -> None:
    officer.get(f"{life(plain)}/rut-ho-so", status=404)
    send(officer, f"{life(plain)}/ung-vien")
    page = send(officer, f"{life(plain)}/rut-ho-so", status=422)
    assert errors(page) == {"reason": "Ghi lý do"}
    page = send(officer, f"{life(plain)}/rut-ho-so", reason="Ghi nhầm sản phẩm")
    assert "Rút hồ sơ: Ghi nhầm sản phẩm" in page.text
    assert rows(app, plain)[0].withdrawn_on == MONDAY


# the list


def listed(page: Page) -> list[str]:
    return [
        "".join((cell.find("a") if cell.find("a") is not None else cell).itertext())
        for cell in page.all("th", scope="row")
    ]


def test_the_list_is_narrowed_by_its_address(app: Flask, officer: PageClient, world: World) -> None:
    with changing(app):
        make_certificate(world.tour, stars=3, signed_on=date(2020, 1, 1), number="77/QĐ-CU", slug="77-qd-cu")
        one = make_certificate(world.tea, state=CertificateState.CANDIDATE, stars=None, number="", slug="")
        one.signed_on = one.expires_on = None
        code = world.cooperative.code
    everything = ["Chè dây", "Mật ong rừng", "Chè dây", "Đèn lồng lụa", "Một ngày ở làng rau"]
    assert sorted(listed(officer.get(ROOM))) == sorted(everything)
    for query, names in {
        "giai-doan=candidate": [],
        "giai-doan=assessed": ["Chè dây"],
        "giai-doan=lapsed": ["Một ngày ở làng rau"],
        "giai-doan=certified&sao=4": ["Mật ong rừng"],
        "sao=5": ["Đèn lồng lụa"],
        "quy=2028-4": ["Chè dây", "Mật ong rừng", "Đèn lồng lụa"],
        "quy=2023-1": ["Một ngày ở làng rau"],
        f"xa={HOI_AN}": ["Đèn lồng lụa", "Một ngày ở làng rau"],
        f"chu-the={code}": ["Chè dây", "Chè dây", "Mật ong rừng"],
        "q=mat+ong": ["Mật ong rừng"],
        "q=77/QĐ-CU": ["Một ngày ở làng rau"],
        "q=khong-co-gi": [],
    }.items():
        assert sorted(listed(officer.get(f"{ROOM}?{query}"))) == sorted(names), query


@pytest.mark.parametrize(
    "query",
    [
        "giai-doan=x",
        "sao=9",
        "sao=%00a",
        "quy=2026-9",
        "quy=-",
        "quy=²⁰²⁶-1",
        "quy=2026-",
        "quy=2026-12",
        "quy=2026-34",
        "endpoint=x",
        "_external=1&giai-doan=lost",
        "trang=-5",
        "trang=x",
    ],
)
def test_an_address_that_makes_no_sense_is_no_error(officer: PageClient, world: World, query: str) -> None:
    if "%00" in query:
        officer.raw.get(f"{ROOM}?{query}")
        return
    assert len(listed(officer.get(f"{ROOM}?{query}"))) == 3


def test_an_officer_of_some_communes_sees_theirs_only(app: Flask, scoped: Scoped, world: World) -> None:
    here, key = scoped(HOI_AN), certificate_key(app, world.honey)
    assert listed(here.get(ROOM)) == ["Đèn lồng lụa"]
    assert "Mật ong rừng" not in here.get(f"{ROOM}/san-pham?q=mat+ong").text
    assert "Đèn lồng lụa" in here.get(f"{ROOM}/san-pham?q=den+long").text
    for address in (life(world.honey), f"{life(world.honey)}/cong-nhan", f"{ROOM}/{key}/thu-hoi", f"{ROOM}/{key}/sua"):
        here.get(address, status=404)
        here.post(address, PAPER, status=404) if not address.endswith(world.honey.code) else None
    assert [row.state for row in rows(app, world.honey)] == [CertificateState.CERTIFIED]


def test_the_list_takes_the_same_queries_for_many(
    app: Flask, officer: PageClient, world: World, count_statements: Any
) -> None:
    counts = []
    for _ in range(2):
        officer.get(ROOM)
        with count_statements() as sent:
            officer.get(ROOM)
        counts.append(len(sent))
        with changing(app):
            for n in range(60):
                make_product(f"Hàng {n}", producer=world.household)
    assert counts[0] == counts[1]
    assert len(listed(officer.get(f"{ROOM}?trang=3"))) == 23


def test_a_product_is_found_by_code_name_and_producer(
    app: Flask, officer: PageClient, plain: Product, world: World
) -> None:
    with changing(app):
        code = world.cooperative.code
    for words in (plain.code.lower(), "tiêu rừng", "tieu rung", code):
        assert "Tiêu rừng" in officer.get(f"{ROOM}/san-pham", query_string={"q": words}).text
    assert "Không thấy sản phẩm nào" in officer.get(f"{ROOM}/san-pham?q=%25").text


# what ends soon


def test_a_task_is_seen_to_in_the_list(
    app: Flask, officer: PageClient, scoped: Scoped, world: World, clock: Clock
) -> None:
    clock.at = start_of(date(2028, 11, 23)) - timedelta(days=85)
    with changing(app):
        renewals.remind(at=clock.at)
    officer = scoped(TRA_MY)
    page = officer.get(f"{ROOM}/sap-het-han")
    assert sorted("".join(each.itertext()).strip() for each in page.all("h2")) == ["Chè dây", "Mật ong rừng"]
    key = certificate_key(app, world.honey)
    address = f"{ROOM}/{key}/da-lam-viec"
    form = page.form(address)
    page = officer.post(address, form, status=422)
    assert errors(page) == {f"note-{key}": "Ghi một dòng về việc đã làm"}
    page = officer.post(address, page.form(address) | {"note_vi": "Đã gọi, tháng sau nộp hồ sơ"})
    assert ["".join(each.itertext()).strip() for each in page.all("h2")] == ["Chè dây"]
    page = officer.post(address, form | {"key": "another-key", "note_vi": "Gọi lại"}, status=409)
    assert "Việc này đã có người làm rồi" in page.text
    assert "Đã gọi, tháng sau nộp hồ sơ" in officer.get(life(world.honey)).text
    scoped(HOI_AN).post(address, {"key": "another-one", "note_vi": "x"}, status=404)


# the paper


PDF = b"%PDF-1.7\n1 0 obj<</Type /Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type /Pages/Count 1>>endobj\n3 0 obj<</Type /Page>>endobj\n%%EOF\n"


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (900, 1200), "white").save(out, kind)
    return out.getvalue()


def attach(client: PageClient, product: Product, key: int, data: bytes, name: str, *, status: int = 200) -> Page:
    address = f"{ROOM}/{key}/ban-quet"
    form: dict[str, Any] = client.get(life(product)).form(address)
    return client.post(address, form | {"scan": (io.BytesIO(data), name)}, status=status)


@pytest.mark.parametrize(
    ("data", "kind", "mimetype"),
    [(PDF, "pdf", "application/pdf"), (picture("JPEG"), "webp", "image/webp"), (picture("PNG"), "webp", "image/webp")],
    ids=["pdf", "jpeg", "png"],
)
def test_a_paper_is_kept_for_officers_who_see_its_commune(
    app: Flask,
    officer: PageClient,
    scoped: Scoped,
    client: PageClient,
    world: World,
    data: bytes,
    kind: str,
    mimetype: str,
) -> None:
    key = certificate_key(app, world.honey)
    address = f"{ROOM}/{key}/ban-quet"
    officer.get(address, status=404)
    assert "Đã gắn bản quét." in attach(officer, world.honey, key, data, "../../x.php").text
    name = rows(app, world.honey)[0].scan
    assert name.endswith(f".{kind}")
    with officer.raw.get(address) as answer:
        content = answer.data
    assert (answer.status_code, answer.mimetype) == (200, mimetype)
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=quyet-dinh-")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cache-Control"] == "no-store"
    assert (content == PDF) is (kind == "pdf")
    scoped(HOI_AN).get(address, status=404)
    assert client.raw.get(address).status_code == 303
    with app.app_context():
        verbs = [event.verb for event in db.session.scalars(history.of(f"product:{world.honey.code}"))]
    assert verbs == ["certificate.scanned"]
    assert name not in client.get(f"/chung-nhan/{rows(app, world.honey)[0].slug}").text


HOSTILE = {
    "nothing": (b"", "Chọn một tệp PDF hoặc một ảnh"),
    "a page": (b"<html><script>alert(1)</script></html>", "Không đọc được tệp này"),
    "a drawing": (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "Không đọc được tệp này"),
    "a program": (b"MZ\x90\x00" + b"\0" * 2000, "Không đọc được tệp này"),
    "an archive": (b"PK\x03\x04" + b"\0" * 2000, "Không đọc được tệp này"),
    "half a PDF": (PDF[:60], "Tệp PDF này hỏng"),
    "a PDF behind a page": (b"<script>alert(1)</script>" + PDF, "Tệp PDF này hỏng"),
    "a PDF with a script": (PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript>>"), "chứa mã lệnh"),
    "a PDF with a file inside": (
        PDF.replace(b"/Catalog", b"/Catalog/EmbeddedFiles<</EmbeddedFile 1>>"),
        "chứa mã lệnh",
    ),
    "a PDF of many pages": (PDF.replace(b"%%EOF", b"<</Type/Page>>" * 61 + b"%%EOF"), "hơn 60 trang"),
    "a cut picture": (picture("JPEG")[:300], ""),
}


@pytest.mark.parametrize(("data", "words"), HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_paper_is_refused_in_words_and_not_kept(
    app: Flask, officer: PageClient, world: World, data: bytes, words: str
) -> None:
    key = certificate_key(app, world.honey)
    with app.app_context():
        folder = settings().uploads_folder
    before = sorted(folder.glob("*")) if folder.exists() else []
    page = attach(officer, world.honey, key, data, "qd.pdf", status=422)
    assert words in errors(page)[f"scan-{key}"]
    assert rows(app, world.honey)[0].scan == ""
    assert (sorted(folder.glob("*")) if folder.exists() else []) == before


def test_a_heavy_paper_is_refused_in_words(app: Flask) -> None:
    with app.test_request_context(), pytest.raises(Invalid) as refused:
        paper_scans.keep(FileStorage(io.BytesIO(PDF[:-6] + b"x" * paper_scans.MOST_BYTES + b"%%EOF"), filename="x.pdf"))
    with app.test_request_context():
        assert decision_words.refusal(refused.value).startswith("Tệp nặng hơn 10 MB")


def test_long_names_and_strange_words_are_only_words(app: Flask, officer: PageClient) -> None:
    with changing(app):
        long = make_product("<b>Bánh</b> " + "rất " * 30, producer=make_producer("H" * 150), stars=None)
    page = send(
        officer, f"{life(long)}/cong-nhan", **PAPER | {"number": "<script>1</script>/QĐ", "issuer_vi": "=1+1 & “UBND”"}
    )
    assert "<script>1</script>/QĐ" in page.text
