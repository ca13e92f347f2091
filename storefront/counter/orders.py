"""Orders of this outlet: the queue, the pick list, handing over, parcels on their way out and back."""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import Field, RadioField, SelectChoice, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from catalog import history
from catalog.db import count_rows, db
from catalog.errors import DomainError, Forbidden, Invalid, NotFound
from catalog.memberships import Task
from catalog.money import Money
from catalog.people import User
from checkout import contact, fulfilment, orders, payments
from checkout.delivery import Method
from checkout.fulfilment import MOST_WRONG_CODES, Answer, Back, Overdue, Tab, Unfit
from checkout.orders import Courier, Fulfilment, FulfilmentPick, FulfilmentState, Order, OrderState
from checkout.rules import PaymentMethod
from checkout.tills import NoShift
from storefront import filters, order_words
from storefront.counter import desk
from storefront.deeds import KeyedForm
from storefront.fields import Needed, tidy
from storefront.outside import outside
from storefront.programme import rules

bp = Blueprint("orders", __name__, url_prefix="/<outlet>/don")

PAGE_SIZE = 30
_WHOLE = re.compile(r"^[0-9]{1,5}$")
TABS = {"soan": Tab.TO_PICK, "cho": Tab.READY, "gui": Tab.SHIPPED, "xong": Tab.DONE}


class HandOverForm(KeyedForm):
    """Who fetches it?"""

    code = StringField(_l("Mã nhận hàng"), filters=[tidy], validators=[Needed(_l("Quét hoặc gõ mã nhận hàng"))])
    name = StringField(
        _l("Tên người nhận"),
        filters=[tidy],
        validators=[Length(max=fulfilment.NAME_LENGTH, message=_l("Tên dài quá %(max)d ký tự"))],
    )


class ShipForm(KeyedForm):
    """Who carries it?"""

    courier = RadioField(
        _l("Nhà vận chuyển"),
        choices=[SelectChoice(one.value, one.value) for one in Courier],
        validators=[InputRequired(_l("Chọn nhà vận chuyển"))],
        validate_choice=False,
    )
    tracking = StringField(_l("Mã vận đơn"), filters=[tidy])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.courier.choices = [SelectChoice(one.value, order_words.courier_name(one)) for one in Courier]

    def validate_courier(self, field: Field) -> None:
        if field.data not in set(Courier):
            raise ValidationError(_("Chọn nhà vận chuyển"))


class ReasonForm(KeyedForm):
    """Why?"""

    reason = StringField(
        _l("Lý do"),
        filters=[tidy],
        validators=[
            Needed(_l("Ghi lý do")),
            Length(max=fulfilment.REASON_LENGTH, message=_l("Lý do dài quá %(max)d ký tự")),
        ],
    )


class PlainForm(KeyedForm):
    """A button."""


@dataclass(frozen=True, slots=True)
class Row:
    """One order in the list. due: still to be taken in cash; when: what it waits for; wrong: needs somebody now."""

    reference: str
    name: str
    collects: bool
    units: int
    due: Money | None
    state: str
    when: str
    wrong: bool


@dataclass(frozen=True, slots=True)
class Unit:
    """One line of the pick list: units of one lot. unfit: it must not leave."""

    pick_id: int
    name: str
    unit: str
    sku: str
    lot: str
    best_before: date | None
    quantity: int
    missing: int
    unfit: bool


@dataclass(frozen=True, slots=True)
class OrderPage:
    """All that an order's pages at the counter show. step: what to do next, or None; due: cash to be taken."""

    reference: str
    state: str
    step: str | None
    collects: bool
    name: str
    phone: str
    address: str
    old_address: str
    note: str
    of_age: bool
    placed_at: datetime
    ready_at: datetime | None
    hold_until: datetime | None
    units: tuple[Unit, ...]
    due: Money | None
    paid: bool
    payment_name: str
    total: Money
    carried: str | None
    handed_to: str
    why: str
    locked: bool
    missing: int
    unfit: tuple[str, ...]
    others: tuple[tuple[str, str], ...]
    deeds: tuple[tuple[str, datetime, bool, str], ...]


