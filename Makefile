# `make` lists the targets. Everything is set up in .venv from locked, hashed versions.
PYTHON ?= python3
BIN := .venv/bin
VLLM := .venv-vllm
TORCH ?= torch==2.13.0
DAGSTER_HOME := $(CURDIR)/var/dagster
JSL_LANDING ?= $(CURDIR)/var/landing
JSL_STORE ?= $(CURDIR)/var/store
run ui: export DAGSTER_HOME := $(DAGSTER_HOME)
run ui: export JSL_LANDING := $(JSL_LANDING)
run ui: export JSL_STORE := $(JSL_STORE)

# The same with an emulated endpoint, in a home and a store of its own.
EMULATOR_PORT ?= 8765
run-endpoint ui-endpoint: export DAGSTER_HOME := $(DAGSTER_HOME)-endpoint
run-endpoint ui-endpoint: export JSL_LANDING := $(JSL_LANDING)
run-endpoint ui-endpoint: export JSL_STORE := $(JSL_STORE)-endpoint
run-endpoint ui-endpoint: export JSL_ENGINE__KIND := endpoint
run-endpoint ui-endpoint: export JSL_ENGINE__URL := http://127.0.0.1:$(EMULATOR_PORT)
run-endpoint ui-endpoint: export JSL_ENGINE__NAME := jsl-vl
run-endpoint ui-endpoint: export JSL_ENGINE__TOKEN := emulator-token
EMULATOR := $(BIN)/jsl-pipeline emulator --asleep --wake-seconds 20 --waking 503 --reader ocr --port $(EMULATOR_PORT)

.DEFAULT_GOAL := help
.PHONY: help run ui run-endpoint ui-endpoint test test-deployments test-vllm check bench bench-endpoint bench-spark bench-vllm bench-gpu bench-planning lock clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: $(BIN)/.run $(DAGSTER_HOME)/dagster.yaml ## draw a small landing folder and take it through the whole graph
	@test -d "$(JSL_LANDING)" || $(BIN)/jsl-pipeline sample "$(JSL_LANDING)"
	@echo "Dagster takes it through the graph, half a minute or so; its log is var/run.log ..."
	@{ $(BIN)/dagster job execute -m jsl_pipeline.definitions -j close_batch && \
	   $(BIN)/dagster job backfill -w workspace.yaml -j run_batch --all all --noprompt; } >var/run.log 2>&1 \
	  || { tail -n 20 var/run.log; exit 1; }
	@$(BIN)/jsl-pipeline summary --names
	@echo "make ui   opens the graph, its batches and checks on http://127.0.0.1:3000"

ui: $(BIN)/.run $(DAGSTER_HOME)/dagster.yaml ## open the Dagster UI on http://127.0.0.1:3000
	@$(BIN)/dagster dev --host 127.0.0.1 --port $${PORT:-3000}

run-endpoint: $(BIN)/.run $(DAGSTER_HOME)-endpoint/dagster.yaml ## the same through an emulated GPU endpoint, which sleeps and is woken
	@test -d "$(JSL_LANDING)" || $(BIN)/jsl-pipeline sample "$(JSL_LANDING)"
	@$(EMULATOR) --log var/requests.jsonl 2>var/emulator.log & emulator=$$!; trap "kill $$emulator" EXIT; \
	  until $(BIN)/jsl-pipeline endpoint status >/dev/null 2>&1; do kill -0 $$emulator || { cat var/emulator.log; exit 1; }; sleep 1; done; \
	  set -e; $(BIN)/jsl-pipeline endpoint status | head -n 1; $(BIN)/jsl-pipeline endpoint wake | head -n 1; \
	  echo "CPUs prepare the pages while it wakes; Dagster's log is var/run-endpoint.log ..."; \
	  { $(BIN)/dagster job execute -m jsl_pipeline.definitions -j close_batch && \
	    $(BIN)/dagster job backfill -w workspace.yaml -j prepare_batch --all all --noprompt; } >var/run-endpoint.log 2>&1 \
	    || { tail -n 20 var/run-endpoint.log; exit 1; }; \
	  $(BIN)/jsl-pipeline endpoint wake --wait >/dev/null; echo "It is ready, and reads them ..."; \
	  $(BIN)/dagster job backfill -w workspace.yaml -j read_batch --all all --noprompt >>var/run-endpoint.log 2>&1 \
	    || { tail -n 20 var/run-endpoint.log; exit 1; }; \
	  $(BIN)/jsl-pipeline summary --names
	@echo "var/requests.jsonl holds what the endpoint was asked. make ui-endpoint opens the graph; its sensors do all this."

