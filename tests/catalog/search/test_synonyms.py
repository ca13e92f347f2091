from catalog.search.analysis import words
from catalog.search.synonyms import Synonym, Thesaurus, seed

PEANUT = Synonym("đậu phụng", ("lạc", "đậu phộng"), ("peanut",))
SESAME = Synonym("mè", ("vừng",))


def others(query: str, *table: Synonym, borne: bool = True) -> set[str]:
    found = Thesaurus(table).alternatives(words(query), borne=lambda folded: borne)
    return {" ".join(word.typed for word in alternative.phrase) for alternative in found}


def test_every_phrase_of_a_row_stands_for_the_others() -> None:
    assert others("lạc", PEANUT) == {"đậu phụng", "đậu phộng"}
    assert others("đậu phộng", PEANUT) == {"đậu phụng", "lạc"}


def test_a_phrase_is_found_inside_a_query_and_says_where() -> None:
    [first, _] = Thesaurus([PEANUT]).alternatives(words("kẹo đậu phụng giòn"), borne=lambda folded: True)
    assert (first.start, first.end) == (1, 3)


def test_part_of_a_phrase_is_not_the_phrase() -> None:
    assert others("đậu xanh", PEANUT) == set()


def test_other_accents_are_other_words() -> None:
    assert others("lác", PEANUT) == set()
    assert others("vụng", SESAME) == set()


def test_without_accents_longer_words_and_phrases_are_understood() -> None:
    assert others("vung", SESAME) == {"mè"}
    assert others("dau phong", PEANUT) == {"đậu phụng", "lạc"}


def test_a_short_word_without_accents_is_expanded_only_if_nothing_is_called_so() -> None:
    assert others("lac", PEANUT, borne=True) == set()
    assert others("lac", PEANUT, borne=False) == {"đậu phụng", "đậu phộng"}


def test_english_leads_in_but_not_out() -> None:
    assert others("Peanuts", PEANUT) == {"đậu phụng", "lạc", "đậu phộng"}
    assert "peanut" not in others("lạc", PEANUT)


def test_words_of_the_table_are_known() -> None:
    thesaurus = Thesaurus([PEANUT])
    assert [thesaurus.knows(folded) for folded in ("lac", "peanut", "dau", "vung")] == [
        True,
        True,
        True,
        False,
    ]


def test_an_empty_table_knows_nothing() -> None:
    assert others("lạc") == set()


def test_the_seed_names_each_thing_once_and_no_phrase_twice_in_a_row() -> None:
    table = seed()
    canonical = [row.canonical for row in table]
    assert len(canonical) == len(set(canonical))
    for row in table:
        phrases = [row.canonical, *row.variants]
        assert len(phrases) == len(set(phrases)), row
        assert row.variants or row.english, row


def test_the_seed_reads_its_columns() -> None:
    assert next(row for row in seed() if row.canonical == "bắp") == Synonym("bắp", ("ngô", "bẹ"), ("corn", "maize"))
