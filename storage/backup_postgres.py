"""PostgreSQL: its own programs dump and restore. Nothing in clear touches a disk, no password a list of processes."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import IO, Any, Final

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL

from storage.backup_contents import TABLES_OF_POSTGRES, Contents, contents
from storage.backup_file import PIECE
from storage.errors import BackupProblem
from storage.failures import meaning

# Where the programs lie that are not in the PATH.
PLACES: Final = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/*/bin")
_DUMP: Final = ("--format=custom", "--no-password", "--no-owner", "--no-privileges", "--lock-wait-timeout=30000")
_RESTORE: Final = ("--no-password", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error")


@contextlib.contextmanager
def snapshot(address: URL) -> Iterator[tuple[psycopg.Connection[Any], str, Contents]]:
    """One moment of the database: what it holds, and the name by which a dump sees the same. Raises BackupProblem."""
    try:
        with psycopg.connect(_address(address), connect_timeout=10, application_name="wegweiser backup") as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            (name,) = connection.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
            yield connection, name, contents(lambda words: connection.execute(words.encode()).fetchall(), TABLES_OF_POSTGRES)
    except psycopg.Error as error:
        raise BackupProblem(f"the database can't be read: {meaning(error)}.") from None


def dumped(address: URL, connection: psycopg.Connection[Any], name: str) -> Generator[bytes, None, None]:
    """The dump of a snapshot, as it comes. `pg_restore` reads along: a dump that it can't read whole raises BackupProblem."""
    version = connection.info.server_version // 10_000
    dump, read = program("pg_dump", version), program("pg_restore", version)
    place, environ = _for_program(address)
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained, contextlib.ExitStack() as stack:
        dumping = stack.enter_context(
            _started([dump, *_DUMP, f"--snapshot={name}", f"--dbname={place}"], environ, said, output=True)
        )
        checking = stack.enter_context(_started([read, "--file=/dev/null"], environ, complained))
        assert dumping.stdout is not None
        size = 0
        while piece := dumping.stdout.read(PIECE):
            size += len(piece)
            _fed(checking, piece)
            yield piece
        _ended(dumping, said, "pg_dump")
        _ended(checking, complained, "pg_restore, which checks the dump,")
        if not size:
            raise BackupProblem("pg_dump gave nothing. Try it by hand.")


def restored(address: URL, pieces: Iterator[bytes], version: int) -> None:
    """Feed a dump into an empty database, in one transaction: all of it or nothing. Raises BackupProblem."""
    place, environ = _for_program(address)
    words = [program("pg_restore", version), *_RESTORE, f"--dbname={place}"]
    with tempfile.TemporaryFile() as said, _started(words, environ, said) as restoring:
        # An error on the way leaves this block, which ends the program before it can commit.
        for piece in pieces:
            _fed(restoring, piece)
        _ended(restoring, said, "pg_restore")


def program(name: str, version: int) -> str:
    """The path of the program of this server version, or else of a newer one. Raises BackupProblem naming the package."""
    places = [Path(place) for place in os.get_exec_path()]
    for pattern in PLACES:
        root = Path(pattern.partition("*")[0]).parent
        places += root.glob(pattern.removeprefix(f"{root}/")) if root.is_dir() else []
    found: dict[int, str] = {}
    for place in places:
        path = shutil.which(name, path=str(place))
        if path is not None:
            found.setdefault(_version_of(path), path)
    fit = [number for number in found if number >= version]
    if not fit:
        there = f" (there is {', '.join(map(str, sorted(found)))})" if found else ""
        raise BackupProblem(
            f"{name} for PostgreSQL {version} is missing{there}. "
            f"Install it (Debian: apt-get install postgresql-client-{version})."
        )
    return found[min(fit)]


def _version_of(path: str) -> int:
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        said = subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False)  # noqa: S603
        number = re.search(rb"\) (\d+)", said.stdout)
        if number is not None:
            return int(number[1])
    return 0


def _address(address: URL) -> str:
    return address.set(drivername="postgresql").render_as_string(hide_password=False)


def _for_program(address: URL) -> tuple[str, dict[str, str]]:
    """Where the database is, without the password; and the environment, which only this user can read, with it."""
    given: dict[str, Any] = psycopg.conninfo.conninfo_to_dict(_address(address))
    password = given.pop("password", None)
    environ = {key: value for key, value in os.environ.items() if not key.startswith("WEGWEISER_")} | {"LC_ALL": "C"}
    if password:
        environ["PGPASSWORD"] = str(password)
    return make_conninfo(**given), environ


@contextlib.contextmanager
def _started(
    words: list[str], environ: dict[str, str], said: IO[bytes], *, output: bool = False
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that reads from us or writes to us, and is gone when the block ends."""
    process = subprocess.Popen(  # noqa: S603 - our own words, no shell
        words, env=environ, stderr=said, stdin=subprocess.DEVNULL if output else subprocess.PIPE,
        stdout=subprocess.PIPE if output else subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def _fed(process: subprocess.Popen[bytes], piece: bytes) -> None:
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):  # it has ended; `_ended` says how
        process.stdin.write(piece)


def _ended(process: subprocess.Popen[bytes], said: IO[bytes], name: str) -> None:
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
    if process.wait() != 0:
        said.seek(0)
        # The first line says what; what follows could quote a row.
        first = said.readline(300).decode(errors="replace").strip()
        raise BackupProblem(f"{name} ended with {process.returncode}: {first or 'without a word'}")
