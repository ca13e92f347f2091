"""Pages in the making, a section at a time: what each section asks, its form, and what becomes of what was typed.

Two rooms use it: a product's page and the producer's own. A section is one short form; it is saved by its button, and
by itself as somebody types (``autosave``), which keeps what can be kept and says what cannot.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, flash, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)

from catalog import pages, revisions
from catalog.db import db, transaction
from catalog.errors import Conflict, Invalid
from catalog.groups import ALCOHOL_CODES, groups
from catalog.importing.cells import ALLERGENS
from catalog.page_fields import MOST_VARIANTS, Completeness, FieldKind, PageField, PageKind, get_field, read
from catalog.pages import Page
from catalog.revisions import Revision, RevisionState, SavedElsewhere
from storefront import filters, page_words, wording
from storefront.deeds import KeyedForm
from storefront.outside import outside, settings
from storefront.studio import bench

COLUMNS = ("unit_vi", "unit_en", "net", "gross_g", "length_mm", "width_mm", "height_mm", "gtin")
LONG_LINE = 200
_ROW = re.compile(r"^v([0-9]{1,2})_[a-z_]+$")


@dataclass(frozen=True, slots=True)
class Section:
    """One short form. slug: in addresses.    title: of its page.    fields: of ``page_fields``, in order."""

    slug: str
    title: Any
    fields: tuple[str, ...]


OF_PRODUCT = (
    Section("ten", _l("Tên và nhóm"), ("name_vi", "name_en", "group_code")),
    Section("gioi-thieu", _l("Giới thiệu"), ("summary_vi", "summary_en", "description_vi", "description_en")),
    Section("thanh-phan", _l("Thành phần, dị ứng"), ("ingredients_vi", "ingredients_en", "allergens")),
    Section(
        "bao-quan",
        _l("Cách dùng, bảo quản"),
        ("usage_vi", "usage_en", "storage_vi", "storage_en", "shelf_life", "season"),
    ),
    Section("quy-cach", _l("Quy cách, khối lượng, mã vạch"), ("variants",)),
    Section(
        "giay-to",
        _l("Giấy tờ"),
        ("declaration", "facility", "facility_expires_on", "alcohol_percent", "alcohol_licence"),
    ),
    Section("phim-xuat-khau", _l("Phim và xuất khẩu"), ("video_url", "hs_code", "export_wish")),
)
OF_STORY = (
    Section("gioi-thieu", _l("Lời giới thiệu"), ("summary_vi", "summary_en", "quote_vi", "quote_en")),
    Section("cau-chuyen", _l("Câu chuyện"), ("story_title_vi", "story_title_en", "story_vi", "story_en")),
    Section("lien-he", _l("Cơ sở và liên hệ"), ("founded", "members", "address_vi", "phone", "email")),
)
PICTURES = Section("anh", _l("Ảnh"), ("pictures",))
"""Of a product, in a room of its own."""


@dataclass(frozen=True, slots=True)
class Workpiece:
    """A page in the making. revision: the open one, or None.    live: what is shown now.    values: what would be."""

    page: Page
    revision: Revision | None
    live: Mapping[str, Any]
    values: Mapping[str, Any]
    stale: tuple[str, ...]
    whole: Completeness

    @property
    def kind(self) -> PageKind:
        """Whose page."""
        return pages.kind_of(self.page)

    @property
    def group(self) -> str:
        """The group's code; empty for a producer's page."""
        return str(self.values.get("group_code", ""))

    @property
    def writable(self) -> bool:
        """Whether it can be written in now; not while an officer looks at it."""
        return self.revision is None or self.revision.is_editable

    @property
    def outdated(self) -> bool:
        """Whether the live page has changed since the draft was begun."""
        return self.revision is not None and self.revision.base_version != self.page.version

    @property
    def seen(self) -> int:
        """The version of the draft as it is shown."""
        return self.revision.version if self.revision else 0


@dataclass(frozen=True, slots=True)
class Task:
    """A line of what there is to do. state: ``returned``, ``missing``, ``changed``, ``open`` or ``done``.    href: where."""

    title: Any
    href: str
    state: str
    state_name: str
    note: str


def workpiece(page: Page) -> Workpiece:
    """The page with its draft, in a constant number of queries."""
    revision, live = revisions.open_of(page), pages.current_values(page)
    return Workpiece(
        page=page,
        revision=revision,
        live=live,
        values=revisions.values_with(revision, live),
        stale=revisions.stale_fields(page, revision, live),
        whole=revisions.state_of_page(page, revision, live),
    )


def fields_of(section: Section, piece: Workpiece) -> list[PageField]:
    """The fields that a page of this group has."""
    found = (get_field(piece.kind, name) for name in section.fields)
    return [field for field in found if field.applies(piece.group)]


def tasks(sections: tuple[Section, ...], piece: Workpiece, address: Callable[[str], str]) -> list[Task]:
    """What there is to do, section by section; one without fields for this group is left out.

    address: of a section by its slug.
    """
    return [task(section, piece, address(section.slug)) for section in sections if fields_of(section, piece)]


def task(section: Section, piece: Workpiece, href: str) -> Task:
    """Where one section stands."""
    gaps = [gap for gap in piece.whole.gaps if gap.field in section.fields]
    reasons = reasons_of(piece)
    notes = [page_words.gap_words(gap, piece.group) for gap in gaps]
    changed = piece.revision is not None and any(name in piece.revision.values for name in section.fields)
    if any(name in reasons for name in section.fields):
        state, words = "returned", _("Cần sửa")
    elif any(gap.needed for gap in gaps):
        state, words = "missing", _("Còn thiếu")
    elif changed:
        state, words = "changed", _("Đã sửa")
    elif gaps:
        state, words = "open", _("Nên bổ sung")
    else:
        state, words = "done", _("Đủ")
    return Task(section.title, href, state, words, "; ".join(notes[:3]) + ("…" if len(notes) > 3 else ""))


def reasons_of(piece: Workpiece) -> Mapping[str, str]:
    """Field → why it came back, while it is to be mended."""
    returned = piece.revision is not None and piece.revision.state is RevisionState.RETURNED
    return piece.revision.reasons if returned and piece.revision else {}


class SeenForm(KeyedForm):
    """A form about a draft. seen: ``Workpiece.seen`` when it was shown."""

    seen = HiddenField(default="0")

    @property
    def seen_version(self) -> int:
        """0 for what is no number."""
        text = self.seen.data or ""
        return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0


class SectionForm(SeenForm):
    """A section's form; its fields come from the section."""

    @property
    def rows(self) -> list[int]:
        """Numbers of the rows of sizes."""
        return sorted(int(match[1]) for name in self._fields if (match := _ROW.match(name)) and name.endswith("_sku"))


