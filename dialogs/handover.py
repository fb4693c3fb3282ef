"""The hand-over code: eight symbols that mean nothing and one that catches a slip of the tongue.

Crockford's base 32 (no I, L, O, U), 40 bits, written `K7M4-2PX9-C`. The person shows it instead of a name.
"""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BITS = 40
_READ = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V", "-": None, " ": None, "\u00a0": None, "\u2011": None})


def code_for(number: int) -> str:
    """The code of a random number of 40 bits."""
    symbols = "".join(ALPHABET[number >> shift & 31] for shift in range(BITS - 5, -1, -5))
    return f"{symbols[:4]}-{symbols[4:]}-{_check(symbols)}"


def read_code(words: str) -> str | None:
    """The code as it was given out, from what somebody typed; None if it can't be one."""
    bare = words.strip().upper().translate(_READ)
    if len(bare) != 9 or any(symbol not in ALPHABET for symbol in bare) or _check(bare[:8]) != bare[8]:
        return None
    return f"{bare[:4]}-{bare[4:8]}-{bare[8]}"


def _check(symbols: str) -> str:
    """Weighted sum: one wrong symbol is always noticed, two swapped neighbours unless they lie 16 apart in the alphabet."""
    return ALPHABET[sum((2 * index + 1) * ALPHABET.index(symbol) for index, symbol in enumerate(symbols)) % 32]
