"""A backend that keeps conversations in memory, with the same promises as the real one.

Tokens are "<audience>:<person>[:<conversation of an expert>]", or "expired", or anything else,
which is forbidden.
"""

import time

import msgspec

from signaling import errors, hints, messages
from signaling.backend import Principal
from signaling.events import ConversationState, Message, Person, TimelineEvent, Visitor
from signaling.messages import Ack, Availability, Event, InboxChanges, InboxSnapshot, Snapshot

EPOCH = "E1"


class FakeBackend:
    """Conversations anybody with a token may see, except "secret"."""

    def __init__(self, bus) -> None:
        self.bus = bus
        self.events: dict[str, list[Event]] = {}
        self.acks: dict[str, Ack] = {}
        self.online: list[tuple[str, bool]] = []
        self.silent = False  # commit without a hint: the bus lost it
        self.failing = False
        self.gate = None  # an asyncio.Event that opening waits for
        self.reads = 0
        self.standings: dict[str, messages.Desk | messages.QueuePlace] = {}
        self.stood: list[list[str]] = []  # who was asked about, look by look
        self.kept: list[tuple[str, bool]] = []  # visitors whose places were renewed

    async def authenticate(self, token, origin):
        audience, _, rest = token.partition(":")
        if token == "expired":
            raise errors.TokenExpired("Get a new token.")
        if audience not in ("visitor", "staff", "expert"):
            raise errors.Forbidden("This token is not for this.")
        role = "agent" if audience == "staff" else audience
        lifetime = float(rest.partition(":")[2] or 600)
        name = rest.partition(":")[0]
        person = Person(id=name, role=role, name=name.title())
        return Principal(person, audience, "site", f"login-{name}", time.time() + lifetime)

    async def execute(self, who, command):
        if self.failing:
            raise RuntimeError("the database is away")
        if command.id in self.acks:
            return self.acks[command.id]
        if not isinstance(command, messages.Send):
            raise errors.Refusal("forbidden", "The fake only chats.")
        await self.access(who, command.conv)
        seq = await self.append(command.conv, who.person, command.text, command.id)
        self.acks[command.id] = Ack(id=command.id, seq=seq)
        return self.acks[command.id]

    async def append(self, conv, by, text, id_="m") -> int:
        log = self.events.setdefault(conv, [])
        seq = len(log) + 1
        body = Message(id=id_, text=text)
        event = Event(conv=conv, epoch=EPOCH, seq=seq, prev=seq - 1, at=seq, by=by, event=body)
        log.append(event)
        if not self.silent:
            encoded = hints.EncodedFrame(seq=seq, prev=seq - 1, frame=hints.raw(event))
            both = {"visitor": [encoded], "staff": [encoded]}
            hint = hints.ConversationHint(conv=conv, seq=seq, frames=both)
            await self.bus.publish(hints.conversation_topic(conv), hints.encode(hint))
            changes = InboxChanges(epoch=EPOCH, seq=seq, prev=seq - 1, items=[])
            row = hints.EncodedFrame(seq=seq, prev=seq - 1, frame=hints.raw(changes))
            inbox = hints.InboxHint(seq=seq, frame=row)
            await self.bus.publish(hints.inbox_topic("site"), hints.encode(inbox))
        return seq

    async def access(self, who, conv):
        if conv == "secret" or (conv == "another's" and who.audience == "visitor"):
            raise errors.Refusal("not_found", "No such conversation.")

    async def open_conversation(self, who, conv, cursor):
        await self.access(who, conv)
        if self.gate is not None:
            await self.gate.wait()
        log = self.events.setdefault(conv, [])
        if cursor is not None and cursor[0] == EPOCH and len(log) - cursor[1] <= 300:
            return log[cursor[1] :]
        state = ConversationState(
            id=conv, state="active", visitor=Visitor(id="v"), lang="fi", opened_at=0
        )
        newest = [TimelineEvent(seq=e.seq, at=e.at, by=e.by, event=e.event) for e in log[-50:]]
        return Snapshot(conv=conv, epoch=EPOCH, seq=len(log), state=state, events=newest)

    async def open_inbox(self, who, cursor):
        return InboxSnapshot(epoch=EPOCH, seq=self._feed(), items=[])

    async def read_conversation(self, who, conv, after):
        self.reads += 1
        await self.access(who, conv)
        return self.events[conv][after:]

    async def read_inbox(self, who, after):
        feed = self._feed()
        if feed <= after:
            return None
        return InboxChanges(epoch=EPOCH, seq=feed, prev=after, items=[])

    async def heads(self, asked):
        return [
            {s: len(self.events.get(s, ())) for s in streams if s != messages.INBOX}
            for _, streams in asked
        ]

    async def availability(self, who):
        return Availability(online=True)

    async def touch(self, who, online):
        self.online.append((who.person.id, online))

    async def renew(self, visitors, online):
        self.kept += [(who.person.id, online) for who in visitors]

    async def standing(self, who):
        self.stood.append([one.person.id for one in who])
        if self.failing:
            raise RuntimeError("the database is away")
        return [self.standings.get(one.person.id) for one in who]

    def _feed(self):
        return max((len(log) for log in self.events.values()), default=0)


class FakeCalls:
    """Answers every offer with its own words."""

    async def offer(self, who, offer):
        if offer.sdp == "garbage":
            raise errors.Refusal("bad_offer", "This is no session description.")
        return messages.Answer(
            id=offer.id,
            conv=offer.conv,
            call=offer.call,
            generation=offer.generation,
            sdp=offer.sdp,
        )


decode = msgspec.json.Decoder(messages.ServerFrame).decode
