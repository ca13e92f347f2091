"""Pictures that staff send of what they see: a broken jar, a paper. Not for pages of the shop.

A picture has a random name and is shown only by a view that asks who may see it.
"""

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, Response, request, send_from_directory
from werkzeug.datastructures import FileStorage

from catalog.errors import NotFound
from storefront import pictures
from storefront.outside import settings

MOST_BYTES = 8 * 1024 * 1024
EDGE = 2000
"""Longest side of what is kept, in pixels: enough to read a label."""
_ANY_SHAPE = 10**6
MOST_AT_ONCE = 4
"""Pictures that one form may carry."""
_ROOM = MOST_AT_ONCE * pictures.MOST_BYTES
"""What a request may weigh before nobody reads it; below, a picture that is too heavy is told so beside its field."""


def takes_pictures(view: Callable[..., Any]) -> Callable[..., Any]:
    """Marks a view whose form may carry a picture."""
    view.takes_pictures = True  # type: ignore[attr-defined]
    return view


def make_room(app: Flask) -> None:
    """Let the forms of such views be larger than others; call it before anything reads a form."""

    @app.before_request
    def allow() -> None:
        view = app.view_functions.get(request.endpoint or "")
        if getattr(view, "takes_pictures", False):
            request.max_content_length = _ROOM


def read_picture(upload: FileStorage | None) -> bytes:
    """The picture, upright, without metadata, as WebP. Raises Invalid("picture", …) as ``pictures.read`` does."""
    drawn = pictures.read(upload, most_bytes=MOST_BYTES, edge=EDGE, least=1, shape=_ANY_SHAPE)
    return pictures.encoded(drawn, "webp")


def keep(picture: bytes) -> str:
    """Store what ``read_picture`` made. Returns its name, which nobody can guess."""
    name = f"{secrets.token_hex(16)}.webp"
    folder = settings().uploads_folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(picture)
    return name


def forget(name: str) -> None:
    """Remove a picture that nothing refers to."""
    _file(name).unlink(missing_ok=True)


def show(name: str) -> Response:
    """A kept picture as an answer; the caller has made sure that this person may see it. Raises NotFound."""
    if not name or not _file(name).is_file():
        raise NotFound(name)
    return send_from_directory(settings().uploads_folder.resolve(), name, mimetype="image/webp")


def _file(name: str) -> Path:
    return settings().uploads_folder / name
