"""The post: a letter goes out by SMTP or, without a server, into a folder that /dev/mail reads.

A letter carries a fixed Message-ID made from its job, so that a job run twice is one letter to the reader.
"""

import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Letter:
    """What a person receives. key: the job that sends it, unique; at: when it was sent."""

    to: str
    subject: str
    text: str
    html: str
    key: str
    at: datetime


class Mailer(Protocol):
    """Something that delivers letters; raises OSError or smtplib.SMTPException to be tried again."""

    def send(self, letter: Letter) -> None:
        """Deliver, or raise."""


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """``smtp://user:password@host:587`` (STARTTLS where offered) or ``smtps://…:465``."""

    url: str
    sender: str

    def send(self, letter: Letter) -> None:
        """Deliver through the server."""
        where = urlsplit(self.url)
        host = where.hostname or "localhost"
        context = ssl.create_default_context()
        if where.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, where.port or 465, timeout=15, context=context)
        else:
            server = smtplib.SMTP(host, where.port or 25, timeout=15)
        with server:
            if where.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=context)
            if where.username:
                server.login(unquote(where.username), unquote(where.password or ""))
            server.send_message(_message(letter, self.sender))


@dataclass(frozen=True, slots=True)
class FolderMailer:
    """Each letter is one ``.eml`` file, named by its key: sent again, it is the same file."""

    folder: Path
    sender: str

    def send(self, letter: Letter) -> None:
        """Write the file beside, then move it into place."""
        self.folder.mkdir(parents=True, exist_ok=True)
        target = self.folder / f"{letter.key.replace(':', '-')}.eml"
        beside = target.with_suffix(".part")
        beside.write_bytes(bytes(_message(letter, self.sender)))
        beside.replace(target)


def _message(letter: Letter, sender: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.at)
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    message["Message-ID"] = f"<{letter.key.replace(':', '.')}@{domain}>"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message
