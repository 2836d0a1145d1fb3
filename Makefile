# The two commands: `make demo` and `make test`. On a Linux with Python >= 3.11 they set up all they need.
.DEFAULT_GOAL := help
SHELL := /bin/sh
BIN := .venv/bin
PYTHONS := 3.12 3.13

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.ready ## the development environment, in .venv

.venv/.ready: pyproject.toml constraints.txt test/support/bootstrap.sh
	@sh test/support/bootstrap.sh
	@touch $@

demo: setup ## run the example project's workflow, then build it
	@sh test/support/demo.sh

check: setup ## quick checks: lint, types, contracts, unit tests
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/pytest -q test/contracts test/unit test/project_package

test: check ## everything: quick checks, functional, end to end, and the other Pythons
	$(BIN)/pytest -q test/functional test/e2e
	$(BIN)/nox --reuse-existing-virtualenvs -s $(PYTHONS:%=tests-%)

bench: setup ## measure the bars; writes bench/results/ and the tables of the docs
	@missed=0; for script in startup graph runs build image dags deploy buildspec emr doctrine services; do $(BIN)/python -m bench.$$script || missed=1; done; \
	$(BIN)/python -m bench.tables; exit $$missed

clean: ## take away what builds and runs leave
	rm -rf build dist build_output .image .dags .bigflow .nox .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

.PHONY: help setup demo check test bench clean
