"""Drawings that are made for one page: QR codes to scan from a screen or from paper."""

from markupsafe import Markup

from checkout.gateways.bank_transfer import qr_svg


def qr(text: str) -> Markup:
    """The code of this text as an ``<svg>`` of class ``qr``, black on white."""
    return Markup(qr_svg(text))
