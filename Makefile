# The only commands you need. Each sets up what it uses, in .venv, and nothing outside it.
.DEFAULT_GOAL := help
SHELL := /bin/sh
BIN := .venv/bin
STAMP := .venv/.stamp
DEMO := demo-workspace

$(STAMP): requirements.lock bootstrap.lock pyproject.toml scripts/bootstrap.sh
	@sh scripts/bootstrap.sh
	@touch $(STAMP)

.PHONY: help setup demo test check lint types imports tests lock peers clean
help:  ## Show this list
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*##/\t/' | expand -t 10

setup: $(STAMP)  ## Make .venv from the lock

demo: $(STAMP)  ## Two simulated years, the whole path, a dossier at the end
	@$(BIN)/quaywatch demo $(DEMO)

test: check tests  ## Everything CI runs

check: lint types imports  ## Lint, types, layers

lint: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/deptry .

types: $(STAMP)
	@$(BIN)/mypy

imports: $(STAMP)
	@$(BIN)/lint-imports --no-cache

tests: $(STAMP)  ## The tests alone (pass ARGS="-k lake" for some)
	@$(BIN)/pytest $(ARGS)

lock: $(STAMP)  ## Renew requirements.lock (hashed, host-free)
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --all-extras --group dev \
	  --generate-hashes --no-header --upgrade pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --group peers -c requirements.lock \
	  --generate-hashes --no-header --upgrade pyproject.toml -o peers.lock

peers: $(STAMP)  ## Add to .venv what `quaywatch bench` measures beside us
	@$(BIN)/uv pip install -q --require-hashes -r peers.lock

clean:  ## Remove .venv, caches and the demo
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis $(DEMO)
