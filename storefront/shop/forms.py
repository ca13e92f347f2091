"""The forms of the shop: the one-page checkout, finding an order, asking for a tour.

A form says what is wrong in the words that stand beside the field. Whether what it asks for can be had (stock,
prices, payment limits) is the domain's to say.
"""

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import Email, InputRequired, Length, NumberRange, Optional, ValidationError

from catalog import placenames, places
from catalog.clock import vietnam_day
from catalog.errors import Invalid
from catalog.places import Commune
from checkout import contact
from checkout.contact import Contact, Invoice
from checkout.delivery import Method
from checkout.rules import PaymentMethod
from storefront.fields import Needed, check_phone, tidy
from storefront.outside import outside

CANDIDATES = 8
"""Communes offered at once."""
LONGEST_KEPT = 254
"""Characters of an answer that is kept for later: a browser forgets a cookie of more than four kilobytes."""
PROVINCES = [SelectChoice(province.code, province.name) for province in places.provinces()]
DRAFT = ("phone", "name", "email", "method", "outlet", "province", "commune_text", "settled", "street", "payment")


class CheckoutForm(FlaskForm):
    """Who receives, how, and how it is paid.

    People find their commune by ``commune_text``, by ``old_address``, or pick it among several (``commune``).
    ``settle_place`` brings the three together: ``settled`` holds the code that counts, ``candidates`` what is still to
    be chosen from.
    """

    phone = TelField(_l("Số điện thoại"), filters=[tidy], validators=[Needed(_l("Nhập số điện thoại")), check_phone])
    name = StringField(
        _l("Họ và tên người nhận"),
        filters=[tidy],
        validators=[
            Needed(_l("Nhập họ tên người nhận")),
            Length(max=120, message=_l("Tên dài quá 120 ký tự")),
        ],
    )
    email = EmailField(
        _l("E-mail"),
        filters=[tidy],
        validators=[
            Optional(),
            Email(_l("E-mail chưa đúng, ví dụ ten@example.com"), allow_smtputf8=False),
            Length(max=254),
        ],
    )

    method = RadioField(
        _l("Bạn muốn nhận hàng thế nào?"),
        choices=[
            SelectChoice(Method.COLLECT.value, _l("Đến điểm bán lấy")),
            SelectChoice(Method.DELIVER.value, _l("Giao tận nơi")),
        ],
        default=Method.DELIVER.value,
        validators=[InputRequired(_l("Chọn cách nhận hàng"))],
    )
    outlet = RadioField(_l("Điểm bán"), validate_choice=False)
    province = SelectField(_l("Tỉnh, thành phố"), choices=lambda: PROVINCES, default=places.HOME)
    commune_text = StringField(_l("Xã, phường"), filters=[tidy])
    commune = RadioField(_l("Chọn đúng xã, phường"), validate_choice=False)
    street = TextAreaField(
        _l("Số nhà, đường, thôn, khối phố"),
        filters=[tidy],
        validators=[Length(max=200, message=_l("Địa chỉ dài quá 200 ký tự"))],
    )
    old_address = StringField(
        _l("Địa chỉ cũ"),
        filters=[tidy],
        validators=[Length(max=200, message=_l("Địa chỉ dài quá 200 ký tự"))],
    )

    payment = RadioField(_l("Trả tiền bằng cách nào?"), validate_choice=False)
    note = TextAreaField(
        _l("Lời nhắn cho người giao"),
        filters=[tidy],
        validators=[Length(max=500, message=_l("Lời nhắn dài quá 500 ký tự"))],
    )
    of_age = BooleanField(_l("Tôi đã đủ 18 tuổi, và người nhận hàng cũng vậy"))
    invoice = BooleanField(_l("Xuất hóa đơn công ty"))
    company = StringField(
        _l("Tên công ty"), filters=[tidy], validators=[Length(max=200, message=_l("Tên dài quá 200 ký tự"))]
    )
    tax_code = StringField(_l("Mã số thuế"), filters=[tidy])
    invoice_address = StringField(
        _l("Địa chỉ công ty"), filters=[tidy], validators=[Length(max=200, message=_l("Địa chỉ dài quá 200 ký tự"))]
    )
    invoice_email = EmailField(_l("E-mail nhận hóa đơn"), filters=[tidy])

    token = HiddenField()
    shown_total = HiddenField()
    settled = HiddenField()
    old_read = HiddenField()

    candidates: tuple[Commune, ...] = ()
    old_candidates: tuple[Commune, ...] = ()
    old_matched: str = ""

    def settle_place(self) -> Commune | None:
        """The commune meant, when it is clear; the fields then say so."""
        found = self.communes_found()
        chosen = places.find_commune(self.commune.data or "")
        if chosen is None:
            chosen = next((commune for commune in found if commune.code == self.settled.data), None)
        if chosen is None and len(found) == 1 and self._is_plain(found[0]):
            chosen = found[0]
        self.offer(() if chosen else found)
        self.settled.data = chosen.code if chosen else ""
        if chosen:
            self.commune_text.data, self.province.data = chosen.full_name, chosen.province_code
            self.old_read.data = self.old_address.data
        return chosen

    def _is_plain(self, commune: Commune) -> bool:
        """Whether the only commune that fits need not be confirmed."""
        return commune in self.old_candidates or _is_called(commune, self.commune_text.data or "")

    def communes_found(self) -> Sequence[Commune]:
        """What the typed name and the old address may mean; an old address that is new here goes first."""
        province, text, old = self.province.data or places.HOME, self.commune_text.data, self.old_address.data
        before = places.find_commune(self.settled.data or "")
        if before and before.full_name == text and before.province_code != province:
            text = self.commune_text.data = ""  # the province was changed after the commune had been found
        named = _communes_called(text, province) if text else []
        if not old:
            return named
        match = places.from_old(old)
        self.old_matched, self.old_candidates = match.matched, match.candidates
        if old == self.old_read.data or not match.candidates:
            return named
        return [commune for commune in named if commune in match.candidates] or match.candidates

    def offer(self, found: Sequence[Commune]) -> None:
        """Let the buyer pick one of these."""
        self.candidates = tuple(found[:CANDIDATES])
        self.commune.choices = [SelectChoice(commune.code, commune.label) for commune in self.candidates]
        self.commune.data = None

    def settle_payment(self, open_ways: Sequence[PaymentMethod]) -> None:
        """Keep the chosen way of paying while it is open, else take the first that is."""
        kept = next((way for way in open_ways if way == self.payment.data), None)
        first = kept or next(iter(open_ways), None)
        self.payment.data = first.value if first else None

    def draft(self) -> dict[str, str]:
        """What is worth keeping for when the buyer comes back to this page."""
        answers = {name: str(self[name].data or "") for name in DRAFT}
        return {name: answer for name, answer in answers.items() if 0 < len(answer) <= LONGEST_KEPT}

    @property
    def delivers(self) -> bool:
        """Whether a carrier brings it."""
        return bool(self.method.data == Method.DELIVER)

    @property
    def outlet_id(self) -> int | None:
        """The outlet chosen, where that can be one at all."""
        key = self.outlet.data or ""
        return int(key) if key.isascii() and key.isdecimal() and len(key) < 10 else None

    @property
    def contact(self) -> Contact:
        """The buyer, once the form is valid."""
        return Contact(self.name.data or "", self.phone.data or "", self.email.data or None)

    @property
    def invoice_data(self) -> Invoice | None:
        """Whom to invoice, once the form is valid."""
        if not self.invoice.data:
            return None
        return Invoice(
            self.company.data or "",
            self.tax_code.data or "",
            self.invoice_address.data or "",
            self.invoice_email.data or "",
        )

    def validate_commune_text(self, field: StringField) -> None:
        if not self.delivers or self.settled.data:
            return
        if len(self.candidates) == 1:
            raise ValidationError(_("Chọn %(place)s ở dưới nếu đúng là nơi nhận", place=self.candidates[0].full_name))
        if self.candidates:
            raise ValidationError(_("Có nhiều nơi trùng tên, chọn đúng xã, phường của bạn"))
        if field.data or self.old_address.data:
            raise ValidationError(_("Chưa nhận ra xã, phường này; thử gõ lại tên hoặc địa chỉ cũ"))
        raise ValidationError(_("Nhập xã hoặc phường nơi nhận"))

    def validate_street(self, field: TextAreaField) -> None:
        if self.delivers and not field.data:
            raise ValidationError(_("Nhập số nhà, tên đường hoặc thôn để người giao tìm được bạn"))

    def validate_outlet(self, field: RadioField) -> None:
        if not self.delivers and self.outlet_id is None:
            raise ValidationError(_("Chọn điểm bán bạn sẽ đến lấy hàng"))

    def validate_payment(self, field: RadioField) -> None:
        if field.data not in set(PaymentMethod):
            raise ValidationError(_("Chọn cách trả tiền"))

    def validate_company(self, field: StringField) -> None:
        if self.invoice.data and not field.data:
            raise ValidationError(_("Nhập tên công ty như trên đăng ký kinh doanh"))

    def validate_tax_code(self, field: StringField) -> None:
        if not self.invoice.data:
            return
        try:
            field.data = contact.tax_code(field.data or "")
        except Invalid:
            raise ValidationError(_("Mã số thuế chưa đúng: 10 chữ số, hoặc 13 chữ số của chi nhánh")) from None

    def validate_invoice_address(self, field: StringField) -> None:
        if self.invoice.data and not field.data:
            raise ValidationError(_("Nhập địa chỉ công ty"))

    def validate_invoice_email(self, field: EmailField) -> None:
        if self.invoice.data:
            Needed(_("Nhập e-mail nhận hóa đơn"))(self, field)
            Email(_("E-mail nhận hóa đơn chưa đúng, ví dụ ketoan@example.com"), allow_smtputf8=False)(self, field)


