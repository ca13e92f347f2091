"""Where somebody of the staff stands: who they are, at which outlet, and the guard that let them in.

``guard`` runs before every view of the face. Views ask ``me()`` and ``here()``, call ``must(task)`` first where the
task is more than looking, and do what a form asks for through ``once``.
"""

from collections.abc import Callable
from typing import Any, cast

from flask import Blueprint, Response, current_app, g, request
from flask.typing import ResponseReturnValue

from catalog import memberships
from catalog.errors import NotFound
from catalog.memberships import Staff, Task
from catalog.outlets import Outlet
from storefront import deeds, staff_door

OPEN = frozenset({"counter.sign_in.show", "counter.invitations.show"})
"""The only addresses that nobody needs to have entered for."""


def guard(bp: Blueprint) -> None:
    """Let in only staff, to the outlets they see."""
    bp.before_request(_let_in)
    bp.after_request(_forget)
    bp.url_value_preprocessor(_take_outlet)
    bp.url_defaults(_give_outlet)
    bp.context_processor(
        lambda: {"me": g.get("staff"), "here": g.get("outlet"), "may": may, "Task": Task, "new_key": deeds.new_key}
    )


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
    """``deeds.once`` by whoever is asking."""
    return deeds.once(key, deed, actor=me().actor)


def _let_in() -> ResponseReturnValue | None:
    if request.endpoint in OPEN:
        return None
    user = staff_door.inside()
    if user is None:
        return staff_door.lead_to_it()
    staff = memberships.find_staff(user)
    if staff is None:
        raise NotFound("no membership")
    g.staff = staff
    code = g.pop("outlet_code", None)
    if code is not None:
        g.outlet = memberships.get_outlet(staff, code)
    return None


def _forget(response: Response) -> Response:
    """The camera scans, only here."""
    return staff_door.no_trace(response, camera=True)


def _take_outlet(endpoint: str | None, values: dict[str, Any] | None) -> None:
    if values and "outlet" in values:
        g.outlet_code = values.pop("outlet")


def _give_outlet(endpoint: str, values: dict[str, Any]) -> None:
    if "outlet" in g and current_app.url_map.is_endpoint_expecting(endpoint, "outlet"):
        values.setdefault("outlet", here().code)
