"""The visitor's cart as pages show it: found by the session, every line with what is wrong with it in words."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import session
from flask_babel import gettext as _

from catalog.money import Money
from catalog.views import Picture
from checkout import carts
from checkout.allocation import Short
from checkout.carts import Cart, CartView, Item
from checkout.delivery import Method
from checkout.rules import Problem
from storefront import filters
from storefront.i18n import language
from storefront.outside import outside
from storefront.programme import rules

BLOCKING = {Problem.WITHDRAWN, Problem.NOT_ORDERABLE, Problem.NOT_DELIVERABLE, Problem.SOLD_OUT, Problem.SHORT}


@dataclass(frozen=True, slots=True)
class BasketLine:
    """One line. most: units that can be asked for.    stuck: the problem stops the order.    gone: never to return."""

    variant_id: int
    slug: str
    name: str
    unit: str
    picture: Picture | None
    price: Money
    quantity: int
    most: int
    amount: Money
    problem: str | None
    stuck: bool
    gone: bool


@dataclass(frozen=True, slots=True)
class Basket:
    """The cart. goods: of what can still be had.    problems: how many lines have one.    orderable: nothing stops an
    order, the journey apart.
    """

    lines: tuple[BasketLine, ...]
    goods: Money
    count: int
    problems: int
    orderable: bool


def find() -> Cart | None:
    """The cart of this session, or None."""
    token = session.get("cart")
    return carts.find_cart(token) if token else None


def view() -> CartView:
    """The session's cart as it can be sold now."""
    return carts.view(find(), at=outside().now(), rules=rules())


def remember(cart: Cart) -> None:
    """Keep the cart in the session, and its number of units, so that a header needs no query."""
    session.permanent = True
    session["cart"] = cart.token
    session["cart_count"] = carts.count(cart.token)


def basket(cart: CartView, problems: Mapping[int, str] | None = None) -> Basket:
    """What a page shows. problems: variant → words for what stops this line on the way that was chosen."""
    lines = tuple(_line(item, (problems or {}).get(item.variant_id)) for item in cart.items)
    return Basket(
        lines=lines,
        goods=sum((line.amount for line in lines if not line.gone), Money(0)),
        count=cart.count,
        problems=sum(line.problem is not None for line in lines),
        orderable=cart.orderable,
    )


def journey_problems(problems: Mapping[int, Problem], short: tuple[Short, ...], method: Method) -> dict[int, str]:
    """Words for what stops lines on one way to the buyer. Arguments as in ``quotes.Offer``."""
    words = {line.variant_id: _short_words(line, method) for line in short}
    if any(problem is Problem.NOT_DELIVERABLE for problem in problems.values()):
        fresh = _("Hàng tươi, không gửi xa được. Chọn đến điểm bán lấy, hoặc bỏ món này.")
        words |= {variant: fresh for variant, problem in problems.items() if problem is Problem.NOT_DELIVERABLE}
    return words


def _line(item: Item, journey: str | None) -> BasketLine:
    own = _problem_words(item)
    stops = item.problem in BLOCKING
    return BasketLine(
        variant_id=item.variant_id,
        slug=item.slug,
        name=item.name(language()),
        unit=item.unit(language()),
        picture=Picture.of(item.photo, language()) if item.photo else None,
        price=item.price,
        quantity=item.quantity,
        most=max(1, min(item.free, rules().max_quantity_per_line)),
        amount=item.amount,
        problem=own if stops else journey or own,
        stuck=stops or journey is not None,
        gone=item.problem in (Problem.WITHDRAWN, Problem.NOT_ORDERABLE, Problem.SOLD_OUT),
    )


def _problem_words(item: Item) -> str | None:
    if item.problem is Problem.PRICE_CHANGED and item.was_price:
        was, now = filters.money(item.was_price), filters.money(item.price)
        return _("Giá đã đổi từ %(was)s thành %(now)s.", was=was, now=now)
    return {
        None: None,
        Problem.WITHDRAWN: _("Món này không còn bán. Bỏ ra để đặt những món còn lại."),
        Problem.NOT_ORDERABLE: _("Món này hiện chưa đặt qua mạng được. Bỏ ra để đặt những món còn lại."),
        Problem.SOLD_OUT: _("Món này vừa hết hàng. Bỏ ra để đặt những món còn lại."),
        Problem.SHORT: _("Chỉ còn %(free)s. Giảm số lượng để đặt được.", free=item.free),
    }[item.problem]


def _short_words(line: Short, method: Method) -> str:
    if method is Method.COLLECT:
        return _("Điểm này chỉ có %(free)s. Chọn điểm khác hoặc giảm số lượng.", free=line.free)
    if line.free == 0:
        return _("Món này chỉ có tại điểm bán không gửi hàng. Chọn đến lấy, hoặc bỏ món này.")
    return _("Chỉ gửi đi được %(free)s. Giảm số lượng, hoặc chọn đến điểm bán lấy.", free=line.free)