@bp.get("")
def index() -> ResponseReturnValue:
    """What waits here; a code, a reference or a phone number leads to its order."""
    at, typed = outside().now(), tidy(request.args.get("q"))[:120]
    chosen = request.args.get("muc", "soan")
    tab = TABS.get(chosen, Tab.TO_PICK)
    counted = fulfilment.counts(desk.here().id, at=at)
    found, pages, page = None, 1, 1
    if typed:
        if reference := fulfilment.find_reference(desk.here().id, typed):
            code = fulfilment.read_scan(typed)[1]
            return redirect(url_for("counter.orders.show", reference=reference, ma=code or None), 303)
        with suppress(Invalid):
            of_buyer = fulfilment.of_phone(desk.here().id, contact.phone(typed))
            found = list(db.session.scalars(of_buyer.limit(PAGE_SIZE)))
    if not found:
        query = fulfilment.queue(desk.here().id, tab, at=at)
        total = count_rows(query)
        pages = max(1, -(-total // PAGE_SIZE))
        page = min(max(1, request.args.get("trang", 1, type=int)), pages)
        shown = list(db.session.scalars(query.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)))
    else:
        shown = found
    names = {
        "soan": (_("Cần soạn"), counted.to_pick),
        "cho": (_("Chờ lấy, chờ gửi"), counted.ready + counted.late_to_collect + counted.to_ship),
        "gui": (_("Đã gửi"), counted.shipped),
        "xong": (_("Xong"), counted.done),
    }
    return render_template(
        "counter/orders/index.html",
        rows=[_row(share, at) for share in shown],
        tabs=[
            (name, url_for("counter.orders.index", muc=key), count, not found and TABS[key] is tab)
            for key, (name, count) in names.items()
        ],
        q=typed,
        searched=bool(found),
        unknown=bool(typed) and not found,
        page=page,
        pages=pages,
    )


@bp.get("/<reference>")
def show(reference: str) -> str:
    """One order, with its next step as one big button."""
    share = _share(reference)
    return _shown(share, hand_over=HandOverForm(formdata=None, code=request.args.get("ma", "")[:20]))


@bp.route("/<reference>/soan", methods=["GET", "POST"])
def pick(reference: str) -> ResponseReturnValue:
    """The pick list. Sent off, the order is ready, or says what is missing."""
    if request.method == "POST":
        desk.must(Task.HAND_OVER)
    share = _share(reference)
    form = _pick_form(fulfilment.picks_of(share))
    if request.method == "POST" and form.validate():
        missing = {key: int(form[f"missing_{key}"].data) for key in _keys(share)}
        ready: list[bool] = []

        def deed() -> str:
            ready.append(
                fulfilment.make_ready(_share(reference), missing=missing, by=desk.me(), at=_now(), rules=rules())
            )
            return url_for("counter.orders.show", reference=reference)

        refused, answer = _try(form, deed)
        if not refused:
            if ready == [True]:
                flash(_("Đã soạn xong."))
            elif ready == [False]:
                flash(_("Đã ghi phần thiếu. Đơn vẫn ở mục Cần soạn."), "error")
            return answer
        share = _share(reference)
    page = _page(share)
    return render_template("counter/orders/pick.html", order=page, form=form), 422 if form.errors else 200


@bp.post("/<reference>/giao")
def hand_over(reference: str) -> ResponseReturnValue:
    """Somebody fetches it."""
    desk.must(Task.HAND_OVER)
    share, form = _share(reference), HandOverForm()
    if not form.validate():
        return _shown(share, hand_over=form), 422
    due = payments.of_order(share.order_id).due
    said: list[Answer] = []

    def deed() -> str:
        code, name = fulfilment.read_code(form.code.data), form.name.data
        said.append(fulfilment.hand_over(_share(reference), code=code, name=name, by=desk.me(), at=_now()))
        return url_for("counter.orders.show", reference=reference)

    refused, answer = _try(form, deed)
    if said == [Answer.HANDED_OVER] and not refused:
        flash(_("Đã giao hàng và thu %(sum)s.", sum=filters.money(due)) if due else _("Đã giao hàng."))
    elif said and not refused:
        share = _share(reference)
        left = MOST_WRONG_CODES - share.wrong_codes
        wrong = _("Mã chưa đúng, còn %(n)s lần thử", n=left) if left else _("Sai mã năm lần, đơn đã khóa")
        form.code.errors = [wrong]
        form.key.data = uuid4().hex
        return _shown(share, hand_over=form), 422
    return (_shown(_share(reference), hand_over=form), 422) if refused else answer


@bp.post("/<reference>/mo-khoa")
def unlock(reference: str) -> ResponseReturnValue:
    """A manager lets codes be tried again."""
    desk.must(Task.MANAGE)
    return _press(reference, lambda share: fulfilment.unlock(share, by=desk.me(), at=_now()), _("Đã mở khóa mã."))


@bp.post("/<reference>/gui")
def ship(reference: str) -> ResponseReturnValue:
    """The carrier has it."""
    desk.must(Task.HAND_OVER)
    share, form = _share(reference), ShipForm()
    if not form.validate():
        return _shown(share, ship=form), 422

    def deed() -> str:
        courier = Courier(form.courier.data)
        fulfilment.ship(_share(reference), courier=courier, tracking=form.tracking.data, by=desk.me(), at=_now())
        return url_for("counter.orders.show", reference=reference)

    refused, answer = _try(form, deed)
    if refused:
        return _shown(_share(reference), ship=form), 422
    flash(_("Đã giao cho nhà vận chuyển."))
    return answer


@bp.post("/<reference>/da-giao")
def deliver(reference: str) -> ResponseReturnValue:
    """The carrier has delivered it."""
    desk.must(Task.HAND_OVER)
    return _press(
        reference, lambda share: fulfilment.deliver(share, by=desk.me(), at=_now()), _("Đã ghi là giao tới nơi.")
    )


@bp.route("/<reference>/tra-ve", methods=["GET", "POST"])
def take_back(reference: str) -> ResponseReturnValue:
    """It came back: what becomes of every unit."""
    if request.method == "POST":
        desk.must(Task.HAND_OVER)
    share = _share(reference)
    form = _back_form(fulfilment.picks_of(share))
    if request.method == "POST" and form.validate():
        back = {key: Back(*(int(form[f"{kind}_{key}"].data) for kind in BACK)) for key in _keys(share)}

        def deed() -> str:
            reason, at = form.reason.data, _now()
            fulfilment.take_back(_share(reference), back, reason=reason, by=desk.me(), at=at)
            return url_for("counter.orders.show", reference=reference)

        refused, answer = _try(form, deed)
        if not refused:
            flash(_("Đã nhận lại hàng."))
            return answer
        share = _share(reference)
    page = _page(share)
    return render_template("counter/orders/take_back.html", order=page, form=form), 422 if form.errors else 200


@bp.post("/<reference>/cat")
def put_away(reference: str) -> ResponseReturnValue:
    """What nobody fetched stands on its shelf again."""
    desk.must(Task.HAND_OVER)
    return _press(reference, lambda share: fulfilment.put_away(share, by=desk.me(), at=_now()), _("Đã cất lại kệ."))


@bp.post("/<reference>/huy")
def give_up(reference: str) -> ResponseReturnValue:
    """A manager calls off what cannot be filled."""
    desk.must(Task.MANAGE)
    share, form = _share(reference), ReasonForm()
    if not form.validate():
        return _shown(share, give_up=form), 422

    def deed() -> str:
        fulfilment.give_up(_share(reference), reason=form.reason.data, by=desk.me(), at=_now())
        return url_for("counter.orders.show", reference=reference)

    refused, answer = _try(form, deed)
    if refused:
        return _shown(_share(reference), give_up=form), 422
    flash(_("Đã hủy đơn và báo cho người mua."))
    return answer


@bp.get("/<reference>/phieu")
def slip(reference: str) -> str:
    """What goes into the parcel, and onto it."""
    return render_template("counter/orders/slip.html", order=_page(_share(reference)))


BACK = ("sellable", "damaged", "lost")


def whole(least: int, most: int) -> Callable[[Any, Field], None]:
    """A validator: plain digits, within these."""

    def check(_form: Any, field: Field) -> None:
        text = field.data or ""
        if not _WHOLE.match(text) or not text.isascii() or not least <= int(text) <= most:
            raise ValidationError(_("Cần một số nguyên từ %(least)s đến %(most)s", least=least, most=most))

    return check


def _pick_form(picks: Sequence[FulfilmentPick]) -> KeyedForm:
    """A field for the missing units of every pick."""
    fields = {
        f"missing_{pick.id}": StringField(_("Thiếu"), default="0", filters=[tidy], validators=[whole(0, pick.quantity)])
        for pick in picks
    }
    form: KeyedForm = type("PickForm", (KeyedForm,), fields)()
    return form


def _back_form(picks: Sequence[FulfilmentPick]) -> Any:
    """Three fields for every pick, which add up to its units."""
    labels = {"sellable": _("Bán lại được"), "damaged": _("Hỏng"), "lost": _("Không trả về")}
    fields: dict[str, Any] = {}
    for pick in picks:
        for kind, label in labels.items():
            checks = [whole(0, pick.quantity)] + ([_adds_up(pick)] if kind == "lost" else [])
            fields[f"{kind}_{pick.id}"] = StringField(label, filters=[tidy], validators=checks)
    return type("BackForm", (ReasonForm,), fields)()


def _adds_up(pick: FulfilmentPick) -> Callable[[Any, Field], None]:
    def check(form: Any, field: Field) -> None:
        parts = [form[f"{kind}_{pick.id}"].data or "" for kind in BACK]
        if all(map(_WHOLE.match, parts)) and sum(map(int, parts)) != pick.quantity:
            raise ValidationError(_("Ba số cộng lại phải đủ %(n)s", n=pick.quantity))

    return check


def _keys(share: Fulfilment) -> list[int]:
    return [pick.id for pick in share.picks]


def _share(reference: str) -> Fulfilment:
    return fulfilment.get_fulfilment(desk.here().id, reference)


def _now() -> datetime:
    return outside().now()


def _press(reference: str, verb: Callable[[Fulfilment], None], done: str) -> ResponseReturnValue:
    """A button without anything to fill in."""
    share, form = _share(reference), PlainForm()
    if not form.validate():
        return _shown(share, plain=form), 422

    def deed() -> str:
        verb(_share(reference))
        return url_for("counter.orders.show", reference=reference)

    refused, answer = _try(form, deed)
    if refused:
        return _shown(_share(reference), plain=form), 422
    flash(done)
    return answer


def _try(form: Any, deed: Callable[[], str]) -> tuple[bool, ResponseReturnValue]:
    """Do it once. Refused, the form says why, and nothing has changed."""
    try:
        return False, desk.once(form.key.data, deed)
    except (NotFound, Forbidden):
        raise
    except Invalid as wrong:
        words = _invalid(wrong)
        if wrong.field in form:
            form[wrong.field].errors = [words]
        else:
            form.form_errors.append(words)
    except DomainError as error:
        form.form_errors.append(_refusal(error))
    return True, ""


def _invalid(wrong: Invalid) -> str:
    if wrong.reason == "tracking":
        return _("Mã vận đơn gồm 6 đến 40 chữ cái không dấu, chữ số và dấu gạch")
    if wrong.field == "tracking":
        return _("Ghi mã vận đơn trên phiếu của nhà vận chuyển")
    return _("Giá trị không hợp lệ, hãy kiểm tra lại")


def _refusal(error: DomainError) -> str:
    if isinstance(error, Unfit):
        return _("Lô %(lots)s đã dừng bán hoặc hết hạn, không được giao. Hãy báo quản lý.", lots=", ".join(error.lots))
    if isinstance(error, Overdue):
        return _("Đơn đã hết thời gian giữ, hàng có thể đã hứa cho người khác. Không giao.")
    if isinstance(error, NoShift):
        return _("Chưa mở ca nên chưa nhận tiền được. Hãy mở ca, rồi giao lại.")
    return _("Đơn này vừa đổi trạng thái. Hãy xem lại bên dưới; chưa có gì thay đổi.")


def _shown(share: Fulfilment, **forms: Any) -> str:
    """The order's page; a form that was refused comes back in it as it was sent."""
    blank = {
        "hand_over": HandOverForm,
        "ship": ShipForm,
        "give_up": ReasonForm,
        "plain": PlainForm,
    }
    whole_set = {name: forms.get(name) or kind(formdata=None) for name, kind in blank.items()}
    wrong = next((form for form in whole_set.values() if form.errors), None)
    return render_template("counter/orders/show.html", order=_page(share), forms=whole_set, wrong=wrong)


def _row(share: Fulfilment, at: datetime) -> Row:
    order = share.order
    waits = share.state in (FulfilmentState.TO_PICK, FulfilmentState.READY)
    late = waits and order.hold_until is not None and order.hold_until <= at
    behind = share.state is FulfilmentState.TO_PICK and order.ready_at is not None and order.ready_at <= at
    cash = order.payment_method is PaymentMethod.CASH_ON_COLLECTION and waits
    return Row(
        reference=order.reference,
        name=order.name,
        collects=order.method is Method.COLLECT,
        units=sum(pick.quantity for pick in share.picks),
        due=Money(order.total, order.currency) if cash else None,
        state=_state_words(share, at),
        when=_when(share),
        wrong=late or behind or any(pick.missing for pick in share.picks),
    )


def _state_words(share: Fulfilment, at: datetime) -> str:
    order = share.order
    collects, state = order.method is Method.COLLECT, order.state_at(at)
    if share.state is FulfilmentState.READY and state in orders.GIVEN_UP:
        return _("Quá hạn, cất lại kệ")
    if share.state is FulfilmentState.TO_PICK and state is not OrderState.CONFIRMED:
        return {
            OrderState.AWAITING_PAYMENT: _("Chờ chuyển khoản"),
            OrderState.CANCELLED: _("Đã hủy"),
            OrderState.EXPIRED: _("Hết hạn giữ"),
        }[state]
    return {
        FulfilmentState.TO_PICK: _("Thiếu hàng") if any(pick.missing for pick in share.picks) else _("Cần soạn"),
        FulfilmentState.READY: _("Chờ khách lấy") if collects else _("Chờ gửi đi"),
        FulfilmentState.HANDED_OVER: _("Đã giao khách"),
        FulfilmentState.SHIPPED: _("Đang trên đường"),
        FulfilmentState.DELIVERED: _("Đã giao tới"),
        FulfilmentState.RETURNED: _("Không ai lấy, đã cất") if collects else _("Đã quay về"),
    }[share.state]


def _when(share: Fulfilment) -> str:
    order = share.order
    if share.state is FulfilmentState.TO_PICK and order.ready_at:
        return _("Hẹn %(moment)s", moment=filters.moment(order.ready_at))
    if share.state is FulfilmentState.READY and order.hold_until:
        return _("Giữ đến %(moment)s", moment=filters.moment(order.hold_until))
    return filters.moment(share.changed_at or order.placed_at)


def _step(share: Fulfilment, at: datetime) -> str | None:
    order = share.order
    state = order.state_at(at)
    if share.state is FulfilmentState.TO_PICK:
        return "pick" if state is OrderState.CONFIRMED else None
    if share.state is FulfilmentState.READY:
        if state in orders.GIVEN_UP:
            return "put_away"
        return "hand_over" if order.method is Method.COLLECT else "ship"
    return "deliver" if share.state is FulfilmentState.SHIPPED else None


def _page(share: Fulfilment) -> OrderPage:
    at = _now()
    order, payment = share.order, payments.of_order(share.order_id)
    picks = fulfilment.picks_of(share)
    unfit = set(fulfilment.unfit_lots(picks, at=at)) if share.state in WAITING else set()
    return OrderPage(
        reference=order.reference,
        state=_state_words(share, at),
        step=_step(share, at),
        collects=order.method is Method.COLLECT,
        name=order.name,
        phone=order.phone,
        address=order.address,
        old_address=order.old_address,
        note=order.note,
        of_age=order.of_age,
        placed_at=order.placed_at,
        ready_at=order.ready_at,
        hold_until=order.hold_until,
        units=tuple(_unit(pick, unfit) for pick in picks),
        due=_due(share, order, payment.due),
        paid=not payment.due,
        payment_name=order_words.payment_name(order.payment_method),
        total=Money(order.total, order.currency),
        carried=order_words.carried(share),
        handed_to=share.handed_to,
        why=share.note,
        locked=share.wrong_codes >= MOST_WRONG_CODES,
        missing=sum(pick.missing for pick in picks),
        unfit=tuple(sorted(unfit)),
        others=tuple(
            (other.outlet.name_vi, _share_words(other)) for other in db.session.scalars(fulfilment.others(share))
        ),
        deeds=_deeds(order),
    )


WAITING = (FulfilmentState.TO_PICK, FulfilmentState.READY)


def _due(share: Fulfilment, order: Order, due: Money) -> Money | None:
    """Cash still to be taken for this share: here, or by the carrier."""
    if not due or order.payment_method is PaymentMethod.BANK_TRANSFER:
        return None
    return due if order.method is Method.COLLECT else fulfilment.worth(share)


def _unit(pick: FulfilmentPick, unfit: set[str]) -> Unit:
    return Unit(
        pick_id=pick.id,
        name=pick.line.name_vi,
        unit=pick.line.unit_vi,
        sku=pick.line.sku,
        lot=pick.lot.code,
        best_before=pick.lot.best_before,
        quantity=pick.quantity,
        missing=pick.missing,
        unfit=pick.lot.code in unfit,
    )


def _share_words(share: Fulfilment) -> str:
    return {
        FulfilmentState.TO_PICK: _("cần soạn"),
        FulfilmentState.READY: _("đã soạn"),
        FulfilmentState.HANDED_OVER: _("đã giao khách"),
        FulfilmentState.SHIPPED: _("đang trên đường"),
        FulfilmentState.DELIVERED: _("đã giao tới"),
        FulfilmentState.RETURNED: _("đã quay về"),
    }[share.state]


def _deeds(order: Order) -> tuple[tuple[str, datetime, bool, str], ...]:
    """What happened to it: words, when, that it did, who."""
    words = {
        "order.placed": _("Khách đặt"),
        "order.confirmed": _("Tiền đã đến"),
        "fulfilment.missing": _("Soạn chưa đủ"),
        "fulfilment.ready": _("Soạn xong"),
        "fulfilment.wrong_code": _("Sai mã nhận hàng"),
        "fulfilment.unlocked": _("Mở khóa mã"),
        "fulfilment.handed_over": _("Giao khách"),
        "fulfilment.shipped": _("Giao nhà vận chuyển"),
        "fulfilment.delivered": _("Giao tới nơi"),
        "fulfilment.returned": _("Hàng quay về kệ"),
        "order.cancelled": _("Hủy đơn"),
        "order.expired": _("Hết thời gian giữ"),
    }
    events = [event for event in db.session.scalars(history.of(orders.subject_of(order))) if event.verb in words]
    names = _names({event.actor for event in events})
    return tuple((words[event.verb], event.at, True, names.get(event.actor, "")) for event in events)


def _names(actors: set[str]) -> dict[str, str]:
    """``user:5`` → that person's name; others have none."""
    keys = [int(actor.removeprefix("user:")) for actor in actors if actor.removeprefix("user:").isdecimal()]
    query = select(User.id, User.name).where(User.id.in_(keys))
    return {f"user:{key}": name for key, name in db.session.execute(query)} if keys else {}
