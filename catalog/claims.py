"""Words that no page may say of food: that it cures, names of diseases, doctors who praise it, promises.

Law and programme forbid health claims for ordinary food, and for supplements all but the registered ones. A machine
only points at the words; an officer decides. Words are found whole, in any case and with their accents (``chữa`` is
not ``chua``), wherever a writer sets the tone (``hoà`` = ``hòa``). The list is data: ``data/claim_words.csv`` unless
the caller brings another.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "data" / "claim_words.csv"
SUPPLEMENT_GROUP = "3.1"
SUPPLEMENT_SENTENCE = "Thực phẩm này không phải là thuốc, không có tác dụng thay thế thuốc chữa bệnh."
"""The law has it on every page and advertisement of a supplement, word for word."""
SUPPLEMENT_SENTENCE_EN = "This product is not a medicine and is not a substitute for medicine."

_TONES = "\u0300\u0309\u0303\u0301\u0323"
_OPEN_PAIRS = {
    f"{first}{unicodedata.normalize('NFC', second + tone)}": f"{unicodedata.normalize('NFC', first + tone)}{second}"
    for first, second in ("oa", "oe", "uy")
    for tone in _TONES
}
_LATE_TONE = re.compile(rf"(?<!q)(?:{'|'.join(_OPEN_PAIRS)})(?![^\W\d_])")


class Why(StrEnum):
    """What is wrong with saying it."""

    CURES = "cures"
    DISEASE = "disease"
    AUTHORITY = "authority"
    PROMISE = "promise"


@dataclass(frozen=True, slots=True)
class ClaimWord:
    """A word, or some in a row. unless: longer sayings in which it is harmless (``sửa chữa``)."""

    text: str
    why: Why
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """A word found in a text: ``text[start:end]`` of its NFC form.    word: as it stands there."""

    start: int
    end: int
    word: str
    why: Why


@lru_cache
def default_words() -> tuple[ClaimWord, ...]:
    """Those of the file."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return tuple(
            ClaimWord(row["word"], Why(row["why"]), tuple(filter(None, row["unless"].split("|"))))
            for row in csv.DictReader(file)
        )


def find(text: str, words: tuple[ClaimWord, ...] | None = None) -> tuple[Claim, ...]:
    """The words in a text, in order and without overlap: of two that begin together the longer one.

    words: the list; None for the file's.
    """
    written = unicodedata.normalize("NFC", text)
    compared = _compared(written)
    harmless, pattern, why = _compiled(default_words() if words is None else words)
    spared = [match.span() for match in harmless.finditer(compared)] if harmless else []
    return tuple(
        Claim(match.start(), match.end(), written[match.start() : match.end()], why[_key(match.group())])
        for match in (pattern.finditer(compared) if pattern else ())
        if not any(start <= match.start() and match.end() <= end for start, end in spared)
    )


def in_page(values: Mapping[str, Any], words: tuple[ClaimWord, ...] | None = None) -> dict[str, tuple[Claim, ...]]:
    """Field → the words in its text, for the fields that have some. values: of a page, see ``catalog.page_fields``.

    Of a product they count in all that is eaten, drunk or used on the body (groups 1 to 3); a lantern may heal.
    """
    group = values.get("group_code")
    if group is not None and not group.startswith(("1.", "2.", "3.")):
        return {}
    texts = ((name, value) for name, value in values.items() if isinstance(value, str))
    found = ((name, find(text, words)) for name, text in texts if name.endswith(("_vi", "_en")))
    return {name: claims for name, claims in found if claims}


def _compared(text: str) -> str:
    """Lower case with tones where the school books set them, sign for sign as long as the text."""
    lower = "".join(low if len(low := char.lower()) == 1 else char for char in text)
    return _LATE_TONE.sub(lambda pair: _OPEN_PAIRS[pair.group()], lower)


def _key(text: str) -> str:
    return re.sub(r"\s+", " ", _compared(unicodedata.normalize("NFC", text))).strip()


@lru_cache(maxsize=4)
def _compiled(
    words: tuple[ClaimWord, ...],
) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None, Mapping[str, Why]]:
    harmless = [saying for word in words for saying in word.unless]
    return _any_of(harmless), _any_of([word.text for word in words]), {_key(word.text): word.why for word in words}


def _any_of(sayings: Iterable[str]) -> re.Pattern[str] | None:
    """Whole words only, any white space between them, the longest first."""
    keys = sorted({key for saying in sayings if (key := _key(saying))}, key=len, reverse=True)
    if not keys:
        return None
    either = "|".join(r"\s+".join(re.escape(part) for part in key.split(" ")) for key in keys)
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)")
