"""How a crash run goes, and what it came to."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.crash.invariants import Findings


@dataclass
class Plan:
    """How a run goes. Times in seconds."""

    kills: int = 25
    seed: int = 1
    check_every: int = 13
    people: int = 10
    pace: float = 0.15
    longest_life: float = 0.7
    early: float = 0.16
    cold_every: int = 25
    server_kill_every: int = 10
    plant: str = ""
    stop_when_found: bool = True
    odd: float = 0.03
    lost_answers: float = 0.03
    at_first: tuple[str, ...] = ()


@dataclass
class Outcome:
    """What a run came to. `dropped`: updates that the server gave up, unacknowledged; the person then pressed again."""

    database: str
    kills: int = 0
    cold: int = 0
    before_listening: int = 0
    server_kills: int = 0
    stops: int = 0
    slowest_stop: float = 0.0
    acknowledged: int = 0
    repeated: int = 0
    dropped: int = 0
    nudges: int = 0
    checks: int = 0
    seconds: float = 0.0
    findings: Findings = field(default_factory=Findings)

    @property
    def duplicates(self) -> int:
        return sum(self.findings.duplicates.values())
