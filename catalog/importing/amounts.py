"""Numbers in the cells of a spreadsheet: prices, weights, net contents, coordinates. Pure.

Parsers as in ``cells``. Where a number could mean two things (``1.500 g``) it is refused: a wrong price or weight costs
more than a second look.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from catalog.errors import Invalid
from catalog.importing.cells import Parser, line
from catalog.importing.changes import Reason
from catalog.text import fold

MIN_PRICE, MAX_PRICE = 1_000, 1_000_000_000
"""Đồng. A price below a thousand is ``125.000`` after a program with another locale has read it as 125."""

_short = line(40)  # more is no number, and would keep the patterns below busy
_CURRENCY = re.compile(r"^(?:₫|vnđ|vnd)?\s*(-?\s*[0-9][0-9.,\s]*?)\s*(?:đồng|vnđ|vnd|đ|₫|ð)?\.?$")
_GROUPED = re.compile(r"^[1-9][0-9]{0,2}(?:([., ])[0-9]{3})(?:\1[0-9]{3})*$")
_NO_CENTS = re.compile(r"^(.*([.,]).*)(?!\2)[.,]0{1,2}$")
_MEASURE = re.compile(r"^([0-9][0-9.,]*)\s*([^\W\d_]+)\.?$")
_DECIMAL = re.compile(r"^-?[0-9]+(?:[.,][0-9]+)?$")
_UNITS = {
    "g": ("g", 1), "gr": ("g", 1), "gam": ("g", 1), "gram": ("g", 1),
    "kg": ("g", 1000), "ki": ("g", 1000), "ky": ("g", 1000), "kilogam": ("g", 1000),
    "ml": ("ml", 1), "l": ("ml", 1000), "lit": ("ml", 1000),
    "piece": ("piece", 1), "cai": ("piece", 1), "chiec": ("piece", 1), "set": ("set", 1), "bo": ("set", 1),
    "m": ("m", 1), "met": ("m", 1), "person": ("person", 1), "nguoi": ("person", 1), "khach": ("person", 1),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measure:
    """Net content in whole base units: ``g``, ``ml``, ``piece``, ``set``, ``m`` or ``person``."""

    amount: int
    unit: str

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}"


def dong(raw: str) -> int:
    """A price: ``35.000 đ``, ``35,000``, ``35 000 VNĐ``, ``35000`` → 35000. ``35k`` is not a price in writing."""
    match = _CURRENCY.match(_short(raw).lower())
    if not match:
        raise Invalid("money", Reason.MONEY)
    text = match[1]
    if text.startswith("-"):
        raise Invalid("money", Reason.NOT_POSITIVE)
    if trimmed := _NO_CENTS.match(text):
        text = trimmed[1]
    amount = _whole(text)
    if amount is None:
        raise Invalid("money", Reason.CENTS if re.search(r"[.,][0-9]{1,2}$", text) else Reason.MONEY)
    if amount == 0:
        raise Invalid("money", Reason.NOT_POSITIVE)
    return _between(amount, MIN_PRICE, MAX_PRICE)


def measure(raw: str) -> Measure:
    """Net content: ``400gr`` → 400 g, ``0,4 kg`` → 400 g, ``1 lít`` → 1000 ml, ``2 cái`` → 2 piece."""
    match = _MEASURE.match(_short(raw).lower())
    unit = _UNITS.get(fold(match[2])) if match else None
    if match is None or unit is None:
        raise Invalid("measure", Reason.MEASURE)
    amount = _decimal(match[1]) * unit[1]
    if amount != int(amount):
        raise Invalid("measure", Reason.NOT_WHOLE, unit=unit[0])
    return Measure(int(_between(int(amount), 1, 10_000_000)), unit[0])


def grams(raw: str) -> int:
    """A weight; without a unit it is grams: ``1060``, ``1.060``, ``1,06 kg`` → 1060."""
    if (bare := _whole(_short(raw))) is not None:
        return _between(bare, 0, 1_000_000)
    weight = measure(raw)
    if weight.unit != "g":
        raise Invalid("measure", Reason.MEASURE)
    return weight.amount


def whole(low: int, high: int) -> Parser:
    """A whole number, both ends included."""

    def parse(raw: str) -> int:
        number = _whole(_short(raw))
        if number is None:
            raise Invalid("number", Reason.NUMBER)
        return _between(number, low, high)

    return parse


def decimal(low: int, high: int, *, places: int) -> Parser:
    """A number with a decimal comma or point, both ends included, at most ``places`` digits behind it."""

    def parse(raw: str) -> Decimal:
        text = _short(raw)
        if not _DECIMAL.match(text):
            raise Invalid("number", Reason.NUMBER)
        number = Decimal(text.replace(",", "."))
        if not low <= number <= high or number != round(number, places):
            raise Invalid("number", Reason.OUT_OF_RANGE, low=low, high=high, places=places)
        return number

    return parse


def degrees(low: int, high: int) -> Parser:
    """A latitude or longitude: ``15.8791``, ``15,8791``."""
    exact = decimal(low, high, places=8)
    return lambda raw: float(exact(raw))


def _between(number: int, low: int, high: int) -> int:
    if not low <= number <= high:
        raise Invalid("number", Reason.OUT_OF_RANGE, low=low, high=high)
    return number


def _whole(text: str) -> int | None:
    """A whole number, its thousands perhaps grouped by one and the same sign."""
    if re.match(r"^[0-9]{1,15}$", text):
        return int(text)
    return int(re.sub(r"[., ]", "", text)) if _GROUPED.match(text) and len(text) < 20 else None


def _decimal(text: str) -> Decimal:
    if text.count(".") + text.count(",") <= 1 and _GROUPED.match(text):
        raise Invalid("number", Reason.AMBIGUOUS)
    if (number := _whole(text)) is not None:
        return Decimal(number)
    if not _DECIMAL.match(text):
        raise Invalid("number", Reason.NUMBER)
    return Decimal(text.replace(",", "."))
