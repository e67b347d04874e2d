# Two commands do all set-up: `make serve` and `make test`. `make help` lists the rest.
# Needs git, Python >= 3.11, a Rust toolchain and apt; everything else is installed from here.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-builtin-rules --no-print-directory

# The first Python on the PATH that is new enough; `make PYTHON=/path/to/python3.13 ...` overrides it.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 /usr/bin/python3; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
VENV := $(CURDIR)/.venv
BIN := $(VENV)/bin
STUB := python/russet/_core.pyi
RUST := $(shell find rust -name '*.rs' -o -name '*.toml' -o -name '*.tsv') Cargo.toml Cargo.lock
ARGS ?=
FUZZ_SECONDS ?= 600
FUZZ_TARGETS := open index_vs_full round_trip json

# Only this environment counts, whatever the caller has activated.
export VIRTUAL_ENV := $(VENV)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_QUIET := 1
unexport CONDA_PREFIX PYTHONHOME PYTHONPATH

comma := ,
say = @printf '\n\033[1m== %s\033[0m\n' '$(1)'

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- environment and build ---------------------------------------------------------------------

$(VENV)/.made:
	$(call say,environment: .venv)
	@[ -n "$(PYTHON)" ] || { echo 'No Python >= 3.11 found: install one, or say make PYTHON=/path/to/python3.' >&2; exit 1; }
	@command -v cargo >/dev/null || { echo 'No Rust toolchain found: cargo must be on the PATH.' >&2; exit 1; }
	@tools/need 'gcc libc6-dev' cc --version
	@tools/need "python$$($(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv" $(PYTHON) -c 'import ensurepip, venv'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	@touch $@

$(VENV)/.build-tools: $(VENV)/.made pyproject.toml
	$(call say,build tools)
	$(BIN)/python -m pip install --quiet --group build
	@touch $@

$(VENV)/.dev-tools: $(VENV)/.made pyproject.toml
	$(call say,development tools)
	$(BIN)/python -m pip install --quiet --group dev
	@touch $@

# The one build that everything runs on: optimised, Python files used in place.
$(VENV)/.built: $(VENV)/.build-tools $(RUST) pyproject.toml
	$(call say,maturin develop --release)
	$(BIN)/maturin develop --release --locked --quiet --group build
	@touch $@

.PHONY: build serve
build: $(VENV)/.built ## the optimised build, in .venv; again only after an edit of Rust or pyproject.toml

serve: build ## build if needed and run a receiver on port 11112, data in ./russet-data (ARGS="--port 4242")
	@exec $(BIN)/russet serve --data ./russet-data $(ARGS)

# --- the gates, in the order in which they run ---------------------------------------------------

.PHONY: test fmt-check clippy cargo-test stub-check stubtest ruff mypy lint-imports pytest interop peers
test: peers fmt-check clippy cargo-test build stub-check stubtest ruff mypy lint-imports pytest interop ## every gate; stops at the first that fails
	$(call say,every gate passed)

peers: ## the tools that tests talk to (installed when missing)
	$(call say,peers of the tests)
	@tools/need openssl openssl version
	@tools/need dcmtk dcmsend --version  # the one name that pynetdicom's scripts do not take
	@tools/peers
	@dcmsend --version | sed -n 1p

fmt-check:
	$(call say,cargo fmt --check)
	cargo fmt --all --check
	cargo fmt --manifest-path rust/fuzz/Cargo.toml --check

clippy: $(VENV)/.made  # pyo3 asks the Python that it will be built for
	$(call say,clippy)
	cargo clippy --workspace --all-targets --locked --quiet -- -D warnings

cargo-test: $(VENV)/.made
	$(call say,cargo test)
	cargo test --workspace --locked --quiet

stub-check: stub
	@git diff --exit-code -- $(STUB) || { echo '$(STUB) was stale: commit what was just generated.' >&2; exit 1; }

