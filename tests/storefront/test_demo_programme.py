"""What the demo's office has written down: made up, and saying so."""

from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from catalog.db import transaction
from catalog.fairs import Fair, FairState
from catalog.history import Event
from catalog.people import User
from catalog.producers import Producer
from catalog.products import Product
from catalog.supports import Support
from catalog.visits import Visit
from checkout.sales import Sale, SaleState
from checkout.sales_figures import SalesDay, SalesMonth
from storefront import demo, demo_programme
from tests.storefront.demo_files import small_demo
from tests.world import MONDAY, MONDAY_NINE


def test_the_office_s_books_of_the_demo_say_that_they_are_made_up(session: Any, tmp_path: Path) -> None:
    demo.load_demo(MONDAY_NINE, folder=small_demo(tmp_path))
    states = dict(session.execute(select(Fair.state, func.count()).group_by(Fair.state)).all())
    assert states == {FairState.DRAFT: 1, FairState.PUBLISHED: 3, FairState.CANCELLED: 1}
    for column in (Fair.name_vi, Fair.place_vi, Fair.organiser_vi, Visit.who, Support.what, Support.fund):
        words = list(session.scalars(select(column)))
        assert words
        assert [word for word in words if "minh họa" not in word] == []
    assert session.scalar(select(func.max(Visit.visited_on))) <= MONDAY
    officer = session.scalar(select(User.id).where(User.email == demo.STAFF[3].email))
    verbs = ("visit.recorded", "support.recorded", "fair.drafted", "product.key_marked")
    actors = session.scalars(select(Event.actor).where(Event.verb.in_(verbs)).distinct()).all()
    assert actors == [f"user:{officer}"]
    assert session.scalar(select(func.count()).where(Product.key_product)) > 0
    joined = list(session.scalars(select(Producer.joined_on)))
    assert None in joined or len(joined) < demo_programme.UNKNOWN
    assert min(day for day in joined if day) >= demo_programme.FIRST_JOINED


def test_the_demo_s_sales_are_counted(session: Any, tmp_path: Path) -> None:
    demo.load_demo(MONDAY_NINE, folder=small_demo(tmp_path))
    paid = session.scalar(select(func.sum(Sale.total)).where(Sale.state == SaleState.PAID)) or 0
    assert paid > 0
    for table in (SalesDay, SalesMonth):
        assert session.scalar(select(func.sum(table.amount))) == paid
    assert session.scalar(select(func.count()).where(~Sale.counted, Sale.state == SaleState.PAID)) == 0


def test_without_the_officer_nothing_is_written(session: Any) -> None:
    with transaction():
        demo_programme.write("khong-ai@example.org", at=MONDAY_NINE)
    assert session.scalar(select(func.count()).select_from(Fair)) == 0
