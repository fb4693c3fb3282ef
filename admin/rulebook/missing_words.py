"""New sentences of a changed rule book, and the languages that have no words for them yet.

A person reads the reason in her own language, so a change with a new sentence is released only with its translations. They
are asked for on the page and shown to people as drafts, until the sentence stands in the catalogues.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from admin.rulebook.wording import unfit
from admin.words import Words
from dialogs.release import sentences
from dialogs.script import Script

LONGEST: Final = 500


@dataclass(frozen=True, slots=True)
class Missing:
    """One sentence and the languages it lacks. `fields`: (name of the form's field, language, its own name, direction)."""

    sentence: str
    rules: tuple[str, ...]
    fields: tuple[tuple[str, str, str, str], ...]


def missing_words(words: Words, script: Script, supplied: Mapping[str, Mapping[str, str]]) -> tuple[Missing, ...]:
    found = []
    for number, (sentence, keys) in enumerate(_by_sentence(script).items()):
        fields = tuple(
            (f"wort-{number}-{locale}", locale, words.own_name(locale), words.direction(locale))
            for locale in words.locales
            if locale != "de"
            and sentence not in supplied.get(locale, {})
            and words.untranslated(sentence, keys, locale)
        )
        if fields:
            found.append(Missing(sentence, _rules(keys), fields))
    return tuple(found)


def collected(words: Words, script: Script, form: Mapping[str, str]) -> tuple[dict[str, dict[str, str]], str]:
    """All translations that the release needs to stand on its own, and what is wrong with the form ("" if nothing).

    Those of the catalogues are kept with it, too: a later program may have other sentences under the same ids.
    """
    found: dict[str, dict[str, str]] = {locale: {} for locale in words.locales if locale != "de"}
    for missing in missing_words(words, script, {}):
        for field, locale, name, _ in missing.fields:
            said = " ".join(form.get(field, "").split())
            if not said:
                return {}, f"Es fehlt noch ein Satz auf {name}. Ohne ihn könnte ein Mensch den Grund nicht lesen."
            if len(said) > LONGEST or "{" in said or "}" in said or not said.isprintable():
                return {}, f"Ein Satz auf {name} ist zu lang oder enthält Zeichen, die nicht gehen, zum Beispiel {{ oder }}."
            if wrong := unfit(said):
                return {}, f"{name}: {wrong}"
            found[locale][missing.sentence] = said
    for sentence, keys in _by_sentence(script).items():
        for locale, known in found.items():
            if sentence not in known:
                known[sentence] = words.text(keys[0], locale)
    return found, ""


@dataclass(frozen=True, slots=True)
class Translated:
    """A German sentence that is new to people, and what they will read. `said`: (own name, locale, direction, words)."""

    sentence: str
    rules: tuple[str, ...]
    said: tuple[tuple[str, str, str, str], ...]


def new_words(words: Words, old: Script, script: Script, supplied: Mapping[str, Mapping[str, str]]) -> tuple[Translated, ...]:
    """What a second person must read before she releases: new sentences, and those that came without catalogues."""
    before = set(sentences(old).values())
    missing = {one.sentence for one in missing_words(words, script, {})}
    return tuple(
        Translated(
            sentence, _rules(keys),
            tuple(
                (words.own_name(locale), locale, words.direction(locale), said[sentence])
                for locale, said in supplied.items()
                if sentence in said
            ),
        )
        for sentence, keys in _by_sentence(script).items()
        if sentence not in before or sentence in missing
    )  # fmt: skip


def _rules(keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(key.split("@")[0].split(".", 1)[-1] for key in keys)


def _by_sentence(script: Script) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for key, sentence in sentences(script).items():
        found[sentence] = (*found.get(sentence, ()), key)
    return found
