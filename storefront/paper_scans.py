"""The paper of a decision, as a PDF or a photograph: kept for officers, shown to nobody else.

A photograph is drawn again like every picture. A PDF is kept as it came: only its beginning, its weight and its number
of pages are looked at, so it is only ever sent as a file to save, never shown by our own pages.
"""

import re
import secrets

from flask import Response, send_from_directory
from werkzeug.datastructures import FileStorage

from catalog.errors import Invalid, NotFound
from storefront import uploads
from storefront.outside import settings

MOST_BYTES = 10 * 1024 * 1024
MOST_PAGES = 60
POLICY = "default-src 'none'; sandbox"
_NAME = re.compile(r"^[0-9a-f]{32}\.(pdf|webp)$")
_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
_ACTIVE = re.compile(rb"/JavaScript\b|/Launch\b|/EmbeddedFile\b|/RichMedia\b")


def keep(upload: FileStorage | None) -> str:
    """Take the paper in. Returns the name it is kept under, which nobody can guess.

    Raises Invalid("scan", …): ``required``, ``too_heavy`` (``most`` bytes), ``pages`` (``most``), ``active`` for a PDF
    that would do something, ``broken_pdf`` for one that is cut off, or what ``uploads.read_picture`` says of a picture.
    """
    head = upload.stream.read(1024) if upload else b""
    if not head or upload is None:
        raise Invalid("scan", "required")
    upload.stream.seek(0)
    if b"%PDF-" not in head:
        try:
            return uploads.keep(uploads.read_picture(upload))
        except Invalid as wrong:
            raise Invalid("scan", wrong.reason, **wrong.facts) from None
    data = upload.stream.read(MOST_BYTES + 1)
    _check(data)
    name = f"{secrets.token_hex(16)}.pdf"
    folder = settings().uploads_folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    return name


def send(name: str, *, as_name: str) -> Response:
    """A kept paper to save, under a telling name without its ending; the caller has made sure who asks. Raises NotFound."""
    folder = settings().uploads_folder.resolve()
    if not _NAME.match(name) or not (folder / name).is_file():
        raise NotFound(name)
    kind = name.rpartition(".")[2]
    mimetype = {"pdf": "application/pdf", "webp": "image/webp"}[kind]
    answer = send_from_directory(
        folder, name, mimetype=mimetype, as_attachment=True, download_name=f"{as_name}.{kind}"
    )  # fmt: skip
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _check(data: bytes) -> None:
    if len(data) > MOST_BYTES:
        raise Invalid("scan", "too_heavy", most=MOST_BYTES)
    if not data.lstrip().startswith(b"%PDF-") or b"%%EOF" not in data[-2048:]:
        raise Invalid("scan", "broken_pdf")
    if len(_PAGE.findall(data)) > MOST_PAGES:
        raise Invalid("scan", "pages", most=MOST_PAGES)
    if _ACTIVE.search(data):
        raise Invalid("scan", "active")
