"""Who may reach which address of the counter: every endpoint × every person → the expected status.

Generated from the URL map, so that a new address cannot be forgotten. An address of an outlet answers its own people
with ``INSIDERS`` and everybody else with ``OUTSIDERS``; what differs for insiders stands in ``EXCEPTIONS``, and nothing
can differ for outsiders. An address that takes a value needs one in ``samples``.

A POST is asked with an empty form, its key empty too: whoever may do the deed is told what is missing (422), others that they may not
(403), and nothing happens.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.routing import Rule

from catalog import history, memberships, people, stocktakes, transfers
from catalog.db import Base, db
from catalog.memberships import Membership, Role
from catalog.transfers import Arrival, DifferenceCause, Transfer, TransferDifference
from checkout.delivery import Collect
from checkout.rules import PaymentMethod
from storefront import uploads
from storefront.outside import outside
from tests.checkout.factories import order_for
from tests.pages import PageClient
from tests.world import MONDAY_NINE, World, changing, make_staff, variant_of

INSIDERS = ("clerk", "manager", "supplier", "officer")
"""Of the quay: its clerk and manager, the manager of the centre that supplies it, an officer."""

OUTSIDERS = {
    "foreign clerk": 404,  # of the hill
    "foreign manager": 404,  # of the hill
    "clerk of the centre": 404,  # which supplies the quay, but only its manager sees that
    "former clerk": 404,  # of the quay, in a browser that was open when they left
    "password only": 303,  # the clerk of the quay, without the second factor
    "customer": 303,
    "nobody": 303,
}

ALL, DAILY, MANAGING, APPROVING, STOPPING = (
    # clerk, manager, supplier, officer
    (200, 200, 200, 200),
    (422, 422, 403, 403),
    (403, 422, 403, 403),
    (403, 422, 422, 422),
    (403, 403, 403, 422),
)
WORKING = (200, 200, 403, 403)
"""The page of a form, shown to whoever may send it."""
GONE = (404, 404, 404, 404)
"""The sample names nothing that exists, so nobody learns anything."""
DEFAULTS = {"GET": ALL, "POST": DAILY}

EXCEPTIONS: dict[tuple[str, str], tuple[int, int, int, int]] = {
    ("GET", "counter.opening.show"): (403, 200, 403, 403),
    ("POST", "counter.opening.check"): MANAGING,
    ("POST", "counter.opening.apply"): MANAGING,
    ("POST", "counter.orders.unlock"): MANAGING,
    ("POST", "counter.orders.give_up"): MANAGING,
    ("GET", "counter.transfers.new"): WORKING,
    ("GET", "counter.transfers.receive"): WORKING,
    ("GET", "counter.stocktakes.new"): WORKING,
    ("GET", "counter.stocktakes.review"): (302, 302, 302, 302),  # it is still being counted
    ("POST", "counter.stocktakes.approve"): APPROVING,
    ("POST", "counter.stocktakes.send_back"): (422, 422, 422, 422),  # who counts and who approves
    ("GET", "counter.replenishment.point"): GONE,  # the quay supplies nobody
    ("POST", "counter.replenishment.draft"): (404, 404, 403, 403),
    ("POST", "counter.replenishment.set_minimum"): MANAGING,
}
"""(method, endpoint) of an outlet's address → what its insiders get, where it is not the default of the method."""

NO_OUTLET: dict[tuple[str, str], dict[str, int]] = {
    # everybody in the order of PERSONS; one number is everybody's
    ("GET", "counter.sign_in.show"): {"": 200},
    ("POST", "counter.sign_in.show"): {"": 422},
    ("GET", "counter.invitations.show"): {"": 404},
    ("POST", "counter.invitations.show"): {"": 404},
    ("GET", "counter.outlets.index"): {"staff": 200, "one outlet": 302},
    ("GET", "counter.recovery_codes.show"): {"staff": 200},
    ("POST", "counter.recovery_codes.show"): {"staff": 422},
    ("GET", "counter.people.index"): {"staff": 404, "officer": 200},
    ("GET", "counter.people.grant"): {"staff": 404, "officer": 200},
    ("POST", "counter.people.grant"): {"staff": 404, "officer": 422},
    ("GET", "counter.people.show"): {"staff": 404, "officer": 200},
    ("POST", "counter.people.renew"): {"staff": 404, "officer": 422},
    ("POST", "counter.people.end"): {"staff": 404, "officer": 422},
}
"""Addresses of no outlet: "" is everybody, "staff" who works somewhere, "one outlet" who sees a single one, or a person."""

