"""Products and variants from a file, on both engines."""

import unicodedata
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from catalog import history, sequence
from catalog.db import transaction
from catalog.importing import producers, products
from catalog.importing.changes import BadFile, FieldChange
from catalog.jobs import Job
from catalog.products import Product, ProductKind, ProductState, Variant, VatClass, find_renamed
from catalog.translations import is_stale
from tests.catalog.importing.files import (
    HOI_AN,
    MONDAY_NINE,
    PRODUCER,
    PRODUCT,
    SECOND_SIZE,
    complaints,
    imported,
    planned,
    shop_with_a_product,
)

TOUR = PRODUCT | {
    "sku": "QN025-1", "product": "QN025", "name_vi": "Làng chài Tân Thành", "name_en": "Fishing village",
    "group": "6.1", "net": "1 person", "gross_g": "0", "length_mm": "0", "width_mm": "0", "height_mm": "0",
    "hs_code": "", "shelf_life": "", "export_class": "S",
}  # fmt: skip


@pytest.fixture
def with_producers(session: Any) -> Any:
    imported(producers, PRODUCER, PRODUCER | {"code": "P02", "name_vi": "Hộ Vườn Chái"})
    return session


def the(session: Any, code: str = "QN001") -> Product:
    product: Product = session.scalars(select(Product).where(Product.code == code)).one()
    return product


def variants(session: Any) -> list[tuple[str, int, int, str, int]]:
    found = session.scalars(select(Variant).order_by(Variant.product_id, Variant.position))
    return [(v.sku, v.position, v.net_amount, v.net_unit, v.price) for v in found]


def test_a_new_product_is_published_with_its_variants(with_producers: Any) -> None:
    plan = imported(products, PRODUCT | {"season": "11, 12, 1"}, PRODUCT | SECOND_SIZE | {"season": "11|12|1"})
    product = the(with_producers)
    assert (product.slug, product.slug_en) == ("dau-phung-nguyen-chat", "pure-peanut-oil")
    assert (product.kind, product.state) == (ProductKind.GOODS, ProductState.PUBLISHED)
    assert product.published_at == MONDAY_NINE
    assert (product.commune_code, product.district_code, product.season) == ("20341", "502", "11|12|1")
    assert (product.vat_class, product.hs_code, product.shelf_life) == (VatClass.STANDARD, "150810", "12m")
    assert variants(with_producers) == [("QN001-1", 1, 1000, "ml", 130_000), ("QN001-2", 2, 500, "ml", 69_000)]
    assert [(change.key, change.new) for change in plan.changes] == [
        ("QN001", True), ("QN001-1", True), ("QN001-2", True),
    ]  # fmt: skip
    event = with_producers.scalars(history.of("product:QN001")).one()
    assert (event.verb, event.facts["new"], event.facts["fields"][-1]) == ("product.imported", True, "QN001-2.price")


def test_the_same_file_twice_changes_nothing(with_producers: Any) -> None:
    imported(products, PRODUCT, PRODUCT | SECOND_SIZE, TOUR)
    counts = [with_producers.scalar(select(func.count()).select_from(kind)) for kind in (history.Event, Job)]
    again = imported(products, PRODUCT, PRODUCT | SECOND_SIZE, TOUR, at=MONDAY_NINE + timedelta(days=1))
    assert (again.rows, again.unchanged, again.changes, again.steps) == (3, 5, (), ())
    assert [with_producers.scalar(select(func.count()).select_from(kind)) for kind in (history.Event, Job)] == counts
    assert sequence.current() == 2
    assert the(with_producers).published_at == MONDAY_NINE


def test_another_spelling_of_the_same_values_changes_nothing(with_producers: Any) -> None:
    imported(products, PRODUCT)
    spelt = {
        "name_vi": unicodedata.normalize("NFD", PRODUCT["name_vi"]), "price": "130.000 đ", "net": "1 lít",
        "sku": "qn001-1", "gross_g": "1,06 kg", "hs_code": "1508.10", "shelf_life": "12 tháng",
        "summary_vi": PRODUCT["summary_vi"] + " ",
    }  # fmt: skip
    assert planned(products, PRODUCT | spelt).changes == ()


