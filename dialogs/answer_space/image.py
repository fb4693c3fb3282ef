"""What a set of people looks like through some facts: which combinations of their values there are."""

from __future__ import annotations

from collections.abc import Sequence

from dialogs.answer_space.diagram import ALL, NONE, Diagrams

# A column has several values; each is the set of the people who have it. Everybody has exactly one.
Column = Sequence[int]
Left = tuple[tuple[int, tuple[int, ...]], ...]


def image(people: int, columns: Sequence[Column], diagrams: Diagrams, into: Diagrams) -> int:
    """The rows that occur among these people, as a set over `into`, whose variable i has the values of `columns[i]`.

    The people are split answer by answer; once a column is settled, it is written down and not carried further
    (Coudert, Berthet and Madre 1990, for variables with more than two values).
    """
    known: dict[tuple[int, Left], int] = {}

    def rows(people: int, left: Left) -> int:
        if people == NONE:
            return NONE
        settled = [(column, values.index(ALL)) for column, values in left if ALL in values]
        left = tuple((column, values) for column, values in left if ALL not in values)
        if not left:
            found = ALL
        else:
            key = (people, left)
            if key not in known:
                known[key] = split(people, left)
            found = known[key]
        for column, value in settled:
            found = into.both(found, into.cube({column: value}))
        return found

    def split(people: int, left: Left) -> int:
        variable = min(diagrams.first(people), *(diagrams.first(value) for _, values in left for value in values))
        parts = {
            (
                diagrams.given(people, variable, answer),
                tuple((column, tuple(diagrams.given(value, variable, answer) for value in values)) for column, values in left),
            ): None
            for answer in range(diagrams.sizes[variable])
        }
        return into.any_of(rows(some, rest) for some, rest in parts)

    return rows(people, tuple((column, tuple(values)) for column, values in enumerate(columns)))
