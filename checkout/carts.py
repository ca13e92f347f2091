"""Carts: what somebody would like to buy. A cart promises nothing and holds nothing.

Every change takes the cart's own row first, so two clicks on one cart happen one after the other.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    UniqueConstraint,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from catalog import certificates, lapses, stock
from catalog.certificates import Certificate
from catalog.db import Base, BigKey, UtcDateTime, db, text_column
from catalog.errors import Conflict, NotFound
from catalog.lapses import Lapses
from catalog.money import Money
from catalog.products import Photo, Product, Variant, VatClass
from catalog.stock import Shelf
from checkout.rules import Problem, Rules


class NotOrderable(Conflict):
    """Some of what is wanted cannot be ordered at all. ``problems``: variant → what is in the way."""

    def __init__(self, problems: Mapping[int, Problem]) -> None:
        super().__init__(", ".join(f"variant {variant}: {problem}" for variant, problem in problems.items()))
        self.problems = dict(problems)


class CartFull(Conflict):
    """The cart already has as many different lines as the shop allows."""


class Cart(Base):
    """One visitor's cart. ``token`` is the secret the visitor's session keeps; nobody else can name it."""

    __tablename__ = "carts"
    __table_args__ = (Index("ix_carts_customer_id", "customer_id"), Index("ix_carts_updated_at", "updated_at"))

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    token: Mapped[str] = mapped_column(text_column(64), unique=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CartLine(Base):
    """``quantity`` units of a variant; ``seen_price`` is the price, in đồng, that its owner last acted upon."""

    __tablename__ = "cart_lines"
    __table_args__ = (
        UniqueConstraint("cart_id", "variant_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("seen_price >= 0", name="seen_price_not_negative"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    cart_id: Mapped[int] = mapped_column(ForeignKey("carts.id"))
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"))
    quantity: Mapped[int] = mapped_column(Integer)
    seen_price: Mapped[int] = mapped_column(BigInteger)


@dataclass(frozen=True, slots=True)
class Added:
    """What happened: the line now has ``quantity`` units; ``capped`` when more were asked for than can be had."""

    quantity: int
    capped: bool


@dataclass(frozen=True, slots=True)
class Item:
    """A cart line with all a page, a price and an order need to know of it now.

    free: units on all shelves.    gross_g, volume_mm3: of one unit, packed.    certificate_number, stars: of the
    certificate valid now, or None.    was_price: the price last seen, where it is another today.
    """

    variant_id: int
    product_id: int
    sku: str
    slug: str
    name_vi: str
    name_en: str
    unit_vi: str
    unit_en: str
    photo: Photo | None
    vat_class: VatClass
    alcohol: bool
    perishable: bool
    life_days: int | None
    gross_g: int
    volume_mm3: int
    certificate_number: str | None
    stars: int | None
    price: Money
    was_price: Money | None
    quantity: int
    free: int
    problem: Problem | None

    @property
    def amount(self) -> Money:
        """The price of the whole line."""
        return self.price * self.quantity

    def name(self, lang: str) -> str:
        """The product's name; Vietnamese where there is no other."""
        return (self.name_en if lang == "en" else "") or self.name_vi

    def unit(self, lang: str) -> str:
        """The variant's size in words."""
        return (self.unit_en if lang == "en" else "") or self.unit_vi


@dataclass(frozen=True, slots=True)
class CartView:
    """A cart at one instant. shelves: where its variants are free, first expired first."""

    items: tuple[Item, ...]
    shelves: tuple[Shelf, ...]

    @property
    def goods(self) -> Money:
        """Sum of the lines, tax included."""
        return sum((item.amount for item in self.items), Money(0))

    @property
    def count(self) -> int:
        """Units of all lines."""
        return sum(item.quantity for item in self.items)

    @property
    def changed(self) -> bool:
        """Whether something is not as its owner left it."""
        return any(item.problem or item.was_price for item in self.items)

    @property
    def orderable(self) -> bool:
        """Whether there is something in it and nothing stands in the way of any of it, the journey apart."""
        return bool(self.items) and all(item.problem in (None, Problem.PRICE_CHANGED) for item in self.items)

    @property
    def alcohol(self) -> bool:
        """Whether any of it is alcoholic."""
        return any(item.alcohol for item in self.items)


def find_cart(token: str) -> Cart | None:
    """The cart with this secret, or None."""
    return db.session.scalar(select(Cart).where(Cart.token == token))


