"""Bank transfer by VietQR (NAPAS' profile of EMVCo's merchant-presented code), and the code that names a payment.

A payment code is ``OCOP``, six of Crockford's signs and a check sign. Banks change the message on its way: they
upper-case it, put words before it and dots or blanks into it; ``read_code`` finds the code all the same.
"""

import binascii
import re
from dataclasses import dataclass

import segno

from catalog import codes
from catalog.money import Money
from checkout.gateways.base import Instructions, Transfer
from checkout.rules import PaymentMethod

PREFIX = "OCOP"
SIGNS = 6
_CODE = re.compile(f"(?={codes.mend(PREFIX)}([{codes.ALPHABET}]{{{SIGNS + 1}}}))")
_PURPOSE = re.compile(r"^[A-Za-z0-9 ]{1,25}$")


@dataclass(frozen=True, slots=True)
class BankAccount:
    """The shop's account. ``bin``: the bank's six digits at NAPAS, ``bank`` its name."""

    bin: str
    bank: str
    number: str
    holder: str


@dataclass(frozen=True, slots=True)
class BankTransfer:
    """Paying by transfer to this account."""

    account: BankAccount

    @property
    def method(self) -> PaymentMethod:
        """Bank transfer."""
        return PaymentMethod.BANK_TRANSFER

    def instructions(self, *, code: str, due: Money) -> Instructions:
        """The account, the amount and the code, also as one picture."""
        payload = vietqr(self.account, amount=due, purpose=code)
        account = self.account
        return Instructions(due, Transfer(account.bank, account.number, account.holder, due, code, payload))


def make_code() -> str:
    """A new payment code, such as ``OCOP7K3M9QX``."""
    signs = codes.random_code(SIGNS)
    return PREFIX + signs + codes.check_sign(signs)


def read_code(text: str) -> str | None:
    """The first payment code with a right check sign in what a bank passed on, or None."""
    for match in _CODE.finditer(codes.mend(text)):
        signs, check = match[1][:SIGNS], match[1][SIGNS:]
        if codes.check_sign(signs) == check:
            return PREFIX + signs + check
    return None


def vietqr(account: BankAccount, *, amount: Money, purpose: str, once: bool = True) -> str:
    """The text inside the picture.

    amount: whole đồng, above 0.    purpose: 1–25 letters, digits or blanks.    once: whether a bank's application
    should offer it for one payment only.
    """
    if amount.currency != "VND" or amount.minor <= 0:
        raise ValueError(f"VietQR carries đồng above 0: {amount}")
    if not _PURPOSE.match(purpose):
        raise ValueError(f"banks drop anything but letters, digits and blanks: {purpose!r}")
    beneficiary = _field("00", account.bin) + _field("01", account.number)
    body = "".join(
        (
            _field("00", "01"),
            _field("01", "12" if once else "11"),
            _field("38", _field("00", "A000000727") + _field("01", beneficiary) + _field("02", "QRIBFTTA")),
            _field("53", "704"),
            _field("54", str(amount.minor)),
            _field("58", "VN"),
            _field("62", _field("08", purpose)),
            "6304",
        )
    )
    return body + f"{binascii.crc_hqx(body.encode('ascii'), 0xFFFF):04X}"


def qr_svg(payload: str) -> str:
    """The picture as an ``<svg>`` element without inline style; the page gives class ``qr`` its size."""
    return segno.make_qr(payload, error="m").svg_inline(omitsize=True, svgclass="qr", lineclass=None, border=4)


def _field(tag: str, value: str) -> str:
    return f"{tag}{len(value):02d}{value}"
