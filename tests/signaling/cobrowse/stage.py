"""A relay without sockets: what it was told, and what each connection got of it."""

import msgspec

from signaling.cobrowse import binary, frames
from signaling.cobrowse.effects import Close, Note, Say, Show, Turn
from signaling.cobrowse.relay import Relay
from signaling.events import CobrowseGrant, CobrowseState, Page, Person

WALL = 1_700_000_000.0  # seconds since 1970 at time 0
PAGE = Page(url="https://shop.example/cart")


def person(name: str) -> Person:
    return Person(id=name, role="agent", name=name.title())


def on(**fields) -> CobrowseState:
    return CobrowseState(id="cb", by=Person(id="v", role="visitor"), state="on", **fields)


def granted(name: str, caps=("click",), seconds: float = 600.0) -> CobrowseState:
    until = int((WALL + seconds) * 1000)
    return on(grant=CobrowseGrant(id="g", agent=person(name), caps=list(caps), until=until))


def operate(id_="o", *, epoch=1, op="click", grant="g", **more) -> frames.Operate:
    return frames.Operate(id=id_, grant=grant, epoch=epoch, op=op, node=7, **more)


class Stage:
    """Drives a relay and keeps its effects by connection."""

    def __init__(self, state: CobrowseState | None = None) -> None:
        self.now = 0.0
        self.relay = Relay(state or on(), 0.0, WALL)
        self.got: dict[str, list] = {}
        self.closed: dict[str, str] = {}
        self.notes: list = []
        self.turns: list[str] = []

    def sharer(self, id_="s", page=PAGE, resume="r1") -> None:
        self._do(self.relay.sharer_came(id_, page, resume, self.now))

    def sharer_gone(self, id_="s") -> None:
        self._do(self.relay.sharer_gone(id_, self.now))

    def viewer(self, name="a", id_=None, **more) -> None:
        self._do(self.relay.viewer_came(id_ or name, person(name), self.now, **more))

    def viewer_gone(self, id_="a") -> None:
        self._do(self.relay.viewer_gone(id_, self.now))

    def say(self, sender: str, frame) -> None:
        self._do(self.relay.said(sender, frame, self.now))

    def terms(self, state: CobrowseState | None) -> None:
        self._do(self.relay.terms(state, self.now))

    def unsent(self, viewer: str, size: int) -> None:
        self._do(self.relay.unsent(viewer, size, self.now))

    def show(self, kind: int, epoch: int, seq: int, *, size=100, unpacked=100, by="s") -> bool:
        """Bring a binary frame; tell whether its payload was worth a look."""
        header = binary.Header(kind, 0, epoch, seq)
        todo = self.relay.offered(by, header, size, self.now)
        if todo is not None:
            self._do(todo)
            return False
        data = binary.encode(header, bytes(size - frames.HEADER))
        self._do(self.relay.recorded(by, header, data, unpacked, self.now))
        return True

    def snapshot(self, epoch: int, **more) -> bool:
        return self.show(binary.SNAPSHOT, epoch, 0, **more)

    def delta(self, epoch: int, seq: int, **more) -> bool:
        return self.show(binary.DELTA, epoch, seq, **more)

    def wait(self, seconds: float) -> None:
        """Let time pass, and do what is due on the way."""
        until = self.now + seconds
        while (due := self.relay.deadline) <= until:
            assert due > self.now or self.now == 0.0, "a deadline that never passes"
            self.now = max(self.now, due)
            self._do(self.relay.tick(self.now))
        self.now = until

    def heard(self, id_: str, kind: type | None = None) -> list:
        """Return and forget what a connection got; binary frames as (epoch, seq)."""
        got = self.got.pop(id_, [])
        return got if kind is None else [one for one in got if isinstance(one, kind)]

    def seen(self, id_: str) -> list[tuple[int, int]]:
        """Return and forget the binary frames that a viewer got."""
        return self.heard(id_, tuple)

    def forget(self) -> None:
        self.got.clear()

    def _do(self, effects) -> None:
        for effect in effects:
            match effect:
                case Say(to=to, frame=frame):
                    msgspec.json.encode(frame)
                    for one in to:
                        self.got.setdefault(one, []).append(frame)
                case Show(to=to, data=data):
                    header = binary.decode(data)
                    for one in to:
                        self.got.setdefault(one, []).append((header.epoch, header.seq))
                case Close(to=to, reason=reason):
                    self.closed[to] = reason
                case Note(operation=operation):
                    self.notes.append((operation.person, operation.op, operation.code))
                case Turn(page=page):
                    self.turns.append(page.url)


def showing(state: CobrowseState | None = None) -> Stage:
    """Return a stage where "a" sees epoch 1 of what "s" records."""
    stage = Stage(state)
    stage.sharer()
    stage.viewer("a")
    stage.snapshot(1)
    stage.forget()
    return stage
