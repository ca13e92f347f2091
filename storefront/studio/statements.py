"""Consignment statements: what became of one's goods at each outlet, month by month, to sign or to take along."""

import re
from datetime import date

from flask import Blueprint, Response, render_template, request

from catalog.errors import NotFound
from checkout import statements
from checkout.statements import Statement
from storefront import printing, spreadsheets, statement_words
from storefront.extensions import limiter
from storefront.outside import outside
from storefront.studio import bench

bp = Blueprint("statements", __name__, url_prefix="/<producer>/doi-soat")

_MONTH = re.compile(r"^(20[2-9][0-9])-(0[1-9]|1[0-2])$")
_ONE = "/<outlet_code>/<month>"


@bp.get("")
def index() -> str:
    """Every outlet in one month (``thang``): the last that is over, unless another is asked for."""
    at = outside().now()
    months = statements.months(bench.here().id, at=at)
    asked = next((month for month in months if f"{month:%Y-%m}" == request.args.get("thang")), None)
    month = asked or next(iter(months[1:2] or months), None)
    rows = statements.overview(bench.here().id, month, at=at) if month else []
    total = statements.total(row.figures for row in rows)
    return render_template(
        "studio/statements/index.html",
        months=months,
        month=month,
        current=months[:1] == [month],
        rows=rows,
        total=total,
    )


@bp.get(_ONE)
def show(outlet_code: str, month: str) -> str:
    """One outlet's month, lot by lot."""
    found = _statement(outlet_code, month)
    return render_template(
        "studio/statements/show.html",
        statement=found,
        month=month,
        month_name=statement_words.month_name(found),
        check=statement_words.check_words(found),
        notes=statement_words.notes(),
        lost=[(each, statement_words.lost_name(each.cause)) for each in found.lost],
    )


@bp.get(f"{_ONE}/bang.csv")
@limiter.limit("30 per minute")
def table(outlet_code: str, month: str) -> Response:
    """The same for a spreadsheet, every column apart."""
    found = _statement(outlet_code, month)
    lines = "".join(spreadsheets.csv_lines(statement_words.heads(), map(statement_words.cells, found.rows)))
    return _file(lines.encode(), "text/csv", f"{_name(found)}.csv")


@bp.get(f"{_ONE}/phieu.pdf")
@limiter.limit("30 per minute")
def sheet(outlet_code: str, month: str) -> Response:
    """The sheet that both sign."""
    found = _statement(outlet_code, month)
    made = printing.pdf("statement", statement_words.sheet(found, bench.here()))
    return _file(made, "application/pdf", f"{_name(found)}.pdf")


def _statement(outlet_code: str, month: str) -> Statement:
    match = _MONTH.match(month)
    if match is None:
        raise NotFound(month)
    first = date(int(match[1]), int(match[2]), 1)
    return statements.get_statement(bench.here().id, outlet_code, first, at=outside().now())


def _name(found: Statement) -> str:
    return f"doi-soat-{bench.here().code}-{found.outlet.code}-{found.month:%Y-%m}"


def _file(data: bytes, kind: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, mimetype=kind, headers=headers)
