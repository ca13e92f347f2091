"""Receiving goods against a producer's delivery note: line by line, by scan, then booked at once."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from wtforms import Field, RadioField, SelectChoice, SelectField, StringField, ValidationError
from wtforms.validators import Length

from catalog import receipts
from catalog.db import count_rows, db
from catalog.errors import Conflict, Invalid, NotFound
from catalog.memberships import Task
from catalog.producers import Producer
from catalog.receipts import Delivered, Goods, Receipt, ReceiptLine, ReceiptState, Refusal, Terms
from storefront import actors, filters
from storefront.counter import desk
from storefront.deeds import KeyedForm
from storefront.fields import DayField, Needed, UnitsField, tidy
from storefront.outside import outside
from storefront.paging import paged

bp = Blueprint("receipts", __name__, url_prefix="/<outlet>/nhap")

PAGE_SIZE = 20
MOST_CHOICES = 30


class NoteForm(KeyedForm):
    """Which note, and whose the goods will be."""

    number = StringField(
        _l("Số phiếu giao hàng"),
        filters=[tidy],
        validators=[
            Needed(_l("Ghi số in trên phiếu giao hàng")),
            Length(max=receipts.LONGEST_NOTE, message=_l("Số phiếu dài quá %(max)d ký tự")),
        ],
    )
    terms = RadioField(
        _l("Hàng này là"),
        choices=[
            SelectChoice(Terms.CONSIGNMENT.value, _l("Ký gửi")),
            SelectChoice(Terms.PURCHASE.value, _l("Mua đứt")),
        ],
        validators=[Needed(_l("Chọn ký gửi hay mua đứt"))],
        validate_choice=False,
    )

    def validate_terms(self, field: Field) -> None:
        if field.data not in [terms.value for terms in Terms]:
            raise ValidationError(_("Chọn ký gửi hay mua đứt"))


class LineForm(KeyedForm):
    """One lot of one product: what the note announces, and what came of it."""

    announced = UnitsField(_l("Phiếu giao ghi"))
    accepted = UnitsField(_l("Thực nhận"), least=0)
    lot_code = StringField(
        _l("Số lô in trên bao bì"),
        filters=[tidy],
        validators=[Length(max=receipts.LONGEST_LOT, message=_l("Số lô dài quá %(max)d ký tự"))],
    )
    made_on = DayField(_l("Ngày sản xuất"))
    best_before = DayField(_l("Hạn sử dụng"))
    refusal = SelectField(_l("Lý do không nhận đủ"), validate_choice=False)
    refusal_words = StringField(
        _l("Ghi rõ"),
        filters=[tidy],
        validators=[Length(max=receipts.LONGEST_WORDS, message=_l("Lý do dài quá %(max)d ký tự"))],
    )

    def delivered(self, sku: str) -> Delivered:
        """What the line says."""
        reasons = [reason.value for reason in Refusal]
        return Delivered(
            sku=sku,
            announced=self.announced.units,
            accepted=self.accepted.units,
            lot_code=self.lot_code.data or "",
            made_on=self.made_on.data,
            best_before=self.best_before.data,
            refusal=Refusal(self.refusal.data) if self.refusal.data in reasons else None,
            refusal_words=self.refusal_words.data or "",
        )


class ScanForm(KeyedForm):
    """A code, or words of a name."""

    code = StringField(_l("Quét hoặc gõ mã"), filters=[tidy])


@dataclass(frozen=True, slots=True)
class Row:
    """One receipt in the list."""

    reference: str
    producer: str
    note_number: str
    state: ReceiptState
    state_name: str
    opened: str
    lines: int
    accepted: int
    refused: int


class _NotOnTheNote(Exception):
    """What was scanned is no line of the note yet."""


@bp.get("")
def index() -> str:
    """Notes being checked, and those that were booked."""
    query = receipts.of_outlet(desk.here().id)
    drafts = list(db.session.scalars(query.where(Receipt.state == ReceiptState.DRAFT)))
    over = query.where(Receipt.state != ReceiptState.DRAFT)
    total = count_rows(over)
    paging = paged(total, PAGE_SIZE)
    page = list(db.session.scalars(over.limit(PAGE_SIZE).offset(paging.offset)))
    return render_template("counter/receipts/index.html", drafts=_rows(drafts), rows=_rows(page), paging=paging)


@bp.route("/moi", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Begin: whose note, which number, whose the goods are."""
    desk.must(Task.RECEIVE)
    words = tidy(request.args.get("q"))
    code = request.args.get("chu_the", "")
    producer = db.session.scalar(select(Producer).where(Producer.code == code)) if code else None
    form, taken = NoteForm(), None
    if producer is not None and request.method == "POST" and form.validate():
        terms = Terms(form.terms.data)
        try:
            return desk.once(form.key.data, lambda: _open(producer.id, form.number.data, terms))
        except Invalid as error:
            taken = error.facts.get("reference")
            form.number.errors = [_words(error)]
    page = render_template(
        "counter/receipts/new.html", form=form, producer=producer, words=words, taken=taken,
        producers=[] if producer else receipts.producers_for(desk.here().id, words),
    )  # fmt: skip
    return page, 422 if form.errors else 200


