# The two commands of the README are `make run` and `make test`.
VENV := .venv
BIN := $(VENV)/bin
DEMO ?= demo
export PYTHON

.PHONY: run install test check clean

run: install
	@$(BIN)/mdtui demo $(DEMO)

install: $(VENV)/.installed

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest -n 2 --dist loadfile $(TESTS)

check: $(VENV)/.installed-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

# Editable, so that the checkout is what runs; brought up to date when the pins change.
$(VENV)/.installed: pyproject.toml constraints.txt tools/make_venv.sh
	@bash tools/make_venv.sh $(VENV) .
	@touch $@

$(VENV)/.installed-test: pyproject.toml constraints.txt tools/make_venv.sh
	@bash tools/make_venv.sh $(VENV) '.[test]'
	@touch $(VENV)/.installed $@

clean:
	rm -rf $(VENV) build dist *.egg-info
