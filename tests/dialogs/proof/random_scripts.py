"""Small scripts drawn by hypothesis: a questionnaire with conditions of its own, and rules that may leave gaps, overlap, or
never come to their turn. Enough kinds of answers that every kind of condition is met on both sides of its boundary."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from dialogs.conditions import (
    All,
    Always,
    Among,
    AtLeast,
    Condition,
    DaysLeft,
    MonthsLeft,
    Not,
    YearsSince,
    all_of,
)
from dialogs.conditions import (
    Any as Either,
)
from dialogs.county import County
from dialogs.model import Option, Question, Questionnaire, When
from dialogs.routing import Rule, RuleBook
from dialogs.script import Script

ON = dt.date(2026, 11, 21)
PLACES = ("NORD", "SUED", "WEST")
SECTIONS = ("Schutz", "Beratung")
SINGLE = {"alter": ("jung", "mittel", "alt"), "papier": ("karte", "brief", "keins"), "bedarf": ("ja", "nein")}
SEVERAL = {"themen": ("arbeit", "wohnung", "schule"), "art": ("eins", "viele")}
TYPED = {"ende": "date", "monat": "month", "jahr": "number"}
ORDER = ("alter", "papier", "ende", "themen", "monat", "jahr", "art", "bedarf")

Draw = Any


def _some(values: tuple[str, ...]) -> st.SearchStrategy[frozenset[str]]:
    return st.sets(st.sampled_from(values), min_size=1, max_size=len(values) - 1).map(frozenset)


def atoms() -> st.SearchStrategy[Condition]:
    choices = {**SINGLE, **SEVERAL}
    among = st.sampled_from(sorted(choices)).flatmap(lambda key: _some(choices[key]).map(lambda some: Among(key, some)))
    days = st.sampled_from((None, -1, 0, 13, 42))
    left = st.tuples(days, days).filter(lambda pair: pair != (None, None)).map(lambda pair: DaysLeft("ende", *pair))
    months = st.integers(0, 3).map(lambda most: MonthsLeft("monat", most))
    years = st.integers(1, 4).map(lambda under: YearsSince("jahr", under))
    return st.one_of(among, among, left, months, years)


def facts() -> st.SearchStrategy[Condition]:
    parts = st.lists(atoms(), min_size=2, max_size=3).map(tuple)
    return st.one_of(parts.map(All), parts.map(Either), parts.map(lambda some: AtLeast(2, some)), atoms())


@st.composite
def questionnaires(draw: Draw) -> Questionnaire:
    questions: list[Question] = []
    for id_ in ORDER:
        earlier = {question.id: tuple(question.by_id) for question in questions if question.by_id}
        options = SINGLE.get(id_) or SEVERAL.get(id_) or ()
        made = [Option(option, option, _when(draw, earlier, 8)) for option in options]
        if id_ in SEVERAL and draw(st.booleans()):
            made[-1] = Option(options[-1], options[-1], exclusive=True)
        elif id_ in SINGLE:
            # Whoever is asked can answer: that she can't is a finding of its own.
            made[0] = Option(options[0], options[0])
        kind = TYPED.get(id_) or ("single" if id_ in SINGLE else "multi")
        when = _when(draw, earlier, 2)
        questions.append(Question(id_, id_, kind, when=when, options=tuple(made), by_id={option.id: option for option in made}))
    return Questionnaire("klein", "klein-1", tuple(questions), {question.id: question for question in questions})


def _when(draw: Draw, earlier: dict[str, tuple[str, ...]], seldom: int) -> When:
    """Mostly always; else on one earlier answer, or unless it was given."""
    if not earlier or draw(st.integers(0, seldom)) < seldom:
        return When()
    key = draw(st.sampled_from(sorted(earlier)))
    needed = ((key, draw(_some(earlier[key]))),)
    return When(only=needed) if draw(st.booleans()) else When(unless=needed)


@st.composite
def scripts(draw: Draw) -> Script:
    named = draw(st.lists(facts(), min_size=2, max_size=4))
    literal = st.one_of(atoms(), st.sampled_from(named), st.sampled_from(named).map(Not))
    count = draw(st.integers(2, 6))
    split = draw(st.integers(0, count))
    rules: list[Rule] = []
    for number in range(count):
        last = number == count - 1
        condition = Always() if last and draw(st.booleans()) else all_of(*draw(st.lists(literal, min_size=1, max_size=3)))
        over = (f"R{number + 2}",) if not last and draw(st.integers(0, 3)) == 3 else ()
        rules.append(
            Rule(
                id=f"R{number + 1}", to=draw(st.sampled_from(PLACES)), when={}, condition=condition, because="Grund",
                source="Quelle", key=f"klein.R{number + 1}", valid_from=dt.date(2026, 1, 1),
                at_once=draw(st.integers(0, 7)) == 7, section=SECTIONS[number >= split], over=over,
            )
        )  # fmt: skip
    asked = draw(questionnaires())
    book = RuleBook(
        version="klein-1", rules=tuple(rules), topics=(), also=(), clearing="NORD",
        facts={f"fakt{number}": condition for number, condition in enumerate(named)}, domains=SINGLE,
        several=frozenset(SEVERAL), immediate=tuple(rule for rule in rules if rule.at_once),
    )  # fmt: skip
    county = County("klein", "Kreis Klein", ("de",), "NORD", {}, {}, {}, {})
    return Script("klein-1+klein-1", asked, county, book, dt.date(2026, 1, 1))
