"""The parent's hand on the child: start a life, see whether it listens, kill it, stop it, and read what it said.

A life that has ended answers nothing: its port refuses connections until the next one listens there.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import mmap
import os
import random
import select
import signal
import socket
import struct
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.crash.program import SIZE

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 60.0
SECRET = "crash-harness-webhook-secret-0123456789"


class ChildFailed(Exception):
    """A life ended by itself, or could not begin."""


def quiet_port() -> int:
    """A free port outside the range from which outgoing connections take theirs, so that nobody takes it between two lives."""
    while True:
        port = random.SystemRandom().randrange(15_000, 32_000)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


class ChildClock:
    """How far the children's clock is ahead of the machine's, in seconds. Only ever forward."""

    def __init__(self, path: Path) -> None:
        path.write_bytes(struct.pack("d", 0.0))
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), SIZE)
        self.path = path
        self.offset = 0.0

    def forward(self, seconds: float) -> None:
        self.offset += seconds
        struct.pack_into("d", self._shared, 0, self.offset)

    def now(self) -> float:
        return time.time() + self.offset


@dataclass
class Life:
    pid: int
    cold: bool
    started: float


class Zygote:
    """A process that has imported everything and forks lives. One may serve many runs; it knows no settings."""

    def __init__(self) -> None:
        bare = {name: value for name, value in os.environ.items() if not name.startswith(("WEGWEISER_", "CRASH_"))}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.program"], cwd=ROOT, env=bare, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._ready = False

    def __enter__(self) -> Zygote:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.communicate()

    def ask(self, told: dict[str, Any]) -> dict[str, Any]:
        """The answer comes within milliseconds, so nobody minds that this blocks."""
        assert self._process.stdin is not None
        if not self._ready:
            self._hear()
            self._ready = True
        self._process.stdin.write(json.dumps(told).encode() + b"\n")
        self._process.stdin.flush()
        return self._hear()

    def _hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        if not select.select([self._process.stdout], [], [], PATIENCE)[0]:
            raise ChildFailed("the zygote does not answer")
        line = self._process.stdout.readline()
        if not line:
            raise ChildFailed("the zygote has ended")
        told: dict[str, Any] = json.loads(line)
        return told


class Child:
    """Starts lives one after another on one port. `environment` are the WEGWEISER_ settings."""

    def __init__(self, zygote: Zygote, folder: Path, environment: dict[str, str], plant: str = "") -> None:
        self.port = quiet_port()
        self.clock = ChildClock(folder / "clock")
        self.log = folder / "child.log"
        self.points = folder / "points.log"
        own = {"WEGWEISER_BOT_PORT": str(self.port), "CRASH_CLOCK": str(self.clock.path), "CRASH_POINTS": str(self.points)}
        self._environment = {**environment, **own, "CRASH_PLANT": plant}
        self._zygote = zygote
        self._cold: asyncio.subprocess.Process | None = None
        self._status: int | None = None
        self.life: Life | None = None

    async def close(self) -> None:
        if self.life is not None:
            with contextlib.suppress(ChildFailed):
                await self.kill()

    # -- lives -----------------------------------------------------------------------------------------------------

    async def start(self, *arguments: str, at: str = "", cold: bool = False, plant: str = "") -> Life:
        """Begin a life: `serve bot` unless told otherwise. `at`: the fail point that will end it. `plant`: for this life only."""
        assert self.life is None
        words = list(arguments) or ["serve", "bot"]
        told = {**self._environment, "CRASH_AT": at, **({"CRASH_PLANT": plant} if plant else {})}
        if cold:
            with self.log.open("ab") as log:
                self._cold = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "tests.crash.program", *words, cwd=ROOT,
                    env={**os.environ, **told},
                    stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
                )  # fmt: skip
            pid = self._cold.pid
        else:
            pid = self._zygote.ask({"start": told, "arguments": words, "log": str(self.log)})["pid"]
        self.life = Life(pid, cold, time.monotonic())
        return self.life

    async def listens(self, within: float = PATIENCE) -> bool:
        """True as soon as the door answers; False if that takes too long or the process has ended.

        Taking connections is not enough: the kernel does that before the program looks.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while not self.ended():
                    with contextlib.suppress(OSError):
                        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                        try:
                            writer.write(b"GET /healthz HTTP/1.0\r\n\r\n")
                            if await reader.read(12):
                                return True
                        finally:
                            writer.transport.abort()
                    await asyncio.sleep(0.004)
        return False

    def ended(self) -> bool:
        """Whether the process has ended, by whatever."""
        if self.life is None:
            return True
        if self._status is None and self.life.cold:
            assert self._cold is not None
            self._status = self._cold.returncode
        elif self._status is None:
            self._status = self._zygote.ask({"ended": self.life.pid})["status"]
        return self._status is not None

    async def kill(self) -> int:
        """SIGKILL. Returns the exit status: -9, or what it ended with before."""
        return await self._end(signal.SIGKILL, PATIENCE)

    async def stop(self, within: float) -> int:
        """SIGTERM, and wait. Raises ChildFailed if it has not ended after so many seconds."""
        return await self._end(signal.SIGTERM, within)

    async def outcome(self, within: float = PATIENCE) -> int:
        """Wait for its end by itself, as at a fail point."""
        return await self._end(None, within)

    async def _end(self, number: signal.Signals | None, within: float) -> int:
        assert self.life is not None
        if number is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.life.pid, number)
        deadline = time.monotonic() + within
        while not self.ended():
            if time.monotonic() > deadline:
                os.kill(self.life.pid, signal.SIGUSR1)
                await asyncio.sleep(0.5)
                raise ChildFailed(f"still running {within:.0f} s after {number}: {self.last_words()}")
            await asyncio.sleep(0.002)
        status, self.life, self._status = self._status, None, None
        assert status is not None
        return status

    def tell_to_stop(self) -> None:
        """SIGTERM, without waiting for what comes of it."""
        assert self.life is not None
        os.kill(self.life.pid, signal.SIGTERM)

    async def outlived(self) -> None:
        """Return when the process has ended."""
        while not self.ended():
            await asyncio.sleep(0.01)

    def last_words(self) -> str:
        """The end of what the children printed."""
        return self.log.read_text(errors="replace")[-6000:] if self.log.exists() else ""
