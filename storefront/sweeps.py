"""Periodic work. Nothing depends on its being in time: it only tidies what the clock has already decided."""

from catalog import jobs
from catalog.db import transaction
from catalog.jobs import Claimed
from checkout import sales
from storefront.outside import outside


def expire_orders(job: Claimed) -> None:
    """Close the orders and counter sales whose hold has run out and give their units back."""
    with transaction():
        sales.expire_overdue(at=outside().now())


def tidy_jobs(job: Claimed) -> None:
    """Forget jobs done long ago."""
    with transaction():
        jobs.forget_done(at=outside().now())
