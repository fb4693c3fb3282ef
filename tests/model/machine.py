"""The machine: rules draw what people, offices, time and misfortune do; after each one, the world must be as the model says."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.channels import Inbound, Reply
from dialogs import effects as ef
from dialogs import events as ev
from dialogs.answers import NoAnswer, Value
from dialogs.engine import advance, view
from dialogs.path import walk
from dialogs.referral import MOVES, Move, MoveRefused, ReferralStatus
from dialogs.session import Session, Status
from storage import ReferralMoved, StoredSession, UnitOfWork
from tests.model.expected import ALIVE, Model, Person, Phone
from tests.model.world import World, hired

COMMANDS = (
    ev.LanguageAsked(), ev.HelpAsked(), ev.HumanAsked(), ev.DataAsked(), ev.Paused(), ev.Resumed(), ev.Unreadable(),
    ev.StartedAgain(), ev.AnotherPersonStarted(), ev.DeleteAsked(), ev.Started(),
)  # fmt: skip
ALWAYS = (ev.HelpAsked(), ev.HumanAsked(), ev.DataAsked(), ev.LanguageAsked(), ev.DeleteAsked(), ev.DeleteConfirmed())
NONSENSE = ("", "x", "0", "31.02.2027", "15.03.2027", "99.99.9999", "\u202e", "Hilden", "01.01.1900", "ich will sterben", "🙂" * 40)
# How far a session that is made by one rule alone is led at most.
FAR = 30
WISHES = (Move.ACCEPT, Move.DECLINE, Move.HAND_BACK, Move.CLOSE)
GIVEN_UP = dt.timedelta(hours=23)
steps: Counter[str] = Counter()


class Machine(RuleBasedStateMachine):
    """`world` makes a fresh real world; set by the test."""

    world_of: ClassVar[Any]

    def __init__(self) -> None:
        super().__init__()
        self.world: World = type(self).world_of()
        self.model = Model(self.world.library, self.world.clock, self._fresh)
        self.phones = [Phone("telegram", "4711"), Phone("telegram", "4712"), Phone("web", "w" * 43)]
        self.model.phones = self.phones
        self.former: list[tuple[Phone, Inbound]] = []
        self.number = 0
        self.looked = 0
        county = self.world.library.county
        of_traeger: dict[str, list[str]] = {}
        for stelle in county.stellen.values():
            of_traeger.setdefault(stelle.traeger, []).append(stelle.id)
        self.staff = {traeger: hired(self.world, traeger, tuple(stellen)) for traeger, stellen in of_traeger.items()}

    def teardown(self) -> None:
        self.world.close()

    # -- how something is said -----------------------------------------------------------------------------------------

    def _fresh(self, phone: Phone) -> tuple[str, str, str]:
        stored = self._stored_at(phone)
        assert stored is not None, "somebody has begun, and nothing of it is kept"
        return stored.session.id, stored.session.code, stored.person_id

    def _stored_at(self, phone: Phone) -> StoredSession | None:
        def query(uow: UnitOfWork) -> StoredSession | None:
            chat = uow.chats.find(phone.channel, phone.address)
            return uow.sessions.load(chat.session_id) if chat is not None and chat.session_id else None

        return self.world.read(query)

    def _inbound(self, phone: Phone, event: ev.Event, session: str | None = None) -> Inbound:
        self.number += 1
        inbound = Inbound(phone.channel, phone.address, f"e{self.number}", event, session, "ar" if self.number % 3 else None)
        self.former.append((phone, inbound))
        return inbound

    def _say(self, phone: Phone, event: ev.Event, session: str | None = None) -> Reply:
        inbound = self._inbound(phone, event, session)
        self._messages()  # what is sent by now can't be dropped by what happens next
        reply = self.world.receive(inbound)
        self.model.happened(phone, inbound)
        if not phone.pushes and phone.current is not None:
            assert reply.pages, "a page that is asked for must come"
        return reply

    def _press(self, phone: Phone, event: ev.Event) -> Reply:
        assert phone.current is not None
        return self._say(phone, event, phone.current.session.id)

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
            text = data.draw(st.sampled_from(["15.03.2027", "01.12.2026", "30.06.2028", "20.11.2026"])) if asked.kind == "date" else "03.2027"
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

    phone = st.sampled_from([0, 0, 1, 2])

    @initialize(n=phone, entry=st.sampled_from(["self", "self", "abh", "desk-104c"]), data=st.data(), far=st.booleans())
    def somebody_comes(self, n: int, entry: str, data: st.DataObject, far: bool) -> None:
        self._say(self.phones[n], ev.Started(entry, "ar"))
        if far:
            self.goes_on_to_the_end(n, data)

    @rule(n=phone, entry=st.sampled_from(["self", "desk-25b"]), locale=st.sampled_from([None, "fa", "de", "xx"]))
    def opens_the_chat(self, n: int, entry: str, locale: str | None) -> None:
        steps["begin"] += 1
        self._say(self.phones[n], ev.Started(entry, locale))

    @rule(n=phone, again=st.booleans())
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

    @rule(n=phone, data=st.data())
    def answers(self, n: int, data: st.DataObject) -> None:
        steps["answer"] += 1
        self._answer(data, self.phones[n])

    @rule(n=phone, data=st.data())
    def goes_on(self, n: int, data: st.DataObject) -> None:
        self.goes_on_to_the_end(n, data)

    @rule(n=phone, data=st.data())
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

    @rule(n=phone, on=st.booleans(), data=st.data())
    def switches_an_option(self, n: int, on: bool, data: st.DataObject) -> None:
        steps["switch"] += 1
        asked = self._asked(self.phones[n])
        if isinstance(asked, ef.Ask) and asked.choices:
            choice = data.draw(st.sampled_from(asked.choices))
            self._press(self.phones[n], ev.Toggled(asked.prompt, choice.id, on))
            self._press(self.phones[n], ev.Done(asked.prompt))

    @rule(n=phone, text=st.sampled_from(NONSENSE) | st.text(st.characters(codec="utf-8"), max_size=12))
    def writes_something(self, n: int, text: str) -> None:
        steps["nonsense"] += 1
        self._say(self.phones[n], ev.Typed(text))

    @rule(n=phone, ahead=st.integers(-3, 2), option=st.sampled_from(["yes", "no", "none", "velbert", "show", "info", "chat", "", "zz"]))
    def presses_an_odd_button(self, n: int, ahead: int, option: str) -> None:
        steps["odd button"] += 1
        person = self.phones[n].current
        if person is not None:
            self._press(self.phones[n], ev.Chosen(person.session.prompt + ahead, (option,)))

    @rule(n=phone, act=st.sampled_from([ev.WentBack, ev.Skipped, ev.Done, ev.Confirmed]))
    def back_skip_done_confirm(self, n: int, act: Any) -> None:
        steps["back"] += 1
        person = self.phones[n].current
        if person is not None:
            self._press(self.phones[n], act(person.session.prompt))

    @rule(n=phone, data=st.data())
    def changes_an_answer(self, n: int, data: st.DataObject) -> None:
        steps["change"] += 1
        person = self.phones[n].current
        if person is not None and person.session.status is Status.REVIEWING:
            path = walk(self.model.script(person.session), person.session, self.model.on)
            question = data.draw(st.sampled_from([question.id for question in path.questions]))
            self._press(self.phones[n], ev.ChangeAsked(person.session.prompt, question))

    @rule(n=phone, event=st.sampled_from(COMMANDS))
    def asks_a_command(self, n: int, event: ev.Event) -> None:
        steps["command"] += 1
        self._say(self.phones[n], event)

    @rule(n=phone, locale=st.sampled_from(["ar", "de", "en", "fa", "xx"]))
    def changes_the_language(self, n: int, locale: str) -> None:
        steps["language"] += 1
        self._say(self.phones[n], ev.LanguageChosen(locale))

    @rule(n=phone, of=st.integers(0, 3))
    def withdraws(self, n: int, of: int) -> None:
        """Also for another person on this phone."""
        steps["withdraw"] += 1
        phone = self.phones[n]
        people = [person for person in phone.persons if person.stored]
        session = people[of % len(people)].session.id if people and of else None
        self._say(phone, ev.ConsentWithdrawn(), session)

    @rule(n=phone, really=st.booleans())
    def deletes_everything(self, n: int, really: bool) -> None:
        steps["delete"] += 1
        phone = self.phones[n]
        self._say(phone, ev.DeleteAsked())
        if really:
            self._say(phone, ev.DeleteConfirmed())
            assert not phone.persons

    @rule(n=phone)
    def somebody_else_takes_the_phone(self, n: int) -> None:
        steps["second person"] += 1
        self._say(self.phones[n], ev.AnotherPersonStarted())

    # -- the messenger -------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.former)
    @rule(data=st.data(), times=st.integers(1, 3))
    def an_event_comes_again(self, data: st.DataObject, times: int) -> None:
        steps["redelivery"] += 1
        fresh = [item for item in self.former if (item[1].channel, item[1].event_id) in self.model.seen]
        if not fresh:
            return
        back = data.draw(st.integers(0, 11))
        _, inbound = fresh[-1 - back % len(fresh)]
        self._quiet()
        before = self.world.digest()
        for _ in range(times):
            self.world.receive(inbound)
        assert self.world.digest() == before, "a repeated event has changed something"

    @rule(n=phone, data=st.data())
    def events_arrive_in_the_wrong_order(self, n: int, data: st.DataObject) -> None:
        """Two answers given one after the other, heard the other way round: the second is early, the first is right."""
        steps["reordered"] += 1
        phone, drawn = self.phones[n], self._choice(data, self.phones[n], lead=True)
        if drawn is None or phone.current is None:
            return
        early = ev.Chosen(phone.current.session.prompt + 1, ("yes",))
        session = phone.current.session.id
        first, second = self._inbound(phone, drawn[0], session), self._inbound(phone, early, session)
        for inbound in (second, first, second):
            self._messages()
            self.world.receive(inbound)
            self.model.happened(phone, inbound)

    @rule(n=phone, data=st.data(), times=st.integers(2, 4))
    def one_press_arrives_several_times_at_once(self, n: int, data: st.DataObject, times: int) -> None:
        steps["at once"] += 1
        phone, drawn = self.phones[n], self._choice(data, self.phones[n], lead=True)
        if drawn is None or phone.current is None:
            return
        inbound = self._inbound(phone, drawn[0], phone.current.session.id)
        self.world.receive_at_once([inbound] * times)
        self.model.happened(phone, inbound)

    @rule(weather=st.lists(st.sampled_from(["fine", "429", "502"]), max_size=4))
    def messages_are_sent(self, weather: list[str]) -> None:
        steps["sending"] += 1
        too_old = self.world.clock() - GIVEN_UP
        if all(one.made > too_old for phone in self.phones for one in phone.owed):  # an old message is given up instead
            self.world.sky.weather.extend(weather)
        self.world.settle()
        self.world.sky.weather.clear()

    @rule()
    def the_weather_is_fine_again(self) -> None:
        """After the longest wait between two tries everything that is owed arrives, unless she has blocked us."""
        steps["sending"] += 1
        self._messages()
        self.world.clock.forward(minutes=6)
        self.world.settle()
        for phone in self.phones:
            assert phone.blocked or not phone.pushes or not self._due(phone), "a message is not sent, and nobody knows why"

    @rule(n=st.sampled_from([0, 1]))
    def the_bot_is_blocked(self, n: int) -> None:
        """What waits is dropped; what she writes later finds her again."""
        steps["blocked"] += 1
        phone = self.phones[n]
        self._quiet()
        self._messages()
        self.world.wait(self.world.process.conversation.gone(phone.channel, phone.address))
        phone.owed.clear()
        phone.blocked = True

    # -- misfortune ----------------------------------------------------------------------------------------------------

    @rule()
    def everything_crashes(self) -> None:
        steps["crash"] += 1
        self.world.crash()
        self._crashed()

    @rule(n=phone, moment=st.sampled_from(["before", "after"]), data=st.data())
    def crashes_in_the_middle_of_an_event(self, n: int, moment: str, data: st.DataObject) -> None:
        """The messenger got no answer, so it brings the event again."""
        steps["interrupted"] += 1
        phone, drawn = self.phones[n], self._choice(data, self.phones[n], lead=True)
        session = phone.current.session.id if phone.current is not None else None
        inbound = self._inbound(phone, drawn[0] if drawn else ev.HelpAsked(), session)
        self._quiet()
        before = self.world.digest()
        self.world.interrupted(inbound, moment)
        assert (self.world.digest() == before) == (moment == "before"), "kept half, or not kept what was committed"
        if moment == "after":
            self.model.happened(phone, inbound)
        self._crashed()
        self.world.receive(inbound)
        self.model.happened(phone, inbound)

    def _crashed(self) -> None:
        # What the dead process had taken is free when its lease ends; what it had sent may be sent once more.
        self.world.clock.forward(seconds=61)
        for phone in self.phones:
            self._once_more(phone)

    def _once_more(self, phone: Phone) -> None:
        """After a crash only the database knows what is still to be sent; it must be the end of what was owed."""
        due = self._due(phone)
        self.world.sky.arrived = [item for item in self.world.sky.arrived if item[0] != phone.address]
        self._farewell(phone)
        kinds = [one.kind for one in phone.owed]
        assert kinds[len(kinds) - len(due) :] == due, "a message is lost or in the wrong place"
        phone.owed = phone.owed[len(kinds) - len(due) :]

    @rule(hours=st.sampled_from([1, 3, 26, 50, 24 * 5, 24 * 8, 24 * 15, 24 * 29, 24 * 31, 24 * 43]), sent=st.booleans())
    def time_passes(self, hours: int, sent: bool) -> None:
        steps["time"] += 1
        if sent:
            self.world.settle()
        self._messages()
        self.world.clock.forward(hours=hours)
        self.world.sweep()
        self.model.swept()
        for phone in self.phones:
            if not phone.persons and not self._has_chat(phone):
                phone.owed = []

    # -- the office ----------------------------------------------------------------------------------------------------

    @rule(data=st.data(), move=st.sampled_from(WISHES), stale=st.booleans())
    def a_case_manager_decides(self, data: st.DataObject, move: Move, stale: bool) -> None:
        steps["office"] += 1
        found = [(person, one) for person in self.model.everybody() for one in person.referrals if one.full]
        if not found:
            return
        person, one = found[data.draw(st.integers(0, 3)) % len(found)]
        staff = self.staff[self.world.library.county.stellen[one.stelle].traeger]
        page = self.world.read(
            lambda uow: uow.referrals.open_for(staff.traeger or "", staff.stellen, status=one.status.value, limit=200)
        )
        mine = [row for row in page.rows if row.stelle == one.stelle and self._session_of(row.id) == person.session.id]
        assert len(mine) == 1, "a hand-over that was agreed to is not in the inbox"
        version = mine[0].version - (1 if stale else 0)
        try:
            self.world.decide(staff, mine[0].id, move, version)
        except ReferralMoved:
            assert stale
        except MoveRefused:
            assert move not in MOVES[one.status]
        else:
            assert not stale
            one.status, one.moved = MOVES[one.status][move], self.world.clock()
            self.model.told(person)

    def _session_of(self, referral: str) -> str:
        return str(self.world.rows("SELECT session_id FROM referral WHERE id = ?", referral)[0][0])

    # -- what must always hold -----------------------------------------------------------------------------------------

    def _quiet(self) -> None:
        """What this process was just sending is sent, or put back; only then can it be compared."""
        for process in self.world.processes:
            self.world.wait(process.delivery.settled())
        for phone in self.phones:
            self._farewell(phone)

    def _farewell(self, phone: Phone) -> None:
        """When the last word is said and nobody else talks here, the chat itself is gone."""
        if any(one.farewell for one in phone.owed) and not phone.persons and not self._has_chat(phone):
            phone.owed = []
            self.world.sky.arrived = [item for item in self.world.sky.arrived if item[0] != phone.address]

    def _has_chat(self, phone: Phone) -> bool:
        return self.world.read(lambda uow: uow.chats.find(phone.channel, phone.address)) is not None

    def _due(self, phone: Phone) -> list[str]:
        """What waits for this phone, in order; reminders are for later and no part of the order."""

        def query(uow: UnitOfWork) -> list[str]:
            chat = uow.chats.find(phone.channel, phone.address)
            if chat is None:
                return []
            rows = self.world.rows("SELECT id, sealed_effect FROM outbox WHERE chat_id = ? AND state = 'due' ORDER BY seq", chat.id)
            cipher = uow.tx.cipher(chat.id)
            opened = [json.loads(cipher.open("outbox", "effect", row[0], bytes(row[1])))[0] for row in rows]
            return [raw["effect"] for raw in opened if raw.get("text", {"key": ""})["key"] != "reminder.text"]

        return self.world.read(query)

    @invariant()
    def the_world_is_as_the_model_says(self) -> None:
        steps["steps"] += 1
        self._messages()
        for phone in self.phones:
            stored = self._stored_at(phone)
            assert (stored.session if stored else None) == (phone.current.session if phone.current else None)
        for person in self.model.everybody():
            self._person(person)
        if self.model.erased:
            self._erased()
        owners = Counter(row[0] for row in self.world.rows("SELECT person_id FROM session"))
        assert max(owners.values(), default=0) <= 1, "two dialogues share a key"

    def _messages(self) -> None:
        """Every message was sent or is still due, in the order in which it was owed."""
        self._quiet()
        for phone in self.phones:
            if not phone.pushes or not (phone.owed or self.world.sky.arrived):
                continue
            arrived = [page.kind for address, page in self.world.sky.arrived if address == phone.address and not _reminds(page)]
            due = self._due(phone)
            owed = [one.kind for one in phone.owed]
            known = self.world.sky.arrived
            assert owed[len(owed) - len(due) :] == due if due else True, ("the outbox is not what is owed", owed, arrived, due)
            assert arrived == owed[: len(owed) - len(due)], ("what was sent is not what was owed", owed, arrived, due)
            self.world.sky.arrived = [item for item in known if item[0] != phone.address]
            phone.owed = phone.owed[len(owed) - len(due) :]

    def _person(self, person: Person) -> None:
        consents = self.world.read(lambda uow: uow.consents.of(person.id))
        assert [(row.purpose, row.given, row.recipient, row.withdrawn_at is not None) for row in consents] == [
            (one.purpose, one.given, one.recipient, one.withdrawn) for one in person.consents
        ]
        rows = self.world.rows("SELECT stelle, status, consent_id, sealed_case IS NOT NULL FROM referral WHERE person_id = ?", person.id)
        expected = sorted((one.stelle, one.status.value, one.full) for one in person.referrals)
        assert sorted((row[0], row[1], bool(row[3])) for row in rows) == expected, "hand-overs"
        given = {row.id for row in consents if row.purpose == "C3" and row.given}
        standing = {row.id for row in consents if row.id in given and row.withdrawn_at is None}
        for row in rows:
            assert row[2] in given, "a hand-over without a consent"
            assert row[1] not in (ReferralStatus.WAITING, ReferralStatus.ACCEPTED) or row[2] in standing, "taken back, and still there"
        agreed = {one.recipient for one in person.consents if one.purpose == "C3" and one.given and not one.withdrawn}
        assert {one.stelle for one in person.referrals if one.status in ALIVE} <= agreed
        stored = self.world.read(lambda uow: uow.sessions.load(person.session.id))
        assert (stored is not None) == person.stored
        if stored is not None:
            assert stored.session == person.session and stored.person_id == person.id
            self._page(stored.session)

    def _page(self, session: Session) -> None:
        """The page follows from the answers, can be put into words, and leaves every way out open."""
        script, on = self.model.script(session), self.model.on
        if session.status is Status.ASKING:
            path = walk(script, session, on)
            assert path.at_once is not None or (path.open.id if path.open else None) == session.open
        languages = self.world.library.county.languages
        self.looked += 1
        locale = languages[self.looked % len(languages)]
        for effect in view(script, session, on):
            self.world.process.delivery._phrasing.phrase(effect, locale)
        event = ALWAYS[self.looked % len(ALWAYS)]
        turn = advance(script, session, event, on)
        assert turn.effects
        if isinstance(event, ev.DeleteConfirmed):
            assert ef.Erase("chat") in turn.effects

    def _erased(self) -> None:
        tables = ("SELECT subject_id FROM data_key", "SELECT id FROM person", "SELECT person_id FROM session",
                  "SELECT person_id FROM consent", "SELECT person_id FROM referral", "SELECT person_id FROM outbox")  # fmt: skip
        for words in tables:
            left = {row[0] for row in self.world.rows(words)} & self.model.erased
            assert not left, f"erased, and still there: {words}"


def _reminds(page: Any) -> bool:
    return page.kind == "say" and any("Erinnerung" in words or "Reminder" in words for words in page.paragraphs)
