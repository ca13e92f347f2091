"""Speed as ratios measured in one run: ``make bench``.

Pages are compared with the same server's "hello" and with the same bytes served from memory; the order transaction
with the bare SQL of one order. Everything runs on this machine over loopback, on SQLite, for about four
minutes; then the programme's page on a PostgreSQL of its own, for about two. Absolute figures say something about this machine only, the ratios about the shop. The last line is JSON.
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from benchmarks import dashboard, load, ordering

ROOT = Path(__file__).resolve().parent.parent
SIZES = tuple(int(size) for size in os.environ.get("BENCH_PRODUCTS", "500,20000").split(","))
SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))
QUERIES = ("mat ong", "nước mắm", "banh trang", "que tra my", "dầu phụng", "tra", "gao", "sâm ngọc linh", "banh trnag")


def main() -> None:
    """Measure every size, print a table for each, then the summary line."""
    summary: dict[str, float] = {}
    for size in SIZES:
        with tempfile.TemporaryDirectory(prefix="shop-bench-") as folder:
            environment = _prepare(Path(folder), size)
            with _server(environment) as port:
                pages = _pages(port)
                whole = ordering.checkouts_per_second(port, count=int(os.environ.get("BENCH_CHECKOUTS", "80")))
            orders = ordering.measure(environment, count=int(os.environ.get("BENCH_ORDERS", "300")))
        print(f"{'whole checkouts':>22}  {whole:8.1f}/s over HTTP, five requests each")
        print(f"{'order transactions':>22}  {orders.per_second:8.1f}/s ours, {orders.bare_per_second:8.1f}/s bare SQL")
        if size == SIZES[-1]:
            summary["search_ms_p50_20k"] = round(pages["search_ms"], 2)
        if size == SIZES[0]:
            summary |= {f"{name}_ratio": round(pages[name], 3) for name in ("home", "list", "product")}
            summary["orders_per_s"] = round(whole, 1)
            summary["order_ratio"] = round(orders.per_second / orders.bare_per_second, 3)
    summary["dashboard_ms"] = round(dashboard.measure().page_ms, 1)
    print(json.dumps(summary))


def _prepare(folder: Path, size: int) -> dict[str, str]:
    environment = os.environ | {
        "SHOP_VAR": str(folder), "SHOP_ENV": "development", "DATABASE_URL": "", "REDIS_URL": "", "PYTHONPATH": str(ROOT),
        "RATE_LIMITS": "0", "BANK_ACCOUNT": "1020304050", "BANK_HOLDER": "OCOP QUANG NAM",
    }  # fmt: skip
    flask = [sys.executable, "-m", "flask", "--app", "wsgi"]
    print(f"\n{size} products: loading", flush=True)
    for step in (["migrate"], ["demo"], ["demo", "--products", str(size)], ["index", "rebuild"]):
        subprocess.run(
            [*flask, *step], env=environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    return environment


@contextmanager
def _server(environment: dict[str, str]) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [
        sys.executable, "-m", "gunicorn", "benchmarks.app:app", "--bind", f"127.0.0.1:{port}", "--workers", "1",
        "--threads", "8", "--log-level", "error",
    ]  # fmt: skip
    server = subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                _fetch(port, "/healthz")
                break
            except OSError:
                time.sleep(0.2)
        yield port
    finally:
        server.terminate()
        server.wait()


def _pages(port: int) -> dict[str, float]:
    """Ratios of the pages to the same bytes from memory, and the median of a search in ms."""
    slug = _fetch(port, "/san-pham").split('href="/san-pham/', 1)[1].split('"', 1)[0]
    paths = {"home": "/", "list": "/san-pham", "product": f"/san-pham/{slug}"}
    measured: dict[str, float] = {}
    hello = load.get(port, "/bench/hello", seconds=SECONDS)
    _print("hello", hello)
    for name, path in paths.items():
        _fetch(port, path)
        ours = load.get(port, path, seconds=SECONDS)
        same = load.get(port, f"/bench/bytes/{name}?path={quote(path)}", seconds=SECONDS)
        measured[name] = ours.per_second / same.per_second
        _print(name, ours)
        _print(f"{name}, from memory", same)
    for filtered in ("/san-pham?sao=4&con_hang=1&xep=gia-tang", "/tim-kiem?q=mat+ong"):
        _print(filtered[:22], load.get(port, filtered, seconds=SECONDS))
    measured["search_ms"] = _search_ms(port)
    return measured


def _search_ms(port: int) -> float:
    """Median of whole search pages, one at a time, after a first round that warms."""
    times = []
    for turn in range(6):
        for query in QUERIES:
            begun = time.perf_counter()
            _fetch(port, f"/tim-kiem?q={quote(query)}&lan={turn}")  # a new address each time: never a kept page
            if turn:
                times.append((time.perf_counter() - begun) * 1000)
    print(f"{'search page, alone':>22}  p50 {statistics.median(times):7.1f} ms")
    return statistics.median(times)


def _fetch(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
        text: str = answer.read().decode()
    return text


def _print(name: str, run: load.Load) -> None:
    print(
        f"{name:>22}  {run.per_second:8.1f}/s  p50 {run.p50:7.1f} ms  p95 {run.p95:7.1f} ms  {run.bytes / 1024:7.1f} KB",
        flush=True,
    )


if __name__ == "__main__":
    main()
