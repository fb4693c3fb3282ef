"""What can go wrong while a backup is restored: it says so, and nothing half done is left or taken for a database."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from storage import (
    BackupProblem,
    BackupPublicKey,
    Database,
    DatabaseNotMigrated,
    KeyProblem,
    KeyRing,
    StorageError,
    backup_sqlite,
    create_backup_keys,
)
from storage.backup_file import Sealed, Sealing
from storage.backup_header import SQLITE, Header
from storage.backup_target import target
from storage.migrating import downgrade
from storage.revisions import known
from tests.backup.conftest import Installation
from tests.backup.killing import killed, run_code
from tests.storage.people import hand_over
from tests.storage.raw import execute
from tests.test_commands import run


def is_empty(into: str) -> bool:
    """The place is as it was before."""
    if "://" in into:
        found = execute(into, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        functions = execute(into, "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
        return found == functions == [(0,)]
    return not Path(into).exists()


def url_of(into: str) -> str:
    return into if "://" in into else f"sqlite:///{into}/wegweiser.db"


@pytest.fixture
def backup(installation: Installation, live: Database) -> Path:
    """A backup, and one person of it erased since."""
    handed = [live.write_now(hand_over) for _ in range(3)]
    made = installation.backup()
    live.write_now(lambda uow: uow.persons.erase(handed[0].person, "asked"))
    live.close()
    return made.sealed.path


def command(installation: Installation, backup: Path, into: str) -> list[str]:
    return ["backup", "restore", str(backup), "--private", str(installation.private), "--into", into, "--ledger",
            str(installation.ledger)]  # fmt: skip


def test_the_command_restores_and_says_what_is_missing(installation: Installation, backup: Path) -> None:
    into = installation.fresh()
    done = run(*command(installation, backup, into), **installation.settings)
    assert done.returncode == 0, done.stderr
    for said in ("1 erased again", "data keys open", "RPO", "Hand-over codes", "hand-overs as of then: 2 waiting, 1 withdrawn"):
        assert said in done.stdout
    settings = installation.settings | {"WEGWEISER_DATABASE_URL": url_of(into)}
    audit = run("audit", "verify", **settings)
    assert audit.returncode == 0 and "1 rows, whole" in audit.stdout
    again = run(*command(installation, backup, into), **installation.settings)
    assert again.returncode == 1 and "not overwritten" in again.stderr and again.stderr.count("\n") == 1


def test_without_a_ledger_it_is_refused_unless_somebody_says_so(on_sqlite: Installation) -> None:
    backup, into = on_sqlite.backup().sealed.path, on_sqlite.fresh()
    words = command(on_sqlite, backup, into)[:-2]
    refused = run(*words, **on_sqlite.settings)
    assert refused.returncode == 2 and "--without-ledger" in refused.stderr and is_empty(into)
    said = run(*words, "--without-ledger", "--json", **on_sqlite.settings)
    assert said.returncode == 0 and '"erased_again": null' in said.stdout
    both = run(*words, "--without-ledger", "--ledger", "x", **on_sqlite.settings)
    assert both.returncode == 2


def test_what_is_there_is_never_overwritten(installation: Installation, backup: Path) -> None:
    before = execute(installation.url, "SELECT count(*) FROM session")
    with pytest.raises(BackupProblem, match="not overwritten"):
        installation.restore(backup, installation.url)
    assert execute(installation.url, "SELECT count(*) FROM session") == before
    into = installation.fresh()
    if "://" in into:
        execute(into, "CREATE TABLE somebody_elses (x int)")
    else:
        Path(into).mkdir()
        (Path(into) / "wegweiser.db").write_bytes(b"somebody else's")
    with pytest.raises(BackupProblem, match="not overwritten"):
        installation.restore(backup, into)
    if "://" in into:
        assert execute(into, "SELECT count(*) FROM somebody_elses") == [(0,)]
    else:
        assert (Path(into) / "wegweiser.db").read_bytes() == b"somebody else's" and len(list(Path(into).iterdir())) == 1


@pytest.mark.parametrize("what", ["truncated", "flipped", "wrong private key", "wrong keys", "missing epoch", "wrong kind"])
def test_a_restore_that_can_not_be_right_leaves_nothing(installation: Installation, backup: Path, what: str) -> None:
    into, changes = installation.fresh(), dict[str, Any]()
    raw = backup.read_bytes()
    if what == "truncated":
        backup.write_bytes(raw[: len(raw) * 2 // 3])
    elif what == "flipped":
        backup.write_bytes(raw[:-100] + bytes([raw[-100] ^ 1]) + raw[-99:])
    elif what == "wrong private key":
        create_backup_keys(installation.home / "p", installation.home / "q")
        changes["private"] = installation.home / "q"
    elif what == "wrong keys":
        KeyRing.create_file(installation.home / "other.toml")
        changes["keys"] = installation.home / "other.toml"
    elif what == "missing epoch":
        other = installation.home / "other.toml"
        other.write_text(installation.keys.read_text().replace('\n1 = "', '\n2 = "'))
        other.chmod(0o600)
        changes["keys"] = other
    else:
        into = str(installation.home / "elsewhere") if "://" in into else "postgresql://postgres@127.0.0.1:1/none"
    with pytest.raises(StorageError):
        installation.restore(backup, into, **changes)
    assert (what == "wrong kind" and "://" in into) or is_empty(into)
    if what in ("wrong keys", "missing epoch"):
        with pytest.raises(KeyProblem):
            installation.restore(backup, into, **changes)


def test_a_changed_audit_log_a_strange_key_and_lost_rows_are_found(installation: Installation, live: Database) -> None:
    handed = live.write_now(hand_over)
    nobody = dict.fromkeys(("staff_id", "traeger", "object_type", "object_id"))
    for action in "abc":
        live.write_now(lambda uow, action=action: uow.audit.note(action, **nobody))
    on = "" if installation.url.startswith("sqlite") else " ON audit"
    into = installation.fresh()
    execute(installation.url, "UPDATE data_key SET subject_id = ? WHERE subject_id = ?", "f" * 32, handed.person)
    with pytest.raises(BackupProblem, match="1 of 2 data keys can't be opened"):
        installation.restore(installation.backup().sealed.path, into)
    assert is_empty(into)
    execute(installation.url, "UPDATE data_key SET subject_id = ? WHERE subject_id = ?", handed.person, "f" * 32)
    execute(installation.url, f"DROP TRIGGER audit_append_only{on}")
    execute(installation.url, "UPDATE audit SET action = 'x' WHERE action = 'b'")
    with pytest.raises(BackupProblem, match="audit log was changed at row 2"):
        installation.restore(installation.backup().sealed.path, into)
    assert is_empty(into)
    settings = installation.settings
    live.close()
    audit = run("audit", "verify", **settings)
    assert audit.returncode == 1 and "row 2" in audit.stdout


def resealed(installation: Installation, sealed: Sealed, plain: bytes, **changes: Any) -> Path:
    """Somebody with the public key seals something else: as good a file, with another content."""
    public = BackupPublicKey.from_file(installation.public)
    old = sealed.header
    values = {name: getattr(old, name) for name in Header.__dataclass_fields__} | changes
    path = installation.home / "resealed.backup"
    with path.open("wb") as file:
        sealing = Sealing(file, Header(**values), public)
        sealing.write(plain)
        sealing.finish()
    return path


def test_a_newer_revision_is_refused_before_anything_is_touched(installation: Installation, backup: Path) -> None:
    into = installation.fresh()
    path = resealed(installation, Sealed.look(backup), b"x", revision="9999")
    with pytest.raises(BackupProblem, match=r"9999.*Install the newer version"):
        installation.restore(path, into)
    assert is_empty(into)


def test_content_that_is_not_what_the_header_says_is_refused(on_sqlite: Installation) -> None:
    sealed = on_sqlite.backup().sealed
    raw = Path(on_sqlite.url.removeprefix("sqlite:///")).read_bytes()
    for plain, changes, said in (
        (b"no database at all" * 1000, {}, "no sound database"),
        (raw, {"counts": {**sealed.header.counts, "chat": 7}}, "rows are missing or too many in chat"),
        (raw[: len(raw) // 2], {}, "database"),
    ):
        path = resealed(on_sqlite, sealed, plain, kind=SQLITE, **changes)
        into = on_sqlite.fresh()
        with pytest.raises(BackupProblem, match=said):
            on_sqlite.restore(path, into)
        assert is_empty(into)


def test_an_older_revision_is_brought_up(installation: Installation) -> None:
    older = known()[0]
    installation.opened().close()
    downgrade(installation.url, older)
    made = installation.backup()
    assert made.sealed.header.revision == older
    into = installation.fresh()
    told = installation.restore(made.sealed.path, into)
    assert (told.revision_then, told.revision_now) == (older, known()[-1])
    installation.opened(url_of(into)).close()


KILLS = ["fill", "erase_again", "finish"]


@pytest.mark.parametrize("at", KILLS)
def test_killed_in_the_middle_nobody_takes_it_for_a_database_and_the_next_try_succeeds(
    installation: Installation, backup: Path, at: str
) -> None:
    into = installation.fresh()
    owner = "_SqliteFile" if installation.url.startswith("sqlite") else "_PostgresDatabase"
    point = f"backup_target:{owner}.{at}" if at in ("fill", "finish") else f"backup_restore:{at}"
    killed(command(installation, backup, into), installation.settings, point)
    with pytest.raises(DatabaseNotMigrated):
        installation.opened(url_of(into))
    told = installation.restore(backup, into)
    assert told.erased_again == 1
    installation.opened(url_of(into)).close()
    if "://" not in into:
        assert all(path.name.startswith("wegweiser.db") for path in Path(into).iterdir())


@pytest.mark.postgres
def test_a_half_restored_database_is_refused_by_name(on_postgres: Installation) -> None:
    file, into = on_postgres.backup().sealed.path, on_postgres.fresh()
    killed(command(on_postgres, file, into), on_postgres.settings, "backup_restore:end_old_messages")
    with pytest.raises(DatabaseNotMigrated, match="not finished"):
        on_postgres.opened(into)


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
sys.argv = ["wegweiser", *{words!r}]
import wegweiser
wegweiser.main()
"""


