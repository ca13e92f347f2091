"""A certificate ends at midnight: a second before its stars are everywhere, a second after nowhere, and orders keep theirs.

Renewed through the office's page it shines again at once; the index follows by its job, without a new start.
"""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from catalog import sequence
from catalog.certificates import Certificate
from catalog.clock import start_of
from catalog.db import db
from catalog.jobs import Job, JobState
from catalog.memberships import Staff
from checkout import sales, tickets
from checkout.orders import OrderLine
from storefront import indexing, worker
from storefront.outside import outside
from tests.checkout.factories import RULES
from tests.checkout.selling import open_till
from tests.conftest import Clock
from tests.pages import Page, PageClient
from tests.storefront.shop.buying import add, collected, orders_of
from tests.world import World, certificate_of, changing, make_officer, variant_of

ENDS = date(2026, 11, 24)
SECOND = timedelta(seconds=1)
HONEY = "/san-pham/mat-ong-rung"
LISTS = (
    "/", "/san-pham", "/san-pham?sao=4", "/san-pham?sao=3&sao=4&sap-xep=sao", "/nhom/thuc-pham", "/tim-kiem?q=mat+ong",
    "/tim-kiem?q=mat+ong&sao=4", "/xa-phuong/tra-my", "/diem-ban/diem-ban-t01", "/diem-ban/diem-ban-d01",
)  # fmt: skip


@pytest.fixture(params=[0, 10], ids=["rendered", "kept"])
def pages(request: pytest.FixtureRequest, choose: Callable[..., None]) -> None:
    """Pages rendered for each visitor, and pages that are kept for ten seconds."""
    choose(page_seconds=request.param)


@pytest.fixture
def ending(app: Flask, world: World, clock: Clock) -> None:
    """Every certificate ends on ENDS; it is a second before."""
    with changing(app):
        db.session.execute(update(Certificate).values(expires_on=ENDS))
        sequence.advance()
    with app.app_context():
        indexing.rebuild_now()
    clock.at = start_of(ENDS) - SECOND


def stars_in(page: Page) -> list[str]:
    """What a page says of stars: seals, and certifications in its data for machines."""
    seals = ["".join(seal.itertext()) for seal in page.all("span", class_="seal")]
    blocks = [json.loads("".join(each.itertext())) for each in page.all("script", type="application/ld+json")]
    return seals + [block["hasCertification"]["name"] for block in blocks if "hasCertification" in block]


def facet(page: Page) -> dict[str, str]:
    """Stars → how many products the filter would leave."""
    counts = {}
    for label in page.all("label", class_="facet-choice"):
        (box,) = label.iter("input")
        if box.get("name") == "sao":
            counts[box.get("value", "")] = "".join(list(label)[-1].itertext())
    return counts


def everywhere(client: PageClient, world: World, app: Flask) -> dict[str, list[str]]:
    """Address → the stars it shows."""
    with app.app_context():
        makers = [f"/chu-the/{maker.slug}" for maker in (world.cooperative, world.household)]
        decision = f"/chung-nhan/{certificate_of(world.honey).slug}"
    return {path: stars_in(client.get(path)) for path in (HONEY, *LISTS, *makers, decision)}


def buy(app: Flask, client: PageClient, world: World) -> str:
    """An order for a jar of honey, fetched at the quay; the address of its page."""
    add(client, app, world.honey, 1)
    client.post("/thanh-toan", collected(client, world.quay.id))
    return f"/don-hang/{orders_of(app)[-1].token}"


def sell(app: Flask, world: World, clerk: Staff, at: datetime) -> list[tuple[int | None, str | None]]:
    """A jar over the counter; the stars and number that its line copied."""
    with changing(app):
        tickets.add(world.quay.id, variant_of(world.honey).id, 1, by=clerk, at=at, rules=RULES)
        view = tickets.view(tickets.find_ticket(world.quay.id, clerk.user_id), world.quay.id, at=at, rules=RULES)
        reference = sales.pay_cash(world.quay.id, shown_total=view.total, by=clerk, at=at, rules=RULES)
        lines = sales.get_sale(world.quay.id, reference).lines
        return [(line.stars, line.certificate_number) for line in lines]


