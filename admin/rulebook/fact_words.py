"""Conditions of rules in German words, for people who decide about rules and read no files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from dialogs.comparison import LABELS
from dialogs.facts import OPTION_FACTS
from dialogs.routing import Rule
from dialogs.script import Script

# What a fact says when it is true, and when it is not.
FACTS: Final[Mapping[str, tuple[str, str]]] = {
    "unter_16": ("ist jünger als 16", "ist 16 oder älter"),
    "jung": ("ist 16 bis 26 Jahre alt", "ist nicht zwischen 16 und 26"),
    "ab_65": ("ist 65 oder älter", "ist jünger als 65"),
    "inhaber_104c": ("hat § 104c oder die Fiktionsbescheinigung danach", "hat keinen § 104c"),
    "mit_titel": ("hat einen Aufenthaltstitel, ist aus der EU oder deutsch", "hat keinen Aufenthaltstitel"),
    "mit_titel_oder_unklar": ("hat einen Titel, oder das Papier ist unklar", "hat sicher keinen Titel"),
    "geduldet": ("hat eine Duldung", "hat keine Duldung"),
    "im_asylverfahren": ("ist im Asylverfahren", "ist nicht im Asylverfahren"),
    "unbegleitet": ("kam als Kind oder Jugendlicher ohne Eltern", "kam nicht unbegleitet"),
    "suedosteuropa": ("kommt aus Südosteuropa", "kommt nicht aus Südosteuropa"),
    "identitaet_offen": ("Identität ist nicht geklärt", "Identität ist geklärt"),
    "viele_offene_voraussetzungen": ("viele Voraussetzungen für § 25b sind offen", "wenige Voraussetzungen sind offen"),
    "zielgruppe": ("gehört zur Zielgruppe von KIM", "gehört nicht zur Zielgruppe von KIM"),
    "laengerfristig": ("braucht länger Hilfe", "braucht nicht länger Hilfe"),
    "viele_akteure": ("viele Ämter oder Stellen sind beteiligt", "wenige Stellen sind beteiligt"),
    "viele_probleme": ("hat viele Probleme gleichzeitig", "hat nicht viele Probleme gleichzeitig"),
    "komplex": ("braucht länger Hilfe, mit vielen Stellen oder Problemen", "der Bedarf ist nicht komplex"),
    "kein_bedarf": ("möchte im Moment keine Hilfe", "möchte Hilfe"),
    "ein_thema": ("hat eine Frage zu einem Thema", "hat mehr als eine Frage zu einem Thema"),
    "fluechtlingsthema": ("es geht um Aufenthalt oder Seele, Duldung oder Asyl", "kein Thema der Flüchtlingsberatung"),
    "titel_laeuft_ab": ("§ 104c läuft bald ab", "§ 104c läuft nicht bald ab"),
    "titel_dringend": ("§ 104c läuft sehr bald ab, kein Antrag", "§ 104c läuft nicht sehr bald ab, oder es gibt einen Antrag"),
    "titel_abgelaufen": ("§ 104c ist abgelaufen, kein Antrag", "§ 104c ist nicht abgelaufen, oder es gibt einen Antrag"),
    "knapp_unter_27": ("wird bald 27", "wird nicht bald 27"),
    "ausreise_droht": ("Ausreise oder Abschiebung droht", "keine Ausreise droht"),
    "bekommt_geld_vom_jobcenter": ("bekommt Geld vom Jobcenter", "bekommt kein Geld vom Jobcenter"),
    "hat_kein_geld": ("hat kein Geld", "hat Geld"),
    "kind_unter_6": ("hat ein Kind unter 6", "hat kein Kind unter 6"),
    "kind_in_schule": ("hat ein Kind in der Schule", "hat kein Kind in der Schule"),
    "kind_ohne_schulplatz": ("hat ein Kind ohne Schulplatz", "hat kein Kind ohne Schulplatz"),
    "wird_schon_beraten": ("wird schon beraten", "wird noch nicht beraten"),
}
_ALONE: Final[Mapping[str, str]] = {
    "@entry": "kommt über", "@ziel": "erstes Ziel ist", "@dringend": "es ist dringend",
}  # fmt: skip


def conditions(script: Script, rule: Rule) -> tuple[str, ...]:
    """One line for each condition of a rule; ("sonst",) if it has none."""
    lines = tuple(_lines(script, rule))
    return lines or ("immer, wenn keine Regel davor passt",)


def _lines(script: Script, rule: Rule) -> Iterator[str]:
    if rule.need is not None:
        yield f"Thema: {_option(script, 'S15_needs', rule.need)}"
    for name, values in rule.when.items():
        question = OPTION_FACTS.get(name)
        if question is None:
            yes, no = FACTS.get(name, (f"{name.replace('_', ' ')}: ja", f"{name.replace('_', ' ')}: nein"))
            yield yes if set(values) == {True} else no
        elif question == "@dringend":
            yield "es ist dringend" if values == ("ja",) else "es ist nicht dringend"
        else:
            label = _ALONE.get(question) or LABELS.get(question, name)
            yield f"{label}: {' oder '.join(_option(script, question, str(value)) for value in values)}"


def _option(script: Script, question_id: str, value: str) -> str:
    question = script.questionnaire.by_id.get(question_id)
    if question is None:
        return dienst_name(script, value) if question_id == "@ziel" else value
    kommune = script.county.kommunen.get(value) if question.kind == "town" else None
    option = question.by_id.get(value)
    return kommune.name if kommune is not None else option.text.rstrip(".") if option is not None else value


def dienst_name(script: Script, dienst: str) -> str:
    found = script.county.dienste.get(dienst)
    special = {"KEIN_BEDARF": "kein Bedarf", "TOPIC": "Stelle für dieses Thema", "KEINE_REGEL": "keine Regel passt"}
    return found.name if found is not None else special.get(dienst, dienst)
