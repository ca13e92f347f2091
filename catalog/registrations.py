"""Numbers under which the state knows a producer: a tax number, or what a household has in place of one. Pure.

A company or a cooperative has a tax number ("mã số thuế"): ten digits, the last a check digit, and three more for a
branch. Since July 2025 a household's tax number is the personal number of its head: twelve digits without a check digit,
beginning with the place and the century of birth. Households registered before still give the number of their
certificate (two digits, a letter, then ``8`` and six digits).
"""

import re

from stdnum.exceptions import ValidationError
from stdnum.vn import mst

from catalog.errors import Invalid
from catalog.producers import LegalForm
from catalog.text import fold

_BLANKS = re.compile(r"[\s.\-–/]")
_PERSONAL = re.compile(r"0(?:0[1-9]|[1-8][0-9]|9[0-6])[0-3][0-9]{8}", re.ASCII)
_HOUSEHOLD = re.compile(r"[0-9]{2}[A-Z]8[0-9]{6}", re.ASCII)
_PERSONS = frozenset({LegalForm.HOUSEHOLD, LegalForm.COOPERATIVE_GROUP})
"""What may be known by the number of a person."""


def read(text: str, legal_form: LegalForm) -> str:
    """The number as it is compared and stored: ``0123456789``, ``0123456789-001``, twelve digits, or ``33A8012345``.

    Blanks, dots and dashes may be missing or stand anywhere. Raises Invalid("registration", …) with ``required``,
    ``digits`` (too many, too few, or letters), ``check_digit``, or ``personal``: a person's number, which this legal
    form does not have.
    """
    number = _BLANKS.sub("", fold(text)).upper()
    if not number:
        raise Invalid("registration", "required")
    if _HOUSEHOLD.fullmatch(number) and legal_form is LegalForm.HOUSEHOLD:
        return number
    if _PERSONAL.fullmatch(number):
        if legal_form not in _PERSONS:
            raise Invalid("registration", "personal")
        return number
    if not (number.isascii() and number.isdigit() and len(number) in (10, 13)):
        raise Invalid("registration", "digits")
    try:
        return mst.format(mst.validate(number))
    except ValidationError:
        raise Invalid("registration", "check_digit") from None


def is_personal(number: str) -> bool:
    """Whether a stored number is a person's own: it is shown to officers only."""
    return _PERSONAL.fullmatch(number) is not None


def covered(number: str) -> str:
    """What others may see of a stored number: of a person's own, the last four digits (``•••• •••• 4321``)."""
    return f"•••• •••• {number[-4:]}" if is_personal(number) else number
