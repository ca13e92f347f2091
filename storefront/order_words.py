"""An order in words: its state, what happens next, what is owed. Pages and letters say the same."""

from flask_babel import gettext as _

from catalog.money import Money
from checkout import orders, payments
from checkout.delivery import Method
from checkout.orders import Courier, Fulfilment, FulfilmentState, Order, OrderState
from checkout.payments import Payment
from checkout.rules import PaymentMethod, Refusal, Rules
from storefront import arrival, filters
from storefront.outside import outside

Row = tuple[str, Money | str, str | None]


def payment_name(way: PaymentMethod) -> str:
    """``Chuyển khoản (VietQR)``…"""
    return {
        PaymentMethod.BANK_TRANSFER: _("Chuyển khoản bằng mã VietQR"),
        PaymentMethod.CASH_ON_DELIVERY: _("Tiền mặt khi nhận hàng"),
        PaymentMethod.CASH_ON_COLLECTION: _("Tiền mặt tại quầy"),
    }[way]


def payment_hint(way: PaymentMethod, rules: Rules) -> str:
    """What choosing it means."""
    return {
        PaymentMethod.BANK_TRANSFER: _(
            "Quét mã sau khi đặt. Hàng được giữ %(n)s phút chờ tiền đến.",
            n=int(rules.transfer_time.total_seconds()) // 60,
        ),
        PaymentMethod.CASH_ON_DELIVERY: _("Được mở kiện xem hàng trước khi trả tiền."),
        PaymentMethod.CASH_ON_COLLECTION: _("Xem hàng rồi trả. Hàng được giữ %(n)s ngày mở cửa.", n=rules.collect_days),
    }[way]


def refusal_words(refusal: Refusal, rules: Rules) -> str:
    """Why a way of paying is closed to an order."""
    return {
        Refusal.WRONG_METHOD: _("Không dùng được với cách nhận này."),
        Refusal.ALCOHOL: _("Đơn có đồ uống có cồn chỉ nhận chuyển khoản."),
        Refusal.COD_LIMIT: _("Chỉ cho đơn đến %(limit)s.", limit=filters.money(rules.cod_limit)),
        Refusal.NO_ACCOUNT: _("Cửa hàng hiện chưa nhận chuyển khoản."),
    }[refusal]


def state_name(order: Order) -> str:
    """The state as a headline."""
    collects = order.method is Method.COLLECT
    return {
        OrderState.AWAITING_PAYMENT: _("Chờ bạn chuyển khoản"),
        OrderState.CONFIRMED: _("Đã nhận đơn"),
        OrderState.READY: _("Hàng đã sẵn sàng tại quầy") if collects else _("Đã đóng gói"),
        OrderState.HANDED_OVER: _("Đã nhận hàng"),
        OrderState.SHIPPED: _("Đang trên đường giao"),
        OrderState.DELIVERED: _("Đã giao tới"),
        OrderState.RETURNED: _("Hàng đã quay về điểm bán"),
        OrderState.CANCELLED: _("Đơn đã hủy"),
        OrderState.EXPIRED: _("Đơn đã hết hạn"),
        OrderState.CLOSED: _("Hoàn tất"),
    }[_state(order)]


def state_hint(order: Order, payment: Payment) -> str:
    """One sentence under the headline, and one more about money that is to be given back."""
    state, arrived = _state(order), payments.arrived(payment)
    given_up = state in orders.GIVEN_UP
    over = max(0, arrived.minor - payment.amount)
    surplus = arrived if given_up else Money(over + payment.returned_amount, payment.currency)
    refund = _("Số tiền đã nhận, %(sum)s, sẽ được hoàn lại cho bạn.", sum=filters.money(surplus)) if surplus else ""
    free = refund or _("Bạn không phải trả khoản nào.")
    unpaid = order.payment_method is PaymentMethod.BANK_TRANSFER
    expired = _("Tiền chưa đến trong thời gian giữ hàng.") if unpaid else _("Hàng chưa được lấy trong thời gian giữ.")
    hint = {
        OrderState.AWAITING_PAYMENT: _("Hàng đã giữ riêng cho bạn, chờ tiền đến là soạn ngay."),
        OrderState.CONFIRMED: _("Hàng đã giữ riêng cho bạn và đang được soạn."),
        OrderState.READY: _collect_by(order) if order.method is Method.COLLECT else _("Chờ người giao đến lấy."),
        OrderState.HANDED_OVER: _("Cảm ơn bạn đã ghé."),
        OrderState.SHIPPED: _("Người giao sẽ gọi trước khi đến."),
        OrderState.DELIVERED: _("Cảm ơn bạn. Có gì chưa ưng, gọi cho chúng tôi."),
        OrderState.RETURNED: _("Người giao không gặp hoặc bạn không nhận. Muốn giao lại, gọi cho chúng tôi."),
        OrderState.CANCELLED: free,
        OrderState.EXPIRED: f"{expired} {free}",
        OrderState.CLOSED: _("Cảm ơn bạn."),
    }[state]
    if given_up or not surplus:
        return hint
    if payment.returned_amount:
        return f"{hint} " + _("Tiền của phần hàng quay về, %(sum)s, sẽ được hoàn lại.", sum=filters.money(surplus))
    return f"{hint} " + _("Bạn đã chuyển thừa %(sum)s; chúng tôi sẽ hoàn lại.", sum=filters.money(surplus))


