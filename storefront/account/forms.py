"""The forms of the account face."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField, StringField, TelField
from wtforms.validators import Email, Length, Optional

from catalog.people import MIN_PASSWORD
from storefront.fields import Needed, check_phone, tidy


class SignInForm(FlaskForm):
    """Who are you?"""

    email = EmailField(_l("E-mail"), filters=[tidy], validators=[Needed(_l("Nhập e-mail đã đăng ký"))])
    password = PasswordField(_l("Mật khẩu"), validators=[Needed(_l("Nhập mật khẩu"))])

    def refuse(self) -> None:
        """The same words for an unknown e-mail and a wrong password."""
        self.form_errors.append(_("E-mail hoặc mật khẩu chưa đúng"))


class RegisterForm(FlaskForm):
    """A new customer. The phone, where given, comes out in national form."""

    name = StringField(
        _l("Họ và tên"),
        filters=[tidy],
        validators=[Needed(_l("Nhập họ và tên")), Length(max=120, message=_l("Tên dài quá 120 ký tự"))],
    )
    email = EmailField(
        _l("E-mail"),
        filters=[tidy],
        validators=[
            Needed(_l("Nhập e-mail, bạn sẽ dùng nó để đăng nhập")),
            Email(_l("E-mail chưa đúng, ví dụ ten@example.com"), allow_smtputf8=False),
            Length(max=254, message=_l("E-mail dài quá 254 ký tự")),
        ],
    )
    phone = TelField(_l("Số điện thoại"), filters=[tidy], validators=[Optional(), check_phone])
    password = PasswordField(
        _l("Mật khẩu"),
        validators=[
            Needed(_l("Đặt một mật khẩu")),
            Length(min=MIN_PASSWORD, max=128, message=_l("Mật khẩu cần từ %(min)d đến %(max)d ký tự")),
        ],
    )

    def refuse_taken_email(self) -> None:
        """Somebody already signs in with it."""
        self.email.errors = [_("E-mail này đã có tài khoản; mời bạn đăng nhập")]
