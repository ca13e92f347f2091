"""The door before alcoholic drinks: are you 18? Asked only where the shop sells them."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from catalog.errors import NotFound
from storefront import age
from storefront.extensions import limiter
from storefront.onward import onward
from storefront.outside import settings

bp = Blueprint("age", __name__, url_prefix="/do-tuoi")


@bp.get("")
def show() -> str:
    """The question. It says nothing of what lies behind it."""
    _must_sell()
    return render_template("shop/age/show.html", onward=onward(url_for("shop.products.index")))


@bp.post("")
@limiter.limit("30 per minute")
def answer() -> ResponseReturnValue:
    """Through the door, or back to the shop."""
    _must_sell()
    if request.form.get("of_age") == "yes":
        age.state()
        return redirect(onward(url_for("shop.products.index")), 303)
    age.take_back()
    flash(_("Cảm ơn bạn đã nói thật. Cửa hàng còn nhiều món khác."))
    return redirect(url_for("shop.home.show"), 303)


def _must_sell() -> None:
    if not settings().alcohol:
        raise NotFound("no alcohol here")
