"""The communes until 30 June 2025."""

from catalog import old_communes, places


def test_all_of_them_lead_to_communes_of_today() -> None:
    before = {(row.province, row.district, row.name) for row in old_communes.everywhere()}
    today = {code for row in old_communes.everywhere() for code in row.codes}
    assert len(before) == len(old_communes.everywhere()) == 10_045  # 10,040 and five once more under Nông Sơn
    assert today == {c.code for province in places.provinces() for c in places.communes(province.code)}


def test_471_of_them_were_split_and_one_of_these_in_da_nang() -> None:
    split = [row for row in old_communes.everywhere() if len(row.codes) > 1]
    assert len(split) == 471
    ours = [row for row in split if row.province in ("Thành phố Đà Nẵng", "Tỉnh Quảng Nam")]
    assert [(row.district, row.name) for row in ours] == [("Huyện Hòa Vang", "Xã Hòa Liên")]


def test_narrowing_keeps_what_the_address_says() -> None:
    quang_nam = old_communes.in_province("Quảng Nam", old_communes.everywhere())
    assert len(quang_nam) == 238
    hoi_an = old_communes.in_district("hội an quảng nam", quang_nam)
    assert len(hoi_an) == 13
    assert [row.name for row in old_communes.called("cam pho", hoi_an)] == ["Phường Cẩm Phô"]
    assert old_communes.called("ái nghĩa", hoi_an) == []


def test_accents_choose_where_one_fits_and_otherwise_leave_all() -> None:
    rows = [row for row in old_communes.everywhere() if row.bare == "tan thanh"]
    exact = old_communes.accented("tân thành", rows)
    assert {row.name.split(" ", 1)[1] for row in exact} >= {"Tân Thành"}
    assert 0 < len(exact) < len(rows)
    assert old_communes.accented("tăn thãnh", rows) == rows


def test_saigon_has_many_names() -> None:
    names = ("TPHCM", "thành phố Hồ Chí Minh", "Sài Gòn")
    found = [old_communes.in_province(name, old_communes.everywhere()) for name in names]
    assert found[0] == found[1] == found[2]
    assert {row.province for row in found[0]} == {"Thành phố Hồ Chí Minh"}
