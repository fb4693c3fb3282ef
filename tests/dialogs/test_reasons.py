"""The facts that decided are enough, none can be left out, and what would have changed the decision really does.

Against brute force on small random books: every person who can come out of a small questionnaire is decided.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs.answers import NoAnswer, Value
from dialogs.conditions import AtLeast, Case, Condition, Not, all_of, among, any_of
from dialogs.county import County
from dialogs.facts import NOT, OPTION_FACTS, fact_condition
from dialogs.model import Option, Question, Questionnaire, When
from dialogs.outcomes import TOPIC
from dialogs.reasons import decide_with_reasons
from dialogs.routing import Decision, Rule, RuleBook, decide
from dialogs.script import Script

ON = dt.date(2026, 11, 21)

FACTS: Mapping[str, Condition] = {
    "young": among("S03_age", "a", "b"),
    "child": among("S03_age", "a"),
    "paper": among("S04_status", "x"),
    "many": AtLeast(2, (among("S15_needs", "n1"), among("S15_needs", "n2"), among("S16_kind", "k"))),
    "long": among("S16_kind", "k"),
    "hard": all_of(among("S16_kind", "k"), any_of(among("S04_status", "x"), among("S15_needs", "n1"))),
    "quiet": Not(AtLeast(1, (among("S15_needs", "n1"), among("S15_needs", "n2")))),
    "one": all_of(AtLeast(1, (among("S15_needs", "n1"), among("S15_needs", "n2"))), Not(among("S16_kind", "k"))),
}


def _question(id_: str, kind: str, options: str, **more: object) -> Question:
    found = tuple(Option(option, option) for option in options.split())
    return Question(id_, id_, kind, options=found, by_id={option.id: option for option in found}, **more)  # type: ignore[arg-type]


QUESTIONS = (
    _question("S03_age", "single", "a b c"),
    # Who is `a` is never asked for a paper: so facts depend on each other.
    _question("S04_status", "single", "x y", when=When(unless=(("S03_age", frozenset("a")),))),
    _question("S15_needs", "multi", "n1 n2"),
    _question("S16_kind", "multi", "k"),
)


def everybody() -> list[dict[str, Value]]:
    """Every person who can come out of the questionnaire."""
    found = []
    for age, status, needs, kind in itertools.product(
        "abc", (None, "x", "y"), [(), ("n1",), ("n2",), ("n1", "n2")], [(), ("k",)]
    ):
        if (status is None) is (age == "a"):
            answers: dict[str, Value] = {"S03_age": age, "S15_needs": needs, "S16_kind": kind}
            found.append(answers if status is None else {**answers, "S04_status": status})
    return found


EVERYBODY = everybody()
CONDITIONS = st.dictionaries(
    st.sampled_from([*FACTS, "alter", "status", "thema"]), st.integers(0, 3), min_size=1, max_size=2
).map(lambda raw: {name: _values(name, number) for name, number in raw.items()})


def _values(name: str, number: int) -> tuple[object, ...]:
    if name in FACTS:
        return (number % 2 == 0,)
    choices = {"alter": [("a",), ("b",), ("c",), ("a", "c")], "status": [("x",), ("y",)], "thema": [("n1",), ("n2",)]}[name]
    return choices[number % len(choices)]


@st.composite
def scripts(draw: st.DrawFn, topics: bool = False) -> Script:
    rules = [
        _rule(f"R{number}", draw(CONDITIONS), draw(st.sampled_from("PQRS")), urgent=draw(st.booleans()) and number % 3 == 0)
        for number in range(draw(st.integers(1, 6)))
    ]
    rows: list[Rule] = []
    if topics:
        rules.insert(draw(st.integers(0, len(rules))), _rule("RT", {"one": (True,), "many": (False,)}, TOPIC))
        for need in ("n1", "n2"):
            rows.append(replace(_rule(f"T{need}1", draw(CONDITIONS), draw(st.sampled_from("PQ"))), need=need))
            rows.append(replace(_rule(f"T{need}2", {}, draw(st.sampled_from("PQ"))), need=need))
    return script_of([*rules, _rule("REST", {}, "P")], rows)


def _rule(id_: str, when: Mapping[str, tuple[object, ...]], to: str, **more: object) -> Rule:
    parts = [fact_condition(name, values, FACTS) for name, values in when.items()]
    condition = all_of(*parts)
    return Rule(id_, to, when, condition, id_, "", id_, dt.date.min, **more)  # type: ignore[arg-type]


def script_of(rules: list[Rule], rows: list[Rule]) -> Script:
    domains = {"S03_age": ("a", "b", "c"), "S04_status": ("x", "y")}
    book = RuleBook("v", tuple(rules), tuple(rows), (), "CLEAR", FACTS, domains, frozenset({"S15_needs", "S16_kind"}))
    asked = Questionnaire("q", "v", QUESTIONS, {question.id: question for question in QUESTIONS})
    return Script("v+v", asked, County("k", "K", (), "CLEAR", {}, {}, {}, {}), book, dt.date.min)


# -- what a person's facts are, read from her answers by hand ----------------------------------------------------------


def holds(name: str, value: object, case: Case) -> bool | None:
    """Whether a fact of a reason holds of this case; None if it is not known."""
    if name in FACTS:
        truth = FACTS[name].of(case)
        return None if truth is None else truth is value
    question = OPTION_FACTS[name.removesuffix(NOT)]
    options = value if isinstance(value, list) else [value]
    truths = [among(question, str(option)).of(case) for option in options]
    if None in truths:
        return None
    # Of several choices each was chosen; of one choice, one of those that the rules never tell apart.
    return not any(truths) if name.endswith(NOT) else all(truths) if name == "thema" else any(truths)


def same_people(facts: Mapping[str, object]) -> Iterator[dict[str, Value]]:
    for answers in EVERYBODY:
        if all(holds(name, value, Case(answers, ON)) for name, value in facts.items()):
            yield answers


def place(script: Script, answers: Mapping[str, Value]) -> tuple[str, str, str | None, bool]:
    return decide(script.book, Case(answers, ON)).place


def without(facts: Mapping[str, object]) -> Iterator[tuple[str, object, dict[str, object]]]:
    """Each single thing a reason says (an option of a list alone), and what is left when it is left out."""
    for name, value in facts.items():
        if isinstance(value, list) and name.startswith("thema"):
            for option in value:
                rest = [other for other in value if other != option]
                yield name, option, {**facts, name: rest}
        else:
            yield name, value, {other: some for other, some in facts.items() if other != name}


def assert_enough_and_nothing_too_many(script: Script, decision: Decision) -> None:
    assert decision.decided_from == "facts"
    assert {place(script, answers) for answers in same_people(decision.decided_by)} == {decision.place}
    for name, _value, rest in without(decision.decided_by):
        assert {place(script, answers) for answers in same_people(rest)} > {decision.place}, f"{name} can be left out"


@settings(max_examples=80, deadline=None)
@given(script=scripts())
def test_the_facts_are_enough_and_none_can_be_left_out(script: Script) -> None:
    for answers in EVERYBODY:
        decision = decide_with_reasons(script, Case(answers, ON))
        assert all(holds(name, value, Case(answers, ON)) for name, value in decision.decided_by.items())
        assert_enough_and_nothing_too_many(script, decision)


@settings(max_examples=60, deadline=None)
@given(script=scripts(topics=True))
def test_of_a_single_topic_too(script: Script) -> None:
    for answers in EVERYBODY:
        assert_enough_and_nothing_too_many(script, decide_with_reasons(script, Case(answers, ON)))


@settings(max_examples=60, deadline=None)
@given(script=scripts(), silent=st.sets(st.sampled_from([question.id for question in QUESTIONS]), min_size=1))
def test_with_unknown_answers_only_what_is_known_counts(script: Script, silent: set[str]) -> None:
    for answers in EVERYBODY:
        known = {key: value for key, value in answers.items() if key not in silent}
        decision = decide_with_reasons(script, Case(known, ON, frozenset(silent)))
        case = Case(known, ON, frozenset(silent))
        if decision.mode == "clearing" or decision.open:
            assert decision.decided_from == "open" and not decision.decided_by and decision.open
        elif decision.decided_from == "facts":
            assert all(holds(name, value, case) for name, value in decision.decided_by.items())
            people = list(same_people(decision.decided_by))
            assert {place(script, some)[:3] for some in people} == {decision.place[:3]}
            for _name, _value, rest in without(decision.decided_by):
                assert {place(script, some) for some in same_people(rest)} > {place(script, some) for some in people}
        else:
            assert decision.decided_from == "answers"
            assert set(decision.decided_by) <= set(known)


# -- what would have led elsewhere -----------------------------------------------------------------------------------


def test_a_turned_fact_leads_where_it_is_said_to_lead() -> None:
    @settings(max_examples=80, deadline=None)
    @given(script=scripts())
    def check(script: Script) -> None:
        nonlocal told
        for answers in EVERYBODY:
            decision = decide_with_reasons(script, Case(answers, ON))
            for change in decision.changes:
                told += 1
                _assert_nearest(script, decision, answers, change)

    told = 0
    check()
    assert told > 1000, "the sample must tell changes"


def _assert_nearest(script: Script, decision: Decision, mine: Mapping[str, Value], change: Mapping[str, object]) -> None:
    name, value = str(change["fact"]), change["value"]
    turned = name.removesuffix(NOT)
    rest = {other: some for other, some in decision.decided_by.items() if other.removesuffix(NOT) != turned}
    if turned == "thema":
        # Each option is a thing of its own: the others that counted still hold.
        for other, some in decision.decided_by.items():
            if other.removesuffix(NOT) == turned:
                rest[other] = [option for option in (some if isinstance(some, list) else [some]) if option != value]
    others = [
        answers
        for answers in same_people(rest)
        if holds(name, value, Case(answers, ON)) and place(script, answers) != decision.place
    ]
    assert others, "nobody is like that"
    distance = {id(answers): _touched(script, mine, answers, turned, value) for answers in others}
    nearest = [answers for answers in others if distance[id(answers)] == min(distance.values())]
    assert {place(script, answers)[0] for answers in nearest} == {change["dienst"]}


def _touched(script: Script, mine: Mapping[str, Value], other: Mapping[str, Value], turned: str, value: object) -> int:
    """How many further things that rules look at differ between the two."""
    named = {name for rule in script.book.rules for name in rule.when}
    if {"hard", "many", "one"} & named:
        named |= {"long", "paper"} if "hard" in named else {"long"}
    one, two = Case(mine, ON), Case(other, ON)
    count = sum(FACTS[name].of(one) is not FACTS[name].of(two) for name in named & set(FACTS) - {turned})
    for name in named - set(FACTS) - ({turned} - {"thema"}):
        sets = {tuple(str(v) for v in rule.when[name]) for rule in script.book.rules if name in rule.when}
        question = OPTION_FACTS[name]
        if name == "thema":
            options = {option for some in sets for option in some} - ({value} if turned == "thema" else set())
            count += sum(among(question, option).of(one) is not among(question, option).of(two) for option in options)
        else:
            count += any(among(question, *some).of(one) is not among(question, *some).of(two) for some in sets)
    return count


def test_what_is_kept_changes_no_answer() -> None:
    """The same person after others, and alone on a fresh script."""
    rules = [_rule("R1", {"hard": (True,)}, "Q"), _rule("R2", {"many": (True,), "young": (False,)}, "R"), _rule("REST", {}, "P")]
    shared = script_of(rules, [])
    for answers in EVERYBODY:
        decide_with_reasons(shared, Case(answers, ON))
    for answers in EVERYBODY:
        alone = decide_with_reasons(script_of(rules, []), Case(answers, ON))
        assert decide_with_reasons(shared, Case(answers, ON)) == alone


def test_somebody_who_can_not_be_is_given_a_reason_all_the_same() -> None:
    script = script_of([_rule("R1", {"child": (True,), "paper": (True,)}, "Q"), _rule("REST", {}, "P")], [])
    decision = decide_with_reasons(script, Case({"S03_age": "a", "S04_status": "x"}, ON))
    assert (decision.dienst, decision.decided_by) == ("Q", {"child": True, "paper": True})


def test_where_the_facts_are_not_enough_the_answers_are_named_and_it_is_said() -> None:
    """Two facts that are not known, one of which must hold: only the answer forces the place."""
    rules = [_rule("R1", {"many": (True,)}, "Q"), _rule("R2", {"long": (False,)}, "Q"), _rule("REST", {}, "P")]
    known: dict[str, Value] = {"S03_age": "b", "S04_status": "y", "S15_needs": ("n1",)}
    decision = decide_with_reasons(script_of(rules, []), Case(known, ON, frozenset({"S16_kind"})))
    assert (decision.dienst, decision.decided_from) == ("Q", "answers")
    assert decision.decided_by == {"S15_needs": ["n1"]}


def test_of_a_clearing_the_open_questions_are_the_reason() -> None:
    rules = [_rule("R1", {"long": (True,)}, "Q"), _rule("REST", {}, "P")]
    known: dict[str, Value] = {"S03_age": "a", "S15_needs": ("n1",), "S16_kind": NoAnswer.REFUSED}
    decision = decide_with_reasons(script_of(rules, []), Case(known, ON, frozenset({"S16_kind"})))
    assert (decision.mode, decision.decided_from, decision.decided_by) == ("clearing", "open", {})
    assert (decision.open, decision.changes) == (("S16_kind",), ())
