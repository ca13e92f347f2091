"""What the shop asks of a way to pay."""

from dataclasses import dataclass
from typing import Protocol

from catalog.money import Money
from checkout.rules import PaymentMethod


@dataclass(frozen=True, slots=True)
class Transfer:
    """Where to send money. ``code`` is all the message must hold, ``payload`` the text of the VietQR picture."""

    bank: str
    account: str
    holder: str
    amount: Money
    code: str
    payload: str


@dataclass(frozen=True, slots=True)
class Instructions:
    """What the buyer has to do: hand over ``due`` in cash, or make the ``transfer``."""

    due: Money
    transfer: Transfer | None


class Gateway(Protocol):
    """One way to pay."""

    @property
    def method(self) -> PaymentMethod:
        """The way of paying this is."""

    def instructions(self, *, code: str, due: Money) -> Instructions:
        """How to pay what is still due. code: the payment's."""
