"""The programme's settings in words: names, what they are for, values, differences, and why one is refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from catalog.errors import Invalid
from catalog.rulebook import Setting
from checkout import regulations
from checkout.delivery import Zone
from checkout.exchange import CURRENCIES
from checkout.kinds import Foreign, OneOf, Percent, Sheet, Whole
from checkout.regulations import Section
from storefront import filters


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing before and after, in words; empty where it was not, or is no more."""

    label: str
    before: str
    after: str


def section_name(section: str) -> str:
    """``Thuế giá trị gia tăng``…"""
    return {
        Section.OWNER: _("Chủ sở hữu cửa hàng"),
        Section.NOTICE: _("Thông báo với Bộ Công Thương"),
        Section.SELLING: _("Bán hàng"),
        Section.WAITING: _("Thời gian chờ và hạn dùng còn lại"),
        Section.VAT: _("Thuế giá trị gia tăng"),
        Section.DELIVERY: _("Giao hàng và ngày lễ"),
        Section.EXCHANGE: _("Tỷ giá"),
        Section.WORDS: _("Chữ cần để ý trên trang sản phẩm"),
    }[Section(section)]


def name(setting: str) -> str:
    """What people call it; the name itself for one that nobody has named."""
    return _names().get(setting, setting)


def hint(setting: str) -> str:
    """What it is for; empty where its name says it."""
    return {
        "operator": _("Đứng tên bán, nhận tiền, xuất hóa đơn. Hiện ở chân mọi trang và trong điều khoản."),
        "moit_number": _("Để trống thì trang không có dấu thông báo."),
        "zalo": _("Số di động có Zalo. Để trống thì trang không có nút nhắn Zalo."),
        "lapsed": _("Khi sản phẩm không còn quyết định nào còn hiệu lực."),
        "cod_limit": _("Đơn cao hơn mức này phải chuyển khoản trước."),
        "count_limit": _("Chênh lệch cao hơn mức này thì trung tâm hoặc cán bộ duyệt."),
        "hold_transfer_minutes": _("Quá thời gian này mà tiền chưa đến, hàng được nhả cho người khác."),
        "tariff": _("Cả bảng, mỗi vùng một dòng. Đơn đã đặt giữ phí cũ."),
        "holidays": _("Điểm bán nghỉ, nhà vận chuyển không giao. Ngày đã qua giữ nguyên."),
        "claim_words": _("Cột why: cures, disease, authority, promise. Cột unless: cách nói vô hại, ngăn bằng dấu |."),
        "allergen_words": _(
            "Nhắc người viết khi thành phần có chữ ấy mà chưa đánh dấu. Cột unless: tên khác có cùng chữ."
        ),
        "vat_standard": _("Đơn đã đặt giữ thuế suất cũ."),
    }.get(setting, _("Giá một đơn vị ngoại tệ bằng đồng.") if setting.startswith("rate_") else "")


def value_words(setting: Setting, value: Any) -> str:
    """A value on one line."""
    if value in (None, ""):
        return _("chưa có") if value is None else _("để trống")
    match setting.kind:
        case Whole(unit=unit):
            return _units(value, unit)
        case Percent():
            return filters.percent(Decimal(value))
        case OneOf():
            return _choices().get(value, value)
        case Foreign():
            vnd, margin = _decimal(value["vnd"]), filters.percent(Decimal(value["margin"]))
            return _("%(vnd)s ₫, biên %(margin)s, theo %(source)s", vnd=vnd, margin=margin, source=value["source"])
        case Sheet():
            return _("%(n)s dòng", n=len(value))
        case _:
            return str(value)


def choice_names(setting: Setting) -> list[tuple[str, str]]:
    """What can be chosen, with its words."""
    kind = setting.kind
    return (
        [(one.value, _choices().get(one.value, one.value)) for one in kind.choices] if isinstance(kind, OneOf) else []
    )


def differences(setting: Setting, before: Any, after: Any) -> list[Difference]:
    """What changes: row by row in a table."""
    if not isinstance(setting.kind, Sheet):
        return [Difference(name(setting.name), value_words(setting, before), value_words(setting, after))]
    key = setting.kind.key
    old, new = ({row[key]: row for row in rows or ()} for rows in (before, after))
    found = []
    for at in sorted({*old, *new}, key=lambda at: _place(setting, at)):
        if old.get(at) != new.get(at):
            label = row_label(setting, at)
            found.append(Difference(label, row_words(setting, old.get(at)), row_words(setting, new.get(at))))
    return found


def rows_words(setting: Setting, value: Any) -> list[tuple[str, str]]:
    """A table: the name of each row and what it says. Empty for other kinds."""
    if not isinstance(setting.kind, Sheet):
        return []
    key = setting.kind.key
    return [(row_label(setting, row[key]), row_words(setting, row)) for row in value or ()]


def row_label(setting: Setting, key: str) -> str:
    """What a row of a table is called."""
    if setting.name == "tariff":
        return zone_name(Zone(key))
    return filters.day(date.fromisoformat(key)) if setting.name == "holidays" else key


def row_words(setting: Setting, row: Mapping[str, Any] | None) -> str:
    """What a row of a table says."""
    if row is None:
        return ""
    if setting.name == "tariff":
        days = str(row["days_to"]) if row["days_from"] == row["days_to"] else f"{row['days_from']}–{row['days_to']}"
        return _(
            "%(base)s đầu %(fee)s, mỗi 500 g thêm %(step)s, %(days)s ngày, %(fresh)s",
            base=filters.grams(row["base_g"]),
            fee=filters.vnd(row["base_fee"]),
            step=filters.vnd(row["step_fee"]),
            days=days,
            fresh=_("nhận hàng tươi") if row["fresh"] else _("không nhận hàng tươi"),
        )
    return ", ".join(str(value) for column, value in row.items() if value and column not in ("day", "word"))


