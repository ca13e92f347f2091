"""One's own recovery codes: how many are left, and ten new ones."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField

from catalog import second_factor
from catalog.db import transaction
from catalog.errors import Conflict, Invalid
from storefront.counter import desk
from storefront.extensions import limiter
from storefront.fields import Needed, tidy
from storefront.outside import outside

bp = Blueprint("recovery_codes", __name__)


class RenewForm(FlaskForm):
    """Somebody at an unlocked screen must not print codes for themselves."""

    code = StringField(
        _l("Mã 6 chữ số"),
        filters=[tidy],
        validators=[Needed(_l("Nhập mã 6 chữ số trong ứng dụng xác thực"))],
    )

    def refuse(self) -> None:
        """Wrong, or used already."""
        self.code.errors = [_("Mã chưa đúng hoặc đã dùng rồi. Hãy đợi mã kế tiếp trong ứng dụng.")]


@bp.route("/ma-khoi-phuc", methods=["GET", "POST"])
@limiter.limit("10 per minute", methods=["POST"])
def show() -> ResponseReturnValue:
    """New ones are shown once, in the answer that made them; the earlier ones work no longer."""
    form, codes = RenewForm(), None
    if request.method == "POST" and form.validate():
        try:
            with transaction():
                codes = second_factor.renew_codes(desk.me().user_id, form.code.data, at=outside().now())
        except (Invalid, Conflict):
            form.refuse()
    left = second_factor.codes_left(desk.me().user_id)
    page = render_template("counter/recovery_codes/show.html", form=form, codes=codes, left=left)
    return page, 422 if form.errors else 200
