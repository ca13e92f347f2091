"""Orders: the transaction alone against the bare SQL of one order, and the whole checkout over HTTP."""

import os
import re
import secrets
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import requests
from flask import Flask
from sqlalchemy import select

from catalog import stock
from catalog.db import db, transaction
from catalog.products import Product, Variant
from catalog.stock import Shelf
from checkout import carts, placing, quotes
from checkout.contact import Contact
from checkout.delivery import Address, Deliver
from checkout.placing import PlaceRequest
from checkout.rules import PaymentMethod
from config import Settings
from storefront import create_app
from storefront.outside import outside
from storefront.programme import rules

LINES = 3
COMMUNE = "20410"
"""Phường Hội An."""


@dataclass(frozen=True, slots=True)
class Ordering:
    """Orders of three lines a second: by our transaction, and by its bare SQL on the same database."""

    per_second: float
    bare_per_second: float


def measure(environment: dict[str, str], *, count: int) -> Ordering:
    """Place ``count`` orders for delivery, one after the other, then write as many by hand."""
    os.environ.update(environment)
    app = create_app(Settings.from_environment())
    with app.app_context():
        shelves = _well_stocked(app)
        ours = _timed(count, lambda n: _place(app, shelves, n))
        path = str(db.engine.url.database)
        db.engine.dispose()
    bare = sqlite3.connect(path, isolation_level=None)
    bare.execute("PRAGMA journal_mode=WAL")
    bare.execute("PRAGMA synchronous=FULL")
    bare.execute("PRAGMA foreign_keys=ON")
    by_hand = _timed(count, lambda n: _by_hand(bare, shelves, n))
    bare.close()
    return Ordering(ours, by_hand)


def checkouts_per_second(port: int, *, count: int, shoppers: int = 4) -> float:
    """Whole checkouts over HTTP: product page, cart, checkout page, prices, order. Refused ones are not counted."""
    base = f"http://127.0.0.1:{port}"
    slugs: list[str] = []
    for page in range(1, 5):
        listed = requests.get(f"{base}/nhom/do-gia-dung-trang-tri?con_hang=1&trang={page}", timeout=60).text
        slugs += dict.fromkeys(re.findall(r'href="/san-pham/([a-z0-9-]+)"', listed))
    begun = time.perf_counter()
    with ThreadPoolExecutor(shoppers) as pool:
        placed = sum(pool.map(lambda n: _shop(base, slugs[n % len(slugs)], _phone(n)), range(count)))
    seconds = time.perf_counter() - begun
    if placed < count / 2:
        raise RuntimeError(f"only {placed} of {count} checkouts ended in an order")
    return placed / seconds


def _phone(n: int) -> str:
    """Another buyer each time: one phone may have only so many orders waiting."""
    return f"09{n % 10**8:08d}"


def _shop(base: str, slug: str, phone: str) -> bool:
    with requests.Session() as browser:
        page = browser.get(f"{base}/san-pham/{slug}", timeout=60).text
        if 'name="variant"' not in page:
            return False
        basket = {"csrf_token": _value(page, "csrf_token"), "variant": _value(page, "variant"), "quantity": "1"}
        browser.post(f"{base}/gio-hang/them", data=basket, timeout=60)
        page = browser.get(f"{base}/thanh-toan", timeout=60).text
        if 'name="shown_total"' not in page:
            return False
        form = {
            "csrf_token": _value(page, "csrf_token"), "token": _value(page, "token"),
            "phone": phone, "name": "Khách đo tốc độ", "method": "deliver", "province": "48",
            "commune": COMMUNE, "commune_text": "Phường Hội An", "street": "Khối phố 1",
            "payment": "bank_transfer", "step": "update",
        }  # fmt: skip
        page = browser.post(f"{base}/thanh-toan", data=form, timeout=60).text
        form |= {"shown_total": _value(page, "shown_total"), "token": _value(page, "token"), "step": "place"}
        return "/don-hang/" in browser.post(f"{base}/thanh-toan", data=form, timeout=60).url


def _value(page: str, name: str) -> str:
    field = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    if field is None:
        raise RuntimeError(f"no field {name}")
    found = re.search(r'value="([^"]*)"', field[0])
    return found[1] if found else ""


def _well_stocked(app: Flask) -> list[Shelf]:
    """Shelves of lasting goods at outlets that ship, with enough on them for the whole run."""
    senders = {outlet.id for outlet in quotes.active_outlets() if outlet.ships}
    lasting = select(Variant.id).join(Product, Product.id == Variant.product_id).where(Product.export_class == "A")
    ids = list(db.session.scalars(lasting.order_by(Variant.price).limit(300)))
    shelves = stock.shelves(ids, at=outside().now())
    return [shelf for shelf in shelves if shelf.outlet_id in senders and shelf.free >= 5]


