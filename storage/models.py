"""The tables about people: nothing of them is readable without the key file.

Private to storage/: other packages get frozen rows. What belongs here and in `office_models.py`: columns and indexes,
nothing that does anything. `sealed_*` columns are ciphertext (`fieldcipher.py`), `*_bi` are keyed hashes. Times are
whole microseconds (`instants.py`); those of people, chats and sessions are rounded to the hour. Ids are UUIDv7, except
a session's, which the bot makes.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Identity, Index, Integer, LargeBinary, SmallInteger, Table, UniqueConstraint, text

from storage.columns import blob, counted, id_, metadata, time, word

data_key = Table(
    "data_key",
    metadata,
    id_("subject_id", key=True),
    Column("gen", SmallInteger, primary_key=True),
    word("tenant"),
    Column("epoch", Integer, nullable=False),
    blob("wrapped"),
    Index(None, "epoch"),
    sqlite_with_rowid=False,
)

person = Table("person", metadata, id_(key=True), word("kreis"), time("created_at"))

chat = Table(
    "chat",
    metadata,
    id_(key=True),
    word("channel"),
    blob("address_bi"),
    blob("sealed_address"),
    blob("sealed_locale", empty=True),
    id_("session_id", empty=True),
    Column("gone", Boolean, nullable=False),
    time("active_at"),
    # Until when a messenger's limit holds this chat (`pace.py`). Here, so that it goes when the chat goes; past values are
    # emptied hourly, because otherwise they would say to the second when somebody was last written to.
    time("paced_until", empty=True),
    UniqueConstraint("channel", "address_bi"),
    Index(None, "active_at"),
    Index(None, "session_id"),
)

session = Table(
    "session",
    metadata,
    id_(key=True),
    id_("person_id", of="person"),
    id_("chat_id", of="chat"),
    id_("slip_id", empty=True),
    word("status"),
    Column("version", Integer, nullable=False),
    blob("code_bi"),
    blob("sealed_state"),
    time("created_at"),
    time("updated_at"),
    UniqueConstraint("code_bi"),
    Index(None, "chat_id"),
    Index(None, "person_id"),
    Index(None, "updated_at"),
)

consent = Table(
    "consent",
    metadata,
    id_(key=True),
    id_("person_id", empty=True),
    word("purpose"),
    Column("given", Boolean, nullable=False),
    word("text_id"),
    word("text_version"),
    word("text_sha256"),
    blob("sealed_detail"),
    time("at"),
    time("withdrawn_at", empty=True),
    Index(None, "person_id"),
    Index(None, "at"),
)

referral = Table(
    "referral",
    metadata,
    id_(key=True),
    word("traeger"),
    word("stelle"),
    word("dienst"),
    id_("person_id", empty=True),
    id_("session_id", empty=True),
    id_("chat_id", empty=True),
    id_("consent_id", empty=True),
    word("status"),
    Column("version", Integer, nullable=False),
    Column("rank", SmallInteger, nullable=False),
    word("mode"),
    word("reason", empty=True),
    blob("code_bi", empty=True),
    blob("sealed_brief", empty=True),
    blob("sealed_case", empty=True),
    time("created_at"),
    time("waiting_since"),
    time("moved_at"),
    word("moved_by"),
    Index(None, "traeger", "status", "rank", "waiting_since", "id", "stelle"),
    Index(None, "code_bi"),
    Index(None, "chat_id"),
    Index(None, "person_id"),
    Index(None, "status", "moved_at"),
    # A withdrawn hand-over may be offered again; one that stands may not be doubled.
    Index(
        "uq_referral_session_id_stelle",
        "session_id",
        "stelle",
        unique=True,
        sqlite_where=text("status <> 'withdrawn'"),
        postgresql_where=text("status <> 'withdrawn'"),
    ),
)

referral_move = Table(
    "referral_move",
    metadata,
    id_(key=True),
    id_("referral_id", of="referral"),
    word("traeger"),
    word("move"),
    word("status"),
    word("by"),
    word("reason", empty=True),
    time("at"),
    Index(None, "referral_id", "id"),
)

# Statements must say `state = 'due'` in these very words (`outbox_rows.DUE`), or the databases don't use the index.
_due = text("state = 'due'")
_done = text("done_at IS NOT NULL")
_owned = text("person_id IS NOT NULL")

outbox = Table(
    "outbox",
    metadata,
    # Order within a chat is the order of writing, also when the clock steps back: so not the id.
    Column("seq", counted, Identity(), primary_key=True),
    id_(),
    id_("chat_id", of="chat"),
    id_("person_id", empty=True),
    blob("key_bi"),
    word("state"),
    word("kind"),
    blob("sealed_effect", empty=True),
    time("created_at"),
    time("not_before"),
    Column("attempts", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    word("worker", empty=True),
    time("lease_until", empty=True),
    word("why", empty=True),
    time("done_at", empty=True),
    UniqueConstraint("id"),
    UniqueConstraint("key_bi"),
    Index("ix_outbox_due", "seq", "not_before", sqlite_where=_due, postgresql_where=_due),
    Index("ix_outbox_done", "state", "done_at", sqlite_where=_done, postgresql_where=_done),
    Index("ix_outbox_person_id", "person_id", sqlite_where=_owned, postgresql_where=_owned),
    Index(None, "chat_id", "state", "seq"),
)

inbound = Table(
    "inbound",
    metadata,
    Column("event_bi", LargeBinary, primary_key=True),
    time("at"),
    Index(None, "at"),
    sqlite_with_rowid=False,
)

erasure = Table("erasure", metadata, id_(key=True), blob("subject_mac"), word("reason"), time("at"))

# What the bot's processes tell one another; nothing of it is about people.
heartbeat = Table("heartbeat", metadata, word("name", key=True), time("at"))

pace = Table("pace", metadata, word("name", key=True), time("until"))

key_check = Table("key_check", metadata, word("name", key=True), blob("fingerprint"))
