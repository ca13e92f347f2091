"""Finished pages, kept for a moment: most visitors read the same few, and rendering is most of a page's cost.

A page is kept under its address, the visitor's place and the catalogue's sequence, until the clock's next tick of
``PAGE_SECONDS``. So a revoked certificate is gone with the next request, one that ends at midnight is gone at
midnight (the day is part of the key), and only numbers of units may be seconds old; the cart reads them afresh. What belongs to one
visitor (the cart's badge, the form token) is set into the kept bytes for each.
"""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import ParamSpec, cast

from cachelib import RedisCache, SimpleCache
from cachelib.base import BaseCache
from flask import Flask, Response, current_app, g, request, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from redis import RedisError

from catalog import sequence
from catalog.clock import vietnam_day
from config import Settings
from storefront import age, sharing, visitor
from storefront.i18n import language
from storefront.logs import log
from storefront.outside import outside, settings

MOST_PAGES = 400
BADGE_HOLE = "<!--cart-of-this-visitor-->"

P = ParamSpec("P")


def install(app: Flask) -> None:
    """Bind the store and the two values that differ between visitors."""
    chosen: Settings = app.extensions["settings"]
    store: BaseCache = SimpleCache(threshold=MOST_PAGES, default_timeout=chosen.page_seconds)
    if chosen.redis_url:
        client = sharing.connect(chosen.redis_url)
        store = RedisCache(host=client, default_timeout=chosen.page_seconds, key_prefix="page:")
    app.extensions["pages"] = store
    # nobody can write it into an address, from where a page would repeat it: every process finds the same one
    app.extensions["token hole"] = f"~{hashlib.sha256(f'token hole {chosen.secret_key}'.encode()).hexdigest()[:32]}~"
    app.jinja_env.globals.update(csrf_token=csrf_token, cart_badge=cart_badge)
    # the forms' extension offers its own by a context processor, which would win over a global
    app.context_processor(lambda: {"csrf_token": csrf_token})


def csrf_token() -> str:
    """This visitor's form token, or its place in a page that is going to be kept."""
    return str(current_app.extensions["token hole"]) if g.get("keeping") else generate_csrf()


def cart_badge() -> Markup:
    """The number in the cart, or its place in a page that is going to be kept."""
    if g.get("keeping"):
        return Markup(BADGE_HOLE)
    count = session.get("cart_count", 0)
    if not count:
        return Markup("")
    return Markup('<span class="cart-count">{}<span class="unseen"> {}</span></span>').format(count, _("món"))


def kept(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """For a view whose page is the same for everybody at one place. A notice to one visitor is never kept."""

    @wraps(view)
    def answer(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        seconds = settings().page_seconds
        if not seconds or request.method != "GET" or "_flashes" in session or len(request.query_string) > 300:
            return view(*args, **kwargs)
        store = cast(BaseCache, current_app.extensions["pages"])
        key = _key(int(outside().now().timestamp()) // seconds)
        page = _look(store, key)
        if page is None:
            g.keeping = True
            try:
                rendered = view(*args, **kwargs)
            finally:
                g.keeping = False
            if not isinstance(rendered, str):
                return rendered
            page = rendered.encode()
            if not g.get("csrf_token"):  # a page that made a token of its own is nobody else's
                _keep(store, key, page)
        return Response(_filled(page), mimetype="text/html")

    return answer


def _look(store: BaseCache, key: str) -> bytes | None:
    try:
        return cast("bytes | None", store.get(key))
    except RedisError as error:
        log.warning("no kept pages", error=type(error).__name__)
        return None


def _keep(store: BaseCache, key: str, page: bytes) -> None:
    with suppress(RedisError):
        store.set(key, page)


def _filled(page: bytes) -> bytes:
    hole = current_app.extensions["token hole"].encode()
    if hole in page:
        page = page.replace(hole, generate_csrf().encode())
    return page.replace(BADGE_HOLE.encode(), cart_badge().encode())


def _key(tick: int) -> str:
    swapped = str("HX-Request" in request.headers)
    day = vietnam_day(outside().now()).isoformat()  # midnight ends certificates, wherever in a tick it falls
    parts = (
        request.full_path,
        request.host_url,
        swapped,
        visitor.place().code,
        str(visitor.is_known()),
        language(),
        day,
        str(age.shows_alcohol()),
    )
    address = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
    return f"{sequence.current()}:{tick}:{address}"
