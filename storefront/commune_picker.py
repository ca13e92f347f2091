"""Finding a commune of our own province by its name of today or of before: a field to type in, and what it may mean.

``settle`` brings the fields together: ``settled`` holds the code that counts, ``candidates`` what is to be chosen from.
"""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectChoice, StringField
from wtforms.validators import ValidationError

from catalog import placenames, places
from catalog.places import Commune
from storefront.deeds import KeyedForm
from storefront.fields import tidy

CANDIDATES = 8
"""Communes offered at once."""


class CommuneForm(KeyedForm):
    """A keyed form that asks for a commune; call ``settle`` before ``validate``."""

    commune_text = StringField(_l("Xã, phường"), filters=[tidy])
    commune = RadioField(_l("Chọn đúng xã, phường"), validate_choice=False)
    settled = HiddenField()

    candidates: tuple[Commune, ...] = ()

    def settle(self) -> Commune | None:
        """The commune meant, when it is clear; the fields then say so."""
        found = _called(self.commune_text.data or "")
        chosen = next((c for c in found if c.code in (self.commune.data, self.settled.data)), None)
        if chosen is None and len(found) == 1 and _is_name(found[0], self.commune_text.data or ""):
            chosen = found[0]
        self.candidates = () if chosen else tuple(found)
        self.commune.choices = [SelectChoice(commune.code, label(commune)) for commune in self.candidates]
        self.commune.data = None
        self.settled.data = chosen.code if chosen else ""
        if chosen:
            self.commune_text.data = chosen.full_name
        return chosen

    def validate_commune_text(self, field: StringField) -> None:
        if self.settled.data:
            return
        if len(self.candidates) == 1:
            raise ValidationError(_("Chọn %(place)s ở dưới nếu đúng", place=self.candidates[0].full_name))
        if self.candidates:
            raise ValidationError(_("Có nhiều nơi giống tên này, chọn đúng xã, phường ở dưới"))
        if field.data:
            raise ValidationError(_("Trong thành phố không có xã, phường này; thử tên khác hoặc tên cũ"))
        raise ValidationError(_("Nhập xã hoặc phường"))


def label(commune: Commune) -> str:
    """``Xã Trà My, huyện Bắc Trà My cũ``: with the district that people still say."""
    district = commune.old_district
    if not district:
        return commune.full_name
    return _("%(commune)s, %(district)s cũ", commune=commune.full_name, district=district[0].lower() + district[1:])


def _called(text: str) -> list[Commune]:
    """Ours that the text may mean; only one when it is that one's whole name."""
    found = places.search_communes(text, province_code=places.HOME, limit=CANDIDATES) if text else []
    return [commune for commune in found if commune.full_name == text] or found


def _is_name(commune: Commune, text: str) -> bool:
    """Whether this is its name of today, with or without the kind, accents or not."""
    name = placenames.key(placenames.written_out(text))
    return name in (placenames.key(commune.name), placenames.key(commune.full_name))