def form_for(section: Section, piece: Workpiece) -> SectionForm:
    """The section's form, filled with what the page would say, or with what was sent."""
    parts: dict[str, Any] = {}
    shown: dict[str, Any] = {"seen": str(piece.seen)}
    for field in fields_of(section, piece):
        if field.kind is FieldKind.VARIANTS:
            rows = _row_count(piece)
            for number in range(rows):
                parts |= _row_fields(number)
            shown |= _rows_shown(piece)
            continue
        parts[field.name] = _part(field, piece)
        shown[field.name] = page_words.typed(piece.kind, field.name, piece.values[field.name])
        if field.name in piece.stale:
            parts[f"right_{field.name}"] = BooleanField(_("Bản tiếng Anh này vẫn đúng"))
    built = type("SectionFormOf", (SectionForm,), parts)
    form: SectionForm = built(data=shown)
    return form


def answer(
    section: Section,
    piece: Workpiece,
    form: SectionForm,
    *,
    onward: Callable[[], str],
    render: Callable[[SectionForm, dict[str, list[str]], int], ResponseReturnValue],
) -> ResponseReturnValue:
    """What a section's form does when it is sent.

    onward: address of what comes next.    render: the page again, from the form, the texts that were written elsewhere
    meanwhile (field → paragraphs) and the status.
    """
    if not form.validate():
        return _said(section, form, {}, 422) if _by_itself() else render(form, {}, 422)
    values = _read(section, piece, form)
    if _by_itself():
        return _autosave(section, piece, form, values)
    if form.errors:
        return render(form, {}, 422)
    try:
        return bench.once(form.key.data, lambda: _store(piece.page, form, values, onward))
    except SavedElsewhere as elsewhere:
        db.session.rollback()
        form.seen.data = str(workpiece(piece.page).seen)
        theirs = {name: page_words.value_words(piece.kind, name, value) for name, value in elsewhere.theirs.items()}
        return render(form, theirs, 409)
    except Invalid as wrong:
        _put(form, wrong)
        return render(form, {}, 422)
    except Conflict:
        flash(_("Trang này vừa được gửi duyệt hoặc đã khóa ở cửa sổ khác, nên chưa lưu được."), "error")
        return render(form, {}, 409)


