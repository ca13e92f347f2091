"""Who works at the outlets: officers grant roles, give the links to come in, and end roles. Others find no such pages."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import EmailField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import Email, Length

from catalog import history, invitations, jobs, memberships, outlets, people, second_factor
from catalog.db import db
from catalog.errors import Conflict, Forbidden, NotFound
from catalog.history import Event
from catalog.memberships import Membership, Role
from catalog.outlets import Outlet
from catalog.people import User
from catalog.text import fold
from storefront import wording
from storefront.counter import desk
from storefront.deeds import KeyedForm
from storefront.fields import KEY, Needed, tidy
from storefront.outside import outside

bp = Blueprint("people", __name__, url_prefix="/nguoi")

A_PAGE = 40
LAST_DEEDS = 30


class GrantForm(KeyedForm):
    """Who is to be what, and where."""

    email = EmailField(
        _l("E-mail"),
        filters=[tidy],
        validators=[
            Needed(_l("Nhập e-mail, người ấy sẽ dùng nó để đăng nhập")),
            Email(_l("E-mail chưa đúng, ví dụ ten@example.com"), allow_smtputf8=False),
            Length(max=254, message=_l("E-mail dài quá 254 ký tự")),
        ],
    )
    name = StringField(
        _l("Họ và tên"),
        filters=[tidy],
        validators=[Needed(_l("Nhập họ và tên")), Length(max=120, message=_l("Tên dài quá 120 ký tự"))],
    )
    role = RadioField(_l("Vai"), choices=[role.value for role in Role], default=Role.CLERK.value)
    outlet = SelectField(_l("Ở điểm nào"), validate_choice=False)

    def offer(self, found: list[Outlet]) -> None:
        """Name the roles, and the outlets to choose from."""
        self.role.choices = [SelectChoice(role.value, wording.role_name(role)) for role in Role]
        nowhere = SelectChoice("", _("Chọn một điểm (cán bộ thì để trống)"))
        places = [SelectChoice(outlet.code, f"{outlet.code} {outlet.name_vi}") for outlet in found]
        self.outlet.choices = [nowhere, *places]

    def place(self, found: list[Outlet]) -> Outlet | None:
        """The chosen outlet; notes what is wrong where role and outlet do not go together."""
        code, officer = self.outlet.data or "", self.role.data == Role.OFFICER.value
        outlet = next((outlet for outlet in found if outlet.code == code), None)
        if code and outlet is None:
            self.outlet.errors = [_("Không có điểm này")]
        elif officer and outlet:
            self.outlet.errors = [_("Cán bộ chương trình không thuộc điểm nào: hãy để trống")]
        elif not officer and outlet is None:
            self.outlet.errors = [_("Chọn điểm nơi người này làm việc")]
        return outlet

    def refuse_twice(self) -> None:
        """They have this role already."""
        self.email.errors = [_("Người này đã có vai ấy ở điểm ấy")]


class DeedForm(KeyedForm):
    """A button."""


@dataclass(frozen=True, slots=True)
class Row:
    """One role of one person in the list. outlet: None for officers."""

    user: User
    role_name: str
    outlet: Outlet | None
    enrolled: bool


@dataclass(frozen=True, slots=True)
class Deed:
    """What happened to somebody, in words."""

    at: datetime
    words: str
    by: str


@bp.before_request
def officers_only() -> None:
    """Others have nothing here, and are not told that there is something."""
    if not desk.me().officer:
        raise NotFound("people")


@bp.get("")
def index() -> str:
    """Every role that counts now, found by a part of a name, an e-mail or an outlet."""
    asked = request.args.get("q", "").strip()[:100]
    rows = [row for row in _rows() if fold(asked) in _searched(row)]
    pages = max(1, -(-len(rows) // A_PAGE))
    number = request.args.get("trang", 1, type=int)
    number = min(max(number, 1), pages)
    shown = rows[(number - 1) * A_PAGE : number * A_PAGE]
    return render_template(
        "counter/people/index.html", rows=shown, total=len(rows), asked=asked, page=number, pages=pages
    )


@bp.route("/them", methods=["GET", "POST"])
def grant() -> ResponseReturnValue:
    """Give somebody a role, and a way in if they have none."""
    form, found = GrantForm(), list(db.session.scalars(outlets.active()))
    form.offer(found)
    if request.method == "POST" and form.validate():
        outlet = form.place(found)
        if not form.errors:
            try:
                return desk.once(form.key.data, lambda: _grant(form, outlet))
            except Conflict:
                form.refuse_twice()
    return render_template("counter/people/grant.html", form=form), 422 if form.errors else 200


@bp.get(f"/<{KEY}:user_id>")
def show(user_id: int) -> str:
    """One person: their roles, their way in, and what has been done about them."""
    user = _user(user_id)
    fresh = session.pop("invitation", None)
    return render_template(
        "counter/people/show.html",
        user=user,
        roles=[(m, wording.role_name(m.role), outlet) for m, _user, outlet in _roles(user_id)],
        enrolled=second_factor.is_enrolled(user_id),
        codes_left=second_factor.codes_left(user_id),
        link=fresh["link"] if fresh and fresh["user"] == user_id else None,
        deeds=_deeds(user_id),
        form=DeedForm(),
        days=invitations.LIFE.days,
    )


@bp.post(f"/<{KEY}:user_id>/duong-vao")
def renew(user_id: int) -> ResponseReturnValue:
    """A new way in: a phone was lost or a password forgotten. What opened the counter so far does not any more."""
    user, form = _user(user_id), DeedForm()
    if not form.validate() or not _roles(user_id):
        return _again(user_id)
    return desk.once(form.key.data, lambda: _open_a_way(user))


@bp.post(f"/vai/<{KEY}:membership_id>/thoi")
def end(membership_id: int) -> ResponseReturnValue:
    """A role counts no longer, from this moment. Nobody ends their own: there is always another officer left."""
    membership, form = db.session.get(Membership, membership_id), DeedForm()
    if membership is None:
        raise NotFound("membership")
    if membership.user_id == desk.me().user_id:
        raise Forbidden("one's own role")
    if not form.validate():
        return _again(membership.user_id)
    user_id = membership.user_id

    def deed() -> str:
        memberships.end(membership_id, actor=desk.me().actor, at=outside().now())
        flash(_("Vai này đã thôi. Người ấy không còn mở được trang nào của điểm."))
        return url_for("counter.people.show", user_id=user_id)

    return desk.once(form.key.data, deed)


def _grant(form: GrantForm, outlet: Outlet | None) -> str:
    user = invitations.hire(
        form.email.data,
        Role(form.role.data),
        outlet,
        name=form.name.data,
        actor=desk.me().actor,
        at=outside().now(),
    )
    if second_factor.is_enrolled(user.id):
        flash(_("Đã giao vai. Người này vào bằng mật khẩu và mã sẵn có."))
        return url_for("counter.people.show", user_id=user.id)
    return _open_a_way(user)


def _open_a_way(user: User) -> str:
    """Invite: a new account's link is handed over by the officer, an older one's goes to its own mailbox only."""
    actor, at = desk.me().actor, outside().now()
    if user.password_hash:
        invitations.lock_out(user, at=at)
        jobs.enqueue("mail.invitation", {"user": user.id, "actor": actor}, at=at)
        flash(_("Thư mời đang gửi đến %(email)s.", email=user.email))
    else:
        token = invitations.invite(user, actor=actor, at=at)
        link = url_for("counter.invitations.show", token=token, _external=True)
        session["invitation"] = {"user": user.id, "link": link}
    return url_for("counter.people.show", user_id=user.id)


def _again(user_id: int) -> ResponseReturnValue:
    flash(_("Trang này đã cũ, hãy xem lại rồi bấm lần nữa."), "error")
    return show(user_id), 422


def _user(user_id: int) -> User:
    """Somebody who works here, or did. Raises NotFound for a customer, whose account is nobody's business."""
    worked = db.session.scalar(select(Membership.id).where(Membership.user_id == user_id).limit(1))
    user = people.find_user(user_id) if worked else None
    if user is None:
        raise NotFound(f"user {user_id}")
    return user


