"""Those who make the goods."""

from flask import Blueprint, render_template, request
from flask_babel import gettext as _

from catalog import cards, producers, showcase
from catalog.atlas import map_outline
from catalog.producers import LegalForm
from storefront import structured
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
    columns = outside().columns.current(at=outside().now())
    forms = [Choice("", _("Tất cả"), form is None)]
    forms += [Choice(f.value, legal_form_name(f), f.value == form) for f in LegalForm]
    found = cards.producer_cards(columns, legal_form=form)
    return render_template("shop/producers/index.html", producers=found, forms=forms)


@bp.get("/<slug>")
@kept
def show(slug: str) -> str:
    """One, with their story and all they sell."""
    now = outside().now()
    producer = producers.get_producer(slug)
    page = showcase.producer_page(producer, outside().columns.current(at=now), at=now, lapsed=lapsed())
    return render_template(
        "shop/producers/show.html", page=page, map_outline=map_outline(), jsonld=structured.producer(page)
    )
