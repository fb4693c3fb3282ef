"""The sealed file: made in one go, readable only with the private key, and every change of it is found.

    mark | length, header | length, wrapped file key | pieces | sha256 of all before

The header is the HPKE `info` of the wrapped key; a hash of all that stands before the pieces is the associated data of
each of them. A piece is 1 MiB under AES-256-GCM; its nonce is its number and whether it is the last, under a key that no
other file has. So a piece that is missing, moved, swapped, doubled or cut off is found, and so is one of another file.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.backup_header import Header
from storage.backup_keys import BackupPrivateKey, BackupPublicKey
from storage.errors import BackupProblem, Undecipherable

MARK: Final = b"WEGWEISER BACKUP\n"
PIECE: Final = 1024 * 1024
_TAG: Final = 16
_DIGEST: Final = 32
_LENGTH: Final = struct.Struct(">I")
_NONCE: Final = struct.Struct(">Q3x?")
_MOST_HEADER: Final = 64 * 1024


class Sealing:
    """Writes one sealed file: `write` as often as there is something, then `finish`. Nothing is written in clear."""

    def __init__(self, file: BinaryIO, header: Header, public: BackupPublicKey) -> None:
        key = secrets.token_bytes(32)
        self._cipher = AESGCM(key)
        self._file = file
        self._digest = hashlib.sha256()
        self._waiting = bytearray()
        self._number = 0
        raw = header.to_bytes()
        front = MARK + _LENGTH.pack(len(raw)) + raw
        wrapped = public.seal(key, _place(front))
        front += _LENGTH.pack(len(wrapped)) + wrapped
        self._bound = hashlib.sha256(front).digest()
        self._put(front)

    def write(self, plain: bytes) -> None:
        self._waiting += plain
        # The last piece is known to be the last only when nothing follows: so one is always held back.
        while len(self._waiting) > PIECE:
            self._piece(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]

    def finish(self) -> str:
        """Gives the file's sha256 as it stands at its end."""
        self._piece(bytes(self._waiting), last=True)
        digest = self._digest.digest()
        self._file.write(digest)
        self._file.flush()
        os.fsync(self._file.fileno())
        return digest.hex()

    def _piece(self, plain: bytes, *, last: bool) -> None:
        self._put(self._cipher.encrypt(_NONCE.pack(self._number, last), plain, self._bound))
        self._number += 1

    def _put(self, raw: bytes) -> None:
        self._digest.update(raw)
        self._file.write(raw)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed file whose front has been read. `size`: of the whole file, in bytes."""

    path: Path
    header: Header
    size: int
    _front: bytes
    _wrapped: bytes

    @classmethod
    def look(cls, path: Path) -> Sealed:
        """Read the front. Raises BackupProblem if this is no whole front of a backup."""
        try:
            with path.open("rb") as file:
                if file.read(len(MARK)) != MARK:
                    raise BackupProblem(f"{path.name}: is no backup of this program.")
                raw = _field(file)
                front = MARK + _LENGTH.pack(len(raw)) + raw
                wrapped = _field(file)
                size = os.fstat(file.fileno()).st_size
        except OSError as problem:
            raise BackupProblem(f"{path.name}: can't be read ({problem.strerror}). Check path and rights.") from None
        except EOFError:
            raise BackupProblem(f"{path.name}: is cut off or damaged. Take another backup.") from None
        try:
            return cls(path, Header.from_bytes(raw), size, front, wrapped)
        except BackupProblem as problem:
            raise BackupProblem(f"{path.name}: {problem}") from None

    def check_digest(self) -> str:
        """Compare the sha256 at the end, for which no key is needed: finds damage, not a forger. Raises BackupProblem."""
        digest, left = hashlib.sha256(), self.size - _DIGEST
        with self.path.open("rb") as file:
            while left > 0 and (raw := file.read(min(PIECE, left))):
                digest.update(raw)
                left -= len(raw)
            if left != 0 or file.read(_DIGEST) != digest.digest():
                raise BackupProblem(f"{self.path.name}: is damaged or cut off (sha256 differs). Take another backup.")
        return digest.hexdigest()

    def pieces(self, private: BackupPrivateKey) -> Iterator[bytes]:
        """What was sealed, each piece given out only after it was verified. Raises BackupProblem at the first bad one."""
        if private.print_ != self.header.sealed_for:
            raise BackupProblem(
                f"{self.path.name}: was sealed for the pair {self.header.sealed_for}; this key belongs to {private.print_}."
            )
        try:
            key = private.open(self._wrapped, _place(self._front))
        except Undecipherable as problem:
            raise BackupProblem(f"{self.path.name}: {problem}. Take another backup.") from None
        cipher = AESGCM(key)
        front = self._front + _LENGTH.pack(len(self._wrapped)) + self._wrapped
        bound = hashlib.sha256(front).digest()
        left = self.size - len(front) - _DIGEST
        with self.path.open("rb") as file:
            file.seek(len(front))
            number, last = 0, False
            while not last:
                raw = file.read(min(PIECE + _TAG, max(left, 0)))
                left -= len(raw)
                last = left <= 0
                try:
                    yield cipher.decrypt(_NONCE.pack(number, last), raw, bound)
                except (InvalidTag, ValueError):
                    raise BackupProblem(
                        f"{self.path.name}: piece {number + 1} was changed, moved or cut off. Take another backup."
                    ) from None
                number += 1

    def verify(self, private: BackupPrivateKey) -> int:
        """Open every piece and keep none. Gives the bytes that were sealed."""
        return sum(len(piece) for piece in self.pieces(private))


def _place(front: bytes) -> bytes:
    return b"wegweiser backup file key|1|" + hashlib.sha256(front).digest()


def _field(file: BinaryIO) -> bytes:
    (length,) = _LENGTH.unpack(_exactly(file, _LENGTH.size))
    if length > _MOST_HEADER:
        raise EOFError
    return _exactly(file, length)


def _exactly(file: BinaryIO, count: int) -> bytes:
    raw = file.read(count)
    if len(raw) != count:
        raise EOFError
    return raw
