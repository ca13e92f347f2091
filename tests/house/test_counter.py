"""Who may reach which address of the counter: every endpoint × every person → the expected status.

Generated from the URL map, so that a new address cannot be forgotten. An address of an outlet answers its own people
with ``INSIDERS`` and everybody else with ``OUTSIDERS``; what differs for insiders stands in ``EXCEPTIONS``, and nothing
can differ for outsiders. An address that takes a value needs one in ``samples``.
"""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from catalog import history, memberships, people, receipts, stocktakes, transfers
from catalog.db import db
from catalog.memberships import Membership, Role, Staff
from catalog.money import Money
from catalog.stocktakes import StocktakeLine
from catalog.transfers import TransferLine
from checkout import tills
from checkout.delivery import Collect
from checkout.rules import PaymentMethod
from tests.checkout import selling
from tests.checkout.factories import order_for
from tests.house import crossing
from tests.house.crossing import Crowd, addresses, ask, counted, path_of
from tests.world import MONDAY_NINE, World, changing, levels_at, make_staff, variant_of

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
OPEN_DAILY = (200, 200, 403, 403)
"""A page that is nothing but the form of a daily deed."""
BY_CONTENT = (422, 422, 422, 422)
"""Who may depends on what is in the paper, so the verb says it."""
ELSEWHERE = (302, 302, 302, 302)
"""The sample is past this page's part of its life, and leads on."""
NOT_NOW = (404, 404, 403, 403)
"""The sample has nothing to do it with: no such line, side, photo or point."""
GONE = (404, 404, 404, 404)
"""The sample names nothing that exists, so nobody learns anything."""
DEFAULTS = {"GET": ALL, "POST": DAILY}

