"""Papers about many products at once: one decision from a file, one revocation from a list. Looked at first, then done.

Only for officers of the whole programme. Between the two steps the file or list travels in the page, so nothing of it
lies on the server; what is then done is planned afresh.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import FileField, HiddenField, StringField, TextAreaField

from catalog import decisions, revocations, sequence
from catalog.certificates import Certificate
from catalog.decisions import Revocation
from catalog.errors import Conflict, Invalid, NotFound
from catalog.importing import certificates, table
from catalog.importing.changes import BadFile, Change, Plan, Step
from storefront import decision_words, filters, imports
from storefront.deeds import KeyedForm
from storefront.fields import DayField, tidy
from storefront.office import bureau
from storefront.outside import outside

bp = Blueprint("decisions", __name__, url_prefix="/quyet-dinh")

MOST_BYTES = 128 * 1024
"""So that it fits into a page; about a thousand rows."""
SHOWN = 200


class UploadForm(KeyedForm):
    """Which file?"""

    file = FileField(_l("Tệp CSV"))


class ApplyForm(KeyedForm):
    """The file that was looked at."""

    text = HiddenField()


class RevocationForm(KeyedForm):
    """The paper, and what it takes back."""

    number = StringField(_l("Số quyết định thu hồi"), filters=[tidy])
    issuer_vi = StringField(_l("Nơi ra quyết định thu hồi"), filters=[tidy])
    signed_on = DayField(_l("Ngày ký, cũng là ngày thôi mang sao"))
    reason = StringField(_l("Lý do"), filters=[tidy])
    lines = TextAreaField(_l("Thu hồi những gì"))

    def paper(self) -> Revocation:
        """Raises Invalid with the field."""
        if self.signed_on.data is None:
            raise Invalid("signed_on", "required")
        return Revocation(
            self.number.data or "", self.issuer_vi.data or "", self.signed_on.data, self.reason.data or ""
        )  # fmt: skip

    def refuse(self, wrong: Invalid) -> None:
        """Put the sentence beside its field."""
        self[wrong.field].errors = [decision_words.refusal(wrong)]


@dataclass(frozen=True, slots=True)
class Preview:
    """What the file would do. changes and problems: the first SHOWN; more_…: how many are not shown."""

    rows: int
    new: int
    changed: int
    unchanged: int
    changes: Sequence[tuple[Change, Sequence[str]]]
    more_changes: int
    problems: Sequence[str]
    more_problems: int


@bp.before_request
def whole_programme_only() -> None:
    """Others have nothing here, and are not told that there is something."""
    if not bureau.me().province:
        raise NotFound("decisions")


@bp.get("")
def show() -> str:
    """Choose a file, or go to the revocation."""
    return _upload_page(UploadForm())


@bp.post("/xem")
def check() -> ResponseReturnValue:
    """What the file would do. Nothing is written."""
    form = UploadForm()
    if not form.validate():
        return _upload_page(form), 422
    upload = request.files.get("file")
    data = upload.read(MOST_BYTES + 1) if upload else b""
    if not data:
        form.file.errors = [_("Chọn một tệp CSV")]
        return _upload_page(form), 422
    if len(data) > MOST_BYTES:
        form.file.errors = [_("Tệp lớn hơn %(n)s KB, hãy chia nhỏ", n=MOST_BYTES // 1024)]
        return _upload_page(form), 422
    plan = _plan(data)
    text = data.decode("utf-8-sig") if plan.clean else ""
    return _preview_page(plan, ApplyForm(formdata=None, text=text)), 200 if plan.clean else 422


@bp.post("/nhap")
def apply() -> ResponseReturnValue:
    """Write the file down, all of it or nothing."""
    form = ApplyForm()
    if not form.validate() or not form.text.data:
        return _upload_page(UploadForm(formdata=None)), 422
    data = form.text.data.encode("utf-8", "surrogatepass")

    def deed() -> str:
        sequence.advance()  # everybody who writes about certificates waits here, so what is planned now stays so
        plan = _plan(data)
        decisions.must_be_others((step.change.key for step in plan.steps), bureau.me())
        certificates.apply(plan, actor=bureau.me().actor, at=outside().now())
        flash(_("Đã ghi %(n)s chứng nhận.", n=filters.number(len(plan.changes))))
        return url_for("office.decisions.show")

    try:
        return bureau.once(form.key.data, deed)
    except BadFile:
        return _preview_page(_plan(data), ApplyForm(formdata=None)), 422
    except Conflict:
        flash(
            _("Trong lúc bạn xem đã có người ghi một trong các quyết định này, nên chưa ghi gì. Hãy xem lại."), "error"
        )
        return _preview_page(_plan(data), ApplyForm(formdata=None, text=form.text.data)), 409


@bp.get("/thu-hoi")
def revocation() -> str:
    """A paper that takes many back."""
    return _revocation_page(RevocationForm())


@bp.post("/thu-hoi/xem")
def check_revocation() -> ResponseReturnValue:
    """What the paper would take back. Nothing is written."""
    form = RevocationForm()
    if not form.validate():
        return _revocation_page(form), 422
    try:
        plan = revocations.plan(form.lines.data or "", form.paper(), at=outside().now())
    except Invalid as wrong:
        form.refuse(wrong)
        return _revocation_page(form), 422
    return _revocation_preview(form, plan), 200 if plan.clean else 422


@bp.post("/thu-hoi/ghi")
def revoke() -> ResponseReturnValue:
    """Take them back, all of them or none."""
    form = RevocationForm()
    if not form.validate():
        return _revocation_page(form), 422
    text = form.lines.data or ""

    def deed() -> str:
        done = revocations.apply(text, form.paper(), by=bureau.me(), at=outside().now())
        flash(_("Đã thu hồi %(n)s chứng nhận.", n=filters.number(len(done.targets))))
        return url_for("office.decisions.revocation")

    try:
        return bureau.once(form.key.data, deed)
    except Invalid as wrong:
        form.refuse(wrong)
        return _revocation_page(form), 422
    except Conflict:
        plan = revocations.plan(text, form.paper(), at=outside().now())
        return _revocation_preview(form, plan), 422


def _plan(data: bytes) -> Plan[Step[Certificate]]:
    return certificates.plan(table.read(data, required=certificates.REQUIRED, optional=certificates.OPTIONAL))


def _upload_page(form: UploadForm) -> str:
    columns = [*certificates.REQUIRED, *certificates.OPTIONAL]
    return render_template("office/decisions/show.html", form=form, columns=columns, most=MOST_BYTES // 1024)


def _preview_page(plan: Plan[Step[Certificate]], form: ApplyForm) -> str:
    new = sum(change.new for change in plan.changes)
    told = [
        (change, decision_words.changes(
            {each.column: each.before for each in change.fields if not change.new},
            {each.column: each.after for each in change.fields},
        ))
        for change in plan.changes[:SHOWN]
    ]  # fmt: skip
    preview = Preview(
        rows=plan.rows,
        new=new,
        changed=len(plan.changes) - new,
        unchanged=plan.unchanged,
        changes=told,
        more_changes=max(0, len(plan.changes) - SHOWN),
        problems=[imports.sentence(problem) for problem in plan.problems[:SHOWN]],
        more_problems=max(0, len(plan.problems) - SHOWN),
    )
    return render_template("office/decisions/check.html", form=form, preview=preview)


def _revocation_page(form: RevocationForm) -> str:
    return render_template("office/decisions/revocation.html", form=form, most=revocations.MOST_LINES)


def _revocation_preview(form: RevocationForm, plan: revocations.Plan) -> str:
    troubles = [decision_words.trouble(found) for found in plan.troubles]
    return render_template("office/decisions/check_revocation.html", form=form, plan=plan, troubles=troubles)
