"""The front door."""

from flask import Blueprint, render_template

from catalog import showcase
from catalog.atlas import map_outline
from storefront import structured, visitor, wording
from storefront.keeping import kept
from storefront.outside import outside
from storefront.presenting import shop
from storefront.programme import lapsed, rules

bp = Blueprint("home", __name__)


@bp.get("/")
@kept
def show() -> str:
    """What is in season, five stars, stories, the nearest outlets."""
    now = outside().now()
    columns = outside().columns.current(at=now)
    front = showcase.front_page(columns, near=visitor.near(), at=now, lapsed=lapsed(), holidays=rules().holidays)
    return render_template(
        "shop/home/show.html",
        front=front,
        season_title=wording.month_title(front.month),
        map_outline=map_outline(),
        jsonld=structured.site(shop()),
    )
