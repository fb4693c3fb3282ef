"""Who is asking, and whether it was our own page that asked.

The cookie's random token is the chat's address: whoever holds it is the person. It is given to a visitor as a cookie
that dies with the browser, and becomes a lasting one only when she has answered something.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from urllib.parse import urlsplit

from aiohttp import web

DAYS = 30
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types seite",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def new_token() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


class Guard:
    """Cookie, proof that a form is ours, headers."""

    def __init__(self, secret: bytes | None, *, secure: bool) -> None:
        # Without a given secret, forms that were open during a restart are refused once, kindly.
        self._secret = secret or secrets.token_bytes(32)
        self._secure = secure
        self.cookie = "__Host-chat" if secure else "chat"

    def token(self, request: web.Request) -> str | None:
        found = request.cookies.get(self.cookie, "")
        return found if _TOKEN.fullmatch(found) else None

    def remember(self, response: web.StreamResponse, token: str, *, lasting: bool) -> None:
        response.set_cookie(
            self.cookie,
            token,
            max_age=DAYS * 24 * 3600 if lasting else None,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="Lax",
        )

    def forget(self, response: web.StreamResponse) -> None:
        response.del_cookie(self.cookie, path="/", secure=self._secure, httponly=True, samesite="Lax")

    def proof(self, token: str) -> str:
        """What a form of ours carries; nobody else can compute it, and it fits only this cookie."""
        return hmac.new(self._secret, b"form\0" + token.encode(), hashlib.sha256).hexdigest()[:40]

    def proves(self, token: str, proof: str) -> bool:
        return hmac.compare_digest(self.proof(token).encode(), proof.encode("utf-8", "replace"))

    def from_here(self, request: web.Request) -> bool:
        """Whether the browser says that one of our own pages sent this.

        Our pages send no referrer, so older browsers name the origin `null`; then the proof in the form decides alone.
        """
        site = request.headers.get("Sec-Fetch-Site")
        if site is not None:
            return site in ("same-origin", "none")
        origin = request.headers.get("Origin")
        try:
            return origin in (None, "null") or urlsplit(origin).netloc == request.host
        except ValueError:
            return False

    def protect(self, response: web.StreamResponse) -> None:
        """Strict headers; a page is never kept by any cache."""
        response.headers.update(HEADERS)
        response.headers.setdefault("Cache-Control", "no-store")
        if self._secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
