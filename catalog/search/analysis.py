"""Vietnamese text → words that can be compared.

A word has two forms. The *folded* one has no accents: ``nước``, ``nuoc`` and ``NƯỚC`` are all ``nuoc``. The
*exact* one keeps the letters and moves the tone to a digit at the end (``nươc1``, numbered as in VNI):
``hoà`` = ``hòa``, however the tone was placed and whichever Unicode form it came in.

There is no stop list and one-letter words stay: "an", "tổ" and "A" are parts of names here.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from catalog.text import fold, nfc

LONGEST_WORD = 40
"""Letters kept of one word. The longest Vietnamese syllable has seven."""

_TONES = {"\u0301": "1", "\u0300": "2", "\u0309": "3", "\u0303": "4", "\u0323": "5"}
_MARKS = {"1": "\u0301", "2": "\u0300", "3": "\u0309", "4": "\u0303", "5": "\u0323"}
_WORD = re.compile(r"[^\W_]+(?:['’ʼ][^\W_]+)*")
_INSIDE_A_WORD = re.compile(r"['’ʼ]")
_INVISIBLE = re.compile("[\u00ad\u0300-\u036f]")
_FINAL_Y = re.compile(r"(?<=[bcdđghklmnpqrstvx])y$|(?<=qu)y$")
_VOWELS = re.compile(r"[aăâeêioôơuưy]+")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text or of a query.

    typed: lower case, accents as they came.    folded, exact: the two forms that are compared.
    """

    typed: str
    folded: str
    exact: str

    @property
    def accented(self) -> bool:
        """Whether the typist told which of the look-alikes is meant."""
        return self.exact != self.folded


def words(text: str) -> list[Word]:
    """The words of a text, in order. Anything that is neither letter nor digit only separates them."""
    visible = _INVISIBLE.sub("", nfc(text))
    return [word(_INSIDE_A_WORD.sub("", found)[:LONGEST_WORD]) for found in _WORD.findall(visible)]


def pairs(sequence: Iterable[Word], *, opening: bool = False) -> list[str]:
    """Neighbouring folded words as ``"nuoc mam"``. With ``opening`` the first word also follows ``"^"``."""
    folded = (["^"] if opening else []) + [item.folded for item in sequence]
    return [f"{left} {right}" for left, right in pairwise(folded)]


@lru_cache(maxsize=1 << 14)
def word(typed: str) -> Word:
    """Both forms of one word. Cached: a catalogue of any size is made of a few thousand syllables."""
    typed = typed.lower().replace("ð", "đ")
    letters, tone = [], ""
    for char in unicodedata.normalize("NFD", typed):
        if char in _TONES:
            tone = _TONES[char]
        else:
            letters.append(char)
    return Word(typed, _one_i(fold(typed)), _one_i(unicodedata.normalize("NFC", "".join(letters))) + tone)


def spell(exact: str) -> str:
    """The written form of an exact form: ``nươc1`` → ``nước``. The tone goes where dictionaries put it."""
    letters, tone = (exact[:-1], exact[-1]) if exact[-1:] in _MARKS else (exact, "")
    glide = 2 if letters[:2] == "qu" or (letters[:2] == "gi" and _VOWELS.match(letters, 2)) else 0
    vowels = _VOWELS.search(letters, glide)
    if not tone or not vowels:
        return letters
    at = vowels.start() + _toned_vowel(vowels.group(), closed=vowels.end() < len(letters))
    return unicodedata.normalize("NFC", letters[: at + 1] + _MARKS[tone] + letters[at + 1 :])


def singular(folded: str) -> str:
    """An English word without its plural ``s``; enough for "lanterns" to meet "lantern"."""
    return folded[:-1] if len(folded) > 3 and folded.endswith("s") and folded[-2] not in "sui" else folded


def _one_i(letters: str) -> str:
    """``mỳ`` and ``mì``, ``kỹ`` and ``kĩ`` are one word: after a consonant a final y is an i."""
    return _FINAL_Y.sub("i", letters)


def _toned_vowel(cluster: str, *, closed: bool) -> int:
    """Which vowel of a cluster bears the tone."""
    marked = [place for place, vowel in enumerate(cluster) if vowel in "ăâêôơư"]
    if marked:
        return marked[-1]
    if len(cluster) == 1:
        return 0
    return len(cluster) - 1 if closed else len(cluster) - 2
