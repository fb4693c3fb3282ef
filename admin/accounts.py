"""Accounts of the office from the command line: `wegweiser user`.

Passwords are asked for or read from standard input, never given as an argument: arguments stand in the process list.
"""

from __future__ import annotations

import datetime as dt
import secrets
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from dialogs.county import County, Stelle
    from dialogs.people import Login
    from storage import Database, UnitOfWork

ROLES = ("case_manager", "coordinator", "desk", "admin")

commands = typer.Typer(no_args_is_help=True, help="Accounts of case managers, coordinators and the desk.")

Config = Annotated[Path | None, typer.Option("--config", help="settings as a TOML file instead of WEGWEISER_* variables")]


def _refuse(message: str) -> typer.Exit:
    typer.echo(message, err=True)
    return typer.Exit(2)


def _open(config: Path | None) -> Database:
    from storage import KeyRing, StorageError, WrongDatabaseUrl, open_database

    url, keys = settings_places(config)
    try:
        return open_database(url, KeyRing.from_file(keys))
    except WrongDatabaseUrl as problem:  # never repeats the address: it may hold a password
        raise _refuse(f"{_named('DATABASE_URL', config)}: {problem}") from None
    except StorageError as problem:
        raise _refuse(str(problem) or type(problem).__name__) from None


def _named(setting: str, config: Path | None) -> str:
    """Where a setting may stand, for a message."""
    return f"WEGWEISER_{setting}" if config is None else f"{config}: {setting.lower()}"


@contextmanager
def _database(config: Path | None) -> Iterator[Database]:
    """The opened database; what it can't do is said in one line (for SQLite: stop the running service first)."""
    from storage import StorageError

    database = _open(config)
    try:
        yield database
    except StorageError as problem:
        raise _refuse(str(problem) or type(problem).__name__) from None
    finally:
        database.close()


def settings_of(config: Path | None) -> dict[str, Any]:
    """What stands in the settings file, if there is one."""
    import tomllib

    try:
        return tomllib.loads(config.read_text(encoding="utf-8")) if config is not None else {}
    except OSError:
        raise _refuse(f"{config}: can't be read. Check the path and its rights.") from None
    except UnicodeDecodeError:
        raise _refuse(f"{config}: is no UTF-8 text. Save it as UTF-8.") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _refuse(f"{config}: no valid TOML: {error}. Mend the file.") from None


def settings_places(config: Path | None) -> tuple[str, Path]:
    """Database and key file, read as `serve` reads them; admin knows no other setting of the public door."""
    import os

    given = settings_of(config)
    url = str(given.get("database_url") or os.environ.get("WEGWEISER_DATABASE_URL", ""))
    keys = str(given.get("keys") or os.environ.get("WEGWEISER_KEYS", ""))
    missing = [
        f"WEGWEISER_{name} is missing. Set it as for `wegweiser serve`."
        for name, value in (("DATABASE_URL", url), ("KEYS", keys))
        if not value
    ]
    if missing:
        raise _refuse("\n".join(missing))
    if "\0" in keys:
        raise _refuse(f"{_named('KEYS', config)}: no file has such a name. Set the path of the key file.")
    return url, Path(keys)


def _password(login: str) -> str:
    from admin.passwords import problem_with

    if not sys.stdin.isatty():
        try:
            word = sys.stdin.readline().rstrip("\n")
            word.encode()
        except UnicodeError:
            raise _refuse("standard input: the password is no UTF-8 text. Send it as UTF-8.") from None
    else:
        word = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    problem = problem_with(word, login)
    if problem is not None:
        raise _refuse(problem)
    return word


def _county(name: str | None) -> County:
    from dialogs.errors import DefinitionError
    from dialogs.load import known_counties, load_library

    try:
        return load_library(name or known_counties()[0]).county
    except LookupError as error:
        raise _refuse(f"--county: {error.args[0]}") from None
    except DefinitionError as error:
        raise _refuse(str(error)) from None


