"""Provinces, communes, the way back from old names, and distances."""

from collections import Counter

import pytest

from catalog import places
from catalog.errors import NotFound

HOI_AN = "20410"
QUANG_NAM_DISTRICTS = {
    "Thành phố Tam Kỳ",
    "Thành phố Hội An",
    "Thị xã Điện Bàn",
    "Huyện Tây Giang",
    "Huyện Đông Giang",
    "Huyện Đại Lộc",
    "Huyện Duy Xuyên",
    "Huyện Quế Sơn",
    "Huyện Nông Sơn",
    "Huyện Nam Giang",
    "Huyện Phước Sơn",
    "Huyện Hiệp Đức",
    "Huyện Thăng Bình",
    "Huyện Tiên Phước",
    "Huyện Bắc Trà My",
    "Huyện Nam Trà My",
    "Huyện Núi Thành",
    "Huyện Phú Ninh",
}


def labels(text: str, **options: str | int) -> list[str]:
    return [commune.label for commune in places.search_communes(text, **options)]  # type: ignore[arg-type]


def today(*parts: str) -> list[str]:
    return [commune.label for commune in places.from_old(*parts).candidates]


def test_vietnam_has_34_provinces_and_3321_communes() -> None:
    assert len(places.provinces()) == 34
    assert sum(len(places.communes(province.code)) for province in places.provinces()) == 3321


def test_da_nang_comes_first_and_the_others_follow_the_vietnamese_alphabet() -> None:
    names = [province.name for province in places.provinces()]
    assert names[:3] == ["Đà Nẵng", "An Giang", "Bắc Ninh"]
    assert names[6:10] == ["Đắk Lắk", "Điện Biên", "Đồng Nai", "Đồng Tháp"]
    assert names[-1] == "Vĩnh Long"


def test_a_province_has_a_name_that_people_say_and_one_for_papers() -> None:
    assert places.get_province("48") == places.Province("48", "Đà Nẵng", "Thành phố Đà Nẵng")
    assert places.get_province("51").full_name == "Tỉnh Quảng Ngãi"


def test_da_nang_has_23_wards_70_rural_communes_and_one_special_zone() -> None:
    kinds = Counter(commune.kind for commune in places.communes("48"))
    assert kinds == {"phuong": 23, "xa": 70, "dac_khu": 1}


def test_communes_of_a_province_follow_the_vietnamese_alphabet() -> None:
    names = [commune.name for commune in places.communes("48")]
    assert names[:4] == ["An Hải", "An Khê", "An Thắng", "Avương"]
    assert names.index("Duy Xuyên") < names.index("Đại Lộc") < names.index("Gò Nổi")


def test_an_unknown_province_has_no_communes() -> None:
    assert places.communes("49") == ()


def test_a_commune_says_its_name_in_two_lengths() -> None:
    commune = places.get_commune(HOI_AN)
    assert commune.full_name == "Phường Hội An"
    assert commune.label == "Phường Hội An, Đà Nẵng"
    assert places.get_commune("20333").full_name == "Đặc khu Hoàng Sa"


@pytest.mark.parametrize("code", ["", "00000", "2041", "không"])
def test_an_unknown_code_is_not_found(code: str) -> None:
    assert places.find_commune(code) is None
    with pytest.raises(NotFound):
        places.get_commune(code)
    with pytest.raises(NotFound):
        places.get_province(code)


def test_the_78_communes_of_old_quang_nam_keep_their_18_districts() -> None:
    districts = Counter(commune.old_district for commune in places.communes("48"))
    ours = {district: n for district, n in districts.items() if district in QUANG_NAM_DISTRICTS}
    assert set(ours) == QUANG_NAM_DISTRICTS
    assert sum(ours.values()) == 78
    assert ours["Huyện Nông Sơn"] == 2
    assert places.get_commune(HOI_AN).old_district_code == "503"
    assert None not in districts


def test_communes_elsewhere_have_no_district_tag() -> None:
    assert {commune.old_district for commune in places.communes("51")} == {None}


def test_the_six_districts_up_the_valleys_are_mountain() -> None:
    assert {commune.old_district for commune in places.communes("48") if commune.mountain} == {
        "Huyện Tây Giang",
        "Huyện Đông Giang",
        "Huyện Nam Giang",
        "Huyện Phước Sơn",
        "Huyện Bắc Trà My",
        "Huyện Nam Trà My",
    }
    assert sum(commune.mountain for commune in places.communes("48")) == 28


def test_islands_are_those_reached_by_boat() -> None:
    assert [c.full_name for c in places.communes("48") if c.island] == ["Đặc khu Hoàng Sa", "Xã Tân Hiệp"]
    nationwide = {c.name for p in places.provinces() for c in places.communes(p.code) if c.island}
    assert {"Phú Quốc", "Lý Sơn", "Trường Sa", "Cồn Cỏ"} <= nationwide
    assert "Vân Đồn" not in nationwide


