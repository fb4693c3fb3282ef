"""Who is really sent where: Dienste nobody reaches, and people whose Dienst has no Stelle in their Kommune."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from dialogs.answer_space.diagram import ALL, NONE
from dialogs.county import County, Dienst, Stelle
from dialogs.proof.day import Day, Duty
from dialogs.proof.findings import Finding
from dialogs.proof.further import Further
from dialogs.proof.table import CLEARING
from dialogs.routing import KEIN_BEDARF

# A town, or None where it is not known.
Town = str | None


def stellen_of(county: County, dienst: str, town: Town, day: Day) -> tuple[Stelle, ...]:
    """Every Stelle that can be chosen for this town: those that name it, else those for the whole Kreis."""
    return county.stellen_for(dienst, town, day.on)


class Sent:
    """`pairs[dienst]`: the towns from which somebody is sent there, with such people (ALL: anybody who refuses an answer)."""

    def __init__(self, day: Day) -> None:
        self._day, self._diagrams = day, day.space.diagrams
        self.pairs: dict[str, dict[Town, int]] = {}
        question = next((q for q in day.script.questionnaire.questions if q.kind == "town"), None)
        indexes = day.space.indexes(question.id) if question else ()
        self._towns: dict[Town, int] = {}
        self._index = indexes[0] if indexes else None
        if self._index is not None:
            values = day.space.variables[self._index].values
            for number, value in enumerate(values):
                if isinstance(value, str):
                    self._towns[value] = self._diagrams.where(self._index, lambda v, number=number: v == number)  # type: ignore[misc]
        elif question:
            self._towns = dict.fromkeys((*day.script.county.kommunen, *question.by_id), ALL)
        else:
            self._towns = {None: ALL}  # nobody is asked where she lives
        self._clearing()
        self._first()
        self._also(day.further, self._towns)
        self._without_town()

    def _add(self, dienst: str, town: Town, people: int) -> None:
        if dienst != KEIN_BEDARF:
            self.pairs.setdefault(dienst, {}).setdefault(town, people)

    def _clearing(self) -> None:
        """Any question can be refused, in any town, the town too."""
        for town in (*self._towns, None):
            self._add(self._day.script.book.clearing, town, ALL)

    def _first(self) -> None:
        for cell in self._day.table.cells:
            for town, there in self._towns.items():
                if self._diagrams.meet(cell.people, there):
                    self._add(cell.dienst, town, self._diagrams.both(cell.people, there))

    def _also(self, further: Further, towns: dict[Town, int], among: int = ALL) -> None:
        for who, rows in further.groups.values():
            who = self._diagrams.both(who, among)
            for shown in rows:
                for town, there in towns.items() if shown.visible != NONE else ():
                    if town in self.pairs.get(shown.row.to, {}):
                        continue
                    people = self._diagrams.both(shown.visible, there)
                    if self._diagrams.meet(who, people):
                        self._add(shown.row.to, town, self._diagrams.both(who, people))

    def _without_town(self) -> None:
        """Who does not say where she lives is sent on only if that would be the same in every town."""
        if self._index is None:
            return
        diagrams, table = self._diagrams, self._day.table
        places: dict[tuple[object, ...], int] = {}
        for cell in table.cells:
            places[cell.place] = diagrams.either(places.get(cell.place, NONE), cell.people)
        further = Further(table, (self._index,))
        answered = diagrams.where(self._index, bool)
        # Where in some town another place would be named, or none.
        differs = {place: diagrams.forget(diagrams.without(answered, who), (self._index,)) for place, who in places.items()}
        for cell in table.cells:
            if cell.mode == CLEARING:
                continue
            agreed = diagrams.without(cell.people, differs[cell.place])
            if agreed == NONE:
                continue
            self._add(cell.dienst, None, agreed)
            _, rows = further.groups[cell.dienst, cell.rule.urgent]
            for shown in rows:
                if None not in self.pairs.get(shown.row.to, {}) and diagrams.meet(agreed, shown.visible):
                    self._add(shown.row.to, None, diagrams.both(agreed, shown.visible))


def _sent(day: Day) -> Sent:
    """Worked out once for a day."""
    found = day.kept.get("sent")
    if not isinstance(found, Sent):
        found = day.kept["sent"] = Sent(day)
    return found


def missing(day: Day) -> Iterator[Finding]:
    """Everybody who is sent to a Dienst must find a Stelle of it."""
    county = day.script.county
    for dienst, towns in _sent(day).pairs.items():
        without = [town for town in towns if not stellen_of(county, dienst, town, day)]
        if not without:
            continue
        named = ", ".join(_name(county, town) for town in without)
        clearing = towns[without[0]] == ALL
        code = "clearing-no-stelle" if clearing else "no-stelle"
        what = "Wer eine wichtige Frage nicht beantwortet, kommt" if clearing else "Menschen kommen"
        yield day.finding(
            code, "dienst", dienst, f"{what} zu {dienst}, aber dort fehlt eine Stelle für: {named}.",
            'Eine [[stelle]] dafür eintragen, oder eine für den ganzen Kreis (kommunen = ["*"]).',
            None if clearing else towns[without[0]],
        )  # fmt: skip


def reached(day: Day) -> Iterator[Duty]:
    """Every Dienst and every Stelle must be reached by somebody, or say why not."""
    county, sent = day.script.county, _sent(day)
    for dienst in county.dienste.values():
        if dienst.id == KEIN_BEDARF or not _valid(dienst, day):
            continue
        there = dienst.id in sent.pairs
        if dienst.no_rule_because:
            yield Duty(("dienst-reached", dienst.id), not there, partial(_say, day, "dienst-reached", "dienst", dienst.id))
        else:
            yield Duty(("dienst-unreachable", dienst.id), there, partial(_say, day, "dienst-unreachable", "dienst", dienst.id))
    chosen = {
        stelle.id
        for dienst_id, towns in sent.pairs.items()
        for town in towns
        for stelle in stellen_of(county, dienst_id, town, day)
    }
    for stelle in county.stellen.values():
        # A Dienst that nobody reaches is said once, not for each of its Stellen.
        if _valid(stelle, day) and stelle.dienst in sent.pairs:
            key = ("stelle-unreachable", stelle.id)
            yield Duty(key, stelle.id in chosen, partial(_say, day, "stelle-unreachable", "stelle", stelle.id))


WORDS = {
    "dienst-reached": (
        "Der Dienst sagt, dass keine Regel zu ihm führt (no_rule_because), aber eine tut es.",
        "no_rule_because entfernen.",
    ),
    "dienst-unreachable": (
        "Zu diesem Dienst wird niemand geschickt.",
        "Eine Regel, ein Thema oder eine [[also]]-Zeile dafür schreiben, oder no_rule_because eintragen.",
    ),
    "stelle-unreachable": (
        "Diese Stelle wird für keine Kommune gewählt.",
        "kommunen ergänzen oder die Stelle entfernen; eine Stelle der Kommune geht vor einer für den ganzen Kreis.",
    ),
}


def _say(day: Day, code: str, kind: str, id_: str) -> Finding:
    return day.finding(code, kind, id_, *WORDS[code])


def _name(county: County, town: Town) -> str:
    if town is None:
        return "Menschen ohne Angabe des Ortes"
    kommune = county.kommunen.get(town)
    return kommune.name if kommune else "Menschen von außerhalb"


def _valid(thing: Dienst | Stelle, day: Day) -> bool:
    return thing.days.covers(day.on)
