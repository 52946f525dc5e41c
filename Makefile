# VPNStatus. "make" alone lists what there is; docs/architecture.md explains it.

SYSTEM := $(shell uname -s)
GO     ?= go
APP    := build/VPNStatus.app
export BIN ?= /usr/local/bin

# The race detector needs a C compiler. CI must have one.
ifneq ($(CI)$(shell command -v $${CC:-cc} 2>/dev/null),)
RACE := -race
else
export CGO_ENABLED := 0
endif

# On a Mac all commands share the flags that make darwinkit safe, and with them
# what was built: tools/internal/appbuild has the same, and says why.
ifeq ($(SYSTEM),Darwin)
export GOFLAGS     := $(shell $(GO) env GOFLAGS) -trimpath -gcflags=all=-d=variablemakehash=qn
export CGO_CFLAGS  := -O2 -g -mmacosx-version-min=13.0
export CGO_LDFLAGS := -mmacosx-version-min=13.0
endif

# A release: where it is published, who signs it ("-": ad hoc), and the notarytool
# arguments that notarise it (none: not). docs/release.md explains them.
export REPOSITORY ?=
IDENTITY          ?= -
NOTARY            ?=

# The fuzz targets, as folder:name.
FUZZTARGETS = $(shell grep -r --include='*_test.go' '^func Fuzz' cmd internal tools | \
	sed -n 's/^\(.*\)\/[^/]*_test.go:func \(Fuzz[A-Za-z0-9_]*\).*/\1:\2/p' | sort)
FUZZTIME    ?= $(if $(FUZZALL),$(shell expr $(FUZZALL) '*' 1000 / $(words $(FUZZTARGETS)))ms,20s)

# The packages of "make mutate", and how many mutants are tested at a time.
MUTATE  ?= internal/autoconnect internal/nevpn
WORKERS ?= 2

# With COVER the tests keep what they run of the program, for "make coverage".
COVERED := $(CURDIR)/build/cover
PROFILE  = $(if $(COVER),-coverprofile=$(COVERED)/test.txt)

DAYS     ?= 30
SEEDS    ?= 4

# How long "make soak" takes: virtual days, and real time.
SOAKDAYS ?= 10
SOAK     ?= 10m

.DEFAULT_GOAL := help
.PHONY: help run test lint vuln bench soak fuzz cover coverage mutate test-ike golden docs picture e2e cross app verify install uninstall dist reproduce clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

ifeq ($(SYSTEM),Darwin)
run: ## open the menu: on macOS the app, elsewhere in this terminal on simulated VPNs
	$(GO) run ./tools/app -host -go "$(GO)"
	@sh packaging/app.sh quit
	open $(APP)
else
run:
	@$(GO) run ./cmd/vpnstatus
endif

ifeq ($(SYSTEM),Darwin)
# What links darwinkit is tested without the race detector, which would mean to
# compile its 37 000 functions a second time.
test: ## run all tests, with the race detector where there is a C compiler
	$(GO) test $(RACE) $$($(GO) list ./... | grep -v -e /internal/app$$ -e /menubar/appkit$$ -e /cmd/)
	$(GO) test ./internal/app ./internal/menubar/appkit ./cmd/...
else
test:
	@$(if $(COVER),rm -rf $(COVERED); mkdir -p $(COVERED)/e2e)
	$(GO) test $(RACE) $(PROFILE) ./...
endif

# As root: sh internal/ike/testdata/servers/install.sh build/ike fetches the servers.
test-ike: ## ask real IKE servers, strongSwan and libreswan, in networks of their own (Linux, root)
	$(GO) test -tags servers -run '^TestServers$$' -count 1 -v ./internal/ike