def test_every_commune_has_a_point_in_vietnam() -> None:
    for province in places.provinces():
        for commune in places.communes(province.code):
            assert 8.0 < commune.lat < 23.5, commune.label
            assert 102.0 < commune.lon < 115.0, commune.label


def test_namesakes_that_the_source_confused_stand_where_they_belong() -> None:
    (luong_son,) = [c for c in places.communes("25") if c.name == "Lương Sơn"]
    (son_luong,) = [c for c in places.communes("25") if c.name == "Sơn Lương"]
    assert places.distance_km(luong_son.lat, luong_son.lon, 20.88, 105.53) < 10  # west of Hà Nội
    assert places.distance_km(son_luong.lat, son_luong.lon, 21.46, 104.93) < 10  # far in the north-west


@pytest.mark.parametrize("text", ["Hội An", "hoi an", "HỘI  AN", "p. hội an", "Phường Hội An", "phuong hoi an"])
def test_a_name_is_found_with_or_without_accents_and_kind(text: str) -> None:
    assert labels(text)[0] == "Phường Hội An, Đà Nẵng"


def test_exact_accents_come_before_other_accents() -> None:
    assert labels("Tân An", province_code="91")[0] == "Xã Tân An, An Giang"
    assert labels("Thạnh Mỹ", province_code="48") == ["Xã Thạnh Mỹ, Đà Nẵng"]
    accented, plain = labels("Thanh Khê", limit=1), labels("thạnh khé", limit=1)
    assert accented == plain == ["Phường Thanh Khê, Đà Nẵng"]


def test_both_ways_to_place_a_tone_are_the_same_name() -> None:
    assert labels("Hoà Vang")[0] == labels("Hòa Vang")[0] == "Xã Hòa Vang, Đà Nẵng"


def test_beginnings_come_before_the_middle_of_names() -> None:
    found = labels("trà", province_code="48", limit=94)
    assert found.index("Xã Trà My, Đà Nẵng") < found.index("Xã Nam Trà My, Đà Nẵng")


def test_a_kind_in_the_name_itself_is_no_obstacle() -> None:
    assert labels("xa dung")[0] == labels("Xã Xa Dung")[0] == "Xã Xa Dung, Điện Biên"


def test_the_wrong_kind_still_finds_the_name_in_its_province() -> None:
    assert labels("xã Hội An", province_code="48")[0] == "Phường Hội An, Đà Nẵng"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Minh An", "Phường Hội An, Đà Nẵng"),
        ("Ái Nghĩa", "Xã Đại Lộc, Đà Nẵng"),
        ("thi tran ai nghia", "Xã Đại Lộc, Đà Nẵng"),
        ("Quế Trung", "Xã Nông Sơn, Đà Nẵng"),
        ("Cù Lao Chàm", "Xã Tân Hiệp, Đà Nẵng"),
    ],
)
def test_old_names_find_the_new_commune(old: str, new: str) -> None:
    assert labels(old)[0] == new


def test_the_old_town_asks_for_all_communes_on_its_land() -> None:
    assert labels("Hội An cũ", province_code="48") == [
        "Phường Hội An, Đà Nẵng",
        "Phường Hội An Đông, Đà Nẵng",
        "Phường Hội An Tây, Đà Nẵng",
        "Xã Tân Hiệp, Đà Nẵng",
    ]


def test_a_search_stays_in_its_province_and_its_limit() -> None:
    assert len(labels("tân", limit=7)) == 7
    assert {label.split(", ")[1] for label in labels("tân", province_code="96")} == {"Cà Mau"}


@pytest.mark.parametrize("text", ["", "   ", "?!", "cũ là gì", "zzz"])
def test_text_without_a_place_finds_nothing(text: str) -> None:
    assert labels(text) == []


@pytest.mark.parametrize(
    ("address", "commune", "matched"),
    [
        (
            "P. Minh An, TP Hội An, Quảng Nam",
            "Phường Hội An, Đà Nẵng",
            "Phường Minh An, Thành phố Hội An, Tỉnh Quảng Nam",
        ),
        (
            "thị trấn Ái Nghĩa, huyện Đại Lộc, tỉnh Quảng Nam",
            "Xã Đại Lộc, Đà Nẵng",
            "Thị trấn Ái Nghĩa, Huyện Đại Lộc, Tỉnh Quảng Nam",
        ),
        (
            "P.1, TP. Vũng Tàu, Bà Rịa - Vũng Tàu",
            "Phường Vũng Tàu, Hồ Chí Minh",
            "Phường 1, Thành phố Vũng Tàu, Tỉnh Bà Rịa - Vũng Tàu",
        ),
    ],
)
def test_an_old_address_gives_one_commune_and_says_what_it_understood(address: str, commune: str, matched: str) -> None:
    match = places.from_old(address)
    assert [c.label for c in match.candidates] == [commune]
    assert match.matched == matched


