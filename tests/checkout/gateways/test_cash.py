from catalog.money import Money
from checkout.gateways.base import Instructions
from checkout.gateways.cash import Cash
from checkout.rules import PaymentMethod


def test_cash_needs_nothing_but_the_amount() -> None:
    cash = Cash(PaymentMethod.CASH_ON_DELIVERY)
    assert cash.instructions(code="OCOP7K3M9QX", due=Money(90_000)) == Instructions(Money(90_000), None)
