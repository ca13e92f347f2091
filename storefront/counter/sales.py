"""One counter sale after the press of the button: the QR that waits, the receipt, undoing; and the sales of a day."""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import EmailField, StringField
from wtforms.validators import Email, Length

from catalog.clock import vietnam_day
from catalog.db import db
from catalog.errors import Conflict, Invalid
from catalog.importing import cells
from catalog.memberships import Task
from catalog.money import Money
from checkout import sales, tills
from checkout.gateways.bank_transfer import BankTransfer
from checkout.gateways.base import Transfer
from checkout.sales import GoodsStopped, Sale, SaleState, ShiftOver
from checkout.tills import NoShift
from storefront import deeds, sale_words
from storefront.counter import desk
from storefront.deeds import KeyedForm
from storefront.fields import Needed, tidy
from storefront.outside import outside, settings
from storefront.programme import account_of

bp = Blueprint("sales", __name__, url_prefix="/<outlet>/ban/phieu")

SHOWN = 200
FIRST = date(2026, 1, 1)
"""No counter sale is older."""
SIZES = {"80mm": _l("Giấy cuộn 80 mm"), "a5": _l("Giấy A5")}


class UndoForm(KeyedForm):
    """Why?"""

    reason = StringField(
        _l("Lý do hủy"),
        filters=[tidy],
        validators=[
            Needed(_l("Nhập lý do hủy, ví dụ: khách đổi ý")),
            Length(max=sales.REASON_LENGTH, message=_l("Lý do dài quá %(max)d ký tự")),
        ],
    )


