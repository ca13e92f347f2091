"""Who writes for a producer: its members invite others, and end a membership that is not their own."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import EmailField
from wtforms.validators import Email, Length

from catalog import maker_invitations, makers
from catalog.db import db
from catalog.makers import AlreadyMember
from storefront import deeds
from storefront.deeds import KeyedForm
from storefront.extensions import limiter
from storefront.fields import KEY, Needed, tidy
from storefront.outside import outside
from storefront.studio import bench

bp = Blueprint("members", __name__, url_prefix="/<producer>/nguoi")


class InviteForm(KeyedForm):
    """Whom to ask."""

    email = EmailField(
        _l("E-mail của người được mời"),
        filters=[tidy],
        validators=[
            Needed(_l("Nhập e-mail, lời mời được gửi đến đó")),
            Email(_l("E-mail chưa đúng, ví dụ ten@example.com"), allow_smtputf8=False),
            Length(max=254, message=_l("E-mail dài quá 254 ký tự")),
        ],
    )

    def refuse_twice(self) -> None:
        """They write for this producer already."""
        self.email.errors = [_("Người này đã ở trong danh sách")]


@dataclass(frozen=True, slots=True)
class Member:
    """One who writes for this producer. key: of the membership; mine: of whoever is asking."""

    key: int
    name: str
    email: str
    joined_at: datetime
    last_sign_in_at: datetime | None
    mine: bool


@bp.get("")
def index() -> str:
    """The members, who is invited, and a form for one more."""
    return _page(InviteForm(formdata=None))


@bp.post("")
@limiter.limit("30 per hour")
def invite() -> ResponseReturnValue:
    """A letter with a link goes to this e-mail."""
    form = InviteForm()
    if form.validate():
        try:
            return bench.once(form.key.data or "", lambda: _invite(form.email.data or ""))
        except AlreadyMember:
            form.refuse_twice()
    return _page(form), 422


@bp.post(f"/<{KEY}:member_id>/thoi")
def dismiss(member_id: int) -> ResponseReturnValue:
    """From this moment they write for it no longer. Nobody ends their own: so there is always somebody left."""
    makers.get_member(member_id, bench.here())

    def deed() -> str:
        here = bench.here()
        makers.dismiss(makers.get_member(member_id, here), here, by=bench.me(), at=outside().now())
        flash(_("Người này không còn mở được trang nào của chủ thể."))
        return url_for("studio.members.index")

    return bench.once(deeds.sent_key(), deed)


@bp.post("/rut")
def withdraw() -> ResponseReturnValue:
    """An invitation that nobody has accepted yet works no more."""
    email = tidy(request.form.get("email")).lower()

    def deed() -> str:
        maker_invitations.withdraw(bench.here(), email, actor=bench.me().actor, at=outside().now())
        flash(_("Đã rút lời mời."))
        return url_for("studio.members.index")

    return bench.once(deeds.sent_key(), deed)


def _invite(email: str) -> str:
    maker_invitations.invite(bench.here(), email, actor=bench.me().actor, at=outside().now())
    flash(_("Lời mời đang gửi đến %(email)s.", email=email))
    return url_for("studio.members.index")


def _page(form: InviteForm) -> str:
    here, me = bench.here(), bench.me()
    members = [
        Member(m.id, user.name, user.email, m.joined_at, user.last_sign_in_at, user.id == me.user_id)
        for m, user in db.session.execute(makers.members_of(here.id))
    ]
    invited = list(db.session.scalars(maker_invitations.open_of(here.id, at=outside().now())))
    days = maker_invitations.LIFE.days
    return render_template("studio/members/index.html", form=form, members=members, invited=invited, days=days)
