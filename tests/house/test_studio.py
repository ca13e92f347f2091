"""Who may reach which address of the studio: every endpoint × every person → the expected status.

Generated from the URL map, so that a new address cannot be forgotten. A producer's address answers its own members
with ``OWN`` and everybody else with ``OTHERS``; what differs for members stands in ``EXCEPTIONS``, and nothing can
differ for the others. An address that takes a value needs one in ``samples``.
"""

from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from catalog import maker_invitations, makers, people
from catalog.db import db
from tests.catalog.tracing import published
from tests.house import crossing
from tests.house.crossing import Crowd, addresses, ask, counted, path_of
from tests.storefront import opining
from tests.world import (
    HOI_AN,
    MONDAY_NINE,
    TRA_MY,
    World,
    changing,
    make_application,
    make_member,
    make_officer,
    make_staff,
)

OWN = {"GET": 200, "POST": 422}
OTHERS = {
    "member of another producer": 404,
    "former member": 404,  # in a browser that was open when they left
    "clerk": 404,
    "officer": 404,
    "officer of the commune": 404,
    "officer of another commune": 404,
    "customer": 404,
    "nobody": 303,
}
EXCEPTIONS: dict[tuple[str, str], int] = {
    ("GET", "studio.pictures.file"): 404,  # there is no such picture
}
"""(method, endpoint) of a producer's address → what its member gets, where it is not the default of the method."""

NO_PRODUCER: dict[tuple[str, str], dict[str, int]] = {
    ("GET", "studio.producers.index"): OTHERS | {"member": 302, "member of another producer": 302},
    ("GET", "studio.applications.new"): {"": 200},
    ("POST", "studio.applications.new"): {"": 422},
    ("GET", "studio.applications.show"): {"": 200},
    ("GET", "studio.invitations.show"): {"": 200},  # of somebody new: whoever has the link
    ("POST", "studio.invitations.show"): {"": 422},
}
"""Addresses of no producer: "" is everybody."""

NOBODYS = {"producer", "section", "outlet_code", "month"}
"""Parts of an address that name nothing of a producer's own."""

PERSONS = ("member", *OTHERS)


def samples(world: World, review_id: int) -> dict[str, Any]:
    """A value for every part of an address: of its room where there is one (``lots.code``), else of its name.

    review_id: of the cooperative's honey.
    """
    email = "moi@example.org"
    maker_invitations.invite(world.cooperative, email, actor="system", at=MONDAY_NINE)
    return {
        "producer": world.cooperative.code,
        "applications.reference": make_application().reference,
        "invitations.token": maker_invitations.new_link(world.cooperative.id, email, at=MONDAY_NINE),
        "code": world.honey.code,
        "products.section": "ten",
        "story.section": "cau-chuyen",
        "pictures.name": "khong-co-400.webp",
        "opinions.review_id": review_id,
        "statements.outlet_code": world.quay.code,
        "statements.month": "2026-11",
        "lots.code": published(world.cooperative, world.honey).code,
        "members.member_id": next(row.id for row, _ in db.session.execute(makers.members_of(world.cooperative.id))),
    }


@pytest.fixture
def crowd(app: Flask, world: World) -> Crowd:
    """Everybody who could come to the cooperative's bench."""
    review = opining.said(app, opining.arrived(app, world.honey, world.quay), published=True)
    with changing(app):
        member, former = make_member(world.cooperative), make_member(world.cooperative)
        users = {
            "member": member,
            "member of another producer": make_member(world.household),
            "former member": former,
            "clerk": make_staff(world.quay),
            "officer": make_officer(),
            "officer of the commune": make_officer(TRA_MY),
            "officer of another commune": make_officer(HOI_AN),
            "customer": people.register(
                "khach@example.org", "một câu đủ dài", name="Khách", phone=None, at=MONDAY_NINE
            ),
        }
        keys = {person: users[person].id if person in users else None for person in PERSONS}
        values = samples(world, review.id)
    crowd = crossing.gather(
        app, keys, values, factors={"clerk", "officer", "officer of the commune", "officer of another commune"}
    )
    home = f"/nha-san-xuat/{world.cooperative.code}"
    assert crowd.browsers["former member"].raw.get(home).status_code == 200
    with changing(app):
        rows = {user.id: row for row, user in db.session.execute(makers.members_of(world.cooperative.id))}
        makers.leave(rows[former.id], world.cooperative, actor="system", at=MONDAY_NINE)
    return crowd


