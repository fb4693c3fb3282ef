"""The named facts that rules speak of, each a condition over the answers (`domain.md` B.1, B.2).

Facts are county-neutral; a county gives only the numbers (`Params`). A fact that a rule needs and that is missing here
is added here, with a test, never as an expression inside a rule file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dialogs.conditions import (
    Among,
    AtLeast,
    Condition,
    DaysLeft,
    MonthsLeft,
    Not,
    Said,
    YearsSince,
    all_of,
    among,
    any_of,
)

# By which link or slip the person came: no question, but the session knows it from the first moment on.
ENTRY = "@entry"

# Facts that have the options of a question as their values: a rule writes `kommune = ["neustadt"]`.
OPTION_FACTS = {
    "kommune": "S02_city",
    "alter": "S03_age",
    "status": "S04_status",
    "einkommen": "S10_income",
    "lid": "S09_lid",
    "kinder": "S11_children",
    "thema": "S15_needs",
    "hilfe_art": "S16_kind",
    "zugangsweg": ENTRY,
    "ziel": "@ziel",
    "dringend": "@dringend",
}

# Put behind a name: the options of this fact counted because they were not chosen (`thema_nicht`).
NOT = "_nicht"

# Facts that a person may read again on her own phone, which others may read too (`domain.md` 0.1 no. 10, 5.2 no. 12).
# Whatever is not named here (papers, identity, removal, health, what she asked for) is never repeated there.
TOLD_AGAIN = frozenset({
    "unter_16", "jung", "ab_65", "alter", "knapp_unter_27", "kommune", "zielgruppe", "komplex", "laengerfristig",
    "viele_akteure", "viele_probleme", "ein_thema", "kein_bedarf",
})  # fmt: skip

NEEDS = (
    "language", "residence", "identity", "lid", "work", "recognition", "money", "debts",
    "housing", "school", "family", "health", "mental", "contacts", "citizenship",
)  # fmt: skip

# What concerns a family with a small child and can be settled with it, without an office for papers, money or work.
FAMILY_NEEDS = ("school", "family", "health", "contacts", "language")

# The links and slips that are handed out at the Auslaenderbehoerde (`domain.md` A.1, D.2); every other way in is not one.
ABH_LINKS = ("abh", "desk", "desk-104c", "desk-25", "desk-25b", "desk-fik")


@dataclass(frozen=True, slots=True)
class Params:
    """The numbers a county sets. The defaults are those of `domain.md` B.2."""

    urgent_days: int = 42
    soon_days: int = 183
    many_domains: int = 3
    many_open_requirements: int = 3
    under27_exception_months: int = 6
    new_in_germany_years: int = 5


def facts(params: Params) -> Mapping[str, Condition]:
    """All named facts. Each is a statement that is true, false or unknown of a person."""
    status = "S04_status"
    age = "S03_age"
    inhaber_104c = among(status, "p104c", "fik104c")
    geduldet = among(status, "duldung", "duldung60b")
    im_asylverfahren = among(status, "gestattung")
    mit_titel = among(status, "p104c", "fik104c", "p25ab", "p24", "other_ae", "ne", "eu", "german")
    identitaet_offen = any_of(
        all_of(
            among(status, "p104c", "fik104c", "duldung"), among("S07_identity", "other_docs", "trying", "none")
        ),
        among(status, "duldung60b"),
    )
    offen = (
        identitaet_offen,
        among("S08_german", "d0", "d1", "d2"),
        among("S09_lid", "no", "booked"),
        among("S10_income", "topup", "jobcenter", "sozialamt", "family", "nothing"),
        among("S11_children", "k6n"),
    )
    viele_offene = all_of(inhaber_104c, AtLeast(params.many_open_requirements, offen))
    zielgruppe = any_of(
        geduldet,
        im_asylverfahren,
        inhaber_104c,
        among(status, "p25ab"),
        among("S13_uma", "yes"),
        among("S14_soe", "yes"),
        all_of(among(age, "a18", "a25", "a27", "a65"), YearsSince("S12_year", params.new_in_germany_years)),
    )
    laengerfristig = among("S16_kind", "long")
    viele_akteure = among("S16_kind", "actors")
    themen = tuple(among("S15_needs", need) for need in NEEDS)
    andere_themen = tuple(need for need in NEEDS if need not in FAMILY_NEEDS)
    viele_probleme = any_of(among("S16_kind", "many"), AtLeast(params.many_domains, themen), viele_offene)
    ein_thema = all_of(
        AtLeast(1, themen), Not(AtLeast(2, themen)), Not(laengerfristig), Not(viele_akteure), Not(viele_probleme)
    )
    # Who does not know whether she applied is protected like who did not: what counts is that "yes" was said.
    noch_kein_antrag = Not(Said("S06_applied", frozenset({"yes"})))
    abgelaufen = DaysLeft("S05_valid_until", most=-1)
    return {
        "unter_16": among(age, "u12", "a12"),
        "jung": among(age, "a16", "a18", "a25"),
        "ab_65": among(age, "a65"),
        "inhaber_104c": inhaber_104c,
        "mit_titel": mit_titel,
        "mit_titel_oder_unklar": any_of(mit_titel, among(status, "unsure")),
        "geduldet": geduldet,
        "im_asylverfahren": im_asylverfahren,
        "unbegleitet": among("S13_uma", "yes"),
        "suedosteuropa": among("S14_soe", "yes"),
        "identitaet_offen": identitaet_offen,
        "viele_offene_voraussetzungen": viele_offene,
        "zielgruppe": zielgruppe,
        "laengerfristig": laengerfristig,
        "viele_akteure": viele_akteure,
        "viele_probleme": viele_probleme,
        "komplex": all_of(laengerfristig, any_of(viele_akteure, viele_probleme)),
        "kein_bedarf": Not(AtLeast(1, themen)),
        "ein_thema": ein_thema,
        "nur_familienthemen": all_of(among("S15_needs", *FAMILY_NEEDS), Not(among("S15_needs", *andere_themen))),
        "fluechtlingsthema": all_of(
            any_of(among("S15_needs", "residence", "mental"), geduldet, im_asylverfahren),
            Not(all_of(ein_thema, Not(among("S15_needs", "residence", "mental")))),
        ),
        "titel_laeuft_ab": all_of(among(status, "p104c"), DaysLeft("S05_valid_until", most=params.urgent_days)),
        "titel_dringend": all_of(
            among(status, "p104c"), DaysLeft("S05_valid_until", least=0, most=params.urgent_days), noch_kein_antrag
        ),
        "titel_abgelaufen": all_of(among(status, "p104c"), abgelaufen, noch_kein_antrag),
        "knapp_unter_27": all_of(
            among(age, "a25"), MonthsLeft("S03b_month27", params.under27_exception_months)
        ),
        "ausreise_droht": among("S01_safety", "removal"),
        "bekommt_geld_vom_jobcenter": among("S10_income", "jobcenter", "topup"),
        "hat_kein_geld": among("S10_income", "nothing"),
        "kind_unter_6": among("S11_children", "k0"),
        "kind_in_schule": among("S11_children", "k6s"),
        "kind_ohne_schulplatz": among("S11_children", "k6n"),
        "wird_schon_beraten": among("S16_kind", "helped"),
        # Never unknown: whoever came without such a link came another way.
        "ueber_auslaenderbehoerde": among(ENTRY, *ABH_LINKS),
    }  # fmt: skip


def fact_condition(name: str, values: tuple[object, ...], known: Mapping[str, Condition]) -> Condition:
    """The condition that a rule's `name = [values]` means.

    Raises KeyError for an unknown fact, ValueError for values it can't have.
    """
    question = OPTION_FACTS.get(name)
    if question is not None:
        if not all(isinstance(value, str) for value in values):
            raise ValueError(f"{name} is compared with option ids, in quotes")
        return Among(question, frozenset(str(value) for value in values))
    condition = known[name]
    if set(values) == {True}:
        return condition
    if set(values) == {False}:
        return Not(condition)
    raise ValueError(f"{name} is either true or false")
