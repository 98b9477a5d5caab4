# Two commands do all the set-up on a machine with Python 3.11 and make: make demo, make test.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
ARGS ?=

.PHONY: setup lock demo test lint bench soak chaos fuzz peers

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(STAMP)

# Writes requirements.lock anew: every extra, all platforms' hashes, no index address.
lock:
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/python -m pip install --quiet --disable-pip-version-check pip-tools
	$(VENV)-lock/bin/pip-compile --quiet --all-extras --generate-hashes --strip-extras --allow-unsafe \
	  --no-header --no-annotate --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
	  --output-file=requirements.lock pyproject.toml
	rm -r $(VENV)-lock

# Its own home, so that a demo never meets the real state.
demo: setup
	ARBEES_HOME="$${ARBEES_HOME:-$(CURDIR)/.demo}" $(BIN)/arbees run --paper --simulated --for 30s $(ARGS)

test: setup
	$(BIN)/python -m pytest --cov=arbees --cov-branch --cov-report=json:.coverage.json --cov-report=
	$(BIN)/python tests/pure_coverage.py

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup
	$(BIN)/python -m benchmarks.throughput
	$(BIN)/python -m benchmarks.memory
	$(BIN)/python -m benchmarks.latency

fuzz: setup
	$(BIN)/python -m benchmarks.fuzz $(ARGS)

# Campaigns that break things on purpose, one after the other; the first that misses a bound ends it.
chaos: setup
	$(BIN)/python -m benchmarks.reconnect

soak peers: setup
	@echo "make $@: this campaign is not built yet" >&2; exit 1
