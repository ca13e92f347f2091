"""The first screen of an outlet: the four big actions, what waits today, what is wrong."""

from dataclasses import dataclass

from flask import Blueprint, render_template, url_for
from flask_babel import gettext as _

from catalog import expiry, receipts, replenishment, stocktakes, stops, transfers
from catalog.db import count_rows
from catalog.memberships import Task
from catalog.receipts import Receipt, ReceiptState
from checkout import fulfilment, sales, tills
from storefront.counter import desk
from storefront.outside import outside

bp = Blueprint("home", __name__, url_prefix="/<outlet>")


@dataclass(frozen=True, slots=True)
class Work:
    """Something that waits: how many, in words, and where. alarm: it should not have come so far."""

    count: int
    words: str
    href: str
    alarm: bool = False


@bp.get("")
def show() -> str:
    """What can be done here, and what waits today."""
    outlet = desk.here().id
    return render_template(
        "counter/home/show.html",
        shift=tills.current_shift(outlet) if desk.may(Task.SELL) else None,
        work=[item for item in _work() if item.count],
        alarms=[item for item in _alarms() if item.count],
        supplies=count_rows(replenishment.supplied_by(outlet)) > 0,
    )


def _work() -> list[Work]:
    """Today's, the most pressing first."""
    outlet, now = desk.here().id, outside().now()
    orders = fulfilment.counts(outlet, at=now)
    drafts = receipts.of_outlet(outlet).where(Receipt.state == ReceiptState.DRAFT)
    return [
        Work(orders.to_pick, _("đơn cần soạn"), url_for("counter.orders.index", muc="soan")),
        Work(orders.ready, _("đơn chờ khách lấy"), url_for("counter.orders.index", muc="cho")),
        Work(orders.to_ship, _("kiện chờ gửi đi"), url_for("counter.orders.index", muc="cho")),
        Work(orders.shipped, _("kiện đang trên đường"), url_for("counter.orders.index", muc="gui")),
        Work(count_rows(sales.waiting(outlet)), _("khách đang chuyển khoản"), url_for("counter.sales.index")),
        Work(count_rows(drafts), _("phiếu nhập đang kiểm"), url_for("counter.receipts.index")),
        Work(count_rows(stocktakes.under_way(outlet)), _("lượt kiểm kê dở dang"), url_for("counter.stocktakes.index")),
    ]


def _alarms() -> list[Work]:
    """What is low, ends soon, was not collected, stands still on its way, or is stopped."""
    outlet, now = desk.here().id, outside().now()
    late = fulfilment.counts(outlet, at=now).late_to_collect
    low, ending = len(replenishment.low(outlet, at=now)), len(expiry.ending(outlet, at=now))
    found = [
        Work(late, _("đơn quá hạn lấy, cất lại kệ"), url_for("counter.orders.index", muc="cho")),
        Work(transfers.waiting(outlet), _("chuyến hàng chờ bạn nhận"), url_for("counter.transfers.index", xem="toi")),
        Work(low, _("món sắp hết hoặc đã hết"), url_for("counter.shelves.index", xem="thap")),
        Work(ending, _("lô hết hạn trong 30 ngày"), url_for("counter.lots.index")),
        Work(count_rows(stops.stopped_at(outlet)), _("lô đang bị dừng bán"), url_for("counter.lots.index")),
    ]
    return [Work(item.count, item.words, item.href, alarm=True) for item in found]