PERSONS = (*INSIDERS, *OUTSIDERS)
ONE_OUTLET = {"clerk", "manager", "foreign clerk", "foreign manager", "clerk of the centre"}


def samples(world: World) -> dict[str, Any]:
    """A value for every part of an address. ``room.name`` is one for that room only: a reference of its own documents."""
    membership = db.session.scalars(select(Membership).where(Membership.outlet_id == world.quay.id)).first()
    assert membership is not None
    cash = PaymentMethod.CASH_ON_COLLECTION
    order = order_for((world.honey, 1), destination=Collect(world.quay.id), payment=cash)
    transfer, difference = _transfer(world)
    clerk = memberships.find_staff(make_staff(world.quay))
    assert clerk is not None
    count = stocktakes.start(world.quay, title="Thử", product_ids=[world.lantern.id], by=clerk, at=MONDAY_NINE)
    return {
        "transfers.reference": transfer.reference,
        "transfers.line": difference.line_id,
        "transfers.difference": difference.id,
        "stocktakes.reference": count.reference,
        "stocktakes.line": stocktakes.get_stocktake(world.quay.id, count.reference).lines[0].id,
        "replenishment.point": world.centre.code,
        "replenishment.variant": variant_of(world.honey).id,
        "orders.reference": order.reference,
        "outlet": world.quay.code,
        "token": "x" * 43,
        "user_id": membership.user_id,
        "membership_id": membership.id,
    }


def _transfer(world: World) -> tuple[Transfer, TransferDifference]:
    """From the centre to the quay, half of it there, half still on the way, with the picture of a broken jar."""
    sender, receiver = (memberships.find_staff(make_staff(outlet)) for outlet in (world.centre, world.quay))
    assert sender is not None
    assert receiver is not None
    transfer = transfers.draft(world.centre, world.quay, by=sender, at=MONDAY_NINE)
    transfers.add(transfer, variant_of(world.tea), 4, by=sender, at=MONDAY_NINE)
    transfers.send(transfer, by=sender, at=MONDAY_NINE)
    (line,) = transfers.get_transfer(world.quay.id, transfer.reference).lines
    came = {line.id: Arrival(1, 1, DifferenceCause.BROKEN)}
    transfers.receive(transfer, came, seen=0, by=receiver, at=MONDAY_NINE)
    (difference,) = transfers.get_transfer(world.quay.id, transfer.reference).lines[0].differences
    transfers.show_difference(transfer, difference, uploads.keep(b"a picture"), by=receiver, at=MONDAY_NINE)
    return transfer, difference


@dataclass
class Cast:
    """A browser of each person, with the token of a form in it."""

    browsers: dict[str, PageClient]
    tokens: dict[str, str]
    values: dict[str, Any]