def _place(app: Flask, shelves: list[Shelf], n: int) -> None:
    now = outside().now()
    chosen = list({shelves[(n * LINES + k) % len(shelves)].variant_id: None for k in range(LINES)})
    with transaction():
        cart = carts.open_cart(at=now)
        for variant in chosen:
            carts.put(cart, variant, 1, at=now, rules=rules())
    request = PlaceRequest(
        Contact("Khách đo tốc độ", _phone(n)),
        Deliver(Address(COMMUNE, "Khối phố 1")),
        PaymentMethod.BANK_TRANSFER,
        "vi",
    )
    view = carts.view(cart, at=now, rules=rules())
    offer = quotes.quote(view, request.destination, from_outlets=quotes.active_outlets(), at=now, rules=rules())
    if not offer.orderable:
        raise RuntimeError(f"order {n}: {offer.short or offer.problems}; measure fewer orders (BENCH_ORDERS)")
    begun = time.perf_counter()
    with transaction():
        placing.place(
            cart, request, shown_total=offer.price.total, submit_token=secrets.token_hex(16), at=now, rules=rules()
        )
    _clock[0] += time.perf_counter() - begun
    db.session.remove()


_clock = [0.0]


def _timed(count: int, work: object) -> float:
    _clock[0] = 0.0
    for n in range(count):
        work(n)  # type: ignore[operator]
    return count / _clock[0]


def _by_hand(connection: sqlite3.Connection, shelves: list[Shelf], n: int) -> None:
    """What any shop must write for such an order: shelves, holds, movements, order, lines, payment, job."""
    now = "2026-11-23 02:00:00"
    chosen = [shelves[(n * LINES + k) % len(shelves)] for k in range(LINES)]
    reference = f"BARE{n:08d}"
    begun = time.perf_counter()
    run = connection.execute
    run("BEGIN IMMEDIATE")
    order = run(
        "INSERT INTO orders (reference, token, submit_token, state, placed_at, language, name, phone, note, of_age, method,"
        " outlet_name, outlet_address, commune_code, commune_label, street, old_address, payment_method, currency,"
        " goods, delivery, delivery_vat_percent, delivery_vat, total) VALUES (?, ?, ?, 'confirmed', ?, 'vi', 'A',"
        " '0912345678', '', 0, 'deliver', '', '', ?, '', '', '', 'cash_on_delivery', 'VND', 3, 0, 8, 0, 3)",
        (reference, reference, reference, now, COMMUNE),
    ).lastrowid
    for position, shelf in enumerate(sorted(chosen, key=lambda s: s.level_id)):
        run("UPDATE stock_levels SET held = held + 1 WHERE id = ? AND on_hand - held >= 1", (shelf.level_id,))
        run(
            "INSERT INTO stock_movements (level_id, kind, on_hand, held, cause, reason, actor, at)"
            " VALUES (?, 'held', 0, 1, ?, '', 'b', ?)",
            (shelf.level_id, f"{reference}:{position}", now),
        )
        run(
            "INSERT INTO stock_holds (level_id, order_ref, quantity, state) VALUES (?, ?, 1, 'open')",
            (shelf.level_id, f"{reference}:{position}"),
        )
        run(
            "INSERT INTO order_lines (order_id, position, variant_id, product_id, sku, name_vi, name_en, unit_vi, unit_en,"
            " quantity, price, amount, vat_percent, vat) SELECT ?, ?, id, product_id, sku, sku, sku, '', '', 1, 1, 1, 8, 0"
            " FROM variants WHERE id = ?",
            (order, position, shelf.variant_id),
        )
    run(
        "INSERT INTO payments (order_id, method, state, code, amount, paid_amount, returned_amount, currency)"
        " VALUES (?, 'cash_on_delivery', 'pending', ?, 3, 0, 0, 'VND')",
        (order, reference[-12:]),
    )
    run(
        "INSERT INTO events (at, actor, verb, subject, facts) VALUES (?, 'b', 'order.placed', ?, '{}')",
        (now, reference),
    )
    run("INSERT INTO jobs (kind, payload, state, run_at, attempts) VALUES ('bench', '{}', 'done', ?, 0)", (now,))
    run("COMMIT")
    _clock[0] += time.perf_counter() - begun
