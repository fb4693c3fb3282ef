"""What several commands take and how they refuse: the county, the day, one line with the remedy and exit 2."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from dialogs.script import Library, Script

OK, FINDINGS, WRONG_USE = 0, 1, 2
EARLIEST, LATEST = dt.date(2000, 1, 1), dt.date(2200, 12, 31)

County = Annotated[str | None, typer.Option("--county", help="a folder in dialogs/counties; the first one if left out")]
On = Annotated[str | None, typer.Option("--on", help="the day whose rules and words are meant, YYYY-MM-DD; today if left out")]
Config = Annotated[Path | None, typer.Option("--config", help="settings as a TOML file instead of WEGWEISER_* variables")]
AsJson = Annotated[bool, typer.Option("--json", help="for programs")]


def stop(message: str, code: int = WRONG_USE) -> typer.Exit:
    """Print what is wrong and how to mend it, and give the exit to raise."""
    typer.echo(message, err=True)
    return typer.Exit(code)


def library_of(county: str | None) -> Library:
    from dialogs.errors import DefinitionError
    from dialogs.load import known_counties, load_library

    try:
        return load_library(county or known_counties()[0])
    except LookupError as error:
        raise stop(str(error.args[0])) from None
    except DefinitionError as error:
        raise stop(str(error)) from None


def day(on: str | None) -> dt.date:
    if on is None:
        return dt.datetime.now(dt.UTC).astimezone().date()
    try:
        found = dt.date.fromisoformat(on)
        if not EARLIEST <= found <= LATEST:
            raise ValueError("no day that any rule speaks of")
        return found
    except ValueError:
        raise stop(f"--on {on!r} is no date from 2000 to 2200. Write YYYY-MM-DD, as 2026-11-21.") from None


def script_of(library: Library, on: dt.date) -> Script:
    """The questionnaire and rules of a day."""
    try:
        return library.current(on)
    except LookupError as error:
        raise stop(f"--on {on}: {error.args[0]}. Choose a later day.") from None
