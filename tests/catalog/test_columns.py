"""Lists filtered, counted and ordered over columns: the same answer as asking every product one by one."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import numpy as np
import pytest
from flask import Flask
from sqlalchemy import update

from catalog import sequence, stock
from catalog.certificates import Certificate, CertificateState
from catalog.clock import start_of
from catalog.columns import STOCK_AGE, Chosen, ColumnKeeper, Columns, Filters, Labels, Sort
from catalog.db import transaction
from catalog.groups import find_group
from catalog.outlets import Outlet
from catalog.producers import LegalForm
from catalog.products import ProductState, Variant
from tests.world import (
    MONDAY,
    MONDAY_NINE,
    World,
    certificate_of,
    changing,
    make_lot,
    make_outlet,
    make_product,
    make_variant,
    put,
    variant_of,
)

GROUPS = ("1.2b", "1.4a", "2.2b", "4.1", "6.1")
DISTRICTS = ("502", "503", "515")
COMMUNES = ("20341", "20410", "20900")
OUTLETS = (11, 12)
FORMS = tuple(form.value for form in LegalForm)


@dataclass(frozen=True)
class Line:
    """One product as the brute force sees it; its id and place in the alphabet come from its position."""

    stars: int
    price: int
    group: str
    district: str
    commune: str
    legal_form: str
    producer: int
    exportable: bool
    certified: int
    goods: bool
    free: int
    outlets: frozenset[int]


def some_lines(chance: Random) -> list[Line]:
    """Up to thirty products, different in everything a list can ask for."""
    return [
        Line(
            stars=chance.choice((0, 3, 4, 5)),
            price=chance.choice((35_000, 90_000, 250_000)),
            group=chance.choice(GROUPS),
            district=chance.choice(DISTRICTS),
            commune=chance.choice(COMMUNES),
            legal_form=chance.choice(FORMS),
            producer=chance.randint(1, 3),
            exportable=chance.random() < 0.5,
            certified=chance.choice((0, 739_000, 739_500)),
            goods=chance.random() < 0.8,
            free=chance.choice((0, 0, 1, 7)),
            outlets=frozenset(outlet for outlet in OUTLETS if chance.random() < 0.4),
        )
        for _ in range(chance.randint(0, 30))
    ]


ASKED: tuple[tuple[str, Any], ...] = (
    ("group", "thuc-pham"),
    ("group", "nuoc-mam-va-tuong"),
    ("group", "thu-cong-my-nghe"),
    ("group", "no-such-group"),
    ("stars", (3,)),
    ("stars", (4, 5)),
    ("districts", ("502",)),
    ("districts", ("502", "515")),
    ("communes", ("20410",)),
    ("price_from", 90_000),
    ("price_from", 90_001),
    ("price_to", 90_000),
    ("price_to", 1),
    ("legal_forms", ("household",)),
    ("exportable", True),
    ("in_stock", True),
    ("outlet", 11),
    ("outlet", 12),
    ("outlet", 99),
    ("producer", 1),
)


def some_filters(chance: Random) -> Filters:
    """At most three at once, so that something is left."""
    return Filters(**dict(chance.sample(ASKED, chance.randint(0, 3))))


def some_ranking(chance: Random) -> list[int] | None:
    """A search's answer: some of the products, also ones that are no longer there; or no search at all."""
    return chance.sample(range(99, 134), chance.randint(0, 35)) if chance.random() < 0.5 else None


def columns_of(rows: list[Line]) -> Columns:
    """Ids from 101; the alphabet runs against the ids, so that neither order passes for the other."""
    ids = [101 + n for n in range(len(rows))]
    standing = {o: np.array([n for n, row in enumerate(rows) if o in row.outlets], np.int64) for o in OUTLETS}
    return Columns(
        at_sequence=1,
        day=MONDAY,
        stock_at=MONDAY_NINE,
        ids=np.array(ids, np.int64),
        stars=np.array([row.stars for row in rows], np.int8),
        price=np.array([row.price for row in rows], np.int64),
        group=Labels.of([row.group for row in rows]),
        district=Labels.of([row.district for row in rows]),
        commune=Labels.of([row.commune for row in rows]),
        legal_form=Labels.of([row.legal_form for row in rows]),
        producer=np.array([row.producer for row in rows], np.int64),
        exportable=np.array([row.exportable for row in rows], bool),
        season=np.zeros(len(rows), np.int32),
        certified=np.array([row.certified for row in rows], np.int64),
        name_order=np.arange(len(rows))[::-1].astype(np.int64),
        words=("",) * len(rows),
        goods=np.array([row.goods for row in rows], bool),
        row_of={product: n for n, product in enumerate(ids)},
        variant_row={},
        slugs={},
        free=np.array([row.free for row in rows], np.int64),
        outlets={outlet: found for outlet, found in standing.items() if len(found)},
    )


