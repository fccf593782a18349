"""One co-browsing: from one sharer to up to three viewers, and back. Pure.

```
          sharer_came               curtain down, or paused
  ABSENT ─────────────► SHOWING ─────────────────────────────► CURTAINED
    ▲                    │   ▲    curtain up and resumed           │
    │                    │   └─────────────────────────────────────┤
    └────────────────────┴──────────── sharer_gone ────────────────┘
```
What was recorded passes in SHOWING only; in the other two no binary frame reaches a viewer and
no operation the page. Epochs and gaps are in `recording.py`, what each viewer gets of them in
`flow.py`. Nothing is stored but the newest page, curtain and count of masked things, for viewers
who come later.

`room.py` drives it: it brings frames, terms and the time, performs the effects in their order,
and calls `tick` when `deadline` has come. Rules: docs/cobrowse.md. Times are seconds of a
monotonic clock; what is sent to browsers is UTC in milliseconds.
"""

from __future__ import annotations

from collections import Counter
from enum import Enum
from typing import Final

import msgspec

from signaling import errors
from signaling.cobrowse import frames
from signaling.cobrowse.binary import SNAPSHOT, Header, stamp
from signaling.cobrowse.effects import Close, Effect, Note, Say, Show, Turn
from signaling.cobrowse.flow import Pace
from signaling.cobrowse.operations import Asked, Operations, objection
from signaling.cobrowse.recording import Recording
from signaling.cobrowse.scene import Scene
from signaling.cobrowse.viewer import Mark, Viewer
from signaling.events import CobrowseState, Page, Person

__all__ = ["MAX_VIEWERS", "PING", "Relay", "Stage"]

MAX_VIEWERS: Final = 3
PING: Final = 5.0  # seconds between pings, as the welcome says
LIFTED: Final = 1.0  # seconds for the page to send a snapshot by itself when its curtain goes up
EPOCHS: Final = 4  # a second, more than a page begins


class Stage(Enum):
    """What viewers can see."""

    ABSENT = "absent"
    SHOWING = "showing"
    CURTAINED = "curtained"


