"""The rules of proving who one is, said one by one; random histories are in `test_folding.py`."""

from __future__ import annotations

from typing import Any

import pytest

from server.domain.audience import redact_event, redact_state
from server.domain.commands import (
    Actor,
    EraseIdentity,
    ExpireIdentity,
    FailIdentity,
    IdentifyVisitor,
)
from server.domain.identity import LIFETIME, at_least, said_of
from server.domain.record import summary
from signaling import messages
from signaling.events import (
    IdentityAsked,
    IdentityEnded,
    IdentityErased,
    IdentityFailed,
    IdentityOpened,
    IdentityProof,
    IdentityVerified,
    VerificationState,
)
from tests.server.domain.shown import AGENT, BOSS, CLOCK, COLLEAGUE, EXPERT, SHOPPER, Page
from tests.server.history import CONV, start_cobrowse
from tests.server.verified import BANK, METHOD, NAME, ask, opening, proof_of


class Asked(Page):
    """A history in which the visitor is asked to prove who they are."""

    @property
    def asked(self) -> VerificationState:
        found = self.record.state.verification
        assert found is not None
        return found

    def asks(self, actor: Actor = AGENT, **more: Any) -> bool:
        return self.does(ask(CONV, **more), actor)

    def opens(self, actor: Actor = SHOPPER, attempt: str = "t1") -> bool:
        return self.does(opening(self.record.state, attempt), actor)

    def fails(self, attempt: str = "t1", code: str = "wrong_nonce") -> bool:
        failed = FailIdentity(self.asked.id, attempt, "invalid", code)
        return self.does(failed, SHOPPER)

    def finishes(self, **more: Any) -> bool:
        return self.does(proof_of(self.record.state, **more), SHOPPER)

    def ends(self, actor: Actor) -> bool:
        end = messages.EndIdentity(id="e", conv=CONV, verification=self.asked.id)
        return self.does(end, actor)

    def confirms(self, accept: bool, actor: Actor = AGENT) -> bool:
        changed = self.record.state.identity_changed
        which = "none" if changed is None else changed.verification
        confirm = messages.ConfirmIdentity(id="c", conv=CONV, verification=which, accept=accept)
        return self.does(confirm, actor)


# --- asking --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actor", "may"),
    [(AGENT, True), (BOSS, True), (COLLEAGUE, False), (SHOPPER, False), (EXPERT, False)],
)
def test_the_assignee_and_supervisors_ask(actor: Actor, may: bool) -> None:
    assert Asked.at("served").asks(actor) is may


def test_a_request_says_who_asks_why_and_until_when() -> None:
    history = Asked.at("served")
    assert history.asks(note="  Hei \u202e  4111 1111 1111 1111 ", level="high")
    asked = history.asked
    assert (asked.by, asked.purpose, asked.level) == (AGENT.person, "refund", "high")
    assert asked.expires_at == history.now + LIFETIME == history.record.identity_due
    assert asked.note.startswith("Hei")
    assert "4111 1111" not in asked.note
    assert "\u202e" not in asked.note


def test_a_visitor_is_asked_once_at_a_time() -> None:
    assert not Asked.at("requested").asks()


def test_a_closed_conversation_asks_nothing() -> None:
    assert not Asked.at("closed").asks()


def test_a_note_that_is_too_long_is_refused() -> None:
    assert not Asked.at("served").asks(note="x" * 201)


# --- attempts ------------------------------------------------------------------------------------


@pytest.mark.parametrize("actor", [AGENT, BOSS, EXPERT])
def test_only_the_visitor_goes_to_the_bank(actor: Actor) -> None:
    assert not Asked.at("requested").opens(actor)


def test_each_attempt_has_the_whole_time() -> None:
    history = Asked.at("requested")
    until = history.asked.expires_at
    history.now = until - 1_000
    assert history.opens()
    assert history.asked.expires_at == history.now + LIFETIME


def test_a_new_attempt_supersedes_the_one_before() -> None:
    history = Asked.at("banking")
    assert history.opens(attempt="t2")
    assert history.asked.attempt == "t2"
    before = len(history.events)
    assert history.fails("t1")
    assert len(history.events) == before
    assert not history.finishes(attempt="t1")
    assert history.record.state.identity is None


def test_an_attempt_is_opened_once() -> None:
    history = Asked.at("banking")
    before = len(history.events)
    assert history.opens()
    assert len(history.events) == before


def test_one_whose_attempt_failed_may_try_again() -> None:
    history = Asked.at("banking")
    assert history.fails()
    assert (history.asked.state, history.asked.failed) == ("asked", "invalid")
    assert history.asked.attempt is None
    assert history.opens(attempt="t2")
    assert history.asked.failed is None


def test_a_failure_that_comes_after_the_end_is_nothing() -> None:
    history = Asked.at("banking")
    late = FailIdentity(history.asked.id, "t1", "expired", "expired")
    assert history.ends(SHOPPER)
    before = len(history.events)
    assert history.does(late, SHOPPER)
    assert len(history.events) == before


