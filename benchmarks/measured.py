"""A measured figure, and how figures are printed: as rows of one Markdown table."""

from __future__ import annotations

import datetime as dt
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One row. `goal` is empty for peers and for figures without one; `met` says whether the goal was reached."""

    what: str
    value: str
    goal: str = ""
    met: bool | None = None
    command: str = ""


def percentile(sorted_values: Sequence[float], share: float) -> float:
    return sorted_values[min(len(sorted_values) - 1, int(len(sorted_values) * share))]


def limited(what: str, value: float, most: float, unit: str, command: str, *, digits: int = 1) -> Figure:
    """A figure whose goal is to stay below `most`."""
    return Figure(what, f"{value:.{digits}f} {unit}", f"< {most:g} {unit}", value < most, command)


def table(figures: Iterable[Figure]) -> str:
    rows = ["| what | measured | goal | reached | command |", "|---|---|---|---|---|"]
    for figure in figures:
        reached = "" if figure.met is None else "yes" if figure.met else "**no**"
        command = f"`{figure.command}`" if figure.command else ""
        rows.append(f"| {figure.what} | {figure.value} | {figure.goal} | {reached} | {command} |")
    return "\n".join(rows)


def circumstances() -> str:
    """When and where: without it no figure means anything."""
    now = dt.datetime.now().astimezone()
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    return f"{now:%Y-%m-%d %H:%M %Z}, {machine}, load {load()}"


def load() -> str:
    """How many programs want the processor, on average of the last minute; the figures' own runs are among them."""
    return f"{os.getloadavg()[0]:.1f}"
