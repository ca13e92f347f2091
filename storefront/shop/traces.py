"""The passport of a lot, for whoever scans the code on a label or types it; and links in the form of GS1.

The page is for both languages at one address: what is printed on a label stays.
"""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog import claims, gs1, passports, traces
from catalog.clock import vietnam_day
from catalog.errors import NotFound
from checkout import recalls
from storefront.extensions import limiter
from storefront.keeping import kept
from storefront.outside import outside, settings

bp = Blueprint("traces", __name__)

LONGEST = 40
GUESSES = "120 per minute"
"""A family behind one address may look at a whole basket; who tries codes gets nowhere."""


@bp.get("/truy-xuat")
def index() -> ResponseReturnValue:
    """The field for a code whose picture cannot be scanned."""
    typed = request.args.get("ma", "").strip()[:LONGEST]
    if typed:
        return redirect(url_for("shop.traces.show", code=typed), 303)
    return render_template("shop/traces/index.html")


@bp.get("/truy-xuat/<code>")
@limiter.limit(GUESSES)
def show(code: str) -> ResponseReturnValue:
    """One lot: what it is, who made it, from what, and whether anything is wrong with it."""
    read = traces.read_code(code)
    if read is None:
        return render_template("shop/traces/_unknown.html", typed=code[:LONGEST], mistyped=True), 404
    if read != code:
        return redirect(url_for("shop.traces.show", code=read), 301)
    try:
        page = _kept(read)
    except NotFound:
        return render_template("shop/traces/_unknown.html", typed=read, mistyped=False), 404
    if request.method == "GET" and "prefetch" not in request.headers.get("Sec-Purpose", ""):
        outside().tally.note(read, vietnam_day(outside().now()))
    return page


@bp.get("/01/<gtin>")
@bp.get("/01/<gtin>/10/<path:lot>")
@bp.get("/01/<gtin>/22/<cpv>/10/<path:lot>")
@limiter.limit(GUESSES)
def link(gtin: str, lot: str | None = None, cpv: str | None = None) -> ResponseReturnValue:
    """A GS1 Digital Link: to the lot's passport, else to the goods. Days and weights in the query change nothing."""
    whole = gs1.read_gtin(gtin)
    if whole is None:
        raise NotFound(gtin)
    wanted = request.args.get("linkType", "").removeprefix("gs1:").removeprefix("https://gs1.org/voc/")
    found = _linked(whole, lot) if lot and wanted not in ("pip", "hasRetailers") else None
    if found:
        anchor = "thu-hoi" if wanted == "recallStatus" else None
        return redirect(url_for("shop.traces.show", code=found, _anchor=anchor), 302)
    goods = passports.find_shown(whole, alcohol=settings().alcohol)
    if goods is None:
        raise NotFound(gtin)
    return redirect(url_for("shop.products.show", slug=goods.product.slug, loai=goods.sku), 302)


def _linked(whole: str, lot: str) -> str | None:
    """The code of the lot's trace. A serial number after the lot names one unit of it."""
    for named in (lot, lot.rpartition("/21/")[0]):
        if named and (trace := traces.find_linked(whole, named)):
            return trace.code
    return None


@kept
def _kept(code: str) -> str:
    passport = passports.passport(code, alcohol=settings().alcohol, at=outside().now())
    return render_template(
        "shop/traces/show.html",
        passport=passport,
        claims=claims,
        recall=recalls.find_recall(passport.lot.id),
        link=gs1.link(settings().base_url, passport.gtin, passport.lot.code) if passport.gtin else None,
    )
