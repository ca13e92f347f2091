"""The link an officer gives to somebody new: set a password, take the second factor into an app, come in."""

from typing import Any

from flask import Blueprint, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_user
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import Length

from catalog import invitations, people, second_factor
from catalog.db import transaction
from catalog.errors import Invalid, NotFound
from catalog.people import MIN_PASSWORD
from storefront import presenting, staff_door
from storefront.extensions import limiter
from storefront.fields import Needed, tidy
from storefront.outside import outside
from storefront.person import Person

bp = Blueprint("invitations", __name__)


class WelcomeForm(FlaskForm):
    """The password of a new colleague, and the first code of their app."""

    password = PasswordField(
        _l("Mật khẩu mới"),
        validators=[
            Needed(_l("Đặt một mật khẩu")),
            Length(min=MIN_PASSWORD, max=128, message=_l("Mật khẩu cần từ %(min)d đến %(max)d ký tự")),
        ],
    )
    code = StringField(
        _l("Mã 6 chữ số"),
        filters=[tidy],
        validators=[Needed(_l("Nhập mã 6 chữ số mà ứng dụng đang hiện"))],
    )

    def refuse_code(self) -> None:
        """The app does not have the secret, or the phone's clock is wrong."""
        self.code.errors = [_("Mã chưa đúng. Hãy quét lại hình QR và xem giờ trên điện thoại có đúng không.")]


@bp.route("/moi/<token>", methods=["GET", "POST"])
@limiter.limit("20 per minute", methods=["POST"])
def show(token: str) -> ResponseReturnValue:
    """What to do, step by step; afterwards the recovery codes, which are seen only this once."""
    form, codes = WelcomeForm(), None
    try:
        invitation = invitations.get_open(token, at=outside().now())
        if request.method == "POST" and form.validate():
            codes = _accept(token, form)
    except NotFound:
        return render_template("counter/invitations/show.html", form=form, user=None, codes=None), 404
    email = invitation.user.email
    facts: dict[str, Any] = {
        "form": form,
        "user": invitation.user,
        "codes": codes,
        "secret": " ".join(invitation.secret[i : i + 4] for i in range(0, len(invitation.secret), 4)),
        "address": second_factor.address(invitation.secret, email=email, issuer=presenting.shop().name),
        "days": invitations.LIFE.days,
    }
    return render_template("counter/invitations/show.html", **facts), 422 if form.errors else 200


def _accept(token: str, form: WelcomeForm) -> list[str] | None:
    """The recovery codes of somebody who is in now; None when the form has to be mended. Raises NotFound."""
    now = outside().now()
    try:
        with transaction():
            user, codes = invitations.accept(token, form.password.data, form.code.data, at=now)
            people.note_sign_in(user.id, at=now)
    except Invalid:  # the form has looked at the password already
        form.refuse_code()
        return None
    session.clear()
    login_user(Person.of(user))
    staff_door.enter(user.id)
    return codes
