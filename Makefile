# What people and CI type. Everything works from a fresh clone on a Debian machine that has Swift.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := build

packages := libssl-dev libsqlite3-dev zlib1g-dev pkg-config make openssl curl php-cli php-curl python3-venv python3-yaml python3-jsonschema
python := /usr/bin/python3
checker := ../shared/tools/check-exchanges
causeway := .build/debug/causeway
simulate := .build-release/release/causeway-simulate
# One release build serves the simulated lives and the benchmarks. It carries Swift's own libraries, as the README
# installs it: faster, and nothing of Swift has to be where it runs. Toolchains without them in that form do as they can.
swift_libraries = $(shell swift -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')_static
release = -c release --scratch-path .build-release $(if $(wildcard $(swift_libraries)/linux),--static-swift-stdlib)
# How many lives are lived, how many are lived again for each of their durable steps, and how often each kind of
# durable step has to be died at.
lives := 10000
exhausted := 200
deaths := 500
suites := $(filter %Tests,$(notdir $(wildcard Tests/*)))
# Recorded requests and answers, for the checker.
logs := .build/exchanges

.PHONY: install build certs demo test simulate mutations soak lint format check-exchanges bench clean

## Installs what Debian must provide; does nothing where it is there.
install:
	@missing=(); for package in $(packages); do \
	    dpkg-query -W -f='$${Status}' "$$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$$package"); \
	done; \
	if [ "$${#missing[@]}" -eq 0 ]; then exit 0; fi; \
	if ! command -v apt-get >/dev/null; then \
	    echo "install these by hand, this is not Debian: $${missing[*]}" >&2; exit 0; \
	fi; \
	root=(); if [ "$$(id -u)" -ne 0 ]; then \
	    command -v sudo >/dev/null || { echo "run as root: apt-get install $${missing[*]}" >&2; exit 1; }; root=(sudo); \
	fi; \
	"$${root[@]}" apt-get update -q; \
	DEBIAN_FRONTEND=noninteractive "$${root[@]}" apt-get install -q -y --no-install-recommends "$${missing[@]}"

## Builds for debugging, tests included, so that the demo and the tests share one build.
build: install
	swift build --build-tests

## Makes a development authority and certificate in certs/dev.
certs: install
	certs/make-dev-certs

## The whole thing against simulated services; stays up on a terminal, ends after the proof elsewhere.
demo: install certs
	swift build
	if [ -t 1 ]; then $(causeway) demo; else $(causeway) demo --exit; fi

## Everything that CI runs.
test: lint build
	rm -rf $(logs) && mkdir -p $(logs)
	# One module after the other: the core's ten thousand worlds would starve the tests that listen and wait.
	# The engine's simulated lives end processes, not power: their databases need no disk.
	# The store's tests go a few at a time: they open one file from many sides, each of which wants its turn in time.
	for tests in $(suites); do \
	    folder="$${TMPDIR:-/tmp}"; \
	    if [ "$$tests" = BridgeTests ] && [ -w /dev/shm ]; then folder=/dev/shm; fi; \
	    width=(); \
	    if [ "$$tests" = StoreTests ]; then width=(SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=4); fi; \
	    env TMPDIR="$$folder" EXCHANGE_LOG_DIRECTORY="$(CURDIR)/$(logs)" "$${width[@]}" \
	        swift test --skip-build --filter "^$$tests\."; \
	done
	$(causeway) demo --exit --exchange-log $(logs)/demo.ndjson
	$(MAKE) --no-print-directory check-exchanges
	$(MAKE) --no-print-directory simulate
	$(simulate) --mutations --known --seeds 1..1000

## Lives simulated lives of the whole engine: people act, calls fail, the process dies.
simulate: install
	swift build $(release) --product causeway-simulate
	$(simulate) --seeds 1..$(lives) --steps 40 --deaths 8 --exhaust 1..$(exhausted) --at-least $(deaths)

## Breaks each rule and each guard in turn, and sees that a simulated life notices.
mutations: install
	swift build $(release) --product causeway-simulate
	$(simulate) --mutations

## Kills the real program at random moments for five minutes under load, lets it settle and compares both sides.
soak: build
	CAUSEWAY_SOAK_SECONDS=300 swift test --skip-build --filter "^CausewayTests\..*SoakTests"

## Holds what the tests and the demo sent against the published descriptions of the services.
check-exchanges:
	@if [ -x $(checker) ]; then \
	    $(python) $(checker) $(logs)/*.ndjson; \
	else \
	    echo "check-exchanges: skipped, $(checker) is not on this machine"; \
	fi

lint:
	swift format lint --strict --recursive Sources Tests Package.swift

format:
	swift format --in-place --recursive Sources Tests Package.swift

## Measures; see Benchmarks/README.md.
bench: install
	Benchmarks/run

clean:
	swift package clean
	rm -rf $(logs)
