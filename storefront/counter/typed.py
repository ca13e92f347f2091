"""Fields of the counter's forms: numbers of units."""

from typing import Any

from wtforms import StringField, ValidationError

from catalog.errors import Invalid
from storefront.counter import units


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
