"""What stands in the way of running well: each thing with its state and, if need be, its remedy. No value is printed."""

from __future__ import annotations

import datetime as dt
import shutil
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.alarms import ALARMS, BACKUP_SECONDS, LEAST_FREE, Seen, judged
from bot.settings import Settings, SettingsProblem, read_settings, unsafe
from bot.words import Words
from dialogs.check import gaps
from dialogs.errors import DefinitionError
from dialogs.load import load_library
from storage import (
    BackupPublicKey,
    KeyRing,
    OutboxFigures,
    StorageError,
    UnitOfWork,
    backup_state,
    open_database,
    outbox_figures,
    overdue,
)  # fmt: skip

OLDEST_BACKUP = dt.timedelta(seconds=BACKUP_SECONDS)


@dataclass(frozen=True)
class Examined:
    """`state`: ok, hint (works, but ...) or fault."""

    what: str
    state: str
    remedy: str = ""


def examine(config: Path | None) -> tuple[Examined, ...]:
    """Everything that can be looked at from this machine. Changes nothing."""
    try:
        settings = read_settings(config)
    except SettingsProblem as problem:
        return tuple(Examined("setting", "fault", line) for line in problem.findings)
    return (
        *_settings(settings), *_definitions(settings), *_keys(settings), *_database(settings), *_clock(), *_disk(settings),
        *_programs(), *_telegram(settings), *_backups(settings),
    )  # fmt: skip


def _settings(settings: Settings) -> Iterator[Examined]:
    findings = unsafe(settings)
    yield from (Examined("setting", "fault", line) for line in findings)
    if not findings:
        yield Examined("settings", "ok")


def _definitions(settings: Settings) -> Iterator[Examined]:
    try:
        library = load_library(settings.county)
    except (DefinitionError, LookupError) as error:
        yield Examined("definitions", "fault", f"{error}")
        return
    yield Examined(f"definitions of {settings.county}", "ok")
    missing = gaps(library.county)
    if missing:
        yield Examined(f"{len(missing)} Stellen without contact", "hint", "enter them in services.toml before real use")
    words = Words.load(library)
    for locale in words.locales:
        lacking = words.gaps(locale)
        if lacking:
            yield Examined(f"catalogue {locale}: {len(lacking)} texts missing", "fault", "run python -m locales.extract")
        elif words.is_draft(locale):
            yield Examined(f"catalogue {locale}", "hint", "complete, but not checked by a native speaker (review.toml)")
        else:
            yield Examined(f"catalogue {locale}", "ok")


def _keys(settings: Settings) -> Iterator[Examined]:
    if settings.keys is None:
        return
    try:
        KeyRing.from_file(settings.keys)
    except StorageError as problem:
        yield Examined("keys", "fault", str(problem))
    else:
        yield Examined("keys", "ok")


def _database(settings: Settings) -> Iterator[Examined]:
    if not settings.database_url or settings.keys is None:
        return
    try:
        database = open_database(settings.database_url, KeyRing.from_file(settings.keys))
    except StorageError as problem:
        yield Examined("database", "fault", str(problem))
        return

    def look(uow: UnitOfWork) -> tuple[OutboxFigures, tuple[str, ...], bool]:
        return outbox_figures(uow), overdue(uow), uow.audit.first_bad() is not None

    try:
        figures, late, broken = database.read_now(look)
    except StorageError as problem:
        yield Examined("database", "fault", str(problem))
        return
    finally:
        database.close()
    yield Examined("database", "ok")
    waited = 0.0 if figures.oldest is None else (dt.datetime.now(dt.UTC) - figures.oldest).total_seconds()
    yield from _raised(Seen(oldest=waited, dead=figures.dead, overdue=late, audit_broken=broken))


def _raised(seen: Seen) -> Iterator[Examined]:
    """The alarms that the running program would raise (`bot/alarms.py`), in the same words."""
    for name, detail in judged(seen).items():
        if detail:
            yield Examined(f"alarm {name}: {ALARMS[name].what} ({detail})", "fault", ALARMS[name].remedy)