def _store(page: Page, form: SectionForm, values: Mapping[str, Any], onward: Callable[[], str]) -> str:
    right = [name.removeprefix("right_") for name, field in form._fields.items() if _is_right(name, field)]
    if _keep(page, values, right, form.seen_version):
        flash(_("Đã lưu vào bản nháp."))
    return onward()


def _keep(page: Page, values: Mapping[str, Any], right: list[str], seen: int) -> Revision | None:
    """Save into the open revision, or a new one when something differs from the live page."""
    maker, at = bench.me(), outside().now()
    revision = revisions.open_of(page)
    if revision is None:
        live = pages.current_values(page)
        if not right and all(live[name] == value for name, value in values.items()):
            return None
        revision = revisions.open_revision(page, by=maker, at=at)
    return revisions.save(revision, values, seen=seen, right=right, by=maker, at=at)


def _autosave(section: Section, piece: Workpiece, form: SectionForm, values: Mapping[str, Any]) -> Response:
    """Keep what can be kept, and say so in a few words; what cannot stays on the writer's page."""
    try:
        with transaction():
            revision = _keep(piece.page, values, [], form.seen_version)
            seen = revision.version if revision else form.seen_version
    except SavedElsewhere:
        return _said(section, form, {}, 409, _("Đã đổi ở cửa sổ khác: bấm Lưu để xem cả hai."))
    except Invalid as wrong:
        _put(form, wrong)
        return _said(section, form, values, 422)
    except Conflict:
        return _said(section, form, {}, 409, _("Trang đang chờ duyệt nên chưa lưu được."))
    form.seen.data = str(seen)
    moment = filters.clock(outside().now())
    words = _("Đã lưu lúc %(clock)s", clock=moment)
    if form.errors:
        words = _("Đã lưu lúc %(clock)s, trừ chỗ chưa đúng", clock=moment)
    return _said(section, form, dict(piece.values) | dict(values), 200, words)


def _said(section: Section, form: SectionForm, values: Mapping[str, Any], status: int, words: str = "") -> Response:
    """What the script is told. claims, errors: field → sentences, of every field of the section."""
    claimed = page_words.claims_in(values)
    told = {
        "said": words or _("Chưa lưu được"),
        "seen": form.seen.data,
        "errors": {name: str(errors[0]) for name, errors in form.errors.items() if name},
        "claims": {name: claimed.get(name, []) for name in section.fields},
    }
    response: Response = jsonify(told)
    response.status_code = status
    return response


def _by_itself() -> bool:
    return request.form.get("autosave") == "1"


def _is_right(name: str, field: Field) -> bool:
    return name.startswith("right_") and bool(field.data)


def _read(section: Section, piece: Workpiece, form: SectionForm) -> dict[str, Any]:
    """The values of a form; what cannot be is noted beside its field and left out."""
    values = {}
    for field in fields_of(section, piece):
        try:
            raw = _rows_sent(form) if field.kind is FieldKind.VARIANTS else form[field.name].data
            values[field.name] = read(piece.kind, field.name, raw)
        except Invalid as wrong:
            _put(form, wrong)
    return values


def _put(form: SectionForm, wrong: Invalid) -> None:
    """A fault beside the field it is about."""
    name = wrong.field
    if name == "variants":
        number = wrong.facts.get("row", 0)
        column = {"net_amount": "net", "net_unit": "net", "sku": "unit_vi"}.get(
            str(wrong.facts.get("column")), wrong.facts.get("column")
        )
        name = f"v{_sent_numbers(form)[number] if isinstance(number, int) else 0}_{column}"
    field = form._fields.get(name)
    words = page_words.refusal(wrong)
    if field is None:
        form.form_errors.append(words)
    else:
        field.errors = [*field.errors, f"{field.label.text}: {words}"]


def _part(field: PageField, piece: Workpiece) -> Field:
    label = page_words.field_name(field.name)
    match field.kind:
        case FieldKind.TEXT:
            return TextAreaField(label)
        case FieldKind.LINE if field.longest >= LONG_LINE:
            return TextAreaField(label)  # one line in the end, and on a phone too long to be read in one
        case FieldKind.YES_NO:
            return BooleanField(label)
        case FieldKind.CHOICE:
            return SelectField(label, choices=_group_choices(piece), validate_choice=False)
        case FieldKind.LIST if field.name == "season":
            months = [SelectChoice(str(n), _("tháng %(n)s", n=n)) for n in range(1, 13)]
            return SelectMultipleField(label, choices=months, validate_choice=False)
        case FieldKind.LIST:
            codes = [SelectChoice(code, wording.allergen_name(code)) for code in ALLERGENS]
            return SelectMultipleField(label, choices=codes, validate_choice=False)
    return StringField(label)


