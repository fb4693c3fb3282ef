"""People who use the web chat without JavaScript: they read the page's forms, fill one in and send it.

    python -m benchmarks.form_filler URL [--answers N] [--people K]

Prints JSON: how many answers were sent, how many conversations came to their end, and the milliseconds each answer took as
seen from outside. A process of its own, so that reading pages costs the server nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from dataclasses import dataclass, field
from html.parser import HTMLParser

import aiohttp

from benchmarks.holder import ANSWERS, TODAY
from dialogs.load import known_counties, load_library
from dialogs.model import Question

ANSWERING = ("l", "c", "d", "t", "y")


@dataclass(slots=True)
class FoundForm:
    """A form of a page: what it sends by itself, what can be chosen, what is to be written or selected."""

    fixed: list[tuple[str, str]] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    parts: dict[str, list[str]] = field(default_factory=dict)
    written: bool = False

    @property
    def act(self) -> str:
        return dict(self.fixed).get("act", "")


class Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[FoundForm] = []
        self._part: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value, kind = given.get("name") or "", given.get("value") or "", given.get("type")
        if tag == "form":
            self.found.append(FoundForm())
        elif tag == "select" and self.found:
            self._part = name
            self.found[-1].parts[name] = []
        elif tag == "option" and self._part and self.found and value:
            self.found[-1].parts[self._part].append(value)
        elif not self.found or not name:
            return
        elif kind == "hidden":
            self.found[-1].fixed.append((name, value))
        elif name == "option":
            self.found[-1].options.append(value)
        elif name == "text":
            self.found[-1].written = True

    def handle_data(self, data: str) -> None:
        if self._part and self.found and data.strip().isdigit() and data.strip() not in self.found[-1].parts[self._part]:
            self.found[-1].parts[self._part].append(data.strip())

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._part = None


class Reader:
    """Knows which question a form asks by what it offers, and what the holder would say."""

    def __init__(self) -> None:
        script = load_library(known_counties()[0]).current(TODAY)
        self._questions: tuple[Question, ...] = tuple(q for q in script.questionnaire.questions if q.options)

    def filled(self, page: str) -> list[tuple[str, str]] | None:
        """The fields to send; None if this page asks nothing any more."""
        forms = Forms()
        forms.feed(page)
        form = next((form for act in ANSWERING for form in forms.found if form.act == act), None)
        if form is None:
            return None
        if form.options:
            return [*form.fixed, *(("option", option) for option in self._chosen(form.options))]
        if form.parts:
            return [*form.fixed, *((name, values[len(values) // 2]) for name, values in form.parts.items())]
        return [*form.fixed, ("text", ANSWERS["S12_year"][0])] if form.written else form.fixed

    def _chosen(self, offered: list[str]) -> tuple[str, ...]:
        asked = [question for question in self._questions if set(offered) <= set(question.by_id)]
        best = min(asked, key=lambda question: len(question.by_id), default=None)
        wanted = ANSWERS.get(best.id, ("yes",)) if best else (offered[0],)
        return wanted if set(wanted) <= set(offered) else (offered[0],)


class Crowd:
    def __init__(self, url: str, answers: int) -> None:
        self._url, self._left = url.rstrip("/"), answers
        self._reader = Reader()
        self.finished = 0
        self.milliseconds: list[float] = []

    async def person(self) -> None:
        """One conversation after another, each with a fresh cookie, until enough answers have been sent."""
        while self._left > 0:
            async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
                await self._conversation(browser)

    async def _conversation(self, browser: aiohttp.ClientSession) -> None:
        page = await self._page(browser)
        while (fields := self._reader.filled(page)) is not None and self._left > 0:
            self._left -= 1
            begun = time.perf_counter()
            async with browser.post(f"{self._url}/chat", data=fields, allow_redirects=False) as answer:
                shown = await answer.text()
                if answer.status not in (200, 303):
                    raise RuntimeError(f"an answer was refused with {answer.status}: {dict(fields).get('act')}")
            self.milliseconds.append((time.perf_counter() - begun) * 1000)
            # A page that is shown only once may ask nothing; what is open then is where every browser goes next.
            page = shown if answer.status == 200 and self._reader.filled(shown) else await self._page(browser)
        self.finished += fields is None

    async def _page(self, browser: aiohttp.ClientSession) -> str:
        async with browser.get(f"{self._url}/") as answer:
            answer.raise_for_status()
            return await answer.text()


async def fill_in(url: str, answers: int, people: int) -> dict[str, object]:
    crowd = Crowd(url, answers)
    await asyncio.gather(*(crowd.person() for _ in range(people)))
    return {"answers": len(crowd.milliseconds), "finished": crowd.finished, "milliseconds": crowd.milliseconds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--answers", type=int, default=400)
    parser.add_argument("--people", type=int, default=1)
    chosen = parser.parse_args()
    print(json.dumps(asyncio.run(fill_in(chosen.url, chosen.answers, chosen.people))))


if __name__ == "__main__":
    main()
