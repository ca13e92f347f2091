"""Products and their variants from a file with one row for each variant, keyed by ``sku``.

The rows of one product repeat the product's own values and must agree on them. A renamed product gets a new address;
the old one is kept and leads to it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select

from catalog import history, places, translations
from catalog.db import db
from catalog.groups import TOUR_CODES
from catalog.importing import amounts, cells, changes, lookups, rows
from catalog.importing.announce import announce
from catalog.importing.changes import Change, Plan, Problem, Reason, Step
from catalog.importing.rows import Entry
from catalog.importing.slugs import Slugs
from catalog.importing.table import Table
from catalog.producers import Producer
from catalog.products import Product, ProductKind, ProductState, RetiredSlug, Variant, VatClass
from catalog.text import slugify

OF_PRODUCT: dict[str, cells.Parser] = {
    "product": cells.code(16),
    "name_vi": cells.line(160),
    "name_en": cells.line(160),
    "group": cells.group,
    "commune": cells.commune,
    "producer": cells.code(16),
    "summary_vi": cells.line(200),
    "description_vi": cells.prose(20_000),
    "ingredients_vi": cells.optional(cells.prose(2_000)),
    "allergens": cells.optional(cells.allergens),
    "storage_vi": cells.optional(cells.prose(2_000)),
    "usage_vi": cells.optional(cells.prose(2_000)),
    "shelf_life": cells.optional(cells.shelf_life),
    "vat_class": cells.choice(VatClass),
    "hs_code": cells.optional(cells.hs_code),
    "export_class": cells.letter("ABCDEFGHJKLMNSX"),
    "season": cells.optional(cells.months),
}
OF_VARIANT: dict[str, cells.Parser] = {
    "sku": cells.code(32),
    "unit_vi": cells.line(60),
    "unit_en": cells.line(60),
    "net": amounts.measure,
    "gross_g": amounts.grams,
    "length_mm": amounts.whole(0, 10_000),
    "width_mm": amounts.whole(0, 10_000),
    "height_mm": amounts.whole(0, 10_000),
    "price": amounts.dong,
}
REQUIRED = OF_PRODUCT | OF_VARIANT
TRANSLATIONS: dict[str, cells.Parser] = {
    "summary_en": cells.optional(cells.line(200)),
    "description_en": cells.optional(cells.prose(20_000)),
    "ingredients_en": cells.optional(cells.prose(2_000)),
    "storage_en": cells.optional(cells.prose(2_000)),
    "usage_en": cells.optional(cells.prose(2_000)),
}
OPTIONAL: dict[str, cells.Parser] = TRANSLATIONS | {
    "gtin": cells.optional(cells.gtin, None),
    "picture": cells.optional(cells.line(40)),
}
"""``picture`` names a file for whoever loads pictures; nothing of it is kept here."""

_ATTRIBUTES = {"product": "code", "group": "group_code", "commune": "commune_code"}
_SHIPPED = ("gross_g", "length_mm", "width_mm", "height_mm")


@dataclass(frozen=True, slots=True)
class ProductStep:
    """One product to be written, with its variants in the order of the file."""

    product: Step[Product]
    variants: tuple[Step[Variant], ...]
    producer: Producer

    @property
    def changes(self) -> tuple[Change, ...]:
        """The product's, then its variants'; those without fields change nothing."""
        return self.product.change, *(variant.change for variant in self.variants)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the catalogue already has of the things the file names."""

    products: Mapping[str, Product]
    variants: Mapping[str, Variant]
    producers: Mapping[str, Producer]
    code_of: Mapping[int, str]
    maker_of: Mapping[int, str]


def plan(table: Table) -> Plan[ProductStep]:
    """What the file would change. Products and variants are counted apart."""
    problems = list(table.problems)
    entries = rows.read(table, REQUIRED | OPTIONAL, problems)
    entries = list(rows.unique(entries, lambda entry: entry["sku"], "sku", problems))
    known = _look_up(entries)
    problems += _taken_gtins(entries)
    by_product: dict[str, list[Entry]] = {}
    for entry in entries:
        by_product.setdefault(entry["product"], []).append(entry)
        problems += _row_problems(entry, known)
    steps = []
    for code, its_rows in by_product.items():
        problems += _disagreements(its_rows)
        if its_rows[0]["producer"] in known.producers:
            steps.append(_step(code, its_rows, known))
    everything = [change for step in steps for change in step.changes]
    changing = tuple(change for change in everything if change.fields)
    return Plan(
        rows=len(table.rows),
        unchanged=len(everything) - len(changing),
        changes=changing,
        problems=changes.in_row_order(problems),
        steps=tuple(step for step in steps if any(change.fields for change in step.changes)),
    )


