"""A certificate ends at midnight: a second before its stars are everywhere, a second after nowhere, and orders keep theirs.

Renewed through the office's page it shines again at once, and the index follows by its job, without a new start.
"""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from catalog import sequence
from catalog.certificates import Certificate
from catalog.clock import start_of
from catalog.db import db
from catalog.jobs import Job, JobState
from catalog.memberships import Role
from checkout import orders, sales, tickets, tills
from checkout.money import Money  # type: ignore[import-not-found]
from storefront import indexing, worker
from tests.conftest import Clock
from tests.pages import Page, PageClient
from tests.world import World, changing, make_staff, staff_of, variant_of