def next_steps(order: Order) -> list[str]:
    """What happens from here, in order; empty when nothing more does."""
    steps = _steps(order)
    if steps and order.of_age:
        steps.append(_("Trong đơn có đồ uống có cồn: người nhận từ đủ 18 tuổi, mang theo giấy tờ nếu được hỏi."))
    return steps


def promise(order: Order) -> str | None:
    """When it can be fetched or arrives."""
    if order.promise_from_on and order.promise_to_on:
        return _("Giao %(days)s", days=arrival.span(order.promise_from_on, order.promise_to_on))
    if order.ready_at:
        return _("Nhận từ %(moment)s", moment=filters.moment(order.ready_at))
    return None


def courier_name(courier: Courier) -> str:
    """``Viettel Post``…"""
    return {
        Courier.VIETTEL_POST: "Viettel Post",
        Courier.VNPOST: "Vietnam Post (VNPost)",
        Courier.GHN: "Giao Hàng Nhanh",
        Courier.GHTK: "Giao Hàng Tiết Kiệm",
        Courier.JT: "J&T Express",
        Courier.OWN: _("Xe của điểm bán"),
    }[courier]


def carried(share: Fulfilment) -> str | None:
    """``Viettel Post, mã vận đơn VT123456``; None for what no carrier has."""
    if share.courier is None:
        return None
    name = courier_name(share.courier)
    return _("%(name)s, mã vận đơn %(number)s", name=name, number=share.tracking) if share.tracking else name


def parcels(order: Order) -> list[str]:
    """A line for every parcel that has left: its carrier, its number, and what became of it."""
    ends = {FulfilmentState.DELIVERED: _("đã giao tới"), FulfilmentState.RETURNED: _("đã quay về")}
    lines = []
    for share in order.fulfilments:
        if by := carried(share):
            end = ends.get(share.state, _("đang trên đường"))
            lines.append(_("Kiện từ %(outlet)s: %(by)s, %(end)s", outlet=share.outlet.name_vi, by=by, end=end))
    return lines


def money_rows(order: Order, payment: Payment) -> tuple[Row, ...]:
    """Rows above the total: label, amount or a word, note."""
    goods = Money(order.goods, order.currency)
    if order.method is Method.COLLECT:
        rows: list[Row] = [(_("Tiền hàng"), goods, None), (_("Lấy tại điểm bán"), _("Miễn phí"), None)]
    else:
        rows = [(_("Tiền hàng"), goods, None), (_("Phí giao"), Money(order.delivery, order.currency), None)]
    if payment.paid and payment.due:
        rows.append((_("Đã nhận"), payment.paid, None))
    return tuple(rows)


def vat_note(order: Order) -> str:
    """``Đã gồm thuế GTGT 8 %: 52.000 ₫``; several rates follow one another."""
    parts = [f"{filters.percent(percent)}: {filters.money(amount)}" for percent, amount in order.vat]
    return _("Đã gồm thuế GTGT %(parts)s", parts=", ".join(parts))


def _steps(order: Order) -> list[str]:
    state = _state(order)
    if state is OrderState.AWAITING_PAYMENT:
        return [_("Bạn chuyển khoản đúng số tiền và nội dung."), *_after_payment(order)]
    if state is OrderState.CONFIRMED:
        return _after_payment(order)
    if state is OrderState.READY and order.method is Method.COLLECT:
        return [_collecting(order)]
    return []


def _collect_by(order: Order) -> str:
    if order.hold_until is None:
        return _("Mời bạn đến lấy.")
    return _("Mời bạn đến lấy. Hàng được giữ đến %(until)s.", until=filters.moment(order.hold_until))


def _state(order: Order) -> OrderState:
    return order.state_at(outside().now())


def _after_payment(order: Order) -> list[str]:
    if order.method is Method.COLLECT:
        return [_("Điểm bán soạn hàng và để riêng ở quầy."), _collecting(order)]
    cash = order.payment_method is PaymentMethod.CASH_ON_DELIVERY
    total = filters.money(Money(order.total, order.currency))
    return [
        _("Chúng tôi soạn hàng, kiểm tem và hạn dùng, đóng gói rồi gửi đi."),
        _("Người giao gọi trước khi đến; bạn xem hàng rồi trả %(total)s.", total=total)
        if cash
        else _("Người giao gọi trước khi đến; bạn xem hàng rồi nhận."),
    ]


def _collecting(order: Order) -> str:
    if order.payment_method is not PaymentMethod.CASH_ON_COLLECTION:
        return _("Bạn đến %(outlet)s, đọc mã nhận hàng và nhận hàng.", outlet=order.outlet_name)
    return _(
        "Bạn đến %(outlet)s, đọc mã nhận hàng, xem hàng rồi trả %(total)s.",
        outlet=order.outlet_name,
        total=filters.money(Money(order.total, order.currency)),
    )
