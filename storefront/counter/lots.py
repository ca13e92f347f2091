"""Lots here: what ends soon and what to do about it, what is off sale, and recalls."""

from flask import Blueprint, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from wtforms import StringField, TextAreaField

from catalog import expiry, history, shelves, stops
from catalog.clock import vietnam_day
from catalog.db import db
from catalog.errors import Conflict, Invalid, NotFound
from catalog.expiry import Action, Ending
from catalog.history import Event
from catalog.lots import NEXT, Lot, LotState
from catalog.memberships import Task
from catalog.products import Product, Variant
from checkout import recalls
from checkout.recalls import Recall
from storefront import actors, filters, recall_words
from storefront.counter import desk, moving
from storefront.deeds import KeyedForm
from storefront.fields import Needed, tidy
from storefront.outside import outside
from storefront.paging import paged

bp = Blueprint("lots", __name__, url_prefix="/<outlet>/lo")

MOST_STOPPED = 100
LAST_MOVEMENTS = 10
PAGE_SIZE = 25


class StopForm(KeyedForm):
    """Why it is taken off sale."""

    reason = StringField(_l("Vì sao"), filters=[tidy], validators=[Needed(_l("Ghi vì sao phải dừng bán lô này"))])


class TestsForm(KeyedForm):
    """What the papers say of the lot's tests."""

    tests = TextAreaField(
        _l("Kiểm nghiệm"), filters=[tidy], validators=[Needed(_l("Ghi nơi kiểm, ngày và kết quả theo giấy kèm hàng"))]
    )


class RecallForm(KeyedForm):
    """Why, and what whoever has some of it should do."""

    reason = StringField(_l("Lô này bị sao"), filters=[tidy], validators=[Needed(_l("Ghi vì sao phải thu hồi lô này"))])
    advice = TextAreaField(
        _l("Khách và điểm bán cần làm gì"), filters=[tidy], validators=[Needed(_l("Ghi khách và điểm bán cần làm gì"))]
    )


@bp.get("")
def index() -> str:
    """What ends within thirty days, each with what to do, and what is off sale."""
    at, outlet = outside().now(), desk.here().id
    endings = [ending for ending in expiry.ending(outlet, at=at) if ending.state is LotState.SELLABLE]
    stopped = list(db.session.scalars(stops.stopped_at(outlet).limit(MOST_STOPPED)))
    paging = paged(len(endings), PAGE_SIZE)
    return render_template(
        "counter/lots/index.html",
        endings=endings[paging.offset : paging.offset + PAGE_SIZE],
        paging=paging,
        days_words=days_words,
        action_words=action_words,
        stopped=_named(stopped),
        most=MOST_STOPPED,
    )


@bp.get("/<int:lot_id>")
def show(lot_id: int) -> str:
    """One lot: its days and tests, its units here, what happened to it here."""
    return _page(stops.get_lot(lot_id, outlet_id=desk.here().id), StopForm(formdata=None))


@bp.post("/<int:lot_id>/kiem-nghiem")
def note_tests(lot_id: int) -> ResponseReturnValue:
    """Write down what the papers of the delivery say."""
    desk.must(Task.RECEIVE)
    lot, form = stops.get_lot(lot_id, outlet_id=desk.here().id), TestsForm()
    if form.validate():
        try:
            return desk.once(form.key.data, lambda: _note_tests(lot, form.tests.data))
        except Invalid as error:
            form.tests.errors = [_words(error)]
    return _page(stops.get_lot(lot_id, outlet_id=desk.here().id), StopForm(formdata=None), form), 422


@bp.post("/<int:lot_id>/tam-dung")
def quarantine(lot_id: int) -> ResponseReturnValue:
    """Off sale everywhere until somebody has looked."""
    desk.must(Task.STOP_LOT)
    lot, form = stops.get_lot(lot_id, outlet_id=desk.here().id), StopForm()
    if form.validate():
        try:
            return desk.once(form.key.data, lambda: _quarantine(lot, form.reason.data))
        except Invalid as error:
            form.reason.errors = [_words(error)]
        except Conflict:
            form.form_errors.append(_("Lô này vừa được người khác dừng bán"))
    return _page(stops.get_lot(lot_id, outlet_id=desk.here().id), form), 422


