"""The tables. Times are UTC milliseconds since 1970; ids are ULIDs, so they sort by age.

A conversation's row carries its whole `Record` as JSON (`body`) and, beside it, only what
queries need. Secrets (cookies, links) are kept as SHA-256: they are 256 random bits, so a
slow hash would add nothing; passwords are argon2.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

__all__ = ["ID", "NUMBER", "metadata"]

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

ID = String(26)
# SQLite numbers rows by itself only when the key is exactly INTEGER.
NUMBER = BigInteger().with_variant(Integer, "sqlite")

#: Facts of this database: the epoch of its positions, the keys that sign tokens.
meta = Table(
    "meta",
    metadata,
    Column("key", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)

#: A shop. `langs` and `origins` are JSON lists; `feed_seq` numbers the commits of its inbox.
site = Table(
    "site",
    metadata,
    Column("id", ID, primary_key=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("name", String(120), nullable=False),
    Column("color", String(20), nullable=False),
    Column("langs", Text, nullable=False),
    Column("origins", Text, nullable=False),
    Column("feed_seq", BigInteger, nullable=False, server_default="0"),
    Column("cobrowse", Text),  # domain.rules.Rules as JSON; none: only what is masked always
    Column("gates", Text),  # domain.gates.Gates as JSON; none: the usual ones
    Column("identify", LargeBinary),  # the secret that the shop signs customers with, sealed
    Column("hours", Text),  # domain.hours.Hours as JSON; none: always open
    Column("routing", Text),  # domain.routing.Routing as JSON: weights, entry rules
    Column("recording", Text),  # domain.recording.RecordingRules as JSON; none: it does not
    Column("media_policy", String(10), nullable=False, server_default="server"),  # domain.paths
)

agent = Table(
    "agent",
    metadata,
    Column("id", ID, primary_key=True),
    Column("site", ID, ForeignKey("site.id"), nullable=False, index=True),
    Column("email", String(254), nullable=False, unique=True),  # lower case
    Column("name", String(120), nullable=False),
    Column("role", String(20), nullable=False),
    Column("password", Text, nullable=False),
    Column("lang", String(8), nullable=False),
    Column("langs", Text, nullable=False, server_default='["fi","sv","en"]'),  # served in
    Column("permissions", Text, nullable=False, server_default="[]"),  # JSON list of words
    Column("created_at", BigInteger, nullable=False),
)

#: A sign-in of an agent in one browser.
agent_session = Table(
    "agent_session",
    metadata,
    Column("id", ID, primary_key=True),
    Column("agent", ID, ForeignKey("agent.id"), nullable=False, index=True),
    Column("secret", String(64), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

visitor = Table(
    "visitor",
    metadata,
    Column("id", ID, primary_key=True),
    Column("site", ID, ForeignKey("site.id"), nullable=False, index=True),
    Column("name", String(80), nullable=False),
    Column("email", String(254)),
    Column("kind", String(20), nullable=False),  # anonymous or identified; proofs are per visit
    Column("customer", String(120)),  # the shop's own id of an identified one
    Column("created_at", BigInteger, nullable=False),
    Index("ix_visitor_customer", "site", "customer"),
)

#: A visitor's browser. `resume` rotates; the one before works on, for an answer that was lost.
visitor_session = Table(
    "visitor_session",
    metadata,
    Column("id", ID, primary_key=True),
    Column("visitor", ID, ForeignKey("visitor.id"), nullable=False, index=True),
    Column("secret", String(64), nullable=False, unique=True),
    Column("resume", String(64), nullable=False, unique=True),
    Column("resume_before", String(64), unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

conversation = Table(
    "conversation",
    metadata,
    Column("id", ID, primary_key=True),
    Column("site", ID, ForeignKey("site.id"), nullable=False),
    Column("visitor", ID, ForeignKey("visitor.id"), nullable=False, index=True),
    Column("state", String(10), nullable=False),
    Column("assignee", ID),
    Column("changed", BigInteger, nullable=False),  # the site's feed_seq of the last commit
    Column("opened_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger),
    Column("auto_due_at", BigInteger, index=True),
    Column("call_due_at", BigInteger, index=True),
    Column("cobrowse_due_at", BigInteger, index=True),
    Column("identity_due_at", BigInteger, index=True),
    Column("last_seq", BigInteger, nullable=False),
    Column("last_seq_visitor", BigInteger, nullable=False),
    Column("last_seq_staff", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),  # domain.record.Record as JSON
    Index("ix_conversation_feed", "site", "changed"),
    Index("ix_conversation_state", "site", "state"),
)

#: The timeline. `mask`: domain.audience; `shown`: worth a place among the newest of a snapshot.
event = Table(
    "event",
    metadata,
    Column("conversation", ID, ForeignKey("conversation.id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("mask", Integer, nullable=False),
    Column("shown", Boolean, nullable=False),
    Column("body", LargeBinary, nullable=False),  # signaling.events.TimelineEvent as JSON
    Column("search", Text),  # lower-case text of a message or note
)

#: Commands that were done, so that a resend gets the same acknowledgement.
command = Table(
    "command",
    metadata,
    Column("conversation", String(32), primary_key=True),  # "start": none yet
    Column("sender", ID, primary_key=True),
    Column("id", String(40), primary_key=True),
    Column("at", BigInteger, nullable=False, index=True),
    Column("ack", LargeBinary, nullable=False),
)

#: Hints that a commit owes to the bus; gone when published.
outbox = Table(
    "outbox",
    metadata,
    Column("id", ID, primary_key=True),
    Column("at", BigInteger, nullable=False, index=True),
    Column("hints", LargeBinary, nullable=False),
)

#: Leases of staff that is connected; who is not renewed is gone.
presence = Table(
    "presence",
    metadata,
    Column("session", ID, primary_key=True),
    Column("node", ID, primary_key=True),
    Column("agent", ID, ForeignKey("agent.id"), nullable=False, index=True),
    Column("site", ID, nullable=False, index=True),
    Column("expires_at", BigInteger, nullable=False, index=True),
)

invite = Table(
    "invite",
    metadata,
    Column("id", ID, primary_key=True),
    Column("conversation", ID, ForeignKey("conversation.id"), nullable=False, index=True),
    Column("site", ID, ForeignKey("site.id"), nullable=False),
    Column("secret", String(64), nullable=False, unique=True),
    Column("scope", Text, nullable=False),
    Column("by_name", String(120), nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("outcome", String(10), nullable=False),
    Column("expert", ID, unique=True),
    Column("expert_name", String(80)),
    Column("session", String(64), unique=True),  # the expert's cookie, hashed
)
Index(
    "ix_invite_open",
    invite.c.expires_at,
    sqlite_where=invite.c.outcome == "open",
    postgresql_where=invite.c.outcome == "open",
)

# Outside sources and players of calls. A row is a token, and the one session that it has.
guest = Table(
    "guest",
    metadata,
    Column("id", ID, primary_key=True),
    Column("conversation", ID, ForeignKey("conversation.id"), nullable=False, index=True),
    Column("site", ID, ForeignKey("site.id"), nullable=False),
    Column("call", ID, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("label", String(80), nullable=False),
    Column("secret", String(64), nullable=False, unique=True),
    Column("by_name", String(120), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Column("session", String(64)),
)

file = Table(
    "file",
    metadata,
    Column("id", ID, primary_key=True),
    Column("site", ID, ForeignKey("site.id"), nullable=False),
    Column("conversation", ID, index=True),  # where it was sent
    Column("owner", ID, nullable=False),
    Column("name", String(200), nullable=False),
    Column("type", String(120), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("image", Boolean, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("consult", Boolean, nullable=False),  # not for the visitor
    Column("confidential", Boolean, nullable=False, server_default=false()),  # not for experts
    Column("seq", BigInteger),  # of the message that carries it
    Column("at", BigInteger, nullable=False),
)

canned = Table(
    "canned",
    metadata,
    Column("id", ID, primary_key=True),
    Column("site", ID, ForeignKey("site.id"), nullable=False),
    Column("shortcut", String(40), nullable=False),
    Column("lang", String(8), nullable=False),
    Column("text", Text, nullable=False),
    UniqueConstraint("site", "shortcut", "lang"),
)

#: What may be tried so many times in a while (`services/throttle.py`), by account or address.
attempt = Table(
    "attempt",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("key", String(120), nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
    Index("ix_attempt_key", "key", "at"),
)

#: What staff did, and anybody in a co-browsing. Append-only: a row's hash covers the row before.
audit = Table(
    "audit",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("site", ID, nullable=False, index=True),
    Column("actor", ID, nullable=False),
    Column("action", String(60), nullable=False),
    Column("object", String(300), nullable=False, index=True),
    Column("before", String(64), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
)

#: Which media node has a call's room, under a lease.
call_room = Table(
    "call_room",
    metadata,
    Column("call", ID, primary_key=True),
    Column("conversation", ID, ForeignKey("conversation.id"), nullable=False),
    Column("node", ID, nullable=False, index=True),
    Column("expires_at", BigInteger, nullable=False),
)

#: Processes that forward media, each start under a new name. `load`: participants.
media_node = Table(
    "media_node",
    metadata,
    Column("node", ID, primary_key=True),
    Column("load", Integer, nullable=False),
    Column("accepting", Boolean, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

#: A co-browsing that was consented to. `resume`: the sharer's next token, hashed, good from
#: `origin` only; the one before works until it has been used, for an answer that was lost.
#: Without the sharer until `sharer_due_at` it ends; so does the grant of one who does not look
#: until `controller_due_at`. `path`: of the page that is shown.
cobrowse = Table(
    "cobrowse",
    metadata,
    Column("id", ID, primary_key=True),
    Column("conversation", ID, ForeignKey("conversation.id"), nullable=False, index=True),
    Column("site", ID, ForeignKey("site.id"), nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("consent", String(40), nullable=False),
    Column("lang", String(8), nullable=False),
    Column("masking", String(64), nullable=False),
    Column("origin", String(255)),
    Column("resume", String(64)),
    Column("resume_before", String(64)),
    Column("path", Text),
    Column("sharer_due_at", BigInteger),  # null when it has ended, as the one below
    Column("controller_due_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("reason", String(20)),
)
Index(
    "ix_cobrowse_sharer_due_at",
    cobrowse.c.sharer_due_at,
    sqlite_where=cobrowse.c.sharer_due_at.is_not(None),
    postgresql_where=cobrowse.c.sharer_due_at.is_not(None),
)
Index(
    "ix_cobrowse_controller_due_at",
    cobrowse.c.controller_due_at,
    sqlite_where=cobrowse.c.controller_due_at.is_not(None),
    postgresql_where=cobrowse.c.controller_due_at.is_not(None),
)

#: How a call went for each person: `body` is `signaling.doctor.Figures` of a page's connection
#: (source "browser"), or `domain.figures.Watched` of a media node ("server"), as JSON.
call_figures = Table(
    "call_figures",
    metadata,
    Column("call", ID, primary_key=True),
    Column("person", ID, primary_key=True),
    Column("leg", String(40), primary_key=True),
    Column("source", String(10), nullable=False),
    Column(
        "conversation",
        ID,
        ForeignKey("conversation.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("site", ID, nullable=False),
    Column("role", String(20), nullable=False),
    Column("body", Text, nullable=False),
    Column("began_at", BigInteger, nullable=False, index=True),
    Column("updated_at", BigInteger, nullable=False),
)

#: The different pages of a co-browsing, by the SHA-256 of their paths, to count them.
cobrowse_page = Table(
    "cobrowse_page",
    metadata,
    Column("cobrowse", ID, ForeignKey("cobrowse.id"), primary_key=True),
    Column("path", String(64), primary_key=True),
)
