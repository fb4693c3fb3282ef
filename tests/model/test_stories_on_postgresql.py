"""A few stories on PostgreSQL, told by one process and by two that take turns and get in each other's way."""

from __future__ import annotations

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from bot.words import Words
from dialogs.script import Library
from tests.model.telling import CALM, machine_of
from tests.model.world import World
from tests.postgres import PostgresServer


@pytest.mark.postgres
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

    # Not shortened when one fails: that would take minutes here.
    calm = {**CALM, "phases": (Phase.generate,)}
    try:
        story = settings(settings(**calm), max_examples=8, stateful_step_count=40)
        run_state_machine_as_test(machine_of(world, f"Processes{processes}"), settings=story)  # type: ignore[no-untyped-call]
    finally:
        for url in made:
            postgres.drop(url)
