"""Points, stars, and who may give them, by the rules of the day."""

from datetime import date
from decimal import Decimal

import pytest

from catalog import criteria
from catalog.criteria import IssuerLevel

D, P, M = IssuerLevel.DISTRICT, IssuerLevel.PROVINCE, IssuerLevel.MINISTRY


@pytest.mark.parametrize(
    ("score", "stars"),
    [("0", None), ("49.9", None), ("50", 3), ("64", 3), ("69.9", 3), ("70", 4), ("70.9", 4), ("89.9", 4), ("90", 5),
     ("100", 5)],
)  # fmt: skip
def test_stars_begin_at_their_points_and_end_where_the_next_begin(score: str, stars: int | None) -> None:
    assert criteria.stars_of(Decimal(score)) == stars


@pytest.mark.parametrize(("stars", "span"), [(3, (50, 70)), (4, (70, 90)), (5, (90, 100))])
def test_a_span_says_where_stars_begin_and_end(stars: int, span: tuple[int, int]) -> None:
    assert criteria.span_of(stars) == span


@pytest.mark.parametrize(
    ("day", "name", "maxima"),
    [
        (date(2017, 1, 1), "1048/QĐ-TTg", (35, 25, 40)),
        (date(2023, 2, 23), "1048/QĐ-TTg", (35, 25, 40)),
        (date(2023, 2, 24), "148/QĐ-TTg", (40, 25, 35)),
        (date(2026, 11, 23), "148/QĐ-TTg", (40, 25, 35)),
    ],
)
def test_points_are_given_by_the_criteria_of_the_day(day: date, name: str, maxima: tuple[int, ...]) -> None:
    found = criteria.criteria_of(day)
    assert (found.name, found.maxima) == (name, maxima)
    assert sum(found.maxima) == 100


@pytest.mark.parametrize(
    ("day", "three", "four", "five"),
    [
        (date(2020, 5, 1), (P,), (P,), (M,)),
        (date(2022, 12, 29), (P,), (P,), (M,)),
        (date(2023, 2, 23), (P,), (P,), (M,)),
        (date(2023, 2, 24), (D, P), (P,), (M,)),
        (date(2025, 6, 30), (D, P), (P,), (M,)),
        (date(2025, 7, 1), (P,), (P,), (M,)),
        (date(2026, 11, 23), (P,), (P,), (M,)),
    ],
)
def test_who_may_certify_changed_with_the_law(day: date, three: object, four: object, five: object) -> None:
    assert [criteria.levels_for(stars, day) for stars in (3, 4, 5)] == [three, four, five]


@pytest.mark.parametrize(
    ("stars", "day", "issuer"),
    [
        (3, date(2022, 12, 29), (P, "UBND tỉnh Quảng Nam")),
        (3, date(2024, 5, 1), (D, "")),
        (4, date(2025, 6, 30), (P, "UBND tỉnh Quảng Nam")),
        (4, date(2025, 7, 1), (P, "UBND thành phố Đà Nẵng")),
        (5, date(2025, 2, 28), (M, "Bộ Nông nghiệp và Phát triển nông thôn")),
        (5, date(2025, 3, 1), (M, "Bộ Nông nghiệp và Môi trường")),
    ],
)
def test_the_usual_issuer_bears_the_name_of_its_day(stars: int, day: date, issuer: object) -> None:
    assert criteria.usual_issuer(stars, day) == issuer
