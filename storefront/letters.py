"""Letters about orders, reviews, sales, enquiries, recalls, applications, pages, invitations: what the mail jobs do.

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

from catalog import applications, invitations, maker_invitations, makers, memberships, people, renewals, revisions
from catalog.certificates import Certificate
from catalog.clock import vietnam_day
from catalog.db import db, transaction
from catalog.errors import NotFound
from catalog.jobs import Claimed
from catalog.lots import Lot
from catalog.money import Money
from catalog.outlets import Outlet
from catalog.products import Product, Variant
from catalog.revisions import Revision, RevisionState
from checkout import orders, payments, recalls, review_requests, sales
from checkout.orders import Order, OrderState
from storefront import filters, order_words, page_words, presenting, recall_words, sale_words
from storefront.mail import Letter
from storefront.outside import outside, settings
from storefront.programme import transfer_for
from storefront.recall_words import Message


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
        for number, to in enumerate(dict.fromkeys((product.producer.email, presenting.shop().email))):
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


def application(job: Claimed) -> None:
    """An application has come, or was not accepted: to who applied. One that is forgotten by now needs no letter."""
    try:
        found = applications.get_application(job.payload["application"])
    except NotFound:
        return
    with force_locale("vi"):
        subject = {
            "mail.application_received": _("Đã nhận hồ sơ %(reference)s", reference=found.reference),
            "mail.application_refused": _("Hồ sơ %(reference)s chưa được nhận", reference=found.reference),
        }[job.kind]
        facts = {
            "application": found,
            "refused": job.kind == "mail.application_refused",
            "url": _address("studio.applications.show", reference=found.reference),
            "new_url": _address("studio.applications.new"),
        }
        _send("application", to=found.email, subject=subject, key=f"{job.kind}:{found.reference}", facts=facts)


def maker_invitation(job: Claimed) -> None:
    """A way to write for a producer; it may answer an application, too. The link is made here, as for the counter."""
    asked, at = job.payload, outside().now()
    with transaction():
        token = maker_invitations.new_link(asked["producer"], asked["email"], at=at)
    if token is None:  # withdrawn, or accepted by an earlier letter
        return
    invitation = maker_invitations.get_open(token, at=at)
    name = invitation.producer.name_vi
    with force_locale("vi"):
        subject = _("Mời bạn viết cho %(name)s", name=name)
        if asked["about"]:
            subject = _("Hồ sơ %(reference)s đã được nhận", reference=asked["about"])
        facts = {
            "invitation": invitation,
            "about": asked["about"],
            "url": _address("studio.invitations.show", token=token),
        }
        key = f"{job.kind}:{job.id}:{job.attempt}"
        _send("maker_invitation", to=invitation.email, subject=subject, key=key, facts=facts)


def page_decided(job: Claimed) -> None:
    """A change of a page was approved, returned or undone: to who sent it in, or to all members where that is no member.

    One that was sent in again before this letter went out needs none.
    """
    revision = revisions.find_decided(job.payload["revision"])
    if revision is None:
        return
    members = [user for _member, user in db.session.execute(makers.members_of(revision.producer_id))]
    sender = [user for user in members if f"user:{user.id}" == revision.submitted_by]
    with force_locale("vi"):
        title = page_words.revision_title(revision)
        undone = revision.submitted_by == revision.decided_by
        if revision.state is RevisionState.RETURNED:
            subject = _("Cần sửa: %(page)s", page=title)
        else:
            subject = _("Đã đưa về như trước: %(page)s", page=title) if undone else _("Đã duyệt: %(page)s", page=title)
        facts = {
            "revision": revision,
            "title": title,
            "returned": revision.state is RevisionState.RETURNED,
            "undone": undone,
            "reasons": [(page_words.field_name(name), why) for name, why in revision.reasons.items()],
            "url": _page_address(revision),
        }
        for user in sender or members:
            key = f"{job.kind}:{job.id}:{user.id}"
            _send("page_decided", to=user.email, subject=subject, key=key, facts=facts | {"name": user.name})


def receipt(job: Claimed) -> None:
    """The receipt of a counter sale, to the address that the buyer gave at the counter."""
    asked = job.payload
    sale = sales.get_sale(asked["outlet"], asked["sale"])
    outlet = db.session.get_one(Outlet, sale.outlet_id)
    with force_locale("vi"):
        subject = _("Phiếu bán hàng %(reference)s", reference=sale.reference)
        facts = {
            "sale": sale,
            "outlet": outlet,
            "state_name": sale_words.state_name(sale.state),
            "tender_name": sale_words.tender_name(sale.method),
            "vat_note": sale_words.vat_note(sale.vat),
        }
        _send("receipt", to=asked["to"], subject=subject, key=f"{job.kind}:{job.id}", facts=facts)


def review(job: Claimed) -> None:
    """Some days after the goods came: what does the buyer think of what they have not spoken of yet?"""
    order = orders.get_order(job.payload["order"])
    lines = review_requests.unsaid(order)
    if not order.email or not lines:
        return
    english = order.language == "en"
    with force_locale(order.language):
        subject = _("Món bạn mua ở %(shop)s thế nào?", shop=settings().shop_name)
        facts = {
            "order": order,
            "names": [line.name_en if english else line.name_vi for line in lines],
            "url": _address("shop.orders.show", token=order.token),
        }
        _send("review", to=order.email, subject=subject, key=f"{job.kind}:{order.reference}", facts=facts)


def certificate_due(job: Claimed) -> None:
    """A certificate ends soon: to the producer and everybody who writes for it, once each."""
    at = outside().now()
    certificate = db.session.get(Certificate, job.payload["certificate"])
    if certificate is None or certificate.expires_on is None or not renewals.still_due(certificate.id, at=at):
        return  # renewed or revoked in the meantime
    query = select(Product).where(Product.id == certificate.product_id).options(joinedload(Product.producer))
    product = db.session.scalars(query).one()
    people_of = [user.email for _member, user in db.session.execute(makers.members_of(product.producer_id))]
    facts = {
        "product": product,
        "certificate": certificate,
        "days": (certificate.expires_on - vietnam_day(at)).days,
        "url": _address("shop.certificates.show", number=certificate.slug),
    }
    with force_locale("vi"):
        day = filters.day(certificate.expires_on)
        subject = _("Chứng nhận OCOP của %(product)s hết hạn ngày %(day)s", product=product.name_vi, day=day)
        for number, to in enumerate(dict.fromkeys((product.producer.email, *people_of))):
            if to:
                key = f"{job.kind}:{certificate.id}:{job.payload['days']}:{number}"
                _send("certificate_due", to=to, subject=subject, key=key, facts=facts)


def recall_order(job: Claimed) -> None:
    """A lot was recalled: to a buyer who has, or was promised, some of it."""
    lot = _recalled_lot(job.payload["lot"])
    order = recalls.find_affected(lot.id, job.payload["order"])
    if order is not None and order.email:
        message = recall_words.to_buyer(order, recalls.find_recall(lot.id), lot, lot.variant.product)
        _tell(
            message, job, to=order.email, url=_address("shop.orders.show", token=order.token), language=order.language
        )


def recall_outlet(job: Claimed) -> None:
    """A lot was recalled: to an outlet that has some of it."""
    lot = _recalled_lot(job.payload["lot"])
    standing = recalls.find_standing(lot.id, job.payload["outlet"])
    if standing is not None and standing.outlet.email:
        message = recall_words.to_outlet(standing, recalls.find_recall(lot.id), lot, lot.variant.product)
        url = _address("counter.lots.show", outlet=standing.outlet.code, lot_id=str(lot.id))
        _tell(message, job, to=standing.outlet.email, url=url, language="vi")


def _page_address(revision: Revision) -> str:
    """Where there is something to do about a decided change, or to see of it."""
    product, producer = revision.product, revision.producer
    if revision.state is RevisionState.RETURNED and product:
        return _address("studio.products.show", producer=producer.code, code=product.code)
    if revision.state is RevisionState.RETURNED:
        return _address("studio.story.show", producer=producer.code)
    if product:
        return _address("shop.products.show", slug=product.slug)
    return _address("shop.producers.show", slug=producer.slug)


def _recalled_lot(lot_id: int) -> Lot:
    query = select(Lot).where(Lot.id == lot_id).options(joinedload(Lot.variant).joinedload(Variant.product))
    return db.session.scalars(query).one()


def _tell(message: Message, job: Claimed, *, to: str, url: str, language: str) -> None:
    whom = job.payload.get("order") or job.payload["outlet"]
    key = f"{job.kind}:{job.payload['lot']}:{whom}"
    with force_locale(language):
        _send("recall", to=to, subject=message.subject, key=key, facts={"message": message, "url": url})


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
