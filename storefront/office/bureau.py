"""Where an officer of the programme sits: who they are, and the guard that let them in.

``guard`` runs before every view of the face. Views ask ``me()``, narrow what they read by ``me().within(…)``, and do
what a form asks for through ``once``.
"""

from collections.abc import Callable
from typing import cast

from flask import Blueprint, Response, g
from flask.typing import ResponseReturnValue

from catalog import memberships
from catalog.errors import NotFound
from catalog.memberships import Officer
from storefront import deeds, staff_door


def guard(bp: Blueprint) -> None:
    """Let in only officers who have passed both factors."""
    bp.before_request(_let_in)
    bp.after_request(staff_door.no_trace)
    bp.context_processor(lambda: {"me": g.get("officer"), "new_key": deeds.new_key})


def me() -> Officer:
    """Who is asking, with the communes they serve as of this request."""
    return cast(Officer, g.officer)


def once(key: str, deed: Callable[[], str]) -> Response:
    """``deeds.once`` by whoever is asking."""
    return deeds.once(key, deed, actor=me().actor)


def _let_in() -> ResponseReturnValue | None:
    user = staff_door.inside()
    if user is None:
        return staff_door.lead_to_it()
    officer = memberships.find_officer(user)
    if officer is None:
        raise NotFound("no officer")
    g.officer = officer
    return None
