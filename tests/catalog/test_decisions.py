"""What officers write down about stars: who may, what is refused, what two at once get, and what is left behind."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from catalog import certificates, decisions, history, makers, sequence
from catalog.certificates import Certificate, CertificateState, Stage
from catalog.clock import start_of
from catalog.criteria import IssuerLevel
from catalog.db import db, transaction
from catalog.decisions import Decision, Parts, Revocation
from catalog.errors import Conflict, Forbidden, Invalid, NotFound
from catalog.jobs import Job
from catalog.memberships import Officer
from catalog.producers import Producer
from catalog.products import Product
from tests.catalog.cast import at_once
from tests.world import HOI_AN, MONDAY, MONDAY_NINE, TRA_MY, make_certificate, make_officer, make_producer, make_product
from tests.world import officer_of as officer_is

NOW, DAY = MONDAY_NINE, timedelta(days=1)
PAPER = Decision("12/QĐ-THU", 4, "UBND thành phố Đà Nẵng (thử)", IssuerLevel.PROVINCE, MONDAY)
TAKEN_BACK = Revocation("99/QĐ-THU", "UBND thành phố Đà Nẵng (thử)", MONDAY, "Không còn giữ tiêu chí")


def points(a: str, b: str, c: str) -> Parts:
    return Decimal(a), Decimal(b), Decimal(c)


FOUR_STARS = points("30", "20.5", "25")


@pytest.fixture
def officer(app: Flask, session: Any) -> Officer:
    with transaction():
        return officer_is(make_officer())


@pytest.fixture
def product(session: Any) -> Product:
    """Without any certificate, made in Trà My."""
    with transaction():
        return make_product(producer=make_producer(commune=TRA_MY), stars=None)


def rows(product: Product) -> list[Certificate]:
    db.session.expire_all()
    return list(db.session.scalars(select(Certificate).filter_by(product_id=product.id).order_by(Certificate.id)))


def seen(product: Product) -> int:
    return decisions.version_of(product.id)


def nominate(product: Product, by: Officer) -> Certificate:
    with transaction():
        return decisions.nominate(
            product, PAPER.issuer_vi, PAPER.issuer_level, seen=seen(product), by=by, at=NOW
        )  # fmt: skip


def assess(
    candidate: Certificate, product: Product, by: Officer, parts: Parts = FOUR_STARS, day: date = MONDAY
) -> None:
    with transaction():
        decisions.assess(candidate, product, parts, day, seen=seen(product), by=by, at=NOW)


def certify(product: Product, by: Officer, candidate: Certificate | None = None, **facts: Any) -> Certificate:
    with transaction():
        return decisions.certify(
            product, replace(PAPER, **facts), candidate=candidate, seen=seen(product), by=by, at=NOW
        )


def revoke(certificate: Certificate, product: Product, by: Officer, **facts: Any) -> None:
    with transaction():
        decisions.revoke(certificate, product, replace(TAKEN_BACK, **facts), seen=seen(product), by=by, at=NOW)


def told(product: Product) -> list[tuple[str, dict[str, Any]]]:
    events = db.session.scalars(history.of(f"product:{product.code}"))
    return [(event.verb, {k: v for k, v in event.facts.items() if k != "certificate"}) for event in events]


# a life


def test_a_product_is_put_forward_assessed_certified_and_taken_back(product: Product, officer: Officer) -> None:
    candidate = nominate(product, officer)
    assert certificates.current([product.id], at=NOW) == {}
    assess(candidate, product, officer)
    assert (candidate.score, candidate.score_a, candidate.score_b, candidate.score_c) == (
        Decimal("75.5"), Decimal(30), Decimal("20.5"), Decimal(25),
    )  # fmt: skip
    assert certificates.current([product.id], at=NOW) == {}
    certificate = certify(product, officer, candidate)
    assert certificate.id == candidate.id
    assert (certificate.stars, certificate.number, certificate.slug) == (4, "12/QĐ-THU", "12-qd-thu")
    assert (certificate.signed_on, certificate.expires_on) == (date(2026, 11, 23), date(2029, 11, 23))
    assert (certificate.score, certificate.score_b, certificate.assessed_on) == (
        Decimal("75.5"),
        Decimal("20.5"),
        MONDAY,
    )
    assert certificates.current([product.id], at=NOW)[product.id].stars == 4
    later = NOW + 10 * DAY
    with transaction():
        decisions.revoke(
            certificate, product, replace(TAKEN_BACK, signed_on=MONDAY + 3 * DAY), seen=seen(product), by=officer, at=later
        )  # fmt: skip
    [row] = rows(product)
    assert (row.state, row.revoked_on, row.revocation_number) == (
        CertificateState.REVOKED, date(2026, 11, 26), "99/QĐ-THU",
    )  # fmt: skip
    assert (row.number, row.stars, row.signed_on) == ("12/QĐ-THU", 4, MONDAY)
    assert certificates.current([product.id], at=later) == {}
    assert certificates.current([product.id], at=start_of(date(2026, 11, 26)) - DAY)[product.id].stars == 4


def test_every_step_is_in_the_history_with_before_and_after(product: Product, officer: Officer) -> None:
    candidate = nominate(product, officer)
    assess(candidate, product, officer)
    assess(candidate, product, officer, points("25", "20", "20"))
    certify(product, officer, candidate, stars=3)
    assert told(product) == [
        ("certificate.nominated", {"number": ""}),
        (
            "certificate.assessed",
            {
                "number": "",
                "before": {},
                "after": {"assessed_on": "2026-11-23", "score": "75.5", "score_a": "30", "score_b": "20.5", "score_c": "25"},
            },
        ),
        (
            "certificate.assessed",
            {
                "number": "",
                "before": {"score": "75.5", "score_a": "30.0", "score_b": "20.5", "score_c": "25.0"},
                "after": {"score": "65", "score_a": "25", "score_b": "20", "score_c": "20"},
            },
        ),
        (
            "certificate.certified",
            {
                "number": "12/QĐ-THU",
                "after": { "state": "certified",
                    "number": "12/QĐ-THU", "stars": 3, "issuer_vi": "UBND thành phố Đà Nẵng (thử)",
                    "issuer_level": "province", "signed_on": "2026-11-23", "expires_on": "2029-11-23",
                },
            },
        ),
    ]  # fmt: skip


def test_every_step_tells_the_shop_and_the_index(product: Product, officer: Officer) -> None:
    before = sequence.current()
    certify(product, officer)
    assert sequence.current() > before
    job = db.session.scalars(select(Job).order_by(Job.id.desc())).first()
    assert job is not None
    assert (job.kind, job.payload) == ("index.products", {"ids": [product.id]})


def test_a_paper_whose_assessment_nobody_wrote_down_can_be_recorded(product: Product, officer: Officer) -> None:
    certificate = certify(
        product, officer, parts=points("36", "22", "33.5"), stars=5, issuer_level=IssuerLevel.MINISTRY
    )
    assert (certificate.stars, certificate.score) == (5, Decimal("91.5"))
    assert certificate.assessed_on is None


def test_a_second_decision_renews_raises_or_lowers(product: Product, officer: Officer) -> None:
    first = certify(product, officer, signed_on=date(2024, 5, 1), stars=3)
    assert certificates.stage(first, rows(product), at=NOW) is Stage.RENEWAL_DUE
    second = certify(product, officer, number="13/QĐ-THU", signed_on=date(2026, 5, 1))
    third = certify(product, officer, number="14/QĐ-THU", signed_on=date(2026, 6, 1))
    fourth = certify(product, officer, number="15/QĐ-THU", signed_on=date(2026, 7, 1), stars=3)
    stages = [certificates.stage(each, rows(product), at=NOW) for each in rows(product)]
    assert stages == [Stage.UPGRADED, Stage.RENEWED, Stage.DOWNGRADED, Stage.CERTIFIED]
    assert certificates.successor(second, rows(product), at=NOW) is third
    assert certificates.current([product.id], at=NOW)[product.id].id == fourth.id


# what is refused


@pytest.mark.parametrize(
    ("parts", "day", "field"),
    [
        (points("40.1", "0", "0"), MONDAY, "score_a"),
        (points("40", "25.1", "0"), MONDAY, "score_b"),
        (points("40", "25", "35.1"), MONDAY, "score_c"),
        (points("-1", "25", "35"), MONDAY, "score_a"),
        (points("30.55", "25", "35"), MONDAY, "score_a"),
        (points("36", "25", "35"), date(2023, 2, 23), "score_a"),
        (points("35", "25", "40.1"), date(2023, 2, 23), "score_c"),
        (points("30", "20", "20"), MONDAY + DAY, "assessed_on"),
        (points("30", "20", "20"), date(2017, 12, 31), "assessed_on"),
    ],
)
def test_points_beyond_the_criteria_of_the_day_are_refused(
    product: Product, officer: Officer, parts: Parts, day: date, field: str
) -> None:
    candidate = nominate(product, officer)
    with pytest.raises(Invalid) as refused:
        assess(candidate, product, officer, parts, day)
    assert refused.value.field == field
    [row] = rows(product)
    assert (row.score, row.assessed_on, row.version) == (None, None, 1)


def test_the_maxima_of_the_old_criteria_hold_for_their_days(product: Product, officer: Officer) -> None:
    candidate = nominate(product, officer)
    assess(candidate, product, officer, points("35", "25", "40"), date(2022, 6, 1))
    assert candidate.score == 100


@pytest.mark.parametrize(
    ("facts", "field", "reason"),
    [
        ({"number": "  "}, "number", "required"),
        ({"number": "///"}, "number", "required"),
        ({"number": "1" * 65}, "number", "too_long"),
        ({"issuer_vi": ""}, "issuer_vi", "required"),
        ({"issuer_vi": "x" * 161}, "issuer_vi", "too_long"),
        ({"stars": 2}, "stars", "range"),
        ({"stars": 6}, "stars", "range"),
        ({"stars": 5}, "issuer_level", "issuer_level"),
        ({"issuer_level": IssuerLevel.MINISTRY}, "issuer_level", "issuer_level"),
        ({"issuer_level": IssuerLevel.DISTRICT, "stars": 3}, "issuer_level", "issuer_level"),
        ({"signed_on": MONDAY + DAY}, "signed_on", "future"),
        ({"signed_on": date(2017, 12, 31)}, "signed_on", "too_early"),
        ({"parts": points("25", "20", "20")}, "stars", "score_stars"),
        ({"parts": points("20", "10", "10")}, "stars", "score_stars"),
        ({"parts": points("41", "20", "20")}, "score_a", "points"),
    ],
)
def test_a_decision_that_cannot_be_is_refused(
    product: Product, officer: Officer, facts: dict[str, Any], field: str, reason: str
) -> None:
    with pytest.raises(Invalid) as refused:
        certify(product, officer, **facts)
    assert (refused.value.field, refused.value.reason) == (field, reason)
    assert rows(product) == []
    assert told(product) == []


def test_three_stars_were_the_districts_while_there_were_districts(product: Product, officer: Officer) -> None:
    signed = date(2025, 6, 30)
    certify(product, officer, stars=3, issuer_level=IssuerLevel.DISTRICT, signed_on=signed)
    with pytest.raises(Invalid):
        certify(product, officer, number="2/QĐ", stars=3, issuer_level=IssuerLevel.DISTRICT, signed_on=signed + DAY)


def test_a_candidate_is_certified_only_with_the_points_for_it(product: Product, officer: Officer) -> None:
    candidate = nominate(product, officer)
    for parts, reason in ((None, "not_assessed"), (points("20", "15", "14.9"), "score_stars")):
        if parts:
            assess(candidate, product, officer, parts)
        with pytest.raises(Invalid) as refused:
            certify(product, officer, candidate, stars=3)
        assert refused.value.reason == reason
    [row] = rows(product)
    assert row.state is CertificateState.CANDIDATE
    assert certificates.stage(row, [row], at=NOW) is Stage.BELOW


def test_a_decision_is_not_signed_before_its_assessment(product: Product, officer: Officer) -> None:
    candidate = nominate(product, officer)
    assess(candidate, product, officer)
    with pytest.raises(Invalid) as refused:
        certify(product, officer, candidate, signed_on=MONDAY - DAY)
    assert (refused.value.field, refused.value.reason) == ("signed_on", "before_assessment")


def test_a_number_has_one_day_in_a_year_of_its_issuer(product: Product, officer: Officer) -> None:
    certify(product, officer, signed_on=date(2026, 3, 2))
    with transaction():
        other = make_product(stars=None)
    with pytest.raises(Invalid) as refused:
        certify(
            other, officer, signed_on=date(2026, 3, 3), number="12/qđ-thu", issuer_vi="ubnd thành phố đà nẵng (thử)"
        )
    assert (refused.value.field, refused.value.reason) == ("signed_on", "other_day")
    assert refused.value.facts["day"] == date(2026, 3, 2)
    assert rows(other) == []
    certify(other, officer, signed_on=date(2025, 12, 31), stars=3)  # numbers begin anew each year
    certify(other, officer, signed_on=date(2026, 3, 3), issuer_vi="UBND nơi khác (thử)")
    certify(other, officer, signed_on=date(2026, 3, 2))  # one paper names several products
    assert len(rows(other)) == 3


def test_one_paper_is_recorded_once_for_a_product(product: Product, officer: Officer) -> None:
    certify(product, officer)
    with pytest.raises(Invalid) as refused:
        certify(product, officer, stars=3)
    assert (refused.value.field, refused.value.reason) == ("number", "recorded_already")
    assert [row.stars for row in rows(product)] == [4]


def test_a_product_is_put_forward_once_at_a_time(product: Product, officer: Officer) -> None:
    candidate = nominate(product, officer)
    with pytest.raises(Conflict):
        nominate(product, officer)
    with transaction():
        decisions.withdraw(candidate, product, "Ghi nhầm sản phẩm", seen=seen(product), by=officer, at=NOW)
    assert certificates.stage(candidate, [candidate], at=NOW) is Stage.WITHDRAWN
    again = nominate(product, officer)
    assert [row.id for row in rows(product)] == [candidate.id, again.id]
    for verb in (assess, certify):
        with pytest.raises(Conflict):
            verb(*((candidate, product, officer) if verb is assess else (product, officer, candidate)))  # type: ignore[operator]


def test_a_withdrawn_candidate_is_not_certified(product: Product, officer: Officer) -> None:
    candidate = nominate(product, officer)
    assess(candidate, product, officer)
    with transaction():
        decisions.withdraw(candidate, product, "Cơ sở thôi làm", seen=seen(product), by=officer, at=NOW)
    with pytest.raises(Conflict):
        certify(product, officer, candidate)
    assert certificates.current([product.id], at=NOW) == {}


@pytest.mark.parametrize(
    ("facts", "field", "reason"),
    [
        ({"number": ""}, "number", "required"),
        ({"issuer_vi": ""}, "issuer_vi", "required"),
        ({"reason": " "}, "reason", "required"),
        ({"reason": "x" * 501}, "reason", "too_long"),
        ({"signed_on": MONDAY + DAY}, "signed_on", "future"),
        ({"signed_on": date(2026, 3, 2)}, "signed_on", "before_decision"),
    ],
)
def test_a_revocation_that_cannot_be_is_refused(
    product: Product, officer: Officer, facts: dict[str, Any], field: str, reason: str
) -> None:
    certificate = certify(product, officer, signed_on=date(2026, 3, 2))
    with pytest.raises(Invalid) as refused:
        revoke(certificate, product, officer, **facts)
    assert (refused.value.field, refused.value.reason) == (field, reason)
    assert [row.state for row in rows(product)] == [CertificateState.CERTIFIED]


def test_what_has_run_out_or_been_replaced_or_revoked_is_not_revoked(product: Product, officer: Officer) -> None:
    old = certify(product, officer, signed_on=date(2023, 5, 1))
    with pytest.raises(Invalid) as refused:
        revoke(old, product, officer)
    assert refused.value.reason == "after_end"
    first = certify(product, officer, number="2/QĐ", signed_on=date(2026, 1, 5))
    second = certify(product, officer, number="3/QĐ", signed_on=date(2026, 2, 5))
    with pytest.raises(Conflict):
        revoke(first, product, officer)
    revoke(second, product, officer)
    with pytest.raises(Conflict):
        revoke(second, product, officer)
    assert certificates.current([product.id], at=NOW)[product.id].id == first.id
    revoke(first, product, officer)
    assert certificates.current([product.id], at=NOW) == {}


# corrections


def test_a_typing_mistake_is_mended_with_a_reason_and_leaves_both_values(product: Product, officer: Officer) -> None:
    certificate = certify(product, officer, signed_on=date(2026, 3, 2))
    with transaction():
        decisions.correct(
            certificate, product, replace(PAPER, number="21/QĐ-THU", signed_on=date(2026, 3, 12)), "Gõ nhầm số",
            seen=seen(product), by=officer, at=NOW,
        )  # fmt: skip
    [row] = rows(product)
    assert (row.number, row.slug, row.signed_on, row.expires_on) == (
        "21/QĐ-THU", "21-qd-thu", date(2026, 3, 12), date(2029, 3, 12),
    )  # fmt: skip
    assert told(product)[-1] == (
        "certificate.corrected",
        {
            "number": "21/QĐ-THU",
            "reason": "Gõ nhầm số",
            "before": {"number": "12/QĐ-THU", "signed_on": "2026-03-02", "expires_on": "2029-03-02"},
            "after": {"number": "21/QĐ-THU", "signed_on": "2026-03-12", "expires_on": "2029-03-12"},
        },
    )


def test_what_the_paper_says_of_itself_is_mended_for_all_its_products(product: Product, officer: Officer) -> None:
    with transaction():
        other = make_product(producer=make_producer(commune=HOI_AN), stars=None)
        here = officer_is(make_officer(TRA_MY))
    certificate = certify(product, officer, signed_on=date(2026, 3, 2))
    certify(other, officer, signed_on=date(2026, 3, 2), stars=3)
    paper = replace(PAPER, signed_on=date(2026, 3, 3))
    with pytest.raises(Invalid) as refused, transaction():
        decisions.correct(certificate, product, paper, "Sai ngày", seen=seen(product), by=here, at=NOW)
    assert (refused.value.reason, refused.value.facts) == ("shared", {"others": 1})
    with transaction():
        decisions.correct(certificate, product, paper, "Sai ngày", seen=seen(product), by=officer, at=NOW)
    assert [(row.signed_on, row.stars) for each in (product, other) for row in rows(each)] == [
        (date(2026, 3, 3), 4), (date(2026, 3, 3), 3),
    ]  # fmt: skip
    assert told(other)[-1][0] == "certificate.corrected"


def test_points_can_be_mended_and_stay_within_the_stars(product: Product, officer: Officer) -> None:
    certificate = certify(product, officer, parts=FOUR_STARS)
    better = replace(PAPER, parts=points("31", "20", "25"))
    with transaction():
        decisions.correct(certificate, product, better, "Cộng nhầm", seen=seen(product), by=officer, at=NOW)
    assert [(row.score, row.score_a) for row in rows(product)] == [(76, 31)]
    with pytest.raises(Invalid) as refused, transaction():
        decisions.correct(certificate, product, replace(PAPER, stars=3), "x", seen=seen(product), by=officer, at=NOW)
    assert (refused.value.field, refused.value.reason) == ("stars", "score_stars")
    with pytest.raises(Invalid), transaction():
        decisions.correct(certificate, product, PAPER, "  ", seen=seen(product), by=officer, at=NOW)
    assert [(row.stars, row.score) for row in rows(product)] == [(4, 76)]


# whose it is


def test_what_lies_in_another_commune_does_not_exist(product: Product, officer: Officer) -> None:
    certificate = certify(product, officer)
    with transaction():
        foreign, own = officer_is(make_officer(HOI_AN)), officer_is(make_officer(TRA_MY))
    assert decisions.get_certificate(own, certificate.id)[0] is certificate
    for key in (certificate.id, 10**9):
        with pytest.raises(NotFound):
            decisions.get_certificate(foreign, key)
    with pytest.raises(NotFound):
        certify(product, foreign, number="2/QĐ")
    with pytest.raises(NotFound):
        revoke(certificate, product, foreign)
    with pytest.raises(NotFound), transaction():
        decisions.attach(certificate, product, "x.pdf", by=foreign, at=NOW)
    assert len(rows(product)) == 1


# two at once


def test_two_officers_certify_one_candidate_once(app: Flask, product: Product, officer: Officer) -> None:
    candidate = nominate(product, officer)
    assess(candidate, product, officer)
    version, key = seen(product), candidate.id

    def act(number: int) -> str:
        mine, of = decisions.get_certificate(officer, key)
        paper = replace(PAPER, number=f"{number}/QĐ-THU")
        return decisions.certify(of, paper, candidate=mine, seen=version, by=officer, at=NOW).number

    answers = at_once(app, *(lambda n=n: act(n) for n in range(1, 5)))  # type: ignore[misc]
    assert sorted(answers)[1:] == ["Conflict"] * 3
    [row] = rows(product)
    assert (row.state, row.number) == (CertificateState.CERTIFIED, min(answers))


def test_a_revocation_and_a_renewal_at_once_leave_one_of_the_two(
    app: Flask, product: Product, officer: Officer
) -> None:
    certificate = certify(product, officer, signed_on=date(2026, 3, 2))
    version, key = seen(product), certificate.id

    def take_back() -> str:
        mine, of = decisions.get_certificate(officer, key)
        decisions.revoke(mine, of, TAKEN_BACK, seen=version, by=officer, at=NOW)
        return "revoked"

    def renew() -> str:
        _, of = decisions.get_certificate(officer, key)
        decisions.certify(of, replace(PAPER, number="13/QĐ-THU"), seen=version, by=officer, at=NOW)
        return "renewed"

    answers = at_once(app, take_back, renew)
    assert sorted(answers) in (["Conflict", "revoked"], ["Conflict", "renewed"])
    states = [row.state for row in rows(product)]
    assert states == (
        [CertificateState.REVOKED] if "revoked" in answers else [CertificateState.CERTIFIED, CertificateState.CERTIFIED]
    )


def test_two_papers_with_one_number_and_two_days_are_not_both_recorded(
    app: Flask, product: Product, officer: Officer
) -> None:
    with transaction():
        other = make_product(stars=None)

    def act(of: Product, day: date) -> str:
        of = db.session.get_one(Product, of.id)
        decisions.certify(of, replace(PAPER, signed_on=day), seen=0, by=officer, at=NOW)
        return "recorded"

    answers = at_once(app, lambda: act(product, date(2026, 3, 2)), lambda: act(other, date(2026, 3, 3)))
    assert sorted(answers) == ["Invalid", "recorded"]


def test_two_who_put_one_product_forward_make_one_candidate(app: Flask, product: Product, officer: Officer) -> None:
    def act() -> str:
        of = db.session.get_one(Product, product.id)
        decisions.nominate(of, PAPER.issuer_vi, PAPER.issuer_level, seen=0, by=officer, at=NOW)
        return "made"

    assert sorted(at_once(app, act, act, act)) == ["Conflict", "Conflict", "made"]
    assert len(rows(product)) == 1


# stages


def test_the_database_and_the_object_say_the_same_stage(product: Product, officer: Officer) -> None:
    with transaction():
        for n, (signed, stars) in enumerate([(2019, 3), (2021, 3), (2023, 4), (2024, 4)]):
            make_certificate(product, stars=stars, signed_on=date(signed, 1 + n, 1), number=f"{n}/QĐ")
        make_certificate(
            product, stars=5, signed_on=date(2025, 6, 1), state=CertificateState.REVOKED, revoked_on=date(2025, 9, 1)
        )
        make_certificate(product, stars=3, signed_on=date(2025, 6, 1))
        empty = {"number": "", "slug": "", "state": CertificateState.CANDIDATE, "stars": None}
        for score, gone in ((None, None), ("49.9", MONDAY), ("49.9", None), ("50", None)):
            target = product if gone else make_product(stars=None)
            one = make_certificate(target, **empty, score=Decimal(score) if score else None, withdrawn_on=gone)
            one.signed_on = one.expires_on = None
    known = set()
    for day in (date(2018, 1, 1), date(2021, 6, 1), date(2024, 1, 10), date(2025, 6, 1), date(2025, 9, 1), MONDAY,
                date(2028, 1, 1), date(2028, 5, 30), date(2028, 6, 1)):  # fmt: skip
        at = start_of(day)
        column = certificates.stage_column(at)
        said = {key: Stage(word) for key, word in db.session.execute(select(Certificate.id, column))}
        everything = db.session.scalars(select(Certificate)).all()
        derived = {row.id: certificates.stage(row, everything, at=at) for row in everything}
        assert said == derived
        known |= set(said.values())
    assert known == set(Stage)


def test_a_lapse_begins_where_the_last_certificate_ended(session: Any, officer: Officer) -> None:
    signed = date(2023, 5, 1)
    with transaction():
        lapsed, revoked, valid, never = (make_product(stars=None) for _ in range(4))
        make_certificate(lapsed, signed_on=signed)
        make_certificate(lapsed, signed_on=date(2020, 1, 1))
        make_certificate(revoked, signed_on=signed, state=CertificateState.REVOKED, revoked_on=date(2024, 1, 1))
        make_certificate(valid, signed_on=signed)
        make_certificate(valid, signed_on=date(2025, 5, 1))
    every = [lapsed.id, revoked.id, valid.id, never.id]
    assert certificates.lapsed_on(every, at=NOW) == {lapsed.id: date(2026, 5, 1)}
    assert certificates.lapsed_on(every, at=start_of(date(2026, 5, 1)) - DAY) == {}


def test_nobody_gives_or_takes_the_stars_of_their_own_producer(app: Flask, officer: Officer, product: Product) -> None:
    candidate = nominate(product, officer)
    assess(candidate, product, officer)
    with transaction():
        user = make_officer()
        member = makers.join(user, maker_of_goods(product), actor="system", at=NOW)
    own = officer_is(user)
    before, paper = told(product), certify(make_product_of(product), officer)
    other = db.session.get_one(Product, paper.product_id)
    for helped in (
        lambda: nominate(product, own),
        lambda: assess(candidate, product, own, points("35", "25", "40")),
        lambda: certify(product, own, candidate),
        lambda: revoke(paper, other, own),
    ):
        with pytest.raises(Forbidden):
            helped()
    for act in (
        lambda: decisions.withdraw(candidate, product, "x", seen=seen(product), by=own, at=NOW),
        lambda: decisions.correct(paper, other, replace(PAPER, stars=5), "x", seen=seen(other), by=own, at=NOW),
        lambda: decisions.attach(paper, other, "scan-1.pdf", by=own, at=NOW),
    ):
        with pytest.raises(Forbidden), transaction():
            act()
    assert told(product) == before
    with transaction():
        makers.leave(member, maker_of_goods(product), actor="system", at=NOW)
    assert certify(product, own, candidate, number="13/QĐ-THU").stars == 4


def make_product_of(product: Product) -> Product:
    """Another one of the same producer, without stars."""
    with transaction():
        return make_product(producer=maker_of_goods(product), stars=None)


def maker_of_goods(product: Product) -> Producer:
    return db.session.get_one(Producer, product.producer_id)
