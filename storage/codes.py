"""Hand-over codes and slip codes: how they are read, and how the desk's are made."""

from __future__ import annotations

import secrets
from typing import Final

# No vowels (no words by accident), nothing that looks like something else on a thermal print.
ALPHABET: Final = "23456789BCDFGHJKMNPQRSTVWXZ"
SLIP_LENGTH: Final = 6

# The same letters that look alike as in `dialogs.handover`: what the person's phone accepts, the desk must find.
_READ: Final = str.maketrans({"-": None, " ": None, "\u00a0": None, "\u2011": None, "O": "0", "I": "1", "L": "1", "U": "V"})


def normalised(code: str) -> str:
    """The code as it is compared: typed in small letters, with or without its dash, is the same code."""
    return code.strip().upper().translate(_READ)


def new_slip_code() -> str:
    letters = "".join(secrets.choice(ALPHABET) for _ in range(SLIP_LENGTH))
    return f"{letters[:4]}-{letters[4:]}"


def new_token() -> str:
    """What the QR code of a slip carries: 96 random bits."""
    return secrets.token_urlsafe(12)


def hint_of(code: str) -> str:
    """The last two letters: enough to say "the one that ends in 9Q", useless for guessing."""
    return normalised(code)[-2:]
