"""What every template can call on: the shop's facts, the groups, addresses with a parameter changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import Flask, request, session
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.local import LocalProxy

from catalog.clock import VIETNAM
from catalog.groups import Group, groups
from storefront import drawing, opinion_words, programme, programme_words, wording
from storefront.i18n import language
from storefront.outside import outside, settings


@dataclass(frozen=True, slots=True)
class Notice:
    """The Ministry's notice of this shop."""

    number: str
    url: str


@dataclass(frozen=True, slots=True)
class ShopFacts:
    """What a page may say about the shop itself."""

    name: str
    operator: str
    tax_code: str
    address: str
    phone: str
    email: str
    zalo: str | None
    moit_notice: Notice | None
    lapsed_policy: str


def install(app: Flask) -> None:
    """Bind globals, filters and per-request values."""
    env = app.jinja_env
    env.globals.update(
        url_with=url_with,
        without=without,
        shop=LocalProxy(shop),
        is_demo=LocalProxy(lambda: settings().demo),
        menu_groups=_menu(),
    )
    for function in (
        wording.level_name,
        wording.legal_form_name,
        wording.movement_name,
        wording.lot_state_name,
        wording.opens_next,
        wording.ready_at,
        wording.role_name,
        wording.allergen_name,
        programme_words.fair_days,
        programme_words.fair_kind_name,
        programme_words.fair_state_name,
        drawing.qr,
        opinion_words.author,
        opinion_words.rating_name,
        opinion_words.reason_name,
        opinion_words.score_words,
    ):
        env.filters[function.__name__] = function

    @app.context_processor
    def values() -> dict[str, Any]:
        return {"lang": language(), "cart_count": session.get("cart_count", 0), "now_vn": now_vn()}


def now_vn() -> datetime:
    """The present instant on Vietnam's clock."""
    return outside().now().astimezone(VIETNAM)


def url_with(**changes: object) -> str:
    """This page's address with some parameters changed, back on its first page; None takes one away."""
    parameters = request.args.to_dict(flat=False)
    if "trang" not in changes:
        parameters.pop("trang", None)
    for name, value in changes.items():
        if value is None:
            parameters.pop(name, None)
        else:
            parameters[name] = [str(value)]
    return _address(parameters)


def without(name: str, value: object) -> str:
    """This page's address without one value of one parameter (both ends of the price go together)."""
    parameters = request.args.to_dict(flat=False)
    parameters.pop("trang", None)
    if name == "gia":
        parameters.pop("gia_tu", None)
        parameters.pop("gia_den", None)
    else:
        parameters[name] = [given for given in parameters.get(name, []) if given != str(value)]
    return _address(parameters)


def _address(parameters: dict[str, list[str]]) -> str:
    query = urlencode([(name, value) for name, values in parameters.items() for value in values if value])
    return f"{request.path}?{query}" if query else request.path


def _menu() -> tuple[Group, ...]:
    return tuple(group for group in groups() if group.parent is None)


def shop() -> ShopFacts:
    """The shop as the programme and the environment describe it now. A demo has an operator that is nobody.

    A page about a broken database says whose shop it is, too: with what was known last.
    """
    chosen = settings()
    try:
        book = programme.book()
    except SQLAlchemyError:
        book = programme.whole(outside().book.last, chosen)

    def now(name: str) -> str:
        return str(book.value(name, at=outside().now()))

    return ShopFacts(
        name=now("shop_name"),
        operator=now("operator") or ("Đơn vị vận hành minh họa" if chosen.demo else ""),
        tax_code=now("tax_code") or ("chưa có (bản trình diễn)" if chosen.demo else ""),
        address=now("address") or ("Phường Tam Kỳ, thành phố Đà Nẵng" if chosen.demo else ""),
        phone=now("phone") or ("0235 000 0000" if chosen.demo else ""),
        email=now("email"),
        zalo=f"https://zalo.me/{now('zalo')}" if now("zalo") else None,
        moit_notice=Notice(now("moit_number"), now("moit_url")) if now("moit_number") else None,
        lapsed_policy=now("lapsed"),
    )
