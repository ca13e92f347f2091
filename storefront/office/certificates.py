"""Certificates as the office keeps them: the list, one product's life, what ends soon, and the papers' scans."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, false, func, or_, select
from wtforms import FileField, StringField

from catalog import certificates, decisions, history, places, renewals
from catalog.certificates import Certificate, Stage
from catalog.clock import add_months, vietnam_day
from catalog.db import db
from catalog.errors import Conflict, Invalid, NotFound
from catalog.history import Event
from catalog.producers import Producer
from catalog.products import Product
from catalog.renewals import Task
from catalog.text import nfc, slugify
from storefront import actors, decision_words, paper_scans
from storefront.deeds import KeyedForm
from storefront.fields import KEY, tidy
from storefront.office import bureau
from storefront.outside import outside
from storefront.paging import Paged, paged
from storefront.uploads import takes_pictures

bp = Blueprint("certificates", __name__, url_prefix="/chung-nhan")

A_PAGE = 50
MOST_FOUND = 30
MOST_NAMED = 500
"""Products that a word may mean in the list; more would be no search."""
LAST_DEEDS = 60
QUARTERS_AHEAD = 16
KEPT = ("sao", "quy", "xa", "chu-the", "q")
"""What the address says besides the stage and the page."""


class ScanForm(KeyedForm):
    """The paper."""

    scan = FileField(_l("Bản quét hoặc ảnh chụp quyết định"))


class SeenToForm(KeyedForm):
    """What came of it."""

    note_vi = StringField(_l("Đã làm gì"), filters=[tidy])


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for; empty for everything. quarter: ``2027-1``.    commune: code.    producer: code."""

    stage: Stage | None
    stars: int | None
    quarter: str
    commune: str
    producer: str
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    """One certificate in the list. days_left: for what is valid."""

    certificate: Certificate
    product: Product
    producer: Producer
    place: str
    stage: Stage
    stage_name: str
    days_left: int | None


@dataclass(frozen=True, slots=True)
class Chapter:
    """One certificate in a product's life. following: the decision that took its place."""

    certificate: Certificate
    stage: Stage
    stage_name: str
    level_name: str
    parts: Sequence[tuple[str, object]]
    following: Certificate | None
    revocable: bool


@dataclass(frozen=True, slots=True)
class Deed:
    """What was written down, in words. changes: a line a value."""

    at: datetime
    by: str
    words: str
    reason: str
    changes: Sequence[str]


@bp.get("")
def index() -> str:
    """Every certificate of the officer's communes, by its stage, stars, end, commune and producer."""
    asked, now = _asked(), outside().now()
    stage = certificates.stage_column(now)
    conditions = _conditions(asked, now)
    counts = _counts(stage, conditions)
    if asked.stage is not None:
        conditions = [*conditions, stage == asked.stage.value]
    total = counts.get(asked.stage.value, 0) if asked.stage else sum(counts.values())
    page = paged(total, A_PAGE)
    return render_template(
        "office/certificates/index.html",
        rows=_rows(stage, conditions, page, now),
        page=page,
        asked=asked,
        tabs=_tabs(asked, counts),
        communes=_communes(),
        quarters=_quarters(vietnam_day(now)),
        narrowed=bool(asked.stars or asked.quarter or asked.commune or asked.producer or asked.words),
    )


@bp.get("/san-pham")
def products() -> str:
    """Choose the product that something is to be written down about."""
    words = nfc(request.args.get("q", ""))[:100]
    found = _find_products(words) if words else []
    return render_template("office/certificates/products.html", words=words, found=found[:MOST_FOUND], most=MOST_FOUND)


@bp.get("/san-pham/<product>")
def show(product: str) -> str:
    """The life of one product's stars, and what can be done next."""
    return life(get_product(product))


@bp.get("/sap-het-han")
def tasks() -> str:
    """What ends soon and waits for somebody to speak to the producer."""
    return _tasks_page(SeenToForm())


@bp.post(f"/<{KEY}:certificate_id>/da-lam-viec")
def see_to(certificate_id: int) -> ResponseReturnValue:
    """Somebody has spoken to the producer."""
    certificate, product = decisions.get_certificate(bureau.me(), certificate_id)
    form = SeenToForm()

    def deed() -> str:
        renewals.see_to(certificate, product, form.note_vi.data or "", by=bureau.me(), at=outside().now())
        flash(_("Đã ghi. Việc này mở lại ở mốc nhắc sau, nếu chưa có quyết định mới."))
        return url_for("office.certificates.tasks")

    if not form.validate():
        return _tasks_page(form, wrong=certificate_id), 422
    try:
        return bureau.once(form.key.data, deed)
    except Invalid as wrong:
        form.note_vi.errors = [decision_words.refusal(wrong)]
        return _tasks_page(form, wrong=certificate_id), 422
    except Conflict:
        flash(_("Việc này đã có người làm rồi, hoặc không còn phải làm."), "error")
        return _tasks_page(SeenToForm(formdata=None)), 409


