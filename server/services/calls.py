"""Brings offers to the node that has the call's room (`signaling.backend.Calls`)."""

from __future__ import annotations

from typing import Final

import msgspec

from server.services.nodes import Nodes
from server.services.placement import Placement
from server.services.reading import Reading
from server.services.rooms import Rooms
from signaling.backend import Principal
from signaling.errors import Refusal
from signaling.messages import Answer, Nack, Offer

__all__ = ["MediaCalls"]

PATIENCE: Final = 4.0  # seconds for another node to answer; its lease runs 6


class _Question(msgspec.Struct, frozen=True):
    """A member's offer, on its way to the node that has the room."""

    person: str
    offer: Offer
    alone: bool = False


_questions = msgspec.json.Decoder(_Question)
_replies: msgspec.json.Decoder[Answer | Nack] = msgspec.json.Decoder(Answer | Nack)


class MediaCalls:
    """The way to the media server, wherever it is. `rooms`: this node's own, if it has one."""

    def __init__(
        self, reading: Reading, placement: Placement, nodes: Nodes, rooms: Rooms | None
    ) -> None:
        self._reading = reading
        self._placement = placement
        self._nodes = nodes
        self._rooms = rooms

    async def offer(self, who: Principal, offer: Offer) -> Answer:
        """Return the answer of the node that has the room."""
        record = await self._reading.access(who, offer.conv)
        call = record.state.call
        if call is None or call.id != offer.call:
            raise Refusal("no_call", "The call is over.")
        if all(member.person.id != who.person.id for member in call.members):
            raise Refusal("not_in_call", "Join the call first.")
        return await self.bring(who.person.id, offer)

    async def bring(self, person: str, offer: Offer, *, alone: bool = False) -> Answer:
        """Bring a member's offer to the room's node; `alone`: a guest's, which follows no plan."""
        if self._rooms is not None and self._rooms.has(offer.call):
            return await self._rooms.offer(person, offer, alone=alone)
        node = await self._placement.place(offer.call, offer.conv)
        if node is None:
            raise _away(2.0)
        if node == self._placement.node and self._rooms is not None:
            return await self._rooms.offer(person, offer, alone=alone)
        question = msgspec.json.encode(_Question(person, offer, alone))
        try:
            reply = _replies.decode(await self._nodes.ask(node, question, PATIENCE))
        except TimeoutError:
            raise _away(1.0) from None
        if isinstance(reply, Nack):
            raise Refusal(
                reply.code,
                reply.message,
                temporary=reply.temporary,
                retry_after=reply.retry_after,
            )
        return reply

    async def answer(self, question: bytes) -> bytes:
        """Answer another node's question (`Nodes.start`)."""
        asked = _questions.decode(question)
        offer = asked.offer
        reply: Answer | Nack
        try:
            if self._rooms is None or (
                not self._rooms.has(offer.call)
                and await self._placement.place(offer.call, offer.conv) != self._placement.node
            ):
                raise _away(0.2)  # it was placed elsewhere meanwhile
            reply = await self._rooms.offer(asked.person, offer, alone=asked.alone)
        except Refusal as refusal:
            reply = Nack(
                id=offer.id,
                code=refusal.code,
                message=refusal.message,
                temporary=refusal.temporary,
                retry_after=refusal.retry_after,
            )
        return msgspec.json.encode(reply)


def _away(retry_after: float) -> Refusal:
    return Refusal(
        "unavailable", "Calls are not served right now.", temporary=True, retry_after=retry_after
    )
