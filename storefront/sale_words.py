"""Counter sales in words: what is in the way, how far one has come, how it was paid. For pages and letters."""

from decimal import Decimal

from flask_babel import gettext as _

from catalog.money import Money
from checkout.sales import SaleState
from checkout.tickets import Trouble, Why
from checkout.tills import Tender
from storefront import filters


def trouble(what: Trouble) -> str:
    """Why it cannot be sold here now, and what to do."""
    return {
        Why.ALCOHOL: _("Rượu, bia không bán tại quầy này."),
        Why.TOUR: _("Đây là chuyến đi, không bán tại quầy. Mời khách hỏi đặt chỗ trên trang."),
        Why.WITHDRAWN: _("Món này đã ngừng bán."),
        Why.UNCERTIFIED: _("Chứng nhận OCOP đã hết hạn, tạm thời không bán."),
        Why.STOPPED: _("Lô đang có ở đây bị dừng bán hoặc thu hồi. Đừng bán, hãy để riêng ra."),
        Why.EXPIRED: _("Hàng đang có ở đây đã quá hạn dùng. Đừng bán."),
        Why.PROMISED: _("Số đang có ở đây đã giữ cho đơn đặt, không còn để bán."),
        Why.NOT_HERE: _("Theo sổ, điểm này không có món này."),
        Why.SHORT: _("Ở đây chỉ còn %(free)s, không đủ %(wanted)s.", free=filters.number(what.free),
                     wanted=filters.number(what.wanted)),
    }[what.why]  # fmt: skip


def state_name(state: SaleState) -> str:
    """``Đã bán``…"""
    return {
        SaleState.AWAITING_MONEY: _("Chờ chuyển khoản"),
        SaleState.PAID: _("Đã bán"),
        SaleState.ABANDONED: _("Khách không trả"),
        SaleState.EXPIRED: _("Quá giờ chờ"),
        SaleState.UNDONE: _("Đã hủy"),
    }[state]


def tender_name(method: Tender) -> str:
    """``Tiền mặt``, ``Chuyển khoản``"""
    return {Tender.CASH: _("Tiền mặt"), Tender.TRANSFER: _("Chuyển khoản")}[method]


def vat_note(vat: tuple[tuple[Decimal, Money], ...]) -> str:
    """Tax inside, per rate: ``Trong đó thuế GTGT 8 %: 37.037 ₫``."""
    parts = [f"{filters.percent(rate)}: {filters.money(amount)}" for rate, amount in vat]
    return _("Trong đó thuế GTGT %(parts)s", parts="; ".join(parts)) if parts else ""
