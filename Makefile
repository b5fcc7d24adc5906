# make demo    sets everything up and shows look-alikes for a sample photo, then serves
# make test    sets everything up and runs all tests
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PIP := .venv/bin/python -m pip --disable-pip-version-check --quiet
SAMPLE := data/sample
PHOTO := $(SAMPLE)/queries/chair-02.jpg

.PHONY: demo test install check format bench clean

install: .venv/installed

demo: install
	@.venv/bin/indexer build $(SAMPLE)/catalog.csv --index demo-index
	@echo
	@.venv/bin/indexer similar $(PHOTO) --index demo-index -k 5
ifneq ($(SERVE),0)
	@echo
	@echo "  curl -F file=@$(PHOTO) 'http://127.0.0.1:8000/similar?k=5'"
	@.venv/bin/indexer serve --index demo-index
endif

test: .venv/installed-dev
	.venv/bin/python -m pytest -n 2 --dist loadfile --cov --cov-report=term -rs $(ARGS)

check: .venv/installed-dev
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports

format: .venv/installed-dev
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

bench: .venv/installed-dev
	.venv/bin/python -m benchmarks.build

clean:
	rm -rf .venv demo-index

.venv/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it first." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$(PYTHON) is older than Python 3.11: say make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python's venv module is missing: on Debian, apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/installed: .venv/python pyproject.toml constraints.txt
	@echo "Installing Lookalike into .venv; the first time takes a minute or two ..."
	@$(PIP) install -c constraints.txt -e '.[cpu]'
	@touch $@

.venv/installed-dev: .venv/installed
	@echo "Installing what the tests need ..."
	@$(PIP) install -c constraints.txt -e '.[cpu,dev]'
	@touch $@
