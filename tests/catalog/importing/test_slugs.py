"""Addresses made from names. Pure."""

from catalog.importing.slugs import MAX_LENGTH, Slugs


def test_a_name_becomes_an_address() -> None:
    assert Slugs([]).take("QN007", "Đèn lồng lụa Hội An") == "den-long-lua-hoi-an"


def test_a_taken_address_gets_the_first_word_that_helps() -> None:
    slugs = Slugs([("nuoc-mam", "QN001"), ("nuoc-mam-hoi-an", "QN002")])
    assert slugs.take("QN003", "Nước mắm", "Hội An", "HTX Gành Son") == "nuoc-mam-htx-ganh-son"
    assert slugs.take("QN004", "Nước mắm", "Hội An", "HTX Gành Son") == "nuoc-mam-qn004"


def test_a_thing_may_have_its_own_address_again() -> None:
    assert Slugs([("nuoc-mam", "QN001")]).take("QN001", "Nước mắm", "Hội An") == "nuoc-mam"


def test_a_name_without_letters_gives_way_to_the_code() -> None:
    assert Slugs([]).take("QN009", "!!!") == "qn009"


def test_an_address_fits_its_column_with_the_word_behind_it() -> None:
    slugs = Slugs([("x" * MAX_LENGTH, "QN001")])
    assert slugs.take("QN002", "x" * 300, "Hội An") == "x" * (MAX_LENGTH - 7) + "-hoi-an"
