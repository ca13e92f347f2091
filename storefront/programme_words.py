"""Words for what the programme does: kinds of support and of events, channels, days from one to another."""

from datetime import date

from flask_babel import gettext as _

from catalog.errors import Invalid
from catalog.fairs import Fair, FairKind, FairState
from catalog.supports import SupportKind
from checkout.sales_figures import SalesChannel
from storefront import filters


def support_kind_name(kind: SupportKind) -> str:
    """``Tập huấn``…"""
    return {
        SupportKind.TRAINING: _("Tập huấn"),
        SupportKind.EQUIPMENT: _("Máy móc, thiết bị"),
        SupportKind.LABEL: _("Nhãn, bao bì, thương hiệu"),
        SupportKind.TESTING: _("Kiểm nghiệm, công bố"),
        SupportKind.PROMOTION: _("Xúc tiến thương mại"),
        SupportKind.LOAN: _("Lãi suất vốn vay"),
        SupportKind.OTHER: _("Khác"),
    }[kind]


def fair_kind_name(kind: FairKind) -> str:
    """``Hội chợ``…"""
    return {
        FairKind.FAIR: _("Hội chợ"),
        FairKind.FESTIVAL: _("Lễ hội"),
        FairKind.CONFERENCE: _("Hội nghị kết nối cung cầu"),
        FairKind.FORUM: _("Diễn đàn đối tác"),
    }[kind]


def fair_state_name(state: FairState) -> str:
    """``Bản nháp``…"""
    return {
        FairState.DRAFT: _("Bản nháp"),
        FairState.PUBLISHED: _("Đã công bố"),
        FairState.CANCELLED: _("Đã hủy"),
    }[state]


def channel_name(channel: SalesChannel) -> str:
    """``Đặt qua mạng``…"""
    return {
        SalesChannel.ONLINE: _("Đặt qua mạng"),
        SalesChannel.COUNTER: _("Tại quầy"),
        SalesChannel.EXPORT: _("Xuất khẩu"),
    }[channel]


def fair_days(fair: Fair) -> str:
    """``2/12/2026``, ``2–4/12/2026``, ``30/11 – 2/12/2026``: no more than is needed."""
    return days(fair.starts_on, fair.ends_on)


def days(first: date, last: date) -> str:
    """The same for any two days."""
    end = f"{last.day}/{last.month}/{last.year}"
    if first == last:
        return end
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{end}"
    start = f"{first.day}/{first.month}"
    return f"{start} – {end}" if first.year == last.year else f"{start}/{first.year} – {end}"


def problem(error: Invalid) -> str:
    """What is wrong with something that was written down, and what to do."""
    first, most = error.facts.get("first"), error.facts.get("most")
    by_field = {
        ("commune_code", "required"): _("Chọn xã, phường"),
        ("commune_code", "unknown"): _("Không có xã, phường này trong địa bàn của bạn"),
        ("producer_id", "unknown"): _("Không có chủ thể này trong địa bàn của bạn"),
        ("producer_id", "elsewhere"): _("Chủ thể này ở xã, phường khác: để trống xã, phường hoặc chọn đúng"),
        ("who", "required"): _("Ghi ai đã đi"),
        ("found", "required"): _("Ghi đã thấy gì"),
        ("fund", "required"): _("Ghi nguồn kinh phí"),
        ("what", "required"): _("Ghi đã hỗ trợ gì"),
        ("reason", "required"): _("Ghi lý do"),
        ("amount", "range"): _("Số tiền từ 1 đến %(most)s ₫; không tính được thì để trống", most=_number(most)),
        ("name_vi", "required"): _("Ghi tên sự kiện"),
        ("place_vi", "required"): _("Ghi nơi diễn ra"),
        ("organiser_vi", "required"): _("Ghi đơn vị tổ chức"),
        ("ends_on", "before_start"): _("Ngày cuối phải từ ngày đầu trở đi"),
        ("ends_on", "too_long"): _("Một sự kiện dài nhất %(most)s ngày", most=_number(most)),
        ("starts_on", "range"): _("Ngày bắt đầu phải từ năm %(first)s", first=first),
        ("link", "link"): _("Đường dẫn bắt đầu bằng https:// và không có khoảng trắng"),
    }
    by_reason = {
        "required": _("Chưa ghi"),
        "future": _("Ngày này chưa tới"),
        "too_early": _("Chương trình bắt đầu từ năm %(first)s", first=first),
        "too_long": _("Dài quá %(most)s ký tự", most=_number(most)),
    }
    return by_field.get((error.field, error.reason)) or by_reason.get(error.reason) or _("Chưa đúng")


def _number(value: object) -> str:
    return filters.number(value) if isinstance(value, int) else ""
