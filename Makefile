# Saduak's chores, one word each; `make` alone lists them.
# A fresh machine needs Python 3.11 or newer, and make. The rest comes from the package registries into .venv and
# node_modules; each part of the set-up leaves a stamp there and is done again only when its list has changed.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

CODE := server kiosk counter display hardware tests
# `exec`: a signal to make reaches the program itself, not a shell that forgets its child.
PY := exec .venv/bin/python
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore exec .venv/bin/python -m pip -qq install
NPM_CI := exec .ci/with-node npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
TSC := exec .ci/with-node node_modules/.bin/tsc
# One program for each kind of machine; npm keeps the one for this (hence "optional" in package.json).
BIOME := exec node_modules/@biomejs/cli-linux-*/biome
# Most tests wait for real servers, printers and pages: two files at a time take half as long. By file, for the tests of
# one often share a server.
TWO_AT_ONCE := --numprocesses 2 --dist loadfile
LOCK := exec .venv/bin/uv --quiet pip compile --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --output-file

.PHONY: help run demo simulate backtest test check format bench crowd kills pictures lock clean setup setup-dev

help: ## list the chores
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1	\2/p' Makefile | expand -t 16

run: setup ## serve the demo office at http://127.0.0.1:8000, with its data in var/
	@exec .venv/bin/saduak serve --demo

demo: setup ## replay a real day at 60 times its speed, and print its figures
	@exec .venv/bin/saduak demo $(ARGS)

simulate: setup ## compare the rule of calling with first-come and strict priority on made-up days
	@exec .venv/bin/saduak simulate $(ARGS)

backtest: setup ## try the estimate of wait on a queue log; ARGS="PATH" of a CSV or csv.gz, which is not in the repository
	@exec .venv/bin/saduak backtest $(ARGS)

test: setup-dev ## run every test; ARGS="-k kiosk" chooses some
	@.ci/system-packages chromium postgresql redis-server
	@$(PY) -m pytest $(TWO_AT_ONCE) $(ARGS)

check: setup-dev ## format, lint, types, imports, and the promises kept as tests
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy $(CODE)
	exec .venv/bin/lint-imports
	$(TSC) --project tsconfig.json
	$(BIOME) ci --colors=off --error-on-warnings
	$(PY) -m pytest -q tests/contracts

format: setup-dev ## put Python, JavaScript and CSS into the house's format
	$(PY) -m ruff check --fix-only --quiet .
	$(PY) -m ruff format .
	$(BIOME) check --write

bench: setup-dev ## measure the budgets, as ratios within one run; ARGS="memory --minutes 10" watches memory for long
	@$(PY) -m tests.bench $(ARGS)

crowd: setup-dev ## 64 officers call 10,000 tickets on SQLite and PostgreSQL, and every call is counted
	@.ci/system-packages postgresql redis-server
	@$(PY) -m tests.bench.crowd $(ARGS)

kills: setup-dev ## kill -9 of server and print agent at 200 random moments, and every slip is accounted for
	@$(PY) -m tests.bench.kills $(ARGS)

pictures: setup-dev ## make the README's pictures of the screens
	@.ci/system-packages chromium
	@$(PY) -m tests.browser.pictures $(ARGS)

lock: setup-dev ## choose the newest allowed versions again, and write the lock files
	$(PIP) uv
	$(LOCK) requirements.lock pyproject.toml --group build
	$(LOCK) requirements-dev.lock pyproject.toml --group build --group dev --extra gevent --constraint requirements.lock
	$(LOCK) requirements-node.lock --group node
	exec .ci/with-node npm update --package-lock-only --ignore-scripts

clean: ## remove what the set-up and the tools made; the office's data in var/ stays
	rm -rf .venv node_modules build *.egg-info .coverage .coverage.*
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find $(CODE) -name __pycache__ -prune -exec rm -rf {} +

# -- Set-up: `setup` is what running needs, `setup-dev` what testing needs ---------------------------------------

setup: .venv/.ready node_modules/.ready
setup-dev: .venv/.ready-dev node_modules/.ready-dev

# An environment works only where it was made, and with the interpreter it was made of; else it is made anew.
.venv/.made: $(shell test -x .venv/bin/python && grep -qsxF "$(CURDIR)" .venv/.made || echo remake)
	@.ci/make-venv .venv
	@echo "$(CURDIR)" > $@

.PHONY: remake
remake:

.venv/.ready: .venv/.made requirements.lock pyproject.toml
	@echo "Installing Saduak and what it runs on into .venv"
	@$(PIP) --require-hashes --requirement requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.ready-dev: .venv/.ready requirements-dev.lock
	@echo "Installing what testing needs into .venv"
	@$(PIP) --require-hashes --requirement requirements-dev.lock
	@touch $@

# `npm ci` begins by removing node_modules, so these stamps never outlive what they stand for.
node_modules/.ready: package.json package-lock.json .npmrc | .venv/.ready
	@echo "Installing the browser's libraries into node_modules"
	@$(NPM_CI) --omit=dev --omit=optional
	@touch $@

node_modules/.ready-dev: package.json package-lock.json .npmrc | .venv/.ready
	@echo "Installing the browser's libraries and their checks into node_modules"
	@$(NPM_CI)
	@touch node_modules/.ready $@
