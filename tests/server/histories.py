"""Random conversations: what people and deadlines might do, in any order."""

from __future__ import annotations

from typing import get_args

from hypothesis import strategies as st

from server.domain.audience import seat_of
from server.domain.commands import (
    SYSTEM,
    Actor,
    AnswerByItself,
    AnyCommand,
    ConnectGuest,
    CreateInvite,
    EndGuest,
    EndInvite,
    EraseRecordings,
    ExpireCall,
    ExpireCobrowse,
    FailRecording,
    JoinExpert,
    LoseParticipant,
)
from signaling import messages
from signaling.events import (
    CobrowseOperation,
    MediaKind,
    Page,
)
from tests.server import queued, verified
from tests.server.history import (
    AGENTS,
    CONV,
    EXPERTS,
    GUESTS,
    STAFF,
    SUPERVISOR,
    VISITOR,
    History,
    grant_control,
    start_cobrowse,
)
from tests.server.scenes import SCENES, set_the_scene


def _media() -> st.SearchStrategy[list[MediaKind]]:
    return st.lists(st.sampled_from(get_args(MediaKind)), max_size=3, unique=True)


def _caps() -> st.SearchStrategy[list[CobrowseOperation]]:
    return st.lists(st.sampled_from(get_args(CobrowseOperation)), max_size=3, unique=True)


_TEXT = st.sampled_from(["Hei", "Moi 4111 1111 1111 1111", "…"])


