# The same words here, in README and in CI. What each does is in deploy/develop/.
# ARGS is handed on: make test ARGS="tests/media -x", make run ARGS="--help".

# The first Python that runs and is new enough (a name on PATH may be a shim of a version manager
# that has nothing behind it); else any Python, which then says plainly that it is too old.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && exit; done; \
	command -v python3 || command -v python)
DEVELOP = @$(or $(PYTHON),$(error Tiski needs Python 3.11 or newer, and this machine has no Python. Debian and Ubuntu: apt install python3 python3-venv)) -m deploy.develop

.PHONY: help run test check compile format protocol lock bench bench-chat bench-setup bench-cobrowse bench-identity bench-media bench-network bench-routing bench-size soak mutants-identity clean

help:  ## List the targets.
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 22

run:  ## Set up what is missing, then serve the demo with its bank.
	$(DEVELOP) run $(ARGS)

test:  ## Run every test, on real services (as root on Debian it installs them).
	$(DEVELOP) test $(ARGS)

check:  ## Lint, formats, types, import rules, drift of generated code.
	$(DEVELOP) check

compile:  ## Compile the media server's packet path to C (optional; needs a C compiler).
	$(DEVELOP) compile

format:  ## Format Python and TypeScript in place.
	$(DEVELOP) format

protocol:  ## Write the TypeScript types of the frames anew from signaling/messages.py.
	$(DEVELOP) module signaling.protocol --write

lock:  ## Resolve the dependencies of pyproject.toml anew into the lock files.
	$(DEVELOP) lock $(ARGS)

bench: bench-chat bench-setup bench-cobrowse bench-identity bench-routing bench-media bench-network bench-size  ## Run every bench; each ends with one JSON line.

bench-chat:  ## Message latency and memory with 1,000 connected visitors.
	$(DEVELOP) bench tests.load.bench_chat $(ARGS)

bench-setup:  ## Time from a click to picture and sound both ways: ours, peer to peer, Janus.
	$(DEVELOP) bench-setup $(ARGS)

bench-cobrowse:  ## Co-browsing: leaks, snapshot, join, changes, revoke, next page.
	$(DEVELOP) bench tests.load.bench_cobrowse $(ARGS)

bench-identity:  ## Time from the last click at the bank to the badge at the agent.
	$(DEVELOP) bench tests.load.bench_identity $(ARGS)

bench-routing:  ## Offers a second, time from a free slot to the next offer.
	$(DEVELOP) bench tests.load.bench_routing $(ARGS)

bench-media:  ## Processor time per forwarded packet: ours, Janus, MediaRelay (~8 min).
	$(DEVELOP) bench-media $(ARGS)

bench-network:  ## Calls on bad networks: repair, frames, sound, time to come back (~6 min).
	$(DEVELOP) bench tests.load.bench_network $(ARGS)

soak:  ## Calls come and go for 30 min; memory, files and tasks must stay flat.
	$(DEVELOP) bench tests.load.soak $(ARGS)

bench-size:  ## Size of the browser bundles, gzipped.
	$(DEVELOP) bench-size

mutants-identity:  ## Take each check of bank ID out once; the tests must notice.
	$(DEVELOP) module tests.mutants.identity $(ARGS)

clean:  ## Remove everything that was built or installed; data in .data stays.
	rm -rf .venv web/node_modules deploy/demobank/node_modules server/static .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
