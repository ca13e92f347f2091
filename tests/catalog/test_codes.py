import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import codes

CODES = st.text(codes.ALPHABET, min_size=6, max_size=6)


def test_codes_leave_out_the_four_look_alikes() -> None:
    assert sorted(set("ABCDEFGHIJKLMNOPQRSTUVWXYZ") - set(codes.ALPHABET)) == ["I", "L", "O", "U"]


def test_a_new_code_has_the_length_asked_for_and_only_known_signs() -> None:
    code = codes.random_code(200)
    assert len(code) == 200
    assert set(code) <= set(codes.ALPHABET)


def test_look_alikes_and_litter_are_mended() -> None:
    assert codes.mend(" qn-7k.3m oIlu ") == "QN7K3M011V"


@given(CODES, st.integers(0, 5), st.sampled_from(codes.ALPHABET))
def test_the_check_sign_betrays_any_single_wrong_sign(code: str, place: int, wrong: str) -> None:
    other = code[:place] + wrong + code[place + 1 :]
    assert (codes.check_sign(other) == codes.check_sign(code)) == (other == code)


@pytest.mark.parametrize(("code", "swapped"), [("7K3M9Q", "K73M9Q"), ("7K3M9Q", "7K3MQ9")])
def test_the_check_sign_betrays_swapped_neighbours(code: str, swapped: str) -> None:
    assert codes.check_sign(code) != codes.check_sign(swapped)
