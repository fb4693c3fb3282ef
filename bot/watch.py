"""What one door shows of itself: `/healthz`, `/readyz`, `/metrics`. Each application has a registry of its own."""

from __future__ import annotations

import hmac
import ipaddress
import shutil
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from bot.metrics import counted, of_meter, one
from bot.readiness import Readiness
from storage import Database, StorageError, database_bytes, log_bytes

KEPT_SECONDS = 5.0
# What a proxy adds. Whoever comes through one does not sit at this machine.
FORWARDED = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via")

Numbers = Callable[[], Iterator[Metric]]
Fresh = Callable[[], Awaitable[None]]


class Watch(Collector):
    """`numbers` are a door's own, `fresh` reads what they need; `token` opens `/metrics`, without one only this machine may."""

    def __init__(self, database: Database, readiness: Readiness, token: str = "") -> None:
        self.database, self.readiness = database, readiness
        self._token = token.encode()
        self._requests: Counter[tuple[str, str]] = Counter()
        self._numbers: list[Numbers] = []
        self._fresh: list[Fresh] = []
        self._size = 0
        self._read_at = float("-inf")
        self._ready = False
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def add(self, numbers: Numbers, fresh: Fresh | None = None) -> None:
        """More numbers on the page. `fresh` is awaited first, at most every few seconds."""
        self._numbers.append(numbers)
        if fresh is not None:
            self._fresh.append(fresh)

    async def note(self, request: web.Request, response: web.StreamResponse) -> None:
        """For an application's `on_response_prepare`: counts by template, because a path may hold an id."""
        resource = request.match_info.route.resource
        template = resource.canonical if resource is not None else "none"
        self._requests[template, f"{response.status // 100}xx"] += 1

    # -- pages -------------------------------------------------------------------------------------------------------

    async def healthz(self, request: web.Request) -> web.Response:
        """The process answers."""
        return web.json_response({"status": "ok"}, headers=_NEVER_KEPT)

    async def readyz(self, request: web.Request) -> web.Response:
        wrong = await self.readiness.wrong()
        if wrong:
            headers = {**_NEVER_KEPT, "Retry-After": "5"}
            return web.json_response({"status": "not ready", "wrong": list(wrong)}, status=503, headers=headers)
        return web.json_response({"status": "ok"}, headers=_NEVER_KEPT)

    async def metrics(self, request: web.Request) -> web.Response:
        if not self.may_read(request):
            return web.Response(status=403, text="see WEGWEISER_METRICS_TOKEN\n", headers=_NEVER_KEPT)
        await self._refresh()
        headers = {**_NEVER_KEPT, "Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        return web.Response(body=generate_latest(self._registry), headers=headers)

    def may_read(self, request: web.Request) -> bool:
        """The bearer token if one is set. Else somebody at this very machine: no proxy between, and addressed as such."""
        if self._token:
            given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
            return hmac.compare_digest(given, b"Bearer " + self._token)
        if any(name in request.headers for name in FORWARDED):
            return False
        return _loopback(request.remote or "") and _loopback(_host(request))

    # -- numbers -----------------------------------------------------------------------------------------------------

    async def _refresh(self) -> None:
        if time.monotonic() - self._read_at < KEPT_SECONDS:
            return
        self._read_at = time.monotonic()
        self._ready = not await self.readiness.wrong()
        try:
            self._size = await database_bytes(self.database)
        except StorageError:
            self._size = 0
        for fresh in self._fresh:
            await fresh()

    def collect(self) -> Iterator[Metric]:
        yield counted("http_requests", [(key, n) for key, n in sorted(self._requests.items())])
        yield one("ready", float(self._ready))
        yield from of_meter(self.database.meter)
        yield one("database_bytes", self._size)
        yield one("database_log_bytes", log_bytes(self.database.file))
        yield one("disk_free_bytes", free_bytes(self.database.file))
        for numbers in self._numbers:
            yield from numbers()

    def describe(self) -> Iterator[Metric]:
        return iter(())


_NEVER_KEPT = {"Cache-Control": "no-store"}


def free_bytes(file: Path | None) -> int:
    """Free space where the database lies; with PostgreSQL, where the program runs."""
    place = file.parent if file is not None else Path()
    try:
        return shutil.disk_usage(place).free
    except OSError:
        return 0


def _host(request: web.Request) -> str:
    """Whom the caller thinks to be talking to, without the port. A proxy on this machine passes the public name on."""
    try:
        return urlsplit(f"//{request.host}").hostname or ""
    except ValueError:
        return ""


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
