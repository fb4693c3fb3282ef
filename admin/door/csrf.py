"""No other site can press our buttons: a token in every form, and the browser's own word on where a request comes from."""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from aiohttp import hdrs, web

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
    if origin != "null" and urlsplit(origin).netloc != request.host:
        raise Forged


async def refuse_wrong_token(request: web.Request, expected: str) -> None:
    form = await request.post()
    given = form.get(FIELD)
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), expected.encode()):
        raise Forged
