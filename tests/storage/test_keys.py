"""The key file: refused with path and remedy when it is unsafe or damaged, and never a key in a message."""

from __future__ import annotations

import base64
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from storage import Database, KeyProblem, KeyRing, Undecipherable, open_database
from storage.keys import KEY_LENGTH
from tests.storage.people import Handed, hand_over


def b64(letter: str, length: int = KEY_LENGTH) -> str:
    return base64.b64encode(letter.encode() * length).decode()


GOOD = f'idx = "{b64("i")}"\ncode = "{b64("c")}"\naud = "{b64("a")}"\n\n[kek]\n1 = "{b64("1")}"\n'


def written(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_new_key_file_is_for_its_owner_only_and_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    made = KeyRing.create_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert KeyRing.from_file(path).fingerprints() == made.fingerprints()
    assert KeyRing.random().fingerprints() != made.fingerprints()


def test_an_existing_key_file_is_never_overwritten(tmp_path: Path) -> None:
    path = written(tmp_path / "keys.toml", "precious")
    with pytest.raises(KeyProblem, match="exists already"):
        KeyRing.create_file(path)
    assert path.read_text() == "precious"


def test_a_file_written_by_hand_is_read(tmp_path: Path) -> None:
    ring = KeyRing.from_file(written(tmp_path / "keys.toml", GOOD + f'2 = "{b64("2")}"\n'))
    assert ring.epochs == (1, 2) and ring.epoch == 2


FAULTS: dict[str, tuple[Callable[[str], str], str]] = {
    "no TOML": (lambda text: text + "=", "is no TOML"),
    "idx missing": (lambda text: text.replace("idx", "#"), "idx is missing"),
    "no kek": (lambda text: text.partition("[kek]")[0], r"\[kek\] is missing"),
    "empty kek": (lambda text: text.partition("1 =")[0], r"\[kek\] is missing"),
    "kek is a word": (lambda text: text.replace("[kek]", "").replace("1 =", "kek ="), r"\[kek\] is missing"),
    "strange epoch": (lambda text: text.replace("\n1 =", "\nfirst ="), "epoch that is no number"),
    "short": (lambda text: text.replace(b64("a"), b64("a", 31)), "aud has 31 bytes"),
    "long": (lambda text: text.replace(b64("1"), b64("1", 33)), "kek.1 has 33 bytes"),
    "no base64": (lambda text: text.replace(b64("c"), "%%%"), "code is no base64"),
    "twice the same": (lambda text: text.replace(b64("a"), b64("i")), "two keys are equal"),
    "unknown entry": (lambda text: 'pepper = "x"\n' + text, "unknown entries"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_damaged_key_file_is_refused_with_path_and_remedy_and_without_keys(tmp_path: Path, fault: str) -> None:
    damage, said = FAULTS[fault]
    path = written(tmp_path / "keys.toml", damage(GOOD))
    with pytest.raises(KeyProblem, match=said) as problem:
        KeyRing.from_file(path)
    words = str(problem.value)
    assert str(path) in words and words.endswith(".") and words.count(".") >= 2
    for letter in "ica1":
        assert b64(letter) not in words and b64(letter)[:12] not in words
    assert problem.value.__cause__ is None


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(KeyProblem, match="chmod 600"):
        KeyRing.from_file(written(tmp_path / "keys.toml", GOOD, mode))


def test_a_missing_key_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(KeyProblem, match="there is no key file"):
        KeyRing.from_file(tmp_path / "keys.toml")
    with pytest.raises(KeyProblem, match="can't be read"):
        KeyRing.from_file(tmp_path)


def test_keys_show_themselves_nowhere() -> None:
    ring = KeyRing({1: b"1" * 32}, idx=b"i" * 32, code=b"c" * 32, aud=b"a" * 32)
    assert repr(ring) == "KeyRing(epochs=(1,))"


def test_the_keys_of_another_database_are_refused_when_it_is_opened(database: Database, database_url: str) -> None:
    database.write_now(hand_over)
    with pytest.raises(KeyProblem, match="another database"):
        open_database(database_url, KeyRing.random())


def test_a_new_epoch_takes_over_while_everything_stays_readable(database_url: str) -> None:
    single = {"idx": b"i" * 32, "code": b"c" * 32, "aud": b"a" * 32}
    old = open_database(database_url, KeyRing({1: b"1" * 32}, **single))
    handed: Handed = old.write_now(hand_over)
    old.close()

    both = open_database(database_url, KeyRing({1: b"1" * 32, 2: b"2" * 32}, **single))
    assert both.write_now(lambda uow: uow.tx.data_keys.rewrap(uow.tx, most=1)) == 1
    assert both.write_now(lambda uow: uow.tx.data_keys.rewrap(uow.tx)) == 1
    assert both.write_now(lambda uow: uow.tx.data_keys.rewrap(uow.tx)) == 0
    both.close()

    new = open_database(database_url, KeyRing({2: b"2" * 32}, **single))
    assert new.read_now(lambda uow: uow.sessions.load(handed.stored.session.id)) == handed.stored
    new.close()


def test_without_its_epoch_a_data_key_is_lost_and_it_is_said_so(database_url: str) -> None:
    single = {"idx": b"i" * 32, "code": b"c" * 32, "aud": b"a" * 32}
    old = open_database(database_url, KeyRing({1: b"1" * 32}, **single))
    handed: Handed = old.write_now(hand_over)
    old.close()
    new = open_database(database_url, KeyRing({2: b"2" * 32}, **single))
    with pytest.raises(KeyProblem, match="no kek of epoch 1"):
        new.read_now(lambda uow: uow.sessions.load(handed.stored.session.id))
    new.close()


def test_a_wrapped_key_opens_for_its_own_subject_and_tenant_only() -> None:
    ring = KeyRing.random()
    epoch, wrapped = ring.wrap("mettmann", "person", 1, b"k" * 32)
    assert len(wrapped) == 60
    assert ring.unwrap("mettmann", "person", 1, epoch, wrapped) == b"k" * 32
    for place in (("euskirchen", "person", 1), ("mettmann", "another", 1), ("mettmann", "person", 2)):
        with pytest.raises(Undecipherable):
            ring.unwrap(*place, epoch, wrapped)
    with pytest.raises(Undecipherable):
        KeyRing.random().unwrap("mettmann", "person", 1, epoch, wrapped)
    with pytest.raises(ValueError, match=r"can.t hold"):
        ring.wrap("a|b", "person", 1, b"k" * 32)
