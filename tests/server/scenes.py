"""Where a test begins: conversations brought to where chance alone seldom leads."""

from __future__ import annotations

from server.domain.commands import (
    SYSTEM,
    Actor,
    CreateInvite,
    EndWait,
    JoinExpert,
)
from signaling import messages
from signaling.events import (
    Message,
    Part,
)
from tests.server import queued, verified
from tests.server.history import (
    AGENTS,
    CONV,
    EXPERTS,
    SUPERVISOR,
    VISITOR,
    History,
    grant_control,
    start_cobrowse,
)

SCENES = (
    "new", "served", "offered", "transferred", "closed", "expert", "private", "opened", "public",
    "asked", "shown", "wanted", "controlled", "requested", "banking", "proven", "changed",
    "confided", "queued", "left", "callback", "watched", "barged", "wondering", "advised",
    "ringing", "department", "handed", "taped", "held",
)  # fmt: skip


def set_the_scene(history: History, scene: str) -> None:
    """Bring a history to where chance alone seldom leads."""
    if scene in ("new", "queued", "left", "callback"):
        _wait(history, scene)
        return
    agent, visitor, expert = (
        Actor(AGENTS[0], "staff"),
        Actor(VISITOR, "visitor"),
        Actor(EXPERTS[0], "expert"),
    )
    history.do(messages.Accept(id="s1", conv=CONV), agent)
    if scene == "served":
        return
    if scene in ("offered", "transferred"):
        history.do(messages.RequestTransfer(id="s5", conv=CONV, to=AGENTS[1].id), agent)
        assert history.record.state.transfer is not None
        if scene == "offered":
            return
        history.do(messages.AcceptTransfer(id="s6", conv=CONV), Actor(AGENTS[1], "staff"))
        return
    if scene == "closed":
        history.do(messages.Close(id="s7", conv=CONV, reason="solved"), agent)
        return
    if scene in ("asked", "shown", "wanted", "controlled"):
        history.do(messages.AskCobrowse(id="s8", conv=CONV), agent)
        shown = history.record.state.cobrowse
        assert shown is not None
        if scene == "asked":
            return
        history.do(start_cobrowse(shown.id), visitor)
        if scene == "shown":
            return
        ask = messages.AskControl(id="s9", conv=CONV, cobrowse=shown.id, caps=["click", "fill"])
        history.do(ask, agent)
        if scene == "controlled":
            history.do(grant_control(shown.id, ["click", "fill"]), visitor)
        return
    if scene in ("requested", "banking", "proven", "changed"):
        _prove(history, scene)
        return
    if scene == "confided":
        history.do(CreateInvite("i0", ("chat",), 10**9), agent)
        history.do(JoinExpert("i0"), expert)
        admit = messages.AdmitExpert(id="s10", conv=CONV, expert=EXPERTS[0].id, from_seq=0)
        history.do(admit, agent)
        _prove(history, "proven")
        history.do(messages.Send(id="s11", conv=CONV, text="…", confidential=True), agent)
        assert history.events[-1][0].event == Message(id="s11", text="…", confidential=True)
        return
    if scene == "department":
        to_loans = messages.RequestTransfer(id="s20", conv=CONV, department=queued.LOANS.id)
        history.do(to_loans, agent)
        assert history.record.state.transfer is not None
        return
    if scene in ("watched", "barged", "wondering", "advised", "ringing", "handed"):
        _look_in(history, scene)
        return
    if scene in ("taping", "taped", "held"):
        _tape(history, scene)
        return
    history.do(CreateInvite("i0", ("chat", "hear", "see", "speak"), 10**9), agent)
    history.do(JoinExpert("i0"), expert)
    if scene == "expert":
        return
    private = scene in ("private", "opened")
    call = messages.StartCall(id="s2", conv=CONV, media=["audio", "video"], private=private)
    history.do(call, agent)
    on = history.record.state.call
    assert on is not None
    for who in [expert] if private else [visitor, expert]:
        join = messages.JoinCall(id="s3", conv=CONV, call=on.id, media=["audio"])
        history.do(join, who)
    if scene == "opened":
        history.do(messages.OpenCall(id="s4", conv=CONV, call=on.id), agent)