def test_a_full_disk_leaves_nothing(on_sqlite: Installation) -> None:
    backup, into = on_sqlite.backup().sealed.path, on_sqlite.fresh()
    ended = run_code(LIMITED.format(words=command(on_sqlite, backup, into)), on_sqlite.settings)
    assert ended.returncode == 1 and "Make room" in ended.stderr and "Traceback" not in ended.stderr
    assert is_empty(into)


def test_two_restores_at_once_into_one_place(on_sqlite: Installation) -> None:
    backup, into = on_sqlite.backup().sealed.path, on_sqlite.fresh()
    with target(into), pytest.raises(BackupProblem, match="another restore"):
        on_sqlite.restore(backup, into)
    assert on_sqlite.restore(backup, into).erased_again == 0


def test_the_copy_is_one_moment_though_somebody_writes_all_the_time(
    on_sqlite: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two rows are always changed together; the copy is made one page at a time while that goes on."""
    live = on_sqlite.opened()
    day = on_sqlite.clock().date()
    monkeypatch.setattr(backup_sqlite, "PAGES", 1)
    told = threading.Event()

    def both(uow: Any) -> None:
        for name in ("left", "right"):
            uow.counters.add(name, day, "mettmann")
        hand_over(uow)

    def writes() -> None:
        while not told.is_set():
            live.write_now(both)

    writer = threading.Thread(target=writes)
    writer.start()
    try:
        made = on_sqlite.backup()
    finally:
        told.set()
        writer.join(30)
    live.close()
    into = on_sqlite.fresh()
    on_sqlite.restore(made.sealed.path, into)
    raw = sqlite3.connect(f"{into}/wegweiser.db")
    counts = [row[0] for row in raw.execute("SELECT n FROM counter WHERE name IN ('left', 'right')")]
    people = raw.execute("SELECT count(*) FROM person").fetchone()[0]
    raw.close()
    assert len(set(counts)) <= 1 and (counts or [0])[0] == people
