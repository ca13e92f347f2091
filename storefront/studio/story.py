"""The producer's own page: its words, its story, how to reach it; written and sent in like a product's."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog.errors import NotFound
from storefront import page_words
from storefront.studio import bench, previews, sections, steps
from storefront.studio.sections import OF_STORY, Section, SectionForm, Workpiece

bp = Blueprint("story", __name__, url_prefix="/<producer>/cau-chuyen")


@bp.get("")
def show() -> str:
    """What there is to do."""
    piece = sections.workpiece(bench.here())
    return render_template(
        "studio/story/show.html",
        piece=piece,
        draft_name=page_words.state_name(piece.revision.state) if piece.revision else None,
        tasks=sections.tasks(OF_STORY, piece, lambda slug: url_for("studio.story.section", section=slug)),
        reasons=steps.reasons(piece),
        form=steps.form_for(piece),
        past=steps.past(bench.here()),
    )


@bp.route("/sua/<section>", methods=["GET", "POST"])
def section(section: str) -> ResponseReturnValue:
    """One short form of it."""
    chosen, piece = _section(section), sections.workpiece(bench.here())
    form = sections.form_for(chosen, piece)

    def render(filled: SectionForm, theirs: dict[str, list[str]], status: int) -> ResponseReturnValue:
        return _section_page(chosen, sections.workpiece(bench.here()), filled, theirs), status

    if request.method == "GET":
        return render(form, {}, 200)
    return sections.answer(chosen, piece, form, onward=lambda: url_for("studio.story.show"), render=render)


@bp.get("/xem-truoc")
def preview() -> ResponseReturnValue:
    """The shop's page as it would be."""
    piece = sections.workpiece(bench.here())
    return render_template("studio/story/preview.html", piece=piece, **previews.producer(piece)), previews.FRAMED


@bp.get("/dien-thoai")
def phone() -> ResponseReturnValue:
    """The same at the width of a phone, for who sits at a wide screen."""
    return render_template("studio/story/phone.html"), previews.FRAMING


@bp.get("/gui")
def check() -> str:
    """What would be sent in, before it is."""
    return _check()


@bp.post("/gui")
def submit() -> ResponseReturnValue:
    """To the officers."""
    return steps.take(steps.submit, bench.here(), onward=url_for("studio.story.show"), again=_check)


@bp.post("/rut")
def take_back() -> ResponseReturnValue:
    """From the officers, to write on."""
    return steps.take(steps.take_back, bench.here(), onward=url_for("studio.story.show"), again=show)


@bp.post("/bo")
def withdraw() -> ResponseReturnValue:
    """Give the draft up."""
    return steps.take(steps.withdraw, bench.here(), onward=url_for("studio.story.show"), again=show)


@bp.post("/xem-lai")
def renew() -> ResponseReturnValue:
    """The live page has changed, and the draft is right still."""
    return steps.take(steps.renew, bench.here(), onward=url_for("studio.story.check"), again=_check)


def _section(slug: str) -> Section:
    found = next((each for each in OF_STORY if each.slug == slug), None)
    if found is None:
        raise NotFound(slug)
    return found


def _section_page(chosen: Section, piece: Workpiece, form: SectionForm, theirs: dict[str, list[str]]) -> str:
    return render_template(
        "studio/story/section.html",
        piece=piece,
        section=chosen,
        fields=sections.fields_of(chosen, piece),
        form=form,
        theirs=theirs,
        claims=page_words.claims_in(piece.values),
        reasons=sections.reasons_of(piece),
        hints=sections.hint,
        field_name=page_words.field_name,
        column_name=page_words.column_name,
    )


def _check() -> str:
    piece = sections.workpiece(bench.here())
    return render_template(
        "studio/story/check.html",
        piece=piece,
        changes=steps.told(piece),
        missing=[page_words.gap_words(gap) for gap in piece.whole.missing],
        warnings=steps.warnings(piece),
        unmarked=(),
        form=steps.form_for(piece),
    )
