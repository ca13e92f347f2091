"""Dated rates of exchange."""

from datetime import date
from decimal import Decimal

import pytest

from catalog.errors import NotFound
from checkout.exchange import Exchange, Rate


def usd(day: int, vnd: str) -> Rate:
    return Rate("USD", date(2026, 11, day), Decimal(vnd), Decimal("1.5"), "Ngân hàng thử")


DOLLARS = Exchange({"USD": (usd(20, "26300"), usd(23, "26345.5"))})


@pytest.mark.parametrize(("day", "vnd"), [(20, "26300"), (22, "26300"), (23, "26345.5"), (30, "26345.5")])
def test_a_rate_holds_until_the_next_one(day: int, vnd: str) -> None:
    assert DOLLARS.rate("USD", date(2026, 11, day)).vnd == Decimal(vnd)


@pytest.mark.parametrize(("currency", "day"), [("USD", 19), ("EUR", 23), ("usd", 23)])
def test_there_is_no_rate_before_the_first_nor_of_another_currency(currency: str, day: int) -> None:
    with pytest.raises(NotFound):
        DOLLARS.rate(currency, date(2026, 11, day))


def test_a_rate_is_old_after_three_days() -> None:
    rate = usd(20, "26300")
    assert [rate.is_old(date(2026, 11, day)) for day in (20, 23, 24)] == [False, False, True]
