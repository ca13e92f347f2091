"""A producer's first screen: what waits for them, how it sells, and the way to everything else."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask import Blueprint, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from catalog import certificates, replenishment, revisions
from catalog.clock import add_months, vietnam_day
from catalog.db import db
from catalog.outlets import Outlet
from catalog.products import Product, ProductKind, ProductState, Variant
from catalog.revisions import RevisionState
from checkout import reviews, sales_figures
from checkout.sales_figures import MonthSales
from storefront import filters
from storefront.outside import outside
from storefront.studio import bench

bp = Blueprint("home", __name__, url_prefix="/<producer>")

MOST_LOW = 6
SOON_DAYS = 180
"""So long before its end a certificate is spoken of as something to do."""


@dataclass(frozen=True, slots=True)
class Low:
    """One size of a product that an outlet is short of. want: units the outlet would like to have.    coming: on the way."""

    product: str
    unit: str
    outlet: str
    free: int
    want: int
    coming: int


@dataclass(frozen=True, slots=True)
class Returned:
    """A draft that came back. fields: how many of them have a reason."""

    name: str
    href: str
    fields: int


@dataclass(frozen=True, slots=True)
class Ending:
    """The certificate that ends first. soon: within the time in which renewing is due."""

    product: str
    stars: int
    on: date
    days: int
    soon: bool


@dataclass(frozen=True, slots=True)
class Selling:
    """This month so far, and the same days a year ago; in đồng and units."""

    first: date
    today: date
    amount: int
    units: int
    amount_before: int

    @property
    def compared(self) -> str | None:
        """``nay tăng 12 %``, in whole percent; None where there was nothing to compare with."""
        if self.amount_before <= 0:
            return None
        change = (self.amount - self.amount_before) * 100
        percent = filters.percent(Decimal(abs(change) // self.amount_before))
        return _("nay tăng %(n)s", n=percent) if change >= 0 else _("nay giảm %(n)s", n=percent)


@bp.get("")
def show() -> str:
    """What to do today. A constant number of queries."""
    products = list(db.session.scalars(select(Product).where(Product.producer_id == bench.here().id)))
    low = _low(products)
    return render_template(
        "studio/home/show.html",
        new=not any(product.state is not ProductState.DRAFT for product in products),
        drafts=sum(product.state is ProductState.DRAFT for product in products),
        products=len(products),
        low=low[:MOST_LOW],
        low_count=len(low),
        low_more=max(0, len(low) - MOST_LOW),
        returned=_returned(),
        ending=_ending(products),
        to_answer=reviews.count_to_answer(bench.here().id),
        selling=_selling(),
    )


def _low(products: list[Product]) -> list[Low]:
    """Sizes on sale that an outlet is short of, the barest shelf first."""
    names = {product.id: product.name_vi for product in products if _on_shelves(product)}
    sizes = select(Variant).where(Variant.product_id.in_(names), Variant.active)
    variants = {variant.id: variant for variant in db.session.scalars(sizes)}
    needs = replenishment.low_for(list(variants), at=outside().now())
    outlets = select(Outlet.id, Outlet.name_vi).where(Outlet.id.in_({need.outlet_id for need in needs}))
    places = {outlet: name for outlet, name in db.session.execute(outlets)}
    return [
        Low(
            product=names[variants[need.variant_id].product_id],
            unit=variants[need.variant_id].unit_vi,
            outlet=places[need.outlet_id],
            free=need.free,
            want=need.want,
            coming=need.coming,
        )
        for need in needs
    ]


def _on_shelves(product: Product) -> bool:
    return product.kind is ProductKind.GOODS and product.state is ProductState.PUBLISHED


def _returned() -> list[Returned]:
    """Pages that an officer gave back, to be mended and sent in again."""
    found = revisions.open_of_producer(bench.here().id).where(revisions.Revision.state == RevisionState.RETURNED)
    return [
        Returned(
            name=revision.product.name_vi if revision.product else _("Câu chuyện của nhà"),
            href=url_for("studio.products.show", code=revision.product.code)
            if revision.product
            else url_for("studio.story.show"),
            fields=len(revision.reasons),
        )
        for revision in db.session.scalars(found)
    ]


def _ending(products: list[Product]) -> Ending | None:
    """Of the certificates that count now, the one that ends first."""
    names = {product.id: product.name_vi for product in products}
    at = outside().now()
    counting = certificates.current(list(names), at=at).values()
    dated = [(each.expires_on, names[each.product_id], each.stars or 0) for each in counting if each.expires_on]
    if not dated:
        return None
    on, product, stars = min(dated)
    days = (on - vietnam_day(at)).days
    return Ending(product, stars, on, days, soon=days <= SOON_DAYS)


def _selling() -> Selling:
    today, producer = vietnam_day(outside().now()), bench.here().id
    first = today.replace(day=1)
    now = sales_figures.of_producer(producer, from_on=first, to_on=today)
    before = sales_figures.of_producer(producer, from_on=add_months(first, -12), to_on=add_months(today, -12))
    return Selling(first, today, _amount(now), sum(row.units for row in now), _amount(before))


def _amount(rows: list[MonthSales]) -> int:
    return sum(row.amount for row in rows)
