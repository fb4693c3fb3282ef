"""Forms of the web chat: bodies, cookies and headers of any kind. An event of ours or a polite page; never a 500.

The real channel with its real pages and guard, without a socket; the conversation behind it is one dialogue of the engine.
The first byte says what comes along by itself (a cookie, the proof, which state); then a line of headers, then the body.
"""

from __future__ import annotations

import re
from typing import Any, cast
from urllib.parse import parse_qsl

from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict, CIMultiDictProxy

from tests.fuzz.running import finished, instrumented, run

with instrumented("bot.channels.web_form", "bot.channels.web_guard", "bot.channels.web", "bot.channels.web_answer",
                  "bot.channels.web_text", "bot.channels.web_part"):  # fmt: skip
    from bot.app import phrasing_for
    from bot.channels import Inbound, Outgoing, Reply
    from bot.channels.web import WebChannel
    from bot.channels.web_form import BODY_LIMIT, TEXT_LIMIT
    from bot.channels.web_guard import HEADERS
    from bot.channels.web_limit import Tries
    from bot.words import Words
    from dialogs.engine import view
    from tests.fuzz.sessions import ON, happens, states

LIBRARY, SCRIPT, SESSIONS = states("web")
WORDS = Words.load(LIBRARY)
PHRASING = phrasing_for(LIBRARY, WORDS)
TOKEN = "A" * 43
CODE = "K7M4-2PX9-C"
ALLOWED = {200, 303, 400, 403, 413, 422}
_heard: list[Inbound] = []
_state = 0


def _pages(state: int) -> tuple[Outgoing, ...]:
    shown = view(SCRIPT, SESSIONS[state], ON)
    return tuple(PHRASING.phrase(effect, ("de", "ar")[state % 2]) for effect in shown)


PAGES = tuple(_pages(state) for state in range(len(SESSIONS)))


async def _receive(inbound: Inbound) -> Reply:
    _heard.append(inbound)
    known = inbound.session == "abcdefgh"
    return Reply(PAGES[_state] if not known else (), refused=not known, session="abcdefgh")


async def _look(channel: str, address: str, hint: str | None) -> Reply:
    return Reply(PAGES[_state], session="abcdefgh")


async def _resume(code: str, address: str) -> bool:
    assert len(code) <= 40
    return code == CODE


CHANNEL = WebChannel(
    _receive, _look, secure_cookies=False, offered=tuple(WORDS.locales), words=WORDS, secret=b"f" * 32, resume=_resume,
    tries=Tries(count=1 << 60, clients=1),
)  # fmt: skip
HEAR, HEAR_CODE = (CHANNEL._guarded(handler) for handler in (CHANNEL._hear, CHANNEL._hear_code))
PROOF = CHANNEL._guard.proof(TOKEN)


class _Body:
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def iter_chunked(self, size: int) -> Any:
        for at in range(0, len(self._body), size):
            yield self._body[at : at + size]


class _Match(dict[str, str]):
    class route:
        resource = "/chat"


EXAMPLE = make_mocked_request("POST", "/chat")


def _posted(body: bytes, headers: dict[str, str]) -> web.Request:
    """A real request, with everything borrowed that is dear to make."""
    request = web.Request(
        EXAMPLE._message, cast(Any, _Body(body)), cast(Any, EXAMPLE._protocol), EXAMPLE._payload_writer, EXAMPLE._task,
        EXAMPLE._loop, client_max_size=1 << 20,
    )  # fmt: skip
    request._headers = CIMultiDictProxy(CIMultiDict(headers))  # a server hands over bytes that are no UTF-8 as well
    request._match_info = cast(Any, _Match())
    return request


def check(data: bytes) -> None:
    global _state
    flags = data[0] if data else 0
    wanted, _, body = data[1:].partition(b"\n")
    _state = flags % len(SESSIONS)
    given, proof, to_code = bool(flags & 64), bool(flags & 128), bool(flags & 32)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"chat={TOKEN}"}
    if not given:
        headers |= _headers(wanted)
    if proof:
        body = b"csrf=" + PROOF.encode() + b"&nonce=n1&session=abcdefgh&prompt=5&" + body
    proven = _proven(body)
    _heard.clear()
    request = _posted(body, headers)
    response = cast(web.Response, finished((HEAR_CODE if to_code else HEAR)(request)))
    assert response.status in ALLOWED, response.status
    for name, value in HEADERS.items():
        assert response.headers[name] == value
    assert response.headers["Cache-Control"] == "no-store"
    if _heard:
        assert proven and request.cookies.get("chat") == TOKEN and not to_code, "an event without our proof"
        assert len(body) <= BODY_LIMIT
        _events()
    _page(response)


def _headers(line: bytes) -> dict[str, str]:
    """`Name: value|Name: value`; what can't stand in a header is left out, as a server would."""
    found = {}
    for part in line.decode("latin-1").split("|"):
        name, _, value = part.partition(":")
        if re.fullmatch(r"[A-Za-z-]{1,30}", name) and name.lower() not in ("host", "transfer-encoding"):
            value = re.sub(r"[\x00-\x1f\x7f]", "", value.strip())
            found[name.title()] = value.encode("latin-1").decode("utf-8", "surrogateescape")
    if not found.get("Content-Length", "0").isascii() or not found.get("Content-Length", "0").isdigit():
        del found["Content-Length"]  # the server itself refuses these
    return found


def _proven(body: bytes) -> bool:
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, errors="replace", max_num_fields=300)
    except ValueError:
        return False
    return next((value for name, value in pairs if name == "csrf"), "") == PROOF


def _events() -> None:
    assert 1 <= len(_heard) <= 2
    for inbound in _heard:
        assert inbound.address == TOKEN and re.fullmatch(r"[0-9a-f]{64}", inbound.event_id)
        assert inbound.locale_hint in WORDS.locales
        assert inbound.session is None or re.fullmatch(r"[A-Za-z0-9_.:@-]{1,64}", inbound.session)
        text = getattr(inbound.event, "text", "")
        assert len(text) <= TEXT_LIMIT and "\0" not in text and text == text.encode("utf-8", "replace").decode()
        happens(SCRIPT, SESSIONS[_state], inbound.event)
    assert len({inbound.event_id for inbound in _heard}) == len(_heard), "two events share a number"


def _page(response: web.Response) -> None:
    """What was typed stands on the page as words, never as markup."""
    if response.status == 303:
        assert response.headers["Location"] == "/"
        return
    page = response.text or ""
    assert page[:15].lower() == "<!doctype html>"
    assert "zz<" not in page, "typed words became markup"


if __name__ == "__main__":
    run("forms", check)
