# Everything a newcomer needs: `make app` and `make test`.
PY := .venv/bin/python
UV := .venv/bin/uv
RUN := .venv/bin
PYTHON ?= python3
WORKERS ?= 2
COOLDOWN := $(shell date -u -d '14 days ago' +%F 2>/dev/null || date -u -v-14d +%F)
COMPILE = $(UV) pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --override overrides.txt --exclude-newer $(COOLDOWN) --no-header -q

.PHONY: app test check fmt lock screenshots browser nightly

app: .venv/.app
	$(RUN)/workbench app

test: .venv/.dev browser
	$(RUN)/pytest -n $(WORKERS) --dist worksteal -m "not nightly"

nightly: .venv/.dev browser
	$(RUN)/pytest -n $(WORKERS) --dist worksteal

check: .venv/.dev
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/mypy
	$(RUN)/lint-imports
	$(RUN)/pytest -q tests/test_architecture.py

fmt: .venv/.dev
	$(RUN)/ruff check --fix .
	$(RUN)/ruff format .

screenshots: .venv/.dev browser
	$(PY) -m tests.browser.screenshots

# A fresh lock; packages younger than 14 days are left out on purpose (docs/decisions/001).
lock: $(UV)
	$(COMPILE) --upgrade --group build -o requirements.lock
	$(COMPILE) --upgrade --group build --group dev -o requirements-dev.lock

# Debian's Chromium, where the package manager may install it; tests that need it say so when it is missing.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	  { command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] && apt-get update -qq && \
	    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-core fonts-noto-color-emoji >/dev/null; } || \
	  echo "No Chromium here: browser tests will be skipped. Install the package 'chromium' to run them."

$(UV):
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make app PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check uv

# Both environments live in .venv; the development one holds all of the app's. uv is in the locks, so it stays.
.venv/.app: $(UV) requirements.lock pyproject.toml
	@[ -f .venv/.dev ] || $(UV) pip sync --quiet --python $(PY) --require-hashes requirements.lock
	$(UV) pip install --quiet --python $(PY) --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: $(UV) requirements-dev.lock pyproject.toml
	$(UV) pip sync --quiet --python $(PY) --require-hashes requirements-dev.lock
	$(UV) pip install --quiet --python $(PY) --no-deps --no-build-isolation -e .
	@touch $@
