"""The history in words: every verb that the program writes has some, and an unknown one is not hidden."""

import ast
from dataclasses import fields
from enum import StrEnum
from functools import lru_cache
from typing import Any

import pytest
from flask import Flask

from catalog import evidence, history
from catalog.fairs import FairFacts, FairState
from catalog.history import Event
from catalog.importing import certificates, outlets, producers, products
from catalog.lots import LotState
from catalog.page_fields import FIELDS
from catalog.prices import Pricing
from catalog.stock import Drift
from catalog.supports import SupportFacts
from catalog.traces import Stated
from catalog.visits import VisitFacts
from checkout.orders import FulfilmentState, OrderState
from storefront import audit_words, fact_words
from storefront.audit_words import Told
from storefront.setting_words import Difference
from tests.house.source import calls, modules
from tests.world import MONDAY_NINE

FORBIDDEN = {
    "password", "password_hash", "token", "token_hash", "secret", "hash", "recovery_codes", "phone", "email", "street",
    "address", "customer", "buyer",
}  # fmt: skip
"""Names that no fact may have: what opens doors, and what customers tell us about themselves."""


def deed(verb: str, subject: str = "thing:1", **facts: Any) -> Event:
    return Event(at=MONDAY_NINE, actor="user:1", verb=verb, subject=subject, facts=facts)


@pytest.fixture(autouse=True)
def context(app: Flask) -> Any:
    with app.test_request_context():
        yield


@lru_cache
def recorded() -> list[tuple[str, ast.Call]]:
    """(module, call) of everything the program notes."""
    named = ("history.record", "history.record_in")
    return [(path, call) for path, tree in modules() for name, call in calls(tree) if name in named]


def verb_of(call: ast.Call) -> ast.expr:
    return call.args[1 if ast.unparse(call.func).endswith("_in") else 0]


def states(*enums: type[StrEnum]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(state.value for states in enums for state in states))


DYNAMIC: dict[tuple[str, str], tuple[str, ...]] = {
    ("catalog/fairs.py", "fair.{to}"): states(FairState),
    ("catalog/stops.py", "lot.{to}"): states(LotState),
    ("catalog/publishing.py", "product.{verb}"): ("published", "retired"),
    ("checkout/orders.py", "order.{to}"): states(OrderState),
    ("checkout/sales.py", "sale.{to}"): ("abandoned", "expired"),
}
"""(module, verb as it is written) → what stands in the place, where no wrapper of the module is called with it."""
WRAPPERS = ("_note", "_note_by", "note", "traces.note", "_record", "_change")
"""Calls that end in a record: their first argument finishes a verb, their keywords are facts."""
OTHERS = {
    "certificate": ("assessed", "corrected", "scanned", "revoked", "withdrawn", "nominated", "certified"),
    "fulfilment": states(FulfilmentState)[1:],
    "review": ("published", "refused", "answer_published", "answer_refused"),
}
"""Verbs that reach a wrapper through a name."""
OF_ENVELOPE = {"actor", "at", "by", "before", "after", "commune"}
MADE_FROM_FIELDS = (VisitFacts, SupportFacts, FairFacts, Drift, Stated, Pricing, evidence.Tested, evidence.Sourced)
"""Whose fields are told as they are."""
NO_FACTS = {"cause", "certificates", "closed_days", "day", "slug", "version"}
"""What stands in values of a like name that no record is made of."""
IMPORTED = (certificates, outlets, producers, products)


@lru_cache
def wrapped() -> list[tuple[str, ast.Call]]:
    """(module, call) of the small private ways to a record, in the modules that have one."""
    noting = {path for path, _ in recorded()} | {"catalog/evidence.py", "catalog/passports.py", "catalog/scans.py"}
    return [
        (path, call) for path, tree in modules() if path in noting for name, call in calls(tree) if name in WRAPPERS
    ]


def prefix_of(path: str) -> str:
    """What the f-strings of a module begin with; of those that note through another module, that one's."""
    if path in ("catalog/evidence.py", "catalog/passports.py", "catalog/scans.py"):
        return "trace"
    (prefix,) = {
        ast.literal_eval(verb.values[0]).rstrip(".")
        for module, call in recorded()
        if module == path and isinstance(verb := verb_of(call), ast.JoinedStr)
    }
    return str(prefix)


