"""Words for pages in the making: names of fields, states, what is missing, what is wrong, and values as people read them.

For who writes a page (the studio) and for who decides about it (the office).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _

from catalog import allergens, claims
from catalog.claims import Claim, Why
from catalog.errors import Invalid, NotFound
from catalog.groups import group_of
from catalog.money import Money
from catalog.page_fields import FOOD, FieldKind, Gap, Lack, PageKind, get_field
from catalog.products import ProductState
from catalog.revisions import Change, Revision, RevisionState
from storefront import filters, programme, wording


def field_name(name: str) -> str:
    """``Tóm tắt``…; an English twin says so."""
    base = name.removesuffix("_vi").removesuffix("_en")
    said = {
        "name": _("Tên sản phẩm"),
        "group_code": _("Nhóm sản phẩm"),
        "summary": _("Tóm tắt"),
        "description": _("Giới thiệu"),
        "ingredients": _("Thành phần, chất liệu"),
        "allergens": _("Cảnh báo dị ứng"),
        "storage": _("Bảo quản"),
        "usage": _("Cách dùng"),
        "shelf_life": _("Hạn sử dụng"),
        "season": _("Tháng có hàng"),
        "declaration": _("Số tự công bố hoặc đăng ký công bố"),
        "facility": _("Số giấy cơ sở đủ điều kiện an toàn thực phẩm"),
        "facility_expires_on": _("Giấy cơ sở có giá trị đến ngày"),
        "alcohol_percent": _("Nồng độ cồn"),
        "alcohol_licence": _("Số giấy phép rượu"),
        "variants": _("Quy cách"),
        "pictures": _("Ảnh"),
        "video_url": _("Phim giới thiệu"),
        "hs_code": _("Mã HS"),
        "export_wish": _("Muốn bán ra nước ngoài"),
        "quote": _("Một câu của người làm"),
        "story_title": _("Tựa câu chuyện"),
        "story": _("Câu chuyện"),
        "founded": _("Năm thành lập"),
        "members": _("Số thành viên"),
        "address": _("Địa chỉ"),
        "phone": _("Điện thoại"),
        "email": _("E-mail"),
    }.get(base, name)
    return _("%(field)s, tiếng Anh", field=said) if name.endswith("_en") else said


def column_name(name: str) -> str:
    """A column of a size or a picture: ``Nặng cả bao bì``…"""
    return {
        "sku": _("Mã hàng"),
        "unit_vi": _("Tên quy cách"),
        "unit_en": _("Tên quy cách, tiếng Anh"),
        "net": _("Khối lượng tịnh"),
        "net_amount": _("Khối lượng tịnh"),
        "net_unit": _("Đơn vị"),
        "gross_g": _("Nặng cả bao bì"),
        "length_mm": _("Dài"),
        "width_mm": _("Rộng"),
        "height_mm": _("Cao"),
        "gtin": _("Mã vạch"),
        "price": _("Giá bán"),
        "active": _("Còn bán"),
        "alt_vi": _("Lời tả ảnh"),
        "alt_en": _("Lời tả ảnh, tiếng Anh"),
        "focus": _("Chỗ cần thấy"),
        "credit": _("Người chụp"),
        "consent": _("Được phép dùng"),
    }.get(name, name)


def state_name(state: RevisionState) -> str:
    """``Bản nháp``…"""
    return {
        RevisionState.DRAFT: _("Bản nháp"),
        RevisionState.SUBMITTED: _("Đang chờ duyệt"),
        RevisionState.RETURNED: _("Cần sửa"),
        RevisionState.APPROVED: _("Đã duyệt"),
        RevisionState.WITHDRAWN: _("Đã bỏ"),
    }[state]


def page_state_name(state: ProductState) -> str:
    """``Đang bán``…, of a product's page."""
    return {
        ProductState.DRAFT: _("Chưa đăng"),
        ProductState.PUBLISHED: _("Đang đăng"),
        ProductState.RETIRED: _("Đã gỡ"),
    }[state]


def revision_title(revision: Revision) -> str:
    """What it is about: the product's name, or the producer's page."""
    if revision.product is None:
        return _("Trang của %(producer)s", producer=revision.producer.name_vi)
    return str(revision.values.get("name_vi") or revision.product.name_vi)