@bp.post("/<int:lot_id>/ban-lai")
def let_go(lot_id: int) -> ResponseReturnValue:
    """The suspicion was wrong: on sale again everywhere."""
    desk.must(Task.STOP_LOT)
    lot, form = stops.get_lot(lot_id, outlet_id=desk.here().id), KeyedForm()
    stop = StopForm(formdata=None)
    if form.validate():
        try:
            return desk.once(form.key.data, lambda: _let_go(lot))
        except Conflict:
            stop.form_errors = [_("Lô này không còn ở trạng thái tạm dừng")]
    else:
        stop.form_errors = [str(message) for messages in form.errors.values() for message in messages]
    return _page(stops.get_lot(lot_id, outlet_id=desk.here().id), stop), 422


@bp.route("/<int:lot_id>/thu-hoi", methods=["GET", "POST"])
def recall(lot_id: int) -> ResponseReturnValue:
    """Stop it for good, everywhere; then: everybody it concerns, and what they are to be told."""
    desk.must(Task.STOP_LOT)
    lot, form = stops.get_lot(lot_id, outlet_id=desk.here().id), RecallForm()
    if form.is_submitted() and form.validate():
        try:
            return desk.once(form.key.data, lambda: _recall(lot, form))
        except Invalid as error:
            form[error.field].errors = [_words(error)]
        except Conflict:
            form.form_errors.append(_("Lô này vừa được người khác thu hồi"))
    return _recall_page(stops.get_lot(lot_id, outlet_id=desk.here().id), form), 422 if form.errors else 200


@bp.post("/<int:lot_id>/thu-hoi/bao-tin")
def tell(lot_id: int) -> ResponseReturnValue:
    """Send the messages that the recall's page shows."""
    desk.must(Task.STOP_LOT)
    lot, form = stops.get_lot(lot_id, outlet_id=desk.here().id), KeyedForm()
    recalled = recalls.find_recall(lot.id)
    if recalled is None:
        raise NotFound(f"no recall of lot {lot_id}")
    if form.validate():
        return desk.once(form.key.data, lambda: _tell(lot, recalled))
    empty = RecallForm(formdata=None)
    empty.form_errors = [str(message) for messages in form.errors.values() for message in messages]
    return _recall_page(lot, empty), 422


def days_words(ending: Ending) -> str:
    """``còn 12 ngày``…"""
    if ending.days_left < 0:
        return _("quá hạn %(n)s ngày", n=-ending.days_left)
    return _("hôm nay là ngày cuối") if ending.days_left == 0 else _("còn %(n)s ngày", n=ending.days_left)


def action_words(ending: Ending) -> str:
    """What to do, as an instruction."""
    units = filters.number(ending.units)
    if ending.action is Action.WRITE_OFF:
        return _("Bỏ khỏi kệ và xuất hủy %(n)s", n=units) if ending.units else _("Đang giữ cho đơn: báo đổi lô khác")
    if ending.action is Action.MOVE and ending.to is not None:
        return _("Chuyển %(n)s sang %(code)s %(name)s, nơi bán nhanh hơn", n=units, code=ending.to.code,
                 name=ending.to.name_vi)  # fmt: skip
    if ending.surplus:
        return _("Bán trước, bày ra ngoài: với sức bán hiện nay sẽ còn dư %(n)s", n=filters.number(ending.surplus))
    return _("Bán trước, bày ra ngoài")


def _page(lot: Lot, form: StopForm, tests: TestsForm | None = None) -> str:
    at, outlet = outside().now(), desk.here().id
    goods = _goods(lot)
    keys = shelves.movements(outlet, lot_id=lot.id)
    here = [row for row in shelves.lots_of(outlet, lot.variant_id, at=at) if row.lot_id == lot.id]
    return render_template(
        "counter/lots/show.html",
        lot=lot,
        goods=goods,
        here_now=here,
        on_hand=sum(row.on_hand for row in here),
        held=sum(row.held for row in here),
        today=vietnam_day(at),
        form=form,
        tests=tests or TestsForm(formdata=None, tests=lot.tests),
        can_stop=desk.may(Task.STOP_LOT),
        can_quarantine=LotState.QUARANTINED in NEXT[lot.state],
        can_let_go=LotState.SELLABLE in NEXT[lot.state],
        can_recall=LotState.RECALLED in NEXT[lot.state],
        recalled=recalls.find_recall(lot.id),
        events=_events(lot),
        movements=moving.told(shelves.read(keys.limit(LAST_MOVEMENTS))),
    )


