"""One paper that takes many certificates back: a dry run that tells all, then all of it or nothing."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from catalog import certificates, history, makers, revocations, sequence
from catalog.certificates import Certificate, CertificateState
from catalog.db import db, transaction
from catalog.decisions import Revocation
from catalog.errors import Conflict, Forbidden, Invalid
from catalog.memberships import Officer
from catalog.producers import Producer
from catalog.products import Product
from tests.catalog.cast import at_once
from tests.world import HOI_AN, MONDAY, MONDAY_NINE, make_certificate, make_officer, make_product
from tests.world import officer_of as officer_is

NOW = MONDAY_NINE
PAPER = Revocation("99/QĐ-THU", "UBND thành phố Đà Nẵng (thử)", MONDAY, "Không còn giữ tiêu chí")


@pytest.fixture
def officer(session: Any) -> Officer:
    with transaction():
        return officer_is(make_officer())


@pytest.fixture
def goods(session: Any) -> list[Product]:
    """Two products of decision 7/QĐ-THU and one of 8/QĐ-THU, all signed in 2025."""
    with transaction():
        products = [make_product(stars=None) for _ in range(3)]
        for product, number in zip(products, (7, 7, 8), strict=True):
            make_certificate(product, signed_on=date(2025, 5, 5), number=f"{number}/QĐ-THU", slug=f"{number}-qd-thu")
        return products


def starred(*products: Product) -> list[bool]:
    db.session.expire_all()
    now = certificates.current([product.id for product in products], at=NOW)
    return [product.id in now for product in products]


def troubles(text: str, **facts: Any) -> list[tuple[int, str]]:
    with transaction():
        return [(each.line, each.reason) for each in revocations.plan(text, replace(PAPER, **facts), at=NOW).troubles]


def apply(text: str, by: Officer) -> revocations.Plan:
    with transaction():
        return revocations.apply(text, PAPER, by=by, at=NOW)


def test_a_number_means_every_product_of_the_decision_and_a_code_its_product(
    goods: list[Product], officer: Officer
) -> None:
    text = f"\n 7/QĐ-THU \n\n{goods[2].code.lower()}\n"
    planned = revocations.plan(text, PAPER, at=NOW)
    assert [(each.line, each.product.id) for each in planned.targets] == [
        (2, goods[0].id), (2, goods[1].id), (4, goods[2].id),
    ]  # fmt: skip
    assert (planned.clean, planned.unchanged, starred(*goods)) == (True, 0, [True] * 3)
    apply(text, officer)
    assert starred(*goods) == [False] * 3
    rows = list(db.session.scalars(select(Certificate)))
    assert {(row.state, row.revoked_on, row.revocation_number, row.revocation_reason) for row in rows} == {
        (CertificateState.REVOKED, MONDAY, "99/QĐ-THU", "Không còn giữ tiêu chí")
    }
    event = db.session.scalars(history.of(f"product:{goods[0].code}")).one()
    assert (event.verb, event.actor) == ("certificate.revoked", officer.actor)


def test_the_same_list_a_second_time_changes_nothing(goods: list[Product], officer: Officer) -> None:
    apply("7/QĐ-THU", officer)
    before = [(row.id, row.version) for row in db.session.scalars(select(Certificate).order_by(Certificate.id))]
    again = apply(f"7/QĐ-THU\n{goods[0].code}", officer)
    assert (again.targets, again.unchanged) == ((), 2)
    db.session.expire_all()
    assert [(row.id, row.version) for row in db.session.scalars(select(Certificate).order_by(Certificate.id))] == before
    assert len(db.session.scalars(history.of(f"product:{goods[0].code}")).all()) == 1


def test_one_bad_line_and_nothing_is_taken_back(goods: list[Product], officer: Officer) -> None:
    before = sequence.current()
    with pytest.raises(Conflict):
        apply(f"7/QĐ-THU\nKHONG-CO\n{goods[2].code}", officer)
    assert starred(*goods) == [True] * 3
    assert sequence.current() == before


def test_every_bad_line_is_named(goods: list[Product], session: Any) -> None:
    with transaction():
        bare, ended, replaced, twofold = (make_product(stars=None) for _ in range(4))
        make_certificate(ended, signed_on=date(2020, 1, 1), number="1/QĐ", slug="1-qd")
        make_certificate(replaced, signed_on=date(2024, 5, 1), number="2/QĐ", slug="2-qd")
        make_certificate(replaced, signed_on=date(2026, 5, 1), number="3/QĐ", slug="3-qd")
        for year in (2024, 2025):
            make_certificate(twofold, signed_on=date(year, 5, 1), number="4/QĐ", slug="4-qd")
        done = make_product(stars=None)
        make_certificate(
            done, signed_on=date(2025, 5, 1), number="5/QĐ", slug="5-qd", state=CertificateState.REVOKED,
            revoked_on=date(2026, 1, 1),
        )  # fmt: skip
    text = "\n".join(
        [bare.code, ended.code, "2/QĐ", "4/QĐ", "KHONG-CO", "///", goods[0].code, "7/QĐ-THU", "5/QĐ", "1/QĐ"]
    )
    assert troubles(text) == [
        (1, "nothing_valid"), (2, "nothing_valid"), (3, "replaced"), (4, "ambiguous"), (5, "unknown"), (6, "unknown"),
        (8, "twice"), (9, "revoked"), (10, "after_end"),
    ]  # fmt: skip
    assert troubles(goods[0].code, signed_on=date(2025, 5, 5)) == [(1, "before_decision")]


@pytest.mark.parametrize(
    ("text", "facts", "field"),
    [
        ("", {}, "lines"),
        (" \n\t\n", {}, "lines"),
        ("x\n" * 1001, {}, "lines"),
        ("x", {"number": ""}, "number"),
        ("x", {"issuer_vi": ""}, "issuer_vi"),
        ("x", {"reason": ""}, "reason"),
        ("x", {"signed_on": date(2026, 11, 24)}, "signed_on"),
    ],
)
def test_half_a_paper_is_none(session: Any, text: str, facts: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        revocations.plan(text, replace(PAPER, **facts), at=NOW)
    assert refused.value.field == field


def test_only_officers_of_the_whole_programme_do_it(goods: list[Product]) -> None:
    with transaction():
        some = officer_is(make_officer(HOI_AN))
    with pytest.raises(Forbidden):
        apply("7/QĐ-THU", some)
    assert starred(*goods) == [True] * 3


def test_two_who_do_it_at_once_do_it_once(app: Flask, goods: list[Product], officer: Officer) -> None:
    def act() -> str:
        return str(len(revocations.apply("7/QĐ-THU\n8/QĐ-THU", PAPER, by=officer, at=NOW).targets))

    assert sorted(at_once(app, act, act, act)) == ["0", "0", "3"]
    assert len(db.session.scalars(history.of(f"product:{goods[0].code}")).all()) == 1


def test_a_paper_about_ones_own_producer_is_for_somebody_else(goods: list[Product]) -> None:
    with transaction():
        user = make_officer()
        makers.join(user, db.session.get_one(Producer, goods[2].producer_id), actor="system", at=NOW)
    own = officer_is(user)
    with pytest.raises(Forbidden):
        apply("7/QĐ-THU\n8/QĐ-THU", own)
    assert starred(*goods) == [True, True, True]
    apply("7/QĐ-THU", own)
    assert starred(*goods) == [False, False, True]