def test_every_verb_that_is_put_together_has_words() -> None:
    verbs = {
        f"{prefix_of(path)}.{call.args[0].value}"
        for path, call in wrapped()
        if call.args and isinstance(call.args[0], ast.Constant)
    }
    assert len(verbs) > 30
    verbs |= {verb.partition(".")[0] + f".{end}" for (_, verb), ends in DYNAMIC.items() for end in ends}
    verbs |= {f"{prefix}.{end}" for prefix, ends in OTHERS.items() for end in ends}
    assert [verb for verb in sorted(verbs) if audit_words.deed_words(verb) == verb] == []


def test_every_way_to_put_a_verb_together_is_known_here() -> None:
    written = {
        (path, ast.unparse(verb)[2:-1]) for path, call in recorded() if isinstance(verb := verb_of(call), ast.JoinedStr)
    }
    assert {pair for pair in written if pair not in DYNAMIC} == {
        ("catalog/applications.py", "application.{verb}"),
        ("catalog/decisions.py", "certificate.{verb}"),
        ("catalog/receipts.py", "receipt.{verb}"),
        ("catalog/revisions.py", "page.{verb}"),
        ("catalog/traces.py", "trace.{verb}"),
        ("checkout/fulfilment.py", "fulfilment.{verb}"),
        ("checkout/reviews.py", "review.{what}"),
    }
    assert set(DYNAMIC) <= written


def test_every_kind_of_thing_has_a_name() -> None:
    assert [kind for kind in history.LIES if fact_words.thing_name(kind) == kind] == []


def test_every_fact_has_a_name() -> None:
    named = {word.arg for _, call in [*recorded(), *wrapped()] for word in call.keywords if word.arg} - OF_ENVELOPE
    named |= {
        key.value
        for path, tree in modules()
        if path in {module for module, _ in [*recorded(), *wrapped()]}
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AugAssign) and isinstance(node.value, ast.Dict)
        and ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target) in ("facts", "named", "told")
        for key in node.value.keys
        if isinstance(key, ast.Constant)
    } - OF_ENVELOPE  # fmt: skip
    named |= {field.name for table in MADE_FROM_FIELDS for field in fields(table)}
    named |= {column for module in IMPORTED for column in module.REQUIRED | module.OPTIONAL}
    named |= {field.name for field in FIELDS}
    assert len(named) > 100
    unnamed = [name for name in sorted(named - NO_FACTS) if fact_words.name(name) == name]
    assert not unnamed, unnamed


def test_no_fact_is_named_after_a_secret_or_a_customer() -> None:
    named = {(path, word.arg) for path, call in recorded() for word in call.keywords}
    assert [pair for pair in named if pair[1] in FORBIDDEN] == []


def test_an_unknown_deed_is_told_by_its_own_name() -> None:
    assert audit_words.told(deed("moon.landed", speed=3)) == Told("moon.landed", (), (("speed", "3"),))
    assert fact_words.thing_name("moon") == "moon"


def test_what_changed_is_told_field_by_field() -> None:
    event = deed(
        "prices.changed", before={"QN1-1 price": 90_000, "low_stock": 3}, after={"QN1-1 price": 95_000, "low_stock": 3}
    )
    assert audit_words.told(event).differences == (Difference("QN1-1, Giá bán", "90.000\u00a0₫", "95.000\u00a0₫"),)


def test_a_setting_is_told_as_the_office_reads_it() -> None:
    event = deed("setting.laid_down", "setting:cod_limit", before=3_000_000, after=2_000_000, note="vì thử")
    assert audit_words.told(event) == Told(
        "Ghi cài đặt",
        (Difference("Trả tiền khi nhận hàng, đến", "3.000.000\u00a0₫", "2.000.000\u00a0₫"),),
        (("Ghi chú", "vì thử"),),
    )


def test_a_role_is_told_by_its_name() -> None:
    event = deed("membership.granted", "user:5", role="clerk", outlet="D01", before=None, after="clerk")
    assert audit_words.told(event) == Told(
        "Giao vai", (Difference("", "", "Nhân viên quầy"),), (("Vai", "Nhân viên quầy"), ("Điểm", "D01"))
    )