# --- ends ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actor", "reason"),
    [(SHOPPER, "declined"), (AGENT, "withdrawn"), (BOSS, "withdrawn"), (COLLEAGUE, None)],
)
@pytest.mark.parametrize("scene", ["requested", "banking"])
def test_either_side_ends_a_request(scene: str, actor: Actor, reason: str | None) -> None:
    history = Asked.at(scene)
    which = history.asked.id
    assert history.ends(actor) is (reason is not None)
    if reason is not None:
        assert IdentityEnded(verification=which, reason=reason) in _bodies(history)  # type: ignore[arg-type]
        assert history.record.identity_due is None


def test_a_request_expires_at_its_time_and_not_before() -> None:
    history = Asked.at("requested")
    left = history.asked.expires_at - history.now
    assert history.does(ExpireIdentity(), CLOCK, after=left - 1)
    assert history.record.state.verification is not None
    assert history.does(ExpireIdentity(), CLOCK, after=1)
    assert history.record.state.verification is None
    assert history.last == IdentityEnded(verification=_asked_id(history), reason="expired")
    assert history.does(ExpireIdentity(), CLOCK)


def test_closing_ends_the_request() -> None:
    history = Asked.at("banking")
    which = history.asked.id
    assert history.does(messages.Close(id="x", conv=CONV, reason="solved"), AGENT)
    assert IdentityEnded(verification=which, reason="closed") in _bodies(history)
    assert not history.does(messages.EndIdentity(id="y", conv=CONV, verification=which), SHOPPER)


# --- proofs --------------------------------------------------------------------------------------


def test_a_proof_of_a_lower_level_than_was_asked_for_is_none() -> None:
    history = Asked.at("served")
    history.asks(level="high")
    history.opens()
    assert not history.finishes(level="substantial")
    assert history.finishes(level="high")


def test_levels_are_in_their_order() -> None:
    assert at_least("high", "substantial")
    assert at_least("low", "low")
    assert not at_least("low", "substantial")
    assert not at_least(None, "low")


def test_the_first_person_counts_until_staff_accepts_another() -> None:
    history = Asked.at("changed")
    state = history.record.state
    assert state.identity is not None
    assert state.identity_changed is not None
    first, other = state.identity.verification, state.identity_changed.verification
    assert first != other
    assert not history.confirms(True, SHOPPER)
    assert not history.confirms(True, COLLEAGUE)
    assert history.confirms(True)
    assert history.record.state.identity.verification == other  # type: ignore[union-attr]
    assert history.record.state.identity_changed is None
    assert not history.confirms(True)


def test_staff_may_keep_the_first_person() -> None:
    history = Asked.at("changed")
    first = history.record.state.identity
    assert history.confirms(False, BOSS)
    assert (history.record.state.identity, history.record.state.identity_changed) == (first, None)


# --- the page that is shown ----------------------------------------------------------------------


def test_a_page_is_covered_while_the_visitor_is_at_the_bank() -> None:
    history = Asked.at("requested")
    assert history.on.state == "on"
    history.opens()
    assert (history.on.state, history.on.pause) == ("paused", "identity")
    history.fails()
    assert (history.on.state, history.on.pause) == ("on", None)


@pytest.mark.parametrize("how", ["fails", "finishes", "ends", "expires", "supersedes"])
def test_it_is_uncovered_when_the_visitor_is_back_however(how: str) -> None:
    history = Asked.at("banking")
    match how:
        case "fails":
            history.fails()
        case "finishes":
            history.finishes()
        case "ends":
            history.ends(AGENT)
        case "expires":
            history.does(ExpireIdentity(), CLOCK, after=LIFETIME)
        case "supersedes":
            history.opens(attempt="t2")
    assert history.on.state == ("paused" if how == "supersedes" else "on")


def test_what_the_shopper_covered_stays_covered() -> None:
    history = Asked.at("requested")
    history.pauses(SHOPPER, "shopper")
    history.opens()
    assert history.on.pause == "shopper"
    history.fails()
    assert history.on.pause == "shopper"
    history.opens(attempt="t2")
    resume = messages.ResumeCobrowse(id="r", conv=CONV, cobrowse=history.on.id)
    assert history.does(resume, SHOPPER)
    assert history.on.pause == "identity"
    assert history.does(resume, SHOPPER)
    assert history.on.pause == "identity"
    history.pauses(SHOPPER, "page")
    history.finishes()
    assert history.on.pause == "page"


def test_a_page_that_is_shown_while_at_the_bank_is_covered_at_once() -> None:
    history = Asked.at("banking")
    history.does(messages.EndCobrowse(id="e", conv=CONV, cobrowse=history.on.id), SHOPPER)
    assert history.does(start_cobrowse(None), SHOPPER)
    assert history.on.pause == "identity"


