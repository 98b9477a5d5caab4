# Two commands do all the set-up on a machine with Python 3.11 and make: make demo, make test.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PEERS := .venv-peers
PEERS_STAMP := $(PEERS)/.installed
COMPILE := pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe \
  --no-header --no-annotate --no-emit-index-url --no-emit-trusted-host --no-emit-find-links
ARGS ?=

.PHONY: setup lock lock-peers demo test lint bench soak chaos fuzz peers

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
	$(VENV)-lock/bin/$(COMPILE) --all-extras --output-file=requirements.lock pyproject.toml
	rm -r $(VENV)-lock

# The same for the peers' environment.
lock-peers:
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/python -m pip install --quiet --disable-pip-version-check pip-tools
	$(VENV)-lock/bin/$(COMPILE) --output-file=requirements-peers.lock tests/peers/requirements.in
	rm -r $(VENV)-lock

# Its own home, new each time, so that a demo meets neither the real state nor the last demo's.
demo: setup
	test -n "$$ARBEES_HOME" || rm -rf "$(CURDIR)/.demo"
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
	$(BIN)/python -m benchmarks.signing
	$(BIN)/python -m benchmarks.order_send
	$(BIN)/python -m benchmarks.signing_polymarket
	$(BIN)/python -m benchmarks.matching
	$(BIN)/python -m benchmarks.catalogue

fuzz: setup
	$(BIN)/python -m benchmarks.fuzz $(ARGS)

# Campaigns that break things on purpose, one after the other; the first that misses a bound ends it.
chaos: setup
	$(BIN)/python -m benchmarks.crash
	$(BIN)/python -m benchmarks.reconnect

$(PEERS_STAMP): requirements-peers.lock
	test -x $(PEERS)/bin/python || $(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-peers.lock
	touch $(PEERS_STAMP)

# Other people's clients trade on the simulator, in an environment of their own.
peers: setup $(PEERS_STAMP)
	$(PEERS)/bin/python -m pytest -c tests/peers/pytest.ini --rootdir tests/peers tests/peers

# Hundreds of random lives on both simulated venues; ledger and books must be equal after each.
soak: setup
	$(BIN)/python -m benchmarks.lives $(ARGS)
