.DEFAULT_GOAL := help
.PHONY: help demo test check bench chaos format clean
PY := .venv/bin/python
PYTHON ?= python3

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/ready: pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed: no '$(PYTHON)' on the PATH (set PYTHON=...)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; '$(PYTHON)' is older (set PYTHON=...)"; exit 1; }
	@echo "Setting up .venv (once) ..."
	@if command -v uv >/dev/null; then \
	  uv venv --quiet --allow-existing --python $(PYTHON) .venv && uv pip install --quiet --python $(PY) -c constraints.txt -e '.[dev]'; \
	else \
	  $(PYTHON) -m venv .venv && $(PY) -m pip install -qq --disable-pip-version-check -c constraints.txt -e '.[dev]'; \
	fi
	@touch $@

demo: .venv/ready ## Run the whole job, 20,000 recipients, on simulated carriers
	@.venv/bin/outreach demo

test: .venv/ready ## Run the tests (real PostgreSQL and HTTP on loopback; under 5 minutes)
	@$(PY) -m pytest -q -n 3 --dist worksteal -m "not slow"

check: .venv/ready ## Format, lint, types, import rules, all tests, coverage floor
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	.venv/bin/lint-imports
	$(PY) -m pytest -q -n 3 --dist worksteal --cov --cov-report=
	$(PY) -m coverage report --include='outreach/domain/*,outreach/delivery/*' --fail-under=95 --skip-covered

format: .venv/ready ## Format the code
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

bench: .venv/ready ## Measure every stage, embedded and cluster (see bench/README.md)
	@$(PY) -m bench

chaos: .venv/ready ## Harm a whole cluster at random moments, ten rounds; ROUNDS=, RUNS=, SEED=
	@$(PY) -m bench.chaos --rounds $(or $(ROUNDS),10) --runs $(or $(RUNS),1) $(if $(SEED),--seed $(SEED))

clean: ## Remove everything that was built
	rm -rf .venv data demo-data *.egg-info .mypy_cache .ruff_cache .pytest_cache
