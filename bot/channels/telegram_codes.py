"""Short codes for options, so that no answer can be read in a button's callback data.

An option's code is derived from the bot's token, therefore the same after every restart, and nothing has to be remembered.
It hides answers from whoever sees callback data without the token: logs, backups, a copied update.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import replace

from bot.channels import Press

SHORTEST, LONGEST = 6, 16


class Codes:
    """All options and their codes, worked out once.

    `plain` lets options without a code travel as they are (mode full); otherwise they are refused.
    """

    def __init__(self, token: str, options: Iterable[str], *, plain: bool) -> None:
        self._plain = plain
        self._codes = _distinct(hashlib.sha256(token.encode()).digest(), sorted({*options} - {""}))
        self._options = {code: option for option, code in self._codes.items()}

    def coded(self, press: Press) -> Press:
        """The press as it travels; raises ValueError for an option that has no code."""
        if not press.option:
            return press
        code = self._codes.get(press.option)
        if code is None:
            if not self._plain or press.option in self._options:
                raise ValueError("an option has no code")
            return press
        return replace(press, option=code)

    def read(self, press: Press | None) -> Press | None:
        """The press as it was meant, or None if no button of ours carries this code."""
        if press is None or not press.option:
            return press
        option = self._options.get(press.option)
        if option is None:
            # A name that has a code is never sent as it is, so it can't come back as it is.
            return press if self._plain and press.option not in self._codes else None
        return replace(press, option=option)


def _distinct(key: bytes, options: list[str]) -> dict[str, str]:
    """Codes as short as they can be without two options sharing one."""
    whole = {option: _letters(key, option) for option in options}
    for length in range(SHORTEST, LONGEST + 1):
        codes = {option: letters[:length] for option, letters in whole.items()}
        if len(set(codes.values())) == len(codes):
            return codes
    raise ValueError("two options have the same code")


def _letters(key: bytes, option: str) -> str:
    return base64.b32encode(hmac.digest(key, option.encode(), "sha256")).decode().lower()
