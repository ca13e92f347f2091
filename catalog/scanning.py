"""What a scanned code names at one outlet: goods by SKU or bar code, lots by code or label. Documents know their own references."""

import re
from urllib.parse import unquote

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from catalog import gs1, traces
from catalog.db import db
from catalog.lots import Lot
from catalog.products import Variant
from catalog.stock import StockLevel

_ADDRESS = re.compile(r"/truy-xuat/([0-9A-Za-z]{9})(?![0-9A-Za-z])", re.I)
_LINK = re.compile(r"/01/([0-9]{8,14})/10/([^/?#\s]+)")


def plain(text: str) -> str:
    """As codes are kept: upper case, without blanks."""
    return "".join(text.split()).upper()


def find_sku(outlet_id: int, code: str) -> str | None:
    """The SKU of goods that have, or had, a shelf at this outlet. code: a plain SKU, or the number of a bar code."""
    digits = code.replace("-", "")
    gtin = digits.zfill(13) if len(digits) == 12 else digits
    here = select(StockLevel.variant_id).where(StockLevel.outlet_id == outlet_id)
    named = or_(func.upper(Variant.sku) == code, Variant.gtin == gtin)
    return db.session.scalar(select(Variant.sku).where(named, Variant.id.in_(here)).order_by(Variant.sku).limit(1))


def lot_labelled(outlet_id: int, text: str) -> Lot | None:
    """The lot of the label whose picture was scanned, or whose trace code was typed, if it has, or had, a shelf here."""
    linked = _LINK.search(text)
    if linked:
        whole = gs1.read_gtin(linked[1])
        trace = traces.find_linked(whole, unquote(linked[2])) if whole else None
    else:
        address = _ADDRESS.search(text)
        code = traces.read_code(address[1] if address else text)
        trace = traces.find_published(code) if code else None
    if trace is None:
        return None
    here = select(StockLevel.lot_id).where(StockLevel.outlet_id == outlet_id)
    query = select(Lot).where(Lot.id == trace.lot_id, Lot.id.in_(here))
    return db.session.scalar(query.options(joinedload(Lot.variant).joinedload(Variant.product)))


def lots_coded(outlet_id: int, code: str) -> list[Lot]:
    """The lots of this code that have, or had, a shelf at this outlet, with their products; different goods may share one."""
    here = select(StockLevel.lot_id).where(StockLevel.outlet_id == outlet_id)
    same = func.replace(func.upper(Lot.code), " ", "") == code
    query = select(Lot).where(same, Lot.id.in_(here)).options(joinedload(Lot.variant).joinedload(Variant.product))
    return list(db.session.scalars(query.order_by(Lot.id).limit(50)))