def test_one_import_is_one_new_number_and_one_job_for_the_index(with_producers: Any) -> None:
    imported(products, PRODUCT, TOUR)
    assert sequence.current() == 2
    job = with_producers.scalars(select(Job)).one()
    ids = sorted([the(with_producers).id, the(with_producers, "QN025").id])
    assert (job.kind, job.payload, job.run_at) == ("index.products", {"ids": ids}, MONDAY_NINE)


def test_a_new_price_is_told_and_only_its_product_is_touched(with_producers: Any) -> None:
    imported(products, PRODUCT, PRODUCT | SECOND_SIZE, TOUR)
    plan = imported(products, PRODUCT, PRODUCT | SECOND_SIZE | {"price": "72.000 đ"}, TOUR)
    assert [(change.key, change.fields) for change in plan.changes] == [
        ("QN001-2", (FieldChange("price", 69_000, 72_000),))
    ]
    assert plan.unchanged == 4
    assert with_producers.scalars(history.of("product:QN001")).all()[-1].facts == {
        "new": False, "fields": ["QN001-2.price"], "before": {"QN001-2.price": 69_000}, "after": {"QN001-2.price": 72_000},
    }  # fmt: skip
    assert with_producers.scalars(select(Job).order_by(Job.id)).all()[-1].payload == {"ids": [the(with_producers).id]}
    assert len(with_producers.scalars(history.of("product:QN025")).all()) == 1


def test_a_page_that_the_file_changes_has_a_new_version_but_a_price_makes_none(with_producers: Any) -> None:
    imported(products, PRODUCT)
    assert the(with_producers).version == 1
    imported(products, PRODUCT | {"price": "72.000 đ"})
    assert the(with_producers).version == 1
    imported(products, PRODUCT | {"summary_vi": "Khác hẳn"})
    assert the(with_producers).version == 2
    imported(products, PRODUCT | {"summary_vi": "Khác hẳn", "gross_g": "1.100"})
    assert the(with_producers).version == 3


def test_english_that_the_file_does_not_bring_is_behind_its_vietnamese(with_producers: Any) -> None:
    imported(products, PRODUCT | {"summary_en": "Golden"})
    imported(products, PRODUCT | {"summary_vi": "Khác hẳn"})
    product = the(with_producers)
    assert is_stale(product.translated, "summary_en", vi=product.summary_vi, en=product.summary_en)
    assert not is_stale(product.translated, "name_en", vi=product.name_vi, en=product.name_en)
    imported(products, PRODUCT | {"summary_vi": "Khác hẳn", "summary_en": "Quite another"})
    product = the(with_producers)
    assert not is_stale(product.translated, "summary_en", vi=product.summary_vi, en=product.summary_en)


def test_a_file_with_some_of_the_variants_leaves_the_others(with_producers: Any) -> None:
    imported(products, PRODUCT)
    imported(products, PRODUCT | SECOND_SIZE)
    assert [(sku, position) for sku, position, *_ in variants(with_producers)] == [("QN001-1", 1), ("QN001-2", 2)]


def test_an_old_address_leads_to_the_renamed_product(with_producers: Any) -> None:
    imported(products, PRODUCT)
    imported(products, PRODUCT | {"name_vi": "Dầu phụng Gò Lim", "name_en": "Go Lim peanut oil"})
    product = the(with_producers)
    assert (product.slug, product.slug_en) == ("dau-phung-go-lim", "go-lim-peanut-oil")
    assert find_renamed("dau-phung-nguyen-chat", alcohol=False) is product
    assert find_renamed("pure-peanut-oil", alcohol=False) is product


def test_a_product_that_gets_its_name_back_gets_its_address_back(with_producers: Any) -> None:
    imported(products, PRODUCT)
    imported(products, PRODUCT | {"name_vi": "Dầu phụng Gò Lim"})
    imported(products, PRODUCT)
    assert the(with_producers).slug == "dau-phung-nguyen-chat"
    assert find_renamed("dau-phung-nguyen-chat", alcohol=False) is None
    assert find_renamed("dau-phung-go-lim", alcohol=False) is the(with_producers)


