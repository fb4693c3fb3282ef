"""From a row of ciphertext to what staff may read."""

from __future__ import annotations

from typing import Any

from storage.fieldcipher import SubjectCipher
from storage.instants import moment
from storage.referral_rows import OpenReferral, ReferralCase
from storage.sealed_json import unpacked
from storage.statements import Row
from storage.transaction import Transaction

_EMPTY_BRIEF = (None, None, None, None, None, None)


def open_of(tx: Transaction, row: Row) -> OpenReferral:
    fields, _cipher = _opened(tx, row)
    return OpenReferral(**fields)


def case_of(tx: Transaction, row: Row) -> ReferralCase:
    fields, cipher = _opened(tx, row)
    sealed, session_id, chat_id, consent_id, mode, reason, created_at, moved_at, moved_by = row[14:]
    payload: Any = {}
    hint = ""
    if cipher is not None and sealed is not None:
        payload, hint = unpacked(cipher.open("referral", "case", row[0], sealed, tenant=row[1]))
    return ReferralCase(
        **fields,
        payload=payload,
        person_id=row[2],
        session_id=session_id,
        chat_id=chat_id,
        code_hint=hint,
        created_at=moment(created_at),
        mode=mode,
        consent_id=consent_id,
        reason=reason,
        moved_at=moment(moved_at),
        moved_by=moved_by,
    )


def _opened(tx: Transaction, row: Row) -> tuple[dict[str, Any], SubjectCipher | None]:
    referral_id, traeger, person_id, status, stelle, dienst, rank, since, version, sealed, *wrapped = row[:14]
    cipher, brief = None, _EMPTY_BRIEF
    if wrapped[3] is not None:
        cipher = tx.data_keys.unwrapped(tx, person_id, *wrapped)
        if sealed is not None:
            brief = unpacked(cipher.open("referral", "brief", referral_id, sealed, tenant=traeger))
    kommune, locale, condition, because, rule, rules_version = brief
    fields = {
        "id": referral_id,
        "status": status,
        "stelle": stelle,
        "dienst": dienst,
        "urgent": rank == 0,
        "condition": condition,
        "kommune": kommune or "",
        "locale": locale or "",
        "because": because or "",
        "rule": rule or "",
        "rules_version": rules_version or "",
        "waiting_since": moment(since),
        "version": version,
    }
    return fields, cipher
