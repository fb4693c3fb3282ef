"""`wegweiser outbox`: the messages that were given up. Nothing of their content is shown."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from storage import Database, DeadLetter

commands = typer.Typer(no_args_is_help=True, help="Messages that were given up: list them, send them again, let them go.")

Config = Annotated[Path | None, typer.Option("--config", help="settings as a TOML file instead of WEGWEISER_* variables")]
Ids = Annotated[list[str] | None, typer.Argument(help="ids as `outbox list` prints them")]
All = Annotated[bool, typer.Option("--all", help="all that are listed")]


@commands.command("list")
def list_(config: Config = None, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Id, channel, kind, age and reason of each. Ends with 1 if there are any."""
    from storage import dead_letters

    with _opened(config) as database:
        found = database.read_now(dead_letters)
    rows = [_shown(letter) for letter in found]
    typer.echo(json.dumps(rows) if as_json else "\n".join("  ".join(row.values()) for row in rows) or "no messages were given up")
    raise typer.Exit(1 if rows else 0)


@commands.command("retry")
def retry(ids: Ids = None, every: All = False, config: Config = None) -> None:
    """Make them due again. Not possible for who has blocked the bot or was erased. With SQLite, stop the service first."""
    from storage import dead_letters, retry_dead

    with _opened(config) as database:
        chosen = _chosen(database.read_now(dead_letters), ids, every)
        done = database.write_now(lambda uow: retry_dead(uow, chosen))
    _said(chosen, done, "due again", "can't be sent any more (gone, erased, or no such message)")


@commands.command("drop")
def drop(ids: Ids = None, every: All = False, config: Config = None) -> None:
    """Never send them: the content goes, and the alarm ends. With SQLite, stop the service first."""
    from storage import dead_letters, drop_dead

    with _opened(config) as database:
        chosen = _chosen(database.read_now(dead_letters), ids, every)
        done = database.write_now(lambda uow: drop_dead(uow, chosen))
    _said(chosen, done, "dropped", "no such message")


def _shown(letter: DeadLetter) -> dict[str, str]:
    hours = (dt.datetime.now(dt.UTC) - letter.given_up_at).total_seconds() / 3600
    return {
        "id": letter.id, "channel": letter.channel, "kind": letter.kind, "given_up": f"{hours:.1f} h ago",
        "tries": str(letter.attempts + 1), "why": letter.why,
    }  # fmt: skip


def _chosen(found: tuple[DeadLetter, ...], ids: list[str] | None, every: bool) -> list[str]:
    if bool(ids) == every:
        typer.echo("Name ids as `wegweiser outbox list` prints them, or --all.", err=True)
        raise typer.Exit(2)
    return [letter.id for letter in found] if every else list(ids or ())


def _said(chosen: list[str], done: tuple[str, ...], well: str, badly: str) -> None:
    for id_ in chosen:
        typer.echo(f"{id_}  {well if id_ in done else badly}")
    raise typer.Exit(0 if len(done) == len(chosen) else 1)


@contextmanager
def _opened(config: Path | None) -> Iterator[Database]:
    from bot.settings import SettingsProblem, read_settings
    from storage import KeyRing, StorageError, open_database

    try:
        settings = read_settings(config)
        if not settings.database_url or settings.keys is None:
            raise SettingsProblem(["WEGWEISER_DATABASE_URL and WEGWEISER_KEYS are needed: the database, and its key file."])
        database = open_database(settings.database_url, KeyRing.from_file(settings.keys))
    except (SettingsProblem, StorageError) as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(2) from None
    try:
        yield database
    except StorageError as problem:
        typer.echo(str(problem) or type(problem).__name__, err=True)
        raise typer.Exit(2) from None
    finally:
        database.close()
