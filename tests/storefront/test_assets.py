"""Static files: kept for a year under the address with their hash, and small on the wire."""

import gzip
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from storefront.assets import static_url

STATIC = Path(__file__).resolve().parents[2] / "static"
CSS = "/static/css/app.css"

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def fetch(app: Flask, path: str, **headers: str) -> tuple[TestResponse, bytes]:
    """The answer, read to its end and closed."""
    with app.test_client().get(path, headers={n.replace("_", "-"): v for n, v in headers.items()}) as answer:
        return answer, answer.get_data()


def test_an_address_with_a_hash_may_be_kept_for_a_year(app: Flask) -> None:
    with app.test_request_context():
        address = static_url("css/app.css")
    assert fetch(app, address)[0].headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert fetch(app, CSS)[0].headers["Cache-Control"] == "public, max-age=3600"


def test_the_style_sheet_goes_out_gzipped_to_who_takes_it(app: Flask) -> None:
    answer, body = fetch(app, CSS, Accept_Encoding="br, gzip")
    assert (answer.status_code, answer.content_encoding) == (200, "gzip")
    assert "accept-encoding" in answer.vary
    assert int(answer.headers["Content-Length"]) == len(body) < (STATIC / "css/app.css").stat().st_size / 3
    assert gzip.decompress(body) == (STATIC / "css/app.css").read_bytes()


def test_who_takes_no_gzip_gets_the_plain_file(app: Flask) -> None:
    for headers in ({}, {"Accept_Encoding": "gzip;q=0"}):
        answer, body = fetch(app, CSS, **headers)
        assert answer.content_encoding is None
        assert body == (STATIC / "css/app.css").read_bytes()


def test_a_font_is_left_as_it_is(app: Flask) -> None:
    answer, body = fetch(app, "/static/fonts/be-vietnam-pro-400.woff2", Accept_Encoding="gzip")
    assert answer.content_encoding is None
    assert body == (STATIC / "fonts/be-vietnam-pro-400.woff2").read_bytes()


def test_an_unchanged_file_is_not_sent_again(app: Flask) -> None:
    etag = fetch(app, CSS, Accept_Encoding="gzip")[0].headers["ETag"]
    answer, body = fetch(app, CSS, Accept_Encoding="gzip", If_None_Match=etag)
    assert (answer.status_code, body) == (304, b"")
