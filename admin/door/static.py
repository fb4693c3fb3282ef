"""Style sheets, scripts and the sign: read once, addressed by their content, so that browsers may keep them for ever."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from aiohttp import web

from admin.door.policy import public

ROOT = Path(__file__).parent.parent / "static"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@cache
def _files() -> dict[str, tuple[bytes, str]]:
    return {
        path.name: (content := path.read_bytes(), hashlib.sha256(content).hexdigest()[:12])
        for path in ROOT.iterdir()
        if path.suffix in _TYPES
    }


def static_url(name: str) -> str:
    return f"/static/{_files()[name][1]}/{name}"


@public
async def static_file(request: web.Request) -> web.StreamResponse:
    name = request.match_info["name"]
    found = _files().get(name)
    if found is None or found[1] != request.match_info["version"]:
        raise web.HTTPNotFound
    return web.Response(
        body=found[0],
        content_type=_TYPES[Path(name).suffix],
        charset="utf-8",
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )
