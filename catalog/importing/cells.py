"""What people write into the cells of a spreadsheet, read or refused. Pure.

A parser takes a cell as it stands and returns its value, or raises Invalid with a ``Reason``. Numbers and what is
counted in them are in ``amounts``.
"""

import re
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from email_validator import EmailNotValidError, validate_email
from stdnum import ean

from catalog.errors import Invalid, NotFound
from catalog.groups import group_of
from catalog.hours import DAYS, OpeningHours, parse_days
from catalog.importing.changes import Reason
from catalog.places import find_commune
from catalog.text import fold, nfc

Parser = Callable[[str], Any]
E = TypeVar("E", bound=StrEnum)

ALLERGENS = ("peanut", "sesame", "fish", "crustacean", "mollusc", "gluten", "soy", "milk", "egg", "nuts")

_ISO_DAY = re.compile(r"^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})$")
_DAY = re.compile(r"^([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})$")
_SHELF_LIFE = re.compile(r"^([1-9][0-9]{0,2}) ?(d|ngay|m|thang|y|nam)$")
_CODE = re.compile(r"^[A-Z0-9]+(?:[._-][A-Z0-9]+)*$")
_CLOCK = re.compile(r"\b([0-9]{1,2})(?:[:h]([0-9]{2})|h)")
_YES = {"yes", "y", "co", "x", "true", "dung", "1"}
_NO = {"no", "n", "khong", "false", "sai", "0"}
_VIETNAMESE_DAYS = {f"t{number}": day for number, day in enumerate(DAYS[:6], start=2)} | {
    "cn": "sun",
    "nghỉ": "closed",
}


def filled(raw: str) -> str:
    """The text of a cell that must not be empty."""
    text = nfc(raw)
    if not text:
        raise Invalid("text", Reason.REQUIRED)
    return text


def optional(parser: Parser, default: object = "") -> Parser:
    """The same parser, for a cell that may be empty."""
    return lambda raw: parser(raw) if nfc(raw) else default


def line(limit: int) -> Parser:
    """One line of text, at most ``limit`` characters. Text that looks like a formula is text."""

    def parse(raw: str) -> str:
        return _within(filled(raw), limit)

    return parse


def prose(limit: int) -> Parser:
    """Paragraphs, kept apart by one blank line."""

    def parse(raw: str) -> str:
        paragraphs = (nfc(part) for part in re.split(r"\r?\n[ \t]*\r?\n", raw))
        return _within("\n\n".join(filter(None, paragraphs)) or filled(raw), limit)

    return parse


def code(limit: int) -> Parser:
    """A key such as ``QN001-1``: letters and digits, upper case, with single dots, dashes or underscores between."""

    def parse(raw: str) -> str:
        text = _within(filled(raw).upper(), limit)
        if not _CODE.match(text):
            raise Invalid("code", Reason.CODE)
        return text

    return parse


def choice(kind: type[E]) -> Parser:
    """One of the values of ``kind``."""

    def parse(raw: str) -> E:
        text = filled(raw)
        for member in kind:
            if text.lower() == member.value.lower():
                return member
        raise Invalid("choice", Reason.CHOICE, choices=", ".join(kind))

    return parse


def one_of(codes: tuple[str, ...]) -> Parser:
    """One of these codes."""

    def parse(raw: str) -> str:
        text = fold(filled(raw))
        if text not in codes:
            raise Invalid("choice", Reason.CHOICE, choices=", ".join(codes))
        return text

    return parse


def letter(letters: str) -> Parser:
    """One of these capitals."""

    def parse(raw: str) -> str:
        text = filled(raw).upper()
        if len(text) != 1 or text not in letters:
            raise Invalid("choice", Reason.CHOICE, choices=", ".join(letters))
        return text

    return parse


def day(raw: str) -> date:
    """``2025-06-30``, ``30/6/2025``, ``30.06.2025`` or ``30-6-2025``: the day before the month, the year in full."""
    text = filled(raw)
    if match := _ISO_DAY.match(text):
        year, month, number = match[1], match[2], match[3]
    elif match := _DAY.match(text):
        number, month, year = match[1], match[3], match[4]
    else:
        raise Invalid("day", Reason.DAY)
    if len(year) == 2:
        raise Invalid("day", Reason.SHORT_YEAR)
    try:
        found = date(int(year), int(month), int(number))
    except ValueError:
        raise Invalid("day", Reason.DAY) from None
    if not 1990 <= found.year <= 2100:
        raise Invalid("day", Reason.OUT_OF_RANGE, low=1990, high=2100)
    return found


def yes_no(raw: str) -> bool:
    """``yes``, ``có``, ``x``, ``TRUE`` … or their opposites."""
    text = fold(filled(raw))
    if text not in _YES | _NO:
        raise Invalid("yes_no", Reason.YES_NO)
    return text in _YES


