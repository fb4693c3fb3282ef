"""What can go wrong with words.

    LocaleError
    ├── SourceProblem        two German sentences claim the same id, or a definition file has an unexpected shape
    ├── CatalogProblem       a PO file can't be used at all: broken, no plural rule, or strange placeholders
    ├── MissingTranslation   no translation of exactly this German sentence; never answered with German silently
    └── MissingValue         a sentence was to be filled in, but a value for a placeholder was not given

Messages name ids and files, never the values that were filled in.
"""

from __future__ import annotations


class LocaleError(Exception):
    """Root of all errors of this package."""


class SourceProblem(LocaleError):
    """The definition files contradict each other."""


class CatalogProblem(LocaleError):
    """A PO file can't be used. Names file, message id and remedy."""


class MissingTranslation(LocaleError):
    """There is no translation of this German sentence in this language."""

    def __init__(self, locale: str, key: str, why: str) -> None:
        super().__init__(f"{locale}: {key}: {why}")
        self.locale = locale
        self.key = key


class MissingValue(LocaleError):
    """A placeholder has no value."""

    def __init__(self, placeholder: str) -> None:
        super().__init__(f"no value for {{{placeholder}}}")
        self.placeholder = placeholder
