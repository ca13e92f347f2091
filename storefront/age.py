"""Alcohol is for adults: until a visitor has said that they are 18, alcoholic products do not exist for them.

Law 44/2019/QH14, article 16: who sells alcohol online keeps those under 18 from reaching it, searching for it and
buying it. Only that somebody said so is kept, in their session and for a day; nobody asks for a birthday or a paper.
Front page, sitemap, suggestions and what else is put before people unasked never show alcohol, whatever was said.
"""

from datetime import datetime, timedelta

from flask import redirect, request, session, url_for
from werkzeug.wrappers import Response

from catalog.columns import Columns
from storefront.outside import outside, settings

LASTS = timedelta(days=1)
"""A phone goes from hand to hand in a family."""
_KEY = "of_age"


def state() -> None:
    """This visitor says that they are 18 or older."""
    session[_KEY] = outside().now().isoformat()


def take_back() -> None:
    """They are not, or do not say."""
    session.pop(_KEY, None)


def shows_alcohol() -> bool:
    """Whether this visitor is shown alcoholic products where they look for them."""
    return settings().alcohol and _stated()


def hides_alcohol() -> bool:
    """Whether the shop sells alcohol and this visitor has not said that they are old enough."""
    return settings().alcohol and not _stated()


def columns() -> Columns:
    """What lists and searches of this visitor are made of."""
    keeper = outside().cellar if shows_alcohol() else outside().columns
    return keeper.current(at=outside().now())


def gate(back: str | None = None) -> Response:
    """To the question, and from there back to this address."""
    return redirect(url_for("shop.age.show", next=back or request.full_path.rstrip("?")), 302)


def _stated() -> bool:
    said = session.get(_KEY)
    if said is None:
        return False
    return timedelta(0) <= outside().now() - datetime.fromisoformat(said) < LASTS
