"""Every change of this outlet's shelves, newest first: what, how many, who, why."""

from datetime import date

from flask import Blueprint, render_template, request
from flask_babel import gettext as _

from catalog import shelves
from catalog.errors import Invalid, NotFound
from catalog.importing import cells
from catalog.shelves import Period
from catalog.stock import MovementKind
from storefront.counter import desk, moving
from storefront.fields import tidy
from storefront.outside import outside
from storefront.paging import paged
from storefront.wording import movement_name

bp = Blueprint("movements", __name__, url_prefix="/<outlet>/bien-dong")

PAGE_SIZE = 50


@bp.get("")
def index() -> str:
    """All of them, or of one kind, of some days, of one product."""
    kind = next((kind for kind in MovementKind if kind.value == request.args.get("loai")), None)
    problems: dict[str, str] = {}
    period = Period(_day("tu", problems), _day("den", problems))
    sku = tidy(request.args.get("hang"))
    row = None
    if sku:
        try:
            row = shelves.get_row(desk.here().id, sku, at=outside().now())
        except NotFound:
            problems["hang"] = _("Điểm này chưa từng có hàng mang mã đó")
    keys = shelves.movements(
        desk.here().id,
        kinds=[kind] if kind else (),
        period=period,
        variant_id=None if row is None else row.variant_id,
    )
    total = 0 if problems else shelves.count(keys)
    paging = paged(total, PAGE_SIZE)
    page = [] if problems else shelves.read(keys.limit(PAGE_SIZE).offset(paging.offset))
    return render_template(
        "counter/movements/index.html",
        movements=moving.told(page),
        paging=paging,
        problems=problems,
        typed={name: request.args.get(name, "") for name in ("loai", "tu", "den", "hang")},
        row=row,
        kinds=[(kind.value, movement_name(kind)) for kind in MovementKind],
    )


def _day(name: str, problems: dict[str, str]) -> date | None:
    """A day of the address; what is none is said beside its field."""
    text = tidy(request.args.get(name))
    if not text:
        return None
    try:
        return cells.day(text)
    except Invalid:
        problems[name] = _("Không phải ngày có thật, hãy viết như 25/11/2026")
        return None
