# What people type. `make run` serves Threads; `make test` is what CI runs.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PAGE := gatepost/http/graphiql
# Each of its processes has a Postgres of its own.
PYTEST := $(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadfile

# PostgreSQL 15, the oldest that is served, where Debian, Fedora and Homebrew put it.
POSTGRES_15 := $(firstword $(wildcard /usr/lib/postgresql/15/bin /usr/pgsql-15/bin \
  /opt/homebrew/opt/postgresql@15/bin /usr/local/opt/postgresql@15/bin))
# The tests of what a version may do otherwise: what its catalog holds, and the SQL that it understands.
BY_VERSION := $(addprefix tests/,catalog chinook doctor functions migrate plan reading relations roles types writing)

# Tartiflette builds a C++ library with cmake; CMake 4 must be told that its old project file is fine.
export CMAKE_POLICY_VERSION_MINIMUM := 3.5

.PHONY: help install run test test-15 check bench psql schema lock clean

help:
	@echo 'make run      serve Threads at http://127.0.0.1:8080 (PORT and DATABASE_URL move it)'
	@echo 'make psql     open psql on its database (AS=ada: as that user)'
	@echo 'make test     install, check and test; on PostgreSQL 15, too, where it is installed'
	@echo 'make test-15  test all of it on PostgreSQL 15'
	@echo 'make check    lint, types, import order, SQL style, the checked-in schema'
	@echo 'make schema   write sdl/schema.graphql anew from db/'
	@echo 'make bench    measure it beside other servers'
	@echo 'make clean    remove what was built and the embedded database'

install: $(VENV)/project.stamp $(VENV)/graphiql.stamp

# PYTHON=… names an interpreter; else the first of these that runs and is new enough (a shim may be there and not run).
SUITABLE := import sys; sys.exit(sys.version_info < (3, 11))
$(BIN)/python:
	@for python in $(or $(PYTHON),python3 python3.13 python3.12 python3.11); do \
	  if "$$python" -c '$(SUITABLE)' 2>/dev/null; then \
	    echo "Making $(VENV) with $$("$$python" --version)."; \
	    "$$python" -m venv $(VENV) || { rm -rf $(VENV); exit 1; }; \
	    exit 0; \
	  fi; \
	done; \
	echo 'Python 3.11 or newer is needed; make PYTHON=… names one.' >&2; exit 1

# The lock is complete, hence --no-deps: two packages pin older versions of others than they work with.
$(VENV)/lock.stamp: requirements.lock build.lock cmake.lock | $(BIN)/python
	@echo 'Installing the packages of requirements.lock; this takes a minute or two.'
	$(PIP) install --no-deps --require-hashes -r build.lock
	command -v cmake >/dev/null || $(PIP) install --no-deps --require-hashes -r cmake.lock
	PATH="$(CURDIR)/$(BIN):$$PATH" $(PIP) install --no-deps --require-hashes --no-build-isolation -r requirements.lock
	touch $@

# Editable: the checkout on the path and the console script, which needs nothing from the network.
$(VENV)/project.stamp: pyproject.toml $(VENV)/lock.stamp
	$(PIP) install --no-deps --no-build-isolation --no-index --editable .
	touch $@

$(VENV)/graphiql.stamp: $(VENV)/lock.stamp $(shell find $(PAGE) -path $(PAGE)/node_modules -prune -o -path $(PAGE)/dist -prune -o -type f -print 2>/dev/null)
	$(PAGE)/build.sh $(VENV)
	touch $@

run: install
	@$(BIN)/python app.py

psql: install
	@$(BIN)/python app.py psql $(if $(AS),--as $(AS))

# sdl/schema.graphql is checked in, and a test fails when it is not what the database generates.
schema: install
	@$(BIN)/python app.py schema >$(VENV)/schema.graphql
	mv $(VENV)/schema.graphql sdl/schema.graphql

# TEST_POSTGRES_BIN=… names the folder of another Postgres's programs to test with.
test: install check
	$(PYTEST)
ifeq ($(TEST_POSTGRES_BIN),)
	$(if $(POSTGRES_15),TEST_POSTGRES_BIN=$(POSTGRES_15) $(PYTEST) $(BY_VERSION),@echo 'Not tested on PostgreSQL 15, which is not installed.')
endif

test-15: install
	$(if $(POSTGRES_15),,$(error PostgreSQL 15 is not installed))
	TEST_POSTGRES_BIN=$(POSTGRES_15) $(PYTEST)

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy gatepost app.py resolvers tests bench
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint db
	$(BIN)/squawk db/migrations/*.sql
	$(BIN)/pytest -q tests/app/test_schema.py

bench: install
	$(BIN)/python -m bench

# For Python 3.11 and newer on every platform, with no address of a registry. runtime.lock is what a container needs of
# requirements.lock, build.lock and cmake.lock are what builds it.
LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url
lock:
	$(LOCK) pyproject.toml --group dev -o requirements.lock
	$(LOCK) pyproject.toml --constraint requirements.lock -o runtime.lock
	echo 'setuptools>=80' | $(LOCK) - -o build.lock
	echo 'cmake<4' | $(LOCK) - -o cmake.lock

clean:
	rm -rf $(VENV) .gatepost .mypy_cache .pytest_cache .ruff_cache .import_linter_cache build dist *.egg-info
	rm -rf $(PAGE)/node_modules $(PAGE)/dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
