# Two commands for most people: `make run` and `make test`. `make` alone prints them all.

SCENARIO ?= weilidai
ARGS ?=
REPLICATIONS ?= 10
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
INSTALLED := .venv/.installed
READY := .venv/.ready
RECENT := -c 'import sys; sys.exit(sys.version_info < (3, 11))'

.DEFAULT_GOAL := help
.PHONY: help run test check bench app lock clean

help: ## print these lines
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' Makefile

run: $(READY) ## check the model against its targets, then compare strategies (SCENARIO=weilidai)
	@$(BIN)/dunning calibration $(SCENARIO)
	@$(BIN)/dunning compare $(SCENARIO) --replications $(REPLICATIONS) $(ARGS)

test: $(READY) ## run the tests (ARGS="-k sentence" for some of them)
	@$(BIN)/python -m pytest -n auto --dist loadgroup $(ARGS)

check: $(READY) ## format, lint and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

bench: $(READY) ## measure speed
	@$(BIN)/python -m benchmarks $(ARGS)

app: $(READY) ## open the app in a browser
	@$(BIN)/dunning app $(ARGS)

lock: $(INSTALLED) ## pin what pyproject.toml asks for (ARGS=--upgrade for newer versions)
	@$(BIN)/pip-compile --quiet --all-extras --all-build-deps --allow-unsafe --strip-extras \
		--no-emit-options --no-header --no-annotate \
		--output-file requirements.lock $(ARGS) pyproject.toml

clean: ## remove caches; the environment and runs/ stay
	@rm -rf cache .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

# The environment holds what the lock names, to the version, and the project as it stands here.
# An existing one is kept, so a second set-up needs no network.
$(INSTALLED): requirements.lock
	@$(BIN)/python $(RECENT) 2>/dev/null || { \
		for python in python3.11 python3.12 python3.13 python3.14 python3 none; do \
			$$python $(RECENT) 2>/dev/null && break; \
		done; \
		if [ $$python = none ]; then \
			echo "Dunning Lab needs Python 3.11 or newer; none was found." >&2; exit 1; \
		fi; \
		echo "Setting up .venv with $$python: once, about a minute."; \
		$$python -m venv --clear .venv; \
	}
	@$(PIP) install --quiet --no-deps -r requirements.lock
	@touch $@

$(READY): $(INSTALLED) pyproject.toml
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@$(PIP) check >/dev/null || { \
		$(PIP) check; \
		echo "requirements.lock does not satisfy pyproject.toml: run make lock." >&2; exit 1; \
	}
	@touch $@