def of_producer(rule: Rule) -> bool:
    return "producer" in rule.arguments


def expected(method: str, rule: Rule) -> dict[str, int]:
    """Person → status of one address."""
    if of_producer(rule):
        return {"member": EXCEPTIONS.get((method, rule.endpoint), OWN[method])} | OTHERS
    told = NO_PRODUCER[method, rule.endpoint]
    return dict.fromkeys(PERSONS, told[""]) if "" in told else told


def test_every_value_of_an_address_has_a_sample(app: Flask, crowd: Crowd) -> None:
    assert crossing.missing_samples(app, "studio", crowd.values) == set()


def test_the_tables_name_only_addresses_that_exist(shared_app: Flask) -> None:
    existing = {(method, rule.endpoint): of_producer(rule) for method, rule in addresses(shared_app, "studio")}
    assert {key for key, own in existing.items() if not own} == set(NO_PRODUCER)
    assert set(EXCEPTIONS) - {key for key, own in existing.items() if own} == set()
    assert {key for key, told in EXCEPTIONS.items() if told == OWN[key[0]]} == set()


def test_everybody_gets_what_the_tables_say_and_an_empty_form_changes_nothing(app: Flask, crowd: Crowd) -> None:
    before = counted(app)
    wrong = {}
    for method, rule in addresses(app, "studio"):
        meant = expected(method, rule)
        given = {person: ask(app, crowd, person, method, rule) for person in PERSONS}
        if given != meant:
            wrong[method, rule.endpoint] = {p: (given[p], meant[p]) for p in PERSONS if given[p] != meant[p]}
    assert wrong == {}
    assert counted(app) == before


def test_what_is_another_producers_does_not_exist_at_ones_own_bench(app: Flask, world: World, crowd: Crowd) -> None:
    """The cooperative's things, asked for under the household's address by its own member."""
    seen = {}
    for method, rule in addresses(app, "studio"):
        if not rule.arguments - NOBODYS or not of_producer(rule):
            continue
        status = ask(app, crowd, "member of another producer", method, rule, producer=world.household.code)
        if status != 404:
            seen[method, rule.endpoint] = status
    assert seen == {}


def test_a_producer_answers_a_foreign_member_like_one_that_does_not_exist(
    app: Flask, world: World, crowd: Crowd
) -> None:
    browser = crowd.browsers["member of another producer"].raw
    different = []
    for method, rule in addresses(app, "studio"):
        if not of_producer(rule) or method != "GET":
            continue
        pages = []
        for producer in (world.cooperative.code, "X99"):
            path = path_of(app, crowd.values, method, rule, producer=producer)
            with browser.get(path) as response:
                pages.append((response.status_code, response.get_data(as_text=True).replace(path, "")))
        if pages[0] != pages[1]:
            different.append(rule.endpoint)
    assert different == []


def test_no_answer_of_the_studio_is_kept_by_a_browser(app: Flask, crowd: Crowd) -> None:
    assert crossing.unforgotten(app, crowd, "studio", ("member", "clerk", "nobody")) == []


def test_every_verb_of_the_studio_needs_the_token_of_a_form(app: Flask, crowd: Crowd) -> None:
    assert crossing.tokenless(app, crowd, "studio", "member") == []


def test_a_member_is_nobody_at_the_counter_and_in_the_office(app: Flask, crowd: Crowd) -> None:
    entered = {
        (method, rule.endpoint)
        for face in ("counter", "office")
        for method, rule in addresses(app, face)
        if not rule.arguments
        and rule.endpoint not in ("counter.sign_in.show",)
        and ask(app, crowd, "member", method, rule) != 303
    }
    assert entered == set()
