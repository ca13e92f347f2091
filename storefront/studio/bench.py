"""Where a maker stands: who they are, for which producer, and the guard that let them in.

``guard`` runs before every view of the face. Views ask ``me()`` and ``here()`` and do what a form asks for through
``once``. An address ``/nha-san-xuat/<producer>/…`` exists only for that producer's members.
"""

from collections.abc import Callable
from typing import Any, cast

from flask import Blueprint, Response, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from catalog import makers, people
from catalog.errors import NotFound
from catalog.makers import Maker
from catalog.producers import Producer
from storefront import deeds, demo_village, staff_door
from storefront.outside import settings

OPEN = frozenset({"studio.applications.new", "studio.applications.show", "studio.invitations.show"})
"""The only addresses that nobody needs to be a member for."""


def guard(bp: Blueprint) -> None:
    """Let in only members, to their producers."""
    bp.before_request(_let_in)
    bp.after_request(staff_door.no_trace)
    bp.url_value_preprocessor(_take_producer)
    bp.url_defaults(_give_producer)
    bp.context_processor(lambda: {"me": g.get("maker"), "here": g.get("producer"), "new_key": deeds.new_key})


def me() -> Maker:
    """Who is asking, as of this request."""
    return cast(Maker, g.maker)


def here() -> Producer:
    """The producer of this address."""
    return cast(Producer, g.producer)


def once(key: str, deed: Callable[[], str]) -> Response:
    """``deeds.once`` by whoever is asking."""
    return deeds.once(key, deed, actor=me().actor)


def _let_in() -> ResponseReturnValue | None:
    if request.endpoint in OPEN:
        return None
    user = people.find_user(current_user.id) if current_user.is_authenticated else None
    if user is None:
        asked = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("account.sign_in", next=asked), 303)
    maker = makers.find_maker(user)
    if maker is None or (user.email in demo_village.MAKER_EMAILS and not settings().demo):
        raise NotFound("no producer")
    g.maker = maker
    code = g.pop("producer_code", None)
    if code is not None:
        g.producer = makers.get_producer(maker, code)
    return None


def _take_producer(endpoint: str | None, values: dict[str, Any] | None) -> None:
    if values and "producer" in values:
        g.producer_code = values.pop("producer")


def _give_producer(endpoint: str, values: dict[str, Any]) -> None:
    if "producer" in g and current_app.url_map.is_endpoint_expecting(endpoint, "producer"):
        values.setdefault("producer", here().code)