class FindOrderForm(FlaskForm):
    """An order by the buyer's phone and the order's reference."""

    phone = TelField(
        _l("Số điện thoại đã đặt"),
        filters=[tidy],
        validators=[Needed(_l("Nhập số điện thoại đã đặt hàng")), check_phone],
    )
    reference = StringField(
        _l("Mã đơn hàng"), filters=[tidy], validators=[Needed(_l("Nhập mã đơn hàng, ví dụ QN-7K3M9Q"))]
    )

    def refuse(self) -> None:
        """Nothing fits both; which of the two is wrong is nobody's business."""
        self.form_errors.append(_("Không có đơn nào khớp cả số điện thoại và mã đơn này"))


class Day(DateField):
    """A date input; its one complaint is Vietnamese."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_("Ngày chưa đúng, ví dụ 05/12/2026")) from None


class WholeNumber(IntegerField):
    """A count in digits; its one complaint is Vietnamese."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_("Ghi bằng chữ số, ví dụ 4")) from None


class EnquiryForm(FlaskForm):
    """Asking for a place on a tour: nothing is booked and nothing paid."""

    name = StringField(
        _l("Họ và tên"),
        filters=[tidy],
        validators=[Needed(_l("Nhập họ và tên")), Length(max=120, message=_l("Tên dài quá 120 ký tự"))],
    )
    phone = TelField(
        _l("Số điện thoại"),
        filters=[tidy],
        validators=[Needed(_l("Nhập số điện thoại để nơi đón khách gọi lại")), check_phone],
    )
    day = Day(_l("Ngày muốn đi"), validators=[InputRequired(_l("Chọn ngày muốn đi"))])
    people = WholeNumber(
        _l("Số người"),
        validators=[
            InputRequired(_l("Nhập số người đi")),
            NumberRange(min=1, max=200, message=_l("Số người từ %(min)s đến %(max)s")),
        ],
    )
    note = TextAreaField(
        _l("Lời nhắn"), filters=[tidy], validators=[Length(max=500, message=_l("Lời nhắn dài quá 500 ký tự"))]
    )

    def facts(self) -> dict[str, str | int]:
        """What the letter needs, as JSON can hold it; once the form is valid."""
        return {
            "name": self.name.data or "",
            "phone": self.phone.data or "",
            "day": self.day.data.isoformat() if self.day.data else "",
            "people": self.people.data or 1,
            "note": self.note.data or "",
        }

    def validate_day(self, field: DateField) -> None:
        if field.data and field.data <= vietnam_day(outside().now()):
            raise ValidationError(_("Chọn một ngày từ ngày mai trở đi"))


def _communes_called(text: str, province: str) -> Sequence[Commune]:
    """Communes a name may mean: those of the chosen province, and those elsewhere that are called exactly so.

    Only one when the text is the full name of one in the province.
    """
    here = places.search_communes(text, province_code=province, limit=CANDIDATES)
    if whole := [commune for commune in here if commune.full_name == text]:
        return whole[:1]
    if any(_is_called(commune, text) for commune in here):
        return here
    anywhere = places.search_communes(text, limit=CANDIDATES)
    return here + [commune for commune in anywhere if _is_called(commune, text)] if here else anywhere


def _is_called(commune: Commune, text: str) -> bool:
    """Whether this is its name, with or without the kind, accents or not."""
    name = placenames.key(placenames.written_out(text))
    return name in (placenames.key(commune.name), placenames.key(commune.full_name))
