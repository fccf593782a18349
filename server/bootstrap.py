"""Builds every object and joins them: the only place that knows them all.

`Server` is one process: `start` it, `aclose` it. What it serves is decided by its settings
alone, so tests build the same thing.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
from typing import Final

import structlog
from aiohttp import ClientSession, DummyCookieJar, web

from media import MediaConfig
from server import demo
from server.bus import MemoryBus, RedisBus
from server.config import Settings
from server.domain.calls import MAX_MEMBERS
from server.domain.guests import MAX_GUESTS
from server.domain.observing import MAX_OBSERVERS
from server.http.admin import AdminRoutes
from server.http.admin_agents import AgentRoutes
from server.http.admin_calls import CallWayRoutes
from server.http.application import Routes, application
from server.http.calls import CallRoutes
from server.http.canned import CannedRoutes
from server.http.cobrowse import CobrowseRoutes
from server.http.conversations import ConversationRoutes, Turn
from server.http.doctor import DoctorRoutes
from server.http.figures import Figures
from server.http.files import FileRoutes
from server.http.floor import FloorRoutes
from server.http.guests import GuestRoutes
from server.http.identity import IdentityRoutes
from server.http.images import ImageTickets
from server.http.invites import InviteRoutes
from server.http.keys import KeyRoutes
from server.http.operations import Operations
from server.http.pages import Pages
from server.http.player import player_application
from server.http.proofs import ProofRoutes
from server.http.queue import QueueRoutes
from server.http.recordings import RecordingRoutes
from server.http.shop import shop_application
from server.http.staff import StaffRoutes
from server.http.visitors import VisitorRoutes
from server.http.whip import WhipRoutes
from server.http.work import WorkRoutes
from server.identity.bankid import BankId
from server.identity.config import BankIdConfig, load_providers
from server.identity.keys import KeyRing
from server.identity.providers import Offer, Providers
from server.identity.relying_party import RelyingParty
from server.identity.vault import open_vault
from server.opening import make_folder, not_bound, opened
from server.services.agents import Agents
from server.services.audit import Audit
from server.services.backend import ApplicationBackend
from server.services.call_figures import CallFigures
from server.services.calls import MediaCalls
from server.services.callways import CallWays
from server.services.clock import Clock, system_clock
from server.services.cobrowse import CobrowseService
from server.services.collecting import Collecting
from server.services.composing import Composing
from server.services.conversations import Conversations
from server.services.customers import Customers
from server.services.deadlines import Deadlines
from server.services.departments import Departments
from server.services.doctor import Checks, Doctor
from server.services.fetching import Fetcher
from server.services.files import Files
from server.services.gates import GateKeeper
from server.services.identities import Identities
from server.services.images import Images
from server.services.invites import Invites
from server.services.nodes import Nodes
from server.services.outbox import Outbox
from server.services.passwords import Passwords
from server.services.placement import Placement
from server.services.presence import Presence
from server.services.reading import Reading
from server.services.recordings import Recordings
from server.services.rooms import Rooms
from server.services.routing import Router
from server.services.secrets import new_id
from server.services.staff import Staff
from server.services.standing import Standing
from server.services.supervising import Supervising
from server.services.tally import Tally
from server.services.taping import Taping
from server.services.tokens import Tokens
from server.services.verifications import Verifications
from server.services.visitors import Visitors
from server.services.whip import Guests
from server.store.migrate import fact
from signaling.cobrowse.gateway import CobrowseGateway
from signaling.gateway import Gateway

__all__ = ["Server"]

log = structlog.get_logger(__name__)

_DRAIN: Final = 1.0  # seconds over which browsers are told to come back
_DEMO_BANKS: Final = ("demobank", "demobankid")  # presets


class Server:
    """Everything that one process runs."""

    def __init__(self, settings: Settings, clock: Clock = system_clock) -> None:
        self.settings = settings
        self.clock = clock
        self.node = new_id()
        self._stack = contextlib.AsyncExitStack()
        self.recordings_folder = settings.data_dir / "recordings"

    async def start(self) -> None:
        """Migrate, seed the demo when asked, listen.

        Raises:
            PortTaken: a port is in use; nothing runs.
            Unusable: so is something else that is needed.
        """
        try:
            await self._start()
        except BaseException:
            await self.aclose()
            raise

    async def _start(self) -> None:
        settings, clock = self.settings, self.clock
        make_folder(settings.data_dir / "files")
        self.db = await self._stack.enter_async_context(opened(settings))
        self.passwords = Passwords()
        if settings.demo:
            await demo.seed(self.db, self.passwords, clock, [settings.shop_url])
        self.bus = RedisBus(settings.redis_url) if settings.redis_url else MemoryBus()
        await self.bus.start()
        self._stack.push_async_callback(self.bus.aclose)
        await self._build()
        works = (self.outbox.run(), self.deadlines.run(), self.router.run(), self.collecting.run())
        for work in works:
            self._own(asyncio.create_task(work))
        await self._serve_calls()
        if "compose" in settings.roles:
            composing = Composing(self.db, self.vault, self.recordings_folder, clock)
            self._own(asyncio.create_task(composing.run()))
        for gateway in (self.gateway, self.mirrors):
            gateway.start()
            self._stack.push_async_callback(gateway.aclose)
        await self._listen(self.app, settings.host, settings.port, "TISKI_PORT")
        if "api" in settings.roles:
            player = player_application(settings.player_url, settings.public_url, self.images)
            await self._listen(player, settings.host, settings.player_port, "TISKI_PLAYER_PORT")
        if settings.demo:
            secret = await demo.shop_secret(self.db, self.vault)
            shop = shop_application(settings.public_url, demo.SITE_KEY, secret, clock)
            await self._listen(shop, "127.0.0.1", settings.shop_port, "TISKI_SHOP_PORT")
        # First of all at the end: browsers are told where to go before anything stops.
        self._stack.push_async_callback(self._drain)
        log.info("serving", node=settings.node, address=settings.public_url)

    async def _drain(self) -> None:
        await asyncio.gather(self.gateway.drain(_DRAIN), self.mirrors.drain(_DRAIN))

    async def _serve_calls(self) -> None:
        self.nodes.start(self.doctor.answering(self.calls.answer))
        self._stack.push_async_callback(self.nodes.aclose)
        if self.rooms is None:
            return
        try:
            await self.rooms.start()
        except OSError as error:
            host, port = self.settings.media_host, self.settings.media_port
            raise not_bound(error, port, "TISKI_MEDIA_PORT", host) from error
        self._stack.push_async_callback(self.rooms.aclose)
        self._own(asyncio.create_task(self.rooms.run()))

    async def _build(self) -> None:
        db, bus, clock, settings = self.db, self.bus, self.clock, self.settings
        epoch = await fact(db, "epoch")
        key = settings.secret or await fact(db, "signing_key")
        self.tokens = Tokens(key, clock)
        self.audit = Audit(clock)
        self.outbox = Outbox(db, bus, clock)
        self.presence = Presence(db, bus, self.node)
        self.conversations = Conversations(db, self.outbox, self.audit, clock, epoch)
        self.router = Router(db, self.conversations, self.outbox, self.audit)
        self.presence.follow(back=self.router.returned, gone=self.router.gone)
        self.supervising = Supervising(
            db, self.conversations, self.router.desks, self.outbox, self.presence, self.audit
        )
        self.reading = Reading(db, epoch)
        self.vault = open_vault(settings)
        self.gates = GateKeeper(db, self.audit, clock)
        self.departments = Departments(db, self.conversations, self.audit)
        self.departments.follow(self.presence.tell)
        self.ways = CallWays(
            db, self.audit, relays=bool(settings.turn_urls), only=settings.turn_only
        )
        self.agents = Agents(db, bus, self.passwords, self.departments, self.audit, clock)
        self.identities = Identities(
            db, self.vault, self.conversations, self.gates, self.audit, clock
        )
        self._identify()
        self.files = Files(db, settings.data_dir / "files", clock)
        self.recordings = Recordings(
            db, self.vault, self.conversations, self.audit, self.recordings_folder, clock
        )
        self.identities.also_erase = self.recordings.erase_conversation
        self.deadlines = Deadlines(db, self.conversations, self.presence, self.files, clock)
        self.deadlines.also_tidy = self.recordings.sweep
        self.invites = Invites(db, self.conversations, self.tokens, clock)
        self.visitors = Visitors(db, bus, self.tokens, clock)
        self.customers = Customers(db, self.vault, self.conversations, clock)
        self.staff = Staff(db, bus, self.passwords, self.tokens, self.presence, self.audit, clock)
        self.figures = Figures()
        self.tally = Tally(db)
        self.call_figures = CallFigures(db, self.reading, clock, self.figures)
        self.backend = ApplicationBackend(
            db,
            self.tokens,
            self.conversations,
            self.reading,
            self.presence,
            self.router.desks,
            Standing(db),
            clock,
            self.figures.command,
            self.call_figures,
        )
        self.cobrowse = CobrowseService(db, self.backend.authenticate, self.audit, clock)
        # The demo shop is on loopback, and no picture of it would be seen otherwise.
        private = frozenset({("127.0.0.1", settings.shop_port)}) if settings.demo else frozenset()
        fetcher = Fetcher(private=private)
        self._stack.push_async_callback(fetcher.aclose)
        self.images = Images(db, self.cobrowse, self.tokens, fetcher, clock)
        self.placement = Placement(db, clock, self.node)
        self.nodes = Nodes(bus, self.node)
        self.rooms: Rooms | None = None
        checks: Checks | None = None
        if "media" in settings.roles:
            media = MediaConfig(
                host=settings.media_host,
                port=settings.media_port,
                announce=settings.media_announce,
                tcp=settings.media_tcp,
                tcp_announce=settings.media_tcp_announce,
                max_participants=MAX_MEMBERS + MAX_OBSERVERS + MAX_GUESTS,
            )
            taping = Taping(db, self.vault, self.conversations, self.recordings_folder, clock)
            self.rooms = Rooms(
                media,
                db,
                self.conversations,
                self.placement,
                bus,
                taping,
                self.call_figures,
                direct=not settings.turn_only,
            )
            checks = Checks(self.rooms.media)
            self.rooms.others = checks.watch
            self._stack.callback(checks.aclose)
        self.doctor = Doctor(db, self.placement, self.nodes, checks, clock)
        self.calls = MediaCalls(self.reading, self.placement, self.nodes, self.rooms)
        self.guests = Guests(db, self.conversations, self.calls, self.audit, clock)
        self.gateway = Gateway(
            self.backend,
            bus,
            node=self.node,
            origins=frozenset({settings.public_url}),
            calls=self.calls,
        )
        self.mirrors = CobrowseGateway(
            self.cobrowse, bus, node=self.node, origins=frozenset({settings.public_url})
        )
        if isinstance(bus, RedisBus):
            bus.restored = self._recheck
        self.figures.watch(
            self.gateway.stats,
            self.mirrors.stats,
            self.tally.stats,
            None if self.rooms is None else self.rooms.stats,
            None if self.rooms is None else self.rooms.paths,
        )
        self.app = application(settings.public_url, self._parts())
        if "signaling" in settings.roles:
            self.app.router.add_get("/ws", self.gateway.handler)
            self.app.router.add_get("/ws/cobrowse", self.mirrors.handler)

    def _identify(self) -> None:
        """Build bank ID, with the providers of the operator's file."""
        db, clock, settings = self.db, self.clock, self.settings
        file = settings.identity
        configs = () if file is None else load_providers(file, demo=settings.demo)
        #: Names and addresses of the demo's own banks, for whoever starts it.
        self.demo_banks = [
            ("BankID", one.autostart)
            if isinstance(one, BankIdConfig)
            else ("Bank", f"{one.issuer}/")
            for one in configs
            if one.preset in _DEMO_BANKS
        ]
        self.keys = KeyRing(db, self.vault, clock, settings.public_url)
        # No cookies: a broker must not tell one visitor's login by another's.
        http = ClientSession(cookie_jar=DummyCookieJar())
        self._stack.push_async_callback(http.close)
        offers = []
        for config in configs:
            provider: BankId | RelyingParty
            if isinstance(config, BankIdConfig):
                provider = BankId(config, clock)
                self._stack.push_async_callback(provider.aclose)
            else:
                provider = RelyingParty(config, self.keys, http, clock)
            offers.append(Offer(provider, frozenset(config.sites)))
        self.key_routes = KeyRoutes(configs, self.keys)
        self.verifications = Verifications(
            db,
            self.conversations,
            Providers(offers),
            self.identities,
            self.vault,
            clock,
            settings.public_url,
        )
        self.collecting = Collecting(db, self.verifications, clock)

    def _recheck(self) -> None:
        self.gateway.recheck()
        self.mirrors.recheck()

    def _parts(self) -> list[Routes]:
        settings, db = self.settings, self.db
        turn = Turn(settings.turn_urls, settings.turn_secret or "")
        parts: list[Routes] = [
            Operations(db, self.figures.registry, self.tally, metrics_open=settings.metrics_open)
        ]
        if "api" not in settings.roles:
            return parts
        return [
            *parts,
            Pages(db, settings.public_url, settings.player_url),
            VisitorRoutes(db, self.visitors, self.customers, self.presence, settings.proxies),
            ConversationRoutes(self.backend, self.reading, self.ways, turn, self.clock),
            FileRoutes(
                self.backend, self.files, self.tokens, self.staff, self.visitors, self.invites
            ),
            InviteRoutes(self.invites, self.staff, settings.public_url),
            GuestRoutes(self.guests, self.staff, settings.public_url),
            WhipRoutes(self.guests, turn, self.clock),
            CallRoutes(self.call_figures, self.staff),
            CannedRoutes(db, self.staff, self.audit),
            QueueRoutes(db, self.backend, self.reading, self.staff),
            AdminRoutes(self.departments, self.staff),
            AgentRoutes(self.agents, self.staff),
            CallWayRoutes(self.ways, self.staff),
            DoctorRoutes(self.backend, self.doctor, settings.proxies),
            CobrowseRoutes(self.backend, self.cobrowse, self.staff),
            RecordingRoutes(self.backend, self.recordings, self.staff),
            self.key_routes,
            IdentityRoutes(self.backend, self.verifications, settings.proxies),
            ProofRoutes(self.identities, self.gates, self.staff),
            ImageTickets(self.backend, self.staff, self.images, settings.player_url),
            StaffRoutes(db, self.staff, self.reading, settings.proxies),
            WorkRoutes(self.staff, self.presence, self.router.desks),
            FloorRoutes(db, self.staff, self.supervising),
        ]

    async def _listen(self, app: web.Application, host: str, port: int, variable: str) -> None:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        # "localhost" may be either family in a browser, so loopback is both.
        hosts = ["127.0.0.1", "::1"] if host == "127.0.0.1" else [host]
        for address in hosts:
            try:
                await web.TCPSite(runner, address, port, reuse_address=True).start()
            except OSError as error:
                if address == "::1" and error.errno != errno.EADDRINUSE:
                    continue  # a machine without IPv6
                raise not_bound(error, port, variable, address) from error

    def _own(self, task: asyncio.Task[None]) -> None:
        async def end() -> None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        self._stack.push_async_callback(end)

    async def aclose(self) -> None:
        """Send browsers away, stop listening, finish, close the database."""
        await self._stack.aclose()
