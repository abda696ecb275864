# The development workflow. Needs make, Python 3.11 or newer with venv, and the package registry.

.DEFAULT_GOAL := help
SHELL := /bin/bash

# Else every process that the tests start would compile the program anew.
unexport PYTHONDONTWRITEBYTECODE

# The first Python here that is new enough; or say PYTHON=… yourself.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
ARGS ?=
SECONDS ?= 60
FOLDER ?= screenshots

.PHONY: help demo test check fuzz bench bench-poll bench-search bench-serve bench-publish bench-mail bench-import bench-years proof reference pictures lock migration postgresql chromium mail-dkim postfix wordpress screenshots apertium clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/.installed ## Show the whole way, from feeds to a newsletter, in demo/
	$(BIN)/curator demo

test: .venv/.tools postgresql chromium postfix mail-dkim ## Run all tests (ARGS="-k feed -x" for some)
	$(BIN)/pytest -n 2 --dist loadscope $(ARGS)

check: .venv/.tools ## Format, ruff, mypy strict, import contracts
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

fuzz: .venv/.tools ## Look for bytes that break reading or cleaning (SECONDS=60 for each)
	@SECONDS_EACH=$(SECONDS) $(BIN)/python tests/fuzz/fuzz.py

bench: .venv/.tools ## Measure (see benchmarks/)
	$(BIN)/python benchmarks/start.py

bench-poll: .venv/.tools ## Measure polls beside reader, newsboat and a floor (needs nginx; ARGS="--help")
	@$(BIN)/python benchmarks/poll.py $(ARGS)

bench-search: .venv/.tools postgresql ## Measure finding among 50,000 items on both engines (ARGS="--help")
	@$(BIN)/python benchmarks/search.py $(ARGS)

bench-publish: .venv/.tools ## Measure publishing of 10,000 items, and of one more (ARGS="--help")
	@$(BIN)/python benchmarks/publish.py $(ARGS)

bench-mail: .venv/.tools ## Measure sending a newsletter beside plain smtplib (ARGS="--help")
	@$(BIN)/python benchmarks/mail.py $(ARGS)

bench-import: .venv/.tools ## Measure bringing a blog of 10,000 posts, and bringing it again (ARGS="--help")
	@$(BIN)/python benchmarks/importing.py $(ARGS)

bench-serve: .venv/.tools ## Measure answers of serve beside nginx on one core (needs nginx, wrk, two cores; ARGS="--help")
	@$(BIN)/python benchmarks/serve.py $(ARGS)

bench-years: .venv/.tools postgresql ## Measure commands in a newsroom of 100,000 entries (ARGS="--help")
	$(BIN)/python benchmarks/commands.py $(ARGS)

# Whatever asks whether it may take longer, itself or by what it leans on.
PROVED = $(shell grep -rlE 'proving import|killing import' tests --include='test_*.py') tests/properties tests/proofs

proof: .venv/.tools postgresql chromium apertium postfix wordpress ## Run the proofs that take minutes: kill -9 at every single step, thirty days of sources, …
	PROOF=1 $(BIN)/pytest -n 2 --dist loadscope $(sort $(PROVED)) $(ARGS)

reference: .venv/.installed ## Write docs/reference.md and the man pages from the program
	$(BIN)/python docs/make_reference.py

pictures: .venv/.tools ## Draw the handbook's pictures in docs/manuale/ anew; then look at what changed
	UPDATE_PICTURES=1 $(BIN)/pytest -q tests/house/test_handbook.py tests/faces/test_handbook_pictures.py tests/desk

screenshots: .venv/.tools chromium ## Photograph every kind of page, light and dark, wide and narrow (FOLDER=screenshots)
	@mkdir -p $(FOLDER)
	SCREENSHOTS=$(abspath $(FOLDER)) $(BIN)/pytest -q tests/browser/test_pages.py tests/browser/test_letter.py tests/browser/test_figures.py && ls $(FOLDER)

# ── the virtual environment: from the lock, hash by hash ──

# With uv, which takes a sixth of pip's time, from the registry that pip is told of; pip where uv cannot.
INSTALL = { PATH="$$PATH:$(CURDIR)/$(BIN)" UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$$(cat .venv/.registry)}" \
	uv pip install --quiet --python $(BIN)/python $(1); } \
	|| $(BIN)/python -m pip install --quiet --disable-pip-version-check $(1)
# Without isolation: what builds the package comes from the lock, too.
INSTALL_CURATOR = $(call INSTALL,--no-deps --no-build-isolation --editable .)

