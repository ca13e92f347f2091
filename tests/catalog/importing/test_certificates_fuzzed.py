"""Files that nobody would write, and nearly good ones: never a traceback, nothing half done, and the second time nothing."""

import csv
import io
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from catalog import sequence
from catalog.certificates import Certificate
from catalog.db import db, transaction
from catalog.history import Event
from catalog.importing import certificates, table
from catalog.importing.changes import BadFile
from tests.catalog.importing.files import CERTIFICATE, MONDAY_NINE, shop_with_a_product

COLUMNS = [*certificates.REQUIRED, *certificates.OPTIONAL]
LIKELY: dict[str, list[str]] = {
    "product": ["QN001", "qn001", "QN999", ""],
    "number": ["1/QĐ-THU", "2/QĐ-THU", "1/qđ-thu", "", "///", "=1+1", "x" * 65, "½/ﬁ", "1/QĐ-THU\u0301"],
    "stars": ["3", "4", "5", "", "2", "4.0", "bốn", "٣"],
    "score": ["", "50", "69,9", "70", "89.95", "90", "100", "101", "-1", "1e3", "NaN"],
    "issuer_vi": ["UBND thành phố Đà Nẵng (thử)", "ubnd thành phố đà nẵng (thử)", "", "y" * 161, "\u200b"],
    "issuer_level": ["province", "district", "ministry", "PROVINCE", "xã", ""],
    "signed_on": ["2026-01-15", "15/1/2026", "2026-01-16", "2024-05-05", "31/2/2026", "1/1/26", "", "0001-01-01", "2100-12-31"],
    "expires_on": ["", "2029-01-15", "2026-01-15", "2020-01-01"],
    "state": ["certified", "candidate", "revoked", "CERTIFIED", "lost", ""],
    "note_vi": ["", "ghi chú", "x" * 1001, "a\x07b", "<script>"],
    "score_a": ["", "30", "40", "40.5", "-3"],
    "score_b": ["", "20", "25", "26"],
    "score_c": ["", "20", "35", "40"],
    "assessed_on": ["", "2026-01-10", "2026-01-20", "2022-01-01", "x"],
    "revoked_on": ["", "2026-06-01", "2026-01-15", "2020-01-01"],
    "revocation_number": ["", "9/QĐ-THU"],
    "revocation_issuer_vi": ["", "UBND (thử)"],
    "revocation_reason": ["", "Không còn giữ tiêu chí", "z" * 501],
}  # fmt: skip
GOOD = CERTIFICATE | {"number": "1/QĐ-THU", "signed_on": "2026-01-15"}

cells = {
    name: st.sampled_from(LIKELY[name]) | st.text(max_size=12) | st.just(GOOD.get(name, "")) for name in COLUMNS
}  # fmt: skip
near = st.lists(
    st.fixed_dictionaries({}, optional=cells).map(lambda changes: {name: GOOD.get(name, "") for name in COLUMNS} | changes),
    min_size=1,
    max_size=6,
)  # fmt: skip


@pytest.fixture
def shop(session: Any) -> Any:
    shop_with_a_product()
    return session


def written() -> tuple[int, int, int]:
    """How much there is of what an import writes."""
    count = (db.session.scalar(select(func.count()).select_from(kind)) or 0 for kind in (Certificate, Event))
    rows, events = count
    return rows, events, sequence.current()


def bring_in(data: bytes) -> bool:
    """As the command and the office do it. Returns whether the file was good."""
    with transaction():
        rows = table.read(data, required=certificates.REQUIRED, optional=certificates.OPTIONAL)
        plan = certificates.plan(rows)
        if plan.clean:
            certificates.apply(plan, actor="system", at=MONDAY_NINE)
            return True
    before = written()
    with pytest.raises(BadFile), transaction():
        certificates.apply(plan, actor="system", at=MONDAY_NINE)
    assert written() == before
    return False


def once_and_again(data: bytes) -> None:
    before = written()
    if not bring_in(data):
        assert written() == before
        return
    after = written()
    assert bring_in(data)
    assert written() == after


@given(rows=near)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nearly_good_rows_are_taken_whole_or_not_at_all(shop: Any, rows: list[dict[str, str]]) -> None:
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    once_and_again(file.getvalue().encode("utf-8", "surrogatepass"))


@given(data=st.binary(max_size=400) | st.text(max_size=400).map(lambda text: text.encode("utf-8", "surrogatepass")))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_a_file_or_are_refused(shop: Any, data: bytes) -> None:
    once_and_again(data)
    once_and_again(",".join(COLUMNS).encode() + b"\n" + data)
