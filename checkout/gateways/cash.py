"""Cash, to the carrier or at the counter: nothing to prepare."""

from dataclasses import dataclass

from catalog.money import Money
from checkout.gateways.base import Instructions
from checkout.rules import PaymentMethod


@dataclass(frozen=True, slots=True)
class Cash:
    """``method`` is one of the two cash methods."""

    method: PaymentMethod

    def instructions(self, *, code: str, due: Money) -> Instructions:
        """Have the money ready."""
        return Instructions(due=due, transfer=None)
