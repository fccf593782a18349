"""Measures the chat: `python -m tests.load.bench_chat`.

A real server in a process of its own (SQLite unless TISKI_DATABASE_URL says otherwise),
1,000 visitors connected through real WebSockets from this process, and consoles with their
inbox and 32 conversations open each. Messages go both ways, evenly spread, and are timed
from before they are sent until the other side has them. The last line is one JSON object:
p50_ms, p99_ms, and bytes_per_connection: how much the server's resident memory grows per
idle connected visitor.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import random
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import msgspec
import uvloop
from ulid import ULID

from tests.services.server import Server, running_server

PASSWORD = "tiski-demo"
AGENTS = ("agent1@demo.example", "agent2@demo.example")
STREAMS = 32  # conversations open on one console connection


class _Body(msgspec.Struct, frozen=True):
    kind: str = ""
    text: str = ""


class _Frame(msgspec.Struct):
    """What the bench reads of a frame."""

    t: str
    id: str = ""
    conv: str | None = None
    code: str | int = ""
    event: _Body = _Body()


_decode = msgspec.json.Decoder(_Frame).decode


@dataclass
class Bench:
    """The messages that are on their way, and how long the others took."""

    sent: dict[str, float] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def arrived(self, text: str, side: str) -> None:
        """Note a message that the side it was meant for has."""
        if text.startswith(side) and (at := self.sent.pop(text, None)) is not None:
            self.seconds.append(time.perf_counter() - at)


class Peer:
    """One connected browser."""

    def __init__(self, bench: Bench, side: str, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.bench = bench
        self.side = side  # messages that begin with this are meant for it
        self.ws = ws
        self.waiting: dict[str, asyncio.Future[_Frame]] = {}
        self.welcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for message in self.ws:
            frame = _decode(message.data)
            match frame.t:
                case "event" if frame.event.kind == "message":
                    self.bench.arrived(frame.event.text, self.side)
                case "heartbeat":
                    await self.ws.send_str('{"t":"beat"}')
                case "ack" | "nack":
                    if (answer := self.waiting.pop(frame.id, None)) is not None:
                        answer.set_result(frame)
                    elif frame.t == "nack":
                        self.bench.problems.append(f"nack {frame.code}")
                case "welcome":
                    self.welcome.set_result(None)
                case "bye":
                    self.bench.problems.append(f"bye {frame.code}")

    async def hello(self, token: str, **cursors: None) -> None:
        """Open the session."""
        hello = {"t": "hello", "v": 1, "token": token, "cursors": cursors}
        await self.ws.send_str(json.dumps(hello))
        await self.welcome

    async def say(self, t: str, **fields: object) -> str:
        """Send a command without waiting for its answer; return its id."""
        id_ = str(ULID())
        await self.ws.send_str(json.dumps({"t": t, "id": id_, **fields}))
        return id_

    async def ask(self, t: str, **fields: object) -> _Frame:
        """Send a command and return its ack."""
        answer: asyncio.Future[_Frame] = asyncio.get_running_loop().create_future()
        id_ = str(ULID())
        self.waiting[id_] = answer
        await self.ws.send_str(json.dumps({"t": t, "id": id_, **fields}))
        frame = await answer
        if frame.t == "nack":
            raise RuntimeError(f"{t} was refused: {frame.code}")
        return frame


def resident(server: Server) -> int:
    """Return the bytes of memory that the server's process holds."""
    assert server.process is not None
    for line in Path(f"/proc/{server.process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("no VmRSS")


def processor(server: Server) -> float:
    """Return the seconds of processor time that the server has used."""
    assert server.process is not None
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


async def gathered(work: list, at_once: int = 25) -> list:
    """Run `work`, some at a time, and return the results in order."""
    gate = asyncio.Semaphore(at_once)

    async def one(item):
        async with gate:
            return await item

    return await asyncio.gather(*(one(item) for item in work))


class Load:
    """Everybody who is connected."""

    def __init__(self, server: Server, http: aiohttp.ClientSession, bench: Bench) -> None:
        self.server = server
        self.http = http
        self.bench = bench
        self.visitors: list[Peer] = []
        self.consoles: list[Peer] = []
        self.pairs: list[tuple[Peer, Peer, str]] = []  # visitor, console, conversation

    async def visitor_token(self) -> str:
        """Open a new visitor's session."""
        async with aiohttp.ClientSession() as browser:  # cookies of its own
            answer = await browser.post(
                f"{self.server.url}/api/v1/visitor/session",
                json={"site": "demo", "create": True},
                headers={"Origin": self.server.url},
            )
            return (await answer.json())["token"]

    async def agent_token(self, email: str) -> str:
        """Sign in."""
        origin = {"Origin": self.server.url}
        async with aiohttp.ClientSession() as browser:
            base = f"{self.server.url}/api/v1/agent"
            login = {"email": email, "password": PASSWORD}
            answer = await browser.post(f"{base}/login", json=login, headers=origin)
            cookies = {name: morsel.value for name, morsel in answer.cookies.items()}
            # A cookie jar keeps Secure cookies from http; a browser trusts localhost.
            pairs = "; ".join(f"{name}={value}" for name, value in cookies.items())
            answer = await browser.post(f"{base}/token", headers={**origin, "Cookie": pairs})
            return (await answer.json())["token"]

    async def connect(self, side: str, token: str, **cursors: None) -> Peer:
        """Open a WebSocket."""
        url = f"{self.server.url}/ws"
        ws = await self.http.ws_connect(url, origin=self.server.url, compress=0)
        peer = Peer(self.bench, side, ws)
        await peer.hello(token, **cursors)
        return peer

    async def idle_memory(self, count: int) -> float:
        """Connect `count` visitors and return the server's bytes for each of them."""
        tokens = await gathered([self.visitor_token() for _ in range(count + 50)])
        warm = await gathered([self.connect("v", token, inbox=None) for token in tokens[count:]])
        await gathered([peer.ws.close() for peer in warm])
        await asyncio.sleep(1.0)  # let the server finish with them
        before = resident(self.server)
        opening = [self.connect("v", token, inbox=None) for token in tokens[:count]]
        self.visitors = await gathered(opening)
        await asyncio.sleep(2.0)
        return (resident(self.server) - before) / count

    async def open_conversations(self) -> None:
        """Let every visitor start a conversation, and the consoles accept them."""
        tokens = [await self.agent_token(email) for email in AGENTS]
        consoles = -(-len(self.visitors) // STREAMS)
        for n in range(consoles):
            self.consoles.append(await self.connect("a", tokens[n % len(tokens)], inbox=None))
        self.pairs = await gathered(
            [
                self._converse(visitor, self.consoles[n % consoles])
                for n, visitor in enumerate(self.visitors)
            ],
            at_once=8,
        )

    async def _converse(self, visitor: Peer, console: Peer) -> tuple[Peer, Peer, str]:
        started = await visitor.ask("conversation.start", text="hello", lang="en")
        conv = str(started.conv)
        await visitor.ask("subscribe", stream=conv)
        await console.ask("subscribe", stream=conv)
        await console.ask("conversation.accept", conv=conv)
        return visitor, console, conv

    async def chat(self, rate: float, seconds: float) -> None:
        """Send `rate` messages a second, half each way, evenly over everybody."""
        turns = self.pairs.copy()
        random.shuffle(turns)
        start = time.perf_counter()
        for n in range(int(rate * seconds)):
            if (wait := start + n / rate - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            visitor, console, conv = turns[n // 2 % len(turns)]
            sender, side = (visitor, "a") if n % 2 else (console, "v")
            text = f"{side}{n}"
            self.bench.sent[text] = time.perf_counter()
            await sender.say("message.send", conv=conv, text=text)


async def measure(arguments: argparse.Namespace, server: Server) -> dict[str, float]:
    """Run the bench and return its figures."""
    bench = Bench()
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        load = Load(server, http, bench)
        idle = await load.idle_memory(arguments.visitors)
        print(f"{arguments.visitors} visitors connected: {idle / 1024:.1f} KiB each")
        began = time.perf_counter()
        await load.open_conversations()
        print(f"conversations accepted in {time.perf_counter() - began:.1f} s")
        await load.chat(arguments.rate, 3.0)  # everything is warm after this
        bench.seconds.clear()
        gc.disable()  # this process's own pauses are not the server's
        used, began = processor(server), time.perf_counter()
        await load.chat(arguments.rate, arguments.seconds)
        busy = (processor(server) - used) / (time.perf_counter() - began)
        left = len(bench.sent) + 1
        while bench.sent and len(bench.sent) < left:  # as long as some still come
            left = len(bench.sent)
            await asyncio.sleep(3.0)
        if bench.sent or bench.problems:
            found = ", ".join(sorted(set(bench.problems)))
            raise SystemExit(f"{len(bench.sent)} messages never arrived; {found or 'no errors'}")
        for peer in load.visitors + load.consoles:
            peer.reader.cancel()
    cuts = statistics.quantiles(bench.seconds, n=100)
    print(f"{len(bench.seconds)} messages, server at {busy:.0%} of a core")
    return {
        "p50_ms": round(cuts[49] * 1000, 2),
        "p99_ms": round(cuts[98] * 1000, 2),
        "bytes_per_connection": round(idle),
    }


async def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visitors", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=200.0, help="messages a second")
    parser.add_argument("--seconds", type=float, default=20.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tiski-bench-") as folder:
        environment = {"TISKI_LOG_LEVEL": "warning"}
        async with running_server(Path(folder), environment=environment) as server:
            try:
                figures = await measure(arguments, server)
            finally:
                if trouble := server.log().partition("Ctrl-C stops.")[2].strip():
                    print(trouble[-3000:])
    print(json.dumps(figures))


if __name__ == "__main__":
    uvloop.run(main())
