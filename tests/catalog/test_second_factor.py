"""Codes of an app, and recovery codes."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog import history, people, second_factor
from catalog.db import db, transaction
from catalog.errors import Conflict, Invalid
from catalog.people import User
from catalog.second_factor import STEP, Means, RecoveryCode, SecondFactor
from tests.catalog.cast import at_once
from tests.world import MONDAY_NINE

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
OTHER = "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU"
NOW = MONDAY_NINE
LATER = NOW + 10 * STEP


@pytest.fixture
def lan(session: Any) -> User:
    with transaction():
        return people.open_account("lan@example.org", name="Lan", at=NOW)


@pytest.fixture
def codes(lan: User) -> list[str]:
    """Lan's recovery codes; her app has the secret since nine."""
    with transaction():
        return second_factor.enrol(lan.id, SECRET, second_factor.code_at(SECRET, NOW), at=NOW)


def code(steps: int = 0, secret: str = SECRET) -> str:
    """Of the app, so many steps from LATER."""
    return second_factor.code_at(secret, LATER + steps * STEP)


def verify(user: User, given: str, *, at: Any = LATER) -> Means | None:
    with transaction():
        return second_factor.verify(user.id, given, at=at)


def test_the_digits_are_those_of_rfc_6238() -> None:
    """Its test vector for SHA-1 at 59 seconds, the last six of eight digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    at = NOW.fromtimestamp(59, NOW.tzinfo)
    assert second_factor.code_at(secret, at) == "287082"


def test_an_app_reads_who_and_where_from_the_address() -> None:
    address = second_factor.address(SECRET, email="lan@example.org", issuer="OCOP Quảng Nam")
    assert address == (
        f"otpauth://totp/OCOP%20Qu%E1%BA%A3ng%20Nam:lan%40example.org?secret={SECRET}&issuer=OCOP%20Qu%E1%BA%A3ng%20Nam"
    )


def test_a_secret_has_a_hundred_and_sixty_bits_and_is_never_the_same() -> None:
    made = {second_factor.new_secret() for _ in range(20)}
    assert len(made) == 20
    assert all(re.fullmatch(r"[A-Z2-7]{32}", secret) for secret in made)


def test_the_code_of_this_step_and_of_its_neighbours_opens(lan: User, codes: list[str]) -> None:
    for steps in (-1, 0, 1):
        assert verify(lan, code(steps)) is Means.APP


@pytest.mark.parametrize("steps", [-2, 2, 100])
def test_a_code_of_another_time_does_not(lan: User, codes: list[str], steps: int) -> None:
    assert verify(lan, code(steps)) is None


def test_a_code_is_never_taken_twice_nor_one_from_before_it(lan: User, codes: list[str]) -> None:
    assert verify(lan, code(0)) is Means.APP
    assert verify(lan, code(0)) is None
    assert verify(lan, code(-1)) is None
    assert verify(lan, code(1)) is Means.APP
    assert verify(lan, code(0), at=LATER + STEP) is None


def test_the_code_that_enrolled_is_used_up(lan: User, codes: list[str]) -> None:
    assert verify(lan, second_factor.code_at(SECRET, NOW), at=NOW) is None


def test_a_code_may_be_written_with_a_blank(lan: User, codes: list[str]) -> None:
    assert verify(lan, f" {code()[:3]} {code()[3:]} ") is Means.APP


@pytest.mark.parametrize(
    "given", ["", "12345", "1234567", "abcdef", "٣٣٣٣٣٣", "１２３４５６", "-12345", "12.345", "0" * 400]
)
def test_what_is_no_code_opens_nothing(lan: User, codes: list[str], given: str) -> None:
    assert verify(lan, given) is None


def test_another_s_code_opens_nothing(lan: User, codes: list[str]) -> None:
    with transaction():
        vy = people.open_account("vy@example.org", name="Vy", at=NOW)
        second_factor.enrol(vy.id, OTHER, second_factor.code_at(OTHER, NOW), at=NOW)
    assert verify(lan, code(secret=OTHER)) is None
    assert verify(vy, codes[0]) is None
    assert verify(vy, code(secret=OTHER)) is Means.APP


def test_who_has_none_is_not_let_in(lan: User) -> None:
    assert verify(lan, code()) is None
    assert second_factor.is_enrolled(lan.id) is False
    assert second_factor.unused_code(lan.id, at=LATER) is None


def test_ten_recovery_codes_work_once_each(lan: User, codes: list[str]) -> None:
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"([A-Z2-7]{5}-){4}[A-Z2-7]{6}", given) for given in codes)
    assert [verify(lan, given) for given in codes] == [Means.RECOVERY_CODE] * 10
    assert [verify(lan, given) for given in codes] == [None] * 10
    assert second_factor.codes_left(lan.id) == 0


def test_a_recovery_code_is_understood_as_people_write_it(lan: User, codes: list[str]) -> None:
    written = codes[0].lower().replace("-", " ").replace("o", "0").replace("i", "1").replace("b", "8")
    assert verify(lan, written) is Means.RECOVERY_CODE
    assert second_factor.codes_left(lan.id) == 9
    used = db.session.scalars(history.of(f"user:{lan.id}")).all()[-1]
    assert (used.verb, used.actor, used.at) == ("recovery_code.used", f"user:{lan.id}", LATER)


def test_recovery_codes_are_kept_as_hashes_only(lan: User, codes: list[str]) -> None:
    kept = db.session.scalars(select(RecoveryCode.code_hash)).all()
    assert all(re.fullmatch(r"[0-9a-f]{64}", one) for one in kept)
    assert not {given.replace("-", "") for given in codes} & set(kept)


def test_a_wrong_code_enrols_nobody(lan: User) -> None:
    with pytest.raises(Invalid) as refusal, transaction():
        second_factor.enrol(lan.id, SECRET, second_factor.code_at(OTHER, NOW), at=NOW)
    assert (refusal.value.field, refusal.value.reason) == ("code", "wrong")
    assert db.session.scalar(select(func.count(SecondFactor.user_id))) == 0
    assert db.session.scalar(select(func.count(RecoveryCode.id))) == 0


def test_a_new_app_takes_the_place_of_the_old_one_and_its_codes(lan: User, codes: list[str]) -> None:
    with transaction():
        renewed = second_factor.enrol(lan.id, OTHER, code(secret=OTHER), at=LATER)
    assert verify(lan, code(1)) is None
    assert verify(lan, codes[0]) is None
    assert verify(lan, renewed[0]) is Means.RECOVERY_CODE
    assert verify(lan, code(1, secret=OTHER)) is Means.APP


def test_codes_are_renewed_against_a_code_of_the_app(lan: User, codes: list[str]) -> None:
    with transaction():
        renewed = second_factor.renew_codes(lan.id, code(), at=LATER)
    assert verify(lan, codes[0]) is None
    assert verify(lan, renewed[0]) is Means.RECOVERY_CODE
    assert second_factor.codes_left(lan.id) == 9


def test_codes_are_not_renewed_against_a_wrong_one_or_a_recovery_code(lan: User, codes: list[str]) -> None:
    for given in ("000000", codes[0], ""):
        with pytest.raises(Invalid), transaction():
            second_factor.renew_codes(lan.id, given, at=LATER)
    assert second_factor.codes_left(lan.id) == 10
    assert verify(lan, codes[0]) is Means.RECOVERY_CODE


def test_who_has_no_second_factor_renews_nothing(lan: User) -> None:
    with pytest.raises(Conflict), transaction():
        second_factor.renew_codes(lan.id, code(), at=LATER)


def test_what_is_removed_opens_nothing(lan: User, codes: list[str]) -> None:
    with transaction():
        second_factor.remove(lan.id)
        second_factor.remove(lan.id)
    assert verify(lan, code()) is None
    assert verify(lan, codes[0]) is None


def test_the_unused_code_is_the_next_one_once_this_one_is_used(lan: User, codes: list[str]) -> None:
    for steps in (0, 1):
        assert second_factor.unused_code(lan.id, at=LATER) == code(steps)
        assert verify(lan, code(steps)) is Means.APP
    assert second_factor.unused_code(lan.id, at=LATER) is None
    assert second_factor.unused_code(lan.id, at=LATER + STEP) == code(2)


def test_of_many_who_send_the_same_code_one_enters(app: Flask, lan: User, codes: list[str]) -> None:
    user_id = lan.id
    for given, means in ((code(), Means.APP), (codes[0], Means.RECOVERY_CODE)):
        acts = [lambda given=given: str(second_factor.verify(user_id, given, at=LATER))] * 8
        assert sorted(at_once(app, *acts)) == ["None"] * 7 + [means.value]
