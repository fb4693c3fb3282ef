"""The dates and conditions of one case: what was frozen when it was handed over, with the days left today.

A list to work with. It never says what the Ausländerbehörde will decide.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from admin.door.dates import day, local_day
from admin.words import Words, german_or
from dialogs.bridge_conditions import State
from dialogs.deadlines import PRIVILEGES_END

# In the words of the office; the order is that of `domain.md` 1.5.
DATE_NAMES: Mapping[str, str] = {
    "D1": "Ende des Titels",
    "D2": "Antrag empfohlen ab",
    "D3": "Letzter Tag für den Antrag (Eingang bei der Ausländerbehörde)",
    "D4": "Zum Test „Leben in Deutschland“ anmelden",
    "D5": "Sprachprüfung A2 machen",
    "D6": "Fiktionsbescheinigung endet",
    "D7": "Letzter Tag für den Antrag nach § 25a",
    "D8": "27. Geburtstag: der JMD endet",
    "D9": "Erleichterungen für § 104c enden",
    "D10": "Anspruch auf den Integrationskurs endet",
    "D11": "Verlängerung nach § 25b beantragen",
    "D12": "Verlängerung nach § 25a beantragen",
    "D13": "Nächste Altersstufe",
}
# A date that is missed for good; the others are recommended.
HARD = frozenset({"D1", "D3", "D6", "D7", "D10"})
SOON = dt.timedelta(days=42)

STATE_NAMES: Mapping[str, str] = {
    State.MET.value: "sieht gut aus", State.OPEN.value: "fehlt noch", State.UNKNOWN.value: "weiß ich nicht",
}  # fmt: skip
REMARKS: Mapping[str, str] = {
    "late": "Die Karte endet nach dem 30.06.2027 oder wurde spät ausgestellt. Bitte prüfen: Das kommt selten vor.",
    "waiver": "Wegen Krankheit, Behinderung oder Alter können Lebensunterhalt und Deutsch wegfallen (§ 25b Abs. 3). "
    "Der Test „Leben in Deutschland“ fällt dadurch nicht automatisch weg.",
}
NOT_ASKED = "Nicht gefragt wird nach Strafen, nach falschen Angaben und nach dem Bekenntnis zur Grundordnung."
END = "bridge.end"


@dataclass(frozen=True, slots=True)
class Date:
    name: str
    day: str
    left: str
    soon: bool
    estimated: bool


@dataclass(frozen=True, slots=True)
class Condition:
    name: str
    state: str
    state_name: str
    helper: str


@dataclass(frozen=True, slots=True)
class Bridge:
    """Everything the include draws. `since`: the day on which the conditions were looked at."""

    dates: tuple[Date, ...]
    conditions: tuple[tuple[str, tuple[Condition, ...]], ...]
    remarks: tuple[str, ...]
    since: str
    changed: str
    not_asked: str
    end: str


def bridge_of(payload: Mapping[str, object], words: Words, now: dt.datetime) -> Bridge | None:
    """None for a referral of somebody without such dates, or from before they were kept."""
    kept = payload.get("bridge")
    if not isinstance(kept, Mapping):
        return None
    today = local_day(now)
    dates = tuple(_dates(kept, today))
    groups = tuple(_conditions(kept, words))
    if not dates and not groups:
        return None
    told = kept.get("remarks")
    remarks = tuple(REMARKS[key] for key in (told if isinstance(told, list | tuple) else ()) if key in REMARKS)
    since = _day(kept.get("on"))
    changed = bool(groups) and today > PRIVILEGES_END
    return Bridge(
        dates, groups, remarks, day(since) if since else "", german_or(words, "law.changed", "") if changed else "",
        NOT_ASKED if groups else "", german_or(words, END, ""),
    )  # fmt: skip


def _dates(kept: Mapping[str, object], today: dt.date) -> list[Date]:
    found, estimated = kept.get("dates"), kept.get("estimated")
    guessed = estimated if isinstance(estimated, list | tuple) else ()
    known = [
        (when, id_) for id_, raw in (found.items() if isinstance(found, Mapping) else ())
        if id_ in DATE_NAMES and (when := _day(raw)) is not None
    ]  # fmt: skip
    return [
        Date(
            DATE_NAMES[id_], day(when), days_left((when - today).days),
            soon=id_ in HARD and when - today <= SOON, estimated=id_ in guessed,
        )
        for when, id_ in sorted(known)
    ]  # fmt: skip


def days_left(left: int) -> str:
    if left == 0:
        return "heute"
    unit = "Tag" if abs(left) == 1 else "Tage" if left > 0 else "Tagen"
    return f"noch {left} {unit}" if left > 0 else f"vor {-left} {unit}"


def _conditions(kept: Mapping[str, object], words: Words) -> list[tuple[str, tuple[Condition, ...]]]:
    groups: dict[str, list[Condition]] = {}
    lines = kept.get("lines")
    for line in lines if isinstance(lines, list | tuple) else ():
        if not isinstance(line, Sequence) or len(line) != 4 or line[2] not in STATE_NAMES:
            continue
        paragraph, id_, state, dienst = (str(part) for part in line)
        helper = german_or(words, f"dienst.{dienst}.name", dienst) if dienst and state != State.MET.value else ""
        name = german_or(words, f"bridge.what.{id_}", id_)
        groups.setdefault(f"§ {paragraph}", []).append(Condition(name, state, STATE_NAMES[state], helper))
    return [(name, tuple(found)) for name, found in groups.items()]


def _day(raw: object) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(raw))
    except ValueError:
        return None