stubtest: $(VENV)/.dev-tools build
	$(call say,stubtest)
	$(BIN)/python -m mypy.stubtest russet._core

ruff: $(VENV)/.dev-tools
	$(call say,ruff)
	$(BIN)/ruff format --check --quiet
	$(BIN)/ruff check --quiet

mypy: $(VENV)/.dev-tools build
	$(call say,mypy --strict)
	$(BIN)/mypy

lint-imports: $(VENV)/.dev-tools build
	$(call say,lint-imports)
	$(BIN)/lint-imports

pytest: $(VENV)/.dev-tools build
	$(call say,pytest)
	$(BIN)/python -m pytest -q -m 'not interop' $(ARGS)

interop: $(VENV)/.dev-tools build peers
	$(call say,interop with every peer; docs/interop.md)
	$(BIN)/python -m pytest -q -m interop --write-interop $(ARGS)

# --- at hand ---------------------------------------------------------------------------------------

.PHONY: bench fuzz stub fmt clean
bench: $(VENV)/.dev-tools build peers ## codec and receiver beside their peers; results in benches/results and docs/benchmarks.md
	$(call say,codec beside pydicom and pynetdicom)
	@mkdir -p benches/results
	@$(BIN)/python -m pip install --quiet --group bench || echo 'dicomsdl is not to be had here: left out'
	$(BIN)/python -m pytest -q benches --benchmark-enable --benchmark-only --benchmark-json=benches/results/codec.json $(ARGS)
	$(call say,data sets beside pydicom and dicomsdl)
	$(BIN)/python benches/datasets.py
	$(call say,the bridge to pydicom)
	$(BIN)/python benches/bridge.py
	$(call say,scans of many files)
	$(BIN)/python benches/scan.py
	$(call say,the index of an archive)
	$(BIN)/python benches/index.py
	$(call say,windows$(comma) queries$(comma) retrieval and many associations)
	$(BIN)/python benches/network.py
	$(call say,receivers under the neutral sender)
	$(BIN)/python benches/receive.py --update docs/benchmarks.md

# The codec has no unsafe code, so there is no sanitizer, and stable Rust will do. What is found new
# stays in target; a finding is named at the end, to be put into the corpus with its cure.
fuzz: ## the codec on made-up bytes, FUZZ_SECONDS=600 for each target; a second corpus grows in target/fuzz
	$(call say,fuzz targets)
	@tools/need g++ c++ --version
	@cargo fuzz --version >/dev/null 2>&1 || cargo install --quiet --locked cargo-fuzz
	@cargo fuzz build --fuzz-dir rust/fuzz --sanitizer none --target-dir target/fuzz
	@for target in $(FUZZ_TARGETS); do \
		printf '\n\033[1m== fuzz: %s\033[0m\n' $$target; \
		mkdir -p target/fuzz/corpus/$$target target/fuzz/found; \
		cargo fuzz run --fuzz-dir rust/fuzz --sanitizer none --target-dir target/fuzz $$target \
			target/fuzz/corpus/$$target rust/fuzz/corpus/$$target -- -max_total_time=$(FUZZ_SECONDS) \
			-dict=rust/fuzz/tokens.dict -timeout=20 -max_len=2048 -print_final_stats=1 -artifact_prefix=target/fuzz/found/$$target- $(ARGS); \
	done

stub: $(VENV)/.build-tools ## write the type stub of the extension anew
	$(call say,stub: $(STUB))
	$(BIN)/maturin generate-stubs --quiet --features inspect --out python

fmt: $(VENV)/.dev-tools ## format Rust and Python
	cargo fmt --all
	cargo fmt --manifest-path rust/fuzz/Cargo.toml
	$(BIN)/ruff format --quiet
	$(BIN)/ruff check --quiet --fix

clean: ## remove what was built; received data stay
	rm -rf target $(VENV) dist benches/results tests/interop/dcmjs/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .benchmarks
	find python tests benches -name __pycache__ -prune -exec rm -rf {} +
	rm -f python/russet/*.so
