"""Value added tax: dated rates per tax class. Pure.

Sources: Law 48/2024/QH15 (5 % for farm produce at the trade stage and for crafts of rush, bamboo and leaf, 10 %
for the rest); Resolution 204/2025/QH15 and Decree 174/2025/NĐ-CP (8 % instead of 10 % from 1 July 2025 until
31 December 2026, not for goods under special consumption tax).
"""

from datetime import date
from decimal import Decimal

from catalog.products import VatClass

_LAW_48 = date(2025, 7, 1)
_CUT_ENDS = date(2027, 1, 1)

RATES: tuple[tuple[VatClass, date, Decimal], ...] = (
    (VatClass.FARM, _LAW_48, Decimal(5)),
    (VatClass.CRAFT, _LAW_48, Decimal(5)),
    (VatClass.STANDARD, _LAW_48, Decimal(8)),
    (VatClass.STANDARD, _CUT_ENDS, Decimal(10)),
    (VatClass.EXCISE, _LAW_48, Decimal(10)),
)
"""Class, first day, per cent; a rate holds until the next row of its class."""


def rate(vat_class: VatClass, on: date) -> Decimal:
    """Per cent of tax on that day of Vietnam's calendar. Raises LookupError for a day before the table begins."""
    begun = [(valid_from, percent) for kind, valid_from, percent in RATES if kind is vat_class and valid_from <= on]
    if not begun:
        raise LookupError(f"no rate of class {vat_class} on {on}")
    return max(begun)[1]
