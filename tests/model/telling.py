"""How stories are told: fresh worlds, and the settings under which they are the same ones at every run."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from bot.words import Words
from dialogs.script import Library
from tests.model.machine import Machine
from tests.model.stage import steps
from tests.model.world import World

STORIES, STEPS = 50, 50
QUIET = tuple(HealthCheck)
CALM: dict[str, Any] = {
    "derandomize": True, "deadline": None, "database": None, "suppress_health_check": QUIET,
    "phases": (Phase.generate, Phase.shrink),
}  # fmt: skip


def machine_of(world: Callable[[], World], name: str) -> type[Machine]:
    """The stories of CI are drawn from the name."""
    return type(name, (Machine,), {"world_of": staticmethod(world)})


def sqlite_worlds(folder: Path, template: Path, library: Library, words: Words) -> Callable[[], World]:
    numbers = itertools.count()

    def world() -> World:
        for former in folder.glob("story-*"):
            former.unlink()
        path = folder / f"story-{next(numbers)}.db"
        shutil.copy(template, path)
        return World(f"sqlite:///{path}", library, words)

    return world


def told(part: int, folder: Path, template: Path, library: Library, words: Words) -> None:
    """One of the four parts of CI's 200 stories."""
    before = steps["steps"]
    machine = machine_of(sqlite_worlds(folder, template, library, words), f"Part{part}")
    story = settings(settings(**CALM), max_examples=STORIES, stateful_step_count=STEPS)
    run_state_machine_as_test(machine, settings=story)  # type: ignore[no-untyped-call]
    assert steps["steps"] - before > STORIES * STEPS / 4, "stories without steps show nothing"
