"""Checks before a call: gives a browser a room of its own on a media node, for some seconds.

One request carries all offers and brings all answers, so it does not matter which node is asked
next; a node without media asks one that has. Rooms are few and short, and one that is used for
more than a check (a stream above `CEILING`) is closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

import msgspec
import structlog

from media import Grant, MediaError, Publication, Quality
from server.domain.checking import DOWN, UP, Answers, Offers, ways
from server.services import throttle
from server.services.clock import Clock
from server.services.nodes import Nodes
from server.services.placement import Placement
from server.services.secrets import new_id
from server.store.database import Database
from signaling.backend import Principal
from signaling.errors import Refusal
from signaling.messages import Nack

__all__ = ["Checks", "Doctor", "Media"]

log = structlog.get_logger(__name__)

SECONDS: Final = 20  # that a check may last
MAX_CHECKS: Final = 20  # at once on one node: 40 Mbit/s each way, if they are what they say
#: kbit/s; the check sends at most half. What sends more is closed at the media server's next look,
#: 2 s later at most; until then it may send what every participant may (`media.limits.Allowance`).
CEILING: Final = 4_000.0
PATIENCE: Final = 3.0  # seconds for another node to answer
LIMITS: Final = (throttle.Limit(6, 5 * 60_000), throttle.Limit(30, 5 * 60_000))

_CAMERA: Final = "camera"
_PREFIX: Final = b"check "  # of a question to another node: others ask for calls


class Media(Protocol):
    """What a check needs of `media.MediaServer`."""

    def grant(self, room: str, participant: str, grant: Grant) -> None: ...

    async def offer(
        self,
        room: str,
        participant: str,
        generation: int,
        sdp: str,
        send: dict[str, str],
        receive: dict[str, str],
    ) -> str: ...

    def visible(self, room: str, participant: str) -> tuple[Publication, ...]: ...

    def close_room(self, room: str) -> None: ...


class Checks:
    """The checks on this node. `watch` is told what the media server sees of rooms."""

    def __init__(self, media: Media) -> None:
        self._media = media
        self._timers: dict[str, asyncio.TimerHandle] = {}

    async def open(self, offers: Offers) -> Answers:
        """Answer the offers of a check.

        Raises:
            Refusal: `bad_offer`, or `unavailable`: there are too many checks now.
        """
        others = ways(offers)
        if len(self._timers) >= MAX_CHECKS:
            raise Refusal(
                "unavailable", "Too many check now.", temporary=True, retry_after=SECONDS / 2
            )
        check = f"check-{new_id()}"
        loop = asyncio.get_running_loop()
        self._timers[check] = loop.call_later(SECONDS, self.close, check)
        try:
            answers = await self._measure(check, offers) if UP in offers else {}
            for name in others:
                # In a room of their own: they only connect, and `watch` need not look at them.
                self._media.grant(_beside(check), name, Grant(frozenset(), {}))
                answers[name] = await self._media.offer(
                    _beside(check), name, 1, offers[name].sdp, {}, {}
                )
        except MediaError as error:
            self.close(check)
            raise Refusal("bad_offer", error.message) from error
        except BaseException:
            self.close(check)
            raise
        log.info("check opened", check=check, ways=len(others))
        return Answers(check, SECONDS, answers)

    async def _measure(self, check: str, offers: Offers) -> dict[str, str]:
        up, down = offers[UP], offers[DOWN]
        self._media.grant(check, UP, Grant(frozenset({_CAMERA}), {}))
        self._media.grant(check, DOWN, Grant(frozenset(), {UP: frozenset({_CAMERA})}))
        first = await self._media.offer(check, UP, 1, up.sdp, {up.mid: _CAMERA}, {})
        seen = self._media.visible(check, DOWN)
        taken = {down.mid: seen[0].id} if seen else {}
        second = await self._media.offer(check, DOWN, 1, down.sdp, {}, taken)
        return {UP: first, DOWN: second}

    def close(self, check: str) -> None:
        """End a check; nothing happens when it has ended."""
        timer = self._timers.pop(check, None)
        if timer is None:
            return
        timer.cancel()
        self._media.close_room(check)
        self._media.close_room(_beside(check))

    def watch(self, room: str, participant: str, quality: Quality) -> None:
        """End a check that is none: it sends more than a check does."""
        if room in self._timers and max(quality.up_kbps, quality.down_kbps) > CEILING:
            log.warning("check closed: it sends too much", check=room, seat=participant)
            self.close(room)

    def aclose(self) -> None:
        """End all of them."""
        for check in list(self._timers):
            self.close(check)


def _beside(check: str) -> str:
    return f"{check}-ways"


_questions = msgspec.json.Decoder(Offers)
_replies: msgspec.json.Decoder[Answers | Nack] = msgspec.json.Decoder(Answers | Nack)


class Doctor:
    """The way to a check, on this node or on one that has media. `checks`: this node's own."""

    def __init__(
        self, db: Database, placement: Placement, nodes: Nodes, checks: Checks | None, clock: Clock
    ) -> None:
        self._db = db
        self._placement = placement
        self._nodes = nodes
        self._checks = checks
        self._clock = clock

    async def check(self, who: Principal, address: str, offers: Offers) -> Answers:
        """Answer the offers of a check by `who`, who asks from `address`.

        Raises:
            TooManyAttempts: of this person, or from this network.
            Refusal: `bad_offer`, or `unavailable`.
        """
        ways(offers)
        limits = {f"check:{who.person.id}": LIMITS[0]}
        if (network := throttle.network(address)) is not None:
            limits[f"check:{network}"] = LIMITS[1]
        async with self._db.write() as tx:
            await throttle.count(tx, limits, self._clock())
        if self._checks is not None:
            return await self._checks.open(offers)
        node = await self._placement.anywhere()
        if node is None:
            raise _away()
        question = _PREFIX + msgspec.json.encode(offers)
        try:
            reply = _replies.decode(await self._nodes.ask(node, question, PATIENCE))
        except TimeoutError:
            raise _away() from None
        if isinstance(reply, Nack):
            raise Refusal(
                reply.code, reply.message, temporary=reply.temporary, retry_after=reply.retry_after
            )
        return reply

    def answering(
        self, others: Callable[[bytes], Awaitable[bytes]]
    ) -> Callable[[bytes], Awaitable[bytes]]:
        """Return what answers other nodes' questions: of checks here, the rest by `others`."""

        async def answer(question: bytes) -> bytes:
            if not question.startswith(_PREFIX):
                return await others(question)
            reply: Answers | Nack
            try:
                if self._checks is None:
                    raise _away()
                reply = await self._checks.open(_questions.decode(question[len(_PREFIX) :]))
            except Refusal as refusal:
                reply = Nack(
                    id="",
                    code=refusal.code,
                    message=refusal.message,
                    temporary=refusal.temporary,
                    retry_after=refusal.retry_after,
                )
            return msgspec.json.encode(reply)

        return answer


def _away() -> Refusal:
    return Refusal("unavailable", "No media server is there.", temporary=True, retry_after=2.0)
