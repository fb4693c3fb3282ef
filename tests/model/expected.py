"""The model: plain lists of who there is, what she said, agreed to, handed over, and what she is still to be told.

What one event does to one dialogue is asked of the engine, which is pure and proved elsewhere. Everything around it, which
event counts, what is kept, owed, withdrawn, erased, is written down here once more, without a database.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from bot.channels import Inbound
from bot.place import BERLIN
from dialogs import effects as ef
from dialogs import events as ev
from dialogs.engine import Turn, advance, start, view
from dialogs.errors import EventRefused, NotUnderstood
from dialogs.referral import MOVES, Move, ReferralStatus
from dialogs.script import Library, Script
from dialogs.session import Session, Status

DAY = dt.timedelta(days=1)
ALIVE = (ReferralStatus.WAITING, ReferralStatus.ACCEPTED)


@dataclass(eq=False)
class Agreed:
    purpose: str
    given: bool
    recipient: str | None
    withdrawn: bool = False


@dataclass(eq=False)
class Handed:
    """A referral. `full`: its content can still be read."""
    stelle: str
    status: ReferralStatus
    moved: dt.datetime
    full: bool = True


@dataclass(eq=False)
class Person:
    session: Session
    id: str
    phone: Phone
    saved: dt.datetime
    stored: bool = True
    consents: list[Agreed] = field(default_factory=list)
    referrals: list[Handed] = field(default_factory=list)

    @property
    def handed_over(self) -> bool:
        return any(one.status is ReferralStatus.WAITING or one.full for one in self.referrals)


@dataclass(eq=False)
class Owed:
    """A message that is to be sent. `owner`: of whom it speaks; a bare sentence speaks of nobody."""
    kind: str
    owner: Person | None
    made: dt.datetime
    farewell: bool = False


@dataclass(eq=False)
class Phone:
    channel: str
    address: str
    current: Person | None = None
    persons: list[Person] = field(default_factory=list)
    owed: list[Owed] = field(default_factory=list)
    blocked: bool = False

    @property
    def pushes(self) -> bool:
        return self.channel == "telegram"


def hour(moment: dt.datetime) -> dt.datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


Fresh = Callable[[Phone], tuple[str, str, str]]


class Model:
    """`fresh` says which ids the program drew for somebody who has just begun; the only thing it is asked."""

    def __init__(self, library: Library, clock: Callable[[], dt.datetime], fresh: Fresh) -> None:
        self.library, self.clock, self.fresh = library, clock, fresh
        self.phones: list[Phone] = []
        self.seen: dict[tuple[str, str], dt.datetime] = {}
        self.slips: dict[str, str | None] = {}
        self.erased: set[str] = set()

    @property
    def on(self) -> dt.date:
        return self.clock().astimezone(BERLIN).date()

    def everybody(self) -> Iterator[Person]:
        return (person for phone in self.phones for person in phone.persons)

    def script(self, session: Session) -> Script:
        return self.library.get(session.script) or self.library.current(self.on)

    # -- one event -----------------------------------------------------------------------------------------------------

    def happened(self, phone: Phone, inbound: Inbound) -> None:
        key = (inbound.channel, inbound.event_id)
        if key in self.seen:
            return
        self.seen[key] = self.clock()
        phone.blocked = False  # who writes has not blocked us
        event, person = inbound.event, phone.current
        if person is None:
            self._first(phone, event)
            return
        if inbound.session not in (None, person.session.id):
            other = next((one for one in phone.persons if one.stored and one.session.id == inbound.session), None)
            if other is None or not isinstance(event, ev.ConsentWithdrawn | ev.DataAsked):
                self._stale(person, ef.Text("ui.stale"))
                return
            person = other
        if isinstance(event, ev.Started) and event.slip and self.slips.get(event.slip, "used") is None:
            self._begin(phone, event.entry, person.session.locale, event.slip)
            return
        try:
            turn = advance(self._counted(person.session, event), person.session, event, self.on)
        except NotUnderstood as refused:
            self._stale(person, ef.Text(refused.hint, refused.params))
        except EventRefused:
            self._stale(person, ef.Text("ui.stale"))
        else:
            self._follow(phone, person, turn)

    def _counted(self, session: Session, event: ev.Event) -> Script:
        script = self.script(session)
        if session.status is not Status.REVIEWING or not isinstance(event, ev.Confirmed):
            return script
        kommune = session.answers.get("S02_city")
        posts = script.county.posts(kommune if isinstance(kommune, str) else None)
        return script.counted({stelle: self.busy(stelle) for stelle in posts}) if len(posts) > 1 else script

    def busy(self, stelle: str) -> int:
        handed = [one for person in self.everybody() for one in person.referrals]
        return sum(one.stelle == stelle and one.status in ALIVE for one in handed)

    def _first(self, phone: Phone, event: ev.Event) -> None:
        match event:
            case ev.Started():
                self._begin(phone, event.entry, event.locale, event.slip)
            case ev.LanguageChosen():
                self._begin(phone, "self", event.locale, None)
            case ev.DeleteAsked() | ev.DeleteConfirmed() | ev.DataAsked():
                pass
            case _:
                self._begin(phone, "self", None, None)

    def _begin(self, phone: Phone, entry: str, locale: str | None, slip: str | None) -> None:
        prompt = phone.current.session.prompt if phone.current else 0
        id_, code, person_id = self.fresh(phone)
        if slip is not None and self.slips.get(slip, "used") is None:
            self.slips[slip], entry, locale = id_, "desk-104c", locale or "ar"
        script = self.library.current(self.on)
        turn = start(script, id=id_, code=code, door=phone.channel, entry=entry, locale=locale, on=self.on, prompt=prompt)
        assert person_id not in self.erased and all(person_id != one.id for one in self.everybody()), "two persons, one key"
        phone.current = Person(turn.session, person_id, phone, hour(self.clock()))
        phone.persons.append(phone.current)
        self._owe(phone.current, turn.effects)

    def _follow(self, phone: Phone, person: Person, turn: Turn) -> None:
        erase, another = None, False
        for effect in turn.effects:
            match effect:
                case ef.KeepConsent():
                    if not effect.given:
                        self._take_back(person, effect.purpose, effect.recipient)
                    person.consents.append(Agreed(effect.purpose, effect.given, effect.recipient))
                case ef.Refer():
                    standing = [one.stelle for one in person.referrals if one.status is not ReferralStatus.WITHDRAWN]
                    if effect.stelle not in standing:
                        person.referrals.append(Handed(effect.stelle, ReferralStatus.WAITING, self.clock()))
                case ef.Withdraw():
                    self._withdraw(person)
                    self._take_back(person, "C3", None)
                case ef.Erase():
                    erase = effect.scope
                case ef.BeginAnother():
                    another = True
        if erase == "chat":
            self._erase_chat(phone, person, turn)
            return
        if erase == "person":
            before = person.session
            self.erase(person)
            phone.current = replace(person, session=before)  # only its prompt is still looked at
        elif turn.session is not person.session:
            person.session, person.saved = turn.session, hour(self.clock())
        if another:
            self._begin(phone, "self", turn.session.locale, None)
            return
        self._owe(person, turn.effects)

    def _take_back(self, person: Person, purpose: str, recipient: str | None) -> None:
        for one in person.consents:
            if one.purpose == purpose and one.given and recipient in (None, one.recipient):
                one.withdrawn = True

    def _withdraw(self, person: Person) -> None:
        for one in person.referrals:
            if Move.WITHDRAW in MOVES[one.status]:
                one.status, one.moved, one.full = ReferralStatus.WITHDRAWN, self.clock(), False

    def _erase_chat(self, phone: Phone, person: Person, turn: Turn) -> None:
        asked = turn.session.outcome == "deleted"
        others = [one for one in phone.persons if one is not person and one.stored]
        for one in (person, *(others if asked else ())):
            self.erase(one)
        if others and not asked:
            phone.current = max(others, key=lambda one: (one.saved, one.id))
            self._owe(person, turn.effects)
            return
        phone.current = None
        if not phone.pushes:
            self.forget(phone)
            return
        self._owe(person, turn.effects)
        phone.owed[-1].farewell = True

    # -- what is owed --------------------------------------------------------------------------------------------------

    def _owe(self, person: Person, effects: Sequence[ef.Effect]) -> None:
        shown = [effect for effect in effects if isinstance(effect, ef.Shown)]
        if any(isinstance(effect, ef.ShowCards) for effect in shown):
            shown = [effect for effect in shown if not isinstance(effect, ef.Ask)]
        if person.phone.pushes:
            person.phone.owed += [Owed(type(one).__name__.lower(), person, self.clock()) for one in shown]

    def _stale(self, person: Person, note: ef.Text) -> None:
        shown = view(self.script(person.session), person.session, self.on, note)
        carried = any(isinstance(effect, ef.Ask | ef.ShowSummary) and effect.note is not None for effect in shown)
        self._owe(person, shown if carried else (ef.Say(note), *shown))

    def told(self, person: Person) -> None:
        if person.phone.pushes:
            person.phone.owed.append(Owed("tellstatus", person, self.clock()))

    # -- the end -------------------------------------------------------------------------------------------------------

    def erase(self, person: Person, *, wished: bool = True) -> None:
        """Nothing of her can be read any more; who wished it takes her open hand-overs back."""
        for one in person.referrals:
            if wished and one.status in ALIVE:
                one.status, one.moved = ReferralStatus.WITHDRAWN, self.clock()
            one.full = False
        phone = person.phone
        phone.persons.remove(person)
        phone.owed = [one for one in phone.owed if one.owner is not person or one.kind == "say"]
        if phone.current is person:
            phone.current = None
        self.erased.add(person.id)

    def forget(self, phone: Phone) -> None:
        """The chat itself is gone."""
        for person in list(phone.persons):
            self.erase(person)
        phone.owed, phone.current = [], None

    def swept(self) -> None:
        """Every deadline (`domain.md` 5.3): what has run out by now is gone."""
        now = self.clock()
        self.seen = {key: at for key, at in self.seen.items() if at >= now - 14 * DAY}
        for phone in self.phones:
            kept = {True: 30 * DAY, False: DAY}
            phone.owed = [one for one in phone.owed if one.made >= now - kept[one.kind == "tellstatus"]]
        for person in list(self.everybody()):
            for one in person.referrals:
                self._run_out(person, one, now)
        for person in list(self.everybody()):
            ended = person.session.status in (Status.FINISHED, Status.ENDED)
            if person.stored and person.saved < now - (7 if ended else 2) * DAY and not person.handed_over:
                person.stored = False
        for phone in self.phones:
            if phone.current is not None and not phone.current.stored:
                left = [one for one in phone.persons if one.stored]
                phone.current = max(left, key=lambda one: (one.saved, one.id), default=None)
        for person in list(self.everybody()):
            if not person.stored and not person.handed_over:
                self.erase(person, wished=False)

    def _run_out(self, person: Person, one: Handed, now: dt.datetime) -> None:
        if one.status is ReferralStatus.WAITING and one.moved < now - 42 * DAY:
            one.status, one.moved = ReferralStatus.RETURNED, now
            self.told(person)
        kept = 30 if one.status is ReferralStatus.ACCEPTED else 28
        if one.status is not ReferralStatus.WAITING and one.moved < now - kept * DAY:
            one.full = False
