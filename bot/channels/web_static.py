"""Style sheet, script and sign: read once, addressed by their content."""

from __future__ import annotations

import hashlib
from pathlib import Path

from aiohttp import web

ROOT = Path(__file__).parent / "static"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Assets:
    """The files of `static/` with their address and ETag."""

    def __init__(self, root: Path = ROOT) -> None:
        self._files = {
            path.name: (body := path.read_bytes(), f'"{hashlib.sha256(body).hexdigest()[:16]}"')
            for path in sorted(root.iterdir())
            if path.suffix in _TYPES
        }

    def url(self, name: str) -> str:
        return f"/static/chat/{name}?v={self._files[name][1][1:9]}"

    def response(self, request: web.Request) -> web.Response | None:
        """The file, or 304 for a browser that has it; None if there is no such file."""
        name = request.match_info["name"]
        if name not in self._files:
            return None
        body, etag = self._files[name]
        headers = {"ETag": etag, "Cache-Control": "public, max-age=86400"}
        if etag in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, content_type=_TYPES[Path(name).suffix], charset="utf-8", headers=headers)
