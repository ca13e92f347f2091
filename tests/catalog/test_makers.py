"""Who writes for a producer."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from catalog import history, makers
from catalog.db import db, transaction
from catalog.errors import Forbidden, NotFound
from catalog.makers import AlreadyMember, Maker, ProducerMember
from catalog.producers import Producer
from tests.catalog.cast import at_once
from tests.world import MONDAY_NINE, World, make_member, maker_of


def live(producer: Producer) -> list[str]:
    return [user.name for _, user in db.session.execute(makers.members_of(producer.id))]


def keys(producer: Producer) -> dict[str, int]:
    return {user.name: member.id for member, user in db.session.execute(makers.members_of(producer.id))}


def end(member_id: int, producer: Producer, *, by: Maker) -> None:
    makers.dismiss(makers.get_member(member_id, producer), producer, by=by, at=MONDAY_NINE)


def test_a_member_sees_their_producer_alone(world: World, session: Any) -> None:
    with transaction():
        lan = make_member(world.cooperative, name="Lan")
    maker = maker_of(lan)
    assert maker.producers == {world.cooperative.id}
    assert makers.get_producer(maker, world.cooperative.code).id == world.cooperative.id
    for foreign in (world.household.code, "KHONG-CO", ""):
        with pytest.raises(NotFound):
            makers.get_producer(maker, foreign)


def test_nobody_joins_twice(world: World, session: Any) -> None:
    with transaction():
        lan = make_member(world.cooperative, name="Lan")
    with pytest.raises(AlreadyMember), transaction():
        makers.join(lan, world.cooperative, actor="system", at=MONDAY_NINE)
    assert live(world.cooperative) == ["Lan"]


def test_a_member_ends_another_s_membership_and_not_their_own(world: World, session: Any) -> None:
    with transaction():
        lan, hoa = (make_member(world.cooperative, name=name) for name in ("Lan", "Hoa"))
    mine = keys(world.cooperative)
    with pytest.raises(Forbidden), transaction():
        end(mine["Lan"], world.cooperative, by=maker_of(lan))
    for _ in range(2):
        with transaction():
            end(mine["Hoa"], world.cooperative, by=maker_of(lan))
    assert live(world.cooperative) == ["Lan"]
    assert makers.find_maker(hoa) is None
    left = [event for event in session.scalars(history.of(f"producer:{world.cooperative.code}"))]
    assert [(event.verb, event.actor, event.facts) for event in left][2:] == [
        ("member.left", f"user:{lan.id}", {"user": hoa.id})
    ]


def test_a_member_of_another_producer_does_not_exist(world: World, session: Any) -> None:
    with transaction():
        lan, foreign = make_member(world.cooperative, name="Lan"), make_member(world.household, name="Khác")
    key = keys(world.household)["Khác"]
    for member_id in (key, 0, 999_999):
        with pytest.raises(NotFound), transaction():
            end(member_id, world.cooperative, by=maker_of(lan))
    assert live(world.household) == [foreign.name]


def test_two_who_end_each_other_s_leave_one(app: Flask, world: World, session: Any) -> None:
    with transaction():
        lan, hoa = (make_member(world.cooperative, name=name) for name in ("Lan", "Hoa"))
    by_lan, by_hoa, mine = maker_of(lan), maker_of(hoa), keys(world.cooperative)

    def act(name: str, by: Maker) -> str:
        end(mine[name], db.session.get_one(Producer, world.cooperative.id), by=by)
        return "ended"

    answers = at_once(app, lambda: act("Hoa", by_lan), lambda: act("Lan", by_hoa))
    assert sorted(answers) == ["Forbidden", "ended"]
    assert len(live(world.cooperative)) == 1
    everybody = select(ProducerMember).where(ProducerMember.producer_id == world.cooperative.id)
    assert len(session.scalars(everybody).all()) == 2
