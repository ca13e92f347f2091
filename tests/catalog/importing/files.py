"""Small files as a spreadsheet would write them: one good row for each importer, changed by keyword."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

from catalog.db import transaction
from catalog.importing import outlets, producers, products, table
from catalog.importing.changes import Plan
from catalog.importing.table import Table

MONDAY_NINE = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TAM_KY, HOI_AN, BA_DINH = "20341", "20410", "00004"

OUTLET = {
    "code": "D01", "name_vi": "Điểm bán OCOP Chợ Tam Kỳ", "name_en": "Tam Ky Market", "level": "sales_point",
    "commune": TAM_KY, "address_vi": "Chợ Tam Kỳ", "lat": "15.5642", "lon": "108.4822", "phone": "0235 000 2001",
    "email": "d01@example.org", "hours": "mon-sat 07:30-17:30; sun closed", "supplied_by": "", "pickup": "yes",
    "ships": "no", "note_vi": "",
}  # fmt: skip
PRODUCER = {
    "code": "P01", "name_vi": "HTX Gò Lim", "name_en": "Go Lim Cooperative", "legal_form": "cooperative",
    "commune": TAM_KY, "address_vi": "Khối phố Đông", "founded": "2014", "members": "14", "phone": "0235 000 0101",
    "email": "p01@example.org", "summary_vi": "Ép dầu từng mẻ nhỏ.", "quote_vi": "", "story_title_vi": "",
    "story_vi": "",
}  # fmt: skip
PRODUCT = {
    "sku": "QN001-1", "product": "QN001", "name_vi": "Dầu phụng nguyên chất", "name_en": "Pure peanut oil",
    "group": "1.3c", "commune": TAM_KY, "producer": "P01", "summary_vi": "Thơm mùi đậu vừa rang.",
    "description_vi": "Đậu phơi đủ nắng, ép từng mẻ nhỏ.", "ingredients_vi": "Đậu phụng 100 %", "allergens": "peanut",
    "storage_vi": "", "usage_vi": "", "shelf_life": "12m", "unit_vi": "chai 1 l", "unit_en": "1 l bottle",
    "net": "1 l", "gross_g": "1060", "length_mm": "85", "width_mm": "85", "height_mm": "290", "price": "130000",
    "vat_class": "8", "hs_code": "150810", "export_class": "B", "season": "",
}  # fmt: skip
SECOND_SIZE = {
    "sku": "QN001-2", "unit_vi": "chai 500 ml", "unit_en": "500 ml bottle", "net": "500 ml", "price": "69000",
}  # fmt: skip
CERTIFICATE = {
    "product": "QN001", "number": "MH-2025-0001", "stars": "4", "score": "78", "state": "certified",
    "issuer_vi": "UBND thành phố Đà Nẵng (minh họa)", "issuer_level": "province", "signed_on": "2025-08-31",
    "expires_on": "", "note_vi": "",
}  # fmt: skip
DELIVERY = {
    "outlet": "D01", "sku": "QN001-1", "lot": "L-QN001-A", "made_on": "2026-10-01", "best_before": "2027-10-01",
    "quantity": "12",
}  # fmt: skip


def as_bytes(*rows: dict[str, str], delimiter: str = ",") -> bytes:
    """The rows, under the columns of the first."""
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


def table_for(importer: Any, *rows: dict[str, str]) -> Table:
    """The rows, as the importer reads a file."""
    return table.read(as_bytes(*rows), required=importer.REQUIRED, optional=importer.OPTIONAL)


def planned(importer: Any, *rows: dict[str, str]) -> Plan[Any]:
    """What a file of these rows would do."""
    plan: Plan[Any] = importer.plan(table_for(importer, *rows))
    return plan


def imported(importer: Any, *rows: dict[str, str], at: datetime = MONDAY_NINE) -> Plan[Any]:
    """A file of these rows, planned and applied in one transaction."""
    with transaction():
        plan = planned(importer, *rows)
        importer.apply(plan, actor="system", at=at)
    return plan


def shop_with_a_product() -> None:
    """The good row of outlets, producers and products."""
    imported(outlets, OUTLET)
    imported(producers, PRODUCER)
    imported(products, PRODUCT)


def complaints(plan: Plan[Any]) -> list[tuple[int | None, str, str, str]]:
    """(row, column, value, reason) of each problem."""
    return [(problem.row, problem.column, problem.value, problem.reason.value) for problem in plan.problems]
