"""Decides when a call's media go straight from one browser to the other. Pure.

A call always begins through the media server. When the site allows it and exactly two talk,
unobserved and unrecorded, the node with the room lets them try a direct path in the background.
Both keep their connection with the server, so that the way back takes no time.

```
          allowed, both connected for SETTLE            both say up
  SERVER ──────────────────────────────────► TRYING ────────────────► DIRECT
    ▲                                           │ failed, LATE           │ failed, a new page
    └─────────────── not allowed any more ──────┴────────────────────────┘
```

What failed is tried again after a pause that doubles. Browsers on a direct path say so every few
seconds: who says it when nobody may, because the word that called them back was lost or their path
is of a node that is gone, is called back then. Times are seconds of one clock;
`server/services/paths.py` drives it. Why: docs/decisions/0009-direct-path.md.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal, get_args

from server.domain.refusing import BadSetting
from signaling.calls import plan
from signaling.direct import DirectReport, DirectSignal
from signaling.state import ConversationState

__all__ = [
    "POLICIES",
    "Astray",
    "Ended",
    "MediaPolicy",
    "Pair",
    "Path",
    "Reason",
    "Stage",
    "Told",
    "Tried",
    "Up",
    "barred",
    "check_policy",
    "pair_of",
]

#: "server": media pass our server. "direct": straight between two, when they can. "relay":
#: through the TURN server, so that not even ours is reached without it.
MediaPolicy = Literal["server", "direct", "relay"]
POLICIES: Final[tuple[MediaPolicy, ...]] = get_args(MediaPolicy)

#: Why the media pass the server; for the log and figures, never told to the browsers.
Reason = Literal[
    "policy",
    "number",
    "expert",
    "observed",
    "recording",
    "grants",
    "page",
    "failed",
    "late",
    "over",
]

SETTLE: Final = 4.0  # seconds both are connected first; what ended before is over by then
LATE: Final = 20.0  # seconds until both have said "up"; browsers themselves give up before
PAUSE: Final = 60.0  # seconds after a failure, doubled with each in a row
LONGEST_PAUSE: Final = 960.0
PROVEN: Final = 120.0  # seconds a path lasts for its end not to count as one more failure
MAX_SIGNALS: Final = 40  # frames of one side in an attempt
MAX_SIGNALLED: Final = 64_000  # characters of one side in an attempt


def check_policy(typed: str, *, relayed: bool) -> MediaPolicy:
    """Return the policy that was typed. `relayed`: there is a TURN server.

    Raises:
        BadSetting: `bad_policy`, `no_relay`.
    """
    for known in POLICIES:
        if typed == known:
            if known == "relay" and not relayed:
                raise BadSetting("no_relay", "There is no TURN server: set TISKI_TURN_URLS first.")
            return known
    raise BadSetting("bad_policy", f"The policy is one of {', '.join(POLICIES)}.")


@dataclass(frozen=True, slots=True)
class Pair:
    """The two who talk. The one of staff offers: their browser is at home here."""

    offers: str
    answers: str

    def other(self, person: str) -> str | None:
        """Return the other one of the two; None to who is neither."""
        return {self.offers: self.answers, self.answers: self.offers}.get(person)


def barred(policy: MediaPolicy, state: ConversationState) -> Reason | None:
    """Return why the media of the call have to pass the server; None when they need not."""
    call = state.call
    if policy != "direct":
        return "policy"
    if call is None or call.state != "active" or len(call.members) != 2:
        return "number"
    if state.observers:
        return "observed"  # also before they have joined: their first word must not wait
    if any(member.person.role == "expert" for member in call.members):
        return "expert"
    if getattr(call, "recording", None):
        return "recording"
    plans = plan(state)
    publish = [its.publish for its in plans.values()]
    receive = [one for its in plans.values() for one in its.receive.values()]
    if len(receive) != 2 or not all(publish) or set(publish) != set(receive):
        return "grants"  # what one may not have must not reach their browser
    return None


def pair_of(state: ConversationState) -> Pair | None:
    """Return the two members of a call that is not barred from a direct path."""
    if state.call is None or len(state.call.members) != 2:
        return None
    one, other = sorted(
        (member.person for member in state.call.members),
        key=lambda person: (person.role == "visitor", person.id),
    )
    return Pair(one.id, other.id)


class Stage(Enum):
    """Which way the media go."""

    SERVER = "server"
    TRYING = "trying"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class Tried:
    """Both are to be told that they may try."""

    attempt: int
    pair: Pair


@dataclass(frozen=True, slots=True)
class Up:
    """Both have said that their media go directly. `seconds`: since they were told to try."""

    attempt: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Ended:
    """Both are to be told to come back. `seconds`: that the media went directly."""

    attempt: int
    pair: Pair
    reason: Reason
    seconds: float


@dataclass(frozen=True, slots=True)
class Astray:
    """Somebody who still sends directly is to be told to come back."""

    attempt: int
    person: str


Told = Tried | Up | Ended | Astray


class Path:
    """The way of one call's media, as the node with its room knows it."""

    def __init__(self) -> None:
        self.stage = Stage.SERVER
        self.attempt = 0
        self._pair: Pair | None = None
        self._connected: set[str] = set()
        self._ready: float | None = None  # when an attempt may begin, if nothing changes
        self._not_before = 0.0  # the pause after a failure
        self._failures = 0
        self._since = 0.0  # this stage
        self._up: set[str] = set()
        self._signals: dict[str, tuple[int, int]] = {}  # person -> frames, characters

    @property
    def allowed(self) -> bool:
        """Whether two may go directly now."""
        return self._pair is not None

    def decide(
        self, pair: Pair | None, why: Reason, members: Collection[str], now: float
    ) -> list[Told]:
        """Take what the state allows: a pair, or nobody, and then why. `members`: of the call."""
        self._connected.intersection_update(members)
        told: list[Told] = []
        if pair != self._pair:
            told = self._end(why if pair is None else "number", now)
            self._pair = pair
            self._settle(now)
        return told

    def connected(self, person: str, now: float) -> list[Told]:
        """Learn that a member's browser has a new connection with the media server.

        While a path is tried or used, that is another page, which knows nothing of it.
        """
        self._connected.add(person)
        if self._pair is None or self._pair.other(person) is None:
            return []
        told = self._end("page", now)
        self._settle(now)
        return told

    def report(self, person: str, said: DirectReport, now: float) -> list[Told]:
        """Take what one of the two says about the path."""
        if self._pair is None and said.state == "up" and person in self._connected:
            # Before their connection with this server is up, coming back would be silence.
            return [Astray(said.attempt, person)]
        if self._pair is None or self._pair.other(person) is None or said.attempt != self.attempt:
            return []
        match said.state:
            case "failed":
                return self._failed("failed", now)
            case "closed" if self.stage is not Stage.SERVER:
                # The next page has to come before anything can be tried with it.
                self._connected.discard(self._pair.other(person) or "")
                return self._end("page", now)
        self._up.add(person)
        if self.stage is not Stage.TRYING or len(self._up) < 2:
            return []
        took = now - self._since
        self.stage, self._since = Stage.DIRECT, now
        return [Up(self.attempt, took)]

    def passes_to(self, person: str, signal: DirectSignal) -> str | None:
        """Return whom a signal goes to; None when it is stale, a stranger's, or one too many."""
        if self.stage is Stage.SERVER or self._pair is None or signal.attempt != self.attempt:
            return None
        other = self._pair.other(person)
        frames, characters = self._signals.get(person, (0, 0))
        frames += 1
        characters += len(signal.sdp) + sum(len(one.candidate) for one in signal.candidates)
        if other is None or frames > MAX_SIGNALS or characters > MAX_SIGNALLED:
            return None
        self._signals[person] = frames, characters
        return other

    def tick(self, now: float, wall: int) -> list[Told]:
        """Do what is due. `wall`: ms since 1970, which number attempts over nodes and restarts."""
        match self.stage:
            case Stage.TRYING if now >= self._since + LATE:
                return self._failed("late", now)
            case Stage.SERVER if self._pair is not None and self._ready is not None:
                if now >= max(self._ready, self._not_before):
                    self.stage, self._since = Stage.TRYING, now
                    self.attempt = max(self.attempt + 1, wall)
                    self._up, self._signals = set(), {}
                    return [Tried(self.attempt, self._pair)]
        return []

    def close(self, now: float) -> list[Told]:
        """The call is over, or its room is elsewhere: nobody is told anything any more."""
        return self._end("over", now)

    def _settle(self, now: float) -> None:
        pair = self._pair
        both = pair is not None and {pair.offers, pair.answers} <= self._connected
        self._ready = now + SETTLE if both else None

    def _failed(self, reason: Reason, now: float) -> list[Told]:
        if self.stage is Stage.DIRECT and now - self._since >= PROVEN:
            self._failures = 0
        told = self._end(reason, now)
        if told:
            self._not_before = now + min(PAUSE * 2**self._failures, LONGEST_PAUSE)
            self._failures += 1
        return told

    def _end(self, reason: Reason, now: float) -> list[Told]:
        if self.stage is Stage.SERVER or self._pair is None:
            return []
        direct = now - self._since if self.stage is Stage.DIRECT else 0.0
        self.stage, self._since = Stage.SERVER, now
        self._settle(now)
        return [Ended(self.attempt, self._pair, reason, direct)]
