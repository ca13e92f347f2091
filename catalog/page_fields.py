"""The fields of a product's page and of a producer's own page: who may change what, how, and what a whole page has.

A field's *policy* says how a producer changes it: at once, after an officer's review (``catalog.revisions``), or never.
A *value* is what JSON can hold and what a revision carries: text, a whole number or None, yes or no, or a list. ``read``
makes one from what a form sends and leaves a value that it has made as it is.

Values that are more than text:

- ``group_code``: a code of ``catalog.groups``; ``shelf_life``: ``25d``, ``12m`` or empty; ``hs_code``: 6 or 8 digits
- ``allergens``: list of codes, in the order of ``ALLERGENS``; ``season``: list of months as text (``["3", "4"]``)
- ``facility_expires_on``: an ISO day or empty; ``alcohol_percent``: text such as ``29.5`` or empty
- ``variants``: list, in the order of the page, of ``{"sku": str | None, "unit_vi", "unit_en", "net_amount": int,
  "net_unit", "gross_g", "length_mm", "width_mm", "height_mm", "gtin": str | None, "active": bool}``; one without a
  SKU is new and also has ``"price": int``, đồng. A size with a SKU that the list leaves out stays as it is.
- ``pictures``: list, in the order of the page, of ``{"stem", "alt_vi", "alt_en", "focus": 1–9, "credit", "consent":
  bool}``; focus counts the cells of a 3 × 3 grid from the top left, 5 is the middle.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any, cast
from urllib.parse import urlsplit

from catalog import translations
from catalog.errors import Forbidden, Invalid
from catalog.groups import ALCOHOL_CODES
from catalog.importing import amounts, cells
from catalog.importing.cells import ALLERGENS, Parser
from catalog.importing.changes import Reason

VIDEO_HOSTS = frozenset(
    ("www.youtube.com", "youtube.com", "m.youtube.com", "youtu.be", "vimeo.com", "www.tiktok.com", "www.facebook.com")
)
MOST_VARIANTS, MOST_PICTURES = 12, 8
FOOD = ("1.", "2.", "3.")
GOODS = (*FOOD, "4.")
EVERYWHERE = ("",)
SUPPLEMENTS = ("3.1",)
NET_UNITS = ("g", "ml", "piece", "set", "m", "person")
_STEM = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_SIZES = ("length_mm", "width_mm", "height_mm")


class PageKind(StrEnum):
    """Whose page."""

    PRODUCT = "product"
    PRODUCER = "producer"


class Policy(StrEnum):
    """How a producer may change a field of theirs."""

    AT_ONCE = "at_once"
    """``catalog.prices`` writes it."""
    REVIEWED = "reviewed"
    NEVER = "never"


class FieldKind(StrEnum):
    """What a value is made of."""

    LINE = "line"
    TEXT = "text"
    """Paragraphs with a blank line between; never markup."""
    NUMBER = "number"
    CHOICE = "choice"
    LIST = "list"
    YES_NO = "yes_no"
    DAY = "day"
    PERCENT = "percent"
    VARIANTS = "variants"
    PICTURES = "pictures"


class Lack(StrEnum):
    """What a page is short of."""

    EMPTY = "empty"
    UNTRANSLATED = "untranslated"
    STALE = "stale"
    """The Vietnamese has changed since the English was written."""
    SECOND_PICTURE = "second_picture"
    """For what has a label: its back."""
    THIRD_PICTURE = "third_picture"
    """The thing in use."""
    ALT = "alt"
    """A picture without words for who cannot see it."""
    CONSENT = "consent"
    """Nobody has said that a new picture may be shown."""


@dataclass(frozen=True, slots=True)
class PageField:
    """One field. longest: characters, 0 where that says nothing.    translates: the Vietnamese field, or empty.

    groups: beginnings of the group codes whose products have the field.    needed: of those that cannot do without.
    counted: of those whose page is not whole without it.
    """

    name: str
    page: PageKind
    kind: FieldKind
    reader: Callable[[Any], Any]
    policy: Policy = Policy.REVIEWED
    longest: int = 0
    translates: str = ""
    groups: tuple[str, ...] = EVERYWHERE
    needed: tuple[str, ...] = ()
    counted: tuple[str, ...] = EVERYWHERE

    def applies(self, group_code: str) -> bool:
        """Whether a product of this group has it; every producer's page has all of its own."""
        return group_code.startswith(self.groups)

    def is_needed(self, group_code: str) -> bool:
        """Whether a page of this group may not be shown without it."""
        return self.applies(group_code) and group_code.startswith(self.needed)


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that a page lacks. needed: it cannot be sent in without."""

    field: str
    lack: Lack
    needed: bool


@dataclass(frozen=True, slots=True)
class Completeness:
    """How whole a page is. percent: 0 to 100.    gaps: in the order of the page, the needed ones first."""

    percent: int
    gaps: tuple[Gap, ...]

    @property
    def missing(self) -> tuple[Gap, ...]:
        """What has to be there before the page may be sent in."""
        return tuple(gap for gap in self.gaps if gap.needed)


def of_page(page: PageKind, policy: Policy | None = None) -> tuple[PageField, ...]:
    """The fields of such a page in their order; those of one policy where it is given."""
    return tuple(field for field in _BY_NAME[page].values() if policy in (None, field.policy))


def get_field(page: PageKind, name: str) -> PageField:
    """Raises Invalid ``unknown``."""
    if name not in _BY_NAME[page]:
        raise Invalid(name, "unknown")
    return _BY_NAME[page][name]


def read(page: PageKind, name: str, raw: Any) -> Any:
    """The value of a reviewed field from what a form sends, or from a value.

    Raises Invalid with the field and a reason (of ``importing.changes.Reason``, or ``video``, ``too_many``, ``shape``);
    for a row of ``variants`` and ``pictures`` its facts have ``row`` (from 0) and ``column``. Raises Forbidden for a
    field that is not changed this way.
    """
    field = get_field(page, name)
    if field.policy is not Policy.REVIEWED:
        raise Forbidden(f"{name} is changed {field.policy}")
    try:
        return field.reader(raw)
    except Invalid as wrong:
        raise Invalid(name, wrong.reason, **wrong.facts) from None


def completeness(
    page: PageKind, values: Mapping[str, Any], *, stale: Collection[str] = (), known_stems: Collection[str] = ()
) -> Completeness:
    """How whole the page with these values is.

    values: of every reviewed field.    stale: English fields that are behind their Vietnamese.    known_stems: pictures
    that the live page has already, whose rights nobody asks for again.
    """
    group = values.get("group_code", "")
    wanted, gaps = 0, []
    for field in of_page(page, Policy.REVIEWED):
        source = values.get(field.translates) if field.translates else None
        if not field.applies(group) or not group.startswith(field.counted) or (field.translates and not source):
            continue
        wanted += 1
        if not _filled(field, values.get(field.name)):
            lack = Lack.UNTRANSLATED if field.translates else Lack.EMPTY
            gaps.append(Gap(field.name, lack, field.is_needed(group)))
        elif field.name in stale:
            gaps.append(Gap(field.name, Lack.STALE, False))
    if page is PageKind.PRODUCT:
        wanted += 2
        gaps += _picture_gaps(values.get("pictures") or [], known_stems)
    done = wanted - len({(gap.field, gap.lack) for gap in gaps if gap.lack not in (Lack.ALT, Lack.CONSENT)})
    return Completeness(100 * done // wanted, tuple(sorted(gaps, key=lambda gap: not gap.needed)))


def _filled(field: PageField, value: Any) -> bool:
    if field.kind is FieldKind.VARIANTS:
        return any(row["active"] for row in value or [])
    return value not in (None, "", [])


def _picture_gaps(pictures: list[dict[str, Any]], known_stems: Collection[str]) -> list[Gap]:
    gaps = []
    if len(pictures) < 2:
        gaps.append(Gap("pictures", Lack.SECOND_PICTURE, False))
    if len(pictures) < 3:
        gaps.append(Gap("pictures", Lack.THIRD_PICTURE, False))
    if any(not picture["alt_vi"] for picture in pictures):
        gaps.append(Gap("pictures", Lack.ALT, False))
    if any(not picture["consent"] for picture in pictures if picture["stem"] not in known_stems):
        gaps.append(Gap("pictures", Lack.CONSENT, True))
    return gaps


def _typed(parser: Parser, raw: Any) -> Any:
    """A parser of cells, for what JSON holds as well."""
    if raw is None:
        return parser("")
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        raise Invalid("value", "shape")
    return parser(str(raw))


def _reader(parser: Parser) -> Callable[[Any], Any]:
    return partial(_typed, parser)


def _line(limit: int) -> Callable[[Any], Any]:
    return _reader(cells.optional(cells.line(limit)))


def _prose(limit: int) -> Callable[[Any], Any]:
    return _reader(cells.optional(cells.prose(limit)))


def _yes_no(raw: Any) -> bool:
    return raw if isinstance(raw, bool) else bool(_typed(cells.optional(cells.yes_no, False), raw))


def _codes(parser: Parser, order: Collection[str], raw: Any) -> list[str]:
    if isinstance(raw, list):
        raw = "|".join(part if isinstance(part, str) else "?" for part in raw)
    found = set(_typed(cells.optional(parser), raw).split("|"))
    return [code for code in order if code in found]


def _day(raw: Any) -> str:
    found = _typed(cells.optional(cells.day, None), raw)
    return found.isoformat() if found else ""


def _percent(raw: Any) -> str:
    text = raw.replace("%", " ").strip() if isinstance(raw, str) else raw
    found = _typed(cells.optional(amounts.decimal(0, 100, places=1), None), text)
    return "" if found is None else f"{found:.1f}".removesuffix(".0")


def _video(raw: Any) -> str:
    text = cast(str, _line(300)(raw))
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise Invalid("video_url", "video") from None
    plain = text.isascii() and not re.search(r"[\s\"'<>\\^`{|}]", text)
    if not plain or parts.scheme != "https" or port or parts.netloc.lower() not in VIDEO_HOSTS or len(parts.path) < 2:
        raise Invalid("video_url", "video")
    return text


def _variants(raw: Any) -> list[dict[str, Any]]:
    rows = _rows(raw, MOST_VARIANTS)
    read_rows: list[dict[str, Any]] = []
    seen_gtins: set[str] = set()
    seen_skus: set[str] = set()
    for number, row in enumerate(rows):
        if not row.get("sku") and not any(row.get(name) for name in (*_VARIANT, "net", "price")):
            continue  # the empty row at the end of the form
        value = _row(_variant, row, number)
        for seen, column in ((seen_gtins, "gtin"), (seen_skus, "sku")):
            if value[column] and value[column] in seen:
                raise Invalid("variants", Reason.REPEATED, row=number, column=column)
            seen.add(value[column])
        read_rows.append(value)
    return read_rows


def _variant(row: Mapping[str, Any], column: Callable[[str, Callable[[Any], Any]], Any]) -> dict[str, Any]:
    sku = column("sku", _reader(cells.optional(cells.code(32), None)))
    value: dict[str, Any] = {"sku": sku}
    for name in ("unit_vi", "unit_en"):
        value[name] = column(name, _VARIANT[name])
    if "net" in row:
        net = column("net", _reader(amounts.measure))
        value |= {"net_amount": net.amount, "net_unit": net.unit}
    else:
        value |= {name: column(name, _VARIANT[name]) for name in ("net_amount", "net_unit")}
    for name in ("gross_g", *_SIZES, "gtin"):
        value[name] = column(name, _VARIANT[name])
    if value["net_unit"] != "person":
        for name in ("gross_g", *_SIZES):
            if value[name] == 0:
                raise Invalid("variants", Reason.NOT_POSITIVE, column=name)
    if value["net_unit"] == "g" and value["gross_g"] < value["net_amount"]:
        net = amounts.Measure(value["net_amount"], "g")
        raise Invalid("variants", Reason.LIGHTER_THAN_NET, column="gross_g", net=net)
    value["active"] = True if row.get("active") is None else column("active", _yes_no)
    if sku is None:
        value["price"] = column("price", _reader(amounts.dong))
    return value


def _net_unit(raw: str) -> str:
    if raw not in NET_UNITS:
        raise Invalid("net_unit", Reason.CHOICE, choices=", ".join(NET_UNITS))
    return raw


def _pictures(raw: Any) -> list[dict[str, Any]]:
    pictures = [_row(_picture, row, number) for number, row in enumerate(_rows(raw, MOST_PICTURES))]
    stems = [picture["stem"] for picture in pictures]
    for number, stem in enumerate(stems):
        if stem in stems[:number]:
            raise Invalid("pictures", Reason.REPEATED, row=number, column="stem")
    return pictures


def _picture(row: Mapping[str, Any], column: Callable[[str, Callable[[Any], Any]], Any]) -> dict[str, Any]:
    return {
        "stem": column("stem", _stem),
        "alt_vi": column("alt_vi", _line(200)),
        "alt_en": column("alt_en", _line(200)),
        "focus": column("focus", _reader(cells.optional(amounts.whole(1, 9), 5))),
        "credit": column("credit", _line(120)),
        "consent": column("consent", _yes_no),
    }


def _stem(raw: Any) -> str:
    if not isinstance(raw, str) or not _STEM.fullmatch(raw):
        raise Invalid("stem", "shape")
    return raw


def _rows(raw: Any, most: int) -> list[Mapping[str, Any]]:
    rows = [] if raw is None else raw
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise Invalid("rows", "shape")
    if len(rows) > most:
        raise Invalid("rows", "too_many", most=most)
    return rows


def _row(reader: Callable[..., dict[str, Any]], row: Mapping[str, Any], number: int) -> dict[str, Any]:
    """One row by its reader; what is wrong gets the row's number and the column."""

    def column(name: str, parser: Callable[[Any], Any]) -> Any:
        try:
            return parser(row.get(name))
        except Invalid as wrong:
            raise Invalid("row", wrong.reason, **{"column": name} | wrong.facts) from None

    try:
        return reader(row, column)
    except Invalid as wrong:
        raise Invalid("row", wrong.reason, **wrong.facts | {"row": number}) from None


