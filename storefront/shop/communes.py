"""A place: what it makes, who makes it, where to buy near it."""

from flask import Blueprint, render_template

from catalog import showcase
from storefront import age
from storefront.keeping import kept
from storefront.outside import outside
from storefront.programme import lapsed, rules

bp = Blueprint("communes", __name__, url_prefix="/xa-phuong")


@bp.get("/<slug>")
@kept
def show(slug: str) -> str:
    """One commune of the province."""
    now = outside().now()
    page = showcase.commune_page(slug, age.columns(), at=now, lapsed=lapsed(), holidays=rules().holidays)
    return render_template("shop/communes/show.html", page=page)
