"""Killed in the middle: the web while it places orders, the worker while it posts a letter. Nothing lost, nothing twice.

Real processes with ``kill -9``, on both engines. The listening socket stays with the test, as it would with a
supervisor: buyers who come while nobody serves wait in its queue.
"""

import os
import signal
import socket
import socketserver
import subprocess
import sys
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from http.client import HTTPException
from http.cookiejar import CookieJar
from itertools import count
from pathlib import Path
from threading import Condition, Event, Thread
from urllib.parse import urlencode
from xml.etree import ElementTree

import html5lib
import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog import jobs, stock
from catalog.db import db, transaction
from catalog.jobs import Job, JobState
from catalog.stock import HoldState, StockHold, StockLevel
from checkout.orders import FulfilmentPick, Order, OrderLine
from checkout.payments import Payment
from storefront import worker
from storefront.mail import SmtpMailer
from tests.checkout.factories import order_for
from tests.conftest import Clock
from tests.pages import form_values
from tests.world import MONDAY_NINE, World, changing, make_product

ROOT = Path(__file__).resolve().parents[2]
BUYERS = 6
MOST_KILLS = 10

pytestmark = pytest.mark.slow


@contextmanager
def process(*arguments: str, fds: tuple[int, ...] = (), **environment: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A program of the shop in a session of its own; whatever is left of it at the end is killed."""
    var = Path(environment["SHOP_VAR"])
    with (var / "log").open("ab") as log:
        started = subprocess.Popen(
            [sys.executable, "-m", *arguments], cwd=ROOT, env=os.environ | environment, stderr=log, stdout=log,
            pass_fds=fds, start_new_session=True,
        )  # fmt: skip
    try:
        yield started
    finally:
        if started.poll() is None:
            kill(started)


def kill(started: "subprocess.Popen[bytes]") -> None:
    """kill -9 of it and of all it has started."""
    os.killpg(started.pid, signal.SIGKILL)
    started.wait()


@pytest.fixture
def environment(databases: dict[str, str], engine_name: str, tmp_path: Path) -> dict[str, str]:
    """A shop on this test's database, without limits and kept pages."""
    return {
        "SHOP_ENV": "test", "SHOP_VAR": str(tmp_path), "DATABASE_URL": databases[engine_name],
        "RATE_LIMITS": "0", "PAGE_SECONDS": "0",
    }  # fmt: skip


# The web, under load


@dataclass
class Tally:
    """What the buyers have seen so far. orders: submit token → address of the order's page."""

    orders: dict[str, str] = field(default_factory=dict)
    interrupted: int = 0
    failures: list[str] = field(default_factory=list)
    changed: Condition = field(default_factory=Condition)

    def wait_for(self, orders: int) -> None:
        """Until the buyers have that many orders."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.failures or len(self.orders) >= orders, timeout=120)
        assert self.failures == []


class Buyer:
    """A browser on the wire. What is cut off is sent again, as by somebody who reloads or presses the button again."""

    def __init__(self, address: str, tally: Tally) -> None:
        self.address, self.tally = address, tally
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar())
        )

    def fetch(self, path: str, data: dict[str, str] | None = None) -> tuple[str, ElementTree.Element]:
        """Where it ended, and the page."""
        body = urlencode(data).encode() if data is not None else None
        while True:
            try:
                with self.opener.open(f"{self.address}{path}", body, timeout=120) as response:
                    page = response.read()
                return response.url, html5lib.parse(page, namespaceHTMLElements=False)
            except urllib.error.HTTPError:
                raise
            except (OSError, HTTPException):
                with self.tally.changed:
                    self.tally.interrupted += 1

    def buy(self, products: list[str], outlet: int, phone: str) -> None:
        """One of each, collected there and paid there."""
        for product in products:
            _, page = self.fetch(f"/san-pham/{product}")
            self.fetch("/gio-hang/them", form_values(page, "/gio-hang/them"))
        _, page = self.fetch("/thanh-toan")
        person = {"phone": phone, "name": "Trần Thị Thử", "method": "collect", "outlet": str(outlet)}
        _, page = self.fetch("/thanh-toan", form_values(page, "/thanh-toan") | person | {"step": "update"})
        form = form_values(page, "/thanh-toan") | {"step": "place"}
        where, _ = self.fetch("/thanh-toan", form)
        with self.tally.changed:
            self.tally.orders[form["token"]] = where
            self.tally.changed.notify_all()


def crowd(address: str, tally: Tally, products: list[str], outlet: int, enough: Event) -> list[Thread]:
    """Buyers at work, each until there is enough and the order in hand is done."""

    def shop(number: int) -> None:
        buyer = Buyer(address, tally)
        try:
            orders = count()
            while not enough.is_set():
                buyer.buy(products, outlet, f"0905{number:03}{next(orders):03}")
        except Exception as error:
            with tally.changed:
                tally.failures.append(f"{type(error).__name__}: {error}")
                tally.changed.notify_all()

    buyers = [Thread(target=shop, args=(number,), daemon=True) for number in range(BUYERS)]
    for buyer in buyers:
        buyer.start()
    return buyers


def test_a_web_killed_while_orders_are_placed_loses_none_and_doubles_none(
    app: Flask, world: World, environment: dict[str, str]
) -> None:
    with changing(app):
        for slug in ("banh-mot", "banh-hai"):
            make_product(slug=slug, producer=world.household, group="1.3b", price=50_000, free={"T01": 500})
    tally = Tally()
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        listener.set_inheritable(True)
        fd = listener.fileno()
        web = ("gunicorn", "wsgi:app", "--bind", f"fd://{fd}", "--workers", "2", "--threads", "4")
        address, enough, buyers = f"http://127.0.0.1:{listener.getsockname()[1]}", Event(), []
        for kills in range(1, MOST_KILLS + 1):
            with process(*web, fds=(fd,), **environment) as killed:
                buyers = buyers or crowd(address, tally, ["banh-mot", "banh-hai"], world.centre.id, enough)
                tally.wait_for(len(tally.orders) + BUYERS)
                kill(killed)
            if kills > 1 and tally.interrupted:
                break
        enough.set()
        with process(*web, fds=(fd,), **environment):
            for buyer in buyers:
                buyer.join()
    assert tally.failures == []
    assert tally.interrupted > 0
    assert_whole(app, tally)


def assert_whole(app: Flask, tally: Tally) -> None:
    """Each press of the button is one order with all that belongs to it, and the shelves are short by just that."""
    with app.app_context():
        orders = {order.submit_token: order for order in db.session.scalars(select(Order))}
        assert orders.keys() == tally.orders.keys()
        assert all(tally.orders[token].endswith(f"/don-hang/{order.token}") for token, order in orders.items())
        lines: dict[int, list[OrderLine]] = {}
        for line in db.session.scalars(select(OrderLine)):
            lines.setdefault(line.order_id, []).append(line)
        assert {order.id: 2 for order in orders.values()} == {key: len(found) for key, found in lines.items()}
        assert all(order.goods == sum(line.amount for line in lines[order.id]) for order in orders.values())
        units = sum(line.quantity for found in lines.values() for line in found)
        held = (
            select(func.sum(StockHold.quantity)),
            select(func.sum(FulfilmentPick.quantity)),
            select(func.sum(StockLevel.held)),
        )
        assert [db.session.scalar(query) for query in held] == [units, units, units]
        assert Counter(db.session.scalars(select(Payment.order_id))) == Counter(order.id for order in orders.values())
        letters = [
            job.payload["order"] for job in db.session.scalars(select(Job).where(Job.kind == "mail.order_placed"))
        ]
        assert Counter(letters) == Counter(order.reference for order in orders.values())
        assert stock.drift() == []


# The worker, in the middle of a job


class Postman(socketserver.ThreadingTCPServer):
    """A mail server that takes letters and, until ``answering`` is set, does not say that it has."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Delivery)
        self.letters: list[bytes] = []
        self.arrived, self.answering = Event(), Event()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    @property
    def ids(self) -> Counter[str]:
        """Message-ID → how often it came."""
        return Counter(str(message_from_bytes(letter)["Message-ID"]) for letter in self.letters)

    def handle_error(self, *_: object) -> None:
        """Who was killed does not wait for the answer."""


class _Delivery(socketserver.StreamRequestHandler):
    server: Postman

    def handle(self) -> None:
        self.say("220 post")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                self.say("354 go on")
                self.server.letters.append(b"".join(iter(self.rfile.readline, b".\r\n")))
                self.server.arrived.set()
                self.server.answering.wait(60)
            self.say("221 bye" if verb == b"QUIT" else "250 well")

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@pytest.fixture
def postman() -> Iterator[Postman]:
    with Postman() as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.answering.set()
        server.shutdown()
        thread.join()


def the_job(app: Flask) -> Job:
    with app.app_context():
        return db.session.scalars(select(Job).where(Job.kind == "mail.enquiry")).one()


def test_a_worker_killed_in_mid_letter_is_followed_by_another_after_the_lease(
    app: Flask, world: World, clock: Clock, postman: Postman, environment: dict[str, str]
) -> None:
    asked = {"product": world.tour.id, "name": "Trần Thị Thử", "phone": "0905123456", "day": "2026-12-05", "people": 2}
    with changing(app):
        jobs.enqueue("mail.enquiry", asked | {"note": ""}, at=MONDAY_NINE)
    with process("flask", "--app", "wsgi", "worker", SMTP_URL=postman.url, **environment) as first:
        assert postman.arrived.wait(60)
        kill(first)
    job = the_job(app)
    assert (job.state, job.attempts) == (JobState.WAITING, 1)
    assert job.leased_until is not None

    app.extensions["outside"] = replace(app.extensions["outside"], mailer=SmtpMailer(postman.url, "shop@example.org"))
    postman.answering.set()
    clock.at = job.leased_until
    with app.app_context():
        while worker.work_once():
            pass
    assert (the_job(app).state, the_job(app).attempts) == (JobState.WAITING, 1)

    clock.advance(seconds=1)
    with app.app_context():
        while worker.work_once():
            pass
    assert (the_job(app).state, the_job(app).attempts) == (JobState.DONE, 2)
    twice, once = f"<mail.enquiry.{job.id}.0@example.org>", f"<mail.enquiry.{job.id}.1@example.org>"
    assert postman.ids == {twice: 2, once: 1}, "the letter that was cut off carries the same id: readers see one"


def test_a_worker_that_dies_between_the_deed_and_its_note_does_no_deed_twice(
    app: Flask, world: World, clock: Clock
) -> None:
    with changing(app):
        order = order_for((world.honey, 2)).reference
    clock.advance(hours=1)
    with changing(app):
        jobs.enqueue("orders.expire", {}, at=clock())
    with app.app_context():
        with transaction():
            job = jobs.claim(at=clock())
            while job is not None and job.kind != "orders.expire":
                job = jobs.claim(at=clock())
        assert job is not None
        worker.HANDLERS[job.kind](job)  # and here the light goes out
    clock.at += jobs.LEASE
    clock.advance(seconds=1)
    with app.app_context():
        while worker.work_once():
            pass
        attempts = db.session.scalars(select(Job.attempts).where(Job.kind == "orders.expire")).one()
        letters = db.session.scalars(select(Job).where(Job.kind == "mail.order_expired")).all()
        holds = db.session.scalars(select(StockHold.state).where(StockHold.order_ref == order)).all()
        held = db.session.scalar(select(func.sum(StockLevel.held)))
    assert attempts == 2
    assert len(letters) == 1
    assert set(holds) == {HoldState.RELEASED}
    assert held == 0