def questions(asked: Filters) -> dict[str, Callable[[Line], bool]]:
    """What each facet asks of a product."""
    tests: dict[str, Callable[[Line], bool]] = {}
    if asked.group and (group := find_group(asked.group)):
        tests["group"] = lambda row: row.group in group.codes
    if asked.stars:
        tests["stars"] = lambda row: row.stars in asked.stars
    if asked.districts:
        tests["district"] = lambda row: row.district in asked.districts
    if asked.communes:
        tests["commune"] = lambda row: row.commune in asked.communes
    if asked.price_from is not None or asked.price_to is not None:
        low, high = asked.price_from or 0, asked.price_to if asked.price_to is not None else 10**12
        tests["price"] = lambda row: low <= row.price <= high
    if asked.legal_forms:
        tests["legal_form"] = lambda row: row.legal_form in asked.legal_forms
    if asked.exportable:
        tests["exportable"] = lambda row: row.exportable
    if asked.in_stock:
        tests["in_stock"] = lambda row: row.free > 0
    if asked.outlet is not None:
        tests["outlet"] = lambda row: asked.outlet in row.outlets
    if asked.producer is not None:
        tests["producer"] = lambda row: row.producer == asked.producer
    return tests


def one_by_one(rows: list[Line], asked: Filters, sort: Sort, page: int, size: int, among: list[int] | None) -> Chosen:
    """What ``Columns.choose`` promises, said slowly."""
    numbered = {101 + n: row for n, row in enumerate(rows)}
    found = {i: row for i, row in numbered.items() if among is None or i in among}
    tests = questions(asked)

    def left(without: str = "") -> dict[int, Line]:
        held = [test for name, test in tests.items() if name != without]
        return {i: row for i, row in found.items() if all(test(row) for test in held)}

    def key(i: int) -> tuple[int, int, int]:
        row = numbered[i]
        by = {
            Sort.RELEVANCE: among.index(i) if among is not None else -row.stars,
            Sort.STARS: -row.stars,
            Sort.NEWEST: -row.certified,
            Sort.CHEAPEST: row.price,
            Sort.DEAREST: -row.price,
            Sort.NAME: 0,
        }[sort]
        late = among is None and sort in (Sort.RELEVANCE, Sort.STARS) and row.goods and row.free == 0
        return int(late), by, -i

    ordered = sorted(left(), key=key)
    prices = [row.price for row in left("price").values()]
    facets: dict[str, dict[str, int]] = {
        name: dict(Counter(str(getattr(row, name)) for row in left(name).values()))
        for name in ("group", "district", "commune", "legal_form")
    }
    facets["stars"] = {str(n): sum(row.stars == n for row in left("stars").values()) for n in (3, 4, 5)}
    facets["exportable"] = {"1": sum(row.exportable for row in left("exportable").values())}
    facets["in_stock"] = {"1": sum(row.free > 0 for row in left("in_stock").values())}
    standing = {outlet for row in rows for outlet in row.outlets}
    facets["outlet"] = {str(o): sum(o in row.outlets for row in left("outlet").values()) for o in sorted(standing)}
    return Chosen(
        ids=tuple(ordered[(page - 1) * size : page * size]),
        total=len(ordered),
        counts=facets,
        price_low=min(prices, default=0),
        price_high=max(prices, default=0),
    )


@pytest.mark.parametrize("seed", range(10))
def test_columns_choose_count_and_order_like_one_by_one(seed: int) -> None:
    chance = Random(seed)
    for _ in range(80):
        rows, asked, among = some_lines(chance), some_filters(chance), some_ranking(chance)
        columns = columns_of(rows)
        for sort in Sort:
            page, size = chance.randint(1, 3), chance.choice((2, 5, 24))
            chosen = columns.choose(asked, sort=sort, page=page, size=size, among=among)
            assert chosen == one_by_one(rows, asked, sort, page, size, among), (rows, asked, sort, page, size, among)