def test_a_long_value_is_cut_on_the_page_and_whole_in_the_file() -> None:
    event = deed("page.approved", before={"story_vi": ""}, after={"story_vi": "ô" * 500})
    (short,), (whole,) = audit_words.told(event).differences, audit_words.told(event, whole=True).differences
    assert (short.label, len(short.after), short.after[-1]) == ("Câu chuyện", 240, "…")
    assert whole.after == "ô" * 500


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, ""), (True, "có"), (False, "không"), (1234, "1.234"), (["a", "b"], "a, b"), (1.5, "1.5"),
        ({"price": 1000, "x": None}, "Giá bán: 1.000\u00a0₫; x: "), ([], ""), ("<b>", "<b>"),
    ],
)  # fmt: skip
def test_any_value_that_json_holds_can_be_read(value: object, said: str) -> None:
    assert fact_words.words("", value) == said


def test_the_verbs_of_a_kind_are_those_that_occur() -> None:
    verbs = ["membership.granted", "member.joined", "moon.landed", "prices.changed"]
    assert audit_words.verbs_of("nguoi", verbs) == {"membership.granted"}
    assert audit_words.verbs_of("thanh-vien", verbs) == {"member.joined"}
    assert audit_words.verbs_of("moon", verbs) == set()
    assert {name for name, _ in audit_words.families()} == set(audit_words.FAMILIES)


@pytest.mark.parametrize(
    ("verb", "facts", "differences", "more"),
    [
        ("lot.recalled", {"before": "sellable", "after": "recalled"}, (("", "Bán được", "Thu hồi"),), ()),
        (
            "trace.suspected",
            {"trace": "DEM0TRA54", "scans": 1343, "before": {"suspicion": None}, "after": {"suspicion": "many"}},
            (("Dấu hiệu bị chép", "", "Mã được mở nhiều hơn hẳn số hàng đã làm"),),
            (("Mã truy xuất", "DEM-0TR-A54"), ("Số lần mở", "1.343")),
        ),
        (
            "trace.registered",
            {"after": {"made_on": "2026-11-24", "quantity": 80, "process_en": ""}},
            (("Ngày sản xuất", "", "24/11/2026"), ("Số lượng", "", "80")),
            (),
        ),
        ("review.refused", {"before": "written", "after": "refused", "reason": "insult"},
         (("", "Chờ duyệt", "Không đăng"),), (("Lý do", "Xúc phạm người khác"),)),
        ("fair.drafted", {"after": {"kind": "festival", "name_en": ""}}, (("Loại", "", "Lễ hội"),), ()),
        ("order.transfer_received", {"amount": 465_000, "state": "applied", "provider": "demo"}, (),
         (("Số tiền", "465.000\u00a0₫"), ("Tình trạng", "đã tính vào đơn"), ("Nguồn báo tiền", "chuyển khoản thử"))),
        ("membership.assigned", {"before": [], "after": ["20410"]}, (("Xã, phường", "", "Phường Hội An"),), ()),
        ("outlet.minimum_set", {"sku": "QN009-1", "before": 0, "after": 6}, (("Mức tối thiểu", "0", "6"),),
         (("Mã hàng", "QN009-1"),)),
    ],
)  # fmt: skip
def test_codes_days_and_amounts_are_said_as_people_say_them(
    verb: str,
    facts: dict[str, Any],
    differences: tuple[tuple[str, str, str], ...],
    more: tuple[tuple[str, str], ...],
) -> None:
    said = audit_words.told(deed(verb, **facts))
    assert tuple((each.label, each.before, each.after) for each in said.differences) == differences
    assert said.more == more


def test_an_unchanged_pair_is_not_shown() -> None:
    assert audit_words.told(deed("page.renewed", before=None, after="")).differences == ()


def test_the_key_of_a_producer_is_told_by_its_name() -> None:
    event = deed("visit.recorded", after={"producer_id": 10})
    (difference,) = audit_words.told(event, named={("producer_id", 10): "Hợp tác xã Thử"}).differences
    assert difference == Difference("Chủ thể", "", "Hợp tác xã Thử")
