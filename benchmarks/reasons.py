"""A decision with its reasons: the rule, the facts that decided, what would change it; over random people.

    python -m benchmarks.reasons [--people N]

The people answer every question that is put to them by chance (a fixed seed), some leave out a tenth of the answers. The
first decision of a day pays for the diagrams of that day; a combination of facts seen for the first time pays for its
reasons; both stand as rows of their own. The median is over everybody in the order in which they come, first-seen ones
included.
"""

from __future__ import annotations

import argparse
import gc
import random
import statistics
import time

from benchmarks.holder import TODAY
from benchmarks.measured import Figure, limited, percentile, table
from dialogs.answers import Month, NoAnswer, Value
from dialogs.load import known_counties, load_library
from dialogs.model import Question
from dialogs.reasons import decide_with_reasons
from dialogs.routing import decide
from dialogs.script import Script

COMMAND = "python -m benchmarks.reasons"
GOAL = 100.0


def person(script: Script, chance: random.Random) -> dict[str, Value]:
    """Somebody who came out of the questionnaire."""
    answers: dict[str, Value] = {}
    for question in script.questionnaire.questions:
        if not question.after_result and question.kind != "language" and question.when.met(answers):
            answers[question.id] = _answer(script, question, answers, chance)
    return answers


def _answer(script: Script, question: Question, answers: dict[str, Value], chance: random.Random) -> Value:
    if question.kind == "town":
        return chance.choice([*script.county.kommunen, *question.by_id])
    if question.kind == "date":
        return TODAY.fromordinal(TODAY.toordinal() + chance.randrange(-20, 400))
    if question.kind == "month":
        return Month(TODAY.year + 1, chance.randrange(1, 13))
    if question.kind == "number":
        return chance.randrange(TODAY.year - 20, TODAY.year + 1)
    offered = question.offered(answers)
    if question.kind != "multi":
        return "yes" if question.id == "F2_notice" else chance.choice(offered).id
    some = [option for option in chance.sample(offered, min(len(offered), chance.randrange(1, 5))) if not option.exclusive]
    return tuple(option.id for option in some if option.keep and not any(option.id in other.excludes for other in some))


def _timed(script: Script, people: list[dict[str, Value]]) -> list[float]:
    """Microseconds of each decision with reasons."""
    times = []
    cases = [script.case(answers, TODAY) for answers in people]
    gc.collect()
    for case in cases:
        begun = time.perf_counter_ns()
        decide_with_reasons(script, case)
        times.append((time.perf_counter_ns() - begun) / 1000)
    return times


def figures(count: int = 10_000) -> list[Figure]:
    script = load_library(known_counties()[0]).current(TODAY)
    chance = random.Random(104)
    people = [person(script, chance) for _ in range(count)]
    (first,) = _timed(script, [{"S03_age": "a12"}])
    once, again = _timed(script, people), _timed(script, people)
    # A decision that is slow the first time and quick the second has paid for a combination nobody had before.
    new = [before for before, after in zip(once, again, strict=True) if before > after + 100]
    partly = [{key: NoAnswer.REFUSED if chance.random() < 0.1 else value for key, value in one.items()} for one in people]
    known = _timed(script, partly)
    bare = []
    for answers in people:
        case = script.case(answers, TODAY)
        begun = time.perf_counter_ns()
        decide(script.book, case)
        bare.append((time.perf_counter_ns() - begun) / 1000)
    where = f"{count} random people"
    return [
        limited(f"decision with reasons, median of {where}", statistics.median(once), GOAL, "µs", COMMAND),
        Figure("… 95 of 100 are faster than", f"{percentile(sorted(once), 0.95):.0f} µs"),
        Figure("… the same people again, median / p95", _two(again)),
        Figure("… a tenth of the answers refused, median / p95", _two(known)),
        Figure(f"… a combination of facts for the first time ({len(new)} of {count}), median", _median(new)),
        Figure("… the first decision of a script", f"{first / 1000:.0f} ms"),
        Figure("… the bare decision without reasons, median", f"{statistics.median(bare):.1f} µs"),
    ]


def _median(times: list[float]) -> str:
    return f"{statistics.median(times):.0f} µs" if times else "none"


def _two(times: list[float]) -> str:
    return f"{statistics.median(times):.1f} / {percentile(sorted(times), 0.95):.0f} µs"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=10_000)
    print(table(figures(parser.parse_args().people)))


if __name__ == "__main__":
    main()
