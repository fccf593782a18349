"""Personal identity codes. Finnish ones are of the 900 series, which no person has; the Swedish
are test numbers of the tax agency; the others are made up of a shape alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.identity.codes import BadCode, normalise

GOOD = {
    "FI": ["131052-900W", "010190-900P", "241299-955H"],
    "SE": ["189001019802", "201212121212"],
    "NO": ["31129956715"],
    "DK": ["0101909999"],
    "EE": ["60001019906"],
}


@pytest.mark.parametrize(("country", "code"), [(c, code) for c in GOOD for code in GOOD[c]])
def test_code_of_a_country_stays_as_it_is(country: str, code: str) -> None:
    assert normalise(country, code) == code


@pytest.mark.parametrize(
    ("country", "written", "code"),
    [
        ("FI", " 131052-900w\n", "131052-900W"),
        ("SE", "18900101-9802", "189001019802"),
        ("SE", "18900101 9802", "189001019802"),
        ("NO", "311299 56715", "31129956715"),
        ("DK", "010190-9999", "0101909999"),
        ("LV", "010190-99999", "010190-99999"),
    ],
)
def test_one_person_has_one_text(country: str, written: str, code: str) -> None:
    assert normalise(country, written) == code


@pytest.mark.parametrize("mark", "-UVWXYABCDEF+")
def test_every_finnish_mark_of_a_century_is_known(mark: str) -> None:
    assert normalise("FI", f"131052{mark}900W") == f"131052{mark}900W"


@pytest.mark.parametrize(
    ("country", "code"),
    [
        ("FI", "131052-900X"),  # check character
        ("FI", "131053-900W"),
        ("FI", "321052-900W"),  # no such day
        ("FI", "290223-9001"),  # no leap year
        ("FI", "131052G900W"),  # no such mark
        ("FI", "131052900W"),
        ("FI", "131052-900WW"),
        ("FI", "131052-90OW"),
        ("FI", ""),
        ("SE", "189001019803"),  # Luhn
        ("SE", "189013019802"),  # no such month
        ("SE", "9001019802"),  # of which century?
        ("SE", "18900101-98O2"),
        ("NO", "3112995671"),
        ("NO", "311299567155"),
        ("DK", "010190999"),
        ("EE", "6"),
        ("EE", "6000101 <b>"),
        ("EE", "1" * 41),
    ],
)
def test_what_is_no_code_is_refused(country: str, code: str) -> None:
    with pytest.raises(BadCode):
        normalise(country, code)


def test_digits_of_other_scripts_are_no_digits() -> None:
    with pytest.raises(BadCode):
        normalise("NO", "٣١١٢٩٩٥٦٧١٥")


@given(st.sampled_from([*GOOD, "XX", ""]), st.text(max_size=50))
def test_any_text_is_a_code_or_refused(country: str, text: str) -> None:
    if _is_good(country, text):
        code = normalise(country, text)
        assert normalise(country, code) == code


@given(position=st.integers(0, 9), digit=st.integers(0, 9))
def test_one_wrong_digit_of_a_finnish_code_is_noticed(position: int, digit: int) -> None:
    code = "131052-900W"
    changed = code[:position] + str(digit) + code[position + 1 :]
    assert changed == code or not _is_good("FI", changed)


def _is_good(country: str, code: str) -> bool:
    try:
        normalise(country, code)
    except BadCode:
        return False
    return True