def apply(plan: Plan[ProductStep], *, actor: str, at: datetime) -> None:
    """Write what was planned; new products are published. Raises BadFile when a row is bad."""
    plan.must_be_clean()
    if not plan.steps:
        return
    slugs = taken_slugs()
    products = [_write_product(step, slugs, at) for step in plan.steps]
    db.session.flush()
    positions = _last_positions(product.id for product in products)
    for step, product in zip(plan.steps, products, strict=True):
        for each in step.variants:
            if each.found is None:
                positions[product.id] = positions.get(product.id, 0) + 1
            _write_variant(each, product.id, positions.get(product.id, 0))
        history.record("product.imported", f"product:{product.code}", actor=actor, at=at, **_facts(step))
    db.session.flush()
    announce((product.id for product in products), at=at)


def _look_up(entries: list[Entry]) -> _Known:
    products = lookups.by_key(Product, Product.code, (entry["product"] for entry in entries))
    variants = lookups.by_key(Variant, Variant.sku, (entry["sku"] for entry in entries))
    producers = lookups.by_key(Producer, Producer.code, (entry["producer"] for entry in entries))
    owners = lookups.among(Product, Product.id, (variant.product_id for variant in variants.values()))
    makers = lookups.among(Producer, Producer.id, (product.producer_id for product in products.values()))
    return _Known(
        products=products,
        variants=variants,
        producers=producers,
        code_of={product.id: product.code for product in owners},
        maker_of={producer.id: producer.code for producer in makers},
    )


def _row_problems(entry: Entry, known: _Known) -> list[Problem]:
    problems = []
    if entry["producer"] not in known.producers:
        problems.append(entry.row.problem("producer", Reason.UNKNOWN))
    variant = known.variants.get(entry["sku"])
    if variant and known.code_of[variant.product_id] != entry["product"]:
        owner = known.code_of[variant.product_id]
        problems.append(entry.row.problem("sku", Reason.ELSEWHERE, product=owner))
    if entry["group"] not in TOUR_CODES:
        problems += [entry.row.problem(column, Reason.NOT_POSITIVE) for column in _SHIPPED if entry[column] == 0]
    if entry["net"].unit == "g" and 0 < entry["gross_g"] < entry["net"].amount:
        problems.append(entry.row.problem("gross_g", Reason.LIGHTER_THAN_NET, net=entry["net"]))
    return problems


def _taken_gtins(entries: list[Entry]) -> Iterator[Problem]:
    """Rows with a bar code that another row, or another variant of the catalogue, has."""
    named = [entry for entry in entries if entry.values.get("gtin")]
    owners = {v.gtin: v.sku for v in lookups.among(Variant, Variant.gtin, (entry["gtin"] for entry in named))}
    for entry in named:
        owner = owners.setdefault(entry["gtin"], entry["sku"])
        if owner != entry["sku"]:
            yield entry.row.problem("gtin", Reason.TAKEN, owner=owner)


def _disagreements(its_rows: list[Entry]) -> list[Problem]:
    first, *others = its_rows
    return [
        other.row.problem(column, Reason.DISAGREES, first=first.row.number)
        for other in others
        for column in (*OF_PRODUCT, *TRANSLATIONS)
        if column in first.values and other[column] != first[column]
    ]


def _step(code: str, its_rows: list[Entry], known: _Known) -> ProductStep:
    first = its_rows[0]
    found = known.products.get(code)
    values = {c: v for c, v in first.values.items() if c in OF_PRODUCT or c in TRANSLATIONS}
    before = _product_values(found, known) if found else None
    product = changes.step(found, before, values, key=code, name=first["name_vi"])
    variants = []
    for entry in its_rows:
        variant = known.variants.get(entry["sku"])
        values = {column: entry[column] for column in (*OF_VARIANT, "gtin") if column in entry.values}
        before = _variant_values(variant) if variant else None
        variants.append(changes.step(variant, before, values, key=entry["sku"], name=entry["unit_vi"]))
    return ProductStep(product, tuple(variants), known.producers[first["producer"]])


