"""The programme's page over 20,000 products and 100,000 orders, on a PostgreSQL of its own: ``python -m benchmarks.dashboard``.

The products are those of a national catalogue, set into the communes of the programme, so that every one of them is in
its figures; the orders are written in bulk, each delivered, three lines each, over two years. Measured is what the
server takes for a whole page of an officer, one at a time: queries, figures, drawings, template.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from sqlalchemy import create_engine, func, select, text, update

from catalog import goals
from catalog.db import db, transaction
from catalog.people import User
from catalog.producers import Producer
from catalog.products import Product
from checkout import sales_figures
from config import Settings
from storefront import create_app, demo, logs
from storefront.outside import outside
from tests.services import Services

ROOT = Path(__file__).resolve().parent.parent
PRODUCTS = int(os.environ.get("BENCH_DASHBOARD_PRODUCTS", "20000"))
ORDERS = int(os.environ.get("BENCH_DASHBOARD_ORDERS", "100000"))
TIMES = 15
PATHS = ("", "?ky=2026", "/san-pham?sao=dat", "/doanh-so", "/xa?thieu=sao")
_STATEMENTS = (
    """
    INSERT INTO orders (reference, token, submit_token, state, placed_at, language, name, phone, note, of_age, method,
      outlet_name, outlet_address, commune_code, commune_label, street, old_address, payment_method, currency, goods,
      delivery, delivery_vat_percent, delivery_vat, total)
    SELECT 'BE-' || n, 'bench-token-' || n, 'bench-press-' || n, 'delivered', :now - (CAST(:orders AS integer) - n) * interval '700 days' / CAST(:orders AS integer),
      'vi', 'Khách đo tốc độ', '0900000000', '', false, 'deliver', '', '', '20410', 'Phường Hội An', 'Khối phố 1', '',
      'cash_on_delivery', 'VND', 300000, 0, 8, 0, 300000
    FROM generate_series(1, CAST(:orders AS integer)) AS n
    """,
    """
    CREATE TEMPORARY TABLE bench_shelves AS
    SELECT row_number() OVER (ORDER BY l.id) - 1 AS place, l.id AS level_id, l.lot_id, l.variant_id, l.outlet_id,
      v.product_id, v.sku FROM stock_levels l JOIN variants v ON v.id = l.variant_id
    """,
    "CREATE INDEX ON bench_shelves (place)",
    "ANALYZE bench_shelves",
    """
    INSERT INTO order_lines (order_id, position, variant_id, product_id, sku, name_vi, name_en, unit_vi, unit_en,
      quantity, price, amount, vat_percent, vat)
    SELECT o.id, k, s.variant_id, s.product_id, s.sku, s.sku, s.sku, '', '', 1, 100000, 100000, 8, 7407
    FROM orders o CROSS JOIN generate_series(1, 3) AS k
    JOIN bench_shelves s ON s.place = (o.id * 7919 + k * 104729) % (SELECT count(*) FROM bench_shelves)
    WHERE o.reference LIKE 'BE-%'
    """,
    """
    INSERT INTO fulfilments (order_id, position, outlet_id, chargeable_g, state, changed_at, tracking, wrong_codes,
      handed_to, note, counted)
    SELECT o.id, 1, (SELECT min(outlet_id) FROM bench_shelves), 1000, 'delivered', o.placed_at + interval '2 days',
      '', 0, '', '', false FROM orders o WHERE o.reference LIKE 'BE-%'
    """,
    """
    INSERT INTO fulfilment_picks (fulfilment_id, line_id, level_id, lot_id, quantity, missing)
    SELECT f.id, l.id, s.level_id, s.lot_id, 1, 0
    FROM order_lines l JOIN fulfilments f ON f.order_id = l.order_id
    JOIN bench_shelves s ON s.place = (l.order_id * 7919 + l.position * 104729) % (SELECT count(*) FROM bench_shelves)
    JOIN orders o ON o.id = l.order_id WHERE o.reference LIKE 'BE-%'
    """,
)


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Milliseconds of server time for one page (median). counted_s: seconds to sum all orders up from nothing."""

    page_ms: float
    counted_s: float


