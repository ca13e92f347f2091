"""The shop with three more addresses: the same server's "hello", and pages of given bytes from memory."""

from flask import Response, request

from config import Settings
from storefront import create_app, logs

logs.configure(level=40)
app = create_app(Settings.from_environment())
_pages: dict[str, bytes] = {}


@app.get("/bench/hello")
def hello() -> str:
    """As little as a page can be."""
    return "hello"


@app.get("/bench/bytes/<name>")
def same_bytes(name: str) -> Response:
    """The bytes of one of our pages, rendered once and then served from memory."""
    if name not in _pages:
        _pages[name] = app.test_client().get(request.args["path"]).get_data()
    return Response(_pages[name], mimetype="text/html")
