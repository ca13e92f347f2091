"""Counting the shelves of this outlet. Whoever counts does not see what the books say; whoever approves sees both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from catalog import stocktakes
from catalog.db import count_rows, db, transaction
from catalog.errors import Conflict, DomainError, Forbidden, Invalid
from catalog.groups import find_group, group_of
from catalog.lots import Lot
from catalog.memberships import Task
from catalog.money import Money
from catalog.products import Product, Variant
from catalog.stock import StockLevel
from catalog.stocktakes import (
    CountedElsewhere,
    OnlyCounter,
    PromisedUnits,
    ShelfMoved,
    Stocktake,
    StocktakeLine,
    StocktakeState,
    Unsettled,
)
from catalog.text import collation_key, fold
from checkout import orders
from storefront import deeds, filters, programme, units
from storefront.counter import desk
from storefront.fields import tidy
from storefront.outside import outside
from storefront.paging import paged

bp = Blueprint("stocktakes", __name__, url_prefix="/<outlet>/kiem-ke")

PAGE_SIZE = 30
SHOWN_LINES = 30
"""Lines with a field of their own on one page; what is counted leaves the list and makes room."""
SHOWN_PRODUCTS = 60
Problems = dict[str, str]
"""What is wrong, in words, by the id of its field."""


@dataclass(frozen=True, slots=True)
class Row:
    """One stocktake in a list."""

    reference: str
    title: str
    state_name: str
    counted: int
    lines: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Scope:
    """What could be counted here: a group (value: its address) or a product (value: its key). shelves: with units."""

    value: str
    name: str
    shelves: int


@dataclass(frozen=True, slots=True)
class CountLine:
    """One shelf to count. mark: what the shelf's page was opened at; times: how often it was counted."""

    id: int
    name: str
    unit: str
    sku: str
    lot: str
    best_before: str
    consigned: bool
    mark: int
    times: int
    settled: bool
    counted: int | None


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """One shelf that differs. since: units that came or went after its count."""

    id: int
    name: str
    unit: str
    lot: str
    consigned: bool
    expected: int
    counted: int
    difference: int
    amount: Money
    since: int
    times: int


@bp.get("")
def index() -> str:
    """What is being counted, and what has been."""
    outlet = desk.here().id
    total = count_rows(stocktakes.over_at(outlet))
    paging = paged(total, PAGE_SIZE)
    over = stocktakes.over_at(outlet).limit(PAGE_SIZE).offset(paging.offset)
    return render_template(
        "counter/stocktakes/index.html",
        open_rows=_rows(list(db.session.scalars(stocktakes.under_way(outlet)))),
        rows=_rows(list(db.session.scalars(over))),
        paging=paging,
    )