@pytest.fixture
def cast(app: Flask, world: World) -> Cast:
    """Everybody who could come to the quay."""
    with changing(app):
        quay, hill, centre = world.quay, world.hill, world.centre
        former = make_staff(quay)
        customer = people.register("khach@example.org", "một câu đủ dài", name="Khách", phone=None, at=MONDAY_NINE)
        users = {
            "clerk": make_staff(quay),
            "manager": make_staff(quay, Role.MANAGER),
            "supplier": make_staff(centre, Role.MANAGER),
            "officer": make_staff(role=Role.OFFICER),
            "foreign clerk": make_staff(hill),
            "foreign manager": make_staff(hill, Role.MANAGER),
            "clerk of the centre": make_staff(centre),
            "former clerk": former,
            "password only": make_staff(quay),
            "customer": customer,
        }
        keys = {person: user.id for person, user in users.items()}
        ended = db.session.scalars(select(Membership.id).where(Membership.user_id == former.id)).one()
    browsers = {person: _browser(app, person, keys.get(person)) for person in PERSONS}
    tokens = {person: browser.token() for person, browser in browsers.items()}
    assert browsers["former clerk"].raw.get("/quay/D01").status_code == 200
    with changing(app):
        memberships.end(ended, actor="system", at=MONDAY_NINE)
        values = samples(world)
    return Cast(browsers, tokens, values)


def _browser(app: Flask, person: str, user_id: int | None) -> PageClient:
    client = PageClient(app)
    if user_id is not None:
        with app.app_context(), client.raw.session_transaction() as session:
            session["_user_id"], session["_fresh"] = str(user_id), True
            if person not in ("password only", "customer"):
                session["counter"] = [user_id, outside().now().isoformat()]
    return client


def addresses(app: Flask) -> list[tuple[str, Rule]]:
    """(method, rule) of everything under the counter."""
    return sorted(
        (
            (method, rule)
            for rule in app.url_map.iter_rules()
            if rule.endpoint.startswith("counter.")
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        ),
        key=lambda pair: (pair[1].endpoint, pair[0]),
    )


def of_outlet(rule: Rule) -> bool:
    return "outlet" in rule.arguments


def expected(method: str, rule: Rule) -> dict[str, int]:
    """Person → status of one address."""
    if of_outlet(rule):
        inside = EXCEPTIONS.get((method, rule.endpoint), DEFAULTS[method])
        return dict(zip(INSIDERS, inside, strict=True)) | OUTSIDERS
    told = NO_OUTLET[method, rule.endpoint]
    if "" in told:
        return dict.fromkeys(PERSONS, told[""])
    outside_staff = {"former clerk": 404, "password only": 303, "customer": 303, "nobody": 303}
    return {
        person: told.get(person, told.get("one outlet" if person in ONE_OUTLET else "staff", told["staff"]))
        for person in PERSONS
    } | outside_staff


def sample_of(rule: Rule, name: str, cast: Cast) -> str:
    """The key of the sample for a part of this address."""
    own = f"{rule.endpoint.split('.')[1]}.{name}"
    return own if own in cast.values else name


def values_for(rule: Rule, cast: Cast) -> dict[str, Any]:
    """A value for every part of this address."""
    return {name: cast.values[sample_of(rule, name, cast)] for name in rule.arguments}


def ask(app: Flask, cast: Cast, person: str, method: str, rule: Rule) -> int:
    """The status this person gets, of an address with the sample values."""
    values = values_for(rule, cast)
    path = app.url_map.bind("localhost").build(rule.endpoint, values, method=method)
    data = {"csrf_token": cast.tokens[person], "key": ""} if method == "POST" else None
    with cast.browsers[person].raw.open(path, method=method, data=data) as response:
        return int(response.status_code)


def counted(app: Flask) -> dict[str, int]:
    """Rows of every table, but for the attempts to sign in."""
    with app.app_context():
        return {
            table.name: db.session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
            if table.name != "sign_in_attempts"
        }


def test_every_value_of_an_address_has_a_sample(app: Flask, cast: Cast) -> None:
    missing = {
        name: rule.endpoint
        for _, rule in addresses(app)
        for name in rule.arguments
        if sample_of(rule, name, cast) not in cast.values
    }
    assert missing == {}


def test_the_tables_name_only_addresses_that_exist(shared_app: Flask) -> None:
    existing = {(method, rule.endpoint): of_outlet(rule) for method, rule in addresses(shared_app)}
    assert {key for key, outlet in existing.items() if not outlet} == set(NO_OUTLET)
    assert set(EXCEPTIONS) - {key for key, outlet in existing.items() if outlet} == set()
    assert {key for key, told in EXCEPTIONS.items() if told == DEFAULTS[key[0]]} == set()


