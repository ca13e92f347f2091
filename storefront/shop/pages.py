"""What a buyer may want to read before buying: who sells, on which terms, and what becomes of one's data.

Words live in the templates. Fees, limits and waiting times come from the tables and settings that decide an order, so
the terms cannot promise something else than the till does.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import Blueprint, current_app, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from catalog import places
from catalog.clock import vietnam_day
from catalog.errors import NotFound
from checkout import delivery
from checkout.delivery import Tariff, Zone
from storefront.outside import outside
from storefront.programme import rules

bp = Blueprint("pages", __name__, url_prefix="/thong-tin")

IN_FORCE_SINCE = date(2026, 11, 23)
"""The day since when these texts hold. Change it with every change of their sense."""

TITLES = {
    "gioi-thieu": _l("Giới thiệu và chủ sở hữu"),
    "dieu-kien-giao-dich": _l("Điều kiện giao dịch"),
    "van-chuyen": _l("Vận chuyển, giao nhận"),
    "thanh-toan-chinh-sach": _l("Thanh toán"),
    "doi-tra": _l("Kiểm hàng, đổi trả, hoàn tiền"),
    "bao-hanh": _l("Bảo hành hàng thủ công"),
    "bao-ve-du-lieu": _l("Bảo vệ dữ liệu cá nhân"),
    "khieu-nai": _l("Giải quyết khiếu nại"),
}
"""Every page by its address. Its words are the partial of the same name: ``doi-tra`` is ``_doi_tra.html``."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The figures the texts quote.

    tariffs: (zone in words, its row of today).    near_provinces: those of the zone CENTRAL.
    cut_off: the clock from which on a parcel leaves a day later.    packing_minutes: opening time an outlet needs.
    step_g: grams of a tariff step.    volumetric: cm³ that count as a kilogram.
    transfer_minutes: how long an unpaid transfer order is held.    session_days: how long the one cookie is good.
    """

    tariffs: tuple[tuple[str, Tariff], ...]
    near_provinces: tuple[str, ...]
    cut_off: str
    packing_minutes: int
    step_g: int
    volumetric: int
    transfer_minutes: int
    session_days: int


@bp.get("/<slug>")
def show(slug: str) -> str:
    """One page of the shop's terms."""
    if slug not in TITLES:
        raise NotFound(slug)
    return render_template(
        "shop/pages/show.html",
        title=str(TITLES[slug]),
        titles=[(other, str(name)) for other, name in TITLES.items()],
        words=f"shop/pages/_{slug.replace('-', '_')}.html",
        since=IN_FORCE_SINCE,
        rules=rules(),
        terms=_terms(outside().now()),
    )


def _terms(at: datetime) -> Terms:
    today = vietnam_day(at)
    return Terms(
        tariffs=tuple((_zone_words(zone), rules().tariffs.of(zone, today)) for zone in Zone),
        near_provinces=tuple(places.get_province(code).name for code in delivery.CENTRAL_PROVINCES),
        cut_off=f"{delivery.CUT_OFF:%H:%M}",
        packing_minutes=delivery.PACKING // timedelta(minutes=1),
        step_g=delivery.STEP_G,
        volumetric=delivery.VOLUMETRIC,
        transfer_minutes=rules().transfer_time // timedelta(minutes=1),
        session_days=current_app.permanent_session_lifetime.days,
    )


def _zone_words(zone: Zone) -> str:
    return {
        Zone.LOCAL: _("Cùng huyện, thị xã, thành phố cũ với điểm bán gửi hàng"),
        Zone.LOWLAND: _("Thành phố Đà Nẵng, vùng đồng bằng"),
        Zone.MOUNTAIN: _("Thành phố Đà Nẵng, gửi từ hoặc đến vùng núi"),
        Zone.ISLAND: _("Xã đảo, đặc khu đảo"),
        Zone.CENTRAL: _("Miền Trung, Tây Nguyên lân cận"),
        Zone.TRUNK: _("Hà Nội, Thành phố Hồ Chí Minh"),
        Zone.FAR: _("Các tỉnh, thành phố khác"),
    }[zone]
