# Two commands need nothing but Python 3.11 and a package index: `make demo` and `make test`.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
REQUIRE_ALL ?=

RUNS ?= 1000000
STORIES ?= 2000
STEPS ?= 60

.PHONY: demo test check lint browser crash figures fuzz models lock clean

$(VENV)/.base: requirements/base.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed (PYTHON=python3.11 make ...)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "On Debian, 'apt-get install python3-venv' first."; exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/base.txt
	@touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.base
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/test.txt
	@touch $@

# Web chat, desk and dashboard on this machine, with made-up people. Prints addresses and logins.
demo: $(VENV)/.base
	@$(BIN)/python wegweiser.py demo $(ARGS)

# Linters, types, architecture, all tests. REQUIRE_ALL=1: nothing may be skipped.
test: $(VENV)/.test lint
	REQUIRE_ALL=$(REQUIRE_ALL) $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile $(ARGS)

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python wegweiser.py check

browser: $(VENV)/.test
	REQUIRE_ALL=1 $(BIN)/python -m pytest -m browser $(ARGS)

# Kill the program a thousand times on each database and look for what is lost (tests/crash/README.md). About 40 minutes.
crash: $(VENV)/.test
	$(BIN)/python -m tests.crash $(ARGS)

$(VENV)/.fuzz: requirements/fuzz.txt $(VENV)/.test
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/fuzz.txt
	@touch $@

# Every fuzz target RUNS times, then a table (see docs/fuzzing.md). ARGS="rules forms": only these.
fuzz: $(VENV)/.fuzz
	$(BIN)/python -m tests.fuzz -runs=$(RUNS) $(ARGS)

# New stories for the state machine; the seed is printed. ARGS=-seed=N tells the same ones again.
models: $(VENV)/.test
	$(BIN)/python -m tests.model -stories=$(STORIES) -steps=$(STEPS) $(ARGS)

# The project's own figures, with the peers beside them (see benchmarks/README.md).
figures: $(VENV)/.test
	$(BIN)/python -m benchmarks.figures

# Pin every dependency with hashes again (needs uv).
lock:
	cd requirements && for set in base test bench fuzz; do \
	  uv pip compile --generate-hashes --no-emit-index-url --no-emit-find-links --universal --python-version 3.11 \
	    --custom-compile-command "make lock" -q -o $$set.txt $$set.in; done

clean:
	rm -rf $(VENV) build var .mypy_cache .ruff_cache .pytest_cache
