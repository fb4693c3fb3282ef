"""Named places in the program where it can be killed: before and after every commit, and on both sides of the messenger.

Nothing in the product knows of this. In a child process the writer, the channel and the webhook are wrapped; each time one
of these places is passed its name is appended to the file CRASH_POINTS, and if it is the one that CRASH_AT names
(`name` or `name#3`: the third time), the process kills itself there and then, as a power cut would.

A commit is named by the steps in its batch: `before commit Conversation.receive.<locals>.step`.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

BEFORE, AFTER = "before commit ", "after commit "
MIGRATION = "migration"


def name_of(step: Callable[..., Any]) -> str:
    """What a step is called. Delivery wraps its own in `partial(_run, step)`."""
    while isinstance(step, partial):
        inner = step.args[0] if step.func.__name__ == "_run" and step.args else step.func
        step = inner
    return str(getattr(step, "__qualname__", type(step).__name__))


class Points:
    """Passes are noted, and one of them ends the process."""

    def __init__(self, log: str, armed: str) -> None:
        self._handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) if log else -1
        self._armed, _, count = armed.partition("#")
        self._left = int(count or 1)
        self._guard = threading.Lock()

    def passes(self, *names: str) -> None:
        fatal = False
        with self._guard:
            if self._armed in names:
                self._left -= 1
                fatal = self._left == 0
        if self._handle >= 0:
            marks = {name: "! " if fatal and name == self._armed else "  " for name in names}
            os.write(self._handle, "".join(f"{marks[name]}{name}\n" for name in names).encode())
        if fatal:
            os.kill(os.getpid(), signal.SIGKILL)
            threading.Event().wait()  # nothing of this thread may go on while the signal is on its way


def install(points: Points) -> None:
    _wrap_commits(points)
    _wrap_migration(points)
    _wrap_messenger(points)


def _wrap_commits(points: Points) -> None:
    from storage.writer import Writer
    from storage.writing import Writing

    now = threading.local()
    transaction, commit, shred = Writer._transaction, Writing.commit, Writing.shred

    def with_names(self: Writer, jobs: Sequence[Any]) -> None:
        now.names = sorted({name_of(job.step) for job in jobs})
        transaction(self, list(jobs))

    def fatal_commit(self: Writing) -> None:
        points.passes(*(BEFORE + name for name in now.names))
        commit(self)
        points.passes(*(AFTER + name for name in now.names))

    def fatal_shred(self: Writing) -> bool:
        points.passes("before overwriting what was erased")
        done = shred(self)
        points.passes("after overwriting what was erased")
        return done

    Writer._transaction = with_names  # type: ignore[method-assign]
    Writing.commit = fatal_commit  # type: ignore[method-assign]
    Writing.shred = fatal_shred  # type: ignore[method-assign]


def _wrap_migration(points: Points) -> None:
    """The one commit that is not the writer's."""
    from sqlalchemy import Connection

    commit = Connection.commit

    def fatal_commit(self: Connection) -> None:
        points.passes(BEFORE + MIGRATION)
        commit(self)
        points.passes(AFTER + MIGRATION)

    Connection.commit = fatal_commit  # type: ignore[method-assign]


def _wrap_messenger(points: Points) -> None:
    from bot.channels.telegram import TelegramChannel
    from bot.channels.telegram_webhook import Webhook

    send, answer = TelegramChannel.send, Webhook.__call__

    async def fatal_send(self: TelegramChannel, address: str, page: Any) -> None:
        points.passes("before a message is sent")
        await send(self, address, page)
        points.passes("after a message is sent, before that is noted")

    async def fatal_answer(self: Webhook, request: Any) -> Any:
        answered = await answer(self, request)
        points.passes("after the step, before its HTTP answer")
        return answered

    TelegramChannel.send = fatal_send  # type: ignore[method-assign]
    Webhook.__call__ = fatal_answer  # type: ignore[method-assign]
