"""Recording a call: nobody is recorded who has not agreed, and it pauses where it must."""

from __future__ import annotations

import pytest

from server.domain.commands import (
    SYSTEM,
    Actor,
    ConnectGuest,
    CreateInvite,
    EndGuest,
    EraseRecordings,
    FailRecording,
    JoinExpert,
)
from server.domain.recording import RecordingRules, clean_recording, kept, recorded, said_of
from server.domain.refusing import BadSetting
from signaling import messages
from signaling.events import (
    Part,
    Person,
    RecordingAsked,
    RecordingConsented,
    RecordingEnded,
    RecordingPaused,
    RecordingResumed,
    RecordingStarted,
    RecordingState,
)
from tests.server import verified
from tests.server.history import AGENTS, CONV, EXPERTS, SUPERVISOR, VISITOR, History, start_cobrowse
from tests.server.scenes import set_the_scene

AGENT, SHOPPER, EXPERT = (
    Actor(AGENTS[0], "staff"),
    Actor(VISITOR, "visitor"),
    Actor(EXPERTS[0], "expert"),
)
BOSS = Actor(SUPERVISOR, "staff")


class Call:
    """A call of agent and visitor that may be recorded."""

    def __init__(self, scene: str = "taped") -> None:
        self.history = History.started()
        set_the_scene(self.history, scene)

    @property
    def on(self) -> RecordingState | None:
        call = self.history.record.state.call
        return None if call is None else call.recording

    @property
    def id(self) -> str:
        on = self.on
        return "gone" if on is None else on.id

    @property
    def call(self) -> str:
        call = self.history.record.state.call
        return "gone" if call is None else call.id

    def do(self, command: messages.ClientFrame, actor: Actor) -> bool:
        """Do it; tell whether it was refused."""
        before = self.history.refused
        self.history.do(command, actor)  # type: ignore[arg-type]
        return self.history.refused > before

    def agree(self, actor: Actor, words: str = "record-1") -> bool:
        return self.do(
            messages.ConsentRecording(
                id="c", conv=CONV, recording=self.id, consent=words, lang="fi"
            ),
            actor,
        )

    def join(self, actor: Actor) -> None:
        self.do(messages.JoinCall(id="j", conv=CONV, call=self.call, media=["audio"]), actor)

    def leave(self, actor: Actor) -> None:
        self.do(messages.LeaveCall(id="l", conv=CONV, call=self.call), actor)

    def ended(self) -> str:
        last = [e.event for e, _ in self.history.events if isinstance(e.event, RecordingEnded)]
        assert len(last) == 1
        assert self.on is None
        return last[0].reason

    def taken(self) -> set[str]:
        """Return whose tracks are recorded now."""
        found = recorded(self.history.record.state)
        return set() if found is None else set(found[1])

    def state(self) -> str:
        return "gone" if self.on is None else self.on.state


def test_nothing_is_recorded_before_everybody_agreed() -> None:
    call = Call("taping")
    assert call.state() == "asked"
    assert not call.taken()
    assert not call.agree(SHOPPER)
    assert call.state() == "on"
    assert call.taken() == {AGENTS[0].id, VISITOR.id}
    kinds = [type(e.event) for e, _ in call.history.events[-3:]]
    assert kinds == [RecordingAsked, RecordingConsented, RecordingStarted]


def test_only_who_serves_asks_and_only_where_the_site_allows_it() -> None:
    call = Call("public")
    ask = messages.AskRecording(id="a", conv=CONV, consent="record-1", lang="fi")
    assert call.do(ask, SHOPPER)
    assert call.do(ask, EXPERT)
    assert call.do(ask, BOSS)  # not in the call
    call.leave(EXPERT)
    assert not call.do(ask, AGENT)
    before = len(call.history.events)
    assert not call.do(ask, AGENT)  # again: it is asked already
    assert len(call.history.events) == before


def test_a_private_call_is_not_recorded() -> None:
    call = Call("private")
    assert call.do(messages.AskRecording(id="a", conv=CONV, consent="record-1", lang="fi"), AGENT)


def test_consent_to_unknown_words_is_none() -> None:
    call = Call("taping")
    assert call.agree(SHOPPER, "record-0")
    assert not call.taken()


@pytest.mark.parametrize(("scene", "reason"), [("taping", "declined"), ("taped", "revoked")])
def test_whoever_declines_is_not_recorded(scene: str, reason: str) -> None:
    call = Call(scene)
    assert not call.do(messages.DeclineRecording(id="d", conv=CONV, recording=call.id), SHOPPER)
    assert call.ended() == reason


