"""Who may reach which address of the office: every endpoint × every person → the expected status.

Generated from the URL map, so that a new address cannot be forgotten. The things that ``samples`` names lie in the
cooperative's commune. An address without a thing answers every officer alike, one with a thing only those who serve
its commune; rooms in ``PROVINCE`` exist for officers of the whole programme only. What differs stands in
``EXCEPTIONS``; nothing can differ for who is no officer.
"""

from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from catalog import fairs, people, supports, visits
from catalog.certificates import CertificateState
from catalog.fairs import FairFacts, FairKind
from catalog.memberships import Officer
from catalog.supports import SupportFacts, SupportKind
from catalog.visits import VisitFacts
from tests.catalog.tracing import published
from tests.house import crossing
from tests.house.crossing import Crowd, addresses, ask, counted
from tests.storefront import opining
from tests.world import (
    HOI_AN,
    MONDAY,
    MONDAY_NINE,
    TRA_MY,
    World,
    certificate_of,
    changing,
    make_application,
    make_certificate,
    make_member,
    make_officer,
    make_product,
    make_revision,
    make_staff,
    officer_of,
)

OFFICERS = ("officer", "of the commune", "of another commune")
OTHERS = {"member": 303, "clerk": 404, "customer": 303, "password only": 303, "nobody": 303}
DONE = {"GET": 200, "POST": 422}
PROVINCE = frozenset({"decisions", "officers", "settings"})
"""Rooms that an officer of some communes does not find."""

EXCEPTIONS: dict[tuple[str, str], tuple[int, int, int]] = {
    ("GET", "office.certificates.scan"): (404, 404, 404),  # nobody has attached a paper
    ("GET", "office.pictures.file"): (404, 404, 404),  # there is no such picture
    ("GET", "office.programme_rows.file"): (200, 200, 200),  # a table is everybody's, its rows are one's own
    ("GET", "office.programme_rows.index"): (200, 200, 200),
    ("POST", "office.traces.let_go"): (422, 403, 404),  # what is off sale comes back by who serves the programme
}
"""(method, endpoint) → what the three officers get, where the rule above does not say it."""

PERSONS = (*OFFICERS, *OTHERS)


def samples(world: World, by: Officer, review_id: int) -> dict[str, Any]:
    """A value for every part of an address: of its room where there is one, else of its name.

    review_id: of the cooperative's honey.
    """
    maker, at = world.cooperative, MONDAY_NINE
    fair = FairFacts(FairKind.FAIR, "Hội chợ thử", MONDAY, MONDAY, "Nhà văn hóa", "Xã", commune_code=TRA_MY)
    visit = VisitFacts(TRA_MY, maker.id, MONDAY, "Cán bộ thử", "Bếp sạch")
    support = SupportFacts(SupportKind.TRAINING, TRA_MY, maker.id, MONDAY, None, "Quỹ thử", "Lớp nhãn hàng")
    candidate = make_product(producer=maker, stars=None)
    row = make_certificate(candidate, state=CertificateState.CANDIDATE, stars=None, number="", slug="")
    row.signed_on = row.expires_on = None
    return {
        "bang": "san-pham",
        "programme_rows.code": world.honey.code,
        "fairs.slug": fairs.draft(fair, by=by, at=at).slug,
        "visits.visit_id": visits.record(visit, by=by, at=at).id,
        "supports.support_id": supports.record(support, by=by, at=at).id,
        "opinions.review_id": review_id,
        "certificate_id": certificate_of(world.honey).id,
        "product": world.honey.code,
        "candidates.product": candidate.code,
        "applications.reference": make_application(commune=TRA_MY).reference,
        "officers.user_id": make_officer(HOI_AN).id,
        "traces.code": published(world.cooperative, world.honey).code,
        "settings.name": "holidays",
        "reference": make_revision(world.honey).reference,
        "pages.kind": "san-pham",
        "pages.code": world.honey.code,
        "pictures.name": "khong-co-400.webp",
    }


@pytest.fixture
def crowd(app: Flask, world: World) -> Crowd:
    """Everybody who could come to the office."""
    review = opining.said(app, opining.arrived(app, world.honey, world.quay))
    with changing(app):
        officer = make_officer()
        users = {
            "officer": officer,
            "of the commune": make_officer(TRA_MY),
            "of another commune": make_officer(HOI_AN),
            "member": make_member(world.cooperative),
            "clerk": make_staff(world.quay),
            "customer": people.register(
                "khach@example.org", "một câu đủ dài", name="Khách", phone=None, at=MONDAY_NINE
            ),
            "password only": make_officer(),
        }
        keys = {person: users[person].id if person in users else None for person in PERSONS}
        values = samples(world, officer_of(officer), review.id)
    return crossing.gather(app, keys, values, factors={*OFFICERS, "clerk"})


def expected(method: str, rule: Rule) -> dict[str, int]:
    """Person → status of one address."""
    done = DONE[method]
    usual = (done, done, 404 if rule.arguments else done)
    if rule.endpoint.split(".")[1] in PROVINCE:
        usual = (done, 404, 404)
    return dict(zip(OFFICERS, EXCEPTIONS.get((method, rule.endpoint), usual), strict=True)) | OTHERS


def test_every_value_of_an_address_has_a_sample(app: Flask, crowd: Crowd) -> None:
    assert crossing.missing_samples(app, "office", crowd.values) == set()


def test_the_tables_name_only_addresses_that_exist(shared_app: Flask) -> None:
    existing = {(method, rule.endpoint) for method, rule in addresses(shared_app, "office")}
    assert set(EXCEPTIONS) - existing == set()
    assert PROVINCE - {endpoint.split(".")[1] for _, endpoint in existing} == set()


def test_everybody_gets_what_the_tables_say_and_an_empty_form_changes_nothing(app: Flask, crowd: Crowd) -> None:
    before = counted(app)
    wrong = {}
    for method, rule in addresses(app, "office"):
        meant = expected(method, rule)
        given = {person: ask(app, crowd, person, method, rule) for person in PERSONS}
        if given != meant:
            wrong[method, rule.endpoint] = {p: (given[p], meant[p]) for p in PERSONS if given[p] != meant[p]}
    assert wrong == {}
    assert counted(app) == before


def test_no_answer_of_the_office_is_kept_by_a_browser(app: Flask, crowd: Crowd) -> None:
    assert crossing.unforgotten(app, crowd, "office", ("officer", "clerk", "nobody")) == []


def test_every_verb_of_the_office_needs_the_token_of_a_form(app: Flask, crowd: Crowd) -> None:
    assert crossing.tokenless(app, crowd, "office", "officer") == []
