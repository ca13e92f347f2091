"""Where somebody of the staff stands: who they are, at which outlet, and the guard that let them in.

``guard`` runs before every view of the face. Views ask ``me()`` and ``here()``, call ``must(task)`` first where the
task is more than looking, and do what a form asks for through ``once``.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import uuid4

from flask import Blueprint, Response, abort, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import HiddenField, ValidationError

from catalog import memberships, people, submissions
from catalog.db import transaction
from catalog.errors import NotFound
from catalog.memberships import Staff, Task
from catalog.outlets import Outlet
from catalog.people import User
from storefront.outside import outside

SHIFT = timedelta(hours=14)
"""A sign-in with a second factor lasts a long working day."""
OPEN = frozenset({"counter.sign_in.show", "counter.invitations.show"})
"""The only addresses that nobody needs to have entered for."""
_KEY = re.compile(r"^[0-9a-zA-Z-]{8,64}$")


def guard(bp: Blueprint) -> None:
    """Let in only staff, to the outlets they see."""
    bp.before_request(_let_in)
    bp.after_request(_forget)
    bp.url_value_preprocessor(_take_outlet)
    bp.url_defaults(_give_outlet)
    bp.context_processor(
        lambda: {"me": g.get("staff"), "here": g.get("outlet"), "may": may, "Task": Task, "new_key": new_key}
    )


def enter(user_id: int) -> None:
    """Both factors have been right; call it after Flask-Login's ``login_user`` on a cleared session."""
    session["counter"] = [user_id, outside().now().isoformat()]


def me() -> Staff:
    """Who is asking, with what they may do as of this request."""
    return cast(Staff, g.staff)


def here() -> Outlet:
    """The outlet of this address."""
    return cast(Outlet, g.outlet)


def must(task: Task) -> None:
    """Raises Forbidden when this person may not do that here."""
    me().must(task, here().id)


def may(task: Task) -> bool:
    """Whether to offer it."""
    return me().may(task, here().id)


def once(key: str, deed: Callable[[], str]) -> Response:
    """Do what a form asks for and go to the address that ``deed`` returns; sent again, the form only goes there.

    key: of the form.    deed: runs inside the transaction; what it raises undoes everything and frees the key.
    """
    actor, now = me().actor, outside().now()
    with transaction():
        if submissions.first(key, actor=actor, at=now):
            address = deed()
            submissions.note(key, address, actor=actor)
        else:
            address = submissions.outcome(key, actor=actor)
    return cast(Response, redirect(address, 303))


def new_key() -> str:
    """What makes one form of one page unlike any other; ``once`` acts on it once."""
    return uuid4().hex


def sent_key() -> str:
    """The key of a form that is nothing but its button; answers 422 when no page of ours made it."""
    key = request.form.get("key", "")
    return key if _KEY.match(key) else abort(422)


class CounterForm(FlaskForm):
    """A form of this face: its key makes sending it twice harmless."""

    key = HiddenField(default=new_key)

    def validate_key(self, field: HiddenField) -> None:
        if not _KEY.match(field.data or ""):
            raise ValidationError(_("Trang này đã cũ, hãy tải lại rồi gửi lần nữa"))


def _let_in() -> ResponseReturnValue | None:
    if request.endpoint in OPEN:
        return None
    user = _person()
    if user is None:
        asked = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("counter.sign_in.show", next=asked), 303)
    staff = memberships.find_staff(user)
    if staff is None:
        raise NotFound("no membership")
    g.staff = staff
    code = g.pop("outlet_code", None)
    if code is not None:
        g.outlet = memberships.get_outlet(staff, code)
    return None


def _person() -> User | None:
    """Who has passed both factors in this browser, within the shift and since the last change of locks."""
    match session.get("counter"):
        case [int(user_id), str(since)] if current_user.is_authenticated and user_id == current_user.id:
            user, entered_at = people.find_user(user_id), datetime.fromisoformat(since)
            if user is None or outside().now() - entered_at >= SHIFT:
                return None
            return user if user.sign_ins_end_at is None or entered_at >= user.sign_ins_end_at else None
    return None


def _forget(response: Response) -> Response:
    """On a shared computer, Back after signing out must not bring an outlet's figures back. The camera scans, only here."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=(), payment=()"
    return response


def _take_outlet(endpoint: str | None, values: dict[str, Any] | None) -> None:
    if values and "outlet" in values:
        g.outlet_code = values.pop("outlet")


def _give_outlet(endpoint: str, values: dict[str, Any]) -> None:
    if "outlet" in g and current_app.url_map.is_endpoint_expecting(endpoint, "outlet"):
        values.setdefault("outlet", here().code)
