"""Real disks that are full or read-only, for both databases. Mounting needs root; who is not root gets the nearest thing."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.postgres import PostgresServer, _not_root
from tests.storage.raw import execute

ROOT = os.geteuid() == 0
REFUSE = "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE disk_full; END $$"


@contextlib.contextmanager
def small_disk(folder: Path, size: str = "6m") -> Iterator[Path]:
    """A tmpfs of a few megabytes."""
    folder.mkdir(parents=True, exist_ok=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        _run("umount", "-l", str(folder))
        with contextlib.suppress(OSError):
            folder.rmdir()


class Ballast:
    """A file that takes what is left of a disk, to the last byte."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "ballast"

    def fill(self) -> None:
        with contextlib.suppress(OSError), self._file.open("ab", buffering=0) as file:
            for piece in (1 << 20, 4096, 1):
                with contextlib.suppress(OSError):
                    while file.write(b"x" * piece) == piece:
                        pass

    def remove(self) -> None:
        self._file.unlink()


class Trigger:
    """Not root: the server says that its disk is full, in its own words."""

    def __init__(self, url: str) -> None:
        self._url = url

    def fill(self) -> None:
        execute(self._url, REFUSE)
        execute(self._url, "CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON session EXECUTE FUNCTION full_disk()")

    def remove(self) -> None:
        execute(self._url, "DROP TRIGGER full_disk ON session")


class PageLimit:
    """Not root: a limit of SQLite's own on the pages of a file, for every connection made from now on."""

    def __init__(self, database: object) -> None:
        self._database = database
        self._full = False

    def fill(self) -> None:
        from sqlalchemy import event

        @event.listens_for(self._database._engine, "connect")  # type: ignore[attr-defined]
        def _limit(driver: object, _record: object) -> None:
            if self._full:
                driver.execute("PRAGMA max_page_count=1")  # type: ignore[attr-defined]

        self._full = True
        self._database._writer._writing.drop()  # type: ignore[attr-defined]

    def remove(self) -> None:
        self._full = False
        self._database._writer._writing.drop()  # type: ignore[attr-defined]


@contextlib.contextmanager
def postgres_on(server: PostgresServer, url: str, folder: Path) -> Iterator[None]:
    """Move a database into a folder of a small disk."""
    place = folder / "space"
    place.mkdir()
    above = folder
    while above != above.parent and above.stat().st_mode & 0o005 != 0o005:
        above.chmod(above.stat().st_mode | 0o055)
        above = above.parent
    _not_root(place)
    name = url.rpartition("/")[2]
    server.execute(f"CREATE TABLESPACE small_{name} LOCATION '{place}'")
    server.execute(f'ALTER DATABASE "{name}" SET TABLESPACE small_{name}')
    try:
        yield
    finally:
        server.drop(url)
        server.execute(f"DROP TABLESPACE small_{name}")


@contextlib.contextmanager
def read_only(folder: Path, file: Path) -> Iterator[None]:
    """Nothing in this folder can be opened for writing."""
    if ROOT:
        _run("mount", "--bind", str(folder), str(folder))
        _run("mount", "-o", "remount,bind,ro", str(folder))
    else:
        file.chmod(0o400)
        folder.chmod(0o500)
    try:
        yield
    finally:
        if ROOT:
            _run("umount", "-l", str(folder))
        else:
            folder.chmod(0o700)
            file.chmod(0o600)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, timeout=30)