EXCEPTIONS: dict[tuple[str, str], tuple[int, int, int, int]] = {
    ("POST", "counter.lots.let_go"): STOPPING,
    ("POST", "counter.lots.quarantine"): STOPPING,
    ("GET", "counter.lots.recall"): (403, 403, 403, 200),
    ("POST", "counter.lots.recall"): STOPPING,
    ("POST", "counter.lots.tell"): (403, 403, 403, 404),  # of a lot that is not recalled there is nothing to tell
    ("GET", "counter.opening.show"): (403, 200, 403, 403),
    ("POST", "counter.opening.check"): MANAGING,
    ("POST", "counter.opening.apply"): MANAGING,
    ("POST", "counter.orders.unlock"): MANAGING,
    ("POST", "counter.orders.give_up"): MANAGING,
    ("GET", "counter.receipts.line"): NOT_NOW,
    ("POST", "counter.receipts.line"): NOT_NOW,
    ("GET", "counter.receipts.new"): OPEN_DAILY,
    ("POST", "counter.receipts.new"): OPEN_DAILY,  # without a producer it is the page to choose one
    ("POST", "counter.replenishment.draft"): NOT_NOW,
    ("GET", "counter.replenishment.point"): GONE,
    ("POST", "counter.replenishment.set_minimum"): MANAGING,
    ("GET", "counter.sale.show"): OPEN_DAILY,
    ("GET", "counter.sales.wait"): ELSEWHERE,
    ("POST", "counter.stocktakes.approve"): APPROVING,
    ("GET", "counter.stocktakes.new"): OPEN_DAILY,
    ("GET", "counter.stocktakes.review"): ELSEWHERE,
    ("POST", "counter.stocktakes.send_back"): BY_CONTENT,
    ("GET", "counter.transfers.new"): OPEN_DAILY,
    ("GET", "counter.transfers.photo"): GONE,
    ("GET", "counter.transfers.receive"): NOT_NOW,  # the quay sends it
    ("POST", "counter.transfers.receive"): NOT_NOW,
    ("GET", "counter.write_offs.new"): OPEN_DAILY,
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


def samples(world: World, clerk: Staff) -> dict[str, Any]:
    """A value for every part of an address: of its room where there is one (``orders.reference``), else of its name.

    clerk: of the quay, whose papers these are. What only another deed could make has a value that names nothing.
    """
    quay, at = world.quay, MONDAY_NINE
    shift = tills.open_shift(quay.id, Money(500_000), by=clerk, at=at)
    order = order_for((world.honey, 1), destination=Collect(quay.id), payment=PaymentMethod.CASH_ON_COLLECTION)
    receipt = receipts.open_receipt(quay, world.cooperative.id, "PG-1", terms=receipts.Terms.PURCHASE, by=clerk, at=at)
    transfer = transfers.draft(quay, world.centre, by=clerk, at=at)
    transfers.add(transfer, variant_of(world.honey), 1, by=clerk, at=at)
    count = stocktakes.start(quay, title="Kệ trước", product_ids=[world.lantern.id], by=clerk, at=at)
    level = levels_at(quay)[0]
    return {
        "outlet": quay.code,
        "token": "x" * 43,
        "user_id": clerk.user_id,
        "membership_id": _first(select(Membership.id).where(Membership.user_id == clerk.user_id)),
        "level": level.id,
        "lot_id": level.lot_id,
        "sku": variant_of(world.honey).sku,
        "variant": variant_of(world.honey).id,
        "number": shift.id,
        "orders.reference": order.reference,
        "sales.reference": selling.sell(quay, clerk, (world.honey, 1)).reference,
        "receipts.reference": receipt.reference,
        "transfers.reference": transfer.reference,
        "transfers.line": _first(select(TransferLine.id).where(TransferLine.transfer_id == transfer.id)),
        "transfers.difference": 999,
        "stocktakes.reference": count.reference,
        "stocktakes.line": _first(select(StocktakeLine.id).where(StocktakeLine.stocktake_id == count.id)),
        "replenishment.point": "X99",
    }


def _first(query: Any) -> int:
    return int(db.session.scalars(query.limit(1)).one())


@pytest.fixture
def cast(app: Flask, world: World) -> Crowd:
    """Everybody who could come to the quay."""
    with changing(app):
        quay, hill, centre = world.quay, world.hill, world.centre
        papers = make_staff(quay)
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
        writer = memberships.find_staff(papers)
        assert writer is not None
        values = samples(world, writer)
    people_of = {person: keys.get(person) for person in PERSONS}
    crowd = crossing.gather(app, people_of, values, factors=set(PERSONS) - {"password only", "customer", "nobody"})
    assert crowd.browsers["former clerk"].raw.get("/quay/D01").status_code == 200
    with changing(app):
        memberships.end(ended, actor="system", at=MONDAY_NINE)
    return crowd


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


def test_every_value_of_an_address_has_a_sample(app: Flask, cast: Crowd) -> None:
    assert crossing.missing_samples(app, "counter", cast.values) == set()


def test_the_tables_name_only_addresses_that_exist(shared_app: Flask) -> None:
    existing = {(method, rule.endpoint): of_outlet(rule) for method, rule in addresses(shared_app, "counter")}
    assert {key for key, outlet in existing.items() if not outlet} == set(NO_OUTLET)
    assert set(EXCEPTIONS) - {key for key, outlet in existing.items() if outlet} == set()
    assert {key for key, told in EXCEPTIONS.items() if told == DEFAULTS[key[0]]} == set()


def test_everybody_gets_what_the_tables_say_and_an_empty_form_changes_nothing(app: Flask, cast: Crowd) -> None:
    before = counted(app)
    wrong = {}
    for method, rule in addresses(app, "counter"):
        meant = expected(method, rule)
        given = {person: ask(app, cast, person, method, rule) for person in PERSONS}
        if given != meant:
            wrong[method, rule.endpoint] = {p: (given[p], meant[p]) for p in PERSONS if given[p] != meant[p]}
    assert wrong == {}
    assert counted(app) == before


def test_an_outlet_answers_a_foreign_clerk_like_one_that_does_not_exist(app: Flask, cast: Crowd) -> None:
    """Status and page are the same: nothing tells whether there is such an outlet, or such a thing in it."""
    browser = cast.browsers["foreign clerk"].raw
    different = {}
    for method, rule in addresses(app, "counter"):
        if not of_outlet(rule) or method != "GET":
            continue
        pages = []
        for outlet in ("D01", "X99"):
            path = path_of(app, cast.values, method, rule, outlet=outlet)
            with browser.get(path) as response:
                pages.append((response.status_code, response.get_data(as_text=True).replace(path, "")))
        if pages[0] != pages[1]:
            different[rule.endpoint] = [status for status, _ in pages]
    assert different == {}


def test_own_people_and_foreign_ones_are_told_apart_at_every_address_that_names_nothing_else(
    app: Flask, cast: Crowd
) -> None:
    same = [
        rule.endpoint
        for method, rule in addresses(app, "counter")
        if rule.arguments == {"outlet"} and method == "GET" and expected(method, rule)["clerk"] == 404
    ]
    assert same == []


def test_no_answer_of_the_counter_is_kept_by_a_browser(app: Flask, cast: Crowd) -> None:
    assert crossing.unforgotten(app, cast, "counter", ("clerk", "foreign clerk", "nobody")) == []


def test_every_verb_of_the_counter_needs_the_token_of_a_form(app: Flask, cast: Crowd) -> None:
    assert crossing.tokenless(app, cast, "counter", "manager") == []


def test_a_browser_that_was_open_is_shut_by_the_end_of_the_last_role_only(
    app: Flask, world: World, cast: Crowd
) -> None:
    """Somebody of two outlets who leaves one keeps the other, in the same browser."""
    with changing(app):
        user = make_staff(world.quay)
        memberships.grant(user, Role.CLERK, world.hill, actor="system", at=MONDAY_NINE)
        first = db.session.scalars(
            select(Membership.id).where(Membership.user_id == user.id, Membership.outlet_id == world.quay.id)
        ).one()
        user_id = user.id
    browser = crossing.browser(app, user_id, both=True).raw
    statuses: Callable[[], list[int]] = lambda: [browser.get(f"/quay/{c}").status_code for c in ("D01", "D02")]  # noqa: E731
    assert statuses() == [200, 200]
    with changing(app):
        memberships.end(first, actor="system", at=MONDAY_NINE)
    assert statuses() == [404, 200]
    with app.app_context():
        last = db.session.scalars(history.of(f"user:{user_id}")).all()[-1]
    assert last.verb == "membership.ended"
