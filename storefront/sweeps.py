"""Periodic work. Nothing depends on its being in time: it only tidies what the clock has already decided."""

from catalog import applications, attempts, jobs, page_pictures, renewals, scans, submissions
from catalog.db import db, transaction
from catalog.jobs import Claimed
from checkout import fulfilment, review_requests, sales, sales_figures
from storefront import pictures
from storefront.outside import outside


def expire_orders(job: Claimed) -> None:
    """Close the orders and counter sales whose hold has run out and give their units back."""
    with transaction():
        sales.expire_overdue(at=outside().now())


def remind_collectors(job: Claimed) -> None:
    """Remind those whose goods wait at an outlet and will not for much longer."""
    with transaction():
        fulfilment.remind(at=outside().now())


def count_sales(job: Claimed) -> None:
    """Bring the sales figures up to what the papers say, some days at a time."""
    while True:
        with transaction():
            if not sales_figures.catch_up():
                return


def count_months(job: Claimed) -> None:
    """Add the months' sales up anew."""
    with transaction():
        sales_figures.recount_months()


def tidy_pictures(job: Claimed) -> None:
    """Forget pictures that no page and no draft has named for a week."""
    shown, named = page_pictures.shown(), page_pictures.named()
    db.session.rollback()  # nothing is read while files are looked through
    pictures.tidy(shown=shown, referred=named, at=outside().now())


def ask_for_reviews(job: Claimed) -> None:
    """Ask those whose goods arrived some days ago what they think of them."""
    with transaction():
        review_requests.ask(at=outside().now())


def remind_of_renewals(job: Claimed) -> None:
    """Tell producers and officers of certificates that have come nearer to their end."""
    with transaction():
        renewals.remind(at=outside().now())


def add_scans(job: Claimed) -> None:
    """Add up the openings of traces; each batch is forgotten only once it is in the database, and counts once."""
    at, tally = outside().now(), outside().tally
    for key, counts in tally.batches():
        with transaction():
            if submissions.first(key, actor="system", at=at):
                scans.add(counts, at=at)
        tally.forget(key)


def tidy_jobs(job: Claimed) -> None:
    """Forget jobs done, forms sent, attempts made and applications refused long ago."""
    at = outside().now()
    with transaction():
        jobs.forget_done(at=at)
        submissions.forget_old(at=at)
        attempts.forget_old(at=at)
        applications.forget_refused(at=at)
