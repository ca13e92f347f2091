"""Numbers of units as people type them: whole, plain digits, within bounds; and what is wrong with others, in words."""

from flask_babel import gettext as _

from catalog.errors import Invalid
from storefront import filters

MOST = 99_999


def read(text: str, *, least: int = 1) -> int:
    """The number that was typed; blanks around it do not matter. Raises Invalid("units", …) for anything else."""
    typed = text.strip()
    if not typed:
        raise Invalid("units", "required")
    digits = typed.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        raise Invalid("units", "whole")
    if typed.startswith("-") or (len(digits) < 9 and int(digits) < least):
        raise Invalid("units", "least", least=least)
    if len(digits) > 8 or int(digits) > MOST:
        raise Invalid("units", "most")
    return int(digits)


def words(error: Invalid) -> str:
    """What to do about it."""
    return {
        "required": _("Nhập số lượng"),
        "whole": _("Số lượng là số nguyên, chỉ gồm chữ số, ví dụ 12"),
        "least": _("Số lượng nhỏ nhất là %(n)s", n=error.facts.get("least", 0)),
        "most": _("Số lượng lớn nhất là %(n)s", n=filters.number(MOST)),
    }[error.reason]
