"""Janus' videoroom plugin under load: Debian's package, as it comes, on one address.

Driven through its WebSocket API as its own demo does it: everybody has one connection to publish
and one to take all others' streams (Janus 1.x, "multistream"). Its defaults hold: transport-wide
feedback every 200 ms to publishers, retransmissions, AES-GCM. Of plugins and transports only
those in use are loaded, no log below warnings is written.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from pathlib import Path
from typing import Any, Final

import aiohttp

from tests.load.media_load.description import Wanted, answer, offer, read
from tests.load.media_load.process import ServerProcess
from tests.load.media_load.sink import Sink
from tests.load.media_load.source import Source
from tests.load.media_load.stage import Room, Stage
from tests.services.ports import free_port

__all__ = ["Janus", "launch"]

PLUGIN: Final = "janus.plugin.videoroom"
LIBRARIES: Final = Path("/usr/lib")
START_SECONDS: Final = 20.0
ANSWER_SECONDS: Final = 15.0
KEEP_ALIVE: Final = 20.0  # seconds; a session ends after 60 without
LOG_LEVEL: Final = 3  # errors and warnings

Message = dict[str, Any]  # Janus' own words

CORE: Final = """\
general: {{
  configs_folder = "{folder}"
  plugins_folder = "{libraries}/plugins"
  transports_folder = "{libraries}/transports"
  events_folder = "{libraries}/events"
  loggers_folder = "{libraries}/loggers"
  debug_level = {level}
  debug_colors = false
}}
media: {{ }}
nat: {{
  ice_enforce_list = "{host}"
}}
plugins: {{ disable = "{plugins}" }}
transports: {{ disable = "{transports}" }}
loggers: {{ disable = "{loggers}" }}
events: {{ broadcast = false }}
"""
WEBSOCKETS: Final = """\
general: {{
  json = "compact"
  ws = true
  ws_port = {port}
  ws_ip = "127.0.0.1"
  wss = false
}}
admin: {{ admin_ws = false, admin_wss = false }}
"""


class JanusError(Exception):
    """Janus said no; the text is its reason."""


class Session:
    """One WebSocket session with Janus: requests, and the answers that come later."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._waiting: dict[str, asyncio.Future[Message]] = {}
        self._id = 0
        self._tasks = [asyncio.create_task(self._read())]

    async def open(self) -> None:
        """Create the session and keep it alive."""
        self._id = (await self._ask({"janus": "create"}))["data"]["id"]
        self._tasks.append(asyncio.create_task(self._stay()))

    async def attach(self) -> int:
        """Return a new handle of the plugin."""
        answer = await self._ask({"janus": "attach", "plugin": PLUGIN})
        return int(answer["data"]["id"])

    async def say(self, handle: int, body: Message, sdp: Message | None = None) -> Message:
        """Send a plugin's request; return what it answers, with the `jsep` there may be.

        Raises:
            JanusError: it says so, or says nothing.
        """
        request: Message = {"janus": "message", "handle_id": handle, "body": body}
        if sdp is not None:
            request["jsep"] = sdp
        answer = await self._ask(request)
        data: Message = answer["plugindata"]["data"]
        if "error" in data:
            raise JanusError(f"{body['request']}: {data['error']}")
        return {**data, "jsep": answer.get("jsep")}

    async def _ask(self, request: Message) -> Message:
        transaction = secrets.token_hex(8)
        future = asyncio.get_running_loop().create_future()
        self._waiting[transaction] = future
        request |= {"transaction": transaction}
        if self._id:
            request["session_id"] = self._id
        await self._socket.send_json(request)
        try:
            answer: Message = await asyncio.wait_for(future, ANSWER_SECONDS)
        except TimeoutError as error:
            raise JanusError(f"no answer to {request['janus']}") from error
        finally:
            del self._waiting[transaction]
        if answer["janus"] == "error":
            raise JanusError(str(answer["error"]))
        return answer

    async def _read(self) -> None:
        async for frame in self._socket:
            message = frame.json()
            future = self._waiting.get(message.get("transaction", ""))
            if future is not None and message["janus"] != "ack" and not future.done():
                future.set_result(message)

    async def _stay(self) -> None:
        while True:
            await asyncio.sleep(KEEP_ALIVE)
            await self._ask_quietly({"janus": "keepalive"})

    async def _ask_quietly(self, request: Message) -> None:
        request |= {"transaction": secrets.token_hex(8), "session_id": self._id}
        await self._socket.send_json(request)

    async def aclose(self) -> None:
        """End the session with all its handles."""
        if self._id and not self._socket.closed:
            await self._ask({"janus": "destroy"})
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._socket.close()