.venv/.python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; say where: make PYTHON=/path/to/python3" >&2; exit 1; }
	$(PYTHON) -m venv .venv || { echo "Python's venv is missing (Debian: apt-get install python3-venv)" >&2; exit 1; }
	@command -v uv >/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--only-binary :all: --require-hashes --requirement requirements-uv.lock || true
	@registry=$$($(BIN)/python -m pip config list | sed -n "s/^.*[.]index-url='\(.*\)'/\1/p" | head -1); \
		echo "$${registry:-https://pypi.org/simple}" >.venv/.registry
	@touch $@

.venv/.installed: .venv/.python requirements.lock pyproject.toml
	@echo "Installing what requirements.lock names into .venv"
	@$(call INSTALL,--require-hashes --requirement requirements.lock)
	@$(INSTALL_CURATOR)
	@touch $@

.venv/.tools: .venv/.python requirements-dev.lock pyproject.toml
	@echo "Installing what requirements-dev.lock names into .venv"
	@$(call INSTALL,--require-hashes --requirement requirements-dev.lock)
	@$(INSTALL_CURATOR)
	@touch $@ .venv/.installed

lock: .venv/.python ## Choose newest versions of all libraries, into requirements*.lock
	@PATH="$$PATH:$(CURDIR)/$(BIN)" UV_CUSTOM_COMPILE_COMMAND="make lock" && export PATH UV_CUSTOM_COMPILE_COMMAND \
	&& compile() { uv pip compile --quiet --universal --upgrade --generate-hashes --python-version 3.11 \
		--no-emit-index-url --no-emit-find-links "$$@"; } \
	&& compile --group install --output-file requirements-uv.lock \
	&& compile pyproject.toml --group dev --output-file requirements-dev.lock \
	&& compile pyproject.toml --group build --constraints requirements-dev.lock --output-file requirements.lock \
	&& sed -n 's/ \\$$//; /==/p' requirements.lock >constraints.txt

# ── what tests need besides Python ──

postgresql:
	@if ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing PostgreSQL, which the tests start for themselves"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql; \
	else \
		echo "No PostgreSQL here and no right to install it: the tests on it are skipped."; \
	fi

chromium:
	@if command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium, in which the tests look at our pages"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; \
	else \
		echo "No Chromium here and no right to install it: the tests that look at pages in it are skipped."; \
	fi

# Unpacked into .venv and not installed: a Postfix that apt installs would start, and take port 25.
postfix: .venv/.tools
	@if [ -e .venv/postfix/usr/lib/postfix/sbin/master ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Unpacking Postfix, to which the tests send, into .venv/postfix"; \
		$(BIN)/python tests/postfix.py .venv/postfix; \
	else \
		echo "No Postfix here and no right to start one: the tests that send to it are skipped."; \
	fi

# Unpacked, too: with MariaDB and PHP, each started for a test and gone with it.
wordpress: .venv/.tools
	@if [ -e .venv/wordpress/database ]; then :; \
	elif command -v apt-get >/dev/null; then \
		echo "Unpacking WordPress, which the proofs import from and mirror to, into .venv/wordpress"; \
		$(BIN)/python tests/wordpress.py .venv/wordpress; \
	else \
		echo "No WordPress here and no apt to fetch it: the proofs on it will say so and fail."; \
	fi

mail-dkim:
	@if perl -MMail::DKIM -e1 2>/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Mail::DKIM, which checks our signatures in the tests"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends libmail-dkim-perl; \
	else \
		echo "No Mail::DKIM here and no right to install it: the test of our signatures by it is skipped."; \
	fi

apertium:
	@if command -v apertium >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Apertium, which translates in the proofs"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
			apertium apertium-eng-spa apertium-spa-ita apertium-fr-es; \
	else \
		echo "No Apertium here and no right to install it: tests/proofs/test_real_engines.py will say so and fail."; \
	fi

# ── the schema ──

migration: .venv/.tools ## Draft the next migration from store/tables.py: make migration m="Add a table"
	@test -n "$(m)" || { echo 'Say what it does: make migration m="Add a table"' >&2; exit 1; }
	$(BIN)/python alembic/new.py "$(m)"
	sed -i '/# ### /d' alembic/versions/*.py
	$(BIN)/ruff check --quiet --fix alembic && $(BIN)/ruff format --quiet alembic

clean: ## Remove what make made; newsrooms stay
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests alembic benchmarks -name __pycache__ -prune -exec rm -rf {} +
