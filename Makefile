# make help lists what there is.

SHELL := /bin/sh
.SHELLFLAGS := -eu -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

VENV := .venv
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check -qq
PURE := audio timing lipsync text
DEEP := --hypothesis-profile=full
SOUND := libportaudio2 libasound2-plugins
SOUND_SERVER := $(SOUND) pulseaudio:pulseaudio pulseaudio-utils:parec
# libatomic1 is what playwright's own runtime needs beside the browser.
BROWSER := chromium:$(or $(CHROMIUM),chromium) libatomic1
PEERS := .venv-peers
PEERS_PROGRAMS := mpv:mpv portaudio19-dev build-essential:g++ python3-dev

# The text reaches the command through the environment, as it was written:
# quotes, dollars and hashes included.
export STREAMER_DEMO_TEXT := $(value TEXT)
export PYTHON

CALLBACK := setup.py $(wildcard streamer/outputs/_*.[ch]) streamer/outputs/_build_callback.py

.PHONY: help demo test test-fast hunt lint types check sanitize bench bench-peers clean

help:  ## list these targets
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/run.stamp  ## speak aloud with a face (TEXT="…" to say it, ONCE=1 to end by itself)
	@tools/system-packages.sh "sound on a device" $(SOUND)
	@trap : INT; \
	set -- demo; \
	if [ -n "$$STREAMER_DEMO_TEXT" ]; then set -- "$$@" --text "$$STREAMER_DEMO_TEXT"; fi; \
	if [ -n "$(filter-out 0 no,$(ONCE))" ]; then set -- "$$@" --once; fi; \
	code=0; $(VENV)/bin/streamer "$$@" || code=$$?; \
	if [ $$code = 130 ]; then exit 0; fi; \
	exit $$code

test: $(VENV)/test.stamp test-system  ## run every test; installs a sound server and a browser where it may
	@for room in $(PURE); do \
	  echo "Coverage of $$room/ by its own tests:"; \
	  $(VENV)/bin/pytest --quiet --no-header $(DEEP) "tests/$$room" \
	    --cov="streamer/$$room" --cov-branch --cov-fail-under=100 \
	    --cov-report=term-missing:skip-covered; \
	done
	@$(VENV)/bin/pytest $(DEEP)

# Bytecode is kept whatever the environment says: each worker would compile all
# tests anew, which is a third of the time.
test-fast: $(VENV)/test.stamp  ## run the tests that need nothing and do not wait (about half a minute on two cores)
	@PYTHONDONTWRITEBYTECODE= $(VENV)/bin/pytest --ignore tests/real -m "not program" --numprocesses auto

hunt: $(VENV)/test.stamp  ## look for examples that break a property, other ones each time (half an hour)
	@PYTHONDONTWRITEBYTECODE= $(VENV)/bin/pytest --hypothesis-profile=deep --numprocesses auto \
	  $(addprefix tests/,$(PURE))

lint: $(VENV)/lint.stamp  ## look for mistakes and check the format
	@$(VENV)/bin/ruff check
	@$(VENV)/bin/ruff format --check

types: $(VENV)/lint.stamp  ## check the types
	@$(VENV)/bin/mypy

check: lint types test  ## all that CI does

sanitize:  ## run the audio callback under the address, undefined and thread sanitizers
	@tools/system-packages.sh "a C compiler with its sanitizers" gcc:gcc libc6-dev
	@tools/sanitize/run

bench: $(VENV)/bench.stamp test-system  ## measure
	@for script in bench/*.py; do $(VENV)/bin/python "$$script"; done

bench-peers: $(VENV)/bench.stamp test-system  ## measure the way to sound by turns with mpv and RealtimeTTS
	@tools/system-packages.sh "mpv, and building PyAudio" $(PEERS_PROGRAMS)
	@$(MAKE) --no-print-directory $(PEERS)/stamp || echo "Going on without RealtimeTTS."
	@$(VENV)/bin/python bench/first_audio.py --peers

clean:  ## remove all that was made, .venv included
	@rm -rf $(VENV) $(PEERS) build dist .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@rm -f streamer/outputs/_native.*
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: test-system
test-system:
	@tools/system-packages.sh "tests with a sound server" $(SOUND_SERVER)
	@tools/system-packages.sh "tests with a browser" $(BROWSER)

# A stamp says that its part was installed for this pyproject.toml.
$(VENV)/run.stamp: pyproject.toml tools/python.sh $(CALLBACK)
	@tools/python.sh
	@echo "Installing streamer and its libraries into $(VENV); the first time takes a minute."
	@$(PIP) install --editable '.[espeak]'
	@touch $@

$(VENV)/groups.stamp: $(VENV)/run.stamp
	@$(PIP) install --upgrade 'pip>=25.1'
	@touch $@

# Tests and benches want the audio callback in C, which an install without a
# compiler leaves out.
$(VENV)/test.stamp $(VENV)/bench.stamp: | callback
.PHONY: callback
callback: $(VENV)/groups.stamp
	@$(VENV)/bin/python -c 'import streamer.outputs._native' 2>/dev/null || { \
	  tools/system-packages.sh "the audio callback in C" gcc:gcc libc6-dev python3-dev; \
	  $(PIP) install --editable '.[espeak]'; \
	}

$(VENV)/%.stamp: $(VENV)/groups.stamp
	@echo "Installing what $* needs into $(VENV)."
	@$(PIP) install --group $*
	@touch $@

# Its own libraries, apart from ours.
$(PEERS)/stamp:
	@echo "Installing RealtimeTTS and PyAudio into $(PEERS)."
	@$(VENV)/bin/python -m venv --clear $(PEERS)
	@echo '*' >$(PEERS)/.gitignore
	@$(PEERS)/bin/python -m pip --disable-pip-version-check -qq install 'RealtimeTTS[minimal]' PyAudio
	@touch $@
