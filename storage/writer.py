"""The one thread that writes. Many steps share one commit, each in a savepoint of its own.

    BEGIN, step, SAVEPOINT, step, RELEASE, ... COMMIT (fsync), and only then every caller gets its answer.

A step that raises is rolled back to its savepoint; the others don't notice. If another process holds a lock that a step
needs, that step is rolled back too and done again alone, where it may wait. If two processes get in each other's way all the
same (deadlock, serialization failure), the whole batch is rolled back and its steps are done again one by one.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from storage.errors import StorageUnavailable
from storage.failures import Busy, TryAgain, meaning
from storage.meter import Meter
from storage.transaction import Transaction
from storage.unit_of_work import UnitOfWork
from storage.writing import Writing

log = logging.getLogger("wegweiser.storage")

MOST_TOGETHER: Final = 200
TRIES: Final = 5
# How soon a key that could not be overwritten at once (somebody was reading) is tried again.
SHRED_AGAIN_SECONDS: Final = 1.0


class Job:
    """One step and who waits for it: a coroutine of some event loop, or a blocked thread."""

    __slots__ = ("error", "loop", "result", "step", "tx", "waiting")

    def __init__(
        self,
        step: Callable[[UnitOfWork], Any],
        waiting: asyncio.Future[Any] | concurrent.futures.Future[Any],
        loop: asyncio.AbstractEventLoop | None,
    ) -> None:
        self.step = step
        self.waiting = waiting
        self.loop = loop
        self.result: Any = None
        self.error: BaseException | None = None
        self.tx: Transaction | None = None

    def settle(self) -> None:
        # Whoever waited may have been cancelled; the step was done all the same.
        with contextlib.suppress(asyncio.InvalidStateError, concurrent.futures.InvalidStateError):
            if self.error is not None:
                self.waiting.set_exception(self.error)
            else:
                self.waiting.set_result(self.result)


class Writer:
    def __init__(self, writing: Writing, meter: Meter | None = None) -> None:
        self._writing = writing
        self._meter = meter or Meter()
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._guard = threading.Lock()
        self._closed = False
        self._shred = False

    def submit(self, job: Job) -> None:
        with self._guard:
            if self._closed:
                raise StorageUnavailable("the database is closed")
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="storage-writer", daemon=True)
                self._thread.start()
            self._queue.put(job)

    def close(self) -> None:
        """Everything that was submitted is done first."""
        with self._guard:
            self._closed = True
            thread = self._thread
        if thread is not None and thread.is_alive():
            self._queue.put(None)
            thread.join()

    # -- in the thread -----------------------------------------------------------------------------------------------

    def _serve(self) -> None:
        more = True
        while more:
            jobs, more = self._next()
            if jobs:
                self._together(jobs)
                del jobs
            if self._shred:
                self._shred = not self._writing.shred()
        self._writing.close()

    def _next(self) -> tuple[list[Job], bool]:
        jobs: list[Job] = []
        try:
            job = self._queue.get(timeout=SHRED_AGAIN_SECONDS if self._shred else None)
            while job is not None:
                if not job.waiting.cancelled():
                    jobs.append(job)
                if len(jobs) >= MOST_TOGETHER:
                    return jobs, True
                job = self._queue.get_nowait()
        except queue.Empty:
            return jobs, True
        return jobs, False

    def _together(self, jobs: list[Job]) -> None:
        again = jobs
        try:
            self._attempt(jobs)
            again = [job for job in jobs if isinstance(job.error, Busy)]
            self._answer([job for job in jobs if job not in again] if again else jobs)
        except TryAgain:
            pass
        for job in again:
            self._alone(job)
            self._answer([job])

    def _alone(self, job: Job) -> None:
        for left in reversed(range(TRIES)):
            job.error = None
            try:
                self._attempt([job])
                return
            except Busy:
                # It has waited for seconds already; others want to be kept, too.
                job.error = StorageUnavailable("another process holds what this step needs; nothing was kept")
                return
            except TryAgain:
                if left == 0:
                    job.error = StorageUnavailable("too many at once; nothing was kept")

    def _attempt(self, jobs: list[Job]) -> None:
        """One transaction. Raises TryAgain if it has to be done again; every other end is noted in the jobs."""
        try:
            with self._writing.turn():
                self._transaction(jobs)
                erased = [subject for job in jobs if job.tx and job.error is None for subject in job.tx.erased]
                if erased:
                    self._meter.erased += len(erased)
                    self._writing.data_keys.forget(erased)
                    self._writing.enter(entry for job in jobs if job.tx and job.error is None for entry in job.tx.ledger)
                    self._shred = not self._writing.shred()
        except TryAgain:
            raise
        except BaseException as error:
            why = meaning(error)
            self._meter.failed += 1
            for job in jobs:
                job.error = job.error or why

    def _transaction(self, jobs: list[Job]) -> None:
        writing, begun = self._writing, time.perf_counter()
        try:
            writing.begin()
            if len(jobs) == 1:
                self._run(jobs[0], alone=True)
                if jobs[0].error is not None:
                    writing.rollback()
                    return
            else:
                writing.savepoint()
                for job in jobs:
                    self._run(job, alone=False)
                    if job.error is not None:
                        writing.back_to_savepoint()
                    else:
                        writing.next_savepoint()
            done = time.perf_counter()
            writing.commit()
            self._meter.steps.observe(done - begun)
            self._meter.commits.observe(time.perf_counter() - done)
            self._meter.together.observe(len(jobs))
        except BaseException as error:
            why = meaning(error)
            writing.rollback()
            if isinstance(why, StorageUnavailable):
                writing.drop()
            for job in jobs:
                job.error = None if isinstance(why, TryAgain) else why
            if why is error:
                raise
            raise why from None

    def _run(self, job: Job, *, alone: bool) -> None:
        """Do one step. What ends the whole transaction is raised; what only ends the step is noted."""
        job.tx = tx = self._writing.transaction(alone=alone)
        job.error = job.result = None
        try:
            job.result = job.step(UnitOfWork(tx))
        except BaseException as error:
            why = meaning(error)
            if isinstance(why, (TryAgain, StorageUnavailable)) and (alone or not isinstance(why, Busy)):
                raise why from None
            job.error = why

    def _answer(self, jobs: list[Job]) -> None:
        """Wake everybody who waits, each event loop once."""
        loops: dict[asyncio.AbstractEventLoop, list[Job]] = {}
        for job in jobs:
            job.tx = None
            if job.loop is None:
                job.settle()
            else:
                loops.setdefault(job.loop, []).append(job)
        for loop, its in loops.items():
            try:
                loop.call_soon_threadsafe(_settle, its)
            except RuntimeError:
                log.warning("%d steps were kept, but nobody waits for them any more", len(its))


def _settle(jobs: list[Job]) -> None:
    for job in jobs:
        job.settle()
