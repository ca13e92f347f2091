"""Labels of a lot, to print on sheets of stickers: the QR code of its passport, and the same in letters.

What a code holds is the lot's one address for ever and nothing of a session or a print. It is drawn with error
correction Q, at least 15 mm wide without the quiet zone, which is four modules on every side.
"""

from dataclasses import dataclass
from typing import Any

import segno
from flask import url_for

from catalog import gs1
from catalog.traces import Trace
from storefront import filters
from storefront.outside import settings

SHEET = "lot_labels"
MOST = 480
"""Labels of one PDF; more is another one."""
QUIET = 4
"""Modules, on every side."""


@dataclass(frozen=True, slots=True)
class Format:
    """A sheet of A4. width, height: of a label; code: side of the QR's symbol; all in mm."""

    key: str
    columns: int
    rows: int
    width: float
    height: float
    code: float

    @property
    def a_page(self) -> int:
        """Labels on one page."""
        return self.columns * self.rows


FORMATS = {
    one.key: one
    for one in (
        Format("40", 4, 10, 52.5, 29.7, 16.0),
        Format("24", 3, 8, 70.0, 37.0, 20.0),
        Format("12", 2, 6, 105.0, 49.5, 28.0),
    )
}
"""The usual sheets of stickers: by labels a page."""


def address(trace: Trace) -> str:
    """What the QR code of this lot holds: a Digital Link where its goods have a number of GS1, else the shop's own.

    trace: with its lot.
    """
    base = settings().base_url.rstrip("/")
    linked = gs1.link(base, trace.gtin, trace.lot.code) if trace.gtin else None
    return linked or base + url_for("shop.traces.show", code=trace.code)


def facts(trace: Trace, chosen: Format, count: int) -> dict[str, Any]:
    """What the sheet is set from. trace: with lot, variant and product.    count: labels, 1 … MOST."""
    lot, variant = trace.lot, trace.lot.variant
    code = segno.make_qr(address(trace), error="q", boost_error=False)
    side = code.symbol_size(border=0)[0]
    lines = [
        f"Lô {lot.code}",
        f"NSX {filters.day(lot.made_on)}" if lot.made_on else "",
        f"HSD {filters.day(lot.best_before)}" if lot.best_before else "",
    ]
    return {
        "columns": chosen.columns,
        "rows": chosen.rows,
        "width": chosen.width,
        "height": chosen.height,
        "count": count,
        "qr": code.svg_inline(omitsize=True, border=QUIET, svgclass=None, lineclass=None),
        "qr_width": chosen.code * (side + 2 * QUIET) / side,
        "name": f"{variant.product.name_vi}, {variant.unit_vi}",
        "lines": [line for line in lines if line],
        "code": filters.trace_code(trace.code),
        "say": "Quét để truy xuất",
    }
