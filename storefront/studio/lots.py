"""A producer's lots: what they tell of each, the labels with its code, and how often it is opened."""

import re
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any, TypeVar

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import or_

from catalog import claims, evidence, makers, scans, stops, traces
from catalog.clock import vietnam_day
from catalog.db import count_rows, db
from catalog.errors import Conflict, Invalid, NotFound
from catalog.evidence import Kind, TraceNote, TraceParent, TraceSource, TraceTest
from catalog.lots import NEXT, Lot, LotState
from catalog.products import Variant
from catalog.text import fold, has_words
from catalog.traces import Trace
from storefront import labels, printing, trace_words, wording
from storefront.deeds import KeyedForm
from storefront.fields import whole
from storefront.outside import outside
from storefront.paging import paged
from storefront.studio import bench, lot_forms
from storefront.studio.lot_forms import (
    LotForm,
    NoteForm,
    ParentForm,
    RecountForm,
    RegisterForm,
    RowForm,
    SourceForm,
    StopForm,
    TestForm,
)

bp = Blueprint("lots", __name__, url_prefix="/<producer>/lo")

A_PAGE = 25
LAST_DAYS = 30
MOST_PARENTS = 200
KINDS: dict[str, Kind] = {
    "source": TraceSource,
    "test": TraceTest,
    "parent": TraceParent,
    "note": TraceNote,
}
F = TypeVar("F", bound=KeyedForm)


@bp.get("")
def index() -> str:
    """Every lot that was registered, the newest first; found by its code, its trace code, or the name of its goods."""
    asked = request.args.get("q", "").strip()[:100]
    query = traces.of_producer(bench.here().id)
    if asked:
        query = query.where(_named(asked))
    paging = paged(count_rows(query), A_PAGE)
    return render_template(
        "studio/lots/index.html",
        rows=list(db.session.scalars(query.offset(paging.offset).limit(A_PAGE))),
        asked=asked,
        paging=paging,
        state_name=trace_words.state_name,
        suspicion_name=trace_words.suspicion_name,
    )


@bp.route("/dang-ky", methods=["GET", "POST"])
def register() -> ResponseReturnValue:
    """Tell of a new lot, or of one that an outlet has received already."""
    goods = list(db.session.scalars(traces.goods_of(bench.here().id)))
    form = RegisterForm(sku=request.args.get("sku", "")) if request.method == "GET" else RegisterForm()
    form.sku.choices = [("", _("Chọn sản phẩm"))] + [
        (variant.sku, f"{variant.product.name_vi} · {variant.unit_vi}") for variant in goods
    ]
    taken = None
    if request.method == "POST" and form.validate():
        try:
            return bench.once(form.key.data, lambda: _register(form))
        except Invalid as error:
            taken = error.facts.get("trace")
            lot_forms.put_beside(form, error)
    lives = sorted({(v.product.name_vi, v.product.shelf_life) for v in goods if v.product.shelf_life})
    return render_template(
        "studio/lots/register.html",
        form=form,
        goods=goods,
        taken=taken,
        lives=[(name, wording.shelf_life_words(life)) for name, life in lives],
        today=vietnam_day(outside().now()),
    ), 422 if form.errors else 200


@bp.get("/<code>")
def show(code: str) -> str:
    """One lot: all that is told of it, and what to do next."""
    return _page(_trace(code))


