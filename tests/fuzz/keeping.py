"""What of the findings is worth keeping: `python -m tests.fuzz.keeping [target ...]` copies it into `corpus/`.

Of what is there and what `make fuzz` has found, the smallest files first, those stay that reach a line of ours no kept one
reaches. What was put there by hand (a name of words, not of digits and letters) always stays: it is a mended bug or an example.
"""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from tests.fuzz.__main__ import FOUND, TARGETS
from tests.fuzz.running import CORPUS, Check

OURS = re.compile(r"/(bot|dialogs|storage|locales|tests/fuzz)/[\w/]+\.py$")
MOST, LONGEST = 40, 2_000
Line = tuple[str, int]


def reached(check: Check, data: bytes) -> set[Line]:
    """The lines of ours that this input passes through, with the one before: the same line by another way is another one."""
    found: set[Line] = set()

    def into(frame: FrameType, event: str, _: object) -> Any:
        if not OURS.search(frame.f_code.co_filename):
            return None
        last = [0]

        def line(frame: FrameType, event: str, _: object) -> Any:
            found.add((frame.f_code.co_filename, last[0] << 16 | frame.f_lineno))
            last[0] = frame.f_lineno
            return line

        return line

    sys.settrace(into)
    try:
        check(data)
    finally:
        sys.settrace(None)
    return found


def keep(target: str) -> tuple[int, int]:
    """How many files are kept, and how many lines they reach."""
    check: Check = importlib.import_module(f"tests.fuzz.{target}").check
    check(b"")  # what is worked out only once is not this input's merit
    kept, found = CORPUS / target, FOUND / target
    files = [path for folder in (kept, found) if folder.is_dir() for path in folder.iterdir()]
    by_hand = {path for path in files if path.parent == kept and not re.fullmatch(r"[0-9a-f]{12,40}", path.name)}
    known: set[Line] = set()
    chosen: dict[str, bytes] = {}
    for path in sorted(files, key=lambda path: (path not in by_hand, path.stat().st_size, path.name)):
        data = path.read_bytes()
        new = reached(check, data) - known
        if path in by_hand or (new and len(chosen) < MOST and len(data) <= LONGEST):
            chosen[path.name[:40]] = data
            known |= new
    for path in kept.iterdir() if kept.is_dir() else ():
        path.unlink()
    kept.mkdir(parents=True, exist_ok=True)
    for name, data in chosen.items():
        (kept / name).write_bytes(data)
    return len(chosen), len(known)


def main(chosen: list[str]) -> None:
    for target in chosen or TARGETS:
        files, lines = keep(target)
        print(f"{target:<12}{files:>5} files{lines:>7} steps of ours")


if __name__ == "__main__":
    Path(CORPUS).mkdir(exist_ok=True)
    main(sys.argv[1:])
