"""An outlet's figures to take along, as CSV or XLSX: its stock now, its movements and its sales of some days."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice, ValidationError

from catalog import reports
from catalog.clock import vietnam_day
from checkout import reports as checkout_reports
from storefront import sale_words, spreadsheets, wording
from storefront.counter import desk
from storefront.extensions import limiter
from storefront.fields import DayField
from storefront.outside import outside
from storefront.spreadsheets import Cell

bp = Blueprint("exports", __name__, url_prefix="/<outlet>/xuat")

MOST_DAYS = 366
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Row = tuple[Cell, ...]


class ExportForm(FlaskForm):
    """Which table, of which days; the stock is always of this moment."""

    class Meta:
        csrf = False  # it only reads

    bang = RadioField(
        _l("Bảng"),
        choices=[
            SelectChoice(value="ton-kho", label=_l("Hàng trên kệ")),
            SelectChoice(value="bien-dong", label=_l("Biến động kho")),
            SelectChoice(value="ban-hang", label=_l("Bán tại quầy")),
        ],
        default="bien-dong",
        validate_choice=False,
    )
    tu = DayField(_l("Từ ngày"), default=lambda: _today().replace(day=1))
    den = DayField(_l("Đến hết ngày"), default=lambda: _today())

    def validate_bang(self, field: RadioField) -> None:
        if field.data not in TABLES:
            raise ValidationError(_("Chọn một bảng"))

    def validate_den(self, field: DayField) -> None:
        if field.data and self.tu.data and not 0 <= (field.data - self.tu.data).days < MOST_DAYS:
            raise ValidationError(_("Ngày cuối phải từ ngày đầu trở đi, cả thảy nhiều nhất %(n)s ngày", n=MOST_DAYS))


@bp.get("")
def show() -> str:
    """Choose a table and its days."""
    return render_template("counter/exports/show.html", form=ExportForm())


@bp.get("/tep")
@limiter.limit("30 per minute")
def file() -> ResponseReturnValue:
    """The table as a file. ``dang``: ``csv`` or ``xlsx``; a wrong choice is named beside its field."""
    form = ExportForm(request.args)
    if not form.validate():
        return render_template("counter/exports/show.html", form=form), 422
    table = TABLES[form.bang.data]
    heads, rows = [str(head) for head in table.heads], table.rows(form.tu.data, form.den.data)
    days = f"{_today()}" if form.bang.data == "ton-kho" else f"{form.tu.data}_{form.den.data}"
    name = f"{form.bang.data}-{desk.here().code}-{days}"
    if request.args.get("dang") == "xlsx":
        return send_file(spreadsheets.workbook(heads, rows), XLSX, as_attachment=True, download_name=f"{name}.xlsx")
    return spreadsheets.csv_file(name, heads, rows)


def _shelves(from_on: date, to_on: date) -> Iterator[Row]:
    for row in reports.shelves(desk.here().id):
        owner = _("Chủ thể (ký gửi)") if row.consigned else _("Điểm bán")
        yield (
            row.sku, row.gtin, row.name, row.unit, row.lot, row.made_on, row.best_before,
            wording.lot_state_name(row.state), owner, row.on_hand, row.held, row.on_hand - row.held, row.price,
        )  # fmt: skip


def _movements(from_on: date, to_on: date) -> Iterator[Row]:
    for row in reports.movements(desk.here().id, from_on=from_on, to_on=to_on):
        who = {"system": _("hệ thống"), "buyer": _("người mua")}.get(row.who, row.who)
        yield (
            row.at, wording.movement_name(row.kind), row.sku, row.name, row.unit, row.lot, row.on_hand, row.held,
            row.document.partition(":")[2], row.reason, who,
        )  # fmt: skip


def _sales(from_on: date, to_on: date) -> Iterator[Row]:
    for row in checkout_reports.sales(desk.here().id, from_on=from_on, to_on=to_on):
        yield (
            row.paid_at, row.reference, row.clerk, sale_words.tender_name(row.method), row.sku, row.name, row.unit,
            row.quantity, row.price, row.amount, row.vat_percent, row.vat, row.undone_at, row.reason,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """One kind of table of this outlet. rows: of the days from one to another, both included."""

    heads: tuple[str, ...]
    rows: Callable[[date, date], Iterator[Row]]


TABLES: Mapping[str, Table] = {
    "ton-kho": Table(
        (
            _l("Mã hàng"), _l("Mã vạch"), _l("Tên"), _l("Quy cách"), _l("Lô"), _l("Ngày sản xuất"), _l("Hạn dùng"),
            _l("Tình trạng"), _l("Của ai"), _l("Có"), _l("Đang giữ"), _l("Còn bán được"), _l("Giá bán"),
        ),
        _shelves,
    ),
    "bien-dong": Table(
        (
            _l("Lúc"), _l("Việc"), _l("Mã hàng"), _l("Tên"), _l("Quy cách"), _l("Lô"), _l("Thay đổi số có"),
            _l("Thay đổi số giữ"), _l("Chứng từ"), _l("Lý do"), _l("Ai làm"),
        ),
        _movements,
    ),
    "ban-hang": Table(
        (
            _l("Lúc trả tiền"), _l("Phiếu"), _l("Người bán"), _l("Cách trả"), _l("Mã hàng"), _l("Tên"), _l("Quy cách"),
            _l("Số lượng"), _l("Đơn giá"), _l("Thành tiền"), _l("Thuế suất (phần trăm)"), _l("Thuế trong giá"), _l("Hủy lúc"),
            _l("Lý do hủy"),
        ),
        _sales,
    ),
}  # fmt: skip
"""By their name in addresses."""


def _today() -> date:
    return vietnam_day(outside().now())
