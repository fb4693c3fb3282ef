"""From § 104c to § 25b and § 25a: every state of every condition, who helps, and that nobody is promised anything."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from pathlib import Path

import pytest

from dialogs import effects as ef
from dialogs import events as ev
from dialogs.answers import Answers, Month, NoAnswer
from dialogs.bridge import Line, checklist, for_person, helper, to_hand_over
from dialogs.bridge_conditions import CONDITIONS, State
from dialogs.deadlines import Papers
from dialogs.routing import decide
from dialogs.script import Script
from tests.dialogs.talk import HILDEN, TODAY, Talk

ROOT = Path(__file__).parents[2]
MET, OPEN, UNKNOWN = State.MET, State.OPEN, State.UNKNOWN

# Walkthrough 2 of `domain.md` A.3, as answers.
HOLDER: Answers = {
    "S02_city": "hilden", "S03_age": "a27", "S04_status": "p104c", "S05_valid_until": dt.date(2027, 3, 15), "S06_applied": "no",
    "S07_identity": "none", "S08_german": "c2", "S09_lid": "yes", "S10_income": "work", "S11_children": ("no",), "S12_year": 2016,
    "S15_needs": ("identity",), "S16_kind": ("one",),
}  # fmt: skip
YOUNG: Answers = {**HOLDER, "S03_age": "a25", "S03b_month27": Month(2027, 3)}


def lines(script: Script, answers: Answers, on: dt.date = TODAY, papers: Papers | None = None) -> tuple[Line, ...]:
    case = script.case(answers, on)
    return checklist(script.book, case, decide(script.book, case).dienst, papers or Papers())


def state(script: Script, answers: Answers, id_: str, on: dt.date = TODAY, papers: Papers | None = None) -> State | None:
    paragraph, _, name = id_.partition(".")
    found = [line.state for line in lines(script, answers, on, papers) if (line.paragraph, line.id) == (paragraph, name)]
    return found[0] if found else None


def test_the_golden_holder_of_hilden(script: Script) -> None:
    assert [(line.id, line.state.value, line.dienst) for line in lines(script, HOLDER)] == [
        ("title", "met", None), ("years", "met", None), ("test", "met", None), ("money", "met", None), ("german", "met", None),
        ("identity", "open", "FF_CARITAS"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("question", "values", "id_", "expected"),
    [
        ("S08_german", ("d0", "d1", "d2"), "25b.german", OPEN),
        ("S08_german", ("c2", "c3"), "25b.german", MET),
        ("S08_german", (NoAnswer.REFUSED, NoAnswer.SKIPPED, None), "25b.german", UNKNOWN),
        ("S09_lid", ("yes", "school"), "25b.test", MET),
        ("S09_lid", ("no", "booked"), "25b.test", OPEN),
        ("S09_lid", ("unknown", NoAnswer.UNKNOWN, None), "25b.test", UNKNOWN),
        ("S10_income", ("work", "training"), "25b.money", MET),
        ("S10_income", ("topup", "jobcenter", "sozialamt", "family", "nothing"), "25b.money", OPEN),
        ("S10_income", (NoAnswer.REFUSED, None), "25b.money", UNKNOWN),
        ("S07_identity", ("passport",), "25b.identity", MET),
        ("S07_identity", ("other_docs", "trying", "none"), "25b.identity", OPEN),
        ("S07_identity", (NoAnswer.REFUSED, None), "25b.identity", UNKNOWN),
        ("S11_children", (("k6s",), ("k0", "k6s")), "25b.school", MET),
        ("S11_children", (("k6n",), ("k6s", "k6n")), "25b.school", OPEN),
        ("S11_children", (NoAnswer.REFUSED, None), "25b.school", UNKNOWN),
        ("S11_children", (("no",), ("k0",)), "25b.school", None),
        ("S12_year", (2016, 2019), "25b.years", MET),
        ("S12_year", (2020,), "25b.years", UNKNOWN),
        ("S12_year", (2021, 2025), "25b.years", OPEN),
    ],
)
def test_every_answer_has_its_state(
    script: Script, question: str, values: tuple[object, ...], id_: str, expected: State | None
) -> None:
    for value in values:
        answers = {key: item for key, item in HOLDER.items() if key != question}
        if value is not None:
            answers[question] = value  # type: ignore[assignment]
        assert state(script, answers, id_) is expected, value


def test_25a_is_only_for_people_under_27(script: Script) -> None:
    for age, there in (("a16", True), ("a18", True), ("a25", True), ("a27", False), ("a65", False)):
        assert ("25a" in {line.paragraph for line in lines(script, {**YOUNG, "S03_age": age})}) is there


@pytest.mark.parametrize(
    ("on", "birth", "expected"),
    [
        ("2027-02-28", None, MET),  # of March alone the last safe day is the end of February
        ("2027-03-01", None, UNKNOWN),  # somewhere in this month
        ("2027-03-31", None, UNKNOWN),
        ("2027-04-01", None, OPEN),
        ("2027-03-13", "2000-03-14", MET),
        ("2027-03-14", "2000-03-14", OPEN),  # the birthday itself: too late
        ("2027-02-28", "2000-02-29", MET),
        ("2027-03-01", "2000-02-29", OPEN),
    ],
)
def test_25a_only_before_the_27th_birthday(script: Script, on: str, birth: str | None, expected: State) -> None:
    papers = Papers(birth=dt.date.fromisoformat(birth)) if birth else None
    assert state(script, YOUNG, "25a.age", dt.date.fromisoformat(on), papers) is expected


def test_25a_wants_three_years(script: Script) -> None:
    found = {year: state(script, {**YOUNG, "S12_year": year}, "25a.years3") for year in (2022, 2023, 2024)}
    assert found == {2022: MET, 2023: UNKNOWN, 2024: OPEN}


def test_a_duldung_is_enough_for_25b_but_nobody_knows_since_when_for_25a(script: Script) -> None:
    young: Answers = {**YOUNG, "S04_status": "duldung", "S15_needs": ("residence",)}
    assert (state(script, young, "25b.title"), state(script, young, "25a.title")) == (MET, UNKNOWN)
    assert lines(script, {**young, "S15_needs": ("work",)}) == ()


@pytest.mark.parametrize("status", ["duldung60b", "gestattung", "p25ab", "p24", "other_ae", "ne", "eu", "german", "unsure"])
def test_for_others_there_is_no_list(script: Script, status: str) -> None:
    assert lines(script, {**HOLDER, "S04_status": status}) == ()


def test_after_the_privileges_nobody_here_knows(script: Script) -> None:
    """`domain.md` 1.6: on 2027-07-01 what Absätze 5 to 8 gave to holders is gone."""
    card: Answers = {**YOUNG, "S05_valid_until": dt.date(2027, 8, 15), "S03b_month27": Month(2028, 1), "S07_identity": "passport"}
    before = {(line.paragraph, line.id): line.state for line in lines(script, card, dt.date(2027, 6, 30))}
    after = {(line.paragraph, line.id): line.state for line in lines(script, card, dt.date(2027, 7, 1))}
    privileged = {(c.paragraph, c.id) for c in CONDITIONS if c.privileged}
    assert {before[key] for key in privileged} == {MET} and {after[key] for key in privileged} == {UNKNOWN}
    assert {key for key in before if before[key] != after[key]} == privileged


# -- who helps -------------------------------------------------------------------------------------------------------


def test_who_helps_is_what_the_rule_book_says_for_the_topic(script: Script) -> None:
    poor: Answers = {**HOLDER, "S08_german": "d1", "S09_lid": "no", "S10_income": "jobcenter", "S11_children": ("k6n",)}
    found = {line.id: line.dienst for line in lines(script, poor) if line.state is not MET}
    rows = {row.id: row.to for row in script.book.topics}
    assert found == {
        "test": rows["T-lid-1"], "money": rows["T-work-1"], "german": rows["T-language-1"], "school": rows["T-school-1"],
        "identity": rows["T-identity-2"],
    }  # fmt: skip


def test_an_unknown_that_matters_for_the_helper_leads_to_a_human(script: Script) -> None:
    silent: Answers = {**HOLDER, "S08_german": "d1", "S10_income": NoAnswer.REFUSED}
    found = {line.id: line.dienst for line in lines(script, silent)}
    assert found["german"] == script.county.clearing


def test_without_a_topic_the_dienst_of_the_decision_helps(script: Script) -> None:
    case = script.case(HOLDER, TODAY)
    assert helper(script.book, case, None, "MBE") == "MBE"
    assert helper(script.book, case, None, "KEIN_BEDARF") == script.county.clearing
    assert helper(script.book, case, "no such topic", "MBE") == script.county.clearing


def test_no_dienst_is_named_in_the_code(script: Script) -> None:
    for name in ("bridge", "bridge_conditions", "deadlines", "dates_to_know", "stay"):
        code = (ROOT / "dialogs" / f"{name}.py").read_text(encoding="utf-8")
        named = {word for word in re.findall(r'"([A-Z_]{3,})"', code) if word in script.county.dienste}
        assert named == set(), name


# -- what the person sees --------------------------------------------------------------------------------------------


def shown_to(talk: Talk, answers: dict[str, object] | None = None) -> ef.ShowChecklist:
    talk.answer_all({**HILDEN, **(answers or {})})  # type: ignore[dict-item]
    talk.do(ev.Confirmed(talk.session.prompt))
    (found,) = (shown for shown in talk.shown if isinstance(shown, ef.ShowChecklist))
    return found


@pytest.mark.parametrize("passport", ["passport", "other_docs", "trying", "none"])
def test_whether_she_has_a_passport_is_on_nobodys_phone(script: Script, passport: str) -> None:
    found = shown_to(Talk(script), {"S07_identity": passport})
    assert [line for line in found.lines if line[1] == "identity"] == [("", "identity", "", "FF_CARITAS")]


def test_a_messenger_shows_no_list_because_the_list_itself_would_tell_the_paper(script: Script) -> None:
    assert {line[1]: line[2] for line in shown_to(Talk(script)).lines}["money"] == "met"
    talk = Talk(script, door="telegram")
    talk.answer_all(dict(HILDEN))
    talk.do(ev.Confirmed(talk.session.prompt))
    assert not [shown for shown in talk.shown if isinstance(shown, ef.ShowChecklist)]
    assert [shown for shown in talk.shown if isinstance(shown, ef.ShowResult)]


def test_two_paragraphs_are_one_list_that_says_each_thing_once() -> None:
    rows = [
        ("25b", "title", "met", ""), ("25b", "test", "open", "SPRACHKURS"), ("25b", "money", "met", ""),
        ("25a", "age", "met", ""), ("25a", "money", "met", ""),
    ]  # fmt: skip
    assert list(for_person(rows)) == [
        ("25b", "test", "open", "SPRACHKURS"), ("", "money", "met", ""), ("25a", "age", "met", ""),
    ]  # fmt: skip


def test_who_needs_nothing_sees_no_list_but_her_dates(talk: Talk) -> None:
    talk.answer_all({**HILDEN, "S15_needs": ("none",)})
    talk.do(ev.Confirmed(talk.session.prompt))
    (result,) = (shown for shown in talk.shown if isinstance(shown, ef.ShowResult))
    assert result.decision["dienst"] == "KEIN_BEDARF" and "deadline.D3" in [date.key for date in result.dates]
    assert not any(isinstance(shown, ef.ShowChecklist) for shown in talk.shown)


def test_an_expired_title_gets_no_list(script: Script) -> None:
    talk = Talk(script)
    talk.answer_all({**HILDEN, "S05_valid_until": "#15.11.2026"})
    assert any(isinstance(shown, ef.ShowResult) for shown in talk.shown)
    assert not any(isinstance(shown, ef.ShowChecklist) for shown in talk.shown)


def test_on_1_july_2027_the_option_is_there_and_the_list_carries_the_banner(script: Script) -> None:
    """`domain.md` 1.6, all days: late cards can still be named, and what is said of §§ 25a, 25b is marked."""
    for on, banner in ((TODAY, False), (dt.date(2027, 6, 30), False), (dt.date(2027, 7, 1), True)):
        talk = Talk(script)
        talk.on = on
        found = shown_to(talk, {"S05_valid_until": "#15.08.2027"})
        assert found.banner is banner, on
        result = next(shown for shown in talk.shown if isinstance(shown, ef.ShowResult))
        assert ("law.changed" in [date.key for date in result.dates]) is banner
        assert "p104c" in script.questionnaire.by_id["S04_status"].by_id
        assert script.questionnaire.by_id["S04_status"].valid(on)


def test_what_is_handed_over_follows_from_the_rows_handed_over(talk: Talk) -> None:
    talk.to_the_end(HILDEN)
    (refer,) = talk.kept_of(ef.Refer)
    assert isinstance(refer, ef.Refer)
    assert refer.bridge["dates"] == {
        "D1": "2027-03-15", "D2": "2026-09-15", "D3": "2027-03-15", "D4": "2026-10-15", "D5": "2026-11-15", "D9": "2027-06-30",
    }  # fmt: skip
    assert ["25b", "identity", "open", "FF_CARITAS"] in refer.bridge["lines"]  # type: ignore[operator]
    assert refer.bridge["remarks"] == []


def test_what_a_case_manager_should_look_at_goes_along() -> None:
    rows = [["25b", "money", "open", "X"]]
    old = to_hand_over({**HOLDER, "S03_age": "a65"}, rows, TODAY)
    ill = to_hand_over({**HOLDER, "S16_kind": ("long", "barrier")}, rows, TODAY)
    late = to_hand_over({**HOLDER, "S05_valid_until": dt.date(2027, 7, 1)}, rows, TODAY)
    assert (old["remarks"], ill["remarks"], late["remarks"]) == (["waiver"], ["waiver"], ["late"])
    guessed = to_hand_over({"S04_status": "p104c"}, rows, TODAY, Papers(issued=dt.date(2025, 12, 30)))
    assert guessed["estimated"] == ["D1", "D2", "D3", "D4", "D5"] and "estimated" not in old


# -- nothing is promised ---------------------------------------------------------------------------------------------

VERDICTS = [
    r"Sie bekommen (?:den |die |eine |einen |Ihre )?(?:§|Aufenthalt|Erlaubnis|Titel)",
    r"Sie erhalten (?:§|Aufenthalt|eine Erlaubnis)", r"(?:haben|besteht) (?:einen )?Anspruch auf (?:§ 25|eine Aufenthalt)",
    r"wird (?:erteilt|bewilligt|genehmigt)",
    r"(?:steht|stehen) Ihnen zu", r"sind erfüllt", r"nicht erfüllt", r"Voraussetzungen? erfüllt",
]  # fmt: skip


def said_about_residence() -> dict[str, str]:
    """Every German sentence this part can say to a person or a case manager."""
    texts = tomllib.loads((ROOT / "dialogs/texts.toml").read_text(encoding="utf-8"))
    found: dict[str, str] = {}

    def collect(table: dict[str, object], prefix: str) -> None:
        for key, value in table.items():
            if isinstance(value, dict):
                collect(value, f"{prefix}.{key}")
            else:
                found[f"{prefix}.{key}"] = str(value)

    for name in ("bridge", "deadline", "law"):
        collect(texts[name], name)
    for file in ("admin/case_dates.py", "admin/templates/case_dates.html"):
        found[file] = (ROOT / file).read_text(encoding="utf-8")
    return found


def verdicts(said: dict[str, str]) -> list[str]:
    return [key for key, text in said.items() if any(re.search(pattern, text) for pattern in VERDICTS)]


def test_never_a_verdict() -> None:
    said = said_about_residence()
    assert len(said) > 25 and verdicts(said) == []
    planted = {"planted": "Sie bekommen § 25b.", "second": "Alle Voraussetzungen sind erfüllt."}
    assert verdicts(planted) == ["planted", "second"]


def test_the_list_ends_with_the_fixed_sentence() -> None:
    words = "Das ist keine Rechtsberatung. Die Ausländerbehörde prüft jeden Fall einzeln."
    assert said_about_residence()["bridge.end"] == words


def test_what_must_never_be_asked_is_no_condition(script: Script) -> None:
    questions = {condition.question for condition in CONDITIONS} - {""}
    assert questions <= set(script.questionnaire.by_id)
    assert all(condition.source for condition in CONDITIONS)
