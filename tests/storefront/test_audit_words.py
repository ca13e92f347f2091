"""The history in words: every verb that the program writes has some, and an unknown one is not hidden."""

import ast
from typing import Any

import pytest
from flask import Flask

from catalog.history import Event
from storefront import audit_words
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


def recorded() -> list[tuple[str, ast.Call]]:
    """(module, call) of everything the program notes."""
    named = ("history.record", "history.record_in")
    return [(path, call) for path, tree in modules() for name, call in calls(tree) if name in named]


def verb_of(call: ast.Call) -> ast.expr:
    return call.args[1 if ast.unparse(call.func).endswith("_in") else 0]


def test_every_verb_that_is_written_out_in_the_program_has_words_and_a_kind() -> None:
    verbs = {verb.value for _, call in recorded() if isinstance(verb := verb_of(call), ast.Constant)}
    assert len(verbs) > 40
    assert [verb for verb in sorted(verbs) if audit_words.deed_words(str(verb)) == verb] == []
    known = {prefix for prefixes in audit_words.FAMILIES.values() for prefix in prefixes} | {"demo"}
    assert {str(verb).partition(".")[0] for verb in verbs} - known == set()


def test_no_fact_is_named_after_a_secret_or_a_customer() -> None:
    named = {(path, word.arg) for path, call in recorded() for word in call.keywords}
    assert [pair for pair in named if pair[1] in FORBIDDEN] == []


def test_an_unknown_deed_is_told_by_its_own_name() -> None:
    assert audit_words.told(deed("moon.landed", speed=3)) == Told("moon.landed", (), (("speed", "3"),))
    assert audit_words.subject_kind("moon") == "moon"


def test_what_changed_is_told_field_by_field() -> None:
    event = deed(
        "prices.changed", before={"QN1.price": 90_000, "low_stock": 3}, after={"QN1.price": 95_000, "low_stock": 3}
    )
    assert audit_words.told(event).differences == (Difference("QN1.price", "90.000\u00a0₫", "95.000\u00a0₫"),)


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
    assert audit_words.words("", value) == said


def test_the_verbs_of_a_kind_are_those_that_occur() -> None:
    verbs = ["membership.granted", "member.joined", "moon.landed", "prices.changed"]
    assert audit_words.verbs_of("nguoi", verbs) == {"membership.granted"}
    assert audit_words.verbs_of("thanh-vien", verbs) == {"member.joined"}
    assert audit_words.verbs_of("moon", verbs) == set()
    assert {name for name, _ in audit_words.families()} == set(audit_words.FAMILIES)
