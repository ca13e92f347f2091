"""Sheets of labels: every code on them is read again, and measured."""

import io
from typing import Any

import pytest
import zxingcpp
from flask import Flask
from PIL import Image
from sqlalchemy import update
from sqlalchemy.orm import joinedload

from catalog.db import db
from catalog.lots import Lot
from catalog.products import Product, Variant
from catalog.traces import Trace
from storefront import labels, printing
from tests.catalog.tracing import published
from tests.world import World, changing, variant_of

PPI = 300
LONG = "Cao dược liệu đẳng sâm Ngọc Linh chưng với mật ong rừng già Phước Sơn ưỡ₫ ệ ặ"


def sheet(app: Flask, world: World, *, code: str = "M1", **facts: Any) -> dict[str, Any]:
    """Facts of a lot's labels."""
    chosen, count = facts.pop("format", "40"), facts.pop("count", 3)
    with changing(app):
        if facts:
            db.session.execute(update(Product).where(Product.id == world.honey.id).values(**facts))
            db.session.expire_all()
        trace = published(world.cooperative, world.honey, code)
    with app.test_request_context():
        whole = db.session.get(Trace, trace.id, options=[
            joinedload(Trace.lot).joinedload(Lot.variant).joinedload(Variant.product)
        ], populate_existing=True)  # fmt: skip
        assert whole is not None
        return labels.facts(whole, labels.FORMATS[chosen], count)


def read(facts: dict[str, Any]) -> tuple[Image.Image, list[Any]]:
    picture = Image.open(io.BytesIO(printing.png("lot_labels", facts, ppi=PPI))).convert("L")
    return picture, zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode, try_rotate=False)


def side_mm(found: Any) -> float:
    """Of the symbol, without its quiet zone."""
    corners = found.position
    return (corners.top_right.x - corners.top_left.x) / PPI * 25.4


@pytest.mark.parametrize("chosen", labels.FORMATS)
def test_every_code_of_a_sheet_is_read_and_at_least_15_mm_wide(app: Flask, world: World, chosen: str) -> None:
    one = labels.FORMATS[chosen]
    facts = sheet(app, world, format=chosen, count=one.a_page)
    picture, found = read(facts)
    assert (round(picture.width / PPI * 25.4), round(picture.height / PPI * 25.4)) == (210, 297)
    assert len(found) == one.a_page
    assert {code.text for code in found} == {f"http://127.0.0.1:8000/truy-xuat/{facts['code'].replace('-', '')}"}
    assert {code.ec_level for code in found} == {"Q"}
    for code in found:
        assert side_mm(code) >= 15.0
        assert abs(side_mm(code) - one.code) < 0.4


def test_round_every_code_four_modules_stay_white(app: Flask, world: World) -> None:
    facts = sheet(app, world, count=4)
    picture, found = read(facts)
    for code in found:
        corners = code.position
        side = corners.top_right.x - corners.top_left.x
        quiet = int(side * (facts["qr_width"] / 16.0 - 1) / 2) - 2
        left, top = corners.top_left.x, corners.top_left.y
        bottom = corners.bottom_left.y
        for box in (
            (left - quiet, top, left - 2, bottom),
            (corners.top_right.x + 3, top, corners.top_right.x + quiet, bottom),
            (left, top - quiet, corners.top_right.x, top - 2),
            (left, bottom + 3, corners.top_right.x, bottom + quiet),
        ):
            assert picture.crop(box).getextrema()[0] > 250
        modules = facts["qr"].split('viewBox="0 0 ')[1].split(" ")[0]
        assert facts["qr_width"] == pytest.approx(16.0 * int(modules) / (int(modules) - 8))


def test_the_longest_names_have_room(app: Flask, world: World) -> None:
    long = (LONG * 3)[:160]
    facts = sheet(app, world, code="ƯỠ-" + "W" * 35, name_vi=long, count=40)
    _picture, found = read(facts)
    assert len(found) == 40
    assert facts["name"] == f"{long}, chai"
    assert facts["lines"][0] == "Lô ƯỠ-" + "W" * 35


def test_no_letter_is_missing_in_the_face(app: Flask, world: World) -> None:
    """A letter that the face lacks would be drawn as the same box as any other that it lacks."""
    facts = sheet(app, world, count=1)
    drawn = {
        letters: printing.png("lot_labels", facts | {"name": letters})
        for letters in ("ưỡ₫", "ưỡ", "ệặ", "Đđ", "\ue000")
    }
    assert len(set(drawn.values())) == len(drawn)


def test_goods_with_a_number_carry_a_digital_link(app: Flask, world: World) -> None:
    with changing(app):
        variant = variant_of(world.honey)
        db.session.execute(update(Variant).where(Variant.id == variant.id).values(gtin="8930000000019"))
    facts = sheet(app, world, code="L-01/A")
    _picture, found = read(facts)
    assert {code.text for code in found} == {"http://127.0.0.1:8000/01/08930000000019/10/L-01%2FA"}
    assert min(side_mm(code) for code in found) >= 15.0


def test_a_lot_that_gs1_cannot_hold_carries_the_shop_s_own_address(app: Flask, world: World) -> None:
    with changing(app):
        variant = variant_of(world.honey)
        db.session.execute(update(Variant).where(Variant.id == variant.id).values(gtin="8930000000019"))
    facts = sheet(app, world, code="Lô mồng 7")
    _picture, found = read(facts)
    assert {code.text for code in found} == {f"http://127.0.0.1:8000/truy-xuat/{facts['code'].replace('-', '')}"}


def test_a_long_address_still_has_modules_that_a_phone_sees(app: Flask, world: World, choose: Any) -> None:
    choose(base_url="https://truy-xuat-nguon-goc.ocop.quangnam-cu.danang.gov.vn/")
    facts = sheet(app, world, count=40)
    _picture, found = read(facts)
    assert len(found) == 40
    modules = int(facts["qr"].split('viewBox="0 0 ')[1].split(" ")[0]) - 8
    assert 16.0 / modules >= 0.33


def test_many_labels_are_many_pages(app: Flask, world: World) -> None:
    facts = sheet(app, world, format="24", count=labels.MOST)
    made = printing.pdf("lot_labels", facts)
    assert made.startswith(b"%PDF")
    assert b"/Count 20" in made


def test_what_a_producer_wrote_is_data(app: Flask, world: World) -> None:
    facts = sheet(app, world, code='#panic("x")', name_vi='$ #read("/etc/passwd") \\ *đậm* `x`')
    _picture, found = read(facts)
    assert len(found) == 3
