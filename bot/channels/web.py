"""The web chat: the same conversation as pages, with plain forms first. Needs no app, no account, no JavaScript.

A page is drawn from what the conversation says; a form becomes one event. After each event the browser is sent back to
`/`, except when a page holds something that is kept nowhere: then it is drawn from the reply itself.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from bot.channels import Inbound, Outgoing, Receive, Reply, Unavailable
from bot.channels.flood import ALWAYS, Flood
from bot.channels.web_answer import Answers
from bot.channels.web_form import Fields, Garbage, Incomplete, Submitted, TooLarge, Unreadable, identifier, one, read_fields
from bot.channels.web_guard import Guard, new_token
from bot.channels.web_limit import Tries
from bot.channels.web_page import Pages, Visit, tag_of
from bot.channels.web_static import Assets
from bot.channels.web_text import cleaned
from bot.channels.web_wait import Waiting
from bot.channels.web_words import FIRST_MENU, Words
from dialogs import events

log = logging.getLogger("wegweiser.web")

Look = Callable[[str, str, str | None], Awaitable[Reply]]
Resume = Callable[[str, str], Awaitable[bool]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LONGEST_WAIT = 25.0


class WebChannel:
    """`receive` and `look` are the conversation, `resume` takes a hand-over code and this phone's address.

    `secret` keeps open forms valid over a restart; `client_of` says who is guessing codes, behind a proxy of ours; `flood`
    bounds what one browser may send.
    """

    name = "web"
    pushes = False

    def __init__(
        self,
        receive: Receive,
        look: Look,
        *,
        secure_cookies: bool,
        offered: tuple[str, ...],
        words: Words,
        demo: bool = False,
        secret: bytes | None = None,
        resume: Resume | None = None,
        client_of: Callable[[web.Request], str] = lambda request: request.remote or "",
        tries: Tries | None = None,
        flood: Flood | None = None,
    ) -> None:
        self._receive, self._look, self._resume = receive, look, resume
        self._offered, self._words = offered, words
        self._guard = Guard(secret, secure=secure_cookies)
        self._assets = Assets()
        self._answers = Answers(Pages(words, self._assets, demo=demo), self._guard, words, offered)
        self._waiting = Waiting()
        self._client_of = client_of
        self._tries, self._flood = tries or Tries(), flood

    def routes(self) -> list[web.RouteDef]:
        """All addresses of the chat. The last one answers whatever nobody else does; add other routes before or after."""
        return [
            web.get("/", self._guarded(self._show)),
            web.get("/chat", self._guarded(self._home)),
            web.post("/chat", self._guarded(self._hear)),
            web.get("/z/{slip}", self._guarded(self._show_slip)),
            web.get("/start/{entry}", self._guarded(self._show_entry)),
            web.get("/code", self._guarded(self._ask_code)),
            web.post("/code", self._guarded(self._hear_code)),
            web.get("/verborgen", self._guarded(self._hide)),
            web.get("/static/chat/{name}", self._guarded(self._static)),
            web.route("*", "/{tail:.*}", self._guarded(self._missing)),
        ]

    async def send(self, address: str, page: Outgoing) -> None:
        """There is something new: open pages look again. Nothing is sent to anybody who is not looking."""
        self._waiting.wake(address)

    async def close(self) -> None:
        """Let waiting pages go, so that the server can stop at once."""
        self._waiting.wake_all()

    # -- pages ---------------------------------------------------------------------------------------------------------

    async def _show(self, request: web.Request) -> web.StreamResponse:
        token, reply = await self._looked(request)
        tag = tag_of(reply.pages)
        known_tag = request.headers.get("If-None-Match")
        if known_tag == tag:
            await self._waiting.wait(token, _wished_wait(request))
            token, reply = await self._looked(request)
            tag = tag_of(reply.pages)
        if known_tag == tag:
            return web.Response(status=304, headers={"ETag": tag})
        return self._answers.drawn(request, token, reply, tag=tag)

    async def _show_slip(self, request: web.Request) -> web.StreamResponse:
        """The link on a slip. Nothing is kept yet: the slip travels in the form until something is answered."""
        token, reply = await self._looked(request)
        slip = identifier(request.match_info["slip"])
        if reply.session is None:
            return self._answers.drawn(request, token, reply, slip=slip)
        visit = Visit(self._answers.locale_of(request, reply), self._guard.proof(token), entry="self", slip=slip)
        return self._answers.html(self._answers.pages.already(visit)) if slip else self._answers.home()

    async def _show_entry(self, request: web.Request) -> web.StreamResponse:
        token, reply = await self._looked(request)
        if reply.session is not None:
            return self._answers.home()
        return self._answers.drawn(request, token, reply, entry=identifier(request.match_info["entry"]))

    async def _home(self, request: web.Request) -> web.StreamResponse:
        """`/chat` was reloaded or bookmarked."""
        return self._answers.home()

    async def _hide(self, request: web.Request) -> web.StreamResponse:
        """A page that shows nothing, for when somebody else looks at the phone."""
        return self._answers.html(self._answers.pages.hidden(Visit(self._answers.locale(request))))

    async def _static(self, request: web.Request) -> web.StreamResponse:
        return self._assets.response(request) or self._answers.message(request, "web.error.missing", 404)

    async def _missing(self, request: web.Request) -> web.StreamResponse:
        return self._answers.message(request, "web.error.missing", 404)

    # -- events --------------------------------------------------------------------------------------------------------

    async def _hear(self, request: web.Request) -> web.StreamResponse:
        fields = await read_fields(request)
        token = self._guard.token(request)
        if token is None or (refusal := self._refusal(request, token, fields)):
            return self._answers.message(request, refusal if token else "web.error.cookies", 403, fields)
        try:
            submitted = Submitted.of(fields)
            inbounds = self._inbounds(token, submitted, self._answers.locale(request, fields))
            if self._flood is not None and not isinstance(inbounds[-1].event, ALWAYS) and (wait := self._flood.wait(token)):
                raise Unavailable("too much at once from this chat", retry_after=wait)
            for inbound in inbounds:
                reply = await self._receive(inbound)
        except Garbage:
            return self._answers.home()
        except Incomplete as problem:
            return await self._shown_again(request, token, submitted, problem.key)
        except Unavailable as problem:
            return self._answers.busy(request, fields, problem, "/chat")
        return self._answered(request, token, reply, submitted)

    def _inbounds(self, token: str, submitted: Submitted, locale: str) -> list[Inbound]:
        """One event; two when somebody's very first press is a command: first she arrives, then she asks for help."""

        def inbound(event: events.Event, suffix: str = "") -> Inbound:
            return Inbound(
                channel=self.name,
                address=token,
                event_id=submitted.event_id(token, suffix),
                event=event,
                session=submitted.session,
                locale_hint=locale,
            )

        if not submitted.entry:
            return [inbound(submitted.event())]
        if not submitted.nonce:
            raise Garbage
        # "Begin again" keeps the language of the page it stands on; any other first press leaves it to be chosen.
        wished = {"l": submitted.options[0] if submitted.options else "", "a": locale}.get(submitted.act)
        known = wished if wished in self._offered else None
        started = inbound(events.Started(submitted.entry, known, submitted.slip), "start")
        return [started, inbound(submitted.event())] if submitted.act in FIRST_MENU else [started]

    def _answered(self, request: web.Request, token: str, reply: Reply, submitted: Submitted) -> web.StreamResponse:
        gone = reply.session is None
        if gone:
            # Nobody is known at this address any more: the next visit begins under a new one.
            token = new_token()
        response: web.StreamResponse
        if (reply.once or reply.refused) and reply.pages:
            response = self._answers.drawn(request, token, reply, submitted=submitted)
        else:
            response = self._answers.home()
        self._guard.remember(response, token, lasting=not gone)
        return response

    async def _shown_again(self, request: web.Request, token: str, submitted: Submitted, key: str) -> web.StreamResponse:
        """The same question, with what is missing said beside it; or the current one, if that one is over."""
        reply = await self._look(self.name, token, self._answers.locale(request))
        form = next((page.form for page in reply.pages if page.form), None)
        if form is None or not submitted.answers(form):
            return self._answers.home()
        note = self._words.text(key, reply.pages[-1].lang)
        return self._answers.drawn(request, token, reply, submitted=submitted, note=note, status=422)

    # -- the hand-over code --------------------------------------------------------------------------------------------

    async def _ask_code(self, request: web.Request) -> web.StreamResponse:
        token = self._guard.token(request)
        visit_token = token or new_token()
        visit = Visit(self._answers.locale(request), self._guard.proof(visit_token))
        response = self._answers.html(self._answers.pages.code(visit))
        if token is None:
            self._guard.remember(response, visit_token, lasting=False)
        return response

    async def _hear_code(self, request: web.Request) -> web.StreamResponse:
        fields = await read_fields(request)
        token = self._guard.token(request)
        if token is None or (refusal := self._refusal(request, token, fields)):
            return self._answers.message(request, refusal if token else "web.error.cookies", 403, fields)
        visit = Visit(self._answers.locale(request, fields), self._guard.proof(token))
        code = cleaned(one(fields, "code"), limit=40)
        if wait := self._tries.wait(self._client_of(request)):
            headers = {"Retry-After": str(math.ceil(wait))}
            page = self._answers.pages.code(visit, problem="web.code.too_often", typed=code)
            return self._answers.html(page, status=429, headers=headers)
        try:
            found = bool(code) and self._resume is not None and await self._resume(code, token)
        except Unavailable as problem:
            return self._answers.busy(request, fields, problem, "/code")
        if not found:
            return self._answers.html(self._answers.pages.code(visit, problem="web.code.wrong", typed=code), status=422)
        response = self._answers.home()
        self._guard.remember(response, token, lasting=True)
        return response

    # -- how an answer is made -----------------------------------------------------------------------------------------

    async def _looked(self, request: web.Request) -> tuple[str, Reply]:
        token = self._guard.token(request) or new_token()
        return token, await self._look(self.name, token, self._answers.locale(request))

    def _refusal(self, request: web.Request, token: str, fields: Fields) -> str:
        """Why this form is not heard: not sent by a page of ours. Empty if it is."""
        ours = self._guard.from_here(request) and self._guard.proves(token, one(fields, "csrf"))
        return "" if ours else "web.error.old_page"

    def _guarded(self, handler: Handler) -> Handler:
        """Every answer has the strict headers, and every trouble a page that can be read."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                response = await handler(request)
            except TooLarge:
                response = self._answers.message(request, "web.error.too_large", 413)
                response.force_close()
            except Unreadable:
                response = self._answers.message(request, "web.error.unreadable", 400)
            except Unavailable as problem:
                response = self._answers.message(request, "web.error.busy", 503)
                response.headers["Retry-After"] = str(math.ceil(problem.retry_after))
            except Exception as problem:
                # Only the kind is logged: a message may hold what a person wrote.
                log.error("%s %s failed: %s", request.method, request.match_info.route.resource, type(problem).__name__)
                response = self._answers.message(request, "web.error.broken", 500)
            self._guard.protect(response)
            return response

        return guarded


def _wished_wait(request: web.Request) -> float:
    """`Prefer: wait=15` (RFC 7240): the page is willing to wait for news. Zero without it."""
    wishes: Sequence[str] = request.headers.get("Prefer", "").replace(" ", "").split(",")
    for wish in wishes:
        name, _, seconds = wish.partition("=")
        if name == "wait" and seconds.isascii() and seconds.isdigit():
            return min(float(seconds), LONGEST_WAIT)
    return 0.0
