from datetime import date
from decimal import Decimal

import pytest

from catalog.products import VatClass
from checkout.tax import LAW, Rates


@pytest.mark.parametrize(
    ("vat_class", "on", "percent"),
    [
        (VatClass.FARM, date(2026, 11, 23), 5),
        (VatClass.FARM, date(2027, 1, 1), 5),
        (VatClass.CRAFT, date(2026, 12, 31), 5),
        (VatClass.STANDARD, date(2025, 7, 1), 8),
        (VatClass.STANDARD, date(2026, 12, 31), 8),
        (VatClass.STANDARD, date(2027, 1, 1), 10),
        (VatClass.EXCISE, date(2026, 11, 23), 10),
    ],
)
def test_a_rate_holds_until_the_next_row_of_its_class(vat_class: VatClass, on: date, percent: int) -> None:
    assert LAW.rate(vat_class, on) == Decimal(percent)


def test_every_class_has_a_rate_today() -> None:
    assert {LAW.rate(vat_class, date(2026, 11, 23)) for vat_class in VatClass} == {Decimal(5), Decimal(8), Decimal(10)}


def test_days_before_the_table_have_no_rate() -> None:
    with pytest.raises(LookupError):
        LAW.rate(VatClass.STANDARD, date(2025, 6, 30))


def test_of_two_rows_with_the_same_first_day_the_later_counts() -> None:
    longer = Rates((*LAW.rows, (VatClass.STANDARD, date(2027, 1, 1), Decimal(8))))
    assert longer.rate(VatClass.STANDARD, date(2027, 1, 1)) == Decimal(8)
    assert LAW.rate(VatClass.STANDARD, date(2027, 1, 1)) == Decimal(10)


def test_a_row_of_an_earlier_day_does_not_reach_over_what_the_law_says_later() -> None:
    rates = Rates((*LAW.rows, (VatClass.STANDARD, date(2026, 12, 1), Decimal(9))))
    days = [date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 31), date(2027, 1, 1)]
    assert [rates.rate(VatClass.STANDARD, day) for day in days] == [Decimal(8), Decimal(9), Decimal(9), Decimal(10)]
