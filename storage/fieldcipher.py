"""One encrypted field: its bytes, and the place it is bound to.

    0x01 | alg 1 | gen 2 | nonce 12 | ciphertext | tag 16

The associated data is the place: (app, format, table, column, tenant, subject, row, gen), every part with its length in
front, so that no two places look alike. Moved to another row, column, tenant or person, it does not open.
The plaintext is padded to 32 bytes, so that "ja" and "nein" are equally long.
"""

from __future__ import annotations

import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.errors import StorageError, Undecipherable

FORMAT: Final = 1
AES_256_GCM: Final = 1
BUCKET: Final = 32
APP: Final = "wegweiser"

# Random 96-bit nonces: after 2^20 encryptions the chance of a repeated one is about 2^-57. Then the key is worn out.
MOST_ENCRYPTIONS: Final = 1 << 20


class KeyWornOut(StorageError):
    """This data key has encrypted as much as it may."""


def bound_to(*parts: str) -> bytes:
    """The parts with their lengths in front."""
    out = bytearray()
    for part in parts:
        raw = part.encode()
        out += len(raw).to_bytes(2, "big")
        out += raw
    return bytes(out)


def padded(plain: bytes) -> bytes:
    return plain + b"\x80" + bytes(-(len(plain) + 1) % BUCKET)


def unpadded(plain: bytes) -> bytes:
    cut = plain.rstrip(b"\0")
    if not cut.endswith(b"\x80"):
        raise Undecipherable("the padding is wrong")
    return cut[:-1]


class SubjectCipher:
    """The data key of one person or chat, ready for use. `tenant` is the Kreis the key was made for."""

    __slots__ = ("_aead", "_gen_part", "_places", "_used", "gen", "subject", "tenant")

    def __init__(self, key: bytes, subject: str, tenant: str, gen: int = 1) -> None:
        self._aead = AESGCM(key)
        self._used = 0
        self.subject = subject
        self.tenant = tenant
        self.gen = gen
        self._gen_part = bound_to(str(gen))
        self._places: dict[tuple[str, str, str], bytes] = {}

    def seal(self, table: str, column: str, row: str, plain: bytes, *, tenant: str | None = None) -> bytes:
        if self._used >= MOST_ENCRYPTIONS:
            raise KeyWornOut(f"a data key has sealed {MOST_ENCRYPTIONS} fields")
        self._used += 1
        nonce = secrets.token_bytes(12)
        head = bytes((FORMAT, AES_256_GCM)) + self.gen.to_bytes(2, "big")
        return head + nonce + self._aead.encrypt(nonce, padded(plain), self._place(table, column, row, tenant))

    def open(self, table: str, column: str, row: str, sealed: bytes, *, tenant: str | None = None) -> bytes:
        if len(sealed) < 4 + 12 + BUCKET + 16 or sealed[0] != FORMAT or sealed[1] != AES_256_GCM:
            raise Undecipherable(f"{table}.{column} is no field of a known format")
        if int.from_bytes(sealed[2:4], "big") != self.gen:
            raise Undecipherable(f"{table}.{column} belongs to another generation of the key")
        try:
            plain = self._aead.decrypt(sealed[4:16], sealed[16:], self._place(table, column, row, tenant))
        except InvalidTag:
            raise Undecipherable(f"{table}.{column} was changed or moved") from None
        return unpadded(plain)

    def _place(self, table: str, column: str, row: str, tenant: str | None) -> bytes:
        where = (table, column, self.tenant if tenant is None else tenant)
        first = self._places.get(where)
        if first is None:
            first = self._places[where] = bound_to(APP, str(FORMAT), *where, self.subject)
        return first + bound_to(row) + self._gen_part
