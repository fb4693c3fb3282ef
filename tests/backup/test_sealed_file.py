"""The sealed file: every change of it is found, wherever it is, and only the private key opens it."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

import pytest

from storage import BackupPrivateKey, BackupProblem, BackupPublicKey, KeyProblem, Sealed, create_backup_keys
from storage.backup_file import MARK, PIECE, Sealing
from storage.backup_header import FORMAT, SQLITE, Header
from tests.conftest import NOON

PLAIN = bytes(range(256)) * (PIECE // 100)  # two whole pieces and a part
TAG, DIGEST = 16, 32


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pair")
    create_backup_keys(folder / "public", folder / "private")
    return folder


@pytest.fixture(scope="module")
def key(pair: Path) -> BackupPrivateKey:
    return BackupPrivateKey.from_file(pair / "private")


def seal(pair: Path, path: Path, plain: bytes = PLAIN, *, at_once: int = 300_000) -> Sealed:
    public = BackupPublicKey.from_file(pair / "public")
    with path.open("wb") as file:
        sealing = Sealing(file, Header(NOON, SQLITE, "0002", "mettmann", "0.1.0", (1,), {"chat": 1}, public.print_), public)
        for begin in range(0, len(plain), at_once):
            sealing.write(plain[begin : begin + at_once])
        sealing.finish()
    return Sealed.look(path)


@pytest.mark.parametrize("length", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_what_was_sealed_comes_back(pair: Path, key: BackupPrivateKey, tmp_path: Path, length: int) -> None:
    plain = (b"0123456789abcdef" * (length // 16 + 1))[:length]
    sealed = seal(pair, tmp_path / "one", plain)
    assert b"".join(sealed.pieces(key)) == plain and sealed.verify(key) == length
    sealed.check_digest()


def _regions(sealed: Sealed) -> dict[str, int]:
    raw = sealed.path.read_bytes()
    header = int.from_bytes(raw[len(MARK) : len(MARK) + 4], "big")
    wrapped = len(MARK) + 4 + header
    body = wrapped + 4 + int.from_bytes(raw[wrapped : wrapped + 4], "big")
    step = PIECE + TAG
    return {
        "mark": 0, "length of the header": len(MARK) + 3, "header": len(MARK) + 4 + header // 2,
        "county in the header": raw.index(b"mettmann"), "length of the wrapped key": wrapped + 3, "wrapped key": wrapped + 4,
        "end of the wrapped key": body - 1, "first piece": body, "first tag": body + step - 1, "second piece": body + step + 7,
        "second tag": body + 2 * step - 1, "last piece": body + 2 * step, "last tag": len(raw) - DIGEST - 1,
        "sha256": len(raw) - 1,
    }  # fmt: skip


def refused(path: Path, key: BackupPrivateKey) -> str:
    """What the operator is told; fails if the file is taken."""
    with pytest.raises(BackupProblem) as caught:
        sealed = Sealed.look(path)
        sealed.check_digest()
        sealed.verify(key)
    return str(caught.value)


def test_a_changed_bit_is_found_in_every_region_even_if_the_sha256_is_made_to_fit(
    pair: Path, key: BackupPrivateKey, tmp_path: Path
) -> None:
    sealed = seal(pair, tmp_path / "one")
    raw = sealed.path.read_bytes()
    for region, place in _regions(sealed).items():
        changed = bytearray(raw)
        changed[place] ^= 1
        (tmp_path / "changed").write_bytes(changed)
        assert "changed: " in refused(tmp_path / "changed", key), region
        if region == "sha256":
            continue
        # Somebody who forges can count a new sha256; without the private key's secret the pieces don't fit.
        forged = bytes(changed[:-DIGEST])
        (tmp_path / "changed").write_bytes(forged + hashlib.sha256(forged).digest())
        assert refused(tmp_path / "changed", key), region


@pytest.mark.parametrize(
    "how", ["cut in a piece", "cut at a piece", "swapped", "doubled", "left out", "more at the end", "another's"]
)
def test_pieces_can_not_be_cut_moved_doubled_or_taken_from_another_file(
    pair: Path, key: BackupPrivateKey, tmp_path: Path, how: str
) -> None:
    plain = b"\1" * PIECE + b"\2" * PIECE + b"\3" * PIECE
    sealed = seal(pair, tmp_path / "one", plain)
    other = seal(pair, tmp_path / "other", plain)
    raw, step = sealed.path.read_bytes()[:-DIGEST], PIECE + TAG
    front, body = raw[: len(raw) - 3 * step], raw[len(raw) - 3 * step :]
    one, two, three = body[:step], body[step : 2 * step], body[2 * step :]
    foreign = other.path.read_bytes()[len(front) : len(front) + step]
    made = {
        "cut in a piece": one + two[:1000], "cut at a piece": one + two, "swapped": two + one + three,
        "doubled": one + one + three,
        "left out": one + three, "more at the end": body + b"\0" * 100, "another's": foreign + two + three,
    }[how]  # fmt: skip
    (tmp_path / "made").write_bytes(front + made + hashlib.sha256(front + made).digest())
    assert "piece" in refused(tmp_path / "made", key)


def test_a_file_that_is_cut_off_anywhere_is_refused(pair: Path, key: BackupPrivateKey, tmp_path: Path) -> None:
    raw = seal(pair, tmp_path / "one", b"x" * 5000).path.read_bytes()
    for length in [*range(0, len(raw) - 5000, 61), len(raw) - 5000, len(raw) - DIGEST, len(raw) - 1]:
        (tmp_path / "cut").write_bytes(raw[:length])
        refused(tmp_path / "cut", key)


def test_the_wrong_private_key_is_told_from_a_damaged_file(pair: Path, tmp_path: Path) -> None:
    sealed = seal(pair, tmp_path / "one", b"x")
    print_ = create_backup_keys(tmp_path / "public", tmp_path / "private")
    said = refused(sealed.path, BackupPrivateKey.from_file(tmp_path / "private"))
    assert sealed.header.sealed_for in said and print_ in said


def test_a_newer_format_is_refused_by_name(pair: Path, key: BackupPrivateKey, tmp_path: Path) -> None:
    raw = seal(pair, tmp_path / "one", b"x").path.read_bytes()
    (tmp_path / "newer").write_bytes(raw.replace(b'"format":%d' % FORMAT, b'"format":9'))
    assert "format 9" in refused(tmp_path / "newer", key)


# -- the pair ------------------------------------------------------------------------------------------------------------


def test_neither_half_is_ever_overwritten_and_no_half_stays_alone(tmp_path: Path) -> None:
    public, private = tmp_path / "public", tmp_path / "private"
    create_backup_keys(public, private)
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    before = public.read_bytes(), private.read_bytes()
    for one, other in ((public, private), (public, tmp_path / "new"), (tmp_path / "new", private)):
        with pytest.raises(KeyProblem, match="not overwritten"):
            create_backup_keys(one, other)
    assert (public.read_bytes(), private.read_bytes()) == before and not (tmp_path / "new").exists()
    with pytest.raises(KeyProblem, match="folder"):
        create_backup_keys(tmp_path / "nowhere" / "public", tmp_path / "alone")
    assert not (tmp_path / "alone").exists()


def test_the_halves_are_not_taken_for_each_other(pair: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyProblem, match="Take it off this machine"):
        BackupPublicKey.from_file(pair / "private")
    with pytest.raises(KeyProblem, match="public half"):
        BackupPrivateKey.from_file(pair / "public")
    (tmp_path / "open").write_bytes((pair / "private").read_bytes())
    (tmp_path / "open").chmod(0o644)
    with pytest.raises(KeyProblem, match="chmod 600"):
        BackupPrivateKey.from_file(tmp_path / "open")
    for rubbish in (b"", b"\xff", b"private_mlkem768 = 3", b'private_mlkem768 = "AA=="\nprivate_x25519 = "AA=="'):
        (tmp_path / "rubbish").write_bytes(rubbish)
        with pytest.raises(KeyProblem, match="no key file for backups"):
            BackupPrivateKey.from_file(tmp_path / "rubbish")
