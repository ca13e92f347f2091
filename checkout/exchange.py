"""What a unit of another currency is worth: dated rates, each with where it was read. Pure.

Vietnamese banks publish rates daily; a rate of several days ago still counts but is marked, so that somebody looks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from catalog.errors import NotFound

CURRENCIES = ("USD", "EUR", "JPY", "KRW", "CNY", "SGD", "AUD", "GBP")
"""ISO 4217, of the markets that may be sold to."""
FRESH_DAYS = 3
"""Days after which a rate counts as old."""


@dataclass(frozen=True, slots=True)
class Rate:
    """One unit of ``currency`` in đồng, from ``on`` until the next one. margin: per cent kept against changes."""

    currency: str
    on: date
    vnd: Decimal
    margin: Decimal
    source: str

    def is_old(self, today: date) -> bool:
        """Whether somebody should look it up anew."""
        return (today - self.on).days > FRESH_DAYS


@dataclass(frozen=True, slots=True)
class Exchange:
    """Currency → its rates, the one that begins last at the end."""

    rates: Mapping[str, tuple[Rate, ...]]

    def rate(self, currency: str, on: date) -> Rate:
        """The rate that counts on that day of Vietnam's calendar. Raises NotFound where none has begun."""
        begun = [rate for rate in self.rates.get(currency, ()) if rate.on <= on]
        if not begun:
            raise NotFound(f"no rate of {currency} on {on}")
        return begun[-1]

    def is_old(self, currency: str, today: date) -> bool:
        """Whether there is a rate, and somebody should look it up anew."""
        begun = [rate for rate in self.rates.get(currency, ()) if rate.on <= today]
        return bool(begun) and begun[-1].is_old(today)
