"""What people do: answer what the page offers, and everything else that a page or a phone lets them do."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from dialogs import effects as ef
from dialogs import events as ev
from dialogs.answers import NoAnswer, Value
from dialogs.engine import view
from dialogs.path import walk
from dialogs.session import Status
from tests.model.expected import Phone
from tests.model.stage import PHONE, Stage, steps

COMMANDS = (
    ev.LanguageAsked(), ev.HelpAsked(), ev.HumanAsked(), ev.DataAsked(), ev.Paused(), ev.Resumed(), ev.Unreadable(),
    ev.StartedAgain(), ev.AnotherPersonStarted(), ev.DeleteAsked(), ev.Started(),
)  # fmt: skip
NONSENSE = ("", "x", "0", "31.02.2027", "15.03.2027", "99.99.9999", "\u202e", "Hilden", "01.01.1900", "ich will sterben", "🙂")
DAYS = st.sampled_from(["15.03.2027", "01.12.2026", "30.06.2028", "20.11.2026"])
ODD = ("yes", "no", "none", "velbert", "show", "info", "chat", "", "zz")
# How far a session that is made by one rule alone is led at most.
FAR = 30


class People(Stage):
    """One or several on each of three phones."""

    def _asked(self, phone: Phone) -> ef.Ask | ef.ChooseLanguage | None:
        """What is asked now, as the page offers it."""
        person = phone.current
        if person is None or person.session.status is not Status.ASKING:
            return None
        shown = view(self.model.script(person.session), person.session, self.model.on)
        return next((one for one in reversed(shown) if isinstance(one, ef.Ask | ef.ChooseLanguage)), None)

    def _choice(self, data: st.DataObject, phone: Phone, *, lead: bool = False) -> tuple[ev.Event, Value | None] | None:
        """An event that answers, and what must be stored then (None: not said here). `lead`: one that goes on."""
        asked, person = self._asked(phone), phone.current
        if asked is None or person is None:
            return None
        if isinstance(asked, ef.ChooseLanguage):
            return ev.LanguageChosen(data.draw(st.sampled_from(asked.locales))), None
        prompt = asked.prompt
        question = self.model.script(person.session).questionnaire.by_id[asked.question]
        ways = ["choose"]
        if not lead and asked.can_skip:
            ways.append("skip")
        if not lead and asked.no_answers:
            ways.append("no_answer")
        way = data.draw(st.sampled_from(ways)) if len(ways) > 1 else "choose"
        if way == "skip":
            return ev.Skipped(prompt), NoAnswer.SKIPPED if question.store else ()
        if way == "no_answer":
            word = data.draw(st.sampled_from(asked.no_answers))
            return ev.Chosen(prompt, (word,)), NoAnswer(word)
        options = [choice.id for choice in asked.choices]
        if asked.kind == "multi":
            chosen = tuple(data.draw(st.lists(st.sampled_from(options), min_size=1, max_size=3, unique=True)))
            for id_ in chosen:
                if question.by_id[id_].exclusive:
                    chosen = (id_,)
            return ev.Chosen(prompt, chosen), None
        if asked.kind == "phone":
            return ev.Typed("0151 2345678", prompt), None
        if asked.kind in ("date", "month"):
            text = data.draw(DAYS) if asked.kind == "date" else "03.2027"
            return ev.Typed(text, prompt), None
        if asked.kind == "note":
            return ev.Typed("Danke", prompt), None
        if lead:
            options = [id_ for id_ in options if id_ not in ("no", "info", "show", "u12", "a12", "child", "adult")] or options
        option = data.draw(st.sampled_from(options))
        plain = asked.kind in ("single", "town")
        return ev.Chosen(prompt, (option,)), option if plain else None

    def _answer(self, data: st.DataObject, phone: Phone, *, lead: bool = False) -> bool:
        drawn, person, asked = self._choice(data, phone, lead=lead), phone.current, self._asked(phone)
        if drawn is None or person is None:
            return False
        event, value = drawn
        self._press(phone, event)
        still = phone.current is person and person.session.status in (Status.ASKING, Status.REVIEWING)
        if value is not None and still and isinstance(asked, ef.Ask):
            stored = self._stored_at(phone)
            assert stored is not None and stored.session.answers.get(asked.question) == value, "the answer is not what was said"
        return True

    # -- people --------------------------------------------------------------------------------------------------------

    @initialize(n=PHONE, entry=st.sampled_from(["self", "self", "abh", "desk-104c"]), data=st.data(), far=st.booleans())
    def somebody_comes(self, n: int, entry: str, data: st.DataObject, far: bool) -> None:
        self._say(self.phones[n], ev.Started(entry, "ar"))
        if far:
            self.goes_on_to_the_end(n, data)

    @rule(n=PHONE, entry=st.sampled_from(["self", "desk-25b"]), locale=st.sampled_from([None, "fa", "de", "xx"]))
    def opens_the_chat(self, n: int, entry: str, locale: str | None) -> None:
        steps["begin"] += 1
        self._say(self.phones[n], ev.Started(entry, locale))

    @rule(n=PHONE, again=st.booleans())
    def comes_with_a_slip(self, n: int, again: bool) -> None:
        steps["slip"] += 1
        if again and self.model.slips:
            token = next(iter(self.model.slips))
        else:
            issued = self.world.database.write_now(
                lambda uow: uow.slips.issue(kreis="mettmann", entry="desk-104c", locale="ar", staff_id="s")
            )
            token = issued.token
            self.model.slips[token] = None
        self._say(self.phones[n], ev.Started("self", None, token))

    @rule(n=PHONE, data=st.data())
    def answers(self, n: int, data: st.DataObject) -> None:
        steps["answer"] += 1
        self._answer(data, self.phones[n])

    @rule(n=PHONE, data=st.data())
    def goes_on(self, n: int, data: st.DataObject) -> None:
        self.goes_on_to_the_end(n, data)

    @rule(n=PHONE, data=st.data())
    def goes_on_to_the_end(self, n: int, data: st.DataObject) -> None:
        """Answers one question after another, confirms, hands over."""
        phone = self.phones[n]
        for _ in range(FAR):
            person = phone.current
            if person is None or person.session.status in (Status.FINISHED, Status.PAUSED):
                return
            steps["answer"] += 1
            if person.session.status is Status.REVIEWING:
                self._press(phone, ev.Confirmed(person.session.prompt))
            elif not self._answer(data, phone, lead=True):
                return

    @rule(n=PHONE, on=st.booleans(), data=st.data())
    def switches_an_option(self, n: int, on: bool, data: st.DataObject) -> None:
        steps["switch"] += 1
        asked = self._asked(self.phones[n])
        if isinstance(asked, ef.Ask) and asked.choices:
            choice = data.draw(st.sampled_from(asked.choices))
            self._press(self.phones[n], ev.Toggled(asked.prompt, choice.id, on))
            self._press(self.phones[n], ev.Done(asked.prompt))

    @rule(n=PHONE, text=st.sampled_from(NONSENSE) | st.text(st.characters(codec="utf-8"), max_size=12))
    def writes_something(self, n: int, text: str) -> None:
        steps["nonsense"] += 1
        self._say(self.phones[n], ev.Typed(text))

    @rule(n=PHONE, ahead=st.integers(-3, 2), option=st.sampled_from(ODD))
    def presses_an_odd_button(self, n: int, ahead: int, option: str) -> None:
        steps["odd button"] += 1
        person = self.phones[n].current
        if person is not None:
            self._press(self.phones[n], ev.Chosen(person.session.prompt + ahead, (option,)))

    @rule(n=PHONE, act=st.sampled_from([ev.WentBack, ev.Skipped, ev.Done, ev.Confirmed]))
    def back_skip_done_confirm(self, n: int, act: Any) -> None:
        steps["back"] += 1
        person = self.phones[n].current
        if person is not None:
            self._press(self.phones[n], act(person.session.prompt))

    @rule(n=PHONE, data=st.data())
    def changes_an_answer(self, n: int, data: st.DataObject) -> None:
        steps["change"] += 1
        person = self.phones[n].current
        if person is not None and person.session.status is Status.REVIEWING:
            path = walk(self.model.script(person.session), person.session, self.model.on)
            question = data.draw(st.sampled_from([question.id for question in path.questions]))
            self._press(self.phones[n], ev.ChangeAsked(person.session.prompt, question))

    @rule(n=PHONE, event=st.sampled_from(COMMANDS))
    def asks_a_command(self, n: int, event: ev.Event) -> None:
        steps["command"] += 1
        self._say(self.phones[n], event)

    @rule(n=PHONE, locale=st.sampled_from(["ar", "de", "en", "fa", "xx"]))
    def changes_the_language(self, n: int, locale: str) -> None:
        steps["language"] += 1
        self._say(self.phones[n], ev.LanguageChosen(locale))

    @rule(n=PHONE, of=st.integers(0, 3))
    def withdraws(self, n: int, of: int) -> None:
        """Also for another person on this phone."""
        steps["withdraw"] += 1
        phone = self.phones[n]
        people = [person for person in phone.persons if person.stored]
        session = people[of % len(people)].session.id if people and of else None
        self._say(phone, ev.ConsentWithdrawn(), session)

    @rule(n=PHONE, really=st.booleans())
    def deletes_everything(self, n: int, really: bool) -> None:
        steps["delete"] += 1
        phone = self.phones[n]
        self._say(phone, ev.DeleteAsked())
        if really:
            self._say(phone, ev.DeleteConfirmed())
            assert not phone.persons, "somebody is left"

    @rule(n=PHONE)
    def somebody_else_takes_the_phone(self, n: int) -> None:
        steps["second person"] += 1
        self._say(self.phones[n], ev.AnotherPersonStarted())
