"""The erasure ledger: it lacks nobody, whatever happens between the commit and the file."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from storage import BackupProblem, Database, KeyRing, Ledger, LedgerProblem, reconcile
from storage.ledger import Erased, read_ledger
from storage.ledger_upkeep import erased_since
from tests.backup.conftest import Installation
from tests.conftest import NOON
from tests.storage.people import begin, hand_over

ROOT = Path(__file__).parents[2]


def erase_one(database: Database) -> str:
    handed = database.write_now(hand_over)
    database.write_now(lambda uow: uow.persons.erase(handed.person, "asked"))
    return handed.person


def entry(number: int) -> Erased:
    return Erased(number.to_bytes(16, "big"), "asked", NOON)


def test_an_erasure_stands_in_the_file_when_it_is_acknowledged(installation: Installation, live: Database) -> None:
    person = erase_one(live)
    (entry_,) = read_ledger(installation.ledger)
    assert entry_.mark == KeyRing.from_file(installation.keys).ledger(person) and entry_.reason == "asked"
    raw = installation.ledger.read_text()
    assert person not in raw and "mettmann" not in raw and raw.count("\n") == 1
    assert installation.ledger.stat().st_mode & 0o777 == 0o600


def test_a_step_that_fails_erases_nobody_in_the_file_either(installation: Installation, live: Database) -> None:
    handed = live.write_now(hand_over)

    def fails(uow: object) -> None:
        uow.persons.erase(handed.person, "asked")  # type: ignore[attr-defined]
        raise LookupError

    with pytest.raises(LookupError):
        live.write_now(fails)
    assert read_ledger(installation.ledger) == []


def test_a_crash_between_commit_and_file_loses_nothing(installation: Installation, live: Database) -> None:
    """The child dies right after the commit, before its word reaches the file."""
    live.close()
    child = f"""
import os, signal
from storage import KeyRing, open_database
from storage.ledger import Ledger
from tests.storage.people import hand_over
from pathlib import Path
Ledger.append = lambda self, erased: os.kill(os.getpid(), signal.SIGKILL)
keys, ledger = KeyRing.from_file({str(installation.keys)!r}), Path({str(installation.ledger)!r})
database = open_database({installation.url!r}, keys, ledger=ledger)
handed = database.write_now(hand_over)
database.write_now(lambda uow: uow.persons.erase(handed.person, "asked"))
"""
    ended = subprocess.run([sys.executable, "-c", child], cwd=ROOT, timeout=60, check=False, capture_output=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert read_ledger(installation.ledger) == []
    again = installation.opened()  # reconciles, as `serve` does
    try:
        assert [e.mark for e in read_ledger(installation.ledger)] == [e.mark for e in again.read_now(erased_since)] != []
        assert reconcile(again) == 0
    finally:
        again.close()


def test_a_file_that_can_not_be_written_does_not_fail_the_erasure_and_is_made_good(
    installation: Installation, live: Database, caplog: pytest.LogCaptureFixture
) -> None:
    installation.ledger.unlink()
    installation.ledger.mkdir()  # also root can't write this
    with caplog.at_level(logging.ERROR):
        person = erase_one(live)
    assert "erasure ledger can't be written" in caplog.text and person not in caplog.text
    with pytest.raises(OSError):
        reconcile(live)
    installation.ledger.rmdir()
    assert reconcile(live) == 1 and len(read_ledger(installation.ledger)) == 1


def test_a_torn_last_line_is_cut_away_and_comes_again(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "a folder that nobody made yet" / "ledger")
    ledger.append([entry(1), entry(2)])
    whole = ledger.path.read_bytes()
    for length in range(len(whole) // 2 + 1, len(whole)):
        ledger.path.write_bytes(whole[:length])
        assert [e.mark for e in read_ledger(ledger.path)] == [entry(1).mark]
        assert ledger.add_missing([entry(1), entry(2)]) == 1
        assert ledger.path.read_bytes() == whole
    ledger.path.write_bytes(whole + b"\0" * 700)  # a power cut may leave zeros
    ledger.append([entry(3)])
    assert [e.mark for e in read_ledger(ledger.path)] == [entry(n).mark for n in (1, 2, 3)]


def test_a_line_that_was_changed_is_named(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    ledger.append([entry(1), entry(2), entry(3)])
    lines = ledger.path.read_bytes().splitlines(keepends=True)
    for column in range(len(lines[1]) - 1):
        changed = bytearray(lines[1])
        changed[column] ^= 2
        ledger.path.write_bytes(lines[0] + bytes(changed) + lines[2])
        with pytest.raises(LedgerProblem, match=r"line [23] is damaged"):
            read_ledger(ledger.path)


def test_many_writers_at_once_lose_no_line(tmp_path: Path) -> None:
    ledgers = [Ledger(tmp_path / "ledger") for _ in range(4)]
    threads = [
        threading.Thread(target=lambda n=n: [ledgers[n].append([entry(n * 100 + k)]) for k in range(25)]) for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert {e.mark for e in read_ledger(tmp_path / "ledger")} == {entry(n * 100 + k).mark for n in range(4) for k in range(25)}


def test_a_ledger_of_before_the_backup_or_of_somebody_else_is_refused(installation: Installation, live: Database) -> None:
    erase_one(live)
    live.write_now(begin)
    installation.clock.forward(hours=3)
    made = installation.backup()
    empty = installation.home / "empty.ledger"
    empty.touch()
    into = installation.fresh()
    with pytest.raises(LedgerProblem, match="is empty"):
        installation.restore(made.sealed.path, into, ledger=empty)
    with pytest.raises(LedgerProblem, match="there is no such ledger"):
        installation.restore(made.sealed.path, into, ledger=installation.home / "none")
    assert installation.restore(made.sealed.path, into, ledger=None).erased_again is None
    with pytest.raises(BackupProblem):
        installation.restore(made.sealed.path, into)  # the place is taken now


def test_without_backups_it_lies_beside_the_sqlite_file() -> None:
    from storage import ledger_beside

    assert str(ledger_beside("sqlite:////var/lib/w.db", None)) == "/var/lib/w.db.erasures.ledger"
    assert ledger_beside("postgresql://x/y", None) is None
    assert ledger_beside("postgresql://x/y", Path("/b")) == Path("/b/erasures.ledger")
