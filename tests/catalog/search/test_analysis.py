import unicodedata

import pytest

from catalog.search.analysis import LONGEST_WORD, pairs, singular, spell, word, words


def folded(text: str) -> list[str]:
    return [item.folded for item in words(text)]


def exact(text: str) -> list[str]:
    return [item.exact for item in words(text)]


def test_a_word_has_a_form_without_accents_and_one_with_its_tone_as_a_digit() -> None:
    assert folded("Nước mắm Đại Lộc") == ["nuoc", "mam", "dai", "loc"]
    assert exact("Nước mắm Đại Lộc") == ["nươc1", "măm1", "đai5", "lôc5"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hoà", "hòa"),
        ("thuý", "thúy"),
        ("mỳ", "mì"),
        ("Kỹ", "kĩ"),
        ("quý", "quí"),
        ("ĐẠI", "đại"),
        ("Ðại", "đại"),
    ],
)
def test_spellings_of_one_word_are_one_word(one: str, other: str) -> None:
    assert exact(one) == exact(other)
    assert folded(one) == folded(other)


@pytest.mark.parametrize("text", ["sâm Ngọc Linh", "Ớt A Riêu muối", "chỉ dẫn địa lý", "yến sào đặc sản"])
def test_decomposed_text_gives_the_same_words(text: str) -> None:
    assert exact(unicodedata.normalize("NFD", text)) == exact(text)


def test_words_that_differ_in_accents_only_are_told_apart() -> None:
    assert folded("dừa dứa dưa đũa") == ["dua"] * 4
    assert len(set(exact("dừa dứa dưa đũa"))) == 4


def test_no_word_is_too_short_or_too_common() -> None:
    assert folded("A Riêu, tổ yến ở Hội An và y") == ["a", "rieu", "to", "yen", "o", "hoi", "an", "va", "y"]


def test_a_y_that_is_not_final_after_a_consonant_stays() -> None:
    assert folded("thúy yến dây honey") == ["thuy", "yen", "day", "honey"]


def test_an_apostrophe_does_not_cut_a_name() -> None:
    assert folded("Ch'ơm Tr’Hy bird's") == ["chom", "trhi", "birds"]


def test_whatever_is_no_letter_and_no_digit_only_separates() -> None:
    assert folded("mật\u00a0ong\u200b(dú)*–«500 ml»🍯\ud800\0tổ") == ["mat", "ong", "du", "500", "ml", "to"]


def test_invisible_hyphens_and_loose_marks_do_not_cut_a_word() -> None:
    assert folded("mật\u00ad o\u0338ng") == ["mat", "ong"]


def test_an_endless_word_is_cut() -> None:
    assert folded("a" * 5000) == ["a" * LONGEST_WORD]


def test_neighbours_are_pairs_and_the_first_word_follows_the_opening() -> None:
    assert pairs(words("Mật ong dú")) == ["mat ong", "ong du"]
    assert pairs(words("Mật ong dú"), opening=True) == ["^ mat", "mat ong", "ong du"]
    assert pairs([]) == []


def test_an_exact_form_can_be_written_again() -> None:
    text = "nước mắm hòa khoai quả giữ gì giếng tiêu phướt tuần mưa mứa của ngoáy thúy đèn quýt yến á"
    assert " ".join(spell(word(written).exact) for written in text.split()) == text


def test_english_plurals_lose_their_s_and_nothing_else_does() -> None:
    assert [singular(item) for item in ("lanterns", "noodles")] == ["lantern", "noodle"]
    assert [singular(item) for item in ("glass", "gas", "hibiscus", "mat")] == ["glass", "gas", "hibiscus", "mat"]
