import pytest

from catalog.errors import Invalid
from checkout import contact


@pytest.mark.parametrize(
    "text",
    [
        "0912345678",
        "0912 345 678",
        "0912.345.678",
        "0912-345-678",
        "+84912345678",
        "84 912 345 678",
        "+84 (0) 912 345 678",
    ],
)
def test_one_number_has_many_spellings(text: str) -> None:
    assert contact.phone(text) == "0912345678"


def test_a_number_that_is_right_already_stays_as_it_is() -> None:
    assert contact.phone(contact.phone("+84 352 000 111")) == "0352000111"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0912",
        "09123456789",
        "0312345678",
        "0235 3852 123",
        "1900 1234",
        "0912345abc",
        "+1 912 345 6789",
        "٠٩١٢٣٤٥٦٧٨",
    ],
)
def test_what_is_no_mobile_number_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        contact.phone(text)
    assert (refused.value.field, refused.value.reason) == ("phone", "phone")


@pytest.mark.parametrize(
    ("text", "canonical"),
    [("0100233488", "0100233488"), ("0100 233 488", "0100233488"), ("0100233488001", "0100233488-001")],
)
def test_a_tax_code_has_one_form(text: str, canonical: str) -> None:
    assert contact.tax_code(text) == canonical


@pytest.mark.parametrize("text", ["", "0100233489", "010023348", "0100233488-000", "abc"])
def test_a_tax_code_with_a_wrong_check_digit_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        contact.tax_code(text)
    assert (refused.value.field, refused.value.reason) == ("tax_code", "tax_code")
