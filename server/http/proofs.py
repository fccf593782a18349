"""Who visitors proved to be, for staff: masked, revealed with a reason, erased; and gates."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from server.domain.gates import Gate, Gates
from server.http.exchange import as_principal, body, json, signed_in
from server.services.gates import GateKeeper, GateState
from server.services.identities import Identities, Seen
from server.services.staff import Staff
from signaling.backend import Principal

__all__ = ["ProofRoutes"]


class _ReasonBody(msgspec.Struct):
    reason: str


class _GatesBody(msgspec.Struct):
    history: Gate | None
    confidential: Gate | None


class ProofRoutes:
    """The routes of proofs and gates."""

    def __init__(self, identities: Identities, gates: GateKeeper, staff: Staff) -> None:
        self._identities = identities
        self._gates = gates
        self._staff = staff

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the routes."""
        return [
            web.get("/api/v1/agent/conversations/{id}/identity", self.of_conversation),
            web.get("/api/v1/agent/conversations/{id}/earlier", self.earlier),
            web.post("/api/v1/agent/proofs/{verification}/reveal", self.reveal),
            web.delete("/api/v1/agent/proofs/{verification}", self.erase),
            web.get("/api/v1/agent/identity/gates", self.gates),
            web.put("/api/v1/agent/identity/gates", self.set_gates),
        ]

    async def _who(self, request: web.Request) -> Principal:
        return as_principal(*await signed_in(request, self._staff))

    async def of_conversation(self, request: web.Request) -> web.StreamResponse:
        """Tell what was proven, with the codes masked, and which gates that opens."""
        who = await self._who(request)
        return json(_seen(await self._identities.of_conversation(who, request.match_info["id"])))

    async def earlier(self, request: web.Request) -> web.StreamResponse:
        """List what the proven person talked about before; audited."""
        who = await self._who(request)
        return json(await self._identities.earlier(who, request.match_info["id"]))

    async def reveal(self, request: web.Request) -> web.StreamResponse:
        """Show a personal identity code; audited, with the reason."""
        who = await self._who(request)
        asked = await body(request, _ReasonBody)
        proof = request.match_info["verification"]
        return json({"code": await self._identities.reveal(who, proof, asked.reason)})

    async def erase(self, request: web.Request) -> web.StreamResponse:
        """Erase the person whom a verification proved; done again it finds nothing: 404."""
        who = await self._who(request)
        asked = await body(request, _ReasonBody)
        await self._identities.erase(who, request.match_info["verification"], asked.reason)
        return web.Response(status=204)

    async def gates(self, request: web.Request) -> web.StreamResponse:
        who = await self._who(request)
        return json(await self._gates.gates(who.site))

    async def set_gates(self, request: web.Request) -> web.StreamResponse:
        """Put new gates in the place of the old; null: it is off."""
        who = await self._who(request)
        asked = await body(request, _GatesBody)
        return json(await self._gates.set_gates(who, Gates(asked.history, asked.confidential)))


def _seen(seen: Seen) -> dict[str, Any]:
    return {
        "proofs": seen.proofs,
        "gates": [_gate(state) for state in seen.gates],
        "may_reveal": seen.may_reveal,
    }


def _gate(state: GateState) -> dict[str, Any]:
    return {
        "action": state.action,
        "level": None if state.gate is None else state.gate.level,
        "max_age": None if state.gate is None else state.gate.max_age,
        "open": state.why is None,
        "why": state.why,
    }