async def launch(folder: Path, host: str, core: int | None) -> tuple[ServerProcess, str]:
    """Start Janus with its media on `host`; return it when it answers, with its WebSocket's URL.

    Raises:
        RuntimeError: it does not start; the text is its log.
    """
    port = free_port()
    _configure(folder, host, port)
    # It must not outlive a bench that is killed, with a core to itself.
    command = ("setpriv", "--pdeathsig", "TERM", "janus", "-F", folder)
    process = await ServerProcess.start(command, core, folder / "janus.log")
    url = f"ws://127.0.0.1:{port}"
    deadline = asyncio.get_running_loop().time() + START_SECONDS
    async with aiohttp.ClientSession() as http:
        while True:
            try:
                async with http.ws_connect(url, protocols=("janus-protocol",)):
                    return process, url
            except aiohttp.ClientError:
                if process.ended or asyncio.get_running_loop().time() > deadline:
                    await process.aclose()
                    raise RuntimeError(f"Janus did not start:\n{process.log()}") from None
                await asyncio.sleep(0.05)  # nothing tells when another process is up


class Janus(Stage):
    """Rooms of one Janus."""

    name = "janus"

    async def start(self, core: int) -> None:
        """Start the server on a core, and wait until it answers."""
        self.process, self._url = await launch(self.folder, self.host, core)
        self._http = aiohttp.ClientSession()
        self._sessions: list[Session] = []
        self._names = 1000

    async def open_room(self, people: int) -> Room:
        """Seat people: each publishes on one connection and takes the others on a second."""
        room = Room()
        socket = await self._http.ws_connect(self._url, protocols=("janus-protocol",))
        session = Session(socket)
        self._sessions.append(session)
        await session.open()
        self._names += 1
        create = {"request": "create", "room": self._names, "publishers": 6, "bitrate": 0}
        await session.say(await session.attach(), create)
        feeds: dict[int, Source] = {}
        for _ in range(people):
            feed, source = await self._publish(session, room)
            feeds[feed] = source
        for own in feeds:
            others = {feed: source for feed, source in feeds.items() if feed != own}
            await self._subscribe(session, room, others)
        self.rooms.append(room)
        return room

    async def _publish(self, session: Session, room: Room) -> tuple[int, Source]:
        handle = await session.attach()
        join = {"request": "join", "ptype": "publisher", "room": self._names}
        feed = int((await session.say(handle, join))["id"])
        end = self.end(room)
        source = self.source(room, end, "0")
        line = Wanted("0", source.content.kind, source.ssrc, source.rtx_ssrc, f"s{source.number}")
        jsep = {"type": "offer", "sdp": offer(end.connection.local, [line], 1)}
        said = await session.say(handle, {"request": "publish"}, jsep)
        remote = read(said["jsep"]["sdp"])
        source.accept(remote.line("0"))
        await end.connection.connect(remote, controlling=True)
        return feed, source

    async def _subscribe(self, session: Session, room: Room, feeds: dict[int, Source]) -> None:
        handle = await session.attach()
        join = {
            "request": "join",
            "ptype": "subscriber",
            "room": self._names,
            "streams": [{"feed": feed} for feed in feeds],
        }
        said = await session.say(handle, join)
        remote = read(said["jsep"]["sdp"])
        end = self.end(room)
        for stream in said["streams"]:
            source = feeds[stream["feed_id"]]
            room.take(end, Sink(source, remote.line(stream["mid"]), end.arrivals))
        jsep = {"type": "answer", "sdp": answer(end.connection.local, remote)}
        await session.say(handle, {"request": "start"}, jsep)
        await end.connection.connect(remote, controlling=remote.lite)

    async def end_rooms(self) -> None:
        """End the sessions, and with them everybody's connections."""
        for session in self._sessions:
            with contextlib.suppress(JanusError):
                await session.aclose()
        self._sessions.clear()

    async def aclose(self) -> None:
        """Hang up and end the server."""
        await super().aclose()
        await self._http.close()


def _configure(folder: Path, host: str, port: int) -> None:
    libraries = next(LIBRARIES.glob("*/janus"))
    present = {
        kind: {path.name for path in (libraries / kind).glob("*.so")}
        for kind in ("plugins", "transports", "loggers")
    }
    unused = {
        "plugins": present["plugins"] - {"libjanus_videoroom.so"},
        "transports": present["transports"] - {"libjanus_websockets.so"},
        "loggers": present["loggers"],
    }
    disabled = {kind: ",".join(sorted(names)) for kind, names in unused.items()}
    core = CORE.format(folder=folder, libraries=libraries, host=host, level=LOG_LEVEL, **disabled)
    (folder / "janus.jcfg").write_text(core)
    (folder / "janus.transport.websockets.jcfg").write_text(WEBSOCKETS.format(port=port))
    (folder / "janus.plugin.videoroom.jcfg").write_text("general: { }\n")