@bp.get("/<code>/nhan.pdf")
def sheet(code: str) -> Response:
    """Labels to print; of a published lot only, for their code leads to its page."""
    trace = _trace(code)
    if not trace.published:
        raise NotFound(code)
    chosen = labels.FORMATS.get(request.args.get("kho", ""), labels.FORMATS["40"])
    asked = whole(request.args.get("so"))
    count = chosen.a_page if asked is None else asked
    made = printing.pdf(labels.SHEET, labels.facts(trace, chosen, min(max(1, count), labels.MOST)))
    answer = Response(made, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="nhan-{trace.code}.pdf"'
    return answer


@bp.post("/<code>/sua")
def write(code: str) -> ResponseReturnValue:
    """Say it anew, while it is a draft."""
    return _do(code, LotForm(), lambda trace, form, told: traces.write(trace, form.stated(), **told), _("Đã lưu."))


@bp.post("/<code>/nguon")
def add_source(code: str) -> ResponseReturnValue:
    """One step back."""
    return _do(
        code, SourceForm(), lambda trace, form, told: evidence.add_source(trace, form.sourced(), **told),
        _("Đã ghi nguồn."),
    )  # fmt: skip


@bp.post("/<code>/kiem-nghiem")
def add_test(code: str) -> ResponseReturnValue:
    """One test."""
    return _do(
        code, TestForm(), lambda trace, form, told: evidence.add_test(trace, form.tested(), **told),
        _("Đã ghi kiểm nghiệm."),
    )  # fmt: skip


@bp.post("/<code>/lo-truoc")
def add_parent(code: str) -> ResponseReturnValue:
    """An own lot that went into this one."""
    return _do(code, ParentForm(), _add_parent, _("Đã ghi lô trước."))


@bp.post("/<code>/ghi-them")
def add_note(code: str) -> ResponseReturnValue:
    """Words for everybody."""
    return _do(
        code, NoteForm(), lambda trace, form, told: evidence.add_note(trace, form.words.data, **told), _("Đã ghi thêm.")
    )


@bp.post("/<code>/bo-dong")
def remove(code: str) -> ResponseReturnValue:
    """Take a row out of a draft."""
    return _do(code, RowForm(), _remove, _("Đã bỏ dòng."))


@bp.post("/<code>/so-luong")
def recount(code: str) -> ResponseReturnValue:
    """Put the number of units right."""
    return _do(code, RecountForm(), _recount, _("Đã sửa số lượng."))


@bp.post("/<code>/cong-bo")
def publish(code: str) -> ResponseReturnValue:
    """From now on everybody reads it."""
    return _do(
        code, KeyedForm(), lambda trace, form, told: evidence.publish(trace, **told),
        _("Đã công bố. Bây giờ in nhãn được."),
    )  # fmt: skip


@bp.post("/<code>/dung-ban")
def stop(code: str) -> ResponseReturnValue:
    """Off sale at every outlet, at once; an officer decides what follows."""
    return _do(code, StopForm(), _stop, _("Đã dừng bán lô này ở mọi điểm. Cán bộ chương trình sẽ xem xét."))


@bp.post("/<code>/bo-nhap")
def discard(code: str) -> ResponseReturnValue:
    """Throw a draft away."""
    return _do(
        code, KeyedForm(), lambda trace, form, told: evidence.discard(trace, **told), _("Đã bỏ bản nháp."),
        onward=lambda _code: url_for("studio.lots.index"),
    )  # fmt: skip


def _do(
    code: str, form: F, deed: Callable[[Trace, F, dict[str, Any]], object], said: str,
    *, onward: Callable[[str], str] | None = None,
) -> ResponseReturnValue:  # fmt: skip
    """One deed about one lot. deed: gets the trace, the form, and who tells it when."""
    trace = _trace(code)
    if form.validate():
        try:
            return bench.once(form.key.data, partial(_done, trace.code, form, deed, said, onward))
        except Invalid as error:
            lot_forms.put_beside(form, error)
        except Conflict:
            form.form_errors.append(_("Lô này vừa đổi ở nơi khác. Xem lại rồi làm tiếp"))
    return _page(_trace(code), form), 422


def _done(
    code: str, form: F, deed: Callable[[Trace, F, dict[str, Any]], object], said: str, onward: Callable[[str], str] | None
) -> str:  # fmt: skip
    deed(_trace(code), form, {"actor": bench.me().actor, "at": outside().now()})
    flash(said)
    return onward(code) if onward else url_for("studio.lots.show", code=code)


def _register(form: RegisterForm) -> str:
    trace = traces.register(bench.here().id, form.sku.data, form.stated(), actor=bench.me().actor, at=outside().now())
    flash(_("Đã đăng ký. Ghi nguồn và kiểm nghiệm, rồi công bố để in nhãn."))
    return url_for("studio.lots.show", code=trace.code)


def _add_parent(trace: Trace, form: ParentForm, told: dict[str, Any]) -> None:
    try:
        parent = _trace(form.parent.data)
    except NotFound:
        raise Invalid("parent", "unknown") from None
    evidence.add_parent(trace, parent, **told)


def _remove(trace: Trace, form: RowForm, told: dict[str, Any]) -> None:
    kind, row = KINDS.get(form.kind.data or ""), whole(form.row.data)
    if kind is None or row is None:
        raise Invalid("row", "unknown")
    evidence.remove(trace, kind, row, **told)


def _recount(trace: Trace, form: RecountForm, told: dict[str, Any]) -> None:
    traces.recount(trace, form.recounted.units, form.why.data, **told)
    scans.judge(trace, at=told["at"])


def _stop(trace: Trace, form: StopForm, told: dict[str, Any]) -> None:
    stops.quarantine_own(trace.lot, form.reason.data, by=bench.me(), at=told["at"])


def _trace(code: str) -> Trace:
    return traces.get_trace(bench.here().id, code)


def _named(asked: str) -> Any:
    goods, written = db.session.scalars(traces.goods_of(bench.here().id)), re.search(r"[a-z0-9]", fold(asked))
    meant = [variant.id for variant in goods if written and has_words(variant.product.name_vi, asked)]
    return or_(
        Lot.code.icontains(asked, autoescape=True), Trace.code == (traces.read_code(asked) or ""), Variant.id.in_(meant)
    )


def _page(trace: Trace, wrong: KeyedForm | None = None) -> str:
    """wrong: the form that was refused, shown again with its errors; the others are empty."""
    at, lot = outside().now(), trace.lot
    fresh: dict[type[KeyedForm], KeyedForm] = {
        form: form(formdata=None) for form in (SourceForm, TestForm, ParentForm, NoteForm, RecountForm, StopForm)
    }
    fresh[LotForm] = LotForm(formdata=None, **lot_forms.of(trace))
    if wrong is not None:
        fresh[type(wrong)] = wrong
    fresh[ParentForm]["parent"].choices = [("", _("Chọn một lô")), *_earlier(trace)]
    days = scans.by_day(trace.id)
    notes = list(db.session.scalars(evidence.notes_of(trace.id)))
    told = " ".join((trace.process_vi, *(note.words for note in notes)))
    return render_template(
        "studio/lots/show.html",
        trace=trace,
        lot=lot,
        goods=lot.variant,
        wrong=wrong,
        write=fresh[LotForm],
        source=fresh[SourceForm],
        test=fresh[TestForm],
        parent=fresh[ParentForm],
        note=fresh[NoteForm],
        recount=fresh[RecountForm],
        stop=fresh[StopForm],
        sources=list(db.session.scalars(evidence.sources_of(trace.id))),
        tests=list(db.session.scalars(evidence.tests_of(trace.id))),
        notes=notes,
        parents=list(db.session.scalars(evidence.parents_of(trace.id))),
        children=list(db.session.scalars(evidence.children_of(trace.id))),
        delivered=traces.delivered(lot.id),
        claims=sorted({claim.word for claim in claims.find(told)}),
        life=wording.shelf_life_words(lot.variant.product.shelf_life) if lot.variant.product.shelf_life else "",
        address=labels.address(trace) if trace.published else "",
        formats=labels.FORMATS,
        most_labels=labels.MOST,
        days=days[:LAST_DAYS],
        suspicion=trace_words.suspicion_name(trace.suspicion) if trace.suspicion else "",
        can_stop=LotState.QUARANTINED in NEXT[lot.state],
        state_name=trace_words.state_name(trace.state),
        events=trace_words.events(lot.id, known=set(db.session.scalars(makers.ever_of(bench.here().id)))),
        today=vietnam_day(at),
        ended=_ended(lot, vietnam_day(at)),
    )


def _earlier(trace: Trace) -> list[tuple[str, str]]:
    """Own lots that were registered before, to choose from."""
    query = traces.of_producer(bench.here().id).where(Trace.id < trace.id).limit(MOST_PARENTS)
    return [
        (one.code, f"{one.lot.code} · {one.lot.variant.product.name_vi} · {one.lot.variant.unit_vi}")
        for one in db.session.scalars(query)
    ]


def _ended(lot: Lot, day: date) -> bool:
    return lot.best_before is not None and lot.best_before < day
