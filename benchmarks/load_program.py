"""The real program as a child process: started by its own command, watched from outside, and its database read at the end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load_people import SECRET, Person
from dialogs.session import Session
from storage import Database, KeyRing, UnitOfWork, open_database

ROOT = Path(__file__).parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
TOKEN = "42:LOAD"
PATIENCE = 60


@dataclass(frozen=True, slots=True)
class Sample:
    """Of the child, at `at` seconds of the run: bytes in memory, seconds of processor, open files, bytes of the database."""

    at: float
    memory: int
    processor: float
    files: int
    database: int


class Program:
    def __init__(self, process: subprocess.Popen[bytes], folder: Path, port: int) -> None:
        self._process, self.folder, self.port = process, folder, port
        self.samples: list[Sample] = []

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'load.db'}"

    @classmethod
    @contextlib.contextmanager
    def started(cls, folder: Path, api: str, county: str) -> Iterator[Program]:
        port = free_port()
        keys = folder / "keys.toml"
        KeyRing.create_file(keys)
        settings = {
            "DATABASE_URL": f"sqlite:///{folder / 'load.db'}", "KEYS": str(keys), "COUNTY": county, "BOT_PORT": str(port),
            "ADMIN_PORT": "1", "DESK_PORT": "2", "PUBLIC_URL": "https://load.invalid", "TELEGRAM_TOKEN": TOKEN,
            "TELEGRAM_API": api, "TELEGRAM_MODE": "buttons", "TELEGRAM_BOT_NAME": "load_bot",
            "TELEGRAM_WEBHOOK_SECRET": SECRET, "DPIA_REFERENCE": "load, made-up people only",
        }  # fmt: skip
        # What is set beside (WEGWEISER_TELEGRAM_PER_SECOND, ...) holds too; ours stands above.
        environment = os.environ | {f"WEGWEISER_{name}": value for name, value in settings.items()}
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "wegweiser.py", "serve", "bot", "--migrate"], cwd=ROOT, env=environment,
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        program = cls(process, folder, port)
        try:
            yield program
        finally:
            program.stop()

    def stop(self) -> float:
        """Calmly; seconds until it was gone."""
        begun = time.perf_counter()
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(PATIENCE)
        return time.perf_counter() - begun

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    async def watch(self, began: float) -> None:
        """A sample each second, until cancelled or the child is gone."""
        while self._process.poll() is None:
            self.samples.append(self.sample(time.perf_counter() - began))
            await asyncio.sleep(1)

    def sample(self, at: float) -> Sample:
        place = Path(f"/proc/{self._process.pid}")
        fields = (place / "stat").read_text().rpartition(")")[2].split()
        memory = int((place / "statm").read_text().split()[1]) * PAGE
        return Sample(at, memory, (int(fields[11]) + int(fields[12])) / TICKS, len(list((place / "fd").iterdir())), self.size())

    def size(self) -> int:
        files = (self.folder / name for name in ("load.db", "load.db-wal"))
        return sum(path.stat().st_size for path in files if path.exists())

    def compared(self, people: Iterable[Person]) -> Counter[str]:
        """After the end: what is stored beside what was acknowledged."""
        database = open_database(self.url, KeyRing.from_file(self.folder / "keys.toml"))
        try:
            return _compared(database, people)
        finally:
            database.close()


def _compared(database: Database, people: Iterable[Person]) -> Counter[str]:
    found: Counter[str] = Counter()
    for person in people:
        if person.session is None and person.pending is None:
            continue
        states = [kept(person.session)]
        if person.pending is not None:  # sent, and never acknowledged: both is right
            states.append(kept(person.after(person.pending)))

        def stored(uow: UnitOfWork, person: Person = person) -> object:
            chat = uow.chats.find(person.channel, person.address)
            session = uow.sessions.load(chat.session_id) if chat is not None and chat.session_id else None
            return kept(session.session if session else None)

        state = database.read_now(stored)
        found["people"] += 1
        found["events"] += person.acknowledged
        if state not in states:
            ahead = isinstance(state, tuple) and isinstance(states[0], tuple) and state[0] > states[0][0]
            found["doubled" if ahead else "lost"] += 1
    found["dead"] = database.read_now(lambda uow: uow.outbox.dead_count())
    return found


def kept(session: object) -> object:
    """What must be the same: the number of the prompt, what is open, and every answer."""
    if not isinstance(session, Session):
        return None
    return session.prompt, session.status, session.open, dict(session.answers), sorted(session.draft), session.locale


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
