"""Who vouches for a product's stars, and until when."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from catalog import certificates
from catalog.certificates import Certificate, CertificateState
from catalog.clock import start_of
from catalog.db import transaction
from catalog.products import Product
from tests.world import make_certificate, make_product

SIGNED, EXPIRES = date(2025, 11, 23), date(2028, 11, 23)
DAY = timedelta(days=1)


@pytest.fixture
def product(session: Any) -> Product:
    with transaction():
        return make_product(stars=None)


def add(product: Product, **facts: Any) -> Certificate:
    with transaction():
        return make_certificate(product, **{"signed_on": SIGNED, "expires_on": EXPIRES} | facts)


def current_stars(product: Product, day: date) -> int | None:
    """Stars at the first instant of a day of Vietnam's calendar."""
    found = certificates.current([product.id], at=start_of(day)).get(product.id)
    return found.stars if found else None


@pytest.mark.parametrize(
    ("day", "stars"),
    [(SIGNED - DAY, None), (SIGNED, 4), (EXPIRES - DAY, 4), (EXPIRES, None)],
)
def test_it_counts_from_the_day_it_was_signed_until_the_day_before_it_expires(
    product: Product, day: date, stars: int | None
) -> None:
    add(product)
    assert current_stars(product, day) == stars


def test_it_ends_in_the_second_the_day_changes_in_vietnam(product: Product) -> None:
    add(product)
    midnight = start_of(EXPIRES)
    assert certificates.current([product.id], at=midnight - timedelta(microseconds=1)).keys() == {product.id}
    assert certificates.current([product.id], at=midnight) == {}


@pytest.mark.parametrize(("day", "stars"), [(date(2026, 5, 1), 4), (date(2026, 5, 2), None), (date(2027, 5, 2), None)])
def test_a_revoked_one_counted_until_it_was_revoked(product: Product, day: date, stars: int | None) -> None:
    add(product, state=CertificateState.REVOKED, revoked_on=date(2026, 5, 2))
    assert current_stars(product, day) == stars


def test_revoking_after_the_end_changes_nothing(product: Product) -> None:
    add(product, state=CertificateState.REVOKED, revoked_on=EXPIRES + DAY)
    assert current_stars(product, EXPIRES - DAY) == 4
    assert current_stars(product, EXPIRES) is None


def test_revoked_on_the_day_it_was_signed_it_never_counted(product: Product) -> None:
    add(product, state=CertificateState.REVOKED, revoked_on=SIGNED)
    assert current_stars(product, SIGNED) is None


def test_a_candidate_carries_no_stars(product: Product) -> None:
    candidate = add(product, state=CertificateState.CANDIDATE, stars=None, number="", slug="")
    assert current_stars(product, SIGNED) is None
    assert not candidate.valid_on(SIGNED)


def test_where_two_are_valid_the_later_decision_counts(product: Product) -> None:
    add(product, stars=4, signed_on=date(2026, 3, 1), expires_on=date(2029, 3, 1))
    add(product, stars=3)
    assert current_stars(product, date(2026, 2, 28)) == 3
    assert current_stars(product, date(2026, 3, 1)) == 4
    assert current_stars(product, date(2028, 12, 1)) == 4


def test_when_the_later_decision_is_revoked_the_earlier_counts_again(product: Product) -> None:
    add(product, stars=3)
    add(product, stars=5, signed_on=date(2026, 3, 1), state=CertificateState.REVOKED, revoked_on=date(2026, 6, 1))
    assert current_stars(product, date(2026, 5, 31)) == 5
    assert current_stars(product, date(2026, 6, 1)) == 3


def test_of_two_signed_on_one_day_the_one_entered_last_counts(product: Product) -> None:
    add(product, stars=3)
    add(product, stars=4)
    assert current_stars(product, SIGNED) == 4


@pytest.mark.parametrize(
    ("state", "revoked_on"),
    [
        (CertificateState.CANDIDATE, None),
        (CertificateState.CERTIFIED, None),
        *((CertificateState.REVOKED, day) for day in (SIGNED, SIGNED + DAY, EXPIRES - DAY, EXPIRES, EXPIRES + DAY)),
    ],
)
def test_the_database_and_the_object_say_the_same(
    session: Any, product: Product, state: CertificateState, revoked_on: date | None
) -> None:
    certificate = add(product, state=state, revoked_on=revoked_on)
    for day in (SIGNED - DAY, SIGNED, SIGNED + DAY, EXPIRES - DAY, EXPIRES, EXPIRES + DAY):
        in_sql = session.scalars(select(Certificate.id).where(certificates.valid(day))).all()
        assert in_sql == ([certificate.id] if certificate.valid_on(day) else []), (state, revoked_on, day)


def test_each_product_has_its_own(session: Any, product: Product) -> None:
    add(product, stars=3)
    with transaction():
        starred, bare = make_product(stars=5), make_product(stars=None)
    found = certificates.current([product.id, starred.id, bare.id], at=start_of(date(2026, 11, 23)))
    assert {product_id: one.stars for product_id, one in found.items()} == {product.id: 3, starred.id: 5}


def test_decisions_are_told_newest_first_after_candidates(session: Any, product: Product) -> None:
    old = add(product, stars=3, signed_on=date(2022, 1, 1), expires_on=date(2025, 1, 1))
    new = add(product, stars=4)
    with transaction():
        candidate = make_certificate(product, state=CertificateState.CANDIDATE, stars=None, number="", slug="")
        candidate.signed_on = candidate.expires_on = None
    assert [c.id for c in session.scalars(certificates.of_product(product.id))] == [candidate.id, new.id, old.id]


def test_a_number_finds_all_products_of_its_decision(session: Any, product: Product) -> None:
    with transaction():
        other = make_product(stars=None)
    for one in (product, other):
        add(one, number="12/QĐ-THU", slug="12-qd-thu")
    add(product, number="13/QĐ-THU", slug="13-qd-thu")
    found = session.scalars(certificates.numbered("12-qd-thu"))
    assert [c.product_id for c in found] == [product.id, other.id]


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ({"stars": None}, "certified_has_stars"),
        ({"stars": 2}, "certified_has_stars"),
        ({"stars": 6}, "certified_has_stars"),
        ({"number": ""}, "certified_has_stars"),
        ({"expires_on": None}, "certified_has_days"),
        ({"state": CertificateState.REVOKED}, "revoked_has_day"),
    ],
)
def test_half_a_certificate_is_none(session: Any, product: Product, wrong: dict[str, Any], rule: str) -> None:
    with pytest.raises(IntegrityError, match=rule):
        add(product, **wrong)
    assert session.scalars(select(Certificate)).all() == []


def test_one_decision_about_one_product_is_kept_once(session: Any, product: Product) -> None:
    add(product, number="12/QĐ-THU")
    with pytest.raises(IntegrityError):
        add(product, number="12/QĐ-THU", stars=5)
    assert [c.stars for c in session.scalars(select(Certificate))] == [4]