def _backups(settings: Settings) -> Iterator[Examined]:
    if settings.backups is None or settings.backup_key is None:
        yield Examined("backups", "hint", "none are made; set WEGWEISER_BACKUPS and WEGWEISER_BACKUP_KEY (see betrieb.md)")
        return
    try:
        BackupPublicKey.from_file(settings.backup_key)
        newest = backup_state(settings.backups)
    except StorageError as problem:
        yield Examined("backups", "fault", str(problem))
        return
    if newest is None:
        yield Examined("backups", "fault", "there is none yet; run `wegweiser backup run`, its message says what is wrong")
    elif dt.datetime.now(dt.UTC) - newest > OLDEST_BACKUP:
        yield Examined("backups", "fault", f"the newest is of {newest:%Y-%m-%d %H:%M} UTC; run `wegweiser backup run`")
    else:
        yield Examined("backups", "ok")


def _clock() -> Iterator[Examined]:
    if dt.datetime.now(dt.UTC).year < 2026:
        yield Examined("clock", "fault", "the machine's clock is wrong; set it, dates of the law depend on it")
    else:
        yield Examined("clock", "ok")


def _disk(settings: Settings) -> Iterator[Examined]:
    url = settings.database_url
    place = Path(url.removeprefix("sqlite:///")).parent if url.startswith("sqlite") else Path()
    if place.exists() and shutil.disk_usage(place).free < LEAST_FREE:
        yield Examined("disk", "fault", "less than 500 MB are free; make room")
    else:
        yield Examined("disk", "ok")


def _programs() -> Iterator[Examined]:
    fonts = any(Path("/usr/share/fonts").rglob("NotoSansArabic*")) if Path("/usr/share/fonts").exists() else False
    yield Examined("fonts", "ok" if fonts else "hint", "" if fonts else "optional for screenshots and prints: fonts-noto-core")
    for name, package in (("chromium", "chromium"), ("postgres", "postgresql")):
        found = shutil.which(name) or any(Path("/usr/lib/postgresql").glob("*/bin/postgres") if name == "postgres" else ())
        yield Examined(name, "ok" if found else "hint", "" if found else f"optional, for the tests: Debian package {package}")


def _telegram(settings: Settings) -> Iterator[Examined]:
    if not settings.telegram_token:
        yield Examined("Telegram", "hint", "off; set WEGWEISER_TELEGRAM_TOKEN to switch it on")
        return
    import json
    import urllib.error
    import urllib.request

    address = f"{settings.telegram_api}/bot{settings.telegram_token}/getWebhookInfo"
    try:
        with urllib.request.urlopen(address, timeout=5, context=_context(address)) as answer:  # noqa: S310 - the operator's own setting
            info = json.load(answer)["result"]
    except urllib.error.HTTPError as refused:
        yield from _raised(Seen(trouble=f"HTTP {refused.code}"))
        return
    except (OSError, ValueError, KeyError):
        yield Examined("Telegram", "fault", "the Bot API does not answer; check token, network and WEGWEISER_TELEGRAM_API")
        return
    waiting, failed = int(info.get("pending_update_count", 0)), info.get("last_error_date")
    ago = None if failed is None else max(dt.datetime.now(dt.UTC).timestamp() - failed, 0.0)
    raised = tuple(_raised(Seen(pending=waiting, hook_failed=ago)))
    yield from raised
    if raised:
        return
    if settings.telegram_by_webhook and not info.get("url"):
        yield Examined("Telegram webhook", "fault", "no webhook is set; start `wegweiser serve bot`")
    else:
        yield Examined(f"Telegram, {waiting} updates waiting", "ok")


def _context(address: str) -> ssl.SSLContext | None:
    return ssl.create_default_context() if address.startswith("https") else None