@bp.get("/<reference>")
def show(reference: str) -> str:
    """The note: being checked, or as it was booked, to be printed."""
    return _page(_mine(reference), words=tidy(request.args.get("q")))


@bp.post("/<reference>/quet")
def scan(reference: str) -> ResponseReturnValue:
    """One more unit of a line; of goods that are no line yet, the way to their form."""
    desk.must(Task.RECEIVE)
    receipt, form = _mine(reference), ScanForm()
    if not form.validate():
        return _page(receipt, problem=_first(form)), 422
    if not form.code.data:
        return _page(receipt, problem=_("Quét hoặc gõ mã hàng, số lô hay tên hàng")), 422
    try:
        return desk.once(form.key.data, lambda: _count(receipt, form.code.data))
    except _NotOnTheNote:
        pass
    except (Conflict, Invalid) as error:
        return _page(_mine(reference), problem=_words(error)), 422
    goods = receipts.goods_of(receipt.producer_id, form.code.data)
    if len(goods) == 1:
        return redirect(url_for("counter.receipts.line", reference=receipt.reference, sku=goods[0].sku), 303)
    if goods:
        return redirect(url_for("counter.receipts.show", reference=receipt.reference, q=form.code.data), 303)
    problem = _("%(name)s không có hàng nào mang mã hay tên này", name=receipt.producer.name_vi)
    return _page(receipt, problem=problem, typed=form.code.data), 422


@bp.route("/<reference>/dong", methods=["GET", "POST"])
def line(reference: str) -> ResponseReturnValue:
    """Write one line: ``sku`` for a new one, ``dong`` for one that is there."""
    desk.must(Task.RECEIVE)
    receipt = _mine(reference)
    if receipt.state is not ReceiptState.DRAFT:
        return redirect(url_for("counter.receipts.show", reference=receipt.reference), 303)
    written, goods = _asked_line(receipt)
    form = LineForm(**_values(written))
    form.refusal.choices = [
        SelectChoice("", _("Nhận đủ")),
        *(SelectChoice(reason.value, refusal_name(reason)) for reason in Refusal),
    ]
    if request.method == "POST" and form.validate():
        try:
            return desk.once(form.key.data, lambda: _write(receipt, form.delivered(goods.sku), written))
        except (Conflict, Invalid) as error:
            _beside(form, error)
    page = render_template("counter/receipts/line.html", form=form, receipt=receipt, goods=goods, line=written)
    return page, 422 if form.errors else 200


@bp.post("/<reference>/dong/bo")
def remove(reference: str) -> ResponseReturnValue:
    """Take a line out."""
    desk.must(Task.RECEIVE)
    receipt, form = _mine(reference), KeyedForm()
    position = _number(request.args.get("dong", ""))
    if not form.validate():
        return _page(receipt, problem=_first(form)), 422
    try:
        return desk.once(form.key.data, lambda: _remove(receipt, position))
    except Conflict as error:
        return _page(_mine(reference), problem=_words(error)), 422


@bp.post("/<reference>/ghi-so")
def book(reference: str) -> ResponseReturnValue:
    """What was accepted lies on the shelves from now on."""
    desk.must(Task.RECEIVE)
    receipt, form = _mine(reference), KeyedForm()
    if not form.validate():
        return _page(receipt, problem=_first(form)), 422
    try:
        return desk.once(form.key.data, lambda: _book(receipt))
    except (Conflict, Invalid) as error:
        wrong = error.facts.get("position") if isinstance(error, Invalid) else None
        return _page(_mine(reference), problem=_words(error), wrong=wrong), 422


@bp.post("/<reference>/bo")
def cancel(reference: str) -> ResponseReturnValue:
    """Throw the draft away."""
    desk.must(Task.RECEIVE)
    receipt, form = _mine(reference), KeyedForm()
    if not form.validate():
        return _page(receipt, problem=_first(form)), 422
    try:
        return desk.once(form.key.data, lambda: _cancel(receipt))
    except Conflict as error:
        return _page(_mine(reference), problem=_words(error)), 422


def refusal_name(refusal: Refusal) -> str:
    """``Vỡ, móp, hỏng bao bì``…"""
    return {
        Refusal.MISSING: _("Thiếu, không có trong kiện"),
        Refusal.BROKEN: _("Vỡ, móp, hỏng bao bì"),
        Refusal.SPOILED: _("Hàng hư, mốc, có mùi lạ"),
        Refusal.ENDS_TOO_SOON: _("Hết hạn hoặc hạn quá ngắn"),
        Refusal.WRONG_GOODS: _("Giao nhầm hàng"),
        Refusal.BAD_LABEL: _("Nhãn sai hoặc thiếu tem"),
        Refusal.OTHER: _("Lý do khác (ghi rõ)"),
    }[refusal]


