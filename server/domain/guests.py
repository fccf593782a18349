"""Decides who of outside sources and players comes into the call of a conversation.

A guest is a member like others, so that everybody sees it come, stay and go; but nobody waits for
it, it keeps no call alive, and it gets what the visitor would (`signaling/calls.py`). What its
token allows, `server/services/whip.py` has looked at.
"""

from __future__ import annotations

from typing import Final

from server.domain.calls import leave
from server.domain.commands import Actor, ConnectGuest, EndGuest
from server.domain.drafting import Drafting
from signaling.errors import Refusal
from signaling.events import CallJoined, CallMedia

__all__ = ["MAX_GUESTS", "decide_guest"]

MAX_GUESTS: Final = 2  # at once; each source goes to everybody, each player gets everything


def decide_guest(drafting: Drafting, command: ConnectGuest | EndGuest, actor: Actor) -> None:
    """Decide a guest's coming or going."""
    call = drafting.state.call
    match command:
        case ConnectGuest():
            if call is None or call.id != command.call:
                raise Refusal("no_call", "The call is over.")
            if call.private:
                raise Refusal("forbidden", "The call is private now.")
            media = list(command.media)
            known = next((m for m in call.members if m.person.id == actor.person.id), None)
            if known is not None:  # it connects anew
                if known.media != media:
                    drafting.add(CallMedia(call=call.id, media=media), actor.person)
                return
            guests = [m for m in call.members if m.person.role == "guest"]
            if len(guests) >= MAX_GUESTS:
                raise Refusal("call_full", f"A call has room for {MAX_GUESTS} guests.")
            drafting.add(CallJoined(call=call.id, media=media), actor.person)
        case EndGuest():
            members = () if call is None else call.members
            found = next((m.person for m in members if m.person.id == command.guest), None)
            if found is not None and found.role == "guest":
                leave(drafting, found, command.reason)
