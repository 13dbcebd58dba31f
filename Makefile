# Two commands matter: `make demo` and `make test`. `make help` lists the rest.
#
# Everything is installed below this folder (.venv) and the user's cache; Debian packages that the
# local cluster needs are installed with apt-get when they are missing.

SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory

# onnxruntime would otherwise report its start to its makers.
export ORT_DISABLE_TELEMETRY := 1

# Python keeps what it compiled, the tests included; they start a quarter faster.
unexport PYTHONDONTWRITEBYTECODE

UV_VERSION := 0.13.9
PYTHON := .venv/bin/python

CLUSTER ?= modelspec

# How many examples properties take, as a share of what `make test` takes.
export MODELSPEC_FUZZ ?= 0.25
RESULTS ?= benchmarks/results

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.PHONY: install
install: .venv/.installed ## Install the locked dependencies into .venv

.venv/.installed: pyproject.toml uv.lock scripts/install
	@scripts/install $(UV_VERSION)
	touch $@

.PHONY: demo
demo: install ## Show the whole way on a real cluster; KEEP=1 leaves it running
	@$(PYTHON) -m scripts.demo --name $(CLUSTER) $(if $(KEEP),--keep)

.PHONY: down
down: install ## End the cluster that `make demo KEEP=1` left
	@$(PYTHON) -m devcluster down --name $(CLUSTER)

.PHONY: check
check: install ## Format, lint, types, import contracts, generated files
	@.venv/bin/ruff format --check --quiet .
	.venv/bin/ruff check --quiet .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo
	$(PYTHON) -m scripts.generate --check

.PHONY: generate
generate: install ## Write the generated files: the CRD, the reference of expressions, new pins of the corpus
	@$(PYTHON) -m scripts.generate

.PHONY: unit
unit: install ## The tests that need no cluster, under 20 seconds
	@.venv/bin/pytest tests/unit/spec -q & spec=$$!
	.venv/bin/pytest tests/unit tests/conformance tests/architecture --ignore tests/unit/spec -q || failed=1
	wait $$spec
	exit $${failed:-0}

.PHONY: parity
parity: install ## What notebooks import, against scikit-learn, LightGBM and XGBoost themselves
	@.venv/bin/pytest tests/parity -q -n 2

.PHONY: test
test: install ## The whole test suite, on real clusters that it starts and ends
	@$(MAKE) unit MODELSPEC_FUZZ=1
	@$(MAKE) parity MODELSPEC_FUZZ=1
	.venv/bin/pytest tests/integration tests/e2e -v --durations=10

FUZZ ?= 30

.PHONY: fuzz
fuzz: install ## Random expressions in both executors and against oracles; FUZZ=100 takes longer
	@MODELSPEC_FUZZ=$(FUZZ) .venv/bin/pytest -q -n 2 tests/unit/spec/test_executors.py \
	    tests/unit/spec/test_oracles.py tests/unit/spec/test_hostile_expressions.py

.PHONY: fraud
fraud: install ## 100 000 unseen payments of examples/02-fraud, three libraries, every bit; 8 minutes
	@MODELSPEC_FUZZ=20 .venv/bin/pytest -q tests/parity/test_example_fraud.py --timeout 1800

.PHONY: bench
bench: install ## Measure expressions, lint and transform, 4 minutes on an idle machine
	@$(PYTHON) -m benchmarks.expressions --json $(RESULTS)/expressions.json \
	    --markdown $(RESULTS)/expressions.md --plot $(RESULTS)/expressions.svg
	$(PYTHON) -m benchmarks.specification --json $(RESULTS)/specification.json \
	    --markdown $(RESULTS)/specification.md
	$(PYTHON) -m benchmarks.transform --json $(RESULTS)/transform.json \
	    --markdown $(RESULTS)/transform.md

.PHONY: bench-serving
bench-serving: install ## A request beside no-op, FastAPI, KServe, MLServer and PyTriton; 10 minutes
	@$(PYTHON) -m benchmarks.serving --json $(RESULTS)/serving.json \
	    --markdown $(RESULTS)/serving.md --plot $(RESULTS)/serving.svg

.PHONY: bench-operator
bench-operator: install ## Hundreds and thousands of ModelSpecs beside a client that only writes; 10 minutes
	@$(PYTHON) -m benchmarks.scale --json $(RESULTS)/operator.json \
	    --markdown $(RESULTS)/operator.md --plot $(RESULTS)/operator.svg

.PHONY: protocols
protocols: install ## Ask KServe and MLServer, too, what the conformance suite asks
	@$(PYTHON) -m scripts.protocols

.PHONY: clean
clean: ## Remove what was installed and built below this folder
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