def terms_name(terms: Terms) -> str:
    """Whose the goods are."""
    return {
        Terms.CONSIGNMENT: _("Ký gửi: hàng vẫn của chủ thể tới khi bán"),
        Terms.PURCHASE: _("Mua đứt: hàng của điểm bán"),
    }[terms]


def _open(producer_id: int, number: str, terms: Terms) -> str:
    receipt = receipts.open_receipt(desk.here(), producer_id, number, terms=terms, by=desk.me(), at=outside().now())
    return url_for("counter.receipts.show", reference=receipt.reference)


def _count(receipt: Receipt, code: str) -> str:
    found = receipts.count_one(receipt, code, by=desk.me())
    if found is None:
        raise _NotOnTheNote
    flash(_("%(name)s: %(n)s trong %(all)s", name=found.variant.product.name_vi, n=filters.number(found.accepted),
            all=filters.number(found.announced)))  # fmt: skip
    return url_for("counter.receipts.show", reference=receipt.reference, vua=found.position)


def _write(receipt: Receipt, delivered: Delivered, written: ReceiptLine | None) -> str:
    position = written.position if written else None
    line = receipts.write_line(receipt, delivered, position=position, by=desk.me(), at=outside().now())
    flash(_("Đã ghi dòng %(n)s.", n=line.position))
    return url_for("counter.receipts.show", reference=receipt.reference, vua=line.position)


def _remove(receipt: Receipt, position: int) -> str:
    receipts.remove_line(receipt, position, by=desk.me())
    flash(_("Đã bỏ dòng %(n)s.", n=position))
    return url_for("counter.receipts.show", reference=receipt.reference)


def _book(receipt: Receipt) -> str:
    receipts.book(receipt, by=desk.me(), at=outside().now())
    flash(_("Đã ghi sổ. Hàng đã lên kệ."))
    return url_for("counter.receipts.show", reference=receipt.reference)


def _cancel(receipt: Receipt) -> str:
    receipts.cancel(receipt, by=desk.me(), at=outside().now())
    flash(_("Đã bỏ phiếu %(reference)s.", reference=receipt.reference))
    return url_for("counter.receipts.index")


def _mine(reference: str) -> Receipt:
    return receipts.get_receipt(desk.here().id, reference)


def _page(
    receipt: Receipt, *, words: str = "", problem: str | None = None, typed: str = "", wrong: object = None
) -> str:
    choices = receipts.goods_of(receipt.producer_id, words) if words or "them" in request.args else []
    return render_template(
        "counter/receipts/show.html",
        receipt=receipt,
        form=KeyedForm(formdata=None),
        choices=choices[:MOST_CHOICES],
        more=max(0, len(choices) - MOST_CHOICES),
        words=words,
        problem=problem,
        typed=typed,
        wrong=wrong,
        fresh=_number(request.args.get("vua", "")),
        terms_name=terms_name(receipt.terms),
        reasons={reason: refusal_name(reason) for reason in Refusal},
        names=actors.names(filter(None, (receipt.opened_by, receipt.booked_by))),
        accepted=sum(line.accepted for line in receipt.lines),
        refused=sum(line.refused for line in receipt.lines),
    )


def _asked_line(receipt: Receipt) -> tuple[ReceiptLine | None, Goods]:
    """The line the address names with its goods, or the goods of a new one."""
    position = _number(request.args.get("dong", ""))
    if position:
        line = next((line for line in receipt.lines if line.position == position), None)
        if line is None:
            raise NotFound(f"{receipt.reference} line {position}")
        variant = line.variant
        return line, Goods(variant.id, variant.sku, variant.product.name_vi, variant.unit_vi)
    sku = request.args.get("sku", "")
    goods = next((goods for goods in receipts.goods_of(receipt.producer_id) if goods.sku == sku), None)
    if goods is None:
        raise NotFound(sku)
    return None, goods


def _values(line: ReceiptLine | None) -> dict[str, object]:
    if line is None:
        return {}
    return {
        "announced": str(line.announced), "accepted": str(line.accepted), "lot_code": line.lot_code,
        "made_on": line.made_on, "best_before": line.best_before, "refusal": line.refusal or "",
        "refusal_words": line.refusal_words,
    }  # fmt: skip


