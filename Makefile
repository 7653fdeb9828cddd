# make demo   limits of the three models of arXiv:2501.06294, as figures in demo/
# make test   the tests, the linter and the type checker
# Both first make an environment in .venv; that needs Python 3.11 or newer and nothing else.

PYTHON ?= python3
BIN := .venv/bin
RUNS := na64mu-2022,na64mu-2023,na64mu-1e12,na64mu-1e13,na64mu-1e14

.PHONY: demo test lint format clean
.DELETE_ON_ERROR:

.venv/base: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "jaxdump needs Python 3.11 or newer, not " + sys.version.split()[0])'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing jaxdump into .venv"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

.venv/dev: .venv/base
	@echo "installing what the tests need into .venv"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: .venv/base
	@$(BIN)/jaxdump limit $(RUNS) alp-photon --mass-range 1e-3 0.3 150 --out demo/alp-photon > /dev/null
	@$(BIN)/jaxdump limit $(RUNS) alp-muon --set loop_photons=0 --region invisible --mass-range 1e-3 0.3 100 --out demo/alp-muon > /dev/null
	@$(BIN)/jaxdump limit $(RUNS) lmu-ltau-dark --region invisible --mass-range 1e-3 3 100 --out demo/lmu-ltau-dark > /dev/null
	@echo "limits on axion-photon, axion-muon and muonic dark-sector couplings, as in Figs. 2 to 4 of arXiv:2501.06294"
	@echo "(axions with muons without their decay to photons by the muon loop, as there):"
	@ls demo/*/*.png demo/*/*.csv

test: .venv/dev
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright

format: .venv/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv demo
