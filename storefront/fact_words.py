"""Facts of the history in words: what they are called, and their values as people read them.

A fact or a value that nobody has named here stands for itself: the log never hides what it holds.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _

from catalog import places
from catalog.certificates import CertificateState
from catalog.criteria import IssuerLevel
from catalog.errors import Invalid
from catalog.fairs import FairKind, FairState
from catalog.lots import LotState
from catalog.memberships import Role
from catalog.outlets import OutletLevel
from catalog.page_fields import PageKind, get_field
from catalog.producers import LegalForm
from catalog.products import ProductState, VatClass
from catalog.second_factor import Means
from catalog.stock import MovementKind
from catalog.supports import SupportKind
from catalog.traces import Suspicion, TraceState
from checkout.orders import FulfilmentState, OrderState
from checkout.payments import TransferState
from checkout.reviews import Reason, ReviewState
from checkout.tills import Tender
from storefront import (
    class_words,
    decision_words,
    filters,
    opinion_words,
    page_words,
    programme_words,
    sale_words,
    trace_words,
    wording,
)

MONEY = frozenset({"price", "total", "value", "amount", "float", "expected", "counted"})
"""Facts in đồng."""
_PLAIN_NUMBERS = frozenset({"founded", "certificate", "base_version", "share", "version", "difference"})
_SIZE = re.compile(r"(?P<sku>[A-Z0-9]+-[A-Z0-9]+)[ .](?P<column>[a-z_]+)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+\d\d:\d\d")
_THING = re.compile(r"(product|producer|outlet|user):(\w+)")


def name(key: str) -> str:
    """What a fact is called; its own name for one that nobody has named. ``QN001-1 price`` is one of a size."""
    size = _SIZE.fullmatch(key)
    if size:
        return f"{size['sku']}, {name(size['column'])}"
    if key.endswith(" consigned"):
        return _("%(shelf)s, ký gửi", shelf=key.removesuffix(" consigned"))
    said = {**_of_deeds(), **_of_goods(), **_of_papers(), **_of_logs()}.get(key)
    if said is None:
        said = page_words.field_name(key)
    return page_words.column_name(key) if said == key else said


def words(key: str, value: Any, about: str = "", kind: PageKind | None = None) -> str:
    """A value of a fact. about: what its verb begins with, ``order``.    kind: the page whose field this may be."""
    if value in (None, "", [], {}):
        return ""
    match value:
        case bool():
            return _("có") if value else _("không")
        case int() if key.rpartition(".")[2].rpartition(" ")[2] in MONEY:
            return filters.vnd(value)
        case int():
            return str(value) if key in _PLAIN_NUMBERS else filters.number(value)
        case list() | dict() if kind and (said := _of_page(kind, key, value)) is not None:
            return said
        case list():
            return ", ".join(words(key, one, about, kind) for one in value)
        case dict():
            return "; ".join(f"{name(part)}: {words(part, one, about, kind)}" for part, one in value.items())
        case str():
            return _coded(key, value, about) or _text(key, value)
        case _:
            return str(value)


def states(about: str) -> Callable[[str], str] | None:
    """How the states of a kind of thing are said; None for one without."""
    return {
        "order": _of(OrderState, _order_state),
        "fulfilment": _of(FulfilmentState, _fulfilment_state),
        "fair": _of(FairState, programme_words.fair_state_name),
        "review": _of(ReviewState, opinion_words.state_name),
        "product": _of(ProductState, page_words.page_state_name),
        "lot": _of(LotState, wording.lot_state_name),
        "trace": _of(TraceState, trace_words.state_name),
        "certificate": _of(CertificateState, _certificate_state),
        "membership": _of(Role, wording.role_name),
    }.get(about)


def thing_name(kind: str) -> str:
    """What a kind of thing is called; its own name for one that nobody has named."""
    return {
        "product": _("Sản phẩm"),
        "producer": _("Chủ thể"),
        "outlet": _("Điểm"),
        "user": _("Người"),
        "order": _("Đơn"),
        "sale": _("Phiếu bán hàng"),
        "shift": _("Ca bán hàng"),
        "receipt": _("Phiếu nhập"),
        "transfer": _("Phiếu chuyển kho"),
        "stocktake": _("Kiểm kê"),
        "shelf": _("Kệ"),
        "lot": _("Lô"),
        "application": _("Hồ sơ tham gia"),
        "visit": _("Lượt hỗ trợ"),
        "support": _("Khoản hỗ trợ"),
        "fair": _("Sự kiện"),
        "review": _("Đánh giá"),
        "setting": _("Cài đặt"),
        "demo": _("Dữ liệu trình diễn"),
    }.get(kind, kind)


def _coded(key: str, value: str, about: str) -> str | None:
    """A code as it is called; None for what is none."""
    said = {
        "role": _of(Role, wording.role_name),
        "means": _of(Means, _means),
        "method": _of(Tender, sale_words.tender_name),
        "suspicion": _of(Suspicion, trace_words.suspicion_name),
        "issuer_level": _of(IssuerLevel, decision_words.level_name),
        "level": _of(OutletLevel, wording.level_name),
        "legal_form": _of(LegalForm, wording.legal_form_name),
        "vat_class": _of(VatClass, class_words.vat_class_name),
        "export_class": class_words.export_class_name,
        "allergens": wording.allergen_name,
        "group": page_words.group_words,
        "group_code": page_words.group_words,
        "fields": name,
        "provider": _provider,
        "commune": _commune,
        "commune_code": _commune,
    }.get(key) or {
        ("fair", "kind"): _of(FairKind, programme_words.fair_kind_name),
        ("support", "kind"): _of(SupportKind, programme_words.support_kind_name),
        ("stock", "kind"): _of(MovementKind, wording.movement_name),
        ("review", "reason"): _of(Reason, opinion_words.reason_name),
        ("order", "state"): _of(TransferState, _transfer_state),
    }.get((about, key))
    if said is None and key in ("state", "was", ""):
        said = states(about)
    return said(value) if said else None


def _text(key: str, value: str) -> str:
    if _DAY.fullmatch(value):
        return filters.day(date.fromisoformat(value))
    if _INSTANT.fullmatch(value):
        return filters.moment(datetime.fromisoformat(value))
    if key in ("trace", "parent"):
        return filters.trace_code(value)
    if key.startswith("score") or key in ("vnd", "margin", "alcohol_percent"):
        return value.replace(".", ",")
    if key == "shelf_life":
        return wording.shelf_life_words(value)
    thing = _THING.fullmatch(value)
    return f"{thing_name(thing[1])} {thing[2]}" if thing else value


def _of_page(kind: PageKind, field: str, value: Any) -> str | None:
    """A field that has rows; None for what is no field of this page, or was written before it was one."""
    try:
        get_field(kind, field)
        return "; ".join(page_words.value_words(kind, field, value))
    except (Invalid, KeyError, TypeError):
        return None


def _of(codes: type[StrEnum], said: Callable[[Any], str]) -> Callable[[str], str]:
    """Words for the codes of an enumeration; what is none of them stands for itself."""
    return lambda value: said(codes(value)) if value in set(codes) else value


def _commune(code: str) -> str:
    commune = places.find_commune(code)
    return commune.full_name if commune else code


def _means(means: Means) -> str:
    return {Means.APP: _("ứng dụng xác thực"), Means.RECOVERY_CODE: _("mã khôi phục")}[means]


def _provider(code: str) -> str:
    return {"demo": _("chuyển khoản thử"), "officer": _("cán bộ xem sao kê")}.get(code, code)


def _transfer_state(state: TransferState) -> str:
    return {
        TransferState.APPLIED: _("đã tính vào đơn"),
        TransferState.OVER: _("thừa tiền"),
        TransferState.LATE: _("tiền đến muộn"),
        TransferState.DUPLICATE: _("chuyển hai lần"),
        TransferState.UNMATCHED: _("không khớp đơn nào"),
    }[state]


def _certificate_state(state: CertificateState) -> str:
    return {
        CertificateState.CANDIDATE: _("Ứng viên"),
        CertificateState.CERTIFIED: _("Được công nhận"),
        CertificateState.REVOKED: _("Đã thu hồi"),
    }[state]


def _order_state(state: OrderState) -> str:
    return {
        OrderState.AWAITING_PAYMENT: _("chờ chuyển khoản"),
        OrderState.CONFIRMED: _("đã xác nhận"),
        OrderState.READY: _("đã soạn xong"),
        OrderState.HANDED_OVER: _("đã giao khách"),
        OrderState.SHIPPED: _("đã gửi đi"),
        OrderState.DELIVERED: _("đã giao tới"),
        OrderState.RETURNED: _("hàng đã quay về"),
        OrderState.CANCELLED: _("đã hủy"),
        OrderState.EXPIRED: _("hết hạn giữ"),
        OrderState.CLOSED: _("đã khép lại"),
    }[state]


def _fulfilment_state(state: FulfilmentState) -> str:
    return {
        FulfilmentState.TO_PICK: _("chờ soạn"),
        FulfilmentState.READY: _("đã soạn xong"),
        FulfilmentState.HANDED_OVER: _("đã giao khách"),
        FulfilmentState.SHIPPED: _("đã gửi đi"),
        FulfilmentState.DELIVERED: _("đã giao tới"),
        FulfilmentState.RETURNED: _("hàng đã quay về"),
    }[state]


def _of_deeds() -> Mapping[str, str]:
    return {
        "reason": _("Lý do"),
        "reasons": _("Lý do"),
        "note": _("Ghi chú"),
        "words": _("Lời ghi"),
        "role": _("Vai"),
        "outlet": _("Điểm"),
        "user": _("Người"),
        "person": _("Người nhận"),
        "who": _("Tham gia"),
        "means": _("Bằng"),
        "new": _("Mới"),
        "fields": _("Các mục"),
        "lines": _("Số dòng"),
        "kind": _("Loại"),
        "state": _("Tình trạng"),
        "was": _("Trước đó"),
        "begins": _("Có hiệu lực từ"),
        "consent": _("Bản đồng ý"),
        "letters": _("Số thư đã gửi"),
        "rating": _("Điểm chấm"),
        "revision": _("Bản sửa"),
        "undone": _("Bỏ bản sửa"),
        "days": _("Số ngày còn lại"),
        "count": _("Số lần"),
        "minimum": _("Mức tối thiểu"),
        "key_product": _("Sản phẩm chủ lực"),
        "base_version": _("Theo bản thứ"),
    }


def _of_goods() -> Mapping[str, str]:
    return {
        "product": _("Sản phẩm"),
        "producer": _("Chủ thể"),
        "sku": _("Mã hàng"),
        "code": _("Mã"),
        "lot": _("Lô"),
        "lots": _("Số lô"),
        "trace": _("Mã truy xuất"),
        "parent": _("Lô nguyên liệu"),
        "scans": _("Số lần mở"),
        "suspicion": _("Dấu hiệu bị chép"),
        "quantity": _("Số lượng"),
        "units": _("Số lượng"),
        "made_on": _("Ngày sản xuất"),
        "best_before": _("Hạn dùng"),
        "packed_on": _("Ngày đóng gói"),
        "process_vi": _("Cách làm"),
        "process_en": _("Cách làm, tiếng Anh"),
        "material": _("Nguyên liệu"),
        "supplier": _("Nơi bán"),
        "place": _("Nơi lấy"),
        "got_on": _("Ngày lấy"),
        "their_lot": _("Lô của nơi bán"),
        "what": _("Nội dung"),
        "tested_by": _("Nơi kiểm nghiệm"),
        "tested_on": _("Ngày kiểm nghiệm"),
        "result": _("Kết quả"),
        "paper": _("Số giấy"),
        "tests": _("Kiểm nghiệm"),
        "price": _("Giá bán"),
        "low_stock": _("Ngưỡng sắp hết"),
        "name_vi": _("Tên"),
        "name_en": _("Tên tiếng Anh"),
        "group": _("Nhóm sản phẩm"),
        "picture": _("Ảnh"),
        "supplied_by": _("Nguồn hàng"),
        "vat_class": _("Loại thuế"),
        "export_class": _("Loại xuất khẩu"),
        "commune": _("Xã, phường"),
        "commune_code": _("Xã, phường"),
        "legal_form": _("Loại hình"),
        "registration": _("Số đăng ký"),
        "joined_on": _("Ngày tham gia"),
        "level": _("Cấp"),
        "lat": _("Vĩ độ"),
        "lon": _("Kinh độ"),
        "hours": _("Giờ mở cửa"),
        "pickup": _("Khách đến nhận"),
        "ships": _("Gửi hàng đi"),
        "note_vi": _("Ghi chú"),
    }


def _of_papers() -> Mapping[str, str]:
    return {
        "certificate": _("Chứng nhận"),
        "number": _("Số quyết định"),
        "stars": _("Hạng sao"),
        "score": _("Điểm"),
        "score_a": _("Phần A"),
        "score_b": _("Phần B"),
        "score_c": _("Phần C"),
        "assessed_on": _("Ngày chấm"),
        "issuer_vi": _("Nơi cấp"),
        "issuer_level": _("Cấp"),
        "signed_on": _("Ngày ký"),
        "expires_on": _("Hiệu lực đến"),
        "revoked_on": _("Thu hồi từ"),
        "revocation_number": _("Số quyết định thu hồi"),
        "revocation_issuer_vi": _("Nơi thu hồi"),
        "revocation_reason": _("Lý do thu hồi"),
        "withdrawn_on": _("Ngày rút"),
        "scan": _("Bản quét"),
        "total": _("Tổng tiền"),
        "amount": _("Số tiền"),
        "value": _("Giá trị"),
        "method": _("Cách trả"),
        "provider": _("Nguồn báo tiền"),
        "provider_id": _("Mã giao dịch"),
        "float": _("Tiền đầu ca"),
        "expected": _("Tiền phải có"),
        "counted": _("Tiền đếm được"),
        "corrected": _("Số kệ được sửa"),
        "on_hand": _("Đang có"),
        "held": _("Đang giữ"),
        "on_hand_moved": _("Tổng biến động"),
        "held_moved": _("Tổng giữ theo biến động"),
        "held_open": _("Tổng giữ còn mở"),
        "level_id": _("Kệ"),
        "target": _("Điểm nhận"),
        "receipt": _("Phiếu nhận"),
        "closed": _("Đã đủ"),
        "arrived": _("Đến nơi"),
        "differing": _("Lệch"),
        "difference": _("Chỗ lệch"),
        "accepted": _("Nhận"),
        "refused": _("Không nhận"),
        "share": _("Phần"),
        "picks": _("Hàng thiếu"),
        "courier": _("Nhà vận chuyển"),
        "tracking": _("Mã vận đơn"),
        "vnd": _("Tỷ giá"),
        "margin": _("Cộng thêm (%)"),
        "source": _("Nguồn"),
    }


def _of_logs() -> Mapping[str, str]:
    return {
        "producer_id": _("Chủ thể"),
        "visited_on": _("Ngày đến"),
        "found": _("Ghi nhận"),
        "follows": _("Việc tiếp theo"),
        "given_on": _("Ngày hỗ trợ"),
        "fund": _("Nguồn tiền"),
        "starts_on": _("Ngày đầu"),
        "ends_on": _("Ngày cuối"),
        "place_vi": _("Nơi tổ chức"),
        "organiser_vi": _("Đơn vị tổ chức"),
        "link": _("Trang riêng"),
    }
