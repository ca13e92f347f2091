"""Producers who ask to join, and officers who answer."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog import applications, history, places, sequence
from catalog.applications import (
    KEEP_REFUSED,
    NEXT,
    AlreadyDecided,
    AlreadyOpen,
    Application,
    ApplicationState,
    Asked,
    HasMembers,
)
from catalog.db import db, transaction
from catalog.errors import Forbidden, Invalid, NotFound
from catalog.jobs import Job
from catalog.maker_invitations import MakerInvitation
from catalog.memberships import Officer
from catalog.people import User
from catalog.producers import LegalForm, Producer
from tests.catalog.cast import at_once
from tests.world import HOI_AN, MONDAY_NINE, TRA_MY, World, make_member, make_officer, make_producer, officer_of

NOW = MONDAY_NINE
ASKED = Asked(
    name_vi="Hợp tác xã Quế Thử",
    legal_form=LegalForm.COOPERATIVE,
    registration="01 0023 3488",
    commune_code=TRA_MY,
    address_vi="Thôn 2",
    contact_name="Hồ Thị Thử",
    phone="0905123456",
    email="Que.Thu@example.org",
    makes="Quế khô, tinh dầu quế.",
    consent="2026-11",
)


def ask(**changes: Any) -> Application:
    with transaction():
        return applications.apply(replace(ASKED, **changes), at=NOW)


def officer(*communes: str, name: str = "Cán bộ thử") -> Officer:
    with transaction():
        return officer_of(make_officer(*communes, name=name))


def accept(application: Application, by: Officer, *, existing: str | None = None) -> Producer:
    with transaction():
        return applications.accept(application, existing=existing, by=by, at=NOW)


def letters() -> list[tuple[str, dict[str, Any]]]:
    return [(job.kind, job.payload) for job in db.session.scalars(select(Job).order_by(Job.id))]


def producers_count() -> int:
    return db.session.scalar(select(func.count(Producer.id))) or 0


def test_what_is_handed_in_waits_and_a_letter_says_so(world: World, session: Any) -> None:
    found = ask()
    assert found.reference.startswith("HS-")
    assert (found.state, found.registration, found.email) == ("received", "0100233488", "que.thu@example.org")
    assert (found.consent, found.received_at) == ("2026-11", NOW)
    assert letters() == [("mail.application_received", {"application": found.reference})]
    (event,) = session.scalars(history.of(f"application:{found.reference}"))
    assert (event.verb, event.actor, event.facts) == ("application.received", "applicant", {"consent": "2026-11"})


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"registration": ""}, "registration", "required"),
        ({"registration": "0100233480"}, "registration", "check_digit"),
        ({"registration": "049080001234"}, "registration", "personal"),
        ({"commune_code": ""}, "commune", "unknown"),
        ({"commune_code": "00004"}, "commune", "unknown"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(
    world: World, session: Any, changes: dict[str, str], field: str, reason: str
) -> None:
    with pytest.raises(Invalid) as refused:
        ask(**changes)
    assert (refused.value.field, refused.value.reason) == (field, reason)
    assert (session.scalar(select(func.count(Application.id))), letters()) == (0, [])


def test_a_commune_of_another_province_is_none_of_ours(world: World, session: Any) -> None:
    foreign = next(c for p in places.provinces() if p.code != places.HOME for c in places.communes(p.code))
    with pytest.raises(Invalid):
        ask(commune_code=foreign.code)


def test_a_number_is_in_one_open_application_at_a_time(app: Flask, world: World, session: Any) -> None:
    first = ask()
    with pytest.raises(AlreadyOpen):
        ask(name_vi="Tên khác", registration="0100233488")
    assert letters() == [("mail.application_received", {"application": first.reference})]
    with transaction():
        applications.refuse(first, "Thiếu giấy đăng ký", by=officer_of(make_officer()), at=NOW)
    assert ask().state is ApplicationState.RECEIVED


def test_two_applications_with_one_number_at_once_are_one(app: Flask, world: World, session: Any) -> None:
    answers = at_once(app, *[lambda: applications.apply(ASKED, at=NOW).state.value] * 2)
    assert sorted(answers) == ["AlreadyOpen", "received"]
    assert session.scalar(select(func.count(Application.id))) == 1


def test_officers_see_the_applications_of_their_communes_oldest_first(world: World, session: Any) -> None:
    hill = ask()
    with transaction():
        coast = applications.apply(
            replace(ASKED, registration="0100112437", commune_code=HOI_AN), at=NOW - timedelta(days=3)
        )
    everywhere, here = officer(), officer(HOI_AN)
    assert [a.reference for a in session.scalars(applications.waiting(everywhere))] == [coast.reference, hill.reference]
    assert [a.reference for a in session.scalars(applications.waiting(here))] == [coast.reference]
    assert (applications.count_waiting(everywhere), applications.count_waiting(here)) == (2, 1)
    with pytest.raises(NotFound):
        accept(hill, here)
    with pytest.raises(NotFound), transaction():
        applications.refuse(hill, "Không phải của xã này", by=here, at=NOW)
    assert applications.get_application(hill.reference).state is ApplicationState.RECEIVED


def test_accepting_makes_the_producer_and_invites_who_applied(world: World, session: Any) -> None:
    found, by, before = ask(), officer(TRA_MY), sequence.current()
    producer = accept(found, by)
    assert producer.code.startswith("NS-")
    assert (producer.slug, producer.name_vi) == ("hop-tac-xa-que-thu", "Hợp tác xã Quế Thử")
    assert (producer.registration, producer.joined_on) == ("0100233488", date(2026, 11, 23))
    assert (producer.commune_code, producer.phone, producer.email) == (TRA_MY, "0905 123 456", "que.thu@example.org")
    assert producer.summary_vi == "Quế khô, tinh dầu quế."
    assert (found.state, found.producer_id, found.decided_by) == ("accepted", producer.id, by.actor)
    (invitation,) = session.scalars(select(MakerInvitation))
    assert (invitation.producer_id, invitation.email, invitation.name) == (
        producer.id,
        "que.thu@example.org",
        "Hồ Thị Thử",
    )
    assert letters()[1:] == [
        (
            "mail.maker_invitation",
            {"producer": producer.id, "email": "que.thu@example.org", "about": found.reference},
        )
    ]
    assert sequence.current() == before + 1
    events = [(e.verb, e.facts) for e in session.scalars(history.of(f"producer:{producer.code}"))]
    assert events == [
        (
            "producer.joined",
            {
                "before": {"registration": "", "joined_on": None},
                "after": {"registration": "0100233488", "joined_on": "2026-11-23"},
            },
        ),
        ("member.invited", {}),
    ]
    assert [a.reference for a in session.scalars(applications.decided(by))] == [found.reference]


def test_a_persons_number_is_not_written_into_the_history(world: World, session: Any) -> None:
    found = ask(legal_form=LegalForm.HOUSEHOLD, registration="049080001234")
    producer = accept(found, officer())
    assert producer.registration == "049080001234"
    told = [str(event.facts) for event in session.scalars(select(history.Event))]
    assert not [facts for facts in told if "049080001234" in facts]


def test_two_producers_of_one_name_have_two_addresses(world: World, session: Any) -> None:
    by = officer()
    one, two = accept(ask(), by), accept(ask(registration="0100112437"), by)
    assert (one.slug, two.slug) == ("hop-tac-xa-que-thu", "hop-tac-xa-que-thu-tra-my")


def test_a_producer_entered_before_is_found_and_not_made_twice(world: World, session: Any) -> None:
    with transaction():
        waiting = make_producer("Hợp tác xã Quế Thử", commune=TRA_MY, code="P77", joined_on=date(2020, 5, 1))
        same = make_producer("Tên trên giấy", commune=HOI_AN, code="P78", registration="0100233488")
        busy = make_producer("Có người", commune=TRA_MY, code="P79")
        make_member(busy)
    found, by, before = ask(), officer(), producers_count()
    offered = [(each.producer.code, each.members, each.same_number) for each in applications.namesakes(found)]
    assert offered == [("P78", 0, True), (world.cooperative.code, 0, False), ("P77", 0, False)]
    with pytest.raises(Invalid) as refused:
        accept(found, by, existing="P77")
    assert (refused.value.reason, refused.value.facts) == ("taken", {"code": "P78"})
    with pytest.raises(Invalid):
        accept(found, by, existing="P79")
    with pytest.raises(Invalid):
        accept(found, by)
    assert accept(found, by, existing="P78").id == same.id
    assert (producers_count(), same.joined_on) == (before, date(2026, 11, 23))
    other = ask(registration="0100112437")
    assert accept(other, by, existing="P77").id == waiting.id
    assert (waiting.registration, waiting.joined_on) == ("0100112437", date(2020, 5, 1))


def test_a_producer_with_members_is_not_given_to_somebody_else(world: World, session: Any) -> None:
    with transaction():
        make_member(make_producer("Đã có", code="P78", registration="0100233488"))
    found, by = ask(), officer()
    with pytest.raises(HasMembers) as refused:
        accept(found, by, existing="P78")
    assert refused.value.code == "P78"
    assert applications.get_application(found.reference).state is ApplicationState.RECEIVED
    assert session.scalar(select(func.count(MakerInvitation.email))) == 0


def test_a_refusal_has_a_reason_that_the_letter_repeats(world: World, session: Any) -> None:
    found, by = ask(), officer()
    for reason, wrong in (("", "required"), ("x" * 501, "too_long")):
        with pytest.raises(Invalid) as refused, transaction():
            applications.refuse(found, reason, by=by, at=NOW)
        assert refused.value.reason == wrong
    with transaction():
        applications.refuse(found, "Số đăng ký không thuộc tên này", by=by, at=NOW)
    assert (found.state, found.reason) == ("refused", "Số đăng ký không thuộc tên này")
    assert letters()[1:] == [("mail.application_refused", {"application": found.reference})]


def test_what_is_answered_is_not_answered_again(world: World, session: Any) -> None:
    found, first, second = ask(), officer(), officer()
    with transaction():
        applications.refuse(found, "Thiếu giấy", by=first, at=NOW)
    before = (letters(), producers_count())
    with pytest.raises(AlreadyDecided) as refused:
        accept(found, second)
    assert (refused.value.state, refused.value.by, refused.value.at) == ("refused", first.actor, NOW)
    with pytest.raises(AlreadyDecided), transaction():
        applications.refuse(found, "Lần nữa", by=second, at=NOW)
    assert (letters(), producers_count(), found.reason) == (before[0], before[1], "Thiếu giấy")
    assert {state for state, following in NEXT.items() if not following} == {"accepted", "refused"}


def test_of_two_officers_at_once_one_answers(app: Flask, world: World, session: Any) -> None:
    found, first, second, before = ask(), officer(), officer(), producers_count()

    def yes(by: Officer) -> str:
        applications.accept(applications.get_application(found.reference), existing=None, by=by, at=NOW)
        return "accepted"

    def no() -> str:
        applications.refuse(applications.get_application(found.reference), "Thiếu giấy", by=second, at=NOW)
        return "refused"

    answers = at_once(app, lambda: yes(first), no, lambda: yes(second))
    assert sorted(answers)[:2] == ["AlreadyDecided", "AlreadyDecided"]
    assert len(letters()) == 2
    assert producers_count() - before == answers.count("accepted")


def test_what_was_refused_is_forgotten_after_a_year(world: World, session: Any) -> None:
    refused, waiting, by = ask(), ask(registration="0100112437"), officer()
    gone, stays = refused.reference, waiting.reference
    with transaction():
        applications.refuse(refused, "Thiếu giấy", by=by, at=NOW)
    for at, left in ((NOW + KEEP_REFUSED, 2), (NOW + KEEP_REFUSED + timedelta(seconds=1), 1)):
        with transaction():
            applications.forget_refused(at=at)
        assert session.scalar(select(func.count(Application.id))) == left
    assert applications.get_application(stays.lower()).reference == stays
    with pytest.raises(NotFound):
        applications.get_application(gone)


def test_nobody_answers_their_own_application(world: World, session: Any) -> None:
    own = officer()
    application = ask(email=session.get_one(User, own.user_id).email.upper())
    with pytest.raises(Forbidden):
        accept(application, own)
    with pytest.raises(Forbidden), transaction():
        applications.refuse(application, "x", by=own, at=NOW)
    session.refresh(application)
    assert application.state is ApplicationState.RECEIVED
    assert accept(application, officer()).name_vi == ASKED.name_vi
