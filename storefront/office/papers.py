"""What the forms about one product's stars share: what the officer had seen, points, and where a refusal stands."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import HiddenField, StringField

from catalog import decisions, places
from catalog.decisions import Parts
from catalog.errors import Conflict, Invalid
from catalog.importing import amounts
from catalog.products import Product
from storefront import decision_words
from storefront.deeds import KeyedForm
from storefront.fields import tidy, whole
from storefront.filters import decimal
from storefront.office import bureau
from storefront.office.certificates import overtaken

PARTS = ("score_a", "score_b", "score_c")


class PointsField(StringField):
    """Points with a decimal comma or point; None where nothing is typed."""

    def __init__(self, **options: Any) -> None:
        super().__init__("", **options)
        self.label.text = decision_words.part_name(self.short_name)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return decimal(self.data) if isinstance(self.data, Decimal) else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        text = tidy(valuelist[0]) if valuelist else ""
        if text:
            try:
                self.data = amounts.decimal(0, 100, places=1)(text)
            except Invalid:
                raise ValueError(_("Nhập số điểm với nhiều nhất một chữ số lẻ, ví dụ 33,5")) from None


class PaperForm(KeyedForm):
    """A form about one product's certificates, as they were when the page was made."""

    seen = HiddenField()

    def see(self, product: Product) -> None:
        """Remember how things stood; a form that was sent keeps what it remembered."""
        if request.method != "POST":
            self.seen.data = str(decisions.version_of(product.id))

    @property
    def version(self) -> int:
        """What ``decisions.version_of`` said then; nothing that it ever says for a form of nobody's."""
        seen = whole(self.seen.data)
        return -1 if seen is None else seen

    def points(self) -> Parts | None:
        """The three parts; None where none is typed. Raises Invalid with the one that is missing."""
        given = {name: self[name].data for name in PARTS}
        if all(points is None for points in given.values()):
            return None
        for name, points in given.items():
            if points is None:
                raise Invalid(name, "required")
        return given["score_a"], given["score_b"], given["score_c"]

    def refuse(self, wrong: Invalid) -> None:
        """Put the sentence beside its field, or on top where there is no such field."""
        sentence = decision_words.refusal(wrong)
        if wrong.field in self:
            self[wrong.field].errors = [sentence]
        else:
            self.form_errors.append(sentence)


def act(form: PaperForm, product: Product, deed: Callable[[], None]) -> ResponseReturnValue | None:
    """Do what a sent form asks for and go to the product's life; None where its page is to be shown.

    deed: what it raises stands on the page.
    """

    def led() -> str:
        deed()
        return url_for("office.certificates.show", product=product.code)

    if request.method == "POST" and form.validate():
        try:
            return bureau.once(form.key.data, led)
        except Invalid as wrong:
            form.refuse(wrong)
        except Conflict:
            return overtaken(product)
    return None


def about(product: Product) -> dict[str, Any]:
    """What every such page says of its product."""
    back = url_for("office.certificates.show", product=product.code)
    return {"product": product, "place": places.get_commune(product.commune_code).label, "back": back}


def status(form: PaperForm) -> int:
    """Of the form's page."""
    return 422 if form.errors else 200
