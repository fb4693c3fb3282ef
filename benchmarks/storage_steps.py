"""How many steps the storage keeps in a second, and what one costs.

One step is what the public door does for one press: note the event id, find the chat by its keyed hash, load the session,
save it, put two messages into the outbox. Every step is on the disk before it counts.

    python -m benchmarks.storage_steps [sqlite:///PATH | postgresql://...] [--steps N]
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from dialogs.session import Session
from storage import Database, KeyRing, UnitOfWork, migrate, open_database

CHATS = 300
EFFECT = {"effect": "ask", "session": "s0000001", "prompt": 7, "question": "S04_status", "kind": "single", "choices": []}


def open_chats(database: Database) -> None:
    def step(uow: UnitOfWork) -> None:
        for number in range(CHATS):
            answers = {f"S{n:02d}": "p104c" for n in range(15)}
            new = Session(f"s{number:07d}", "scr-2026-11", dt.date(2026, 11, 21), f"K7M4-{number:04d}", answers=answers)
            chat = uow.chats.open("telegram", str(number), "ar")
            person = uow.persons.add("kreis")
            uow.sessions.add(new, person_id=person, chat_id=chat.id, code=new.code)
            uow.chats.set(chat.id, session_id=new.id)

    database.write_now(step)


def press(number: int) -> Callable[[UnitOfWork], None]:
    def step(uow: UnitOfWork) -> None:
        if not uow.inbound.note("telegram", f"press-{number}"):
            return
        chat = uow.chats.find("telegram", str(number % CHATS))
        assert chat is not None and chat.session_id is not None
        stored = uow.sessions.load(chat.session_id)
        assert stored is not None
        uow.sessions.save(stored, replace(stored.session, prompt=stored.session.prompt + 1))
        uow.outbox.put(chat.id, EFFECT, "ar", key=f"{number}:0", lease_to="bench")
        uow.outbox.put(chat.id, EFFECT, "ar", key=f"{number}:1", lease_to="bench")

    return step


async def run(database: Database, first: int, steps: int, together: int) -> tuple[float, float]:
    """(steps a second, microseconds of CPU a step)"""
    clock, processor = time.perf_counter(), time.process_time()
    for start in range(first, first + steps, together):
        await asyncio.gather(*(database.write(press(number)) for number in range(start, start + together)))
    return steps / (time.perf_counter() - clock), (time.process_time() - processor) / steps * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", nargs="?")
    parser.add_argument("--steps", type=int, default=3_000)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
        url = chosen.url or f"sqlite:///{Path(folder)}/bench.db"
        migrate(url)
        database = open_database(url, KeyRing.random())
        open_chats(database)
        print(f"{url.partition(':')[0]}, {chosen.steps} steps a round, median of {chosen.rounds} rounds")
        number = 0
        for together in (1, 10, 30, 100):
            rounds = []
            for _ in range(chosen.rounds):
                rounds.append(asyncio.run(run(database, number, chosen.steps // together * together, together)))
                number += chosen.steps
            speed = statistics.median(pace for pace, _ in rounds)
            cost = statistics.median(cpu for _, cpu in rounds)
            print(f"{together:>4} at once: {speed:>8.0f} steps/s   {cost:>6.0f} us CPU a step")
        database.close()


if __name__ == "__main__":
    main()
