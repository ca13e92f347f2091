"""What the log of the shop never holds: secrets of orders, passwords, people."""

import traceback
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import text
from structlog.testing import capture_logs

from catalog.db import db
from tests.pages import PageClient
from tests.storefront.shop.buying import add, delivered, orders_of
from tests.world import World, changing


@pytest.fixture
def written(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], str]]:
    """All that is logged from now on, by the shop and by what it is built of; errors with their causes."""
    caplog.set_level("DEBUG")
    with capture_logs() as entries:

        def everything() -> str:
            errors = (entry["exc_info"] for entry in entries if "exc_info" in entry)
            return "\n".join(
                [caplog.text, *map(str, entries), *("".join(traceback.format_exception(e)) for e in errors)]
            )

        yield everything


def test_an_order_leaves_no_secret_in_the_log(
    app: Flask, client: PageClient, world: World, written: Callable[[], str]
) -> None:
    add(client, app, world.honey)
    client.post("/thanh-toan", delivered(client, email="lan@example.com", note="cổng xanh"))
    (order,) = orders_of(app)
    client.get(f"/don-hang/{order.token}")
    client.post(f"/don-hang/{order.token}/huy", {})
    client.post("/tai-khoan/dang-nhap", {"email": "lan@example.com", "password": "mot-cau-de-nho"}, status=422)
    log = written()
    assert "/don-hang/<token>/huy" in log
    for secret in (
        order.token,
        order.submit_token,
        order.phone,
        order.name,
        order.note,
        "lan@example.com",
        "mot-cau-de-nho",
    ):
        assert secret not in log


def test_an_error_of_the_database_leaves_none_either(
    app: Flask, client: PageClient, written: Callable[[], str]
) -> None:
    data = {"csrf_token": client.token(), "name": "Lan", "email": "lan@example.com", "password": "mot-cau-de-nho"}
    with changing(app):
        db.session.execute(text("ALTER TABLE users RENAME TO users_away"))
    try:
        client.post("/tai-khoan/dang-ky", data, status=500)
        client.post("/tai-khoan/dang-nhap", data, status=500)
    finally:
        with changing(app):
            db.session.execute(text("ALTER TABLE users_away RENAME TO users"))
    log = written()
    assert log.count("'event': 'unexpected'") == 2
    assert "lan@example.com" not in log
    assert "mot-cau-de-nho" not in log