@bp.route("/moi", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Begin: a whole group, or some products."""
    desk.must(Task.COUNT)
    if request.method == "GET":
        return _choosing({})
    group = find_group(request.form.get("group", ""))
    keys = [int(key) for key in request.form.getlist("product") if key.isascii() and key.isdigit() and len(key) < 12]
    if (group is None) == (not keys):
        one = _("Chọn một nhóm hàng, hoặc đánh dấu các mặt hàng cần đếm")
        both = _("Chọn một nhóm hàng hoặc các mặt hàng, không cả hai")
        return _choosing({"scope": both if keys else one})
    title = group.name_vi if group else _product_title(keys)

    def deed() -> str:
        started = stocktakes.start(
            desk.here(), title=title, group=group, product_ids=keys, by=desk.me(), at=outside().now()
        )
        return _address(started.reference)

    try:
        return desk.once(deeds.sent_key(), deed)
    except CountedElsewhere as counted:
        problem = _(
            "Một phần đang được đếm ở phiếu %(reference)s. Xong phiếu đó rồi bắt đầu", reference=counted.reference
        )
    except Invalid as error:
        problem = (
            _("Không có món nào trên kệ để đếm")
            if error.reason == "empty"
            else _("Quá %(n)s dòng một lần. Chọn ít hơn", n=filters.number(stocktakes.MOST_LINES))
        )
    return _choosing({"scope": problem})


@bp.get("/<reference>")
def show(reference: str) -> ResponseReturnValue:
    """Count; once that is finished, the review."""
    stocktake = _mine(reference)
    if stocktake.state is not StocktakeState.COUNTING:
        return redirect(url_for("counter.stocktakes.review", reference=reference))
    return _counting(stocktake)


@bp.post("/<reference>/dem/<int:line>")
def count(reference: str, line: int) -> ResponseReturnValue:
    """Write what lies on one shelf."""
    desk.must(Task.COUNT)
    stocktake, key = _mine(reference), deeds.sent_key()
    typed, mark = request.form.get("units", ""), request.form.get("mark", "")
    name = stocktakes.get_line(stocktake, line).variant.product.name_vi

    def deed() -> str:
        counted = stocktakes.count(
            stocktake, line, units.read(typed, least=0), mark=_mark(mark), by=desk.me(), at=outside().now()
        )
        if counted.settled:
            flash(_("Đã ghi: %(name)s.", name=name))
        else:
            flash(_("%(name)s không khớp sổ. Đếm lại lần nữa, tốt nhất là người khác đếm.", name=name), "warning")
        return _address(reference, shown=request.form.get("xem") or None)

    try:
        return desk.once(key, deed)
    except Invalid as error:
        problem = units.words(error)
    except ShelfMoved as moved:
        problem = _(
            "Kệ này đã đổi từ %(was)s thành %(now)s từ lúc bạn mở trang. Chưa ghi gì: đếm lại rồi lưu.",
            was=filters.number(moved.was), now=filters.number(moved.now),
        )  # fmt: skip
    except Conflict:
        return _over(reference)
    return _counting(_mine(reference), {f"units-{line}": problem}, typed={line: typed}), 422


@bp.post("/<reference>/them")
def add(reference: str) -> ResponseReturnValue:
    """Something lies there that is not on the list."""
    desk.must(Task.COUNT)
    stocktake, key = _mine(reference), deeds.sent_key()
    code = tidy(request.form.get("code"))
    found = list(db.session.scalars(_lots_of(code))) if code else []
    if len(found) != 1:
        problem = (
            _("Nhập mã lô hay mã hàng in trên nhãn")
            if not code
            else _("Mã này có nhiều lô: %(codes)s. Nhập mã lô", codes=", ".join(lot.code for lot in found[:6]))
            if found
            else _("Không có lô hay hàng nào mang mã này")
        )
        return _counting(stocktake, {"code": problem}, code=code), 422

    name = found[0].variant.product.name_vi

    def deed() -> str:
        consigned = request.form.get("consigned") == "1"
        stocktakes.find_more(stocktake, found[0], consigned=consigned, by=desk.me(), at=outside().now())
        flash(_("Đã thêm vào phiếu: %(name)s.", name=name))
        return _address(reference)

    try:
        return desk.once(key, deed)
    except CountedElsewhere as elsewhere:
        problem = _("Lô này đang được đếm ở phiếu %(reference)s", reference=elsewhere.reference)
    except Conflict:
        if _mine(reference).state is not StocktakeState.COUNTING:
            return _over(reference)
        problem = _("Lô này có trong phiếu rồi")
    return _counting(_mine(reference), {"code": problem}, code=code), 422


@bp.post("/<reference>/xong")
def finish(reference: str) -> ResponseReturnValue:
    """All is counted."""
    desk.must(Task.COUNT)
    stocktake, key = _mine(reference), deeds.sent_key()

    def deed() -> str:
        stocktakes.finish(stocktake, by=desk.me(), at=outside().now())
        flash(_("Đã đếm xong, chờ duyệt."))
        return url_for("counter.stocktakes.review", reference=reference)

    try:
        return desk.once(key, deed)
    except Unsettled as left:
        problem = _(
            "Chưa xong: còn %(n)s dòng chưa đếm, %(m)s dòng phải đếm lại", n=len(left.uncounted), m=len(left.again)
        )
        return _counting(_mine(reference), {"top": problem}), 422
    except Conflict:
        return _over(reference)


@bp.get("/<reference>/duyet")
def review(reference: str) -> ResponseReturnValue:
    """What differs, the dearest first, and what approval will do."""
    stocktake = _mine(reference)
    if stocktake.state is StocktakeState.COUNTING:
        return redirect(_address(reference))
    return _reviewing(stocktake, {})


@bp.post("/<reference>/duyet")
def approve(reference: str) -> ResponseReturnValue:
    """Put the levels right."""
    desk.must(Task.APPROVE)
    stocktake, key = _mine(reference), deeds.sent_key()
    with transaction():  # promises whose time has run out stand in nobody's way
        orders.expire_overdue(at=outside().now(), variant_ids=[line.variant_id for line in stocktake.lines])

    def deed() -> str:
        stocktakes.approve(stocktake, limit=_limit(), by=desk.me(), at=outside().now())
        flash(_("Đã duyệt, số trên kệ đã đúng theo lần đếm."))
        return url_for("counter.stocktakes.review", reference=reference)

    try:
        return desk.once(key, deed)
    except PromisedUnits as promised:
        problems = {
            f"line-{held.line_id}": _(
                "Duyệt thì còn %(left)s, mà đã giữ %(held)s cho đơn. Giao hoặc hủy đơn trước, hay gửi lại để đếm",
                left=filters.number(max(0, held.would_leave)), held=filters.number(held.held),
            )
            for held in promised.lines
        }  # fmt: skip
        return _reviewing(_mine(reference), problems, 422)
    except OnlyCounter:
        return _reviewing(_mine(reference), {"top": _refusal_words(OnlyCounter(reference))}, 422)
    except Conflict:
        return _over(reference)


@bp.post("/<reference>/tra-lai")
def send_back(reference: str) -> ResponseReturnValue:
    """Count further before anybody approves."""
    desk.must(Task.LOOK)
    return _act(reference, stocktakes.send_back, _("Đã gửi lại để đếm."))


@bp.post("/<reference>/huy")
def cancel(reference: str) -> ResponseReturnValue:
    """Throw it away."""
    desk.must(Task.COUNT)
    return _act(reference, stocktakes.cancel, _("Đã hủy phiếu kiểm kê, số trên kệ giữ nguyên."))


def state_name(stocktake: Stocktake) -> str:
    """How far it is."""
    return {
        StocktakeState.COUNTING: _("Đang đếm"),
        StocktakeState.REVIEW: _("Chờ duyệt"),
        StocktakeState.APPROVED: _("Đã duyệt"),
        StocktakeState.CANCELLED: _("Đã hủy"),
    }[stocktake.state]


def _mine(reference: str) -> Stocktake:
    return stocktakes.get_stocktake(desk.here().id, reference)


def _address(reference: str, *, shown: str | None = None) -> str:
    return url_for("counter.stocktakes.show", reference=reference, xem=shown)


def _limit() -> Money:
    return programme.count_limit()


def _act(reference: str, verb: Callable[..., None], done: str) -> ResponseReturnValue:
    stocktake, key = _mine(reference), deeds.sent_key()

    def deed() -> str:
        verb(stocktake, by=desk.me(), at=outside().now())
        flash(done)
        return _address(reference)

    try:
        return desk.once(key, deed)
    except Conflict:
        return _over(reference)


def _over(reference: str) -> ResponseReturnValue:
    """Somebody has taken the next step meanwhile: the page as it is now says what can be done."""
    stocktake = _mine(reference)
    problem = {"top": _("Không làm được nữa: phiếu này %(state)s", state=state_name(stocktake).lower())}
    if stocktake.state is StocktakeState.COUNTING:
        return _counting(stocktake, problem), 422
    return _reviewing(stocktake, problem, 422)


def _choosing(problems: Problems) -> ResponseReturnValue:
    words = tidy(request.values.get("tim"))
    groups, products = _scopes(words)
    page = render_template(
        "counter/stocktakes/new.html",
        groups=groups,
        products=products[:SHOWN_PRODUCTS],
        left_out=max(0, len(products) - SHOWN_PRODUCTS),
        words=words,
        chosen_group=request.form.get("group", ""),
        chosen=request.form.getlist("product"),
        problems=problems,
    )
    return page, 422 if problems else 200


def _scopes(words: str) -> tuple[list[Scope], list[Scope]]:
    """Groups and products with units here; the products only those with these words in their names."""
    shelves = func.count(StockLevel.id)
    query = (
        select(Product.id, Product.name_vi, Product.group_code, shelves)
        .join(Variant, Variant.product_id == Product.id)
        .join(StockLevel, StockLevel.variant_id == Variant.id)
        .where(StockLevel.outlet_id == desk.here().id, StockLevel.on_hand > 0)
        .group_by(Product.id, Product.name_vi, Product.group_code)
    )
    rows = db.session.execute(query).all()
    by_group: dict[str, int] = {}
    for row in rows:
        by_group[row.group_code] = by_group.get(row.group_code, 0) + row[3]
    groups = [Scope(group_of(code).slug, group_of(code).name_vi, n) for code, n in sorted(by_group.items())]
    wanted = fold(words).split()
    products = [
        Scope(str(row.id), row.name_vi, row[3]) for row in rows if all(word in fold(row.name_vi) for word in wanted)
    ]
    return groups, sorted(products, key=lambda scope: collation_key(scope.name))


def _product_title(keys: Sequence[int]) -> str:
    names = list(db.session.scalars(select(Product.name_vi).where(Product.id.in_(keys)).order_by(Product.id)))
    first = names[0] if names else ""
    return first[:120] if len(names) < 2 else _("%(name)s và %(n)s món khác", name=first[:100], n=len(names) - 1)


def _counting(
    stocktake: Stocktake, problems: Problems | None = None, *, typed: dict[int, str] | None = None, code: str = ""
) -> str:
    marks = stocktakes.marks([line.level_id for line in stocktake.lines])
    lines = sorted((_count_line(line, marks) for line in stocktake.lines), key=lambda line: collation_key(line.name))
    lists = {
        "chua": [line for line in lines if not line.times],
        "lai": [line for line in lines if line.times and not line.settled],
        "xong": [line for line in lines if line.settled],
    }
    asked = request.values.get("xem", "")
    shown = asked if lists.get(asked) else next((name for name in ("chua", "lai") if lists[name]), "xong")
    wrong = [line for line in lines if f"units-{line.id}" in (problems or {})]
    words = tidy(request.args.get("q"))
    found = [line for line in lines if words and _fits(line, words)]
    listed = found if words else lists[shown]
    visible = wrong + [line for line in listed if line not in wrong][:SHOWN_LINES]
    return render_template(
        "counter/stocktakes/show.html",
        stocktake=stocktake,
        lines=visible,
        left_out=len(listed) + len([line for line in wrong if line not in listed]) - len(visible),
        shown=shown,
        counts={name: len(found) for name, found in lists.items()},
        words=words,
        problems=problems or {},
        typed=typed or {},
        code=code,
    )


def _fits(line: CountLine, words: str) -> bool:
    if words.upper() in (line.sku.upper(), line.lot.upper()):
        return True
    return all(word in fold(f"{line.name} {line.sku} {line.lot}") for word in fold(words).split())


def _count_line(line: StocktakeLine, marks: dict[int, int]) -> CountLine:
    return CountLine(
        id=line.id,
        name=line.variant.product.name_vi,
        unit=line.variant.unit_vi,
        sku=line.variant.sku,
        lot=line.lot.code,
        best_before=filters.day(line.lot.best_before) if line.lot.best_before else "",
        consigned=line.level.consigned,
        mark=marks[line.level_id],
        times=len(line.counts),
        settled=line.settled,
        counted=line.counts[-1].counted if line.settled else None,
    )


def _reviewing(stocktake: Stocktake, problems: Problems, status: int = 200) -> ResponseReturnValue:
    since = stocktakes.moved_since(stocktake) if stocktake.state is StocktakeState.REVIEW else {}
    lines = [_review_line(line, since.get(line.id, 0)) for line in stocktake.lines if line.difference]
    lines.sort(key=lambda line: (-abs(line.amount.minor), collation_key(line.name)))
    waiting = stocktake.state is StocktakeState.REVIEW
    refusal = stocktakes.refusal(stocktake, limit=_limit(), by=desk.me()) if waiting else None
    page = render_template(
        "counter/stocktakes/review.html",
        stocktake=stocktake,
        state_name=state_name(stocktake),
        lines=lines,
        agreed=len(stocktake.lines) - len(lines),
        value=Money(stocktake.value),
        missing=Money(-sum(line.amount.minor for line in lines if line.difference < 0)),
        surplus=Money(sum(line.amount.minor for line in lines if line.difference > 0)),
        waiting=waiting,
        refusal=_refusal_words(refusal) if refusal else None,
        may_send_back=waiting and (desk.may(Task.COUNT) or desk.may(Task.APPROVE)),
        problems=problems,
    )
    return page, status


def _review_line(line: StocktakeLine, since: int) -> ReviewLine:
    last = line.counts[-1]
    return ReviewLine(
        id=line.id,
        name=line.variant.product.name_vi,
        unit=line.variant.unit_vi,
        lot=line.lot.code,
        consigned=line.level.consigned,
        expected=last.expected,
        counted=last.counted,
        difference=line.difference,
        amount=line.amount,
        since=since,
        times=len(line.counts),
    )


def _refusal_words(refusal: DomainError) -> str:
    if isinstance(refusal, Forbidden):
        return _(
            "Bạn không duyệt được phiếu này: đến %(limit)s do quản lý điểm duyệt, trên đó do trung tâm cấp hàng.",
            limit=filters.money(_limit()),
        )
    return _("Chỉ mình bạn đếm phiếu này, nên người khác phải duyệt.")


def _rows(found: list[Stocktake]) -> list[Row]:
    counted = stocktakes.counted_lines([stocktake.id for stocktake in found])
    return [
        Row(
            stocktake.reference, stocktake.title, state_name(stocktake), *counted.get(stocktake.id, (0, 0)),
            stocktake.closed_at or stocktake.started_at,
        )
        for stocktake in found
    ]  # fmt: skip


def _lots_of(code: str) -> Select[Lot]:
    typed = code.upper()
    named = (func.upper(Lot.code) == typed) | (func.upper(Variant.sku) == typed) | (Variant.gtin == typed)
    query = select(Lot).join(Variant, Variant.id == Lot.variant_id).where(named).order_by(Lot.id.desc()).limit(7)
    return query.options(joinedload(Lot.variant).joinedload(Variant.product))


def _mark(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1
