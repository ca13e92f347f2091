from datetime import date
from decimal import Decimal

import pytest

from catalog.products import VatClass
from checkout import tax


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
    assert tax.rate(vat_class, on) == Decimal(percent)


def test_every_class_has_a_rate_today() -> None:
    assert {tax.rate(vat_class, date(2026, 11, 23)) for vat_class in VatClass} == {Decimal(5), Decimal(8), Decimal(10)}


def test_days_before_the_table_have_no_rate() -> None:
    with pytest.raises(LookupError):
        tax.rate(VatClass.STANDARD, date(2025, 6, 30))
