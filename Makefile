# `make demo` and `make test` need Python 3.11 or newer, make and access to PyPI. They create their own environment in .venv.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
UV     := $(shell command -v uv 2>/dev/null)
# most of a short command's time is imports, so bytecode is kept, whatever the environment says
export PYTHONDONTWRITEBYTECODE :=
WORKERS ?= 2

.PHONY: demo demo-all test test-all test-spark pictures check bench conformance proofs simulate faults fuzz constraints clean

demo: $(READY)
	$(BIN)/segdsl demo

demo-all: $(READY)
	$(BIN)/segdsl demo --all

# All tests but the long ones (ten minutes)
test: $(READY)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --durations=8 -m "not long" --doctest-modules tests segdsl

# Every test, as in CI (half an hour)
test-all: $(READY)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --durations=8 --doctest-modules tests segdsl

# What is asked of Spark, in an environment of its own beside .venv, since pyspark is half a gigabyte (four minutes; needs a Java 17)
test-spark: $(VENV)/.ready-spark
	SEGDSL_SPARK=1 $(VENV)/spark/bin/python -m pytest -n 0 --durations=8 -m spark tests

$(VENV)/.ready-spark: $(READY) spark.constraints.txt
	$(PYTHON) -m venv $(VENV)/spark
	$(VENV)/spark/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt -r spark.constraints.txt
	$(VENV)/spark/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/segdsl check --strict
	$(BIN)/segdsl fmt --check
	$(BIN)/python -m pytest -n $(WORKERS) -m "not slow and not long" tests

bench: $(READY)
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/segments.py
	$(BIN)/python benchmarks/reading.py
	$(BIN)/python benchmarks/proofs.py
	$(BIN)/python benchmarks/sources.py
	$(BIN)/python benchmarks/many_rules.py

$(READY): constraints.txt pyproject.toml hatch_build.py segdsl/lang/grammar.lark
	@echo "creating the environment in $(VENV) (a minute or two, once)"
ifdef UV
	uv venv --quiet --allow-existing --python $(PYTHON) $(VENV)
	uv pip install --quiet --python $(BIN)/python --require-hashes -r constraints.txt
	uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
else
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
endif
	@touch $(READY)

# Make the pictures of the README and the docs again, from what the commands say of the demo's company (two minutes)
pictures: $(READY)
	$(BIN)/python -m tests.pictures

# Compare every engine with the reference over 100,000 edge-case customers and 2,000 generated worlds; writes tests/conformance/results.txt (an hour and three quarters)
conformance: $(READY)
	$(BIN)/python -m tests.conformance
	$(BIN)/python -m tests.conformance.accounts
	SEGDSL_WORLDS=2000 $(BIN)/python -m pytest -n $(WORKERS) tests/engines/test_engines_agree.py

# Look for counterexamples to the prover: 20,000 generated customers, 1,000 edits of rules/ and 5,000 generated workspaces; writes tests/proofs/results.txt (twenty minutes)
proofs: $(READY)
	$(BIN)/python -m tests.proofs

# Run 10,000 backtests in each scenario with known truth, and the examples by size; writes tests/simulate/*.txt (an hour)
simulate: $(READY)
	$(BIN)/python -m tests.simulate
	$(BIN)/python -m tests.simulate.frontier
	$(BIN)/python -m tests.simulate.gate
	$(BIN)/python -m tests.simulate.sizes

# Kill 2,000 commands, at every step that they take on the disk and at random moments, and 900 exports; writes tests/faults/*.txt (an hour)
faults: $(READY)
	$(BIN)/python -m tests.faults --most 2000 --results tests/faults/results.txt
	$(BIN)/python -m tests.faults.exports --results tests/faults/exports.txt

# Run each command on rule files generated from the grammar and on other files with altered bytes; writes tests/fuzz/results.txt (half an hour)
fuzz: $(READY)
	$(BIN)/python -m tests.fuzz --seconds 1800 --results tests/fuzz/results.txt

# After a change of pyproject.toml: pin every version and hash again (needs pip-tools), and from them the packages of the action and of a repository of rules
constraints:
	python -c "import tomllib; print(*tomllib.load(open('pyproject.toml','rb'))['dependency-groups']['dev'], sep='\n')" > .dev.in
	pip-compile --quiet --all-extras --generate-hashes --strip-extras --allow-unsafe --no-header --no-emit-index-url \
	  --no-emit-options --no-annotate --output-file constraints.txt pyproject.toml .dev.in
	python -c "import tomllib; print(*tomllib.load(open('pyproject.toml','rb'))['build-system']['requires'], sep='\n')" > .build.in
	cp constraints.txt requirements.txt
	pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-header --no-emit-index-url \
	  --no-emit-options --no-annotate --output-file requirements.txt pyproject.toml .build.in
	sed -n 's/^\([a-z0-9.-]*==[^ ]*\).*/\1/p' requirements.txt > segdsl/draft/github/.github/segdsl-constraints.txt
	rm .dev.in .build.in

clean:
	rm -rf $(VENV) out build dist
