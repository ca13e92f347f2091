"""How values read on a page. Vietnamese habits: dots between thousands, the sign after, d/m/y, weekday in words."""

from datetime import date, datetime
from decimal import Decimal

from flask import Flask
from flask_babel import gettext as _

from catalog.clock import VIETNAM
from catalog.money import Money

NBSP = "\u00a0"
_SIGNS = {"VND": "₫"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def money(amount: Money) -> str:
    """``285.000 ₫``"""
    return f"{number(amount.minor)}{NBSP}{_SIGNS[amount.currency]}"


def vnd(minor: int) -> str:
    """An amount in đồng as it is stored: ``285.000 ₫``"""
    return money(Money(minor))


def number(value: int) -> str:
    """``1.234``"""
    return f"{value:,}".replace(",", ".")


def day(value: date) -> str:
    """``25/11/2026``"""
    return f"{value:%d/%m/%Y}"


def day_en(value: date) -> str:
    """``25 Nov 2026``, for who reads no Vietnamese."""
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def trace_code(value: str) -> str:
    """``7K3-M9Q-XW4``: nine signs as they are read aloud"""
    return "-".join(value[place : place + 3] for place in range(0, len(value), 3))


def weekday_day(value: date) -> str:
    """``thứ Tư 25/11``"""
    return f"{weekday(value)} {value.day}/{value.month}"


def weekday(value: date) -> str:
    """``thứ Tư``"""
    names = (_("thứ Hai"), _("thứ Ba"), _("thứ Tư"), _("thứ Năm"), _("thứ Sáu"), _("thứ Bảy"), _("Chủ nhật"))
    return names[value.weekday()]


def moment(value: datetime) -> str:
    """``14:05 25/11/2026``, Vietnam's clock."""
    return f"{value.astimezone(VIETNAM):%H:%M %d/%m/%Y}"


def clock(value: datetime) -> str:
    """``14:05``, Vietnam's clock."""
    return f"{value.astimezone(VIETNAM):%H:%M}"


def km(value: float) -> str:
    """``850 m``, ``3,2 km``, ``41 km``"""
    metres = round(value * 20) * 50
    if metres < 1000:
        return f"{metres}{NBSP}m"
    text = _decimal(Decimal(f"{value:.1f}")) if value < 10 else number(round(value))
    return f"{text}{NBSP}km"


def grams(value: int) -> str:
    """``750 g``, ``1,5 kg``"""
    return f"{value}{NBSP}g" if value < 1000 else f"{_decimal(Decimal(value) / 1000)}{NBSP}kg"


def percent(value: Decimal) -> str:
    """``8 %``"""
    return f"{_decimal(value)}{NBSP}%"


def decimal(value: Decimal) -> str:
    """``6,2``; ``6`` for a whole number"""
    whole = value == value.to_integral_value()
    return number(int(value)) if whole else _decimal(value)


def phone(value: str) -> str:
    """``0912 345 678``; other shapes are left alone."""
    digits = value.replace(" ", "")
    if len(digits) == 10 and digits.isdigit():
        return f"{digits[:4]} {digits[4:7]} {digits[7:]}"
    return value


def install(app: Flask) -> None:
    """Make them filters of the templates."""
    for function in (
        money,
        vnd,
        number,
        day,
        day_en,
        trace_code,
        weekday_day,
        weekday,
        moment,
        clock,
        km,
        grams,
        percent,
        decimal,
        phone,
    ):
        app.jinja_env.filters[function.__name__] = function


def _decimal(value: Decimal) -> str:
    return f"{value.normalize():f}".replace(".", ",")
