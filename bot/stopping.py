"""How the program ends: told once, done within ten seconds, and told twice no worse."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Sequence

from aiohttp import web

from bot.app import DRAIN

log = logging.getLogger("wegweiser.stop")

LONGEST_SECONDS = 9.5
# Not all was tidied up in time. Nothing is lost by that: the next start finds everything that was acknowledged.
CUT_SHORT = 3

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Told:
    """Listens for SIGINT and SIGTERM from the moment it is made: before the sockets are open, so that none is missed."""

    def __init__(self) -> None:
        self._event, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in SIGNALS:
            # Not the loop's own handlers: when it ends, it would bring the deadly default back before the database is closed.
            signal.signal(number, lambda _number, _frame: loop.call_soon_threadsafe(self._event.set))

    async def wait(self) -> None:
        """Until one comes. From then on both are ignored: a second one would only interrupt the tidying up."""
        await self._event.wait()
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        log.info("told to stop; finishing what is under way")


def in_time(seconds: float = LONGEST_SECONDS) -> threading.Timer:
    """From now on the program ends in time, whatever hangs: a thread, a disk, another server."""
    timer = threading.Timer(seconds, _cut_short)
    timer.daemon = True
    timer.start()
    return timer


async def drain(applications: Sequence[web.Application]) -> None:
    """Those that take in events refuse new ones and finish what they have, while their sockets are still open."""
    found = [application[DRAIN]() for application in applications if DRAIN in application]
    for ended in await asyncio.gather(*found, return_exceptions=True):
        if isinstance(ended, BaseException):
            log.error("not everything could be finished (%s)", type(ended).__name__)


def _cut_short() -> None:
    log.error("stopping takes too long; ending now. What was acknowledged is on disk")
    logging.shutdown()
    os._exit(CUT_SHORT)