@pytest.mark.parametrize("seed", range(10, 15))
def test_a_count_is_what_choosing_it_leaves(seed: int) -> None:
    chance = Random(seed)
    for _ in range(20):
        columns, asked = columns_of(some_lines(chance)), some_filters(chance)
        counts = columns.choose(asked, sort=Sort.STARS, page=1, size=1).counts

        def total(columns: Columns = columns, asked: Filters = asked, **changed: Any) -> int:
            return columns.choose(replace(asked, **changed), sort=Sort.STARS, page=1, size=1).total

        for stars in (3, 4, 5):
            assert counts["stars"][str(stars)] == total(stars=(stars,))
        for district in DISTRICTS:
            assert counts["district"].get(district, 0) == total(districts=(district,))
        for form in FORMS:
            assert counts["legal_form"].get(form, 0) == total(legal_forms=(form,))
        for outlet in OUTLETS:
            assert counts["outlet"].get(str(outlet), 0) == total(outlet=outlet)
        assert counts["exportable"]["1"] == total(exportable=True)
        assert counts["in_stock"]["1"] == total(in_stock=True)


def test_an_answer_given_twice_in_a_ranking_stands_where_it_stood_first() -> None:
    row = Line(3, 1, "1.2b", "502", "20341", "household", 1, True, 0, True, 1, frozenset())
    chosen = columns_of([row] * 3).choose(
        Filters(), sort=Sort.RELEVANCE, page=1, size=9, among=[102, 103, 102, 101, 102]
    )
    assert chosen.ids == (102, 103, 101)


# The keeper: what the columns hold, and when they are read again


@pytest.fixture
def keeper() -> ColumnKeeper:
    return ColumnKeeper(alcohol=False)


def chosen_by(columns: Columns, asked: Filters) -> set[int]:
    return set(columns.choose(asked, sort=Sort.NAME, page=1, size=99).ids)


def test_every_fact_of_a_product_can_be_asked_for(world: World, session: Any, keeper: ColumnKeeper) -> None:
    columns = keeper.current(at=MONDAY_NINE)
    honey, tea, lantern, tour = world.honey.id, world.tea.id, world.lantern.id, world.tour.id
    for asked, expected in {
        Filters(): {honey, tea, lantern, tour},
        Filters(group="thuc-pham"): {honey, tea},
        Filters(group="tra-thao-moc"): {tea},
        Filters(stars=(5,)): {lantern},
        Filters(stars=(3, 4)): {honey, tea},
        Filters(districts=("515",)): {honey, tea},
        Filters(communes=("20410",)): {lantern, tour},
        Filters(price_from=90_000, price_to=350_000): {honey, tea, tour},
        Filters(legal_forms=("household",)): {lantern, tour},
        Filters(in_stock=True): {honey, tea, lantern},
        Filters(outlet=world.quay.id): {honey, lantern},
        Filters(outlet=world.hill.id): set(),
        Filters(producer=world.cooperative.id): {honey, tea},
    }.items():
        assert chosen_by(columns, asked) == expected, asked


def test_units_are_summed_over_sizes_and_outlets(world: World, session: Any, keeper: ColumnKeeper) -> None:
    with transaction():
        put(make_lot(make_variant(world.honey)), "D02", 4)
    columns = keeper.current(at=MONDAY_NINE)
    assert columns.free[columns.row_of[world.honey.id]] == 12
    assert columns.free[columns.row_of[world.tour.id]] == 0


def test_the_lowest_price_of_the_sizes_on_sale_counts(session: Any, keeper: ColumnKeeper) -> None:
    with transaction():
        product = make_product(price=250_000)
        make_variant(product, price=90_000)
        make_variant(product, price=10_000, active=False)
    columns = keeper.current(at=MONDAY_NINE)
    assert columns.price.tolist() == [90_000]


def test_what_shoppers_may_not_see_has_no_row(session: Any, keeper: ColumnKeeper) -> None:
    with transaction():
        shown = make_product()
        make_product(state=ProductState.DRAFT)
        make_product(state=ProductState.RETIRED)
        make_product(group="2.1a")
        unsized = make_product()
        session.execute(update(Variant).where(Variant.product_id == unsized.id).values(active=False))
    assert keeper.current(at=MONDAY_NINE).ids.tolist() == [shown.id]


def test_alcohol_has_rows_where_the_shop_shows_it(session: Any) -> None:
    with transaction():
        spirit = make_product(group="2.1b")
    assert ColumnKeeper(alcohol=True).current(at=MONDAY_NINE).ids.tolist() == [spirit.id]
    assert ColumnKeeper(alcohol=False).current(at=MONDAY_NINE).ids.tolist() == []


