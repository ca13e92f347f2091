"""Letters of this machine, readable in the browser where no mail server is set. Never part of production."""

from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from pathlib import Path

from flask import Blueprint, Response, abort, render_template

from storefront.mail import FolderMailer
from storefront.outside import outside

bp = Blueprint("dev", __name__, url_prefix="/dev")


@dataclass(frozen=True, slots=True)
class LetterView:
    """One letter of the folder. name: its file's, without ending."""

    name: str
    to: str
    subject: str
    sent_at: datetime
    text: str


@bp.get("/mail")
def mail() -> str:
    """All letters, the newest first."""
    letters = sorted((_view(path) for path in _folder().glob("*.eml")), key=lambda letter: letter.sent_at, reverse=True)
    return render_template("dev/mail.html", letters=letters, letter=None)


@bp.get("/mail/<name>")
def letter(name: str) -> str:
    """One letter in its plain form, beside the list."""
    return render_template("dev/mail.html", letters=(), letter=_view(_path(name)))


@bp.get("/mail/<name>/html")
def letter_html(name: str) -> Response:
    """The letter as a mail program draws it: inline styles are allowed to this answer alone, scripts are not."""
    body = _read(_path(name)).get_body(("html",))
    if body is None:
        abort(404)
    response = Response(body.get_content(), mimetype="text/html")
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; sandbox"
    )
    return response


def _folder() -> Path:
    mailer = outside().mailer
    if not isinstance(mailer, FolderMailer):
        abort(404)
    return mailer.folder


def _path(name: str) -> Path:
    path = next((path for path in _folder().glob("*.eml") if path.stem == name), None)
    return path if path is not None else abort(404)


def _read(path: Path) -> EmailMessage:
    return BytesParser(EmailMessage, policy=policy.default).parsebytes(path.read_bytes())


def _view(path: Path) -> LetterView:
    message = _read(path)
    body = message.get_body(("plain",))
    return LetterView(
        name=path.stem,
        to=message["To"],
        subject=message["Subject"],
        sent_at=parsedate_to_datetime(message["Date"]),
        text=body.get_content() if body else "",
    )
