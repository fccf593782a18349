"""The load client's ICE: one address, checks sent and answered, in either role.

Pure; `connection` sends what it returns. aioice's codec reads and writes. RFC 8445 (a full agent
with one host candidate, nominating at once), RFC 7675 (consent), RFC 8489 (STUN).
"""

from __future__ import annotations

import secrets
import struct

from aioice import stun

__all__ = ["Address", "ClientAgent"]

Address = tuple[str, int]

PRIORITY = 110 << 24 | 65535 << 8 | 255  # of a peer-reflexive candidate, RFC 8445 section 5.1.2.1


class ClientAgent:
    """One connection's end of ICE."""

    def __init__(self) -> None:
        self.ufrag = secrets.token_hex(4)
        self.password = secrets.token_hex(16)
        self.controlling = True
        self.remote_ufrag = ""
        self.remote_password = ""
        self.selected: Address | None = None
        """Where to send, once a check there was answered (and nominated, if they control)."""
        self.answered = 0
        """Checks of ours that were answered: the other's consent."""
        self._tie = secrets.randbits(64)
        self._open: dict[bytes, Address] = {}
        self._valid: Address | None = None
        self._nominated = False

    def check(self, address: Address) -> bytes:
        """Return a binding request for an address of the other."""
        role = "ICE-CONTROLLING" if self.controlling else "ICE-CONTROLLED"
        attributes: dict[str, object] = {
            "USERNAME": f"{self.remote_ufrag}:{self.ufrag}",
            role: self._tie,
            "PRIORITY": PRIORITY,
        }
        if self.controlling:
            attributes["USE-CANDIDATE"] = None
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, attributes=attributes)
        request.add_message_integrity(self.remote_password.encode())
        self._open[request.transaction_id] = address
        if len(self._open) > 64:
            del self._open[next(iter(self._open))]
        return bytes(request)

    def receive(self, data: bytes, address: Address) -> bytes | None:
        """Take a STUN datagram; return the answer to it, if it wants one."""
        try:
            message = stun.parse_message(data)
        except (ValueError, IndexError, KeyError, struct.error):
            return None
        if message.message_class == stun.Class.REQUEST:
            return self._on_request(message, address)
        if message.message_class == stun.Class.RESPONSE and message.check_message_integrity(
            self.remote_password.encode()
        ):
            checked = self._open.pop(message.transaction_id, None)
            if checked is not None:
                self.answered += 1
                self._valid = checked
                self._select()
        return None

    def _on_request(self, message: stun.Message, address: Address) -> bytes | None:
        if not message.check_message_integrity(self.password.encode()):
            return None
        if "USE-CANDIDATE" in message.attributes:
            self._nominated = True
            self._select()
        response = stun.Message(
            stun.Method.BINDING,
            stun.Class.RESPONSE,
            transaction_id=message.transaction_id,
            attributes={"XOR-MAPPED-ADDRESS": address},
        )
        response.add_message_integrity(self.password.encode())
        return bytes(response)

    def _select(self) -> None:
        if self.selected is None and (self.controlling or self._nominated):
            self.selected = self._valid
