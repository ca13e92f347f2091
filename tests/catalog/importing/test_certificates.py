"""Certificates from a file, on both engines."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from catalog import certificates as verdicts
from catalog import history, sequence
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
    ("stars", "score", "level"), [("3", "50", "province"), ("4", "89.9", "province"), ("5", "100", "ministry")]
)
def test_stars_reach_from_their_first_point_to_the_next_stars(shop: Any, stars: str, score: str, level: str) -> None:
    row = CERTIFICATE | {"stars": stars, "score": score, "issuer_level": level}
    assert complaints(planned(certificates, row)) == []


def test_a_decision_stands_once_in_a_file(shop: Any) -> None:
    plan = planned(certificates, CERTIFICATE, CERTIFICATE | {"score": "80"}, CANDIDATE, CANDIDATE | {"score": ""})
    assert complaints(plan) == [(3, "number", "MH-2025-0001", "repeated"), (5, "number", "", "repeated")]


@pytest.mark.parametrize(
    ("signed_on", "level", "good"),
    [
        ("2022-12-29", "district", False),
        ("2022-12-29", "province", True),
        ("2025-06-30", "district", True),
        ("2025-06-30", "province", True),
        ("2025-07-06", "district", False),
        ("2025-07-06", "province", True),
        ("2025-07-06", "ministry", False),
    ],
)
def test_three_stars_are_given_by_who_could_on_the_day(shop: Any, signed_on: str, level: str, good: bool) -> None:
    row = CERTIFICATE | {"stars": "3", "score": "60", "signed_on": signed_on, "issuer_level": level}
    assert complaints(planned(certificates, row)) == ([] if good else [(2, "issuer_level", level, "issuer_level")])


def test_a_number_has_one_day_in_a_year_of_its_issuer(shop: Any) -> None:
    imported(certificates, CERTIFICATE)
    same = {"number": "mh-2025-0001", "issuer_vi": "ubnd thành phố đà nẵng (minh họa)", "signed_on": "2025-09-01"}
    assert complaints(planned(certificates, CERTIFICATE | same)) == [(2, "signed_on", "2025-09-01", "other_day")]
    assert complaints(planned(certificates, CERTIFICATE | same | {"signed_on": "2024-09-01"})) == []
    assert complaints(planned(certificates, CERTIFICATE | same | {"issuer_vi": "UBND nơi khác"})) == []
    first = CERTIFICATE | {"number": "7/QĐ", "signed_on": "2025-09-01"}
    assert complaints(planned(certificates, first, first | {"signed_on": "2025-09-02"})) == [
        (3, "signed_on", "2025-09-02", "other_day")
    ]


def test_a_revoked_one_is_not_brought_back_by_a_file(shop: Any) -> None:
    imported(certificates, CERTIFICATE)
    imported(certificates, CERTIFICATE | {"state": "revoked", "revoked_on": "2026-10-23"})
    assert complaints(planned(certificates, CERTIFICATE)) == [(2, "state", "certified", "revoked_for_good")]


def test_a_number_without_letters_or_digits_is_none(shop: Any) -> None:
    assert complaints(planned(certificates, CERTIFICATE | {"number": "/-/"})) == [(2, "number", "/-/", "number_signs")]


PARTS = {"score_a": "33", "score_b": "20", "score_c": "25", "score": "78", "assessed_on": "2025-08-01"}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"score_b": ""}, ("score_b", "", "required")),
        ({"score_b": "25.1", "score": "83.1"}, ("score_b", "25.1", "out_of_range")),
        ({"score": "77"}, ("score", "77", "score_sum")),
        ({"assessed_on": "2022-08-01", "score_a": "36", "score_c": "22"}, ("score_a", "36", "out_of_range")),
    ],
)
def test_the_parts_of_a_score_make_it_up(shop: Any, changes: dict[str, str], complaint: tuple[str, ...]) -> None:
    assert complaints(planned(certificates, CERTIFICATE | PARTS)) == []
    assert complaints(planned(certificates, CERTIFICATE | PARTS | changes)) == [(2, *complaint)]


def test_a_decision_is_what_became_of_the_candidate_assessed_before_it(shop: Any) -> None:
    imported(certificates, CANDIDATE | PARTS)
    decided = CERTIFICATE | {"score": ""}
    plan = imported(certificates, decided)
    assert [change.new for change in plan.changes] == [False]
    [certificate] = all_of(shop)
    assert (certificate.state, certificate.stars, certificate.score) == (CertificateState.CERTIFIED, 4, Decimal(78))
    assert (certificate.score_a, certificate.assessed_on, certificate.slug) == (33, date(2025, 8, 1), "mh-2025-0001")
    assert imported(certificates, decided).changes == ()
    assert len(all_of(shop)) == 1


@pytest.mark.parametrize("assessed_on", ["", "2025-09-01"])
def test_a_candidate_assessed_later_or_never_stays_one(shop: Any, assessed_on: str) -> None:
    imported(certificates, CANDIDATE | PARTS | {"assessed_on": assessed_on})
    imported(certificates, CERTIFICATE)
    assert [each.state for each in all_of(shop)] == [CertificateState.CANDIDATE, CertificateState.CERTIFIED]


def test_a_decision_with_other_stars_than_the_candidates_points_is_refused(shop: Any) -> None:
    imported(certificates, CANDIDATE | PARTS)
    row = CERTIFICATE | {"score": "", "stars": "3"}
    assert complaints(planned(certificates, row)) == [(2, "stars", "3", "score_stars")]


def test_an_import_is_in_the_history_with_before_and_after(shop: Any) -> None:
    imported(certificates, CERTIFICATE | {"score": "78"})
    imported(certificates, CERTIFICATE | {"score": "79.5"})
    event = shop.scalars(history.of("product:QN001")).all()[-1]
    assert (event.verb, event.facts["before"], event.facts["after"]) == (
        "certificate.imported", {"score": "78.0"}, {"score": "79.5"},
    )  # fmt: skip
    assert all_of(shop)[0].version == 2
