"""The one command. It puts the parts together, in the order of their dependencies, by hand.

Heavy parts are imported where they are used: `wegweiser route` must not load a web server, and only a Telegram token
makes anybody wait for aiogram.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from admin import accounts, audit_commands, backup_commands
from admin.command_line import FINDINGS, OK, AsJson, Config, County, On, day, library_of, script_of, stop
from admin.rulebook import compare_command, law_commands, sheet_commands, show_commands
from bot import outbox_commands

if TYPE_CHECKING:
    from socket import socket as Socket

    from aiohttp import web

    from bot.settings import Settings
    from bot.words import Words
    from dialogs.script import Library
    from storage import Database

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="Wegweiser: Screening und Kurzberatung für das Kommunale Integrationsmanagement (KIM).",
)  # fmt: skip
keys_app = typer.Typer(no_args_is_help=True, help="The key file, which lives outside the database.")
app.command("compare")(compare_command.compare)
app.add_typer(show_commands.commands, name="show")
app.add_typer(accounts.commands, name="user")
app.add_typer(audit_commands.commands, name="audit")
app.add_typer(backup_commands.commands, name="backup")
app.add_typer(sheet_commands.commands, name="sheet")
app.add_typer(keys_app, name="keys")
app.add_typer(law_commands.commands, name="law")
app.add_typer(outbox_commands.commands, name="outbox")


@app.command()
def check(county: Annotated[list[str] | None, typer.Option("--county")] = None, on: On = None, as_json: AsJson = False) -> None:
    """Everything that can be known before anybody talks to it: questionnaires, rules, invariants, services, locales."""
    from admin.rulebook import checking
    from bot.words import Words
    from dialogs.load import known_counties

    def untranslated(library: Library) -> list[tuple[str, str]]:
        words = Words.load(library)
        return [(locale, gap) for locale in words.locales for gap in words.gaps(locale)]

    when = day(on)
    checked = []
    for name in county or known_counties():
        try:
            checked.append(checking.check_county(name, when, untranslated))
        except LookupError as error:
            raise stop(str(error.args[0])) from None
        if not as_json:
            typer.echo("\n".join([checking.summary(checked[-1]), *checking.lines(checked[-1])]))
    if as_json:
        typer.echo(json.dumps([row for one in checked for row in checking.as_json(one)], ensure_ascii=False, indent=1))
    found = any(one.findings for one in checked)
    if not found and not as_json:
        typer.echo("no findings")
    raise typer.Exit(FINDINGS if found else OK)


@app.command()
def route(
    file: Annotated[Path, typer.Argument(help='{"cases": [{"id": "...", "answers": {"<question id>": <value>}}]}')],
    county: County = None, on: On = None,
) -> None:  # fmt: skip
    """Decide one or many sets of answers; prints the decisions as JSON. Every case is taken as finished."""
    from dialogs.cases import CaseRefused, read_cases
    from dialogs.cases import route as decide_case

    library, when = library_of(county), day(on)
    script = script_of(library, when)
    try:
        raw = json.loads(file.read_bytes())
    except OSError:
        raise stop(f"{file.name}: can't be read. Check the path.") from None
    except (ValueError, RecursionError) as error:
        raise stop(f"{file.name}: no valid JSON ({type(error).__name__}: {str(error)[:80]}). Mend the file.") from None
    try:
        cases = read_cases(raw, script, when)
    except CaseRefused as error:
        raise stop(f"{file.name}: {error}.") from None
    decisions = [decide_case(script, id_, answers, when) for id_, answers in cases]
    typer.echo(json.dumps({"decisions": decisions}, ensure_ascii=False, indent=1))


@app.command()
def replay(config: Config = None, as_json: AsJson = False) -> None:
    """Take every stored decision again, by its own script and as of its day. Prints counts, and ids where something differs."""
    from bot.releases import with_released
    from bot.replay import replay as decide_all_again
    from bot.settings import SettingsProblem, read_settings
    from storage import KeyRing, StorageError, open_database

    try:
        settings = read_settings(config)
    except SettingsProblem as problem:
        raise stop(str(problem)) from None
    if not settings.database_url or settings.keys is None:
        raise stop("WEGWEISER_DATABASE_URL and WEGWEISER_KEYS are needed: the database, and the key file that reads it.")
    library = library_of(settings.county or None)
    try:
        database = open_database(settings.database_url, KeyRing.from_file(settings.keys))
    except StorageError as problem:
        raise stop(str(problem)) from None
    try:
        found = decide_all_again(database, with_released(database, library))
    except StorageError as problem:
        raise stop(str(problem)) from None
    finally:
        database.close()
    typer.echo(json.dumps(found.to_json()) if as_json else "\n".join(found.lines()))
    raise typer.Exit(OK if found.clean else FINDINGS)


@show_commands.commands.command("people")
def show_people(county: County = None) -> None:
    """Made-up people: the published distribution beside what was drawn and what the engine made of it."""
    from bot.seed import trial
    from bot.words import Words
    from dialogs.errors import DefinitionError
    from dialogs.people import load_people

    library = library_of(county)
    try:
        people = load_people(library.current(day(None)))
        typer.echo(trial(library, Words.load(library), people, utc_now).table())
    except DefinitionError as error:
        raise stop(str(error)) from None
    typer.echo(f"Quelle: {people.source}" if people.source else "Für diesen Kreis sind keine Zahlen veröffentlicht.")


@app.command()
def chat(county: County = None, lang: Annotated[str | None, typer.Option("--lang")] = None, on: On = None) -> None:
    """The same conversation in a terminal, as it would be on that day. Nothing is kept when it ends."""
    from bot.terminal import chat_in_terminal

    library, when = library_of(county), day(on)
    script_of(library, when)
    if lang is not None and lang not in library.county.languages:
        raise stop(f"no language {lang!r}; there are: {', '.join(library.county.languages)}")
    chat_in_terminal(library, lang, None if on is None else when)


@app.command()
def demo(
    county: County = None,
    folder: Annotated[Path, typer.Option("--folder", help="where the demo keeps its database")] = Path("var/demo"),
    reset: Annotated[bool, typer.Option("--reset", help="begin with fresh made-up people")] = False,
    port: Annotated[
        int, typer.Option("--port", help="of the web chat; dashboard and desk take the next two; 0: whatever is free")
    ] = 8080,
) -> None:
    """Web chat, desk and dashboard on loopback, with made-up screenings and printed logins."""
    from admin.accounts import demo_accounts
    from bot import journal
    from bot.seed import PastClock, settle
    from bot.settings import SettingsProblem, read_settings
    from bot.words import Words
    from dialogs.errors import DefinitionError
    from dialogs.people import load_people
    from storage import KeyRing, StorageError, migrate, open_database

    os.umask(0o077)
    journal.begin(readable=True)
    library = library_of(county)
    try:
        people = load_people(library.current(day(None)))
    except DefinitionError as error:
        raise stop(str(error)) from None
    # The ports are taken before anything is made: a taken one leaves nothing behind, and nobody can take them meanwhile.
    doors = {name: listening("127.0.0.1", port and port + step) for step, name in enumerate(("bot", "admin", "desk"))}
    at = {name: socket.getsockname()[1] for name, socket in doors.items()}
    if reset and folder.exists():
        for name in ("wegweiser.db", "wegweiser.db-wal", "wegweiser.db-shm", "keys.toml"):
            (folder / name).unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    keys, url = folder / "keys.toml", f"sqlite:///{(folder / 'wegweiser.db').absolute()}"
    fresh = not (folder / "wegweiser.db").exists()
    drawn = ""
    try:
        settings = read_settings(
            environment="demo", database_url=url, keys=keys, county=library.county.id, public_url=f"http://127.0.0.1:{at['bot']}",
            bot_port=at["bot"], admin_port=at["admin"], desk_port=at["desk"], host="127.0.0.1",
            # The demo shows the whole conversation in Telegram too; a door to this machine would lead nowhere.
            telegram_mode=os.environ.get("WEGWEISER_TELEGRAM_MODE", "full"),
        )  # fmt: skip
        if not keys.exists():
            KeyRing.create_file(keys)
        migrate(url)
        words = Words.load(library)
        if fresh:
            clock = PastClock(utc_now())
            past = open_database(url, KeyRing.from_file(keys), clock=clock)
            drawn = settle(past, library, words, people, clock).table()
            past.close()
        database = open_database(url, KeyRing.from_file(keys))
        database.reserve_writing()
    except (StorageError, SettingsProblem) as problem:
        raise stop(str(problem)) from None
    password = demo_accounts(database, library.county, people.logins, day(None))

    def logins(*roles: str) -> str:
        return ", ".join(login.name for login in people.logins if login.role in roles)

    staff = f"Anmeldung: {logins('case_manager')}; Regeln: {logins('coordinator')}"
    lines = [
        f"Web-Chat    http://127.0.0.1:{at['bot']}/",
        f"Dashboard   http://127.0.0.1:{at['admin']}/   {staff}",
        f"Schalter    http://127.0.0.1:{at['desk']}/   Anmeldung: {logins('desk')}",
        "            Die Anmeldeseite des Dashboards nennt alle Anmeldungen und ihre Träger.",
        f"Passwort für alle: {password}",
        "Telegram    " + (f"an, Modus {settings.telegram_mode}" if settings.telegram_token else "aus (WEGWEISER_TELEGRAM_TOKEN)"),
        *([f"\nErfundene Menschen ({people.source or 'ohne veröffentlichte Zahlen'}):", drawn, ""] if drawn else []),
        "Nur auf diesem Rechner, nur erfundene Menschen. Beenden mit Strg+C.",
    ]
    run_doors(library, words, settings, database, doors, lines)


@app.command()
def serve(
    part: Annotated[str, typer.Argument(help="bot, admin, desk or all")] = "all", config: Config = None,
    migrate_first: Annotated[bool, typer.Option("--migrate", help="bring the database up to date first")] = False,
) -> None:  # fmt: skip
    """Production. Refuses unsafe settings, naming each one and its remedy."""
    from bot import journal
    from bot.settings import SettingsProblem, read_settings, unsafe
    from storage import KeyRing, StorageError, ledger_beside, migrate, open_database

    if part not in ("bot", "admin", "desk", "all"):
        raise stop(f"{part!r} is none of bot, admin, desk, all")
    try:
        settings = read_settings(config)
    except SettingsProblem as problem:
        raise stop(str(problem)) from None
    # What is written from here on (database, log) is for this user alone.
    os.umask(0o077)
    findings = unsafe(settings, part)
    if findings:
        raise stop("\n".join(findings))
    journal.begin(settings.log_level)
    library = library_of(settings.county)
    words = _words_of(library)
    parts = ("bot", "admin", "desk") if part == "all" else (part,)
    try:
        if migrate_first:
            migrate(settings.database_url)
        # The desk alone gets no keys: it could not read an answer even if it asked for one.
        keys = KeyRing.from_file(settings.keys) if settings.keys is not None and parts != ("desk",) else None
        ledger = ledger_beside(settings.database_url, settings.backups)
        database = open_database(settings.database_url, keys, strict_walls=True, ledger=ledger)
        # A second writer on SQLite is refused here, not with the first answer that can't be kept.
        database.reserve_writing()
    except StorageError as problem:
        raise stop(str(problem)) from None
    ports = {"bot": settings.bot_port, "admin": settings.admin_port, "desk": settings.desk_port}
    lines = [f"{name}: http://{settings.host}:{ports[name]}/" for name in parts]
    doors = {name: listening(settings.host, ports[name]) for name in parts}
    run_doors(library, words, settings, database, doors, lines)


def _words_of(library: Library) -> Words:
    """Every word in every language, or no start: a sentence that is missing would stop a person in the middle of her way."""
    from bot.words import Words
    from locales.errors import CatalogProblem, SourceProblem

    try:
        words = Words.load(library)
    except (CatalogProblem, SourceProblem) as problem:
        raise stop(str(problem)) from None
    missing = [f"{locale}: {gap} has no translation. Run python -m locales.extract and fill it." for locale in words.locales
               for gap in words.gaps(locale)]  # fmt: skip
    if missing:
        raise stop("\n".join(missing))
    return words


def listening(host: str, port: int) -> Socket:
    """A socket on which a door will listen. Port 0 is any free one."""
    import socket

    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except (OSError, OverflowError) as error:
        why = error.strerror if isinstance(error, OSError) else "ports end at 65535"
        raise stop(f"port {port} can't be used ({why}). Choose another one.") from None


def run_doors(
    library: Library, words: Words, settings: Settings, database: Database, doors: dict[str, Socket], lines: list[str]
) -> None:
    """Serve the chosen doors until the process is told to stop; then finish what is under way, and close."""
    import asyncio

    from aiohttp import web

    from bot import journal
    from bot.heap import keep_heap_settled
    from bot.loop import new_loop
    from bot.stopping import Told, drain, in_time

    async def run() -> None:
        told = Told()  # before a door opens: what is let in is also finished
        journal.watch_loop(asyncio.get_running_loop())
        # No access log: it would name addresses and what was asked for. `/metrics` counts by template.
        runners = {
            name: web.AppRunner(application_of(name, library, words, settings, database), access_log=None, shutdown_timeout=1)
            for name in doors
        }
        try:
            for name, runner in runners.items():
                await runner.setup()
                await web.SockSite(runner, doors[name]).start()
            typer.echo("\n".join(lines))
            keep_heap_settled()
            await told.wait()
            in_time()
            await drain([runner.app for runner in runners.values()])
        finally:
            await asyncio.gather(*(runner.cleanup() for runner in runners.values()))

    try:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(run())
    finally:
        database.close()


def application_of(
    name: str, library: Library, words: Words, settings: Settings, database: Database
) -> web.Application:
    """One door. The desk's database is opened a second time, without keys."""
    from storage import open_database

    if name == "bot":
        from bot.app import build_door

        return build_door(database, library, words, settings, clock=utc_now).application
    office = Office(settings, library.county.id, library.county.name)
    if name == "admin":
        from admin.app import build_admin
        from bot.releases import Releases

        application = watched(build_admin(database, words, office), database, settings)
        # The reasons of a released rule book are read in German here, also where the public door runs elsewhere.
        application.cleanup_ctx.append(Releases(database, library, words).running)
        return application
    from admin.desk.app import build_desk

    keyless = open_database(settings.database_url, None) if settings.database_url else database

    async def close(_app: web.Application) -> None:
        if keyless is not database:
            keyless.close()

    application = watched(build_desk(keyless, words, office), keyless, settings, keyless=True)
    application.on_cleanup.append(close)
    return application


