"""One fault for each promise about rules: it is found, with its place and somebody whom it concerns."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable

import pytest

from dialogs.cases import read_cases, route
from dialogs.check import check
from dialogs.load import ROOT
from dialogs.proof.findings import Finding
from dialogs.script import Library
from tests.dialogs.proof.conftest import INVARIANTS, RULES, Change
from tests.dialogs.talk import TODAY

Found = Callable[..., dict[str, list[Finding]]]


def text(file: str) -> str:
    return (ROOT / file).read_text(encoding="utf-8")


def block(file: str, id_: str) -> str:
    """The text of one block, from its id to the next block."""
    whole = text(file)
    start = whole.index(f'id = "{id_}"\n')
    end = whole.find("\n[[", start)
    return whole[start : end if end >= 0 else len(whole)]


def changed(file: str, id_: str, pattern: str, new: str) -> Change:
    """A change inside one block."""
    old = block(file, id_)
    made = re.sub(pattern, new, old, count=1)
    assert made != old, f"{pattern} is not in {id_}"
    return file, old, made


def when(id_: str, condition: str) -> Change:
    return changed(RULES, id_, r"when = \{.*\}", f"when = {{ {condition} }}")


def until(id_: str, day: str, file: str = RULES) -> Change:
    return changed(file, id_, r"(valid_from = \S+)", rf"\1\nvalid_until = {day}")


def test_people_whom_only_the_safety_net_catches_are_a_remark_with_a_person(found: Found) -> None:
    (finding,) = found(when("M16", "mit_titel = true"))["safety-net"]
    assert finding.remark and finding.id == "M17" and finding.person is not None
    assert finding.person.needed["S04_status"] == "unsure"


def test_without_the_safety_net_they_are_a_gap_from_the_first_day_on(found: Found) -> None:
    (finding,) = found(when("M16", "mit_titel = true"), until("M17", "2027-06-30"))["gap"]
    assert (finding.first, finding.last) == (dt.date(2027, 7, 1), None)
    assert finding.person is not None and finding.person.needed["S04_status"] == "unsure"


def test_a_book_that_ends_leaves_nobody_an_answer(found: Found) -> None:
    whole = text(RULES)
    ended = re.sub(r"(\[\[rule\]\].*?valid_from = \S+)", r"\1\nvalid_until = 2028-02-29", whole, flags=re.DOTALL)
    (finding,) = found((RULES, whole, ended))["no-rule"]
    assert (finding.first, finding.last) == (dt.date(2028, 3, 1), None)


def test_a_rule_that_never_gets_its_turn_names_who_takes_its_people(found: Found) -> None:
    dead = found(when("M08", ""))["dead-rule"]
    assert {finding.id for finding in dead} == {"M09", "M10", "M11", "M12", "M13", "M14", "M15", "M16"}
    assert all("M08" in finding.what and finding.person is not None for finding in dead)


def test_conditions_that_can_not_hold_together_are_a_dead_rule(found: Found) -> None:
    (finding,) = found(when("M15", "geduldet = true, mit_titel = true"))["dead-rule"]
    assert finding.id == "M15" and finding.person is None and "auf niemanden" in finding.what


def test_topic_rows_behind_one_without_conditions_are_dead(found: Found) -> None:
    dead = found(when("T-residence-1", ""))["dead-topic"]
    assert {finding.id for finding in dead} == {"T-residence-2", "T-residence-3"}


def test_a_further_place_that_fits_nobody_is_dead(found: Found) -> None:
    assert [finding.id for finding in found(when("A6", "mit_titel = true, geduldet = true"))["dead-also"]] == ["A6"]


def test_a_further_place_that_is_always_the_first_one_already_is_never_shown(found: Found) -> None:
    (finding,) = found(when("A5", 'im_asylverfahren = true, ziel = ["ASYLVERFAHRENSBERATUNG"]'))["also-never-shown"]
    assert finding.id == "A5" and "schon empfohlen" in finding.what


def test_a_further_place_behind_three_others_is_never_shown(found: Found) -> None:
    row = (
        '\n[[also]]\nid = "A99"\n'
        'when = { ausreise_droht = true, hat_kein_geld = true, identitaet_offen = true, alter = ["a27"] }\n'
        'to = "MBE"\nbecause = "x"\nsource = "x"\nvalid_from = 2026-11-01\n'
    )
    (finding,) = found((RULES, "", row))["also-never-shown"]
    assert finding.id == "A99" and "drei andere" in finding.what


def test_two_rules_of_a_section_that_both_fit_somebody_need_a_reason(found: Found) -> None:
    overlaps = found(changed(RULES, "M13", r"over = .*\nover_because = .*\n", ""))["overlap"]
    assert [finding.id for finding in overlaps] == ["M13"] * 3
    assert all(finding.person is not None and finding.remedy for finding in overlaps)


def test_the_same_rules_in_two_sections_need_none(found: Found) -> None:
    file, old, new = changed(RULES, "M13", r"over = .*\nover_because = .*\n", "")
    assert "overlap" not in found((file, old, new.replace('section = "Beratung"', 'section = "Kurz"')))


def test_two_carriers_for_one_age_are_an_overlap(found: Found) -> None:
    """The real one: "6 bis 27" and "über 18" were both written down for the young people in between."""
    rule = (
        '[[rule]]\nid = "X01"\nsection = "Junge Menschen"\nwhen = { alter = ["a18", "a25", "a27", "a65"], zielgruppe = true }\n'
        'to = "KIM_KURZ"\nbecause = "x"\nsource = "x"\nvalid_from = 2026-11-01\n\n'
    )
    overlaps = found((RULES, '[[rule]]\nid = "M09"', rule + '[[rule]]\nid = "M09"'))["overlap"]
    (finding,) = (finding for finding in overlaps if finding.id == "M08")
    assert finding.person is not None and finding.person.answers["S03_age"] in ("a18", "a25")


def test_a_precedence_over_nobody_is_a_finding(found: Found) -> None:
    (finding,) = found(changed(RULES, "M06", r'over = \["M08"\]', 'over = ["M07", "M08"]'))["over-idle"]
    assert finding.id == "M06" and "M07" in finding.what


def test_an_end_at_once_behind_a_rule_that_still_asks_is_a_finding(found: Found) -> None:
    late = found(changed(RULES, "M02", r'(to = "KIM_CM"\n)', r"\1at_once = true\n"))["at-once-late"]
    assert {(finding.id, "S13_uma" in finding.what) for finding in late} == {("M02", True)}


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("many_domains = 3", "many_domains = 99", "Anzahl in S15_needs"),
        ("many_open_requirements = 3", "many_open_requirements = 9", "Anzahl offener"),
    ],
)
def test_a_number_that_changes_nothing_is_a_finding(found: Found, old: str, new: str, name: str) -> None:
    (finding,) = found((RULES, old, new))["boundary-idle"]
    assert name in finding.what


def test_a_topic_that_ends_is_named_with_the_day(found: Found) -> None:
    (finding,) = found(until("T-debts-1", "2027-06-30"))["topic-gap"]
    assert finding.first == dt.date(2027, 7, 1) and finding.last is None
    assert finding.person is not None and finding.person.needed["S15_needs"] == ("debts",)


def test_a_topic_that_begins_late_is_named_with_first_and_last_day(found: Found) -> None:
    (finding,) = found(changed(RULES, "T-debts-1", r"valid_from = \S+", "valid_from = 2026-12-24"))["topic-gap"]
    assert (finding.first, finding.last) == (dt.date(2026, 11, 1), dt.date(2026, 12, 23))


def test_topics_that_disagree_are_named(found: Found) -> None:
    (finding,) = found(when("M12", "laengerfristig = false"))["topic-disputed"]
    assert finding.person is not None and len(finding.person.answers["S15_needs"]) >= 2  # type: ignore[arg-type]


def test_an_invariant_that_a_rule_breaks_is_found_with_rule_and_person(found: Found) -> None:
    broken = found(when("M04", "ausreise_droht = true, kein_bedarf = false"))["invariant-broken"]
    finding = next(finding for finding in broken if finding.id == "I01")
    assert "M05" in finding.what and finding.person is not None
    assert finding.person.needed["S01_safety"] == ("removal",)


def test_a_further_place_that_is_cut_off_breaks_an_invariant(found: Found) -> None:
    """The real one: with A7 in its old place, three others went before the office that pays."""
    a7b = "[[also]]\n" + block(RULES, "A7b").rstrip() + "\n"
    broken = found((RULES, a7b, ""), (RULES, "", "\n" + a7b))["invariant-broken"]
    assert [finding.id for finding in broken] == ["I14"]


def test_an_invariant_about_nobody_is_a_finding(found: Found) -> None:
    change = changed(INVARIANTS, "I17", r"when = .*", 'when = { alter = ["a27"], unbegleitet = true }')
    assert [finding.id for finding in found(change)["invariant-idle"]] == ["I17"]


def test_the_person_of_a_finding_is_sent_where_the_finding_says(planted: Callable[..., Library]) -> None:
    library = planted(when("M04", "ausreise_droht = true, kein_bedarf = false"))
    finding = next(finding for finding in check(library, TODAY) if finding.id == "I01")
    assert finding.person is not None
    script = library.current(TODAY)
    person = finding.person.to_json()
    raw = json.loads(json.dumps({"cases": [{"id": "x", **{key: person[key] for key in ("answers", "entry") if key in person}}]}))
    ((_, answers),) = read_cases(raw, script)
    assert route(script, "x", answers, TODAY)["dienst"] == "KEIN_BEDARF"


def test_days_that_change_nothing_are_a_finding(found: Found) -> None:
    """If one rule takes all holders of § 104c, it does not matter any more when their title ends."""
    idle = [finding.what for finding in found(when("M00", "inhaber_104c = true"))["boundary-idle"]]
    assert len([what for what in idle if "S05_valid_until" in what]) == 2
