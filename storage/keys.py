"""The keys that live outside the database, in one file that only the program may read.

A data key is wrapped by the key of its tenant and epoch (derived by HKDF from the epoch's secret), so that destroying
an epoch destroys every data key of every backup of that time. `idx` finds chats, `code` finds hand-over codes, `aud`
chains the audit log and names the erased in the ledger.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from storage import keyfile
from storage.codes import normalised
from storage.errors import KeyProblem, Undecipherable
from storage.fieldcipher import bound_to

KEY_LENGTH: Final = 32


@lru_cache(maxsize=256)
def _begun(key: bytes) -> hmac.HMAC:
    """HMAC-SHA-256 with the key already worked in: the half of the work that is the same for every message."""
    return hmac.new(key, digestmod=hashlib.sha256)


def keyed(key: bytes, message: bytes) -> bytes:
    begun = _begun(key).copy()
    begun.update(message)
    return begun.digest()


class KeyRing:
    """All keys of one installation. Read by `from_file`, or made by `KeyRing.random()` for a test."""

    def __init__(self, keks: Mapping[int, bytes], *, idx: bytes, code: bytes, aud: bytes) -> None:
        secrets_ = [*keks.values(), idx, code, aud]
        if not keks or any(len(key) != KEY_LENGTH for key in secrets_):
            raise KeyProblem(f"every key needs {KEY_LENGTH} bytes, and there must be at least one kek")
        if len(set(secrets_)) != len(secrets_):
            raise KeyProblem("two keys are equal; every purpose needs a key of its own")
        self._keks = dict(keks)
        self._idx, self._code, self._aud = idx, code, aud
        self._of_tenant = lru_cache(maxsize=256)(self._derive)

    def __repr__(self) -> str:
        return f"KeyRing(epochs={self.epochs})"

    @property
    def epochs(self) -> tuple[int, ...]:
        return tuple(sorted(self._keks))

    @property
    def epoch(self) -> int:
        """The newest: what is wrapped now is wrapped by it."""
        return max(self._keks)

    # -- data keys --------------------------------------------------------------------------------------------------

    def wrap(self, tenant: str, subject: str, gen: int, data_key: bytes) -> tuple[int, bytes]:
        epoch = self.epoch
        nonce = secrets.token_bytes(12)
        sealed = self._of_tenant(tenant, epoch).encrypt(nonce, data_key, _wrapped_for(tenant, subject, epoch, gen))
        return epoch, nonce + sealed

    def unwrap(self, tenant: str, subject: str, gen: int, epoch: int, wrapped: bytes) -> bytes:
        if epoch not in self._keks:
            raise KeyProblem(f"the key file has no kek of epoch {epoch}. Put it back, or accept that its data is lost.")
        place = _wrapped_for(tenant, subject, epoch, gen)
        try:
            return self._of_tenant(tenant, epoch).decrypt(wrapped[:12], wrapped[12:], place)
        except (InvalidTag, ValueError):  # ValueError: too short to hold even a nonce
            raise Undecipherable("a wrapped data key was changed, moved, or belongs to other keys") from None

    def _derive(self, tenant: str, epoch: int) -> AESGCM:
        hkdf = HKDF(algorithm=SHA256(), length=KEY_LENGTH, salt=None, info=bound_to("kek", tenant, str(epoch)))
        return AESGCM(hkdf.derive(self._keks[epoch]))

    # -- keyed hashes ------------------------------------------------------------------------------------------------

    def blind(self, channel: str, address: str) -> bytes:
        """Where a chat is found. Chat ids have few bits: without the key they could be guessed in hours."""
        return keyed(self._idx, f"{channel}|{address}".encode())[:16]

    def blind_event(self, channel: str, event_id: str) -> bytes:
        return keyed(self._idx, bound_to("inbound", channel, event_id))[:16]

    def blind_code(self, code: str) -> bytes:
        return keyed(self._code, normalised(code).encode())[:16]

    def ledger(self, subject: str) -> bytes:
        """The erased person's mark in the ledger: proves an erasure, finds nobody."""
        return keyed(self._aud, bound_to("ledger", subject))[:16]

    def audit(self, record: bytes) -> bytes:
        return keyed(self._aud, record)

    def fingerprints(self) -> dict[str, bytes]:
        """Shows whether these keys belong to a database; says nothing about them."""
        named = {f"kek:{epoch}": key for epoch, key in self._keks.items()}
        named |= {"idx": self._idx, "code": self._code, "aud": self._aud}
        return {name: keyed(key, b"wegweiser key check")[:16] for name, key in named.items()}

    # -- where they come from ----------------------------------------------------------------------------------------

    @classmethod
    def random(cls) -> KeyRing:
        idx, code, aud, kek = (secrets.token_bytes(KEY_LENGTH) for _ in range(4))
        return cls({1: kek}, idx=idx, code=code, aud=aud)

    @classmethod
    def from_file(cls, path: str | Path) -> KeyRing:
        """Read the key file; raises KeyProblem naming path and remedy."""
        keks, single = keyfile.read(Path(path))
        try:
            return cls(keks, **single)
        except KeyProblem as problem:
            raise KeyProblem(f"{path}: {problem}. {keyfile.REMEDY}") from None

    @classmethod
    def create_file(cls, path: str | Path) -> KeyRing:
        """Write a new key file (mode 0600) and read it back. Never overwrites one."""
        ring = cls.random()
        keyfile.write(Path(path), ring._keks, {"idx": ring._idx, "code": ring._code, "aud": ring._aud})
        return cls.from_file(path)


def _wrapped_for(tenant: str, subject: str, epoch: int, gen: int) -> bytes:
    if "|" in tenant or "|" in subject:
        raise ValueError("a tenant's or subject's id can't hold '|'")
    return f"dek|1|{tenant}|{subject}|{epoch}|{gen}".encode()