def _recall_page(lot: Lot, form: RecallForm) -> str:
    recalled, goods = recalls.find_recall(lot.id), _goods(lot)
    report = recalls.report(lot.id)
    paging = paged(len(report.orders), PAGE_SIZE)
    return render_template(
        "counter/lots/recall.html",
        lot=lot,
        goods=goods,
        form=form,
        plain=KeyedForm(formdata=None),
        recalled=recalled,
        report=report,
        paging=paging,
        orders=[
            (order, recall_words.state_words(order), recall_words.to_buyer(order, recalled, lot, goods.product))
            for order in report.orders[paging.offset : paging.offset + PAGE_SIZE]
        ],
        outlets=[
            (standing, recall_words.to_outlet(standing, recalled, lot, goods.product)) for standing in report.standings
        ],
        letters=sum(bool(order.email) for order in report.orders) + len(report.standings),
        silent=sum(not order.email for order in report.orders),
        who=actors.names([recalled.called_by])[recalled.called_by] if recalled else "",
    )


def _events(lot: Lot) -> list[tuple[Event, str, str]]:
    """(event, what, who) of the lot's stops."""
    found = list(db.session.scalars(history.of(f"lot:{lot.id}")))
    names = actors.names(event.actor for event in found)
    what = {
        "lot.quarantined": _("Tạm dừng bán"), "lot.sellable": _("Cho bán lại"), "lot.recalled": _("Thu hồi"),
        "recall.told": _("Đã gửi tin báo"),
    }  # fmt: skip
    return [(event, what[event.verb], names[event.actor]) for event in reversed(found) if event.verb in what]


def _note_tests(lot: Lot, words: str) -> str:
    stops.note_tests(lot, words, outlet_id=desk.here().id, by=desk.me(), at=outside().now())
    flash(_("Đã ghi kiểm nghiệm của lô %(code)s.", code=lot.code))
    return url_for("counter.lots.show", lot_id=lot.id)


def _quarantine(lot: Lot, reason: str) -> str:
    stops.quarantine(lot, reason, by=desk.me(), at=outside().now())
    flash(_("Đã dừng bán lô %(code)s ở mọi điểm.", code=lot.code))
    return url_for("counter.lots.show", lot_id=lot.id)


def _let_go(lot: Lot) -> str:
    stops.let_go(lot, by=desk.me(), at=outside().now())
    flash(_("Lô %(code)s được bán lại ở mọi điểm.", code=lot.code))
    return url_for("counter.lots.show", lot_id=lot.id)


def _recall(lot: Lot, form: RecallForm) -> str:
    recalls.recall(lot, form.reason.data, form.advice.data, by=desk.me(), at=outside().now())
    flash(_("Đã thu hồi lô %(code)s. Không điểm nào bán hay giao được nữa.", code=lot.code))
    return url_for("counter.lots.recall", lot_id=lot.id)


def _tell(lot: Lot, recalled: Recall) -> str:
    sent = recalls.tell(recalled, by=desk.me(), at=outside().now())
    flash(_("Đang gửi %(n)s thư.", n=filters.number(sent)) if sent else _("Thư đã gửi từ trước."))
    return url_for("counter.lots.recall", lot_id=lot.id)


def _goods(lot: Lot) -> Variant:
    """What the lot is of, with its product."""
    return _variants([lot.variant_id])[lot.variant_id]


def _named(found: list[Lot]) -> list[tuple[Lot, Variant]]:
    variants = _variants([lot.variant_id for lot in found])
    return [(lot, variants[lot.variant_id]) for lot in found]


def _variants(keys: list[int]) -> dict[int, Variant]:
    query = (
        select(Variant).where(Variant.id.in_(keys)).options(joinedload(Variant.product).joinedload(Product.producer))
    )
    return {variant.id: variant for variant in db.session.scalars(query)}


def _words(error: Invalid) -> str:
    return {
        ("reason", "required"): _("Ghi vì sao"),
        ("reason", "too_long"): _("Lý do dài quá %(n)s ký tự", n=error.facts.get("most", "")),
        ("tests", "too_long"): _("Lời ghi dài quá %(n)s ký tự", n=error.facts.get("most", "")),
        ("advice", "required"): _("Ghi khách và điểm bán cần làm gì"),
        ("advice", "too_long"): _("Lời dặn dài quá %(n)s ký tự", n=error.facts.get("most", "")),
    }.get((error.field, error.reason), _("Giá trị này chưa đúng"))
