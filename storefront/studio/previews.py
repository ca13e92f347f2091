"""The shop's own pages, as they would be with what a draft says."""

from dataclasses import replace
from typing import Any

from flask_babel import gettext as _

from catalog import pages, showcase
from catalog.atlas import map_outline
from catalog.clock import vietnam_day
from catalog.groups import group_of
from catalog.producers import Producer
from catalog.products import Product, VatClass
from checkout import reviews
from storefront import filters, pictures, product_words, security, visitor, wording
from storefront.outside import outside
from storefront.programme import lapsed, rules
from storefront.studio.sections import Workpiece

FRAMED = {
    "Content-Security-Policy": security.POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'"),
    "X-Frame-Options": "SAMEORIGIN",
}
"""Headers of a preview, which a page of ours may show in a frame."""
FRAMING = {"Content-Security-Policy": f"{security.POLICY}; frame-src 'self'"}
"""Headers of the page with the frame."""


def product(piece: Workpiece) -> dict[str, Any] | None:
    """What the product's page shows; None while there is no size to show."""
    assert isinstance(piece.page, Product)
    imagined, at = pages.imagine(piece.page, piece.values), outside().now()
    if not imagined.sizes:
        return None
    page = showcase.page_of(
        imagined.product,
        imagined.sizes,
        imagined.photos,
        outside().columns.current(at=at),
        near=visitor.near(),
        at=at,
        lapsed=lapsed(),
        holidays=rules().holidays,
    )
    shown = {picture["stem"] for picture in piece.live["pictures"]}
    folder = pictures.folder_of("studio.pictures.file", code=piece.page.code)
    drawn = tuple(each if each.stem in shown else replace(each, folder=folder) for each in page.pictures)
    page, day = replace(page, pictures=drawn), vietnam_day(at)
    return {
        "page": page,
        "form": None,
        "group": group_of(page.group_code),
        "chosen": page.variants[0],
        "orderable": False,
        "why_not": _("Đây là bản xem trước, chưa mua được."),
        "vat_percent": filters.percent(rules().vat.rate(VatClass(page.vat_class), day)),
        "season": wording.season_words(page.months, day.month),
        "facts": product_words.facts(page),
        "shelves": [],
        "promise": None,
        "trail": product_words.trail(page),
        "map_outline": map_outline(),
        "opinions": reviews.opinions(page.id),
        "jsonld": "",
    }


def producer(piece: Workpiece) -> dict[str, Any]:
    """What the producer's page shows."""
    assert isinstance(piece.page, Producer)
    imagined, at = pages.imagine_producer(piece.page, piece.values), outside().now()
    page = showcase.producer_page(imagined, outside().columns.current(at=at), at=at, lapsed=lapsed())
    return {"page": page, "map_outline": map_outline(), "jsonld": ""}
