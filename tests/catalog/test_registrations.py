"""Tax numbers and what households have in their place."""

import pytest

from catalog import registrations
from catalog.errors import Invalid
from catalog.producers import LegalForm

COMPANY, COOPERATIVE, HOUSEHOLD, GROUP = (
    LegalForm.COMPANY,
    LegalForm.COOPERATIVE,
    LegalForm.HOUSEHOLD,
    LegalForm.COOPERATIVE_GROUP,
)


@pytest.mark.parametrize(
    ("written", "form", "stored"),
    [
        ("0100233488", COMPANY, "0100233488"),
        (" 01.00 233-488 ", COOPERATIVE, "0100233488"),
        ("0314409058-002", COMPANY, "0314409058-002"),
        ("0314409058 002", COMPANY, "0314409058-002"),
        ("0100233488", HOUSEHOLD, "0100233488"),
        ("0100233488", GROUP, "0100233488"),
        ("049 080 001 234", HOUSEHOLD, "049080001234"),
        ("049080001234", GROUP, "049080001234"),
        ("33a8012345", HOUSEHOLD, "33A8012345"),
    ],
)
def test_a_number_is_read_in_any_spacing(written: str, form: LegalForm, stored: str) -> None:
    assert registrations.read(written, form) == stored


@pytest.mark.parametrize(
    ("written", "form", "reason"),
    [
        ("", COMPANY, "required"),
        (" - . ", COMPANY, "required"),
        ("0100233480", COMPANY, "check_digit"),
        ("0100000000", COMPANY, "check_digit"),
        ("0314409058-000", COMPANY, "check_digit"),
        ("0314409059-002", COOPERATIVE, "check_digit"),
        ("12345", HOUSEHOLD, "digits"),
        ("01002334881", COMPANY, "digits"),
        ("01002334AB", COMPANY, "digits"),
        ("049080001234", COMPANY, "personal"),
        ("049080001234", COOPERATIVE, "personal"),
        ("000080001234", HOUSEHOLD, "digits"),  # no such place
        ("097080001234", HOUSEHOLD, "digits"),
        ("049980001234", HOUSEHOLD, "digits"),  # no such century
        ("33A8012345", COMPANY, "digits"),
        ("33A9012345", HOUSEHOLD, "digits"),
        ("33A8012345", GROUP, "digits"),
        ("0" * 500, HOUSEHOLD, "digits"),
        ("０１００２３３４８８", COMPANY, "digits"),
        ("٠١٠٠٢٣٣٤٨٨", COMPANY, "digits"),
    ],
)
def test_what_is_no_number_is_refused_with_its_reason(written: str, form: LegalForm, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        registrations.read(written, form)
    assert (refused.value.field, refused.value.reason) == ("registration", reason)


def test_a_persons_number_is_covered_and_others_are_shown() -> None:
    assert registrations.is_personal("049080001234")
    assert registrations.covered("049080001234") == "•••• •••• 1234"
    for number in ("0100233488", "0314409058-002", "33A8012345", ""):
        assert not registrations.is_personal(number)
        assert registrations.covered(number) == number
