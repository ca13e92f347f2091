"""How people write the name of a place: kinds, abbreviations, accents and blanks. Pure functions on text.

A *key* is a name folded for comparison: lower case, no accents, letters and digits only (``Xã Cư M'gar`` →
``xa cu m gar``). The *kind* in front of a name (xã, phường, huyện…) is often shortened, outdated, or missing.
"""

import re
import unicodedata

from catalog.text import fold, nfc

_KINDS = {
    "p": "phường", "x": "xã", "tt": "thị trấn",
    "q": "quận", "h": "huyện", "tx": "thị xã", "tp": "thành phố", "t": "tỉnh",
}  # fmt: skip
_SHORT_KIND = re.compile(rf"^({'|'.join(sorted(_KINDS, reverse=True))})(?:\.\s*|\s+|(?=\d))")
_KIND = re.compile(r"^(?:thanh pho|thi xa|thi tran|dac khu|phuong|huyen|quan|tinh|xa) (?=\S)")
_COMMUNE_KIND = re.compile(r"^(?:dac khu|thi tran|phuong|xa) (?=\S)")
_BEFORE_KIND = re.compile(
    r"\s+(?=(?:tt|tx|tp|p|x|q|h|t)\.|(?:p|q)\d|(?:tp|tx|tt|thành phố|thanh pho|thị xã|thi xa|thị trấn"
    r"|thi tran|phường|phuong|quận|huyện|huyen|tỉnh|(?<!thị )xã)\s)"
)
_SEPARATOR = re.compile(r"[,;\n|]+")
_DASH = re.compile(r"\s[-–—]\s")
_TONES = "\u0300\u0301\u0303\u0309\u0323"


def key(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", fold(text)))


def bare(name_key: str) -> str:
    """A key without the kind in front of it. A number alone would fit anything, so it keeps its kind."""
    rest = _KIND.sub("", name_key)
    return name_key if rest.isdigit() else rest


def has_commune_kind(name_key: str) -> bool:
    return bool(_COMMUNE_KIND.match(name_key))


def written_out(text: str) -> str:
    """Lower case with the kind in full: ``P. Minh An`` → ``phường minh an``, ``P15`` → ``phường 15``."""
    lower = nfc(text).lower().strip(" .")
    return _SHORT_KIND.sub(lambda short: _KINDS[short[1]] + " ", lower)


def spoken(text: str) -> str:
    """Lower case with each word's tone behind its letters, so that ``Hòa`` and ``Hoà`` compare equal."""
    words = unicodedata.normalize("NFD", text.lower()).split()
    return " ".join("".join(sorted(word, key=_TONES.__contains__)) for word in words)


def pieces(address: str) -> list[str]:
    """The parts of an address in lower case, kinds in full, from small to large.

    They stand between commas; else between dashes; else each kind begins one (``p. Minh An tp Hội An``).
    """
    parts = _SEPARATOR.split(unicodedata.normalize("NFC", address))
    if len(parts) == 1:
        parts = _DASH.split(parts[0])
    if len(parts) == 1:
        parts = _BEFORE_KIND.split(nfc(parts[0]).lower())
    return [written for written in map(written_out, parts) if key(written)]


def readings(piece_key: str) -> frozenset[str]:
    """What a piece can mean, to compare with bare names: reforms changed kinds more often than names."""
    return frozenset((piece_key, bare(piece_key)))
