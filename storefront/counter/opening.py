"""The first stock of an outlet from a file: look at what it would do, then do it. A manager's task.

Between the two the file travels in the page, so nothing of it lies on the server; what is then applied is planned
afresh.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import FileField, HiddenField, ValidationError

from catalog import history, outlets
from catalog.importing import stock, table
from catalog.importing.changes import BadFile, Plan, Step
from catalog.memberships import Task
from catalog.stock import StockMovement
from storefront import filters, imports
from storefront.counter import desk
from storefront.deeds import KeyedForm
from storefront.outside import outside

bp = Blueprint("opening", __name__, url_prefix="/<outlet>/ton-dau")

MOST_BYTES = 64 * 1024
"""So that it fits into a page and a few seconds; about a thousand rows."""
SHOWN = 200


class UploadForm(FlaskForm):
    """Which file?"""

    file = FileField(_l("Tệp CSV"))

    def validate_file(self, field: FileField) -> None:
        if not field.data:
            raise ValidationError(_("Chọn một tệp CSV"))


class ApplyForm(KeyedForm):
    """The file that was looked at."""

    text = HiddenField()


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the file that would arrive."""

    sku: str
    lot: str
    made_on: date | None
    best_before: date | None
    quantity: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What the file would do. lines and problems: the first SHOWN; more_…: how many are not shown."""

    rows: int
    unchanged: int
    units: int
    lines: Sequence[Line]
    more_lines: int
    problems: Sequence[str]
    more_problems: int


@bp.get("")
def show() -> str:
    """Choose a file."""
    desk.must(Task.MANAGE)
    return render_template("counter/opening/show.html", form=UploadForm())


@bp.post("/xem")
def check() -> ResponseReturnValue:
    """What the file would do. Nothing is written."""
    desk.must(Task.MANAGE)
    form = UploadForm()
    if not form.validate():
        return render_template("counter/opening/show.html", form=form), 422
    data = request.files["file"].read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        form.file.errors = [_("Tệp lớn hơn %(n)s KB, hãy chia nhỏ", n=MOST_BYTES // 1024)]
        return render_template("counter/opening/show.html", form=form), 422
    plan = _plan(data)
    text = data.decode("utf-8-sig") if plan.clean else ""
    return _preview(plan, ApplyForm(formdata=None, text=text)), 200 if plan.clean else 422


@bp.post("/nhap")
def apply() -> ResponseReturnValue:
    """Put the goods on the shelves, all of them or none."""
    desk.must(Task.MANAGE)
    form = ApplyForm()
    if not form.validate():
        return render_template("counter/opening/show.html", form=UploadForm(formdata=None)), 422

    def deed() -> str:
        outlets.lock(desk.here().id)
        plan, now, actor = _plan(form.text.data.encode()), outside().now(), desk.me().actor
        stock.apply(plan, actor=actor, at=now)
        units = sum(step.values["quantity"] for step in plan.steps)
        if units:
            subject = f"outlet:{desk.here().code}"
            history.record("stock.opened", subject, actor=actor, at=now, lots=len(plan.steps), units=units)
        flash(_("Đã nhập %(n)s đơn vị vào kho.", n=filters.number(units)))
        return url_for("counter.opening.show")

    try:
        return desk.once(form.key.data, deed)
    except BadFile:
        plan = _plan(form.text.data.encode())
        return _preview(plan, ApplyForm(formdata=None)), 422


def _plan(data: bytes) -> Plan[Step[StockMovement]]:
    rows = table.read(data, required=stock.REQUIRED, optional=stock.OPTIONAL)
    return stock.plan(rows, only=desk.here().code)


def _preview(plan: Plan[Step[StockMovement]], form: ApplyForm) -> str:
    columns = ("sku", "lot", "made_on", "best_before", "quantity")
    preview = Preview(
        rows=plan.rows,
        unchanged=plan.unchanged,
        units=sum(step.values["quantity"] for step in plan.steps),
        lines=[Line(*(step.values[column] for column in columns)) for step in plan.steps[:SHOWN]],
        more_lines=max(0, len(plan.steps) - SHOWN),
        problems=[imports.sentence(problem) for problem in plan.problems[:SHOWN]],
        more_problems=max(0, len(plan.problems) - SHOWN),
    )
    return render_template("counter/opening/check.html", form=form, preview=preview)
