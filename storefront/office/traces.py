"""Lots that producers tell of: found by whatever is on a label, with what is wrong with some of them."""

import re
from typing import Any

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select, or_, select

from catalog import evidence, memberships, passports, people, scans, stops, traces
from catalog.db import count_rows, db
from catalog.errors import Conflict, Forbidden, NotFound
from catalog.lots import Lot, LotState
from catalog.memberships import Staff
from catalog.producers import Producer
from catalog.products import Product, Variant
from catalog.text import fold, has_words
from catalog.traces import Trace
from storefront import trace_words
from storefront.deeds import KeyedForm
from storefront.office import bureau
from storefront.outside import outside
from storefront.paging import paged

bp = Blueprint("traces", __name__, url_prefix="/truy-xuat")

A_PAGE = 40
LAST_DAYS = 60
VIEWS = ("", "ngo", "dung")
"""All, those whose code may have been copied, those that are off sale."""


@bp.get("")
def index() -> str:
    """Lots of producers in one's communes; found by lot, trace code, product or producer."""
    asked = request.args.get("q", "").strip()[:100]
    view = request.args.get("xem", "") if request.args.get("xem", "") in VIEWS else ""
    wanted = _within(traces.every())
    if asked:
        wanted = wanted.where(_named(asked))
    parts = {"": wanted, "ngo": wanted.where(Trace.suspicion.is_not(None)), "dung": wanted.where(_stopped())}
    counts = {name: count_rows(part) for name, part in parts.items()}
    paging = paged(counts[view], A_PAGE)
    chosen = parts[view]
    if view == "ngo":
        chosen = chosen.order_by(None).order_by(Trace.scans.desc(), Trace.id)
    return render_template(
        "office/traces/index.html",
        rows=list(db.session.scalars(chosen.offset(paging.offset).limit(A_PAGE))),
        asked=asked,
        view=view,
        counts=counts,
        paging=paging,
        state_name=trace_words.state_name,
        suspicion_name=trace_words.suspicion_name,
    )


@bp.get("/<code>")
def show(code: str) -> str:
    """One lot: what its producer tells, how often its code is opened, and the way to stop or recall it."""
    return _page(_trace(code), KeyedForm(formdata=None))


@bp.post("/<code>/cho-ban-lai")
def let_go(code: str) -> ResponseReturnValue:
    """The doubt was unfounded: on sale again everywhere. For officers of the whole programme."""
    trace, form = _trace(code), KeyedForm()
    bureau.me().must_serve_all()
    if form.validate():
        try:
            return bureau.once(form.key.data, lambda: _let_go(code))
        except Conflict:
            form.form_errors.append(_("Lô này không còn ở trạng thái tạm dừng"))
    return _page(_trace(trace.code), form), 422


def _let_go(code: str) -> str:
    trace = _trace(code)
    stops.let_go(trace.lot, by=_staff(), at=outside().now())
    flash(_("Lô %(code)s được bán lại ở mọi điểm.", code=trace.lot.code))
    return url_for("office.traces.show", code=trace.code)


def _staff() -> Staff:
    """The officer as the counter knows them."""
    user = people.find_user(bureau.me().user_id)
    staff = memberships.find_staff(user) if user else None
    if staff is None:
        raise Forbidden("no staff")
    return staff


def _trace(code: str) -> Trace:
    """Raises NotFound, the same for one of a commune that is not theirs and for an unknown one."""
    wanted = _within(traces.every().where(Trace.code == (traces.read_code(code) or "")))
    trace = db.session.scalar(wanted.execution_options(populate_existing=True))
    if trace is None:
        raise NotFound(code)
    return trace


def _within(query: Select[Trace]) -> Select[Trace]:
    return query.join(Producer, Producer.id == Product.producer_id).where(bureau.me().within(Producer.commune_code))


def _named(asked: str) -> Any:
    named = select(Product.id, Product.name_vi, Producer.name_vi).join(Producer, Producer.id == Product.producer_id)
    traced = select(Variant.product_id).join(Lot, Lot.variant_id == Variant.id).join(Trace, Trace.lot_id == Lot.id)
    rows = db.session.execute(named.where(Product.id.in_(traced), bureau.me().within(Producer.commune_code)))
    written = re.search(r"[a-z0-9]", fold(asked))
    meant = [key for key, name, maker in rows if written and has_words(f"{name} {maker}", asked)]
    return or_(
        Lot.code.icontains(asked, autoescape=True), Trace.code == (traces.read_code(asked) or ""), Product.id.in_(meant)
    )


def _stopped() -> Any:
    return Lot.state != LotState.SELLABLE


def _page(trace: Trace, form: KeyedForm) -> str:
    lot, me = trace.lot, bureau.me()
    return render_template(
        "office/traces/show.html",
        trace=trace,
        lot=lot,
        goods=lot.variant,
        producer=lot.variant.product.producer,
        form=form,
        sources=list(db.session.scalars(evidence.sources_of(trace.id))),
        tests=list(db.session.scalars(evidence.tests_of(trace.id))),
        notes=list(db.session.scalars(evidence.notes_of(trace.id))),
        parents=list(db.session.scalars(evidence.parents_of(trace.id))),
        children=list(db.session.scalars(evidence.children_of(trace.id))),
        arrivals=[(arrival, me.sees(arrival.outlet.commune_code)) for arrival in passports.arrivals(lot.id)],
        days=scans.by_day(trace.id)[:LAST_DAYS],
        suspicion=trace_words.suspicion_name(trace.suspicion) if trace.suspicion else "",
        state_name=trace_words.state_name(trace.state),
        events=trace_words.events(lot.id),
        can_let_go=me.province and lot.state is LotState.QUARANTINED,
    )