def _rows(found: list[Receipt]) -> list[Row]:
    line = receipts.ReceiptLine
    sums = (
        select(line.receipt_id, func.count(), func.sum(line.accepted), func.sum(line.announced - line.accepted))
        .where(line.receipt_id.in_([receipt.id for receipt in found]))
        .group_by(line.receipt_id)
    )
    counted = {key: (int(n), int(yes), int(no)) for key, n, yes, no in db.session.execute(sums)}
    states = {
        ReceiptState.DRAFT: _("Đang kiểm"), ReceiptState.BOOKED: _("Đã ghi sổ"), ReceiptState.CANCELLED: _("Đã bỏ"),
    }  # fmt: skip
    return [
        Row(
            reference=receipt.reference,
            producer=receipt.producer.name_vi,
            note_number=receipt.note_number,
            state=receipt.state,
            state_name=states[receipt.state],
            opened=filters.moment(receipt.booked_at or receipt.opened_at),
            lines=counted.get(receipt.id, (0, 0, 0))[0],
            accepted=counted.get(receipt.id, (0, 0, 0))[1],
            refused=counted.get(receipt.id, (0, 0, 0))[2],
        )
        for receipt in found
    ]


def _beside(form: LineForm, error: Conflict | Invalid) -> None:
    """Put what is wrong beside its field; what is wrong with the whole note on top."""
    field = form[error.field] if isinstance(error, Invalid) and error.field in form else None
    if field is None:
        form.form_errors.append(_words(error))
    else:
        field.errors = [_words(error)]


def _words(error: Conflict | Invalid) -> str:
    """What to do about it."""
    if not isinstance(error, Invalid):
        return _("Phiếu này đã ghi sổ hoặc đã bỏ, không sửa được nữa")
    facts = error.facts
    expected = facts.get("expected")
    known = {
        ("note_number", "required"): _("Ghi số in trên phiếu giao hàng"),
        ("note_number", "taken"): _("Phiếu giao này đã nhập rồi: %(reference)s", reference=facts.get("reference", "")),
        ("lines", "required"): _("Phiếu chưa có dòng nào. Quét hoặc thêm hàng trước khi ghi sổ"),
        ("code", "complete"): _(
            "%(name)s đã đủ %(n)s như phiếu giao ghi. Phần dư trả lại người giao",
            name=facts.get("name", ""), n=facts.get("announced", ""),
        ),
        ("accepted", "more_than_announced"): _(
            "Không nhận quá %(n)s như phiếu giao ghi. Phần dư trả lại người giao", n=facts.get("announced", "")
        ),
        ("lot_code", "twice"): _("Phiếu đã có dòng của lô %(lot)s. Hãy sửa dòng đó", lot=facts.get("lot", "")),
        ("lot_code", "quarantined"): _("Lô %(lot)s đang tạm dừng bán, không nhận thêm", lot=facts.get("lot", "")),
        ("lot_code", "recalled"): _("Lô %(lot)s đã bị thu hồi, không nhận thêm", lot=facts.get("lot", "")),
        ("made_on", "future"): _("Ngày sản xuất ở tương lai. Xem lại trên bao bì"),
        ("made_on", "differs"): _(
            "Lô %(lot)s đã có trong sổ với ngày sản xuất %(day)s. Xem lại bao bì, hoặc đó là lô khác",
            lot=facts.get("lot", ""), day=_day_or_none(expected),
        ),
        ("best_before", "required"): _("Hàng này có hạn. Ghi hạn sử dụng in trên bao bì"),
        ("best_before", "past"): _("Hàng đã quá hạn. Không nhận: ghi thực nhận 0 và chọn lý do"),
        ("best_before", "before_made_on"): _("Hạn sử dụng phải sau ngày sản xuất"),
        ("best_before", "differs"): _(
            "Lô %(lot)s đã có trong sổ với hạn %(day)s. Xem lại bao bì, hoặc đó là lô khác",
            lot=facts.get("lot", ""), day=_day_or_none(expected),
        ),
        ("refusal", "required"): _(
            "Dòng %(line)s thiếu %(n)s so với phiếu giao. Chọn lý do không nhận đủ",
            line=facts.get("position", ""), n=facts.get("refused", ""),
        ),
        ("refusal_words", "required"): _("Ghi rõ lý do không nhận"),
        ("sku", "unknown"): _("Hàng này không phải của chủ thể trên phiếu"),
        ("sku", "too_many_lines"): _("Phiếu đã đủ %(n)s dòng. Ghi sổ rồi lập phiếu khác", n=facts.get("most", "")),
    }.get((error.field, error.reason), _("Giá trị này chưa đúng"))  # fmt: skip
    position = facts.get("position")
    return known if position is None or error.field == "refusal" else _("Dòng %(n)s: %(what)s", n=position, what=known)


def _day_or_none(day: object) -> str:
    return filters.day(day) if day else _("không ghi")  # type: ignore[arg-type]


def _first(form: KeyedForm) -> str:
    """The first thing wrong with a form that has one field or none."""
    return next((str(message) for messages in form.errors.values() for message in messages), "")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0
