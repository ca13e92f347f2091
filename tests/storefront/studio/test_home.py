"""A producer's first screen."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from catalog import replenishment, revisions
from catalog.certificates import Certificate
from catalog.db import db
from catalog.memberships import Role
from catalog.producers import Producer
from catalog.products import Product, ProductState
from checkout.sales_figures import SalesChannel
from tests.checkout.selling import hire, open_till, sell
from tests.pages import PageClient
from tests.storefront.opining import SECRETS, arrived, said
from tests.storefront.studio.test_sales import sold
from tests.world import (
    MONDAY,
    MONDAY_NINE,
    World,
    changing,
    make_member,
    make_officer,
    make_producer,
    make_product,
    maker_of,
    officer_of,
    variant_of,
)


@pytest.fixture
def home(world: World) -> str:
    return f"/nha-san-xuat/{world.cooperative.code}"


@pytest.fixture
def member(maker: Callable[..., PageClient], world: World) -> PageClient:
    return maker(world.cooperative)


def test_with_nothing_to_do_it_says_so_and_leads_everywhere(member: PageClient, home: str) -> None:
    page = member.get(home)
    assert "Không có việc nào đang chờ. Chứng nhận hết hiệu lực sớm nhất: Chè dây, 23/11/2028." in page.text
    places = {a.get("href") for a in page.all("a")}
    for room in ("san-pham", "doanh-thu", "doi-soat", "danh-gia", "cau-chuyen", "nguoi"):
        assert f"{home}/{room}" in places
    assert "Đã bán 0 ₫ 0 món" in page.text
    assert "Cùng những ngày này năm trước chưa bán được món nào." in page.text


def test_who_has_no_product_yet_is_led_through_three_steps(
    app: Flask, maker: Callable[..., PageClient], world: World
) -> None:
    with changing(app):
        producer = make_producer("Hộ mới")
    page = maker(producer).get(f"/nha-san-xuat/{producer.code}")
    assert "Bắt đầu bằng ba bước" in page.text
    assert len(page.one("ol", class_="begin").findall("li")) == 3
    assert [a.get("href") for a in page.one("ol").iter("a")] == [f"/nha-san-xuat/{producer.code}/san-pham/moi"]
    assert "Việc cần làm" not in page.text
    with changing(app):
        make_product("Món đang viết", producer=producer, stars=None, state=ProductState.DRAFT)
    page = maker(producer).get(f"/nha-san-xuat/{producer.code}")
    assert "Viết tiếp" in page.text


def test_a_bare_shelf_is_named_with_its_outlet(app: Flask, member: PageClient, home: str, world: World) -> None:
    with changing(app):
        manager = hire(world.quay, Role.MANAGER)
        replenishment.set_minimum(world.quay, variant_of(world.honey).id, 6, by=manager, at=MONDAY_NINE)
        replenishment.set_minimum(world.quay, variant_of(world.lantern).id, 9, by=manager, at=MONDAY_NINE)
        clerk = open_till(world.centre)
        sell(world.centre, clerk, (world.honey, 5))
    page = member.get(home)
    assert "2 chỗ sắp hết hàng ở điểm bán" in page.text
    assert "Mật ong rừng, chai Điểm bán OCOP Bến Hội An: còn 3, nên có 6" in page.text
    assert "Mật ong rừng, chai Trung tâm OCOP Tam Kỳ: đã hết, nên có 3" in page.text
    assert "Đèn lồng" not in page.text


def test_a_returned_draft_leads_to_its_page(app: Flask, member: PageClient, home: str, world: World) -> None:
    with changing(app):
        product = db.session.get_one(Product, world.honey.id)
        writer, officer = maker_of(make_member(world.cooperative)), officer_of(make_officer())
        revision = revisions.open_revision(product, by=writer, at=MONDAY_NINE)
        revisions.save(revision, {"summary_vi": "Mật của rừng."}, seen=revision.version, by=writer, at=MONDAY_NINE)
        db.session.execute(
            update(revisions.Revision).values(
                state=revisions.RevisionState.RETURNED, decided_at=MONDAY_NINE, reasons={"summary_vi": "Viết rõ hơn."}
            )
        )
        assert officer.province
    page = member.get(home)
    assert "Cần sửa: Mật ong rừng 1 chỗ có ghi lý do" in page.text
    assert f"{home}/san-pham/{world.honey.code}" in {a.get("href") for a in page.all("a")}


@pytest.mark.parametrize(("days", "alarm"), [(180, False), (30, True)])
def test_the_certificate_that_ends_first_is_a_task_in_time(
    app: Flask, member: PageClient, home: str, world: World, days: int, alarm: bool
) -> None:
    with changing(app):
        mine = update(Certificate).where(Certificate.product_id == world.tea.id)
        db.session.execute(mine.values(expires_on=MONDAY + timedelta(days=days)))
    page = member.get(home)
    assert f"{days} ngày nữa chứng nhận của Chè dây hết hiệu lực" in page.text
    assert bool(page.all("li", class_="work-alarm")) is alarm


def test_reviews_to_answer_are_counted(app: Flask, member: PageClient, home: str, world: World) -> None:
    said(app, arrived(app, world.honey, world.quay), published=True)
    assert "1 đánh giá chưa trả lời" in member.get(home).text


def test_this_month_is_compared_with_the_same_days_a_year_ago(
    app: Flask, member: PageClient, home: str, world: World
) -> None:
    sold(app, world.honey, world.quay, date(2026, 11, 1), units=3, amount=750_000)
    sold(app, world.honey, world.quay, date(2026, 10, 31), units=3, amount=750_000)
    sold(app, world.honey, world.quay, date(2025, 11, 23), units=2, amount=500_000, channel=SalesChannel.ONLINE)
    sold(app, world.honey, world.quay, date(2025, 11, 24), units=2, amount=500_000)
    page = member.get(home)
    assert "Tháng 11 tới hôm nay Đã bán 750.000 ₫ 3 món" in page.text
    assert "Cùng những ngày này năm trước 500.000 ₫ nay tăng 50 %" in page.text


def test_it_asks_as_much_for_many(
    app: Flask, member: PageClient, home: str, world: World, count_statements: Any
) -> None:
    def asked() -> int:
        with count_statements() as sent:
            member.get(home)
        return len(sent)

    with changing(app):
        manager = hire(world.quay, Role.MANAGER)
        replenishment.set_minimum(world.quay, variant_of(world.honey).id, 6, by=manager, at=MONDAY_NINE)
    member.get(home)
    few = asked()
    with changing(app):
        producer = db.session.get_one(Producer, world.cooperative.id)
        for number in range(8):
            product = make_product(f"Món {number}", producer=producer, free={"D01": 1})
            replenishment.set_minimum(world.quay, variant_of(product).id, 6, by=manager, at=MONDAY_NINE)
    assert asked() == few


def test_no_customer_is_on_it(app: Flask, member: PageClient, home: str, world: World) -> None:
    order = arrived(app, world.honey, world.quay)
    said(app, order, published=True)
    html = member.get(home).response.get_data(as_text=True)
    assert [secret for secret in (*SECRETS, order.token, order.reference) if secret in html] == []