_VARIANT: dict[str, Callable[[Any], Any]] = {
    "unit_vi": _reader(cells.line(60)),
    "unit_en": _line(60),
    "net_amount": _reader(amounts.whole(1, 10_000_000)),
    "net_unit": _reader(_net_unit),
    "gross_g": _reader(amounts.grams),
    "length_mm": _reader(amounts.whole(0, 10_000)),
    "width_mm": _reader(amounts.whole(0, 10_000)),
    "height_mm": _reader(amounts.whole(0, 10_000)),
    "gtin": _reader(cells.optional(cells.gtin, None)),
}


def _both(page: PageKind, name: str, kind: FieldKind, longest: int, **facts: Any) -> tuple[PageField, PageField]:
    """A field in Vietnamese and its English twin, which no page has to have."""
    reader = _prose(longest) if kind is FieldKind.TEXT else _line(longest)
    vi = PageField(f"{name}_vi", page, kind, reader, longest=longest, **facts)
    facts.pop("needed", None)
    source = translations.source_of(f"{name}_en")
    return vi, PageField(f"{name}_en", page, kind, reader, longest=longest, translates=source, **facts)


def _product(name: str, kind: FieldKind, reader: Callable[[Any], Any], **facts: Any) -> PageField:
    return PageField(name, PageKind.PRODUCT, kind, reader, **facts)