def hs_code(raw: str) -> str:
    """A tariff code of 6 digits or Vietnam's 8, with or without dots: ``1508.10`` → ``150810``."""
    text = re.sub(r"[. ]", "", filled(raw))
    if not re.match(r"^[0-9]{6}(?:[0-9]{2})?$", text) or not 1 <= int(text[:2]) <= 97:
        raise Invalid("hs_code", Reason.HS_CODE)
    return text


def gtin(raw: str) -> str:
    """The number under a bar code, blanks and dashes left out; one of 12 digits gets its leading 0."""
    text = re.sub(r"[\s-]", "", filled(raw))
    if not re.match(r"^(?:[0-9]{8}|[0-9]{12,14})$", text) or not ean.is_valid(text):
        raise Invalid("gtin", Reason.GTIN)
    return text.zfill(13) if len(text) == 12 else text


def shelf_life(raw: str) -> str:
    """Days or months: ``25d``, ``25 ngày`` → ``25d``; ``12m``, ``12 tháng``, ``1 năm`` → ``12m``."""
    match = _SHELF_LIFE.match(fold(filled(raw)))
    if not match:
        raise Invalid("shelf_life", Reason.SHELF_LIFE)
    number, unit = int(match[1]), match[2]
    if unit in ("y", "nam"):
        number *= 12
    return f"{number}{'d' if unit in ('d', 'ngay') else 'm'}"


def months(raw: str) -> str:
    """Months of a season in their order: ``11|12|1``, ``11, 12, 1`` → ``11|12|1``."""
    names = [part for part in re.split(r"[|,;/\s]+", filled(raw)) if part]
    if not all(re.match(r"^(?:0?[1-9]|1[0-2])$", name) for name in names):
        raise Invalid("months", Reason.MONTHS)
    return "|".join(dict.fromkeys(str(int(name)) for name in names))


def allergens(raw: str) -> str:
    """Codes of allergens, each once: ``peanut|sesame``."""
    names = [name for name in re.split(r"[|,;\s]+", filled(raw).lower()) if name]
    if not set(names) <= set(ALLERGENS):
        raise Invalid("allergens", Reason.CHOICE, choices=", ".join(ALLERGENS))
    return "|".join(dict.fromkeys(names))


def hours(raw: str) -> str:
    """Opening hours in the written form of ``catalog.hours``; ``T2-T6 7h30-17h; CN nghỉ`` is understood too."""
    text = re.sub("\\s*[-\u2013\u2014]\\s*", "-", filled(raw).lower())
    text = re.sub(r"\b(?:t[2-7]|cn|nghỉ)\b", lambda word: _VIETNAMESE_DAYS[word[0]], text)
    text = _CLOCK.sub(lambda clock: f"{int(clock[1]):02}:{clock[2] or '00'}", text)
    text = re.sub(r"\s*([;,])\s*", lambda sign: "; " if sign[1] == ";" else ",", text).strip("; ")
    OpeningHours.parse(text)
    return text


def closed_days(raw: str) -> str:
    """Days on which an outlet is shut, in the written form of ``catalog.hours``, at most 200 characters."""
    text = "; ".join(filter(None, (re.sub(r"\s*\.\.\s*", "..", part.strip()) for part in filled(raw).split(";"))))
    parse_days(text)
    return _within(text, 200)


def phone(raw: str) -> str:
    """A Vietnamese number in its usual groups: ``+84 235 0002001`` → ``0235 000 2001``."""
    digits = re.sub(r"[\s.()-]", "", filled(raw))
    digits = re.sub(r"^(?:\+?84)0?(?=[1-9][0-9]{8,9}$)", "0", digits)
    for pattern in (
        r"^(0[35789][0-9]{2})([0-9]{3})([0-9]{3})$",
        r"^(02[48])([0-9]{4})([0-9]{4})$",
        r"^(02[0-9]{2})([0-9]{3})([0-9]{4})$",
        r"^(1[89]00)([0-9]{4})$",
        r"^(1[89]00)([0-9]{3})([0-9]{3})$",
    ):
        if match := re.match(pattern, digits):
            return " ".join(match.groups())
    raise Invalid("phone", Reason.PHONE)


def email(raw: str) -> str:
    """An address that could receive mail, in lower case."""
    try:
        return validate_email(filled(raw), check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        raise Invalid("email", Reason.EMAIL) from None


def commune(raw: str) -> str:
    """The code of a commune of today, five digits."""
    text = filled(raw)
    if find_commune(text) is None:
        raise Invalid("commune", Reason.UNKNOWN)
    return text


def group(raw: str) -> str:
    """The programme's code of a product group that is sold here, as ``1.3c``."""
    try:
        return group_of(filled(raw).lower()).codes[0]
    except NotFound:
        raise Invalid("group", Reason.UNKNOWN) from None


def _within(text: str, limit: int) -> str:
    if len(text) > limit:
        raise Invalid("text", Reason.TOO_LONG, limit=limit, length=len(text))
    return text
