"""What a draft goes through: sent in, taken back, given up, looked at again. Two rooms take these steps."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import HiddenField

from catalog import revisions
from catalog.db import db
from catalog.errors import Conflict, Invalid
from catalog.makers import Maker
from catalog.page_fields import PageKind
from catalog.pages import Page, kind_of
from catalog.revisions import Incomplete, Revision, StaleBase
from storefront import actors, page_words
from storefront.outside import outside
from storefront.studio import bench
from storefront.studio.sections import SeenForm, Workpiece

LAST_REVISIONS = 20
Step = Callable[[Revision, "StepForm", Maker, datetime], None]


class StepForm(SeenForm):
    """A button that is about one draft as it was seen."""

    reference = HiddenField()


def form_for(piece: Workpiece) -> StepForm:
    """The form, about the open draft."""
    reference = piece.revision.reference if piece.revision else ""
    return StepForm(data={"seen": str(piece.seen), "reference": reference})


def submit(revision: Revision, form: StepForm, by: Maker, at: datetime) -> None:
    """To the officers."""
    revisions.submit(revision, seen=form.seen_version, by=by, at=at)
    flash(_("Đã gửi duyệt. Trang đang đăng giữ nguyên cho đến khi cán bộ duyệt."))


def take_back(revision: Revision, form: StepForm, by: Maker, at: datetime) -> None:
    """To go on writing."""
    revisions.take_back(revision, by=by, at=at)
    flash(_("Đã rút về bản nháp để sửa tiếp."))


def withdraw(revision: Revision, form: StepForm, by: Maker, at: datetime) -> None:
    """Given up."""
    revisions.withdraw(revision, by=by, at=at)
    flash(_("Đã bỏ bản nháp. Trang đang đăng không đổi."))


def renew(revision: Revision, form: StepForm, by: Maker, at: datetime) -> None:
    """Looked at again after the live page has changed."""
    revisions.renew(revision, by=by, at=at)
    flash(_("Bản nháp nay dựa trên trang đang đăng."))


def take(step: Step, page: Page, *, onward: str, again: Callable[[], str]) -> ResponseReturnValue:
    """Take a step with the draft that the form is about, and go on; what refuses it is told on the page it came from.

    again: renders that page anew.
    """
    form = StepForm()
    if not form.validate():
        return _refused(_("Trang này đã cũ, hãy xem lại rồi bấm lần nữa."), again, 422)

    def deed() -> str:
        revision = revisions.open_of(page)
        if revision is None or revision.reference != form.reference.data:
            raise Conflict(f"{form.reference.data} is not open")
        step(revision, form, bench.me(), outside().now())
        return onward

    try:
        return bench.once(form.key.data, deed)
    except Incomplete as missing:
        gaps = "; ".join(page_words.gap_words(gap) for gap in missing.gaps)
        return _refused(_("Chưa gửi được, %(gaps)s.", gaps=gaps), again, 422)
    except StaleBase:
        return _refused(_("Trang đang đăng vừa đổi. Hãy xem lại bản nháp rồi gửi."), again, 409)
    except Invalid as wrong:
        return _refused(f"{page_words.field_name(wrong.field)}: {page_words.refusal(wrong)}.", again, 422)
    except Conflict:
        return _refused(_("Bản nháp vừa đổi ở nơi khác. Hãy xem lại rồi bấm lần nữa."), again, 409)


def told(piece: Workpiece) -> list[tuple[str, list[str], list[str]]]:
    """The draft's changes: name of the field, what is live, what would be."""
    if piece.revision is None:
        return []
    found = revisions.changes(piece.revision, piece.live)
    return [page_words.change_words(piece.kind, change) for change in found]


def reasons(piece: Workpiece) -> list[tuple[str, str]]:
    """Why the draft came back: name of the field, the officer's words."""
    if piece.revision is None:
        return []
    said = [(page_words.field_name(name), why) for name, why in piece.revision.reasons.items()]
    return [(_("Cả trang"), piece.revision.note), *said] if piece.revision.note else said


def warnings(piece: Workpiece) -> list[tuple[str, list[str]]]:
    """Words that should not be said: name of the field, sentences."""
    return [(page_words.field_name(name), words) for name, words in page_words.claims_in(piece.values).items()]


def unmarked(piece: Workpiece) -> list[str]:
    """Allergens that the ingredients name and nobody has marked, in sentences."""
    return page_words.unmarked_allergens(piece.values)


def past(page: Page) -> list[dict[str, Any]]:
    """The last decided or dropped drafts, newest first: state, who, when, and the changes with both sides."""
    closed = [r for r in db.session.scalars(revisions.history_of(page).limit(LAST_REVISIONS)) if not r.is_open]
    names = actors.names(r.decided_by or r.created_by for r in closed)
    return [_past(revision, names, kind_of(page)) for revision in closed]


def _past(revision: Revision, names: dict[str, str], kind: PageKind) -> dict[str, Any]:
    dropped = revision.state is revisions.RevisionState.WITHDRAWN
    changes = [] if dropped else [page_words.change_words(kind, change) for change in revisions.changes(revision, {})]
    return {
        "reference": revision.reference,
        "state_name": page_words.state_name(revision.state),
        "by": names[revision.decided_by or revision.created_by],
        "at": revision.decided_at or revision.saved_at,
        "note": revision.note,
        "changes": changes,
    }


def _refused(words: str, again: Callable[[], str], status: int) -> ResponseReturnValue:
    db.session.rollback()
    flash(words, "error")
    return again(), status
