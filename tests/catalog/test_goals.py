"""The programme's figures: exact ones, of a small world, by the definitions of the module."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Select, func, select, update

from catalog import goals, places, products, supports
from catalog.certificates import CertificateState
from catalog.db import db, transaction
from catalog.goals import FormProgress, Period, Progress
from catalog.history import Event
from catalog.memberships import Officer
from catalog.outlets import Outlet, OutletLevel
from catalog.producers import LegalForm, Producer
from catalog.products import Product
from catalog.supports import SupportFacts, SupportKind
from tests.world import (
    HOI_AN,
    MONDAY,
    MONDAY_NINE,
    TAM_KY,
    TRA_MY,
    World,
    make_certificate,
    make_officer,
    make_outlet,
    make_producer,
    make_product,
    officer_of,
)

DAY = timedelta(days=1)
ALL = [commune.code for commune in goals.territory()]
HANOI = places.communes("01")[0].code
LAST_YEARS = Period(date(2024, 1, 1), MONDAY)


@dataclass(frozen=True)
class Cast:
    """Products by what became of them. world's honey (4), tea (3), lantern (5): first signed a year ago."""

    renewed: Product
    upgraded: Product
    lapsed: Product
    revoked: Product
    candidate: Product


@pytest.fixture
def province(session: Any, world: World) -> Officer:
    with transaction():
        return officer_of(make_officer())


@pytest.fixture
def cast(session: Any, world: World) -> Cast:
    """At the cooperative (Trà My) and the household (Hội An)."""
    before, lately = date(2022, 6, 1), date(2025, 6, 1)
    with transaction():
        made = {
            name: make_product(name, producer=world.household if name == "upgraded" else world.cooperative, stars=None)
            for name in Cast.__annotations__
        }
        make_certificate(made["renewed"], stars=3, signed_on=before)
        make_certificate(made["renewed"], stars=3, signed_on=lately)
        make_certificate(made["upgraded"], stars=3, signed_on=before)
        make_certificate(made["upgraded"], stars=4, signed_on=date(2025, 1, 1))
        make_certificate(made["lapsed"], stars=3, signed_on=before)
        taken = {"state": CertificateState.REVOKED, "revoked_on": MONDAY}
        make_certificate(made["revoked"], stars=4, signed_on=lately, **taken)
        make_certificate(
            made["candidate"], stars=None, number="", slug="", state=CertificateState.CANDIDATE, score=None,
        )  # fmt: skip
    return Cast(**made)


def names(query: Select[Any]) -> list[str]:
    return [row[0].name_vi for row in db.session.execute(query)]


def test_the_targets_are_those_of_the_programme() -> None:
    found = {key: target.number for key, target in goals.targets().items()}
    assert found == {
        "products_per_commune": 2, "five_star_key": 5, "products_consolidated": 200, "products_new": 200,
        "organisations_consolidated": 50, "organisations_new": 80, "companies_new": 30, "cooperatives_new": 50,
        "sales_points": 45, "district_centres": 10, "provincial_centres": 2, "regional_centres": 1,
        "visits_per_year": 2,
    }  # fmt: skip
    assert {target.to_year for target in goals.targets().values()} == {2025}
    assert goals.targets()["products_new"].words == "phát triển mới ít nhất 200 sản phẩm"


def test_the_territory_is_old_quang_nam() -> None:
    assert len(goals.territory()) == 78
    assert goals.old_count(goals.territory()) == 238
    hoi_an = [commune for commune in goals.territory() if commune.code == HOI_AN]
    assert goals.old_count(hoi_an) == len(places.formed_from(HOI_AN))
    assert HANOI not in ALL


def test_an_officer_answers_for_their_communes(world: World, province: Officer) -> None:
    with transaction():
        hill = officer_of(make_officer(TRA_MY, HOI_AN))
    assert goals.area(province) == goals.territory()
    assert [commune.code for commune in goals.area(hill)] == sorted([TRA_MY, HOI_AN])


def test_stars_are_those_valid_on_the_last_day(world: World, cast: Cast) -> None:
    assert goals.standing(on=MONDAY).stars_by_commune(ALL) == {TRA_MY: {3: 2, 4: 1}, HOI_AN: {4: 1, 5: 1}}
    assert goals.standing(on=MONDAY).stars_by_commune([HOI_AN]) == {HOI_AN: {4: 1, 5: 1}}
    assert goals.standing(on=MONDAY).stars_by_commune([TAM_KY]) == {}
    assert goals.standing(on=date(2024, 6, 1)).stars_by_commune(ALL) == {TRA_MY: {3: 2}, HOI_AN: {3: 1}}
    assert goals.standing(on=MONDAY - DAY).stars_by_commune(ALL) == {TRA_MY: {3: 2, 4: 2}, HOI_AN: {4: 1, 5: 1}}


def test_what_is_made_elsewhere_is_counted_apart(world: World, cast: Cast) -> None:
    assert goals.standing(on=MONDAY).outside == 0
    with transaction():
        make_product(producer=make_producer(commune=HANOI), stars=4)
        make_product(producer=make_producer(commune=HANOI), stars=None)
    assert goals.standing(on=MONDAY).outside == 1


