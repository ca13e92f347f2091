"""Words that no product bears → the words that were meant.

Only unknown words are touched, so a query that is spelled as the shop spells it is never altered. The first
of these that leads to known words wins:

1. keyboard residue: ``nuowcs`` (Telex) and ``nu7o7c1`` (VNI) were meant to become ``nước``;
2. a missing space: ``nuocmam``, if ``nuoc mam`` are neighbours in some name;
3. sound-alikes (``xâm``/``sâm``, ``phướt``/``phước``) and one slip of the finger, the neighbours deciding;
4. two slips, in words of seven letters or more.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property

from catalog.search.analysis import Word, singular, spell, word
from catalog.search.synonyms import Thesaurus
from catalog.search.view import View

_VOCABULARY = ("name", "near", "english", "body")
_MEANT = ("name", "near", "english")
"""Where guesses come from: people look for names and places, hardly ever for a word of a description."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_NEEDS_NEIGHBOUR = 4
"""Up to this many letters, too many words are one slip away: a neighbour or the sound must vouch for it."""
_TWO_SLIPS = 7

_TELEX_TONES = dict(zip("sfrxj", "12345", strict=True))
_VOWELS = "aăâeêioôơuưy"
_CIRCUMFLEX = {"a": "â", "e": "ê", "o": "ô"}
_HORN = {"a": "ă", "o": "ơ", "u": "ư"}

_SOUNDS = (
    (re.compile(r"^(gi(?=[aeou])|[dvr])"), "d"),
    (re.compile(r"^tr"), "ch"),
    (re.compile(r"^x"), "s"),
    (re.compile(r"^[kq](?!h)"), "c"),
    (re.compile(r"^(n?g)h"), r"\1"),
    (re.compile(r"(nh|ng)$"), "n"),
    (re.compile(r"(ch|c)$"), "t"),
    (re.compile(r"y"), "i"),
)
"""Letters that sound alike somewhere between Huế and Sài Gòn, at either end of a syllable."""


class Vocabulary:
    """The known words of one view, arranged for guessing. The tables are made when they are first needed."""

    def __init__(self, view: View) -> None:
        self._view = view

    def knows(self, folded: str) -> bool:
        """Whether a product bears the word."""
        return any(len(self._view.postings(field, folded)) for field in _VOCABULARY) or bool(
            len(self._view.postings("english", singular(folded)))
        )

    def frequency(self, folded: str) -> int:
        """How often names and places have the word; 0 if it is not to be guessed."""
        return sum(self._view.count(field, folded) for field in _MEANT)

    def neighbours(self, left: str, right: str) -> bool:
        """Whether the two words follow one another in some name."""
        return self._view.count("pairs", f"{left} {right}") > 0

    def sounding_like(self, folded: str) -> list[str]:
        return self._sounds.get(_sound(folded), [])

    def within_two_slips(self, folded: str) -> set[str]:
        """Known long words at edit distance 1 or 2."""
        near = {known for key in _deletions(folded, 2) for known in self._remainders.get(key, ())}
        return {known for known in near if _distance(known, folded) <= 2}

    def surface(self, folded: str, before: str | None) -> str:
        """How the shop writes a word, best as it writes it after the word before."""
        if before and (written := self._view.surfaces(f"{before} {folded}")):
            return written[0].split()[1]
        return next(iter(self._view.surfaces(folded)), folded)

    @cached_property
    def _words(self) -> set[str]:
        return {term for field in _MEANT for term in self._view.terms(field)}

    @cached_property
    def _sounds(self) -> dict[str, list[str]]:
        sounds: defaultdict[str, list[str]] = defaultdict(list)
        for known in self._words:
            sounds[_sound(known)].append(known)
        return dict(sounds)

    @cached_property
    def _remainders(self) -> dict[str, list[str]]:
        remainders: defaultdict[str, list[str]] = defaultdict(list)
        for known in self._words:
            if len(known) >= _TWO_SLIPS - 2:
                for key in _deletions(known, 2):
                    remainders[key].append(known)
        return dict(remainders)


def repair(query: Sequence[Word], vocabulary: Vocabulary, thesaurus: Thesaurus) -> list[Word]:
    """The query with its unknown words replaced where there is a good guess; else the query as it is."""
    repaired: list[Word] = []
    for place, item in enumerate(query):
        if thesaurus.knows(item.folded) or vocabulary.knows(item.folded):
            repaired.append(item)
            continue
        before = repaired[-1].folded if repaired else None
        after = query[place + 1].folded if place + 1 < len(query) else None
        decoded = _decoded(item)
        if decoded and (vocabulary.knows(decoded.folded) or thesaurus.knows(decoded.folded)):
            repaired.append(decoded)
        elif parts := next(_splits(item, vocabulary), None):
            repaired.extend(_as_written(parts, before, vocabulary))
        elif guess := _guess(item.folded, before, after, vocabulary):
            # Without an exact form: the typist's accents are as doubtful as the letters.
            repaired.extend(_as_written([Word(guess, guess, guess)], before, vocabulary))
        else:
            repaired.append(item)
    return repaired


