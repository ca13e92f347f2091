from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from catalog.money import Money
from checkout import pricing
from checkout.pricing import Item

ITEMS = st.lists(
    st.builds(
        Item,
        variant_id=st.integers(1, 99),
        quantity=st.integers(1, 99),
        price=st.integers(1, 50_000_000).map(Money),
        percent=st.sampled_from([Decimal(5), Decimal(8), Decimal(10)]),
    ),
    max_size=12,
)


def test_tax_is_inside_the_price_and_rounded_once_a_line() -> None:
    items = [Item(1, 2, Money(250_000), Decimal(8)), Item(2, 3, Money(33_333), Decimal(5))]
    quote = pricing.quote(items, delivery=Money(22_000), delivery_percent=Decimal(8))

    assert [line.amount for line in quote.lines] == [Money(500_000), Money(99_999)]
    assert [line.vat for line in quote.lines] == [Money(37_037), Money(4_762)]
    assert quote.goods == Money(599_999)
    assert quote.delivery_vat == Money(1_630)
    assert quote.vat == ((Decimal(5), Money(4_762)), (Decimal(8), Money(38_667)))
    assert quote.vat_inside == Money(43_429)
    assert quote.total == Money(621_999)


def test_nothing_costs_nothing() -> None:
    quote = pricing.quote([], delivery=Money(0), delivery_percent=Decimal(8))
    assert (quote.lines, quote.goods, quote.vat, quote.total) == ((), Money(0), (), Money(0))


@given(ITEMS, st.integers(0, 500_000).map(Money))
def test_every_total_is_the_sum_of_printed_numbers(items: list[Item], delivery: Money) -> None:
    quote = pricing.quote(items, delivery=delivery, delivery_percent=Decimal(8))

    assert quote.goods.minor == sum(line.amount.minor for line in quote.lines)
    assert all(line.amount.minor == line.price.minor * line.quantity for line in quote.lines)
    assert quote.total.minor == quote.goods.minor + quote.delivery.minor
    assert quote.vat_inside.minor == sum(line.vat.minor for line in quote.lines) + quote.delivery_vat.minor
    assert quote.vat_inside.minor == sum(tax.minor for _, tax in quote.vat)
