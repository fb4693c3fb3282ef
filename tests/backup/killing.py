"""Run a program of our own and kill it with SIGKILL in the middle of a named function."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

_CHILD = """
import os, signal, sys
import storage.{module} as module
real, calls = module.{owner}.{name}, 0
def dies(*args, **kwargs):
    global calls
    calls += 1
    if calls == {call}:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*args, **kwargs)
module.{owner}.{name} = dies
sys.argv = ["wegweiser", *{words!r}]
import wegweiser
wegweiser.main()
"""


def killed(words: list[str], settings: dict[str, str], at: str, call: int = 1) -> None:
    """`at`: module:Owner.name or module:name in storage; the program dies when this is called for the nth time."""
    module, _, function = at.partition(":")
    owner, _, name = function.rpartition(".")
    code = _CHILD.format(module=module, owner=owner or "__self__", name=name, call=call, words=words)
    if not owner:
        code = code.replace("module.__self__.", "module.")
    ended = run_code(code, settings)
    assert ended.returncode == -signal.SIGKILL, f"it was not killed at {at}: {ended.stdout}{ended.stderr}"


def run_code(code: str, settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    environ = {key: value for key, value in os.environ.items() if not key.startswith("WEGWEISER_")}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**environ, **settings}, timeout=90,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
