"""Which English text still says what the Vietnamese one says."""

from catalog import translations
from catalog.translations import is_stale, mark_of, marked


def test_without_a_mark_nothing_is_claimed() -> None:
    assert not is_stale({}, "name_en", vi="Mật ong", en="Honey")


def test_english_is_behind_once_its_vietnamese_has_changed() -> None:
    marks = {"name_en": mark_of("Mật ong")}
    assert not is_stale(marks, "name_en", vi="Mật ong", en="Honey")
    assert is_stale(marks, "name_en", vi="Mật ong rừng", en="Honey")
    assert not is_stale(marks, "name_en", vi="Mật ong rừng", en="")


def test_a_field_written_anew_is_marked_with_the_vietnamese_of_now() -> None:
    before, after = {"name_vi": "A", "name_en": "a"}, {"name_vi": "B", "name_en": "b"}
    assert marked({}, before, after, written=["name_en"]) == {"name_en": mark_of("B")}


def test_a_field_left_alone_keeps_the_vietnamese_it_was_written_from() -> None:
    first = marked({}, {"name_vi": "A", "name_en": "a"}, {"name_vi": "B", "name_en": "a"}, written=[])
    assert first == {"name_en": mark_of("A")}
    second = marked(first, {"name_vi": "B", "name_en": "a"}, {"name_vi": "C", "name_en": "a"}, written=[])
    assert second == first
    back = marked(second, {"name_vi": "C", "name_en": "a"}, {"name_vi": "A", "name_en": "a"}, written=[])
    assert not is_stale(back, "name_en", vi="A", en="a")


def test_a_field_that_is_emptied_has_no_mark() -> None:
    marks = {"name_en": mark_of("A")}
    assert marked(marks, {"name_vi": "A", "name_en": "a"}, {"name_vi": "A", "name_en": ""}, written=["name_en"]) == {}


def test_the_source_of_a_field_is_its_vietnamese_twin() -> None:
    assert translations.source_of("story_title_en") == "story_title_vi"
