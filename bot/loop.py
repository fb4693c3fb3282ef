"""The event loop of a serving program: uvloop where it is installed, which does a quarter more for the same processor time."""

from __future__ import annotations

import asyncio
import importlib


def new_loop() -> asyncio.AbstractEventLoop:
    """asyncio's own loop where uvloop is missing (Windows): everything works there too."""
    try:
        loop: asyncio.AbstractEventLoop = importlib.import_module("uvloop").new_event_loop()
    except ImportError:
        return asyncio.new_event_loop()
    return loop
