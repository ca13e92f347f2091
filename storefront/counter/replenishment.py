"""What the outlets of a centre have, sell and lack, and the minimums of this outlet itself.

A centre's manager sees the outlets that it supplies; who does not see an outlet does not learn what it lacks.
"""

from dataclasses import dataclass
from decimal import Decimal

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from catalog import replenishment
from catalog.db import db
from catalog.errors import Invalid, NotFound
from catalog.memberships import Task
from catalog.outlets import Outlet
from catalog.products import Variant
from catalog.replenishment import Need
from catalog.text import collation_key, fold
from storefront import deeds, units
from storefront.counter import desk
from storefront.fields import tidy
from storefront.outside import outside
from storefront.paging import paged

bp = Blueprint("replenishment", __name__, url_prefix="/<outlet>/cap-hang")

PAGE_SIZE = 40


@dataclass(frozen=True, slots=True)
class Point:
    """One supplied outlet at a glance. weekly: units it sells a week; short: kinds of goods below their mark."""

    code: str
    name: str
    kinds: int
    free: int
    weekly: Decimal
    lacking: int
    units_lacking: int
    coming: int


@dataclass(frozen=True, slots=True)
class NeedRow:
    """One variant at one outlet, in words and numbers. spare: what this centre has beyond its own minimum."""

    variant_id: int
    name: str
    unit: str
    sku: str
    need: Need
    spare: int


@bp.get("")
def show() -> str:
    """Every outlet that this one supplies, the neediest first; and what is low here."""
    points = _points()
    now = outside().now()
    found = replenishment.needs([point.id for point in points], at=now) if points else []
    rows = [_point(outlet, [need for need in found if need.outlet_id == outlet.id]) for outlet in points]
    return render_template(
        "counter/replenishment/show.html",
        points=sorted(rows, key=lambda row: (-row.units_lacking, row.code)),
        low=_named(replenishment.low(desk.here().id, at=now), {}),
    )


@bp.get("/<point>")
def point(point: str) -> str:
    """One supplied outlet: what it has, sells in a week, and lacks; what could be sent from here."""
    return _point_page(_supplied(point))


@bp.post("/<point>/soan")
def draft(point: str) -> ResponseReturnValue:
    """A draft paper with all that it lacks and this outlet can spare."""
    desk.must(Task.SEND)
    target, key = _supplied(point), deeds.sent_key()

    def deed() -> str:
        made = replenishment.draft_for(desk.here(), target, by=desk.me(), at=outside().now())
        flash(_("Đã soạn phiếu. Xem lại số lượng rồi gửi."))
        return url_for("counter.transfers.show", reference=made.reference)

    try:
        return desk.once(key, deed)
    except Invalid:
        flash(_("Điểm này không thiếu món nào mà ở đây còn dư."), "error")
        return redirect(url_for("counter.replenishment.point", point=target.code), 303)


@bp.get("/muc-toi-thieu")
def minimums() -> str:
    """The least that this outlet wants of each of its goods."""
    return _minimums()


@bp.post("/muc-toi-thieu/<int:variant>")
def set_minimum(variant: int) -> ResponseReturnValue:
    """Another minimum; 0 for none."""
    desk.must(Task.MANAGE)
    key, typed = deeds.sent_key(), request.form.get("units", "")

    def deed() -> str:
        wanted = units.read(typed, least=0)
        replenishment.set_minimum(desk.here(), variant, wanted, by=desk.me(), at=outside().now())
        flash(_("Đã lưu mức tối thiểu."))
        return url_for("counter.replenishment.minimums", q=request.form.get("q") or None)

    try:
        return desk.once(key, deed)
    except Invalid as error:
        return _minimums({variant: units.words(error)}, {variant: typed}), 422


def _points() -> list[Outlet]:
    """The supplied outlets that this person sees."""
    supplied = db.session.scalars(replenishment.supplied_by(desk.here().id))
    return [outlet for outlet in supplied if desk.me().may(Task.LOOK, outlet.id)]


def _supplied(code: str) -> Outlet:
    outlet = next((outlet for outlet in _points() if outlet.code == code), None)
    if outlet is None:
        raise NotFound(code)
    return outlet


def _point(outlet: Outlet, found: list[Need]) -> Point:
    return Point(
        code=outlet.code,
        name=outlet.name_vi,
        kinds=sum(need.free > 0 for need in found),
        free=sum(need.free for need in found),
        weekly=sum((need.weekly for need in found), Decimal(0)),
        lacking=sum(need.lack > 0 for need in found),
        units_lacking=sum(need.lack for need in found),
        coming=sum(need.coming for need in found),
    )


def _point_page(target: Outlet) -> str:
    now = outside().now()
    found = replenishment.needs([desk.here().id, target.id], at=now)
    spare = {n.variant_id: max(0, n.free - n.minimum) for n in found if n.outlet_id == desk.here().id}
    theirs = [need for need in found if need.outlet_id == target.id]
    everything = request.args.get("xem") == "het"
    listed = theirs if everything else [need for need in theirs if need.lack or need.low]
    rows = sorted(_named(listed, spare), key=lambda row: (-row.need.lack, collation_key(row.name)))
    paging = paged(len(rows), PAGE_SIZE)
    return render_template(
        "counter/replenishment/point.html",
        target=target,
        rows=rows[paging.offset : paging.offset + PAGE_SIZE],
        everything=everything,
        counts=(sum(1 for need in theirs if need.lack or need.low), len(theirs)),
        sendable=sum(1 for need in theirs if need.lack and spare.get(need.variant_id)),
        paging=paging,
    )


def _minimums(problems: dict[int, str] | None = None, typed: dict[int, str] | None = None) -> str:
    words = tidy(request.values.get("q"))
    rows = sorted(
        _named(replenishment.needs([desk.here().id], at=outside().now()), {}), key=lambda row: collation_key(row.name)
    )
    wanted = fold(words).split()
    fitting = [row for row in rows if all(word in fold(f"{row.name} {row.sku}") for word in wanted)]
    paging = paged(len(fitting), PAGE_SIZE)
    shown = fitting[paging.offset : paging.offset + PAGE_SIZE]
    wrong = [row for row in rows if row.variant_id in (problems or {}) and row not in shown]
    return render_template(
        "counter/replenishment/minimums.html",
        rows=wrong + shown,
        words=words,
        problems=problems or {},
        typed=typed or {},
        paging=paging,
    )


def _named(found: list[Need], spare: dict[int, int]) -> list[NeedRow]:
    keys = [need.variant_id for need in found]
    query = select(Variant).where(Variant.id.in_(keys)).options(joinedload(Variant.product))
    variants = {variant.id: variant for variant in db.session.scalars(query)} if keys else {}
    return [
        NeedRow(
            variant_id=need.variant_id,
            name=variants[need.variant_id].product.name_vi,
            unit=variants[need.variant_id].unit_vi,
            sku=variants[need.variant_id].sku,
            need=need,
            spare=spare.get(need.variant_id, 0),
        )
        for need in found
    ]
