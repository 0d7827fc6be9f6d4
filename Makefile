# Everything is installed into .venv, nothing elsewhere; `make help` lists the commands.
# Needs python3 (3.11 or later) with venv, and make.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test crash bench format clean

PYTHON ?= python3
BIN := .venv/bin
UV := UV_HTTP_TIMEOUT=180 $(BIN)/uv --no-progress --quiet
INSTALL := $(UV) pip install --python $(BIN)/python
# Else each of the thousand processes that the tests start compiles all it imports, where none may write that down.
COMPILED := --compile-bytecode
SOURCES := pyproject.toml LICENSE README.md $(shell find src ! -path '*/__pycache__*')

# The synchronous core, of which every branch must be tested.
CORE := */goflow/errors.py,*/goflow/problems.py,*/goflow/events/*,*/goflow/workflow/*,*/goflow/templating/*,*/goflow/planning/*,*/goflow/scheduler/*,*/goflow/projections/*

# What failed is said once more at the end, where it is seen.
FAILURES := grep -hE '^(FAILED|ERROR) |: error: |^=+ .* in [0-9.]+s' build/*.txt

# These tests start goflow as a process, and take the other core. What a shell puts in the background is deaf to Ctrl-C, and so
# would be all that it starts.
FLOWS := tests/flows
HEARING := $(BIN)/python -c 'import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])'

DEMO := examples/research-fan-out

help: ## list these commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1#\2/p' Makefile | awk -F'#' '{printf "%-14s %s\n", $$1, $$2}'

demo: .venv/installed ## run the fan-out example with scripted answers; no key needed, a network only to install
	$(BIN)/goflow graph $(DEMO)/workflow.yaml
	@echo
	$(BIN)/goflow run $(DEMO)/workflow.yaml --mock=$(DEMO)/mock.yaml
	@folder=$$(ls -td .workflow-runs/*/ | head -n 1); \
	printf '\nThe run folder, with prompts and answers, is %s\n' "$$folder"; \
	cd "$$folder" && ls -dC *.* steps/*

test: .venv/installed .venv/dev ## check format, style, types and imports, then test the installed wheel
	@$(INSTALL) $(COMPILED) --no-deps --reinstall dist/*.whl # whatever was installed by hand meanwhile
	$(BIN)/ruff format --check --quiet
	$(BIN)/ruff check --quiet
	$(BIN)/lint-imports
	@mkdir -p build; rm -f build/*.txt
	@echo 'mypy and $(FLOWS) run beside the other tests, and are shown after them'; \
	$(BIN)/mypy > build/mypy.txt 2>&1 & mypy=$$!; \
	$(HEARING) $(BIN)/pytest $(FLOWS) > build/flows.txt 2>&1 & flows=$$!; \
	{ $(BIN)/coverage run -m pytest --ignore=$(FLOWS); echo $$? > build/others.rc; } | tee build/others.txt; \
	wait $$mypy; types=$$?; \
	wait $$flows; flows=$$?; \
	cat build/mypy.txt build/flows.txt; \
	$(FAILURES); \
	exit $$((types + flows + $$(cat build/others.rc)))
	$(BIN)/coverage report --include='$(CORE)' --fail-under=100

crash: .venv/installed .venv/dev ## the long tier: many more kills of real processes, more random workflows
	$(BIN)/pytest -m crash --kills=200 --timeout=3600
	$(BIN)/pytest tests/properties --hypothesis-profile=long --timeout=3600

bench: .venv-bench/installed ## measure against the floor and the peers; prints one table
	.venv-bench/bin/python -m benchmarks

format: .venv/dev ## format, and mend what ruff can
	$(BIN)/ruff check --fix-only --quiet
	$(BIN)/ruff format --quiet

clean: ## remove all that make has made
	rm -rf .venv .venv-bench build dist .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

.venv/uv:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@touch $@

.venv/dependencies: .venv/uv pyproject.toml
	$(INSTALL) --requirements pyproject.toml
	@touch $@

.venv/dev: .venv/dependencies
	$(INSTALL) $(COMPILED) --requirements pyproject.toml --group dev
	@touch $@

.venv/installed: .venv/dependencies $(SOURCES)
	@rm -rf dist
	$(UV) build --wheel --python $(BIN)/python --out-dir dist
	$(INSTALL) --no-deps --reinstall dist/*.whl
	@touch $@

.venv-bench/installed: .venv/installed
	$(PYTHON) -m venv --without-pip .venv-bench
	$(UV) pip install --python .venv-bench/bin/python --group bench dist/*.whl
	@touch $@
