"""The machine: after each thing that people, offices, time and misfortune do, the world must be as the model says."""

from __future__ import annotations

from collections import Counter

from hypothesis.stateful import invariant

from dialogs import effects as ef
from dialogs import events as ev
from dialogs.engine import advance, view
from dialogs.path import walk
from dialogs.session import Session, Status
from tests.model.expected import ALIVE, Person
from tests.model.misfortune import Misfortune
from tests.model.stage import steps

ALWAYS = (ev.HelpAsked(), ev.HumanAsked(), ev.DataAsked(), ev.LanguageAsked(), ev.DeleteAsked(), ev.DeleteConfirmed())


class Machine(Misfortune):
    """All rules, and what must always hold."""

    @invariant()
    def the_world_is_as_the_model_says(self) -> None:
        steps["steps"] += 1
        self._messages()
        for phone in self.phones:
            stored = self._stored_at(phone)
            here = phone.current.session if phone.current else None
            assert (stored.session if stored else None) == here, "another dialogue is open, or it says something else"
        for person in self.model.everybody():
            self._person(person)
        if self.model.erased:
            self._erased()
        owners = Counter(row[0] for row in self.world.rows("SELECT person_id FROM session"))
        assert max(owners.values(), default=0) <= 1, "two dialogues share a key"

    def _person(self, person: Person) -> None:
        consents = self.world.read(lambda uow: uow.consents.of(person.id))
        assert [(row.purpose, row.given, row.recipient, row.withdrawn_at is not None) for row in consents] == [
            (one.purpose, one.given, one.recipient, one.withdrawn) for one in person.consents
        ], "consents"
        words = "SELECT stelle, status, consent_id, sealed_case IS NOT NULL FROM referral WHERE person_id = ?"
        rows = self.world.rows(words, person.id)
        expected = sorted((one.stelle, one.status.value, one.full) for one in person.referrals)
        assert sorted((row[0], row[1], bool(row[3])) for row in rows) == expected, "hand-overs"
        given = {row.id for row in consents if row.purpose == "C3" and row.given}
        standing = {row.id for row in consents if row.id in given and row.withdrawn_at is None}
        for row in rows:
            assert row[2] in given, "a hand-over without a consent"
            assert row[1] not in ALIVE or row[2] in standing, "taken back, and still there"
        agreed = {one.recipient for one in person.consents if one.purpose == "C3" and one.given and not one.withdrawn}
        assert {one.stelle for one in person.referrals if one.status in ALIVE} <= agreed, "no consent"
        stored = self.world.read(lambda uow: uow.sessions.load(person.session.id))
        assert (stored is not None) == person.stored, "a dialogue is gone, or did not go in time"
        if stored is not None:
            assert stored.session == person.session and stored.person_id == person.id, "the dialogue is not what was said"
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
