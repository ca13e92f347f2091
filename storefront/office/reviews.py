"""Changes of pages that wait for a decision: what exactly changes, field by field; approve it all, or return it.

The officer decides about the version they looked over: one that was written anew meanwhile is shown again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectChoice, SelectField, TextAreaField
from wtforms.validators import Length

from catalog import approvals, pages, places, revisions
from catalog.approvals import EXPORT_CLASSES
from catalog.clock import vietnam_day
from catalog.db import count_rows, db
from catalog.errors import Conflict, Invalid
from catalog.page_fields import FieldKind, PageKind, get_field
from catalog.products import VatClass
from catalog.revisions import LONGEST_REASON, Revision, RevisionState, StaleBase
from storefront import actors, class_words, differences, filters, page_words, pictures
from storefront.deeds import KeyedForm
from storefront.differences import Difference
from storefront.fields import tidy, whole
from storefront.office import bureau
from storefront.outside import outside
from storefront.paging import paged

bp = Blueprint("reviews", __name__, url_prefix="/duyet")

A_PAGE = 40
LATE = timedelta(days=5)
"""What has waited longer than this stands out."""
_TEXTS = {
    "claims": _l("Nói như thuốc hoặc hứa quá: bỏ câu ấy"),
    "proof": _l("Không khớp với nhãn hoặc hồ sơ: sửa lại cho đúng"),
    "spelling": _l("Còn lỗi chính tả, câu khó hiểu"),
}
_PICTURES = {
    "blurred": _l("Ảnh mờ hoặc tối: chụp lại ngoài sáng"),
    "other": _l("Ảnh không phải sản phẩm này"),
    "rights": _l("Chưa rõ được phép dùng ảnh, hoặc người trong ảnh chưa đồng ý"),
}
_VALUES = {"proof": _TEXTS["proof"], "unclear": _l("Xem lại con số, đơn vị")}


class ApproveForm(KeyedForm):
    """What is approved, and the two classes that only the office decides."""

    seen = HiddenField()
    vat_class = SelectField(_l("Loại thuế"), validate_choice=False)
    export_class = SelectField(_l("Loại khi bán ra nước ngoài"), validate_choice=False)
    note = TextAreaField(
        _l("Lời nhắn cho người viết"),
        filters=[tidy],
        validators=[Length(max=LONGEST_REASON, message=_l("Lời nhắn dài quá %(max)d ký tự"))],
    )

    def offer(self, revision: Revision) -> None:
        """Name the classes; a fresh form has those of the product."""
        self.vat_class.choices = [
            SelectChoice(c.value, f"{c.value} · {class_words.vat_class_name(c)}") for c in VatClass
        ]
        self.export_class.choices = [
            SelectChoice(c, f"{c} · {class_words.export_class_name(c)}") for c in EXPORT_CLASSES
        ]
        if not self.is_submitted():
            self.seen.data = str(revision.version)
            if revision.product:
                self.vat_class.data, self.export_class.data = revision.product.vat_class, revision.product.export_class


@dataclass(frozen=True, slots=True)
class Objection:
    """What an officer says against one field. ready: code → words, of what is often wrong.    ticked: codes."""

    ready: Mapping[str, str]
    ticked: frozenset[str] = frozenset()
    words: str = ""

    @property
    def reason(self) -> str:
        """All of it in one line; empty for none."""
        said = [str(words) for code, words in self.ready.items() if code in self.ticked]
        return ". ".join([*said, *([self.words] if self.words else [])])


@dataclass(slots=True)
class Answer:
    """What was pressed and typed. seen: the version that was looked over.    problems: words by id of what is wrong."""

    seen: str
    objections: dict[str, Objection]
    note: str = ""
    problems: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """One that waits. days: since it was sent in."""

    revision: Revision
    title: str
    place: str
    by: str
    days: int
    late: bool


@bp.get("")
def index() -> str:
    """What this officer may decide about, the longest waiting first."""
    query, now = approvals.waiting(bureau.me()), outside().now()
    total = count_rows(query)
    paging = paged(total, A_PAGE)
    found = list(db.session.scalars(query.limit(A_PAGE).offset(paging.offset)))
    names = actors.names(revision.submitted_by for revision in found)
    rows = [_row(revision, names) for revision in found]
    return render_template("office/reviews/index.html", rows=rows, paging=paging, today=vietnam_day(now))


@bp.get("/<reference>")
def show(reference: str) -> str:
    """One change, with what is asked of the officer; a decided one as it was decided."""
    return _page(_seen(reference))


@bp.post("/<reference>/duyet")
def approve(reference: str) -> ResponseReturnValue:
    """The page says it from now on."""
    revision, form = _seen(reference), ApproveForm()
    form.offer(revision)
    if not form.validate() or whole(form.seen.data) is None:
        return _page(revision, form=form), 422

    def deed() -> str:
        mine = _seen(reference)
        product = mine.product
        approvals.approve(
            mine,
            by=bureau.me(),
            at=outside().now(),
            note=form.note.data or "",
            vat_class=VatClass(form.vat_class.data) if product and form.vat_class.data in set(VatClass) else None,
            export_class=(form.export_class.data or None) if product else None,
            seen=whole(form.seen.data),
        )
        flash(_("Đã duyệt. Trang công khai đổi ngay, tìm kiếm theo sau vài giây."))
        return url_for("office.reviews.index")

    return _decide(reference, form.key.data or "", deed)


@bp.post("/<reference>/tra")
def give_back(reference: str) -> ResponseReturnValue:
    """Back to its writer, with a reason for each field that cannot stay so."""
    revision = _seen(reference)
    answer = _answer(revision)
    key, sent = request.form.get("key", ""), whole(answer.seen) is not None
    if not sent or not KeyedForm().validate():
        answer.problems["top"] = _("Trang này đã cũ, hãy tải lại rồi gửi lần nữa")
        return _page(revision, answer=answer), 422
    reasons = {name: objection.reason for name, objection in answer.objections.items()}
    for name, reason in reasons.items():
        if len(reason) > LONGEST_REASON:
            answer.problems[f"reason-{name}"] = _("Lý do dài quá %(n)s ký tự", n=LONGEST_REASON)
    if len(answer.note) > LONGEST_REASON:
        answer.problems["return-note"] = _("Lời nhắn dài quá %(n)s ký tự", n=LONGEST_REASON)
    if not any(reasons.values()) and not answer.note:
        answer.problems["return-note"] = _("Đánh dấu hoặc viết lý do ở chỗ cần sửa, hay nhắn chung ở đây")
    if answer.problems:
        return _page(revision, answer=answer), 422

    def deed() -> str:
        approvals.give_back(
            _seen(reference),
            reasons,
            note=answer.note,
            by=bureau.me(),
            at=outside().now(),
            seen=whole(answer.seen),
        )
        flash(_("Đã trả lại. Người viết nhận thư và thấy lý do ở từng chỗ."))
        return url_for("office.reviews.index")

    return _decide(reference, key, deed)


@bp.post("/<reference>/hoan")
def roll_back(reference: str) -> ResponseReturnValue:
    """Undo an approved change: what it changed says again what it said before, as a revision of its own."""
    revision, form = _seen(reference), KeyedForm()
    if not form.validate():
        flash(_("Trang này đã cũ, hãy xem lại rồi bấm lần nữa."), "error")
        return _page(revision), 422

    def deed() -> str:
        undoing = approvals.roll_back(_seen(reference), by=bureau.me(), at=outside().now(), note=_note())
        flash(_("Đã đưa về như trước. Trang công khai đổi ngay."))
        return url_for("office.reviews.show", reference=undoing.reference)

    try:
        return bureau.once(form.key.data or "", deed)
    except StaleBase:
        words = _("Trang vừa đổi trong lúc bạn bấm. Hãy xem lại lịch sử rồi làm lần nữa.")
    except Conflict:
        words = _("Không đưa về được: những chỗ bản này đổi nay đã khác, hoặc nó là bản đầu tiên của trang.")
    except Invalid:
        words = _("Không đưa về được: trang nay không còn nhận giá trị cũ.")
    flash(words, "error")
    return _page(_seen(reference)), 409


def _decide(reference: str, key: str, deed: Callable[[], str]) -> ResponseReturnValue:
    """Do it once; what came between is told on the page as it is now, where nothing of this has been written."""
    try:
        return bureau.once(key, deed)
    except StaleBase as stale:
        words = _stale_words(stale.base, stale.now)
    except Conflict:
        words = _too_late(_seen(reference))
    except Invalid as wrong:
        words = _("%(field)s: %(why)s. Hãy trả lại để người viết sửa.",
                  field=page_words.field_name(wrong.field), why=page_words.refusal(wrong))  # fmt: skip
    flash(words, "error")
    return _page(_seen(reference)), 409


def _seen(reference: str) -> Revision:
    return approvals.get_revision(reference.upper(), bureau.me())


def _note() -> str:
    return tidy(request.form.get("note"))[:LONGEST_REASON]


def _answer(revision: Revision) -> Answer:
    kind = pages.kind_of(revision.page)
    objections = {
        name: Objection(
            ready=_ready(kind, name),
            ticked=frozenset(request.form.getlist(f"ready-{name}")),
            words=tidy(request.form.get(f"reason-{name}")),
        )
        for name in revision.values
    }
    return Answer(request.form.get("seen", ""), objections, tidy(request.form.get("note")))


def _ready(kind: PageKind, name: str) -> Mapping[str, str]:
    found = {FieldKind.PICTURES: _PICTURES, FieldKind.LINE: _TEXTS, FieldKind.TEXT: _TEXTS}
    return {code: str(words) for code, words in found.get(get_field(kind, name).kind, _VALUES).items()}


def _row(revision: Revision, names: Mapping[str, str]) -> Row:
    now = outside().now()
    since = revision.submitted_at or now
    return Row(
        revision=revision,
        title=page_words.revision_title(revision),
        place=places.get_commune(revision.page.commune_code).full_name,
        by=names[revision.submitted_by],
        days=(vietnam_day(now) - vietnam_day(since)).days,
        late=now - since > LATE,
    )


def _page(revision: Revision, *, form: ApproveForm | None = None, answer: Answer | None = None) -> str:
    page = revision.page
    kind, live = pages.kind_of(page), pages.current_values(page)
    waits = revision.state is RevisionState.SUBMITTED
    form = form or ApproveForm(formdata=None)
    form.offer(revision)
    shown = _differences(revision, live)
    names = actors.names((revision.submitted_by, revision.decided_by or revision.submitted_by))
    mine = approvals.may_decide(revision, bureau.me())
    stale = waits and revision.base_version != page.version
    return render_template(
        "office/reviews/show.html",
        revision=revision,
        title=page_words.revision_title(revision),
        place=places.get_commune(page.commune_code).full_name,
        kind=kind,
        group=page_words.group_words(str(live["group_code"])) if revision.product else "",
        state_name=page_words.state_name(revision.state),
        differences=shown,
        untranslated=[page_words.field_name(n) for n in revisions.stale_fields(page, revision, live)] if waits else [],
        answer=answer or Answer(str(revision.version), {d.field: Objection(_ready(kind, d.field)) for d in shown}),
        form=form,
        plain=KeyedForm(formdata=None),
        submitted_by=names[revision.submitted_by],
        decided_by=names[revision.decided_by] if revision.decided_by else "",
        may_decide=mine,
        waits=waits,
        stale=_stale_words(revision.base_version, page.version) if stale else "",
        reasons={page_words.field_name(name): why for name, why in revision.reasons.items()},
        can_roll_back=revision.state is RevisionState.APPROVED and not revision.is_first and mine,
    )


def _differences(revision: Revision, live: Mapping[str, object]) -> list[Difference]:
    kind = pages.kind_of(revision.page)
    claims = page_words.claims_in(revisions.values_with(revision, live))
    folder = pictures.folder_of("office.pictures.file", reference=revision.reference)
    return differences.of(kind, revisions.changes(revision, live), claims=claims, folder=folder)


def _stale_words(base: int, now: int) -> str:
    return _(
        "Trang đã đổi từ khi bản này được viết (bản %(base)s, nay là %(now)s), nên chưa duyệt được. "
        "Hãy trả lại: người viết xem trang như bây giờ rồi gửi lại.",
        base=base,
        now=now,
    )


def _too_late(revision: Revision) -> str:
    """What came between, by whom and when."""
    if revision.state is RevisionState.SUBMITTED:
        return _("Người viết đã sửa và gửi lại trong lúc bạn xem. Đây là bản mới, hãy xem rồi quyết định.")
    if revision.decided_at is None or revision.state not in (RevisionState.APPROVED, RevisionState.RETURNED):
        return _("Người viết đã rút bản này về trong lúc bạn xem. Quyết định của bạn không được ghi.")
    who = actors.names([revision.decided_by])[revision.decided_by]
    moment = filters.moment(revision.decided_at)
    if revision.state is RevisionState.APPROVED:
        return _("%(who)s đã duyệt bản này lúc %(moment)s. Quyết định của bạn không được ghi.", who=who, moment=moment)
    return _("%(who)s đã trả lại bản này lúc %(moment)s. Quyết định của bạn không được ghi.", who=who, moment=moment)
