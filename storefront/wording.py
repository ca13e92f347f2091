"""Words for the domain's codes, in the visitor's language. Each function names every member it knows."""

from datetime import datetime

from flask_babel import gettext as _

from catalog.clock import vietnam_day
from catalog.lots import LotState
from catalog.memberships import Role
from catalog.outlets import OutletLevel
from catalog.producers import LegalForm
from catalog.stock import MovementKind
from storefront import filters
from storefront.outside import outside


def level_name(level: OutletLevel) -> str:
    """``Điểm bán``…"""
    return {
        OutletLevel.SALES_POINT: _("Điểm bán"),
        OutletLevel.DISTRICT_CENTRE: _("Trung tâm OCOP cấp huyện"),
        OutletLevel.PROVINCIAL_CENTRE: _("Trung tâm OCOP cấp tỉnh"),
        OutletLevel.REGIONAL_CENTRE: _("Trung tâm OCOP cấp vùng"),
    }[level]


def role_name(role: Role) -> str:
    """``Nhân viên quầy``…"""
    return {
        Role.CLERK: _("Nhân viên quầy"),
        Role.MANAGER: _("Trưởng điểm"),
        Role.OFFICER: _("Cán bộ chương trình"),
    }[role]


def legal_form_name(form: LegalForm) -> str:
    """``Hợp tác xã``…"""
    return {
        LegalForm.COOPERATIVE: _("Hợp tác xã"),
        LegalForm.COMPANY: _("Doanh nghiệp"),
        LegalForm.HOUSEHOLD: _("Hộ sản xuất"),
        LegalForm.COOPERATIVE_GROUP: _("Tổ hợp tác"),
    }[form]


def movement_name(kind: MovementKind) -> str:
    """``Nhập hàng``…"""
    return {
        MovementKind.RECEIVED: _("Nhập hàng"),
        MovementKind.HELD: _("Giữ cho đơn"),
        MovementKind.RELEASED: _("Thôi giữ"),
        MovementKind.SOLD_ONLINE: _("Bán qua mạng"),
        MovementKind.SOLD_AT_COUNTER: _("Bán tại quầy"),
        MovementKind.RETURNED: _("Khách trả lại"),
        MovementKind.TRANSFERRED_OUT: _("Chuyển đi"),
        MovementKind.TRANSFERRED_IN: _("Chuyển đến"),
        MovementKind.DAMAGED: _("Hư hỏng"),
        MovementKind.EXPIRED: _("Hết hạn"),
        MovementKind.SAMPLE: _("Hàng mẫu, hàng tặng"),
        MovementKind.COUNT_CORRECTION: _("Sửa theo kiểm kê"),
    }[kind]


def lot_state_name(state: LotState) -> str:
    """``Bán được``…"""
    return {
        LotState.SELLABLE: _("Bán được"),
        LotState.QUARANTINED: _("Tạm dừng bán"),
        LotState.RECALLED: _("Thu hồi"),
    }[state]


def opens_next(at: datetime) -> str:
    """``mở lại lúc 07:30 sáng mai`` said without a riddle: the clock, and the day unless it is today."""
    today, then = vietnam_day(outside().now()), vietnam_day(at)
    if then == today:
        return _("mở lúc %(clock)s", clock=filters.clock(at))
    if (then - today).days == 1:
        return _("mở lúc %(clock)s ngày mai", clock=filters.clock(at))
    return _("mở lúc %(clock)s %(day)s", clock=filters.clock(at), day=filters.weekday_day(then))


def ready_at(at: datetime) -> str:
    """``nhận từ 14:30 hôm nay``"""
    today, then = vietnam_day(outside().now()), vietnam_day(at)
    if then == today:
        return _("nhận từ %(clock)s hôm nay", clock=filters.clock(at))
    if (then - today).days == 1:
        return _("nhận từ %(clock)s ngày mai", clock=filters.clock(at))
    return _("nhận từ %(clock)s %(day)s", clock=filters.clock(at), day=filters.weekday_day(then))


def allergen_name(code: str) -> str:
    """``đậu phụng``…; an unknown code stands for itself."""
    return {
        "peanut": _("đậu phụng"),
        "sesame": _("mè"),
        "fish": _("cá"),
        "crustacean": _("giáp xác"),
        "mollusc": _("nhuyễn thể"),
        "gluten": _("gluten (lúa mì)"),
        "soy": _("đậu nành"),
        "milk": _("sữa"),
        "egg": _("trứng"),
        "nuts": _("hạt cây"),
    }.get(code, code)


def shelf_life_words(code: str) -> str:
    """``12m`` → ``12 tháng``, ``7d`` → ``7 ngày``."""
    number = code[:-1]
    return _("%(n)s tháng", n=number) if code.endswith("m") else _("%(n)s ngày", n=number)


def net_words(net: str) -> str:
    """``500 ml`` stays; ``1 piece`` → ``1 chiếc``."""
    amount, unit = net.split(" ", 1)
    names = {"piece": _("chiếc"), "set": _("bộ"), "person": _("người"), "m": "m"}
    if unit in names:
        return f"{amount} {names[unit]}"
    if int(amount) >= 1000 and unit in ("g", "ml"):
        whole, rest = divmod(int(amount), 1000)
        decimals = f",{rest:03d}".rstrip("0").rstrip(",")
        return f"{whole}{decimals} {'kg' if unit == 'g' else 'l'}"
    return net


def season_words(months: tuple[int, ...], now: int) -> str | None:
    """A line about the season, or None for goods of all seasons. now: month 1–12."""
    if not months:
        return None
    if now in months:
        return _("Đang vào mùa")
    return _("Mùa chính: tháng %(months)s", months=", ".join(_runs(months)))


def _runs(months: tuple[int, ...]) -> list[str]:
    """``1, 2, 3, 11, 12`` → ``1–3``, ``11–12``."""
    runs: list[list[int]] = []
    for month in sorted(set(months)):
        if runs and month == runs[-1][-1] + 1:
            runs[-1].append(month)
        else:
            runs.append([month])
    return [f"{run[0]}–{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs]


def month_title(month: int) -> str:
    """Title of the home page's season shelf."""
    if month in (12, 1):
        return _("Quà Tết từ các làng")
    return _("Tháng %(month)s, đang vào mùa", month=month)
