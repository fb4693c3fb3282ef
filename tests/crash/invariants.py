"""What must hold after any number of crashes, once everything has come to rest.

Four witnesses: the server's ledger (what was acknowledged, what was heard), what people meant when they pressed, the
program without crashes (`reference`), and the database's own check. The crashed program is never asked what it did.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from dialogs.answers import to_json
from storage import Database, KeyRing, StoredSession, UnitOfWork
from tests.crash.databases import CrashDatabase
from tests.crash.people import Meant
from tests.crash.reference import Reference, Wanted, without_ids
from tests.crash.server import Heard, Ledger

LOST, DOUBLED, MISPLACED, REFERRALS, OUTBOX, UNWANTED, BROKEN, AUDIT = (
    "acknowledged and lost", "doubled effects", "answers in a wrong place", "referrals missing or doubled",
    "messages lost", "messages nobody wanted", "database broken", "audit log broken",
)  # fmt: skip
CATEGORIES = (LOST, DOUBLED, MISPLACED, REFERRALS, OUTBOX, UNWANTED, BROKEN, AUDIT)


@dataclass
class Findings:
    """Each broken promise with what was seen; and the duplicates of messages, by kind, which are no broken promise;
    nor is a question asked again after an outage."""

    broken: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in CATEGORIES})
    duplicates: Counter[str] = field(default_factory=Counter)
    asked_again: int = 0
    effects: int = 0
    referrals: int = 0
    answers: int = 0
    messages: int = 0

    def note(self, category: str, what: str) -> None:
        self.broken[category].append(what)

    @property
    def clean(self) -> bool:
        return not any(self.broken.values())

    def __str__(self) -> str:
        return "\n".join(f"{name}: {len(rows)}, e.g. {rows[0]}" for name, rows in self.broken.items() if rows) or "nothing"


@dataclass
class _ChatState:
    """How far one chat has been compared."""

    heard: int = 0
    sessions: list[str] = field(default_factory=list)
    wanted: list[Wanted] = field(default_factory=list)
    erased_up_to: int = 0


class Invariants:
    """Compares when told to; goes on where it stopped. `exempt`: chats whose messages were given up on purpose."""

    def __init__(self, ledger: Ledger, meant: list[Meant], reference: Reference, keys: KeyRing) -> None:
        self._ledger, self._meant, self._reference, self._keys = ledger, meant, reference, keys
        self._chats: dict[int, _ChatState] = defaultdict(_ChatState)
        self._taken: set[int] = set()
        self.exempt: set[int] = set()
        self.findings = Findings()

    async def check(self, database: CrashDatabase, opened: Database) -> None:
        """With everything at rest and no life running. `opened`: the same database through our own storage."""
        self._noted(database)
        await self._follow()
        opened.read_now(self._compare_people)
        self._compare_referrals(database)
        self._compare_counts(database)
        self._compare_messages()
        whole = database.integrity()
        if whole != "ok":
            self.findings.note(BROKEN, whole)
        bad = opened.read_now(lambda uow: uow.audit.first_bad())
        if bad is not None:
            self.findings.note(AUDIT, f"row {bad}")

    # -- acknowledged and kept ---------------------------------------------------------------------------------------

    def _noted(self, database: CrashDatabase) -> None:
        """Every acknowledged update has left the mark of its id."""
        # The row of the id, which is half its keyed hash and then nothing (`storage/inbound.py`).
        marks = {bytes(row[0]) for row in database.query("SELECT event_bi FROM inbound")}
        for told in self._ledger.updates.values():
            if told.number in self._taken or "my_chat_member" in told.payload:
                continue
            marked = self._keys.blind_event("telegram", str(told.number))[:8].ljust(16, b"\0") in marks
            if told.at is not None and not marked:
                self.findings.note(LOST, f"update {told.number} left no mark")
            if told.dropped and marked and told.at is None:
                told.at = told.dropped_at  # it has happened, but the server gave up before it heard so

    async def _follow(self) -> None:
        """Let the reference catch up, chat by chat in the order of the updates."""
        for chat, heard in self._ledger.heard.items():
            state = self._chats[chat]
            for one in heard[state.heard :]:
                for _label, data in one.buttons:
                    session = data.split(":")[1] if data else ""
                    if session and session not in state.sessions:
                        state.sessions.append(session)
        new = [told for told in self._ledger.updates.values() if told.at is not None and told.number not in self._taken]
        for told in sorted(new, key=lambda told: told.number):
            self._taken.add(told.number)
            self.findings.effects += 1
            state = self._chats[told.chat]
            before = self._erasures()
            state.wanted += await self._reference.take(told, state.sessions)
            if self._erasures() != before:
                state.erased_up_to = told.number  # what was still waiting for her went with her

    def _erasures(self) -> int:
        return int(self._reference.query("SELECT count(*) FROM erasure")[0][0])

    # -- in its place ------------------------------------------------------------------------------------------------

    def _compare_people(self, uow: UnitOfWork) -> None:
        theirs = {chat: _sessions(uow, chat) for chat in self._chats}
        ours = self._reference.database.read_now(lambda uow: {chat: _sessions(uow, chat) for chat in self._chats})
        for chat in self._chats:
            real, right = theirs[chat], ours[chat]
            if len(real) != len(right):
                more = len(real) > len(right)
                self.findings.note(DOUBLED if more else LOST, f"{len(real)} conversations in a chat instead of {len(right)}")
                continue
            for mine, wanted in zip(real, right, strict=True):
                self._compare_sessions(mine, wanted)
                given = _consents(mine.person_id, uow)
                want = self._reference.database.read_now(partial(_consents, wanted.person_id))
                if given != want:
                    self.findings.note(REFERRALS, f"consents {given} instead of {want}")
        self._compare_meant({stored.session.id: stored for sessions in theirs.values() for stored in sessions})

    def _compare_sessions(self, mine: StoredSession, wanted: StoredSession) -> None:
        real, right = _comparable(mine), _comparable(wanted)
        if real == right:
            return
        different = sorted(name for name in right if real[name] != right[name])
        behind, ahead = mine.session.prompt < wanted.session.prompt, mine.session.prompt > wanted.session.prompt
        category = LOST if behind else DOUBLED if ahead else MISPLACED
        prompts = f"prompt {mine.session.prompt} of {wanted.session.prompt}"
        self.findings.note(category, f"{mine.session.id}: {', '.join(different)}; {prompts}")

    def _compare_meant(self, sessions: dict[str, StoredSession]) -> None:
        """What people meant, by the words on their screens, stands under the question they read."""
        last: dict[tuple[str, str], Meant] = {}
        for meant in self._meant:
            # An old button (of a message that a crash has doubled) answers nothing.
            if meant.update in self._taken and meant.update not in self._reference.refused:
                last[meant.session, meant.question] = meant
        for (session, question), meant in last.items():
            stored = sessions.get(session)
            if stored is None:
                continue
            self.findings.answers += 1
            kept = stored.session.answers.get(question)
            value = None if kept is None else to_json(kept)
            said = frozenset(map(str, value)) if isinstance(value, (list, tuple)) else frozenset({str(value)})
            skipped = said <= {"unknown", "na", "skipped", "None"}
            if not said ^ meant.options <= meant.boxes and not skipped and stored.session.open != question:
                self.findings.note(MISPLACED, f"{question}: {sorted(said)} instead of {sorted(meant.options)}")

    # -- handed over once --------------------------------------------------------------------------------------------

    def _compare_referrals(self, database: CrashDatabase) -> None:
        words = "SELECT stelle, dienst, status FROM referral"
        right = self._reference.query(words)
        real = Counter(tuple(row) for row in database.query(words))
        wanted = Counter(tuple(row) for row in right)
        self.findings.referrals = sum(real.values())
        for row, count in (wanted - real).items():
            self.findings.note(REFERRALS, f"{count} missing: {row}")
        for row, count in (real - wanted).items():
            self.findings.note(REFERRALS, f"{count} too many: {row}")
        doubled = database.query(
            "SELECT stelle, count(*) FROM referral WHERE person_id IS NOT NULL "
            "GROUP BY person_id, stelle, consent_id HAVING count(*) > 1"
        )
        for row in doubled:
            self.findings.note(REFERRALS, f"{row[1]} of one person and consent at {row[0]}")
        bare = database.query(
            "SELECT r.id FROM referral r LEFT JOIN consent c ON c.id = r.consent_id AND c.person_id = r.person_id "
            "WHERE r.person_id IS NOT NULL AND (c.id IS NULL OR NOT c.given)"
        )
        for row in bare:
            self.findings.note(REFERRALS, f"referral {row[0]} without consent")

    def _compare_counts(self, database: CrashDatabase) -> None:
        for words in (
            "SELECT name, sum(n) FROM counter GROUP BY name",
            "SELECT purpose, text_id, count(*) FROM consent GROUP BY purpose, text_id",
            "SELECT kreis, count(*) FROM person GROUP BY kreis",
            # Of other reasons not: a deleted chat goes only if nobody begins anew in it before the last word is noted.
            "SELECT reason, count(*) FROM erasure WHERE reason = 'restart' GROUP BY reason",
        ):
            real = {tuple(map(str, row[:-1])): int(row[-1]) for row in database.query(words)}
            rows = self._reference.query(words)
            right = {tuple(map(str, row[:-1])): int(row[-1]) for row in rows}
            for name in sorted(real.keys() | right.keys()):
                have, want = real.get(name, 0), right.get(name, 0)
                if have != want:
                    self.findings.note(DOUBLED if have > want else LOST, f"{' '.join(name)}: {have} instead of {want}")

    # -- said at least once ------------------------------------------------------------------------------------------

    def _compare_messages(self) -> None:
        """Every wanted message was heard, in the order of wanting; what was heard twice reads the same."""
        for chat, state in self._chats.items():
            heard = [without_ids(one) for one in self._ledger.heard[chat][state.heard :]]
            state.heard = len(self._ledger.heard[chat])
            self.findings.messages += len(heard)
            wanted, state.wanted = state.wanted, []
            if chat in self.exempt:
                continue
            kinds = {one.message: one.kind for one in wanted}
            for missing in _missing(wanted, heard):
                if missing.update > state.erased_up_to:
                    self.findings.note(OUTBOX, f"{missing.kind} of update {missing.update}")
            for message, count in (Counter(heard) - Counter(one.message for one in wanted)).items():
                if message in kinds:
                    self.findings.duplicates[kinds[message]] += count
                elif any(sentence in message.text for sentence in self._reference.away):
                    self.findings.asked_again += count
                else:
                    self.findings.note(UNWANTED, f"{message.text[:80]!r}")


def _missing(wanted: list[Wanted], heard: list[Heard]) -> list[Wanted]:
    """What is not heard, or not in its turn."""
    missing, place = [], 0
    for one in wanted:
        try:
            place = heard.index(one.message, place) + 1
        except ValueError:
            missing.append(one)
    return missing


def _consents(person: str, uow: UnitOfWork) -> list[tuple[object, ...]]:
    return [(row.purpose, row.given, row.recipient, row.withdrawn_at is None) for row in uow.consents.of(person)]


def _sessions(uow: UnitOfWork, chat: int) -> list[StoredSession]:
    """The conversations of a chat in the order in which they began."""
    known = uow.chats.find("telegram", str(chat))
    return [] if known is None else sorted(uow.sessions.of_chat(known.id), key=lambda stored: stored.person_id)


def _comparable(stored: StoredSession) -> dict[str, Any]:
    return {name: value for name, value in stored.session.to_dict().items() if name not in ("id", "code")}
