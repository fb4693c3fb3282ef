"""Why, in the person's own language: no more than may stand on a phone that others may read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.words import Words
from dialogs.facts import NOT, OPTION_FACTS, TOLD_AGAIN


def reasons_told(words: Words, decision: Mapping[str, object], locale: str) -> Iterator[str]:
    """What decided, and where her 27th birthday will lead; each a sentence, none if nothing may be told.

    If anything counted that is not to be repeated, the rule's own sentence is all that is said: half a reason would be a
    wrong one.
    """
    facts = decision.get("decided_by")
    if decision.get("told_again", True) and decision.get("decided_from") == "facts" and isinstance(facts, Mapping):
        held = {name: value for name, value in facts.items() if value not in (False, None) and not name.endswith(NOT)}
        # Of several options that would all have counted, her own is one; naming the others would only puzzle her.
        several = any(isinstance(value, list | tuple) and len(value) > 1 for value in held.values())
        if held and not several and TOLD_AGAIN.issuperset(held):
            between = "؛ " if words.direction(locale) == "rtl" else "; "
            listed = between.join(_fact(words, name, value, locale) for name, value in held.items())
            yield words.text("result.facts", locale, facts=listed)
    changes = decision.get("changes")
    for change in changes if isinstance(changes, list | tuple) else ():
        dienst = words.county.dienste.get(str(change["dienst"]))
        # Other days (the end of a title) are told as dates, and what a day of that kind leads to is not for a phone.
        if change.get("event") != "birthday27" or dienst is None or dienst.sensitive or dienst.id == decision["dienst"]:
            continue
        year, month, _ = str(change["when"]).split("-")
        when = f"{words.text(f'month.m{month}', locale)} {year}"
        yield words.text("result.birthday27", locale, month=when, dienst=words.text(f"dienst.{dienst.id}.name", locale))


def _fact(words: Words, name: str, value: object, locale: str) -> str:
    if value is True:
        return words.text(f"fact.{name}.ja", locale)
    return f"{words.text(f'fact.{name}.name', locale)}: {words.answer(OPTION_FACTS[name], value, locale)}"
