"""Goods sent to and received from other outlets. Each outlet sees a paper from its own side only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select
from wtforms import SelectField, StringField
from wtforms.validators import Length

from catalog import replenishment, transfers
from catalog.db import db, transaction
from catalog.errors import Conflict, Invalid, NotFound, OutOfStock
from catalog.memberships import Task
from catalog.outlets import Outlet
from catalog.transfers import (
    Arrival,
    DifferenceCause,
    LineShort,
    ReceivedMeanwhile,
    Transfer,
    TransferState,
)
from checkout import orders
from storefront import deeds, pictures, units, uploads
from storefront.counter import desk, goods
from storefront.deeds import KeyedForm
from storefront.fields import Needed, tidy
from storefront.outside import outside
from storefront.paging import paged

bp = Blueprint("transfers", __name__, url_prefix="/<outlet>/chuyen")

PAGE_SIZE = 30
Problems = dict[str, str]
"""What is wrong, in words, by the id of its field."""


@dataclass(frozen=True, slots=True)
class Row:
    """One paper in a list. other: the outlet at its other end."""

    reference: str
    other: str
    incoming: bool
    state_name: str
    lines: int
    units: int
    at: datetime


class DraftForm(KeyedForm):
    """Where to."""

    target = SelectField(_l("Gửi đến"), validators=[Needed(_l("Chọn nơi nhận"))], validate_choice=False)
    note = StringField(
        _l("Ghi chú cho người nhận"),
        filters=[tidy],
        validators=[Length(max=300, message=_l("Ghi chú dài quá 300 ký tự"))],
    )


@bp.get("")
def index() -> str:
    """What is on the way here, what has left, what is still being written, what is over."""
    outlet = desk.here().id
    lists: dict[str, Select[Transfer]] = {
        "toi": transfers.coming_to(outlet),
        "di": transfers.sent_from(outlet),
        "nhap": transfers.drafts_of(outlet),
        "xong": transfers.over_at(outlet),
    }
    counts = {name: transfers.how_many(query) for name, query in lists.items()}
    shown = request.args.get("xem", "")
    shown = shown if shown in lists else next((name for name in ("toi", "nhap", "di") if counts[name]), "toi")
    paging = paged(counts[shown], PAGE_SIZE)
    found = db.session.scalars(lists[shown].limit(PAGE_SIZE).offset(paging.offset)).unique().all()
    return render_template(
        "counter/transfers/index.html",
        rows=_rows(list(found)), shown=shown, counts=counts, paging=paging,
    )  # fmt: skip


@bp.route("/moi", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Begin a paper: choose where to."""
    desk.must(Task.SEND)
    targets = list(db.session.scalars(transfers.partners(desk.here())))
    form = DraftForm(target=request.args.get("den", ""))
    form.target.choices = [("", _("Chọn nơi nhận")), *((o.code, f"{o.code} · {o.name_vi}") for o in targets)]
    if request.method == "POST" and form.validate():
        chosen = next((outlet for outlet in targets if outlet.code == form.target.data), None)
        if chosen is not None:
            return desk.once(form.key.data, lambda: _draft(chosen, form.note.data))
        form.target.errors = [_("Điểm này không gửi hàng đến nơi đó. Chọn một nơi trong danh sách")]
    page = render_template("counter/transfers/new.html", form=form, targets=targets)
    return page, 422 if form.errors else 200


@bp.get("/<reference>")
def show(reference: str) -> str:
    """The paper, with what this side can do next."""
    return _page(_mine(reference))


@bp.post("/<reference>/them")
def add(reference: str) -> ResponseReturnValue:
    """Put goods on the draft, by what was scanned or typed."""
    desk.must(Task.SEND)
    transfer, key = _mine(reference), deeds.sent_key()
    code, typed = tidy(request.form.get("code")), request.form.get("units", "1")
    found = goods.by_code(code) if code else None
    choices = [] if found else goods.by_words(code)
    problems: Problems = {}
    if not found:
        problems["scan"] = _unfound(code, bool(choices))
    try:
        wanted = units.read(typed)
    except Invalid as error:
        problems["units"] = units.words(error)
    if found and not problems:
        lot_id = found.lot.id if found.lot else None

        def deed() -> str:
            now = outside().now()
            transfers.add(transfer, found.variant, wanted, lot_id=lot_id, by=desk.me(), at=now)
            return _address(reference)

        try:
            return desk.once(key, deed)
        except OutOfStock as short:
            problems["units"] = _("Ở đây chỉ còn %(n)s chưa có trong phiếu", n=short.free)
        except Invalid:
            problems["scan"] = _("Phiếu đã đủ %(n)s dòng, hãy lập phiếu khác", n=transfers.MOST_LINES)
        except Conflict:
            return _over(reference)
    return _page(_mine(reference), problems, code=code, typed=typed, choices=choices), 422


