"""Codes that people read, type and say: Crockford's 32 signs, which leave out I, L, O and U. Pure but for chance."""

import secrets

from stdnum import luhn

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MENDED = str.maketrans("ILOU", "110V")


def random_code(length: int) -> str:
    """Signs nobody can guess; ``32 ** length`` possibilities."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def mend(text: str) -> str:
    """Upper case, only A–Z and 0–9, with the four look-alikes put right."""
    return "".join(c for c in text.upper() if c.isascii() and c.isalnum()).translate(_MENDED)


def check_sign(code: str) -> str:
    """One more sign that betrays any single wrong sign and nearly every swap of neighbours (Luhn, base 32)."""
    return luhn.calc_check_digit(code, alphabet=ALPHABET)
