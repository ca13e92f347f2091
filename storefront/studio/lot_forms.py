"""What a producer writes about a lot. No two forms share a name: all of them stand on one page."""

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField, StringField, TextAreaField

from catalog.errors import Invalid
from catalog.evidence import Sourced, Tested
from catalog.traces import Stated, Trace
from storefront import filters
from storefront.deeds import KeyedForm
from storefront.fields import DayField, Needed, UnitsField, tidy


class LotForm(KeyedForm):
    """The lot itself."""

    code = StringField(
        _l("Số lô, như in trên nhãn"), filters=[tidy], validators=[Needed(_l("Nhập số lô như in trên nhãn"))]
    )
    made_on = DayField(_l("Ngày sản xuất"), validators=[Needed(_l("Nhập ngày sản xuất"))])
    quantity = UnitsField(_l("Số lượng làm ra"))
    best_before = DayField(_l("Hạn sử dụng"))
    packed_on = DayField(_l("Ngày đóng gói"))
    process_vi = TextAreaField(_l("Cách làm"), filters=[tidy])
    process_en = TextAreaField(_l("Cách làm, bằng tiếng Anh"), filters=[tidy])

    def stated(self) -> Stated:
        """What was said; call it on a valid form."""
        return Stated(
            self.code.data, self.made_on.data, self.quantity.units, self.packed_on.data, self.best_before.data,
            self.process_vi.data, self.process_en.data,
        )  # fmt: skip


class RegisterForm(LotForm):
    """A new lot of one of the producer's goods."""

    sku = SelectField(_l("Sản phẩm"), validate_choice=False, validators=[Needed(_l("Chọn sản phẩm"))])


class SourceForm(KeyedForm):
    """One step back."""

    material = StringField(_l("Nguyên liệu"), filters=[tidy], validators=[Needed(_l("Nhập tên nguyên liệu"))])
    supplier = StringField(_l("Từ ai"), filters=[tidy], validators=[Needed(_l("Nhập tên người hoặc nơi cung cấp"))])
    place = StringField(_l("Ở đâu"), filters=[tidy], validators=[Needed(_l("Nhập nơi trồng, nuôi hoặc mua"))])
    got_on = DayField(_l("Ngày thu hoạch hoặc mua"))
    their_lot = StringField(_l("Số lô của họ"), filters=[tidy])

    def sourced(self) -> Sourced:
        """What was said."""
        return Sourced(self.material.data, self.supplier.data, self.place.data, self.got_on.data, self.their_lot.data)


class TestForm(KeyedForm):
    """One test."""

    __test__ = False
    what = StringField(_l("Kiểm gì"), filters=[tidy], validators=[Needed(_l("Nhập chỉ tiêu đã kiểm"))])
    tested_by = StringField(_l("Nơi kiểm"), filters=[tidy], validators=[Needed(_l("Nhập nơi kiểm nghiệm"))])
    tested_on = DayField(_l("Ngày kiểm"), validators=[Needed(_l("Nhập ngày kiểm"))])
    result = StringField(_l("Kết quả"), filters=[tidy], validators=[Needed(_l("Nhập kết quả"))])
    paper = StringField(_l("Số phiếu kết quả"), filters=[tidy])

    def tested(self) -> Tested:
        """What was said."""
        return Tested(self.what.data, self.tested_by.data, self.tested_on.data, self.result.data, self.paper.data)


class ParentForm(KeyedForm):
    """An own lot that went into this one."""

    parent = SelectField(
        _l("Lô trước của chính mình"), validate_choice=False, validators=[Needed(_l("Chọn một lô trước"))]
    )


class NoteForm(KeyedForm):
    """Something everybody should know."""

    words = StringField(_l("Ghi thêm"), filters=[tidy], validators=[Needed(_l("Viết điều muốn ghi thêm"))])


class RecountForm(KeyedForm):
    """The number of units was written wrong."""

    recounted = UnitsField(_l("Số lượng đúng"))
    why = StringField(_l("Vì sao sửa"), filters=[tidy], validators=[Needed(_l("Ghi vì sao sửa số lượng"))])


