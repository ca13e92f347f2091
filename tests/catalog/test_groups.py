"""The programme's groups."""

import pytest

from catalog.errors import NotFound
from catalog.groups import ALCOHOL_CODES, TOUR_CODES, find_group, get_group, group_of, groups


def test_each_group_is_followed_by_its_subgroups() -> None:
    parent = ""
    for group in groups():
        if group.parent is None:
            parent = group.slug
        else:
            assert group.parent == parent
    assert [g.slug for g in groups() if g.parent is None] == [
        "thuc-pham",
        "do-uong",
        "duoc-lieu",
        "thu-cong-my-nghe",
        "du-lich-cong-dong",
    ]


def test_a_group_covers_what_its_subgroups_cover() -> None:
    drinks = get_group("do-uong")
    assert drinks.codes == ("2.1a", "2.1b", "2.2b")
    assert [g.codes for g in groups() if g.parent == "do-uong"] == [("2.1a",), ("2.1b",), ("2.2b",)]


def test_addresses_and_codes_are_unique() -> None:
    slugs = [g.slug for g in groups()]
    codes = [g.codes[0] for g in groups() if g.parent]
    assert len(slugs) == len(set(slugs)) == 24
    assert len(codes) == len(set(codes)) == 19


def test_alcohol_and_tours_are_codes_of_the_table() -> None:
    assert [group_of(code).name_en for code in ALCOHOL_CODES] == ["Rice spirits", "Infused spirits"]
    assert [group_of(code).parent for code in TOUR_CODES] == ["du-lich-cong-dong"]


def test_a_code_leads_to_its_subgroup_not_to_the_group() -> None:
    assert group_of("1.4a").slug == "nuoc-mam-va-tuong"
    assert group_of("1.4a").parent == "thuc-pham"


def test_what_is_not_sold_here_is_not_found() -> None:
    assert find_group("cay-canh") is None
    with pytest.raises(NotFound):
        get_group("cay-canh")
    with pytest.raises(NotFound):
        group_of("5.1")
