# Everything here runs in environments of its own; nothing but Python, pip and make is needed.

PYTHON ?= python3
# Handed on to pytest, for example TEST_OPTIONS="-k losses".
TEST_OPTIONS ?=
# A small scheme on synthetic covers: about three minutes of training on two cores.
DEMO_OPTIONS ?= --bpp 0.0625 --steps 900 --evaluation-images 16

# On all cores. The tests of a file stay together, as they share what is slow to set up. Files come
# in their own order: by default those of few tests come last, but some of these take longest.
PYTEST := -m pytest -n auto --dist loadfile --no-loadscope-reorder

VENV := .venv
VENV_KERAS3 := .venv-keras3
# Benchmarks that need nothing of yours; the others say in their first lines what they need.
NEED_MORE := %_detection.py %_detectors.py %_structure.py benchmarks/lattice% \
	$(addprefix benchmarks/,learning.py page.py scale.py)
BENCHMARKS := $(filter-out benchmarks/_% $(NEED_MORE),$(wildcard benchmarks/*.py))

.DEFAULT_GOAL := help
.PHONY: help venv demo test test-ci test-all test-keras3 wheel web test-web lint format docs docs-fill notebooks bench clean

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: $(VENV)/.installed  ## Create .venv and install the package with its development tools

$(VENV)/.installed: setup.cfg
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --upgrade pip
	$(VENV)/bin/python -m pip install --quiet -e '.[train,heif,dev,docs,evaluation,notebooks,tune]'
	touch $@

$(VENV_KERAS3)/.requirements: requirements-keras3.txt
	$(PYTHON) -m venv $(VENV_KERAS3)
	$(VENV_KERAS3)/bin/python -m pip install --quiet --upgrade pip
	$(VENV_KERAS3)/bin/python -m pip install --quiet -r requirements-keras3.txt
	touch $@

$(VENV_KERAS3)/.installed: $(VENV_KERAS3)/.requirements setup.cfg
	$(VENV_KERAS3)/bin/python -m pip install --quiet --no-deps -e .
	touch $@

demo: venv  ## Train a small scheme on synthetic covers; table and picture in demo/run
	$(VENV)/bin/keystego-tf train $(DEMO_OPTIONS) --out demo/run --overwrite

test: venv  ## Run the fast tests
	$(VENV)/bin/python $(PYTEST) $(TEST_OPTIONS)

test-ci: venv  ## Run what CI runs besides: browser, JavaScript, notebooks, documents, longer trainings
	$(VENV)/bin/python $(PYTEST) -m "ci and not slow" $(TEST_OPTIONS)

test-all: venv  ## Run all tests, the slow ones too
	$(VENV)/bin/python $(PYTEST) -m "" $(TEST_OPTIONS)

# JavaScript and the page are the same on both stacks.
test-keras3: $(VENV_KERAS3)/.installed  ## Run the fast tests on the second stack (newest TensorFlow, Keras 3)
	$(VENV_KERAS3)/bin/python $(PYTEST) --ignore tests/export $(TEST_OPTIONS)

wheel: venv  ## Build the wheel, dist/, and try it in a fresh environment
	rm -rf build dist
	$(VENV)/bin/python -m pip wheel --quiet --no-deps --wheel-dir dist .
	$(VENV)/bin/python -m pytest -m "" tests/test_wheel.py

web: venv  ## Build the browser page, export/web/dist (needs Node)
	cd export && npm ci --ignore-scripts --no-audit --no-fund
	cd export && PYTHON=$(CURDIR)/$(VENV)/bin/python npm run build
	cd export/web/dist && $(CURDIR)/$(VENV)/bin/python -m zipfile -c $(CURDIR)/keystego_tf/page.zip *

test-web: web  ## Test JavaScript and page (needs Node; without Chromium, what needs it is skipped)
	cd export && npm test
	$(VENV)/bin/python -m pytest -m "not slow" tests/export $(TEST_OPTIONS)

lint: venv  ## Check style, formatting and types
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

format: venv  ## Format the code and mend what ruff can mend
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

# The variable silences a notice of the theme's authors about MkDocs 2.
docs: venv  ## Build the documentation site, site/
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/python -m mkdocs build --strict --quiet

docs-fill: venv  ## Put what was measured into README.md and docs/, and make their picture again
	$(VENV)/bin/python docs/fill_results.py
	$(VENV)/bin/python docs/make_picture.py

notebooks: venv  ## Run the notebooks in full and write them with their figures (some ten minutes)
	$(VENV)/bin/python notebooks/make.py

bench: venv  ## Run the benchmarks that need no photos, one after the other
	@set -e; for script in $(BENCHMARKS); do \
		echo "== $$script" >&2; $(VENV)/bin/python $$script; done

clean:  ## Remove caches, build output and the demo; environments and runs stay
	rm -rf build dist demo site .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find keystego_tf tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
