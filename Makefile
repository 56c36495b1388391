# What a newcomer types:   make run    analyse a company, start to finish; TYPE= another job type
#                          make test   every test
# What a change needs:     make check  format, lint, types, import rules
.POSIX:
.PHONY: run test check mutate bench pictures soak lock clean

PYTHON = python3
VENV = .venv
BIN = $(VENV)/bin
# Wheels only: building a source distribution would fetch what no hash covers.
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check
LOCKED = $(INSTALL) --require-hashes --only-binary :all: --requirement
PROJECT = $(INSTALL) --no-deps --no-build-isolation --editable .
LOCK = uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --quiet --upgrade

TYPE = competitor_analysis
COMPANY = Acme Corp
URL = https://acme.com
TOPIC = orchard sensors
QUERY = frost losses in orchards
competitor_analysis = -i company_name="$(COMPANY)" -i company_url="$(URL)"
market_research = -i topic="$(TOPIC)"
evidence_search = -i query="$(QUERY)"
# Both need a decision: yours, as make run TYPE=… DECISION=7Q2K9M4T, or else a new one.
OPTION = Zeta
decision = "$${DECISION:-$$($(a_decision))}"
a_decision = $(BIN)/plinthctl decision add "Which sensor to buy" -o id --criterion price=0.4:lower \
	--criterion range --option Zeta --option "Nova=the one with the solar panel"
option_analysis = --decision $(decision) -i option="$(OPTION)"
brief_generation = --decision $(decision)
TESTS = tests
MINUTES = 10

run: $(VENV)/.runs
	@$(BIN)/plinthctl submit $(TYPE) $($(TYPE)) --wait

test: $(VENV)/.tests
	$(BIN)/python -m pytest -q -n 2 $(TESTS)

check: $(VENV)/.tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

mutate: $(VENV)/.tests
	$(BIN)/python -m tests.mutants

bench: $(VENV)/.tests
	$(BIN)/python -m tests.bench $(if $(CHECK),--check) $(if $(JSON),--json $(JSON)) $(PARTS)

# The README's, of the real dashboard on the demo's system: docs/pictures/*.svg.
pictures: $(VENV)/.tests
	$(BIN)/python -m tests.pictures

soak: $(VENV)/.tests
	PLINTH_SOAK_S=$$(($(MINUTES) * 60)) $(BIN)/python -m pytest -q --timeout 0 tests/chaos
	for database in sqlite postgresql; do $(BIN)/python -m tests.chaos --minutes $(MINUTES) \
		--database $$database --report soak-$$database.json || exit 1; done

# Needs uv (docs.astral.sh/uv). The second lock repeats the first and adds to it.
lock:
	$(LOCK) --group build --output-file requirements.lock
	$(LOCK) --group dev --constraints requirements.lock --output-file requirements-dev.lock

clean:
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/.runs: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "installing what plinthctl needs; only this once" >&2
	@$(LOCKED) requirements.lock
	@$(PROJECT)
	@touch $@

$(VENV)/.tests: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	@echo "installing what plinthctl and its tests need; only this once" >&2
	@$(LOCKED) requirements-dev.lock
	@$(PROJECT)
	@touch $@

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "plinthctl needs Python 3.11 or newer: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
