"""How to reach the buyer, and whom to invoice. Pure."""

import re
from dataclasses import dataclass

from stdnum.exceptions import ValidationError
from stdnum.vn import mst

from catalog.errors import Invalid
from catalog.text import nfc

_MOBILE = re.compile(r"^(?:\+?84|0)((?:3[2-9]|5[25689]|7[06-9]|8[1-9]|9\d)\d{7})$")
_TRUNK_ZERO = re.compile(r"\(\s*0\s*\)")
_SEPARATORS = re.compile(r"[\s.\-()]")


@dataclass(frozen=True, slots=True)
class Contact:
    """The buyer. ``phone`` in national form, the buyer's identity here; ``email`` only where one was given."""

    name: str
    phone: str
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Invoice:
    """Whom the licensed provider is to make out the VAT invoice to."""

    company: str
    tax_code: str
    address: str
    email: str


def phone(text: str) -> str:
    """A Vietnamese mobile number in national form, ``0912345678``. Raises Invalid("phone", "phone").

    Accepts blanks, dots, dashes, ``+84``, ``84`` and ``+84 (0)``.
    """
    match = _MOBILE.match(_SEPARATORS.sub("", _TRUNK_ZERO.sub("", nfc(text))))
    if not match:
        raise Invalid("phone", "phone")
    return "0" + match[1]


def tax_code(text: str) -> str:
    """A Vietnamese tax code with a right check digit: 10 digits, or 13 as ``0123456789-001``.

    Raises Invalid("tax_code", "tax_code").
    """
    try:
        return mst.format(mst.validate(text))
    except ValidationError:
        raise Invalid("tax_code", "tax_code") from None
