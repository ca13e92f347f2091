"""Vietnamese text: one normal form, folding for search, slugs and alphabetical order. Pure functions."""

import re
import unicodedata

_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
"""Dictionary order of the tones: ngang, huyền, hỏi, ngã, sắc, nặng."""
_SPACES = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]+"
)


def nfc(text: str) -> str:
    """Composed form; every run of white space, of control signs and of other invisible ones as one blank, ends trimmed."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()


def fold(text: str) -> str:
    """Lower case without accents, ``đ`` as ``d``: what two people type for the same word compares equal."""
    decomposed = unicodedata.normalize("NFD", text.lower().replace("đ", "d").replace("ð", "d"))
    return nfc("".join(c for c in decomposed if not unicodedata.combining(c)))


def has_words(text: str, wanted: str) -> bool:
    """Whether each word of ``wanted`` begins a word of the text, accents or none; no words are in every text."""
    words = re.split(r"[^a-z0-9]+", fold(text))
    return all(any(word.startswith(w) for word in words) for w in re.split(r"[^a-z0-9]+", fold(wanted)) if w)


def slugify(text: str) -> str:
    """Address form: ``Đèn lồng Hội An`` → ``den-long-hoi-an``. Empty for text without letters or digits."""
    return re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")


def collation_key(text: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Sort key of the Vietnamese dictionary: letters first (ă after a, đ after d), tones only between equals."""
    letters: list[int] = []
    tones: list[int] = []
    for char in unicodedata.normalize("NFC", text.lower()):
        tone = 0
        base = char
        decomposed = unicodedata.normalize("NFD", char)
        for mark in decomposed:
            if mark in _TONES:
                tone = _TONES[mark]
                base = unicodedata.normalize("NFC", decomposed.replace(mark, ""))
        place = _ALPHABET.find(base)
        letters.append(100 + place if place >= 0 else min(ord(base), 99))
        tones.append(tone)
    return tuple(letters), tuple(tones)


def collation_text(text: str) -> str:
    """``collation_key`` as a string that a database compares byte by byte."""
    letters, tones = collation_key(text)
    return "".join(chr(n + 32) if n < 100 else chr(n + 100) for n in letters) + " " + "".join(str(t) for t in tones)
