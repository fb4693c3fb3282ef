"""The key file: TOML, base64, readable by its owner only.

idx = "..."
code = "..."
aud = "..."

[kek]
1 = "..."
"""

from __future__ import annotations

import base64
import binascii
import os
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from storage.errors import KeyProblem

SINGLE: Final = ("idx", "code", "aud")
REMEDY: Final = "Restore the file from your key backup."
_LENGTH: Final = 32


def read(path: Path) -> tuple[dict[int, bytes], dict[str, bytes]]:
    """The keks by epoch, and the single keys by name. Every complaint names the path and a remedy, never a key."""
    try:
        state = path.stat()
        raw = path.read_bytes()
    except FileNotFoundError:
        raise KeyProblem(f"{path}: there is no key file. Restore it from your key backup, or create one.") from None
    except OSError as problem:
        raise KeyProblem(f"{path}: can't be read ({problem.strerror}). Let the program's user own it.") from None
    if stat.S_IMODE(state.st_mode) & 0o077:
        mode = stat.S_IMODE(state.st_mode)
        raise KeyProblem(f"{path}: others may read it (mode {mode:04o}). Run: chmod 600 {path}")
    if state.st_uid not in (os.geteuid(), 0):
        raise KeyProblem(f"{path}: belongs to another user. Let the program's user own it.")
    try:
        table = tomllib.loads(raw.decode())
    except ValueError:  # the parser's own words would quote the line, and with it a key
        raise KeyProblem(f"{path}: is no TOML. {REMEDY}") from None
    unknown = sorted(set(table) - {*SINGLE, "kek"})
    if unknown:
        raise KeyProblem(f"{path}: has unknown entries ({', '.join(unknown)}). Remove them.")
    single = {name: _key(path, name, table.get(name)) for name in SINGLE}
    keks = table.get("kek")
    if not isinstance(keks, dict) or not keks:
        raise KeyProblem(f"{path}: [kek] is missing. {REMEDY}")
    if not all(epoch.isdecimal() and 0 < int(epoch) < 2**31 for epoch in keks):
        raise KeyProblem(f"{path}: [kek] has an epoch that is no number. {REMEDY}")
    return {int(epoch): _key(path, f"kek.{epoch}", key) for epoch, key in keks.items()}, single


def write(path: Path, keks: Mapping[int, bytes], single: Mapping[str, bytes]) -> None:
    """A new file; an existing one is never touched, because its keys may be the only ones of a database."""
    lines = ["# Keys of Wegweiser. Without this file nobody can read the database. Keep a copy, never beside a backup."]
    lines += [f'{name} = "{_text(single[name])}"' for name in SINGLE]
    lines += ["", "[kek]", *(f'{epoch} = "{_text(key)}"' for epoch, key in sorted(keks.items())), ""]
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise KeyProblem(f"{path}: exists already and is not overwritten. Use it, or choose another name.") from None
    except OSError as problem:
        raise KeyProblem(f"{path}: can't be created ({problem.strerror}). Create its folder first.") from None
    with os.fdopen(handle, "w") as file:
        file.write("\n".join(lines))
        file.flush()
        os.fsync(file.fileno())


def _key(path: Path, name: str, text: object) -> bytes:
    if text is None:
        raise KeyProblem(f"{path}: {name} is missing. {REMEDY}")
    try:
        key = base64.b64decode(str(text), validate=True)
    except (binascii.Error, ValueError):
        raise KeyProblem(f"{path}: {name} is no base64. {REMEDY}") from None
    if len(key) != _LENGTH:
        raise KeyProblem(f"{path}: {name} has {len(key)} bytes instead of {_LENGTH}. {REMEDY}")
    return key


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()
