"""What the forms of several faces share: how text is cleaned, what makes a phone number one, days, numbers."""

from typing import Any

from flask_babel import gettext as _
from wtforms import DateField, Field, StringField
from wtforms.validators import StopValidation, ValidationError

from catalog.errors import Invalid
from catalog.importing import cells
from catalog.text import nfc
from checkout import contact
from storefront import units

KEY = "int(max=9007199254740991)"
"""Of a row in an address: what both databases can compare."""


def whole(text: str | None) -> int | None:
    """A number that a page gave to its own form, such as a version; None for what is none, or longer than any of ours."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 16 else None


def tidy(value: str | None) -> str:
    """Composed letters, one line, single blanks; nothing typed is ``""``."""
    return nfc(value or "")


class Needed:
    """Something has to be written here. message: what to do, as the person reads it."""

    def __init__(self, message: Any) -> None:
        self.message = message
        self.field_flags = {"required": True}

    def __call__(self, form: Any, field: Field) -> None:
        if not field.data:
            raise StopValidation(str(self.message))


def check_phone(form: Any, field: Field) -> None:
    """A Vietnamese mobile number in any spacing; the field holds its national form afterwards."""
    try:
        field.data = contact.phone(field.data)
    except Invalid:
        raise ValidationError(_("Số điện thoại chưa đúng: cần 10 chữ số, ví dụ 0905 123 456")) from None


class DayField(DateField):
    """A day, as the browser's calendar gives it or a person writes it. Nothing typed leaves the default."""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = tidy(valuelist[0]) if valuelist else ""
        if text:
            try:
                self.data = cells.day(text)
            except Invalid:
                self.data = None  # type: ignore[assignment] # what WTForms has there until a day is read
                raise ValueError(_("Không phải ngày có thật, hãy viết như 25/11/2026")) from None


class UnitsField(StringField):
    """A whole number of units; what was typed stays in the field, right or wrong. ``units`` holds the number."""

    def __init__(self, label: Any = None, *, least: int = 1, **options: Any) -> None:
        super().__init__(label, **options)
        self.least = least
        self.units = 0

    def pre_validate(self, form: Any) -> None:
        try:
            self.units = units.read(self.data or "", least=self.least)
        except Invalid as error:
            raise ValidationError(units.words(error)) from None
