"""One field for every code of the trade: what is scanned or typed leads to its page at this outlet.

A foreign thing and one that does not exist get the same answer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog import receipts, scanning, stocktakes, transfers
from catalog.errors import NotFound
from checkout import fulfilment, sales
from storefront.counter import desk

bp = Blueprint("scan", __name__, url_prefix="/<outlet>/quet")

LONGEST = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several things of the same code."""

    name: str
    url: str


@bp.get("")
def show() -> ResponseReturnValue:
    """The field; with ``q``, the way to what it names, a choice of several, or that there is no such thing here."""
    text = request.args.get("q", "").strip()[:LONGEST]
    found = _found(text) if text else []
    if len(found) == 1:
        return redirect(found[0].url, 303)
    return render_template("counter/scan/show.html", text=text, choices=found, unknown=bool(text) and not found)


def _found(text: str) -> list[Choice]:
    """A SKU or bar code first, then a lot, its label, a document: the commonest first, and SKUs may begin like orders."""
    here, code = desk.here().id, scanning.plain(text)
    if sku := scanning.find_sku(here, code):
        return [Choice(sku, url_for("counter.shelves.show", sku=sku))]
    if lots := scanning.lots_coded(here, code):
        return [
            Choice(f"{lot.code} · {lot.variant.product.name_vi}", url_for("counter.lots.show", lot_id=lot.id))
            for lot in lots
        ]
    if lot := scanning.lot_labelled(here, text):
        return [Choice(lot.code, url_for("counter.lots.show", lot_id=lot.id))]
    way = DOCUMENTS.get(code[:2])
    try:
        return [Choice(code, way(here, code))] if way else []
    except NotFound:
        return []


def _order(outlet_id: int, code: str) -> str:
    if fulfilment.find_reference(outlet_id, code) is None:
        raise NotFound(code)
    return url_for("counter.orders.index", q=code)  # which also reads the collection code


def _sale(outlet_id: int, code: str) -> str:
    return url_for("counter.sales.show", reference=sales.get_sale(outlet_id, code).reference)


def _transfer(outlet_id: int, code: str) -> str:
    return url_for("counter.transfers.show", reference=transfers.get_transfer(outlet_id, code).reference)


def _receipt(outlet_id: int, code: str) -> str:
    return url_for("counter.receipts.show", reference=receipts.get_receipt(outlet_id, code).reference)


def _stocktake(outlet_id: int, code: str) -> str:
    return url_for("counter.stocktakes.show", reference=stocktakes.get_stocktake(outlet_id, code).reference)


DOCUMENTS: Mapping[str, Callable[[int, str], str]] = {
    "QN": _order,
    "BL": _sale,
    "CK": _transfer,
    "PN": _receipt,
    "KK": _stocktake,
}
"""By the two letters every reference begins with: the address of that document at an outlet, or NotFound."""
