"""Units that leave the shelf for good: damaged, past their day, given away."""

from flask import Blueprint, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectChoice, StringField, ValidationError
from wtforms.validators import Length

from catalog import shelves, stock, write_offs
from catalog.clock import vietnam_day
from catalog.errors import Invalid, OutOfStock
from catalog.memberships import Task
from catalog.stock import MovementKind
from catalog.write_offs import Shelf
from checkout import orders
from storefront import filters
from storefront.counter import desk, moving
from storefront.deeds import KeyedForm
from storefront.fields import UnitsField, tidy
from storefront.outside import outside
from storefront.paging import paged
from storefront.wording import movement_name

bp = Blueprint("write_offs", __name__, url_prefix="/<outlet>/xuat-huy")

PAGE_SIZE = 30


class WriteOffForm(KeyedForm):
    """How many, and why."""

    quantity = UnitsField(_l("Số lượng"))
    kind = RadioField(_l("Vì sao"), validate_choice=False)
    reason = StringField(
        _l("Ghi rõ"),
        filters=[tidy],
        validators=[Length(max=write_offs.LONGEST_REASON, message=_l("Lý do dài quá %(max)d ký tự"))],
    )

    def validate_kind(self, field: RadioField) -> None:
        if field.data not in [kind.value for kind in stock.WRITE_OFFS]:
            raise ValidationError(_("Chọn một lý do"))


@bp.get("")
def index() -> str:
    """What has left this way, newest first."""
    keys = shelves.movements(desk.here().id, kinds=stock.WRITE_OFFS)
    paging = paged(shelves.count(keys), PAGE_SIZE)
    page = shelves.read(keys.limit(PAGE_SIZE).offset(paging.offset))
    return render_template("counter/write_offs/index.html", movements=moving.told(page), paging=paging)


@bp.route("/<int:level>", methods=["GET", "POST"])
def new(level: int) -> ResponseReturnValue:
    """Take units of one lot off the shelf."""
    desk.must(Task.WRITE_OFF)
    shelf = write_offs.get_shelf(desk.here().id, level)
    past = shelf.past(vietnam_day(outside().now()))
    form = WriteOffForm(kind=MovementKind.EXPIRED.value if past else None)
    form.kind.choices = [
        SelectChoice(kind.value, movement_name(kind)) for kind in stock.WRITE_OFFS if past or kind != "expired"
    ]
    if form.is_submitted() and form.validate():
        try:
            return desk.once(form.key.data, lambda: _write_off(shelf, form))
        except OutOfStock as error:
            form.quantity.errors = [_short(error.free)]
        except Invalid as error:
            form[error.field].errors = [_words(error)]
        shelf = write_offs.get_shelf(desk.here().id, level)
    page = render_template("counter/write_offs/new.html", form=form, shelf=shelf, past=past)
    return page, 422 if form.errors else 200


def _write_off(shelf: Shelf, form: WriteOffForm) -> str:
    now = outside().now()
    orders.expire_overdue(at=now, variant_ids=[shelf.variant_id])
    write_offs.write_off(
        desk.here().id, shelf.level_id, form.quantity.units, kind=MovementKind(form.kind.data),
        reason=form.reason.data or "", key=form.key.data, by=desk.me(), at=now,
    )  # fmt: skip
    flash(
        _(
            "Đã xuất hủy %(n)s %(unit)s %(name)s.",
            n=filters.number(form.quantity.units),
            unit=shelf.unit,
            name=shelf.name,
        )
    )
    return url_for("counter.shelves.show", sku=shelf.sku)


def _short(free: int) -> str:
    if free <= 0:
        return _("Lô này không còn món nào trống: tất cả đã giữ cho đơn hoặc vừa xuất")
    return _("Chỉ còn %(n)s chưa giữ cho đơn", n=filters.number(free))


def _words(error: Invalid) -> str:
    return {
        ("kind", "not_expired"): _("Lô này chưa quá hạn"),
        ("reason", "required"): _("Ghi rõ vì sao, ví dụ: rơi vỡ khi xếp kệ"),
    }.get((error.field, error.reason), _("Giá trị này chưa đúng"))
