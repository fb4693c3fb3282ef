"""`python -m tests.faults`: plant every fault on both databases and print the list with the results.

    python -m tests.faults              run, print a table
    python -m tests.faults --write      the same, into docs/faults.md
    python -m tests.faults --collect    only which tests plant which fault, as JSON
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from tests.faults.listed import DATABASES, the_list
from tests.faults.page import PAGE, Results, page


class Recorder:
    """Notes for each fault and database which tests plant it and how they ended."""

    def __init__(self) -> None:
        self.planted: dict[str, list[tuple[str, str]]] = {}
        self.tests: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        self.ended: dict[tuple[str, str], set[str]] = defaultdict(set)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            callspec = getattr(item, "callspec", None)
            database = callspec.params.get("database_url", "") if callspec is not None else ""
            ids = [id_ for mark in item.iter_markers("plants") for id_ in mark.args]
            self.planted[item.nodeid] = [(id_, database) for id_ in ids]
            for id_ in ids:
                self.tests[id_][database].append(item.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            for planted in self.planted.get(report.nodeid, ()):
                self.ended[planted].add(report.outcome)

    def results(self) -> Results:
        return {(fault.id, database): _word(self.ended[fault.id, database]) for fault in the_list() for database in DATABASES}


def _word(outcomes: set[str]) -> str:
    if "failed" in outcomes:
        return "**fails**"
    return "holds" if outcomes == {"passed"} else "not run"


def main(arguments: list[str]) -> int:
    recorder = Recorder()
    folder = str(Path(__file__).parent)
    if "--collect" in arguments:
        with contextlib.redirect_stdout(io.StringIO()):
            code = pytest.main(["--collect-only", "-qq", "-p", "no:cacheprovider", folder], plugins=[recorder])
        sys.stdout.write(json.dumps(recorder.tests))
        return int(code)
    code = pytest.main(["-q", "-p", "no:cacheprovider", folder], plugins=[recorder])
    written = page(recorder.results())
    if "--write" in arguments:
        PAGE.write_text(written, encoding="utf-8")
    sys.stdout.write(written)
    return int(code)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
