"""An effect and a language become one page of words. The only place where a sentence reaches a person.

Effects name texts by id; here they are looked up, filled in and put beside the buttons that fit. What a text says is
in the definition files; what a channel can draw is in `bot/channels`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.channels import Button, Field, Form, Outgoing, Press, Row
from bot.why import reasons_told
from bot.words import Words
from dialogs import effects as ef
from dialogs.county import ELSEWHERE
from dialogs.model import Card
from dialogs.routing import KEIN_BEDARF

FOR_WHOM = {"child": "ui.for_child", "adult": "ui.for_adult"}

# Cards about the end of a title and about money.
READ_ONLY = frozenset({"S8", "S9"})


# Said after an outage. Whoever has put the phone away must hear it: a new message, not a change in an old one.
WAS_AWAY = ef.Text("ui.was_away")
ANEW = frozenset({"anew"})


class Phrasing:
    """Puts effects into words of one county."""

    def __init__(self, words: Words, cards: Mapping[str, Card]) -> None:
        self.words = words
        self._cards = cards
        self._phrase: dict[type, Callable[[Any, str], Outgoing]] = {
            ef.Ask: self._ask,
            ef.ShowSummary: self._summary,
            ef.ShowResult: self._result,
            ef.ShowChecklist: self._checklist,
            ef.ShowEnd: self._end,
            ef.ShowPaused: self._paused,
            ef.ShowPreview: self._preview,
            ef.ShowCards: self._shown_cards,
            ef.ShowData: self._data,
            ef.ChooseLanguage: self._language,
            ef.ConfirmDelete: self._delete,
            ef.Say: self._say,
            ef.TellStatus: self._status,
        }

    def phrase(self, effect: ef.Shown, locale: str) -> Outgoing:
        return self._phrase[type(effect)](effect, locale)

    def line(self, text: ef.Text, locale: str) -> str:
        return self.words.text(text.key, locale, **text.params)

    # -- questions -------------------------------------------------------------------------------------------------

    def _ask(self, ask: ef.Ask, locale: str) -> Outgoing:
        words, text = self.words, self.words.text
        question = words.question(ask.question)
        key = words.question_key(ask.question)
        paragraphs = [self._question_text(ask, key, locale)]
        if question.help:
            paragraphs.append(text(f"{key}.help", locale))
        if ask.question == "S15_needs" and not any(choice.id == "health" for choice in ask.choices):
            paragraphs.append(text("ui.health_later", locale))
        return self._page(
            locale, "ask",
            heading=paragraphs[0], paragraphs=tuple(paragraphs[1:]), form=self._form(ask, key, locale),
            buttons=self._ways(ask, locale), prompt_note=self.line(ask.note, locale) if ask.note else "",
            tags=ANEW if ask.note == WAS_AWAY else frozenset(),
            context=text(FOR_WHOM[ask.for_whom], locale) if ask.for_whom in FOR_WHOM and ask.number > 2 else "",
            progress=text("ui.progress", locale, number=str(ask.number), of=str(ask.of)) if ask.number else "",
        )  # fmt: skip

    def _question_text(self, ask: ef.Ask, key: str, locale: str) -> str:
        return self.consent_words(key, locale, ask.recipient)

    def consent_words(self, key: str, locale: str, recipient: str | None) -> str:
        """Exactly what stands on the screen when consent is asked; a hand-over names the Stelle and what kind of body it is."""
        if "{stelle}" not in self.words.sources()[key].text or recipient is None:
            return self.words.text(key, locale)
        stelle = self.words.county.stellen[recipient]
        public = self.words.county.traeger[stelle.traeger].public_body
        kind = self.words.text("traeger.public" if public else "traeger.free", locale)
        return self.words.text(key, locale, stelle=stelle.name, traeger_art=kind)

    def _form(self, ask: ef.Ask, key: str, locale: str) -> Form:
        fields = tuple(
            Field(choice.id, self._choice(ask, key, choice.id, locale), choice.selected) for choice in ask.choices
        )
        columns = {"number": 4, "town": 2}.get(ask.kind, 1)
        if ask.kind in ("date", "month"):
            columns = 3 if len(ask.draft) < 2 else 7
        return Form(
            kind=ask.kind, session=ask.session, prompt=ask.prompt, fields=fields, draft=ask.draft, columns=columns,
            done=self.words.text("ui.done" if ask.kind == "multi" else "ui.continue", locale),
            minimum=ask.minimum, maximum=ask.maximum,
        )  # fmt: skip

    def _choice(self, ask: ef.Ask, key: str, id_: str, locale: str) -> str:
        if ask.kind == "town":
            if id_ != ELSEWHERE:
                return self.words.kommune_name(id_)
            return self.words.text(f"{key}.{id_}", locale)
        if ask.kind in ("date", "month"):
            return self.words.text(f"month.m{id_}", locale) if len(ask.draft) == 1 else id_.lstrip("0")
        if ask.kind == "number":
            return id_
        return self.words.text(f"{key}.{id_}", locale)

    def _ways(self, ask: ef.Ask, locale: str) -> tuple[Button, ...]:
        def way(label: str, act: str, option: str = "") -> Button:
            return Button(self.words.text(label, locale), Press(ask.session, ask.prompt, act, option))

        ways = [way({"unknown": "ui.unknown", "na": "ui.refused"}[word], "c", word) for word in ask.no_answers]
        if ask.can_skip:
            ways.append(way("ui.skip", "s"))
        if ask.can_back:
            ways.append(way("ui.back", "b"))
        return tuple(ways)

    def _summary(self, summary: ef.ShowSummary, locale: str) -> Outgoing:
        rows = tuple(
            Row(
                self.words.text(self.words.question_key(question), locale),
                self.words.answer(question, value, locale),
                Button(self.words.text("ui.change", locale), Press(summary.session, summary.prompt, "e", question)),
            )
            for question, value in summary.rows
        )
        confirm = Button(self.words.text("ui.summary_ok", locale), Press(summary.session, summary.prompt, "y"))
        back = Button(self.words.text("ui.back", locale), Press(summary.session, summary.prompt, "b"))
        return self._page(
            locale, "showsummary", heading=self.words.text("summary.title", locale),
            paragraphs=(self.words.text("summary.text", locale),), rows=rows, buttons=(confirm, back),
            prompt_note=self.line(summary.note, locale) if summary.note else "",
            tags=ANEW if summary.note == WAS_AWAY else frozenset(),
        )  # fmt: skip

    # -- results ---------------------------------------------------------------------------------------------------

    def _result(self, result: ef.ShowResult, locale: str) -> Outgoing:
        text, county = self.words.text, self.words.county
        decision = result.decision
        dienst, mode = str(decision["dienst"]), str(decision["mode"])
        because = text("result.why", locale, because=self._because(decision, locale))
        if dienst == KEIN_BEDARF:
            dates = tuple(self.line(date, locale) for date in result.dates)
            return self._page(
                locale, "showresult", heading=text("result.no_need", locale),
                paragraphs=(*dates, text("result.no_need_text", locale)), rows=self._also(decision, locale),
            )  # fmt: skip
        offered = text(f"dienst.{dienst}.text", locale)
        paragraphs = [because, *reasons_told(self.words, decision, locale), *(() if offered in because else (offered,))]
        if mode == "clearing":
            paragraphs = [because, text("result.clearing", locale)]
        if decision.get("urgent"):
            paragraphs.insert(0, text("result.urgent", locale))
        stelle = county.stellen.get(str(decision.get("stelle") or ""))
        if stelle is not None:
            paragraphs.append(text("result.where", locale, stelle=stelle.name))
            if stelle.address:
                paragraphs.append(text("result.address", locale, address=stelle.address))
            if stelle.phone:
                paragraphs.append(text("result.phone", locale, phone=stelle.phone))
            if not (stelle.address or stelle.phone):
                # Who must not be seen by an office (an expired title, a removal letter) is never sent to one for an address.
                private = mode == "info_only" or bool(decision.get("urgent"))
                paragraphs.append(text("result.contact_private" if private else "result.contact_open", locale))
        paragraphs[1:1] = [self.line(date, locale) for date in result.dates]
        if result.for_whom in FOR_WHOM and mode != "info_only":
            paragraphs.append(text("result.third_person", locale))
        paragraphs.append(text("result.proposal", locale))
        return self._page(
            locale, "showresult", heading=text("result.title", locale, dienst=text(f"dienst.{dienst}.name", locale)),
            paragraphs=tuple(paragraphs), rows=self._also(decision, locale),
            tags=frozenset({"urgent"}) if decision.get("urgent") else frozenset(),
        )  # fmt: skip

    def _because(self, decision: Mapping[str, object], locale: str) -> str:
        """The reason in her language; if the rule book it came from is gone, as it was decided, in German."""
        try:
            return self.words.text(str(decision["key"]), locale)
        except KeyError:
            return str(decision["because"])

    def _checklist(self, shown: ef.ShowChecklist, locale: str) -> Outgoing:
        """What looks good and what is missing, one row for each condition; the same sentence always at its end."""
        text = self.words.text
        rows = []
        for paragraph, id_, state, dienst in shown.lines:
            name = text(f"bridge.what.{id_}", locale)
            term = text(f"bridge.only.{paragraph}", locale, what=name) if paragraph else name
            said = text(f"bridge.state.{state}", locale) if state else ""
            if dienst:
                name = text(f"dienst.{dienst}.name", locale)
                key = "bridge.state_helps" if state else "bridge.helps"
                said = text(key, locale, dienst=name, **({"state": said} if state else {}))
            rows.append(Row(term, said))
        banner = (text("law.changed", locale),) if shown.banner else ()
        title = "both" if len(shown.paragraphs) > 1 else shown.paragraphs[0]
        return self._page(
            locale, "showchecklist", heading=text(f"bridge.title.{title}", locale),
            paragraphs=banner, rows=tuple(rows), closing=text("bridge.end", locale),
        )  # fmt: skip

    def _also(self, decision: Mapping[str, object], locale: str) -> tuple[Row, ...]:
        also, keys = decision.get("also"), decision.get("also_keys")
        if not isinstance(also, (list, tuple)) or not isinstance(keys, (list, tuple)):
            return ()
        known = decision.get("also_stellen")
        stellen = known if isinstance(known, (list, tuple)) and len(known) == len(also) else [None] * len(also)
        rows = []
        for dienst, key, id_ in zip(also, keys, stellen, strict=True):
            because = self.words.text(str(key), locale) if key and self.words.has(str(key)) else ""
            stelle = self.words.county.stellen.get(str(id_))
            number = f" {stelle.phone}" if stelle is not None and stelle.phone else ""
            rows.append(Row(self.words.text(f"dienst.{dienst}.name", locale), because + number))
        return tuple(rows)

    def _end(self, end: ef.ShowEnd, locale: str) -> Outgoing:
        text = self.words.text
        name = self.words.stelle_name(end.stelle) if end.stelle else ""
        outcome = end.outcome if end.outcome in ("referred", "self", "no_need", "declined", "deleted", "info") else "stopped"
        paragraphs: tuple[str, ...]
        if outcome == "referred":
            paragraphs = (text("end.referred", locale, stelle=name), text("end.referred_next", locale))
        elif outcome == "self":
            paragraphs = (text("end.self", locale, stelle=name) if name else text("end.self_nowhere", locale),)
        else:
            paragraphs = (text(f"end.{outcome}", locale),)
        buttons: tuple[Button, ...] = ()
        if outcome == "referred":
            buttons = (self._command("ui.withdraw", end.session, "w", locale),)
        if outcome in ("referred", "self", "no_need"):
            again = self._command("ui.again", end.session, "a", locale)
            buttons = (self._command("ui.another", end.session, "o", locale), again, *buttons)
        else:
            buttons = (self._command("ui.again", end.session, "a", locale),)
        if end.code:
            paragraphs = (*paragraphs, text("end.code_text", locale))
        return self._page(
            locale, "showend", heading=text(f"end.{outcome}_title", locale), paragraphs=paragraphs, buttons=buttons,
            code=end.code or "",
        )  # fmt: skip

    def _status(self, told: ef.TellStatus, locale: str) -> Outgoing:
        text = self.words.text
        reason = text(f"reason.{told.reason}", locale) if told.status in ("returned", "declined") else ""
        paragraphs = [text(f"status.{told.status}", locale, stelle=self.words.stelle_name(told.stelle), reason=reason)]
        if told.at:
            paragraphs.append(text("status.at", locale, at=".".join(reversed(told.at[:10].split("-")))))
        return self._page(locale, "tellstatus", heading=text("status.title", locale), paragraphs=tuple(paragraphs))

    # -- commands --------------------------------------------------------------------------------------------------

    def _paused(self, paused: ef.ShowPaused, locale: str) -> Outgoing:
        text = self.words.text
        return self._page(
            locale, "showpaused", heading=text("pause.title", locale),
            paragraphs=(text("pause.text", locale), text("end.code_text", locale)), code=paused.code or "",
            buttons=(
                self._command("ui.resume", paused.session, "r", locale),
                self._command("ui.again", paused.session, "a", locale),
                self._command("menu.delete", paused.session, "x", locale),
            ),
        )  # fmt: skip

    def _preview(self, preview: ef.ShowPreview, locale: str) -> Outgoing:
        rows = [self._answer_row(question, value, locale) for question, value in preview.rows]
        if preview.contact:
            rows.append(Row(self.words.text("preview.contact", locale), preview.contact))
        name = self.words.stelle_name(preview.stelle)
        rows.append(Row(self.words.text("preview.language", locale), self.words.own_name(locale)))
        if preview.because and self.words.has(preview.because):
            rows.append(Row(self.words.text("preview.reason", locale), self.words.text(preview.because, locale)))
        return self._page(
            locale, "showpreview", heading=self.words.text("preview.title", locale, stelle=name),
            paragraphs=(self.words.text("preview.text", locale), self.words.text("preview.derived", locale)), rows=tuple(rows),
        )  # fmt: skip

    def _shown_cards(self, shown: ef.ShowCards, locale: str) -> Outgoing:
        text = self.words.text
        paragraphs: list[str] = []
        rows: list[Row] = []
        for id_ in shown.cards:
            card = self._cards[id_]
            paragraphs.append(text(f"card.{id_}.title", locale))
            paragraphs.extend(text(f"card.{id_}.text", locale).split("\n\n"))
            rows.extend(Row(text(f"card.{id_}.number.{index}", locale), number) for index, number in card.numbers)
        paragraphs.append(text("card.common.not_manned", locale))
        # "I am safe" is an answer to a danger; a card about a date or about money has only been read.
        label = "ui.card_read" if set(shown.cards) <= READ_ONLY else "ui.card_continue"
        buttons = (self._command(label, shown.session, "r", locale),) if shown.session else ()
        return self._page(
            locale, "showcards", heading=paragraphs[0], paragraphs=tuple(paragraphs[1:]), rows=tuple(rows), buttons=buttons,
            tags=frozenset({"crisis"}),
        )  # fmt: skip

    def _data(self, data: ef.ShowData, locale: str) -> Outgoing:
        text = self.words.text
        rows = [self._answer_row(question, value, locale) for question, value in data.rows]
        rows += [
            Row(text("data.consents", locale), f"{self._purpose(purpose, locale)}: {at}") for purpose, at in data.consents
        ]
        paragraphs = (text("data.text", locale),) if rows else (text("data.nothing", locale),)
        return self._page(
            locale, "showdata", heading=text("data.title", locale), paragraphs=paragraphs, rows=tuple(rows), code=data.code or "",
            buttons=(
                self._command("ui.resume", data.session, "r", locale),
                self._command("menu.delete", data.session, "x", locale),
            ),
        )  # fmt: skip

    def _purpose(self, purpose: str, locale: str) -> str:
        return self.words.text(f"purpose.{purpose}", locale)

    def _language(self, asked: ef.ChooseLanguage, locale: str) -> Outgoing:
        fields = tuple(Field(code, self.words.own_name(code), code == asked.chosen) for code in asked.locales)
        form = Form("language", asked.session, 0, fields, columns=1, done=self.words.text("ui.continue", locale))
        return self._page(locale, "chooselanguage", heading=self.words.text("ui.choose_language", locale), form=form)

    def _delete(self, asked: ef.ConfirmDelete, locale: str) -> Outgoing:
        return self._page(
            locale, "confirmdelete", heading=self.words.text("delete.title", locale),
            paragraphs=(self.words.text("delete.text", locale),),
            buttons=(
                self._command("delete.yes", asked.session, "X", locale), self._command("delete.no", asked.session, "r", locale),
            ),
        )  # fmt: skip

    def _say(self, said: ef.Say, locale: str) -> Outgoing:
        return self._page(locale, "say", paragraphs=tuple(self.line(said.text, locale).split("\n\n")))

    def door(self, locale: str, url: str) -> Outgoing:
        """The page of a door: what this is, and the link to where the questions are asked."""
        text = self.words.text
        link = Button(text("door.link", locale), url=url)
        return self._page(
            locale, "door", heading=text("door.title", locale), paragraphs=(text("door.text", locale), text("door.hint", locale)),
            links=(link,),
        )  # fmt: skip

    # -- parts -----------------------------------------------------------------------------------------------------

    def _answer_row(self, question: str, value: object, locale: str) -> Row:
        term = self.words.text(self.words.question_key(question), locale)
        return Row(term.split("?")[0] + "?" if "?" in term else term, self.words.answer(question, value, locale))

    def _command(self, label: str, session: str, act: str, locale: str) -> Button:
        return Button(self.words.text(label, locale), Press(session, 0, act))

    def _page(self, locale: str, kind: str, *, progress: str = "", **parts: Any) -> Outgoing:
        draft = self.words.text("ui.draft", locale) if self.words.is_draft(locale) else ""
        return Outgoing(
            lang=locale, direction=self.words.direction(locale), kind=kind, draft=draft, progress=progress, **parts
        )
