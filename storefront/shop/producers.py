"""Those who make the goods."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from catalog import cards, producers, products, showcase
from catalog.atlas import map_outline
from catalog.producers import LegalForm
from storefront import age, structured
from storefront.keeping import kept
from storefront.outside import outside
from storefront.programme import lapsed
from storefront.shop.listing import Choice
from storefront.wording import legal_form_name

bp = Blueprint("producers", __name__, url_prefix="/chu-the")


@bp.get("")
@kept
def index() -> str:
    """All of them, by legal form."""
    asked = request.args.get("chu_the", "")
    form = asked if asked in set(LegalForm) else None
    columns = age.columns()
    forms = [Choice("", _("Tất cả"), form is None)]
    forms += [Choice(f.value, legal_form_name(f), f.value == form) for f in LegalForm]
    found = cards.producer_cards(columns, legal_form=form)
    return render_template("shop/producers/index.html", producers=found, forms=forms)


@bp.get("/<slug>")
@kept
def show(slug: str) -> ResponseReturnValue:
    """One, with their story and all they sell. Who makes nothing but alcohol is behind the door for adults."""
    now = outside().now()
    producer = producers.get_producer(slug)
    page = showcase.producer_page(producer, age.columns(), at=now, lapsed=lapsed())
    if not page.cards and age.hides_alcohol() and products.makes_alcohol(producer.id):
        return age.gate()
    return render_template(
        "shop/producers/show.html", page=page, map_outline=map_outline(), jsonld=structured.producer(page)
    )