class StopForm(KeyedForm):
    """The producer has a doubt."""

    reason = StringField(
        _l("Lô này bị sao"), filters=[tidy], validators=[Needed(_l("Ghi vì sao phải dừng bán lô này"))]
    )


class RowForm(KeyedForm):
    """A row to take out of a draft."""

    kind = HiddenField()
    row = HiddenField()


FIELDS = {"quantity": "recounted", "reason": "why"}
"""How the recount's fields are called in the domain."""


def of(trace: Trace) -> dict[str, Any]:
    """The values of a lot's form, as it is now."""
    lot = trace.lot
    return {
        "code": lot.code, "made_on": lot.made_on, "best_before": lot.best_before, "quantity": str(trace.quantity),
        "packed_on": trace.packed_on, "process_vi": trace.process_vi, "process_en": trace.process_en,
    }  # fmt: skip


def put_beside(form: KeyedForm, error: Invalid) -> None:
    """The error's words at its field, or on top of the form where it has none."""
    name = error.field
    if name not in form and FIELDS.get(name, "") in form:
        name = FIELDS[name]
    words = _words(error)
    if name in form:
        form[name].errors = [words]
    else:
        form.form_errors.append(words)


def _words(error: Invalid) -> str:
    expected = error.facts.get("expected")
    day = filters.day(expected) if isinstance(expected, date) else _("không có")
    made_on = error.facts.get("made_on")
    return {
        ("sku", "unknown"): _("Không có sản phẩm này trong danh sách của bạn"),
        ("code", "taken"): _("Lô này đã đăng ký"),
        ("code", "delivered"): _(
            "Điểm bán đã nhận hàng với số lô %(code)s nên không đổi được nữa", code=expected or ""
        ),
        ("made_on", "delivered"): _("Điểm bán đã nhận hàng với ngày sản xuất %(day)s nên không đổi được nữa", day=day),
        ("best_before", "delivered"): _("Điểm bán đã nhận hàng với hạn dùng %(day)s nên không đổi được nữa", day=day),
        ("made_on", "differs"): _(
            "Điểm bán đã nhận lô này với ngày sản xuất %(day)s. Xem lại nhãn; nếu điểm bán ghi nhầm, báo cán bộ chương trình",
            day=day,
        ),
        ("best_before", "differs"): _(
            "Điểm bán đã nhận lô này với hạn dùng %(day)s. Xem lại nhãn; nếu điểm bán ghi nhầm, báo cán bộ chương trình",
            day=day,
        ),
        ("best_before", "before_made_on"): _("Hạn sử dụng phải sau ngày sản xuất"),
        ("packed_on", "before_made_on"): _("Ngày đóng gói không thể trước ngày sản xuất"),
        ("got_on", "after_made_on"): _("Ngày này phải trước hoặc cùng ngày sản xuất %(day)s", day=filters.day(made_on))
        if isinstance(made_on, date)
        else "",
        ("quantity", "same"): _("Số lượng này đang được ghi rồi"),
        ("parent", "younger"): _("Lô ấy đăng ký sau lô này, không thể dùng để làm ra lô này"),
        ("parent", "unknown"): _("Không có lô này trong danh sách của bạn"),
        ("parent", "twice"): _("Lô này đã ghi rồi"),
        ("sources", "required"): _("Chưa công bố được: ghi ít nhất một nguồn nguyên liệu hoặc một lô trước"),
        ("rows", "too_many"): _("Đã đủ %(n)s dòng, không ghi thêm được", n=error.facts.get("most", "")),
    }.get((error.field, error.reason)) or {
        "too_long": _("Viết ngắn lại, nhiều nhất %(n)s ký tự", n=error.facts.get("most", "")),
        "future": _("Ngày này ở tương lai"),
        "long_ago": _("Xem lại năm"),
        "units": _("Số lượng từ 1 đến %(n)s", n=error.facts.get("most", "")),
        "required": _("Hãy điền vào đây"),
    }.get(error.reason, _("Giá trị này chưa đúng"))
