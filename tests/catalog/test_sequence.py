"""The number that grows with every change shoppers can see."""

from typing import Any

import pytest

from catalog import sequence
from catalog.db import transaction


def test_each_change_is_a_new_number(session: Any) -> None:
    assert sequence.current() == 0
    with transaction():
        assert sequence.advance() == 1
        assert sequence.advance() == 2
    assert sequence.current() == 2


def test_a_change_undone_gives_its_number_back(session: Any) -> None:
    with pytest.raises(KeyError), transaction():
        sequence.advance()
        raise KeyError
    assert sequence.current() == 0
