"""Money: whole minor units of one currency."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.money import Money


def test_sums_and_multiples_stay_whole() -> None:
    assert Money(250_000) + Money(90_000) == Money(340_000)
    assert Money(250_000) - Money(90_000) == Money(160_000)
    assert Money(90_000) * 3 == Money(270_000)
    assert Money(90_000) < Money(250_000)


def test_only_zero_is_false() -> None:
    assert not Money(0)
    assert Money(-1)


def test_currencies_do_not_mix() -> None:
    with pytest.raises(ValueError, match="VND and JPY"):
        Money(1) + Money(1, "JPY")
    with pytest.raises(ValueError, match="VND and USD"):
        Money(1) - Money(1, "USD")


@pytest.mark.parametrize("wrong", [1.0, Decimal(1), "1", True])
def test_minor_units_are_whole_numbers(wrong: object) -> None:
    with pytest.raises(TypeError):
        Money(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [0.5, Decimal("1.1"), True])
def test_a_factor_is_a_whole_number(wrong: object) -> None:
    with pytest.raises(TypeError):
        Money(100) * wrong  # type: ignore[operator]


def test_a_split_gives_the_remainder_to_the_largest_fractions() -> None:
    assert Money(100).split([1, 1, 1]) == [Money(34), Money(33), Money(33)]
    assert Money(100).split([1, 2]) == [Money(33), Money(67)]
    assert Money(10, "JPY").split([0, 3, 1]) == [Money(0, "JPY"), Money(8, "JPY"), Money(2, "JPY")]


@pytest.mark.parametrize("weights", [[], [0, 0], [2, -1]])
def test_a_split_needs_a_weight(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        Money(100).split(weights)


@given(
    st.integers(-(10**12), 10**12),
    st.lists(st.integers(0, 10**6), min_size=1, max_size=40).filter(any),
)
def test_parts_add_up_and_none_is_a_unit_off(minor: int, weights: list[int]) -> None:
    parts = Money(minor).split(weights)
    assert sum(part.minor for part in parts) == minor
    total = sum(weights)
    assert all(abs(part.minor * total - minor * weight) < total for part, weight in zip(parts, weights, strict=True))


@pytest.mark.parametrize(
    ("gross", "percent", "tax"),
    [
        (108_000, "8", 8_000),
        (250_000, "8", 18_519),  # 18,518.5…
        (105, "5", 5),
        (27, "8", 2),
        (7, "8", 1),  # 0.518…
        (0, "10", 0),
        (250_000, "0", 0),
    ],
)
def test_the_tax_inside_is_rounded_half_up(gross: int, percent: str, tax: int) -> None:
    assert Money(gross).tax_inside(Decimal(percent)) == Money(tax)


def test_half_a_unit_of_tax_rounds_up() -> None:
    assert Money(3).tax_inside(Decimal(20)) == Money(1)  # exactly 0.5
    assert Money(9).tax_inside(Decimal(20)) == Money(2)  # exactly 1.5
