"""Money as whole minor units of one currency. No floats anywhere; pure.

Prices shown in Vietnam include VAT and have no decimals: 1 đồng is 1 minor unit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount: ``minor`` units (đồng, cent) of ``currency`` (ISO 4217)."""

    minor: int
    currency: str = "VND"

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"minor units are whole: {self.minor!r}")

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __mul__(self, count: int) -> "Money":
        if type(count) is not int:
            raise TypeError(f"money is multiplied by whole numbers: {count!r}")
        return Money(self.minor * count, self.currency)

    def __bool__(self) -> bool:
        return self.minor != 0

    def split(self, weights: Sequence[int]) -> list["Money"]:
        """Parts in proportion to ``weights`` that add up exactly (largest remainder, ties to the first).

        weights: whole numbers ≥ 0, at least one above 0.
        """
        total = sum(weights)
        if total <= 0 or min(weights) < 0:
            raise ValueError(f"weights must be ≥ 0 and not all 0: {weights!r}")
        floors = [self.minor * weight // total for weight in weights]
        remainders = [(self.minor * weight) % total for weight in weights]
        missing = self.minor - sum(floors)
        for i in sorted(range(len(weights)), key=lambda i: -remainders[i])[:missing]:
            floors[i] += 1
        return [Money(part, self.currency) for part in floors]

    def tax_inside(self, percent: Decimal) -> "Money":
        """The tax contained in this gross amount, rounded half up. percent: e.g. ``Decimal(8)``."""
        exact = Decimal(self.minor) * percent / (Decimal(100) + percent)
        return Money(int(exact.to_integral_value(ROUND_HALF_UP)), self.currency)

    def _same(self, other: "Money") -> int:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")
        return other.minor
