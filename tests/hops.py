"""Which named functions were really called, in which order, in all threads: the footprints of one answer."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

Hop = tuple[str, str]


@contextmanager
def footprints(hops: tuple[Hop, ...]) -> Iterator[list[Hop]]:
    """Yields a list that fills with the hops (file, function) in the order in which they are first reached."""
    wanted = {(file, function): (file, function) for file, function in hops}
    names = {function for _, function in hops}
    seen: list[Hop] = []

    def look(frame: FrameType, event: str, _: object) -> None:
        if event != "call" or frame.f_code.co_name not in names:
            return
        for file, function in wanted:
            if frame.f_code.co_name == function and frame.f_code.co_filename.endswith("/" + file):
                if (file, function) not in seen:
                    seen.append((file, function))
                return

    threading.setprofile_all_threads(look) if hasattr(threading, "setprofile_all_threads") else threading.setprofile(look)
    sys.setprofile(look)
    try:
        yield seen
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