def main() -> None:
    """Measure, then the summary line."""
    print(json.dumps({"dashboard_ms": round(measure().page_ms, 1)}))


def measure() -> Dashboard:
    """The page of the whole programme, after a first look; the lists behind it are printed beside it."""
    with tempfile.TemporaryDirectory(prefix="shop-bench-") as folder, _postgresql() as url:
        app = _prepare(Path(folder), url)
        with app.app_context():
            _settle()
            _sell()
            counted = _count()
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("ANALYZE"))
            officer = db.session.scalars(select(User.id).where(User.email == demo.STAFF[3].email)).one()
            made = {table: db.session.scalar(text(f"SELECT count(*) FROM {table}")) for table in ("products", "orders")}
        print(
            f"\nthe programme over {made['products']} products and {made['orders']} orders, counted in {counted:.1f} s"
        )
        times = {path: _page_ms(app, officer, f"/van-phong/chuong-trinh{path}") for path in PATHS}
        for path, ms in times.items():
            print(f"{path or 'the page':>22}  p50 {ms:7.1f} ms", flush=True)
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
    return Dashboard(times[""], counted)


@contextmanager
def _postgresql() -> Iterator[str]:
    services = Services()
    try:
        maintenance = create_engine(services.postgresql_url, isolation_level="AUTOCOMMIT")
        with maintenance.connect() as connection:
            connection.execute(text("CREATE DATABASE dashboard"))
        maintenance.dispose()
        yield services.postgresql_url.replace("/postgres?", "/dashboard?")
    finally:
        services.stop()


def _prepare(folder: Path, url: str) -> Flask:
    """A demo shop with as many products as are wanted."""
    environment = os.environ | {
        "SHOP_VAR": str(folder), "SHOP_ENV": "development", "SHOP_DEMO": "1", "DATABASE_URL": url, "REDIS_URL": "",
        "PYTHONPATH": str(ROOT), "RATE_LIMITS": "0",
    }  # fmt: skip
    flask = [sys.executable, "-m", "flask", "--app", "wsgi"]
    for step in (["migrate"], ["demo", "--products", str(PRODUCTS)]):
        subprocess.run(
            [*flask, *step], env=environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    os.environ.update(environment)
    logs.configure(level=40)
    return create_app(Settings.from_environment())


def _settle() -> None:
    """Producers and products move into the programme's communes, evenly."""
    codes = [commune.code for commune in goals.territory()]
    with transaction():
        for place, code in enumerate(codes):
            for table in (Producer, Product):
                mine = update(table).where(table.id % len(codes) == place).values(commune_code=code)
                db.session.execute(mine.execution_options(synchronize_session=False))


def _sell() -> None:
    values = {"now": outside().now(), "orders": ORDERS}
    with transaction():
        for statement in _STATEMENTS:
            wanted = {name: value for name, value in values.items() if f":{name}" in statement}
            db.session.execute(text(statement), wanted)


def _count() -> float:
    """Seconds until every order is in the figures; proves that it is."""
    begun = time.perf_counter()
    while True:
        with transaction():
            if not sales_figures.catch_up():
                break
    seconds = time.perf_counter() - begun
    summed = db.session.scalar(
        select(func.sum(sales_figures.SalesMonth.amount)).where(sales_figures.SalesMonth.channel == "online")
    )
    if summed is None or int(summed) < ORDERS * 300_000:
        raise RuntimeError(f"{summed} counted of {ORDERS * 300_000}")
    return seconds


def _page_ms(app: Flask, officer: int, path: str) -> float:
    """Median of whole answers to an officer who has passed both factors, after two that warm."""
    client = app.test_client()
    with app.app_context(), client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = str(officer), True
        session["counter"] = [officer, outside().now().isoformat()]
    times = []
    for turn in range(TIMES + 2):
        begun = time.perf_counter()
        answer = client.get(path)
        answer.get_data()
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")
        if turn > 1:
            times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times)


if __name__ == "__main__":
    main()
