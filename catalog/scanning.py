"""What a scanned code names at one outlet: goods by SKU or bar code, and lots. Documents know their own references."""

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from catalog.db import db
from catalog.lots import Lot
from catalog.products import Variant
from catalog.stock import StockLevel


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


def lots_coded(outlet_id: int, code: str) -> list[Lot]:
    """The lots of this code that have, or had, a shelf at this outlet, with their products; different goods may share one."""
    here = select(StockLevel.lot_id).where(StockLevel.outlet_id == outlet_id)
    same = func.replace(func.upper(Lot.code), " ", "") == code
    query = select(Lot).where(same, Lot.id.in_(here)).options(joinedload(Lot.variant).joinedload(Variant.product))
    return list(db.session.scalars(query.order_by(Lot.id).limit(50)))
