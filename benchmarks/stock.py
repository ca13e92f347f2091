"""The counter at its busiest: sales and holds a second beside the bare SQL of the same transaction.

``python -m benchmarks.stock``: 1, 4 and 8 processes, on SQLite and on a PostgreSQL of its own, both with the durability
they have in a shop. A sale is two lines for cash, a hold is one unit for an online order. "Bare" is the same work,
statement by statement, through the raw driver, by as many processes on the same database. Absolute figures say
something about this machine only, the ratios about the shop. Afterwards the ledger is asked whether anything was sold
that was not there. The last line is JSON.
"""

import json
import multiprocessing
import os
import secrets
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from statistics import geometric_mean
from typing import Any

import psycopg
from flask import Flask
from sqlalchemy import create_engine, func, select, text

from catalog import memberships, stock
from catalog.db import db, transaction
from catalog.errors import OutOfStock
from catalog.lots import Lot
from catalog.memberships import Role, Staff, find_staff
from catalog.money import Money
from catalog.outlets import Outlet
from catalog.people import User
from catalog.products import Product, ProductKind, ProductState, Variant
from catalog.stock import MovementKind, StockLevel, StockMovement
from checkout import sales, tickets, tills
from checkout.rules import Rules
from checkout.sales import SalePick
from checkout.tickets import Ticket
from config import Settings
from storefront import create_app
from storefront.outside import outside
from tests.services import Services

ROOT = Path(__file__).resolve().parent.parent
PROCESSES = (1, 4, 8)
SECONDS = float(os.environ.get("BENCH_SECONDS", "1.5"))
SHELVES = 400
LINES = 2
RULES = Rules()
FORK = multiprocessing.get_context("fork")
_SCANNED = text(
    "INSERT INTO ticket_lines (ticket_id, variant_id, quantity, seen_price) VALUES (:ticket, :variant, 1, :price)"
)
EMPTY = "one jar"
"""The lot of a shelf that everybody wants at the end."""

Work = Callable[[int], None]


def main() -> None:
    """Measure both engines, print a table, then the summary line."""
    summary: dict[str, float] = {}
    oversold = 0
    with tempfile.TemporaryDirectory(prefix="shop-bench-") as folder, _postgresql() as url:
        for engine, address in (("sqlite", f"sqlite:///{folder}/bench.sqlite3"), ("postgresql", url)):
            app = _prepare(Path(folder) / engine, address)
            ratios = []
            print(f"\n{engine}\n{'':>12}{'processes':>10}{'ours/s':>10}{'bare/s':>10}{'ratio':>8}", flush=True)
            for kind in ("sale", "hold"):
                for processes in PROCESSES:
                    ours, bare = (_crowd(app, f"{kind}:{how}", processes) for how in ("ours", "bare"))
                    ratios.append(ours / bare)
                    print(f"{kind:>12}{processes:>10}{ours:>10.0f}{bare:>10.0f}{ours / bare:>8.2f}", flush=True)
            summary[f"ratio_{engine}"] = round(geometric_mean(ratios), 3)
            oversold += _last_jars(app) + _oversold(app)
    print(json.dumps(summary | {"oversold": oversold}))


@contextmanager
def _postgresql() -> Iterator[str]:
    """A server that flushes what it has promised, like the shop's, and is gone afterwards."""
    services = Services()
    try:
        maintenance = create_engine(services.postgresql_url, isolation_level="AUTOCOMMIT")
        with maintenance.connect() as connection:
            for option in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(text(f"ALTER SYSTEM SET {option} = on"))
            connection.execute(text("SELECT pg_reload_conf()"))
            connection.execute(text("CREATE DATABASE bench"))
        maintenance.dispose()
        yield services.postgresql_url.replace("/postgres?", "/bench?")
    finally:
        services.stop()


