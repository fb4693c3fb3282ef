"""What is wrong with a changed rules file, in German: where, what, and what to do.

The loader and the checker speak English to developers. A sentence that is not known here is shown as it came, marked as
English, rather than left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from dialogs.proof.findings import Finding
from dialogs.script import Script


@dataclass(frozen=True, slots=True)
class Problem:
    """`where` is file and line, or the rule. `english` if there are no German words for it yet. `example`: for whom."""

    where: str
    what: str
    english: bool = False
    remedy: str = ""
    example: str = ""


# English pattern, German sentence. What the pattern catches stands in the sentence as \1, \2 ...
_LOADER: Final = tuple(
    (re.compile(pattern), german)
    for pattern, german in (
        (
            r"no valid TOML: (.*?)(?: \(at line.*)?\. Mend this line\.",
            r"Die Datei ist an dieser Stelle nicht lesbar: \1. Berichtigen Sie die Zeile.",
        ),
        (
            r"uses the fact '(.*?)', which does not exist\..*",
            r"Die Bedingung „\1“ gibt es nicht. Berichtigen Sie das Wort; alle Bedingungen stehen unter „Regeln“.",
        ),
        (r"sends to '(.*?)', which is no Dienst.*", r"Das Ziel „\1“ ist kein Dienst des Kreises. Berichtigen Sie den Namen."),
        (r"names card '(.*?)', which.*", r"Die Notfall-Karte „\1“ gibt es nicht. Berichtigen Sie den Namen."),
        (r"carries condition '(.*?)', which.*", r"Zur Absprache „\1“ fehlt ein Block [[condition]]. Ergänzen Sie ihn."),
        (r"asks for a confirmation and has no .*", "Zur Bestätigung fehlt agreed, das Wort für den Verlauf. Ergänzen Sie es."),
        (r"asks for a day and has nothing to confirm\..*", "asks_date braucht confirm. Ergänzen Sie es oder lassen Sie es weg."),
        (r"mode '(.*?)' is neither referral nor info_only\.", r"mode „\1“ gibt es nicht. Schreiben Sie referral oder info_only."),
        (r"(\S+) has no value '(.*?)'; \S+ offers (.*)\.", r"\1 kennt den Wert „\2“ nicht. Möglich sind: \3."),
        (r"fact '(.*?)': .* is either true or false\.", r"\1 ist entweder true oder false."),
        (r"fact '(.*?)': .* is compared with option ids, in quotes\.", r"\1 braucht Werte in Anführungszeichen."),
        (
            r"stands twice among the \[\[(.*?)\]\] blocks\..*",
            r"Diese Nummer steht zweimal unter [[\1]]. Entfernen Sie einen Block oder geben Sie ihm eine neue Nummer.",
        ),
        (r"a \[\[(.*?)\]\] block has no id\..*", r"Einem Block [[\1]] fehlt die Nummer (id). Geben Sie ihm eine."),
        (r"`(.*?)` is missing or no text\..*", r"\1 fehlt oder ist kein Text. Ergänzen Sie es."),
        (r"`valid_from` is missing\..*", "valid_from fehlt. Schreiben Sie den ersten Tag, zum Beispiel valid_from = 2027-01-01."),
        (r"`valid_until` is no date\..*", "valid_until ist kein Tag. Schreiben Sie zum Beispiel valid_until = 2027-06-30."),
        (
            r"ends on (\S+) before it begins on (\S+)\..*",
            r"Die Regel endet am \1, bevor sie am \2 beginnt. Berichtigen Sie die Tage.",
        ),
        (
            r"the last \[\[rule\]\] must have no conditions.*",
            "Die letzte Regel darf keine Bedingung haben, damit niemand ohne Antwort bleibt.",
        ),
        (r"\[params\] knows no '(.*?)'; it knows (.*)\.", r"In [params] gibt es „\1“ nicht. Möglich sind: \2."),
        (r"\[params\] (\S+) must be a whole number.*", r"In [params] muss \1 eine ganze Zahl von 0 bis 10000 sein."),
        (r"\[params\] must be a table\.", "[params] muss eine Tabelle sein."),
        (r"(\S+) must be written as \[\[.*?\]\] blocks\.", r"\1 muss in Blöcken [[\1]] stehen."),
        (r"`(.*?)` must be text in quotes\.", r"\1 muss Text in Anführungszeichen sein."),
        (r"`(.*?)` must be true or false\.", r"\1 muss true oder false sein."),
        (
            r"`?(valid_from|valid_until)`? must be a day.*",
            r"\1 muss ein Tag ohne Anführungszeichen sein, zum Beispiel 2027-01-31.",
        ),
        (r"`(.*?)` must be a table.*", r"\1 muss eine Tabelle sein, zum Beispiel { jung = true }."),
        (r"`(.*?)` must be a list.*", r"\1 muss eine Liste sein."),
        (r"when: (\S+) must be .*", r"\1 muss true, false oder eine Liste von Werten in Anführungszeichen sein."),
        (r"a \[\[topic\]\] has no need\..*", "Einem Block [[topic]] fehlt das Thema (need). Ergänzen Sie es."),
        (
            r"`over` names '(.*?)' of another section.*",
            r"over nennt „\1“ aus einem anderen Abschnitt; dort gilt die Reihenfolge. Streichen.",
        ),
        (r"`over` names '(.*?)', which is no .*", r"over nennt „\1“; diese Regel gibt es nicht. Berichtigen Sie die Nummer."),
        (
            r"`over` names '(.*?)', which does not come later.*",
            r"over nennt „\1“; diese Regel kommt nicht später. Streichen oder verschieben.",
        ),
        (r"`over` gives no reason.*", "over hat keine Begründung. Ergänzen Sie over_because."),
        (r"`over_because` gives a reason.*", "over_because steht ohne over da. Ergänzen Sie over = [...]."),
        (
            r"stands in section '(.*?)', which has ended.*",
            r"Der Abschnitt „\1“ war schon zu Ende. Verschieben Sie die Regel dorthin.",
        ),
        (r"stands in no section.*", "Die Regel steht in keinem Abschnitt. Ergänzen Sie section."),
        (r"is the id of two rows.*", "Diese Nummer haben zwei Zeilen in verschiedenen Tabellen. Benennen Sie eine um."),
        (r"`(.*?)` names '(.*?)' twice\..*", r"\1 nennt „\2“ zweimal. Streichen Sie eines."),
        (r"has the key '(.*?)', which nobody reads\..*", r"Das Feld „\1“ gibt es nicht. Berichtigen oder streichen Sie es."),
        (r"'(.*?)' is nothing this file has\..*", r"„\1“ gibt es in dieser Datei nicht. Berichtigen oder streichen Sie es."),
        (r"`need` '(.*?)' is no topic.*", r"Das Thema „\1“ gibt es nicht. Berichtigen Sie es."),
        (r"asks for '(.*?)', which only an.*", r"„\1“ gibt es nur in [[also]]-Zeilen. Streichen Sie die Bedingung."),
        (r"(\S+) has no value '(.*?)'; (\S+) offers (.*)", r"\1 kennt den Wert „\2“ nicht. Möglich sind: \4"),
        (
            r"`(.*?)` names '(.*?)', which is no Dienst.*",
            r"\1 nennt „\2“; diesen Dienst gibt es nicht. Berichtigen Sie den Namen.",
        ),
        (r"must demand exactly one of (.*?);.*", r"Verlangt werden muss genau eines von: \1."),
        (r"`because` has a brace\..*", "Im Grund (because) steht eine geschweifte Klammer. Lassen Sie sie weg."),
        (
            r"the file has no version\..*",
            "Der Datei fehlt die Fassung. Schreiben Sie oben version = \"...\" mit einem neuen Namen.",
        ),
    )
)  # fmt: skip

def of_loader(lines: Iterable[str]) -> tuple[Problem, ...]:
    return tuple(_german(line) for line in lines)


def _german(line: str) -> Problem:
    place, number, rest = (*line.split(":", 2), "", "")[:3]
    where = f"Zeile {number.strip()}" if number.strip().isdigit() else place
    what = rest.strip() if rest.strip() else line
    id_, _, sentence = what.partition(": ")
    if sentence and re.fullmatch(r"[\w.-]+", id_) and not id_.startswith("when"):
        where, what = f"{where}, {id_}", sentence
    for pattern, german in _LOADER:
        found = pattern.fullmatch(what)
        if found is not None:
            return Problem(where, found.expand(german))
    return Problem(where, what, english=True)


def of_checker(found: Iterable[Finding], script: Script) -> tuple[Problem, ...]:
    """What the proofs found, with the remedy and a person whom it concerns, described by her answers."""
    return tuple(
        Problem(
            finding.where, f"{finding.what}{finding.days}", remedy=finding.remedy,
            example=finding.person.words(script) if finding.person else "",
        )
        for finding in found
    )  # fmt: skip
