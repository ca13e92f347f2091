"""Forms that act once: each carries a key, and sent a second time only leads to where it led before."""

import re
from collections.abc import Callable
from typing import cast
from uuid import uuid4

from flask import Response, abort, redirect, request
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, ValidationError

from catalog import submissions
from catalog.db import transaction
from storefront.outside import outside

_KEY = re.compile(r"^[0-9a-zA-Z-]{8,64}$")


def once(key: str, deed: Callable[[], str], *, actor: str) -> Response:
    """Do what a form asks for and go to the address that ``deed`` returns; sent again, the form only goes there.

    key: of the form.    deed: runs inside the transaction; what it raises undoes everything and frees the key.
    """
    now = outside().now()
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


class KeyedForm(FlaskForm):
    """A form whose key makes sending it twice harmless."""

    key = HiddenField(default=new_key)

    def validate_key(self, field: HiddenField) -> None:
        if not _KEY.match(field.data or ""):
            raise ValidationError(_("Trang này đã cũ, hãy tải lại rồi gửi lần nữa"))