def zone_name(zone: Zone) -> str:
    """``Cùng huyện cũ``…"""
    return {
        Zone.LOCAL: _("Cùng huyện cũ với điểm gửi (local)"),
        Zone.LOWLAND: _("Đà Nẵng, đồng bằng (lowland)"),
        Zone.MOUNTAIN: _("Đà Nẵng, vùng núi (mountain)"),
        Zone.ISLAND: _("Xã đảo, đặc khu đảo (island)"),
        Zone.CENTRAL: _("Miền Trung, Tây Nguyên lân cận (central)"),
        Zone.TRUNK: _("Hà Nội, TP Hồ Chí Minh (trunk)"),
        Zone.FAR: _("Các tỉnh, thành phố khác (far)"),
    }[zone]


def refusal(wrong: Invalid) -> str:
    """Why a value is refused, and what to write instead."""
    facts = {name: fact for name, fact in wrong.facts.items() if isinstance(fact, int)}
    sentence = {
        "required": _("Chưa nhập gì"),
        "too_long": _("Dài quá %(limit)s ký tự", limit=facts.get("limit", "")),
        "too_large": _("Bảng lớn hơn %(limit)s KB, hãy bớt dòng", limit=facts.get("limit", "")),
        "markup": _("Không dùng dấu < và >: chỗ này chỉ ghi chữ thường"),
        "number": _("Không phải là số, hãy viết chữ số"),
        "out_of_range": _(
            "Phải trong khoảng %(low)s đến %(high)s", low=facts.get("low", ""), high=facts.get("high", "")
        ),
        "ambiguous": _("Có thể hiểu hai cách: hãy viết 26345 hoặc 26.345,00"),
        "email": _("E-mail chưa đúng, ví dụ ten@example.com"),
        "phone": _("Số điện thoại chưa đúng, ví dụ 0905 123 456"),
        "tax_code": _("Mã số thuế chưa đúng: 10 chữ số, hoặc 13 như 0123456789-001"),
        "web": _("Địa chỉ trang chưa đúng, ví dụ https://example.org/0001"),
        "choice": _("Chọn một trong các cách"),
        "unchanged": _("Giá trị này đang áp dụng rồi, không có gì thay đổi"),
        "past": _("Ngày này đã qua: thay đổi chỉ tính từ hôm nay trở đi"),
        "far": _("Ngày này xa quá, nhiều nhất 5 năm tới"),
    }
    return sentence.get(wrong.reason, _("Giá trị chưa đúng"))


def _names() -> dict[str, str]:
    named = {
        "shop_name": _("Tên cửa hàng"),
        "operator": _("Đơn vị vận hành"),
        "tax_code": _("Mã số thuế"),
        "address": _("Địa chỉ"),
        "phone": _("Điện thoại"),
        "email": _("E-mail liên hệ"),
        "zalo": _("Zalo"),
        "moit_number": _("Số thông báo website"),
        "moit_url": _("Đường dẫn thông báo"),
        "lapsed": _("Khi chứng nhận hết hiệu lực"),
        "cod_limit": _("Trả tiền khi nhận hàng, đến"),
        "count_limit": _("Điểm tự duyệt chênh lệch kiểm kê, đến"),
        "hold_transfer_minutes": _("Giữ hàng chờ chuyển khoản"),
        "hold_collect_days": _("Giữ hàng chờ khách đến lấy và trả tiền"),
        "hold_paid_days": _("Giữ hàng đã trả tiền ở điểm"),
        "min_life_collect_days": _("Hạn dùng còn lại khi khách đến lấy"),
        "min_life_courier_days": _("Hạn dùng còn lại khi gửi trong nước"),
        "min_life_export_days": _("Hạn dùng còn lại khi xuất khẩu"),
        "vat_farm": _("Thuế suất nông sản chưa chế biến"),
        "vat_craft": _("Thuế suất hàng thủ công từ cói, tre, lá"),
        "vat_standard": _("Thuế suất thông thường"),
        "vat_excise": _("Thuế suất hàng chịu thuế tiêu thụ đặc biệt"),
        "tariff": _("Biểu phí giao hàng"),
        "holidays": _("Ngày lễ"),
        "claim_words": _("Chữ không được nói về thực phẩm"),
        "allergen_words": _("Chữ trong thành phần báo dị ứng"),
    }
    return named | {regulations.rate_name(code): _("Tỷ giá %(code)s", code=code) for code in CURRENCIES}


def _choices() -> dict[str, str]:
    return {
        "hide_stars": _("Vẫn bán, không hiện sao"),
        "not_orderable": _("Không bán nữa"),
        "sell_existing_lots": _("Chỉ bán hết các lô làm khi còn hiệu lực"),
    }


def _units(value: int, unit: str) -> str:
    if unit == "dong":
        return filters.vnd(value)
    number = filters.number(value)
    return _("%(n)s phút", n=number) if unit == "minutes" else _("%(n)s ngày", n=number)


def _decimal(text: str) -> str:
    whole, _point, rest = text.partition(".")
    return filters.number(int(whole)) + (f",{rest}" if rest else "")


def _place(setting: Setting, key: str) -> tuple[int, str]:
    keys = setting.kind.keys if isinstance(setting.kind, Sheet) else ()
    return (keys.index(key) if key in keys else 0, key)
