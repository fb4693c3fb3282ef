"""Made-up people of a county, as data: who they are, what they would answer, and which published figures they stand for.

`counties/<kreis>/people.toml`; a county without one has the plain set of `people.toml` beside this file. Drawing from it
is `drawing.py`: chance comes in as an argument, because nothing here is random.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dialogs.answers import NO_ANSWERS
from dialogs.county import ELSEWHERE
from dialogs.errors import DefinitionError
from dialogs.load import ROOT
from dialogs.model import Question
from dialogs.script import Script
from dialogs.toml_source import Source, text_of

FILE = "people.toml"


@dataclass(frozen=True, slots=True)
class Choice:
    """How one answer is drawn. Exactly one of: `one` (weights of options), `several`, `days`, `months`, `years`.

    `always` options are chosen by everybody, and beside them `least` to `most` of `some`. `days` and `months` count from
    today, `years` are calendar years.
    """

    one: Mapping[str, float] = field(default_factory=dict)
    always: tuple[str, ...] = ()
    some: Mapping[str, float] = field(default_factory=dict)
    least: int = 0
    most: int = 0
    days: tuple[int, int] | None = None
    months: tuple[int, int] | None = None
    years: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Margin:
    """A published figure: so many people were sent to these Dienste. Without `dienste` nothing was published."""

    id: str
    name: str
    people: int
    dienste: tuple[str, ...] = ()

    @property
    def published(self) -> int | None:
        return self.people if self.dienste else None


@dataclass(frozen=True, slots=True)
class Profile:
    """A kind of person. Of several profiles for one margin, each is drawn by its `share`."""

    id: str
    margin: str
    share: float
    answers: Mapping[str, Choice]


@dataclass(frozen=True, slots=True)
class Login:
    """An account of the demo: somebody at the Stelle of this Dienst (None: where open cases are settled)."""

    name: str
    role: str = "case_manager"
    dienst: str | None = None


@dataclass(frozen=True, slots=True)
class People:
    source: str
    margins: tuple[Margin, ...]
    profiles: tuple[Profile, ...]
    everybody: Mapping[str, Choice]
    logins: tuple[Login, ...]

    def of(self, margin: Margin) -> tuple[Profile, ...]:
        return tuple(profile for profile in self.profiles if profile.margin == margin.id)


def load_people(script: Script, root: Path = ROOT) -> People:
    """The county's made-up people, or the plain set. Raises DefinitionError with every finding."""
    own = root / "counties" / script.county.id / FILE
    findings: list[str] = []
    source = Source(own if own.exists() else root / FILE, findings, root)
    margins = tuple(_margin(source, block, script) for block in source.blocks("margin"))
    everybody = dict(_choices(source, "everybody", source.data.get("everybody", {}), script))
    profiles = tuple(
        Profile(
            str(block["id"]), str(block.get("margin")), float(block.get("share", 1)),
            dict(_choices(source, str(block["id"]), block.get("answers", {}), script)),
        )
        for block in source.blocks("profile")
    )  # fmt: skip
    logins = tuple(
        Login(str(block["id"]), str(block.get("role", "case_manager")), block.get("dienst")) for block in source.blocks("login")
    )
    known = {margin.id for margin in margins}
    for profile in profiles:
        if profile.margin not in known:
            source.wrong(profile.id, f"stands for margin {profile.margin!r}, which is not there. Correct the id.")
    for margin in margins:
        if margin.people and not any(profile.margin == margin.id and profile.share > 0 for profile in profiles):
            source.wrong(margin.id, "has no [[profile]]: nobody could be drawn for it. Add one.")
    for login in logins:
        if login.dienst is not None and login.dienst not in script.county.dienste:
            source.wrong(login.name, f"works at {login.dienst!r}, which is no Dienst of services.toml. Correct the id.")
    if not margins and not findings:
        findings.append(f"{source.name}:1: there is no [[margin]]. Add one with people = 100.")
    if findings:
        raise DefinitionError(findings)
    return People(str(source.data.get("source", "")), margins, profiles, everybody, logins or default_logins(script))


def default_logins(script: Script) -> tuple[Login, ...]:
    """For a county that names none: where open cases are settled, other Traeger, the desk, and two who coordinate."""
    county = script.county
    offices: dict[str, Login] = {}
    for rule in script.book.rules:
        stelle = next((stelle for stelle in county.stellen.values() if stelle.dienst == rule.to), None)
        if stelle is not None and county.takes_referrals(rule.to) and stelle.traeger != county.lead and len(offices) < 3:
            offices.setdefault(stelle.traeger, Login(rule.to.lower().replace("_", "-"), dienst=rule.to))
    return (
        Login("kim"), *offices.values(), Login("schalter", "desk"), Login("koordination", "coordinator"),
        Login("koordination2", "coordinator"),
    )  # fmt: skip


def _margin(source: Source, block: Mapping[str, Any], script: Script) -> Margin:
    id_ = str(block["id"])
    people = block.get("people")
    if type(people) is not int or people < 0:
        source.wrong(id_, "`people` is no whole number. Write how many were counted, as people = 32.")
        people = 0
    dienste = tuple(str(dienst) for dienst in block.get("dienste", ()))
    for dienst in dienste:
        if dienst not in script.county.dienste and dienst != "KEIN_BEDARF":
            source.wrong(id_, f"counts {dienst!r}, which is no Dienst of services.toml. Correct the id.")
    return Margin(id_, text_of(source, block, "name"), people, dienste)


def _choices(source: Source, id_: str, raw: Mapping[str, Any], script: Script) -> Iterator[tuple[str, Choice]]:
    for key, value in raw.items():
        question = script.questionnaire.by_id.get(key)
        if question is None:
            source.wrong(id_, f"answers {key!r}, which is no question. Correct the id.")
            continue
        try:
            parts: dict[str, Any] = {name: tuple(part) if isinstance(part, list) else part for name, part in value.items()}
            choice = Choice(**parts)
        except (TypeError, AttributeError):
            source.wrong(id_, f"{key}: write {{ one = {{ id = weight }} }} or another form of {FILE}.")
            continue
        known = _offered(question, script)
        for option in (*choice.one, *choice.always, *choice.some):
            if option not in known:
                source.wrong(id_, f"{key} has no option {option!r}; there are: {', '.join(sorted(known))}.")
        weights = [0.0, *choice.one.values(), *choice.some.values()]
        if not 0 <= choice.least <= choice.most <= len(choice.some) or min(weights) < 0:
            source.wrong(id_, f"{key}: least and most must fit the number of options, and no weight may be negative.")
        yield key, choice


def _offered(question: Question, script: Script) -> frozenset[str]:
    towns = {*script.county.kommunen, ELSEWHERE} if question.kind == "town" else set()
    none = {"skipped"} if question.skip else set()
    return frozenset({*question.by_id, *towns, *none, *(set(map(str, question.no_answers)) & NO_ANSWERS)})
