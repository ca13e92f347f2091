"""What a revision changes, as people compare it: words that came and went, values before and after, pictures beside.

Text is compared by paragraphs, and changed paragraphs by words. Each part says what it is, so that a page can mark it
with more than a colour.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from catalog.page_fields import FieldKind, PageKind, get_field
from catalog.revisions import Change
from catalog.views import Picture
from storefront import page_words, pictures

MOST_WORDS = 1500
"""A longer paragraph that has changed is shown whole, before and after."""
_WORDS = re.compile(r"\s+|[^\s]+")


class Part(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words in a row."""

    part: Part
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph, or a row of a list. part: of the line as a whole; SAME when only some words of it changed, or none."""

    part: Part
    pieces: tuple[Piece, ...]

    @property
    def changed(self) -> bool:
        """Whether anything in it did."""
        return self.part is not Part.SAME or any(piece.part is not Part.SAME for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture on one side. part: GONE or NEW for one that the other side lacks.    words: what is said of it."""

    picture: Picture
    part: Part
    words: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One field. lines: of text and of rows.    before, after: of values.    old, new: of pictures. Others are empty.

    first: there was nothing before.    claims: what its words must not say.
    """

    field: str
    name: str
    first: bool
    lines: tuple[Line, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    old: tuple[Shown, ...] = ()
    new: tuple[Shown, ...] = ()
    claims: tuple[str, ...] = ()


def of(
    kind: PageKind, changes: Iterable[Change], *, claims: Mapping[str, Sequence[str]], folder: str = ""
) -> list[Difference]:
    """Each change as it is shown. claims: field → words, as ``page_words.claims_in`` gives them.

    folder: where the officers fetch pictures that are on no page yet, as ``pictures.folder_of`` gives it.
    """
    return [_difference(kind, change, tuple(claims.get(change.field, ())), folder) for change in changes]


def words(before: str, after: str) -> tuple[Piece, ...]:
    """Two texts of one paragraph as one, word by word; a blank between two changed words changed with them."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if max(len(old), len(new)) > 2 * MOST_WORDS:
        return tuple(Piece(part, text) for part, text in ((Part.GONE, before), (Part.NEW, after)) if text)
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    pieces: list[Piece] = []
    gone = came = ""
    for number, (tag, i, j, k, m) in enumerate(codes):
        was, now = "".join(old[i:j]), "".join(new[k:m])
        if tag != "equal" or (0 < number < len(codes) - 1 and was.isspace()):
            gone, came = gone + was, came + now
            continue
        pieces += _changed(gone, came)
        pieces.append(Piece(Part.SAME, was))
        gone = came = ""
    return (*pieces, *_changed(gone, came))


def paragraphs(before: Sequence[str], after: Sequence[str]) -> tuple[Line, ...]:
    """Two lists of paragraphs as one; those that changed word by word where as many stand for as many."""
    lines: list[Line] = []
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            lines += [_line(Part.SAME, text) for text in before[i:j]]
        elif j - i == m - k:
            lines += [Line(Part.SAME, words(old, new)) for old, new in zip(before[i:j], after[k:m], strict=True)]
        else:
            lines += [_line(Part.GONE, text) for text in before[i:j]]
            lines += [_line(Part.NEW, text) for text in after[k:m]]
    return tuple(lines)


def _difference(kind: PageKind, change: Change, claims: tuple[str, ...], folder: str) -> Difference:
    name, before, after = page_words.change_words(kind, change)
    facts: dict[str, Any] = {"field": change.field, "name": name, "first": not before, "claims": claims}
    match get_field(kind, change.field).kind:
        case FieldKind.PICTURES:
            old, new = change.before or [], change.after or []
            return Difference(
                **facts,
                old=_shown(old, new, Part.GONE, before, before, folder),
                new=_shown(new, old, Part.NEW, after, before, folder),
            )
        case FieldKind.VARIANTS:
            return Difference(**facts, lines=_rows(change, before, after))
        case FieldKind.LINE | FieldKind.TEXT if change.field != "shelf_life":
            return Difference(**facts, lines=paragraphs(before, after))
    return Difference(**facts, before=tuple(before), after=tuple(after))


def _rows(change: Change, before: Sequence[str], after: Sequence[str]) -> tuple[Line, ...]:
    """Sizes by their SKU, in the order of the page as it would be; one that the list leaves out stays as it is."""
    known = {row["sku"]: told for row, told in zip(change.before or [], before, strict=True)}
    lines = []
    for row, told in zip(change.after or [], after, strict=True):
        if row["sku"] in known:
            lines.append(Line(Part.SAME, words(known[row["sku"]], told)))
        else:  # without a SKU its words begin by saying that it is new
            lines.append(_line(Part.NEW, told if row["sku"] else told.partition(": ")[2]))
    return tuple(lines)


def _shown(
    rows: Sequence[Mapping[str, Any]],
    others: Sequence[Mapping[str, Any]],
    alone: Part,
    told: Sequence[str],
    before: Sequence[str],
    folder: str,
) -> tuple[Shown, ...]:
    """The pictures of one side. alone: what one is that the other side lacks.    told: words of this side's pictures."""
    elsewhere: Collection[str] = {row["stem"] for row in others}
    earlier = {row["stem"]: text for row, text in zip(others, before, strict=False)} if alone is Part.NEW else {}
    return tuple(
        Shown(
            picture=pictures.drafted(row, folder),
            part=Part.SAME if row["stem"] in elsewhere else alone,
            words=words(earlier[row["stem"]], text) if row["stem"] in earlier else (Piece(Part.SAME, text),),
        )
        for row, text in zip(rows, told, strict=True)
    )


def _changed(gone: str, came: str) -> list[Piece]:
    return [Piece(part, text) for part, text in ((Part.GONE, gone), (Part.NEW, came)) if text]


def _line(part: Part, text: str) -> Line:
    return Line(part, (Piece(Part.SAME, text),))
