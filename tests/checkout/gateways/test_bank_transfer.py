import xml.etree.ElementTree as ElementTree
from io import BytesIO

import pytest
import segno
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from catalog import codes
from catalog.money import Money
from checkout.gateways import bank_transfer
from checkout.gateways.bank_transfer import BankAccount, BankTransfer
from checkout.rules import PaymentMethod

PUBLISHED_VECTOR = (
    "00020101021138540010A00000072701240006970407011003865776720208QRIBFTTA"
    "5303704540710000005802VN62160812henry an cut6304A322"
)
ACCOUNT = BankAccount("970415", "VietinBank", "1020304050", "OCOP QUANG NAM")


def test_the_payload_is_the_published_vector() -> None:
    account = BankAccount("970407", "", "0386577672", "")
    assert (
        bank_transfer.vietqr(account, amount=Money(1_000_000), purpose="henry an cut", once=False) == PUBLISHED_VECTOR
    )


def test_a_payload_for_one_payment_says_so() -> None:
    payload = bank_transfer.vietqr(ACCOUNT, amount=Money(745_000), purpose="OCOP7K3M9QX")
    assert payload[:12] == "000201010212"
    assert "5406745000" in payload


@pytest.mark.parametrize("amount", [Money(0), Money(-1), Money(100, "USD")])
def test_vietqr_carries_only_dong_above_nothing(amount: Money) -> None:
    with pytest.raises(ValueError, match="đồng"):
        bank_transfer.vietqr(ACCOUNT, amount=amount, purpose="OCOP")


@pytest.mark.parametrize("purpose", ["", "Đơn hàng", "A" * 26, "QN-7K3M9Q"])
def test_a_purpose_that_banks_would_change_is_refused(purpose: str) -> None:
    with pytest.raises(ValueError, match="letters"):
        bank_transfer.vietqr(ACCOUNT, amount=Money(1000), purpose=purpose)


def test_a_reader_gets_the_payload_back_from_the_picture() -> None:
    payload = bank_transfer.vietqr(ACCOUNT, amount=Money(745_000), purpose=bank_transfer.make_code())
    picture = BytesIO()
    segno.make_qr(payload, error="m").save(picture, kind="png", scale=4)
    drawn = bank_transfer.qr_svg(payload)

    assert zxingcpp.read_barcode(Image.open(picture)).text == payload
    path = ElementTree.fromstring(drawn).find("path")
    assert path is not None
    assert path.get("d") == ElementTree.fromstring(segno.make_qr(payload, error="m").svg_inline()).find("path").get("d")


def test_the_picture_needs_no_inline_style() -> None:
    drawn = bank_transfer.qr_svg(PUBLISHED_VECTOR)
    assert drawn.startswith("<svg ")
    assert 'class="qr"' in drawn
    assert "style" not in drawn


def test_the_instructions_hold_account_amount_code_and_picture() -> None:
    instructions = BankTransfer(ACCOUNT).instructions(code="OCOP7K3M9QX", due=Money(745_000))
    transfer = instructions.transfer
    assert transfer is not None
    assert BankTransfer(ACCOUNT).method is PaymentMethod.BANK_TRANSFER
    assert instructions.due == transfer.amount == Money(745_000)
    assert (transfer.bank, transfer.account, transfer.holder) == ("VietinBank", "1020304050", "OCOP QUANG NAM")
    assert transfer.payload == bank_transfer.vietqr(ACCOUNT, amount=Money(745_000), purpose="OCOP7K3M9QX")


def test_a_new_code_reads_back_as_itself() -> None:
    code = bank_transfer.make_code()
    assert len(code) == 11
    assert bank_transfer.read_code(code) == code


@given(st.text(codes.ALPHABET, min_size=6, max_size=6))
def test_a_code_is_found_in_what_banks_make_of_it(signs: str) -> None:
    code = "OCOP" + signs + codes.check_sign(signs)
    dirty = code.lower().replace("1", "i").replace("v", "u")
    assert bank_transfer.read_code(f"MBVCB.123456.{code[:4]} {code[4:7]}.{code[7:]}.CT tu 0011") == code
    assert bank_transfer.read_code(f"nguyen van a chuyen tien {dirty}") == code


def test_a_code_is_found_behind_the_word_it_begins_with() -> None:
    code = "OCOP7K3M9Q" + codes.check_sign("7K3M9Q")
    assert bank_transfer.read_code(f"MUA HANG OCOP {code}") == code


@pytest.mark.parametrize("text", ["", "chuyen tien", "OCOP", "OCOP7K3M9", "QN-7K3M9Q"])
def test_a_message_without_a_code_has_none(text: str) -> None:
    assert bank_transfer.read_code(text) is None


def test_a_mistyped_code_is_not_taken_for_another() -> None:
    right = "7K3M9Q" + codes.check_sign("7K3M9Q")
    assert bank_transfer.read_code("OCOP" + "8" + right[1:]) is None