lint: ## gofmt, go vet, staticcheck, and the project's own rules
	@files="$$(gofmt -l cmd internal test tools)"; test -z "$$files" || { echo "not formatted: $$files"; exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags e2e,bench ./test/...
	$(GO) vet -tags servers ./internal/ike
	$(GO) tool staticcheck ./...
	@unreachable="$$($(GO) tool deadcode -test ./...)"; test -z "$$unreachable" || { echo "$$unreachable"; exit 1; }
	$(GO) run ./tools/sourcelint
	@! grep -rnwIE --exclude-dir=.git --exclude-dir=build --exclude-dir=dist 'TO[D]O|FIX[M]E' . | grep -vE '\(#[0-9]+\)' || { echo "name the issue that says what is left to do: TO""DO(#12)"; exit 1; }
	$(GO) run ./tools/notice -check

vuln: ## look for known vulnerabilities in the code that is called (asks vuln.go.dev, or VULNDB)
	$(GO) tool -modfile=tools/release.mod govulncheck $(if $(VULNDB),-db $(VULNDB)) ./...

bench: ## print the figures that the project guarantees
	$(GO) test -run '^$$' -bench . -benchmem ./internal/...
	$(GO) test -run TestComparison -v ./test/comparison -days $(DAYS) -seeds $(SEEDS)
	$(GO) test -tags bench -run '^$$' -bench . -benchtime 1x -v ./test/bench

soak: ## on Linux: a thousand VPNs for SOAKDAYS (10) virtual days, then for SOAK (10m) under load; nothing may grow or be lost
	$(GO) test -tags bench -count 1 -timeout 2h -v -run '^Test(Days|Soak)$$' ./test/bench -days $(SOAKDAYS) -soak $(SOAK)

# Before Go 1.27 a run that has found nothing may fail because its time is over
# (golang/go#75804).
fuzz: ## run each fuzz target for FUZZTIME (20s), or all of them for FUZZALL seconds together
	@for target in $(FUZZTARGETS); do \
	  echo "$${target%:*} $${target#*:}"; \
	  log="$$($(GO) test -run '^$$' -fuzz "^$${target#*:}\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x "./$${target%:*}" </dev/null 2>&1)"; \
	  code=$$?; echo "$$log"; \
	  case $$code,$$log in \
	    0,*) ;; \
	    *"Failing input"*) exit 1 ;; \
	    *"context deadline exceeded"*) echo "not a failure: its time was over" ;; \
	    *) exit 1 ;; \
	  esac; \
	done

cover: ## on Linux: run all tests, the end-to-end tests too, and print how much of each package they run, at least 90 %
	@$(if $(filter Darwin,$(SYSTEM)),echo '"make cover" is for Linux: on a Mac other code is portable.' >&2; exit 1)
	@$(MAKE) --no-print-directory test e2e coverage COVER=1

coverage:
	@$(GO) tool covdata textfmt -i=$(COVERED)/e2e -o $(COVERED)/e2e.txt
	@awk -f .ci/coverage.awk $(COVERED)/test.txt $(COVERED)/e2e.txt

# tools/mutate/go, which says why, takes the place of go. Bit operations are left as
# they are: gremlins takes the & of an address for one.
mutate: ## change each package of MUTATE in hundreds of ways, and print the changes that no test notices (about ten minutes)
	$(GO) build -modfile=tools/mutate.mod -o build/gremlins github.com/go-gremlins/gremlins/cmd/gremlins
	@set -e; go="$$(command -v $(GO))"; for package in $(MUTATE); do \
	  echo "$$package:"; \
	  REALGO="$$go" PATH="$(CURDIR)/tools/mutate:$$PATH" CGO_ENABLED=0 build/gremlins unleash --workers $(WORKERS) --timeout-coefficient 20 \
	    --invert-assignments --invert-logical --invert-loopctrl --remove-self-assignments --output-statuses lt "./$$package"; \
	done

golden: ## write the expected files of the tests; look at the difference before committing
	$(GO) test $$(grep -rl --include='*_test.go' '"vpnstatus/internal/golden"' cmd internal tools | sed 's|^\(.*\)/.*|./\1|' | sort -u) -update

docs: ## write docs/cli.md from the commands
	$(GO) run ./tools/manual -reference

picture: ## draw the pictures of the README (needs chromium)
	$(GO) run ./tools/picture docs/menu.png docs/settings.png

e2e: ## run the built program from end to end (test/e2e/doc.go lists what it needs)
	$(if $(COVER),mkdir -p $(COVERED)/e2e; GOCOVERDIR=$(COVERED)/e2e) $(GO) test -tags e2e -count 1 -parallel 8 -timeout 10m ./test/e2e

cross: ## on Linux: check, compile and link the Mac app for both architectures
	$(GO) run ./tools/darwincross

ifeq ($(SYSTEM),Darwin)
app: ## build the universal VPNStatus.app; on macOS signed
	$(GO) run ./tools/app -go "$(GO)" -identity "$(IDENTITY)"

verify: ## check the finished app; on macOS its signature too
	$(GO) run ./tools/verify -signed $(APP)

install: ## put the app into /Applications, vpnstatus and vpnutil into BIN (/usr/local/bin)
	$(GO) run ./tools/app -host -go "$(GO)"
	sh packaging/app.sh install $(APP)

uninstall: ## remove them; settings stay
	sh packaging/app.sh uninstall
else
app:
	$(GO) run ./tools/darwincross app

verify:
	$(GO) run ./tools/verify $(APP)

install uninstall:
	@echo '"make $@" is for macOS.' >&2; exit 1
endif

dist: app ## make the files of a release in dist/; only on macOS is the app signed
	@$(MAKE) --no-print-directory verify
	@test -z "$(NOTARY)" || sh packaging/notarise.sh $(APP) $(NOTARY)
	$(GO) run ./tools/dist

reproduce: ## build the last commit twice in different folders and compare the files of the release
	sh packaging/reproduce.sh

clean: ## remove what was built
	rm -rf build dist
