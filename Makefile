# Every target does its own set-up: a fresh machine needs Go, make and nothing by hand.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo serve test e2e soak fuzz bench bench-large release lint clean build check

VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
DIR      ?= ./data
FUZZTIME ?= 30s
PLATFORMS := linux/amd64 linux/arm64 linux/loong64 windows/amd64

# Static, without cgo: one file that runs wherever its kernel does. -buildvcs=false: the version is ours, from git describe.
BUILD   := CGO_ENABLED=0 go build -trimpath -buildvcs=false
LDFLAGS := -X main.version=$(VERSION)
WITH_POSTGRES := QINGSHAN_TEST_REQUIRE_POSTGRES=1 scripts/with-postgres.sh

help:
	@echo "Qingshan $(VERSION)"
	@echo
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

build:
	$(BUILD) -ldflags '$(LDFLAGS)' -o build/qingshan ./cmd/qingshan

demo: build ## run the demonstration year in DIR (./data) and compare it with the published figures
	build/qingshan demo --dir $(DIR)

serve: build ## serve what is in DIR (./data)
	build/qingshan serve --dir $(DIR)

# What needs no database: shared by test and lint.
check:
	go vet ./...
	@unformatted=$$(find . \( -name node_modules -o -name build -o -name .git \) -prune -o -name '*.go' -print0 | xargs -0 gofmt -l); \
	if [ -n "$$unformatted" ]; then echo "not formatted (run gofmt -w on these files):"; echo "$$unformatted"; exit 1; fi

test: check ## vet, format and every test, on SQLite and on a PostgreSQL of its own
	$(WITH_POSTGRES) go test -timeout 20m ./...
	if [ -f bench/go.mod ]; then cd bench && go vet ./... && go test ./...; fi
	$(MAKE) e2e

e2e: build ## the pages and a briefing in Debian's Chromium (installed if missing)
	scripts/e2e.sh build/qingshan

soak: ## the long tests: fifty kills per database, longer properties
	QINGSHAN_SOAK=1 $(WITH_POSTGRES) go test -run 'Soak|Kill' -count=1 -timeout 60m ./...

fuzz: ## run every fuzz target for FUZZTIME (30s), one after the other
	scripts/fuzz.sh $(FUZZTIME)

bench: ## the benchmarks of bench/ (BENCHFLAGS is passed on)
	cd bench && $(WITH_POSTGRES:scripts/%=../scripts/%) go run . $(BENCHFLAGS)

LARGE ?= 1000000
LARGEDATA ?= $(CURDIR)/build/bench

bench-large: ## figures, rebuild and memory over books of LARGE entries (1000000), kept in LARGEDATA, beside SQL and DuckDB
	if command -v npm >/dev/null; then cd bench/duckdb && npm ci --no-fund --no-audit; fi
	mkdir -p $(LARGEDATA)
	cd bench && $(WITH_POSTGRES:scripts/%=../scripts/%) go run . -parts figures,rebuild,memory -entries $(LARGE) -data $(LARGEDATA) $(BENCHFLAGS)

release: ## static binaries for four platforms and their checksums in build/release
	rm -rf build/release
	mkdir -p build/release
	for platform in $(PLATFORMS); do \
		os=$${platform%/*}; arch=$${platform#*/}; name=qingshan-$$os-$$arch; \
		if [ $$os = windows ]; then name=$$name.exe; fi; \
		echo "building $$name"; \
		GOOS=$$os GOARCH=$$arch $(BUILD) -ldflags '-s -w $(LDFLAGS)' -o build/release/$$name ./cmd/qingshan; \
	done
	cd build/release && sha256sum qingshan-* > SHA256SUMS && cat SHA256SUMS
	scripts/check-release.sh build/release/qingshan-linux-amd64 $(VERSION)

lint: check ## vet, format, the house rules and staticcheck
	go test -count=1 . ./internal/measure/
	go tool -modfile=tools/go.mod staticcheck ./...

clean: ## remove what builds left (never DIR)
	rm -rf build