def of_customer(customer_id: int) -> Cart | None:
    """The cart somebody keeps in their account: the one changed last."""
    query = select(Cart).where(Cart.customer_id == customer_id)
    return db.session.scalar(query.order_by(Cart.updated_at.desc(), Cart.id.desc()).limit(1))


def count(token: str) -> int:
    """Units in the cart with this secret; 0 for none."""
    query = select(func.sum(CartLine.quantity)).join(Cart, Cart.id == CartLine.cart_id)
    return int(db.session.scalar(query.where(Cart.token == token)) or 0)


def variant_ids(cart: Cart) -> list[int]:
    """What is in it, in a fixed order."""
    query = select(CartLine.variant_id).where(CartLine.cart_id == cart.id)
    return list(db.session.scalars(query.order_by(CartLine.variant_id)))


def view(cart: Cart | None, *, at: datetime, rules: Rules) -> CartView:
    """The cart as it can be sold now: today's prices, stock, stars and problems. A fixed number of queries."""
    rows = _rows(cart) if cart else []
    if not rows:
        return CartView((), ())
    product_ids = [product.id for _, _, product in rows]
    photos = _first_photos(product_ids)
    valid = certificates.current(product_ids, at=at)
    rule = lapses.of(product_ids, valid, policy=rules.lapsed_policy, at=at)
    product_of = {variant.id: product.id for _, variant, product in rows}
    shelves = rule.narrow(stock.shelves([variant.id for _, variant, _ in rows], at=at), product_of)
    free = dict.fromkeys((variant.id for _, variant, _ in rows), 0)
    for shelf in shelves:
        free[shelf.variant_id] += shelf.free
    items = tuple(
        _item(line, variant, product, photos.get(product.id), valid.get(product.id), free[variant.id], rule, rules)
        for line, variant, product in rows
    )
    return CartView(items, tuple(shelves))


def open_cart(*, at: datetime, customer_id: int | None = None) -> Cart:
    """A new, empty cart."""
    cart = Cart(token=secrets.token_urlsafe(32), customer_id=customer_id, updated_at=at)
    db.session.add(cart)
    db.session.flush()
    return cart


def lock(cart: Cart, *, at: datetime) -> None:
    """Take the cart for the rest of the transaction. Raises NotFound when it is gone."""
    changed = update(Cart).where(Cart.id == cart.id).values(updated_at=at).returning(Cart.id)
    if db.session.scalar(changed.execution_options(synchronize_session=False)) is None:
        raise NotFound("cart")


def put(cart: Cart, variant_id: int, quantity: int, *, at: datetime, rules: Rules) -> Added:
    """Add units of a variant to what is there already, as many as are free and allowed.

    quantity: units, at least 1.

    Raises NotFound for an unknown variant, NotOrderable for one that is not for sale, CartFull.
    """
    lock(cart, at=at)
    return _set(cart, variant_id, _quantity(cart, variant_id) + quantity, at=at, rules=rules)


def change(cart: Cart, variant_id: int, quantity: int, *, at: datetime, rules: Rules) -> Added:
    """Have this many units of a variant, as far as they are free and allowed; 0 takes the line out. Raises as put."""
    lock(cart, at=at)
    if quantity == 0:
        _take_out(cart, variant_id)
        return Added(0, capped=False)
    return _set(cart, variant_id, quantity, at=at, rules=rules)


def remove(cart: Cart, variant_id: int, *, at: datetime) -> None:
    """Take a line out; one that is not there stays not there."""
    lock(cart, at=at)
    _take_out(cart, variant_id)


def clear(cart: Cart) -> None:
    """Take everything out: it has been ordered."""
    db.session.execute(delete(CartLine).where(CartLine.cart_id == cart.id))


def accept_prices(cart: Cart, *, at: datetime) -> None:
    """The owner has seen today's prices: they are no longer news."""
    lock(cart, at=at)
    today = select(Variant.price).where(Variant.id == CartLine.variant_id).scalar_subquery()
    accepted = update(CartLine).where(CartLine.cart_id == cart.id).values(seen_price=today)
    db.session.execute(accepted.execution_options(synchronize_session=False))


