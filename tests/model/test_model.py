"""The machine on both databases: 200 stories of up to 50 steps in CI, always the same ones (`make models` draws new ones)."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from bot.words import Words
from dialogs.script import Library
from storage import migrate
from tests.model.machine import Machine, steps
from tests.model.world import World
from tests.postgres import PostgresServer

STORIES, STEPS = 50, 50
QUIET = tuple(HealthCheck)
CALM: dict[str, Any] = {
    "derandomize": True, "deadline": None, "database": None, "suppress_health_check": QUIET,
    "phases": (Phase.generate, Phase.shrink),
}  # fmt: skip


def machine_of(world: Callable[[], World], name: str = "Machine") -> type[Machine]:
    return type(name, (Machine,), {"world_of": staticmethod(world)})


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database; each story gets a copy."""
    path = tmp_path_factory.mktemp("model") / "template.db"
    migrate(f"sqlite:///{path}")
    return path


def sqlite_worlds(folder: Path, template: Path, library: Library, words: Words) -> Callable[[], World]:
    numbers = itertools.count()

    def world() -> World:
        for former in folder.glob("story-*"):
            former.unlink()
        path = folder / f"story-{next(numbers)}.db"
        shutil.copy(template, path)
        return World(f"sqlite:///{path}", library, words)

    return world


@pytest.mark.parametrize("processes", [1, 2])
def test_the_same_holds_on_postgresql_and_with_two_processes(
    processes: int, postgres: PostgresServer, library: Library, words: Words
) -> None:
    made: list[str] = []

    def world() -> World:
        if made:
            postgres.drop(made.pop())
        made.append(postgres.create())
        return World(made[-1], library, words, processes)

    try:
        story = settings(settings(**CALM), max_examples=8, stateful_step_count=40, phases=(Phase.generate,))
        run_state_machine_as_test(machine_of(world, f"Processes{processes}"), settings=story)
    finally:
        for url in made:
            postgres.drop(url)


# Four parts, so that several workers share them: the name of the machine is what its stories are drawn from.
@pytest.mark.parametrize("part", range(4))
def test_whatever_happens_the_world_is_as_the_model_says(
    part: int, tmp_path: Path, template: Path, library: Library, words: Words
) -> None:
    machine = machine_of(sqlite_worlds(tmp_path, template, library, words), f"Part{part}")
    before = steps["steps"]
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine, settings=settings(**CALM, max_examples=STORIES, stateful_step_count=STEPS)
    )
    assert steps["steps"] - before > STORIES * STEPS / 4