def gap_words(gap: Gap, group_code: str = "") -> str:
    """``thiếu ảnh mặt sau nhãn``…: what to add, in few words. group_code: of the product."""
    name = field_name(gap.field)
    label = group_code.startswith(FOOD)
    return {
        Lack.EMPTY: _("thiếu ảnh mặt trước") if gap.field == "pictures" else _("thiếu: %(field)s", field=name),
        Lack.UNTRANSLATED: _("chưa có: %(field)s", field=name),
        Lack.STALE: _("tiếng Việt đã đổi, xem lại: %(field)s", field=name),
        Lack.SECOND_PICTURE: _("thiếu ảnh mặt sau nhãn") if label else _("thiếu ảnh thứ hai, chụp gần"),
        Lack.THIRD_PICTURE: _("thiếu ảnh lúc đang dùng"),
        Lack.ALT: _("có ảnh chưa có lời tả"),
        Lack.CONSENT: _("có ảnh chưa xác nhận được phép dùng"),
    }[gap.lack]


def claim_words(found: Claim) -> str:
    """``“chữa bệnh”: nói như thuốc``: what is wrong with a word, beside it."""
    why = {
        Why.CURES: _("nói như thuốc chữa bệnh"),
        Why.DISEASE: _("nhắc tên bệnh"),
        Why.AUTHORITY: _("mượn lời thầy thuốc, người bệnh"),
        Why.PROMISE: _("hứa chắc kết quả"),
    }[found.why]
    return _("“%(word)s”: %(why)s", word=found.word, why=why)


def claims_in(values: Mapping[str, Any]) -> dict[str, list[str]]:
    """Field → what its words must not say, each once. values: of the page as it would be."""
    found = claims.in_page(values, programme.claim_words())
    return {name: list(dict.fromkeys(claim_words(each) for each in every)) for name, every in found.items()}


def unmarked_allergens(values: Mapping[str, Any]) -> list[str]:
    """What the ingredients name and nobody has marked. values: of a product's page as it would be."""
    ingredients, marked = values.get("ingredients_vi") or "", values.get("allergens") or ()
    return [
        _("“%(word)s”: chưa đánh dấu %(allergen)s", word=each.word, allergen=wording.allergen_name(each.allergen))
        for each in allergens.unmarked(ingredients, marked, programme.allergen_words())
    ]


def refusal(error: Invalid) -> str:
    """What a writer reads beside a field that cannot be so."""
    facts = {name: "" if fact is None else fact for name, fact in error.facts.items()}
    said = {
        "required": _("Chưa ghi"),
        "too_long": _("Dài %(length)s ký tự, tối đa %(limit)s", length=facts.get("length"), limit=facts.get("limit")),
        "choice": _("Chọn trong những mục có sẵn"),
        "money": _("Chưa đọc được số tiền, hãy viết đủ số như 35.000"),
        "cents": _("Tiền đồng không có phần lẻ, hãy viết như 35.000"),
        "not_positive": _("Phải lớn hơn 0"),
        "lighter_than_net": _("Cả bao bì không thể nhẹ hơn phần bên trong (%(net)s)", net=facts.get("net")),
        "ambiguous": _("Có thể hiểu hai cách, hãy viết 1500 g hoặc 1,5 kg"),
        "measure": _("Hãy viết số và đơn vị, như 400 g, 0,5 l, 1 chiếc"),
        "number": _("Hãy viết bằng số"),
        "not_whole": _("Phải là số nguyên tính theo %(unit)s", unit=facts.get("unit")),
        "out_of_range": _("Phải từ %(low)s đến %(high)s", low=_plain(facts.get("low")), high=_plain(facts.get("high"))),
        "day": _("Không phải ngày có thật, hãy viết như 25/11/2026"),
        "short_year": _("Hãy viết năm đủ bốn chữ số"),
        "hs_code": _("Mã HS gồm 6 hoặc 8 chữ số"),
        "gtin": _("Mã vạch gồm 8, 12, 13 hoặc 14 chữ số, hãy đọc lại trên bao bì"),
        "shelf_life": _("Hãy viết như 25 ngày hoặc 12 tháng"),
        "months": _("Chọn tháng từ 1 đến 12"),
        "phone": _("Số điện thoại chưa đúng, ví dụ 0905 123 456"),
        "email": _("E-mail chưa đúng, ví dụ ten@example.com"),
        "video": _("Hãy dán đường dẫn https của YouTube, Vimeo, TikTok hoặc Facebook"),
        "repeated": _("Đã ghi ở dòng khác"),
        "taken": _("Đã là của quy cách %(owner)s", owner=facts.get("owner")),
        "too_many": _("Nhiều quá, tối đa %(most)s", most=facts.get("most")),
        "kind": _("Hàng đang bán không đổi thành chuyến tham quan được, và ngược lại"),
        "unchanged": _("Chưa có gì khác với trang đang đăng"),
    }
    return said.get(error.reason, _("Chưa đúng, hãy xem lại"))