def _wait(history: History, scene: str) -> None:
    visitor = Actor(VISITOR, "visitor")
    if scene == "new":
        return
    history.departments = True
    if history.record.state.queue is None:
        history.do(messages.JoinQueue(id="s12", conv=CONV), visitor, after=1)
    if scene == "callback":
        at = history.now + 3_600_000
        history.do(
            messages.AskCallback(id="s13", conv=CONV, at=at - at % 2, phone=queued.PHONE), visitor
        )
        assert history.record.state.queue is not None
        assert history.record.state.queue.callback_at is not None
    if scene == "left":
        history.do(EndWait("left"), Actor(SYSTEM, "staff"))
        assert history.record.state.left == "left"


def _look_in(history: History, scene: str) -> None:
    """Let the supervisor, or a colleague who is asked, join a call of the visitor."""
    agent, visitor, boss = (
        Actor(AGENTS[0], "staff"),
        Actor(VISITOR, "visitor"),
        Actor(SUPERVISOR, "staff"),
    )
    colleague = Actor(AGENTS[1], "staff")
    history.do(messages.StartCall(id="s2", conv=CONV, media=["audio"]), agent)
    on = history.record.state.call
    assert on is not None
    if scene != "ringing":
        history.do(messages.JoinCall(id="s3", conv=CONV, call=on.id, media=["audio"]), visitor)
    if scene in ("wondering", "advised", "handed"):
        history.do(messages.AskConsult(id="s14", conv=CONV, to=AGENTS[1].id, note="n"), agent)
        if scene == "wondering":
            return
        history.do(messages.AcceptConsult(id="s15", conv=CONV), colleague)
    else:
        part: Part = "barge" if scene == "barged" else "listen"
        history.do(messages.Observe(id="s16", conv=CONV, part=part), boss)
    watcher = colleague if scene in ("advised", "handed") else boss
    history.do(messages.JoinCall(id="s17", conv=CONV, call=on.id, media=["audio"]), watcher)
    assert history.record.state.call is not None
    assert len(history.record.state.call.members) == (2 if scene == "ringing" else 3)
    if scene == "handed":
        history.do(messages.RequestTransfer(id="s18", conv=CONV, to=AGENTS[1].id), agent)
        history.do(messages.AcceptTransfer(id="s19", conv=CONV), colleague)
        assert history.record.state.assignee == AGENTS[1]


def _tape(history: History, scene: str) -> None:
    """Bring a call to a recording that is asked for, on, or waits for an expert's consent."""
    agent, visitor = Actor(AGENTS[0], "staff"), Actor(VISITOR, "visitor")
    expert = Actor(EXPERTS[0], "expert")
    history.do(CreateInvite("i0", ("chat", "hear", "speak"), 10**9), agent)
    history.do(JoinExpert("i0"), expert)
    admit = messages.AdmitExpert(id="s10", conv=CONV, expert=EXPERTS[0].id, from_seq=0)
    history.do(admit, agent)
    history.do(messages.StartCall(id="s2", conv=CONV, media=["audio"]), agent)
    call = history.record.state.call
    assert call is not None
    join = messages.JoinCall(id="s3", conv=CONV, call=call.id, media=["audio"])
    history.do(join, visitor)
    history.do(messages.AskRecording(id="s21", conv=CONV, consent="record-1", lang="fi"), agent)
    if scene == "taping":
        return
    call = history.record.state.call
    assert call is not None
    assert call.recording is not None
    agree = messages.ConsentRecording(
        id="s22", conv=CONV, recording=call.recording.id, consent="record-1", lang="fi"
    )
    history.do(agree, visitor)
    if scene == "held":
        history.do(join, expert)
    call = history.record.state.call
    assert call is not None
    assert call.recording is not None
    assert call.recording.state == ("paused" if scene == "held" else "on")


def _prove(history: History, scene: str) -> None:
    agent, visitor = Actor(AGENTS[0], "staff"), Actor(VISITOR, "visitor")
    history.do(start_cobrowse(None), visitor)
    for changed in (False, True):
        history.do(verified.ask(CONV), agent)
        assert history.record.state.verification is not None
        if scene == "requested":
            return
        history.do(verified.opening(history.record.state), visitor)
        if scene == "banking":
            return
        history.do(verified.proof_of(history.record.state, changed=changed), visitor)
        assert history.record.state.identity is not None
        if scene == "proven":
            return
