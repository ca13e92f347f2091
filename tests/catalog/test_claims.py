"""Words that no page of food may say."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import claims
from catalog.claims import ClaimWord, Why


def said(text: str) -> list[tuple[str, Why]]:
    return [(claim.word, claim.why) for claim in claims.find(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Mật ong chữa bệnh tiểu đường", [("chữa bệnh", Why.CURES), ("tiểu đường", Why.DISEASE)]),
        ("CHỮA đau đầu", [("CHỮA", Why.CURES)]),
        ("Điều \n trị dứt điểm", [("Điều \n trị", Why.CURES), ("dứt điểm", Why.CURES)]),
        ("đặc trị ung thư", [("đặc trị", Why.CURES), ("ung thư", Why.DISEASE)]),
        ("tốt cho người thoái hoá khớp", [("thoái hoá khớp", Why.DISEASE)]),
        ("tốt cho người thoái hóa khớp", [("thoái hóa khớp", Why.DISEASE)]),
        ("Bác sĩ khuyên dùng", [("Bác sĩ khuyên dùng", Why.AUTHORITY)]),
        ("It cures cancer.", [("cures", Why.CURES), ("cancer", Why.DISEASE)]),
    ],
)
def test_a_claim_is_found_whole_and_as_it_is_written(text: str, found: list[tuple[str, Why]]) -> None:
    assert said(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "vị chua ngọt", "Thợ sửa chữa đèn lồng", "chứa nhiều", "ung thu", "điêu trì", "secured", "heat treatment of bamboo",
        claims.SUPPLEMENT_SENTENCE, "", "   ",
    ],
)  # fmt: skip
def test_harmless_words_are_left_alone(text: str) -> None:
    assert said(text) == []


def test_a_harmless_saying_does_not_excuse_the_next_word() -> None:
    assert said("sửa chữa, chữa bệnh") == [("chữa bệnh", Why.CURES)]


def test_where_a_claim_stands_counts_signs_of_the_composed_text() -> None:
    text = unicodedata.normalize("NFD", "Hoà tan, chữa ho")
    (claim,) = claims.find(text)
    assert unicodedata.normalize("NFC", text)[claim.start : claim.end] == "chữa" == claim.word
    assert (claim.start, claim.end) == (9, 13)


def test_the_list_may_be_another() -> None:
    words = (ClaimWord("thần kỳ", Why.PROMISE), ClaimWord("kỳ", Why.CURES, unless=("kỳ lân",)))
    assert [claim.word for claim in claims.find("Thần kỳ, kỳ lân, kỳ, chữa", words)] == ["Thần kỳ", "kỳ"]
    assert claims.find("chữa", ()) == ()


def test_a_page_is_searched_in_both_languages_and_only_where_something_is_eaten_or_used_on_the_body() -> None:
    values = {
        "group_code": "1.5b",
        "summary_vi": "Trà chữa ho",
        "summary_en": "Cures",
        "allergens": [],
        "hs_code": "chữa",
    }
    assert {name: [c.word for c in found] for name, found in claims.in_page(values).items()} == {
        "summary_vi": ["chữa"],
        "summary_en": ["Cures"],
    }
    assert claims.in_page(values | {"group_code": "4.1"}) == {}
    assert list(claims.in_page({"story_vi": "Thuốc đặc trị"})) == ["story_vi"]


def test_the_file_holds_each_word_once() -> None:
    words = [word.text for word in claims.default_words()]
    assert len(words) == len(set(words))
    assert {"chữa", "điều trị", "đặc trị", "khỏi bệnh", "ung thư", "tiểu đường"} <= set(words)


@given(st.text())
def test_any_text_can_be_searched(text: str) -> None:
    written = unicodedata.normalize("NFC", text)
    assert all(written[claim.start : claim.end] == claim.word for claim in claims.find(text))
