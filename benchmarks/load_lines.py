"""HTTP/1.1 with as little work as possible: whoever measures must not need the processor of whom he measures.

Connections of one server, kept open, each with one request at a time. Bodies come encoded. Answers must have a length.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import cast

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_COOKIE = re.compile(rb"\r\nset-cookie: *([^;\r]+)", re.IGNORECASE)
_RETRY_AFTER = re.compile(rb"\r\nretry-after: *(\d+)", re.IGNORECASE)
PATIENCE = 60.0


class NoAnswer(Exception):
    """The connection ended, or a minute went by. The server may or may not have heard."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    head: bytes
    body: bytes

    @property
    def cookie(self) -> str:
        found = _COOKIE.search(self.head)
        return found[1].decode() if found else ""

    @property
    def retry_after(self) -> float:
        found = _RETRY_AFTER.search(self.head)
        return float(found[1]) if found else 0.0


class _Line(asyncio.Protocol):
    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._got = bytearray()
        self._waiting: asyncio.Future[Answer] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(NoAnswer("the connection was closed"))

    @property
    def open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def data_received(self, data: bytes) -> None:
        self._got += data
        end = self._got.find(b"\r\n\r\n")
        if end < 0 or self._waiting is None:
            return
        head = bytes(self._got[:end])
        found = _LENGTH.search(head)
        length = int(found[1]) if found else 0
        if len(self._got) < end + 4 + length:
            return
        body = bytes(self._got[end + 4 : end + 4 + length])
        del self._got[: end + 4 + length]
        waiting, self._waiting = self._waiting, None
        if not waiting.done():
            waiting.set_result(Answer(int(head[9:12]), head, body))

    def ask(self, request: bytes) -> asyncio.Future[Answer]:
        assert self._transport is not None
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._waiting

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class Lines:
    """At most `most` connections; who finds none free waits for one."""

    def __init__(self, host: str, port: int, most: int) -> None:
        self._host, self._port = host, port
        self._free: asyncio.LifoQueue[_Line | None] = asyncio.LifoQueue()
        for _ in range(most):
            self._free.put_nowait(None)

    async def ask(self, request: bytes) -> Answer:
        """Raises NoAnswer."""
        line = await self._free.get()
        try:
            if line is None or not line.open:
                _, line = await asyncio.get_running_loop().create_connection(_Line, self._host, self._port)
            return await asyncio.wait_for(line.ask(request), PATIENCE)
        except (OSError, TimeoutError) as error:
            if line is not None:
                line.close()
            raise NoAnswer(type(error).__name__) from None
        finally:
            self._free.put_nowait(line)

    def close(self) -> None:
        while not self._free.empty():
            line = self._free.get_nowait()
            if line is not None:
                line.close()


def request(method: str, path: str, body: bytes = b"", kind: str = "application/json", headers: str = "") -> bytes:
    """The bytes of one request. `headers` are whole lines, each with its end."""
    typed = f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n" if method == "POST" else ""
    return f"{method} {path} HTTP/1.1\r\nHost: load\r\n{typed}{headers}\r\n".encode() + body
