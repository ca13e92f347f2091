"""Who did what to which thing, and when."""

from datetime import timedelta
from typing import Any

import pytest

from catalog import history
from catalog.db import transaction
from tests.world import MONDAY_NINE


def test_deeds_are_told_per_thing_in_their_order(session: Any) -> None:
    with transaction():
        history.record("order.placed", "order:QN-1", actor="buyer", at=MONDAY_NINE, total=745_000)
        history.record("order.placed", "order:QN-2", actor="user:5", at=MONDAY_NINE)
        history.record("order.cancelled", "order:QN-1", actor="buyer", at=MONDAY_NINE + timedelta(minutes=5))
    told = [(e.verb, e.actor, e.at, e.facts) for e in session.scalars(history.of("order:QN-1"))]
    assert told == [
        ("order.placed", "buyer", MONDAY_NINE, {"total": 745_000}),
        ("order.cancelled", "buyer", MONDAY_NINE + timedelta(minutes=5), {}),
    ]


def test_a_deed_undone_was_never_told(session: Any) -> None:
    with pytest.raises(KeyError), transaction():
        history.record("order.placed", "order:QN-1", actor="buyer", at=MONDAY_NINE)
        raise KeyError
    assert session.scalars(history.of("order:QN-1")).all() == []