def _refuse(_raw: Any) -> Any:
    raise Invalid("value", "shape")


def _kept(page: PageKind, *names: str) -> tuple[PageField, ...]:
    """What no producer changes: the programme decides it."""
    return tuple(PageField(name, page, FieldKind.LINE, _refuse, Policy.NEVER, counted=()) for name in names)


_L, _T = FieldKind.LINE, FieldKind.TEXT
FIELDS: tuple[PageField, ...] = (
    *_both(PageKind.PRODUCT, "name", _L, 160, needed=EVERYWHERE),
    _product("group_code", FieldKind.CHOICE, _reader(cells.optional(cells.group)), needed=EVERYWHERE),
    *_both(PageKind.PRODUCT, "summary", _L, 200, needed=EVERYWHERE),
    *_both(PageKind.PRODUCT, "description", _T, 20_000, needed=EVERYWHERE),
    *_both(PageKind.PRODUCT, "ingredients", _T, 2_000, needed=FOOD),
    _product(
        "allergens", FieldKind.LIST, partial(_codes, cells.allergens, ALLERGENS), groups=FOOD, counted=()
    ),
    *_both(PageKind.PRODUCT, "storage", _T, 2_000, groups=GOODS, needed=FOOD),
    *_both(PageKind.PRODUCT, "usage", _T, 2_000),
    _product(
        "shelf_life", _L, _reader(cells.optional(cells.shelf_life)), longest=16, groups=GOODS, needed=FOOD, counted=FOOD
    ),
    _product(
        "season", FieldKind.LIST, partial(_codes, cells.months, [str(n) for n in range(1, 13)]), counted=()
    ),
    _product("declaration", _L, _line(60), longest=60, groups=FOOD, needed=SUPPLEMENTS),
    _product("facility", _L, _line(60), longest=60, groups=FOOD),
    _product("facility_expires_on", FieldKind.DAY, _day, groups=FOOD),
    _product("alcohol_percent", FieldKind.PERCENT, _percent, groups=ALCOHOL_CODES, needed=ALCOHOL_CODES),
    _product("alcohol_licence", _L, _line(60), longest=60, groups=ALCOHOL_CODES, needed=ALCOHOL_CODES),
    _product("variants", FieldKind.VARIANTS, _variants, needed=EVERYWHERE),
    _product("pictures", FieldKind.PICTURES, _pictures, needed=EVERYWHERE),
    _product("video_url", _L, _video, longest=300, counted=()),
    _product("hs_code", _L, _reader(cells.optional(cells.hs_code)), longest=10, groups=GOODS),
    _product("export_wish", FieldKind.YES_NO, _yes_no, groups=GOODS, counted=()),
    _product("price", FieldKind.NUMBER, _refuse, policy=Policy.AT_ONCE, counted=()),
    _product("low_stock", FieldKind.NUMBER, _refuse, policy=Policy.AT_ONCE, counted=()),
    *_kept(
        PageKind.PRODUCT, "stars", "certificates", "state", "code", "slug", "slug_en", "kind", "producer_id",
        "commune_code", "vat_class", "export_class", "version",
    ),
    *_both(PageKind.PRODUCER, "summary", _L, 200, needed=EVERYWHERE),
    *_both(PageKind.PRODUCER, "quote", _L, 300),
    *_both(PageKind.PRODUCER, "story_title", _L, 160),
    *_both(PageKind.PRODUCER, "story", _T, 20_000),
    PageField("founded", PageKind.PRODUCER, FieldKind.NUMBER, _reader(cells.optional(amounts.whole(1800, 2100), None))),
    PageField("members", PageKind.PRODUCER, FieldKind.NUMBER, _reader(cells.optional(amounts.whole(1, 100_000), None))),
    PageField("address_vi", PageKind.PRODUCER, _L, _line(200), longest=200, needed=EVERYWHERE),
    PageField("phone", PageKind.PRODUCER, _L, _reader(cells.optional(cells.phone)), longest=20, needed=EVERYWHERE),
    PageField("email", PageKind.PRODUCER, _L, _reader(cells.optional(cells.email)), longest=254, needed=EVERYWHERE),
    *_kept(
        PageKind.PRODUCER, "name_vi", "name_en", "code", "slug", "legal_form", "registration", "commune_code",
        "joined_on", "version",
    ),
)  # fmt: skip
_BY_NAME = {page: {field.name: field for field in FIELDS if field.page is page} for page in PageKind}