def _product_values(product: Product, known: _Known) -> dict[str, Any]:
    columns = [column for column in OF_PRODUCT | TRANSLATIONS if column != "producer"]
    values = {column: getattr(product, _ATTRIBUTES.get(column, column)) for column in columns}
    return values | {"producer": known.maker_of[product.producer_id]}


def _variant_values(variant: Variant) -> dict[str, Any]:
    values = {column: getattr(variant, column) for column in (*OF_VARIANT, "gtin") if column != "net"}
    return values | {"net": amounts.Measure(variant.net_amount, variant.net_unit)}


def taken_slugs() -> Slugs:
    """Every address of a product, now or once, and the code of whose it is."""
    owners: list[tuple[str, str]] = []
    for code, slug, slug_en in db.session.execute(select(Product.code, Product.slug, Product.slug_en)):
        owners += [(slug, code), (slug_en, code)]
    retired = select(RetiredSlug.slug, Product.code).join(Product, Product.id == RetiredSlug.product_id)
    return Slugs([*db.session.execute(retired), *owners])


def _write_product(step: ProductStep, slugs: Slugs, at: datetime) -> Product:
    values = step.product.values
    code = values["product"]
    commune = places.get_commune(values["commune"])
    product = step.product.found or Product(code=code, state=ProductState.PUBLISHED, published_at=at)
    if step.product.found is not None:
        _outdate(product, step)
    for attribute, name in (("slug", "name_vi"), ("slug_en", "name_en")):
        if step.product.found is None:
            setattr(product, attribute, slugs.take(code, values[name], commune.name, step.producer.name_vi))
        elif slugify(values[name]) != slugify(getattr(product, name)):
            new = slugs.take(code, values[name], commune.name, step.producer.name_vi)
            move(product, attribute, new)
    for column, value in values.items():
        if column != "producer":
            setattr(product, _ATTRIBUTES.get(column, column), value)
    product.producer_id = step.producer.id
    product.district_code = commune.old_district_code or ""
    product.kind = ProductKind.TOUR if product.group_code in TOUR_CODES else ProductKind.GOODS
    db.session.add(product)
    return product


def _outdate(product: Product, step: ProductStep) -> None:
    """A draft that was begun on the page as it was has to be looked at again; one about a price that has changed, not."""
    if any(column != "price" for change in step.changes for column in change.columns):
        product.version = Product.version + 1  # counted by the database
    values = step.product.values
    before = {name: getattr(product, name) for name in OF_PRODUCT | TRANSLATIONS if name.endswith(("_vi", "_en"))}
    after = before | {name: value for name, value in values.items() if name in before}
    product.translated = translations.marked(product.translated, before, after, written=values)


def move(product: Product, attribute: str, new: str) -> None:
    """The old address leads to the new one from now on; a former address of its own may become the new one."""
    old = getattr(product, attribute)
    setattr(product, attribute, new)
    db.session.execute(delete(RetiredSlug).where(RetiredSlug.slug == new))
    if old not in (product.slug, product.slug_en):
        db.session.merge(RetiredSlug(slug=old, product_id=product.id))


def _last_positions(product_ids: Iterable[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for ids in lookups.chunks(sorted(product_ids)):
        last = select(Variant.product_id, func.max(Variant.position)).where(Variant.product_id.in_(ids))
        found |= dict(db.session.execute(last.group_by(Variant.product_id)).all())
    return found


def _write_variant(step: Step[Variant], product_id: int, position: int) -> None:
    variant = step.found or Variant(product_id=product_id, position=position)
    for column, value in step.values.items():
        if column != "net":
            setattr(variant, column, value)
    variant.net_amount = step.values["net"].amount
    variant.net_unit = step.values["net"].unit
    db.session.add(variant)


def _facts(step: ProductStep) -> dict[str, Any]:
    """Of the product and its sizes; before and after of what was there already."""
    facts = step.product.change.facts()
    for each in step.variants:
        told = each.change.facts()
        facts["fields"] += [f"{each.change.key}.{column}" for column in told["fields"]]
        for when in ("before", "after"):
            of_size = {f"{each.change.key}.{column}": value for column, value in told.get(when, {}).items()}
            if of_size:
                facts.setdefault(when, {}).update(of_size)
    return facts