def test_key_products_are_counted_by_their_stars(world: World, cast: Cast) -> None:
    with transaction():
        lantern, honey, lapsed = (db.session.get_one(Product, p.id) for p in (world.lantern, world.honey, cast.lapsed))
        for product in (lantern, honey, lapsed):
            assert products.mark_key(product, True, actor="user:1", at=MONDAY_NINE) is True
        assert products.mark_key(honey, True, actor="user:1", at=MONDAY_NINE) is False
    assert goals.standing(on=MONDAY).key_by_stars(ALL) == {5: 1, 4: 1, 0: 1}
    assert goals.standing(on=MONDAY).key_by_stars([HOI_AN]) == {5: 1}
    with transaction():
        assert products.mark_key(lantern, False, actor="user:1", at=MONDAY_NINE) is True
    assert goals.standing(on=MONDAY).key_by_stars([HOI_AN]) == {}
    marks = select(Event.facts).where(
        Event.verb == "product.key_marked", Event.subject == f"product:{world.lantern.code}"
    )
    told = [(facts["before"], facts["after"]) for facts in db.session.scalars(marks.order_by(Event.id))]
    assert told == [(False, True), (True, False)]


def test_certificates_end_in_quarters(world: World, cast: Cast) -> None:
    ends = goals.ends_by_quarter(ALL, on=MONDAY)
    assert ends == {(2028, 1): {4: 1}, (2028, 2): {3: 1}, (2028, 4): {3: 1, 4: 1, 5: 1}}
    assert list(ends) == [(2028, 1), (2028, 2), (2028, 4)]
    query = goals.ending_in(goals.products(ALL, LAST_YEARS), 2028, 4)
    assert sorted(names(query)) == sorted(["Chè dây", "Mật ong rừng", "Đèn lồng lụa"])


def test_new_consolidated_and_upgraded_are_different_things(world: World, cast: Cast) -> None:
    assert goals.progress(ALL, LAST_YEARS) == Progress(new=3, consolidated=2, upgraded=1)
    assert goals.progress([HOI_AN], LAST_YEARS) == Progress(new=1, consolidated=1, upgraded=1)
    assert goals.progress(ALL, Period(date(2018, 1, 1), date(2020, 12, 31))) == Progress(0, 0, 0)
    assert goals.progress(ALL, Period(date(2021, 1, 1), date(2025, 12, 31))) == Progress(7, 0, 0)
    assert goals.progress([], LAST_YEARS) == Progress(0, 0, 0)


def test_every_figure_of_products_opens_its_rows(world: World, cast: Cast) -> None:
    def of(**facts: Any) -> list[str]:
        return sorted(names(goals.products(ALL, LAST_YEARS, **facts)))

    assert of(step="consolidated") == ["renewed", "upgraded"]
    assert of(step="upgraded") == ["upgraded"]
    assert of(step="new") == sorted(["Mật ong rừng", "Chè dây", "Đèn lồng lụa"])
    assert of(stars=3) == sorted(["Chè dây", "renewed"])
    assert of(stars=0) == sorted(["candidate", "lapsed", "revoked", "Một ngày ở làng rau"])
    assert len(of()) == 9
    assert of(key=True) == []
    assert sorted(names(goals.reached(goals.products(ALL, LAST_YEARS)))) == sorted(
        ["Chè dây", "Mật ong rừng", "Đèn lồng lụa", "renewed", "upgraded"]
    )


def test_organisations_are_counted_by_form_and_by_what_is_known(world: World, cast: Cast, province: Officer) -> None:
    joined = {
        LegalForm.COMPANY: [date(2022, 1, 1), date(2024, 1, 1), date(2025, 5, 5), MONDAY + DAY],
        LegalForm.COOPERATIVE: [date(2023, 12, 31)],
    }
    with transaction():
        made = [
            make_producer(f"{form} {day}", legal_form=form, joined_on=day)
            for form, days in joined.items()
            for day in days
        ]
        db.session.execute(update(Producer).where(Producer.id == world.household.id).values(joined_on=date(2020, 1, 1)))
        given = SupportFacts(SupportKind.LABEL, "", made[0].id, date(2024, 2, 2), None, "Ngân sách (thử)", "Nhãn")
        supports.record(given, by=province, at=MONDAY_NINE)
    assert goals.organisations(ALL, LAST_YEARS) == [
        FormProgress(LegalForm.COOPERATIVE, total=2, new=0, consolidated=0, unknown=1),
        FormProgress(LegalForm.COMPANY, total=3, new=2, consolidated=1, unknown=0),
        FormProgress(LegalForm.HOUSEHOLD, total=1, new=0, consolidated=1, unknown=0),
        FormProgress(LegalForm.COOPERATIVE_GROUP, 0, 0, 0, 0),
    ]

    def of(step: str, form: LegalForm | None = None) -> list[int]:
        return [maker.id for maker in db.session.scalars(goals.producers(ALL, LAST_YEARS, form=form, step=step))]

    assert of("new") == [made[1].id, made[2].id]
    assert sorted(of("consolidated")) == sorted([made[0].id, world.household.id])
    assert of("consolidated", LegalForm.COMPANY) == [made[0].id]
    assert of("unknown") == [world.cooperative.id]
    assert len(of("")) == 6
    assert goals.organisations([HOI_AN], LAST_YEARS)[0] == FormProgress(LegalForm.COOPERATIVE, 0, 0, 0, 0)


def test_outlets_in_business_are_counted_by_level(session: Any, world: World) -> None:
    with transaction():
        make_outlet(active=False)
    assert goals.outlets_by_level(ALL) == {
        OutletLevel.SALES_POINT: 2, OutletLevel.DISTRICT_CENTRE: 0, OutletLevel.PROVINCIAL_CENTRE: 1,
        OutletLevel.REGIONAL_CENTRE: 0,
    }  # fmt: skip
    assert [outlet.code for outlet in db.session.scalars(goals.outlets([HOI_AN]))] == ["D01"]
    assert [o.code for o in db.session.scalars(goals.outlets(ALL, level=OutletLevel.PROVINCIAL_CENTRE))] == ["T01"]
    assert db.session.scalar(select(func.count()).select_from(Outlet)) == 4
