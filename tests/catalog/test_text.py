"""Vietnamese text: one form, folding, addresses, alphabetical order."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.text import collation_key, collation_text, fold, has_words, nfc, slugify


def test_decomposed_letters_are_composed() -> None:
    assert nfc(unicodedata.normalize("NFD", "Đường phèn")) == "Đường phèn"


@pytest.mark.parametrize(
    "blank", ["\u00a0", "\u200b", "\ufeff", "\u202e", "\t\n", "\u2060", "\u061c", "\u206f", "\U000e0041"]
)
def test_every_kind_of_blank_is_one_blank(blank: str) -> None:
    assert nfc(f"{blank}Mật{blank}{blank}ong{blank}") == "Mật ong"


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Đèn lồng Hội An", "den long hoi an"),
        ("ĐƯỜNG PHÈN", "duong phen"),
        ("\u0110u \u0111\u1ee7", "du du"),
        ("ðậu", "dau"),  # eth, as some keyboards write it
        ("Quế Trà My", "que tra my"),
        ("500 ml", "500 ml"),
    ],
)
def test_what_two_people_type_compares_equal(written: str, folded: str) -> None:
    assert fold(written) == folded
    assert fold(unicodedata.normalize("NFD", written)) == folded


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Đèn lồng Hội An", "den-long-hoi-an"),
        ("  Nước mắm 40°N — loại 1  ", "nuoc-mam-40-n-loai-1"),
        ("Chè dây (gói 100 g)", "che-day-goi-100-g"),
        ("../etc/passwd", "etc-passwd"),
        ("★★★", ""),
    ],
)
def test_an_address_keeps_every_letter(name: str, slug: str) -> None:
    assert slugify(name) == slug


@given(st.text(max_size=80))
def test_an_address_is_letters_digits_and_single_dashes(name: str) -> None:
    slug = slugify(name)
    assert slug == slugify(slug)
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert "--" not in slug
    assert slug == slug.strip("-")


DICTIONARY = ["an", "ăn", "ấn", "bún", "cà", "dầu", "đậu", "em", "êm", "no", "nơ", "ui", "ưu", "yến"]


def test_the_alphabet_is_the_vietnamese_one() -> None:
    assert sorted(reversed(DICTIONARY), key=collation_key) == DICTIONARY


def test_tones_only_decide_between_equal_letters() -> None:
    tones = ["ma", "mà", "mả", "mã", "má", "mạ"]
    assert sorted(reversed(tones), key=collation_key) == tones
    assert collation_key("mạ") < collation_key("mai") < collation_key("mân")


def test_blanks_and_digits_come_before_letters() -> None:
    words = ["chả 2", "chả bò", "chả ram", "chảo"]
    assert sorted(reversed(words), key=collation_key) == words


@given(st.text("aăâbđdeêoôơuưyáàảãạ 1", max_size=6), st.text("aăâbđdeêoôơuưyáàảãạ 1", max_size=6))
def test_a_database_that_compares_bytes_agrees(one: str, other: str) -> None:
    written = (collation_text(one).encode() > collation_text(other).encode()) - (
        collation_text(one).encode() < collation_text(other).encode()
    )
    meant = (collation_key(one) > collation_key(other)) - (collation_key(one) < collation_key(other))
    assert written == meant


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("", True), (" ", True), ("den", True), ("ĐÈN LỤA", True), ("lu de", True), ("sku-1", True), ("1", True),
        ("en", False), ("ong", False), ("đèn giấy", False),
    ],
)  # fmt: skip
def test_words_are_found_by_how_they_begin(wanted: str, found: bool) -> None:
    assert has_words("Đèn lồng lụa SKU-1", wanted) == found
