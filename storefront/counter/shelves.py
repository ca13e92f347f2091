"""What stands on the shelves here: by product, and one product's lots and movements."""

from flask import Blueprint, render_template, request
from flask_babel import gettext as _

from catalog import shelves
from catalog.clock import vietnam_day
from catalog.groups import Group, find_group, groups
from catalog.shelves import Mark, Row
from storefront.counter import desk, moving
from storefront.fields import tidy
from storefront.outside import outside
from storefront.paging import paged

bp = Blueprint("shelves", __name__, url_prefix="/<outlet>/ke")

PAGE_SIZE = 40
LAST_MOVEMENTS = 10
MARKS = {"thap": Mark.LOW, "han": Mark.ENDING, "dung": Mark.STOPPED}
"""How an address names a mark."""


@bp.get("")
def index() -> str:
    """Everything that has a shelf here, by name; narrowed by words, group and what needs a look."""
    words, group = tidy(request.args.get("q")), find_group(request.args.get("nhom", ""))
    asked = request.args.get("xem", "")
    at = outside().now()
    found = shelves.listing(desk.here().id, at=at, words=words, groups=group.codes if group else ())
    chosen = [row for row in found if asked not in MARKS or MARKS[asked] in row.marks]
    paging = paged(len(chosen), PAGE_SIZE)
    return render_template(
        "counter/shelves/index.html",
        rows=chosen[paging.offset : paging.offset + PAGE_SIZE],
        paging=paging,
        words=words,
        group=group.slug if group else "",
        groups=_choices(),
        marked=asked if asked in MARKS else "",
        counts={name: sum(mark in row.marks for row in found) for name, mark in MARKS.items()} | {"": len(found)},
        marks=marks_of,
    )


@bp.get("/<sku>")
def show(sku: str) -> str:
    """One product here: how much, in which lots, and what happened to it last."""
    at, outlet = outside().now(), desk.here().id
    row = shelves.get_row(outlet, sku, at=at)
    keys = shelves.movements(outlet, variant_id=row.variant_id)
    return render_template(
        "counter/shelves/show.html",
        row=row,
        lots=shelves.lots_of(outlet, row.variant_id, at=at),
        today=vietnam_day(at),
        marks=marks_of,
        movements=moving.told(shelves.read(keys.limit(LAST_MOVEMENTS))),
    )


def marks_of(row: Row) -> list[tuple[str, str]]:
    """(style of the badge, words) of what needs a look."""
    words = {
        Mark.LOW: ("few", _("Sắp hết hàng")),
        Mark.ENDING: ("few", _("Gần hoặc quá hạn")),
        Mark.STOPPED: ("out", _("Có hàng không bán được")),
    }
    return [words[mark] for mark in Mark if mark in row.marks]


def _choices() -> list[Group]:
    return [group for group in groups() if group.slug != "du-lich-cong-dong" and group.parent != "du-lich-cong-dong"]
