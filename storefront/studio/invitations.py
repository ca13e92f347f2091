"""The link that makes somebody a member of a producer: a new person sets a password, others come in as themselves."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_user
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import Length

from catalog import maker_invitations, people
from catalog.db import transaction
from catalog.errors import Conflict, NotFound
from catalog.maker_invitations import OpenInvitation
from catalog.makers import AlreadyMember
from catalog.people import MIN_PASSWORD
from storefront.extensions import limiter
from storefront.fields import Needed, tidy
from storefront.outside import outside
from storefront.person import Person

bp = Blueprint("invitations", __name__)


class WelcomeForm(FlaskForm):
    """What somebody new is called, and their password."""

    name = StringField(
        _l("Họ và tên"),
        filters=[tidy],
        validators=[Needed(_l("Nhập họ và tên")), Length(max=120, message=_l("Tên dài quá 120 ký tự"))],
    )
    password = PasswordField(
        _l("Mật khẩu mới"),
        validators=[
            Needed(_l("Đặt một mật khẩu")),
            Length(min=MIN_PASSWORD, max=128, message=_l("Mật khẩu cần từ %(min)d đến %(max)d ký tự")),
        ],
    )


class AcceptForm(FlaskForm):
    """A button, for who is signed in as themselves."""


@bp.route("/moi/<token>", methods=["GET", "POST"])
@limiter.limit("20 per minute", methods=["POST"])
def show(token: str) -> ResponseReturnValue:
    """Who invites, and how to come in from here."""
    try:
        invitation = maker_invitations.get_open(token, at=outside().now())
        form = AcceptForm() if invitation.user else WelcomeForm(name=invitation.name)
        if request.method == "POST" and form.validate():
            return _accept(token, invitation, form)
    except NotFound:
        return render_template("studio/invitations/show.html", invitation=None), 404
    except Conflict:  # there is an account by now: its owner signs in
        return redirect(request.path, 303)
    page = render_template(
        "studio/invitations/show.html",
        form=form,
        invitation=invitation,
        themselves=bool(invitation.user and current_user.is_authenticated and current_user.id == invitation.user.id),
        other=current_user.email if current_user.is_authenticated else None,
    )
    return page, 422 if form.errors else 200


def _accept(token: str, invitation: OpenInvitation, form: FlaskForm) -> ResponseReturnValue:
    """Raises NotFound for a link that works no more, or not for who is signed in here."""
    now, producer = outside().now(), invitation.producer
    code, name = producer.code, producer.name_vi
    if invitation.user is None:
        with transaction():
            user = maker_invitations.accept_new(token, form["password"].data, name=form["name"].data, at=now)
            people.note_sign_in(user.id, at=now)
        session.clear()  # nothing a stranger may have planted in this browser survives the change of person
        session.permanent = True
        login_user(Person.of(user))
    else:
        me = people.find_user(current_user.id) if current_user.is_authenticated else None
        if me is None:
            return redirect(url_for("account.sign_in", next=request.path), 303)
        try:
            with transaction():
                maker_invitations.accept(token, me, at=now)
        except AlreadyMember:
            pass  # pressed twice, or invited twice: they are where they wanted to be
    flash(_("Bạn viết cho %(name)s từ bây giờ.", name=name))
    return redirect(url_for("studio.home.show", producer=code), 303)