@bp.post("/<reference>/dong/<int:line>")
def change(reference: str, line: int) -> ResponseReturnValue:
    """Another number of units on a line of the draft; 0 takes it off."""
    desk.must(Task.SEND)
    transfer, key = _mine(reference), deeds.sent_key()
    typed = "0" if "remove" in request.form else request.form.get("units", "")

    def deed() -> str:
        transfers.change(transfer, line, units.read(typed, least=0), by=desk.me(), at=outside().now())
        return _address(reference)

    field = f"units-{line}"
    try:
        return desk.once(key, deed)
    except Invalid as error:
        problem = units.words(error)
    except LineShort as short:
        problem = _("Ở đây chỉ còn %(n)s bán được của lô này", n=short.free)
    except Conflict:
        return _over(reference)
    return _page(_mine(reference), {field: problem}, lines_typed={line: typed}), 422


@bp.post("/<reference>/goi-y")
def fill(reference: str) -> ResponseReturnValue:
    """Put on the draft what its target lacks and this outlet can spare."""
    desk.must(Task.SEND)
    transfer, key = _mine(reference), deeds.sent_key()
    source, target = transfer.source, transfer.target

    def deed() -> str:
        added = replenishment.fill(transfer, source, target, by=desk.me(), at=outside().now())
        flash(_("Đã thêm %(n)s mặt hàng mà nơi nhận đang thiếu.", n=added))
        return _address(reference)

    try:
        return desk.once(key, deed)
    except Invalid:
        flash(_("Nơi nhận không thiếu món nào mà ở đây còn dư."), "error")
    except Conflict:
        return _over(reference)
    return redirect(_address(reference), 303)


@bp.post("/<reference>/gui")
def send(reference: str) -> ResponseReturnValue:
    """The driver has the goods."""
    desk.must(Task.SEND)
    transfer, key = _mine(reference), deeds.sent_key()
    variants = [line.variant_id for line in transfer.lines]
    with transaction():  # promises whose time has run out stand in nobody's way
        orders.expire_overdue(at=outside().now(), variant_ids=variants)

    def deed() -> str:
        transfers.send(transfer, by=desk.me(), at=outside().now())
        flash(_("Đã ghi là gửi đi. In phiếu kèm theo hàng."))
        return _address(reference)

    try:
        return desk.once(key, deed)
    except LineShort as short:
        words = (
            _("Lô này đã dừng bán hoặc hết hạn, không gửi được. Bỏ dòng này")
            if not short.free
            else _("Chỉ còn %(n)s, phần kia vừa bán hoặc đã giữ cho đơn. Sửa số lượng", n=short.free)
        )
        return _page(_mine(reference), {f"units-{short.line_id}": words}), 422
    except Invalid:
        return _page(_mine(reference), {"scan": _("Phiếu chưa có món nào. Thêm hàng rồi gửi")}), 422
    except Conflict:
        return _over(reference)


@bp.post("/<reference>/huy")
def cancel(reference: str) -> ResponseReturnValue:
    """Throw the draft away."""
    desk.must(Task.SEND)
    return _act(reference, transfers.cancel, _("Đã hủy phiếu."))


@bp.post("/<reference>/lay-lai")
def take_back(reference: str) -> ResponseReturnValue:
    """Everything that was sent has come back."""
    desk.must(Task.SEND)
    return _act(reference, transfers.take_back, _("Đã lấy lại, hàng trở về kệ."))


