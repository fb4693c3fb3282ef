"""A database of a newer program: whatever the older one is asked to do, it refuses with a clear word and writes nothing."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from storage import KeyRing, NewerDatabase, migrate, open_database
from storage.migrating import downgrade, upgrade
from tests.postgres import _programs
from tests.storage.migrations.databases import Place, SqlitePlace, alone, file_of, frozen_revisions, key_file
from tests.storage.raw import execute
from wegweiser import app

FUTURE = "9999"
REFUSAL = r"'9999'.*not touched.*Install the newer version"
SECRET = "x" * 40

COMMANDS: dict[str, list[str]] = {
    "serve": ["serve"],
    "serve bot": ["serve", "bot"],
    "serve desk": ["serve", "desk"],
    "serve --migrate": ["serve", "--migrate"],
    "replay": ["replay"],
    "doctor": ["doctor"],
    "backup run": ["backup", "run"],
}


def there_is(words: list[str]) -> bool:
    """Whether this program has the command: some of them come from elsewhere."""
    group = typer.main.get_command(app)
    for word in words:
        commands = getattr(group, "commands", {})
        if word.startswith("-") or not commands:
            return True
        if word not in commands:
            return False
        group = commands[word]
    return True


@pytest.fixture
def newer(place: Place, tmp_path: Path) -> str:
    url = place.frozen(frozen_revisions()[-1])
    migrate(url)
    open_database(url, KeyRing.from_file(key_file(tmp_path))).close()
    execute(url, "UPDATE alembic_version SET version_num = ?", FUTURE)
    execute(url, "CREATE TABLE of_the_future (x INTEGER)")
    alone(url)
    return url


def content(url: str) -> object:
    """Every byte: of the file and of the log beside it, or of the dump."""
    if url.startswith("sqlite"):
        file = file_of(url)
        logs = [file.with_name(file.name + end) for end in ("-wal", "-journal")]
        # A log without a byte says nothing; the shared memory beside it is no part of the database.
        return [hashlib.sha256(path.read_bytes()).hexdigest() for path in (file, *logs) if path.exists() and path.stat().st_size]
    dump = subprocess.run([_programs() / "pg_dump", url], check=True, capture_output=True, text=True).stdout
    return [line for line in dump.splitlines() if not line.startswith("\\")]


def refused(action: Callable[[], object]) -> None:
    with pytest.raises(NewerDatabase, match=REFUSAL):
        action()


def test_nothing_in_the_storage_touches_it(newer: str, tmp_path: Path) -> None:
    before = content(newer)
    keys = KeyRing.from_file(key_file(tmp_path))
    refused(lambda: migrate(newer))
    refused(lambda: upgrade(newer, "0001"))
    refused(lambda: downgrade(newer, "0001"))
    refused(lambda: open_database(newer, keys))
    refused(lambda: open_database(newer, None))
    assert content(newer) == before


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_touches_it(command: str, newer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not there_is(COMMANDS[command]):
        assert command.startswith("backup"), "a command that was there is not found"
        return
    before = content(newer)
    result = called(command, newer, tmp_path, monkeypatch)
    said = result.output
    if command.startswith("backup") and result.exit_code == 0:
        # A copy of what one can't read is still a copy; whoever has updated too early may need it. But nothing more.
        assert content(newer) == before
        return
    assert result.exit_code not in (0, None)
    assert "'9999'" in said and "Install the newer version" in said and "Traceback" not in said, said
    assert content(newer) == before


def called(command: str, url: str, folder: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    for name in [name for name in os.environ if name.startswith("WEGWEISER_")]:
        monkeypatch.delenv(name)
    settings = {
        "DATABASE_URL": url,
        "KEYS": str(key_file(folder)),
        "COUNTY": "mettmann",
        "PUBLIC_URL": "https://wegweiser.invalid",
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"WEGWEISER_{name}", value)
    if command.startswith("backup"):
        public, private = folder / "public", folder / "private"
        assert CliRunner().invoke(app, ["backup", "keys", str(public), str(private)]).exit_code == 0
        monkeypatch.setenv("WEGWEISER_BACKUP_KEY", str(public))
        monkeypatch.setenv("WEGWEISER_BACKUPS", str(folder))
    mask = os.umask(0)
    try:
        return CliRunner().invoke(app, COMMANDS[command])
    finally:
        os.umask(mask)


@pytest.mark.parametrize("command", ["serve", "serve bot", "serve desk", "replay"])
@pytest.mark.parametrize("revision", [None, *frozen_revisions()[:-1]])
def test_serving_what_was_not_migrated_is_refused_with_the_remedy(
    command: str, revision: str | None, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = place.blank() if revision is None else place.frozen(revision)
    before = content(url) if revision else None
    result = called(command, url, tmp_path, monkeypatch)
    assert result.exit_code == 2
    assert "Make a backup, then run: wegweiser serve --migrate" in result.output and "Traceback" not in result.output
    # The older program's own database may get the journal that ours writes; a newer one may not even get that.
    if revision is None and isinstance(place, SqlitePlace):
        assert not file_of(url).exists()
    elif before and not isinstance(place, SqlitePlace):
        assert content(url) == before


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
def test_a_crashed_newer_program_left_its_log_and_finds_it_again(journal: str, tmp_path: Path) -> None:
    """Its last word, the new revision, may still stand in the log only: then the file alone looks like ours."""
    place = SqlitePlace(tmp_path)
    url = place.frozen(frozen_revisions()[-1])
    migrate(url)
    crashing = (
        "import os, sqlite3, sys\nconnection = sqlite3.connect(sys.argv[1])\n"
        f"connection.execute('PRAGMA journal_mode={journal}')\nconnection.execute('PRAGMA wal_autocheckpoint=0')\n"
        f"connection.execute(\"UPDATE alembic_version SET version_num = '{FUTURE}'\")\nconnection.commit()\n"
        "os._exit(0)\n"  # without closing
    )
    subprocess.run([sys.executable, "-c", crashing, file_of(url)], check=True, timeout=60)
    before = content(url)
    assert isinstance(before, list) and len(before) == (2 if journal == "WAL" else 1)
    keys = KeyRing.from_file(key_file(tmp_path))
    for action in (lambda: migrate(url), lambda: open_database(url, keys), lambda: open_database(url, None)):
        refused(action)
        assert content(url) == before
