"""Outlets from a file, on both engines."""

import unicodedata
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from catalog import history, sequence
from catalog.importing import outlets
from catalog.importing.changes import BadFile, FieldChange, Reason
from catalog.outlets import Outlet, OutletLevel
from tests.catalog.importing.files import BA_DINH, HOI_AN, MONDAY_NINE, OUTLET, complaints, imported, planned

CENTRE = OUTLET | {"code": "H01", "name_vi": "Trung tâm OCOP Tam Kỳ", "level": "district_centre"}


def the(session: Any, code: str) -> Outlet:
    outlet: Outlet = session.scalars(select(Outlet).where(Outlet.code == code)).one()
    return outlet


def test_a_new_outlet_has_everything_the_row_says(session: Any) -> None:
    plan = imported(outlets, OUTLET)
    outlet = the(session, "D01")
    assert (outlet.slug, outlet.level, outlet.district_code) == (
        "diem-ban-ocop-cho-tam-ky", OutletLevel.SALES_POINT, "502",
    )  # fmt: skip
    assert (outlet.lat, outlet.lon, outlet.pickup, outlet.ships) == (15.5642, 108.4822, True, False)
    assert (outlet.active, outlet.supplied_by_id) == (True, None)
    assert [(change.key, change.new) for change in plan.changes] == [("D01", True)]
    assert sequence.current() == 1
    event = session.scalars(history.of("outlet:D01")).one()
    assert (event.verb, event.actor, event.at, event.facts["new"]) == ("outlet.imported", "system", MONDAY_NINE, True)


def test_the_same_file_twice_changes_nothing(session: Any) -> None:
    imported(outlets, CENTRE, OUTLET | {"supplied_by": "H01"})
    again = imported(outlets, CENTRE, OUTLET | {"supplied_by": "H01"}, at=MONDAY_NINE + timedelta(days=1))
    assert (again.rows, again.unchanged, again.changes) == (2, 2, ())
    assert sequence.current() == 1
    assert session.scalar(select(func.count(history.Event.id))) == 2


def test_another_spelling_of_the_same_values_changes_nothing(session: Any) -> None:
    imported(outlets, OUTLET)
    spelt = {
        "name_vi": unicodedata.normalize("NFD", OUTLET["name_vi"]) + "  ", "lat": "15,5642", "phone": "02350002001",
        "email": "D01@Example.org", "hours": "T2-T7 7h30-17h30; CN nghỉ", "pickup": "có", "ships": "không",
    }  # fmt: skip
    assert planned(outlets, OUTLET | spelt).changes == ()


def test_a_change_is_told_value_by_value_and_a_renamed_outlet_keeps_its_address(session: Any) -> None:
    imported(outlets, OUTLET)
    renamed = OUTLET | {"name_vi": "Điểm bán OCOP Phố cổ", "commune": HOI_AN, "ships": "yes"}
    plan = imported(outlets, renamed)
    assert plan.changes[0].fields == (
        FieldChange("name_vi", "Điểm bán OCOP Chợ Tam Kỳ", "Điểm bán OCOP Phố cổ"),
        FieldChange("commune", "20341", HOI_AN),
        FieldChange("ships", False, True),
    )
    outlet = the(session, "D01")
    assert (outlet.slug, outlet.district_code, outlet.ships) == ("diem-ban-ocop-cho-tam-ky", "503", True)


def test_outlets_of_one_name_get_addresses_with_their_communes(session: Any) -> None:
    imported(outlets, OUTLET, OUTLET | {"code": "D02", "commune": HOI_AN}, OUTLET | {"code": "D03", "commune": HOI_AN})
    assert [the(session, code).slug for code in ("D01", "D02", "D03")] == [
        "diem-ban-ocop-cho-tam-ky", "diem-ban-ocop-cho-tam-ky-hoi-an", "diem-ban-ocop-cho-tam-ky-d03",
    ]  # fmt: skip


def test_a_centre_may_stand_below_the_outlets_it_supplies(session: Any) -> None:
    imported(outlets, OUTLET | {"supplied_by": "H01"}, CENTRE)
    assert the(session, "D01").supplied_by_id == the(session, "H01").id
    imported(outlets, OUTLET)
    assert the(session, "D01").supplied_by_id is None


def test_a_commune_of_another_province_has_no_old_district(session: Any) -> None:
    imported(outlets, OUTLET | {"commune": BA_DINH})
    assert the(session, "D01").district_code == ""


def test_bad_rows_are_named_and_nothing_is_written(session: Any) -> None:
    rows = (
        CENTRE,
        OUTLET | {"code": "D02", "commune": "99999", "hours": "luôn luôn"},
        OUTLET | {"code": "D03", "supplied_by": "H99"},
        OUTLET | {"code": "D04", "supplied_by": "D05"},
        OUTLET | {"code": "D05", "supplied_by": "D05"},
        CENTRE | {"name_vi": "Lần nữa"},
        OUTLET | {"code": "D06", "name_vi": "", "level": "kho", "phone": "12"},
    )
    assert complaints(planned(outlets, *rows)) == [
        (3, "commune", "99999", "unknown"),
        (3, "hours", "luôn luôn", "hours"),
        (4, "supplied_by", "H99", "unknown"),
        (5, "supplied_by", "D05", "supplier_level"),
        (6, "supplied_by", "D05", "supplier_level"),
        (7, "code", "H01", "repeated"),
        (8, "name_vi", "", "required"),
        (8, "level", "kho", "choice"),
        (8, "phone", "12", "phone"),
    ]
    with pytest.raises(BadFile):
        imported(outlets, *rows)
    assert session.scalar(select(func.count(Outlet.id))) == 0
    assert sequence.current() == 0


def test_days_of_its_own_on_which_it_is_shut_may_be_given(session: Any) -> None:
    imported(outlets, OUTLET | {"closed_days": "2026-12-31; 2027-02-04 .. 2027-02-12"})
    assert the(session, "D01").closed_days == "2026-12-31; 2027-02-04..2027-02-12"
    assert imported(outlets, OUTLET).changes == ()  # a file without the column says nothing about them
    assert the(session, "D01").closed_days == "2026-12-31; 2027-02-04..2027-02-12"
    imported(outlets, OUTLET | {"closed_days": ""})
    assert the(session, "D01").closed_days == ""


def test_a_closed_day_that_cannot_be_is_named(session: Any) -> None:
    plan = planned(outlets, OUTLET | {"closed_days": "30/02/2027"})
    assert [(p.column, p.reason, p.value) for p in plan.problems] == [("closed_days", Reason.CLOSED_DAYS, "30/02/2027")]
