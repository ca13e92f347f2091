"""Who may reach which address: every endpoint, asked by somebody nobody knows."""

import pytest
from flask import Flask

from tests.pages import PageClient
from tests.world import World, certificate_of, changing

ANONYMOUS: dict[tuple[str, str], int] = {
    ("GET", "shop.home.show"): 200,
    ("GET", "shop.products.index"): 200,
    ("GET", "shop.products.group"): 200,
    ("GET", "shop.products.show"): 200,
    ("POST", "shop.products.enquire"): 422,
    ("GET", "shop.search.show"): 200,
    ("GET", "shop.search.suggest"): 200,
    ("GET", "shop.producers.index"): 200,
    ("GET", "shop.producers.show"): 200,
    ("GET", "shop.communes.show"): 200,
    ("GET", "shop.outlets.index"): 200,
    ("GET", "shop.outlets.show"): 200,
    ("GET", "shop.certificates.find"): 200,
    ("GET", "shop.certificates.show"): 200,
    ("GET", "shop.traces.index"): 200,
    ("GET", "shop.traces.show"): 404,  # nobody has published one
    ("GET", "shop.traces.link"): 404,
    ("GET", "shop.fairs.index"): 200,
    ("GET", "shop.fairs.show"): 404,  # there is none yet
    ("GET", "shop.fairs.calendar"): 200,
    ("GET", "shop.pages.show"): 200,
    ("GET", "shop.robots.robots"): 200,
    ("GET", "shop.robots.sitemap"): 200,
    ("GET", "shop.age.show"): 404,  # this shop sells no alcohol
    ("POST", "shop.age.answer"): 404,
    ("GET", "shop.cart.show"): 200,
    ("POST", "shop.cart.add"): 422,
    ("POST", "shop.cart.change"): 303,  # there is no cart yet
    ("POST", "shop.cart.remove"): 303,
    ("GET", "shop.checkout.show"): 302,  # nothing to check out
    ("POST", "shop.checkout.place"): 303,
    ("GET", "shop.checkout.communes"): 200,
    ("GET", "shop.orders.find"): 200,
    ("POST", "shop.orders.find"): 422,
    ("GET", "shop.orders.show"): 404,
    ("POST", "shop.orders.cancel"): 404,
    ("GET", "shop.orders.qr"): 404,
    ("GET", "shop.reviews.index"): 200,
    ("GET", "shop.reviews.write"): 404,
    ("POST", "shop.reviews.write"): 404,
    ("POST", "shop.reviews.withdraw"): 404,
    ("GET", "account.show"): 302,
    ("GET", "account.sign_in"): 200,
    ("POST", "account.sign_in"): 422,
    ("GET", "account.register"): 200,
    ("POST", "account.register"): 422,
    ("POST", "account.sign_out"): 303,
    ("GET", "health.healthz"): 200,
    ("GET", "health.readyz"): 503,  # no index, no worker
    ("GET", "photo"): 404,
    ("GET", "static"): 200,
    ("GET", "dev.mail"): 404,  # the test's mailer keeps no folder
    ("GET", "dev.letter"): 404,
    ("GET", "dev.letter_html"): 404,
}


def addresses(app: Flask, world: World) -> dict[str, str]:
    """An address that exists for every endpoint that takes a value; a made-up one where only a secret opens it."""
    with changing(app):
        number = certificate_of(world.honey).slug
    values = {
        "shop.products.group": {"slug": "thuc-pham"},
        "shop.products.show": {"slug": "mat-ong-rung"},
        "shop.products.enquire": {"slug": "mot-ngay-o-lang-rau"},
        "shop.producers.show": {"slug": world.household.slug},
        "shop.communes.show": {"slug": "tra-my"},
        "shop.outlets.show": {"slug": "diem-ban-t01"},
        "shop.certificates.show": {"number": number},
        "shop.traces.show": {"code": "7K3M9QXW4"},
        "shop.traces.link": {"gtin": "08930000000019"},
        "shop.pages.show": {"slug": "gioi-thieu"},
        "shop.fairs.show": {"slug": "chua-co"},
        "shop.orders.show": {"token": "x" * 43},
        "shop.orders.cancel": {"token": "x" * 43},
        "shop.orders.qr": {"token": "x" * 43},
        "shop.reviews.index": {"slug": "mat-ong-rung"},
        "shop.reviews.write": {"token": "x" * 43, "position": 1},
        "shop.reviews.withdraw": {"token": "x" * 43, "position": 1},
        "photo": {"name": "khong-co-400.webp"},
        "static": {"filename": "css/app.css"},
        "dev.letter": {"name": "khong-co"},
        "dev.letter_html": {"name": "khong-co"},
    }
    bound = app.url_map.bind("localhost")
    return {endpoint: bound.build(endpoint, values.get(endpoint, {})) for _, endpoint in ANONYMOUS}


def test_the_table_names_every_endpoint(shared_app: Flask) -> None:
    existing = {
        (method, rule.endpoint)
        for rule in shared_app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if not rule.endpoint.startswith(
            ("counter.", "studio.", "office.")
        )  # each of those is asked as everybody elsewhere
    }
    assert set(ANONYMOUS) == existing


def test_somebody_nobody_knows_gets_what_the_table_says(app: Flask, client: PageClient, world: World) -> None:
    token = client.token()
    paths = addresses(app, world)
    answered = {}
    for method, endpoint in ANONYMOUS:
        data = {"csrf_token": token} if method == "POST" else None
        browser = PageClient(app).raw if method == "GET" else client.raw
        with browser.open(paths[endpoint], method=method, data=data) as response:
            answered[method, endpoint] = response.status_code
    assert answered == ANONYMOUS


def test_a_verb_that_changes_something_is_never_a_get(shared_app: Flask) -> None:
    verbs = {"add", "change", "remove", "place", "cancel", "sign_out", "enquire"}
    for rule in shared_app.url_map.iter_rules():
        if rule.endpoint.startswith(("shop.", "account.")) and rule.endpoint.split(".")[-1] in verbs:
            assert "GET" not in (rule.methods or set()), rule.endpoint


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_verbs_nobody_uses_are_refused(client: PageClient, world: World, method: str) -> None:
    token = client.token()
    headers = {"X-CSRFToken": token}
    for path in ("/", "/san-pham/mat-ong-rung", "/gio-hang", "/thanh-toan"):
        assert client.raw.open(path, method=method, headers=headers).status_code == 405
