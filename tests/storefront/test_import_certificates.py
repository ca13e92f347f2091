"""``flask import-certificates`` with a decision of five hundred rows."""

from pathlib import Path
from time import perf_counter

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog.certificates import Certificate
from catalog.db import db
from catalog.jobs import Job
from tests.world import changing, make_producer, make_product

ROWS = 500
LIMIT = 5.0
"""Seconds; it takes a tenth of it on a quiet machine."""
HEADS = "product,number,stars,score,issuer_vi,issuer_level,signed_on,expires_on,state,note_vi"


@pytest.fixture
def file(app: Flask, tmp_path: Path) -> Path:
    """One decision about five hundred products."""
    with changing(app):
        producer = make_producer()
        codes = [make_product(producer=producer, stars=None).code for _ in range(ROWS)]
    lines = [f"{code},500/QĐ-THU,4,75.5,UBND thành phố Đà Nẵng (thử),province,2026-11-20,,certified," for code in codes]
    path = tmp_path / "quyet-dinh.csv"
    path.write_text("\n".join([HEADS, *lines]), encoding="utf-8")
    return path


def count(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count(Certificate.id))) or 0


def test_five_hundred_rows_go_in_within_the_limit_and_only_once(app: Flask, file: Path) -> None:
    runner = app.test_cli_runner()
    began = perf_counter()
    first = runner.invoke(args=["import-certificates", str(file)])
    seconds = perf_counter() - began
    assert first.exit_code == 0, first.output
    assert f"{ROWS} dòng: {ROWS} mới, 0 thay đổi, 0 giữ nguyên, 0 lỗi." in first.output
    assert count(app) == ROWS
    assert seconds < LIMIT
    with app.app_context():
        jobs = db.session.scalars(select(Job).where(Job.kind == "index.products")).all()
    assert sum(len(job.payload["ids"]) for job in jobs) == ROWS
    again = runner.invoke(args=["import-certificates", str(file)])
    assert f"{ROWS} dòng: 0 mới, 0 thay đổi, {ROWS} giữ nguyên, 0 lỗi." in again.output
    assert count(app) == ROWS


def test_one_bad_row_of_five_hundred_and_nothing_is_written(app: Flask, file: Path) -> None:
    file.write_text(
        file.read_text(encoding="utf-8") + "\nKHONG-CO,500/QĐ-THU,4,75.5,UBND (thử),province,2026-11-20,,certified,"
    )
    result = app.test_cli_runner().invoke(args=["import-certificates", str(file)])
    assert result.exit_code == 1
    assert "Dòng 502, cột product, “KHONG-CO”: không có mã này." in result.output
    assert count(app) == 0
