"""The format of an encrypted field: what was sealed opens, at its place only; nothing else ever opens."""

from __future__ import annotations

from tests.fuzz.running import Pieces, instrumented, run

with instrumented("storage.fieldcipher", "storage.sealed_json", "storage.keys"):
    from storage.errors import KeyProblem, Undecipherable
    from storage.fieldcipher import BUCKET, SubjectCipher, bound_to
    from storage.keys import KeyRing
    from storage.sealed_json import packed, unpacked

RING = KeyRing({1: b"k" * 32, 2: b"l" * 32}, idx=b"i" * 32, code=b"c" * 32, aud=b"a" * 32)
KEY = b"d" * 32
HERS = SubjectCipher(KEY, "subject", "mettmann")
OTHERS = (
    SubjectCipher(KEY, "subject2", "mettmann"),
    SubjectCipher(KEY, "subject", "euskirchen"),
    SubjectCipher(KEY, "subject", "mettmann", 2),
    SubjectCipher(b"e" * 32, "subject", "mettmann"),
)
NAMES = ("session", "state", "outbox", "effect", "", "s", "sessionstate")


def check(data: bytes) -> None:
    pieces = Pieces(data)
    # Nonces are random; the number of encryptions of one key is not what is tried here.
    HERS._used = 0
    table, column, row = pieces.one_of(NAMES), pieces.one_of(NAMES), pieces.text(12)
    tenant = pieces.one_of((None, "caritas", ""))
    way, mask, at = pieces.byte(), pieces.byte(), pieces.byte()
    plain = pieces.rest()
    refused(HERS, table, column, row, plain, tenant)
    sealed = HERS.seal(table, column, row, plain, tenant=tenant)
    assert len(sealed) % BUCKET == 0 and (len(plain) < 5 or plain not in sealed)
    assert HERS.open(table, column, row, sealed, tenant=tenant) == plain
    if way % 4 == 0:
        _changed(sealed, table, column, row, tenant, mask, at)
    elif way % 4 == 1:
        _moved(pieces, sealed, (table, column, row, tenant), way)
    elif way % 4 == 2:
        other = OTHERS[way // 4 % len(OTHERS)]
        if tenant is None or other.tenant == HERS.tenant:  # a place that names its tenant does not ask the key for it
            refused(other, table, column, row, sealed, tenant)
    else:
        _wrapped(plain, row, way)
    _json(plain)


def refused(cipher: SubjectCipher, table: str, column: str, row: str, sealed: bytes, tenant: str | None) -> None:
    try:
        cipher.open(table, column, row, sealed, tenant=tenant)
    except Undecipherable:
        return
    raise AssertionError("something opened that nobody sealed here")


def _changed(sealed: bytes, table: str, column: str, row: str, tenant: str | None, mask: int, at: int) -> None:
    if mask:
        at %= len(sealed)
        broken = sealed[:at] + bytes((sealed[at] ^ mask,)) + sealed[at + 1 :]
    else:
        broken = sealed[: at % len(sealed)] if at % 2 else sealed + b"\0" * (at or 1)
    refused(HERS, table, column, row, broken, tenant)


def _moved(pieces: Pieces, sealed: bytes, place: tuple[str, str, str, str | None], way: int) -> None:
    table, column, row, tenant = place
    there = (
        (table + "x", column, row, tenant), (column, table, row, tenant), (table + column, "", row, tenant),
        (table, column + row, "", tenant), (table, column, row + "1", tenant), (table, column, row, "diakonie"),
        (table, row, column, tenant),
    )[way // 4 % 7]  # fmt: skip
    if there != place:
        refused(HERS, there[0], there[1], there[2], sealed, there[3])
        assert bound_to(*there[:3]) != bound_to(*place[:3]) or there[3] != place[3]


def _wrapped(plain: bytes, row: str, way: int) -> None:
    """A person's key is wrapped for her, her Kreis, one epoch and one generation."""
    key, row = (plain + b"\0" * 32)[:32], row.replace("|", "")
    epoch, wrapped = RING.wrap("mettmann", row, 1, key)
    assert epoch == 2 and RING.unwrap("mettmann", row, 1, 2, wrapped) == key
    wrong = (("euskirchen", row, 1, 2), ("mettmann", row + "x", 1, 2), ("mettmann", row, 2, 2), ("mettmann", row, 1, 1))
    for attempt, sealed in ((wrong[way // 4 % 4], wrapped), (("mettmann", row, 1, 2), plain), (("mettmann", row, 1, 9), wrapped)):
        try:
            RING.unwrap(*attempt, sealed)
        except (Undecipherable, KeyProblem):
            continue
        raise AssertionError("a wrapped key opened at another place")


def _json(plain: bytes) -> None:
    text = plain.decode("utf-8", "replace")
    value = [text, {text[:8]: [len(plain), None, True]}]
    assert unpacked(packed(value)) == value


if __name__ == "__main__":
    run("fields", check)
