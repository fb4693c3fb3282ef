"""What can go wrong while a backup is made: it says so, ends with 1, and leaves nothing half done."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import stat
from pathlib import Path

import pytest

from storage import BackupProblem, Database, KeyProblem, StorageError, backup_state, run_backup, shelf
from storage import backup_postgres as postgres
from storage.backup_shelf import KEPT, one_at_a_time
from tests.backup.conftest import Installation
from tests.backup.killing import killed, run_code
from tests.storage.people import hand_over
from tests.test_commands import run

LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, ({most}, {most}))
sys.argv = ["wegweiser", "backup", "run"]
import wegweiser
wegweiser.main()
"""


def names(installation: Installation) -> list[str]:
    """Everything that a backup could leave behind: in its folder and beside the database."""
    beside = [path.name for path in installation.home.iterdir() if path.is_file()]
    return sorted(beside + [path.name for path in installation.folder.iterdir() if path.name != ".lock"])


def fill(live: Database, size: int) -> None:
    """Something of this size, that does not compress."""
    payload = {"rows": [["S", os.urandom(size // 2).hex()]], "decision": {}, "contact": ""}
    live.write_now(lambda uow: hand_over(uow, payload=payload))


def is_sqlite(installation: Installation) -> bool:
    return installation.url.startswith("sqlite")


def test_the_command_makes_lists_and_verifies_beside_the_running_program(installation: Installation, live: Database) -> None:
    live.write_now(hand_over)  # this process holds the writer's lock from now on
    made = run("backup", "run", **installation.settings)
    assert made.returncode == 0, made.stderr
    (path,) = installation.folder.glob("*.backup")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and str(path) in made.stdout
    listed = run("backup", "list", **installation.settings)
    assert listed.returncode == 0 and path.name in listed.stdout
    plain = run("backup", "verify", str(path))
    assert plain.returncode == 0 and "not opened" in plain.stdout and "revision" in plain.stdout
    opened = run("backup", "verify", str(path), "--private", str(installation.private))
    assert opened.returncode == 0 and "every piece opens" in opened.stdout
    live.write_now(hand_over)


def test_a_full_disk_leaves_no_backup_and_says_so(installation: Installation, live: Database) -> None:
    fill(live, 400_000)
    live.close()
    before = names(installation)
    limits = [200_000]
    if is_sqlite(installation):  # the copy fits, what is sealed doesn't any more
        limits.append(Path(installation.url.removeprefix("sqlite:///")).stat().st_size + 1000)
    for most in limits:
        ended = run_code(LIMITED.format(most=most), installation.settings)
        assert ended.returncode == 1 and "Traceback" not in ended.stderr, ended.stderr
        assert "disk" in ended.stderr or "Make room" in ended.stderr
        assert names(installation) == before


@pytest.mark.parametrize(
    "at", ["backup_contents:contents", "backup_file:Sealing._piece", "backup_file:Sealing.finish", "backup_shelf:sync_folder"]
)
def test_killed_in_the_middle_no_backup_appears_and_the_next_one_clears_up(
    installation: Installation, live: Database, at: str
) -> None:
    live.write_now(hand_over)
    live.close()
    before = names(installation)
    if at == "backup_contents:contents":
        at = "backup_sqlite:contents" if is_sqlite(installation) else "backup_postgres:contents"
    killed(["backup", "run"], installation.settings, at)
    whole, bad = shelf(installation.folder)
    assert not bad
    # After the rename the backup is there, whole; before it nothing looks like one.
    assert len(whole) == (at == "backup_shelf:sync_folder")
    for sealed in whole:
        sealed.check_digest()
    installation.backup()
    left = [name for name in names(installation) if name not in before]
    assert all(name.endswith(".backup") for name in left) and len(left) == len(whole) + 1


def test_a_folder_that_can_not_be_written_is_named(installation: Installation, live: Database) -> None:
    (installation.home / "file").touch()
    settings = installation.settings | {"WEGWEISER_BACKUPS": str(installation.home / "file" / "below")}
    ended = run("backup", "run", **settings)
    assert ended.returncode == 1 and "WEGWEISER_BACKUPS" in ended.stderr and ended.stderr.count("\n") == 1


def test_two_at_once_the_second_waits_for_nobody(installation: Installation, live: Database) -> None:
    with one_at_a_time(installation.folder), pytest.raises(BackupProblem, match="another backup"):
        installation.backup()
    installation.backup()


def test_missing_settings_are_named_all_at_once() -> None:
    ended = run("backup", "run")
    assert ended.returncode == 2
    assert all(name in ended.stderr for name in ("WEGWEISER_DATABASE_URL", "WEGWEISER_BACKUPS", "WEGWEISER_BACKUP_KEY"))


def test_the_private_half_is_refused_on_the_server(installation: Installation, live: Database) -> None:
    with pytest.raises(KeyProblem, match="Take it off this machine"):
        run_backup(installation.url, installation.private, installation.folder, county="", now=installation.clock())


def test_a_database_that_is_none_of_ours_is_not_backed_up(installation: Installation, live: Database) -> None:
    into = installation.fresh()
    url = into if "://" in into else f"sqlite:///{installation.home}/other.db"
    if "://" not in into:
        sqlite3.connect(installation.home / "other.db").execute("CREATE TABLE x (y)").connection.close()
    with pytest.raises(BackupProblem, match="none of this program"):
        run_backup(url, installation.public, installation.folder, county="", now=installation.clock())
    assert not list(installation.folder.glob("*.backup*"))


def test_a_damaged_database_is_not_taken_for_a_backup(on_sqlite: Installation) -> None:
    live = on_sqlite.opened()
    fill(live, 200_000)
    live.close()
    file = Path(on_sqlite.url.removeprefix("sqlite:///"))
    raw = bytearray(file.read_bytes())
    for page in range(20, len(raw) // 4096, 3):
        raw[page * 4096 : page * 4096 + 64] = os.urandom(64)
    file.write_bytes(raw)
    with pytest.raises(BackupProblem, match="damaged"):
        on_sqlite.backup()
    assert not list(on_sqlite.folder.glob("*.backup*")) and not list(on_sqlite.home.glob("*copy*"))


def test_an_index_that_does_not_fit_its_table_is_found(on_sqlite: Installation) -> None:
    """Every row can be counted and every reference holds; only looking through the whole file shows it."""
    live = on_sqlite.opened()
    live.write_now(lambda uow: uow.counters.add("a", on_sqlite.clock().date(), "mettmann"))
    live.close()
    raw = sqlite3.connect(on_sqlite.url.removeprefix("sqlite:///"))
    raw.execute("PRAGMA writable_schema=ON")
    changed = raw.execute("UPDATE sqlite_master SET sql = replace(sql, '(day)', '(kreis)') WHERE name = 'ix_counter_day'")
    assert changed.rowcount == 1
    raw.commit()
    raw.close()
    with pytest.raises(BackupProblem, match="integrity_check"):
        on_sqlite.backup()


def test_loose_rows_are_found_before_anything_is_sealed(on_sqlite: Installation) -> None:
    live = on_sqlite.opened()
    live.write_now(hand_over)
    live.close()
    raw = sqlite3.connect(on_sqlite.url.removeprefix("sqlite:///"))
    raw.execute("DELETE FROM chat")
    raw.commit()
    raw.close()
    with pytest.raises(BackupProblem, match="refer to nothing"):
        on_sqlite.backup()


# -- PostgreSQL's programs -----------------------------------------------------------------------------------------------


@pytest.mark.postgres
def test_a_missing_program_is_named_with_its_package(
    on_postgres: Installation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(postgres, "PLACES", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupProblem, match=r"pg_dump for PostgreSQL \d+ is missing\. Install it .*postgresql-client-\d+"):
        on_postgres.backup()
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n")
    old.chmod(0o755)
    with pytest.raises(BackupProblem, match="there is 9"):
        on_postgres.backup()
    assert not list(on_postgres.folder.glob("*.backup*"))


@pytest.mark.postgres
def test_the_password_is_in_no_list_of_processes(
    on_postgres: Installation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real = postgres.program("pg_dump", 1), postgres.program("pg_restore", 1)
    for path in real:
        name = Path(path).name
        spy = tmp_path / name
        seen = tmp_path / name
        look = f'tr "\\0" " " </proc/$$/cmdline >>{seen}.words; env >>{seen}.environ'
        spy.write_text(f'#!/bin/sh\n[ "$1" = --version ] || {{ {look}; }}\nexec {path} "$@"\n')
        spy.chmod(0o755)
    monkeypatch.setattr(postgres, "PLACES", ())
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("WEGWEISER_TELEGRAM_TOKEN", "1:token-that-is-none-of-its-business")
    url = on_postgres.url.replace("postgres@", "postgres:Kanarien%2Fvogel@")
    made = run_backup(url, on_postgres.public, on_postgres.folder, county="", now=on_postgres.clock())
    into = on_postgres.fresh()
    on_postgres.restore(made.sealed.path, into.replace("postgres@", "postgres:Kanarien%2Fvogel@"))
    for name in ("pg_dump", "pg_restore"):
        words = (tmp_path / f"{name}.words").read_text()
        assert "--no-password" in words and "Kanarien" not in words
        environ = (tmp_path / f"{name}.environ").read_text()
        assert "PGPASSWORD=Kanarien/vogel" in environ and "token-that-is" not in environ
    bad = on_postgres.url.replace("postgres@", "nobody-here:Kanarien%2Fvogel@")
    with pytest.raises(StorageError) as caught:
        run_backup(bad, on_postgres.public, on_postgres.folder, county="", now=on_postgres.clock())
    assert "Kanarien" not in str(caught.value)


# -- how long they are kept ----------------------------------------------------------------------------------------------


def test_what_is_older_than_35_days_goes_but_never_the_newest(installation: Installation, live: Database) -> None:
    clock = installation.clock
    first = installation.backup().sealed.path
    clock.forward(days=20)
    second = installation.backup().sealed.path
    clock.forward(days=15)
    assert installation.backup().removed == ()
    clock.forward(seconds=1)
    assert installation.backup().removed == (first,) and second.exists()
    for path in installation.folder.glob("*.backup"):
        if path != second:
            path.unlink()
    clock.now += KEPT * 2
    with pytest.raises(BackupProblem):
        run_backup("sqlite:////nowhere/at/all.db", installation.public, installation.folder, county="", now=clock())
    assert second.exists(), "an old one is better than none"
    third = installation.backup()
    assert third.removed == (second,) and backup_state(installation.folder) == clock()


def test_old_ones_go_also_when_no_new_one_can_be_made(installation: Installation, live: Database) -> None:
    old = installation.backup().sealed.path
    installation.clock.forward(days=30)
    newest = installation.backup().sealed.path
    installation.clock.forward(days=10)
    with pytest.raises(BackupProblem):
        run_backup("sqlite:////nowhere/at/all.db", installation.public, installation.folder, county="", now=installation.clock())
    assert not old.exists() and newest.exists()


def test_the_state_of_a_folder_is_when_the_newest_was_made(installation: Installation, live: Database, tmp_path: Path) -> None:
    assert backup_state(tmp_path / "none") is None and backup_state(installation.folder) is None
    installation.backup()
    at = installation.clock()
    (installation.folder / "wegweiser-20991231T000000.backup").write_bytes(b"rubbish")
    assert backup_state(installation.folder) == at
    whole, bad = shelf(installation.folder)
    assert len(whole) == 1 and [path.name for path in bad] == ["wegweiser-20991231T000000.backup"]
    listed = run("backup", "list", **installation.settings)
    assert listed.returncode == 1 and "damaged" in listed.stdout
    assert at.tzinfo is dt.UTC
