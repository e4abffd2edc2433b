# Every target works from a fresh clone: it makes .venv when there is none.
.PHONY: demo test test-all test-pure check lint types bench evaluate pictures format clean-data

# Where it is set, every process that a test starts compiles all modules again.
export PYTHONDONTWRITEBYTECODE :=

# Half of a test's time is spent waiting for PostgreSQL, gateways and browsers.
WORKERS ?= $(shell n=$$(( $$(getconf _NPROCESSORS_ONLN) * 2 )); echo $$(( n > 4 ? 4 : n )))

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3)
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
QUIET_PIP := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check

demo: $(VENV)/runtime
	@$(BIN)/python manage.py up --demo --port $(PORT)

# APP=billing: one app's part alone.
test: $(VENV)/development
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder $(if $(APP),tests/$(APP)) $(ARGS)

# The long stories and the large matrices (pages by roles, hostile values, twelve at once) whole, where `make test` takes a part of them: at night.
test-all: export WHOLE := 1
test-all: test

# What needs no database, no Redis and no socket; drawn inputs are fewer than in `make test`, large ones are left to it.
test-pure: $(VENV)/development
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --hypothesis-profile quick -m "pure and not volume" $$($(BIN)/python -m tests.kit.pure) $(ARGS)

check: $(VENV)/development
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target lint types
	@$(MAKE) --no-print-directory test ARGS="--durations=10 $(ARGS)"

lint: $(VENV)/development
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint --quiet --lint templates
	$(BIN)/python -W error::RuntimeWarning -m tests.migrations_check

types: $(VENV)/development
	$(BIN)/mypy

bench: $(VENV)/development
	@$(BIN)/python -m bench $(if $(FULL),--full)

# The support assistant on its questions: recall, hand-over, what it answers although it should not.
evaluate: $(VENV)/development
	@$(BIN)/python -m tests.kit.assistant_questions

# The main pages at three widths, light and dark, with contact sheets, in var/pictures: some minutes.
pictures: $(VENV)/development
	@DJANGO_SETTINGS_MODULE=tests.kit.settings $(BIN)/python -m tests.kit.pictures $(ARGS)

format: $(VENV)/development
	$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

clean-data:
	rm -rf var

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or 3.12 is needed: install it, or run make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' || { echo "$(PYTHON) is not Python 3.11 or 3.12: run make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/runtime: $(VENV)/bin/python requirements.txt
	@echo "installing $$(grep -c == requirements.txt) packages (a minute or so, once)"
	@$(QUIET_PIP) --requirement requirements.txt
	@touch $@

$(VENV)/development: $(VENV)/runtime requirements-dev.txt
	@echo "installing the tools of the tests"
	@$(QUIET_PIP) --requirement requirements-dev.txt
	@touch $@
