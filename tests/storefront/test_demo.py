"""The demo shop, loaded through the importers. What it holds is asserted where it would be missed."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from catalog import (
    applications,
    approvals,
    certificates,
    expiry,
    history,
    makers,
    memberships,
    people,
    replenishment,
    revisions,
    second_factor,
    sequence,
    stock,
    traces,
    transfers,
)
from catalog.certificates import Certificate, CertificateState
from catalog.clock import vietnam_day
from catalog.db import transaction
from catalog.groups import ALCOHOL_CODES
from catalog.importing.changes import BadFile
from catalog.importing.table import Row, Table
from catalog.lots import Lot
from catalog.outlets import Outlet
from catalog.producers import Producer
from catalog.products import Photo, Product, ProductKind, ProductState, Variant
from catalog.revisions import RevisionState
from catalog.stock import StockMovement
from catalog.traces import Suspicion, TraceState
from checkout import fulfilment
from checkout.sales import Sale, SaleLine
from checkout.tills import Shift, Tender, TillEntry
from storefront import demo, demo_traces, demo_village, programme
from storefront.outside import settings
from tests.storefront.demo_files import small_demo
from tests.world import MONDAY_NINE


def counts(session: Any) -> dict[str, int]:
    kinds = (Outlet, Producer, Product, Variant, Photo, Certificate, Lot, StockMovement, people.User, history.Event)
    return {kind.__tablename__: session.scalar(select(func.count(kind.id))) for kind in kinds}


def stars(session: Any, code: str) -> int | None:
    product = session.scalar(select(Product.id).where(Product.code == code))
    valid = certificates.current([product], at=MONDAY_NINE).get(product)
    return valid.stars if valid else None


def test_days_are_written_relative_to_the_day_of_loading() -> None:
    cells = {"a": "@-18m", "b": "@+60d", "c": "@+1m", "d": "p01@example.org", "e": "@đ"}
    [row] = demo.on_day(Table((Row(2, cells),), ()), date(2026, 12, 31)).rows
    assert row.cells == {
        "a": "2025-06-30", "b": "2027-03-01", "c": "2027-01-31", "d": "p01@example.org", "e": "@đ",
    }  # fmt: skip


def test_the_demo_shop_is_whole_and_loading_it_again_changes_nothing(app: Flask, session: Any) -> None:
    answer = app.test_cli_runner().invoke(args=["demo"])
    assert answer.output == (
        "Đã nạp dữ liệu trình diễn. Khách thử: khach@example.org, mật khẩu mua-hang-thu.\n"
        "Quầy thử (/quay): quay@example.org, truong-diem@example.org, trung-tam@example.org, can-bo@example.org, "
        "can-bo-xa@example.org, mật khẩu quay-hang-thu.\n"
        "Nhà sản xuất thử (/nha-san-xuat): nha-lam@example.org, mật khẩu lam-hang-thu.\n"
    )
    loaded, number = counts(session), sequence.current()
    shop = {name: loaded[name] for name in ("outlets", "producers", "products", "photos", "users")}
    assert shop == {"outlets": 58, "producers": 60, "products": 132, "photos": 131, "users": 63}
    assert people.authenticate(demo.CUSTOMER_EMAIL, demo.CUSTOMER_PASSWORD) is not None
    roles = {user.email: (m.role.value, at and at.code) for m, user, at in session.execute(memberships.live())}
    assert {email: role for email, role in roles.items() if email in demo.STAFF_EMAILS} == {
        "quay@example.org": ("clerk", "D01"),
        "truong-diem@example.org": ("manager", "D01"),
        "trung-tam@example.org": ("manager", "T02"),
        "can-bo@example.org": ("officer", None),
        "can-bo-xa@example.org": ("officer", None),
    }
    _check_the_village(session)
    centre = people.find_by_email("trung-tam@example.org")
    assert centre is not None
    assert {"D01", "T02"} <= {at.code for at in session.scalars(memberships.outlets_of(memberships.find_staff(centre)))}

    assert stars(session, "QN064") == 5
    assert stars(session, "QN049") is None
    assert session.scalar(select(func.count(Certificate.id)).where(Certificate.state == CertificateState.REVOKED)) == 1
    assert set(session.scalars(select(Product.kind).where(Product.group_code == "6.1"))) == {ProductKind.TOUR}
    assert set(ALCOHOL_CODES) <= set(session.scalars(select(Product.group_code)))

    media = settings().media_folder
    for photo in session.scalars(select(Photo)):
        assert photo.rendering
        assert photo.alt_vi.startswith("Hình dựng minh họa: ")
        assert (media / f"{photo.stem}-800.webp").exists()
        assert (media / f"{photo.stem}-400.webp").exists()
    every_outlet = {outlet for _, outlet, _ in stock.free_by_outlet(MONDAY_NINE)}
    assert len(every_outlet) == 58

    _check_the_year(session)

    app.test_cli_runner().invoke(args=["demo"])
    assert (counts(session), sequence.current()) == (loaded, number)


def _check_the_village(session: Any) -> None:
    """A member of a producer with several products, in a commune of the officer who serves only some."""
    user = people.authenticate(demo_village.MAKER_EMAIL, demo_village.MAKER_PASSWORD)
    local = people.find_by_email("can-bo-xa@example.org")
    assert user is not None
    assert local is not None
    maker, officer = makers.find_maker(user), memberships.find_officer(local)
    assert maker is not None
    assert officer is not None
    (producer,) = session.scalars(makers.producers_of(maker))
    assert producer.code == "P48"
    theirs = select(Product.state, func.count(Product.id)).where(Product.producer_id == producer.id)
    assert dict(session.execute(theirs.group_by(Product.state)).all()) == {
        ProductState.PUBLISHED: 5,
        ProductState.DRAFT: 1,
    }
    told = [(trace.code, trace.state, trace.suspicion) for trace in session.scalars(traces.of_producer(producer.id))]
    assert told == [
        (demo_traces.code(5), TraceState.DRAFT, None),
        (demo_traces.code(4), TraceState.PUBLISHED, None),
        (demo_traces.code(3), TraceState.PUBLISHED, None),
        (demo_traces.code(2), TraceState.PUBLISHED, Suspicion.MANY),
        (demo_traces.code(1), TraceState.PUBLISHED, None),
    ]
    states = [revision.state for revision in session.scalars(revisions.open_of_producer(producer.id))]
    assert states == [RevisionState.DRAFT, RevisionState.SUBMITTED, RevisionState.RETURNED]
    assert officer.communes == frozenset(demo_village.OFFICER_COMMUNES)
    assert officer.sees(producer.commune_code)
    assert applications.count_waiting(officer) == 1
    (waiting,) = session.scalars(approvals.waiting(officer))
    assert sorted(waiting.values) == ["description_vi", "shelf_life", "summary_vi"]


def _check_the_year(session: Any) -> None:
    """A year of sales that adds up to the đồng and the unit, and something to do today."""
    amounts = select(SaleLine.sale_id, func.sum(SaleLine.amount).label("amount")).group_by(SaleLine.sale_id).subquery()
    wrong = select(func.count(Sale.id)).outerjoin(amounts, amounts.c.sale_id == Sale.id)
    assert session.scalar(wrong.where(func.coalesce(amounts.c.amount, 0) != Sale.total)) == 0
    assert set(session.scalars(select(Sale.outlet_id))) == set(session.scalars(select(Outlet.id)))
    months = {vietnam_day(at).strftime("%Y-%m") for at in session.scalars(select(Sale.begun_at))}
    assert len(months) == 13
    cash = (
        select(TillEntry.shift_id, func.sum(TillEntry.amount).label("amount"))
        .where(TillEntry.method == Tender.CASH)
        .group_by(TillEntry.shift_id)
        .subquery()
    )
    shifts = select(Shift.expected, Shift.float_amount + func.coalesce(cash.c.amount, 0))
    for expected, added_up in session.execute(shifts.outerjoin(cash, cash.c.shift_id == Shift.id)):
        assert expected == added_up
    assert stock.drift() == []
    assert transfers.drift() == []

    here = session.scalars(select(Outlet).where(Outlet.code == "D01")).one()
    waiting = fulfilment.counts(here.id, at=MONDAY_NINE)
    assert (waiting.to_pick, waiting.ready) == (3, 1)
    assert transfers.waiting(here.id) == 1
    assert len(replenishment.low(here.id, at=MONDAY_NINE)) == 2
    assert len(expiry.ending(here.id, at=MONDAY_NINE)) > 0


def test_the_accounts_of_the_staff_open_the_counter_with_what_is_written(session: Any, tmp_path: Path) -> None:
    demo.load_demo(MONDAY_NINE, folder=small_demo(tmp_path))
    later = MONDAY_NINE + timedelta(minutes=5)
    accounts = demo.staff_accounts(at=later)
    assert [account.email for account in accounts] == [staff.email for staff in demo.STAFF]
    for account in accounts:
        user = people.authenticate(account.email, demo.STAFF_PASSWORD)
        assert user is not None
        assert second_factor.verify(user.id, account.code or "", at=later) is second_factor.Means.APP


def test_a_bad_row_in_one_file_leaves_the_shop_as_it_was(session: Any, tmp_path: Path) -> None:
    folder = small_demo(tmp_path)
    with (folder / "stock.csv").open("a", encoding="utf-8") as file:
        file.write("D01,QN999-1,L-QN999-A,,,1\n")
    with pytest.raises(BadFile) as caught:
        demo.load_demo(MONDAY_NINE, folder=folder)
    assert [(problem.column, problem.value) for problem in caught.value.problems] == [("sku", "QN999-1")]
    assert set(counts(session).values()) == {0}


def test_what_is_changed_after_loading_stays_changed(app: Flask, session: Any, tmp_path: Path) -> None:
    folder = small_demo(tmp_path)
    assert demo.load_demo(MONDAY_NINE, folder=folder)
    with transaction():
        session.execute(update(Variant).values(price=12_345))
        revoked = {"state": CertificateState.REVOKED, "revoked_on": date(2026, 11, 1)}
        session.execute(update(Certificate).where(Certificate.state == CertificateState.CERTIFIED).values(revoked))
    loaded, number = counts(session), sequence.current()

    assert not demo.load_demo(MONDAY_NINE + timedelta(days=40), folder=folder)
    assert (counts(session), sequence.current()) == (loaded, number)
    assert set(session.scalars(select(Variant.price))) == {12_345}
    assert CertificateState.CERTIFIED not in set(session.scalars(select(Certificate.state)))
    answer = app.test_cli_runner().invoke(args=["demo"])
    assert answer.output == "Cửa hàng đã có dữ liệu trình diễn; giữ nguyên.\n"


def test_the_demo_s_officer_has_laid_down_rates_and_a_change_to_come(session: Any, tmp_path: Path) -> None:
    demo.load_demo(MONDAY_NINE, folder=small_demo(tmp_path))
    today = vietnam_day(MONDAY_NINE)
    exchange = programme.exchange()
    assert [exchange.rate(code, today).is_old(today) for code in ("USD", "EUR")] == [True, False]
    book = programme.book()
    waits = [book.value("hold_transfer_minutes", at=MONDAY_NINE + timedelta(days=n)) for n in (0, 6, 7)]
    assert waits == [60, 60, 90]
