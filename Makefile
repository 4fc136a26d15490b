# make demo: a campaign closes its loop. make test: all checks. Both set themselves up.
# make test-lims: real lab servers are installed, started and asked; LIMS_SERVERS="sampledb kadi4mat"
# names which. A server that cannot run here is skipped with the reason. Where CI=true, what is marked
# slow is left out: whole campaigns over a bad line, and long lists.
# make demo BACKTEST=10: the same over ten seeds, without and with borrowed sources.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.synthloop-installed
export PYTHONUNBUFFERED = 1

.PHONY: demo test test-lims lint types unit bench-transfer bench-loop \
	bench-extrapolation bench-xenonpy-setting setup clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@echo "[1/2] making $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "[2/2] installing pinned packages (a minute with a warm cache, several without)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		-c constraints.txt -e '.[dev]'
	@touch $(STAMP)

demo: $(STAMP)
	@$(BIN)/synthloop demo $(if $(BACKTEST),--backtest $(BACKTEST))

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

types: $(STAMP)
	$(BIN)/mypy

# First, or the last of them would keep one process busy while the other has nothing left.
LONGEST := tests/crash tests/design tests/lims_adapters tests/docs

unit: $(STAMP)
	$(BIN)/python -m pytest -q -rs -n 2 --dist loadfile --no-loadscope-reorder --cov \
		--cov-report=term --cov-fail-under=95 $(LONGEST) tests

test: lint types unit

# In CI each fault at each call is played on doubles; on real servers the line is bad at random.
QUICK := not (broken_request or break_anywhere or dead_line)

test-lims: $(STAMP)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -rs --durations=10 \
		$(if $(filter true,$(CI)),-m "lims and not slow" -k "$(QUICK)",-m lims) \
		tests/lims_adapters

bench-transfer: $(STAMP)
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.benchmarks.transfer

bench-loop: $(STAMP)
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.benchmarks.transfer_loop

bench-extrapolation: $(STAMP)
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.benchmarks.extrapolation

bench-xenonpy-setting: $(STAMP)
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.benchmarks.xenonpy_setting

clean:
	rm -rf $(VENV) .demo .bench-transfer
