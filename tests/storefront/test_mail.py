"""One contract for both mailers: the letter that arrives is the letter that was sent, and twice sent is one letter."""

from collections.abc import Callable, Iterator
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from storefront.mail import FolderMailer, Letter, Mailer, SmtpMailer
from tests.browser import free_port
from tests.world import MONDAY_NINE

LETTER = Letter(
    to="hanh@example.org",
    subject="Đơn QN-7K3M9Q: đã nhận đơn",
    text="Cảm ơn bạn. Mật ong dú Kỳ Tân × 2.",
    html="<p>Cảm ơn bạn. <b>Mật ong dú Kỳ Tân</b> × 2.</p>",
    key="mail.order_placed:QN-7K3M9Q",
    at=MONDAY_NINE,
)
Arrived = Callable[[], list[EmailMessage]]


class _Inbox:
    def __init__(self) -> None:
        self.received: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.received.append(envelope.content)
        return "250 OK"


def _read(raw: bytes) -> EmailMessage:
    return BytesParser(EmailMessage, policy=policy.default).parsebytes(raw)


@pytest.fixture(params=["folder", "smtp"])
def post(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Mailer, Arrived]]:
    if request.param == "folder":
        folder = tmp_path / "mail"
        mailer = FolderMailer(folder, "OCOP Quảng Nam <shop@example.org>")
        yield mailer, lambda: [_read(path.read_bytes()) for path in sorted(folder.glob("*"))]
        return
    inbox = _Inbox()
    port = free_port()
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield (
        SmtpMailer(f"smtp://127.0.0.1:{port}", "OCOP Quảng Nam <shop@example.org>"),
        lambda: [_read(raw) for raw in inbox.received],
    )
    controller.stop()


def test_a_letter_arrives_as_it_was_sent(post: tuple[Mailer, Arrived]) -> None:
    mailer, arrived = post
    mailer.send(LETTER)
    (message,) = arrived()
    assert message["To"] == "hanh@example.org"
    assert message["From"] == "OCOP Quảng Nam <shop@example.org>"
    assert message["Subject"] == LETTER.subject
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().strip() == LETTER.text
    assert html.get_content().strip() == LETTER.html


def test_a_letter_sent_twice_has_one_message_id(post: tuple[Mailer, Arrived]) -> None:
    mailer, arrived = post
    mailer.send(LETTER)
    mailer.send(LETTER)
    assert {message["Message-ID"] for message in arrived()} == {"<mail.order_placed.QN-7K3M9Q@example.org>"}


def test_a_server_that_is_away_is_an_error_to_be_tried_again() -> None:
    with pytest.raises(OSError, match="refused"):
        SmtpMailer("smtp://127.0.0.1:1", "shop@example.org").send(LETTER)
