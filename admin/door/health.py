"""Is the process alive, and can it do its work?"""

from __future__ import annotations

import asyncio

from aiohttp import web

from admin.door.keys import DATABASE
from admin.door.policy import public
from storage import StorageUnavailable


@public
async def healthz(request: web.Request) -> web.StreamResponse:
    return web.json_response({"alive": True})


@public
async def readyz(request: web.Request) -> web.StreamResponse:
    """Ready means: a step reaches the disk. A locked, full or lost database is not ready."""
    try:
        async with asyncio.timeout(5):
            await request.app[DATABASE].write(lambda uow: None)
    except (StorageUnavailable, TimeoutError):
        return web.json_response({"ready": False, "database": False}, status=503, headers={"Retry-After": "5"})
    return web.json_response({"ready": True, "database": True})
