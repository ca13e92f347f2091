"""Certificates from a file, on both engines."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from catalog import certificates as verdicts
from catalog import sequence
from catalog.certificates import Certificate, CertificateState
from catalog.criteria import IssuerLevel
from catalog.importing import certificates
from catalog.importing.changes import FieldChange
from catalog.jobs import Job
from catalog.products import Product
from tests.catalog.importing.files import CERTIFICATE, MONDAY_NINE, complaints, imported, planned, shop_with_a_product

CANDIDATE = CERTIFICATE | {"number": "", "stars": "", "score": "66,5", "signed_on": "", "state": "candidate"}


@pytest.fixture
def shop(session: Any) -> Any:
    shop_with_a_product()
    return session


def all_of(session: Any) -> list[Certificate]:
    return list(session.scalars(select(Certificate).order_by(Certificate.id)))


def test_a_certificate_is_valid_for_36_months_when_the_file_does_not_say(shop: Any) -> None:
    imported(certificates, CERTIFICATE)
    [certificate] = all_of(shop)
    assert (certificate.stars, certificate.score, certificate.issuer_level) == (4, Decimal(78), IssuerLevel.PROVINCE)
    assert (certificate.signed_on, certificate.expires_on) == (date(2025, 8, 31), date(2028, 8, 31))
    assert (certificate.number, certificate.slug) == ("MH-2025-0001", "mh-2025-0001")
    product = shop.scalar(select(Product.id))
    assert verdicts.current([product], at=MONDAY_NINE)[product] is certificate
    assert shop.scalars(select(Job).order_by(Job.id)).all()[-1].payload == {"ids": [product]}


def test_the_same_file_twice_changes_nothing(shop: Any) -> None:
    imported(certificates, CERTIFICATE, CANDIDATE)
    at = sequence.current()
    again = imported(certificates, CERTIFICATE | {"signed_on": "31/8/2025", "score": "78,0"}, CANDIDATE)
    assert (again.unchanged, again.changes, sequence.current()) == (2, (), at)
    assert len(all_of(shop)) == 2


def test_another_day_of_signing_is_another_decision(shop: Any) -> None:
    first = {"stars": "3", "score": "60", "signed_on": "2022-01-10", "number": "MH-2022-0001"}
    imported(certificates, CERTIFICATE | first)
    imported(certificates, CERTIFICATE)
    assert [(each.stars, each.signed_on) for each in all_of(shop)] == [(3, date(2022, 1, 10)), (4, date(2025, 8, 31))]


def test_a_product_has_one_candidacy_that_can_change(shop: Any) -> None:
    imported(certificates, CANDIDATE)
    plan = imported(certificates, CANDIDATE | {"score": "70.9", "issuer_vi": "UBND xã (minh họa)"})
    assert plan.changes[0].fields == (
        FieldChange("score", Decimal("66.5"), Decimal("70.9")),
        FieldChange("issuer_vi", "UBND thành phố Đà Nẵng (minh họa)", "UBND xã (minh họa)"),
    )
    [candidate] = all_of(shop)
    assert (candidate.state, candidate.score, candidate.stars) == (CertificateState.CANDIDATE, Decimal("70.9"), None)
    assert (candidate.number, candidate.slug, candidate.expires_on) == ("", "", None)


def test_a_decision_can_be_revoked_on_a_day(shop: Any) -> None:
    imported(certificates, CERTIFICATE)
    imported(certificates, CERTIFICATE | {"state": "revoked", "revoked_on": "2026-10-23"})
    [certificate] = all_of(shop)
    assert (certificate.state, certificate.revoked_on) == (CertificateState.REVOKED, date(2026, 10, 23))
    assert [certificate.valid_on(day) for day in (date(2026, 10, 22), date(2026, 10, 23))] == [True, False]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"product": "QN999"}, ("product", "QN999", "unknown")),
        ({"number": ""}, ("number", "", "required")),
        ({"signed_on": ""}, ("signed_on", "", "required")),
        ({"stars": "2"}, ("stars", "2", "out_of_range")),
        ({"score": "69.9"}, ("score", "69.9", "score_stars")),
        ({"score": "90"}, ("score", "90", "score_stars")),
        ({"stars": "5", "score": "95"}, ("issuer_level", "province", "issuer_level")),
        ({"issuer_level": "ministry"}, ("issuer_level", "ministry", "issuer_level")),
        ({"expires_on": "2025-08-31"}, ("expires_on", "2025-08-31", "ends_too_early")),
        ({"state": "revoked"}, ("revoked_on", "", "required")),
        ({"state": "revoked", "revoked_on": "2025-08-30"}, ("revoked_on", "2025-08-30", "ends_too_early")),
        ({"state": "candidate", "number": "", "signed_on": ""}, ("stars", "4", "not_for_candidate")),
    ],
)
def test_a_decision_that_cannot_be_is_refused(shop: Any, changes: dict[str, str], complaint: tuple[str, ...]) -> None:
    assert complaints(planned(certificates, CERTIFICATE | changes)) == [(2, *complaint)]


@pytest.mark.parametrize(
    ("stars", "score", "level"), [("3", "50", "district"), ("4", "89.9", "province"), ("5", "100", "ministry")]
)
def test_stars_reach_from_their_first_point_to_the_next_stars(shop: Any, stars: str, score: str, level: str) -> None:
    row = CERTIFICATE | {"stars": stars, "score": score, "issuer_level": level}
    assert complaints(planned(certificates, row)) == []


def test_a_decision_stands_once_in_a_file(shop: Any) -> None:
    plan = planned(certificates, CERTIFICATE, CERTIFICATE | {"score": "80"}, CANDIDATE, CANDIDATE | {"score": ""})
    assert complaints(plan) == [(3, "number", "MH-2025-0001", "repeated"), (5, "number", "", "repeated")]
