"""The visitor's language follows from the address."""

import pytest
from flask import Flask

from storefront.i18n import language
from tests.pages import PageClient
from tests.world import World


@pytest.mark.parametrize(
    ("path", "lang"),
    [("/", "vi"), ("/san-pham", "vi"), ("/en", "en"), ("/en/", "en"), ("/en/products", "en"), ("/english", "vi")],
)
def test_an_address_under_en_speaks_english(app: Flask, path: str, lang: str) -> None:
    with app.test_request_context(path, headers={"Accept-Language": "de"}):
        assert language() == lang


def test_pages_say_their_language(client: PageClient, world: World) -> None:
    assert client.get("/").one("html").get("lang") == "vi"
