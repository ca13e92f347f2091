"""How people write the name of a place."""

import unicodedata

import pytest

from catalog import placenames


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Xã Cư M'gar", "xa cu m gar"),
        ("Bà Rịa - Vũng Tàu", "ba ria vung tau"),
        ("ĐẠI  LỘC", "dai loc"),
        ("?", ""),
    ],
)
def test_a_key_is_letters_and_digits(name: str, key: str) -> None:
    assert placenames.key(name) == key


@pytest.mark.parametrize(
    ("key", "bare"),
    [
        ("phuong minh an", "minh an"),
        ("thi xa dien ban", "dien ban"),
        ("xa xa dung", "xa dung"),
        ("phuong 15", "phuong 15"),
        ("xa que xuan 1", "que xuan 1"),
        ("hoi an", "hoi an"),
    ],
)
def test_a_bare_name_has_no_kind_unless_it_is_a_number(key: str, bare: str) -> None:
    assert placenames.bare(key) == bare


@pytest.mark.parametrize(
    ("short", "written"),
    [
        ("P. Minh An", "phường minh an"),
        ("P15", "phường 15"),
        ("TP.HCM", "thành phố hcm"),
        ("TX Điện Bàn", "thị xã điện bàn"),
        ("TT. Ái Nghĩa", "thị trấn ái nghĩa"),
        ("Q3", "quận 3"),
        ("Tam Kỳ", "tam kỳ"),
        ("Phú Ninh.", "phú ninh"),
    ],
)
def test_short_kinds_are_written_out(short: str, written: str) -> None:
    assert placenames.written_out(short) == written


def test_the_place_of_a_tone_in_a_word_does_not_matter_but_the_tone_does() -> None:
    assert placenames.spoken("Hoà Thuý") == placenames.spoken("Hòa Thúy")
    assert placenames.spoken("Hòa") != placenames.spoken("Hóa")
    assert placenames.spoken("Tân") != placenames.spoken("Tan")


@pytest.mark.parametrize(
    "address",
    [
        "P. Minh An, TP Hội An, T. Quảng Nam",
        "phường Minh An;thành phố Hội An\ntỉnh Quảng Nam",
        "P. Minh An - TP. Hội An – tỉnh Quảng Nam",
        "P. Minh An TP. Hội An tỉnh Quảng Nam",
        unicodedata.normalize("NFD", "phường Minh An, TP Hội An, tỉnh Quảng Nam"),
    ],
)
def test_an_address_falls_into_pieces(address: str) -> None:
    assert placenames.pieces(address) == ["phường minh an", "thành phố hội an", "tỉnh quảng nam"]


def test_a_town_is_not_taken_apart_at_its_second_word() -> None:
    assert placenames.pieces("xã Điện Phong thị xã Điện Bàn") == ["xã điện phong", "thị xã điện bàn"]


def test_an_address_of_nothing_has_no_pieces() -> None:
    assert placenames.pieces(" , ; - ") == []
