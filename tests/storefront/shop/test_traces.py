"""The page behind the code on a label: the legal minimum, the warnings, and nothing of sales."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from catalog import evidence, stops, traces
from catalog.clock import add_months
from catalog.db import db
from catalog.lots import Lot
from catalog.memberships import Role
from catalog.producers import Producer
from catalog.products import Product, ProductState, Variant
from catalog.traces import Trace
from checkout import recalls
from storefront.outside import outside
from storefront.tally import MemoryTally
from tests.catalog.tracing import ACTOR, SOURCED, TESTED, published, told
from tests.conftest import Clock
from tests.pages import PageClient
from tests.world import (
    MONDAY,
    MONDAY_NINE,
    World,
    certificate_of,
    changing,
    make_member,
    make_product,
    make_staff,
    maker_of,
    put,
    staff_of,
    variant_of,
)

NOW = MONDAY_NINE
GTIN = "8930000000019"
MADE = MONDAY - timedelta(days=10)


@pytest.fixture
def trace(app: Flask, world: World) -> Trace:
    """The honey's, with everything said."""
    with changing(app):
        db.session.execute(update(Product).where(Product.id == world.honey.id).values(
            name_en="Forest honey", shelf_life="12m", allergens="nuts|milk", ingredients_vi="Mật ong", storage_vi="Nơi mát",
            storage_en="Keep cool", declaration="02/NÀ THỬ/2026 (thử)", facility="ATTP-01 (thử)",
        ))  # fmt: skip
        db.session.execute(
            update(Producer).where(Producer.id == world.cooperative.id).values(registration="0300000001")
        )
        db.session.execute(update(Variant).where(Variant.id == variant_of(world.honey).id).values(gtin=GTIN))
        db.session.expire_all()
        raw = told(world.cooperative, world.tea, "THO-1", best_before=None)
        trace = told(world.cooperative, world.honey, packed_on=MADE + timedelta(days=1), process_vi="Lọc nguội",
                     process_en="Filtered cold")  # fmt: skip
        evidence.add_source(trace, SOURCED, actor=ACTOR, at=NOW)
        evidence.add_test(trace, TESTED, actor=ACTOR, at=NOW)
        evidence.add_parent(trace, raw, actor=ACTOR, at=NOW)
        evidence.publish(trace, actor=ACTOR, at=NOW)
        evidence.add_note(trace, "Nắp đổi sang màu trắng", actor=ACTOR, at=NOW)
        put(db.session.get(Lot, trace.lot_id), "D01", 37)
        return trace


def page(client: PageClient, trace: Trace, *, status: int = 200) -> Any:
    return client.get(f"/truy-xuat/{trace.code}", status=status)


def test_the_page_has_what_the_circular_and_the_decree_ask_for_in_both_languages(
    client: PageClient, world: World, trace: Trace
) -> None:
    text = page(client, trace).text
    for words in (
        "Mật ong rừng", "Forest honey", "Hợp tác xã Nông sản Nà Thử", "Thôn 1, ", "0300000001",  # who
        "Số lô Lot M1", "Ngày sản xuất Made on 13/11/2026 13 Nov 2026", "Ngày đóng gói Packed on 14/11/2026",
        "Hạn sử dụng Best before 13/11/2027 13 Nov 2027", "Thương hiệu Brand", "08930000000019",
        "Nơi chế biến cuối cùng, xuất xứ Place of last processing, origin", "Việt Nam",
        "Mật thô", "Tổ ong Nóc Thử, Nóc 3, xã Trà Thử · 11/11/2026 · lô O-7", "Lọc nguội", "Filtered cold", "lô THO-1",
        "Đến điểm bán của chương trình", "từ 23/11/2026", "Điểm bán OCOP Bến Hội An", "Nắp đổi sang màu trắng",
        "Độ ẩm", "18 %", "Phòng thử Minh Họa · 18/11/2026 · giấy số PT-01 (thử)",
        "02/NÀ THỬ/2026 (thử)", "ATTP-01 (thử)", "hạt cây, sữa", "nuts, milk", "Nơi mát Keep cool",
        "Đạt 4 sao", traces_code(trace),
    ):  # fmt: skip
        assert words in text, words


