"""Allergens that a list of ingredients names."""

import pytest

from catalog import allergens
from catalog.allergens import AllergenWord, Unmarked
from catalog.importing.cells import ALLERGENS


@pytest.mark.parametrize(
    ("ingredients", "marked", "found"),
    [
        ("Cá cơm, muối", (), [("cá cơm", "fish")]),
        ("Cá cơm, muối", ("fish",), []),
        ("cà chua, cà phê, canh", (), []),
        ("TÔM đất, Ghẹ, mè rang, lạc", ("sesame",), [("tôm", "crustacean"), ("lạc", "peanut")]),
        ("sữa hạt sen, đường", (), []),
        ("sữa hạt sen, sữa bò", (), [("sữa", "milk")]),
        ("Thịt heo, bột mì\n(lúa mì)", (), [("bột mì", "gluten")]),
        ("liên lạc", (), [("lạc", "peanut")]),
        ("cám gạo, mème", (), []),
        ("", (), []),
    ],
)
def test_what_is_named_and_not_marked_is_pointed_at(
    ingredients: str, marked: tuple[str, ...], found: list[tuple[str, str]]
) -> None:
    assert [(each.word, each.allergen) for each in allergens.unmarked(ingredients, marked)] == found


def test_another_list_can_be_brought() -> None:
    words = (AllergenWord("Hạt sen", "nuts", ("hạt sen khô",)),)
    assert allergens.unmarked("hạt sen khô, HẠT SEN tươi, tôm", (), words) == (Unmarked("hạt sen", "nuts"),)
    assert allergens.unmarked("tôm", (), ()) == ()


def test_every_word_of_the_file_has_a_code_that_can_be_marked() -> None:
    assert {word.allergen for word in allergens.default_words()} == set(ALLERGENS)