def _prepare(folder: Path, url: str) -> Flask:
    """A migrated shop with one outlet, SHELVES full shelves, and a clerk with an open ticket for every process."""
    folder.mkdir()
    environment = os.environ | {
        "SHOP_VAR": str(folder), "SHOP_ENV": "development", "DATABASE_URL": url, "REDIS_URL": "", "PYTHONPATH": str(ROOT),
        "RATE_LIMITS": "0", "BANK_ACCOUNT": "1020304050", "BANK_HOLDER": "OCOP QUANG NAM",
    }  # fmt: skip
    flask = [sys.executable, "-m", "flask", "--app", "wsgi"]
    for step in (["migrate"], ["demo"]):
        subprocess.run(
            [*flask, *step], env=environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    os.environ.update(environment)
    app = create_app(Settings.from_environment())
    with app.app_context():
        now = outside().now()
        with transaction():
            outlet = db.session.scalars(select(Outlet).where(Outlet.active).order_by(Outlet.code).limit(1)).one()
            goods = (
                select(Variant)
                .join(Product, Product.id == Variant.product_id)
                .where(Product.state == ProductState.PUBLISHED, Product.kind == ProductKind.GOODS, Variant.active)
                .where(Product.group_code.not_in(("2.1a", "2.1b")))
                .order_by(Variant.id)
            )
            found = list(db.session.scalars(goods))
            for n, variant in enumerate(found[:SHELVES]):
                lot = Lot(variant_id=variant.id, code=f"BENCH-{n}" if n else EMPTY)
                db.session.add(lot)
                db.session.flush()
                units = 10_000_000 if n else 1
                stock.receive(lot, outlet, units, cause="receipt:bench", actor="system", at=now)
            for n in range(max(PROCESSES)):
                user = User(email=f"bench{n}@example.org", name=f"Quầy {n}", password_hash="-", created_at=now)
                db.session.add(user)
                db.session.flush()
                memberships.grant(user, Role.CLERK, outlet, actor="system", at=now)
                if n == 0:
                    clerk = find_staff(user)
                    assert clerk is not None
                    tills.open_shift(outlet.id, Money(0), by=clerk, at=now)
                db.session.add(Ticket(outlet_id=outlet.id, clerk_id=user.id, updated_at=now))
        db.session.remove()
        db.engine.dispose()
    return app


def _crowd(app: Flask, work: str, processes: int) -> float:
    """How often a second so many processes do it together. They are forked: what is measured has been imported."""
    start, done = FORK.Barrier(processes), FORK.Queue()
    children = [FORK.Process(target=_child, args=(app, work, n, start, done), daemon=True) for n in range(processes)]
    for child in children:
        child.start()
    total = sum(int(done.get(timeout=120)) for _ in children)
    for child in children:
        child.join()
    return total / SECONDS


def _child(app: Flask, work: str, number: int, start: Barrier, done: "Queue[int]") -> None:
    """One process of the crowd: warm up, wait for the others, work for SECONDS, tell how often."""
    kind, how = work.split(":")
    with app.app_context():
        act = {"sale": _sale, "hold": _hold}[kind](number) if how == "ours" else _bare(kind, number)
        for n in range(20):
            act(-1 - n)
        start.wait()
        count, ends = 0, time.perf_counter() + SECONDS
        while time.perf_counter() < ends:
            act(count)
            count += 1
        done.put(count)
        db.session.remove()
        db.engine.dispose()


def _cast(number: int) -> tuple[Outlet, Staff, list[Any]]:
    """The outlet, this process's clerk, and the full shelves: (level, lot, variant, price)."""
    user = db.session.scalars(select(User).where(User.email == f"bench{number}@example.org")).one()
    clerk = find_staff(user)
    assert clerk is not None
    outlet = db.session.get_one(Outlet, next(iter(clerk.own)))
    shelves = (
        select(StockLevel.id, StockLevel.lot_id, StockLevel.variant_id, Variant.price)
        .join(Lot, Lot.id == StockLevel.lot_id)
        .join(Variant, Variant.id == StockLevel.variant_id)
        .where(StockLevel.outlet_id == outlet.id, Lot.code.like("BENCH-%"))
        .order_by(StockLevel.id)
    )
    return outlet, clerk, list(db.session.execute(shelves))


def _chosen(shelves: list[Any], number: int, n: int) -> list[Any]:
    """LINES shelves in locking order; other processes mostly choose others, as buyers do."""
    start = (number * 7919 + n * 31) % len(shelves)
    return sorted((shelves[(start + k * 97) % len(shelves)] for k in range(LINES)), key=lambda shelf: shelf[0])


def _sale(number: int) -> Work:
    outlet, clerk, shelves = _cast(number)
    outlet_id = outlet.id
    ticket = tickets.find_ticket(outlet_id, clerk.user_id)

    def act(n: int) -> None:
        chosen, now = _chosen(shelves, number, n), outside().now()
        with transaction():
            for shelf in chosen:
                db.session.execute(_SCANNED, {"ticket": ticket, "variant": shelf[2], "price": shelf[3]})
            total = Money(sum(shelf[3] for shelf in chosen))
            sales.pay_cash(outlet_id, shown_total=total, by=clerk, at=now, rules=RULES)
        db.session.remove()

    return act


def _hold(number: int) -> Work:
    _outlet, _clerk, shelves = _cast(number)

    def act(n: int) -> None:
        shelf, now = _chosen(shelves, number, n)[0], outside().now()
        with transaction():
            stock.lock(variant_ids=[shelf[2]])
            stock.hold(shelf[0], 1, order_ref=secrets.token_hex(8), until=None, actor="buyer", at=now)
        db.session.remove()

    return act


def _bare(kind: str, number: int) -> Work:
    """The same by hand: what any program must ask and write for it, no more and no less checked."""
    outlet, clerk, shelves = _cast(number)
    outlet_id, clerk_id = outlet.id, clerk.user_id
    ticket = tickets.find_ticket(outlet_id, clerk_id)
    db.session.remove()
    run, commit = _driver()
    lite = db.engine.dialect.name == "sqlite"
    begin, mark = ("BEGIN IMMEDIATE", "?") if lite else ("BEGIN", "%s")
    lock, share = ("", "") if lite else (" FOR UPDATE", " FOR SHARE")
    marks = ", ".join([mark] * LINES)

    def ask(statement: str, *values: Any) -> list[Any]:
        return run(statement.replace("?", mark), values)

    def change(shelf: int, by: int, held: int, movement: str, cause: str, now: Any) -> None:
        moved = (
            "UPDATE stock_levels SET on_hand = on_hand + ?, held = held + ? WHERE id = ?"
            " AND on_hand + ? >= held + ? RETURNING id"
        )
        assert ask(moved, by, held, shelf, by, held)
        ask(
            "INSERT INTO stock_movements (level_id, kind, on_hand, held, cause, reason, actor, at)"
            " VALUES (?, ?, ?, ?, ?, '', 'a', ?)",
            shelf, movement, by, held, cause, now,
        )  # fmt: skip

    def hold(n: int) -> None:
        shelf, now, reference = _chosen(shelves, number, n)[0], _instant(lite), secrets.token_hex(8)
        ask(begin)
        ask(f"SELECT id FROM stock_levels WHERE variant_id = ? ORDER BY id{lock}", shelf[2])
        change(shelf[0], 0, 1, "held", f"order:{reference}", now)
        ask(
            "INSERT INTO stock_holds (level_id, order_ref, quantity, state) VALUES (?, ?, 1, 'open')",
            shelf[0], reference,
        )  # fmt: skip
        commit()

    def sale(n: int) -> None:
        chosen, now, reference = _chosen(shelves, number, n), _instant(lite), f"BARE{secrets.token_hex(6)}"
        variants = [shelf[2] for shelf in chosen]
        ask(begin)
        for shelf in chosen:
            ask(
                "INSERT INTO ticket_lines (ticket_id, variant_id, quantity, seen_price) VALUES (?, ?, 1, ?)",
                ticket, shelf[2], shelf[3],
            )  # fmt: skip
        ask(
            "UPDATE tickets SET updated_at = ? WHERE outlet_id = ? AND clerk_id = ? RETURNING id",
            now,
            outlet_id,
            clerk_id,
        )
        lines = ask(
            "SELECT v.id, v.product_id, v.sku, v.unit_vi, v.unit_en, v.price, v.active, p.name_vi, p.name_en, p.state,"
            " p.kind, p.group_code, p.vat_class, l.quantity, l.seen_price FROM ticket_lines l"
            " JOIN variants v ON v.id = l.variant_id JOIN products p ON p.id = v.product_id"
            " WHERE l.ticket_id = ? ORDER BY l.id",
            ticket,
        )
        overdue = ask(
            "SELECT h.order_ref FROM stock_holds h JOIN stock_levels s ON s.id = h.level_id"
            f" WHERE h.state = 'open' AND h.until <= ? AND s.variant_id IN ({marks})",
            now, *variants,
        )  # fmt: skip
        assert not overdue
        ask(
            f"SELECT id FROM stock_levels WHERE variant_id IN ({marks}) AND outlet_id = ? ORDER BY id{lock}",
            *variants, outlet_id,
        )  # fmt: skip
        free = ask(
            "SELECT s.id, s.lot_id, s.variant_id, t.best_before, s.on_hand - s.held + coalesce((SELECT sum(h.quantity)"
            " FROM stock_holds h WHERE h.level_id = s.id AND h.state = 'open' AND h.until <= ?), 0)"
            " FROM stock_levels s JOIN lots t ON t.id = s.lot_id JOIN outlets o ON o.id = s.outlet_id"
            f" WHERE s.variant_id IN ({marks}) AND s.outlet_id = ? AND o.active AND t.state = 'sellable'"
            " AND (t.best_before IS NULL OR t.best_before >= ?) AND s.on_hand > s.held"
            " ORDER BY t.best_before IS NULL, t.best_before",
            now, *variants, outlet_id, now[:10],
        )  # fmt: skip
        assert len(free) >= LINES
        ask(
            "SELECT product_id, number, stars FROM certificates WHERE product_id IN"
            f" ({marks}) AND state <> 'candidate' AND signed_on <= ? AND expires_on > ? ORDER BY signed_on, id",
            *(line[1] for line in lines), now[:10], now[:10],
        )  # fmt: skip
        (open_shift,) = ask(f"SELECT id FROM shifts WHERE outlet_id = ? AND closed_at IS NULL{share}", outlet_id)
        total = sum(line[5] for line in lines)
        (sold,) = ask(
            "INSERT INTO sales (reference, outlet_id, clerk_id, clerk_name, state, method, total, begun_at, paid_at,"
            " shift_id, reason, counted) VALUES (?, ?, ?, 'A', 'paid', 'cash', ?, ?, ?, ?, '', false) RETURNING id",
            reference, outlet_id, clerk_id, total, now, now, open_shift[0],
        )  # fmt: skip
        for position, (line, shelf) in enumerate(zip(lines, chosen, strict=True)):
            (made,) = ask(
                "INSERT INTO sale_lines (sale_id, position, variant_id, product_id, sku, name_vi, name_en, unit_vi,"
                " unit_en, quantity, price, amount, vat_percent, vat)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, 8, 0) RETURNING id",
                sold[0], position, *line[:3], line[7], line[8], line[3], line[4], line[5], line[5],
            )  # fmt: skip
            ask(
                "INSERT INTO sale_picks (line_id, level_id, lot_id, quantity) VALUES (?, ?, ?, 1)",
                made[0], shelf[0], shelf[1],
            )  # fmt: skip
        for shelf in chosen:
            change(shelf[0], -1, 0, "sold_at_counter", f"sale:{reference}", now)
        ask(
            "INSERT INTO till_entries (shift_id, kind, method, amount, cause, actor, at)"
            " VALUES (?, 'sale', 'cash', ?, ?, 'a', ?)",
            open_shift[0], total, f"sale:{reference}", now,
        )  # fmt: skip
        ask(
            "INSERT INTO events (at, actor, verb, subject, facts) VALUES (?, 'a', 'sale.paid', ?, '{}')",
            now, f"sale:{reference}",
        )  # fmt: skip
        ask("DELETE FROM ticket_lines WHERE ticket_id = ?", ticket)
        commit()

    return sale if kind == "sale" else hold


def _instant(lite: bool) -> str:
    """Now, as the engine keeps it."""
    now = outside().now()
    return f"{now:%Y-%m-%d %H:%M:%S.%f}" if lite else now.isoformat()


def _driver() -> tuple[Callable[[str, Any], list[Any]], Callable[[], None]]:
    """(run one statement and fetch what it answers, commit) of the raw driver on the shop's database."""
    url = db.engine.url
    if url.get_backend_name() == "sqlite":
        lite = sqlite3.connect(str(url.database), isolation_level=None, timeout=60)
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=60000",
            "cache_size=-16000",
        ):
            lite.execute(f"PRAGMA {pragma}")

        def end_lite() -> None:
            lite.execute("COMMIT")

        return lambda statement, values: lite.execute(statement, values).fetchall(), end_lite
    connection = psycopg.connect(
        url.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True
    )
    cursor = connection.cursor()

    def run(statement: str, values: Any) -> list[Any]:
        cursor.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []

    def end() -> None:
        cursor.execute("COMMIT")

    return run, end