def test_a_name_with_other_accents_keeps_its_address(with_producers: Any) -> None:
    imported(products, PRODUCT)
    imported(products, PRODUCT | {"name_vi": "Dầu Phụng Nguyên Chất"})
    assert (the(with_producers).name_vi, the(with_producers).slug) == ("Dầu Phụng Nguyên Chất", "dau-phung-nguyen-chat")
    assert find_renamed("dau-phung-nguyen-chat", alcohol=False) is None


def test_no_product_gets_an_address_that_leads_or_has_led_to_another(with_producers: Any) -> None:
    imported(products, PRODUCT)
    imported(products, PRODUCT | {"name_vi": "Dầu phụng Gò Lim"})
    same_name = PRODUCT | {"sku": "QN002-1", "product": "QN002", "producer": "P02"}
    imported(products, same_name, same_name | {"sku": "QN003-1", "product": "QN003"})
    assert (the(with_producers, "QN002").slug, the(with_producers, "QN002").slug_en) == (
        "dau-phung-nguyen-chat-tam-ky", "pure-peanut-oil-tam-ky",
    )  # fmt: skip
    assert the(with_producers, "QN003").slug == "dau-phung-nguyen-chat-ho-vuon-chai"


def test_two_products_may_swap_their_names(with_producers: Any) -> None:
    other = PRODUCT | {"sku": "QN002-1", "product": "QN002", "name_vi": "Dầu mè đen", "name_en": "Black sesame oil"}
    imported(products, PRODUCT, other)
    names = ("name_vi", "name_en")
    imported(products, PRODUCT | {n: other[n] for n in names}, other | {n: PRODUCT[n] for n in names})
    assert (the(with_producers).name_vi, the(with_producers).slug) == ("Dầu mè đen", "dau-me-den-tam-ky")
    assert the(with_producers, "QN002").slug == "dau-phung-nguyen-chat-tam-ky"
    assert find_renamed("dau-me-den", alcohol=False) is the(with_producers, "QN002")


def test_a_tour_needs_no_parcel_and_goods_do(with_producers: Any) -> None:
    imported(products, TOUR)
    assert the(with_producers, "QN025").kind is ProductKind.TOUR
    plan = planned(products, TOUR | {"group": "4.1"})
    assert complaints(plan) == [
        (2, column, "0", "not_positive") for column in ("gross_g", "length_mm", "width_mm", "height_mm")
    ]


def test_a_packed_unit_is_not_lighter_than_what_is_in_it(with_producers: Any) -> None:
    plan = planned(products, PRODUCT | {"net": "400gr", "gross_g": "399"})
    assert complaints(plan) == [(2, "gross_g", "399", "lighter_than_net")]
    assert planned(products, PRODUCT | {"net": "400gr", "gross_g": "400"}).clean


def test_a_product_that_was_taken_off_the_shelves_stays_off(with_producers: Any) -> None:
    imported(products, PRODUCT)
    with transaction():
        the(with_producers).state = ProductState.RETIRED
    imported(products, PRODUCT | {"price": "140000"})
    assert the(with_producers).state is ProductState.RETIRED


def test_a_product_may_change_its_commune_and_producer(with_producers: Any) -> None:
    imported(products, PRODUCT)
    plan = imported(products, PRODUCT | {"commune": HOI_AN, "producer": "P02"})
    assert plan.changes[0].fields == (FieldChange("commune", "20341", HOI_AN), FieldChange("producer", "P01", "P02"))
    assert the(with_producers).district_code == "503"


def test_translations_stay_when_the_file_has_none(with_producers: Any) -> None:
    imported(products, PRODUCT | {"summary_en": "Smells of roasted peanuts."})
    imported(products, PRODUCT | {"price": "140000"})
    assert the(with_producers).summary_en == "Smells of roasted peanuts."


