"""Words for the life of a certificate: its stages, who signs, what was done to it, and why something is refused."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _

from catalog.certificates import Stage
from catalog.criteria import IssuerLevel
from catalog.errors import Invalid
from catalog.revocations import Trouble
from storefront import filters, pictures


def stage_name(stage: Stage) -> str:
    """``Ứng viên``…"""
    return {
        Stage.CANDIDATE: _("Ứng viên, chưa chấm"),
        Stage.ASSESSED: _("Đã chấm, chờ quyết định"),
        Stage.BELOW: _("Chưa đủ điểm"),
        Stage.WITHDRAWN: _("Đã rút hồ sơ"),
        Stage.UPCOMING: _("Chưa đến ngày ký"),
        Stage.CERTIFIED: _("Còn hiệu lực"),
        Stage.RENEWAL_DUE: _("Sắp hết hạn"),
        Stage.RENEWED: _("Đã công nhận lại"),
        Stage.UPGRADED: _("Đã nâng hạng"),
        Stage.DOWNGRADED: _("Đã xuống hạng"),
        Stage.LAPSED: _("Hết hiệu lực"),
        Stage.REVOKED: _("Đã thu hồi"),
    }[stage]


def level_name(level: IssuerLevel) -> str:
    """``Cấp huyện``…"""
    return {
        IssuerLevel.DISTRICT: _("Cấp huyện (đến 30/6/2025)"),
        IssuerLevel.PROVINCE: _("Cấp tỉnh, thành phố"),
        IssuerLevel.MINISTRY: _("Cấp bộ"),
    }[level]


def part_name(field: str) -> str:
    """What each of the three parts of the points is about."""
    return {
        "score_a": _("Phần A: sản phẩm và sức mạnh cộng đồng"),
        "score_b": _("Phần B: khả năng tiếp thị"),
        "score_c": _("Phần C: chất lượng sản phẩm"),
    }[field]


def deed_name(verb: str) -> str:
    """What was written down, as a line of the history begins."""
    return {
        "certificate.nominated": _("Ghi ứng viên"),
        "certificate.assessed": _("Ghi điểm đánh giá"),
        "certificate.certified": _("Ghi quyết định công nhận"),
        "certificate.withdrawn": _("Rút hồ sơ"),
        "certificate.revoked": _("Ghi quyết định thu hồi"),
        "certificate.corrected": _("Sửa chỗ ghi nhầm"),
        "certificate.scanned": _("Gắn bản quét"),
        "certificate.seen_to": _("Đã làm việc với chủ thể về việc sắp hết hạn"),
        "certificate.imported": _("Nhập từ tệp"),
    }.get(verb, verb)


def fact_name(field: str) -> str:
    """A column of a record."""
    return {
        "number": _("số"),
        "stars": _("hạng sao"),
        "score": _("điểm"),
        "score_a": _("phần A"),
        "score_b": _("phần B"),
        "score_c": _("phần C"),
        "assessed_on": _("ngày chấm"),
        "issuer_vi": _("nơi cấp"),
        "issuer_level": _("cấp"),
        "signed_on": _("ngày ký"),
        "expires_on": _("hiệu lực đến"),
        "revoked_on": _("thu hồi từ"),
        "revocation_number": _("số quyết định thu hồi"),
        "revocation_issuer_vi": _("nơi thu hồi"),
        "revocation_reason": _("lý do thu hồi"),
        "withdrawn_on": _("ngày rút"),
        "state": _("tình trạng"),
        "note_vi": _("ghi chú"),
        "scan": _("bản quét"),
        "product": _("sản phẩm"),
    }.get(field, field)


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """``số: 12/QĐ → 21/QĐ``, a line a value; files are not named."""
    return [
        f"{fact_name(field)}: {_shown(field, before.get(field))} → {_shown(field, value)}" if before
        else f"{fact_name(field)}: {_shown(field, value)}"
        for field, value in after.items()
        if field not in ("scan", "state", "product") and value not in ("", None)
    ]  # fmt: skip


def refusal(wrong: Invalid) -> str:
    """Why a value of a form is refused, as the officer reads it beside the field."""
    if wrong.field == "scan" and wrong.reason != "required":
        return _scan_refusal(wrong)
    facts = {name: filters.day(fact) if isinstance(fact, date) else fact for name, fact in wrong.facts.items()}
    match wrong.reason:
        case "required":
            return {
                "number": _("Nhập số quyết định, ví dụ 12/QĐ-UBND"),
                "issuer_vi": _("Nhập nơi cấp, như ghi trên quyết định"),
                "reason": _("Ghi lý do"),
                "note_vi": _("Ghi một dòng về việc đã làm"),
                "scan": _("Chọn một tệp PDF hoặc một ảnh"),
                "lines": _("Ghi ít nhất một mã sản phẩm hoặc số quyết định"),
            }.get(wrong.field, _("Ô này không được để trống"))
        case "too_long":
            return _("Dài quá %(most)s ký tự", **facts)
        case "future":
            return _("Ngày này chưa đến")
        case "too_early":
            return _("Chương trình bắt đầu từ %(day)s", **facts)
        case "points":
            return _("Theo bộ tiêu chí %(criteria)s, phần này từ 0 đến %(most)s điểm", **facts)
        case "one_decimal":
            return _("Điểm có nhiều nhất một chữ số lẻ")
        case "score_stars":
            return _("%(stars)s sao ứng với %(low)s–%(high)s điểm", **facts)
        case "range":
            return _("Chọn 3, 4 hoặc 5 sao")
        case "not_assessed":
            return _("Hồ sơ này chưa có điểm đánh giá")
        case "before_assessment":
            return _("Quyết định không thể ký trước ngày chấm %(day)s", **facts)
        case "issuer_level":
            level = level_name(IssuerLevel(str(wrong.facts["level"])))
            return _("Vào ngày %(day)s, %(stars)s sao do %(level)s công nhận", **facts | {"level": level.lower()})
        case "other_day":
            return _(
                "Trong năm ấy nơi cấp này đã có số %(number)s, ký ngày %(day)s; một số chỉ có một ngày ký trong một năm",
                **facts,
            )
        case "recorded_already":
            return _("Quyết định này đã được ghi cho sản phẩm này")
        case "shared":
            return _(
                "Quyết định này còn ghi %(others)s sản phẩm ở xã bạn không phụ trách; nhờ cán bộ phụ trách cả chương trình",
                **facts,
            )
        case "before_decision":
            return _("Phải sau ngày ký quyết định công nhận, %(day)s", **facts)
        case "after_end":
            return _("Quyết định công nhận đã hết hiệu lực từ %(day)s", **facts)
        case "after_revocation":
            return _("Phải trước ngày thu hồi, %(day)s", **facts)
        case "too_many":
            return _("Nhiều nhất %(most)s dòng một lần", **facts)
    return _("Giá trị này không dùng được")


def trouble(found: Trouble) -> str:
    """Why a line of a list of revocations cannot be: ``Dòng 3, “QN999”: …``."""
    facts = {name: filters.day(fact) if isinstance(fact, date) else fact for name, fact in found.facts.items()}
    words = {
        "unknown": _("không có sản phẩm nào mang mã này, cũng không có quyết định nào mang số này"),
        "nothing_valid": _("sản phẩm không có chứng nhận nào còn hiệu lực"),
        "ambiguous": _("nhiều quyết định khác nhau mang số này; hãy ghi mã sản phẩm"),
        "twice": _("đã có ở dòng %(first)s", **facts) if "first" in facts else "",
        "revoked": _("%(product)s đã bị thu hồi theo quyết định khác", **facts) if "product" in facts else "",
        "replaced": _("%(product)s đã có quyết định mới hơn", **facts) if "product" in facts else "",
        "before_decision": _("ký ngày %(day)s, sau ngày thu hồi", **facts) if "day" in facts else "",
        "after_end": _("đã hết hiệu lực từ %(day)s", **facts) if "day" in facts else "",
    }[found.reason]
    return _("Dòng %(line)s, “%(text)s”: %(words)s.", line=found.line, text=found.text, words=words)


def _scan_refusal(wrong: Invalid) -> str:
    if wrong.reason == "too_heavy":
        return _(
            "Tệp nặng hơn %(n)s MB; hãy quét lại ở độ nét thấp hơn", n=int(str(wrong.facts["most"])) // 1024 // 1024
        )
    if wrong.reason == "pages":
        return _("Tệp có hơn %(most)s trang; chỉ cần các trang của quyết định", **wrong.facts)
    return {
        "active": _("Tệp PDF này chứa mã lệnh hoặc tệp khác bên trong nên không nhận; hãy in ra rồi quét lại"),
        "broken_pdf": _("Tệp PDF này hỏng hoặc thiếu phần cuối; hãy lưu lại rồi gửi lần nữa"),
        "kind": _("Không đọc được tệp này; hãy gửi PDF, JPEG, PNG hoặc WebP"),
    }.get(wrong.reason) or pictures.why(Invalid("picture", wrong.reason, **wrong.facts))


def _shown(field: str, value: object) -> str:
    if value in ("", None):
        return "…"
    text = str(value)
    if field.endswith("_on"):
        return filters.day(date.fromisoformat(text))
    if field == "issuer_level":
        return level_name(IssuerLevel(text))
    return text.replace(".", ",") if field.startswith("score") else text