@bp.get(f"/<{KEY}:certificate_id>/ban-quet")
def scan(certificate_id: int) -> Response:
    """The paper, to save."""
    certificate, _product = decisions.get_certificate(bureau.me(), certificate_id)
    return paper_scans.send(certificate.scan, as_name=f"quyet-dinh-{certificate.slug}")


@bp.post(f"/<{KEY}:certificate_id>/ban-quet")
@takes_pictures
def attach(certificate_id: int) -> ResponseReturnValue:
    """Hang the paper to its record; an earlier one stays kept, and the history names it."""
    certificate, product = decisions.get_certificate(bureau.me(), certificate_id)
    form = ScanForm()
    if not form.validate():
        return life(product, scan_form=form, wrong=certificate_id), 422
    try:
        name = paper_scans.keep(request.files.get("scan"))
    except Invalid as wrong:
        form.scan.errors = [decision_words.refusal(wrong)]
        return life(product, scan_form=form, wrong=certificate_id), 422

    def deed() -> str:
        decisions.attach(certificate, product, name, by=bureau.me(), at=outside().now())
        flash(_("Đã gắn bản quét."))
        return url_for("office.certificates.show", product=product.code)

    return bureau.once(form.key.data, deed)


def get_product(code: str) -> Product:
    """The product with this code, if the officer sees it. Raises NotFound, the same for a foreign and an unknown one."""
    product = db.session.scalar(select(Product).where(Product.code == code, bureau.me().within(Product.commune_code)))
    if product is None:
        raise NotFound(code)
    return product


def life(product: Product, *, scan_form: ScanForm | None = None, wrong: int | None = None) -> str:
    """The page of one product's life. wrong: the certificate beside which the form's errors stand."""
    now = outside().now()
    rows = list(db.session.scalars(certificates.of_product(product.id).execution_options(populate_existing=True)))
    producer = db.session.get_one(Producer, product.producer_id)
    chapters = [_chapter(row, rows, now) for row in rows]
    return render_template(
        "office/certificates/show.html",
        product=product,
        producer=producer,
        place=places.get_commune(product.commune_code).label,
        current=certificates.current([product.id], at=now).get(product.id),
        candidate=next((row for row in rows if row.signed_on is None and row.withdrawn_on is None), None),
        chapters=chapters,
        deeds=_deeds(product),
        scan_form=scan_form or ScanForm(formdata=None),
        wrong=wrong,
    )


def overtaken(product: Product) -> ResponseReturnValue:
    """Somebody else was quicker: the life as it is now, and a sentence that says so."""
    db.session.rollback()
    flash(_("Hồ sơ này vừa được thay đổi ở nơi khác nên chưa ghi gì. Hãy xem lại rồi làm tiếp."), "error")
    return life(get_product(product.code)), 409


def _asked() -> Filters:
    """From the address; nonsense is dropped."""
    given = request.args
    stages = {stage.value: stage for stage in Stage}
    stars, quarter = given.get("sao", ""), given.get("quy", "")
    year, _sep, number = quarter.partition("-")
    good = year.isascii() and year.isdecimal() and 2018 <= int(year[:4]) <= 2100 and len(year) == 4
    good = good and number in ("1", "2", "3", "4")
    return Filters(
        stage=stages.get(given.get("giai-doan", "")),
        stars=int(stars) if stars in ("3", "4", "5") else None,
        quarter=quarter if good else "",
        commune=given.get("xa", "")[:5],
        producer=nfc(given.get("chu-the", ""))[:16].upper(),
        words=nfc(given.get("q", ""))[:100],
    )


def _conditions(asked: Filters, now: datetime) -> list[ColumnElement[bool]]:
    """Everything but the stage."""
    found = [bureau.me().within(Product.commune_code)]
    if asked.stars:
        found.append(Certificate.stars == asked.stars)
    if asked.quarter:
        year, quarter = (int(part) for part in asked.quarter.split("-"))
        first = date(year, 3 * quarter - 2, 1)
        found += [Certificate.expires_on >= first, Certificate.expires_on < add_months(first, 3)]
    if asked.commune:
        found.append(Product.commune_code == asked.commune)
    if asked.producer:
        found.append(Producer.code == asked.producer)
    if asked.words:
        slug = slugify(asked.words)
        named = outside().columns.current(at=now).matching(asked.words)[:MOST_NAMED]
        numbered = Certificate.slug.contains(slug, autoescape=True) if slug else false()
        found.append(or_(Product.code == asked.words.upper(), numbered, Product.id.in_(named)))
    return found


