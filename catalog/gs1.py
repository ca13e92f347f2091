"""What GS1 gives a product: the number under its bar code, and the Digital Link that carries it. Pure.

Sources: GS1 General Specifications (check digit, prefixes that are nobody's, AI 10), GS1 Digital Link: URI Syntax.
"""

import re
from urllib.parse import quote

from stdnum import ean

_LENGTHS = (8, 12, 13, 14)
_LOT = re.compile(r"""^[!"%&'()*+,\-./_0-9A-Za-z:;<=>?]{1,20}$""")
_NOBODYS = re.compile(r"^(?:0[245]|2|952|9[89]|0000000)")
"""Numbers used inside a shop, coupons, and the prefix of GS1's own examples."""


def read_gtin(text: str) -> str | None:
    """The number as 14 digits, or None for what is none or is given to no company. text: 8, 12, 13 or 14 digits."""
    if len(text) not in _LENGTHS or not text.isascii() or not text.isdigit() or not ean.is_valid(text):
        return None
    whole = text.zfill(14)
    if whole.startswith("000000"):
        return None if whole[6] in "02" else whole  # eight digits have prefixes of their own
    return None if _NOBODYS.match(whole[1:]) else whole


def spellings(whole: str) -> tuple[str, ...]:
    """All ways in which a number of 14 digits may be stored."""
    return tuple(whole[14 - length :] for length in _LENGTHS if not whole[: 14 - length].strip("0"))


def link(base_url: str, whole: str, lot: str) -> str | None:
    """The Digital Link of a lot; None for a code that GS1's lots cannot hold. whole: 14 digits."""
    return f"{base_url}/01/{whole}/10/{quote(lot, safe='')}" if _LOT.match(lot) else None
