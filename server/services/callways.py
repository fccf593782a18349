"""Which way the media of a site's calls may go, and its supervisors' change of that."""

from __future__ import annotations

import structlog

from server.domain.paths import MediaPolicy, check_policy
from server.services.audit import Audit
from server.services.departments import supervise
from server.store import sites
from server.store.database import Database
from signaling.backend import Principal

__all__ = ["CallWays"]

log = structlog.get_logger(__name__)


class CallWays:
    """The policy of each site. `relays`: there is a TURN server; `only`: all have to use it."""

    def __init__(self, db: Database, audit: Audit, *, relays: bool, only: bool = False) -> None:
        self._db = db
        self._audit = audit
        self.relays = relays
        self._only = only

    async def of(self, site: str) -> MediaPolicy:
        """Return the policy in force: what the operator demands of all sites goes first."""
        if self._only:
            return "relay"
        async with self._db.read() as tx:
            return await sites.media_policy(tx, site)

    async def policy(self, who: Principal) -> MediaPolicy:
        """Return what the supervisors of `who`'s site have chosen.

        Raises:
            Refusal: `forbidden`.
        """
        supervise(who)
        async with self._db.read() as tx:
            return await sites.media_policy(tx, who.site)

    async def set_policy(self, who: Principal, typed: str) -> MediaPolicy:
        """Choose another policy; calls that are on follow within seconds.

        Raises:
            Refusal: `forbidden`.
            BadSetting: `bad_policy`, `no_relay`.
        """
        supervise(who)
        policy = check_policy(typed, relayed=self.relays)
        async with self._db.write() as tx:
            await sites.set_media_policy(tx, who.site, policy)
            await self._audit.add(tx, who.site, who.person.id, "calls.changed", policy)
        log.info("media policy changed", site=who.site, by=who.person.id, policy=policy)
        return policy
