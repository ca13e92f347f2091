"""Signing in and out, registering, and one's own orders."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user

from catalog import makers, people
from catalog.db import db, transaction
from catalog.money import Money
from catalog.people import EmailTaken, User
from checkout import carts, orders
from storefront import demo_village, order_words
from storefront.account.forms import RegisterForm, SignInForm
from storefront.extensions import limiter
from storefront.onward import onward
from storefront.outside import outside, settings
from storefront.person import Person
from storefront.programme import rules

bp = Blueprint("account", __name__, url_prefix="/tai-khoan")

SHOWN_ORDERS = 50


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One of the customer's orders in the list."""

    reference: str
    url: str
    placed_at: datetime
    state_name: str
    total: Money


@bp.after_request
def forget(response: Response) -> Response:
    """On a shared computer, Back after signing out must not bring the order links back."""
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("")
def show() -> ResponseReturnValue:
    """The customer and their orders; a stranger is asked to sign in."""
    if not current_user.is_authenticated:
        return redirect(url_for("account.sign_in", next=request.path))
    placed = db.session.scalars(orders.of_customer(current_user.id).limit(SHOWN_ORDERS))
    rows = [
        OrderRow(
            reference=order.reference,
            url=url_for("shop.orders.show", token=order.token),
            placed_at=order.placed_at,
            state_name=order_words.state_name(order),
            total=Money(order.total, order.currency),
        )
        for order in placed
    ]
    user = people.find_user(current_user.id)
    writes = user is not None and makers.find_maker(user) is not None
    return render_template("account/show.html", person=current_user, orders=rows, writes=writes)


@bp.route("/dang-nhap", methods=["GET", "POST"])
@limiter.limit("10 per minute", methods=["POST"])
def sign_in() -> ResponseReturnValue:
    """By e-mail and password, as slow for an unknown e-mail as for a wrong password."""
    form = SignInForm()
    if request.method == "POST" and form.validate():
        user = people.authenticate(form.email.data, form.password.data)
        if user:
            _enter(user)
            return redirect(_next(), 303)
        form.refuse()
    makers_door = _next().startswith(url_for("studio.producers.index"))
    account = demo_village.account() if makers_door and settings().demo else None
    if account and request.method == "GET" and request.args.get("thu"):
        form.email.data = account.email
    page = render_template("account/sign_in.html", form=form, next=_next(), makers_door=makers_door, account=account)
    return page, 422 if form.errors else 200


@bp.route("/dang-ky", methods=["GET", "POST"])
@limiter.limit("10 per minute", methods=["POST"])
def register() -> ResponseReturnValue:
    """A new customer, signed in at once."""
    form = RegisterForm()
    if request.method == "POST" and form.validate():
        try:
            with transaction():
                user = people.register(
                    form.email.data,
                    form.password.data,
                    name=form.name.data,
                    phone=form.phone.data or None,
                    at=outside().now(),
                )
        except EmailTaken:
            form.refuse_taken_email()
        else:
            _enter(user)
            flash(_("Đã tạo tài khoản."))
            return redirect(_next(), 303)
    return render_template("account/register.html", form=form, next=_next()), 422 if form.errors else 200


@bp.post("/dang-xuat")
def sign_out() -> ResponseReturnValue:
    """Leave nothing of the person in this browser, the counter's door closed too; their cart waits in the account."""
    logout_user()
    session.clear()
    return redirect(onward(url_for("shop.home.show")), 303)


def _enter(user: User) -> None:
    """Sign in, and bring the cart of this browser and the one in the account together."""
    now, person = outside().now(), Person.of(user)
    capped = False
    with transaction():
        people.note_sign_in(person.id, at=now)
        here = carts.find_cart(session.get("cart", ""))
        mine = carts.of_customer(person.id)
        if here and here.customer_id is None:
            mine = mine or carts.open_cart(at=now, customer_id=person.id)
            moved = carts.merge_into(mine, here, at=now, rules=rules())
            capped = any(added.capped for added in moved.values())
        token = mine.token if mine else None
        count = carts.count(token) if token else 0
    session.clear()  # nothing a stranger may have planted in this browser survives the change of person
    session.permanent = True
    if token:
        session["cart"], session["cart_count"] = token, count
    login_user(person)
    if capped:
        flash(_("Một số món trong giỏ đã giảm số lượng vì kho không còn đủ."), "error")


def _next() -> str:
    return onward(url_for("account.show"))
