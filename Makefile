# Two commands matter on a fresh machine: `make run` and `make test`. Both set up what they need first.
PY ?= python3
BIN := .venv/bin
OUT ?= out/demo
PORT ?= 8080
STATE ?= out/state
UV := $(BIN)/uv pip
.DEFAULT_GOAL := help
.PHONY: help run serve test tests long cluster lint type bench fuzz screenshots guide samples lock messages clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

# The environment is laid with pip once and filled by a pinned uv: the same hashes, a fifth of the time. What is
# installed is compiled once: where Python may not write byte code, every command would spend seconds on it.
.venv/.uv: requirements/uv.txt
	$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Rollcall needs Python 3.11 or newer; say PY=/path/to/python3.11")'
	$(PY) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

.venv/.runtime: .venv/.uv requirements/runtime.txt pyproject.toml
	$(UV) install -q --compile-bytecode --python $(BIN)/python --require-hashes -r requirements/runtime.txt
	$(UV) install -q --compile-bytecode --python $(BIN)/python --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q connectors matchers schemas service
	@touch $@

# What pages are served with: installed by lock, with npm from a wheel and no script run; nothing is fetched later.
WEB := tools/assets.py service/web/icons.txt $(wildcard requirements/web/*.json service/web/translations/*/*/*.po)
.venv/.assets: .venv/.runtime $(WEB)
	$(BIN)/python tools/assets.py
	@touch $@

.venv/.dev: .venv/.runtime .venv/.assets requirements/dev.txt
	$(UV) install -q --compile-bytecode --python $(BIN)/python --require-hashes -r requirements/dev.txt
	$(BIN)/python tools/assets.py --dev
	@touch $@

# Spark is set up apart: who screens on one machine needs none of its half a gigabyte.
.venv/.spark: .venv/.dev requirements/spark.txt
	$(UV) install -q --python $(BIN)/python --require-hashes -r requirements/spark.txt
	@touch $@

run: .venv/.runtime .venv/.assets ## make a demo county, screen it, say which files to open
	ROLLCALL_STATE=$(STATE) $(BIN)/rollcall demo --children 12000 --seed 1 --out $(OUT)/county --screen $(OUT)/result --load

serve: .venv/.runtime .venv/.assets ## start the service on this machine (PORT=8080), until Ctrl-C
	@exec $(BIN)/rollcall up --port $(PORT) --state $(STATE)

# Tests that share a set-up are one piece of work (tests/together.py). Three processes, for two cores: much of what is
# tested is waited for. What Python compiles of them is kept for the next time, whatever the environment says.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 3 --dist loadscope --no-loadscope-reorder

test: .venv/.dev .venv/.spark ## lint, check the types, run every test but the long ones
	@$(MAKE) --no-print-directory -j 3 lint type tests

tests: .venv/.dev .venv/.spark
	$(PYTEST)

long: .venv/.dev .venv/.spark ## what `make test` leaves out: every kill point and walk, laws on five times as many values
	@echo "The tests marked long, and every law on 100 values that are others each time:"
	ROLLCALL_TEST_EXAMPLES=100 $(PYTEST) -m "long or hypothesis"

cluster: .venv/.dev .venv/.spark ## a Spark of one master and three hosts; two executors are killed in the middle (minutes)
	$(BIN)/python -m pytest -p no:xdist -m cluster tests/engines

fuzz: .venv/.dev ## the API against its document, with many more calls (an hour)
	ROLLCALL_TEST_EXAMPLES=1000 $(PYTEST) tests/contract

screenshots: .venv/.dev ## pictures of the pages for docs/tour.md, from the county of `make run`
	$(BIN)/python tools/screenshots.py --state $(STATE)

guide: .venv/.dev ## plays two quarters and a half (minutes), then pictures for docs/user-guide.zh-CN.md
	rm -rf out/guide
	ROLLCALL_STATE=out/guide/state $(BIN)/rollcall demo --children 2500 --seed 1 --out out/guide/county --quarters 2 --begin
	$(BIN)/python tools/screenshots.py --guide --state out/guide/state

samples: .venv/.dev ## one of every document into docs/samples, from the county of `make guide`
	$(BIN)/python -m tools.samples

lint: .venv/.dev ## style, dead code, the one direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

type: .venv/.dev ## mypy --strict on what is installed, but for the folders named in pyproject.toml
	$(BIN)/mypy

# Splink has an environment of its own: nothing that runs or tests Rollcall needs it.
.venv/.bench: .venv/.dev .venv/.spark requirements/bench.txt
	$(BIN)/uv venv -q --allow-existing --python $(BIN)/python .venv/bench
	for f in bench spark; do \
	  $(UV) install -q --compile-bytecode --python .venv/bench/bin/python --require-hashes -r requirements/$$f.txt || exit 1; done
	@touch $@

bench: .venv/.bench ## accuracy and speed beside Splink 5; writes docs/quality.md (hours)
	$(BIN)/python -m tests.bench

lock: .venv/.dev ## renew the pinned requirements (hashes, no addresses)
	for f in uv runtime dev bench spark; do $(UV) compile -q --generate-hashes --python-version 3.11 --universal \
	  --no-header --no-annotate requirements/$$f.in -o requirements/$$f.txt || exit 1; done
	$(BIN)/python tools/assets.py --lock --dev

messages: .venv/.dev ## gather the texts of pages, to be translated into English
	$(BIN)/python -m tools.messages

clean: ## remove what set-up and runs made
	rm -rf .venv out build *.egg-info service/web/static/vendor .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
