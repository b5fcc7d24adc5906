# make demo    sets everything up and shows look-alikes for a sample photo, then serves
# make test    sets everything up and runs all tests
# make bench   runs the benchmarks, each also alone (make bench-index); results in bench-results/
#              CATALOG=FILE takes your photos, VECTORS=1000000 a larger index than fits every laptop
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PIP := .venv/bin/python -m pip --disable-pip-version-check --quiet
SAMPLE := data/sample
PHOTO := $(SAMPLE)/queries/chair-02.jpg
SIMILAR := .venv/bin/indexer similar $(PHOTO) --index demo-index -k 5

BENCHMARKS := build serve index filter scale startup
PLOTLESS := bench-filter bench-startup
VECTORS ?= 100000

.PHONY: demo test coverage install check format bench clean $(BENCHMARKS:%=bench-%)

install: .venv/installed

demo: install
	@.venv/bin/indexer build $(SAMPLE)/catalog.csv --index demo-index
	@echo
ifeq ($(SERVE),0)
	@$(SIMILAR)
else
	@echo "  curl -F file=@$(PHOTO) 'http://127.0.0.1:8000/similar?k=5'"
	@echo
	@$(SIMILAR) & .venv/bin/indexer serve --index demo-index
endif

test: .venv/installed-dev
	.venv/bin/python -m pytest -n 2 --dist loadfile -rfEs $(ARGS)

# Takes half as long again as the tests alone.
coverage: .venv/installed-dev
	.venv/bin/python -m pytest -n 2 --dist loadfile --cov --cov-report=term $(ARGS)

check: .venv/installed-dev
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports

format: .venv/installed-dev
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

bench: $(BENCHMARKS:%=bench-%)

bench-build: .venv/installed-dev
	$(call benchmark,build $(or $(CATALOG),$(SAMPLE)/catalog.csv))

bench-serve: .venv/installed-dev
	$(call benchmark,serve $(or $(CATALOG),$(SAMPLE)/catalog.csv))

bench-index: .venv/installed-dev
	$(call benchmark,index $(CATALOG:%=--catalog %) --vectors $(VECTORS))

bench-filter: .venv/installed-dev
	$(call benchmark,filters $(CATALOG) --vectors $(VECTORS))

bench-scale: .venv/installed-dev
	$(call benchmark,scale $(CATALOG:%=--catalog %) --sizes 10000 30000 $(VECTORS))

bench-startup: .venv/installed-dev
	$(call benchmark,startup --products $(VECTORS))

# Runs $(1) and keeps what it prints, if it ends well.
define benchmark
@mkdir -p bench-results
.venv/bin/python -m benchmarks.$(1) $(if $(filter $(PLOTLESS),$@),,--plot $(@:bench-%=bench-results/%.png)) \
	> $(@:bench-%=bench-results/%.part)
@mv $(@:bench-%=bench-results/%.part) $(@:bench-%=bench-results/%.json)
endef

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
