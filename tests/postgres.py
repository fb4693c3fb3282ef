"""A PostgreSQL server of our own for one test run.

It listens on loopback only, on a free port, keeps its files in memory where there is /dev/shm, does not fsync, and ends
with the run. Each test gets a database of its own, copied from a migrated template (30 ms). A server that is running
already is used only if TEST_DATABASE_ADMIN_URL names it.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from storage import migrate

SECONDS = 60
ATTEMPTS = 5
TEMPLATE = "wegweiser_template"
# Debian keeps the server out of the PATH; Homebrew's versioned formulas do too.
PLACES = ("/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin")


class Missing(Exception):
    """There is no PostgreSQL server program on this machine."""


@dataclass
class PostgresServer:
    """A running server. `admin_url` is its maintenance database."""

    admin_url: str
    template: str
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def url_of(self, name: str) -> str:
        return f"{self.admin_url.rpartition('/')[0]}/{name}"

    def create(self) -> str:
        """The URL of a fresh database that is migrated already."""
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{self.template}"')
        return self.url_of(name)

    def drop(self, url: str) -> None:
        self.execute(f'DROP DATABASE IF EXISTS "{url.rpartition("/")[2]}" WITH (FORCE)')

    def execute(self, words: str) -> None:
        with psycopg.connect(self.admin_url, autocommit=True, connect_timeout=10) as connection:
            connection.execute(words.encode())


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The server of this run; skips (with REQUIRE_ALL=1: fails) where PostgreSQL is not installed."""
    with contextlib.ExitStack() as stack:
        try:
            admin_url = os.environ.get("TEST_DATABASE_ADMIN_URL") or stack.enter_context(running_server())
        except Missing as missing:
            if os.environ.get("REQUIRE_ALL") == "1":
                pytest.fail(f"REQUIRE_ALL=1, but {missing}")
            pytest.skip(str(missing))
        server = PostgresServer(admin_url, f"{TEMPLATE}_{os.getpid()}")
        server.execute(f'CREATE DATABASE "{server.template}"')
        stack.callback(server.execute, f'DROP DATABASE IF EXISTS "{server.template}" WITH (FORCE)')
        migrate(server.url_of(server.template))
        yield server


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """The address of an empty, migrated database of this test's own."""
    url = postgres.create()
    yield url
    postgres.drop(url)


@contextlib.contextmanager
def running_server() -> Iterator[str]:
    """Start a server, give its maintenance address, stop it and remove its files."""
    programs = _programs()
    memory = Path("/dev/shm")
    parent = memory if memory.is_dir() and os.access(memory, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="wegweiser-pg-", dir=parent))
    as_user = _not_root(folder)
    data = folder / "data"
    try:
        _run([programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"], as_user)
        # Between finding a free port and taking it another program may be first: then the next one.
        for attempt in range(ATTEMPTS):
            port = _free_port()
            options = (
                f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories='' -c fsync=off "
                "-c synchronous_commit=off -c full_page_writes=off -c max_connections=60 -c shared_buffers=32MB "
                "-c autovacuum=off -c deadlock_timeout=50ms -c logging_collector=off"
            )
            # pg_ctl waits for the server itself, and gives up in time.
            start = [programs / "pg_ctl", "-D", data, "-l", folder / "log", "-w", "-t", str(SECONDS), "-o", options, "start"]
            try:
                _run(start, as_user)
                break
            except subprocess.CalledProcessError:
                if attempt == ATTEMPTS - 1:
                    raise
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            stop = [programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "-t", str(SECONDS), "stop"]
            with contextlib.suppress(subprocess.CalledProcessError):
                _run(stop, as_user)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    on_path = shutil.which("initdb")
    if on_path and (Path(on_path).resolve().parent / "pg_ctl").exists():
        return Path(on_path).resolve().parent
    for place in PLACES:
        root = Path(place.partition("*")[0]).parent if "*" in place else Path(place)
        pattern = place.removeprefix(f"{root}/")
        found = [path for path in root.glob(pattern) if (path / "initdb").exists()] if root.is_dir() else []
        if found:
            return max(found, key=lambda path: [int(n) for n in path.parent.name.replace("@", "-").split("-") if n.isdigit()])
    raise Missing("PostgreSQL is not installed on this machine (Debian: apt-get install postgresql)")


def _not_root(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: give the folder, and the processes, to its own user."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            os.chown(folder, user.pw_uid, user.pw_gid)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise Missing("there is no user postgres or nobody, and PostgreSQL does not run as root")


def _run(command: list[object], as_user: dict[str, Any]) -> None:
    words = [str(word) for word in command]
    # Not to a pipe: the server that pg_ctl starts would hold it open.
    subprocess.run(
        words, check=True, timeout=SECONDS + 30, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, **as_user,
    )  # fmt: skip


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
