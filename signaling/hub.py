"""Fan-out on one node: one bus subscription per topic, however many connections want it.

A hint is decoded once and its frames are shared by all connections of an audience. Fan-out
never waits: it hands frames to sessions, whose queues are bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Protocol

import msgspec
import structlog

from signaling import errors, hints
from signaling.actions import Action
from signaling.backend import Bus, Principal
from signaling.hints import Audience
from signaling.messages import INBOX
from signaling.presence import Presence
from signaling.session import Session
from signaling.stream import LiveFrame

__all__ = ["Hub", "Listener"]

log = structlog.get_logger()


class Listener(Protocol):
    """A connection, as the hub knows it."""

    session: Session
    viewing: str | None

    @property
    def principal(self) -> Principal: ...

    def react(self, actions: list[Action]) -> None:
        """Perform what came of a frame."""
        ...


class Topic:
    """A topic that somebody on this node listens to."""

    __slots__ = ("listeners", "name", "presence", "stream", "unsubscribe")

    def __init__(self, name: str, stream: str | None) -> None:
        self.name = name
        self.stream = stream  # the stream it feeds; None: frames for persons
        self.listeners: list[Listener] = []  # a few; a list is smaller than a set
        self.presence: Presence | None = None  # of a conversation that staff looks at
        self.unsubscribe: Callable[[], None] = _nothing

    def of(self, audience: Audience) -> list[Listener]:
        """Return the listeners of one audience."""
        return [one for one in self.listeners if one.principal.audience == audience]


def _nothing() -> None:
    pass


class Hub:
    """Knows which connection listens to what, and gives them what the bus brings."""

    def __init__(
        self,
        bus: Bus,
        node: str,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
        look: Callable[[Listener], None],
    ) -> None:
        self.node = node
        self._bus = bus
        self._spawn = spawn  # runs a coroutine that this must not wait for
        self._look = look  # finds out how a listener stands in the queue
        self._topics: dict[str, Topic] = {}

    # --- who listens ------------------------------------------------------------------------

    def join(self, listener: Listener, topic: str, stream: str | None = None) -> None:
        """Give `listener` what comes on `topic` from now on."""
        found = self._topics.get(topic)
        if found is None:
            found = self._topics[topic] = Topic(topic, stream)
            found.unsubscribe = self._bus.subscribe(topic, lambda data: self._heard(found, data))
        found.listeners.append(listener)

    def leave(self, listener: Listener, topic: str) -> None:
        """Stop giving it; nothing happens when it did not listen."""
        found = self._topics.get(topic)
        if found is None or listener not in found.listeners:
            return
        found.listeners.remove(listener)
        if not found.listeners:
            del self._topics[topic]
            found.unsubscribe()

    def open(self, listener: Listener, stream: str) -> None:
        """Give `listener` what comes on `stream`."""
        topic = _topic(listener.principal, stream)
        if topic is None:
            return
        self.join(listener, topic, stream)

    def close(self, listener: Listener, stream: str) -> None:
        """Stop giving what comes on `stream`."""
        topic = _topic(listener.principal, stream)
        if topic is None:
            return
        self.leave(listener, topic)
        if stream != INBOX and listener.principal.audience == "visitor":
            self.visitor_left(topic)

    # --- presence ---------------------------------------------------------------------------

    def visitor_came(self, conv: str) -> None:
        """Tell that a browser of the visitor is here. Only after they were let in."""
        self.publish(hints.conversation_topic(conv), hints.VisitorHere(node=self.node, online=True))

    def ask_presence(self, listener: Listener, conv: str) -> None:
        """Tell a staff member who is in `conv` as far as known here, and ask the others."""
        topic = self._topics.get(hints.conversation_topic(conv))
        if topic is None:
            return
        topic.presence = topic.presence or Presence(conv)
        for key, data in topic.presence.frames():
            listener.react(listener.session.pass_on(data, key))
        self.publish(topic.name, hints.PresenceAsked(node=self.node))

    def visitor_left(self, topic: str) -> None:
        """Tell that no browser of the visitor is here, if so."""
        found = self._topics.get(topic)
        if found is None or not found.of("visitor"):
            self.publish(topic, hints.VisitorHere(node=self.node, online=False))

    def viewers_changed(self, conv: str) -> None:
        """Tell all nodes who looks at `conv` on this one."""
        topic = self._topics.get(hints.conversation_topic(conv))
        viewers = [] if topic is None else topic.of("staff")
        people = {
            one.principal.person.id: one.principal.person for one in viewers if one.viewing == conv
        }
        self.publish(
            hints.conversation_topic(conv),
            hints.ViewersHint(node=self.node, people=list(people.values())),
        )

    def refresh_presence(self) -> None:
        """Forget nodes that did not answer since the last time, and ask again."""
        for topic in list(self._topics.values()):
            if topic.presence is None:
                continue
            if not topic.of("staff"):
                topic.presence = None
                continue
            self._tell(topic, topic.presence.forget_silent())
            self.publish(topic.name, hints.PresenceAsked(node=self.node))

    def publish(self, topic: str, hint: hints.Hint) -> None:
        """Send a hint, without waiting for it."""
        self._spawn(self._bus.publish(topic, hints.encode(hint)))

    async def settled(self) -> None:
        """Return when what was joined so far will be heard."""
        await self._bus.settled()

    # --- what the bus brings ----------------------------------------------------------------

    def _heard(self, topic: Topic, data: bytes) -> None:
        try:
            hint = hints.decode(data)
        except msgspec.DecodeError:
            log.warning("hint not understood", topic=topic.name.split(".", 1)[0])
            return
        match hint:
            case hints.ConversationHint():
                self._conversation(topic, hint)
            case hints.InboxHint(seq=seq, frame=encoded):
                frames = [] if encoded is None else [_live(encoded)]
                for listener in list(topic.listeners):
                    self._advance(listener, INBOX, seq, frames or None)
            case hints.FrameHint():
                self._frame(topic, hint)
            case hints.SessionEnded(session=session):
                for listener in list(topic.listeners):
                    if session is None or listener.principal.session == session:
                        gone = errors.Superseded("This session was ended.")
                        listener.react(listener.session.failed(gone))
            case hints.PresenceAsked():
                self._answer_presence(topic)
            case hints.VisitorHere(node=node, online=online):
                if topic.presence is not None:
                    self._tell(topic, topic.presence.visitor(node, online))
            case hints.ViewersHint(node=node, people=people):
                if topic.presence is not None:
                    self._tell(topic, topic.presence.viewers(node, people))
            case hints.StandingChanged():
                self._standing(topic)

    def _conversation(self, topic: Topic, hint: hints.ConversationHint) -> None:
        shared: dict[Audience, list[LiveFrame]] = {}
        for listener in list(topic.listeners):
            audience = listener.principal.audience
            frames = None
            # What one expert may see, another may not: theirs is always read.
            if hint.frames is not None and audience != "expert":
                if audience not in shared:
                    shared[audience] = [_live(one) for one in hint.frames.get(audience, ())]
                frames = shared[audience]
            self._advance(listener, hint.conv, hint.seq, frames)

    def _advance(
        self, listener: Listener, stream: str, seq: int, frames: list[LiveFrame] | None
    ) -> None:
        if frames is None:
            listener.react(listener.session.head(stream, seq))
            return
        for frame in frames:
            listener.react(listener.session.live(stream, frame))

    def _frame(self, topic: Topic, hint: hints.FrameHint) -> None:
        data = bytes(hint.frame)
        for listener in list(topic.listeners):
            session = listener.session
            if hint.session == session.id:
                continue
            if hint.audiences is not None and listener.principal.audience not in hint.audiences:
                continue
            if topic.stream is not None and not session.has_open(topic.stream):
                continue
            listener.react(session.pass_on(data, hint.key))

    def _standing(self, topic: Topic) -> None:
        """Look at those whom it concerns; of a whole site, at those who know of a standing."""
        for listener in topic.listeners:
            mine = topic.name == hints.person_topic(listener.principal.person.id)
            if mine or listener.session.waits:
                self._look(listener)

    def _answer_presence(self, topic: Topic) -> None:
        if topic.stream is None:
            return
        if any(one.session.has_open(topic.stream) for one in topic.of("visitor")):
            self.publish(topic.name, hints.VisitorHere(node=self.node, online=True))
        if any(one.viewing == topic.stream for one in topic.of("staff")):
            self.viewers_changed(topic.stream)

    def _tell(self, topic: Topic, frames: Iterator[tuple[str, bytes]]) -> None:
        for key, data in frames:
            for listener in topic.of("staff"):
                if topic.stream is not None and listener.session.has_open(topic.stream):
                    listener.react(listener.session.pass_on(data, key))


def _topic(principal: Principal, stream: str) -> str | None:
    """Return the topic that feeds `stream`; None: the person's own, which is joined already."""
    if stream != INBOX:
        return hints.conversation_topic(stream)
    return hints.inbox_topic(principal.site) if principal.audience == "staff" else None


def _live(encoded: hints.EncodedFrame) -> LiveFrame:
    return LiveFrame(encoded.seq, encoded.prev, bytes(encoded.frame))
