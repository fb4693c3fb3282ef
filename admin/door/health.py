"""Is the process alive, can it do its work, and what are its numbers?

The program hands every door a `Watch` (`bot/watch.py`; the doors do not know each other). Without one, as in a test of the
office alone, the two first questions are still answered.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from aiohttp import web

from admin.door.keys import DATABASE
from admin.door.policy import public
from storage import StorageUnavailable, write_something


class Watch(Protocol):
    """What answers the three questions, and counts the answers of all views."""

    async def healthz(self, request: web.Request) -> web.Response: ...
    async def readyz(self, request: web.Request) -> web.Response: ...
    async def metrics(self, request: web.Request) -> web.Response: ...
    async def note(self, request: web.Request, response: web.StreamResponse) -> None: ...


WATCH: web.AppKey[Watch] = web.AppKey("watch")


def watched_by(app: web.Application, watch: Watch) -> None:
    """Before the application is started."""
    app[WATCH] = watch
    app.on_response_prepare.append(watch.note)


@public
async def healthz(request: web.Request) -> web.StreamResponse:
    watch = request.app.get(WATCH)
    return await watch.healthz(request) if watch is not None else web.json_response({"status": "ok"})


@public
async def readyz(request: web.Request) -> web.StreamResponse:
    """Ready means: a step reaches the disk. A locked, full or lost database is not ready."""
    watch = request.app.get(WATCH)
    if watch is not None:
        return await watch.readyz(request)
    try:
        async with asyncio.timeout(5):
            await request.app[DATABASE].write(write_something)
    except (StorageUnavailable, TimeoutError):
        return web.json_response({"status": "not ready", "wrong": ["database"]}, status=503, headers={"Retry-After": "5"})
    return web.json_response({"status": "ok"})


@public
async def metrics(request: web.Request) -> web.StreamResponse:
    """Open to whom the operator lets in (`WEGWEISER_METRICS_TOKEN`, or this machine alone), not to staff."""
    watch = request.app.get(WATCH)
    if watch is None:
        raise web.HTTPNotFound
    return await watch.metrics(request)
