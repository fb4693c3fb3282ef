"""The pair of keys for backups: the server has the public half and can't read what it seals; the private one stays offline.

Hybrid, X25519 and ML-KEM-768: both have to be broken. Two small TOML files, base64.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import stat
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import mlkem, x25519
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, MLKEM768X25519PublicKey, Suite

from storage.errors import KeyProblem, Undecipherable

_SUITE: Final = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
# Names and lengths of what stands in each file.
_PUBLIC: Final = {"public_mlkem768": 1184, "public_x25519": 32}
_PRIVATE: Final = {"private_mlkem768": 64, "private_x25519": 32}


@dataclass(frozen=True, slots=True)
class BackupPublicKey:
    """`print_` names the pair in a backup's header, so that the wrong private key is told from a damaged file."""

    print_: str
    _key: MLKEM768X25519PublicKey

    def seal(self, file_key: bytes, place: bytes) -> bytes:
        return _SUITE.encrypt(file_key, self._key, info=place)

    @classmethod
    def from_file(cls, path: Path) -> BackupPublicKey:
        """Raises KeyProblem naming path and remedy; also for the private half, which must not lie on a server."""
        return _public(*_read(path, _PUBLIC, _PRIVATE, "It is the private half. Take it off this machine."))


@dataclass(frozen=True, slots=True, repr=False)
class BackupPrivateKey:
    print_: str
    _key: MLKEM768X25519PrivateKey

    def open(self, sealed: bytes, place: bytes) -> bytes:
        """Raises Undecipherable."""
        try:
            return _SUITE.decrypt(sealed, self._key, info=place)
        except (InvalidTag, ValueError):
            raise Undecipherable("the wrapped key or the header was changed, or it was sealed for another key") from None

    @classmethod
    def from_file(cls, path: Path) -> BackupPrivateKey:
        """Raises KeyProblem naming path and remedy, never a key."""
        one, other = _read(path, _PRIVATE, _PUBLIC, "It is the public half, which opens nothing. Give the private one.")
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise KeyProblem(f"{path}: others may read it. Run: chmod 600 {path}")
        quantum, classic = mlkem.MLKEM768PrivateKey.from_seed_bytes(one), x25519.X25519PrivateKey.from_private_bytes(other)
        public = _public(quantum.public_key().public_bytes_raw(), classic.public_key().public_bytes_raw())
        return cls(public.print_, MLKEM768X25519PrivateKey(quantum, classic))


def create_backup_keys(public: Path, private: Path) -> str:
    """Make a pair. Both files are new or neither is; gives the pair's fingerprint. Raises KeyProblem."""
    for path in (public, private):
        if os.path.lexists(path):
            raise KeyProblem(f"{path}: exists already and is not overwritten. Use it, or choose another name.")
    quantum, classic = mlkem.MLKEM768PrivateKey.generate(), x25519.X25519PrivateKey.generate()
    hers = (quantum.private_bytes_raw(), classic.private_bytes_raw())
    open_ = (quantum.public_key().public_bytes_raw(), classic.public_key().public_bytes_raw())
    print_ = _public(*open_).print_
    warning = "Private half: opens every backup. Keep it offline, two copies, never on the server and never beside the key file."
    _write(private, f"{warning} Pair {print_}", dict(zip(_PRIVATE, hers, strict=True)), 0o600)
    try:
        _write(public, f"Public half: seals backups, opens none. Pair {print_}", dict(zip(_PUBLIC, open_, strict=True)), 0o644)
        if BackupPrivateKey.from_file(private).open(BackupPublicKey.from_file(public).seal(b"k" * 32, b""), b"") != b"k" * 32:
            raise KeyProblem("the new pair does not fit together; nothing was kept. Try again.")
    except BaseException:
        private.unlink(missing_ok=True)
        public.unlink(missing_ok=True)
        raise
    return print_


def _public(quantum: bytes, classic: bytes) -> BackupPublicKey:
    print_ = hashlib.sha256(b"wegweiser backup key" + quantum + classic).hexdigest()[:16]
    key = MLKEM768X25519PublicKey(
        mlkem.MLKEM768PublicKey.from_public_bytes(quantum), x25519.X25519PublicKey.from_public_bytes(classic)
    )
    return BackupPublicKey(print_, key)


def _read(path: Path, wanted: dict[str, int], other: dict[str, int], if_other: str) -> tuple[bytes, bytes]:
    try:
        table = tomllib.loads(path.read_text())
    except FileNotFoundError:
        raise KeyProblem(f"{path}: there is no such key file. Check the path.") from None
    except OSError as problem:
        raise KeyProblem(f"{path}: can't be read ({problem.strerror}). Check its rights.") from None
    except ValueError:
        raise KeyProblem(f"{path}: is no key file for backups. Restore it from your copy.") from None
    if set(other) & set(table):
        raise KeyProblem(f"{path}: {if_other}")
    try:
        one, two = (base64.b64decode(str(table[name]), validate=True) for name in wanted)
        if (len(one), len(two)) != tuple(wanted.values()):
            raise ValueError
    except (KeyError, ValueError, binascii.Error):
        raise KeyProblem(f"{path}: is no key file for backups, or damaged. Restore it from your copy.") from None
    return one, two


def _write(path: Path, says: str, keys: dict[str, bytes], mode: int) -> None:
    lines = [f"# {says}", *(f'{name} = "{base64.b64encode(key).decode()}"' for name, key in keys.items()), ""]
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise KeyProblem(f"{path}: exists already and is not overwritten. Use it, or choose another name.") from None
    except OSError as problem:
        raise KeyProblem(f"{path}: can't be created ({problem.strerror}). Create its folder first.") from None
    with os.fdopen(handle, "w") as file:
        os.fchmod(file.fileno(), mode)
        file.write("\n".join(lines))
        file.flush()
        os.fsync(file.fileno())
