"""Files the browser keeps: static files under an address with their hash, and pictures of products.

The hash is part of the query, so a changed file is a new address and every answer may be kept for a year.
"""

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, abort, current_app, request, send_from_directory, url_for

from catalog import ladder, products
from catalog.views import Picture
from storefront import pictures

SHRINKABLE = {".css", ".js", ".svg", ".txt"}
YEAR = "public, max-age=31536000, immutable"


def serve(app: Flask) -> None:
    """Bind the picture route, the hashed addresses and the cache headers."""
    app.jinja_env.globals.update(static_url=static_url, photo_url=photo_url, photo_set=photo_set)

    @app.get("/anh/<path:name>")
    def photo(name: str) -> Response:
        named = ladder.FILE.fullmatch(name)
        if named is None:
            abort(404)
        media: Path = current_app.extensions["settings"].media_folder
        if not (media / name).is_file() and products.has_photo(named[1]):
            pictures.publish(named[1])
        response = send_from_directory(media.resolve(), name, mimetype=f"image/{named[3]}")
        response.headers["Cache-Control"] = YEAR
        return response

    @app.after_request
    def keep(response: Response) -> Response:
        if request.endpoint == "static" and response.status_code == 200:
            response.headers["Cache-Control"] = YEAR if "v" in request.args else "public, max-age=3600"
            _shrink(response)
        return response


def static_url(name: str, *, _external: bool = False) -> str:
    """Address of a static file, new whenever the file is."""
    folder = Path(current_app.static_folder or "static")
    return url_for("static", filename=name, v=_digest(folder / name), _external=_external)


def photo_url(picture: Picture, width: int, *, kind: str = "webp", _external: bool = False) -> str:
    """Address of a picture, as wide as asked for or the next wider it has. width: pixels."""
    name = f"{picture.stem}-{picture.ladder.at_least(width)}.{kind}"
    return f"{picture.folder}/{name}" if picture.folder else url_for("photo", name=name, _external=_external)


def photo_set(picture: Picture, most: int, kind: str) -> str:
    """Its files up to ``most`` pixels wide, with their addresses, as in ``<img srcset>``."""
    return ", ".join(f"{photo_url(picture, width, kind=kind)} {width}w" for width in picture.ladder.at_most(most))


def _shrink(response: Response) -> None:
    """Style, scripts and drawings go out gzipped also without nginx in front. Pages do not: they carry tokens."""
    path = Path(current_app.static_folder or "static") / (request.view_args or {})["filename"]
    if path.suffix not in SHRINKABLE:
        return
    response.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"] > 0 and not request.range:
        response.direct_passthrough = False
        response.close()  # the file that Flask has opened is not read any more
        response.set_data(_gzipped(path, path.stat().st_mtime_ns))
        response.content_encoding = "gzip"
        response.headers.pop("Accept-Ranges", None)


@lru_cache
def _gzipped(path: Path, _changed: int) -> bytes:
    return gzip.compress(path.read_bytes(), mtime=0)


@lru_cache
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]
