"""What buyers say of the goods of the demo's producer: made up, and it says so. Praise, blame, one that waits, one refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from catalog import memberships, stock
from catalog.db import db
from catalog.groups import ALCOHOL_CODES
from catalog.money import Money
from catalog.people import User
from catalog.producers import Producer
from catalog.products import Product, ProductState, Variant
from checkout import carts, fulfilment, orders, payments, placing, quotes, reviews, settlement
from checkout.contact import Contact
from checkout.delivery import Collect
from checkout.orders import Order
from checkout.placing import PlaceRequest
from checkout.reviews import Reason
from checkout.rules import PaymentMethod, Rules
from storefront import demo_village


@dataclass(frozen=True, slots=True)
class Said:
    """A made-up review. refused: not let stand, for this reason.    answer: of the producer, let stand."""

    buyer: str
    rating: int
    words: str
    named: bool = True
    waits: bool = False
    refused: Reason | None = None
    answer: str = ""


SAID = (
    Said("Nguyễn Thị Thử", 5, "Thơm thật, gói kỹ, hạn dùng còn dài. Nhà tôi sẽ mua lại. (lời thử)",
         answer="Cảm ơn chị. Mẻ mới cuối tháng có, chị ghé quầy nhé. (lời thử)"),
    Said("Trần Văn Thử", 4, "Hàng tốt, chỉ tiếc nhãn in hơi nhỏ, người già khó đọc. (lời thử)", named=False),
    Said("Lê Thị Minh Họa", 2, "Lần này nhạt hơn mẻ trước, mong nhà làm giữ đều tay. (lời thử)"),
    Said("Phạm Văn Minh Họa", 3, "Dùng được, giá hơi cao. (lời thử)", waits=True),
    Said("Võ Thị Ví Dụ", 4, "Ngon! Ai cần thì hỏi chị Ví Dụ ở nhà số 1, gọi 0905 000 000. (lời thử)",
         refused=Reason.PERSONAL_DATA),
)  # fmt: skip


def write(officer_email: str, *, at: datetime, rules: Rules) -> None:
    """Orders of the producer's goods that were fetched, and what their buyers say: praise, blame, one that waits."""
    officer, maker = demo_village.find_officer(officer_email), demo_village.find_maker()
    producer = db.session.scalar(select(Producer).where(Producer.code == demo_village.PRODUCER))
    if officer is None or maker is None or producer is None:
        return
    clerks = {outlet.id: clerk for _, clerk, outlet in db.session.execute(memberships.live()) if outlet}
    for number, said in enumerate(SAID):
        order = _fetched(producer, clerks, said.buyer, number, at=at - timedelta(hours=30 - number), rules=rules)
        if order is None:
            return
        review = reviews.write(order, 1, rating=said.rating, words=said.words, named=said.named, at=at)
        if said.refused:
            reviews.refuse(review, said.refused, "Bỏ số điện thoại và địa chỉ nhé.", version=1, by=officer, at=at)
        elif not said.waits:
            reviews.publish(review, version=1, by=officer, at=at)
        if said.answer:
            reviews.answer(review, said.answer, by=maker, at=at)
            reviews.publish_answer(review, version=1, by=officer, at=at)


def _fetched(
    producer: Producer, clerks: Mapping[int, User], buyer: str, number: int, *, at: datetime, rules: Rules
) -> Order | None:
    """One unit, paid by transfer and fetched where somebody works; None where no shelf has any."""
    sizes = select(Variant.id).join(Product, Product.id == Variant.product_id).where(Variant.active)
    sizes = sizes.where(Product.producer_id == producer.id, Product.state == ProductState.PUBLISHED)
    shelves = stock.shelves(list(db.session.scalars(sizes.where(Product.group_code.not_in(ALCOHOL_CODES)))), at=at)
    standing = [shelf for shelf in shelves if shelf.outlet_id in clerks]
    if not standing:
        return None
    shelf = max(standing, key=lambda shelf: (shelf.free, -shelf.level_id))
    clerk = memberships.find_staff(clerks[shelf.outlet_id])
    if clerk is None:
        return None
    cart, to = carts.open_cart(at=at), Collect(shelf.outlet_id)
    carts.put(cart, shelf.variant_id, 1, at=at, rules=rules)
    view = carts.view(cart, at=at, rules=rules)
    total = quotes.quote(view, to, from_outlets=quotes.active_outlets(), at=at, rules=rules).price.total
    contact = Contact(buyer, f"090500001{number}")
    request = PlaceRequest(contact, to, PaymentMethod.BANK_TRANSFER, "vi")
    token = f"demo-opinion-{number}"
    order = placing.place(cart, request, shown_total=total, submit_token=token, at=at, rules=rules)
    paid = payments.of_order(order.id)
    sent = {"provider": "demo", "provider_id": f"demo:{paid.code}", "actor": "system"}
    settlement.receive_transfer(paid.code, Money(paid.amount), **sent, at=at)
    share = fulfilment.get_fulfilment(shelf.outlet_id, order.reference)
    fulfilment.make_ready(share, by=clerk, at=at, rules=rules)
    share = fulfilment.get_fulfilment(shelf.outlet_id, order.reference)
    fulfilment.hand_over(share, code=order.collect_code or "", by=clerk, at=at)
    return orders.get_order(order.reference)
