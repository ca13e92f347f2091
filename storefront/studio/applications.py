"""Asking to join: anybody's page, without an account. What is handed in waits for an officer of its commune."""

from collections.abc import Iterator

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, EmailField, Field, RadioField, SelectChoice, StringField, TelField, TextAreaField
from wtforms.validators import Email, InputRequired, Length, ValidationError

from catalog import applications, places, registrations
from catalog.applications import LONGEST_MAKES, AlreadyOpen, Asked
from catalog.errors import Invalid
from catalog.producers import LegalForm
from storefront import deeds, wording
from storefront.commune_picker import CommuneForm
from storefront.extensions import limiter
from storefront.fields import Needed, check_phone, tidy
from storefront.outside import outside

bp = Blueprint("applications", __name__, url_prefix="/dang-ky")

CONSENT = "2026-11"
"""Version of the words of ``templates/studio/applications/_consent.html``; new words are a new version."""

_ON_THE_PAGE = (
    "legal_form", "name_vi", "registration", "commune_text", "commune", "address_vi", "makes", "contact_name", "phone",
    "email", "consent",
)  # fmt: skip
_ORDER = {name: place for place, name in enumerate(_ON_THE_PAGE, start=1)}


class ApplicationForm(CommuneForm):
    """Who they are, where, how to reach them, what they make; and their consent, which nobody ticks for them."""

    name_vi = StringField(
        _l("Tên đầy đủ"),
        filters=[tidy],
        validators=[
            Needed(_l("Nhập tên như trên giấy đăng ký")),
            Length(max=160, message=_l("Tên dài quá 160 ký tự")),
        ],
    )
    legal_form = RadioField(
        _l("Bạn là"),
        choices=[form.value for form in LegalForm],
        validators=[InputRequired(_l("Chọn một trong bốn loại"))],
    )
    registration = StringField(_l("Mã số thuế hoặc số đăng ký"), filters=[tidy])
    address_vi = StringField(
        _l("Số nhà, đường, thôn, khối phố"),
        filters=[tidy],
        validators=[Needed(_l("Nhập nơi làm ra sản phẩm")), Length(max=200, message=_l("Địa chỉ dài quá 200 ký tự"))],
    )
    contact_name = StringField(
        _l("Họ và tên người liên hệ"),
        filters=[tidy],
        validators=[Needed(_l("Nhập họ tên người liên hệ")), Length(max=120, message=_l("Tên dài quá 120 ký tự"))],
    )
    phone = TelField(_l("Số điện thoại"), filters=[tidy], validators=[Needed(_l("Nhập số điện thoại")), check_phone])
    email = EmailField(
        _l("E-mail"),
        filters=[tidy],
        validators=[
            Needed(_l("Nhập e-mail, đường vào trang của bạn được gửi đến đó")),
            Email(_l("E-mail chưa đúng, ví dụ ten@example.com"), allow_smtputf8=False),
            Length(max=254, message=_l("E-mail dài quá 254 ký tự")),
        ],
    )
    makes = TextAreaField(
        _l("Bạn làm ra những gì?"),
        filters=[tidy],
        validators=[
            Needed(_l("Kể vài sản phẩm chính")),
            Length(max=LONGEST_MAKES, message=_l("Dài quá %(max)d ký tự")),
        ],
    )
    consent = BooleanField(
        _l("Tôi đã đọc và đồng ý cho xử lý các dữ liệu trên như vậy"),
        validators=[InputRequired(_l("Chưa có sự đồng ý của bạn thì chúng tôi không được giữ hồ sơ này"))],
    )

    def __iter__(self) -> Iterator[Field]:
        """In the order of the page, which is that of the list of errors."""
        return iter(sorted(self._fields.values(), key=lambda field: _ORDER.get(field.short_name, 0)))

    def offer(self) -> None:
        """Name the legal forms."""
        self.legal_form.choices = [SelectChoice(form.value, wording.legal_form_name(form)) for form in LegalForm]

    def validate_registration(self, field: StringField) -> None:
        """Read by the chosen legal form; without one its own error is enough."""
        if self.legal_form.data not in set(LegalForm):
            return
        try:
            registrations.read(field.data or "", LegalForm(self.legal_form.data))
        except Invalid as wrong:
            raise ValidationError(_registration_words(wrong.reason)) from None

    def refuse_open(self) -> None:
        """The number is in an application that waits."""
        self.registration.errors = [
            _("Đã có một hồ sơ với số này đang chờ xem xét. Bạn không cần gửi lại; kết quả đến qua e-mail đã ghi.")
        ]

    def asked(self) -> Asked:
        """What is handed in, once the form is valid."""
        return Asked(
            name_vi=self.name_vi.data or "",
            legal_form=LegalForm(self.legal_form.data),
            registration=self.registration.data or "",
            commune_code=self.settled.data or "",
            address_vi=self.address_vi.data or "",
            contact_name=self.contact_name.data or "",
            phone=self.phone.data or "",
            email=self.email.data or "",
            makes=self.makes.data or "",
            consent=CONSENT,
        )


@bp.route("", methods=["GET", "POST"])
@limiter.limit("12 per minute; 60 per hour", methods=["POST"])
def new() -> ResponseReturnValue:
    """The form, and handing it in."""
    form = ApplicationForm()
    form.offer()
    if request.method == "POST":
        form.settle()
        if form.validate():
            try:
                return deeds.once(form.key.data or "", lambda: _apply(form), actor="applicant")
            except AlreadyOpen:
                form.refuse_open()
    known = [commune.full_name for commune in places.communes(places.HOME)]
    return render_template("studio/applications/new.html", form=form, known=known), 422 if form.errors else 200


@bp.get("/<reference>")
@limiter.limit("60 per minute")
def show(reference: str) -> str:
    """What becomes of an application: for whoever has its reference, which tells nothing of who applied."""
    return render_template("studio/applications/show.html", application=applications.get_application(reference))


def _apply(form: ApplicationForm) -> str:
    application = applications.apply(form.asked(), at=outside().now())
    return url_for("studio.applications.show", reference=application.reference)


def _registration_words(reason: str) -> str:
    return {
        "required": _("Nhập mã số thuế hoặc số đăng ký"),
        "digits": _("Số này chưa đúng: mã số thuế có 10 chữ số, chi nhánh có 13; hộ có thể ghi 12 số định danh"),
        "check_digit": _("Mã số thuế này không có thật: xem lại từng chữ số trên giấy"),
        "personal": _("Đây là số định danh của một người; doanh nghiệp, hợp tác xã ghi mã số thuế 10 chữ số"),
    }[reason]
