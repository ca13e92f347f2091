"""Names of documents."""

import re
from typing import Any

import pytest

from catalog.codes import ALPHABET
from catalog.db import transaction
from catalog.references import new_reference, read_reference
from catalog.submissions import Submission
from tests.world import MONDAY_NINE


def test_a_new_reference_is_two_letters_and_six_signs_nobody_confuses(session: Any) -> None:
    assert re.fullmatch(rf"PN-[{ALPHABET}]{{6}}", new_reference("PN", Submission.key))
    assert sorted(set("ABCDEFGHIJKLMNOPQRSTUVWXYZ") - set(ALPHABET)) == ["I", "L", "O", "U"]


def test_a_reference_that_is_taken_is_not_given_again(session: Any) -> None:
    with transaction():
        session.add(Submission(key="PN-AAAAAA", actor="user:1", at=MONDAY_NINE))
    chance = iter(["AAAAAA", "AAAAAA", "BBBBBB"])
    assert new_reference("PN", Submission.key, signs=lambda: next(chance)) == "PN-BBBBBB"


@pytest.mark.parametrize("typed", ["PN-7K3M9Q", "pn7k3m9q", "7K3M 9Q", " pn – 7k3m-9q "])
def test_what_people_type_for_a_reference_is_understood(typed: str) -> None:
    assert read_reference("PN", typed) == "PN-7K3M9Q"


def test_look_alikes_are_put_right() -> None:
    assert read_reference("PN", "pn-oIlu00") == "PN-011V00"
