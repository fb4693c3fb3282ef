"""No other site can press our buttons: a token in every form, and the browser's own word on where a request comes from."""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from admin.door.forms import read_fields

FIELD = "csrf"


class Forged(web.HTTPForbidden):
    """This request was not made by one of our own pages."""


def refuse_other_sites(request: web.Request) -> None:
    """Fetch metadata first, Origin second.

    A form posted under `Referrer-Policy: no-referrer` carries `Origin: null` even on our own page, so that value decides
    nothing; the token does.
    """
    if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        raise Forged
    origin = request.headers.get(hdrs.ORIGIN, "null")
    if origin != "null" and _host_of(origin) != request.host:
        raise Forged


def _host_of(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # no browser sends such an address
        return None


async def refuse_wrong_token(request: web.Request, expected: str) -> None:
    given = (await read_fields(request)).get(FIELD, "")
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise Forged
