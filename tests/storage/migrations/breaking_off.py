"""A process that migrates, and is killed while it does. One import for hundreds of kills: each migration is a fork of it.

As a program (`python -m tests.storage.migrations.breaking_off`) it reads one order per line and answers with one line. The
fail points are before and after every statement that SQLAlchemy sends, and before and after the commit.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
SECONDS = 60


@dataclass(frozen=True)
class Outcome:
    """`signal` 9: it was killed. `points`: the fail points it went past. `seconds`: how long the migration took."""

    signal: int
    error: str
    points: tuple[str, ...]
    seconds: float


class Migrator:
    """The parent's side."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @classmethod
    @contextlib.contextmanager
    def started(cls) -> Iterator[Migrator]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.storage.migrations.breaking_off"],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            yield cls(process)
        finally:
            process.kill()
            process.wait(SECONDS)
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                pipe.close()

    def migrate(self, url: str, **order: Any) -> Outcome:
        """`kill`: the number of the fail point. `after`: seconds until the kill from outside. `pages`: how many more pages
        an SQLite file may get. `size`: how large in bytes a file may get. `hold`: the fail point to wait at (`go_on`)."""
        self.order(url, **order)
        return self.outcome()

    def order(self, url: str, **order: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"url": url, **order}) + "\n")
        self._process.stdin.flush()

    def go_on(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("go on\n")
        self._process.stdin.flush()

    def line(self) -> str:
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], SECONDS)
        assert ready, f"the migrating process said nothing for {SECONDS} s"
        return self._process.stdout.readline().strip()

    def outcome(self) -> Outcome:
        said = json.loads(self.line())
        return Outcome(said["signal"], said["error"], tuple(said["points"]), said["seconds"])


# -- the child's side ----------------------------------------------------------------------------------------------------


def main() -> None:
    from alembic import command, config  # noqa: F401  before the forks, so that each one is quick

    import storage.migrating  # noqa: F401

    # One by one from the handle itself: a fork must not find the parent's next order in a buffer.
    while line := _read_line():
        order = json.loads(line)
        begun = time.perf_counter()
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            os._exit(_migrated(order, writing))
        os.close(writing)
        if "after" in order:
            time.sleep(order["after"])
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with os.fdopen(reading) as pipe:
            said = pipe.read().splitlines()
        _, status = os.waitpid(pid, 0)
        points = [line[2:] for line in said if line.startswith("p ")]
        error = "".join(line[2:] for line in said if line.startswith("e "))
        ended = {"signal": status & 0x7F, "error": error, "points": points, "seconds": time.perf_counter() - begun}
        print(json.dumps(ended), flush=True)


def _migrated(order: dict[str, Any], to: int) -> int:
    from storage import StorageError, migrate

    if "size" in order:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["size"], order["size"]))
    _hook(order, to)
    try:
        migrate(order["url"])
    except StorageError as error:
        os.write(to, f"e {type(error).__name__}: {error}\n".encode())
    except BaseException as error:
        os.write(to, f"e unexpected {error!r}\n".replace("\n", " ").encode() + b"\n")
    return 0


def _hook(order: dict[str, Any], to: int) -> None:
    from sqlalchemy import Engine, event
    from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
    from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

    passed = 0

    def point(name: str) -> None:
        nonlocal passed
        if passed == order.get("kill"):
            os.kill(os.getpid(), signal.SIGKILL)
        if name == order.get("hold"):
            print("held", flush=True)
            _read_line()
        passed += 1
        os.write(to, f"p {name}\n".encode())

    def before(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        point(f"before {_short(statement)}")

    def after(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        point(f"after {_short(statement)}")

    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "after_cursor_execute", after)

    # SQLAlchemy's own event stands before the commit only.
    dialects: tuple[Any, ...] = (SQLiteDialect_pysqlite, PGDialect_psycopg)
    for dialect in dialects:

        def do_commit(self: Any, connection: Any, kept: Any = dialect.do_commit) -> None:
            point("before COMMIT")
            kept(self, connection)
            point("after COMMIT")

        dialect.do_commit = do_commit
    if "pages" in order:

        def limit(driver: Any, _record: object) -> None:
            pages = driver.execute("PRAGMA page_count").fetchone()[0]
            driver.execute(f"PRAGMA max_page_count={pages + order['pages']}")

        event.listen(Engine, "connect", limit)


def _short(statement: str) -> str:
    return " ".join(statement.split())[:60]


def _read_line() -> str:
    found = bytearray()
    while (byte := os.read(0, 1)) not in (b"", b"\n"):
        found += byte
    return found.decode()


if __name__ == "__main__":
    main()
