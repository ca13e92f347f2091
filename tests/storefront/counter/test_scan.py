"""The one field: every code of the trade, here and elsewhere."""

from collections.abc import Callable

import pytest
from flask import Flask

from catalog import receipts, stocktakes, transfers
from catalog.db import db
from catalog.lots import Lot
from catalog.memberships import Role
from catalog.people import User
from catalog.receipts import Terms
from checkout.delivery import Collect
from checkout.rules import PaymentMethod
from tests.catalog.cast import hire
from tests.catalog.tracing import published, told
from tests.checkout.factories import order_for
from tests.pages import PageClient
from tests.storefront.conftest import SignIn
from tests.world import MONDAY_NINE, World, changing, make_lot, make_product, put, variant_of

GTIN = "8936012345674"


def leads_to(browser: PageClient, code: str, outlet: str = "D01") -> str:
    """Where the field sends the scanner; empty when it says that there is no such thing."""
    answer = browser.raw.get(f"/quay/{outlet}/quet", query_string={"q": code})
    if answer.status_code == 303:
        return str(answer.location)
    assert answer.status_code == 200
    assert "Không có mã này ở đây." in answer.get_data(as_text=True)
    return ""


@pytest.fixture
def sku(app: Flask, world: World) -> str:
    with changing(app):
        variant = variant_of(world.honey)
        variant.gtin = GTIN
        return variant.sku


def test_a_sku_leads_to_its_shelf_in_any_case_and_with_blanks(clerk: PageClient, world: World, sku: str) -> None:
    for typed in (sku, sku.lower(), f"  {sku} ", f"{sku[:3]} {sku[3:]}"):
        assert leads_to(clerk, typed) == f"/quay/D01/ke/{sku}"
    clerk.get(f"/quay/D01/quet?q={sku}")


def test_a_bar_code_leads_to_its_shelf_with_or_without_its_zero(
    app: Flask, clerk: PageClient, world: World, sku: str
) -> None:
    assert leads_to(clerk, GTIN) == f"/quay/D01/ke/{sku}"
    with changing(app):
        lantern = variant_of(world.lantern)
        lantern.gtin = "0036000291452"
        other = lantern.sku
    assert leads_to(clerk, "036000291452") == leads_to(clerk, "0036000291452") == f"/quay/D01/ke/{other}"


def test_goods_that_were_never_here_are_unknown_here(app: Flask, clerk: PageClient, world: World) -> None:
    with changing(app):
        tea = variant_of(world.tea).sku
    assert leads_to(clerk, tea) == leads_to(clerk, "KHONG-CO") == ""


def test_a_lot_leads_to_its_page_where_it_stands(app: Flask, clerk: PageClient, world: World) -> None:
    with changing(app):
        here, there = make_lot(variant_of(world.honey), code="L 77-A"), make_lot(variant_of(world.honey), code="L88")
        put(here, "D01", 1)
        put(there, "T01", 1)
        number = here.id
    assert leads_to(clerk, "l77-a") == f"/quay/D01/lo/{number}"
    assert leads_to(clerk, "L88") == ""


def test_a_label_of_a_traced_lot_leads_to_its_page_where_it_stands(
    app: Flask, clerk: PageClient, world: World, sku: str
) -> None:
    with changing(app):
        trace = published(world.cooperative, world.honey, "A/1")
        put(db.session.get_one(Lot, trace.lot_id), "D01", 3)
        elsewhere, draft = published(world.cooperative, world.tea), told(world.household, world.lantern)
    here = f"/quay/D01/lo/{trace.lot_id}"
    for scanned in (
        f"https://shop.example/truy-xuat/{trace.code}", f"https://shop.example/01/0{GTIN}/10/A%2F1?17=271113",
        trace.code.lower(), f"{trace.code[:3]}-{trace.code[3:6]}-{trace.code[6:]}",
    ):  # fmt: skip
        assert leads_to(clerk, scanned) == here
    for nowhere in (
        f"https://shop.example/truy-xuat/{elsewhere.code}", f"https://shop.example/truy-xuat/{draft.code}",
        f"https://shop.example/truy-xuat/{trace.code}X", f"https://shop.example/01/0{GTIN}/10/A%2F2",
        "https://shop.example/01/08936012345675/10/A", "/01//10/", "https://shop.example/truy-xuat/", "%",
    ):  # fmt: skip
        assert leads_to(clerk, nowhere) == ""


