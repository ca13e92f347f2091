"""The till's shift: open it with what lies in the drawer, close it by counting, print the sheet."""

from flask import Blueprint, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import Length

from catalog.db import db
from catalog.errors import Conflict, Invalid
from catalog.memberships import Task
from catalog.money import Money
from checkout import sales, tills
from checkout.tills import EntryKind, Shift, ShiftOpen, Tender
from storefront import cash
from storefront.counter import desk
from storefront.deeds import KeyedForm
from storefront.fields import tidy
from storefront.outside import outside

bp = Blueprint("shift", __name__, url_prefix="/<outlet>/ca")

SHOWN = 30


class OpenForm(KeyedForm):
    """What lies in the drawer to begin with."""

    float_amount = StringField(_l("Tiền lẻ đầu ca"), filters=[tidy])


class CloseForm(KeyedForm):
    """What lies in it now."""

    counted = StringField(_l("Tiền mặt đếm được"), filters=[tidy])
    note = TextAreaField(
        _l("Ghi chú"),
        filters=[tidy],
        validators=[Length(max=tills.NOTE_LENGTH, message=_l("Ghi chú dài quá %(max)d ký tự"))],
    )


@bp.get("")
def show() -> str:
    """The shift that is open, or the form that opens one; and the last ones."""
    return _page(OpenForm(formdata=None), CloseForm(formdata=None))


@bp.post("/mo")
def begin() -> ResponseReturnValue:
    """Begin to sell."""
    desk.must(Task.SELL)
    form = OpenForm()
    amount = _read(form.float_amount)
    if not form.validate() or amount is None:
        return _refused(form, form.float_amount, open_form=form), 422

    def deed() -> str:
        tills.open_shift(desk.here().id, amount, by=desk.me(), at=outside().now())
        flash(_("Đã mở ca."))
        return url_for("counter.sale.show")

    try:
        return desk.once(form.key.data, deed)
    except ShiftOpen:
        flash(_("Ca đã được mở trước rồi."), "error")
        return _page(form, CloseForm(formdata=None)), 422


@bp.post("/dong")
def close() -> ResponseReturnValue:
    """Count the drawer and end the shift."""
    desk.must(Task.SELL)
    form, shift = CloseForm(), tills.current_shift(desk.here().id)
    counted = _read(form.counted)
    if not form.validate() or counted is None:
        return _refused(form, form.counted, close_form=form), 422

    def deed() -> str:
        if shift is None:
            raise Conflict("no shift is open")
        tills.close_shift(shift, counted, form.note.data, by=desk.me(), at=outside().now())
        flash(_("Đã đóng ca."))
        return url_for("counter.shift.sheet", number=shift.id)

    try:
        return desk.once(form.key.data, deed)
    except Conflict:
        flash(_("Ca này đã đóng rồi."), "error")
        return _page(OpenForm(formdata=None), form), 422


@bp.get("/<int(max=1000000000000):number>")
def sheet(number: int) -> str:
    """The closing sheet of one shift, for the printer and the signature."""
    shift = tills.get_shift(desk.here().id, number)
    return render_template("counter/shift/sheet.html", shift=shift, closing=sales.closing_sheet(shift), **_codes())


def _page(open_form: OpenForm, close_form: CloseForm) -> str:
    here, me = desk.here().id, desk.me()
    shift = tills.current_shift(here)
    return render_template(
        "counter/shift/show.html",
        shift=shift,
        closing=sales.closing_sheet(shift) if shift else None,
        waiting=list(db.session.scalars(sales.waiting(here).limit(SHOWN))) if shift else [],
        may_close=shift is not None and desk.may(Task.SELL) and tills.may_close(shift, me),
        past=_past(here),
        shown=SHOWN,
        open_form=open_form,
        close_form=close_form,
        **_codes(),
    )


def _past(outlet_id: int) -> list[Shift]:
    closed = tills.shifts(outlet_id).where(Shift.closed_at.is_not(None))
    return list(db.session.scalars(closed.limit(SHOWN)))


def _codes() -> dict[str, object]:
    """What the templates name."""
    return {"EntryKind": EntryKind, "Tender": Tender}


def _read(field: StringField) -> Money | None:
    """The amount; None when it is none."""
    try:
        return cash.read(field.data)
    except Invalid:
        return None


def _refused(
    form: KeyedForm,
    field: StringField,
    *,
    open_form: OpenForm | None = None,
    close_form: CloseForm | None = None,
) -> str:
    try:
        cash.read(field.data)
    except Invalid as wrong:
        field.errors = [cash.words(wrong)]
    return _page(open_form or OpenForm(formdata=None), close_form or CloseForm(formdata=None))
