"""With REDIS_URL the limits and the kept pages are shared by every process; without Redis answering, pages still are."""

import os
from pathlib import Path

import pytest
from redis import Redis

from config import Settings
from storefront import create_app, migrating
from storefront.mail import FolderMailer
from storefront.outside import Outside


def _settings(folder: Path, redis_url: str) -> Settings:
    settings = Settings(environment="test", var=folder, redis_url=redis_url, demo=True)
    migrating.upgrade(settings.sqlalchemy_url)
    return settings


@pytest.fixture
def redis_url() -> str:
    url = os.environ["SHOP_TESTS_REDIS"]
    Redis.from_url(url.replace("redis+unix:", "unix:")).flushall()
    return url


def test_two_processes_share_kept_pages_and_limits(tmp_path: Path, redis_url: str) -> None:
    settings = _settings(tmp_path, redis_url)
    one, other = create_app(settings), create_app(settings)
    at = one.extensions["outside"].now()
    for app in (one, other):
        real = app.extensions["outside"]
        assert isinstance(real.mailer, FolderMailer)
        app.extensions["outside"] = Outside(lambda: at, real.mailer, real.index, real.columns)

    assert one.test_client().get("/thong-tin/gioi-thieu").status_code == 200
    assert one.test_client().get("/").status_code == 200
    kept = Redis.from_url(redis_url.replace("redis+unix:", "unix:")).keys("page:*")
    assert len(kept) == 1
    one.extensions["pages"].set(kept[0].decode().removeprefix("page:"), b"<title>from the other process</title>")
    assert b"from the other process" in other.test_client().get("/").data

    clients = [one.test_client(), other.test_client()]
    statuses = [clients[n % 2].get("/tim-kiem/goi-y?q=a").status_code for n in range(242)]
    assert statuses.count(200) == 240
    assert statuses[-2:] == [429, 429]


def test_a_shop_whose_redis_is_away_still_serves_pages(tmp_path: Path) -> None:
    app = create_app(_settings(tmp_path, "redis://127.0.0.1:1/0"))
    assert app.test_client().get("/").status_code == 200
    assert app.test_client().get("/tim-kiem?q=mat").status_code == 200