def test_a_page_that_is_only_asked_for_is_let_alone() -> None:
    history = Asked.at("asked")
    history.asks()
    history.opens()
    assert history.on.state == "asked"


# --- who knows what ------------------------------------------------------------------------------


def test_visitors_and_experts_learn_that_it_was_proven_and_no_more() -> None:
    history = Asked.at("changed")
    staff = history.record.state
    for audience in ("visitor", "expert"):
        known = redact_state(staff, audience)  # type: ignore[arg-type]
        assert staff.identity is not None
        which = staff.identity.verification
        assert known.identity == IdentityProof(verification=which, at=staff.identity.at)
        assert known.visitor.kind == "verified"
        assert known.identity_changed is not None
        assert known.identity_changed.name == ""
    assert staff.identity.name == NAME  # type: ignore[union-attr]


def test_an_expert_learns_neither_why_nor_where() -> None:
    history = Asked.at("served")
    history.asks(note="Hei")
    history.opens()
    history.fails()
    told = [redact_event(event, "expert").event for event, _ in history.events[-3:]]
    asked, opened, failed = told
    assert isinstance(asked, IdentityAsked)
    assert (asked.verification.purpose, asked.verification.note) == ("other", "")
    assert isinstance(opened, IdentityOpened)
    assert opened.method == ""
    assert isinstance(failed, IdentityFailed)
    assert failed.code == ""
    history.opens(attempt="t2")
    known = redact_state(history.record.state, "expert").verification
    assert known is not None
    assert (known.purpose, known.note, known.method) == ("other", "", "")
    assert redact_state(history.record.state, "visitor").verification == history.asked


def test_the_list_shows_a_verified_visitor() -> None:
    history = Asked.at("proven")
    assert summary(history.record, "staff", AGENT.person).visitor.kind == "verified"
    assert summary(history.record, "visitor", SHOPPER.person).visitor.kind == "verified"


def test_the_audit_log_says_what_happened_and_never_the_name() -> None:
    history = Asked.at("changed")
    history.confirms(False)
    history.does(EraseIdentity(_proven(history)), BOSS)
    said = [said_of(body) for body in _bodies(history) if said_of(body) is not None]
    assert len(said) == 8
    assert any(f"low {BANK}" in line or f"high {BANK}" in line for line in said if line)
    assert any(METHOD in line for line in said if line)
    assert not any(NAME in line for line in said if line)


# --- erasing and identifying ---------------------------------------------------------------------


def test_what_is_erased_leaves_only_what_the_visitor_knew() -> None:
    history = Asked.at("proven")
    which = _proven(history)
    assert not history.does(EraseIdentity(which), AGENT)
    assert not history.does(EraseIdentity(which), SHOPPER)
    visitors = redact_state(history.record.state, "visitor")
    assert history.does(EraseIdentity(which), BOSS)
    assert history.last == IdentityErased(verification=which)
    state = history.record.state
    assert state.identity == IdentityProof(verification=which, at=900)
    assert state.visitor.kind == "anonymous"
    assert redact_state(state, "visitor") == visitors


def test_erasing_somebody_who_is_not_confirmed_refuses_them() -> None:
    history = Asked.at("changed")
    first = history.record.state.identity
    changed = history.record.state.identity_changed
    assert changed is not None
    assert history.does(EraseIdentity(changed.verification), BOSS)
    assert (history.record.state.identity, history.record.state.identity_changed) == (first, None)


def test_a_customer_of_the_shop_stays_verified_and_becomes_identified_again() -> None:
    history = Asked.at("proven")
    assert not history.does(IdentifyVisitor("c-17"), AGENT)
    assert history.does(IdentifyVisitor("c-17", "Shop's Name", "s@example.com"), SHOPPER)
    visitor = history.record.state.visitor
    assert (visitor.kind, visitor.customer, visitor.name) == ("verified", "c-17", "Shop's Name")
    before = len(history.events)
    assert history.does(IdentifyVisitor("c-17", "Shop's Name"), SHOPPER)
    assert len(history.events) == before
    history.does(EraseIdentity(_proven(history)), BOSS)
    assert history.record.state.visitor.kind == "identified"


def test_what_the_shop_signed_is_not_overwritten_by_typing() -> None:
    history = Asked.at("served")
    history.does(IdentifyVisitor("c-17", "Shop's Name"), SHOPPER)
    contact = messages.SetContact(id="s", conv=CONV, name="Other", email="other@example.com")
    assert history.does(contact, SHOPPER)
    visitor = history.record.state.visitor
    assert (visitor.customer, visitor.name, visitor.kind) == ("c-17", "Shop's Name", "identified")


def _bodies(history: Asked) -> list[Any]:
    return [event.event for event, _ in history.events]


def _asked_id(history: Asked) -> str:
    return next(b.verification.id for b in _bodies(history) if isinstance(b, IdentityAsked))


def _proven(history: Asked) -> str:
    return next(b.proof.verification for b in _bodies(history) if isinstance(b, IdentityVerified))
