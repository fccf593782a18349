"""The rules of showing a page, said one by one; random histories are in `test_folding.py`."""

from __future__ import annotations

import pytest

from server.domain.audience import VISITOR_UNKNOWN, redact_event, redact_state
from server.domain.cobrowse import said_of
from server.domain.commands import Actor, ExpireCobrowse
from server.domain.record import ASK_TIMEOUT, COBROWSE_LIMIT, summary
from signaling import messages
from signaling.events import (
    CobrowseEnded,
    CobrowseStarted,
    Person,
)
from tests.server.domain.shown import AGENT, BOSS, CLOCK, COLLEAGUE, EXPERT, SHOPPER, Page
from tests.server.history import CONV, MASKING, VISITOR, grant_control, start_cobrowse

ASK = messages.AskCobrowse(id="a", conv=CONV)


# --- asking and starting ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actor", "may"),
    [(AGENT, True), (BOSS, True), (COLLEAGUE, False), (SHOPPER, False), (EXPERT, False)],
)
def test_the_assignee_and_supervisors_ask(actor: Actor, may: bool) -> None:
    assert Page.at("served").does(ASK, actor) is may


def test_what_is_asked_already_is_not_asked_again() -> None:
    page = Page.at("asked")
    before = len(page.events)
    assert page.does(ASK, BOSS)
    assert len(page.events) == before


def test_a_page_that_is_shown_is_not_asked_for() -> None:
    assert not Page.at("shown").does(ASK, AGENT)


def test_a_closed_conversation_shows_nothing() -> None:
    page = Page.at("closed")
    assert not page.does(ASK, AGENT)
    assert not page.does(start_cobrowse(None), SHOPPER)


@pytest.mark.parametrize("actor", [AGENT, BOSS, EXPERT])
def test_only_the_shopper_starts(actor: Actor) -> None:
    page = Page.at("asked")
    assert not page.does(start_cobrowse(page.on.id), actor)


def test_a_start_keeps_who_asked_and_says_what_was_agreed_to() -> None:
    page = Page.at("asked")
    asked = page.on
    assert page.does(start_cobrowse(asked.id), SHOPPER)
    assert page.last == CobrowseStarted(
        cobrowse=asked.id, consent="view-1", lang="fi", masking=MASKING
    )
    assert (page.on.by, page.on.state, page.on.started_at) == (AGENT.person, "on", page.now)


def test_the_shopper_starts_without_being_asked_even_before_anybody_serves() -> None:
    page = Page.at("new")
    assert page.does(start_cobrowse(None), SHOPPER)
    assert page.on.by == VISITOR


def test_a_start_by_oneself_takes_an_open_ask() -> None:
    page = Page.at("asked")
    asked = page.on.id
    assert page.does(start_cobrowse(None), SHOPPER)
    assert page.on.id == asked


def test_a_second_tab_does_not_start_what_is_on() -> None:
    page = Page.at("shown")
    assert not page.does(start_cobrowse(page.on.id), SHOPPER)
    assert not page.does(start_cobrowse(None), SHOPPER)


def test_an_ask_that_was_taken_back_is_not_started() -> None:
    page = Page.at("asked")
    asked = page.on.id
    assert page.ends(AGENT)
    assert page.last == CobrowseEnded(cobrowse=asked, reason="withdrawn")
    assert not page.does(start_cobrowse(asked), SHOPPER)


def test_consent_is_to_known_words_and_to_the_rules_that_hold() -> None:
    page = Page.at("asked")
    for field, value in (("consent", "view-9"), ("masking", "1" * 64)):
        words = {"consent": "view-1", "lang": "fi", "masking": MASKING, field: value}
        assert not page.does(
            messages.StartCobrowse(id="s", conv=CONV, cobrowse=page.on.id, **words), SHOPPER
        )


def test_the_shopper_declines_what_was_asked_and_not_what_is_on() -> None:
    page = Page.at("asked")
    decline = messages.DeclineCobrowse(id="d", conv=CONV, cobrowse=page.on.id)
    assert not page.does(decline, AGENT)
    assert page.does(decline, SHOPPER)
    assert page.record.state.cobrowse is None
    page = Page.at("shown")
    decline = messages.DeclineCobrowse(id="d", conv=CONV, cobrowse=page.on.id)
    assert not page.does(decline, SHOPPER)


# --- pausing and ending -------------------------------------------------------------------------


def test_only_the_shopper_draws_the_curtain() -> None:
    page = Page.at("shown")
    assert not page.pauses(AGENT)
    assert page.pauses(SHOPPER)
    assert (page.on.state, page.on.pause) == ("paused", "shopper")
    resume = messages.ResumeCobrowse(id="r", conv=CONV, cobrowse=page.on.id)
    assert not page.does(resume, AGENT)
    assert page.does(resume, SHOPPER)
    assert (page.on.state, page.on.pause) == ("on", None)


def test_a_curtain_that_is_down_comes_down_again_only_for_another_reason() -> None:
    page = Page.at("shown")
    page.pauses(SHOPPER)
    before = len(page.events)
    page.pauses(SHOPPER)
    assert len(page.events) == before
    page.pauses(SHOPPER, "page")
    assert page.on.pause == "page"


@pytest.mark.parametrize(
    ("actor", "may"),
    [(SHOPPER, True), (AGENT, True), (BOSS, True), (COLLEAGUE, False), (EXPERT, False)],
)
def test_who_shows_and_who_serves_may_end_it(actor: Actor, may: bool) -> None:
    page = Page.at("shown")
    assert page.ends(actor) is may
    assert (page.record.state.cobrowse is None) is may