def traces_code(trace: Trace) -> str:
    return f"{trace.code[:3]}-{trace.code[3:6]}-{trace.code[6:]}"


def test_nothing_of_how_much_was_made_delivered_or_sold_is_on_the_page(
    app: Flask, client: PageClient, world: World, trace: Trace
) -> None:
    with changing(app):
        db.session.execute(update(Trace).where(Trace.id == trace.id).values(quantity=7531, scans=8642))
        put(db.session.get(Lot, trace.lot_id), "D01", 1926)
    html = page(client, trace).response.get_data(as_text=True)
    for secret in ("7531", "7.531", "8642", "8.642", "1963", "1.963", "1926", "37 ", "250.000", "0905000000"):
        assert secret not in html, secret


def test_the_page_is_no_search_result_and_asks_a_constant_number_of_questions(
    app: Flask, client: PageClient, world: World, trace: Trace, count_statements: Any
) -> None:
    first = page(client, trace)
    assert first.one("meta", name="robots").get("content") == "noindex"
    counts = []
    for more in (0, 12):
        with changing(app):
            for number in range(more):
                evidence.add_test(trace, TESTED, actor=ACTOR, at=NOW)
                evidence.add_source(trace, SOURCED, actor=ACTOR, at=NOW)
                evidence.add_note(trace, f"điều {number}", actor=ACTOR, at=NOW)
        with count_statements() as sent:
            page(client, trace)
        counts.append(len(sent))
    assert counts[0] == counts[1]
    assert counts[0] <= 14


@pytest.mark.parametrize("spelled", [str.lower, lambda code: f"{code[:3]}-{code[3:6]} {code[6:]}"])
def test_a_code_typed_another_way_leads_to_its_one_address(
    client: PageClient, trace: Trace, spelled: Callable[[str], str]
) -> None:
    typed = spelled(trace.code)
    answer = client.raw.get(f"/truy-xuat/{typed}")
    assert (answer.status_code, answer.headers["Location"]) == (301, f"/truy-xuat/{trace.code}")
    found = client.get(f"/truy-xuat?ma={typed}")
    assert found.response.request.path == f"/truy-xuat/{trace.code}"


def test_a_mistyped_code_is_told_from_one_that_nobody_has(client: PageClient, world: World) -> None:
    assert client.get("/truy-xuat").one("input", id="ma").get("value") == ""
    unknown = traces.new_code()
    wrong = unknown[:-1] + ("0" if unknown[-1] != "0" else "1")
    told = client.get(f"/truy-xuat/{wrong}", status=404)
    assert (told.one("h1").text, told.one("input", id="ma").get("value")) == ("Mã chưa đúng", wrong)
    assert client.get(f"/truy-xuat/{unknown}", status=404).one("h1").text == "Chưa có lô nào công bố với mã này"


def test_a_draft_is_like_a_code_that_nobody_has(app: Flask, client: PageClient, world: World) -> None:
    with changing(app):
        draft = told(world.cooperative, world.honey)
    assert page(client, draft, status=404).one("h1").text == "Chưa có lô nào công bố với mã này"


@pytest.mark.parametrize(
    "path",
    [
        "/truy-xuat/" + "7" * 3000, "/truy-xuat/%3Cscript%3Ealert(1)%3C/script%3E", "/truy-xuat/%F0%9F%8D%AF", "/truy-xuat/' OR 1=1 --",
        "/truy-xuat/..%2F..%2Fetc%2Fpasswd", "/truy-xuat/%0d%0aSet-Cookie:x=1", "/truy-xuat/ÔÔÔÔÔÔÔÔÔ", "/01/abc", "/01/" + "9" * 500,
        "/01/08930000000019/10/%F0%9F%8D%AF", "/01/08930000000018/10/M1", "/01/09521234543213", "/01/08930000000019/10/" + "x" * 3000,
        "/01/08930000000019/10/'%22%3E%3Cb%3E", "/truy-xuat?ma=%3Cb%3E",
    ],
)  # fmt: skip
def test_hostile_codes_are_unknown_and_repeat_nothing(client: PageClient, world: World, path: str) -> None:
    answer = client.get(path, status=404)
    assert "<script>alert" not in answer.response.get_data(as_text=True)
    assert "Set-Cookie: x" not in str(answer.response.headers)


