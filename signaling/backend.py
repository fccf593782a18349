"""What the gateway needs from above: who somebody is, what they may see, what a command does.

The server implements these (`server/services/backend.py`, `server/services/calls.py`,
`server/bus/`) and `server/bootstrap.py` joins them. Positions are `(epoch, seq)`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from signaling import messages
from signaling.events import Person
from signaling.hints import Audience
from signaling.messages import (
    Ack,
    Answer,
    Availability,
    Desk,
    Event,
    InboxChanges,
    InboxSnapshot,
    Offer,
    QueuePlace,
    Snapshot,
)

__all__ = ["Audience", "Backend", "Bus", "Calls", "Command", "Cursor", "Principal"]

Cursor = tuple[str, int]

#: The durable commands: each is one transaction.
Command = (
    messages.Start
    | messages.Send
    | messages.AddNote
    | messages.MarkRead
    | messages.ViewPage
    | messages.SetContact
    | messages.Accept
    | messages.HandBack
    | messages.RequestTransfer
    | messages.AcceptTransfer
    | messages.EndTransfer
    | messages.Close
    | messages.Reopen
    | messages.AdmitExpert
    | messages.RemoveExpert
    | messages.StartCall
    | messages.OpenCall
    | messages.JoinCall
    | messages.DeclineCall
    | messages.AskMedia
    | messages.SetMedia
    | messages.LeaveCall
    | messages.EndCall
    | messages.AskCobrowse
    | messages.StartCobrowse
    | messages.DeclineCobrowse
    | messages.EndCobrowse
    | messages.PauseCobrowse
    | messages.ResumeCobrowse
    | messages.AskControl
    | messages.DeclineControl
    | messages.GrantControl
    | messages.ReleaseControl
    | messages.AskIdentity
    | messages.EndIdentity
    | messages.ConfirmIdentity
    | messages.AskRecording
    | messages.ConsentRecording
    | messages.DeclineRecording
    | messages.EndRecording
    | messages.PauseRecording
    | messages.ResumeRecording
    | messages.AcceptOffer
    | messages.RejectOffer
    | messages.Connect
    | messages.TakeOver
    | messages.LeaveQueue
    | messages.AskCallback
    | messages.JoinQueue
    | messages.AskConsult
    | messages.AcceptConsult
    | messages.EndConsult
    | messages.Observe
    | messages.StopObserving
    | messages.TellFigures
)


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody with a valid token. `session`: their login, the same in all its tabs.

    `expires_at`: the token's, seconds since 1970. `conv`: the only conversation an expert has.
    """

    person: Person
    audience: Audience
    site: str
    session: str
    expires_at: float
    conv: str | None = None


class Backend(Protocol):
    """The application. Every method may raise `errors.Refusal`."""

    async def authenticate(self, token: str, origin: str | None) -> Principal:
        """Return whose `token` it is.

        Raises:
            errors.TokenExpired: its time is over.
            errors.Forbidden: it is not ours, not for this, or the origin is foreign.
        """
        ...

    async def execute(self, who: Principal, command: Command) -> Ack:
        """Do `command` and return after COMMIT. The same id again returns the same ack."""
        ...

    async def open_conversation(
        self, who: Principal, conv: str, cursor: Cursor | None
    ) -> Snapshot | list[Event]:
        """Return what follows `cursor` (same epoch, at most 300 events), or a snapshot."""
        ...

    async def open_inbox(
        self, who: Principal, cursor: Cursor | None
    ) -> InboxSnapshot | InboxChanges:
        """Return the rows that changed after `cursor`, or all of the inbox."""
        ...

    async def read_conversation(
        self, who: Principal, conv: str, after: int
    ) -> Snapshot | list[Event]:
        """Return the visible events after `after`, each `prev` filled, the first with `after`.

        A snapshot when events before `after` have become visible: an expert was let in.
        """
        ...

    async def read_inbox(self, who: Principal, after: int) -> InboxChanges | None:
        """Return the rows that changed after `after`, if any."""
        ...

    async def heads(self, asked: Sequence[tuple[Principal, Sequence[str]]]) -> list[dict[str, int]]:
        """Return, for each who asks, the newest position of each stream that they may see."""
        ...

    async def availability(self, who: Principal) -> Availability:
        """Return who is there to serve, as `who` may know it."""
        ...

    async def standing(self, who: Sequence[Principal]) -> list[Desk | QueuePlace | None]:
        """Return how each stands now: an agent's desk, the place of a visitor who waits."""
        ...

    async def touch(self, who: Principal, online: bool) -> None:
        """Renew the lease that says `who` is connected, or let it run out after its grace.

        For staff; those of visitors are many, and renewed together.
        """
        ...

    async def renew(self, visitors: Sequence[Principal], online: bool) -> None:
        """Keep the places of visitors who are connected, or for a while after they left."""
        ...


class Calls(Protocol):
    """The way to the media server."""

    async def offer(self, who: Principal, offer: Offer) -> Answer:
        """Negotiate on the node that has the call's room; refuse when it cannot be."""
        ...


class Bus(Protocol):
    """Hints between nodes, at most once, in order per topic and sender."""

    async def publish(self, topic: str, data: bytes) -> None:
        """Send `data` to every subscriber of `topic` on every node. Never raises for the wire."""
        ...

    def subscribe(self, topic: str, callback: Callable[[bytes], None]) -> Callable[[], None]:
        """Call `callback` for what comes; return what ends it. The callback must not block."""
        ...

    async def settled(self) -> None:
        """Return when every subscription made so far is in force, or cannot be for now.

        What is read from SQL after this has either all been seen by the read, or will come.
        """
        ...
