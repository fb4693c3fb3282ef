"""What is wrong with a changed rules file, in German: where, what, and what to do.

The loader and the checker speak English to developers. A sentence that is not known here is shown as it came, marked as
English, rather than left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from dialogs.check import Finding


@dataclass(frozen=True, slots=True)
class Problem:
    """`where` is file and line, or the rule. `english` if there are no German words for it yet."""

    where: str
    what: str
    english: bool = False


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
        (r"`because` has a brace\..*", "Im Grund (because) steht eine geschweifte Klammer. Lassen Sie sie weg."),
        (
            r"the file has no version\..*",
            "Der Datei fehlt die Fassung. Schreiben Sie oben version = \"...\" mit einem neuen Namen.",
        ),
    )
)  # fmt: skip

_CHECKER: Final = {
    "no-script": "Für diesen Tag gibt es keine gültige Fassung.",
    "no-last-rule": "An diesem Tag gilt keine letzte Regel ohne Bedingung: Manche Menschen blieben ohne Antwort.",
    "unreachable-rule": "Diese Regel hat keine Bedingung und verdeckt alle Regeln danach. Setzen Sie sie ans Ende.",
    "dead-rule": "Diese Regel kann nie gelten. Entfernen oder ändern Sie sie.",
    "gap": "Es gibt Menschen, für die keine Regel passt. Ergänzen Sie eine Regel.",
    "overlap": "Zwei Regeln mit verschiedenen Zielen treffen denselben Menschen. Grenzen Sie sie ab (oder: over).",
    "invariant": "Ein fester Grundsatz des Kreises wird verletzt.",
    "topic-missing": "Für dieses Thema gibt es keine Zeile. Ergänzen Sie [[topic]].",
    "topic-open": "Die letzte Zeile dieses Themas hat eine Bedingung. Ergänzen Sie eine ohne.",
    "no-stelle": "Für dieses Ziel gibt es nicht überall eine Stelle.",
}


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


def of_checker(found: Iterable[Finding]) -> tuple[Problem, ...]:
    problems: list[Problem] = []
    for finding in found:
        german = _CHECKER.get(finding.code)
        if german is not None:
            problems.append(Problem(finding.where, german))
        problems.append(Problem(finding.where, f"{finding.code}: {finding.what}", english=True))
    return tuple(problems)
