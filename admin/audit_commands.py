"""The audit log from the command line: `wegweiser audit`."""

from __future__ import annotations

from pathlib import Path

import typer

from admin.command_line import FINDINGS, Config, stop

commands = typer.Typer(no_args_is_help=True, help="The log of who did what.")


@commands.callback()
def _group() -> None:
    """Keeps `verify` a command of its own while there is only one."""


@commands.command("verify")
def verify(config: Config = None) -> None:
    """Is the chain whole? Ends with 1 and the number of the first row that was changed, or before which one is missing."""
    from admin.accounts import settings_places
    from storage import KeyRing, StorageError, open_database, verify_audit

    url, keys = settings_places(config)
    try:
        database = open_database(url, KeyRing.from_file(Path(keys)))
        try:
            found = verify_audit(database)
        finally:
            database.close()
    except StorageError as problem:
        raise stop(str(problem)) from None
    if found.first_bad is not None:
        typer.echo(f"row {found.first_bad} was changed, or rows before it are missing")
        raise typer.Exit(FINDINGS)
    typer.echo(f"{found.rows} rows, whole")
