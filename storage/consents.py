"""Consents: which exact text, in which language, at which time, for which recipient; and its withdrawal."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import bindparam, select, update

from storage.instants import maybe, moment
from storage.models import consent
from storage.sealed_json import packed, unpacked
from storage.statements import Row, Statement, adding
from storage.transaction import Transaction

_ADD = adding(consent)
_OF = Statement(
    select(
        consent.c.id,
        consent.c.purpose,
        consent.c.given,
        consent.c.text_id,
        consent.c.text_version,
        consent.c.text_sha256,
        consent.c.sealed_detail,
        consent.c.at,
        consent.c.withdrawn_at,
    )
    .where(consent.c.person_id == bindparam("person"))
    .order_by(consent.c.id)
)
_WITHDRAW = Statement(
    update(consent)
    .where(consent.c.id == bindparam("for_id"), consent.c.withdrawn_at.is_(None))
    .values(withdrawn_at=bindparam("new_at"))
)


@dataclass(frozen=True, slots=True)
class ConsentRow:
    id: str
    purpose: str
    given: bool
    recipient: str | None
    text_id: str
    text_version: str
    text_sha256: str
    locale: str
    channel: str
    at: dt.datetime
    withdrawn_at: dt.datetime | None


class Consents:
    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def keep(
        self,
        person_id: str,
        *,
        purpose: str,
        given: bool,
        recipient: str | None,
        text_id: str,
        text_version: str,
        text_sha256: str,
        locale: str,
        channel: str,
    ) -> str:
        """A refusal is kept like a consent. Recipient and language say something about her: ciphertext."""
        tx, consent_id = self._tx, self._tx.new_id()
        detail = packed([recipient, locale, channel])
        tx.run(
            _ADD,
            id=consent_id,
            person_id=person_id,
            purpose=purpose,
            given=given,
            text_id=text_id,
            text_version=text_version,
            text_sha256=text_sha256,
            sealed_detail=tx.cipher(person_id).seal("consent", "detail", consent_id, detail),
            at=tx.at,
            withdrawn_at=None,
        )
        return consent_id

    def withdraw(self, person_id: str, purpose: str, recipient: str | None = None) -> int:
        """Without a recipient: this purpose for all of them. How many consents were withdrawn."""
        return sum(
            self._tx.run(_WITHDRAW, for_id=row.id, new_at=self._tx.at)
            for row in self.of(person_id)
            if row.purpose == purpose and row.given and recipient in (None, row.recipient)
        )

    def of(self, person_id: str | None) -> tuple[ConsentRow, ...]:
        """Oldest first. Nobody (an erased person) has none."""
        if person_id is None:
            return ()
        return tuple(self._row(person_id, row) for row in self._tx.all(_OF, person=person_id))

    def _row(self, person_id: str, row: Row) -> ConsentRow:
        consent_id, purpose, given, text_id, text_version, text_sha256, sealed, at, withdrawn_at = row
        detail = self._tx.cipher(person_id).open("consent", "detail", consent_id, sealed)
        recipient, locale, channel = unpacked(detail)
        return ConsentRow(
            id=consent_id,
            purpose=purpose,
            given=bool(given),
            recipient=recipient,
            text_id=text_id,
            text_version=text_version,
            text_sha256=text_sha256,
            locale=locale,
            channel=channel,
            at=moment(at),
            withdrawn_at=maybe(withdrawn_at),
        )
