# Two commands for most people: `make run` and `make test`. `make` alone prints them all.

SCENARIO ?= weilidai
ARGS ?=
REPLICATIONS ?= 10
PROOFS ?= tests
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
INSTALLED := .venv/.installed
READY := .venv/.ready
CHECKS := $(or $(DUNNING_RUNS),runs)/.checks
RECENT := -c 'import sys; sys.exit(sys.version_info < (3, 11))'

.DEFAULT_GOAL := help
.PHONY: help run test prove coverage check bench validate claims docs site app screenshots browser lock audit sbom parts clean

help: ## print these lines
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

run: $(READY) ## check the model against its targets, then compare strategies (SCENARIO=weilidai)
	@$(BIN)/dunning calibration $(SCENARIO)
	@$(BIN)/dunning compare $(SCENARIO) --replications $(REPLICATIONS) --doubt 10 $(ARGS)
	@echo "See it in the browser, in English or 简体中文: make app"

test: $(READY) browser ## run the tests (ARGS="-k sentence" for some of them)
	@$(BIN)/python -m pytest -n auto --dist loadgroup -m "not slow" --junitxml=$(CHECKS)/tests.xml $(ARGS)

prove: $(READY) browser ## run the long proofs: many seeds, whole catalogues, thousands of bad inputs
	@$(BIN)/python -m pytest -n auto --dist loadgroup -m slow --ignore tests/compare/test_coverage.py \
		--timeout 1800 --junitxml=$(CHECKS)/proofs.xml $(PROOFS) $(ARGS)
ifeq ($(PROOFS),tests)
	@DUNNING_PROVE=1 $(BIN)/python -m pytest -n auto --timeout 3000 \
		tests/cli/test_grammar_of_bad_inputs.py tests/store/test_turned_bits.py
endif

check: $(READY) ## format, lint and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

coverage: $(READY) ## repeat the experiments on which the verdict stands (an hour; MACROS=20 for a taste)
	@$(BIN)/python -m pytest -n auto --dist loadfile -rP -m slow --timeout 14400 tests/compare/test_coverage.py $(ARGS)

docs: $(READY) ## write docs/requirements.md from its table
	@$(BIN)/python docs/requirements.py

validate: $(READY) ## play the evidence's experiments and write docs/validation.md (minutes)
	@$(BIN)/dunning validation --out docs/validation.md $(ARGS)

claims: $(READY) ## play the documents' claims and write docs/claims.md (minutes)
	@$(BIN)/dunning claims --out docs/claims.md $(ARGS)

bench: $(READY) ## measure speed, beside other simulation libraries
	@$(PIP) install --quiet "salabim>=26.0" "ciw>=3.2" \
		|| echo "salabim and Ciw could not be installed: their rows are left out." >&2
	@$(BIN)/python -m benchmarks $(ARGS)

site: $(READY) ## build the documentation into site/ (ARGS="serve" to read it while writing)
	@$(PIP) install --quiet "mkdocs-material>=9.5" "mkdocstrings[python]>=0.26" \
		&& NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs $(or $(ARGS),build --strict --quiet)

app: $(READY) ## open the app in a browser (ARGS="--port 8600" for another door)
	@$(BIN)/dunning app $(ARGS)

screenshots: $(READY) browser ## draw every page of the app into docs/screenshots
	@DUNNING_SCREENSHOTS=docs/screenshots $(BIN)/python -m pytest tests/browser/test_screenshots.py $(ARGS)

# The browser tests need Chromium and Chinese letters; without them they skip and say so.
browser:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "Installing Chromium for the browser tests."; \
			{ apt-get update -qq && apt-get install -y -qq chromium fonts-noto-cjk; } >/dev/null 2>&1 \
				|| echo "Chromium could not be installed: the browser tests will skip." >&2; \
		else \
			echo "No Chromium here: the browser tests will skip." >&2; \
		fi; \
	}

lock: $(INSTALLED) ## pin what pyproject.toml asks for (ARGS=--upgrade for newer versions)
	@$(BIN)/pip-compile --quiet --all-extras --all-build-deps --allow-unsafe --strip-extras \
		--no-emit-options --no-header --no-annotate --generate-hashes \
		--output-file requirements.lock $(ARGS) pyproject.toml

# What pip-audit cannot ask about it passes over as sound, so its answer is read part by part.
# The lists of parts need no network and are made whatever the advisories say.
audit: sbom parts ## known weaknesses of what the lock names (Error 1), or nobody could be asked (Error 3)
	@$(PIP) install --quiet --quiet pip-audit 2>/dev/null || true
	@$(BIN)/pip-audit --no-deps --disable-pip --requirement requirements.lock --format json \
		--progress-spinner off $(ARGS) 2>/dev/null | $(BIN)/python docs/parts.py audit

sbom: $(INSTALLED) ## the parts of the lock with versions, hashes and licences (CycloneDX) in sbom.json
	@$(BIN)/python docs/parts.py sbom && echo "Parts: sbom.json"

parts: $(INSTALLED) ## write docs/licences.md from the lock
	@$(BIN)/python docs/parts.py licences

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
	@$(PIP) install --quiet --no-compile --no-deps -r requirements.lock
	@touch $@

$(READY): $(INSTALLED) pyproject.toml
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@$(PIP) check >/dev/null || { \
		$(PIP) check; \
		echo "requirements.lock does not satisfy pyproject.toml: run make lock." >&2; exit 1; \
	}
	@touch $@
