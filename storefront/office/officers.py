"""Which communes an officer serves. Only those who serve the whole programme find these pages."""

from dataclasses import dataclass

from flask import Blueprint, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectChoice, SelectMultipleField

from catalog import memberships, places
from catalog.db import db
from catalog.errors import NotFound
from catalog.memberships import Officer
from catalog.people import User
from catalog.places import Commune
from storefront.deeds import KeyedForm
from storefront.fields import KEY
from storefront.office import bureau
from storefront.outside import outside

bp = Blueprint("officers", __name__, url_prefix="/can-bo")

ALL, SOME = "all", "some"


class ScopeForm(KeyedForm):
    """The whole programme, or the communes that are ticked."""

    scope = RadioField(_l("Phụ trách"), choices=[ALL, SOME])
    communes = SelectMultipleField(_l("Xã, phường"), validate_choice=False)

    def offer(self) -> None:
        """Name the two."""
        self.scope.choices = [
            SelectChoice(ALL, _("Cả chương trình")),
            SelectChoice(SOME, _("Chỉ các xã, phường đánh dấu")),
        ]

    def validate(self, extra_validators: object = None) -> bool:
        """Some are at least one, all of them ours."""
        if not super().validate():
            return False
        if self.scope.data == SOME and not self.chosen():
            self.communes.errors = [_("Đánh dấu ít nhất một xã, phường")]
            return False
        return True

    def chosen(self) -> frozenset[str]:
        """Codes; none for the whole programme."""
        ours = {commune.code for commune in places.communes(places.HOME)}
        return frozenset() if self.scope.data == ALL else frozenset(self.communes.data or ()) & ours


@dataclass(frozen=True, slots=True)
class Row:
    """An officer in the list. communes: names; empty for the whole programme."""

    user: User
    communes: list[str]


@bp.before_request
def province_only() -> None:
    """Others have nothing here, and are not told that there is something."""
    if not bureau.me().province:
        raise NotFound("officers")


@bp.get("")
def index() -> str:
    """Every officer, with the communes they serve."""
    rows = [
        Row(user, [places.get_commune(code).full_name for code in sorted(officer.communes or ())])
        for user, officer in memberships.officers()
    ]
    return render_template("office/officers/index.html", rows=rows)


@bp.get(f"/<{KEY}:user_id>")
def show(user_id: int) -> str:
    """One officer, and a form with every commune by its old district."""
    user, officer = _officer(user_id)
    scope = ALL if officer.province else SOME
    return _page(user, ScopeForm(formdata=None, scope=scope, communes=sorted(officer.communes or ())))


@bp.post(f"/<{KEY}:user_id>")
def assign(user_id: int) -> ResponseReturnValue:
    """From now on they serve these. Nobody changes their own."""
    user, _officer_now = _officer(user_id)
    form = ScopeForm()
    form.offer()

    def deed() -> str:
        memberships.reassign(user.id, form.chosen(), by=bureau.me(), at=outside().now())
        flash(_("Đã ghi. Người ấy thấy theo phạm vi mới từ lần bấm sau."))
        return url_for("office.officers.index")

    if form.validate():
        return bureau.once(form.key.data or "", deed)
    return _page(user, form), 422


def _officer(user_id: int) -> tuple[User, Officer]:
    """Raises NotFound for who is no officer."""
    user = db.session.get(User, user_id)
    officer = memberships.find_officer(user) if user else None
    if user is None or officer is None:
        raise NotFound(f"officer {user_id}")
    return user, officer


def _page(user: User, form: ScopeForm) -> str:
    form.offer()
    return render_template(
        "office/officers/show.html",
        user=user,
        form=form,
        districts=_districts(),
        chosen=set(form.communes.data or ()),
        mine=user.id == bureau.me().user_id,
    )


def _districts() -> list[tuple[str, str, list[Commune]]]:
    """(code, name, communes) of each old district: every commune of ours lies in one."""
    every = places.communes(places.HOME)
    return [
        (code, _("%(district)s cũ", district=name), [c for c in every if c.old_district_code == code])
        for code, name in places.old_districts().items()
    ]