def group_choices(*, alcohol: bool) -> list[SelectChoice]:
    """Subgroups under their groups, for a select. alcohol: whether drinks with alcohol are among them."""
    offered, heading = [], ""
    for group in groups():
        code = group.codes[0]
        if group.parent is None:
            heading = group.name_vi
        elif alcohol or code not in ALCOHOL_CODES:
            offered.append(SelectChoice(code, page_words.group_words(code), optgroup=heading))
    return offered


def _group_choices(piece: Workpiece) -> list[SelectChoice]:
    return group_choices(alcohol=settings().alcohol or piece.group in ALCOHOL_CODES)


def hint(field: PageField) -> str | None:
    """What helps to fill a field in."""
    return {
        "name_vi": _("Như in trên nhãn, tối đa 160 ký tự."),
        "name_en": _("Chưa có thì để trống: khách nước ngoài thấy tên tiếng Việt."),
        "summary_vi": _("Một câu khách đọc trước tiên, tối đa 200 ký tự."),
        "description_vi": _("Làm từ gì, ở đâu, khác chỗ nào. Cách đoạn bằng một dòng trống."),
        "ingredients_vi": _("Như in trên nhãn. Hàng thủ công: chất liệu."),
        "allergens": _("Chọn những thứ có trong hàng."),
        "shelf_life": _("Tính từ ngày sản xuất: 25 ngày, 12 tháng. Hàng không có hạn thì để trống."),
        "season": _("Hàng có quanh năm thì không chọn tháng nào."),
        "declaration": _("Như 02/TÊN/2023; thực phẩm bảo vệ sức khỏe: số đăng ký bản công bố."),
        "facility_expires_on": _("Như 30/6/2027."),
        "alcohol_percent": _("Phần trăm thể tích, như 29,5."),
        "video_url": _("Dán đường dẫn của YouTube, Vimeo, TikTok hoặc Facebook."),
        "hs_code": _("6 hoặc 8 chữ số, cần khi bán ra nước ngoài. Chưa biết thì để trống, cán bộ giúp."),
        "story_vi": _("Kể bằng lời của nhà. Cách đoạn bằng một dòng trống."),
        "quote_vi": _("Một câu nói thật của người làm."),
        "address_vi": _("Thôn, tổ, số nhà; không cần ghi xã."),
    }.get(field.name)


def _row_fields(number: int) -> dict[str, Field]:
    """A size's fields, flat, so that each has an error and a line in the summary of its own."""
    parts: dict[str, Field] = {
        f"v{number}_{name}": StringField(_("Dòng %(n)s, %(column)s", n=number + 1, column=page_words.column_name(name)))
        for name in (*COLUMNS, "price")
    }
    parts[f"v{number}_sku"] = HiddenField()
    parts[f"v{number}_active"] = BooleanField(page_words.column_name("active"))
    parts[f"v{number}_drop"] = BooleanField(_("Bỏ dòng này"))
    return parts


def _row_count(piece: Workpiece) -> int:
    """The sizes, and an empty row to add one; at least as many as were sent."""
    sent = [int(match[1]) + 1 for match in map(_ROW.match, request.form) if match]
    return min(MOST_VARIANTS, max([len(piece.values["variants"]) + 1, *sent]))


def _rows_shown(piece: Workpiece) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for number, row in enumerate(piece.values["variants"]):
        cells = {name: row.get(name) for name in ("unit_vi", "unit_en", *COLUMNS[3:], "price", "sku")}
        cells["net"] = wording.net_words(f"{row['net_amount']} {row['net_unit']}")
        shown |= {f"v{number}_{name}": "" if cell is None else str(cell) for name, cell in cells.items()}
        shown[f"v{number}_active"] = row["active"]
    for number in range(len(piece.values["variants"]), MOST_VARIANTS):
        shown[f"v{number}_active"] = True
    return shown


def _sent_numbers(form: SectionForm) -> list[int]:
    """The rows that count, by their number on the page."""
    return [number for number in form.rows if not form[f"v{number}_drop"].data or form[f"v{number}_sku"].data]


def _rows_sent(form: SectionForm) -> list[dict[str, Any]]:
    rows = []
    for number in _sent_numbers(form):
        names = [*COLUMNS, "sku"] if form[f"v{number}_sku"].data else [*COLUMNS, "sku", "price"]
        row: dict[str, Any] = {name: form[f"v{number}_{name}"].data or "" for name in names}
        rows.append(row | {"active": bool(form[f"v{number}_active"].data)})
    return rows
