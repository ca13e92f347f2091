"""The worker: takes jobs from the outbox one at a time and does them, and asks for the periodic ones.

A handler gets the job's payload and does its own transactions; it must bear being run twice. What it raises is noted
on the job, which is tried again later.
"""

import signal
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from flask import Flask

from catalog import jobs
from catalog.clock import vietnam_day
from catalog.db import db, transaction
from catalog.jobs import Claimed
from storefront import indexing, letters, sweeps
from storefront.logs import log
from storefront.outside import outside

IDLE = 0.5
"""Seconds between looks at an empty queue."""

Handler = Callable[[Claimed], None]

HANDLERS: dict[str, Handler] = {
    "figures.months": sweeps.count_months,
    "figures.sales": sweeps.count_sales,
    "index.products": indexing.products,
    "index.rebuild": indexing.rebuild,
    "certificates.remind": sweeps.remind_of_renewals,
    "mail.certificate_due": letters.certificate_due,
    "mail.order_placed": letters.about_order,
    "mail.order_confirmed": letters.about_order,
    "mail.order_ready": letters.about_order,
    "mail.order_shipped": letters.about_order,
    "mail.order_delivered": letters.about_order,
    "mail.order_returned": letters.about_order,
    "mail.order_reminder": letters.about_order,
    "mail.order_cancelled": letters.about_order,
    "mail.order_expired": letters.about_order,
    "mail.enquiry": letters.enquiry,
    "mail.invitation": letters.invitation,
    "mail.application_received": letters.application,
    "mail.application_refused": letters.application,
    "mail.maker_invitation": letters.maker_invitation,
    "mail.page_decided": letters.page_decided,
    "mail.receipt": letters.receipt,
    "mail.review": letters.review,
    "mail.recall_order": letters.recall_order,
    "mail.recall_outlet": letters.recall_outlet,
    "orders.expire": sweeps.expire_orders,
    "scans.add": sweeps.add_scans,
    "orders.remind": sweeps.remind_collectors,
    "reviews.ask": sweeps.ask_for_reviews,
    "jobs.tidy": sweeps.tidy_jobs,
    "pictures.tidy": sweeps.tidy_pictures,
}

EVERY: dict[str, timedelta] = {
    "certificates.remind": timedelta(days=1),
    "figures.months": timedelta(days=1),
    "figures.sales": timedelta(minutes=1),
    "orders.expire": timedelta(minutes=1),
    "scans.add": timedelta(minutes=1),
    "orders.remind": timedelta(hours=1),
    "reviews.ask": timedelta(days=1),
    "jobs.tidy": timedelta(days=1),
    "pictures.tidy": timedelta(days=1),
}


def run(app: Flask) -> None:
    """Work until told to stop (SIGTERM, SIGINT); a job in hand is finished first."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    asked: dict[str, str] = {}
    with app.app_context():
        log.info("worker started")
        while not stop.is_set():
            ask_for_periodic(outside().now(), asked)
            if not work_once():
                stop.wait(IDLE)
        log.info("worker stopped")


def work_once() -> bool:
    """Do the job that has been due longest. False when there was none."""
    at = outside().now()
    with transaction():
        job = jobs.claim(at=at)
    if job is None:
        db.session.remove()
        return False
    structlog.contextvars.bind_contextvars(job=job.id, kind=job.kind)
    try:
        HANDLERS[job.kind](job)
        with transaction():
            jobs.done(job, at=outside().now())
        log.info("job done")
    except Exception as error:
        db.session.rollback()
        log.error("job failed", attempt=job.attempt, exc_info=error)
        with transaction():
            jobs.failed(job, f"{type(error).__name__}: {error}", at=outside().now())
    finally:
        structlog.contextvars.clear_contextvars()
        db.session.remove()
    return True


def ask_for_periodic(at: datetime, asked: dict[str, str]) -> None:
    """Put the periodic jobs of this minute (hour, day) into the queue; their key makes each exist once.

    asked: kind → key of what this worker has asked for before; kept up to date. It saves a write at every look.
    """
    keys = {kind: _slot(kind, at) for kind in EVERY}
    wanted = {kind: key for kind, key in keys.items() if asked.get(kind) != key}
    if not wanted:
        return
    with transaction():
        for kind, key in wanted.items():
            jobs.enqueue(kind, {}, at=at, key=key)
    asked.update(wanted)


def _slot(kind: str, at: datetime) -> str:
    if EVERY[kind] >= timedelta(days=1):
        return f"{kind}:{vietnam_day(at).isoformat()}"
    if EVERY[kind] >= timedelta(hours=1):
        return f"{kind}:{at:%Y-%m-%dT%H}"
    return f"{kind}:{at:%Y-%m-%dT%H:%M}"