def test_text_that_looks_like_a_formula_is_kept_as_text(with_producers: Any) -> None:
    imported(products, PRODUCT | {"name_vi": "=HYPERLINK(1)", "summary_vi": "+ngon"})
    assert (the(with_producers).name_vi, the(with_producers).summary_vi) == ("=HYPERLINK(1)", "+ngon")


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("price", "0", "not_positive"), ("price", "-130000", "not_positive"), ("price", "130k", "money"),
        ("commune", "99999", "unknown"), ("producer", "P99", "unknown"), ("group", "5.1", "unknown"),
        ("net", "1.500 g", "ambiguous"), ("vat_class", "7", "choice"), ("export_class", "Z", "choice"),
        ("allergens", "mít", "choice"), ("name_vi", "", "required"), ("summary_vi", "x" * 201, "too_long"),
    ],
)  # fmt: skip
def test_a_bad_cell_is_named_by_row_column_value_and_reason(
    with_producers: Any, column: str, value: str, reason: str
) -> None:
    shown = value if len(value) <= 60 else value[:59] + "…"
    assert complaints(planned(products, TOUR, PRODUCT | {column: value})) == [(3, column, shown, reason)]


def test_rows_of_one_product_must_agree_on_it(with_producers: Any) -> None:
    plan = planned(products, PRODUCT, TOUR, PRODUCT | SECOND_SIZE | {"name_vi": "Dầu phộng", "commune": HOI_AN})
    assert complaints(plan) == [(4, "name_vi", "Dầu phộng", "disagrees"), (4, "commune", HOI_AN, "disagrees")]
    assert plan.problems[0].facts == {"first": 2}


def test_a_sku_stands_once_in_a_file_and_belongs_to_one_product(with_producers: Any) -> None:
    imported(products, PRODUCT)
    twice = planned(products, PRODUCT | SECOND_SIZE, PRODUCT | SECOND_SIZE | {"price": "70000"})
    assert complaints(twice) == [(3, "sku", "QN001-2", "repeated")]
    moved = planned(products, PRODUCT | {"product": "QN002", "name_vi": "Dầu khác"})
    assert complaints(moved) == [(2, "sku", "QN001-1", "elsewhere")]
    assert moved.problems[0].facts == {"product": "QN001"}


def test_one_bad_row_stops_the_whole_file(session: Any) -> None:
    shop_with_a_product()
    at = sequence.current()
    with pytest.raises(BadFile) as caught:
        imported(products, PRODUCT | {"price": "140000"}, TOUR | {"price": "0"})
    assert len(caught.value.problems) == 1
    assert variants(session) == [("QN001-1", 1, 1000, "ml", 130_000)]
    assert sequence.current() == at


GTIN, OTHER_GTIN = "8936012345674", "8936012345681"


def gtins(session: Any) -> dict[str, str | None]:
    return dict(session.execute(select(Variant.sku, Variant.gtin)).all())


def test_a_file_may_give_bar_codes_and_leave_them_alone(with_producers: Any) -> None:
    imported(products, PRODUCT | {"gtin": GTIN}, PRODUCT | SECOND_SIZE | {"gtin": ""})
    assert gtins(with_producers) == {"QN001-1": GTIN, "QN001-2": None}
    assert imported(products, PRODUCT, PRODUCT | SECOND_SIZE).changes == ()
    assert gtins(with_producers) == {"QN001-1": GTIN, "QN001-2": None}
    plan = imported(products, PRODUCT | {"gtin": OTHER_GTIN})
    assert [change.fields for change in plan.changes] == [(FieldChange("gtin", GTIN, OTHER_GTIN),)]
    assert gtins(with_producers)["QN001-1"] == OTHER_GTIN


def test_a_bar_code_names_one_variant(with_producers: Any) -> None:
    imported(products, PRODUCT | {"gtin": GTIN})
    taken = planned(products, PRODUCT | SECOND_SIZE | {"gtin": GTIN})
    assert complaints(taken) == [(2, "gtin", GTIN, "taken")]
    assert taken.problems[0].facts == {"owner": "QN001-1"}
    twice = planned(products, TOUR | {"gtin": OTHER_GTIN}, PRODUCT | SECOND_SIZE | {"gtin": OTHER_GTIN})
    assert complaints(twice) == [(3, "gtin", OTHER_GTIN, "taken")]


def test_a_wrong_bar_code_is_named(with_producers: Any) -> None:
    assert complaints(planned(products, PRODUCT | {"gtin": "8936012345670"})) == [
        (2, "gtin", "8936012345670", "gtin"),
    ]  # fmt: skip