@bp.route("/<reference>/nhan", methods=["GET", "POST"])
def receive(reference: str) -> ResponseReturnValue:
    """Count in what came, line by line; what differs gets a cause."""
    desk.must(Task.RECEIVE)
    transfer = _mine(reference)
    if transfer.target_id != desk.here().id:
        raise NotFound(reference)
    if request.method == "GET":
        if transfer.state not in transfers.ON_THE_WAY:
            return redirect(_address(reference))
        return _receiving(transfer, {}, 200)
    arrivals, problems = _arrivals(transfer)
    if problems:
        return _receiving(transfer, problems, 422)

    def deed() -> str:
        seen = int(request.form.get("seen", "0"))
        transfers.receive(transfer, arrivals, seen=seen, by=desk.me(), at=outside().now())
        flash(_("Đã nhận. Hàng đã lên kệ."))
        return _address(reference)

    try:
        return desk.once(deeds.sent_key(), deed)
    except Invalid:
        problems = _beyond_sent(_mine(reference), arrivals)
    except ReceivedMeanwhile:
        problems = {"top": _("Có người vừa nhận một phần phiếu này. Xem lại số còn trên đường rồi ghi tiếp")}
    except Conflict:
        return _over(reference)
    return _receiving(_mine(reference), problems, 422)


@bp.get("/<reference>/phieu")
def slip(reference: str) -> str:
    """The paper that travels with the goods."""
    return render_template("counter/transfers/slip.html", transfer=_mine(reference), cause_name=cause_name)


@bp.get("/<reference>/anh/<int:difference>.webp")
def photo(reference: str, difference: int) -> Response:
    """The picture of a difference, for the two outlets that it concerns."""
    return uploads.show(transfers.get_difference(_mine(reference), difference).photo)


@bp.post("/<reference>/anh/<int:difference>")
@uploads.takes_pictures
def add_photo(reference: str, difference: int) -> ResponseReturnValue:
    """Show what is broken."""
    desk.must(Task.RECEIVE)
    transfer, key = _mine(reference), deeds.sent_key()
    if transfer.target_id != desk.here().id:
        raise NotFound(reference)
    found = transfers.get_difference(transfer, difference)
    field = f"picture-{difference}"
    try:
        picture = uploads.read_picture(request.files.get("picture"))
    except Invalid as error:
        return _page(transfer, {field: pictures.why(error)}), 422
    kept: list[str] = []

    def deed() -> str:
        kept.append(uploads.keep(picture))
        transfers.show_difference(transfer, found, kept[0], by=desk.me(), at=outside().now())
        return _address(reference)

    try:
        return desk.once(key, deed)
    except Conflict:
        uploads.forget(kept[0])
        return _page(_mine(reference), {"top": _("Chỗ lệch này đã có ảnh")}), 422


def state_name(transfer: Transfer) -> str:
    """How far it is, in words of the side that looks."""
    incoming = transfer.target_id == desk.here().id
    return {
        TransferState.DRAFT: _("Đang soạn"),
        TransferState.SENT: _("Đang tới") if incoming else _("Đã gửi, chờ nơi nhận"),
        TransferState.RECEIVED: _("Đã nhận một phần"),
        TransferState.CLOSED: _("Đã nhận xong"),
        TransferState.CANCELLED: _("Đã hủy") if transfer.sent_at is None else _("Đã lấy lại"),
    }[transfer.state]


def cause_name(cause: DifferenceCause) -> str:
    """Why it did not arrive as sent."""
    return {
        DifferenceCause.BROKEN: _("Vỡ, hỏng"),
        DifferenceCause.MISSING: _("Thiếu"),
        DifferenceCause.EXPIRED: _("Hết hạn"),
        DifferenceCause.WRONG_ITEM: _("Nhầm hàng"),
    }[cause]


def _mine(reference: str) -> Transfer:
    return transfers.get_transfer(desk.here().id, reference)


def _address(reference: str) -> str:
    return url_for("counter.transfers.show", reference=reference)


def _draft(target: Outlet, note: str) -> str:
    return _address(transfers.draft(desk.here(), target, note=note, by=desk.me(), at=outside().now()).reference)


def _act(reference: str, verb: Callable[..., None], done: str) -> ResponseReturnValue:
    transfer, key = _mine(reference), deeds.sent_key()

    def deed() -> str:
        verb(transfer, by=desk.me(), at=outside().now())
        flash(done)
        return _address(reference)

    try:
        return desk.once(key, deed)
    except Conflict:
        return _over(reference)