def _plain(number: object) -> str:
    return filters.number(number) if isinstance(number, int) else str(number)


def typed(kind: PageKind, name: str, value: Any) -> Any:
    """A value as a form shows it, which ``page_fields.read`` takes back."""
    match get_field(kind, name).kind:
        case FieldKind.DAY:
            return filters.day(date.fromisoformat(value)) if value else ""
        case FieldKind.PERCENT:
            return value.replace(".", ",")
        case FieldKind.NUMBER:
            return "" if value is None else str(value)
    return wording.shelf_life_words(value) if name == "shelf_life" and value else value


def value_words(kind: PageKind, name: str, value: Any) -> list[str]:
    """A value as people read it: its paragraphs or rows, each a line; an empty one has none."""
    field = get_field(kind, name)
    if field.kind is FieldKind.VARIANTS:
        return [_size_words(row) for row in value or []]
    if field.kind is FieldKind.PICTURES:
        return [_picture_words(row) for row in value or []]
    if field.kind is FieldKind.YES_NO:
        return [_("Có") if value else _("Không")]
    if value in (None, "", []):
        return []
    if field.kind is FieldKind.TEXT:
        return [part for part in value.split("\n\n") if part]
    if name == "allergens":
        return [", ".join(wording.allergen_name(code) for code in value)]
    if field.kind is FieldKind.LIST:
        return [", ".join(value)]
    if name == "group_code":
        return [group_words(value)]
    return [f"{typed(kind, name, value)} %" if field.kind is FieldKind.PERCENT else str(typed(kind, name, value))]


def group_words(code: str) -> str:
    """``1.2b Mật ong và nông sản khô``."""
    try:
        return f"{code} {group_of(code).name_vi}"
    except NotFound:
        return code


def change_words(kind: PageKind, change: Change) -> tuple[str, list[str], list[str]]:
    """A change as people read it: the field's name, what is live, what is proposed."""
    before = [] if change.before is None else value_words(kind, change.field, change.before)
    return field_name(change.field), before, value_words(kind, change.field, change.after)


def _size_words(row: Mapping[str, Any]) -> str:
    net = wording.net_words(f"{row['net_amount']} {row['net_unit']}")
    size = f"{row['length_mm']} × {row['width_mm']} × {row['height_mm']} mm"
    parts = [row["unit_vi"], row["unit_en"], net, _("nặng %(weight)s", weight=filters.grams(row["gross_g"])), size]
    if row["gtin"]:
        parts.append(_("mã vạch %(gtin)s", gtin=row["gtin"]))
    if "price" in row:
        parts.append(filters.money(Money(row["price"])))
    if not row["active"]:
        parts.append(_("thôi bán"))
    return f"{row['sku'] or _('Mới')}: {' · '.join(part for part in parts if part)}"


def _picture_words(row: Mapping[str, Any]) -> str:
    words = " · ".join(filter(None, (row["alt_vi"] or _("chưa có lời tả"), row["alt_en"])))
    if row["credit"]:
        words = _("%(words)s (ảnh: %(credit)s)", words=words, credit=row["credit"])
    return words if row["consent"] else _("%(words)s (chưa xác nhận được phép dùng)", words=words)
