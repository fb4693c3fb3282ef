"""Backups from the command line: `wegweiser backup`. Ends with 0 (done), 1 (something is wrong), 2 (wrong use)."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from admin.command_line import FINDINGS, AsJson, Config, stop

if TYPE_CHECKING:
    from storage import Sealed

commands = typer.Typer(no_args_is_help=True, help="Backups: sealed to a public key, so that this server can't read them.")

Private = Annotated[Path, typer.Option("--private", help="the private half of the backup keys")]


@dataclass(frozen=True)
class Places:
    """The settings that backups need, read as `serve` reads them; admin knows no other setting of the public door."""

    given: dict[str, Any]

    @classmethod
    def read(cls, config: Path | None) -> Places:
        from admin.accounts import settings_of

        return cls(settings_of(config))

    def need(self, *names: str) -> list[str]:
        values = [self.value(name) for name in names]
        missing = [
            f"WEGWEISER_{name.upper()} is missing. {_REMEDY[name]}"
            for name, value in zip(names, values, strict=True)
            if not value
        ]
        if missing:
            raise stop("\n".join(missing))
        return values

    def value(self, name: str) -> str:
        return str(self.given.get(name) or os.environ.get(f"WEGWEISER_{name.upper()}", ""))


_REMEDY = {
    "database_url": "Set it as for `wegweiser serve`.",
    "keys": "Set the path of the key file, as for `wegweiser serve`.",
    "backups": "Set the folder of the backups, on another disk than the database.",
    "backup_key": "Run `wegweiser backup keys PUBLIC PRIVATE` and set the path of the public half.",
}


@contextmanager
def _said() -> Iterator[None]:
    """What storage refuses is one line and exit 1."""
    from storage import StorageError

    try:
        yield
    except StorageError as problem:
        raise stop(str(problem) or type(problem).__name__, FINDINGS) from None


@commands.command("keys")
def keys(public: Path, private: Path) -> None:
    """Make the pair. PUBLIC goes to the server; PRIVATE stays offline and opens every backup. Neither is ever overwritten."""
    from storage import create_backup_keys

    with _said():
        pair = create_backup_keys(public, private)
    typer.echo(f"{public}: seals backups (pair {pair}). Set WEGWEISER_BACKUP_KEY to it.")
    typer.echo(f"{private}: opens them. Take it off this machine now, keep two copies, and try a restore.")


@commands.command("run")
def run(config: Config = None) -> None:
    """One backup now, also while the program runs. Removes those older than 35 days."""
    from storage import run_backup

    places = Places.read(config)
    url, public, folder = places.need("database_url", "backup_key", "backups")
    with _said():
        made = run_backup(url, Path(public), Path(folder), county=places.value("county"), now=dt.datetime.now(dt.UTC))
    typer.echo(f"{made.sealed.path}: {made.sealed.size} bytes, sha256 {made.sha256}")
    for path in made.removed:
        typer.echo(f"{path}: removed, older than 35 days")


@commands.command("verify")
def verify(
    file: Path,
    private: Annotated[Path | None, typer.Option("--private", help="opens every piece; without: only the sha256")] = None,
) -> None:
    """Is the file whole? With the private key: does every piece open, in its place?"""
    from storage import BackupPrivateKey, Sealed

    with _said():
        sealed = Sealed.look(file)
        digest = sealed.check_digest()
        opened = None if private is None else sealed.verify(BackupPrivateKey.from_file(private))
    typer.echo("\n".join(_told(sealed)))
    typer.echo(f"sha256 {digest}: fits")
    typer.echo("not opened (no --private)" if opened is None else f"every piece opens: {opened} bytes")


@commands.command("restore")
def restore(
    file: Path,
    private: Private,
    into: Annotated[str, typer.Option("--into", help="a fresh folder, or the address of an empty PostgreSQL database")],
    ledger: Annotated[Path | None, typer.Option("--ledger", help="the newest erasures.ledger there is")] = None,
    without_ledger: Annotated[
        bool, typer.Option("--without-ledger", help="there is none: whoever was erased since the backup comes back")
    ] = False,
    ran_until: Annotated[
        str | None, typer.Option("--ran-until", help="when the lost program stopped, as 2026-11-21T14:30+01:00")
    ] = None,
    config: Config = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Into a fresh place, never over anything; then erases again whoever the ledger names, and says what is missing."""
    from storage import KeyRing, restore_backup

    if (ledger is None) != without_ledger:
        raise stop(
            "--ledger FILE is needed: without it people who were erased since the backup would be back. If there is no ledger "
            "any more, say --without-ledger." if ledger is None else "either --ledger or --without-ledger, not both."
        )  # fmt: skip
    (key_file,) = Places.read(config).need("keys")
    with _said():
        done = restore_backup(
            file,
            private,
            into,
            KeyRing.from_file(key_file),
            ledger=ledger,
            now=dt.datetime.now(dt.UTC),
            ran_until=_moment(ran_until),
        )
    typer.echo(json.dumps(done.to_json(), ensure_ascii=False) if as_json else "\n".join(done.lines()))


@commands.command("list")
def list_(config: Config = None, as_json: AsJson = False) -> None:
    """What is in the folder, oldest first. Files that can't be read are named; then it ends with 1."""
    from storage import shelf

    (folder,) = Places.read(config).need("backups")
    found, bad = shelf(Path(folder))
    if as_json:
        rows = [
            {"file": one.path.name, "created_at": one.header.created_at.isoformat(), "bytes": one.size, "kind": one.header.kind,
             "revision": one.header.revision, "epochs": one.header.epochs, "sealed_for": one.header.sealed_for}
            for one in found
        ]  # fmt: skip
        typer.echo(json.dumps({"backups": rows, "unreadable": [path.name for path in bad]}))
    else:
        for one in found:
            typer.echo(f"{one.path.name}  {one.header.created_at:%Y-%m-%d %H:%M} UTC  {one.size} bytes  {one.header.kind}")
        for path in bad:
            typer.echo(f"{path.name}  damaged, or no backup")
        if not found and not bad:
            typer.echo("no backups yet")
    raise typer.Exit(FINDINGS if bad else 0)


def _told(sealed: Sealed) -> list[str]:
    header = sealed.header
    return [
        f"{sealed.path.name}: made {header.created_at:%Y-%m-%d %H:%M} UTC by program {header.program}, {sealed.size} bytes",
        f"{header.kind}, revision {header.revision}, county {header.county or 'not said'}, key epochs "
        f"{', '.join(map(str, header.epochs))}, sealed for pair {header.sealed_for}, {sum(header.counts.values())} rows",
    ]


def _moment(said: str | None) -> dt.datetime | None:
    if said is None:
        return None
    try:
        moment = dt.datetime.fromisoformat(said)
        if moment.tzinfo is None:
            raise ValueError("no zone")
        return moment
    except ValueError:
        raise stop(f"--ran-until {said!r} is no moment with its zone. Write it as 2026-11-21T14:30+01:00.") from None
