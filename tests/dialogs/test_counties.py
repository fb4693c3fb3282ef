"""Three counties: the same protection in each, their own places, and nothing of one in the words of another."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from bot.words import Words
from dialogs import effects as ef
from dialogs.answers import Value
from dialogs.cases import CaseRefused, read_cases, route
from dialogs.check import check
from dialogs.conditions import Case
from dialogs.facts import ABH_LINKS, ENTRY, FAMILY_NEEDS, NEEDS, Params, facts
from dialogs.load import known_counties, load_library
from dialogs.matching import TownNames
from dialogs.script import Library, Script
from dialogs.session import PRESETS, Status
from tests.dialogs.talk import TODAY, Answer, Talk

COUNTIES = known_counties()


@pytest.fixture(scope="module", params=COUNTIES)
def land(request: pytest.FixtureRequest) -> Library:
    return load_library(request.param)


def current(county: str) -> Script:
    return load_library(county).current(TODAY)


def first_town(library: Library) -> str:
    return next(iter(library.county.kommunen))


# -- the same protection everywhere --------------------------------------------------------------------------------------


def nothing_was_kept(talk: Talk) -> bool:
    kept = [effect for effect in talk.kept if not isinstance(effect, (ef.Count, ef.KeepConsent))]
    return talk.session.status is Status.ENDED and kept == [ef.Erase("chat")]


@pytest.mark.parametrize("age", ["u12", "a12"])
@pytest.mark.parametrize("safety", ["none", "removal"])
def test_under_16_nothing_more_is_asked_and_nothing_is_kept(land: Library, age: str, safety: str) -> None:
    talk = Talk(land.current(TODAY))
    talk.answer_all({"F2_notice": "yes", "S01_safety": (safety,), "S02_city": first_town(land), "S03_age": age})
    assert nothing_was_kept(talk) and "S04_status" not in talk.asked
    assert talk.session.decision is not None and talk.session.decision["mode"] == "info_only"
    assert any("JUNG" in effect.cards for effect in talk.shown if isinstance(effect, ef.ShowCards))


@pytest.mark.parametrize("town", ["first", "last", "other"])
@pytest.mark.parametrize("applied", ["no", "started", "unknown"])
def test_with_an_expired_card_and_no_application_nothing_is_kept_and_the_advice_is_not_the_states(
    land: Library, town: str, applied: str
) -> None:
    towns = [*land.county.kommunen]
    answers: dict[str, Answer] = {
        "F2_notice": "yes", "S01_safety": ("none",), "S02_city": {"first": towns[0], "last": towns[-1], "other": "other"}[town],
        "S03_age": "a27", "S04_status": "p104c", "S05_valid_until": "#20.11.2026", "S06_applied": applied,
    }  # fmt: skip
    talk = Talk(land.current(TODAY))
    talk.answer_all(answers)
    assert nothing_was_kept(talk) and "S15_needs" not in talk.asked
    assert talk.session.stelle is not None
    traeger = land.county.traeger[land.county.stellen[talk.session.stelle].traeger]
    assert not traeger.public_body
    assert talk.session.decision is not None
    assert (talk.session.decision["mode"], talk.session.decision["urgent"]) == ("info_only", True)


@pytest.mark.parametrize("answers", [
    {"S04_status": "p104c", "S05_valid_until": TODAY, "S06_applied": "no", "S07_identity": "passport"},
    {"S04_status": "duldung", "S01_safety": ("removal",)},
    {"S04_status": "german", "S01_safety": ("removal",)},
])  # fmt: skip
@pytest.mark.parametrize("age", ["a16", "a18", "a27", "a65"])
def test_whoever_is_in_danger_is_urgent_and_never_without_need(land: Library, age: str, answers: dict[str, Value]) -> None:
    script = land.current(TODAY)
    for town in (*land.county.kommunen, "other"):
        case = {"S02_city": town, "S03_age": age, "S15_needs": ("none",), **answers}
        decision = route(script, "x", case, TODAY)
        assert decision["urgent"] and decision["mode"] == "referral" and decision["dienst"] != "KEIN_BEDARF"
        assert decision["stelle"] is not None


# -- places ----------------------------------------------------------------------------------------------------------------


EUSKIRCHEN = {
    "schleiden": "CARITAS_EIFEL", "hellenthal": "CARITAS_EIFEL", "dahlem": "CARITAS_EIFEL", "blankenheim": "CARITAS_EIFEL",
    "mechernich": "CARITAS_EIFEL", "euskirchen": "CARITAS_EUSKIRCHEN", "bad-muenstereifel": "CARITAS_EUSKIRCHEN",
    "kall": "DRK", "zuelpich": "DRK", "nettersheim": "DRK", "weilerswist": "DRK",
}  # fmt: skip
TWO_TOPICS: dict[str, Value] = {"S04_status": "ne", "S10_income": "work", "S15_needs": ("work", "debts"), "S16_kind": ("helped",)}


@pytest.mark.parametrize(("kommune", "dienst"), EUSKIRCHEN.items())
@pytest.mark.parametrize(("age", "young"), [("a16", True), ("a18", True), ("a25", True), ("a27", False), ("a65", False)])
def test_in_euskirchen_the_carrier_goes_by_kommune_and_age(kommune: str, dienst: str, age: str, young: bool) -> None:
    decision = route(current("euskirchen"), "x", {"S02_city": kommune, "S03_age": age, **TWO_TOPICS}, TODAY)
    assert decision["dienst"] == ("KJA_BONN" if young else dienst)


def test_in_euskirchen_every_kommune_has_one_carrier_and_zuelpich_stands_once() -> None:
    script = current("euskirchen")
    carriers = {"CARITAS_EIFEL", "CARITAS_EUSKIRCHEN", "DRK"}
    for prefix in ("E01", "E10"):
        rules = [rule for rule in script.book.rules if rule.id.startswith(prefix) and rule.to in carriers]
        named = Counter(town for rule in rules for town in rule.when["kommune"])
        assert named == Counter([*script.county.kommunen])
    at_desks = Counter(town for stelle in script.county.stellen.values() if stelle.dienst in carriers for town in stelle.kommunen)
    assert at_desks == Counter([*script.county.kommunen])


def test_no_answer_is_handed_to_the_desk_inside_the_auslaenderamt() -> None:
    assert not current("euskirchen").county.takes_referrals("CM_ABH")


def test_in_rhein_sieg_every_kommune_has_case_management_of_its_own_and_elsewhere_the_kreis_coordinates() -> None:
    county = current("rhein-sieg").county
    assert len(county.kommunen) == 19
    desks = {town: county.stelle_for("KIM_CM", town, TODAY) for town in (*county.kommunen, "other", None)}
    employers = [stelle.traeger for town, stelle in desks.items() if stelle and town in county.kommunen]
    assert len(set(employers)) == 19, "nobody of one Kommune reads the cases of another"
    for nowhere in ("other", None):
        stelle = desks[nowhere]
        assert stelle is not None and stelle.traeger == "rhein-sieg-kreis"


def test_troisdorf_has_one_traeger_for_everything_that_is_decided_there() -> None:
    script = current("rhein-sieg")
    urgent: dict[str, Value] = {"S04_status": "p104c", "S05_valid_until": TODAY, "S06_applied": "no"}
    unknown: dict[str, Value] = {"S04_status": "ne"}
    for answers in (TWO_TOPICS, urgent, unknown):
        decision = route(script, "x", {"S02_city": "troisdorf", "S03_age": "a27", **answers}, TODAY)
        assert script.county.stellen[str(decision["stelle"])].traeger == "stadt-troisdorf"


def test_no_county_has_a_contact_that_nobody_gave(land: Library) -> None:
    """An address or number that is not known stays empty, and says who has to enter it."""
    for stelle in land.county.stellen.values():
        if not (stelle.address or stelle.phone or stelle.email or stelle.url):
            assert "(Kreis)" in stelle.note, stelle.id


# -- facts -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", [*ABH_LINKS, "self", "jc", None])
def test_whether_somebody_came_by_the_auslaenderbehoerde_is_never_unknown(entry: str | None) -> None:
    case = Case({} if entry is None else {ENTRY: entry}, TODAY)
    assert facts(Params())["ueber_auslaenderbehoerde"].of(case) is (entry in ABH_LINKS)


def test_every_slip_that_the_desk_can_print_counts_as_the_auslaenderbehoerde() -> None:
    from admin.desk.entries import ENTRIES

    assert {*ENTRIES, *PRESETS} <= set(ABH_LINKS)


def test_only_family_topics_are_at_least_one_and_no_other() -> None:
    fact = facts(Params())["nur_familienthemen"]
    assert fact.of(Case({"S15_needs": FAMILY_NEEDS}, TODAY)) is True
    assert fact.of(Case({"S15_needs": ("none",)}, TODAY)) is False
    assert fact.of(Case({}, TODAY, frozenset({"S15_needs"}))) is None
    for need in set(NEEDS) - set(FAMILY_NEEDS):
        assert fact.of(Case({"S15_needs": ("family", need)}, TODAY)) is False


@pytest.mark.parametrize(("entry", "rule"), [("desk-25", "E08"), ("abh", "E08"), ("self", "E10b"), ("jc", "E10b")])
def test_the_link_she_came_by_is_known_when_it_is_decided(entry: str, rule: str) -> None:
    answers: dict[str, Answer] = {
        "F2_notice": "yes", "S01_safety": ("none",), "S02_city": "euskirchen", "S03_age": "a27", "S04_status": "p25ab",
        "S05_valid_until": "#01.03.2028", "S10_income": "work", "S11_children": ("no",), "F3_health_ok": "no",
        "S15_needs": ("work", "housing"), "S16_kind": ("helped",),
    }  # fmt: skip
    talk = Talk(current("euskirchen"), entry=entry)
    talk.to_the_end(answers)
    assert talk.session.decision is not None and talk.session.decision["rule"] == rule
    assert ENTRY not in talk.session.answers, "what is no answer is not stored as one"


def test_a_case_from_outside_may_say_by_which_link_the_person_came() -> None:
    script = current("euskirchen")
    answers = {"S02_city": "kall", "S03_age": "a27", "S04_status": "ne", "S15_needs": ["work", "debts"], "S16_kind": ["long"]}
    raw = {"cases": [{"id": "a", "answers": answers, "entry": "desk"}, {"id": "b", "answers": answers}]}
    decisions = [route(script, id_, read, TODAY) for id_, read in read_cases(raw, script)]
    assert [decision["rule"] for decision in decisions] == ["E08", "E10c"]
    with pytest.raises(CaseRefused, match='case a: "entry" is no text'):
        read_cases({"cases": [{"id": "a", "entry": 7}]}, script)


# -- words and questions -----------------------------------------------------------------------------------------------------


def test_the_shipped_county_has_no_findings(land: Library) -> None:
    assert check(land, TODAY) == ()


# What a link is called that only one county hands out; nobody elsewhere comes by it.
LINKS_OF_ONE_COUNTY = {"fact.zugangsweg.erk"}


def shown_texts(library: Library) -> dict[str, str]:
    """Everything a person of this county can be shown, in every language, by its id."""
    words = Words.load(library)
    cards = library.current(TODAY).questionnaire.cards
    numbers = {f"card.{card.id}.number.{index}" for card in cards.values() for index, _ in card.numbers}
    found = {}
    for key in words.sources():
        head, name = key.split(".")[:2]
        elsewhere = (head in COUNTIES and head != library.county.id) or (head == "dienst" and name not in library.county.dienste)
        if elsewhere or (".number." in key and key not in numbers) or key in LINKS_OF_ONE_COUNTY:
            continue
        source = words.sources()[key]
        parts: dict[str, str | int] = dict.fromkeys(set(re.findall(r"{(\w+)}", source.text)) - {"verantwortlich"}, "…")
        if source.plural is not None:
            parts["n"] = 2
        for locale in words.locales:
            found[f"{key} ({locale})"] = words.text(key, locale, **parts)
    for stelle in library.county.stellen.values():
        found[stelle.id] = f"{stelle.name} {stelle.address} {library.county.traeger[stelle.traeger].name}"
    return found


def test_nobody_reads_of_another_county(land: Library) -> None:
    others = [load_library(name).county for name in COUNTIES if name != land.county.id]
    names = {name for county in others for name in (county.name, *(kommune.name for kommune in county.kommunen.values()))}
    names |= {"Mettmann", "Euskirchen", "Rhein-Sieg"} - {land.county.name.replace("Kreis ", "").replace("-Kreis", "")}
    names -= {kommune.name for kommune in land.county.kommunen.values()}
    pattern = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in sorted(names)))
    assert {key: text for key, text in shown_texts(land).items() if pattern.search(text)} == {}


def test_the_notice_says_who_answers_for_the_data_in_this_county(land: Library) -> None:
    notice = Words.load(land).text("scr.F2_notice.long", "de")
    assert land.county.responsible in notice and land.county.name.replace("Kreis ", "") in notice


def test_the_towns_offered_are_those_of_the_county(land: Library) -> None:
    talk = Talk(land.current(TODAY))
    talk.answer_all({"F2_notice": "yes", "S01_safety": ("none",)}, until="S02_city")
    assert [choice.id for choice in talk.ask.choices] == [*land.county.kommunen, "other"]


def test_a_question_that_no_rule_of_the_county_needs_is_not_put_but_read(land: Library) -> None:
    script = land.current(TODAY)
    rows = (*script.book.rules, *script.book.topics, *script.book.also)
    used = {atom.question for row in rows for atom in row.condition.atoms()}
    talk = Talk(script)
    talk.to_the_end({
        "F2_notice": "yes", "S01_safety": ("none",), "S02_city": first_town(land), "S03_age": "a27", "S04_status": "eu",
        "F3_health_ok": "no", "S15_needs": ("work",), "S16_kind": ("one",),
    })  # fmt: skip
    assert ("S14_soe" in talk.asked) == ("S14_soe" in used)
    assert read_cases({"cases": [{"id": "a", "answers": {"S14_soe": "yes"}}]}, script)


# -- names of towns ------------------------------------------------------------------------------------------------------------


def test_every_kommune_is_found_by_each_of_its_names(land: Library) -> None:
    names = TownNames(land.county)
    for kommune in land.county.kommunen.values():
        for spelling in (kommune.name, *kommune.aliases):
            found = names.find(spelling)
            assert found.kommunen and found.kommunen[0] == kommune.id, spelling


def test_every_kommune_is_known_in_six_scripts(land: Library) -> None:
    scripts = {"arabisch": "[\u0600-\u06ff]", "kyrillisch": "[\u0400-\u04ff]", "georgisch": "[\u10a0-\u10ff]",
               "armenisch": "[\u0530-\u058f]", "äthiopisch": "[\u1200-\u137f]"}  # fmt: skip
    for kommune in land.county.kommunen.values():
        for name, letters in scripts.items():
            assert any(re.search(letters, alias) for alias in kommune.aliases), f"{kommune.id}: {name}"


@pytest.mark.parametrize("words", ["Köln", "Bonn", "Aachen", "Düren", "Düsseldorf", "Siegen", "Brühl", "Erftstadt", "Wesseling"])
def test_a_neighbour_outside_is_never_taken_for_sure(land: Library, words: str) -> None:
    assert not TownNames(land.county).find(words).sure