def test_words_find_products_without_an_index(world: World, session: Any, keeper: ColumnKeeper) -> None:
    columns = keeper.current(at=MONDAY_NINE)
    assert columns.matching("MAT ONG") == [world.honey.id]
    assert columns.matching("đèn lồng bến") == [world.lantern.id]
    assert columns.matching("mật lồng") == []
    assert len(columns.matching("")) == 4


def test_the_season_shelf_needs_the_month_and_a_unit(session: Any, keeper: ColumnKeeper) -> None:
    with transaction():
        make_outlet("A")
        four = make_product(season="10|11", stars=4, free={"A": 1})
        five = make_product(season="11", stars=5, free={"A": 1})
        make_product(season="11", stars=5)
        make_product(season="1|2|12", stars=5, free={"A": 1})
    columns = keeper.current(at=MONDAY_NINE)
    assert columns.in_season(11, 8) == [five.id, four.id]
    assert columns.in_season(11, 1) == [five.id]
    assert columns.in_season(6, 8) == []


def test_the_latest_decision_is_new(session: Any, keeper: ColumnKeeper) -> None:
    with transaction():
        old, new, none = make_product(stars=3), make_product(stars=3), make_product(stars=None)
        session.execute(update(Certificate).where(Certificate.product_id == new.id).values(signed_on=date(2026, 11, 1)))
        sequence.advance()
    columns = keeper.current(at=MONDAY_NINE)
    assert columns.newly_certified(8) == [new.id, old.id]
    assert columns.starred(3, 8) == [old.id, new.id]
    assert none.id in columns.ids


def test_groups_are_counted(world: World, session: Any, keeper: ColumnKeeper) -> None:
    assert keeper.current(at=MONDAY_NINE).group_counts() == {"1.2b": 1, "1.5b": 1, "4.1": 1, "6.1": 1}


def test_an_empty_shop_has_empty_columns(session: Any, keeper: ColumnKeeper) -> None:
    columns = keeper.current(at=MONDAY_NINE)
    chosen = columns.choose(Filters(stars=(5,), group="thuc-pham"), sort=Sort.STARS, page=1, size=24)
    assert (chosen.ids, chosen.total, chosen.price_low, chosen.price_high) == ((), 0, 0, 0)


def stars_now(keeper: ColumnKeeper, at: datetime) -> list[int]:
    return [int(n) for n in keeper.current(at=at).stars]


def test_stars_end_in_the_second_the_day_changes(session: Any, keeper: ColumnKeeper) -> None:
    with transaction():
        session.execute(
            update(Certificate)
            .where(Certificate.id == certificate_of(make_product(stars=5)).id)
            .values(expires_on=date(2026, 11, 24))
        )
    midnight = start_of(date(2026, 11, 24))
    assert stars_now(keeper, midnight - timedelta(seconds=1)) == [5]
    assert stars_now(keeper, midnight) == [0]


def test_a_change_of_the_catalogue_is_seen_at_once(app: Flask, world: World, keeper: ColumnKeeper) -> None:
    with app.app_context():
        assert len(keeper.current(at=MONDAY_NINE).ids) == 4
    with changing(app):
        make_product()
        certificate = certificate_of(world.lantern)
        certificate.state, certificate.revoked_on = CertificateState.REVOKED, MONDAY
    with app.app_context():
        columns = keeper.current(at=MONDAY_NINE)
    assert len(columns.ids) == 5
    assert columns.starred(5, 8) == []


def test_stock_may_be_ten_seconds_old_and_no_older(app: Flask, world: World, keeper: ColumnKeeper) -> None:
    def free(at: datetime) -> int:
        with app.app_context():
            columns = keeper.current(at=at)
            return int(columns.free[columns.row_of[world.tea.id]])

    assert free(MONDAY_NINE) == 20
    with changing(app):
        shelf = stock.shelves([variant_of(world.tea).id], at=MONDAY_NINE)[0]
        stock.hold(shelf.level_id, 20, order_ref="QN-1", until=None, actor="buyer", at=MONDAY_NINE)
    assert free(MONDAY_NINE + STOCK_AGE - timedelta(seconds=1)) == 20
    assert free(MONDAY_NINE + STOCK_AGE) == 0


def test_a_closed_outlet_takes_its_goods_off_the_list(app: Flask, world: World, keeper: ColumnKeeper) -> None:
    with changing(app):
        stock.db.session.get_one(Outlet, world.quay.id).active = False
    with app.app_context():
        columns = keeper.current(at=MONDAY_NINE)
    assert chosen_by(columns, Filters(in_stock=True)) == {world.honey.id, world.tea.id}
    assert world.quay.id not in columns.outlets