def _over(reference: str) -> ResponseReturnValue:
    """Somebody has taken the next step meanwhile: the page as it is now says what can be done."""
    db.session.rollback()
    name = state_name(_mine(reference)).lower()
    return _page(_mine(reference), {"top": _("Không làm được nữa: phiếu này %(state)s", state=name)}), 422


def _page(
    transfer: Transfer,
    problems: Problems | None = None,
    *,
    code: str = "",
    typed: str = "1",
    choices: list[goods.Choice] | None = None,
    lines_typed: dict[int, str] | None = None,
) -> str:
    here = desk.here().id
    drafting = transfer.state is TransferState.DRAFT and desk.may(Task.SEND)
    return render_template(
        "counter/transfers/show.html",
        transfer=transfer,
        incoming=transfer.target_id == here,
        drafting=drafting,
        sees_target=drafting and desk.me().may(Task.LOOK, transfer.target_id),
        state_name=state_name(transfer),
        cause_name=cause_name,
        problems=problems or {},
        code=code,
        typed=typed,
        choices=choices or [],
        lines_typed=lines_typed or {},
    )


def _receiving(transfer: Transfer, problems: Problems, status: int) -> ResponseReturnValue:
    open_lines = [line for line in transfer.lines if line.on_the_way]
    page = render_template(
        "counter/transfers/receive.html",
        transfer=transfer,
        lines=open_lines,
        causes=[(cause.value, cause_name(cause)) for cause in DifferenceCause],
        sent=request.form,
        problems=problems,
    )
    return page, status


def _arrivals(transfer: Transfer) -> tuple[dict[int, Arrival], Problems]:
    arrivals: dict[int, Arrival] = {}
    problems: Problems = {}
    for line in transfer.lines:
        came = _number(f"arrived-{line.id}", problems)
        differing = _number(f"differing-{line.id}", problems)
        cause = request.form.get(f"cause-{line.id}", "")
        note = tidy(request.form.get(f"note-{line.id}"))
        if len(note) > 200:
            problems[f"note-{line.id}"] = _("Ghi chú dài quá 200 ký tự")
        if differing and cause not in set(DifferenceCause):
            problems[f"cause-{line.id}"] = _("Chọn vì sao lệch")
        elif came is not None and differing is not None:
            arrivals[line.id] = Arrival(came, differing, DifferenceCause(cause) if differing else None, note)
    if not problems and not any(arrival.arrived or arrival.differing for arrival in arrivals.values()):
        problems["top"] = _("Chưa ghi món nào. Nhập số đã nhận, hoặc số lệch và lý do")
    return arrivals, problems


def _number(name: str, problems: Problems) -> int | None:
    """Nothing typed is nought: that line stays on the way."""
    typed = request.form.get(name, "").strip()
    try:
        return units.read(typed, least=0) if typed else 0
    except Invalid as error:
        problems[name] = units.words(error)
        return None


def _beyond_sent(transfer: Transfer, arrivals: Mapping[int, Arrival]) -> Problems:
    words = _("Cộng lại nhiều hơn số đang trên đường. Đếm lại rồi sửa")
    return {
        f"arrived-{line.id}": words
        for line in transfer.lines
        if line.id in arrivals and arrivals[line.id].arrived + arrivals[line.id].differing > line.on_the_way
    }


def _unfound(code: str, several: bool) -> str:
    if not code:
        return _("Quét hoặc gõ mã hàng, mã lô hay tên hàng")
    if several:
        return _("Chọn món trong các món dưới đây")
    return _("Ở đây không có hàng nào với mã hay tên này")


def _rows(found: list[Transfer]) -> list[Row]:
    sizes = transfers.units_of([transfer.id for transfer in found])
    here = desk.here().id
    return [
        Row(
            reference=transfer.reference,
            other=(transfer.source if transfer.target_id == here else transfer.target).name_vi,
            incoming=transfer.target_id == here,
            state_name=state_name(transfer),
            lines=sizes.get(transfer.id, (0, 0))[0],
            units=sizes.get(transfer.id, (0, 0))[1],
            at=transfer.closed_at or transfer.sent_at or transfer.drafted_at,
        )
        for transfer in found
    ]
