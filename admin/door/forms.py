"""What a browser sent as a form. Anybody can send anything, so whatever can't be read is a bad request, never our crash."""

from __future__ import annotations

import zlib

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

# What aiohttp raises for a body, a charset or a multipart it can't read; asserts and RuntimeErrors are among it.
_UNREADABLE = (
    ValueError, LookupError, EOFError, AssertionError, RuntimeError, zlib.error, web.RequestPayloadError, HttpProcessingError,
)  # fmt: skip


async def read_fields(request: web.Request) -> dict[str, str]:
    """The fields that are text; files are left out. Raises HTTPBadRequest for everything that is no form."""
    try:
        fields = {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
        for value in fields.values():
            value.encode()  # some charsets give half a surrogate pair, which no page could show again
    except _UNREADABLE:
        raise web.HTTPBadRequest from None
    return fields
