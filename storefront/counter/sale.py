"""Selling: one scan field, the ticket of what lies before the buyer, two big buttons."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField

from catalog.errors import Invalid, NotFound
from catalog.memberships import Task
from catalog.money import Money
from checkout import sales, tickets, tills
from checkout.pricing import PriceChanged
from checkout.tickets import Found, TicketView, Unsellable
from checkout.tills import NoShift, Tender
from storefront import cash, deeds, filters, sale_words, units
from storefront.counter import desk
from storefront.deeds import KeyedForm
from storefront.fields import tidy
from storefront.outside import outside
from storefront.programme import rules

bp = Blueprint("sale", __name__, url_prefix="/<outlet>/ban")


class AddForm(KeyedForm):
    """What was scanned or typed."""

    code = StringField(filters=[tidy])


class PayForm(KeyedForm):
    """The total on the button, and what the buyer handed over if somebody noted it."""

    shown_total = HiddenField()
    given = StringField(_l("Khách đưa"), filters=[tidy])


@dataclass(frozen=True, slots=True)
class Said:
    """What a page says beside its fields. code: as typed; lines: variant → (typed number, sentence)."""

    code: str = ""
    code_error: str = ""
    found: Sequence[Found] = ()
    lines: dict[int, tuple[str, str]] = field(default_factory=dict)


@bp.get("")
def show() -> str:
    """The ticket as it can be sold now; with ``q``, goods of that name to choose from."""
    desk.must(Task.SELL)
    text = tidy(request.args.get("q"))
    found = tickets.find(desk.here().id, text, at=outside().now()) if text else []
    error = _("Không có mã hay tên này ở đây.") if text and not found else ""
    return _page(Said(code=text, code_error=error, found=found))


@bp.post("/them")
def add() -> ResponseReturnValue:
    """One more of what was scanned; several goods of that name are offered to choose from."""
    desk.must(Task.SELL)
    form, here, now = AddForm(), desk.here().id, outside().now()
    if not form.validate():
        return _page(Said(code=form.code.data, code_error=form.errors["key"][0])), 422
    variant = _chosen()
    if variant is None:
        found = tickets.find(here, form.code.data, at=now)
        if len(found) > 1:
            return redirect(url_for("counter.sale.show", q=form.code.data), 303)
        if not found:
            error = _("Không có mã hay tên này ở đây.") if form.code.data else _("Quét hoặc gõ mã, tên hàng")
            return _page(Said(code=form.code.data, code_error=error)), 422
        variant = found[0].variant_id

    def deed() -> str:
        tickets.add(here, variant, 1, by=desk.me(), at=now, rules=rules())
        return url_for("counter.sale.show", moi=variant)

    try:
        return desk.once(form.key.data, deed)
    except Unsellable as refusal:
        (what,) = refusal.troubles
        return _page(Said(code=form.code.data, code_error=f"{what.name_vi}: {sale_words.trouble(what)}")), 422
    except Invalid as wrong:
        return _page(Said(code=form.code.data, code_error=_number_words(wrong))), 422


@bp.post("/doi")
def change() -> ResponseReturnValue:
    """Another number of one line; 0 takes it out."""
    return _change(request.form.get("quantity", ""))


@bp.post("/bo")
def remove() -> ResponseReturnValue:
    """Take a line out."""
    return _change("0")


@bp.post("/xoa")
def clear() -> ResponseReturnValue:
    """Begin again with nothing."""
    desk.must(Task.SELL)

    def deed() -> str:
        tickets.clear(desk.here().id, by=desk.me(), at=outside().now())
        return url_for("counter.sale.show")

    return desk.once(deeds.sent_key(), deed)


@bp.post("/thu-tien")
def pay() -> ResponseReturnValue:
    """The buyer pays in cash, or will transfer: ``method`` is the button that was pressed."""
    desk.must(Task.SELL)
    form, here, now = PayForm(), desk.here().id, outside().now()
    method = Tender.TRANSFER if request.form.get("method") == Tender.TRANSFER else Tender.CASH
    valid = form.validate()
    given = _given(form) if method is Tender.CASH else None
    if not valid or form.given.errors:
        return _page(Said(), form), 422

    def deed() -> str:
        shown, by = _shown(form), desk.me()
        if method is Tender.TRANSFER:
            reference = sales.await_transfer(here, shown_total=shown, by=by, at=now, rules=rules())
            return url_for("counter.sales.wait", reference=reference)
        reference = sales.pay_cash(here, shown_total=shown, given=given, by=by, at=now, rules=rules())
        return url_for("counter.sales.show", reference=reference)

    try:
        return desk.once(form.key.data, deed)
    except NoShift:
        form.form_errors.append(_("Chưa mở ca: mở ca rồi mới thu tiền được."))
    except Unsellable as refusal:
        form.form_errors += [f"{what.name_vi}: {sale_words.trouble(what)}" for what in refusal.troubles]
    except PriceChanged as changed:
        was, now_ = filters.money(changed.was), filters.money(changed.now)
        form.form_errors.append(
            _("Tổng tiền đã đổi từ %(was)s thành %(now)s. Báo khách rồi bấm lại.", was=was, now=now_)
        )
    except Invalid as wrong:
        _refuse(form, wrong)
    return _page(Said(), form), 422


def _page(said: Said, form: PayForm | None = None) -> str:
    """The whole screen. form: as it was sent; its key is kept, for a refused form has not acted."""
    here, now = desk.here().id, outside().now()
    view = tickets.view(tickets.find_ticket(here, desk.me().user_id), here, at=now, rules=rules())
    form = form or PayForm(formdata=None)
    form.shown_total.data = str(view.total.minor)
    return render_template(
        "counter/sale/show.html",
        ticket=view,
        troubles=[(what.variant_id, sale_words.trouble(what)) for what in view.troubles],
        form=form,
        shift=tills.current_shift(here),
        said=said,
        newest=_newest(view),
        transfers=rules().transfers,
        most=tickets.FOUND,
    )


def _newest(view: TicketView) -> int | None:
    """The variant of the line that was scanned just now."""
    asked = request.args.get("moi", "")
    return next((item.variant_id for item in view.items if str(item.variant_id) == asked), None)


def _change(text: str) -> ResponseReturnValue:
    desk.must(Task.SELL)
    variant, here, now = _chosen() or abort(422), desk.here().id, outside().now()

    def deed() -> str:
        tickets.accept_prices(here, by=desk.me(), at=now)
        tickets.change(here, variant, units.read(text, least=0), by=desk.me(), at=now, rules=rules())
        return url_for("counter.sale.show", moi=variant)

    try:
        return desk.once(deeds.sent_key(), deed)
    except NotFound:
        return _page(Said(code_error=_("Món này không còn trên phiếu."))), 422
    except Unsellable as refusal:
        sentence = sale_words.trouble(refusal.troubles[0])
    except Invalid as wrong:
        sentence = _number_words(wrong)
    return _page(Said(lines={variant: (text, sentence)})), 422


def _chosen() -> int | None:
    """The variant a button stands for; None when the form names none."""
    text = request.form.get("variant", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else None


def _given(form: PayForm) -> Money | None:
    """What the buyer handed over; None when nobody noted it. What is wrong with it stands beside its field."""
    if not form.given.data:
        return None
    try:
        return cash.read(form.given.data)
    except Invalid as wrong:
        form.given.errors = [cash.words(wrong)]
        return None


def _shown(form: PayForm) -> Money:
    text = form.shown_total.data or ""
    return Money(int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0)


def _refuse(form: PayForm, wrong: Invalid) -> None:
    if wrong.field == "given":
        due = filters.money(Money(int(str(wrong.facts["total"])))) if "total" in wrong.facts else ""
        form.given.errors = [
            _("Khách đưa chưa đủ: cần %(total)s", total=due) if due else cash.words(Invalid("amount", wrong.reason))
        ]
        return
    form.form_errors.append(
        {
            "ticket": _("Phiếu đang trống: quét hàng trước."),
            "method": _("Cửa hàng chưa có tài khoản nhận chuyển khoản."),
        }[wrong.field]
    )


def _number_words(wrong: Invalid) -> str:
    if wrong.field == "ticket":
        return _("Phiếu đã đủ %(n)s dòng: thu tiền phiếu này trước.", n=tickets.MOST_LINES)
    return units.words(Invalid("units", "most" if wrong.reason == "range" else wrong.reason, **wrong.facts))
