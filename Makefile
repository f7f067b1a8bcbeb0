# Every word prints itself in `make help`. A machine with Python 3.11+, git and make is enough:
# `make serve` and `make test` make their own environment first.

PORT ?= 8000
HOST ?= 127.0.0.1
VENV ?= .venv
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
UV ?= $(firstword $(wildcard $(VENV)/bin/uv) $(shell command -v uv))
PYTEST_ARGS ?=
BENCH_ARGS ?=

BIN := $(VENV)/bin
STAMP := $(VENV)/pacta-setup
SETUP_INPUTS := requirements/dev.lock pyproject.toml hatch_build.py package.json package-lock.json
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock" pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help setup check check-lock fix fast test test-all build serve golden bench frontend lock clean
MAKEFLAGS += --no-print-directory

help: ## list these words
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

setup: ## make the environment in .venv and install what the project needs
	@stamp=$$( (echo "$(CURDIR)"; cat $(SETUP_INPUTS)) | git hash-object --stdin); \
	if [ -x $(BIN)/pacta ] && [ "$$stamp" = "$$(cat $(STAMP) 2>/dev/null)" ]; then exit 0; fi; \
	if [ -z "$(PYTHON)" ]; then \
		echo "No Python 3.11 or newer with the modules venv and ensurepip was found (Debian: package python3-venv)." >&2; \
		echo "To name one: make PYTHON=/path/to/python3" >&2; exit 2; fi; \
	echo "Setting up $(VENV) (once; about a minute)" && \
	{ [ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV); } && \
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.lock && \
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e . && \
	echo "$$stamp" > $(STAMP) && \
	{ [ -f server/static/vendor/frontend.json ] || \
		echo "The browser libraries could not be fetched; pages work without them. To try again: make frontend"; }

check: setup ## look at everything, change nothing: lint, format, types, imports, records, locks, docs
	@status=0; run() { echo "$$@"; "$$@" || status=1; }; \
	run $(BIN)/ruff check .; \
	run $(BIN)/ruff format --check .; \
	run $(BIN)/mypy; \
	run $(BIN)/lint-imports --no-cache --no-logo; \
	run $(BIN)/pacta fmt --check; \
	run $(MAKE) check-lock; \
	run $(BIN)/python -m pytest -q -m "not slow" tests/project/test_packaging.py tests/project/test_docs.py; \
	exit $$status

check-lock: setup
	@if [ -z "$(UV)" ]; then echo "locks: not recompiled, uv is not installed (the tests still hold them to pyproject.toml)"; exit 0; fi; \
	new=$$(mktemp -d) && trap 'rm -rf "$$new"' EXIT && cp requirements/*.lock "$$new" && \
	if ! { $(COMPILE) -o "$$new/run.lock" && $(COMPILE) --extra dev -o "$$new/dev.lock"; } >/dev/null; then \
		echo "locks: not recompiled, uv could not resolve them (the tests still hold them to pyproject.toml)"; exit 0; fi; \
	for name in run dev; do cmp -s "$$new/$$name.lock" requirements/$$name.lock || \
		{ echo "requirements/$$name.lock is not what pyproject.toml asks for. To repair: make lock" >&2; exit 1; }; done; \
	echo "locks: fresh"

fix: setup ## change files: lint fixes, format, and the layout of records
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/pacta fmt

fast: setup ## what you run all day: lint and the tests that take less than a second each
	$(BIN)/ruff check .
	$(BIN)/python -m pytest -q -m "not slow" $(PYTEST_ARGS)

test: setup ## run the tests: all that are quick, and of what takes long a sample by commit
	$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

test-all: setup ## run every test and every case (half an hour); before a release
	PACTA_ALL=1 $(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

build: setup ## turn seeds, ontology and shapes into a release in build/
	@$(BIN)/pacta build

serve: build ## build what changed and serve it (PORT=8000 HOST=127.0.0.1)
	@exec $(BIN)/pacta serve --host $(HOST) --port $(PORT)

golden: setup ## write the expected outputs anew; look at the diff before you commit it
	PACTA_GOLDEN=write $(BIN)/python -m pytest -q -k "golden or generated"
	git diff --stat

bench: setup ## measure build and answers on this machine, one table (BENCH_ARGS="--oxigraph PATH")
	$(BIN)/python -m bench $(BENCH_ARGS)

frontend: setup ## fetch the browser libraries again (after a failure, or a change of package-lock.json)
	$(BIN)/python hatch_build.py

lock: ## resolve the dependencies anew (needs uv; UPGRADE=1 takes newer versions)
	$(COMPILE) $(if $(UPGRADE),--upgrade) -o requirements/run.lock
	$(COMPILE) $(if $(UPGRADE),--upgrade) --extra dev -o requirements/dev.lock

clean: ## remove the releases in build/, built packages, browser libraries and caches
	rm -rf build dist server/static/vendor .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './$(VENV)/*' -type d -prune -exec rm -rf {} +