@pytest.mark.parametrize(
    "address",
    [
        "12 Trần Phú, P. Minh An, TP. Hội An, Quảng Nam, Việt Nam",
        "12 tran phu, phuong minh an, hoi an, quang nam",
        "Minh An, Hội An, Đà Nẵng",
        "Minh An - Hội An - Quảng Nam",
        "P. Minh An TP Hội An Quảng Nam",
        "Phường Minh An",
    ],
)
def test_people_write_the_same_old_address_in_many_ways(address: str) -> None:
    assert today(address) == ["Phường Hội An, Đà Nẵng"]


def test_the_levels_of_an_old_address_may_come_apart() -> None:
    match = places.from_old("Phường Minh An", "Thành phố Hội An", "Tỉnh Quảng Nam")
    assert match == places.from_old("Phường Minh An, Thành phố Hội An, Tỉnh Quảng Nam")
    assert match.candidates == (places.get_commune(HOI_AN),)


def test_a_split_commune_asks() -> None:
    assert today("Xã Hòa Liên, huyện Hòa Vang, Đà Nẵng") == [
        "Phường Hải Vân, Đà Nẵng",
        "Phường Liên Chiểu, Đà Nẵng",
    ]
    assert today("p15, Tân Bình, TPHCM") == ["Phường Tân Bình, Hồ Chí Minh", "Phường Tân Sơn, Hồ Chí Minh"]


def test_an_address_without_a_commune_proposes_those_of_its_district() -> None:
    match = places.from_old("12 Trần Phú, Hội An, Quảng Nam")
    assert [commune.name for commune in match.candidates] == [
        "Hội An",
        "Hội An Đông",
        "Hội An Tây",
        "Tân Hiệp",
    ]
    assert match.matched == "Thành phố Hội An, Tỉnh Quảng Nam"


def test_namesakes_all_come_and_only_what_they_share_is_matched() -> None:
    match = places.from_old("Tân Thành")
    assert len({commune.province_code for commune in match.candidates}) > 5
    assert match.matched == ""


def test_the_kind_of_a_district_decides_between_namesakes() -> None:
    town, district = today("TP Cao Lãnh, Đồng Tháp"), today("Huyện Cao Lãnh, Đồng Tháp")
    assert ("Phường Cao Lãnh, Đồng Tháp" in town, "Phường Cao Lãnh, Đồng Tháp" in district) == (True, False)
    assert ("Xã Mỹ Hiệp, Đồng Tháp" in town, "Xã Mỹ Hiệp, Đồng Tháp" in district) == (False, True)


def test_a_kind_that_has_changed_does_not_matter() -> None:
    assert today("xã Tiên Kỳ, Tiên Phước, Quảng Nam") == ["Xã Tiên Phước, Đà Nẵng"]


def test_names_of_two_reforms_ago_are_known() -> None:
    match = places.from_old("xã Quế Trung, huyện Nông Sơn, Quảng Nam")
    assert [commune.label for commune in match.candidates] == ["Xã Nông Sơn, Đà Nẵng"]
    assert match.matched == "Thị trấn Trung Phước, Huyện Nông Sơn, Tỉnh Quảng Nam"


def test_a_district_without_communes_is_its_own_candidate() -> None:
    assert today("Huyện Hoàng Sa, Đà Nẵng") == ["Đặc khu Hoàng Sa, Đà Nẵng"]


@pytest.mark.parametrize(
    "address",
    [
        "",
        ", ,",
        "Paris",
        "Quảng Nam",
        "Minh An, Paris",
        "Xã Bịa Đặt, Hội An, Quảng Nam",
        "Phường Minh An, Huyện Đại Lộc, Quảng Nam",
    ],
)
def test_an_unknown_address_proposes_nothing(address: str) -> None:
    assert places.from_old(address) == places.OldMatch((), "")


def test_hoi_an_and_tam_ky_are_forty_kilometres_apart() -> None:
    there = places.distance_km(15.8799, 108.3267, 15.5638, 108.4822)
    assert there == pytest.approx(38.9, abs=0.1)
    assert places.distance_km(15.5638, 108.4822, 15.8799, 108.3267) == pytest.approx(there)


def test_distance_is_exact_where_it_is_known() -> None:
    assert places.distance_km(16.0, 108.0, 16.0, 108.0) == 0.0
    assert places.distance_km(0.0, 0.0, 0.0, 180.0) == pytest.approx(20015.09, abs=0.01)
    assert places.distance_km(15.0, 108.0, 16.0, 108.0) == pytest.approx(111.19, abs=0.01)
