"""Prices of sizes that are on sale, and when their producer wants to hear that little is left: changed at once.

No officer reviews them. Orders keep the price they were placed at; a cart is told of a new one before it is paid.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select, update

from catalog import history
from catalog.db import db
from catalog.errors import Conflict, Invalid, NotFound
from catalog.importing import amounts
from catalog.importing.announce import announce
from catalog.makers import Maker
from catalog.products import Product, Variant

MOST_UNITS = 9_999


@dataclass(frozen=True, slots=True)
class Pricing:
    """What a producer says of one size. price: đồng, VAT inside.    low_stock: units, 0 for never."""

    price: int
    low_stock: int


def of_product(product_id: int) -> Select[Variant]:
    """Its sizes in the order of the page, those no longer sold last."""
    query = select(Variant).where(Variant.product_id == product_id)
    return query.order_by(Variant.active.desc(), Variant.position, Variant.id)


def change(
    product: Product, wanted: Mapping[str, Pricing], *, seen: Mapping[str, Pricing], by: Maker, at: datetime
) -> tuple[str, ...]:
    """Give sizes new prices and thresholds; the shop shows them at once. Returns the SKUs that changed.

    wanted: SKU → what is to be.    seen: SKU → what the page showed when somebody decided.

    Raises NotFound for another's product, Invalid for a foreign SKU (``sku``) and an impossible number (``price``,
    ``low_stock``; with ``sku``), Conflict when a size is no longer as it was seen. Nothing has changed then.
    """
    if product.producer_id not in by.producers:
        raise NotFound(product.code)
    sizes = {variant.sku: variant for variant in db.session.scalars(of_product(product.id))}
    changed: list[str] = []
    before: dict[str, int] = {}
    after: dict[str, int] = {}
    for sku, pricing in sorted(wanted.items()):
        if sku not in sizes:
            raise Invalid("sku", "unknown", sku=sku)
        _check(sku, pricing)
        old = seen.get(sku)
        if pricing == old:
            continue
        if old is None or not _swap(sizes[sku], old, pricing):
            raise Conflict(f"{sku} is no longer as it was seen")
        changed.append(sku)
        for name in ("price", "low_stock"):
            if getattr(old, name) != getattr(pricing, name):
                before[f"{sku} {name}"], after[f"{sku} {name}"] = getattr(old, name), getattr(pricing, name)
    if changed:
        subject = f"product:{product.code}"
        history.record("prices.changed", subject, actor=by.actor, at=at, before=before, after=after)
        announce([product.id], at=at)
    return tuple(changed)


def _check(sku: str, pricing: Pricing) -> None:
    if not amounts.MIN_PRICE <= pricing.price <= amounts.MAX_PRICE:
        raise Invalid("price", "out_of_range", sku=sku, low=amounts.MIN_PRICE, high=amounts.MAX_PRICE)
    if not 0 <= pricing.low_stock <= MOST_UNITS:
        raise Invalid("low_stock", "out_of_range", sku=sku, low=0, high=MOST_UNITS)


def _swap(variant: Variant, old: Pricing, new: Pricing) -> bool:
    """One conditional UPDATE: of two who change what they saw, one is told to look again."""
    same = update(Variant).where(
        Variant.id == variant.id, Variant.price == old.price, Variant.low_stock == old.low_stock
    )
    swapped = same.values(price=new.price, low_stock=new.low_stock).returning(Variant.id)
    if db.session.scalar(swapped.execution_options(synchronize_session=False)) is None:
        return False
    db.session.refresh(variant, ["price", "low_stock"])
    return True
