"""What one inbound event does to the database: the step inside the transaction that `conversation.receive` opens.

The event id is noted, the session loaded, the engine asked, and everything it wants kept is kept here, or nothing is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.channels import Inbound, Outgoing, Reply
from bot.place import BERLIN, Place
from dialogs import effects as ef
from dialogs import events as ev
from dialogs.effect_json import effect_to_json
from dialogs.engine import Turn, advance, start, view
from dialogs.errors import EventRefused, NotUnderstood, UnknownOption
from dialogs.script import Script
from dialogs.session import Session, Status
from storage import Chat, StoredSession, UnitOfWork

# Pages that hold something kept nowhere: they must be drawn from this very reply.
ONCE = (ef.ShowCards, ef.ShowPreview, ef.ShowData, ef.Say, ef.ChooseLanguage, ef.ConfirmDelete)


@dataclass(frozen=True, slots=True)
class Due:
    """A message that was just put into the outbox under this process' lease, ready to be sent without reading it again.

    `held_from`: since when it is held, in seconds of the monotonic clock.
    """

    row: str
    channel: str
    address: str
    chat: str
    page: Outgoing
    then_erase: bool
    held_from: float


class Step:
    """The one transaction of one inbound event."""

    def __init__(self, place: Place, uow: UnitOfWork, inbound: Inbound, due: list[Due]) -> None:
        self.place = place
        self.uow = uow
        self.inbound = inbound
        self.due = due
        # Something was put behind a message of this chat that this process does not hold.
        self.behind = False
        self.on = place.today()
        self.began = place.monotonic()
        self.chat: Chat | None = None
        self.stored: StoredSession | None = None

    def run(self) -> Reply:
        uow, inbound = self.uow, self.inbound
        # First: where several processes write, it is held from here on, so that one thing happens in a chat at a time.
        self.chat = uow.chats.find(inbound.channel, inbound.address)
        new = uow.inbound.note(inbound.channel, inbound.event_id, inbound.mark)
        if self.chat is not None and self.chat.session_id:
            self.stored = uow.sessions.load(self.chat.session_id)
        if not new:
            return self._as_it_stands(duplicate=True)
        if self.chat is not None and self.chat.gone:
            # Who writes has not blocked us any more: what is owed later, also by the office, must reach her.
            uow.chats.set(self.chat.id, gone=False)
            self.chat = replace(self.chat, gone=False)
        if self.stored is None:
            return self._first()
        session = self.stored.session
        if inbound.session is not None and inbound.session != session.id:
            other = self._other_person(inbound.session)
            if other is None:
                return self._as_it_stands(note=ef.Text("ui.stale"))
            self.stored, session = other, other.session
        if isinstance(inbound.event, ev.Started) and inbound.event.slip:
            # A slip that nobody has used begins anew; one that is used already (her own, scanned again) changes nothing.
            begun = self._begun(inbound.event.entry, session.locale, inbound.event.slip, only_with_slip=True)
            if begun is not None:
                return begun
        try:
            turn = advance(self._script(session), session, inbound.event, self.on)
        except NotUnderstood as refused:
            return self._as_it_stands(note=ef.Text(refused.hint, refused.params))
        except UnknownOption:
            return self._as_it_stands(note=ef.Text("ui.use_buttons"))
        except EventRefused:
            return self._as_it_stands(note=ef.Text("ui.stale"))
        return self._keep(turn)

    def _script(self, session: Session) -> Script:
        """Who confirms her summary is about to be sent somewhere: then it matters which Stelle has free places."""
        script = self.place.script(session)
        if session.status is not Status.REVIEWING or not isinstance(self.inbound.event, ev.Confirmed):
            return script
        kommune = session.answers.get("S02_city")
        posts = script.county.posts(kommune if isinstance(kommune, str) else None)
        return script.counted(self.uow.referrals.busy(posts)) if len(posts) > 1 else script

    def keep_whole(self, first: Session, turn: Turn) -> None:
        """Keep a conversation that was led elsewhere in one go (the demo's made-up people)."""
        self.chat = self.uow.chats.open(self.inbound.channel, self.inbound.address, first.locale)
        person = self.uow.persons.add(self.place.kreis)
        self.stored = self.uow.sessions.add(first, person_id=person, chat_id=self.chat.id, code=first.code)
        self.uow.chats.set(self.chat.id, session_id=first.id, locale=first.locale)
        self._keep(turn)

    def _first(self) -> Reply:
        """Nobody we know: begin. The first press may already have chosen the language."""
        event, hint = self.inbound.event, self.inbound.locale_hint
        if isinstance(event, ev.Started):
            return self._begin(event.entry, event.locale, event.slip)
        if isinstance(event, ev.LanguageChosen):
            return self._begin("self", event.locale, None)
        if isinstance(event, ev.DeleteAsked | ev.DeleteConfirmed | ev.DataAsked):
            return self._answer_only((ef.ShowEnd("", "deleted"),), hint or "de")
        return self._begin("self", None, None)

    def _other_person(self, session_id: str) -> StoredSession | None:
        """Another person's session on this phone, for what she may always ask: withdraw, and what is stored."""
        if self.chat is None or not isinstance(self.inbound.event, ev.ConsentWithdrawn | ev.DataAsked):
            return None
        found = self.uow.sessions.of_chat(self.chat.id)
        return next((stored for stored in found if stored.session.id == session_id), None)

    def begin_with_slip(self, code: str) -> bool:
        """Begin with the short code of a desk slip; False if no unused slip has it."""
        self.chat = self.uow.chats.find(self.inbound.channel, self.inbound.address)
        return self._begun("desk", self.inbound.locale_hint, code, only_with_slip=True, by_code=True) is not None

    def _begin(self, entry: str, locale: str | None, slip: str | None) -> Reply:
        reply = self._begun(entry, locale, slip)
        assert reply is not None
        return reply

    def _begun(
        self, entry: str, locale: str | None, slip: str | None, *, only_with_slip: bool = False, by_code: bool = False
    ) -> Reply | None:
        uow, inbound = self.uow, self.inbound
        prompt = self.stored.session.prompt if self.stored else 0
        turn = self.place.begin(door=inbound.channel, entry=entry, locale=locale, prompt=prompt)
        state = uow.slips.use(slip, turn.session.id, by_code=by_code) if slip else None
        if state is None and only_with_slip:
            return None
        if state is not None:
            # The slip says which paper was handed out and, until she chooses another, the language.
            known = replace(turn.session, entry=state.entry)
            turn = start(
                self.place.script(known), id=known.id, code=known.code, door=known.door, entry=state.entry,
                locale=locale or state.locale, on=self.on, prompt=prompt,
            )  # fmt: skip
            uow.slips.mark(state.id, "answering")
        if self.chat is None:
            self.chat = uow.chats.open(inbound.channel, inbound.address, locale)
        person = uow.persons.add(self.place.kreis)
        self.stored = uow.sessions.add(
            turn.session, person_id=person, chat_id=self.chat.id, code=turn.session.code, slip_id=state.id if state else None
        )
        uow.chats.set(self.chat.id, session_id=turn.session.id, locale=turn.session.locale)
        return self._show(turn.session, self._shown(turn.effects))

    def _keep(self, turn: Turn) -> Reply:
        """Carry out what the engine wants kept, then say what it wants said."""
        assert self.stored is not None and self.chat is not None
        uow, session, stored = self.uow, turn.session, self.stored
        locale = self.place.locale_of(session, self.inbound.locale_hint)
        consent: str | None = None
        erase: str | None = None
        another = False
        for effect in turn.effects:
            match effect:
                case ef.KeepConsent():
                    if not effect.given:
                        uow.consents.withdraw(stored.person_id, effect.purpose, effect.recipient)
                    consent = uow.consents.keep(
                        stored.person_id, purpose=effect.purpose, given=effect.given, recipient=effect.recipient,
                        text_id=effect.text, text_version=session.script, locale=locale, channel=self.inbound.channel,
                        text_sha256=self.place.text_hash(effect, locale, session),
                    )  # fmt: skip
                case ef.Refer():
                    self._refer(effect, session, locale, consent)
                case ef.Withdraw():
                    uow.referrals.withdraw(session.id)
                    uow.consents.withdraw(stored.person_id, "C3")
                case ef.Count():
                    uow.counters.add(effect.name, self.on, self.place.kreis)
                case ef.Remind():
                    self._remind(effect, session, locale)
                case ef.Erase():
                    erase = effect.scope
                case ef.BeginAnother():
                    another = True
        if stored.slip_id and session.status in (Status.FINISHED, Status.ENDED):
            uow.slips.mark(stored.slip_id, "finished")
        if erase == "chat":
            return self._erase_all(turn, locale)
        if erase == "person":
            uow.persons.erase(stored.person_id, "restart")
        elif session is not stored.session:
            self.stored = uow.sessions.save(stored, session)
            if session.locale != stored.session.locale and self.chat.session_id == session.id:
                uow.chats.set(self.chat.id, session_id=session.id, locale=session.locale)
        if another:
            return self._begin("self", session.locale, None)
        return self._show(session, self._shown(turn.effects))

    def _refer(self, effect: ef.Refer, session: Session, locale: str, consent: str | None) -> None:
        assert self.stored is not None
        decision = effect.decision
        kommune = session.answers.get("S02_city")
        flag = decision.get("flag")
        self.uow.referrals.offer(
            person_id=self.stored.person_id, session_id=session.id, consent_id=consent or "",
            traeger=self.place.traeger_of(effect.stelle), stelle=effect.stelle, dienst=str(decision["dienst"]),
            rule=str(decision["rule"]), rules_version=str(decision["rules_version"]), mode=str(decision["mode"]),
            urgent=bool(decision["urgent"]), condition=str(flag) if flag else None,
            kommune=kommune if isinstance(kommune, str) else "", locale=locale, because=str(decision["key"]),
            payload={
                "rows": [list(row) for row in effect.rows], "decision": dict(decision), "contact": effect.contact,
                "bridge": dict(effect.bridge),
            },
            code=session.code,
        )  # fmt: skip

    def _remind(self, effect: ef.Remind, session: Session, locale: str) -> None:
        assert self.chat is not None
        at = dt.datetime.combine(effect.on, dt.time(10), BERLIN)
        said = ef.Say(ef.Text("reminder.text"))
        self.uow.outbox.put(
            self.chat.id, effect_to_json(said), locale, key=f"remind:{session.id}:{effect.on}", not_before=at,
            person_id=self.stored.person_id if self.stored else None,
        )

    def _erase_all(self, turn: Turn, locale: str) -> Reply:
        """Destroy the keys of everybody on this phone. A channel that pushes keeps the address until the last word is sent.

        Only who asks for it deletes everybody. Of a refusal, an age under 16 or an expired title nothing may be kept of
        that one person; somebody else who used the phone before has nothing to do with it.
        """
        assert self.stored is not None and self.chat is not None
        asked = turn.session.outcome == "deleted"
        pages = self._shown(turn.effects)
        others = [stored for stored in self.uow.sessions.of_chat(self.chat.id) if stored.person_id != self.stored.person_id]
        for person in {self.stored.person_id, *(stored.person_id for stored in others if asked)}:
            self.uow.persons.erase(person, "asked" if asked else "nothing to keep")
        if others and not asked:
            before = others[-1].session
            self.uow.chats.set(self.chat.id, session_id=before.id, locale=before.locale)
            if self.place.pushes(self.inbound.channel):
                self._put(turn.session, pages, locale)
            return replace(self._answer_only(pages, locale), session=before.id)
        if self.place.pushes(self.inbound.channel):
            self.uow.chats.set(self.chat.id, session_id=None, locale=locale)
            self._put(turn.session, pages, locale, then_erase=True)
            return Reply()
        self.uow.chats.erase(self.chat.id)
        return self._answer_only(pages, locale)

    def _answer_only(self, effects: Sequence[ef.Shown], locale: str) -> Reply:
        pages = tuple(self.place.phrase(effect, locale) for effect in effects)
        return Reply(() if self.place.pushes(self.inbound.channel) else pages, once=True)

    def _shown(self, effects: Sequence[ef.Effect]) -> tuple[ef.Shown, ...]:
        shown = tuple(effect for effect in effects if isinstance(effect, ef.Shown))
        if any(isinstance(effect, ef.ShowCards) for effect in shown):
            # The card stands alone, before anything else; the question comes when she says that she is safe.
            asked = next((effect.session for effect in shown if isinstance(effect, ef.Ask)), None)
            kept = tuple(effect for effect in shown if not isinstance(effect, ef.Ask))
            shown = tuple(replace(effect, session=asked) if isinstance(effect, ef.ShowCards) else effect for effect in kept)
        return tuple(self._with_consents(effect) for effect in shown)

    def _with_consents(self, effect: ef.Shown) -> ef.Shown:
        if not isinstance(effect, ef.ShowData) or self.stored is None:
            return effect
        given = [row for row in self.uow.consents.of(self.stored.person_id) if row.given and row.withdrawn_at is None]
        return replace(effect, consents=tuple((row.purpose, f"{row.at:%d.%m.%Y}") for row in given))

    def _as_it_stands(self, *, note: ef.Text | None = None, duplicate: bool = False) -> Reply:
        """Nothing has changed: show where we are; kindly, if something did not fit."""
        if self.stored is None:
            return Reply(duplicate=duplicate)
        session = self.stored.session
        if self.place.pushes(self.inbound.channel):
            if duplicate:
                return Reply(duplicate=True, session=session.id)
            shown = view(self.place.script(session), session, self.on, note)
            locale = self.place.locale_of(session, self.inbound.locale_hint)
            said = (ef.Say(note), *shown) if note is not None and not _carries_note(shown) else shown
            self._put(session, said, locale)
            return Reply(refused=True, session=session.id, toast=self.place.toast(note, locale))
        reply = self.place.pages_now(self.uow, self.stored, note, self.inbound.locale_hint)
        return replace(reply, duplicate=duplicate, refused=note is not None, once=note is not None)

    def _show(self, session: Session, effects: Sequence[ef.Shown]) -> Reply:
        locale = self.place.locale_of(session, self.inbound.locale_hint)
        if self.place.pushes(self.inbound.channel):
            self._put(session, effects, locale)
            return Reply(session=session.id, code=session.code)
        noted = _carries_note(effects)
        news = () if any(isinstance(effect, ONCE) for effect in effects) else self.place.news(self.uow, session)
        pages = tuple(self.place.phrase(effect, locale) for effect in (*news, *effects))
        return Reply(
            pages, once=noted or any(isinstance(effect, ONCE) for effect in effects), session=session.id, code=session.code
        )

    def _put(self, session: Session, effects: Sequence[ef.Shown], locale: str, *, then_erase: bool = False) -> None:
        assert self.chat is not None
        worker = self.place.worker
        if worker is not None and (self.place.crowded(self.chat.id) or self.uow.outbox.waits(self.chat.id, worker)):
            # An older message of this chat is waiting to be sent again, or another process is sending it (or far too many
            # are in our hands): the new ones queue up behind it.
            worker, self.behind = None, True
        for index, effect in enumerate(effects):
            last = then_erase and index == len(effects) - 1
            raw = effect_to_json(effect)
            if last:
                raw["then_erase"] = True
            row = self.uow.outbox.put(
                self.chat.id, raw, locale, lease_to=worker,
                key=f"{self.inbound.channel}:{self.inbound.event_id}{self.inbound.mark}:{index}",
            )
            if row is not None and worker is not None:
                page = self.place.phrase(effect, locale)
                self.due.append(Due(row, self.inbound.channel, self.inbound.address, self.chat.id, page, last, self.began))


def _carries_note(shown: Sequence[ef.Shown]) -> bool:
    return any(isinstance(effect, ef.Ask | ef.ShowSummary) and effect.note is not None for effect in shown)
