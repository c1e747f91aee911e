# make search   sets everything up in .venv, runs the main job and prints its board
# make test     sets everything up and passes the tests
#
# make setup | test-full | lint | docs | bench | clean

PYTHON ?= python3
BIN := .venv/bin
TESTS := OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 $(BIN)/python -m pytest -n 2

.PHONY: search setup test test-slow test-full lint docs bench clean

search: .venv/.installed
	@$(BIN)/actsearch search --task inr-image

setup: .venv/.installed

test: .venv/.installed-dev
	$(TESTS) -m "not slow"

test-slow: .venv/.installed-dev
	$(TESTS) -m slow

test-full: test test-slow

lint: .venv/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

docs: .venv/.installed
	$(BIN)/python -m docs.generator

bench: .venv/.installed
	$(BIN)/python -m benchmarks

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .ruff_cache .hypothesis

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "actsearch needs Python 3.11 or later, and \`$(PYTHON)\` is older or missing; name one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
		echo "\`$(PYTHON) -m venv\` failed; on Debian its package is missing: sudo apt-get install python3-venv" >&2; exit 2; }

.venv/.installed: pyproject.toml constraints.txt | .venv/bin/python
	@echo "Installing actsearch in .venv (once; torch is large) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt setuptools
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --no-build-isolation -e .
	@touch $@

.venv/.installed-dev: .venv/.installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --no-build-isolation -e '.[dev]'
	@touch $@