class Relay:
    """Who shares, who sees, and what passes between them."""

    def __init__(
        self, state: CobrowseState, now: float, wall: float, dropped: Counter[str] | None = None
    ) -> None:
        """Begin without anybody.

        Args:
            state: what holds.
            now: seconds of the clock that all inputs come with.
            wall: seconds since 1970 at `now`.
            dropped: counts the binary frames that do not pass, by reason.
        """
        self.sharer: str | None = None
        self.viewers: dict[str, Viewer] = {}
        self.recording = Recording(now, dropped)
        self.scene = Scene(state)
        self._wall = wall - now
        self._operations = Operations()

    @property
    def stage(self) -> Stage:
        """What viewers can see."""
        if self.sharer is None or self.scene.state is None:
            return Stage.ABSENT
        return Stage.CURTAINED if self.scene.down else Stage.SHOWING

    @property
    def deadline(self) -> float:
        """When `tick` is due."""
        times = [viewer.deadline for viewer in self.viewers.values()]
        times.append(self._operations.deadline)
        if self._wants_snapshot():
            times.append(self.recording.due)
        return min(times)

    def public(self) -> list[frames.Viewer]:
        """Return who sees the page."""
        return [viewer.public() for viewer in self.viewers.values()]

    # --- who is there -----------------------------------------------------------------------

    def sharer_came(
        self, sharer: str, page: Page | None, resume: str | None, now: float
    ) -> list[Effect]:
        """Let the shopper's browser in, in place of one that was there."""
        before, self.sharer = self.sharer, sharer
        todo: list[Effect] = []
        if before is not None:
            todo.append(Close(before, errors.Superseded("Another took its place."), "superseded"))
        self.recording.begin(now)
        before_it = self.scene.curtain
        self.scene.begin(page)
        told: list[frames.ServerFrame] = []
        welcome = frames.Welcome(
            you=sharer,
            epoch=max(self.recording.epoch, self._epoch_by_time(now)),
            now=self._utc(now),
            ping=PING,
            viewers=self.public(),
            resume=resume,
            curtain=before_it,
        )
        todo.append(Say((sharer,), welcome))
        todo += self._unanswered()
        if before is None:
            told.append(frames.Sharing(on=True))
        if self.scene.page is not None:
            told.append(self.scene.page)
        told.append(self.scene.curtain or frames.Curtain(down=False))
        todo += [self._to_viewers(frame) for frame in told]
        self._restart_flows()
        return self._settle(todo, now)

    def sharer_gone(self, sharer: str, now: float) -> list[Effect]:
        """Forget the shopper's browser, unless another has taken its place."""
        if sharer != self.sharer:
            return []
        self.sharer = None
        self._restart_flows()
        told = self._to_viewers(frames.Sharing(on=False))
        return self._settle([told, *self._unanswered()], now)

    def viewer_came(
        self, id_: str, person: Person, now: float, *, greeted: bool = False
    ) -> list[Effect]:
        """Let a viewer in. `greeted`: they had a welcome from another node; the rest is said.

        One who is here already stays as they are.
        """
        if id_ in self.viewers:
            return []
        todo: list[Effect] = []
        if len(self.viewers) >= MAX_VIEWERS:
            # A browser whose old socket has not been missed yet takes its own place.
            same = [one.id for one in self.viewers.values() if one.person.id == person.id]
            if not same:
                return [Close(id_, errors.Refusal("forbidden", "Three see it."), "full")]
            del self.viewers[same[0]]
            todo.append(Close(same[0], errors.Superseded("Another took its place."), "superseded"))
            todo += self._without_marks(same[0])
        taken = {one.colour for one in self.viewers.values()}
        colour = next(colour for colour in range(MAX_VIEWERS) if colour not in taken)
        others = tuple(self.viewers)
        if not others:
            self.recording.expect(now)  # with nobody to see it, the page ignored older wishes
        self.viewers[id_] = Viewer(id_, person, colour, now)
        viewers = frames.Viewers(viewers=self.public())
        if greeted:
            todo += self.remind(id_)
        else:
            todo.append(Say((id_,), self._greeting(id_, now)))
        todo += [Say(others, viewers), self._to_sharer(viewers)]
        return self._settle(todo, now)

    def remind(self, id_: str) -> list[Effect]:
        """Tell a viewer of another node everything again: the bus may have lost it."""
        if id_ not in self.viewers:
            return []
        told = [frames.Sharing(on=self.sharer is not None), *self.scene.newest()]
        return [Say((id_,), frame) for frame in (*told, frames.Viewers(viewers=self.public()))]

    def viewer_gone(self, id_: str, now: float) -> list[Effect]:
        """Forget a viewer."""
        if self.viewers.pop(id_, None) is None:
            return []
        viewers = frames.Viewers(viewers=self.public())
        todo = [*self._without_marks(id_), self._to_viewers(viewers), self._to_sharer(viewers)]
        return self._settle(todo, now)

    def terms(self, state: CobrowseState | None, now: float) -> list[Effect]:
        """Take what holds now; None: it is over."""
        before = self.scene.curtain
        self.scene.state = state
        return self._settle(self._curtain_changed(before, now), now)

    # --- text -------------------------------------------------------------------------------

    def said(self, sender: str, frame: frames.ClientFrame, now: float) -> list[Effect]:
        """Take a text frame. What is not for its sender to say is ignored."""
        if sender == self.sharer:
            return self._settle(self._from_sharer(frame, now), now)
        viewer = self.viewers.get(sender)
        return [] if viewer is None else self._settle(self._from_viewer(viewer, frame, now), now)

    def _from_sharer(self, frame: frames.ClientFrame, now: float) -> list[Effect]:
        match frame:
            case frames.PageShown():
                turned = self.scene.turn(frame)
                shown = self.scene.page or frame
                return [self._to_viewers(shown), *([Turn(shown.page)] if turned else [])]
            case frames.Curtain():
                before = self.scene.curtain
                self.scene.draw(frame)
                return self._curtain_changed(before, now + LIFTED)
            case frames.Masked():
                self.scene.masked = frame
                return [self._to_viewers(frame)]
            case frames.Operated(id=id_, code=code):
                asked = self._operations.answer(id_)
                return [] if asked is None else self._answer(asked, code)
            case _:
                return []

    def _from_viewer(self, viewer: Viewer, frame: frames.ClientFrame, now: float) -> list[Effect]:
        match frame:
            case frames.Shown(epoch=epoch, seq=seq):
                viewer.flow.shown(epoch, seq)
                return []
            case frames.Resync():
                viewer.flow.resync()
                return []
            case frames.Pointer() | frames.Stroke() | frames.Highlight() | frames.ClearMarks():
                if self.stage is not Stage.SHOWING and not isinstance(frame, frames.ClearMarks):
                    return []  # there is nothing to point at
                return self._mark(viewer, frame) if viewer.may_mark(frame, now) else []
            case frames.Operate():
                return self._operate(viewer, frame, now)
            case _:
                return []

    def _mark(self, viewer: Viewer, frame: Mark) -> list[Effect]:
        told = msgspec.structs.replace(frame, viewer=viewer.id)
        others = tuple(id_ for id_ in self.viewers if id_ != viewer.id)
        to = others if self.sharer is None else (self.sharer, *others)
        key = f"pointer.{viewer.id}" if isinstance(frame, frames.Pointer) else None
        return [Say(to, told, key)]

    def _operate(self, viewer: Viewer, frame: frames.Operate, now: float) -> list[Effect]:
        asked = Asked(frame.id, viewer.id, viewer.person.id, frame, now)
        if not viewer.may_operate(now):
            # Not for the audit log: it must not be filled by what does nothing.
            return [Say((viewer.id,), frames.Operated(id=frame.id, code="rate_limited"))]
        if self.stage is Stage.ABSENT:
            return self._answer(asked, "too_late")
        if code := objection(frame, viewer.person.id, self.scene.state, self._utc(now)):
            return self._answer(asked, code)
        if self.stage is Stage.CURTAINED:
            return self._answer(asked, "refused")
        if frame.epoch != self.recording.epoch:
            return self._answer(asked, "stale")
        if not self._operations.ask(frame, viewer.id, viewer.person.id, now):
            return self._answer(asked, "rate_limited")
        return [self._to_sharer(msgspec.structs.replace(frame, viewer=viewer.id))]

    def _answer(self, asked: Asked, code: frames.Code) -> list[Effect]:
        answer = frames.Operated(id=asked.id, code=code)
        told: list[Effect] = [Say((asked.viewer,), answer)] if asked.viewer in self.viewers else []
        return [*told, Note(asked.done(code))]

    def _unanswered(self, now: float = float("inf")) -> list[Effect]:
        late = self._operations.give_up(now)
        return [effect for asked in late for effect in self._answer(asked, "too_late")]

    # --- the recording ----------------------------------------------------------------------

    def offered(self, sender: str, header: Header, size: int, now: float) -> list[Effect] | None:
        """Take the header of a binary frame of `size` bytes.

        Return None when its payload is worth a look: bring it with `recorded` then.
        """
        if sender != self.sharer:
            return []
        loss = self.recording.offered(header, size, now, shown=self._shown)
        return None if loss is None else self._lost(now)

    def recorded(
        self, sender: str, header: Header, data: bytes, unpacked: int, now: float
    ) -> list[Effect]:
        """Pass a whole binary frame on, whose payload is good and has `unpacked` bytes."""
        if sender != self.sharer:
            return []  # another took its place meanwhile
        if self.recording.accepted(header, unpacked, now, shown=self._shown):
            return self._lost(now)
        epoch, seq, size = header.epoch, header.seq, len(data)
        to = [
            one.id
            for one in self.viewers.values()
            if (
                one.flow.snapshot(epoch, size, now)
                if header.kind == SNAPSHOT
                else one.flow.delta(epoch, seq, now)
            )
        ]
        todo: list[Effect] = [Show(tuple(to), stamp(data, self._utc(now)))] if to else []
        return self._settle(todo, now)

    def unsent(self, viewer: str, size: int, now: float) -> list[Effect]:
        """Take note of how many bytes wait for a viewer's socket."""
        found = self.viewers.get(viewer)
        if found is None:
            return []
        found.flow.unsent(size, now)
        return self._settle([], now)

    @property
    def _shown(self) -> bool:
        return self.stage is Stage.SHOWING and bool(self.viewers)

    def _lost(self, now: float) -> list[Effect]:
        todo: list[Effect] = []
        if self.recording.seq is None:
            self._restart_flows()
        if self.recording.flooded and self.sharer is not None:
            todo.append(Close(self.sharer, errors.ProtocolViolation("It went on."), "too_much"))
        return self._settle(todo, now)

    def _restart_flows(self) -> None:
        for viewer in self.viewers.values():
            viewer.flow.restart()

    def _wants_snapshot(self) -> bool:
        return self._shown and any(one.flow.pace is Pace.WAITING for one in self.viewers.values())

    # --- time -------------------------------------------------------------------------------

    def tick(self, now: float) -> list[Effect]:
        """Do what is due."""
        todo = self._unanswered(now)
        for viewer in self.viewers.values():
            viewer.flow.tick(now)
            if (pointer := viewer.release(now)) is not None and self.stage is Stage.SHOWING:
                todo += self._mark(viewer, pointer)
        return self._settle(todo, now)

    def _settle(self, todo: list[Effect], now: float) -> list[Effect]:
        """Add what follows from where things are now."""
        if self._wants_snapshot() and self.recording.wish(now):
            todo.append(self._to_sharer(frames.TakeSnapshot()))
        return [one for one in todo if not isinstance(one, Say) or one.to]

    def _utc(self, now: float) -> int:
        return int((now + self._wall) * 1000)

    def _epoch_by_time(self, now: float) -> int:
        """Return an epoch above those that another node may have seen before."""
        if self.scene.state is None or not self.scene.state.started_at:
            return 0
        return max(0, self._utc(now) - self.scene.state.started_at) * EPOCHS // 1000

    # --- what is said -----------------------------------------------------------------------

    def _curtain_changed(self, before: frames.Curtain | None, expected: float) -> list[Effect]:
        after = self.scene.curtain
        if after == before:
            return []
        was = before is not None and before.down
        if self.scene.down and not was:
            self._restart_flows()
        elif was and not self.scene.down:
            self.recording.expect(expected)
        return [self._to_viewers(after or frames.Curtain(down=False))]

    def _greeting(self, viewer: str, now: float) -> frames.Welcome:
        return frames.Welcome(
            you=viewer,
            epoch=self.recording.epoch,
            now=self._utc(now),
            ping=PING,
            viewers=self.public(),
            sharing=self.sharer is not None,
            page=self.scene.page,
            curtain=self.scene.curtain,
            masked=self.scene.masked,
        )

    def _without_marks(self, viewer: str) -> list[Effect]:
        gone = frames.ClearMarks(viewer=viewer)
        return [self._to_viewers(gone), self._to_sharer(gone)]

    def _to_viewers(self, frame: frames.ServerFrame) -> Effect:
        return Say(tuple(self.viewers), frame)

    def _to_sharer(self, frame: frames.ServerFrame) -> Effect:
        return Say(() if self.sharer is None else (self.sharer,), frame)