@commands.command("add")
def add(
    login: str,
    role: Annotated[str, typer.Option("--role", help=", ".join(ROLES))],
    name: Annotated[str, typer.Option("--name")] = "",
    traeger: Annotated[str | None, typer.Option("--traeger", help="the employer; that of the first --stelle if left out")] = None,
    stelle: Annotated[list[str] | None, typer.Option("--stelle", help="may be given several times")] = None,
    county: Annotated[str | None, typer.Option("--county")] = None,
    config: Config = None,
) -> None:
    """Create an account. The password is asked for."""
    from admin.passwords import hash_password

    known = _county(county)
    if traeger is None:
        first = known.stellen.get(stelle[0]) if stelle else None
        traeger = first.traeger if first is not None else next(iter(known.traeger))
    if role not in ROLES:
        raise _refuse(f"{role!r} is none of {', '.join(ROLES)}.")
    if traeger not in known.traeger:
        raise _refuse(f"no Träger {traeger!r} in {known.id}; there are: {', '.join(known.traeger)}.")
    for id_ in stelle or ():
        if id_ not in known.stellen or known.stellen[id_].traeger != traeger:
            raise _refuse(f"{id_!r} is no Stelle of {traeger!r}.")
    with _database(config) as database:
        if database.read_now(lambda uow: uow.staff.by_login(login)) is not None:
            raise _refuse(f"the login {login!r} is taken.")
        hashed = hash_password(_password(login))
        database.write_now(
            lambda uow: uow.staff.add(
                login=login, name=name or login, role=role, traeger=traeger, stellen=tuple(stelle or ()), password_hash=hashed
            )
        )
    typer.echo(f"{login}: created.")


@commands.command("password")
def password(login: str, config: Config = None) -> None:
    """Set a new password; every session of the account ends."""
    from admin.passwords import hash_password

    with _database(config) as database:
        staff = database.read_now(lambda uow: uow.staff.by_login(login))
        if staff is None:
            raise _refuse(f"no account {login!r}.")
        hashed = hash_password(_password(login))

        def step(uow: UnitOfWork) -> None:
            uow.staff.set_password_hash(staff.id, hashed)
            uow.staff.end_all(staff.id)

        database.write_now(step)
    typer.echo(f"{login}: new password set.")


@commands.command("disable")
def disable(login: str, config: Config = None) -> None:
    """Lock an account; its sessions end at once."""
    with _database(config) as database:
        staff = database.read_now(lambda uow: uow.staff.by_login(login))
        if staff is None:
            raise _refuse(f"no account {login!r}.")

        def step(uow: UnitOfWork) -> None:
            uow.staff.disable(staff.id)
            uow.staff.end_all(staff.id)

        database.write_now(step)
    typer.echo(f"{login}: locked.")


@commands.command("list")
def list_accounts(config: Config = None) -> None:
    """Accounts with role and Träger, without passwords."""
    with _database(config) as database:
        for staff in database.read_now(lambda uow: uow.staff.all(None)):
            state = "locked" if staff.disabled else "open"
            typer.echo(f"{staff.login:<20} {staff.role:<14} {staff.traeger:<24} {state}  {', '.join(staff.stellen)}")


def demo_accounts(database: Database, county: County, wanted: Sequence[Login], on: dt.date) -> str:
    """Give the demo its logins, one password for all, new at every start. Returns the password.

    Every other Träger that takes referrals has one by its id: a visitor's case may come to any of them.
    """
    from admin.passwords import hash_password

    word = "-".join(secrets.token_hex(2) for _ in range(4))
    hashed = hash_password(word)

    def step(uow: UnitOfWork) -> None:
        for login in wanted:
            stelle = county.stelle_for(login.dienst or county.clearing, None, on) or _any_stelle(county, login.dienst)
            if stelle is None:
                continue
            known = uow.staff.by_login(login.name)
            if known is not None:
                uow.staff.set_password_hash(known.id, hashed)
                continue
            traeger = county.lead if login.role == "coordinator" else stelle.traeger
            own = tuple(s.id for s in county.stellen.values() if s.traeger == traeger) if login.role == "case_manager" else ()
            uow.staff.add(
                login=login.name, name=login.name, role=login.role, traeger=traeger, stellen=own, password_hash=hashed
            )
        staffed = {staff.traeger for staff in uow.staff.all(None) if staff.role == "case_manager"}
        for stelle in county.stellen.values():
            known = uow.staff.by_login(stelle.traeger)
            if known is not None:
                uow.staff.set_password_hash(known.id, hashed)
            elif stelle.traeger not in staffed and county.takes_referrals(stelle.dienst):
                own = tuple(other.id for other in county.stellen.values() if other.traeger == stelle.traeger)
                name = county.traeger[stelle.traeger].name
                uow.staff.add(
                    login=stelle.traeger, name=name, role="case_manager", traeger=stelle.traeger, stellen=own,
                    password_hash=hashed,
                )  # fmt: skip
                staffed.add(stelle.traeger)

    database.write_now(step)
    return word


def _any_stelle(county: County, dienst: str | None) -> Stelle | None:
    """Where no Stelle is for the whole Kreis: the first of this Dienst."""
    return next((stelle for stelle in county.stellen.values() if stelle.dienst == (dienst or county.clearing)), None)