def _last_jars(app: Flask) -> int:
    """Eight processes want the only jar of a shelf, online and at the counter: how many got it beyond the first."""
    processes = max(PROCESSES)
    start, got = FORK.Barrier(processes), FORK.Queue()
    children = [FORK.Process(target=_grab, args=(app, n, start, got), daemon=True) for n in range(processes)]
    for child in children:
        child.start()
    served = sum(int(got.get(timeout=120)) for _ in children)
    for child in children:
        child.join()
    print(f"{'last jar':>12}{processes:>10} wanted it, {served} got it", flush=True)
    return abs(served - 1)


def _grab(app: Flask, number: int, start: Barrier, got: "Queue[int]") -> None:
    """Try to sell or hold the last jar; 1 for success, 0 for a refusal."""
    with app.app_context():
        level = db.session.scalars(select(StockLevel.id).join(Lot).where(Lot.code == EMPTY)).one()
        now, served = outside().now(), 1
        start.wait()
        try:
            with transaction():
                if number % 2:
                    stock.hold(level, 1, order_ref=f"last-{number}", until=None, actor="buyer", at=now)
                else:
                    stock.sell(level, 1, cause=f"sale:last-{number}", actor="user:1", at=now)
        except OutOfStock:
            served = 0
        got.put(served)
        db.session.remove()
        db.engine.dispose()


def _oversold(app: Flask) -> int:
    """Units beyond what was there, by the ledger: shelves below nothing, drift, and sold units no movement carries."""
    with app.app_context():
        moved = select(func.sum(StockMovement.on_hand).label("units"), func.sum(StockMovement.held).label("held"))
        sums = moved.group_by(StockMovement.level_id).subquery()
        below = db.session.scalar(select(func.count()).select_from(sums).where(sums.c.units < sums.c.held)) or 0
        picked = db.session.scalar(select(func.sum(SalePick.quantity))) or 0
        at_counter = StockMovement.kind == MovementKind.SOLD_AT_COUNTER
        carried = select(func.sum(StockMovement.on_hand)).where(at_counter, StockMovement.cause.not_like("sale:last-%"))
        missing = abs(int(picked) + int(db.session.scalar(carried) or 0))
        found = int(below) + len(stock.drift()) + missing
        db.session.remove()
        db.engine.dispose()
        return found


if __name__ == "__main__":
    main()