def test_a_nul_in_a_code_is_refused(client: PageClient, world: World) -> None:
    assert client.raw.get("/truy-xuat/%00").status_code == 400


def test_a_recalled_lot_says_so_above_all_with_reason_and_advice(
    app: Flask, client: PageClient, world: World, trace: Trace
) -> None:
    with changing(app):
        officer = staff_of(make_staff(role=Role.OFFICER))
        recalls.recall(
            db.session.get(Lot, trace.lot_id), "men vượt mức", "Đừng ăn, mang lại điểm bán", by=officer, at=NOW
        )
    found = page(client, trace)
    notice = found.one("div", id="thu-hoi")
    words = " ".join("".join(notice.itertext()).split())
    assert words.startswith(
        "Lô này bị thu hồi: đừng dùng This lot has been recalled: do not use it Lý do: men vượt mức"
    )
    assert "Đừng ăn, mang lại điểm bán" in words
    assert found.text.index("bị thu hồi") < found.text.index("Truy xuất nguồn gốc")


def test_a_lot_off_sale_says_that_it_is_checked_and_not_why(
    app: Flask, client: PageClient, world: World, trace: Trace
) -> None:
    with changing(app):
        member = maker_of(make_member(world.cooperative))
        stops.quarantine_own(db.session.get(Lot, trace.lot_id), "nghi lẫn đường", by=member, at=NOW)
    text = page(client, trace).text
    assert "Lô này đang tạm dừng bán để kiểm tra" in text
    assert "nghi lẫn đường" not in text


def test_stars_are_those_of_now(app: Flask, client: PageClient, clock: Clock, world: World, trace: Trace) -> None:
    with app.app_context():
        ends: date = certificate_of(world.honey).expires_on  # type: ignore[assignment]
    clock.advance(days=(ends - MONDAY).days - 1)
    assert "Đạt 4 sao" in page(client, trace).text
    clock.advance(days=1)
    text = page(client, trace).text
    assert "Chứng nhận đã hết hiệu lực" in text
    assert "Đạt 4 sao" not in text
    assert "Lô này đã quá hạn sử dụng." in text or ends < add_months(MADE, 12)


def test_a_product_that_is_no_longer_shown_keeps_its_trace_without_a_way_to_it(
    app: Flask, client: PageClient, world: World, trace: Trace
) -> None:
    assert page(client, trace).all("a", href="/san-pham/mat-ong-rung")
    with changing(app):
        db.session.execute(update(Product).where(Product.id == world.honey.id).values(state=ProductState.RETIRED))
    assert not page(client, trace).all("a", href="/san-pham/mat-ong-rung")


def test_a_person_s_own_number_is_on_no_page(app: Flask, client: PageClient, world: World, trace: Trace) -> None:
    """A household is known to the state by the number of its head; the programme's own stands in its place."""
    with changing(app):
        maker = update(Producer).where(Producer.id == world.cooperative.id)
        db.session.execute(maker.values(registration="049185001234"))
    text = page(client, trace).text
    assert "049185001234" not in text
    assert world.cooperative.code in text


def test_words_of_a_producer_are_words(app: Flask, client: PageClient, world: World) -> None:
    with changing(app):
        evil = "<script>alert(1)</script>"
        trace = told(world.cooperative, world.honey, "L<b>1", process_vi=evil)
        evidence.add_source(trace, SOURCED, actor=ACTOR, at=NOW)
        evidence.publish(trace, actor=ACTOR, at=NOW)
    html = page(client, trace).response.get_data(as_text=True)
    assert evil not in html
    assert "L<b>1" not in html


