"""Letters about orders, enquiries and invitations: what the outbox's mail jobs do.

A letter is written when it is sent, from the order as it is then. Its key is made of the job's kind and what it is
about, so a job that runs twice sends the same letter, which mail programs show once.
"""

from datetime import date
from typing import Any
from urllib.parse import urljoin

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from catalog import invitations, memberships, people
from catalog.db import db, transaction
from catalog.jobs import Claimed
from catalog.money import Money
from catalog.products import Product
from checkout import orders, payments
from checkout.orders import Order, OrderState
from storefront import filters, order_words
from storefront.mail import Letter
from storefront.outside import outside, settings
from storefront.programme import transfer_for


def about_order(job: Claimed) -> None:
    """Something has happened to an order: the letter says what, and how things stand when it is sent."""
    order = orders.get_order(job.payload["order"])
    if job.kind == "mail.order_reminder" and order.state_at(outside().now()) is not OrderState.READY:
        return  # fetched, or given up, in the meantime
    with force_locale(order.language):
        what = {
            "mail.order_placed": _("đã nhận đơn"),
            "mail.order_confirmed": _("đã nhận tiền"),
            "mail.order_ready": _("đã đóng gói xong"),
            "mail.order_shipped": _("đã giao cho nhà vận chuyển"),
            "mail.order_delivered": _("đã giao tới"),
            "mail.order_returned": _("hàng đã quay về"),
            "mail.order_reminder": _("hàng đang chờ bạn đến lấy"),
            "mail.order_cancelled": _("đã hủy"),
            "mail.order_expired": _("hết hạn giữ hàng"),
        }[job.kind]
        _about(order, job, _("Đơn %(reference)s: %(what)s", reference=order.reference, what=what))


def enquiry(job: Claimed) -> None:
    """Somebody asks for a place on a tour: to the producer who guides it, and to the shop."""
    asked = job.payload
    query = select(Product).where(Product.id == asked["product"]).options(joinedload(Product.producer))
    product = db.session.scalars(query).one()
    day = date.fromisoformat(asked["day"])
    with force_locale("vi"):
        subject = _("Hỏi đặt chỗ: %(tour)s, %(day)s", tour=product.name_vi, day=filters.day(day))
        url = _address("shop.products.show", slug=product.slug)
        facts = {"product": product, "asked": asked, "day": day, "url": url}
        for number, to in enumerate(dict.fromkeys((product.producer.email, settings().email))):
            if to:
                _send("enquiry", to=to, subject=subject, key=f"{job.kind}:{job.id}:{number}", facts=facts)


def invitation(job: Claimed) -> None:
    """A way into the counter, for somebody whose account is older than their work: only its mailbox gets the link.

    The token is made here, so that the outbox never holds one; done twice, the later letter's link is the one that works.
    """
    at = outside().now()
    with transaction():
        user = people.find_user(job.payload["user"])
        if user is None or memberships.find_staff(user) is None:
            return
        token = invitations.invite(user, actor=job.payload["actor"], at=at)
    facts = {
        "name": user.name,
        "url": _address("counter.invitations.show", token=token),
        "until": at + invitations.LIFE,
    }
    with force_locale("vi"):
        subject = _("Đường vào Quầy OCOP của bạn")
        _send("invitation", to=user.email, subject=subject, key=f"{job.kind}:{job.id}:{job.attempt}", facts=facts)


def _about(order: Order, job: Claimed, subject: str) -> None:
    """Only who left an e-mail gets letters; the others have the page."""
    if not order.email:
        return
    payment = payments.of_order(order.id)
    facts = {
        "order": order,
        "heading": order_words.state_name(order),
        "hint": order_words.state_hint(order, payment),
        "lines": [(li.name_vi, li.unit_vi, li.quantity, Money(li.amount, order.currency)) for li in order.lines],
        "rows": order_words.money_rows(order, payment),
        "total": Money(order.total, order.currency),
        "vat_note": order_words.vat_note(order),
        "payment_name": order_words.payment_name(order.payment_method),
        "promise": order_words.promise(order),
        "next_steps": order_words.next_steps(order),
        "parcels": order_words.parcels(order),
        "transfer": transfer_for(order, payment),
        "url": _address("shop.orders.show", token=order.token),
    }
    _send("order", to=order.email, subject=subject, key=f"{job.kind}:{order.reference}", facts=facts)


def _send(template: str, *, to: str, subject: str, key: str, facts: dict[str, Any]) -> None:
    """templates/mail/<template>.txt and .html; rendered without a request, so without what pages get from one."""
    text, html = (
        current_app.jinja_env.get_template(f"mail/{template}.{kind}").render(facts, subject=subject)
        for kind in ("txt", "html")
    )
    outside().mailer.send(Letter(to=to, subject=subject, text=text, html=html, key=key, at=outside().now()))


def _address(endpoint: str, **values: str) -> str:
    """A whole address: a letter is read far from the shop."""
    path = current_app.url_map.bind("").build(endpoint, values)
    return urljoin(settings().base_url, path)