def watched(
    application: web.Application, database: Database, settings: Settings, *, keyless: bool = False
) -> web.Application:
    """The office's doors answer `/readyz` and `/metrics` as the public one does, each with its own numbers."""
    from admin.door.health import watched_by
    from bot.readiness import Readiness
    from bot.watch import Watch

    watched_by(application, Watch(database, Readiness(database, keyless=keyless), settings.metrics_token))
    return application


def utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True)
class Office:
    """What the two office doors are told (`admin.settings.OfficeSettings`)."""

    settings: Settings
    kreis: str
    kreis_name: str

    @property
    def public_url(self) -> str:
        return self.settings.public_url

    @property
    def secure_cookies(self) -> bool:
        return self.settings.secure_cookies

    @property
    def desk_telegram_url(self) -> str | None:
        return self.settings.desk_telegram_url

    @property
    def demo(self) -> bool:
        return self.settings.demo


@keys_app.command("create")
def keys_create(file: Path) -> None:
    """Make a new key file that only its owner can read. Keep a copy away from the database."""
    from storage import KeyProblem, KeyRing

    try:
        KeyRing.create_file(file)
    except KeyProblem as problem:
        raise stop(str(problem)) from None
    typer.echo(f"{file}: created. Without this file nobody can read the answers again.")


@app.command()
def doctor(config: Config = None, as_json: AsJson = False) -> None:
    """Fonts, catalogues, keys, database, webhook, clock, disk: each with its state and, if need be, the remedy."""
    from bot.doctor import examine

    findings = examine(config)
    if as_json:
        typer.echo(json.dumps([{"what": f.what, "state": f.state, "remedy": f.remedy} for f in findings], ensure_ascii=False))
    for finding in findings if not as_json else ():
        typer.echo(f"{finding.state:<8} {finding.what}" + (f"\n         -> {finding.remedy}" if finding.remedy else ""))
    raise typer.Exit(FINDINGS if any(finding.state == "fault" for finding in findings) else OK)


def main() -> None:
    app()


if __name__ == "__main__":
    main()
