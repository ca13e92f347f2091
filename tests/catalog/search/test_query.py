from collections.abc import Callable

import pytest

from catalog.search.documents import Document
from catalog.search.index import SearchIndex
from catalog.search.query import MOST_WORDS, Found, Suggestion

Product = Callable[..., Document]
IndexOf = Callable[..., SearchIndex]

HOSTILE = [
    "",
    "   ",
    "\0",
    "*",
    "NOT",
    "id:1",
    "[a TO z]",
    '"nước',
    "'",
    "a AND OR NOT",
    "name:*",
    "(((",
    "\\",
    "\ud800",
    "\u200f\u202e\u2066",
    "🍯🇻🇳",
    "%' OR 1=1 --",
    "<script>",
    "ậ̣̣́̂",
    "日本語",
    "x" * 5000,
    "nước " * 1000,
    " ".join(chr(point) for point in range(0x20, 0x400)),
    "a'" * 2000,
    "w7dd66sfrxj",
    "đ" * 4999 + "🍯",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_gets_an_answer(shop: SearchIndex, text: str) -> None:
    assert isinstance(shop.find(text), Found)
    assert isinstance(shop.suggest(text), list)


@pytest.mark.parametrize("text", ["*", "[ TO ]", "NOT", "id:", '"', "", "\0"])
def test_signs_of_a_query_language_mean_nothing(index_of: IndexOf, product: Product, text: str) -> None:
    assert index_of(product(1, "Mật ong")).find(text).mode == "none"


def test_words_of_a_query_language_are_words(index_of: IndexOf, product: Product) -> None:
    index = index_of(product(1, "Not Not Or"), product(2, "Mật ong"))
    assert index.find("NOT mật").ids == (1, 2)


def test_a_name_outranks_a_place_and_a_place_outranks_a_text(index_of: IndexOf, product: Product) -> None:
    index = index_of(
        product(1, "Bánh tráng", text="ăn với mắm Cửa Khe"),
        product(2, "Bánh khô", place="Cửa Khe"),
        product(3, "Nước mắm Cửa Khe"),
        product(4, "Trà xanh", producer="Tổ hợp tác Cửa Khe"),
    )
    assert index.find("Cửa Khe").ids == (3, 2, 4, 1)
    assert index.find("cua khe").ids == (3, 2, 4, 1)


def test_the_same_accents_outrank_other_accents_wherever_they_are(index_of: IndexOf, product: Product) -> None:
    index = index_of(product(1, "Dừa nướng"), product(2, "Siro", text="làm từ dứa chín"), product(3, "Mứt dứa"))
    assert index.find("dứa").ids == (3, 2, 1)
    assert index.find("dừa").ids == (1, 3, 2)


def test_without_accents_all_readings_are_equal(index_of: IndexOf, product: Product) -> None:
    index = index_of(product(1, "Kẹo dừa"), product(2, "Kẹo dứa", rank=5))
    assert index.find("dua").ids == (2, 1)


def test_a_name_that_begins_with_the_query_comes_first(index_of: IndexOf, product: Product) -> None:
    index = index_of(product(1, "Rượu tiêu"), product(2, "Tiêu đen"))
    assert index.find("tiêu").ids == (2, 1)


def test_words_that_stay_together_outrank_scattered_ones(index_of: IndexOf, product: Product) -> None:
    index = index_of(product(1, "Ong ruồi rừng mật"), product(2, "Rừng có mật ong"), product(3, "Trà"))
    assert index.find("mat ong").ids == (2, 1)


def test_between_equals_the_more_popular_comes_first(index_of: IndexOf, product: Product) -> None:
    index = index_of(product(1, "Mật ong rừng", rank=1), product(2, "Mật ong đồi", rank=9))
    assert index.find("mật ong").ids == (2, 1)


def test_few_full_hits_are_followed_by_those_with_half_of_the_words(shop: SearchIndex) -> None:
    found = shop.find("nước mắm Cửa Khe")
    assert (found.ids[0], found.mode, set(found.ids[1:6])) == (74, "any", {3, 12, 27, 33, 53})


def test_enough_full_hits_stand_alone(index_of: IndexOf, product: Product) -> None:
    index = index_of(*(product(number, "Mật ong rừng") for number in range(1, 4)), product(4, "Mật mía"))
    assert (index.find("mật ong").ids, index.find("mật ong").mode) == ((1, 2, 3), "all")


def test_a_synonym_counts_less_than_the_word_itself(shop: SearchIndex) -> None:
    ids = shop.find("chè").ids
    assert ids[:3] == (127, 128, 115)
    assert {52, 124} <= set(ids[3:])


def test_a_synonym_must_match_whole(shop: SearchIndex) -> None:
    assert 11 not in shop.find("lạc").ids  # bánh đậu xanh has only half of "đậu phụng"


def test_terms_tell_what_was_looked_for(shop: SearchIndex) -> None:
    assert shop.find("vừng đen").terms == ("vừng", "đen", "mè")


def test_no_more_is_given_than_was_asked(shop: SearchIndex) -> None:
    assert shop.find("nước mắm", limit=2).ids == shop.find("nước mắm").ids[:2]


def test_of_a_long_query_the_telling_words_are_used(shop: SearchIndex) -> None:
    found = shop.find("tôi muốn mua một chai thật ngon để biếu bà con ở xa đó là nước mắm Cửa Khe")
    assert found.ids[0] == 74
    assert len(found.terms) <= MOST_WORDS


def test_only_the_beginning_of_an_endless_text_is_read(shop: SearchIndex) -> None:
    assert shop.find("- " * 2500 + "nước mắm").mode == "none"


def test_products_are_suggested_before_words(shop: SearchIndex) -> None:
    assert shop.suggest("mật o") == [
        Suggestion("Mật ong Phước Lộc", "product", 122),
        Suggestion("Mật ong dú Kỳ Tân", "product", 94),
        Suggestion("Mật ong rừng Trà My", "product", 117),
        Suggestion("Viên hoàn nghệ trắng mật ong", "product", 89),
        Suggestion("mật ong", "word"),
    ]


def test_only_the_last_word_may_be_unfinished(shop: SearchIndex) -> None:
    assert shop.suggest("mậ ong") == []


def test_a_blank_finishes_the_last_word(index_of: IndexOf, product: Product) -> None:
    index = index_of(product(1, "Mắm cái"), product(2, "Ma Cooih"))
    assert {suggestion.id for suggestion in index.suggest("ma")} == {1, 2, None}
    assert [suggestion.id for suggestion in index.suggest("ma ")] == [2, None]


def test_accents_typed_so_far_decide_the_suggestions(shop: SearchIndex) -> None:
    assert [suggestion.text for suggestion in shop.suggest("dứ")] == ["Siro dứa Khe Hoa", "dứa"]
    assert shop.suggest("dừ")[0].text == "Bánh quế dừa"


def test_english_names_are_suggested_too(shop: SearchIndex) -> None:
    assert Suggestion("Đèn lồng lụa Hội An", "product", 7) in shop.suggest("silk lan")


def test_alcohol_is_never_suggested_but_can_be_found(shop: SearchIndex) -> None:
    assert shop.suggest("rượu") == []
    assert {83, 109, 125, 126} == set(shop.find("rượu").ids)


def test_suggestions_keep_to_their_limit(shop: SearchIndex) -> None:
    assert len(shop.suggest("b", limit=5)) == 5
    assert shop.suggest("b", limit=0) == []
