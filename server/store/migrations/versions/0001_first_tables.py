"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("site", sa.String(length=26), nullable=False),
        sa.Column("actor", sa.String(length=26), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("object", sa.String(length=60), nullable=False),
        sa.Column("before", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_hash")),
    )
    op.create_index(op.f("ix_audit_site"), "audit", ["site"], unique=False)
    op.create_table(
        "command",
        sa.Column("conversation", sa.String(length=32), nullable=False),
        sa.Column("sender", sa.String(length=26), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ack", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("conversation", "sender", "id", name=op.f("pk_command")),
    )
    op.create_index(op.f("ix_command_at"), "command", ["at"], unique=False)
    op.create_table(
        "login_failure",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_failure")),
    )
    op.create_index("ix_login_failure_key", "login_failure", ["key", "at"], unique=False)
    op.create_table(
        "meta",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("hints", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(op.f("ix_outbox_at"), "outbox", ["at"], unique=False)
    op.create_table(
        "site",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("color", sa.String(length=20), nullable=False),
        sa.Column("langs", sa.Text(), nullable=False),
        sa.Column("origins", sa.Text(), nullable=False),
        sa.Column("feed_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
        sa.UniqueConstraint("key", name=op.f("uq_site_key")),
    )
    op.create_table(
        "agent",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("site", sa.String(length=26), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("lang", sa.String(length=8), nullable=False),
        sa.Column("available", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.id"], name=op.f("fk_agent_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent")),
        sa.UniqueConstraint("email", name=op.f("uq_agent_email")),
    )
    op.create_index(op.f("ix_agent_site"), "agent", ["site"], unique=False)
    op.create_table(
        "canned",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("site", sa.String(length=26), nullable=False),
        sa.Column("shortcut", sa.String(length=40), nullable=False),
        sa.Column("lang", sa.String(length=8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.id"], name=op.f("fk_canned_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned")),
        sa.UniqueConstraint("site", "shortcut", "lang", name=op.f("uq_canned_site")),
    )
    op.create_table(
        "file",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("site", sa.String(length=26), nullable=False),
        sa.Column("conversation", sa.String(length=26), nullable=True),
        sa.Column("owner", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("type", sa.String(length=120), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("image", sa.Boolean(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("consult", sa.Boolean(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.id"], name=op.f("fk_file_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file")),
    )
    op.create_index(op.f("ix_file_conversation"), "file", ["conversation"], unique=False)
    op.create_table(
        "visitor",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("site", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.id"], name=op.f("fk_visitor_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visitor")),
    )
    op.create_index(op.f("ix_visitor_site"), "visitor", ["site"], unique=False)
    op.create_table(
        "agent_session",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("agent", sa.String(length=26), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agent"], ["agent.id"], name=op.f("fk_agent_session_agent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_session")),
        sa.UniqueConstraint("secret", name=op.f("uq_agent_session_secret")),
    )
    op.create_index(op.f("ix_agent_session_agent"), "agent_session", ["agent"], unique=False)
    op.create_table(
        "conversation",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("site", sa.String(length=26), nullable=False),
        sa.Column("visitor", sa.String(length=26), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("assignee", sa.String(length=26), nullable=True),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("auto_due_at", sa.BigInteger(), nullable=True),
        sa.Column("call_due_at", sa.BigInteger(), nullable=True),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_seq_visitor", sa.BigInteger(), nullable=False),
        sa.Column("last_seq_staff", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["site.id"], name=op.f("fk_conversation_site")),
        sa.ForeignKeyConstraint(["visitor"], ["visitor.id"], name=op.f("fk_conversation_visitor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
    )
    op.create_index(
        op.f("ix_conversation_auto_due_at"), "conversation", ["auto_due_at"], unique=False
    )
    op.create_index(
        op.f("ix_conversation_call_due_at"), "conversation", ["call_due_at"], unique=False
    )
    op.create_index("ix_conversation_feed", "conversation", ["site", "changed"], unique=False)
    op.create_index("ix_conversation_state", "conversation", ["site", "state"], unique=False)
    op.create_index(op.f("ix_conversation_visitor"), "conversation", ["visitor"], unique=False)
    op.create_table(
        "presence",
        sa.Column("session", sa.String(length=26), nullable=False),
        sa.Column("node", sa.String(length=26), nullable=False),
        sa.Column("agent", sa.String(length=26), nullable=False),
        sa.Column("site", sa.String(length=26), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agent"], ["agent.id"], name=op.f("fk_presence_agent")),
        sa.PrimaryKeyConstraint("session", "node", name=op.f("pk_presence")),
    )
    op.create_index(op.f("ix_presence_agent"), "presence", ["agent"], unique=False)
    op.create_index(op.f("ix_presence_expires_at"), "presence", ["expires_at"], unique=False)
    op.create_index(op.f("ix_presence_site"), "presence", ["site"], unique=False)
    op.create_table(
        "visitor_session",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("visitor", sa.String(length=26), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("resume", sa.String(length=64), nullable=False),
        sa.Column("resume_before", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["visitor"], ["visitor.id"], name=op.f("fk_visitor_session_visitor")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visitor_session")),
        sa.UniqueConstraint("resume", name=op.f("uq_visitor_session_resume")),
        sa.UniqueConstraint("resume_before", name=op.f("uq_visitor_session_resume_before")),
        sa.UniqueConstraint("secret", name=op.f("uq_visitor_session_secret")),
    )
    op.create_index(
        op.f("ix_visitor_session_visitor"), "visitor_session", ["visitor"], unique=False
    )
    op.create_table(
        "call_room",
        sa.Column("call", sa.String(length=26), nullable=False),
        sa.Column("conversation", sa.String(length=26), nullable=False),
        sa.Column("node", sa.String(length=26), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversation.id"], name=op.f("fk_call_room_conversation")
        ),
        sa.PrimaryKeyConstraint("call", name=op.f("pk_call_room")),
    )
    op.create_index(op.f("ix_call_room_node"), "call_room", ["node"], unique=False)
    op.create_table(
        "event",
        sa.Column("conversation", sa.String(length=26), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("mask", sa.Integer(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("search", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversation.id"], name=op.f("fk_event_conversation")
        ),
        sa.PrimaryKeyConstraint("conversation", "seq", name=op.f("pk_event")),
    )
    op.create_table(
        "invite",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("conversation", sa.String(length=26), nullable=False),
        sa.Column("site", sa.String(length=26), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("by_name", sa.String(length=120), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("expert", sa.String(length=26), nullable=True),
        sa.Column("expert_name", sa.String(length=80), nullable=True),
        sa.Column("session", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversation.id"], name=op.f("fk_invite_conversation")
        ),
        sa.ForeignKeyConstraint(["site"], ["site.id"], name=op.f("fk_invite_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invite")),
        sa.UniqueConstraint("expert", name=op.f("uq_invite_expert")),
        sa.UniqueConstraint("secret", name=op.f("uq_invite_secret")),
        sa.UniqueConstraint("session", name=op.f("uq_invite_session")),
    )
    op.create_index(op.f("ix_invite_conversation"), "invite", ["conversation"], unique=False)
    op.create_index(op.f("ix_invite_expires_at"), "invite", ["expires_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_invite_expires_at"), table_name="invite")
    op.drop_index(op.f("ix_invite_conversation"), table_name="invite")
    op.drop_table("invite")
    op.drop_table("event")
    op.drop_index(op.f("ix_call_room_node"), table_name="call_room")
    op.drop_table("call_room")
    op.drop_index(op.f("ix_visitor_session_visitor"), table_name="visitor_session")
    op.drop_table("visitor_session")
    op.drop_index(op.f("ix_presence_site"), table_name="presence")
    op.drop_index(op.f("ix_presence_expires_at"), table_name="presence")
    op.drop_index(op.f("ix_presence_agent"), table_name="presence")
    op.drop_table("presence")
    op.drop_index(op.f("ix_conversation_visitor"), table_name="conversation")
    op.drop_index("ix_conversation_state", table_name="conversation")
    op.drop_index("ix_conversation_feed", table_name="conversation")
    op.drop_index(op.f("ix_conversation_call_due_at"), table_name="conversation")
    op.drop_index(op.f("ix_conversation_auto_due_at"), table_name="conversation")
    op.drop_table("conversation")
    op.drop_index(op.f("ix_agent_session_agent"), table_name="agent_session")
    op.drop_table("agent_session")
    op.drop_index(op.f("ix_visitor_site"), table_name="visitor")
    op.drop_table("visitor")
    op.drop_index(op.f("ix_file_conversation"), table_name="file")
    op.drop_table("file")
    op.drop_table("canned")
    op.drop_index(op.f("ix_agent_site"), table_name="agent")
    op.drop_table("agent")
    op.drop_table("site")
    op.drop_index(op.f("ix_outbox_at"), table_name="outbox")
    op.drop_table("outbox")
    op.drop_table("meta")
    op.drop_index("ix_login_failure_key", table_name="login_failure")
    op.drop_table("login_failure")
    op.drop_index(op.f("ix_command_at"), table_name="command")
    op.drop_table("command")
    op.drop_index(op.f("ix_audit_site"), table_name="audit")
    op.drop_table("audit")
