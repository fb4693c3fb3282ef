"""One process of the bot as it runs in production: `wegweiser serve bot`, started from a process that has loaded it already.

Only the leases are shorter: a test that kills a process would otherwise wait a minute for them to end.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import multiprocessing
import os
import signal
import socket
import time
import urllib.request
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

SECRET: Final = "a" * 40
SHORT_LEASE: Final = dt.timedelta(seconds=8)
SHORT_MARGIN: Final = dt.timedelta(seconds=3)
START_SECONDS: Final = 90


def serve(environ: dict[str, str], log: str) -> None:
    """Runs in the child."""
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.environ.update(environ)
    import bot.delivery
    import storage.outbox
    import wegweiser

    bot.delivery.LEASE = storage.outbox.FIRST_LEASE = bot.delivery.FIRST_LEASE = SHORT_LEASE  # type: ignore[misc, attr-defined]
    bot.delivery.MARGIN = SHORT_MARGIN
    bot.delivery.RENEW_SECONDS = 2.0
    wegweiser.serve(part="bot", config=None, migrate_first=False)


@dataclass
class Running:
    """A process that serves on `port`."""

    process: BaseProcess
    port: int
    log: Path

    def kill(self) -> None:
        """As the power would."""
        assert self.process.pid is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.join(10)

    def end(self) -> None:
        """As the operator would; and in any case within bounded time."""
        if self.process.is_alive():
            self.process.terminate()
            self.process.join(20)
        if self.process.is_alive():
            self.kill()

    def ready(self) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if not self.process.is_alive():
                raise AssertionError(f"a process ended at its start:\n{self.log.read_text()}")
            with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5):
                return
            time.sleep(0.05)
        raise AssertionError(f"a process never answered:\n{self.log.read_text()}")


def start(count: int, folder: Path, environ: dict[str, str]) -> list[Running]:
    """So many processes, all of which answer."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["wegweiser", "bot.app", "bot.channels.telegram", "bot.words", "dialogs.load", "storage"])
    running = []
    for number in range(count):
        port = _free_port()
        log = folder / f"process-{number}.log"
        log.touch()
        process = context.Process(target=serve, args=(environ | {"WEGWEISER_BOT_PORT": str(port)}, str(log)), daemon=True)
        process.start()
        running.append(Running(process, port, log))
    try:
        for one in running:
            one.ready()
    except BaseException:
        for one in running:
            one.end()
        raise
    return running


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
