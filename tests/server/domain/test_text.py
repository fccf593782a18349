"""What people type is cleaned or refused before it becomes anything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.text import clean_email, clean_line, clean_message, clean_page, known_lang
from signaling.errors import Refusal
from signaling.events import Page
from signaling.messages import MAX_TEXT


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://shop.example/p?token=1#x", "https://shop.example/p"),
        ("http://user:secret@127.0.0.1:8081/a", "http://127.0.0.1:8081/a"),
        ("https://[2001:db8::1]/a", "https://[2001:db8::1]/a"),
    ],
)
def test_a_page_loses_everything_that_may_be_secret(url: str, kept: str) -> None:
    page = clean_page(Page(url=url, title=" Teltat \n & laavut "))
    assert page == Page(url=kept, title="Teltat & laavut")


def test_a_page_has_no_controls() -> None:
    page = clean_page(Page(url="https://sh\x00op.example/a\x00\x01b\u202ec", title="a\x00b"))
    assert page == Page(url="https://shop.example/abc", title="ab")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "/p", "http://", "x"])
def test_what_is_no_page_of_the_web_is_dropped(url: str) -> None:
    assert clean_page(Page(url=url)) is None


@given(st.text())
def test_no_address_breaks_the_cleaning(url: str) -> None:
    page = clean_page(Page(url=url))
    assert page is None or "?" not in page.url


def test_a_text_that_is_too_long_is_refused() -> None:
    assert clean_message("a" * MAX_TEXT) == "a" * MAX_TEXT
    with pytest.raises(Refusal) as refused:
        clean_message("a" * (MAX_TEXT + 1))
    assert refused.value.code == "bad_text"


def test_characters_that_mislead_are_dropped_and_lines_stay() -> None:
    assert clean_message("a\x00b\u202ec\r\n\td\ud800") == "abc\n\td"
    assert clean_line("  Ann\n Person ", 20, "the name") == "Ann Person"


@pytest.mark.parametrize(
    "email", ["a@b", "a b@c.fi", "a@b.c@d.fi", "<a@b.fi>", "a" * 250 + "@b.fi"]
)
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(Refusal):
        clean_email(email)


def test_controls_in_an_address_are_dropped() -> None:
    assert clean_email("a\x00\u202e@shop.exa\x01mple") == "a@shop.example"


def test_an_address_is_kept_and_may_be_left_out() -> None:
    assert clean_email(" etu.suku+x@shop.example ") == "etu.suku+x@shop.example"
    assert clean_email("") == ""


@pytest.mark.parametrize(
    ("asked", "spoken"), [("fi-FI", "fi"), ("sv_SE", "sv"), ("EN", "en"), ("de", "en"), ("", "en")]
)
def test_a_language_that_we_do_not_speak_is_english(asked: str, spoken: str) -> None:
    assert known_lang(asked) == spoken
