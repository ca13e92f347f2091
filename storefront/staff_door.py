"""The one door of everybody who works for the programme: both factors, for one shift, in one browser."""

from datetime import datetime, timedelta

from flask import Response, redirect, request, session, url_for
from flask_login import current_user

from catalog import people
from catalog.people import User
from storefront.outside import outside

SHIFT = timedelta(hours=14)
"""A sign-in with a second factor lasts a long working day."""


def enter(user_id: int) -> None:
    """Both factors have been right; call it after Flask-Login's ``login_user`` on a cleared session."""
    session["counter"] = [user_id, outside().now().isoformat()]


def inside() -> User | None:
    """Who has passed both factors in this browser, within the shift and since the last change of locks."""
    match session.get("counter"):
        case [int(user_id), str(since)] if current_user.is_authenticated and user_id == current_user.id:
            user, entered_at = people.find_user(user_id), datetime.fromisoformat(since)
            if user is None or outside().now() - entered_at >= SHIFT:
                return None
            return user if user.sign_ins_end_at is None or entered_at >= user.sign_ins_end_at else None
    return None


def lead_to_it() -> Response:
    """To the sign-in, and afterwards back to what was asked for."""
    asked = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("counter.sign_in.show", next=asked), 303)  # type: ignore[return-value]


def no_trace(response: Response, *, camera: bool = False) -> Response:
    """On a shared computer, Back after signing out must not bring figures back. camera: for pages that scan."""
    response.headers["Cache-Control"] = "no-store"
    allowed = "(self)" if camera else "()"
    response.headers["Permissions-Policy"] = f"camera={allowed}, geolocation=(), microphone=(), payment=()"
    return response
