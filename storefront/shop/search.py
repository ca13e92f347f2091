"""Search: the index ranks, the database tells prices, stock and stars. Without an index the columns answer plainly."""

from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask_babel import gettext as _

from catalog.columns import Columns
from catalog.search.index import IndexMissing
from catalog.search.query import Found
from storefront import age
from storefront.extensions import limiter
from storefront.keeping import kept
from storefront.logs import log
from storefront.outside import outside
from storefront.shop.listing import listing

bp = Blueprint("search", __name__, url_prefix="/tim-kiem")
MAX_QUERY = 5_000


@dataclass(frozen=True, slots=True)
class SuggestionItem:
    """One line of the listbox. slug: of the product's page, or None for a word to search for."""

    kind: str
    text: str
    slug: str | None


@bp.get("")
@limiter.limit("120 per minute")
@kept
def show() -> str:
    """What somebody typed, as a list."""
    q = _query()
    columns = age.columns()
    found = _find(q, columns) if q else None
    shown = listing(columns, among=list(found.ids) if found else None)
    return render_template(
        "shop/search/show.html",
        q=q,
        # a word that only hidden goods have in their names is not told
        corrected=found.corrected if found and (shown.total or not age.hides_alcohol()) else None,
        listing=shown,
        suggestions=_nearest(q) if found and not found.ids else [],
        heading=_("Tìm sản phẩm"),
    )


@bp.get("/goi-y")
@limiter.limit("240 per minute")
def suggest() -> str:
    """The listbox under the search field."""
    columns = outside().columns.current(at=outside().now())
    items = []
    try:
        for hint in outside().index.suggest(_query()):
            if hint.id is None:
                items.append(SuggestionItem("word", hint.text, None))
            elif hint.id in columns.slugs:
                items.append(SuggestionItem("product", hint.text, columns.slugs[hint.id]))
    except IndexMissing:
        items = []
    return render_template("shop/search/_suggestions.html", items=items)


def _query() -> str:
    return request.args.get("q", "")[:MAX_QUERY].strip()


def _find(q: str, columns: Columns) -> Found:
    try:
        return outside().index.find(q, as_typed=request.args.get("nguyen") == "1")
    except IndexMissing:
        log.warning("index missing, answered from the columns")
        return Found(ids=tuple(columns.matching(q)), terms=(), corrected=None, mode="all")


def _nearest(q: str) -> list[str]:
    try:
        return [hint.text for hint in outside().index.suggest(q.split()[0] if q.split() else "")][:6]
    except IndexMissing:
        return []
