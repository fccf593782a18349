"""The tables of bank ID: our keys towards brokers, attempts, proofs and who proved themselves."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from server.store.tables import ID, metadata

__all__ = ["metadata"]

#: Our own keys towards brokers, sealed by the vault. Published from `created_at` to `retired_at`,
#: signing from `active_at`; a retired one decrypts until it is deleted.
provider_key = Table(
    "provider_key",
    metadata,
    Column("id", String(64), primary_key=True),  # the kid: RFC 7638 thumbprint
    Column("use", String(10), nullable=False),  # sig, enc, entity
    Column("algorithm", String(20), nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # the private JWK
    Column("created_at", BigInteger, nullable=False),
    Column("active_at", BigInteger, nullable=False),
    Column("retired_at", BigInteger),
)

#: A visitor's try to prove who they are. Secrets of the browser are hashed; `order` is sealed.
#: `outcome` null: it is open. `collect_due_at`: when a node asks BankID next.
identity_attempt = Table(
    "identity_attempt",
    metadata,
    Column("id", ID, primary_key=True),
    Column("verification", ID, nullable=False),
    Column("conversation", ID, ForeignKey("conversation.id"), nullable=False, index=True),
    Column("site", ID, ForeignKey("site.id"), nullable=False),
    Column("visitor", ID, nullable=False),
    Column("provider", String(40), nullable=False),
    Column("method", String(80), nullable=False),
    Column("lang", String(8), nullable=False),
    Column("way", String(10), nullable=False),  # popup, tab, same; bankid: none
    Column("handle", String(64), unique=True),  # hashed; null once used
    Column("state", String(64), unique=True),  # hashed
    Column("cookie", String(64)),  # hashed
    Column("return_url", Text),
    Column("started_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("order", LargeBinary),
    Column("hint", String(40)),
    Column("collect_due_at", BigInteger, index=True),
    Column("outcome", String(40)),
)

#: Somebody who proved who they are to a site. `match`: keyed hash of the code, per site; `sealed`:
#: code and name, encrypted. Erased: the row is gone, and its proofs with it.
person = Table(
    "person",
    metadata,
    Column("id", ID, primary_key=True),
    Column("site", ID, ForeignKey("site.id"), nullable=False),
    Column("country", String(2), nullable=False),
    Column("match", String(64), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("key", String(40), nullable=False, index=True),  # which vault key
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    UniqueConstraint("site", "match"),
)

#: What a verification proved. `accepted` null: staff has yet to confirm somebody else than before.
proof = Table(
    "proof",
    metadata,
    Column("verification", ID, primary_key=True),
    Column("conversation", ID, ForeignKey("conversation.id"), nullable=False, index=True),
    Column("site", ID, ForeignKey("site.id"), nullable=False),
    Column("person", ID, ForeignKey("person.id"), nullable=False, index=True),
    Column("method", String(80), nullable=False),
    Column("level", String(20), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("accepted", Boolean),
)