def _commands(kind: str, draw: st.DrawFn, history: History) -> AnyCommand:
    state = history.record.state
    call = state.call.id if state.call is not None else "none"
    shown = state.cobrowse.id if state.cobrowse is not None else "none"
    on = None if state.call is None else state.call.recording
    taped = "none" if on is None else on.id
    expert = draw(st.sampled_from(EXPERTS)).id
    key = f"k{history.numbers}"
    invites = [invite.id for invite in state.invites] or ["none"]
    match kind:
        case "send":
            return messages.Send(id=key, conv=CONV, text=draw(_TEXT), consult=draw(st.booleans()))
        case "confide":
            return messages.Send(id=key, conv=CONV, text=draw(_TEXT), confidential=True)
        case "note":
            return messages.AddNote(id=key, conv=CONV, text=draw(_TEXT))
        case "read":
            return messages.MarkRead(id=key, conv=CONV, upto=draw(st.integers(0, 60)))
        case "page":
            url = draw(st.sampled_from(["https://shop.example/a?b=1", "https://shop.example/b"]))
            return messages.ViewPage(id=key, conv=CONV, page=Page(url=url, title="T"))
        case "contact":
            return messages.SetContact(id=key, conv=CONV, name=draw(_TEXT), email="x@example.com")
        case "accept":
            return messages.Accept(id=key, conv=CONV)
        case "handback":
            return messages.HandBack(id=key, conv=CONV)
        case "transfer":
            to = draw(st.sampled_from(STAFF)).id
            return messages.RequestTransfer(id=key, conv=CONV, to=to, note="n")
        case "transfer_accept":
            return messages.AcceptTransfer(id=key, conv=CONV)
        case "transfer_end":
            return messages.EndTransfer(id=key, conv=CONV)
        case "close":
            return messages.Close(id=key, conv=CONV, reason="solved", note="n")
        case "reopen":
            return messages.Reopen(id=key, conv=CONV)
        case "admit":
            share = draw(st.none() | st.integers(0, 60))
            return messages.AdmitExpert(id=key, conv=CONV, expert=expert, from_seq=share)
        case "remove":
            return messages.RemoveExpert(id=key, conv=CONV, expert=expert)
        case "call":
            private = draw(st.booleans())
            return messages.StartCall(id=key, conv=CONV, media=draw(_media()), private=private)
        case "call_open":
            return messages.OpenCall(id=key, conv=CONV, call=call)
        case "call_join":
            return messages.JoinCall(id=key, conv=CONV, call=call, media=draw(_media()))
        case "call_decline":
            return messages.DeclineCall(id=key, conv=CONV, call=call)
        case "call_ask":
            return messages.AskMedia(id=key, conv=CONV, call=call, media="video")
        case "call_media":
            return messages.SetMedia(id=key, conv=CONV, call=call, media=draw(_media()))
        case "call_leave":
            return messages.LeaveCall(id=key, conv=CONV, call=call)
        case "call_end":
            return messages.EndCall(id=key, conv=CONV, call=call)
        case "invite":
            scope = draw(
                st.sampled_from([("chat", "hear", "see", "speak"), ("chat",), ("hear", "speak")])
            )
            return CreateInvite(f"i{history.numbers}", scope, 10**9)
        case "invite_end":
            return EndInvite(draw(st.sampled_from(invites)), expired=draw(st.booleans()))
        case "invite_use":
            return JoinExpert(draw(st.sampled_from(invites)))
        case "lose":
            people = [VISITOR, *STAFF, *EXPERTS, *GUESTS]
            return LoseParticipant(call, draw(st.sampled_from(people)).id)
        case "guest_come":
            sent = draw(st.sampled_from([(), ("audio",), ("audio", "video")]))
            return ConnectGuest(call, sent)
        case "guest_go":
            reason = draw(st.sampled_from(["left", "removed"]))
            return EndGuest(draw(st.sampled_from([*GUESTS, VISITOR])).id, reason)
        case "expire":
            return ExpireCall()
        case "cobrowse_ask":
            return messages.AskCobrowse(id=key, conv=CONV)
        case "cobrowse_start":
            asked = None if shown == "none" or draw(st.booleans()) else shown
            return start_cobrowse(asked, key)
        case "cobrowse_decline":
            return messages.DeclineCobrowse(id=key, conv=CONV, cobrowse=shown)
        case "cobrowse_end":
            return messages.EndCobrowse(id=key, conv=CONV, cobrowse=shown)
        case "cobrowse_pause":
            why = draw(st.sampled_from(["page", "shopper", "identity"]))
            return messages.PauseCobrowse(id=key, conv=CONV, cobrowse=shown, reason=why)
        case "cobrowse_resume":
            return messages.ResumeCobrowse(id=key, conv=CONV, cobrowse=shown)
        case "control_ask":
            return messages.AskControl(id=key, conv=CONV, cobrowse=shown, caps=draw(_caps()))
        case "control_decline":
            return messages.DeclineControl(id=key, conv=CONV, cobrowse=shown)
        case "control_grant":
            return grant_control(shown, draw(_caps()), draw(st.sampled_from(["g1", "g2"])), key)
        case "control_release":
            grant = draw(st.sampled_from(["g1", "g2"]))
            expired = draw(st.booleans())
            return messages.ReleaseControl(
                id=key, conv=CONV, cobrowse=shown, grant=grant, expired=expired
            )
        case "cobrowse_expire":
            lost = draw(st.sampled_from(["nobody", "nobody", "sharer", "controller"]))
            history.sharer_due = history.now if lost == "sharer" else None
            history.controller_due = history.now if lost == "controller" else None
            return ExpireCobrowse()
        case "recording_ask":
            return messages.AskRecording(id=key, conv=CONV, consent="record-1", lang="sv")
        case "recording_consent":
            return messages.ConsentRecording(
                id=key, conv=CONV, recording=taped, consent="record-1", lang="fi"
            )
        case "recording_decline":
            return messages.DeclineRecording(id=key, conv=CONV, recording=taped)
        case "recording_pause":
            hand = draw(st.sampled_from(["staff", "shop"]))
            return messages.PauseRecording(id=key, conv=CONV, recording=taped, reason=hand)
        case "recording_resume":
            held = [] if on is None else [why for why in on.pauses if why in ("staff", "shop")]
            hand = draw(st.sampled_from(held or ["staff"]))
            return messages.ResumeRecording(id=key, conv=CONV, recording=taped, reason=hand)
        case "recording_end":
            return messages.EndRecording(id=key, conv=CONV, recording=taped)
        case "recording_fail":
            return FailRecording(taped)
        case "recording_erase":
            return EraseRecordings()
        case "auto":
            return AnswerByItself()
        case _ if kind in verified.KINDS:
            return verified.identity_command(kind, key, draw, CONV, state)
        case _:
            return queued.queue_command(kind, key, draw, CONV, state, history.now)


