"""``flask import-products FILE.csv [--dry-run]`` and its sisters."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from catalog import history, sequence
from catalog.importing import outlets, producers
from catalog.importing.changes import Problem, Reason
from catalog.products import Product, Variant
from storefront import imports
from tests.catalog.importing.files import CERTIFICATE, DELIVERY, OUTLET, PRODUCER, PRODUCT, as_bytes, imported


@pytest.fixture
def shop(session: Any) -> Any:
    imported(outlets, OUTLET)
    imported(producers, PRODUCER)
    return session


def run(app: Flask, tmp_path: Path, name: str, data: bytes, *options: str) -> Result:
    file = tmp_path / f"{name}.csv"
    file.write_bytes(data)
    return app.test_cli_runner().invoke(args=[f"import-{name}", str(file), *options])


def count(session: Any, kind: Any) -> int:
    number: int = session.scalar(select(func.count(kind.id)))
    return number


def test_a_file_of_products_is_imported_and_every_new_thing_is_named(app: Flask, shop: Any, tmp_path: Path) -> None:
    answer = run(app, tmp_path, "products", as_bytes(PRODUCT))
    assert answer.output.splitlines() == [
        "+ QN001 Dầu phụng nguyên chất",
        "+ QN001-1 chai 1 l",
        "products.csv, 1 dòng: 2 mới, 0 thay đổi, 0 giữ nguyên, 0 lỗi.",
        "Đã ghi.",
    ]
    assert (answer.exit_code, count(shop, Product), count(shop, Variant)) == (0, 1, 1)


def test_a_dry_run_tells_the_same_and_writes_nothing(app: Flask, shop: Any, tmp_path: Path) -> None:
    at = sequence.current()
    answer = run(app, tmp_path, "products", as_bytes(PRODUCT), "--dry-run")
    assert answer.output.splitlines() == [
        "+ QN001 Dầu phụng nguyên chất",
        "+ QN001-1 chai 1 l",
        "products.csv, 1 dòng: 2 mới, 0 thay đổi, 0 giữ nguyên, 0 lỗi.",
        "Chạy thử, chưa ghi gì.",
    ]
    assert (answer.exit_code, count(shop, Product), sequence.current()) == (0, 0, at)


def test_the_same_file_twice_changes_nothing(app: Flask, shop: Any, tmp_path: Path) -> None:
    run(app, tmp_path, "products", as_bytes(PRODUCT))
    before = (count(shop, history.Event), sequence.current())
    answer = run(app, tmp_path, "products", as_bytes(PRODUCT))
    assert answer.output.splitlines() == [
        "products.csv, 1 dòng: 0 mới, 0 thay đổi, 2 giữ nguyên, 0 lỗi.",
        "Không có gì để ghi.",
    ]
    assert (answer.exit_code, count(shop, history.Event), sequence.current()) == (0, *before)


def test_a_file_from_excel_is_understood(app: Flask, shop: Any, tmp_path: Path) -> None:
    data = b"\xef\xbb\xbf" + as_bytes(PRODUCT | {"price": "130.000 đ", "net": "0,9 kg"}, delimiter=";")
    assert run(app, tmp_path, "products", data).exit_code == 0
    variant = shop.scalars(select(Variant)).one()
    assert (variant.price, variant.net_amount, variant.net_unit) == (130_000, 900, "g")


def test_a_change_is_told_with_its_old_and_new_value(app: Flask, shop: Any, tmp_path: Path) -> None:
    run(app, tmp_path, "products", as_bytes(PRODUCT))
    answer = run(app, tmp_path, "products", as_bytes(PRODUCT | {"price": "140.000", "season": "11|12"}))
    assert answer.output.splitlines()[:2] == [
        "~ QN001 Dầu phụng nguyên chất: season trống → 11|12",
        "~ QN001-1 chai 1 l: price 130000 → 140000",
    ]


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_bad_rows_are_named_and_nothing_is_written(
    app: Flask, shop: Any, tmp_path: Path, options: tuple[str, ...]
) -> None:
    bad = PRODUCT | {"sku": "QN002-1", "product": "QN002", "price": "0", "commune": "99999"}
    answer = run(app, tmp_path, "products", as_bytes(PRODUCT, bad, PRODUCT), *options)
    assert answer.output.splitlines() == [
        "+ QN001 Dầu phụng nguyên chất",
        "+ QN001-1 chai 1 l",
        "! Dòng 3, cột commune, “99999”: không có mã này.",
        "! Dòng 3, cột price, “0”: phải lớn hơn 0.",
        "! Dòng 4, cột sku, “QN001-1”: trùng với dòng 2.",
        "products.csv, 3 dòng: 2 mới, 0 thay đổi, 0 giữ nguyên, 3 lỗi.",
        "Có lỗi nên chưa ghi gì; hãy sửa tệp rồi chạy lại.",
    ]
    assert (answer.exit_code, count(shop, Product)) == (1, 0)


def test_a_workbook_is_refused_with_the_remedy(app: Flask, shop: Any, tmp_path: Path) -> None:
    answer = run(app, tmp_path, "products", b"PK\x03\x04")
    assert answer.output.splitlines()[0] == (
        "! Cả tệp: đây không phải tệp CSV mã UTF-8; trong Excel hãy lưu thành “CSV UTF-8”."
    )
    assert answer.exit_code == 1


def test_every_kind_of_file_has_its_command(app: Flask, session: Any, tmp_path: Path) -> None:
    rows = {
        "outlets": OUTLET,
        "producers": PRODUCER,
        "products": PRODUCT,
        "certificates": CERTIFICATE,
        "stock": DELIVERY,
    }
    assert list(imports.IMPORTERS) == list(rows)
    for name, row in rows.items():
        answer = run(app, tmp_path, name, as_bytes(row))
        assert (name, answer.exit_code, answer.output.splitlines()[-1]) == (name, 0, "Đã ghi.")


def test_more_changes_than_a_terminal_bears_are_counted(app: Flask, shop: Any, tmp_path: Path) -> None:
    rows = [PRODUCT | {"sku": f"QN001-{number}"} for number in range(1, imports.MOST_LINES + 2)]
    lines = run(app, tmp_path, "products", as_bytes(*rows), "--dry-run").output.splitlines()
    assert lines[imports.MOST_LINES] == "… và 2 dòng nữa"
    assert len(lines) == imports.MOST_LINES + 3


def test_there_is_a_sentence_for_every_reason() -> None:
    assert set(imports.SENTENCES) == set(Reason)


def test_a_sentence_says_where_what_and_why() -> None:
    assert imports.sentence(Problem(1, "gia", "", Reason.MISSING_COLUMN)) == "Dòng 1, cột gia: thiếu cột này."
    days = Problem(4, "made_on", "2026-10-01", Reason.LOT_DAYS, {"expected": None})
    assert imports.sentence(days) == "Dòng 4, cột made_on, “2026-10-01”: lô này đã ghi ngày khác: trống."
