"""Lots that a producer has told of; for the tests of traces."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from catalog import evidence, traces
from catalog.evidence import Sourced, Tested
from catalog.producers import Producer
from catalog.products import Product
from catalog.traces import Stated, Trace
from tests.world import MONDAY, MONDAY_NINE, variant_of

MADE = MONDAY - timedelta(days=10)
STATED = Stated("M1", MADE, 120)
TESTED = Tested("Độ ẩm", "Phòng thử Minh Họa", MONDAY - timedelta(days=5), "18 %", "PT-01 (thử)")
SOURCED = Sourced("Mật thô", "Tổ ong Nóc Thử", "Nóc 3, xã Trà Thử", MONDAY - timedelta(days=12), "O-7")
ACTOR = "user:7"


def told(producer: Producer, product: Product, code: str = "M1", **facts: Any) -> Trace:
    """A draft."""
    stated = replace(STATED, code=code, **facts)
    return traces.register(producer.id, variant_of(product).sku, stated, actor=ACTOR, at=MONDAY_NINE)


def published(producer: Producer, product: Product, code: str = "M1", **facts: Any) -> Trace:
    """One that everybody may read, with a source and a test."""
    trace = told(producer, product, code, **facts)
    evidence.add_source(trace, SOURCED, actor=ACTOR, at=MONDAY_NINE)
    evidence.add_test(trace, TESTED, actor=ACTOR, at=MONDAY_NINE)
    evidence.publish(trace, actor=ACTOR, at=MONDAY_NINE)
    return trace
