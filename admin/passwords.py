"""Passwords of the staff: Argon2id, and what makes a good one.

Parameters are RFC 9106's second choice. At most two are computed at a time, so that a flood of sign-ins can't take
the machine's memory.
"""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 15
LONGEST = 128
_TOO_OBVIOUS = ("passwort", "password", "wegweiser", "kreis", "caritas", "diakonie", "integration")

_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)


def hash_password(password: str) -> str:
    return _hasher.hash(password)


def problem_with(password: str, login: str) -> str | None:
    """Why this password can't be taken, in German; None if it can. Length counts, composition does not (ASVS 6.2.5)."""
    if len(password) < SHORTEST:
        return f"Bitte mindestens {SHORTEST} Zeichen. Vier zufällige Wörter sind ein gutes Passwort."
    if len(password) > LONGEST:
        return f"Bitte höchstens {LONGEST} Zeichen."
    rest = password.casefold()
    for word in (*_TOO_OBVIOUS, login.casefold()):
        rest = rest.replace(word, "")
    if len(set(rest)) < 6:
        return "Das ist zu leicht zu erraten. Vier zufällige Wörter sind ein gutes Passwort."
    return None


@cache
def _nobody() -> str:
    """A hash that no password fits: an unknown login takes as long as a known one."""
    return _hasher.hash(secrets.token_urlsafe(24))


def _check(stored: str | None, password: str) -> tuple[bool, str | None]:
    try:
        _hasher.verify(stored if stored is not None else _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False, None
    if stored is None:
        return False, None
    return True, _hasher.hash(password) if _hasher.check_needs_rehash(stored) else None


class PasswordCheck:
    """Checks passwords beside the event loop, two at a time."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
        self._pool.submit(_nobody)

    async def check(self, stored: str | None, password: str) -> tuple[bool, str | None]:
        """(fits, a better hash to keep if the stored one was made with weaker parameters)."""
        if len(password) > LONGEST:
            return False, None
        return await asyncio.get_running_loop().run_in_executor(self._pool, _check, stored, password)

    async def hash(self, password: str) -> str:
        return await asyncio.get_running_loop().run_in_executor(self._pool, _hasher.hash, password)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