def _roles(user_id: int) -> list[tuple[Membership, User, Outlet | None]]:
    mine = memberships.live().where(Membership.user_id == user_id)
    return [(m, user, outlet) for m, user, outlet in db.session.execute(mine)]


def _rows() -> list[Row]:
    enrolled = set(db.session.scalars(second_factor.enrolled()))
    return [
        Row(user, wording.role_name(membership.role), outlet, user.id in enrolled)
        for membership, user, outlet in db.session.execute(memberships.live())
    ]


def _searched(row: Row) -> str:
    where = f"{row.outlet.code} {row.outlet.name_vi}" if row.outlet else ""
    return fold(f"{row.user.name} {row.user.email} {row.role_name} {where}")


def _deeds(user_id: int) -> list[Deed]:
    """The last ones first, with the names of who did them."""
    newest = history.of(f"user:{user_id}").order_by(None).order_by(Event.id.desc()).limit(LAST_DEEDS)
    events = list(db.session.scalars(newest))
    keys = {int(key) for kind, _sep, key in (event.actor.partition(":") for event in events) if kind == "user"}
    names = {f"user:{key}": name for key, name in db.session.execute(people.names(keys))}
    return [Deed(event.at, _words(event), names.get(event.actor, _("hệ thống"))) for event in events]


def _words(event: Event) -> str:
    role = Role(event.facts["role"]) if "role" in event.facts else None
    words = {
        "membership.granted": _("Được giao vai"),
        "membership.ended": _("Thôi vai"),
        "invitation.made": _("Được mời vào quầy"),
        "invitation.accepted": _("Đã nhận lời mời"),
        "second_factor.enrolled": _("Đã gắn ứng dụng xác thực"),
        "recovery_code.used": _("Đã dùng một mã khôi phục"),
        "recovery_codes.renewed": _("Đã tạo mã khôi phục mới"),
        "counter.entered": _("Đã vào quầy"),
    }.get(event.verb, event.verb)
    if role is None:
        return words
    where = event.facts.get("outlet")
    return f"{words}: {wording.role_name(role)} {where}" if where else f"{words}: {wording.role_name(role)}"
