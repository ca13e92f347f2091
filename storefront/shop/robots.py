"""What search engines read first: robots.txt and the sitemap."""

from flask import Blueprint, Response, render_template, url_for

from catalog import cards, fairs, places
from catalog.clock import vietnam_day
from catalog.db import db
from catalog.groups import groups
from catalog.text import slugify
from storefront.outside import outside

bp = Blueprint("robots", __name__)


@bp.get("/robots.txt")
def robots() -> Response:
    """Carts, orders and accounts are nobody's search result."""
    lines = ["User-agent: *"]
    lines += [f"Disallow: {path}" for path in ("/gio-hang", "/thanh-toan", "/don-hang", "/tai-khoan", "/tim-kiem")]
    lines.append(f"Sitemap: {url_for('shop.robots.sitemap', _external=True)}")
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


@bp.get("/sitemap.xml")
def sitemap() -> Response:
    """Every page worth finding; products of the columns, so what shoppers may not see is not listed."""
    now = outside().now()
    columns = outside().columns.current(at=now)
    filled = columns.group_counts().keys()
    addresses = [url_for("shop.home.show", _external=True), url_for("shop.products.index", _external=True)]
    addresses += [url_for("shop.products.group", slug=g.slug, _external=True) for g in groups() if filled & {*g.codes}]
    addresses += [url_for("shop.products.show", slug=slug, _external=True) for slug in columns.slugs.values()]
    addresses += [url_for("shop.producers.show", slug=p.slug, _external=True) for p in cards.producer_cards(columns)]
    addresses += [
        url_for("shop.outlets.show", slug=o.slug, _external=True) for o in cards.outlet_cards(near=None, at=now)
    ]
    addresses.append(url_for("shop.fairs.index", _external=True))
    today = vietnam_day(now)
    for query in (fairs.coming(on=today), fairs.past(on=today)):
        addresses += [url_for("shop.fairs.show", slug=fair.slug, _external=True) for fair in db.session.scalars(query)]
    made_in = sorted({places.get_commune(code).name for code in columns.commune.names})
    addresses += [url_for("shop.communes.show", slug=slugify(name), _external=True) for name in made_in]
    return Response(render_template("shop/robots/sitemap.xml", addresses=addresses), mimetype="application/xml")
