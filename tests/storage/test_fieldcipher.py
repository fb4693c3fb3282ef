"""The field format: equal lengths, bound to its place, and refused after the smallest change."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from storage import Undecipherable
from storage.fieldcipher import KeyWornOut, SubjectCipher, bound_to, padded, unpadded

KEY = bytes(range(32))
PLACE = ("session", "state", "row1")


def cipher(subject: str = "person", tenant: str = "mettmann", gen: int = 1) -> SubjectCipher:
    return SubjectCipher(KEY, subject, tenant, gen)


@given(st.binary(max_size=300))
def test_what_was_sealed_opens_again(plain: bytes) -> None:
    sealed = cipher().seal(*PLACE, plain)
    assert cipher().open(*PLACE, sealed) == plain
    assert (len(sealed) - 32) % 32 == 0


@given(st.binary(max_size=300))
def test_padding_is_undone(plain: bytes) -> None:
    assert unpadded(padded(plain)) == plain
    assert len(padded(plain)) % 32 == 0


def test_yes_and_no_are_equally_long() -> None:
    assert len({len(cipher().seal(*PLACE, answer)) for answer in (b"ja", b"nein", b"", b"weiss nicht, lieber nicht")}) == 1


def test_the_same_answer_never_looks_the_same() -> None:
    assert len({cipher().seal(*PLACE, b"ja") for _ in range(1_000)}) == 1_000


@given(st.data())
def test_every_single_changed_bit_is_noticed(data: st.DataObject) -> None:
    sealed = bytearray(cipher().seal(*PLACE, b"p104c"))
    position = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[position // 8] ^= 1 << position % 8
    with pytest.raises(Undecipherable):
        cipher().open(*PLACE, bytes(sealed))


@given(st.integers(0, 95))
def test_every_shortening_is_noticed(length: int) -> None:
    sealed = cipher().seal(*PLACE, b"x" * 40)
    assert len(sealed) == 96
    with pytest.raises(Undecipherable):
        cipher().open(*PLACE, sealed[:length])


@pytest.mark.parametrize(
    ("where", "who"),
    [
        (("consent", "state", "row1"), {}),
        (("session", "detail", "row1"), {}),
        (("session", "state", "row2"), {}),
        (PLACE, {"subject": "another"}),
        (PLACE, {"tenant": "euskirchen"}),
        (PLACE, {"gen": 2}),
    ],
)
def test_in_any_other_place_it_does_not_open(where: tuple[str, str, str], who: dict[str, object]) -> None:
    sealed = cipher().seal(*PLACE, b"p104c")
    with pytest.raises(Undecipherable):
        cipher(**who).open(*where, sealed)  # type: ignore[arg-type]


def test_places_that_read_alike_are_different() -> None:
    assert bound_to("ab", "c") != bound_to("a", "bc") != bound_to("abc", "")


def test_the_format_is_the_one_that_is_written_down() -> None:
    """version, algorithm, generation, nonce, then AES-256-GCM over the padded text, bound to the place."""
    sealed = cipher(gen=3).seal(*PLACE, b"ja", tenant="caritas")
    assert sealed[:4] == bytes((1, 1, 0, 3))
    place = bound_to("wegweiser", "1", "session", "state", "caritas", "person", "row1", "3")
    assert AESGCM(KEY).decrypt(sealed[4:16], sealed[16:], place) == b"ja\x80" + bytes(29)


def test_a_key_that_has_sealed_enough_is_worn_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.fieldcipher.MOST_ENCRYPTIONS", 3)
    used = cipher()
    for _ in range(3):
        used.seal(*PLACE, b"x")
    with pytest.raises(KeyWornOut):
        used.seal(*PLACE, b"x")
