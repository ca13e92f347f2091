"""Pictures that people send: taken in as pixels, never as files.

What arrives is decoded and drawn again, so nothing of the file itself (its metadata, where it was taken, what hides
behind the picture) is kept. A picture has a random name and is shown only by a view that asks who may see it.
"""

import secrets
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Flask, Response, request, send_from_directory
from PIL import Image, ImageOps, UnidentifiedImageError
from werkzeug.datastructures import FileStorage

from catalog.errors import Invalid, NotFound
from storefront.outside import settings

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_BYTES = 8 * 1024 * 1024
MOST_PIXELS = 40_000_000
EDGE = 2000
"""Longest side of what is kept, in pixels: enough to read a label."""
_ROOM = 2 * MOST_BYTES
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
    """The picture, upright, without metadata, as WebP.

    Raises Invalid("picture", …): ``required``, ``too_heavy``, ``too_large`` (pixels), ``kind``.
    """
    data = upload.stream.read(MOST_BYTES + 1) if upload else b""
    if not data:
        raise Invalid("picture", "required")
    if len(data) > MOST_BYTES:
        raise Invalid("picture", "too_heavy", most=MOST_BYTES)
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise Invalid("picture", "too_large", most=MOST_PIXELS)
            picture.draft("RGB", (EDGE, EDGE))  # a JPEG is decoded small in the first place
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Invalid("picture", "too_large", most=MOST_PIXELS) from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        raise Invalid("picture", "kind") from None
    upright.thumbnail((EDGE, EDGE))
    drawn = Image.new("RGB", upright.size)
    drawn.paste(upright)
    out = BytesIO()
    drawn.save(out, "WEBP", quality=82)
    return out.getvalue()


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
