import pytest

from catalog.search.documents import Document
from catalog.search.index import SearchIndex
from catalog.text import fold


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("nuowcs mawms", "nước mắm"),
        ("nuwowcs mawms", "nước mắm"),
        ("maatj ong", "mật ong"),
        ("ddenf loongf", "đèn lồng"),
        ("tieeu tieen phuwowcs", "tiêu tiên phước"),
        ("ruwowuj", "rượu"),
        ("nu7o7c1 ma81m", "nước mắm"),
        ("d9e2n lo62ng", "đèn lồng"),
        ("ru7o7u5", "rượu"),
        ("dđèn lồng", "đèn lồng"),
    ],
)
def test_keyboard_residue_is_read_as_the_accents_it_was_to_be(shop: SearchIndex, typed: str, meant: str) -> None:
    assert shop.find(typed).corrected == meant
    assert shop.find(typed).ids == shop.find(meant).ids


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("nuocmam", "nước mắm"),
        ("nướcmắmnhĩ", "nước mắm nhĩ"),
        ("che day razeh", "che day ra zéh"),
        ("nuocmamnhitruyenthonghoian", "nước mắm nhĩ truyền thống hội an"),
    ],
)
def test_a_missing_space_is_put_where_names_have_one(shop: SearchIndex, typed: str, meant: str) -> None:
    assert shop.find(typed).corrected == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("xâm ngọc linh", "sâm ngọc linh"),
        ("tinh giầu quế", "tinh dầu quế"),
        ("tiêu tiên phướt", "tiêu tiên phước"),
        ("bánh trnág", "bánh tráng"),
        ("choi dott", "choi đót"),
        ("cinamon", "cinnamon"),
        ("bột protien", "bột protein"),
    ],
)
def test_sound_alikes_and_slips_become_what_the_neighbours_suggest(shop: SearchIndex, typed: str, meant: str) -> None:
    assert shop.find(typed).corrected == meant


def test_two_slips_are_forgiven_in_a_long_word_only(shop: SearchIndex) -> None:
    assert shop.find("codonopsys tae").corrected == "codonopsis tae"
    assert shop.find("agarwodd braeclet").corrected == "agarwood bracelet"
    assert shop.find("braclett").corrected == "bracelet"
    assert shop.find("sjlq").corrected is None


def test_names_are_never_altered_however_they_are_typed(shop: SearchIndex, catalogue: list[Document]) -> None:
    for document in catalogue:
        for typed in (document.name, document.name.upper(), fold(document.name)):
            found = shop.find(typed)
            assert (found.corrected, found.ids[0]) == (None, document.id), typed


@pytest.mark.parametrize("word", ["lạc", "khóm", "katu", "tắc", "honey"])
def test_words_of_the_synonym_table_are_no_slips(shop: SearchIndex, word: str) -> None:
    assert shop.find(word).corrected is None


@pytest.mark.parametrize("word", ["sinh", "xyz", "qwertyuiop", "zz", "9", "s f r x j"])
def test_what_looks_like_nothing_is_left_alone(shop: SearchIndex, word: str) -> None:
    found = shop.find(word)
    assert (found.corrected, found.ids) == (None, ())


def test_somebody_may_insist_on_what_was_typed(shop: SearchIndex) -> None:
    found = shop.find("nuocmam", as_typed=True)
    assert (found.ids, found.corrected, found.mode) == ((), None, "none")
