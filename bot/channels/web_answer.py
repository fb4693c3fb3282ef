"""How an answer to a browser is made: which language, which page, which status."""

from __future__ import annotations

import math

from aiohttp import web

from bot.channels import Reply, Unavailable
from bot.channels.web_form import Fields, Submitted, one
from bot.channels.web_guard import Guard
from bot.channels.web_page import Pages, Visit
from bot.channels.web_words import Words


class Answers:
    """Makes pages into answers."""

    def __init__(self, pages: Pages, guard: Guard, words: Words, offered: tuple[str, ...]) -> None:
        self.pages, self._guard, self._words, self._offered = pages, guard, words, offered

    def drawn(
        self,
        request: web.Request,
        token: str,
        reply: Reply,
        *,
        tag: str = "",
        entry: str | None = None,
        slip: str | None = None,
        submitted: Submitted | None = None,
        note: str = "",
        status: int = 200,
    ) -> web.Response:
        """The conversation as a page. A visitor of whom nothing is known gets a cookie that dies with her browser."""
        visit = Visit(
            locale=self.locale_of(request, reply),
            proof=self._guard.proof(token),
            entry=(entry or "self") if reply.session is None else None,
            slip=slip,
            session=reply.session or "",
            tag=tag,
        )
        page = self.pages.chat(reply.pages, visit, submitted=submitted, note=note or reply.toast)
        response = self.html(page, status=status, headers={"ETag": tag} if tag else {})
        if self._guard.token(request) is None:
            self._guard.remember(response, token, lasting=False)
        return response

    def html(self, page: str, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
        return web.Response(text=page, content_type="text/html", charset="utf-8", status=status, headers=headers)

    def message(self, request: web.Request, key: str, status: int, fields: Fields | None = None) -> web.Response:
        return self.html(self.pages.message(key, Visit(self.locale(request, fields))), status=status)

    def busy(self, request: web.Request, fields: Fields, problem: Unavailable, action: str) -> web.Response:
        page = self.pages.busy(Visit(self.locale(request, fields)), fields, action)
        return self.html(page, status=503, headers={"Retry-After": str(math.ceil(problem.retry_after))})

    def locale(self, request: web.Request, fields: Fields | None = None) -> str:
        """The language of the page she came from, else what her browser wishes, else the first one."""
        of_page = one(fields or {}, "lang")
        if of_page in self._offered:
            return of_page
        return self._words.negotiate(request.headers.get("Accept-Language"), self._offered) or self._offered[0]

    def locale_of(self, request: web.Request, reply: Reply) -> str:
        return reply.pages[-1].lang if reply.pages else self.locale(request)

    def home(self) -> web.Response:
        """Back to the current page: after an event, a reload shows it again and sends nothing twice."""
        return web.Response(status=303, headers={"Location": "/"})
