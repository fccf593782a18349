"""The QR code's text is what BankID's documentation shows for its own example."""

from __future__ import annotations

import pytest

from server.identity.interface import Order
from server.identity.qr import auth_code, qr_text

STARTED = 1_800_000_000_000
#: The example of the documentation, section "QR code".
ORDER = Order(
    reference="131daac9-16c6-4618-beb0-365768f37288",
    autostart="https://app.bankid.com/?autostarttoken=7c40b5c9-fa74-49cf-b98c-bfe651f9a7c6",
    qr_token="67df3917-fa0d-44e5-b327-edcc928297f8",
    qr_secret="d28db9a7-4cde-429e-a983-359be676944c",
    started_at=STARTED,
)
DOCUMENTED = {
    0: "dc69358e712458a66a7525beef148ae8526b1c71610eff2c16cdffb4cdac9bf8",
    1: "949d559bf23403952a94d103e67743126381eda00f0b3cbddbf7c96b1adcbce2",
    2: "a9e5ec59cb4eee4ef4117150abc58fad7a85439a6a96ccbecc3668b41795b3f3",
}


@pytest.mark.parametrize(("seconds", "code"), DOCUMENTED.items())
def test_the_code_is_the_documented_one(seconds: int, code: str) -> None:
    assert auth_code(ORDER.qr_secret, seconds) == code
    assert qr_text(ORDER, STARTED + seconds * 1000) == f"bankid.{ORDER.qr_token}.{seconds}.{code}"


def test_the_text_changes_each_second_and_not_within_one() -> None:
    assert qr_text(ORDER, STARTED + 1_000) == qr_text(ORDER, STARTED + 1_999)
    assert qr_text(ORDER, STARTED + 1_999) != qr_text(ORDER, STARTED + 2_000)


def test_a_node_whose_clock_is_behind_draws_the_first_code() -> None:
    assert qr_text(ORDER, STARTED - 1_500) == qr_text(ORDER, STARTED)


def test_the_secret_is_not_in_the_text_nor_in_what_is_shown_of_an_order() -> None:
    assert ORDER.qr_secret not in qr_text(ORDER, STARTED)
    assert "-" not in repr(ORDER)