def test_an_end_says_how_long_and_how_many_pages() -> None:
    page = Page.at("shown")
    shown = page.on
    end = messages.EndCobrowse(id="e", conv=CONV, cobrowse=shown.id)
    page.do(end, SHOPPER, after=65_900)
    assert page.last == CobrowseEnded(cobrowse=shown.id, reason="stopped", seconds=65, pages=3)


def test_a_shopper_who_ends_an_ask_declines_it() -> None:
    page = Page.at("asked")
    assert page.ends(SHOPPER)
    assert page.record.state.cobrowse is None
    assert not isinstance(page.last, CobrowseEnded)


def test_closing_the_conversation_ends_it_first() -> None:
    page = Page.at("shown")
    page.do(messages.Close(id="c", conv=CONV, reason="solved"), AGENT)
    ended = [e.event for e, _ in page.events if isinstance(e.event, CobrowseEnded)]
    assert [one.reason for one in ended] == ["closed"]
    assert page.record.state.cobrowse is None


@pytest.mark.parametrize("scene", ["served", "asked", "shown"])
def test_a_wrong_id_does_nothing(scene: str) -> None:
    page = Page.at(scene)
    before = len(page.events)
    for command in (
        messages.DeclineCobrowse(id="1", conv=CONV, cobrowse="other"),
        messages.EndCobrowse(id="2", conv=CONV, cobrowse="other"),
        messages.PauseCobrowse(id="3", conv=CONV, cobrowse="other", reason="page"),
        messages.ResumeCobrowse(id="4", conv=CONV, cobrowse="other"),
        messages.DeclineControl(id="5", conv=CONV, cobrowse="other"),
        messages.ReleaseControl(id="6", conv=CONV, cobrowse="other", grant="g1"),
        start_cobrowse("other"),
        grant_control("other", ["click"]),
    ):
        assert not page.does(command, SHOPPER)
    assert len(page.events) == before


# --- deadlines ----------------------------------------------------------------------------------


def test_an_unanswered_ask_is_withdrawn_after_two_minutes() -> None:
    page = Page.at("asked")
    asked = page.on.id
    due = page.record.next_cobrowse_due
    assert due == page.now + ASK_TIMEOUT
    page.do(ExpireCobrowse(), CLOCK, after=ASK_TIMEOUT - 1)
    assert page.on.id == asked
    page.do(ExpireCobrowse(), CLOCK, after=1)
    assert page.last == CobrowseEnded(cobrowse=asked, reason="withdrawn")


def test_a_page_is_shown_for_an_hour() -> None:
    page = Page.at("shown")
    began = page.on
    page.do(ExpireCobrowse(), CLOCK, after=COBROWSE_LIMIT - 1)
    assert page.on.id == began.id
    page.do(ExpireCobrowse(), CLOCK, after=1)
    assert page.last == CobrowseEnded(cobrowse=began.id, reason="limit", seconds=3600, pages=3)


def test_a_lost_sharer_ends_it_and_one_who_came_back_does_not() -> None:
    page = Page.at("shown")
    page.sharer_due = page.now + 1_001
    page.do(ExpireCobrowse(), CLOCK, after=1_000)
    assert page.on.state == "on"
    page.do(ExpireCobrowse(), CLOCK, after=1)
    assert isinstance(page.last, CobrowseEnded)
    assert page.last.reason == "left"


def test_a_deadline_that_finds_nothing_does_nothing() -> None:
    page = Page.at("served")
    page.sharer_due = page.now
    before = len(page.events)
    assert page.does(ExpireCobrowse(), CLOCK)
    assert len(page.events) == before


# --- who is told what ---------------------------------------------------------------------------


def test_an_expert_is_told_of_the_page_and_not_whose_it_is() -> None:
    page = Page.at("new")
    page.do(start_cobrowse(None), SHOPPER)
    known = redact_state(page.record.state, "expert").cobrowse
    assert known is not None
    assert known.by == VISITOR_UNKNOWN
    assert redact_event(page.events[-1][0], "expert").by == VISITOR_UNKNOWN
    assert redact_state(page.record.state, "visitor").cobrowse == page.on


@pytest.mark.parametrize(("scene", "shown"), [("asked", False), ("shown", True), ("served", False)])
def test_a_list_says_which_conversation_shows_a_page(scene: str, shown: bool) -> None:
    record = Page.at(scene).record
    assert summary(record, "staff", AGENT.person).cobrowse is shown
    assert summary(record, "visitor", Person(id="v1", role="visitor")).cobrowse is shown


def test_every_event_of_it_is_in_the_audit_log_and_no_other() -> None:
    page = Page.at("controlled")
    page.pauses(SHOPPER)
    page.releases(SHOPPER)
    page.ends(SHOPPER)
    said = [said_of(event.event) for event, _ in page.events]
    kinds = [str(event.event.__struct_config__.tag) for event, _ in page.events]
    assert [line is not None for line in said] == [kind.startswith("cobrowse") for kind in kinds]
    started = kinds.index("cobrowse_started")
    granted = kinds.index("cobrowse_control_granted")
    shown = said[started - 1]
    assert said[started] == f"{shown} view-1 fi masking {MASKING}"
    assert said[granted] == f"{shown} control-1 g1 to a1 click,fill"