def test_one_code_of_two_lots_asks_which(app: Flask, clerk: PageClient, world: World) -> None:
    with changing(app):
        lots = [make_lot(variant_of(product), code="CHUNG") for product in (world.honey, make_product("Bánh tổ"))]
        for lot in lots:
            put(lot, "D01", 1)
        numbers = [lot.id for lot in lots]
    page = clerk.get("/quay/D01/quet?q=chung")
    assert [a.get("href") for a in page.one("main").iter("a")] == [f"/quay/D01/lo/{number}" for number in numbers]


def test_an_order_and_its_collection_code_lead_to_the_order(
    app: Flask, clerk: PageClient, world: World, enter: SignIn, staff: Callable[..., User]
) -> None:
    with changing(app):
        order = order_for(
            (world.honey, 1), destination=Collect(world.quay.id), payment=PaymentMethod.CASH_ON_COLLECTION
        )
        reference, code = order.reference, order.collect_code
    page = clerk.get(f"/quay/D01/quet?q={reference}:{code}")
    assert page.response.request.path == f"/quay/D01/don/{reference}"
    for typed in (reference, reference.lower(), reference.replace("-", " "), f"{reference} : {code}"):
        assert leads_to(clerk, typed).startswith("/quay/D01/don?q=")
    foreign = enter(staff(world.hill))
    assert leads_to(foreign, reference, "D02") == leads_to(foreign, "QN-000000", "D02") == ""


def test_every_document_leads_to_its_page_here_and_nowhere_else(
    app: Flask, clerk: PageClient, world: World, enter: SignIn, staff: Callable[..., User]
) -> None:
    with changing(app):
        by = hire(world.quay)
        transfer = transfers.draft(world.quay, world.hill, by=by, at=MONDAY_NINE)
        receipt = receipts.open_receipt(
            world.quay, world.household.id, "HD-1", terms=Terms.CONSIGNMENT, by=by, at=MONDAY_NINE
        )
        stocktake = stocktakes.start(world.quay, title="Mật", product_ids=[world.honey.id], by=by, at=MONDAY_NINE)
        ways = {
            transfer.reference: "chuyen", receipt.reference: "nhap", stocktake.reference: "kiem-ke",
        }  # fmt: skip
    foreign = enter(staff(world.hill))
    for reference, room in ways.items():
        for typed in (reference, reference.lower(), reference.replace("-", "")):
            assert leads_to(clerk, typed) == f"/quay/D01/{room}/{reference}"
        assert leads_to(foreign, reference, "D02") == ""
    for prefix in ("BL", "CK", "PN", "KK"):
        assert leads_to(clerk, f"{prefix}-000000") == ""


@pytest.mark.parametrize("typed", ["%", "_", "'; --", "٣", "QN", "QN-", ":", "BL", "-1", "9" * 500, "😀", "<b>"])
def test_what_is_no_code_is_answered_in_words(clerk: PageClient, world: World, typed: str) -> None:
    assert leads_to(clerk, typed) == ""


def test_the_page_has_one_focused_field(clerk: PageClient, world: World) -> None:
    page = clerk.get("/quay/D01/quet")
    assert page.one("input", id="scan").get("autofocus") is not None
    assert page.all("p", class_="error") == []


def test_only_the_counter_may_ask_for_the_camera(
    clerk: PageClient, client: PageClient, world: World, enter: SignIn, staff: Callable[..., User]
) -> None:
    assert "camera=(self)" in clerk.get("/quay/D01").response.headers["Permissions-Policy"]
    assert "camera=()" in client.get("/").response.headers["Permissions-Policy"]
    officer = enter(staff(role=Role.OFFICER))
    assert "camera=(self)" in officer.get("/quay").response.headers["Permissions-Policy"]
