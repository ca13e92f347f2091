"""Goods of this outlet by what was scanned or typed: a SKU, the number under a bar code, a lot, or words of a name."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from catalog import scanning
from catalog.db import db
from catalog.lots import Lot
from catalog.products import Product, Variant
from catalog.stock import StockLevel
from catalog.text import collation_key, fold
from storefront.counter import desk

MOST_CHOICES = 12


@dataclass(frozen=True, slots=True)
class Found:
    """What a code names. lot: when the code was a lot's, else None."""

    variant: Variant
    lot: Lot | None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several goods that words may mean. on_hand: units of it here."""

    sku: str
    name: str
    unit: str
    on_hand: int


def by_code(code: str) -> Found | None:
    """The goods with this code that have, or had, a shelf here; or None."""
    typed = code.strip().upper()
    here = select(StockLevel.id).where(StockLevel.outlet_id == desk.here().id, StockLevel.variant_id == Variant.id)
    with_product = joinedload(Variant.product)
    named = (func.upper(Variant.sku) == typed) | (Variant.gtin == typed)
    variant = db.session.scalar(select(Variant).where(named, here.exists()).options(with_product))
    if variant is not None:
        return Found(variant, None)
    lots = (
        select(Lot)
        .join(StockLevel, StockLevel.lot_id == Lot.id)
        .where(func.upper(Lot.code) == typed, StockLevel.outlet_id == desk.here().id)
        .options(joinedload(Lot.variant).options(with_product))
        .distinct()
        .limit(2)
    )
    found = list(db.session.scalars(lots))
    if len(found) == 1:
        return Found(found[0].variant, found[0])
    labelled = scanning.lot_labelled(desk.here().id, code)
    return Found(labelled.variant, labelled) if labelled else None


def by_words(text: str) -> list[Choice]:
    """Goods with units here whose name or SKU has all these words, accents or none, by name; at most MOST_CHOICES."""
    wanted = fold(text).split()
    units = func.sum(StockLevel.on_hand)
    query = (
        select(Variant.sku, Product.name_vi, Variant.unit_vi, units)
        .join(Product, Product.id == Variant.product_id)
        .join(StockLevel, StockLevel.variant_id == Variant.id)
        .where(StockLevel.outlet_id == desk.here().id)
        .group_by(Variant.id, Variant.sku, Product.name_vi, Variant.unit_vi)
        .having(units > 0)
    )
    choices = [Choice(sku, name, unit, int(on_hand)) for sku, name, unit, on_hand in db.session.execute(query)]
    fitting = [c for c in choices if wanted and all(word in fold(f"{c.name} {c.sku}") for word in wanted)]
    return sorted(fitting, key=lambda c: (collation_key(c.name), c.sku))[:MOST_CHOICES]
