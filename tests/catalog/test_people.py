"""Persons who sign in."""

from typing import Any

import pytest
from sqlalchemy import select

from catalog import people
from catalog.db import transaction
from catalog.errors import Invalid
from catalog.people import EmailTaken, User
from tests.world import MONDAY_NINE

PASSWORD = "chiều mưa phố Hội"


@pytest.fixture
def customer(session: Any) -> User:
    with transaction():
        return people.register(" Khach@Example.org ", PASSWORD, name="Khách Thử", phone="0905123456", at=MONDAY_NINE)


def test_a_customer_is_kept_by_e_mail_in_small_letters(customer: User) -> None:
    assert (customer.email, customer.name, customer.phone) == ("khach@example.org", "Khách Thử", "0905123456")
    assert customer.created_at == MONDAY_NINE
    assert people.find_user(customer.id) is customer


def test_the_password_itself_is_not_kept(customer: User) -> None:
    assert customer.password_hash.startswith("$argon2id$")
    assert PASSWORD not in customer.password_hash


def test_the_right_password_opens_however_the_e_mail_is_written(customer: User) -> None:
    signed_in = people.authenticate("KHACH@example.org ", PASSWORD)
    assert signed_in is not None
    assert signed_in.id == customer.id


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("khach@example.org", PASSWORD.upper()),
        ("khach@example.org", ""),
        ("nobody@example.org", PASSWORD),
        ("nobody@example.org", "nobody has this password"),
        ("", ""),
    ],
)
def test_anything_else_opens_nothing(customer: User, email: str, password: str) -> None:
    assert people.authenticate(email, password) is None


def test_an_e_mail_signs_in_one_person(customer: User, session: Any) -> None:
    with pytest.raises(EmailTaken), transaction():
        people.register("khach@EXAMPLE.org", PASSWORD, name="Người Khác", phone=None, at=MONDAY_NINE)
    assert [user.name for user in session.scalars(select(User))] == ["Khách Thử"]


def test_a_short_password_is_refused(session: Any) -> None:
    with pytest.raises(Invalid) as refusal, transaction():
        people.register("khach@example.org", "123456789", name="Khách", phone=None, at=MONDAY_NINE)
    assert (refusal.value.field, refusal.value.reason, refusal.value.facts) == ("password", "short", {"minimum": 10})
    assert people.authenticate("khach@example.org", "123456789") is None


def test_a_key_nobody_has_finds_nobody(session: Any) -> None:
    assert people.find_user(999) is None


def test_an_opened_account_has_no_password_that_opens_it(session: Any) -> None:
    with transaction():
        user = people.open_account(" Lan@Example.org", name="Lan", at=MONDAY_NINE)
    assert (user.email, user.password_hash) == ("lan@example.org", "")
    for guess in ("", "nobody has this password", PASSWORD):
        assert people.authenticate("lan@example.org", guess) is None
    with pytest.raises(EmailTaken), transaction():
        people.open_account("lan@example.org", name="Ai đó", at=MONDAY_NINE)


def test_a_new_password_takes_the_place_of_the_old_one(customer: User) -> None:
    with transaction():
        people.set_password(customer.id, "một câu khác hẳn")
    assert people.authenticate("khach@example.org", PASSWORD) is None
    assert people.authenticate("khach@example.org", "một câu khác hẳn") is not None
    with pytest.raises(Invalid), transaction():
        people.set_password(customer.id, "ngan")
    assert people.authenticate("khach@example.org", "một câu khác hẳn") is not None


def test_a_person_is_found_by_e_mail(customer: User) -> None:
    assert people.find_by_email(" KHACH@example.org") is customer
    assert people.find_by_email("ai@example.org") is None
