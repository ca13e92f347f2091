"""Commands that bring a spreadsheet into the catalogue: ``flask import-products FILE.csv [--dry-run]`` and the like.

Every change and every bad row is listed. With a bad row nothing is written and the exit code is 1.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import click
from flask import Flask

from catalog.db import db, transaction
from catalog.importing import certificates, outlets, producers, products, stock, table
from catalog.importing.cells import Parser
from catalog.importing.changes import Change, FieldChange, Plan, Problem, Reason
from storefront.migrating import with_shop
from storefront.outside import outside

MOST_LINES = 200
"""Lines of one kind that are printed; a terminal is no place for a hundred thousand."""


class Importer(Protocol):
    """The shape all modules of ``catalog.importing`` that import something have."""

    REQUIRED: dict[str, Parser]
    OPTIONAL: dict[str, Parser]

    def plan(self, table: table.Table) -> Plan[Any]: ...

    def apply(self, plan: Plan[Any], *, actor: str, at: datetime) -> None: ...


IMPORTERS: Mapping[str, tuple[Importer, str]] = {
    "outlets": (outlets, "điểm bán và trung tâm"),
    "producers": (producers, "chủ thể"),
    "products": (products, "sản phẩm và quy cách"),
    "certificates": (certificates, "giấy chứng nhận"),
    "stock": (stock, "hàng nhập kho"),
}
"""In the order in which an empty shop needs them."""

SENTENCES: Mapping[Reason, str] = {
    Reason.TOO_LARGE: "tệp lớn hơn {limit} MB; hãy chia nhỏ",
    Reason.NOT_CSV: "đây không phải tệp CSV mã UTF-8; trong Excel hãy lưu thành “CSV UTF-8”",
    Reason.EMPTY_FILE: "tệp không có dòng dữ liệu nào",
    Reason.TOO_MANY_ROWS: "tệp có hơn {limit} dòng; hãy chia nhỏ",
    Reason.UNKNOWN_COLUMN: "không có cột này; các cột được hiểu: {known}",
    Reason.MISSING_COLUMN: "thiếu cột này",
    Reason.REPEATED_COLUMN: "cột này xuất hiện nhiều lần",
    Reason.QUOTES: "ô quá dài hoặc dấu ngoặc kép không khớp; từ đây trở đi không đọc được",
    Reason.CELLS: "dòng có {cells} ô, tiêu đề có {columns} cột",
    Reason.ENCODING: "chữ không phải mã UTF-8",
    Reason.CONTROL: "có ký tự hỏng hoặc ký tự điều khiển",
    Reason.REQUIRED: "không được để trống",
    Reason.TOO_LONG: "dài {length} ký tự, tối đa {limit}",
    Reason.CODE: "mã chỉ gồm chữ không dấu và số, nối bằng dấu chấm hoặc gạch",
    Reason.CHOICE: "phải là một trong: {choices}",
    Reason.MONEY: "không đọc được số tiền; hãy viết đủ số, như 35.000",
    Reason.CENTS: "đồng không có phần lẻ; hãy viết 35.000 hoặc 35000",
    Reason.NOT_POSITIVE: "phải lớn hơn 0",
    Reason.LIGHTER_THAN_NET: "gói hàng không thể nhẹ hơn phần bên trong, {net}",
    Reason.AMBIGUOUS: "có thể hiểu hai cách; hãy viết 1500 g hoặc 1,5 kg",
    Reason.MEASURE: "không đọc được; hãy viết số và đơn vị, như 400 g, 0,5 l, 1 piece",
    Reason.NUMBER: "không phải là số",
    Reason.NOT_WHOLE: "phải là số nguyên tính theo {unit}",
    Reason.OUT_OF_RANGE: "phải trong khoảng {low} đến {high}",
    Reason.DAY: "không phải ngày có thật; hãy viết 30/6/2025 hoặc 2025-06-30",
    Reason.SHORT_YEAR: "hãy viết năm đủ bốn chữ số",
    Reason.YES_NO: "hãy viết có hoặc không",
    Reason.HS_CODE: "mã HS gồm 6 hoặc 8 chữ số, kể cả số 0 ở đầu",
    Reason.GTIN: "mã vạch gồm 8, 12, 13 hoặc 14 chữ số với số cuối để kiểm tra; hãy đọc lại trên bao bì",
    Reason.SHELF_LIFE: "hạn dùng viết như 25d (ngày) hoặc 12m (tháng)",
    Reason.MONTHS: "các tháng viết như 11|12|1",
    Reason.HOURS: "không hiểu giờ mở cửa; hãy viết như mon-fri 07:30-17:30; sun closed",
    Reason.CLOSED_DAYS: "không hiểu ngày nghỉ; hãy viết như 2026-12-31; 2027-02-04..2027-02-12",
    Reason.PHONE: "không phải số điện thoại Việt Nam",
    Reason.EMAIL: "không phải địa chỉ e-mail",
    Reason.UNKNOWN: "không có mã này",
    Reason.REPEATED: "trùng với dòng {first}",
    Reason.DISAGREES: "khác với dòng {first} của cùng sản phẩm",
    Reason.ELSEWHERE: "mã này đã thuộc sản phẩm {product}",
    Reason.TAKEN: "mã này đã là của {owner}",
    Reason.SUPPLIER_LEVEL: "nơi cung ứng phải ở cấp cao hơn, đây là {level}",
    Reason.SCORE_STARS: "{stars} sao ứng với {low}–{high} điểm",
    Reason.ISSUER_LEVEL: "vào ngày ký, {stars} sao do cấp {levels} công nhận",
    Reason.NOT_FOR_CANDIDATE: "hồ sơ chưa công nhận thì phải để trống",
    Reason.SCORE_SUM: "ba phần cộng lại là {total}, khác tổng điểm",
    Reason.NUMBER_SIGNS: "số quyết định phải có chữ hoặc chữ số",
    Reason.OTHER_DAY: "trong năm ấy nơi cấp này đã có số này, ký ngày {day}; một số chỉ có một ngày ký trong một năm",
    Reason.REVOKED_FOR_GOOD: "chứng nhận này đã bị thu hồi; tệp không làm nó có hiệu lực trở lại",
    Reason.ENDS_TOO_EARLY: "phải sau ngày bắt đầu",
    Reason.NO_STOCK_OF_TOURS: "chuyến tham quan không có hàng trong kho",
    Reason.LOT_DAYS: "lô này đã ghi ngày khác: {expected}",
    Reason.RECEIVED_BEFORE: "lô này đã nhập vào điểm bán với số lượng {before}",
    Reason.PAST: "ngày này đã qua",
    Reason.MISSING_ROWS: "thiếu dòng của {keys}",
    Reason.OTHER_OUTLET: "không phải điểm này; ở đây chỉ nhập được cho {here}",
}


def install(app: Flask) -> None:
    """Bind the commands."""
    for name in IMPORTERS:
        app.cli.add_command(_command(name))


def sentence(problem: Problem) -> str:
    """What a person reads about a bad row: ``Dòng 5, cột price, “abc”: …``."""
    where = "Cả tệp" if problem.row is None else f"Dòng {problem.row}"
    if problem.column:
        where += f", cột {problem.column}"
    if problem.value:
        where += f", “{problem.value}”"
    facts = {name: "trống" if fact is None else fact for name, fact in problem.facts.items()}
    return f"{where}: {SENTENCES[problem.reason].format(**facts)}."


def _command(name: str) -> click.Command:
    importer, things = IMPORTERS[name]

    @click.command(f"import-{name}", help=f"Nhập {things} từ FILE (CSV).")
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option("--dry-run", is_flag=True, help="Chỉ kể ra các thay đổi, không ghi gì.")
    @with_shop
    def command(file: Path, dry_run: bool) -> None:
        _run(importer, file, dry_run=dry_run)

    return command


def _run(importer: Importer, file: Path, *, dry_run: bool) -> None:
    rows = table.load(file, required=importer.REQUIRED, optional=importer.OPTIONAL)
    if dry_run:
        plan = importer.plan(rows)
        db.session.rollback()
    else:
        with transaction():
            plan = importer.plan(rows)
            if plan.clean:
                importer.apply(plan, actor="system", at=outside().now())
    _tell(plan, file, written=plan.clean and not dry_run)
    if not plan.clean:
        raise SystemExit(1)


def _tell(plan: Plan[Any], file: Path, *, written: bool) -> None:
    _lines([_change(change) for change in plan.changes])
    _lines([f"! {sentence(problem)}" for problem in plan.problems])
    new = sum(change.new for change in plan.changes)
    counts = f"{plan.rows} dòng: {new} mới, {len(plan.changes) - new} thay đổi, {plan.unchanged} giữ nguyên"
    click.echo(f"{file.name}, {counts}, {len(plan.problems)} lỗi.")
    if written:
        click.echo("Đã ghi." if plan.changes else "Không có gì để ghi.")
    else:
        click.echo("Chạy thử, chưa ghi gì." if plan.clean else "Có lỗi nên chưa ghi gì; hãy sửa tệp rồi chạy lại.")


def _change(change: Change) -> str:
    if change.new:
        return f"+ {change.key} {change.name}"
    return f"~ {change.key} {change.name}: " + "; ".join(_field(each) for each in change.fields)


def _field(change: FieldChange) -> str:
    return f"{change.column} {_shown(change.before)} → {_shown(change.after)}"


def _shown(value: object) -> str:
    text = str(value) if value not in ("", None) else "trống"
    return text if len(text) <= 40 else text[:39] + "…"


def _lines(lines: list[str]) -> None:
    for line in lines[:MOST_LINES]:
        click.echo(line)
    if len(lines) > MOST_LINES:
        click.echo(f"… và {len(lines) - MOST_LINES} dòng nữa")
