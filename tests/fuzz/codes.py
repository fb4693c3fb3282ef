"""Hand-over codes and slip codes as people type them: the right one is found in every way of writing, a wrong one is noticed."""

from __future__ import annotations

from tests.fuzz.running import Pieces, instrumented, run

with instrumented("dialogs.handover", "storage.codes", "bot.channels.web_text"):
    from bot.channels.web_text import cleaned
    from dialogs.handover import ALPHABET, code_for, read_code
    from storage.codes import hint_of, normalised
    from storage.keys import KeyRing
    from storage.slips import _hash

KEYS = KeyRing({1: b"k" * 32}, idx=b"i" * 32, code=b"c" * 32, aud=b"a" * 32)
SPACES = ("", " ", "-", "\u00a0", "\u2011", "--")
ALIKE = {"0": "O", "1": "L", "V": "U"}


def check(data: bytes) -> None:
    pieces = Pieces(data)
    number = int.from_bytes(pieces.some(5).ljust(5, b"\0"), "big")
    _typed_well(pieces, code_for(number))
    _typed_badly(pieces, code_for(number))
    _anything(pieces.rest())


def _typed_well(pieces: Pieces, code: str) -> None:
    """Small letters, other spaces, letters that look alike: the same code for the person, and for the case manager."""
    assert read_code(code) == code
    way = pieces.byte()
    said = code.replace("-", SPACES[way % len(SPACES)])
    if way & 64:
        said = "".join(ALIKE.get(symbol, symbol) for symbol in said)
    if way & 128:
        said = f"  {said.lower()} "
    assert read_code(said) == code
    assert KEYS.blind_code(said) == KEYS.blind_code(code), "the case manager does not find what the person reads out"


def _typed_badly(pieces: Pieces, code: str) -> None:
    """One wrong symbol is always noticed; two swapped neighbours unless they lie 16 apart in the alphabet."""
    bare = code.replace("-", "")
    at = pieces.byte() % len(bare)
    wrong = pieces.one_of(tuple(ALPHABET))
    if wrong != bare[at]:
        assert read_code(bare[:at] + wrong + bare[at + 1 :]) is None
    at %= len(bare) - 2  # the check symbol itself has no weight
    one, two = bare[at], bare[at + 1]
    if abs(ALPHABET.index(one) - ALPHABET.index(two)) not in (0, 16):
        assert read_code(bare[:at] + two + one + bare[at + 2 :]) is None


def _anything(raw: bytes) -> None:
    for text in (raw.decode("utf-8", "replace"), raw.decode("utf-8", "surrogateescape"), raw.decode("utf-16", "replace")):
        read = read_code(text)
        if read is not None:
            assert read_code(read) == read and KEYS.blind_code(text.strip()) == KEYS.blind_code(read)
        typed = cleaned(text, limit=40)
        assert len(typed) <= 40
        normal = normalised(typed)
        assert normalised(normal.strip()) == normalised(normal)
        assert len(hint_of(typed)) <= 2
        assert len(_hash(normalised(text))) == 32 == len(_hash(text))


if __name__ == "__main__":
    run("codes", check)
