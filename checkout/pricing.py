"""What a set of lines costs, and the tax inside. Pure; prices include tax, totals are sums of printed numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from catalog.errors import Conflict
from catalog.money import Money


class PriceChanged(Conflict):
    """The total is no longer what the buyer was shown. was, now: totals."""

    def __init__(self, *, was: Money, now: Money) -> None:
        super().__init__(f"{was} -> {now}")
        self.was = was
        self.now = now


@dataclass(frozen=True, slots=True)
class Item:
    """Something to price: ``quantity`` units at ``price`` each, ``percent`` tax inside."""

    variant_id: int
    quantity: int
    price: Money
    percent: Decimal


@dataclass(frozen=True, slots=True)
class PricedLine:
    """An item with its ``amount`` and the ``vat`` inside it, rounded once, for the whole line."""

    variant_id: int
    quantity: int
    price: Money
    percent: Decimal
    amount: Money
    vat: Money


@dataclass(frozen=True, slots=True)
class Quote:
    """``total = goods + delivery``; ``vat`` per rate, lowest rate first, of lines and delivery together."""

    lines: tuple[PricedLine, ...]
    goods: Money
    delivery: Money
    delivery_percent: Decimal
    delivery_vat: Money
    vat: tuple[tuple[Decimal, Money], ...]
    vat_inside: Money
    total: Money


def quote(items: Sequence[Item], *, delivery: Money, delivery_percent: Decimal) -> Quote:
    """Price the items, in the currency of ``delivery``."""
    zero = Money(0, delivery.currency)
    lines = tuple(_line(item) for item in items)
    goods = sum((line.amount for line in lines), zero)
    delivery_vat = delivery.tax_inside(delivery_percent)
    vat = vat_by_rate([*((line.percent, line.vat) for line in lines), (delivery_percent, delivery_vat)])
    return Quote(
        lines=lines,
        goods=goods,
        delivery=delivery,
        delivery_percent=delivery_percent,
        delivery_vat=delivery_vat,
        vat=vat,
        vat_inside=sum((amount for _, amount in vat), zero),
        total=goods + delivery,
    )


def vat_by_rate(parts: Sequence[tuple[Decimal, Money]]) -> tuple[tuple[Decimal, Money], ...]:
    """Tax summed per rate, lowest rate first; a rate without tax is left out. parts: (per cent, tax)."""
    sums: dict[Decimal, Money] = {}
    for percent, tax in parts:
        if tax:
            sums[percent] = sums[percent] + tax if percent in sums else tax
    return tuple(sorted(sums.items()))


def _line(item: Item) -> PricedLine:
    amount = item.price * item.quantity
    vat = amount.tax_inside(item.percent)
    return PricedLine(item.variant_id, item.quantity, item.price, item.percent, amount, vat)