def test_everybody_gets_what_the_tables_say_and_an_empty_form_changes_nothing(app: Flask, cast: Cast) -> None:
    before = counted(app)
    wrong = {}
    for method, rule in addresses(app):
        meant = expected(method, rule)
        given = {person: ask(app, cast, person, method, rule) for person in PERSONS}
        if given != meant:
            wrong[method, rule.endpoint] = {p: (given[p], meant[p]) for p in PERSONS if given[p] != meant[p]}
    assert wrong == {}
    assert counted(app) == before


def test_an_outlet_answers_a_foreign_clerk_like_one_that_does_not_exist(app: Flask, cast: Cast) -> None:
    """Status and page are the same: nothing tells whether there is such an outlet, or such a thing in it."""
    browser = cast.browsers["foreign clerk"].raw
    different = {}
    for method, rule in addresses(app):
        if not of_outlet(rule) or method != "GET":
            continue
        pages = []
        for outlet in ("D01", "X99"):
            values = values_for(rule, cast) | {"outlet": outlet}
            path = app.url_map.bind("localhost").build(rule.endpoint, values)
            with browser.get(path) as response:
                pages.append((response.status_code, response.get_data(as_text=True).replace(path, "")))
        if pages[0] != pages[1]:
            different[rule.endpoint] = [status for status, _ in pages]
    assert different == {}


def test_own_people_and_foreign_ones_are_told_apart_at_every_address_that_names_nothing_else(
    app: Flask, cast: Cast
) -> None:
    same = [
        rule.endpoint
        for method, rule in addresses(app)
        if rule.arguments == {"outlet"} and method == "GET" and expected(method, rule)["clerk"] == 404
    ]
    assert same == []


def test_no_answer_of_the_counter_is_kept_by_a_browser(app: Flask, cast: Cast) -> None:
    kept = []
    for method, rule in addresses(app):
        if method != "GET":
            continue
        values = values_for(rule, cast)
        path = app.url_map.bind("localhost").build(rule.endpoint, values)
        for person in ("clerk", "foreign clerk", "nobody"):
            with cast.browsers[person].raw.get(path) as response:
                if response.headers["Cache-Control"] != "no-store":
                    kept.append((rule.endpoint, person, response.headers["Cache-Control"]))
    assert kept == []


def test_every_verb_of_the_counter_needs_the_token_of_a_form(app: Flask, cast: Cast) -> None:
    open_to_all = []
    for method, rule in addresses(app):
        if method != "POST":
            continue
        values = values_for(rule, cast)
        path = app.url_map.bind("localhost").build(rule.endpoint, values, method="POST")
        if cast.browsers["manager"].raw.post(path, data={}).status_code != 400:
            open_to_all.append(rule.endpoint)
    assert open_to_all == []


def test_a_browser_that_was_open_is_shut_by_the_end_of_the_last_role_only(app: Flask, world: World, cast: Cast) -> None:
    """Somebody of two outlets who leaves one keeps the other, in the same browser."""
    with changing(app):
        user = make_staff(world.quay)
        memberships.grant(user, Role.CLERK, world.hill, actor="system", at=MONDAY_NINE)
        first = db.session.scalars(
            select(Membership.id).where(Membership.user_id == user.id, Membership.outlet_id == world.quay.id)
        ).one()
        user_id = user.id
    browser = _browser(app, "clerk", user_id).raw
    statuses: Callable[[], list[int]] = lambda: [browser.get(f"/quay/{c}").status_code for c in ("D01", "D02")]  # noqa: E731
    assert statuses() == [200, 200]
    with changing(app):
        memberships.end(first, actor="system", at=MONDAY_NINE)
    assert statuses() == [404, 200]
    with app.app_context():
        last = db.session.scalars(history.of(f"user:{user_id}")).all()[-1]
    assert last.verb == "membership.ended"
