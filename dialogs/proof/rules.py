"""The rules themselves: people without a decision, rows that decide for nobody, ends that come before their turn."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from dialogs.answer_space.diagram import NONE
from dialogs.answer_space.space import Space
from dialogs.conditions import Always
from dialogs.proof.day import Day, Duty
from dialogs.proof.findings import Finding
from dialogs.routing import Rule


def gaps(day: Day) -> Iterator[Finding]:
    """Nobody may be left without a decision; and a topic must lead somewhere, and to one place."""
    table = day.table
    if not table.rules:
        what = "Es gilt keine einzige Regel. Niemand bekommt eine Antwort."
        yield _at_head(day, "no-rule", what, "Eine Regel mit früherem valid_from oder späterem valid_until eintragen.")
        return
    if table.unmatched != NONE:
        yield _at_head(
            day, "gap", "Auf manche Menschen passt keine Regel: Sie bekommen keine Antwort.",
            "Eine Regel für diese Menschen ergänzen, oder am Ende eine Regel ohne Bedingungen.", table.unmatched,
        )  # fmt: skip
    last = table.rules[-1]
    if isinstance(last.condition, Always) and table.decides[last.id] != NONE:
        yield day.finding(
            "safety-net", "rule", last.id, "Nur diese letzte Regel ohne Bedingungen fängt manche Menschen auf.",
            "Prüfen, ob sie dort richtig sind; sonst eine eigene Regel für sie schreiben.",
            table.decides[last.id], remark=True,
        )  # fmt: skip
    for need, people in table.topicless.items():
        if people != NONE:
            rule = next(rule for rule in table.rules if day.space.diagrams.meet(table.decides[rule.id], people))
            yield day.finding(
                "topic-gap", "rule", rule.id, f"Für das Thema „{need}“ passt auf manche Menschen keine [[topic]]-Zeile.",
                f"Eine [[topic]]-Zeile mit need = \"{need}\" ergänzen, als letzte eine ohne Bedingungen.", people,
            )  # fmt: skip
    if table.disputed != NONE:
        rule = next(rule for rule in table.rules if day.space.diagrams.meet(table.decides[rule.id], table.disputed))
        yield day.finding(
            "topic-disputed", "rule", rule.id, "Manche Menschen mit mehreren Themen kämen zu verschiedenen Stellen zugleich.",
            "Die Regel auf ein_thema = true beschränken, oder davor eine Regel für mehrere Themen schreiben.", table.disputed,
        )  # fmt: skip


def uses(day: Day) -> Iterator[Duty]:
    """Every row must decide something for somebody."""
    table, further, version = day.table, day.further, day.script.book.version
    for rule in table.rules:
        if rule is not table.rules[-1] or not isinstance(rule.condition, Always):
            used = table.decides[rule.id] != NONE
            yield Duty(("dead-rule", version, rule.id), used, partial(_dead_rule, day, rule))
    for row in table.valid_topics():
        used = table.rows.get(row.id, NONE) != NONE
        yield Duty(("dead-topic", version, row.id), used, partial(_dead_topic, day, row))
    for row in further.rows:
        yield Duty(("dead-also", version, row.id), further.somebody(row.id, "visible"), partial(_dead_also, day, row))


def _dead_rule(day: Day, rule: Rule) -> Finding:
    table = day.table
    people = table.matches[rule.id]
    if people == NONE:
        what = "Diese Regel passt auf niemanden: Ihre Bedingungen können nicht zusammen gelten."
        return day.finding("dead-rule", "rule", rule.id, what, "Die Bedingungen ändern oder die Regel entfernen.")
    before = [other.id for other in table.rules if day.space.diagrams.meet(table.decides[other.id], people)]
    what = f"Diese Regel kommt nie zum Zug: Wer sie erfüllt, wird vorher von {', '.join(before)} erfasst."
    return day.finding("dead-rule", "rule", rule.id, what, "Die Regel nach vorn rücken, enger fassen oder entfernen.", people)


def _dead_topic(day: Day, row: Rule) -> Finding:
    what = "Zu dieser Zeile kommt niemand: Zeilen davor nehmen alle, oder niemand mit diesem Thema erfüllt sie."
    return day.finding("dead-topic", "topic", row.id, what, "Die Bedingungen ändern, die Zeile nach vorn rücken oder entfernen.")


def _dead_also(day: Day, row: Rule) -> Finding:
    further, diagrams = day.further, day.space.diagrams
    if not further.somebody(row.id, "holds"):
        what = "Diese Zeile passt auf niemanden."
        return day.finding("dead-also", "also", row.id, what, "Die Bedingungen ändern oder die Zeile entfernen.")
    cut = further.somebody(row.id, "first")
    why = "drei andere gehen immer vor" if cut else f"{row.to} ist dann immer schon empfohlen oder genannt"
    groups = further.groups.values()
    people = diagrams.any_of(diagrams.both(who, shown.holds) for who, rows in groups for shown in rows if shown.row is row)
    return day.finding(
        "also-never-shown", "also", row.id, f"{row.to} wird durch diese Zeile niemandem gezeigt: {why}.",
        "Die Zeile nach vorn rücken, ihre Bedingungen ändern oder sie entfernen.", people,
    )  # fmt: skip


def ends(day: Day) -> Iterator[Finding]:
    """A rule that ends the questions at once must not be overtaken by one that still has to ask."""
    order = {question.id: number for number, question in enumerate(day.script.questionnaire.questions)}
    immediate = [rule for rule in day.table.rules if rule.at_once]
    if not immediate:
        return
    free = Space(day.script, day.on, ends=False)
    for rule in immediate:
        latest = max((order.get(atom.question, 0) for atom in rule.condition.atoms()), default=0)
        here = free.diagrams.both(free.possible, free.of(rule.condition))
        for earlier in day.table.rules[: day.table.rules.index(rule)]:
            late = [atom.question for atom in earlier.condition.atoms() if order.get(atom.question, -1) > latest]
            if late and free.diagrams.meet(here, free.of(earlier.condition)):
                yield day.finding(
                    "at-once-late", "rule", rule.id,
                    f"Diese Regel beendet die Fragen sofort, aber {earlier.id} steht davor und braucht noch {late[0]}.",
                    f"Die Regel vor {earlier.id} stellen, oder at_once entfernen.",
                )  # fmt: skip


def _at_head(day: Day, code: str, what: str, remedy: str, people: int | None = None) -> Finding:
    rules = day.script.book.rules
    return day.finding(code, "rule", rules[-1].id if rules else day.script.county.id, what, remedy, people)
