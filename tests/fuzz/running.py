"""How a target becomes a program: `python -m tests.fuzz.<target> -runs=N folder ...`, and how the product is instrumented.

Only the program that fuzzes needs atheris. Everybody else (the test that replays the corpus) just calls `check`.
"""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"

Check = Callable[[bytes], None]
T = TypeVar("T")


def _fuzzing() -> bool:
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    return spec is not None and spec.name.startswith("tests.fuzz.") and not spec.name.endswith((".__main__", ".keeping"))


def instrumented(*modules: str) -> contextlib.AbstractContextManager[Any]:
    """`with instrumented("bot.channels"):` around the imports of what is to be watched; without fuzzing it does nothing.

    Only our own modules: to watch libraries costs seconds at every start and tells us nothing.
    """
    if not _fuzzing():
        return contextlib.nullcontext()
    import atheris

    manager: contextlib.AbstractContextManager[Any] = atheris.instrument_imports(include=list(modules))
    return manager


def run(name: str, check: Check) -> None:
    """Fuzz. Words that belong to the format (`words/<target>.dict`) are given to the fuzzer by themselves."""
    import atheris

    logging.disable(logging.CRITICAL)  # what the product says about garbage would be most of the output
    words = HERE / "words" / f"{name}.dict"
    arguments = [sys.argv[0], *([f"-dict={words}"] if words.exists() else []), *sys.argv[1:]]
    # The target's own branches are feedback too, where a library we don't watch decides.
    atheris.Setup(arguments, atheris.instrument_func(check))
    atheris.Fuzz()


class Pieces:
    """Bytes read as choices: for targets whose input is not text. Past the end everything is zero."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1] if self._at <= len(self._data) else 0

    def one_of(self, items: Sequence[T]) -> T:
        return items[self.byte() % len(items)]

    def some(self, most: int) -> bytes:
        """Up to `most` bytes."""
        count = self.byte() % (most + 1)
        taken = self._data[self._at : self._at + count]
        self._at += count
        return taken

    def text(self, most: int) -> str:
        return self.some(most).decode("utf-8", "replace")

    def rest(self) -> bytes:
        taken = self._data[self._at :]
        self._at = len(self._data)
        return taken


def finished(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that waits for nothing: no event loop is needed, which would be most of the time."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        value: T = stop.value
        return value
    coroutine.close()
    raise AssertionError("the handler waits for something")
