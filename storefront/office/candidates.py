"""Candidates: an officer puts a product forward, writes down its points, or lets the candidacy go."""

from decimal import Decimal

from flask import Blueprint, flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import RadioField, SelectChoice, StringField

from catalog import criteria, decisions
from catalog.certificates import Certificate, CertificateState
from catalog.clock import vietnam_day
from catalog.criteria import IssuerLevel
from catalog.db import db
from catalog.errors import Invalid, NotFound
from catalog.products import Product
from storefront import decision_words
from storefront.fields import DayField, tidy
from storefront.office import bureau
from storefront.office.certificates import get_product
from storefront.office.papers import PaperForm, PointsField, about, act, status
from storefront.outside import outside

bp = Blueprint("candidates", __name__, url_prefix="/chung-nhan/san-pham/<product>")


class NominateForm(PaperForm):
    """Who is to decide."""

    issuer_level = RadioField(_l("Cấp sẽ công nhận"), choices=[level.value for level in IssuerLevel])
    issuer_vi = StringField(_l("Nơi sẽ công nhận"), filters=[tidy])
    note_vi = StringField(_l("Ghi chú"), filters=[tidy])


class AssessForm(PaperForm):
    """The points, part by part."""

    assessed_on = DayField(_l("Ngày hội đồng chấm"))
    score_a = PointsField()
    score_b = PointsField()
    score_c = PointsField()


class WithdrawForm(PaperForm):
    """Why it comes to nothing."""

    reason = StringField(_l("Lý do"), filters=[tidy])


@bp.route("/ung-vien", methods=["GET", "POST"])
def nominate(product: str) -> ResponseReturnValue:
    """Put a product forward."""
    found = get_product(product)
    level, name = criteria.usual_issuer(3, vietnam_day(outside().now()))
    form = NominateForm(issuer_level=level.value, issuer_vi=name)
    form.issuer_level.choices = [SelectChoice(each.value, decision_words.level_name(each)) for each in IssuerLevel]
    form.see(found)

    def deed() -> None:
        issuer, chosen, note = form.issuer_vi.data or "", IssuerLevel(form.issuer_level.data), form.note_vi.data or ""
        decisions.nominate(
            found, issuer, chosen, note_vi=note, seen=form.version, by=bureau.me(), at=outside().now()
        )  # fmt: skip
        flash(_("Đã ghi ứng viên. Sản phẩm chưa mang sao."))

    if done := act(form, found, deed):
        return done
    return render_template("office/candidates/nominate.html", form=form, **about(found)), status(form)


@bp.route("/cham-diem", methods=["GET", "POST"])
def assess(product: str) -> ResponseReturnValue:
    """Write down what the council gave; again, when the product is assessed anew."""
    found = get_product(product)
    candidate = _candidate(found)
    form = AssessForm(
        assessed_on=candidate.assessed_on,
        score_a=candidate.score_a,
        score_b=candidate.score_b,
        score_c=candidate.score_c,
    )
    form.see(found)

    def deed() -> None:
        parts, day = form.points(), form.assessed_on.data
        if day is None:
            raise Invalid("assessed_on", "required")
        if parts is None:
            raise Invalid("score_a", "required")
        decisions.assess(candidate, found, parts, day, seen=form.version, by=bureau.me(), at=outside().now())
        if stars := criteria.stars_of(sum(parts, Decimal(0))):
            flash(_("Đã ghi điểm, ứng với %(n)s sao. Sao chỉ có khi có quyết định.", n=stars))
        else:
            flash(_("Đã ghi điểm. Dưới 50 điểm thì chưa được công nhận; có thể chấm lại sau."))

    today = criteria.criteria_of(vietnam_day(outside().now()))
    if done := act(form, found, deed):
        return done
    return render_template("office/candidates/assess.html", form=form, **about(found), criteria=today), status(form)


@bp.route("/rut-ho-so", methods=["GET", "POST"])
def withdraw(product: str) -> ResponseReturnValue:
    """The candidacy comes to nothing."""
    found = get_product(product)
    candidate, form = _candidate(found), WithdrawForm()
    form.see(found)

    def deed() -> None:
        decisions.withdraw(
            candidate, found, form.reason.data or "", seen=form.version, by=bureau.me(), at=outside().now()
        )  # fmt: skip
        flash(_("Đã rút hồ sơ ứng viên."))

    if done := act(form, found, deed):
        return done
    return render_template("office/candidates/withdraw.html", form=form, **about(found)), status(form)


def find_candidate(product: Product) -> Certificate | None:
    """The product's open candidacy."""
    query = select(Certificate).where(Certificate.product_id == product.id, Certificate.withdrawn_on.is_(None))
    return db.session.scalar(query.where(Certificate.state == CertificateState.CANDIDATE))


def _candidate(product: Product) -> Certificate:
    """The last candidacy, open or not: a form that comes too late is told so. Raises NotFound where there never was one."""
    query = select(Certificate).where(Certificate.product_id == product.id, Certificate.assessed_on.is_not(None))
    found = find_candidate(product) or db.session.scalar(query.order_by(Certificate.id.desc()).limit(1))
    if found is None:
        raise NotFound(f"candidate of {product.code}")
    return found