def test_an_opening_is_counted_and_nothing_of_who_opened(
    app: Flask, client: PageClient, world: World, trace: Trace
) -> None:
    with app.app_context():
        tally = outside().tally
    assert isinstance(tally, MemoryTally)
    page(client, trace)
    page(client, trace)
    client.raw.head(f"/truy-xuat/{trace.code}")
    client.raw.get(f"/truy-xuat/{trace.code}", headers={"Sec-Purpose": "prefetch;prerender"})
    client.raw.get(f"/truy-xuat/{traces.new_code()}")
    client.raw.get(f"/truy-xuat/{trace.code.lower()}")
    assert tally.waiting == {(trace.code, MONDAY): 2}
    assert "Set-Cookie" not in PageClient(app).raw.get(f"/truy-xuat/{trace.code}").headers


def test_a_kept_page_is_counted_each_time(
    app: Flask, client: PageClient, world: World, trace: Trace, choose: Any
) -> None:
    choose(page_seconds=10)
    for _ in range(3):
        page(client, trace)
    with app.app_context():
        tally = outside().tally
    assert isinstance(tally, MemoryTally)
    assert tally.waiting == {(trace.code, MONDAY): 3}
    unknown = client.get(f"/truy-xuat/{traces.new_code()}", status=404)
    assert "cart-of-this-visitor" not in unknown.response.get_data(as_text=True)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/01/08930000000019/10/M1", "trace"),
        ("/01/8930000000019/10/m1", "trace"),
        ("/01/08930000000019/10/M1?17=271113", "trace"),
        ("/01/08930000000019/10/M1?17=zz&3103=000195", "trace"),
        ("/01/08930000000019/22/2A/10/M1", "trace"),
        ("/01/08930000000019/10/M1/21/77", "trace"),
        ("/01/08930000000019/10/M1?linkType=gs1:traceability", "trace"),
        ("/01/08930000000019/10/M1?linkType=gs1:recallStatus", "recall"),
        ("/01/08930000000019/10/M1?linkType=gs1:pip", "product"),
        ("/01/08930000000019/10/M1?linkType=nonsense", "trace"),
        ("/01/08930000000019/10/M2", "product"),
        ("/01/08930000000019", "product"),
        ("/01/08930000000019?linkType=gs1:traceability", "product"),
    ],
)
def test_a_digital_link_leads_to_the_lot_else_to_the_goods(
    app: Flask, client: PageClient, world: World, trace: Trace, path: str, place: str
) -> None:
    with app.app_context():
        sku = variant_of(world.honey).sku
    expected = {
        "trace": f"/truy-xuat/{trace.code}",
        "recall": f"/truy-xuat/{trace.code}#thu-hoi",
        "product": f"/san-pham/mat-ong-rung?loai={sku}",
    }
    answer = client.raw.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (302, expected[place])


def test_a_slash_in_a_lot_survives_its_escaping(app: Flask, client: PageClient, world: World) -> None:
    with changing(app):
        db.session.execute(update(Variant).where(Variant.id == variant_of(world.tea).id).values(gtin=GTIN))
        trace = published(world.cooperative, world.tea, "A/1+2%")
    answer = client.raw.get("/01/08930000000019/10/A%2F1%2B2%25")
    assert answer.headers["Location"] == f"/truy-xuat/{trace.code}"


def test_a_number_of_goods_that_are_not_shown_leads_nowhere(app: Flask, client: PageClient, world: World) -> None:
    with changing(app):
        hidden = make_product("Rượu thử", producer=world.cooperative, group="2.1a")
        db.session.execute(update(Variant).where(Variant.product_id == hidden.id).values(gtin=GTIN))
        draft = make_product("Nháp", producer=world.cooperative, state=ProductState.DRAFT)
        db.session.execute(update(Variant).where(Variant.product_id == draft.id).values(gtin="8930000000026"))
        assert hidden.alcohol
    for number in ("08930000000019", "08930000000026", "08930000000033"):
        client.get(f"/01/{number}", status=404)
