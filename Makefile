# make test is the whole of it. The other targets are its parts, and longer runs.

GO ?= go
SEEDS ?= 10000
FUZZTIME ?= 60s
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

# Packages whose tests run programs that are not Go.
FOREIGN := ./interop/... ./bench/...

.PHONY: all deps check lint test race race-interop sim soak leaks fuzz fuzz-long bench bench-compare bench-hostile interop web web-check clean

all: check

# deps installs what the tests need and a bare Debian machine lacks.
deps:
	@./scripts/install-test-deps

# check: formatting, vet, staticcheck, imports and the quick tests.
check:
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "run gofmt -w on these files"; exit 1; }
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	$(GO) test -short $$($(GO) list ./... | grep -v -e /interop/ -e /bench)

# lint: golangci-lint with .golangci.yml; the first run builds it, some minutes.
lint:
	$(GO) run $(LINT) run ./...

# test: everything, with the real programs; it fails when one is missing.
test: deps check web-check
	CROSSPEER_REQUIRE_INTEROP=1 $(GO) test -timeout 15m ./...
	$(MAKE) race
	$(MAKE) fuzz FUZZ="./variant ./rpc/..." FUZZTIME=30s

# race: everything but the foreign programs, under the race detector.
race:
	$(GO) test -race -shuffle=on -timeout 15m $$($(GO) list ./... | grep -v -e /interop/ -e /bench)

# race-interop: the foreign programs too, some minutes.
race-interop: deps
	CROSSPEER_REQUIRE_INTEROP=1 $(GO) test -race -timeout 30m $(FOREIGN)

# sim: the simulations, for a night: the engine's with SEEDS seeds, and SESSIONS whole sessions of HOURS each.
HOURS ?= 24
SESSIONS ?= 10
sim:
	SIM_SEEDS=$(SEEDS) $(GO) test -timeout 24h ./enet/internal/engine
	GOGC=400 SIM_SEEDS=$(SESSIONS) SIM_HOURS=$(HOURS) $(GO) test -timeout 24h -v -run '^TestTheLawsHold$$' ./sim

# soak: 100 million damaged and repeated datagrams against servers with honest players in virtual time, and 200,000 connections of
# strangers to a whole server; some ten minutes.
SOAK_SEEDS ?= 6700
FIRE ?= 200000
soak:
	FIRE_CONNECTIONS=$(FIRE) $(GO) test -timeout 1h -run TestHonestPlayersUnderFire -v ./server
	SIM_SEEDS=$(SOAK_SEEDS) $(GO) test -timeout 24h -run 'TestHonestPlayersUnderDamagedTraffic|TestWrongAddressesChangeNothing' -v ./enet/internal/engine

# leaks: 10,000 joins and leaves, 10,000 dials that are given up and 20,000 servers of every transport; of WebRTC, which takes longest,
# LEAKS_RTC.
LEAKS ?= 10000
LEAKS_RTC ?= 1000
leaks:
	LEAK_CYCLES=$(LEAKS) $(GO) test -timeout 2h -run 'TestNothingIsLeft(OverDTLS)?$$' -v ./link/memlink ./link/connlink ./link/enetlink ./link/wslink ./server
	LEAK_CYCLES=$(LEAKS_RTC) $(GO) test -timeout 12h -run 'TestNothingIsLeft$$' -v ./link/rtclink

# fuzz: every fuzz target of FUZZ for FUZZTIME.
FUZZ ?= ./...
fuzz:
	@set -e; for p in $$($(GO) list $(FUZZ)); do \
		for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz' || true); do \
			echo "$$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) $$p; \
		done; \
	done

# fuzz-long: every fuzz target of FUZZ with EXECS damaged seeds, in one process without coverage: some times faster, and an exact count.
EXECS ?= 30000000
fuzz-long:
	@set -e; for p in $$($(GO) list $(FUZZ)); do \
		for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz' || true); do \
			FUZZ_EXECS=$(EXECS) $(GO) test -timeout 48h -run "^$$f\$$" -v $$p; \
		done; \
	done

# bench: the Go benchmarks.
bench:
	$(GO) test -run '^$$' -bench . -benchmem ./enet/... ./link/... ./rpc/... ./variant ./internal/udpbatch .

# bench-hostile: what strangers' datagrams cost, and what players notice of 50,000 of them a second.
bench-hostile:
	$(GO) test -run '^$$' -bench 'Garbage|HandshakeTable' -benchmem ./enet/internal/engine
	$(GO) test -run '^$$' -bench 'Flood|GreedyPlayer' -benchtime 5x ./enet

# bench-compare: the goals table, the Go server beside a C server on libenet, same clients, same run; some fifteen minutes. SUITE
# chooses other cases, REPS the repeats; BASE=<commit> has the Go server of that commit run with them.
SUITE ?= goals
REPS ?= 5
BASE ?=
bench-compare: deps
	$(MAKE) -C bench/c
	$(if $(BASE),./scripts/build-base $(BASE) bench/bin/gorelay-base)
	$(GO) run ./bench -suite $(SUITE) -reps $(REPS) $(BENCHFLAGS) \
		-a "c=bench/bin/enetrelay --port {port} --mode {mode} --max-peers {max} {extra}" \
		-b "go=bench/bin/gorelay --port {port} --mode {mode} --max-peers {max} {extra}" \
		$(if $(BASE),-base "base=bench/bin/gorelay-base --port {port} --mode {mode} --max-peers {max} {extra}")

# interop: only the tests against real engines and C peers.
interop: deps
	CROSSPEER_REQUIRE_INTEROP=1 $(GO) test -timeout 15m $(FOREIGN)

# web: the browser client and the play page, built from TypeScript and tested. What it builds is committed.
web: web/node_modules
	npm --prefix web run build
	npm --prefix web run check

# web-check: only the tests, which fail when what is committed is not what the sources build.
web-check: web/node_modules
	npm --prefix web run check

web/node_modules: web/package.json web/package-lock.json
	@./scripts/install-test-deps web
	npm --prefix web ci --ignore-scripts --no-audit --no-fund
	@touch $@

clean:
	rm -rf bench/bin bench/results bin
