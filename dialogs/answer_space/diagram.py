"""Sets of assignments as multi-valued decision diagrams: two sets are equal if and only if they are the same number.

A diagram is a number; 0 is the empty set, 1 the full one. The variables are numbered in a fixed order, each with a
number of values. Ordered and reduced (Bryant 1986, for variables with more than two values), so that comparing is free.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

NONE, ALL = 0, 1


class Diagrams:
    """All diagrams over one list of variables. `sizes[i]` is the number of values of variable i."""

    def __init__(self, sizes: Sequence[int]) -> None:
        self.sizes = tuple(sizes)
        last = len(self.sizes)
        # Both leaves stand behind the last variable, so that "which variable comes first" needs no special case.
        self._nodes: list[tuple[int, tuple[int, ...]]] = [(last, ()), (last, ())]
        self._known: dict[tuple[int, tuple[int, ...]], int] = {}
        self._both: dict[tuple[int, int], int] = {}
        self._either: dict[tuple[int, int], int] = {}
        self._not: dict[int, int] = {NONE: ALL, ALL: NONE}
        self._apart: set[tuple[int, int]] = set()

    def node(self, variable: int, children: tuple[int, ...]) -> int:
        first = children[0]
        if children.count(first) == len(children):
            return first
        key = (variable, children)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = len(self._nodes)
            self._nodes.append(key)
        return found

    def where(self, variable: int, wanted: Callable[[int], bool]) -> int:
        """All assignments in which this variable has a value that is wanted."""
        return self.node(variable, tuple(ALL if wanted(value) else NONE for value in range(self.sizes[variable])))

    def negation(self, a: int) -> int:
        found = self._not.get(a)
        if found is None:
            variable, children = self._nodes[a]
            found = self.node(variable, tuple([self.negation(child) for child in children]))
            self._not[a], self._not[found] = found, a
        return found

    def both(self, a: int, b: int) -> int:
        """The intersection."""
        if a == b or b == ALL:
            return a
        if a == ALL:
            return b
        if a == NONE or b == NONE:
            return NONE
        key = (a, b) if a < b else (b, a)
        found = self._both.get(key)
        if found is None:
            (va, ca), (vb, cb) = self._nodes[a], self._nodes[b]
            # Lists, not generators: this is where all the time goes.
            if va == vb:
                found = self.node(va, tuple([self.both(x, y) for x, y in zip(ca, cb, strict=True)]))
            elif va < vb:
                found = self.node(va, tuple([self.both(x, b) for x in ca]))
            else:
                found = self.node(vb, tuple([self.both(a, y) for y in cb]))
            self._both[key] = found
        return found

    def either(self, a: int, b: int) -> int:
        """The union."""
        if a == b or b == NONE:
            return a
        if a == NONE:
            return b
        if a == ALL or b == ALL:
            return ALL
        key = (a, b) if a < b else (b, a)
        found = self._either.get(key)
        if found is None:
            (va, ca), (vb, cb) = self._nodes[a], self._nodes[b]
            if va == vb:
                found = self.node(va, tuple(self.either(x, y) for x, y in zip(ca, cb, strict=True)))
            elif va < vb:
                found = self.node(va, tuple(self.either(x, b) for x in ca))
            else:
                found = self.node(vb, tuple(self.either(a, y) for y in cb))
            self._either[key] = found
        return found

    def without(self, a: int, b: int) -> int:
        """The difference: in a and not in b."""
        return self.both(a, self.negation(b))

    def all_of(self, parts: Iterable[int]) -> int:
        found = ALL
        for part in parts:
            found = self.both(found, part)
        return found

    def any_of(self, parts: Iterable[int]) -> int:
        found = NONE
        for part in parts:
            found = self.either(found, part)
        return found

    def at_least(self, count: int, parts: Sequence[int]) -> int:
        """All assignments that lie in at least `count` of the parts."""
        # exactly[k]: of the parts seen so far, at least k hold.
        so_far = [ALL] + [NONE] * count
        for part in parts:
            for k in range(count, 0, -1):
                so_far[k] = self.either(so_far[k], self.both(so_far[k - 1], part))
        return so_far[count]

    def within(self, a: int, b: int) -> bool:
        """Whether a is part of b."""
        return not self.meet(a, self.negation(b))

    def meet(self, a: int, b: int) -> bool:
        """Whether a and b have an assignment in common. Nothing is built: the first one found is enough."""
        if a == NONE or b == NONE:
            return False
        if a in (ALL, b) or b == ALL:
            return True
        key = (a, b) if a < b else (b, a)
        if key in self._apart:
            return False
        (va, ca), (vb, cb) = self._nodes[a], self._nodes[b]
        if va == vb:
            pairs = set(zip(ca, cb, strict=True))
        elif va < vb:
            pairs = {(x, b) for x in ca}
        else:
            pairs = {(a, y) for y in cb}
        if any(self.meet(x, y) for x, y in pairs):
            return True
        self._apart.add(key)
        return False

    def fixed(self, a: int, wanted: Mapping[int, int]) -> int:
        """What is left of a when these variables have these values: a set over the other variables."""
        known: dict[int, int] = {NONE: NONE, ALL: ALL}

        def below(node: int) -> int:
            if node not in known:
                variable, children = self._nodes[node]
                if variable in wanted:
                    known[node] = below(children[wanted[variable]])
                else:
                    known[node] = self.node(variable, tuple([below(child) for child in children]))
            return known[node]

        return below(a)

    def forget(self, a: int, variables: Collection[int]) -> int:
        """All assignments that lie in a for some value of these variables."""
        known: dict[int, int] = {NONE: NONE, ALL: ALL}

        def below(node: int) -> int:
            if node not in known:
                variable, children = self._nodes[node]
                parts = [below(child) for child in children]
                known[node] = self.any_of(parts) if variable in variables else self.node(variable, tuple(parts))
            return known[node]

        return below(a)

    def variables(self, a: int) -> frozenset[int]:
        """The variables that a depends on."""
        seen: set[int] = set()
        found: set[int] = set()
        todo = [a]
        while todo:
            node = todo.pop()
            if node <= ALL or node in seen:
                continue
            seen.add(node)
            variable, children = self._nodes[node]
            found.add(variable)
            todo += children
        return frozenset(found)

    def first(self, a: int) -> int:
        """The first variable that a depends on; the number of variables if it depends on none."""
        return self._nodes[a][0]

    def parts(self, a: int) -> tuple[int, ...]:
        """What is left of a for each value of its first variable."""
        return self._nodes[a][1]

    def given(self, a: int, variable: int, value: int) -> int:
        """What is left of a, if its first variable is this one and has this value; a itself if it begins later."""
        first, children = self._nodes[a]
        return children[value] if first == variable else a

    def contains(self, a: int, values: Sequence[int]) -> bool:
        """Whether this one assignment (a value for each variable) lies in a."""
        while a > ALL:
            variable, children = self._nodes[a]
            a = children[values[variable]]
        return a == ALL

    def cheapest(self, a: int, cost: Callable[[int, int], int]) -> tuple[int, ...] | None:
        """An assignment in a with the least sum of `cost(variable, value)`; None if a is empty. Ties go to lower values."""
        if a == NONE:
            return None
        last = len(self.sizes)
        prices = [[cost(variable, value) for value in range(size)] for variable, size in enumerate(self.sizes)]
        free = [min(range(size), key=lambda value, row=row: row[value]) for size, row in zip(self.sizes, prices, strict=True)]  # type: ignore[misc]
        # What it costs to leave the variables before this one alone.
        ahead = [0] * (last + 1)
        for variable in range(last):
            ahead[variable + 1] = ahead[variable] + prices[variable][free[variable]]
        best: dict[int, tuple[int, int]] = {ALL: (0, 0)}

        def least(node: int) -> int | None:
            """The cost from this node's variable on."""
            if node == NONE:
                return None
            if node not in best:
                variable, children = self._nodes[node]
                options = []
                for value, child in enumerate(children):
                    rest = least(child)
                    if rest is not None:
                        skipped = ahead[self._nodes[child][0]] - ahead[variable + 1]
                        options.append((prices[variable][value] + skipped + rest, value))
                best[node] = min(options)
            return best[node][0]

        least(a)
        chosen = list(free)
        node = a
        while node > ALL:
            variable, children = self._nodes[node]
            value = best[node][1]
            chosen[variable] = value
            node = children[value]
        return tuple(chosen)

    def count(self, a: int) -> int:
        """How many assignments lie in a."""
        last = len(self.sizes)
        products = [1] * (last + 1)
        for variable in range(last - 1, -1, -1):
            products[variable] = products[variable + 1] * self.sizes[variable]
        known: dict[int, int] = {NONE: 0, ALL: 1}

        def below(node: int) -> int:
            """Of the variables from this node's on."""
            if node not in known:
                variable, children = self._nodes[node]
                known[node] = sum(
                    below(child) * products[variable + 1] // products[self._nodes[child][0]] for child in children
                )
            return known[node]

        return below(a) * products[0] // products[self._nodes[a][0]]

    def cube(self, fixed: Mapping[int, int]) -> int:
        """All assignments with these values."""
        found = ALL
        for variable in sorted(fixed, reverse=True):
            wanted = fixed[variable]
            found = self.node(variable, tuple(found if value == wanted else NONE for value in range(self.sizes[variable])))
        return found

    def __len__(self) -> int:
        return len(self._nodes)

    def paths(self, a: int) -> Iterator[Mapping[int, tuple[int, ...]]]:
        """The ways through a, each as the values its variables may have: a disjoint cover, not a shortest one."""
        if a == ALL:
            yield {}
        if a <= ALL:
            return
        variable, children = self._nodes[a]
        groups: dict[int, list[int]] = {}
        for value, child in enumerate(children):
            groups.setdefault(child, []).append(value)
        for child, values in groups.items():
            for rest in self.paths(child):
                yield {variable: tuple(values), **rest}
