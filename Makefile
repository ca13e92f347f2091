# The shop's commands. `make help` lists them.
PYTHON ?= python3
BIN := .venv/bin
export PYTHONUTF8 := 1

.PHONY: help run test check bench bench-stock lock

help:            ## this list
	@sed -n 's/^\([a-z-]*\): *.*## /\1\t/p' Makefile

run: .venv/run   ## the shop at http://127.0.0.1:8000 (PORT=8123 chooses another port; state under var/ or SHOP_VAR)
	@exec $(BIN)/python tools/serve.py

test: .venv/test ## every test, on its own PostgreSQL, Redis and Chromium
	@tools/system-packages
	@exec $(BIN)/python -m pytest -n $${TEST_WORKERS:-3} --dist loadgroup $(ARGS)

check: .venv/test ## style, types, import direction, templates
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/djlint --lint --quiet templates

bench: .venv/test ## speed as ratios measured in one run (the last line is JSON)
	@tools/system-packages
	@exec $(BIN)/python -m benchmarks

bench-stock: .venv/test ## counter sales and holds beside their bare SQL (the last line is JSON)
	@tools/system-packages
	@exec $(BIN)/python -m benchmarks.stock

lock:            ## renew the pins (needs uv)
	@for name in run test; do uv pip compile --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --no-annotate -q --upgrade requirements/$$name.in -o requirements/$$name.txt; done

.venv/bin/python:
	@$(PYTHON) -m venv .venv

.venv/run: requirements/run.txt | .venv/bin/python
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r $<
	@touch $@

.venv/test: requirements/test.txt | .venv/bin/python
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r $<
	@touch $@ .venv/run