def test_a_second_before_midnight_everywhere_and_a_second_after_nowhere(
    app: Flask, client: PageClient, world: World, clock: Clock, pages: None, ending: None
) -> None:
    before = everywhere(client, world, app)
    assert all(before.values()), {path for path, stars in before.items() if not stars}
    assert before[HONEY][0] == "4 sao OCOP"
    assert "OCOP 4 sao" in before[HONEY]
    assert facet(client.get("/san-pham")) == {"5": "1", "4": "1", "3": "1"}
    with app.app_context():
        columns = outside().columns.current(at=clock.at)
        assert sorted(columns.stars.tolist()) == [0, 3, 4, 5]
        number = certificate_of(world.honey).number
    listed = client.raw.get("/sitemap.xml").text
    with changing(app):
        clerk = open_till(world.quay)
    order = buy(app, client, world)
    assert "4 sao OCOP khi đặt" in client.get(order).text
    assert sell(app, world, clerk, clock.at) == [(4, number)]

    clock.at = start_of(ENDS) + SECOND
    after = everywhere(client, world, app)
    assert {path: stars for path, stars in after.items() if stars} == {}
    assert "Chứng nhận OCOP đã hết hiệu lực" in client.get(HONEY).text
    assert set(facet(client.get("/san-pham")).values()) <= {"0"}
    assert client.get("/san-pham?sao=4").one("p", class_="results-count").text == "0 sản phẩm"
    assert client.raw.get("/sitemap.xml").text == listed  # the pages are still there, and it tells nothing of stars
    assert "sao" not in client.raw.get("/goi-y?q=mat+ong").text.replace("/san-pham?sao", "")
    assert client.get("/gio-hang").all("span", class_="seal") == []
    with app.app_context():
        columns = outside().columns.current(at=clock.at)
        assert columns.stars.tolist() == [0, 0, 0, 0]
    assert "4 sao OCOP khi đặt" in client.get(order).text
    with app.app_context():
        (line,) = orders_of_with_lines()
        assert line == (4, number)
    assert sell(app, world, clerk, clock.at) == [(None, None)]


def orders_of_with_lines() -> list[tuple[int | None, str | None]]:
    """(stars, number) of every line of every order."""
    from_lines = select(OrderLine.stars, OrderLine.certificate_number).order_by(OrderLine.id)
    return [(stars, number) for stars, number in db.session.execute(from_lines)]


def test_renewed_at_the_office_it_shines_again_without_a_new_start(
    app: Flask, client: PageClient, world: World, clock: Clock, pages: None, ending: None
) -> None:
    order = buy(app, client, world)
    clock.at = start_of(ENDS) + SECOND
    with changing(app):
        officer = make_officer()
    assert stars_in(client.get(HONEY)) == []
    office = PageClient(app)
    with app.app_context(), office.raw.session_transaction() as session:
        session["_user_id"], session["_fresh"] = str(officer.id), True
        session["counter"] = [officer.id, clock.at.isoformat()]
    address = f"/van-phong/chung-nhan/san-pham/{world.honey.code}/cong-nhan"
    form = office.get(address).form("")
    paper = {
        "number": "24/QĐ-THU", "stars": "5", "issuer_vi": "Bộ (thử)", "issuer_level": "ministry", "signed_on": "24/11/2026",
    }  # fmt: skip
    office.post(address, form | paper)
    clock.advance(seconds=1)
    work(app)
    assert clock.at - start_of(ENDS) < timedelta(seconds=60)
    shown = stars_in(client.get(HONEY))
    assert "OCOP 5 sao" in shown
    assert set(shown) == {"5 sao OCOP", "OCOP 5 sao"}
    for path in LISTS:
        if "sao=" not in path:
            assert "5 sao OCOP" in stars_in(client.get(path)), path
    assert facet(client.get("/san-pham"))["5"] == "1"
    assert "Mật ong rừng" in client.get("/tim-kiem?q=mat+ong&sao=5").text
    assert "4 sao OCOP khi đặt" in client.get(order).text
    with app.app_context():
        waiting = select(Job).where(Job.kind == "index.products", Job.state != JobState.DONE)
        assert db.session.scalars(waiting).all() == []
        assert outside().index.status().ok


def work(app: Flask) -> None:
    """The worker does all that is due."""
    with app.app_context():
        while worker.work_once():
            pass
