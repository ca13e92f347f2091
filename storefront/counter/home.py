"""The first screen of an outlet: four big actions, what waits today, what is alarming, and the other rooms."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import Select, func, select

from catalog import expiry, replenishment, stocktakes, stops, transfers
from catalog.db import db
from catalog.memberships import Task
from checkout import fulfilment, sales, tills
from checkout.fulfilment import Counts
from storefront import filters
from storefront.counter import desk
from storefront.outside import outside

bp = Blueprint("home", __name__, url_prefix="/<outlet>")


@dataclass(frozen=True, slots=True)
class Tile:
    """One big action. count: what waits there, None where nothing does."""

    name: str
    url: str
    icon: str
    note: str
    count: int | None
    loud: bool


@dataclass(frozen=True, slots=True)
class Work:
    """Something that waits, or (alarm) should not be so."""

    count: int
    name: str
    url: str
    alarm: bool


@bp.get("")
def show() -> str:
    """What can be done here, and what waits today."""
    now, outlet_id = outside().now(), desk.here().id
    counts = fulfilment.counts(outlet_id, at=now)
    coming = transfers.waiting(outlet_id)
    work = [each for each in _work(outlet_id, counts, coming, now) if each.count or not each.alarm]
    return render_template(
        "counter/home/show.html", tiles=_tiles(outlet_id, counts, coming), work=work, rooms=_rooms(outlet_id)
    )


def _tiles(outlet_id: int, counts: Counts, coming: int) -> list[Tile]:
    shift = tills.current_shift(outlet_id)
    opened = _("Ca mở từ %(clock)s", clock=filters.clock(shift.opened_at)) if shift else _("Chưa mở ca")
    orders = counts.to_pick + counts.ready + counts.late_to_collect + counts.to_ship
    under_way = _count(stocktakes.under_way(outlet_id))
    every = (
        (Task.SELL, Tile(_("Bán hàng"), url_for("counter.sale.show"), "cash", opened, None, True)),
        (Task.HAND_OVER, Tile(_("Giao đơn"), url_for("counter.orders.index"), "parcel", "", orders or None, False)),
        (Task.RECEIVE, Tile(_("Nhận hàng"), url_for("counter.receipts.index"), "store", "", None, False)),
        (Task.SEND, Tile(_("Chuyển hàng"), url_for("counter.transfers.index"), "truck", "", coming or None, False)),
        (Task.COUNT, Tile(_("Kiểm kê"), url_for("counter.stocktakes.index"), "check", "", under_way or None, False)),
    )
    return [tile for task, tile in every if desk.may(task)]


def _work(outlet_id: int, counts: Counts, coming: int, now: datetime) -> Sequence[Work]:
    orders: Callable[[str], str] = lambda tab: url_for("counter.orders.index", muc=tab)  # noqa: E731
    return (
        Work(len(expiry.ending(outlet_id, at=now)), _("Lô hết hạn trong 30 ngày"), url_for("counter.lots.index"), True),
        Work(_count(stops.stopped_at(outlet_id)), _("Lô bị dừng bán, thu hồi còn ở đây"), url_for("counter.lots.index"), True),
        Work(len(replenishment.low(outlet_id, at=now)), _("Món sắp hết"), url_for("counter.replenishment.minimums"), True),
        Work(counts.late_to_collect, _("Đơn quá hẹn chưa ai lấy"), orders("cho"), True),
        Work(counts.to_pick, _("Đơn cần soạn"), orders("soan"), False),
        Work(counts.ready, _("Đơn chờ khách lấy"), orders("cho"), False),
        Work(counts.to_ship, _("Đơn chờ gửi đi"), orders("cho"), False),
        Work(coming, _("Phiếu chuyển chờ nhận"), url_for("counter.transfers.index"), False),
        Work(_count(sales.waiting(outlet_id)), _("Lần bán chờ chuyển khoản"), url_for("counter.sales.index"), False),
    )  # fmt: skip


def _rooms(outlet_id: int) -> list[tuple[str, str]]:
    rooms = [
        (_("Hàng trên kệ"), "counter.shelves.index", True),
        (_("Biến động kho"), "counter.movements.index", True),
        (_("Lô hàng, hạn dùng, thu hồi"), "counter.lots.index", True),
        (_("Hàng hỏng, hết hạn, hàng mẫu"), "counter.write_offs.index", True),
        (_("Phiếu bán hôm nay"), "counter.sales.index", True),
        (_("Ca và quỹ"), "counter.shift.show", True),
        (_("Cấp hàng cho các điểm"), "counter.replenishment.show", _count(replenishment.supplied_by(outlet_id)) > 0),
        (_("Xuất bảng tính"), "counter.exports.show", True),
        (_("Nhập tồn đầu"), "counter.opening.show", desk.may(Task.MANAGE)),
    ]
    return [(name, url_for(endpoint)) for name, endpoint, shown in rooms if shown]


def _count(query: Select[Any]) -> int:
    return db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
