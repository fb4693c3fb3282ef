"""Calls to the Bot API on one connection pool, and what its refusals mean.

The hot calls (send, edit, acknowledge, fetch) go straight as JSON: building and reading typed objects costs ten times
the call. No message of an error here ever holds the token, a chat's id or a word of the conversation.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import aiohttp
import orjson
from yarl import URL

from bot.channels import PersonGone, SendFailed
from bot.channels.telegram_reading import Malformed, parsed

PATIENCE = 20.0
GONE = ("blocked by the user", "user is deactivated", "chat not found", "bot can't initiate conversation", "PEER_ID_INVALID")


class Refused(Exception):
    """The Bot API answered with an error of its own."""

    def __init__(self, code: int, description: str, retry_after: float | None = None) -> None:
        super().__init__(f"HTTP {code}")
        self.code = code
        self.description = description
        self.retry_after = retry_after

    @property
    def unchanged(self) -> bool:
        """An edit that would change nothing. What we wanted is on the screen."""
        return self.code == 400 and "message is not modified" in self.description


class Unreachable(Exception):
    """No answer, or none that is the Bot API's. It may or may not have been done."""


class Calls:
    """The Bot API of one bot."""

    def __init__(self, token: str, api_base: str, session: aiohttp.ClientSession | None = None) -> None:
        self._base = f"{api_base.rstrip('/')}/bot{token}/"
        self._urls: dict[str, URL] = {}
        self._session = session
        self._own = session is None
        self._closed = False

    async def call(self, method: str, payload: Mapping[str, object], patience: float | None = None) -> object:
        """The result. Raises Refused or Unreachable."""
        if self._closed:
            raise Unreachable("stopped")
        url = self._urls.get(method) or self._urls.setdefault(method, URL(self._base + method, encoded=True))
        try:
            async with self._pool().post(
                url,
                data=encoded(payload),
                headers=_JSON,
                timeout=aiohttp.ClientTimeout(total=patience or PATIENCE),
                allow_redirects=False,
            ) as response:
                status, body = response.status, await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError, asyncio.IncompleteReadError) as error:
            raise Unreachable(type(error).__name__) from None
        return _result(status, body)

    async def close(self) -> None:
        """The end. What still wants to be sent hears "unreachable" and waits for the next start."""
        self._closed = True
        if self._own and self._session is not None:
            await self._session.close()
            self._session = None

    def _pool(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(auto_decompress=True)
        return self._session


_JSON = {"Content-Type": "application/json"}


def _result(status: int, body: bytes) -> object:
    try:
        answer = parsed(body)
    except Malformed:
        answer = None
    if isinstance(answer, dict) and answer.get("ok") is True and "result" in answer:
        return answer["result"]
    if isinstance(answer, dict) and answer.get("ok") is False and isinstance(answer.get("error_code"), int):
        raise Refused(answer["error_code"], str(answer.get("description", "")), _retry_after(answer))
    raise Unreachable(f"HTTP {status} without an answer of the Bot API")


def encoded(payload: object) -> bytes:
    """JSON. Half a surrogate pair can't be written in UTF-8; it becomes a question mark rather than a lost message."""
    try:
        return orjson.dumps(payload)
    except (orjson.JSONEncodeError, TypeError):
        return orjson.dumps(_whole_letters(payload))


def _whole_letters(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {key: _whole_letters(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_whole_letters(part) for part in value]
    return value


def _retry_after(answer: Mapping[str, object]) -> float | None:
    parameters = answer.get("parameters")
    seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return float(seconds) if isinstance(seconds, (int, float)) else None


def meaning(error: Refused | Unreachable) -> SendFailed | PersonGone:
    """What a failed call means for the message: later, never, or nobody there any more."""
    if isinstance(error, Unreachable):
        return SendFailed(str(error), retryable=True)
    if error.code == 429:
        return SendFailed("too many requests", retryable=True, retry_after=error.retry_after)
    if error.code in (400, 403) and any(sign in error.description for sign in GONE):
        return PersonGone("the person is gone")
    if error.code == 403:
        return PersonGone("the bot may not write here")
    # A revoked token (401, 404) is put right by an operator, not by giving messages up.
    return SendFailed(str(error), retryable=error.code in (401, 404, 409) or error.code >= 500, retry_after=error.retry_after)
