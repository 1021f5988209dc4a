# `make trace` and `make test` set up whatever this machine lacks, then do it. `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
# Debian's own Python where there is one: its virtual environments see Debian's bcc.
PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)
STAMPS := build/setup
CXX_SOURCES = $(shell find core drivers plugins tests examples -name '*.[ch]' -o -name '*.[ch]pp')
FAST := not live and not sysdig and not vm and not slow

.PHONY: help
help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

# --- what users type

.PHONY: trace
trace: $(STAMPS)/engine ## Show live system calls of this machine (or a bundled capture where BPF is not allowed)
	@scripts/demo

.PHONY: test
test: $(STAMPS)/engine $(STAMPS)/test-packages $(STAMPS)/test-tools ## Run the whole test suite, but for `make vm`
	$(BIN)/pytest $(PYTEST_ARGUMENTS)

# --- what developers type

.PHONY: check
check: $(STAMPS)/engine $(STAMPS)/test-tools ## Lint, types, format and the fast tests
	$(BIN)/ruff check -q .
	$(BIN)/ruff format -q --check .
	scripts/typecheck
	@$(BIN)/clang-format --dry-run -Werror $(CXX_SOURCES)
	$(BIN)/pytest -q -m '$(FAST)' --ignore tests/bench $(PYTEST_ARGUMENTS)

.PHONY: format
format: $(STAMPS)/test-tools ## Format Python, C and C++ in place
	$(BIN)/ruff check -q --fix .
	$(BIN)/ruff format -q .
	@$(BIN)/clang-format -i $(CXX_SOURCES)

.PHONY: vm
vm: $(STAMPS)/engine $(STAMPS)/test-tools $(STAMPS)/vm-packages ## Test on kernels of their own, in emulated machines
	$(BIN)/pytest -s tests/vm $(PYTEST_ARGUMENTS)

.PHONY: bench
bench: $(STAMPS)/engine $(STAMPS)/test-packages $(STAMPS)/test-tools ## Measure, and compare with sysdig
	$(BIN)/python -m tests.bench $(BENCH_ARGUMENTS)

.PHONY: bench-overhead
bench-overhead: $(STAMPS)/engine $(STAMPS)/test-packages $(STAMPS)/test-tools $(STAMPS)/vm-packages ## Measure what being traced costs, in an emulated machine and here
	$(BIN)/python -m tests.bench.overhead $(BENCH_ARGUMENTS)

.PHONY: sanitize
sanitize: $(STAMPS)/engine $(STAMPS)/test-tools ## Run capture and fuzz tests on an engine built with sanitizers
	scripts/sanitize $(PYTEST_ARGUMENTS)

.PHONY: setup
setup: $(STAMPS)/engine ## Only set up; `.venv/bin/tracer` is there afterwards

.PHONY: clean
clean: ## Remove everything that was built
	rm -rf build $(VENV) .mypy_cache .pytest_cache .ruff_cache

# --- set-up, each step remembered by a stamp

$(STAMPS)/build-packages $(STAMPS)/test-packages $(STAMPS)/vm-packages: $(STAMPS)/%-packages: scripts/packages
	@mkdir -p $(@D)
	scripts/packages $*
	@touch $@

$(STAMPS)/venv: $(STAMPS)/build-packages
	$(PYTHON) -m venv --system-site-packages $(VENV)
	@touch $@

$(STAMPS)/build-tools: pyproject.toml scripts/requirements.py $(STAMPS)/venv
	$(BIN)/python scripts/requirements.py build | $(BIN)/pip install -q --disable-pip-version-check -r /dev/stdin
	@touch $@

$(STAMPS)/test-tools: pyproject.toml scripts/requirements.py $(STAMPS)/venv
	$(BIN)/python scripts/requirements.py test | $(BIN)/pip install -q --disable-pip-version-check -r /dev/stdin
	@touch $@

# An editable installation knows the Python files that were there when it was made, so a new one asks for another.
$(STAMPS)/python-files: FORCE
	@mkdir -p $(@D)
	@find tracer core drivers plugins -name '*.py' | sort | cmp -s - $@ || \
	    find tracer core drivers plugins -name '*.py' | sort > $@

ENGINE_INPUTS := $(shell find CMakeLists.txt core drivers \
    \( -name '*.[ch]' -o -name '*.[ch]pp' -o -name CMakeLists.txt -o -path 'core/schema/*.txt' -o -path 'core/schema/*.py' \))

$(STAMPS)/engine: $(STAMPS)/build-tools $(STAMPS)/python-files $(ENGINE_INPUTS)
	$(BIN)/pip install -q --disable-pip-version-check --no-build-isolation -e .
	@# As pip does for what it copies: without, each start compiles again where PYTHONDONTWRITEBYTECODE is set.
	@$(BIN)/python -m compileall -q core drivers plugins tracer
	@touch $@

FORCE:
