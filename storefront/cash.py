"""Amounts in đồng as people type them: with or without dots and the sign; and what is wrong with others."""

import re

from flask_babel import gettext as _

from catalog.errors import Invalid
from catalog.money import Money
from checkout.tills import MOST
from storefront import filters

_GROUPED = re.compile(r"^[0-9]{1,3}(?:([., ])[0-9]{3})(?:\1[0-9]{3})*$")
_SIGN = re.compile(r"\s*(?:₫|đồng|đ|vnđ|vnd)\.?$", re.IGNORECASE)


def read(text: str) -> Money:
    """``500.000``, ``500 000 đ``, ``500000`` → 500.000 ₫; nothing is less than 0. Raises Invalid("amount", …)."""
    typed = _SIGN.sub("", text.strip())
    if not typed:
        raise Invalid("amount", "required")
    if typed.startswith("-"):
        raise Invalid("amount", "negative")
    digits = re.sub(r"[., ]", "", typed) if _GROUPED.match(typed) else typed
    if not (digits.isascii() and digits.isdigit()):
        raise Invalid("amount", "whole")
    if len(digits) > 11 or int(digits) > MOST.minor:
        raise Invalid("amount", "too_much")
    return Money(int(digits))


def words(error: Invalid) -> str:
    """What to do about it."""
    return {
        "required": _("Nhập số tiền, ví dụ 500.000"),
        "negative": _("Số tiền không thể nhỏ hơn 0"),
        "whole": _("Số tiền là số đồng chẵn, ví dụ 500.000"),
        "too_much": _("Số tiền quá lớn, nhiều nhất là %(most)s", most=filters.money(MOST)),
    }[error.reason]
