"""A consignment statement in words: its columns, its check, and the sheet that is printed of it."""

from typing import Any

from flask_babel import gettext as _

from catalog.clock import vietnam_day
from catalog.producers import Producer
from catalog.transfers import DifferenceCause
from checkout.statements import Figures, Row, Statement
from storefront import filters
from storefront.outside import outside
from storefront.spreadsheets import Cell


def month_name(statement: Statement) -> str:
    """``tháng 10/2026``, and until when if it still runs."""
    name = _("tháng %(month)s", month=f"{statement.month.month}/{statement.month.year}")
    if statement.over:
        return name
    return _("%(month)s, tạm tính đến %(moment)s", month=name, moment=filters.moment(statement.until))


def check_words(statement: Statement) -> str:
    """What the figures were compared with, and whether they were the same."""
    if statement.ties:
        return _(
            "Khớp sổ kho: tồn cuối bằng tổng mọi biến động của các lô, và mỗi món đã bán có dòng đơn hoặc phiếu bán "
            "với đúng số lượng."
        )
    return _("Chưa khớp sổ kho: đừng ký, hãy báo cán bộ chương trình đối chiếu.")


def lost_name(cause: DifferenceCause) -> str:
    """``Vỡ, hư``…"""
    return {
        DifferenceCause.BROKEN: _("Vỡ, hư"),
        DifferenceCause.MISSING: _("Thiếu"),
        DifferenceCause.EXPIRED: _("Hết hạn"),
        DifferenceCause.WRONG_ITEM: _("Nhầm hàng"),
    }[cause]


def heads() -> tuple[str, ...]:
    """Of the table of every lot."""
    return (
        _("Mã hàng"), _("Tên"), _("Quy cách"), _("Lô"), _("Hạn dùng"), _("Tồn đầu"), _("Nhập"), _("Chuyển đến"),
        _("Chuyển đi"), _("Bán"), _("Khách trả lại"), _("Hư hỏng"), _("Hết hạn"), _("Hàng mẫu"), _("Kiểm kê"),
        _("Tồn cuối"), _("Tiền bán (đồng, gồm thuế)"), _("Khớp sổ kho"),
    )  # fmt: skip


def cells(row: Row) -> tuple[Cell, ...]:
    """One lot, under ``heads``."""
    told = row.figures
    return (
        row.sku, row.name, row.unit, row.lot, row.best_before, told.opening, told.received, told.moved_in,
        told.moved_out, told.sold, told.returned, told.damaged, told.expired, told.sample, told.corrected,
        told.closing, told.amount, _("khớp") if told.ties else _("chưa khớp"),
    )  # fmt: skip


def sheet(statement: Statement, producer: Producer) -> dict[str, Any]:
    """Facts of ``templates/print/statement.typ``."""
    at, outlet = outside().now(), statement.outlet
    return {
        "title": _("Bảng đối soát hàng ký gửi"),
        "month": month_name(statement),
        "parties": [[_("Chủ thể"), producer.name_vi], [_("Điểm bán"), f"{outlet.code} · {outlet.name_vi}"]],
        "heads": [
            _("Hàng, lô"), _("Tồn đầu"), _("Nhập"), _("Chuyển đến"), _("Chuyển đi"), _("Bán"), _("Trả lại"),
            _("Xuất hủy, mẫu"), _("Kiểm kê"), _("Tồn cuối"), _("Tiền bán"),
        ],
        "rows": [[f"{row.name}, {row.unit}", row.lot, *_printed(row.figures)] for row in statement.rows],
        "total": [_("Cộng"), *_printed(statement.total)],
        "bought_title": _("Hàng điểm bán đã mua đứt trong tháng, không thuộc phần ký gửi"),
        "bought": [
            [filters.day(each.on), f"{each.reference} ({each.note_number})", f"{each.name}, {each.unit}", each.lot,
             filters.number(each.units)]
            for each in statement.bought
        ],
        "lost_title": _("Hàng ký gửi chuyển đến không đủ"),
        "lost": [
            [filters.day(each.on), each.reference, f"{each.name}, {each.unit}", each.lot,
             f"{lost_name(each.cause)}: {filters.number(each.units)}"]
            for each in statement.lost
        ],
        "check": check_words(statement),
        "notes": notes(),
        "signs": [_("Đại diện chủ thể"), _("Đại diện điểm bán")],
        "made": _("Lập ngày %(day)s. Trang %(page)s/%(pages)s.", day=filters.day(vietnam_day(at)), page="{p}", pages="{n}"),
        "none": _("Không có hàng ký gửi nào ở đây trong tháng này."),
    }  # fmt: skip


def notes() -> list[str]:
    """What the figures mean; the page and the sheet say the same."""
    return [
        _(
            "Bán tính từ lúc hàng rời kệ; hàng quay về kệ được trừ vào tháng nó về. Hàng thất lạc khi giao vẫn tính là đã bán."
        ),
        _("Tiền bán là giá trên từng dòng đã bán, gồm thuế, chưa trừ hoa hồng ký gửi nếu hợp đồng có."),
        _("Bảng này để hai bên đối chiếu, không phải là hóa đơn."),
    ]


def _printed(figures: Figures) -> list[str]:
    columns = (
        figures.opening, figures.received, figures.moved_in, figures.moved_out, figures.sold, figures.returned,
        figures.written_off, figures.corrected, figures.closing,
    )  # fmt: skip
    return [*(filters.number(each) for each in columns), filters.number(figures.amount)]
