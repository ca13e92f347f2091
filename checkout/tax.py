"""Value added tax: dated rates per tax class. Pure. What the office lays down is added to what the law says.

Sources: Law 48/2024/QH15 (5 % for farm produce at the trade stage and for crafts of rush, bamboo and leaf, 10 %
for the rest); Resolution 204/2025/QH15 and Decree 174/2025/NĐ-CP (8 % instead of 10 % from 1 July 2025 until
31 December 2026, not for goods under special consumption tax).
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from catalog.products import VatClass

_LAW_48 = date(2025, 7, 1)
_CUT_ENDS = date(2027, 1, 1)

Row = tuple[VatClass, date, Decimal]
"""Class, first day, per cent."""


@dataclass(frozen=True, slots=True)
class Rates:
    """A rate holds until the next row of its class; of two with the same first day the later row counts."""

    rows: tuple[Row, ...]

    def rate(self, vat_class: VatClass, on: date) -> Decimal:
        """Per cent of tax on that day of Vietnam's calendar. Raises LookupError for a day before the table begins."""
        begun = [row for row in self.rows if row[0] is vat_class and row[1] <= on]
        if not begun:
            raise LookupError(f"no rate of class {vat_class} on {on}")
        return sorted(begun, key=lambda row: row[1])[-1][2]


LAW = Rates(
    (
        (VatClass.FARM, _LAW_48, Decimal(5)),
        (VatClass.CRAFT, _LAW_48, Decimal(5)),
        (VatClass.STANDARD, _LAW_48, Decimal(8)),
        (VatClass.STANDARD, _CUT_ENDS, Decimal(10)),
        (VatClass.EXCISE, _LAW_48, Decimal(10)),
    )
)
