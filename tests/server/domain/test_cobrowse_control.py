"""The rules of controlling a page: asked for, granted, and over."""

from __future__ import annotations

import pytest

from server.domain.cobrowse import GRANT_LIFETIME
from server.domain.commands import Actor, ExpireCobrowse
from server.domain.record import ASK_TIMEOUT
from signaling import messages
from signaling.events import (
    CobrowseGrant,
    ControlDeclined,
    ControlReleased,
)
from tests.server.domain.shown import AGENT, BOSS, CLOCK, COLLEAGUE, EXPERT, SHOPPER, Page
from tests.server.history import AGENTS, CONV, SUPERVISOR, grant_control


@pytest.mark.parametrize(
    ("actor", "may"),
    [(AGENT, True), (BOSS, True), (COLLEAGUE, False), (SHOPPER, False), (EXPERT, False)],
)
def test_the_assignee_and_supervisors_ask_for_control(actor: Actor, may: bool) -> None:
    assert Page.at("shown").asks_control(actor, "click") is may


def test_control_needs_a_page_and_something_to_do() -> None:
    assert not Page.at("asked").asks_control(AGENT, "click")
    assert not Page.at("shown").asks_control(AGENT)


def test_control_is_asked_for_by_one_at_a_time() -> None:
    page = Page.at("wanted")
    assert not page.asks_control(BOSS, "click")
    before = len(page.events)
    assert page.asks_control(AGENT, "fill", "click", "click")  # the same, said otherwise
    assert len(page.events) == before
    page = Page.at("controlled")
    assert not page.asks_control(BOSS, "scroll")


def test_who_has_control_may_ask_for_more_and_keeps_what_they_have() -> None:
    page = Page.at("controlled")
    before = len(page.events)
    assert page.asks_control(AGENT, "click")
    assert len(page.events) == before  # they have it
    assert page.asks_control(AGENT, "scroll")
    assert page.grant.id == "g1"
    assert page.does(grant_control(page.on.id, ["scroll"], "g2"), SHOPPER)
    assert (page.grant.id, page.grant.caps) == ("g2", ["scroll"])


def test_a_grant_is_for_who_asked_for_ten_minutes() -> None:
    page = Page.at("wanted")
    assert page.does(grant_control(page.on.id, ["fill"]), SHOPPER)
    until = page.now + GRANT_LIFETIME
    assert page.on.grant == CobrowseGrant(id="g1", agent=AGENT.person, caps=["fill"], until=until)
    assert page.on.asked is None
    before = len(page.events)
    assert page.does(grant_control(page.on.id, ["fill"]), SHOPPER)
    assert len(page.events) == before


def test_the_shopper_grants_what_was_asked_for_and_nothing_unasked() -> None:
    page = Page.at("wanted")
    assert not page.does(grant_control(page.on.id, ["click", "scroll"]), SHOPPER)
    assert not page.does(grant_control(page.on.id, []), SHOPPER)
    assert not page.does(grant_control(page.on.id, ["click"]), AGENT)
    assert not page.does(grant_control(page.on.id, ["click"], "g" * 65), SHOPPER)
    unknown = messages.GrantControl(
        id="g", conv=CONV, cobrowse=page.on.id, grant="g1", caps=["click"], consent="view-1"
    )
    assert not page.does(unknown, SHOPPER)
    page = Page.at("shown")
    assert not page.does(grant_control(page.on.id, ["click"]), SHOPPER)


@pytest.mark.parametrize(("actor", "may"), [(SHOPPER, True), (AGENT, True), (COLLEAGUE, False)])
def test_an_ask_for_control_is_declined_or_taken_back(actor: Actor, may: bool) -> None:
    page = Page.at("wanted")
    decline = messages.DeclineControl(id="d", conv=CONV, cobrowse=page.on.id)
    assert page.does(decline, actor) is may
    assert (page.on.asked is None) is may


@pytest.mark.parametrize(
    ("actor", "expired", "reason"),
    [
        (SHOPPER, False, "revoked"),
        (SHOPPER, True, "expired"),
        (AGENT, False, "released"),
        (BOSS, False, "released"),
    ],
)
def test_control_is_taken_back_or_let_go(actor: Actor, expired: bool, reason: str) -> None:
    page = Page.at("controlled")
    assert page.releases(actor, expired=expired)
    assert isinstance(page.last, ControlReleased)
    assert (page.last.reason, page.on.grant) == (reason, None)


def test_a_colleague_takes_no_control_away_and_an_old_grant_is_gone_already() -> None:
    page = Page.at("controlled")
    assert not page.releases(COLLEAGUE)
    before = len(page.events)
    assert page.releases(SHOPPER, "g0")
    assert len(page.events) == before
    assert page.grant.id == "g1"


@pytest.mark.parametrize("scene", ["wanted", "controlled"])
@pytest.mark.parametrize("how", ["handback", "transfer"])
def test_who_does_not_serve_any_more_has_no_control(scene: str, how: str) -> None:
    page = Page.at(scene)
    if how == "handback":
        page.do(messages.HandBack(id="h", conv=CONV), AGENT)
    else:
        page.do(messages.RequestTransfer(id="t", conv=CONV, to=AGENTS[1].id), AGENT)
        assert (page.on.asked or page.on.grant) is not None  # until the colleague is there
        page.do(messages.AcceptTransfer(id="u", conv=CONV), COLLEAGUE)
    assert (page.on.state, page.on.asked, page.on.grant) == ("on", None, None)
    gone = ControlReleased(cobrowse=page.on.id, grant="g1", reason="gone")
    withdrawn = ControlDeclined(cobrowse=page.on.id)
    assert page.last == (gone if scene == "controlled" else withdrawn)


def test_a_supervisor_keeps_control_when_the_conversation_changes_hands() -> None:
    page = Page.at("shown")
    page.asks_control(BOSS, "click")
    page.do(grant_control(page.on.id, ["click"]), SHOPPER)
    page.do(messages.HandBack(id="h", conv=CONV), AGENT)
    assert page.grant.agent == SUPERVISOR


def test_an_unanswered_ask_for_control_is_withdrawn_after_two_minutes() -> None:
    page = Page.at("wanted")
    assert page.record.next_cobrowse_due == page.now + ASK_TIMEOUT
    page.do(ExpireCobrowse(), CLOCK, after=ASK_TIMEOUT - 1)
    assert page.on.asked is not None
    page.do(ExpireCobrowse(), CLOCK, after=1)
    assert (page.on.asked, page.on.state) == (None, "on")


def test_a_grant_expires_though_more_was_asked_for_meanwhile() -> None:
    page = Page.at("controlled")
    until = page.grant.until
    page.do(ExpireCobrowse(), CLOCK, after=until - page.now - 1_000)
    assert page.asks_control(AGENT, "scroll")
    assert page.record.next_cobrowse_due == until
    page.do(ExpireCobrowse(), CLOCK, after=500)
    assert page.last == ControlReleased(cobrowse=page.on.id, grant="g1", reason="expired")
    assert page.on.asked is not None


def test_control_ends_with_who_has_it() -> None:
    page = Page.at("controlled")
    page.controller_due = page.now + 5_000
    page.do(ExpireCobrowse(), CLOCK, after=4_999)
    assert page.on.grant is not None
    page.do(ExpireCobrowse(), CLOCK, after=1)
    assert page.last == ControlReleased(cobrowse=page.on.id, grant="g1", reason="gone")
