"""What the messenger, the office, time and bad luck do."""

from __future__ import annotations

import datetime as dt

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from dialogs import events as ev
from dialogs.referral import MOVES, Move, MoveRefused, ReferralStatus
from storage import ReferralMoved
from tests.model.expected import Handed, Person, Phone
from tests.model.people import People
from tests.model.stage import PHONE, steps

WISHES = (Move.ACCEPT, Move.DECLINE, Move.HAND_BACK, Move.CLOSE)
# A message older than a day is given up when it fails once more; that is tried elsewhere.
GIVEN_UP = dt.timedelta(hours=23)


class Misfortune(People):
    """Events again, late, at once; sendings that fail; crashes; hours and weeks; case managers."""

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

    @rule(n=PHONE, data=st.data())
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

    @rule(n=PHONE, data=st.data(), times=st.integers(2, 4))
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

    @rule(n=PHONE, moment=st.sampled_from(["before", "after"]), data=st.data())
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
            if phone.pushes:
                self._once_more(phone)

    def _once_more(self, phone: Phone) -> None:
        """After a crash only the database knows what is still to be sent; it must be the end of what was owed."""
        due = self._due(phone)
        self.world.sky.arrived = [item for item in self.world.sky.arrived if item[0] != phone.address]
        self._farewell(phone)
        kinds = [one.kind for one in phone.owed]
        assert kinds[len(kinds) - len(due) :] == due, ("a message is lost or in the wrong place", kinds, due)
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
        self._decided(person, one, move, stale=stale)

    def _decided(self, person: Person, one: Handed, move: Move, *, stale: bool = False) -> None:
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

    @rule(n=PHONE)
    def somebody_else_refuses_while_there_is_news(self, n: int) -> None:
        """What ends without a trace for one must leave the other as she was, with all that she is owed."""
        steps["second person"] += 1
        phone = self.phones[n]
        self._say(phone, ev.AnotherPersonStarted())
        person = phone.current
        waiting = [(other, one) for other in phone.persons for one in other.referrals if one.status is ReferralStatus.WAITING]
        for other, one in waiting:
            self._decided(other, one, Move.ACCEPT)
        if person is not None and person.session.open == "F2_notice":
            self._press(phone, ev.Chosen(person.session.prompt, ("no",)))
            assert person not in phone.persons, "somebody who has refused is kept"