class MailForm(KeyedForm):
    """To whom?"""

    email = EmailField(
        _l("E-mail của khách"),
        filters=[tidy],
        validators=[
            Needed(_l("Nhập e-mail của khách")),
            Email(_l("E-mail chưa đúng, ví dụ ten@example.com"), allow_smtputf8=False),
            Length(max=254, message=_l("E-mail dài quá 254 ký tự")),
        ],
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One sale in the list of a day."""

    sale: Sale
    state_name: str
    tender_name: str


@bp.get("")
def index() -> str:
    """The sales of today, or of ``ngay``."""
    today = vietnam_day(outside().now())
    day = _day(request.args.get("ngay", ""), today)
    found = list(db.session.scalars(sales.on_day(desk.here().id, day).limit(SHOWN + 1)))
    rows = [Row(sale, sale_words.state_name(sale.state), sale_words.tender_name(sale.method)) for sale in found[:SHOWN]]
    return render_template(
        "counter/sales/index.html",
        rows=rows,
        more=len(found) > SHOWN,
        shown=SHOWN,
        day=day,
        today=today,
        taken=sum((sale.money for sale in found if sale.state is SaleState.PAID), Money(0)),
        paid=sum(sale.state is SaleState.PAID for sale in found),
    )


@bp.get("/<reference>")
def show(reference: str) -> ResponseReturnValue:
    """The receipt, printable at ``kho``; one whose money is on its way goes on waiting."""
    sale = _sale(reference)
    if sale.state is SaleState.AWAITING_MONEY:
        return redirect(url_for("counter.sales.wait", reference=sale.reference))
    return _receipt(sale)


@bp.get("/<reference>/cho")
def wait(reference: str) -> ResponseReturnValue:
    """The QR for the buyer, and the two things that can come of it."""
    sale = _sale(reference)
    if sale.state is not SaleState.AWAITING_MONEY:
        return redirect(url_for("counter.sales.show", reference=sale.reference))
    return _waiting(sale, "")


@bp.post("/<reference>/da-nhan")
def confirm(reference: str) -> ResponseReturnValue:
    """The clerk has seen the money arrive."""
    desk.must(Task.SELL)
    sale = _sale(reference)

    def deed() -> str:
        sales.confirm(sale, by=desk.me(), at=outside().now())
        return url_for("counter.sales.show", reference=reference)

    try:
        return desk.once(deeds.sent_key(), deed)
    except NoShift:
        error = _("Chưa mở ca: mở ca rồi bấm lại.")
    except GoodsStopped as stopped:
        names = ", ".join(stopped.names)
        error = _("%(names)s vừa bị dừng bán. Đừng giao; hủy phiếu này và trả tiền khách.", names=names)
    except Conflict:
        flash(_("Phiếu này không còn chờ tiền nữa."), "error")
        return redirect(url_for("counter.sales.show", reference=reference), 303)
    return _waiting(_sale(reference), error), 422


@bp.post("/<reference>/thoi")
def abandon(reference: str) -> ResponseReturnValue:
    """No money will come: back to the ticket."""
    desk.must(Task.SELL)
    sale = _sale(reference)

    def deed() -> str:
        restored = sales.abandon(sale, by=desk.me(), at=outside().now())
        flash(_("Đã thôi chờ. Hàng về lại kệ.") if not restored else _("Đã thôi chờ. Hàng còn trên phiếu, chưa bán."))
        return url_for("counter.sale.show")

    try:
        return desk.once(deeds.sent_key(), deed)
    except Conflict:
        flash(_("Phiếu này không còn chờ tiền nữa."), "error")
        return redirect(url_for("counter.sales.show", reference=reference), 303)


@bp.post("/<reference>/huy")
def undo(reference: str) -> ResponseReturnValue:
    """The buyer gives the goods back while the shift lasts."""
    desk.must(Task.SELL)
    sale, form = _sale(reference), UndoForm()
    if not form.validate():
        return _receipt(sale, undo_form=form), 422

    def deed() -> str:
        sales.undo(sale, form.reason.data, by=desk.me(), at=outside().now())
        flash(_("Đã hủy phiếu. Hàng về lại kệ, nhớ trả tiền khách."))
        return url_for("counter.sales.show", reference=reference)

    try:
        return desk.once(form.key.data, deed)
    except ShiftOver:
        form.reason.errors = [_("Ca bán phiếu này đã đóng, không hủy được nữa")]
    except Conflict:
        form.reason.errors = [_("Phiếu này đã hủy rồi")]
    except Invalid:
        form.reason.errors = [_("Nhập lý do hủy, ví dụ: khách đổi ý")]
    return _receipt(_sale(reference), undo_form=form), 422


@bp.post("/<reference>/gui")
def mail(reference: str) -> ResponseReturnValue:
    """The receipt by e-mail."""
    desk.must(Task.SELL)
    sale, form = _sale(reference), MailForm()
    if not form.validate():
        return _receipt(sale, mail_form=form), 422

    def deed() -> str:
        sales.mail_receipt(sale, form.email.data, by=desk.me(), at=outside().now())
        flash(_("Phiếu đang được gửi tới %(email)s.", email=form.email.data))
        return url_for("counter.sales.show", reference=reference)

    try:
        return desk.once(form.key.data, deed)
    except Conflict:
        form.email.errors = [_("Phiếu này chưa thu tiền")]
    return _receipt(_sale(reference), mail_form=form), 422


def _sale(reference: str) -> Sale:
    return sales.get_sale(desk.here().id, reference)


def _receipt(sale: Sale, *, undo_form: UndoForm | None = None, mail_form: MailForm | None = None) -> str:
    size = request.args.get("kho", "")
    shift = tills.current_shift(sale.outlet_id)
    return render_template(
        "counter/sales/show.html",
        sale=sale,
        state_name=sale_words.state_name(sale.state),
        tender_name=sale_words.tender_name(sale.method),
        vat_note=sale_words.vat_note(sale.vat),
        size=size if size in SIZES else "",
        sizes=SIZES,
        may_undo=desk.may(Task.SELL)
        and sale.state is SaleState.PAID
        and shift is not None
        and shift.id == sale.shift_id,
        undo_form=undo_form or UndoForm(formdata=None),
        mail_form=mail_form or MailForm(formdata=None),
    )


def _waiting(sale: Sale, error: str) -> str:
    return render_template(
        "counter/sales/wait.html",
        sale=sale,
        transfer=_transfer(sale),
        error=error,
        late=sale.hold_until is not None and sale.hold_until <= outside().now(),
        shift=tills.current_shift(sale.outlet_id),
    )


def _transfer(sale: Sale) -> Transfer | None:
    """What the buyer is to transfer; None when the shop's account has been taken away meanwhile."""
    account = account_of(settings())
    if account is None or sale.code is None:
        return None
    return BankTransfer(account).instructions(code=sale.code, due=sale.money).transfer


def _day(text: str, today: date) -> date:
    """The day asked for; today for nothing, nonsense and days to come."""
    try:
        return max(FIRST, min(cells.day(text), today)) if text else today
    except Invalid:
        return today
