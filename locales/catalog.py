"""The translations, read once at start from the PO files and then only looked up.

No compiled files: 1,000 messages are read in a tenth of a second, and nothing can be stale. A sentence is found by its
id (`msgctxt`) and counts only if it was made from exactly the German sentence that stands there today; anything else is
a MissingTranslation, which the tests and `wegweiser check` find before a person could.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from babel.messages.pofile import PoFileError, read_po

from locales.direction import direction
from locales.errors import CatalogProblem, MissingTranslation
from locales.plurals import PluralRule, plural_rule
from locales.review import Reviews, fingerprint
from locales.sources import Source
from locales.template import Template, template

SOURCE_LOCALE = "de"
DOMAIN = "messages"


@dataclass(frozen=True, slots=True)
class Message:
    """One translated sentence with all its forms, and the German it was made from."""

    german: tuple[str, ...]
    forms: tuple[str, ...]
    fuzzy: bool

    def problem(self, german: tuple[str, ...]) -> str | None:
        """Why this may not be shown for that German sentence, or None."""
        if not all(form.strip() for form in self.forms):
            return "is not translated"
        if self.german != german:
            return "was translated from another German sentence; run python -m locales.extract and translate it anew"
        if self.fuzzy:
            return "is marked fuzzy: the German has changed since"
        return None


class Catalog:
    """All languages in memory. `text` is the only way to a sentence."""

    def __init__(self, messages: Mapping[str, Mapping[str, Message]], reviews: Reviews) -> None:
        self._messages = messages
        self._reviews = reviews
        self._rules = {locale: plural_rule(locale) for locale in (SOURCE_LOCALE, *messages)}

    @classmethod
    def load(cls, root: Path) -> Catalog:
        """Read every `<root>/<locale>/LC_MESSAGES/messages.po`. Raises CatalogProblem, naming the file."""
        paths = sorted(root.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))
        messages = {}
        for path in paths:
            locale = path.parent.parent.name.replace("_", "-")
            messages[locale] = _read(path, locale)
        return cls(messages, Reviews.load(root / "review.toml"))

    @property
    def locales(self) -> tuple[str, ...]:
        """German and every language that has a PO file."""
        return (SOURCE_LOCALE, *self._messages)

    def text(self, key: str, german: str | Source, locale: str, n: int | None = None, **params: object) -> str:
        """The sentence in this language. `n` chooses the plural form and fills `{n}`.

        Raises MissingTranslation (never German in place of it) and MissingValue.
        """
        if n is not None:
            params.setdefault("n", n)
        forms = _german_forms(german)
        if locale != SOURCE_LOCALE:
            forms = self._translated(key, forms, locale)
        form = forms[0] if n is None or len(forms) == 1 else forms[self._rules[locale].index(n)]
        return template(form, rtl=direction(locale) == "rtl").fill(params)

    def gaps(self, sources: Iterable[Source], locale: str) -> tuple[str, ...]:
        """One line for every sentence that `text` would refuse in this language. For `check` and the tests."""
        return tuple(
            f"{locale}: {source.key}: {why}"
            for source in sources
            if locale != SOURCE_LOCALE and (why := self._problem(source.key, _german_forms(source), locale))
        )

    def is_draft(self, key: str, locale: str) -> bool:
        """Whether nobody who speaks the language has yet approved exactly these words. German is the master."""
        if locale == SOURCE_LOCALE:
            return False
        message = self._messages.get(locale, {}).get(key)
        return message is None or not self._reviews.approved(locale, key, fingerprint(message.german, message.forms))

    def messages(self, locale: str) -> Mapping[str, Message]:
        """What the PO file of this language holds, by id. For `check`, review and the tests."""
        return self._messages.get(locale, {})

    def _translated(self, key: str, german: tuple[str, ...], locale: str) -> tuple[str, ...]:
        why = self._problem(key, german, locale)
        if why is not None:
            raise MissingTranslation(locale, key, why)
        return self._messages[locale][key].forms

    def _problem(self, key: str, german: tuple[str, ...], locale: str) -> str | None:
        if locale not in self._messages:
            return "there is no catalogue of this language"
        message = self._messages[locale].get(key)
        return "is not in the catalogue" if message is None else message.problem(german)


def _german_forms(german: str | Source) -> tuple[str, ...]:
    if isinstance(german, str):
        return (german,)
    return (german.text,) if german.plural is None else (german.text, german.plural)


def _read(path: Path, locale: str) -> dict[str, Message]:
    rule = plural_rule(locale)
    try:
        with path.open("rb") as file:
            po = read_po(file, abort_invalid=True)
    except (PoFileError, ValueError) as problem:
        raise CatalogProblem(f"{path.name} of {locale}: {problem}") from problem
    found: dict[str, Message] = {}
    for entry in po:
        if entry.id == "" or not entry.context:
            continue
        if entry.context in found:
            raise CatalogProblem(f"{locale}: {entry.context} stands twice in {path.name}. Run python -m locales.extract.")
        german = (entry.id,) if isinstance(entry.id, str) else tuple(entry.id)
        forms = (entry.string,) if isinstance(entry.string, str) else tuple(entry.string or ())
        found[entry.context] = Message(german, forms, entry.fuzzy)
        _refuse_wrong_shape(f"{locale}: {entry.context}", found[entry.context], rule)
    return found


def _refuse_wrong_shape(where: str, message: Message, rule: PluralRule) -> None:
    """Parse every form now, so that a broken one stops the start and not a conversation."""
    if len(message.german) > 1 and len(message.forms) != rule.forms:
        raise CatalogProblem(f"{where}: needs {rule.forms} plural forms, has {len(message.forms)}")
    try:
        known = set[str]().union(*(_parsed(text).placeholders for text in message.german))
        for form in message.forms:
            strange = _parsed(form).placeholders - known
            if strange:
                raise CatalogProblem(f"the German sentence has no {{{min(strange)}}}")
    except CatalogProblem as problem:
        raise CatalogProblem(f"{where}: {problem}") from None


def _parsed(text: str) -> Template:
    return template(text, rtl=False)