_BY_SYSTEM = {
    "lose", "guest_go", "expire", "auto", "cobrowse_expire", "recording_fail",
    "recording_erase", *verified.BY_SYSTEM,
    *queued.BY_SYSTEM,
}  # fmt: skip
_BY_SHOPPER = {
    "cobrowse_start", "cobrowse_decline", "cobrowse_pause", "cobrowse_resume", "control_grant",
    "recording_consent", "recording_decline", *verified.BY_SHOPPER, *queued.BY_VISITOR,
}  # fmt: skip
_BY_SUPERVISOR = verified.BY_STAFF | queued.BY_SUPERVISOR
KINDS = (
    "send", "send", "confide", "note", "read", "page", "contact", "accept", "accept", "handback",
    "transfer", "transfer_accept", "transfer_end", "close", "reopen", "admit", "admit", "remove",
    "call", "call", "call_open", "call_join", "call_join", "call_join", "call_decline", "call_ask",
    "call_media", "call_leave", "call_end", "guest_come", "guest_go", "invite", "invite",
    "invite_end", "invite_use",
    "invite_use", "lose", "expire", "auto", "cobrowse_ask", "cobrowse_start", "cobrowse_start",
    "cobrowse_decline", "cobrowse_end", "cobrowse_pause", "cobrowse_resume", "control_ask",
    "control_ask", "control_decline", "control_grant", "control_grant", "control_release",
    "cobrowse_expire", "cobrowse_decline", "control_decline", "recording_ask", "recording_consent",
    "recording_decline", "recording_pause", "recording_resume", "recording_end",
    "recording_fail", "recording_erase", *verified.KINDS,
    *queued.KINDS,
)  # fmt: skip


def _actor(kind: str, draw: st.DrawFn) -> Actor:
    if kind in _BY_SYSTEM:
        return Actor(SYSTEM, "staff")
    if kind == "guest_come":
        return Actor(draw(st.sampled_from(GUESTS)), "staff")
    if kind == "invite_use":
        return Actor(draw(st.sampled_from(EXPERTS)), "expert")
    if kind in _BY_SHOPPER and draw(st.booleans()):
        return Actor(VISITOR, "visitor")
    if kind in _BY_SUPERVISOR and draw(st.booleans()):
        return Actor(SUPERVISOR, "staff")
    if kind in queued.BY_STAFF and draw(st.booleans()):
        return Actor(AGENTS[1], "staff")
    # One agent does most of the work: histories in which things happen.
    person = draw(st.sampled_from([VISITOR, VISITOR, *[AGENTS[0]] * 4, *STAFF, *EXPERTS]))
    match person.role:
        case "visitor":
            return Actor(person, "visitor")
        case "expert":
            return Actor(person, "expert")
        case _:
            return Actor(person, "staff")


_CALLING = tuple(kind for kind in KINDS if kind.startswith(("call", "guest", "observe", "consult")))
_SHOWING = tuple(kind for kind in KINDS if kind.startswith(("cobrowse", "control")))
_TAPING = tuple(kind for kind in KINDS if kind.startswith("recording"))
_PROVING = ("identity_fail", *verified.KINDS)
#: What is likely in a scene, besides everything.
LIKELY: dict[str, tuple[str, ...]] = {
    "department": ("offer_accept", "transfer_accept", "transfer_end"),
    "closed": ("reopen", "send", "accept", "close"),
    **dict.fromkeys(("private", "opened", "public"), (*_CALLING, "admit", "remove")),
    "opened": (*_CALLING, "admit", "remove", "call_decline", "call_decline"),
    **dict.fromkeys(("watched", "barged", "wondering", "advised", "ringing"), _CALLING),
    **dict.fromkeys(("asked", "shown", "wanted", "controlled"), _SHOWING),
    **dict.fromkeys(
        ("taped", "held"), (*_CALLING, *_TAPING, *_TAPING, "recording_pause", "recording_resume")
    ),
    **dict.fromkeys(("requested", "banking", "proven", "changed"), _PROVING),
    **dict.fromkeys(("queued", "left", "callback"), (*queued.KINDS, "accept", "send")),
}


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Draw a history of up to forty steps."""
    history = History.started(offline=draw(st.booleans()), departments=draw(st.booleans()))
    scene = draw(st.sampled_from(SCENES))
    set_the_scene(history, scene)
    kinds = st.sampled_from(KINDS) | st.sampled_from(LIKELY.get(scene, KINDS))
    for kind in draw(st.lists(kinds, min_size=6, max_size=40)):
        actor = _actor(kind, draw)
        seated = seat_of(history.record.state, actor.person.id) is not None
        if kind == "invite_use" and seated:
            continue  # a seat is a new person's
        if actor.audience == "expert" and kind != "invite_use" and not seated:
            continue  # access is refused before the rules are asked
        after = draw(st.sampled_from([1, 500, 11_000, 31_000, 61_000]))
        history.do(_commands(kind, draw, history), actor, after=after)
    return history