def merge_into(cart: Cart, source: Cart, *, at: datetime, rules: Rules) -> dict[int, Added]:
    """Move everything from ``source`` into ``cart`` and delete ``source``; somebody signed in with a full cart.

    Returns, per moved variant, what became of it; capped lines are to be told to the owner. What cannot be ordered any
    more stays behind, as Added(0, capped=True).
    """
    for one in sorted((cart, source), key=lambda one: one.id):
        lock(one, at=at)
    moved: dict[int, Added] = {}
    for variant_id in variant_ids(source):
        wanted = _quantity(cart, variant_id) + _quantity(source, variant_id)
        try:
            moved[variant_id] = _set(cart, variant_id, wanted, at=at, rules=rules)
        except (NotOrderable, CartFull):
            moved[variant_id] = Added(0, capped=True)
    clear(source)
    db.session.delete(source)
    db.session.flush()
    return moved


def _rows(cart: Cart) -> list[tuple[CartLine, Variant, Product]]:
    query = (
        select(CartLine, Variant, Product)
        .join(Variant, Variant.id == CartLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(CartLine.cart_id == cart.id)
        .order_by(CartLine.id)
    )
    return [(line, variant, product) for line, variant, product in db.session.execute(query)]


def _first_photos(product_ids: Sequence[int]) -> dict[int, Photo]:
    query = select(Photo).where(Photo.product_id.in_(product_ids)).order_by(Photo.position.desc(), Photo.id.desc())
    return {photo.product_id: photo for photo in db.session.scalars(query)}


def _item(
    line: CartLine,
    variant: Variant,
    product: Product,
    photo: Photo | None,
    certificate: Certificate | None,
    free: int,
    rule: Lapses,
    rules: Rules,
) -> Item:
    was_price = Money(line.seen_price) if line.seen_price != variant.price else None
    return Item(
        variant_id=variant.id,
        product_id=product.id,
        sku=variant.sku,
        slug=product.slug,
        name_vi=product.name_vi,
        name_en=product.name_en,
        unit_vi=variant.unit_vi,
        unit_en=variant.unit_en,
        photo=photo,
        vat_class=product.vat_class,
        alcohol=product.alcohol,
        perishable=product.perishable,
        life_days=product.life_days,
        gross_g=variant.gross_g,
        volume_mm3=variant.length_mm * variant.width_mm * variant.height_mm,
        certificate_number=certificate.number if certificate else None,
        stars=certificate.stars if certificate else None,
        price=variant.money,
        was_price=was_price,
        quantity=line.quantity,
        free=free,
        problem=rules.product_problem(product, variant, certified=rule.orderable(product.id))
        or _stock_problem(line.quantity, free)
        or (Problem.PRICE_CHANGED if was_price else None),
    )


def _stock_problem(quantity: int, free: int) -> Problem | None:
    if free == 0:
        return Problem.SOLD_OUT
    return Problem.SHORT if free < quantity else None


def _quantity(cart: Cart, variant_id: int) -> int:
    query = select(CartLine.quantity).where(CartLine.cart_id == cart.id, CartLine.variant_id == variant_id)
    return db.session.scalar(query) or 0


def _set(cart: Cart, variant_id: int, wanted: int, *, at: datetime, rules: Rules) -> Added:
    if wanted < 1:
        raise ValueError(f"quantity must be at least 1: {wanted}")
    row = db.session.execute(
        select(Variant, Product).join(Product, Product.id == Variant.product_id).where(Variant.id == variant_id)
    ).first()
    if row is None:
        raise NotFound(str(variant_id))
    variant, product = row
    valid = certificates.current([product.id], at=at)
    rule = lapses.of([product.id], valid, policy=rules.lapsed_policy, at=at)
    if problem := rules.product_problem(product, variant, certified=rule.orderable(product.id)):
        raise NotOrderable({variant_id: problem})
    found = stock.free_by_variant([variant_id], at=at)
    free = rule.free(found, {variant_id: product.id}, at=at).get(variant_id, 0)
    quantity = min(wanted, free, rules.max_quantity_per_line)
    line = db.session.scalar(select(CartLine).where(CartLine.cart_id == cart.id, CartLine.variant_id == variant_id))
    if line is not None and quantity:
        line.quantity, line.seen_price = quantity, variant.price
    elif line is not None:
        db.session.delete(line)
    elif quantity:
        if len(variant_ids(cart)) >= rules.max_lines:
            raise CartFull(str(rules.max_lines))
        db.session.add(CartLine(cart_id=cart.id, variant_id=variant_id, quantity=quantity, seen_price=variant.price))
    db.session.flush()
    return Added(quantity, capped=quantity < wanted)


def _take_out(cart: Cart, variant_id: int) -> None:
    gone = delete(CartLine).where(CartLine.cart_id == cart.id, CartLine.variant_id == variant_id)
    db.session.execute(gone)
