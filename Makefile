# Every target sets up what it needs. `make` alone says what there is.

VENV ?= .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet
PYTEST := $(PY) -m pytest
WORKERS := -n auto --dist loadfile
POS := $(wildcard translations/*/LC_MESSAGES/*.po)
MOS := $(POS:.po=.mo)
UV := $(VENV)/bin/uv

MADE := $(VENV)/.made
LOCKED := $(VENV)/.locked
EDITABLE := $(VENV)/.editable
READY := $(EDITABLE) $(MOS)

unexport PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo figures test test-deep check format lint test-fast test-browser verifier coverage mutants bench strings lock release clean browser pango
.DELETE_ON_ERROR:

help: ## Say what there is
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' \
	  | while IFS='|' read -r name text; do printf '  make %-13s %s\n' "$$name" "$$text"; done

demo: $(READY) ## Fill a demo the first time, and serve it
	@$(PY) -m consulta demo

test: $(READY) browser pango ## Format, lint, types, contracts beside the tests, in a real browser too; laws on few examples
	@echo "Looking at format, types and contracts beside the tests: what they say comes last"
	@$(MAKE) --no-print-directory lint > $(VENV)/lint.txt 2>&1 & lint=$$!; \
	  $(PYTEST) $(WORKERS) || failed=1; \
	  wait $$lint || failed=1; cat $(VENV)/lint.txt; exit $${failed:-0}

test-deep: lint browser pango ## The same, with the tests marked deep and all examples of the laws (an hour or so)
	CONSULTA_TEST_DEEP=1 $(PYTEST) $(WORKERS)

check: $(READY) ## Format, lint, types, contracts, texts, lists that a new thing has to stand in: quick
	@$(MAKE) --no-print-directory lint || failed=1; \
	  $(PYTEST) -q -m 'gate and not slow and not postgres' tests/house $$(grep -rl 'mark\.gate' tests) || failed=1; \
	  UV_HTTP_TIMEOUT=5 UV_HTTP_RETRIES=0 $(UV) tool run --quiet pip-audit --vulnerability-service osv --timeout 5 --progress-spinner off \
	    --disable-pip --require-hashes --requirement requirements.lock > $(VENV)/audit.txt 2>&1 \
	    || if grep -q '^Found .* known' $(VENV)/audit.txt; then cat $(VENV)/audit.txt; failed=1; \
	    else echo "Published weaknesses of dependencies cannot be reached from here: nothing was compared"; fi; \
	  $(PY) -m tools.size; \
	  if [ -n "$$failed" ]; then echo "Something above failed: look at all of it, from format and lint on"; exit 1; fi

format: $(READY) ## Put right what format and lint find, as far as they can by themselves
	-$(PY) -m ruff check --quiet --fix .
	$(PY) -m ruff format --quiet .

lint: $(READY)
	@$(PY) -m ruff format --check --quiet . || { echo "make format puts this right"; failed=1; }; \
	  $(PY) -m ruff check --quiet . > $(VENV)/ruff.txt || failed=1; cat $(VENV)/ruff.txt; \
	  ! grep -qF '[*]' $(VENV)/ruff.txt || echo "make format puts right what has a [*]"; \
	  $(PY) -m mypy > $(VENV)/types.txt 2>&1 & types=$$!; \
	  $(PY) -c 'from importlinter.cli import lint_imports_command as run; run()' > $(VENV)/contracts.txt 2>&1 \
	    || { cat $(VENV)/contracts.txt; echo "Each contract stands in pyproject.toml, by its name"; failed=1; }; \
	  $(PY) -m deptry . || failed=1; \
	  $(PY) -m djlint templates --lint --quiet || failed=1; \
	  wait $$types || failed=1; cat $(VENV)/types.txt; exit $${failed:-0}

test-fast: $(READY) ## Every test but the slow ones and those in a browser
	$(PYTEST) $(WORKERS) -m 'not slow and not browser'

test-browser: $(READY) browser ## Only the tests in a real browser
	$(PYTEST) $(WORKERS) -m browser

verifier: $(READY) browser ## Compare the HTML verifier with consulta verify on archives changed at random (NUMBER=1000 FIRST=0 MINUTES=60)
	CONSULTA_TEST_ARCHIVES=$(or $(NUMBER),1000) CONSULTA_TEST_FIRST=$(or $(FIRST),0) CONSULTA_TEST_MINUTES=$(or $(MINUTES),60) \
	  $(PYTEST) -q -s tests/browser/test_verifier.py -k changed_at_random

coverage: $(READY) ## What the tests reach, without the browser; stops below what we promise
	$(PYTEST) $(WORKERS) -q -m 'not browser' --cov --cov-report=
	$(PY) -m coverage report
	$(PY) -m coverage report --include='consulta/core/*,consulta/platform/access.py' --fail-under=100

mutants: $(READY) ## Break guarded modules on purpose, list what no test sees (ONLY='consulta.core.counting.tally*')
	$(VENV)/bin/mutmut run $(ONLY)
	@$(VENV)/bin/mutmut results

figures: $(READY) browser ## Measure the ballot anew and write docs/ballot-figures.md
	CONSULTA_TEST_FIGURES=docs/ballot-figures.md $(PYTEST) -q tests/browser/test_figures.py

bench: ## Measure the count beside other libraries (FULL=1 up to ten million, OUT=file, ONLY=weights)
	@$(MAKE) --no-print-directory VENV=.venv-bench .venv-bench/.editable
	@.venv-bench/bin/python -m bench $(if $(FULL),--full) $(if $(ONLY),--only $(ONLY)) $(if $(OUT),--out $(OUT))

strings: $(EDITABLE) ## Collect the texts, bring all catalogues up to date, compile (FROM=their.po takes over)
	$(PY) -m tools.strings $(FROM)

lock: $(LOCKED) ## Pin every dependency with its hashes (UPGRADE=--upgrade takes the newest)
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --all-extras --group dev --no-strip-extras $(UPGRADE) pyproject.toml -o requirements.lock

release: $(READY) ## Build a release twice from what is committed, and compare (KEY=private key of OpenSSH signs it)
	@$(PY) -m tools.release $(KEY)

clean: ## Remove what was made here, the environment too; data in instance/ stay
	rm -rf $(VENV) .venv-bench build dist .coverage .coverage.* htmlcov test-results
	rm -rf mutants .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find translations -name '*.mo' -delete

browser: $(EDITABLE)
	@$(PY) tests/chromium.py

pango: $(EDITABLE)
	@$(PY) tests/pango.py

# The environment: any Python from 3.11 on. Where the system's has no ensurepip, its own pip fills the environment.
IS_NEW := import sys; sys.exit(sys.version_info < (3, 11))

$(MADE):
	@if $(PY) -c '$(IS_NEW)' 2>/dev/null && $(PY) -m pip --version >/dev/null 2>&1; then \
	  echo "Keeping the environment in $(VENV)"; touch $@; exit 0; fi; \
	found=; \
	for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do \
	  if "$$python" -c '$(IS_NEW)' 2>/dev/null; then found=$$python; break; fi; done; \
	if [ -z "$$found" ]; then \
	  echo "consulta needs Python 3.11 or newer, and there is none on the path." >&2; \
	  echo "Install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; fi; \
	echo "Making the environment in $(VENV) with $$("$$found" --version)"; \
	if "$$found" -c 'import venv, ensurepip' 2>/dev/null; then \
	  "$$found" -m venv --clear $(VENV) || exit 1; \
	elif "$$found" -c 'import venv' 2>/dev/null && "$$found" -m pip --version >/dev/null 2>&1; then \
	  "$$found" -m venv --clear --without-pip $(VENV) \
	    && "$$found" -m pip --disable-pip-version-check --quiet --python $(PY) install pip || exit 1; \
	else \
	  echo "$$found can make no environment: its modules venv or ensurepip are missing." >&2; \
	  echo "Debian and Ubuntu have them in a package of their own: apt-get install python3-venv" >&2; exit 1; fi; \
	touch $@

# By uv, which takes a tenth of the time of pip, from the index that pip would ask, by the certificates that the
# system trusts (a company may add its own); by pip where that fails.
$(LOCKED): requirements.lock $(MADE)
	@echo "Installing what requirements.lock names: the first time takes up to a minute or two"
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > $(VENV)/uv.txt
	@index=$${PIP_INDEX_URL:-$$($(PIP) config get global.index-url 2>/dev/null)}; \
	  if [ -n "$$index" ]; then export UV_DEFAULT_INDEX="$$index"; fi; \
	  { $(PIP) install --require-hashes --requirement $(VENV)/uv.txt \
	    && $(UV) pip install --quiet --system-certs --python $(PY) --require-hashes --requirement requirements.lock; } 2> $(VENV)/uv.log \
	  || $(PIP) install --require-hashes --requirement requirements.lock
	@touch $@

$(EDITABLE): pyproject.toml hatch_build.py $(LOCKED)
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(MOS): %.mo: %.po $(LOCKED)
	@$(PY) hatch_build.py && touch $@
