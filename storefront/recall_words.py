"""A recall in words: what buyers and outlets are told. The page shows what the letters say."""

from dataclasses import dataclass

from flask_babel import force_locale
from flask_babel import gettext as _

from catalog import clock
from catalog.lots import Lot
from catalog.products import Product
from checkout.orders import OrderState
from checkout.recalls import WITH_THE_BUYER, Affected, Recall, Standing
from storefront import filters


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody is told: a subject and paragraphs."""

    subject: str
    paragraphs: tuple[str, ...]


def state_words(order: Affected) -> str:
    """Where the units of an order are, in short."""
    return {
        OrderState.AWAITING_PAYMENT: _("Chờ tiền, hàng còn ở điểm bán"),
        OrderState.CONFIRMED: _("Chưa soạn, hàng còn ở điểm bán"),
        OrderState.READY: _("Đã soạn, hàng còn ở điểm bán"),
        OrderState.SHIPPED: _("Đang trên đường giao"),
    }.get(order.state, _("Khách đã nhận"))


def to_buyer(order: Affected, recalled: Recall | None, lot: Lot, product: Product) -> Message:
    """What the buyer of this order reads, in their language. recalled: None while nobody has said why."""
    with force_locale(order.language):
        name = product.name_vi
        if order.state in WITH_THE_BUYER:
            where = _("Đơn %(reference)s của bạn có %(n)s sản phẩm thuộc lô này.", reference=order.reference,
                      n=filters.number(order.units))  # fmt: skip
            then = _("Mang hàng lại điểm bán nào cũng được, hoặc trả lời thư này: chúng tôi hoàn tiền.")
        else:
            where = _("Đơn %(reference)s của bạn có %(n)s sản phẩm thuộc lô này; hàng vẫn ở chỗ chúng tôi và sẽ không được giao.",
                      reference=order.reference, n=filters.number(order.units))  # fmt: skip
            then = _("Chúng tôi sẽ gọi để đổi lô khác hoặc hoàn tiền.")
        return Message(
            _("Thu hồi %(name)s, lô %(code)s", name=name, code=lot.code),
            (
                _("Chào %(name)s,", name=order.name),
                _("Chúng tôi thu hồi %(name)s, lô %(code)s%(days)s.", name=name, code=lot.code, days=_days(lot)),
                where,
                *_said(recalled),
                then,
            ),
        )


def to_outlet(standing: Standing, recalled: Recall | None, lot: Lot, product: Product) -> Message:
    """What an outlet with units of the lot reads."""
    with force_locale("vi"):
        return Message(
            _("Thu hồi gấp: %(name)s, lô %(code)s", name=product.name_vi, code=lot.code),
            (
                _("Gửi %(outlet)s,", outlet=standing.outlet.name_vi),
                _("Lô %(code)s của %(name)s%(days)s bị thu hồi từ lúc này. Máy không cho bán, giao hay chuyển lô này nữa.",
                  code=lot.code, name=product.name_vi, days=_days(lot)),
                _("Trong sổ, điểm còn %(n)s, trong đó %(held)s đã giữ cho đơn. Lấy hết khỏi kệ, đếm lại, cất riêng và dán giấy “Thu hồi”.",
                  n=filters.number(standing.on_hand), held=filters.number(standing.held)),
                *_said(recalled),
                _("Khách mang hàng của lô này lại thì nhận và ghi vào sổ."),
            ),
        )  # fmt: skip


def _days(lot: Lot) -> str:
    if lot.best_before:
        return _(" (hạn sử dụng %(day)s)", day=filters.day(lot.best_before))
    return _(" (sản xuất %(day)s)", day=filters.day(lot.made_on)) if lot.made_on else ""


def _said(recalled: Recall | None) -> tuple[str, ...]:
    if recalled is None:
        return ()
    day = filters.day(clock.vietnam_day(recalled.called_at))
    return _("Lý do: %(reason)s (ngày %(day)s).", reason=recalled.reason, day=day), recalled.advice