def test_who_comes_later_pauses_it_until_they_agree() -> None:
    call = Call("held")
    assert call.on is not None
    assert call.on.pauses == ["consent"]
    assert not call.taken()
    assert not call.agree(EXPERT)
    assert call.taken() == {AGENTS[0].id, VISITOR.id, EXPERTS[0].id}


def test_who_comes_later_and_declines_ends_it() -> None:
    call = Call("held")
    assert not call.do(messages.DeclineRecording(id="d", conv=CONV, recording=call.id), EXPERT)
    assert call.ended() == "declined"


def test_who_comes_later_and_leaves_lets_it_go_on() -> None:
    call = Call("held")
    call.leave(EXPERT)
    assert call.taken() == {AGENTS[0].id, VISITOR.id}


def test_an_outside_source_with_sound_holds_it_as_nobody_can_agree_for_what_it_hears() -> None:
    call = Call()
    guest = Actor(Person(id="guest", role="guest", name="Studio"), "staff")
    call.history.do(ConnectGuest(call.call, ("video",)), guest)
    assert call.taken() == {AGENTS[0].id, VISITOR.id}
    call.history.do(ConnectGuest(call.call, ("audio", "video")), guest)
    assert call.on is not None
    assert call.on.pauses == ["consent"]
    assert not call.taken()
    call.history.do(EndGuest("guest", "left"), guest)
    assert call.taken() == {AGENTS[0].id, VISITOR.id}


def test_nothing_begins_while_an_outside_source_with_sound_is_there() -> None:
    call = Call("taping")
    guest = Actor(Person(id="guest", role="guest", name="Studio"), "staff")
    call.history.do(ConnectGuest(call.call, ("audio",)), guest)
    call.agree(SHOPPER)
    assert call.state() == "asked"
    call.history.do(ConnectGuest(call.call, ("video",)), guest)
    assert call.state() == "on"


def test_who_listens_is_neither_recorded_nor_asked_until_they_barge_in() -> None:
    call = Call()
    call.do(messages.Observe(id="o", conv=CONV, part="whisper"), BOSS)
    call.join(BOSS)
    assert call.taken() == {AGENTS[0].id, VISITOR.id}
    assert call.agree(BOSS)
    call.do(messages.Observe(id="o", conv=CONV, part="barge"), BOSS)
    assert not call.taken()
    assert not call.agree(BOSS)
    assert call.taken() == {AGENTS[0].id, VISITOR.id, SUPERVISOR.id}


def test_it_pauses_while_the_visitor_is_at_the_bank() -> None:
    call = Call()
    call.history.do(verified.ask(CONV), AGENT)
    assert call.taken()
    call.history.do(verified.opening(call.history.record.state), SHOPPER)
    assert call.on is not None
    assert call.on.pauses == ["identity"]
    assert not call.taken()
    call.history.do(verified.proof_of(call.history.record.state, changed=False), SHOPPER)
    assert call.taken()


def test_it_pauses_while_a_page_for_paying_is_shown() -> None:
    call = Call()
    call.history.do(start_cobrowse(None), SHOPPER)
    shown = call.history.record.state.cobrowse
    assert shown is not None
    call.do(messages.PauseCobrowse(id="p", conv=CONV, cobrowse=shown.id, reason="page"), SHOPPER)
    assert call.on is not None
    assert call.on.pauses == ["page"]
    call.do(messages.ResumeCobrowse(id="r", conv=CONV, cobrowse=shown.id), SHOPPER)
    assert call.taken()


def test_it_pauses_while_the_visitor_is_on_hold() -> None:
    call = Call()
    call.history.do(CreateInvite("i1", ("hear", "speak"), 10**9), AGENT)
    consulted = Actor(EXPERTS[1], "expert")
    call.history.do(JoinExpert("i1"), consulted)
    call.join(consulted)
    assert call.on is not None
    assert call.on.pauses == ["hold"]
    call.leave(consulted)
    assert call.taken()


def test_reasons_add_up_and_each_has_to_go() -> None:
    call = Call()
    for reason, actor in (("staff", AGENT), ("shop", SHOPPER)):
        pause = messages.PauseRecording(id="p", conv=CONV, recording=call.id, reason=reason)  # type: ignore[arg-type]
        assert not call.do(pause, actor)
    assert call.on is not None
    assert call.on.pauses == ["staff", "shop"]
    assert not call.do(messages.ResumeRecording(id="r", conv=CONV, recording=call.id), AGENT)
    assert not call.taken()
    resume = messages.ResumeRecording(id="r", conv=CONV, recording=call.id, reason="shop")
    assert not call.do(resume, SHOPPER)
    assert call.taken()