def _decoded(item: Word) -> Word | None:
    """The word as the keyboard driver would have written it, had it been on; None without a trace of one.

    Telex: s f r x j are the tones, aa ee oo put a roof, w a horn or breve, dd is đ. VNI: 1–5, 6, 7 or 8, 9.
    """
    toned = item.accented and item.exact[-1].isdigit()  # a tone typed properly next to the residue is kept
    letters, tone = (item.exact[:-1], item.exact[-1]) if toned else (item.exact, "")
    out, used = "", False
    for char in letters:
        voiced = any(vowel in out for vowel in _VOWELS)
        changed: str | None = None
        if voiced and (char in _TELEX_TONES or char in "12345"):
            tone, changed = _TELEX_TONES.get(char, char), out
        elif char in "w78":
            changed = _with_horn(out, start=char == "w")
        elif char in "aeo" and char in out:
            changed = _replaced_last(out, char, _CIRCUMFLEX[char])
        elif char == "6" and (last := max("aeo", key=out.rfind)) in out:
            changed = _replaced_last(out, last, _CIRCUMFLEX[last])
        elif char in "dđ9" and out[:1] in ("d", "đ"):
            changed = "đ" + out[1:]
        used = used or changed is not None
        out = out + char if changed is None else changed
    return word(spell(out + tone)) if used and len(out) > 1 else None


def _with_horn(letters: str, *, start: bool) -> str | None:
    """Telex w, VNI 7 and 8: the hook of ư and ơ, the breve of ă. A w with no vowel before it is ư itself."""
    for plain, horned in (("uo", "ươ"), ("ưo", "ươ")):
        if plain in letters:
            return letters.replace(plain, horned)
    if letters.endswith("ua") and not letters.startswith("q"):
        return letters[:-2] + "ưa"
    last = max("aou", key=letters.rfind)
    if last in letters:
        return _replaced_last(letters, last, _HORN[last])
    return letters + "ư" if start else None


def _as_written(parts: Sequence[Word], before: str | None, vocabulary: Vocabulary) -> Iterator[Word]:
    """The words as the shop writes them where the typist gave no accents. What is looked for stays."""
    for part in parts:
        written = part.typed if part.accented else vocabulary.surface(part.folded, before)
        yield Word(written, part.folded, part.exact)
        before = part.folded


def _splits(item: Word, vocabulary: Vocabulary, before: str | None = None) -> Iterator[list[Word]]:
    """Ways to read one word as several known ones that follow one another in some name."""
    if len(item.typed) != len(item.folded):
        return
    for cut in range(1, len(item.typed)):
        head = word(item.typed[:cut])
        if before and not vocabulary.neighbours(before, head.folded):
            continue
        if not before and not vocabulary.frequency(head.folded):
            continue
        tail = word(item.typed[cut:])
        if vocabulary.neighbours(head.folded, tail.folded):
            yield [head, tail]
        yield from ([head, *rest] for rest in _splits(tail, vocabulary, head.folded))


def _guess(folded: str, before: str | None, after: str | None, vocabulary: Vocabulary) -> str | None:
    """The likeliest known word one slip away, or two in a long word."""

    def neighbours(guess: str) -> int:
        return (before is not None and vocabulary.neighbours(before, guess)) + (
            after is not None and vocabulary.neighbours(guess, after)
        )

    alike = vocabulary.sounding_like(folded)
    near = {*alike, *(edit for edit in _edits(folded) if vocabulary.frequency(edit))}
    if len(folded) <= _NEEDS_NEIGHBOUR:
        alone = before is None and after is None
        near = {guess for guess in near if neighbours(guess) or (alone and guess in alike)}
    if not near and len(folded) >= _TWO_SLIPS:
        near = vocabulary.within_two_slips(folded)
    known = sorted(guess for guess in near if vocabulary.knows(guess))
    return max(
        known,
        key=lambda guess: (
            neighbours(guess),
            guess in alike,
            guess[0] == folded[0],
            vocabulary.frequency(guess),
        ),
        default=None,
    )


def _edits(folded: str) -> Iterator[str]:
    """Every string one slip away: a letter missing, doubled, wrong, or two swapped."""
    for cut in range(len(folded) + 1):
        head, tail = folded[:cut], folded[cut:]
        if tail:
            yield head + tail[1:]
            yield from (head + letter + tail[1:] for letter in _LETTERS if letter != tail[0])
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        yield from (head + letter + tail for letter in _LETTERS)


def _deletions(folded: str, slips: int) -> set[str]:
    """The word without up to ``slips`` of its letters: two words within two slips share such a remainder."""
    remainders = {folded}
    for _ in range(slips):
        remainders |= {part[:cut] + part[cut + 1 :] for part in remainders for cut in range(len(part))}
    return remainders


def _distance(one: str, other: str) -> int:
    """Insertions, deletions, substitutions and swaps of neighbours that lead from one word to the other."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, a in enumerate(one, start=1):
        line = [row]
        for column, b in enumerate(other, start=1):
            line.append(min(last[column] + 1, line[-1] + 1, last[column - 1] + (a != b)))
            if row > 1 and column > 1 and a == other[column - 2] and one[row - 2] == b:
                line[-1] = min(line[-1], before[column - 2] + 1)
        before, last = last, line
    return last[-1]


def _replaced_last(text: str, old: str, new: str) -> str:
    place = text.rindex(old)
    return text[:place] + new + text[place + 1 :]


def _sound(folded: str) -> str:
    for pattern, sound in _SOUNDS:
        folded = pattern.sub(sound, folded)
    return folded
