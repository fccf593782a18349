"""A Swedish number is a date of birth with a right check digit."""

from __future__ import annotations

import pytest

from server.identity.personnummer import is_personnummer


@pytest.mark.parametrize(
    "code",
    [
        "189001019802",  # the Swedish Tax Agency's own test numbers
        "189001029819",
        "189001039800",
        "191212121212",
        "200002292399",  # a leap day
        "191401682396",  # a coordination number: 8 January
        "190000602383",  # a coordination number without a day and month of birth
    ],
)
def test_a_test_number_is_taken(code: str) -> None:
    assert is_personnummer(code)


@pytest.mark.parametrize(
    "code",
    [
        "",
        "189001019803",  # check digit
        "9001019802",  # without the century
        "18900101-9802",
        "1890010198021",
        " 89001019802",
        "١٨٩٠٠١٠١٩٨٠٢",  # digits, but not ours
        "190002292399",  # no leap year
        "189013019808",  # month 13
        "189001329805",  # day 32
        "190013602388",  # month 13 of a coordination number
        "189001959809",  # day 35 of a coordination number
        "000001019801",  # year 0
    ],
)
def test_what_nobody_can_have_is_refused(code: str) -> None:
    assert not is_personnummer(code)