def test_a_visitor_cannot_undo_what_staff_paused_nor_an_expert_anything() -> None:
    call = Call()
    assert not call.do(messages.PauseRecording(id="p", conv=CONV, recording=call.id), AGENT)
    assert call.do(messages.ResumeRecording(id="r", conv=CONV, recording=call.id), SHOPPER)
    shop = messages.PauseRecording(id="p", conv=CONV, recording=call.id, reason="shop")
    assert call.do(shop, EXPERT)


@pytest.mark.parametrize("part", ["listen", "whisper"])
def test_who_looks_in_unseen_has_no_hand_in_it(part: Part) -> None:
    call = Call()
    call.do(messages.Observe(id="o", conv=CONV, part=part), BOSS)
    before = len(call.history.events)
    pause = messages.PauseRecording(id="p", conv=CONV, recording=call.id)
    assert call.do(pause, BOSS)
    assert call.do(messages.EndRecording(id="e", conv=CONV, recording=call.id), BOSS)
    assert not call.do(pause, AGENT)
    assert call.do(messages.ResumeRecording(id="r", conv=CONV, recording=call.id), BOSS)
    assert len(call.history.events) == before + 1
    call.do(messages.Observe(id="o", conv=CONV, part="barge"), BOSS)
    assert not call.do(messages.ResumeRecording(id="r", conv=CONV, recording=call.id), BOSS)


@pytest.mark.parametrize(("scene", "reason"), [("taping", "withdrawn"), ("taped", "stopped")])
def test_staff_ends_it(scene: str, reason: str) -> None:
    call = Call(scene)
    assert call.do(messages.EndRecording(id="e", conv=CONV, recording=call.id), SHOPPER)
    assert not call.do(messages.EndRecording(id="e", conv=CONV, recording=call.id), AGENT)
    assert call.ended() == reason


def test_it_ends_with_the_call_and_says_so() -> None:
    call = Call()
    call.do(messages.EndCall(id="e", conv=CONV, call=call.call), AGENT)
    assert call.ended() == "call"


def test_an_ask_goes_with_who_asked() -> None:
    call = Call("taping")
    call.join(EXPERT)
    call.leave(AGENT)
    assert call.ended() == "withdrawn"


def test_what_cannot_be_written_ends_and_says_so() -> None:
    call = Call()
    call.history.do(FailRecording("another"), AGENT)
    assert call.on is not None
    call.history.do(FailRecording(call.id), AGENT)
    assert call.ended() == "failed"


@pytest.mark.parametrize(("scene", "reason"), [("taping", "withdrawn"), ("taped", "stopped")])
def test_what_is_to_be_erased_ends_by_nobody(scene: str, reason: str) -> None:
    call = Call(scene)
    call.history.do(EraseRecordings(), AGENT)
    assert call.ended() == reason
    assert call.history.events[-1][0].by == SYSTEM
    before = len(call.history.events)
    call.history.do(EraseRecordings(), AGENT)
    assert len(call.history.events) == before


def test_every_consent_is_audited_with_its_words() -> None:
    assert said_of(RecordingConsented("r1", "record-1", "fi")) == "r1 record-1 fi"
    assert said_of(RecordingPaused("r1", "identity")) == "r1 identity"
    assert said_of(RecordingResumed("r1", "page")) == "r1 page"
    assert said_of(RecordingStarted("r1")) == "r1"


@pytest.mark.parametrize("days", [0, 3_651])
def test_days_have_bounds(days: int) -> None:
    assert clean_recording(RecordingRules(days=30)).days == 30
    with pytest.raises(BadSetting):
        clean_recording(RecordingRules(days=days))


@pytest.mark.parametrize(
    ("away", "parts"),
    [
        ([], [(100, 200)]),
        ([(150, 170)], [(100, 150), (170, 200)]),
        ([(150, None)], [(100, 150)]),
        ([(90, 110), (190, 220)], [(110, 190)]),
        ([(150, 180), (120, 160)], [(100, 120), (180, 200)]),  # two reasons at once
        ([(120, 180), (130, 140)], [(100, 120), (180, 200)]),
        ([(50, 60), (210, 220), (200, None)], [(100, 200)]),
        ([(100, None)], []),
        ([(80, None)], []),
    ],
)
def test_of_a_take_what_was_paused_or_over_is_not_kept(
    away: list[tuple[int, int | None]], parts: list[tuple[int, int]]
) -> None:
    assert kept(100, 200, away) == parts
    assert kept(100, 100, away) == []