def _joined(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    query = query.select_from(Certificate).join(Product, Product.id == Certificate.product_id)
    return query.join(Producer, Producer.id == Product.producer_id)


def _counts(stage: ColumnElement[str], conditions: Sequence[ColumnElement[bool]]) -> dict[str, int]:
    """Stage → certificates that pass everything else."""
    inner = _joined(select(stage.label("stage"))).where(*conditions).subquery()
    query = select(inner.c.stage, func.count()).group_by(inner.c.stage)
    return {name: int(number) for name, number in db.session.execute(query)}


def _rows(
    stage: ColumnElement[str], conditions: Sequence[ColumnElement[bool]], page: Paged, now: datetime
) -> list[Row]:
    today = vietnam_day(now)
    # what is ahead comes before what is over, the nearest end first; candidates before all
    over = func.coalesce(Certificate.expires_on <= today, False)
    query = _joined(select(Certificate, Product, Producer, stage)).where(*conditions)
    query = query.order_by(Certificate.signed_on.is_not(None), over, Certificate.expires_on, Certificate.id)
    rows = db.session.execute(query.limit(page.size).offset(page.offset)).all()
    found = []
    for certificate, product, producer, word in rows:
        at = Stage(word)
        left = (certificate.expires_on - today).days if at in (Stage.CERTIFIED, Stage.RENEWAL_DUE) else None
        place = places.get_commune(product.commune_code).full_name
        found.append(Row(certificate, product, producer, place, at, decision_words.stage_name(at), left))
    return found


def _tabs(asked: Filters, counts: Mapping[str, int]) -> list[tuple[str, str, int | None, bool]]:
    """A tab for each stage that has something, and for the one that is asked for."""
    kept: dict[str, Any] = {name: request.args[name] for name in KEPT if request.args.get(name)}
    every = url_for("office.certificates.index", **kept)
    tabs: list[tuple[str, str, int | None, bool]] = [(_("Tất cả"), every, sum(counts.values()), asked.stage is None)]
    for stage in Stage:
        if counts.get(stage.value) or stage is asked.stage:
            address = url_for("office.certificates.index", **kept | {"giai-doan": stage.value})
            tabs.append((decision_words.stage_name(stage), address, counts.get(stage.value, 0), stage is asked.stage))
    return tabs


def _communes() -> list[tuple[str, str]]:
    """(code, name) of the communes in which certified products of this officer are made."""
    query = select(Product.commune_code).join(Certificate, Certificate.product_id == Product.id)
    codes = db.session.scalars(query.where(bureau.me().within(Product.commune_code)).distinct())
    return sorted(((code, places.get_commune(code).full_name) for code in codes), key=lambda pair: pair[1])


def _quarters(today: date) -> list[tuple[str, str]]:
    """(value, words) of the quarters from a year ago on."""
    start = (today.year - 1) * 4 + (today.month - 1) // 3
    found = []
    for index in range(start, start + QUARTERS_AHEAD + 4):
        year, number = index // 4, index % 4 + 1
        found.append((f"{year}-{number}", _("Quý %(n)s năm %(year)s", n=number, year=year)))
    return found


def _find_products(words: str) -> list[tuple[Product, Producer]]:
    """By code or by words of the name, whatever their state."""
    query = select(Product, Producer).join(Producer, Producer.id == Product.producer_id)
    query = query.where(bureau.me().within(Product.commune_code))
    exact = db.session.execute(query.where(or_(Product.code == words.upper(), Producer.code == words.upper())))
    found = [(product, producer) for product, producer in exact.all()]
    if not found:
        named = outside().columns.current(at=outside().now()).matching(words)[:MOST_NAMED]
        like = Product.name_vi.icontains(words, autoescape=True)
        rows = db.session.execute(query.where(or_(Product.id.in_(named), like)).limit(MOST_FOUND + 1))
        found = [(product, producer) for product, producer in rows.all()]
    return sorted(found, key=lambda pair: pair[0].code)


def _tasks_page(form: SeenToForm, *, wrong: int | None = None) -> str:
    now = outside().now()
    found: list[Task] = renewals.tasks(bureau.me(), at=now)
    return render_template(
        "office/certificates/tasks.html", tasks=found, today=vietnam_day(now), form=form, wrong=wrong
    )


def _chapter(row: Certificate, rows: Sequence[Certificate], now: datetime) -> Chapter:
    stage = certificates.stage(row, rows, at=now)
    parts = [(decision_words.part_name(name), getattr(row, name)) for name in ("score_a", "score_b", "score_c")]
    return Chapter(
        certificate=row,
        stage=stage,
        stage_name=decision_words.stage_name(stage),
        level_name=decision_words.level_name(row.issuer_level),
        parts=[part for part in parts if part[1] is not None],
        following=certificates.successor(row, rows, at=now),
        revocable=stage in (Stage.CERTIFIED, Stage.RENEWAL_DUE),
    )


def _deeds(product: Product) -> list[Deed]:
    """What was written down about its stars, the last first."""
    query = history.of(f"product:{product.code}").where(Event.verb.startswith("certificate."))
    events = list(db.session.scalars(query.order_by(None).order_by(Event.id.desc()).limit(LAST_DEEDS)))
    names = actors.names(event.actor for event in events)
    return [
        Deed(
            at=event.at,
            by=names[event.actor],
            words=decision_words.deed_name(event.verb),
            reason=str(event.facts.get("reason") or event.facts.get("note") or ""),
            changes=decision_words.changes(event.facts.get("before") or {}, event.facts.get("after") or {}),
        )
        for event in events
    ]
