# The one command surface: demo test check fmt cov bench torture docs requirements clean
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WORKERS ?= 3
TORTURED := tests/torture tests/daemon tests/delivery tests/digests tests/end_to_end tests/fuzz \
	tests/issues tests/mail tests/markup tests/membership tests/newsletter tests/posts tests/publishing \
	tests/subscribers tests/web

.DEFAULT_GOAL := help
.PHONY: help demo test check fmt cov bench torture docs requirements clean

help:
	@echo "make demo     the main job on a sample site, in one minute"
	@echo "make test     every test"
	@echo "make check    format, lint, types, layers, docs"
	@echo "make fmt      format and mend what can be mended"
	@echo "make cov      tests with branch coverage, gated"
	@echo "make bench    figures of this machine"
	@echo "make torture  the long runs"
	@echo "make docs     rebuild what docs generate from the code"

$(READY): requirements/runtime.txt requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/runtime.txt -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q publisher
	touch $@

demo: $(READY)
	@sh bench/demo.sh $(BIN)/publisher

test: $(READY)
	$(BIN)/python -m pytest -n $(WORKERS)

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -p no:randomly tests/test_layers.py tests/test_docs.py tests/test_changelog.py

fmt: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

cov: $(READY)
	$(BIN)/python -m pytest -n $(WORKERS) --cov --cov-report=term --cov-fail-under=90

bench: $(READY) $(VENV)/peers
	$(BIN)/python bench/run.py

$(VENV)/peers: bench/requirements.txt | $(READY)
	$(PYTHON) -m venv $@
	$@/bin/python -m pip install --quiet --disable-pip-version-check -r bench/requirements.txt || echo "not installed: other generators to run beside ours"
	npm install --silent --no-save --prefix $@ @11ty/eleventy@3 @11ty/eleventy-plugin-rss@3 || echo "not installed: Eleventy to run beside ours"
	touch $@

torture: $(READY)
	rm -f .reliability.jsonl
	PUBLISHER_TORTURE=1 PUBLISHER_RELIABILITY=$(CURDIR)/.reliability.jsonl HYPOTHESIS_PROFILE=slow \
	$(BIN)/python -m pytest -n $(WORKERS) $(TORTURED); failed=$$?; \
	$(BIN)/python bench/reliability.py .reliability.jsonl && exit $$failed

docs: $(READY)
	$(BIN)/python docs/reference.py

requirements:
	pip-compile -q --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header \
		--strip-extras --extra rst --extra postgres -o requirements/runtime.txt pyproject.toml
	pip-compile -q --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header \
		-o requirements/dev.txt requirements/dev.in

clean:
	rm -rf $(VENV) demo build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage*