ui-endpoint: $(BIN)/.run $(DAGSTER_HOME)-endpoint/dagster.yaml ## open the Dagster UI beside the emulated endpoint
	@$(EMULATOR) 2>var/emulator.log & emulator=$$!; trap "kill $$emulator" EXIT; \
	  $(BIN)/dagster dev --host 127.0.0.1 --port $${PORT:-3000}

test: $(BIN)/.dev ## run the tests, those of whole deployments and over real vLLM apart
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not deployments and not vllm"
	@echo "Left out, since they take minutes and more than .venv:"
	@echo "make test-deployments   runs those of Dagster's daemon, Spark clusters, emulated Databricks jobs and accelerated time"
	@echo "make test-vllm          runs those over real vLLM on the CPU, in $(VLLM) (2 GB)"

test-deployments: $(BIN)/.dev ## run the tests of whole deployments: Dagster's daemon, Spark (needs Java 17), Databricks jobs
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder -m deployments

test-vllm: $(VLLM)/.ready ## run the tests over real vLLM on the CPU, with tiny models (needs Python 3.11, x86-64)
	@$(VLLM)/bin/python -m pytest -q -n 2 --dist loadfile -m vllm

check: $(BIN)/.dev ## lint, formatting, types, layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright
	@$(BIN)/lint-imports

bench: $(BIN)/.dev ## measure the pipeline against bare RapidOCR, ingest and preprocess a core, and memory
	@$(BIN)/python -m bench.pipeline

bench-endpoint: $(BIN)/.dev ## measure the endpoint client against the scripted endpoint, beside its aims: an hour or so
	@$(BIN)/python -m bench.endpoint $(ARGS)

bench-spark: $(BIN)/.dev ## measure the stages on a Spark cluster against one machine's workers, and the driver's memory: an hour or so
	@$(BIN)/python -m bench.spark $(ARGS)

bench-vllm: $(VLLM)/.ready ## measure what this pipeline costs over vLLM alone, on the CPU with a small model: a quarter of an hour
	@$(VLLM)/bin/python -m bench.vllm $(ARGS)

bench-planning: $(BIN)/.dev ## measure probe, simulation and plan beside what is true: two hours or so; ARGS=simulating for a part
	@$(BIN)/python -m bench.planning $(ARGS)

bench-gpu: $(if $(GPU_PYTHON),,$(BIN)/.dev) ## measure pages an hour on this machine's GPU, with the vLLM of .venv or GPU_PYTHON: 25 minutes at most
	@$(or $(GPU_PYTHON),$(BIN)/python) -m bench.vllm.gpu $(ARGS)

lock: ## resolve requirements*.txt anew (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra dagster --extra samples pyproject.toml requirements-build.in -o requirements.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra dev pyproject.toml requirements-build.in -c requirements.txt -o requirements-dev.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra dagster --extra databricks pyproject.toml requirements-build.in -c requirements-dev.txt -o deploy/requirements.txt

clean: ## remove what `make run` made
	rm -rf var

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
	  { echo "Python 3.11 to 3.13 is needed: make PYTHON=python3.11 ..."; exit 1; }
	@$(PYTHON) -m venv .venv

$(BIN)/.run: requirements.txt pyproject.toml | $(BIN)/python
	@echo "Setting up .venv (once, a minute or two) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r requirements.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(BIN)/.dev: requirements-dev.txt $(BIN)/.run
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.txt
	@touch $@

# Laid over .venv: its own packages come first, those of .venv after them.
$(VLLM)/.ready: requirements-vllm.txt $(wildcard tests/vllm/overlay/*.*) | $(BIN)/.dev
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' && grep -qw avx2 /proc/cpuinfo || \
	  { echo "vLLM for CPUs is built for Python 3.11 on Linux, x86-64 with AVX2: its tests cannot run here."; exit 1; }
	@echo "Setting up $(VLLM) (once, two minutes) ..."
	@$(BIN)/python -m venv --clear $(VLLM)
	@$(VLLM)/bin/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r requirements-vllm.txt
	@$(VLLM)/bin/python -m pip install -q --disable-pip-version-check --no-deps $(TORCH)
	@echo "import site; site.addsitedir('$(CURDIR)/.venv/lib/python3.11/site-packages')" >$(VLLM)/lib/python3.11/site-packages/dev.pth
	@$(VLLM)/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation tests/vllm/overlay
	@touch $@

$(DAGSTER_HOME)/dagster.yaml $(DAGSTER_HOME)-endpoint/dagster.yaml: dagster.yaml
	@mkdir -p $(@D) && cp $< $@
