"""One co-browsing on one node: joins its connections, the relay, the application and the bus.

```
                     another node is home, its sharer connected
  HOME (a relay) ────────────────────────────────────────────────► AWAY (none)
      ▲                                                               │
      └─── the sharer comes here, or the other one falls silent ──────┘
```
At home the relay decides, and viewers of other nodes are carried to it. Away, the viewers who
are connected here are carried to the home. A node where nobody shares is a home for its own
viewers until it hears of another. Each node guards its own sockets by the application's terms.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import msgspec
import structlog

from signaling import errors
from signaling.cobrowse import between, frames
from signaling.cobrowse.backend import Opened, Terms
from signaling.cobrowse.binary import Header
from signaling.cobrowse.connection import Connection, Host
from signaling.cobrowse.effects import Close, Effect, Note, Say, Show, Turn
from signaling.cobrowse.flow import MAX_UNSENT
from signaling.cobrowse.journal import Journal
from signaling.cobrowse.links import Links
from signaling.cobrowse.relay import PING, Relay
from signaling.cobrowse.standing import Standing
from signaling.outgoing import Weight

__all__ = ["Room"]

log = structlog.get_logger()

SILENT: Final = 25.0  # seconds; homes and viewers tell of themselves every 10

_encoder: Final = msgspec.json.Encoder()


class Room:
    """Those of one co-browsing who are connected to this node, and what they have to do with."""

    def __init__(self, id_: str, opened: Opened, gateway: Host) -> None:
        self.id = id_
        self.conv = opened.conv
        self._gateway = gateway
        self._state = opened.state
        self._connections: dict[str, Connection] = {}
        self._carried: dict[str, tuple[str, float]] = {}  # viewer elsewhere -> node, when heard
        self._choked: set[str] = set()  # viewers here whose full queue the home was told of
        self._home: str | None = None
        self._home_heard = 0.0
        self._relay: Relay | None = self._new_relay()
        self._journal = Journal(id_, gateway.backend, gateway.spawn, self._page_refused)
        self._timer: asyncio.TimerHandle | None = None
        self._standing = Standing(id_, gateway.backend, gateway.spawn, self._viewers, self._hold)
        self.closed = False
        self._links = Links(id_, gateway.node, gateway.bus, gateway.spawn, self._told)
        self._unsubscribe = self._standing.listen(gateway.bus, self.conv)

    def _new_relay(self) -> Relay:
        gateway = self._gateway
        return Relay(self._state, gateway.now(), gateway.wall(), gateway.dropped)

    @property
    def sharer(self) -> str | None:
        """The sharer's connection, if it is on this node."""
        return None if self._relay is None else self._relay.sharer

    # --- connections ------------------------------------------------------------------------

    def join(self, connection: Connection, opened: Opened) -> None:
        """Let in somebody whom the application has let in."""
        self._connections[connection.id] = connection
        now = self._gateway.now()
        if connection.role == "share":
            relay = self._relay or self._come_home()
            self._do(relay.sharer_came(connection.id, connection.page, opened.resume, now))
            self._links.tell(between.Home(node=self._links.node, fresh=True, sharing=True))
        elif self._relay is not None:
            self._do(self._relay.viewer_came(connection.id, connection.person, now))
            if self._relay.sharer is None:
                self._links.tell(between.Looking(node=self._links.node))
        else:
            connection.say(frames.Welcome(you=connection.id, epoch=0, now=self._utc(), ping=PING))
            self._announce(connection)
        # What held when they were let in may have changed before we listened.
        self._standing.ask()

    def leave(self, connection: Connection) -> None:
        """Forget a connection; nothing happens when it is forgotten already."""
        if self._connections.pop(connection.id, None) is None:
            return
        self._choked.discard(connection.id)
        now, backend = self._gateway.now(), self._gateway.backend
        if connection.role == "share":
            if self._relay is not None and self._relay.sharer == connection.id:
                self._write("the sharer's leaving", backend.sharer_left(self.id))
                self._do(self._relay.sharer_gone(connection.id, now))
        else:
            # Their grant ends some seconds after this; another tab of theirs keeps it.
            if connection.person.id not in {one.person.id for one in self._viewers()}:
                left = backend.viewer_left(connection.principal, self.id)
                self._write("a viewer's leaving", left)
            if self._relay is not None:
                self._do(self._relay.viewer_gone(connection.id, now))
            else:
                self._up(between.Left(node=self._links.node, viewer=connection.id))
        self._close_if_empty()

    def said(self, connection: Connection, frame: frames.ClientFrame) -> None:
        """Take a text frame of a connection here."""
        if self._relay is None:
            data = _encoder.encode(frame)
            self._up(between.Said(node=self._links.node, viewer=connection.id, frame=data))
            return
        self._heard(connection.id, frame)

    def _heard(self, sender: str, frame: frames.ClientFrame) -> None:
        if self._relay is None:
            return
        if isinstance(frame, frames.Operate) and self._journal.full:
            answer = frames.Operated(id=frame.id, code="rate_limited")
            self._do([Say((sender,), answer)])
            return
        self._do(self._relay.said(sender, frame, self._gateway.now()))

    def wants(self, connection: Connection, header: Header, size: int) -> bool:
        """Tell whether the payload of a binary frame is worth a look."""
        if self._relay is None:
            return False
        todo = self._relay.offered(connection.id, header, size, self._gateway.now())
        if todo is None:
            return True
        self._do(todo)
        return False

    def recorded(self, connection: Connection, header: Header, data: bytes, unpacked: int) -> None:
        """Take a whole binary frame, whose payload is good."""
        if self._relay is not None:
            now = self._gateway.now()
            self._do(self._relay.recorded(connection.id, header, data, unpacked, now))

    def unsent(self, connection: Connection) -> None:
        """Take note of how much waits for a connection's socket."""
        if self._relay is not None:
            size = connection.unsent
            self._do(self._relay.unsent(connection.id, size, self._gateway.now()))
            return
        size, choked = connection.unsent, connection.id in self._choked
        if (size > MAX_UNSENT) != choked and (not choked or size == 0):
            (self._choked.discard if choked else self._choked.add)(connection.id)
            node = self._links.node
            self._up(between.Unsent(node=node, viewer=connection.id, size=size))

    # --- effects ----------------------------------------------------------------------------

    def _do(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Say(to=to, frame=frame, key=key):
                    self._send(to, _encoder.encode(frame), key)
                case Show(to=to, data=data):
                    self._gateway.relayed += len(data) * len(to)
                    self._send(to, data)
                case Close(to=to, why=why, reason=reason):
                    self._shut(to, why, reason)
                case Note(operation=operation):
                    self._journal.operated(operation)
                case Turn(page=page):
                    self._journal.turned(page)
        self._set_timer()

    def _send(self, to: tuple[str, ...], data: bytes, key: str | None = None) -> None:
        away: dict[str, list[str]] = {}
        for id_ in to:
            if id_ in self._connections:
                self._put(self._connections[id_], data, key)
            elif id_ in self._carried:
                away.setdefault(self._carried[id_][0], []).append(id_)
        for node, viewers in away.items():
            notice = between.Passed(node=self._links.node, to=viewers, data=data, key=key)
            self._links.down(node, notice)

    def _put(self, connection: Connection, data: bytes, key: str | None) -> None:
        # Pictures are held back by the relay, which knows how many are on their way.
        weight = Weight.EPHEMERAL if key else Weight.LIVE if data[:1] == b"{" else Weight.REPLY
        connection.put(data, weight, key)
        if weight is Weight.REPLY:
            self.unsent(connection)

    def _shut(self, to: str, why: errors.ConnectionRefused | errors.Refusal, reason: str) -> None:
        if to in self._connections:
            self._connections[to].fail(why, reason)
        elif to in self._carried:
            node, _ = self._carried.pop(to)
            superseded = isinstance(why, errors.Superseded)
            mine = self._links.node
            notice = between.Closed(node=mine, viewer=to, reason=reason, superseded=superseded)
            self._links.down(node, notice)

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._relay is not None and not self.closed:
            wait = self._relay.deadline - self._gateway.now()
            if wait < float("inf"):
                self._timer = asyncio.get_running_loop().call_later(max(0.0, wait), self.tick)

    def tick(self) -> None:
        """Do what is due."""
        if self._relay is not None and self._relay.deadline <= self._gateway.now():
            self._do(self._relay.tick(self._gateway.now()))
        else:
            self._set_timer()

    # --- terms ------------------------------------------------------------------------------

    def _hold(self, terms: Terms, asked: list[Connection]) -> None:
        """Keep to `terms`, which were asked for these viewers."""
        if terms.state is None:
            self.end()
            return
        self._state = terms.state
        for connection in asked:
            if connection.person.id not in terms.viewers:
                forbidden = errors.Refusal("forbidden", "The page is not for you to see.")
                connection.fail(forbidden)
        if self._relay is not None:
            self._do(self._relay.terms(terms.state, self._gateway.now()))

    def end(self) -> None:
        """Send everybody away: it is over."""
        log.info("co-browsing is over", cobrowse=self.id)
        for connection in list(self._connections.values()):
            connection.fail(errors.Refusal("no_cobrowse", "It has ended."), "ended")
        self._carried.clear()  # their own nodes hear the same
        self._close_if_empty()

    def _page_refused(self, refusal: errors.Refusal) -> None:
        if self.sharer in self._connections:
            self._connections[str(self.sharer)].fail(refusal)

    # --- other nodes ------------------------------------------------------------------------

    def lease(self) -> None:
        """Tell other nodes again what they may not have heard, forget who is silent."""
        now, node = self._gateway.now(), self._links.node
        self._standing.ask()
        self._close_if_empty()
        if self.closed:
            return
        if self._relay is None:
            if now >= self._home_heard + SILENT:
                self._come_home()
                self._links.tell(between.Looking(node=node))
            for connection in self._viewers():
                self._announce(connection)
            return
        for viewer, (_, heard) in list(self._carried.items()):
            if now >= heard + SILENT:
                del self._carried[viewer]
                self._do(self._relay.viewer_gone(viewer, now))
        self._links.tell(between.Home(node=node, sharing=self._relay.sharer is not None))
        self._close_if_empty()

    def _told(self, notice: between.Notice) -> None:
        if self.closed:
            return
        match notice:
            case between.Home():
                self._home_told(notice)
            case between.Looking():
                if self._relay is not None and self._relay.sharer is not None:
                    self._links.tell(between.Home(node=self._links.node, sharing=True))
            case between.NoHome():
                if self._home == notice.node:
                    self._come_home()
            case between.Passed() | between.Closed():
                if self._home == notice.node:
                    self._from_home(notice)
            case _:
                if self._relay is not None:
                    self._from_viewer(self._relay, notice)

    def _home_told(self, notice: between.Home) -> None:
        if self._home == notice.node:
            self._home_heard = self._gateway.now()
            if notice.fresh:
                for connection in self._viewers():
                    self._announce(connection)
        elif notice.sharing and (notice.fresh or self.sharer is None):
            self._go_away(notice.node)

    def _go_away(self, home: str) -> None:
        """Leave the relaying to the node `home`, where the sharer has come."""
        sharer = self.sharer
        if self._relay is not None and sharer is not None:
            self._do(self._relay.sharer_gone(sharer, self._gateway.now()))
        self._relay, self._home, self._home_heard = None, home, self._gateway.now()
        self._carried.clear()
        self._set_timer()
        if sharer in self._connections:
            superseded = errors.Superseded("Another took its place.")
            self._connections[str(sharer)].fail(superseded, "superseded")
        for connection in self._viewers():
            self._announce(connection)

    def _come_home(self) -> Relay:
        """Relay here from now on."""
        self._home = None
        self._choked.clear()
        relay = self._relay = self._new_relay()
        for connection in self._viewers():
            now = self._gateway.now()
            self._do(relay.viewer_came(connection.id, connection.person, now, greeted=True))
            self._do(relay.unsent(connection.id, connection.unsent, now))
        return relay

    def _announce(self, connection: Connection) -> None:
        self._up(
            between.Arrived(
                node=self._links.node,
                viewer=connection.id,
                person=connection.person,
                unsent=connection.unsent,
            )
        )

    def _from_home(self, notice: between.Passed | between.Closed) -> None:
        if isinstance(notice, between.Passed):
            for id_ in notice.to:
                if id_ in self._connections:
                    self._put(self._connections[id_], notice.data, notice.key)
        elif notice.viewer in self._connections:
            connection = self._connections[notice.viewer]
            if notice.superseded:
                connection.fail(errors.Superseded("Another took its place."), notice.reason)
            else:
                connection.fail(errors.Refusal("forbidden", notice.reason), notice.reason)

    def _from_viewer(self, relay: Relay, notice: between.Notice) -> None:
        now = self._gateway.now()
        match notice:
            case between.Arrived(viewer=viewer, person=person, unsent=unsent):
                known = viewer in relay.viewers
                self._carried[viewer] = notice.node, now
                if known:
                    self._do(relay.remind(viewer))
                else:
                    self._do(relay.viewer_came(viewer, person, now, greeted=True))
                self._do(relay.unsent(viewer, unsent, now))
            case between.Left(viewer=viewer):
                if self._carried.pop(viewer, None) is not None:
                    self._do(relay.viewer_gone(viewer, now))
                    self._close_if_empty()
            case between.Said(viewer=viewer, frame=data):
                if viewer in self._carried:
                    self._heard(viewer, _decoder.decode(data))
            case between.Unsent(viewer=viewer, size=size):
                self._do(relay.unsent(viewer, size, now))
            case _:
                pass

    def _viewers(self) -> list[Connection]:
        return [one for one in self._connections.values() if one.role == "view"]

    def _up(self, notice: between.Notice) -> None:
        if self._home is not None:
            self._links.up(self._home, notice)

    # --- end --------------------------------------------------------------------------------

    def _write(self, what: str, work: Coroutine[Any, Any, None]) -> None:
        async def written() -> None:
            try:
                await work
            except errors.Refusal:
                pass  # it is over
            except Exception:
                log.exception("not written down", what=what, cobrowse=self.id)

        self._gateway.spawn(written())

    def _utc(self) -> int:
        return int(self._gateway.wall() * 1000)

    def _close_if_empty(self) -> None:
        if self._connections or self._carried or self.closed:
            return
        self.closed = True
        self._set_timer()
        if self._relay is not None:
            self._links.tell(between.NoHome(node=self._links.node))
        self._links.close()
        self._unsubscribe()
        self._gateway.closed(self.id)


_decoder: Final[msgspec.json.Decoder[frames.ClientFrame]] = msgspec.json.Decoder(frames.ClientFrame)
