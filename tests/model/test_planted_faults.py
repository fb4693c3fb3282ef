"""The machine can fail: faults of the kind it is there for are planted in the product, and it goes red within 60 stories."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from bot.words import Words
from dialogs.script import Library
from storage.consents import Consents
from storage.data_keys import DataKeys
from storage.erasure import Erasure
from storage.inbound import InboundEvents
from storage.outbox import Outbox
from storage.referrals import Referrals
from storage.sessions import Sessions
from storage.writing import Writing
from tests.model.telling import CALM, machine_of, sqlite_worlds


def event_ids_are_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    real = InboundEvents.note
    patch.setattr(InboundEvents, "note", lambda self, *known: real(self, *known) or True)


def a_withdrawal_does_not_reach_the_referral(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Referrals, "withdraw", lambda self, session_id: ())


def a_withdrawal_is_not_noted_with_the_consent(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Consents, "withdraw", lambda self, *known: 0)


def a_consent_is_not_kept(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Consents, "keep", lambda self, person_id, **known: self._tx.new_id())


def erasure_leaves_the_key(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(DataKeys, "destroy", lambda self, tx, subject: None)


def erasing_one_takes_what_another_is_owed(patch: pytest.MonkeyPatch) -> None:
    real = Erasure.person

    def person(self: Erasure, person_id: str, reason: str) -> None:
        for (chat,) in self._tx._driver.execute("SELECT chat_id FROM session WHERE person_id = ?", (person_id,)).fetchall():
            self._tx._driver.execute("DELETE FROM outbox WHERE chat_id = ?", (chat,))
        real(self, person_id, reason)

    patch.setattr(Erasure, "person", person)


def a_message_is_forgotten_when_the_server_is_busy(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Outbox, "retry", lambda self, row, worker, *known: self.sent(row, worker))


def the_answer_is_acknowledged_and_not_saved(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Sessions, "save", lambda self, stored, new, **known: stored)


def half_a_step_stays_when_a_commit_fails(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Writing, "rollback", lambda self: self._driver is not None and self._driver.commit())


FAULTS = {
    event_ids_are_not_looked_at: "a repeated event has changed something",
    a_withdrawal_does_not_reach_the_referral: "hand-overs",
    a_withdrawal_is_not_noted_with_the_consent: "consents",
    a_consent_is_not_kept: "consents",
    erasure_leaves_the_key: "erased, and still there",
    erasing_one_takes_what_another_is_owed: "a message is lost|not what (is|was) owed",
    a_message_is_forgotten_when_the_server_is_busy: "a message is lost|not what (is|was) owed",
    the_answer_is_acknowledged_and_not_saved: "not what was owed|the dialogue|another dialogue",
    half_a_step_stays_when_a_commit_fails: "kept half",
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_planted_fault_is_found(
    fault: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch, folder: Path, template: Path, library: Library,
    words: Words,
) -> None:  # fmt: skip
    fault(monkeypatch)
    machine = machine_of(sqlite_worlds(folder, template, library, words), "Planted")
    # Bad weather at the right moment is rarer than the others' moments.
    most = 300 if fault is a_message_is_forgotten_when_the_server_is_busy else 60
    with pytest.raises(AssertionError, match=FAULTS[fault]):
        run_state_machine_as_test(
            machine, settings=settings(settings(**CALM), max_examples=most, stateful_step_count=50, phases=(Phase.generate,))
        )
