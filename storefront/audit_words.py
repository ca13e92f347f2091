"""The history in words: kinds of deeds, deeds, things, and what was so before and after.

A deed that nobody has named here is told by its own name under its kind: the log never hides what it holds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from catalog.history import Event
from catalog.page_fields import PageKind
from checkout import regulations
from storefront import fact_words, setting_words
from storefront.setting_words import Difference

FAMILIES: Mapping[str, tuple[str, ...]] = {
    "gia": ("prices",),
    "trang": ("page", "product", "producer"),
    "chung-nhan": ("certificate",),
    "thanh-vien": ("member", "application"),
    "nguoi": ("membership", "invitation", "second_factor", "recovery_code", "recovery_codes", "counter"),
    "kho": ("stock", "stocktake", "receipt", "transfer", "lot", "trace", "recall", "outlet"),
    "ban-hang": ("order", "fulfilment", "sale", "shift"),
    "danh-gia": ("review",),
    "chuong-trinh": ("visit", "support", "fair"),
    "cai-dat": ("setting",),
}
"""Kinds of deeds by their name in addresses → what the verbs begin with."""

LONGEST = 240
"""Signs of one value on a page; the file has all of it."""
_AROUND = ("before", "after")
_SINGLE = {
    "stock.written_off": "on_hand",
    "outlet.minimum_set": "minimum",
    "membership.assigned": "commune_code",
    "lot.tested": "tests",
    "product.key_marked": "key_product",
    "page.renewed": "base_version",
}
"""Verbs whose before and after are values of one thing → what that is."""


@dataclass(frozen=True, slots=True)
class Told:
    """A deed in words. differences: what changed.    more: what else is known, as (name, words)."""

    deed: str
    differences: tuple[Difference, ...]
    more: tuple[tuple[str, str], ...]


def families() -> list[tuple[str, str]]:
    """(name in addresses, words), in the order of a list to choose from."""
    return [
        ("gia", _("Giá bán")),
        ("trang", _("Trang sản phẩm, chủ thể")),
        ("chung-nhan", _("Chứng nhận")),
        ("thanh-vien", _("Chủ thể và thành viên")),
        ("nguoi", _("Người làm việc, quyền vào")),
        ("kho", _("Kho")),
        ("ban-hang", _("Đơn hàng, bán hàng")),
        ("danh-gia", _("Đánh giá")),
        ("chuong-trinh", _("Chương trình, sự kiện")),
        ("cai-dat", _("Cài đặt")),
    ]


def verbs_of(family: str, verbs: Iterable[str]) -> set[str]:
    """Those of one kind among the verbs that occur."""
    return {verb for verb in verbs if verb.partition(".")[0] in FAMILIES.get(family, ())}


def told(event: Event, *, whole: bool = False, named: Mapping[tuple[str, int], str] | None = None) -> Told:
    """A deed. whole: values at any length, for a file.    named: (fact, key of a row) → its name, ``producer_id``."""
    teller = _Teller(event, named or {})
    hidden = () if whole or "new" not in event.facts else ("fields",)
    more = [
        (fact_words.name(key), teller.said(key, value))
        for key, value in event.facts.items()
        if key not in (*_AROUND, *hidden)
    ]
    return Told(
        deed_words(event.verb),
        tuple(_cut(each, whole) for each in teller.differences() if each.before != each.after),
        tuple((name, said if whole else _short(said)) for name, said in more if said),
    )


def deed_words(verb: str) -> str:
    """What was done; for a verb that nobody has named, the verb."""
    return {**_people(), **_goods(), **_papers(), **_shop()}.get(verb, verb)


class _Teller:
    """The facts of one deed, said with what its verb and its thing tell about them."""

    def __init__(self, event: Event, named: Mapping[tuple[str, int], str]) -> None:
        self.event = event
        self.named = named
        self.about = event.verb.partition(".")[0]
        self.kind, _colon, self.key = event.subject.partition(":")

    def said(self, key: str, value: Any) -> str:
        if isinstance(value, int) and (key, value) in self.named:
            return self.named[key, value]
        page = PageKind(self.kind) if self.kind in set(PageKind) else None
        return fact_words.words(key, value, self.about, page)

    def differences(self) -> list[Difference]:
        before, after = (self.event.facts.get(key) for key in _AROUND)
        if self.kind == "setting" and self.key in regulations.SETTINGS and self.event.verb == "setting.laid_down":
            return setting_words.differences(regulations.SETTINGS[self.key], before, after)
        if isinstance(before, dict) or isinstance(after, dict):
            old, new = (side if isinstance(side, dict) else {} for side in (before, after))
            names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
            return [
                Difference(fact_words.name(name), self.said(name, old.get(name)), self.said(name, new.get(name)))
                for name in names
            ]
        key = _SINGLE.get(self.event.verb, "")
        label = fact_words.name(key) if key else ""
        return [Difference(label, self.said(key, before), self.said(key, after))]


def _cut(difference: Difference, whole: bool) -> Difference:
    if whole:
        return difference
    return Difference(difference.label, _short(difference.before), _short(difference.after))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _people() -> dict[str, str]:
    return {
        "membership.granted": _("Giao vai"),
        "membership.ended": _("Cho thôi vai"),
        "membership.assigned": _("Phân công địa bàn cho cán bộ"),
        "invitation.made": _("Mời vào làm việc"),
        "invitation.accepted": _("Nhận lời mời"),
        "second_factor.enrolled": _("Gắn ứng dụng xác thực"),
        "recovery_code.used": _("Dùng một mã khôi phục"),
        "recovery_codes.renewed": _("Tạo mã khôi phục mới"),
        "counter.entered": _("Vào quầy"),
        "member.invited": _("Mời thành viên của chủ thể"),
        "member.uninvited": _("Rút lời mời thành viên"),
        "member.joined": _("Thành viên của chủ thể tham gia"),
        "member.left": _("Thành viên của chủ thể rời"),
        "application.received": _("Nộp hồ sơ tham gia"),
        "application.accepted": _("Nhận hồ sơ tham gia"),
        "application.refused": _("Từ chối hồ sơ tham gia"),
        "producer.joined": _("Chủ thể tham gia chương trình"),
    }


def _goods() -> dict[str, str]:
    return {
        "prices.changed": _("Đổi giá, ngưỡng sắp hết"),
        "product.imported": _("Nhập sản phẩm từ tệp"),
        "product.started": _("Bắt đầu một sản phẩm mới"),
        "product.key_marked": _("Đánh dấu sản phẩm chủ lực"),
        "producer.imported": _("Nhập chủ thể từ tệp"),
        "product.published": _("Đăng sản phẩm"),
        "product.retired": _("Gỡ sản phẩm"),
        "page.opened": _("Mở bản nháp của trang"),
        "page.renewed": _("Cập nhật bản nháp theo trang đang hiện"),
        "page.submitted": _("Gửi duyệt trang"),
        "page.taken_back": _("Rút bản gửi duyệt về"),
        "page.withdrawn": _("Bỏ bản nháp"),
        "page.approved": _("Duyệt trang"),
        "page.returned": _("Trả lại trang để sửa"),
        "page.rolled_back": _("Quay lại bản trước của trang"),
        "certificate.imported": _("Nhập chứng nhận từ tệp"),
        "certificate.nominated": _("Đề nghị công nhận"),
        "certificate.assessed": _("Chấm điểm"),
        "certificate.certified": _("Công nhận sao"),
        "certificate.corrected": _("Sửa chứng nhận"),
        "certificate.scanned": _("Đính bản quét quyết định"),
        "certificate.revoked": _("Thu hồi chứng nhận"),
        "certificate.withdrawn": _("Rút hồ sơ chứng nhận"),
        "certificate.seen_to": _("Nhắc gia hạn chứng nhận"),
        "trace.registered": _("Đăng ký lô"),
        "trace.written": _("Sửa lô đang soạn"),
        "trace.recounted": _("Sửa số lượng của lô"),
        "trace.tested": _("Thêm kiểm nghiệm của lô"),
        "trace.sourced": _("Thêm nguồn của lô"),
        "trace.joined": _("Nối lô với lô nguyên liệu"),
        "trace.noted": _("Thêm ghi chú của lô"),
        "trace.removed": _("Bớt một mục của lô"),
        "trace.published": _("Công bố lô"),
        "trace.discarded": _("Bỏ lô đang soạn"),
        "trace.suspected": _("Nghi mã truy xuất bị chép"),
        "lot.tested": _("Ghi kiểm nghiệm của lô"),
        "lot.sellable": _("Cho bán lại lô"),
        "lot.quarantined": _("Tạm dừng bán lô"),
        "lot.recalled": _("Thu hồi lô"),
        "recall.told": _("Báo tin thu hồi"),
        "review.written": _("Khách viết đánh giá"),
        "review.published": _("Cho hiện đánh giá"),
        "review.refused": _("Không cho hiện đánh giá"),
        "review.answer_written": _("Chủ thể trả lời đánh giá"),
        "review.answer_published": _("Cho hiện trả lời"),
        "review.answer_refused": _("Không cho hiện trả lời"),
    }


def _papers() -> dict[str, str]:
    return {
        "stock.opened": _("Nhập tồn đầu"),
        "stock.written_off": _("Xuất hủy"),
        "stock.repaired": _("Đối chiếu lại sổ kho"),
        "stocktake.started": _("Bắt đầu kiểm kê"),
        "stocktake.extended": _("Thêm lô vào kiểm kê"),
        "stocktake.finished": _("Đếm xong"),
        "stocktake.approved": _("Duyệt kiểm kê, sửa số tồn"),
        "stocktake.sent_back": _("Trả lại để đếm tiếp"),
        "stocktake.cancelled": _("Bỏ lần kiểm kê"),
        "receipt.opened": _("Mở phiếu nhập"),
        "receipt.booked": _("Ghi sổ phiếu nhập"),
        "receipt.cancelled": _("Hủy phiếu nhập"),
        "transfer.drafted": _("Lập phiếu chuyển kho"),
        "transfer.sent": _("Gửi hàng chuyển kho"),
        "transfer.received": _("Nhận hàng chuyển kho"),
        "transfer.taken_back": _("Thu hàng chuyển kho về"),
        "transfer.cancelled": _("Hủy phiếu chuyển kho"),
        "transfer.photo_added": _("Thêm ảnh chỗ lệch"),
        "outlet.imported": _("Nhập điểm bán từ tệp"),
        "outlet.minimum_set": _("Đặt mức tối thiểu"),
    }


def _shop() -> dict[str, str]:
    return {
        "order.placed": _("Khách đặt hàng"),
        "order.transfer_received": _("Nhận chuyển khoản"),
        "order.awaiting_payment": _("Đơn chờ chuyển khoản"),
        "order.confirmed": _("Đơn được xác nhận"),
        "order.ready": _("Đơn đã soạn xong"),
        "order.handed_over": _("Đơn đã giao khách"),
        "order.shipped": _("Đơn đã gửi đi"),
        "order.delivered": _("Đơn đã giao tới"),
        "order.returned": _("Hàng của đơn quay về"),
        "order.cancelled": _("Hủy đơn"),
        "order.expired": _("Đơn hết hạn giữ"),
        "order.closed": _("Đơn khép lại"),
        "fulfilment.missing": _("Soạn thiếu hàng"),
        "fulfilment.given_up": _("Không soạn được"),
        "fulfilment.wrong_code": _("Sai mã nhận hàng"),
        "fulfilment.unlocked": _("Mở khóa mã nhận hàng"),
        "fulfilment.ready": _("Soạn xong phần của điểm"),
        "fulfilment.handed_over": _("Giao khách tại quầy"),
        "fulfilment.shipped": _("Giao nhà vận chuyển"),
        "fulfilment.delivered": _("Nhà vận chuyển giao tới"),
        "fulfilment.returned": _("Hàng quay về điểm"),
        "sale.paid": _("Bán tại quầy"),
        "sale.awaiting_money": _("Bán tại quầy, chờ chuyển khoản"),
        "sale.abandoned": _("Thôi chờ chuyển khoản"),
        "sale.expired": _("Phiếu bán quá hạn"),
        "sale.undone": _("Hủy phiếu trong ca"),
        "shift.opened": _("Mở ca"),
        "shift.closed": _("Đóng ca"),
        "visit.recorded": _("Ghi lượt hỗ trợ"),
        "visit.corrected": _("Sửa lượt hỗ trợ"),
        "support.recorded": _("Ghi khoản hỗ trợ"),
        "support.corrected": _("Sửa khoản hỗ trợ"),
        "fair.drafted": _("Soạn sự kiện"),
        "fair.changed": _("Sửa sự kiện"),
        "fair.published": _("Cho hiện sự kiện"),
        "fair.draft": _("Cất sự kiện"),
        "fair.cancelled": _("Hủy sự kiện"),
        "fair.joined": _("Thêm vào sự kiện"),
        "fair.left": _("Bớt khỏi sự kiện"),
        "setting.laid_down": _("Ghi cài đặt"),
        "demo.loaded": _("Nạp dữ liệu trình diễn"),
    }
