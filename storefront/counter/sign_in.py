"""The door of the counter: e-mail, password and second factor on one page.

Whatever is wrong, the answer is the same sentence after the same work: it tells nobody whether an e-mail is known, a
password right, or an account locked.
"""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import login_user
from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField, StringField

from catalog import attempts, history, memberships, people, second_factor
from catalog.db import transaction
from catalog.people import User
from catalog.second_factor import Means
from storefront import demo, filters, staff_door
from storefront.extensions import limiter
from storefront.fields import Needed, tidy
from storefront.onward import onward
from storefront.outside import outside, settings
from storefront.person import Person

bp = Blueprint("sign_in", __name__)

FEW_CODES = 3
"""With so few recovery codes left, a person is told."""


class SignInForm(FlaskForm):
    """Who are you, and is it you? The code is the app's or, under a fold of the page, a recovery code."""

    email = EmailField(_l("E-mail"), filters=[tidy], validators=[Needed(_l("Nhập e-mail"))])
    password = PasswordField(_l("Mật khẩu"), validators=[Needed(_l("Nhập mật khẩu"))])
    code = StringField(_l("Mã 6 chữ số"), filters=[tidy])
    recovery = StringField(_l("Mã khôi phục"), filters=[tidy])

    def validate(self, extra_validators: object = None) -> bool:
        """One of the two codes is enough."""
        valid = super().validate()
        if not self.code.data and not self.recovery.data:
            self.code.errors = [_("Nhập mã 6 chữ số trong ứng dụng xác thực")]
            return False
        return valid

    def refuse(self) -> None:
        """The same words for everything that can be wrong. Digits typed once are of no use a second time."""
        self.code.data = ""
        self.form_errors.append(
            _(
                "Chưa vào được: e-mail, mật khẩu hoặc mã chưa đúng, hay mã đã dùng rồi. Sau %(n)s lần sai, phải đợi %(minutes)s phút.",
                n=attempts.MOST,
                minutes=int(attempts.LOCK.total_seconds() // 60),
            )
        )


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody who has come in. previous: their sign-in before this one."""

    user: User
    previous: datetime | None
    codes_left: int
    means: Means


@bp.route("/dang-nhap", methods=["GET", "POST"])
@limiter.limit("20 per minute", methods=["POST"])
def show() -> ResponseReturnValue:
    """Let in who has both factors and works somewhere."""
    form = SignInForm()
    if request.method == "POST" and form.validate():
        entered = _enter(form.email.data, form.password.data, form.code.data or form.recovery.data)
        if entered:
            _greet(entered)
            return redirect(onward(_first_page(entered.user)), 303)
        form.refuse()
    accounts = demo.staff_accounts(at=outside().now()) if settings().demo else []
    chosen = next((account for account in accounts if account.key == request.args.get("thu")), None)
    if chosen and request.method == "GET":
        form.email.data, form.code.data = chosen.email, chosen.code or ""
    page = render_template(
        "counter/sign_in/show.html",
        form=form,
        next=onward(""),
        accounts=accounts,
        chosen=chosen,
        password=demo.STAFF_PASSWORD if accounts else None,
    )
    return page, 422 if form.errors else 200


def _enter(email: str, password: str, code: str) -> Entered | None:
    """Charge the attempt, look at both factors, and open the door in this browser; None for any fault."""
    now = outside().now()
    with transaction():
        counts = attempts.charge(email, at=now)
    user = people.authenticate(email, password)
    if user and not (counts and memberships.find_staff(user) and _may_exist(user)):
        user = None
    user_id, previous = (user.id, user.last_sign_in_at) if user else (0, None)
    with transaction():
        means = second_factor.verify(user_id, code, at=now)
        if means:
            attempts.forgive(email)
            people.note_sign_in(user_id, at=now)
            left = second_factor.codes_left(user_id)
            history.record("counter.entered", f"user:{user_id}", actor=f"user:{user_id}", at=now, means=means.value)
    if user is None or means is None:
        return None
    session.clear()  # nothing a stranger may have planted in this browser survives the change of person
    login_user(Person.of(user))
    staff_door.enter(user_id)
    return Entered(user, previous, left, means)


def _may_exist(user: User) -> bool:
    """The demo's accounts, whose secrets everybody knows, open nothing once the shop is no demo any more."""
    return settings().demo or user.email not in demo.STAFF_EMAILS


def _greet(entered: Entered) -> None:
    name = entered.user.name
    if entered.previous:
        flash(_("Chào %(name)s. Lần trước: %(moment)s.", name=name, moment=filters.moment(entered.previous)))
    else:
        flash(_("Chào %(name)s. Đây là lần đầu bạn vào quầy.", name=name))
    if entered.means is Means.RECOVERY_CODE or entered.codes_left < FEW_CODES:
        words = ngettext(
            "Còn %(num)d mã khôi phục. Tạo mã mới trong mục Mã khôi phục.",
            "Còn %(num)d mã khôi phục. Tạo mã mới trong mục Mã khôi phục.",
            entered.codes_left,
        )
        flash(words, "warning")


def _first_page(user: User) -> str:
    """The office for an officer who has no outlet of their own, else the outlets."""
    staff = memberships.find_staff(user)
    in_office = staff is not None and staff.in_office and not staff.own
    return url_for("office.home.show" if in_office else "counter.outlets.index")
