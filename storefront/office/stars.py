"""Stars by decision: an officer records a paper that gives them, mends a record, or records that they are taken back."""

from flask import Blueprint, flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import RadioField, SelectChoice, StringField

from catalog import certificates, criteria, decisions
from catalog.certificates import Certificate, CertificateState
from catalog.clock import vietnam_day
from catalog.criteria import IssuerLevel
from catalog.db import db
from catalog.decisions import Decision, Revocation
from catalog.errors import Invalid, NotFound
from storefront import decision_words
from storefront.fields import KEY, DayField, tidy
from storefront.office import bureau
from storefront.office.candidates import find_candidate
from storefront.office.certificates import get_product
from storefront.office.papers import PARTS, PaperForm, PointsField, about, act, status
from storefront.outside import outside

bp = Blueprint("stars", __name__, url_prefix="/chung-nhan")

STARS = (3, 4, 5)


class DecisionForm(PaperForm):
    """What stands on the paper."""

    number = StringField(_l("Số quyết định"), filters=[tidy])
    stars = RadioField(_l("Hạng sao"), choices=[str(stars) for stars in STARS])
    issuer_level = RadioField(_l("Cấp công nhận"), choices=[level.value for level in IssuerLevel])
    issuer_vi = StringField(_l("Nơi cấp"), filters=[tidy])
    signed_on = DayField(_l("Ngày ký"))
    score_a = PointsField()
    score_b = PointsField()
    score_c = PointsField()

    def offer(self) -> None:
        """Name the choices."""
        self.stars.choices = [SelectChoice(str(stars), _("%(n)s sao", n=stars)) for stars in STARS]
        levels = [SelectChoice(level.value, decision_words.level_name(level)) for level in IssuerLevel]
        self.issuer_level.choices = levels

    def decision(self, *, pointed: bool) -> Decision:
        """The paper. pointed: whether its points are asked for. Raises Invalid with the field."""
        if self.signed_on.data is None:
            raise Invalid("signed_on", "required")
        return Decision(
            number=self.number.data or "",
            stars=int(self.stars.data),
            issuer_vi=self.issuer_vi.data or "",
            issuer_level=IssuerLevel(self.issuer_level.data),
            signed_on=self.signed_on.data,
            parts=self.points() if pointed else None,
        )


class CorrectForm(DecisionForm):
    """What should stand in the record, and why it does not."""

    reason = StringField(_l("Vì sao sửa"), filters=[tidy])


class RevokeForm(PaperForm):
    """The paper that takes it back."""

    number = StringField(_l("Số quyết định thu hồi"), filters=[tidy])
    issuer_vi = StringField(_l("Nơi ra quyết định thu hồi"), filters=[tidy])
    signed_on = DayField(_l("Ngày ký, cũng là ngày thôi mang sao"))
    reason = StringField(_l("Lý do"), filters=[tidy])


@bp.route("/san-pham/<product>/cong-nhan", methods=["GET", "POST"])
def certify(product: str) -> ResponseReturnValue:
    """Record a decision: for the open candidate where there is one, else as the paper has it."""
    found = get_product(product)
    candidate, now = find_candidate(found), outside().now()
    stars = criteria.stars_of(candidate.score) if candidate and candidate.score is not None else None
    level, name = criteria.usual_issuer(stars or 3, vietnam_day(now))
    chosen = {"stars": str(stars)} if stars else {}
    form = DecisionForm(issuer_level=level.value, issuer_vi=name, **chosen)
    form.offer()
    form.see(found)

    def deed() -> None:
        paper = form.decision(pointed=candidate is None)
        certificate = decisions.certify(
            found, paper, candidate=candidate, seen=form.version, by=bureau.me(), at=outside().now()
        )  # fmt: skip
        flash(_("Đã ghi quyết định. Sản phẩm mang %(n)s sao.", n=certificate.stars))

    if done := act(form, found, deed):
        return done
    return render_template(
        "office/stars/certify.html", form=form, **about(found), candidate=candidate, issuers=_issuers()
    ), status(form)


@bp.route(f"/<{KEY}:certificate_id>/sua", methods=["GET", "POST"])
def correct(certificate_id: int) -> ResponseReturnValue:
    """Mend what was mistyped."""
    certificate, product = decisions.get_certificate(bureau.me(), certificate_id)
    if certificate.state is CertificateState.CANDIDATE:
        raise NotFound(f"decision {certificate_id}")
    form = CorrectForm(
        number=certificate.number,
        stars=str(certificate.stars),
        issuer_level=certificate.issuer_level.value,
        issuer_vi=certificate.issuer_vi,
        signed_on=certificate.signed_on,
        **{name: getattr(certificate, name) for name in PARTS},
    )
    form.offer()
    form.see(product)

    def deed() -> None:
        paper, why = form.decision(pointed=True), form.reason.data or ""
        decisions.correct(certificate, product, paper, why, seen=form.version, by=bureau.me(), at=outside().now())
        flash(_("Đã sửa. Giá trị cũ vẫn còn trong lịch sử."))

    if done := act(form, product, deed):
        return done
    return render_template(
        "office/stars/correct.html", form=form, **about(product), certificate=certificate, issuers=_issuers()
    ), status(form)


@bp.route(f"/<{KEY}:certificate_id>/thu-hoi", methods=["GET", "POST"])
def revoke(certificate_id: int) -> ResponseReturnValue:
    """Record that a decision took this one back."""
    certificate, product = decisions.get_certificate(bureau.me(), certificate_id)
    if certificate.state is CertificateState.CANDIDATE:
        raise NotFound(f"decision {certificate_id}")
    form = RevokeForm(issuer_vi=certificate.issuer_vi)
    form.see(product)

    def deed() -> None:
        if form.signed_on.data is None:
            raise Invalid("signed_on", "required")
        paper = Revocation(
            form.number.data or "", form.issuer_vi.data or "", form.signed_on.data, form.reason.data or ""
        )  # fmt: skip
        decisions.revoke(certificate, product, paper, seen=form.version, by=bureau.me(), at=outside().now())
        flash(_("Đã ghi thu hồi. Sản phẩm thôi mang sao của quyết định này."))

    others = db.session.scalars(certificates.of_product(product.id))
    stage = certificates.stage(certificate, list(others), at=outside().now())
    stage_name = decision_words.stage_name(stage)
    if done := act(form, product, deed):
        return done
    return render_template(
        "office/stars/revoke.html", form=form, **about(product), certificate=certificate, stage_name=stage_name
    ), status(form)


def _issuers() -> list[str]:
    """Names that decisions have been signed with, to choose from while typing."""
    query = select(Certificate.issuer_vi).where(Certificate.state != CertificateState.CANDIDATE).distinct()
    return sorted(name for name in db.session.scalars(query.limit(60)) if name)
