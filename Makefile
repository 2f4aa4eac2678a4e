# The thin front of the build: everything happens in Meson and Ninja, in Debian 13 (tools/in-debian).

BUILD  ?= build
DEBIAN := tools/in-debian
SETUP  = [ -f $(1)/build.ninja ] || meson setup $(1) $(2) >$(1).log 2>&1 || { cat $(1).log; exit 1; }

.DEFAULT_GOAL := help
.PHONY: help build test demo check-asan check-clang check-languages check-differential fuzz bench-container bench-compute bench-files bench-attestation bench-stream bench-crypto bench-policy format lint install clean

help: ## what can be done here
	@echo "Veracruz: several parties compute on joint data inside an attested container."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' Makefile
	@echo
	@echo "Nothing needs to be installed before: on a Debian 13 host the packages of tools/packages.txt are"
	@echo "installed; on any other, a Debian 13 root is made in the cache folder with mmdebstrap."

build: ## everything, into build/
	@[ -f $(BUILD)/build.ninja ] || echo "building into $(BUILD)/: a minute or two, the first time" >&2
	@$(DEBIAN) sh -ec '$(call SETUP,$(BUILD)); ninja -C $(BUILD) --quiet'

test: build ## every test but the sanitizers' and the fuzzers'
	@$(DEBIAN) sh -c 'meson test -C $(BUILD) --no-rebuild --print-errorlogs --quiet; tools/summarize-tests $(BUILD)/meson-logs/testlog.json'

demo: build ## three parties, one container, a result, and two refusals
	@$(DEBIAN) tools/demo $(BUILD)

check-asan: ## every test, built by clang with address and undefined-behaviour sanitizers
	@$(DEBIAN) sh -ec 'export CC=clang-19; $(call SETUP,build-asan,-Db_sanitize=address$(comma)undefined -Db_lundef=false); ninja -C build-asan --quiet; \
	    meson test -C build-asan --no-rebuild --print-errorlogs --quiet || true; tools/summarize-tests build-asan/meson-logs/testlog.json'

check-clang: ## every test, built by clang
	@$(DEBIAN) sh -ec 'export CC=clang-19; $(call SETUP,build-clang); ninja -C build-clang --quiet; \
	    meson test -C build-clang --no-rebuild --print-errorlogs --quiet || true; tools/summarize-tests build-clang/meson-logs/testlog.json'

check-languages: build ## programs in Rust and Go, beside C and C++, with Debian's compilers for them
	@$(DEBIAN) --also tools/languages.txt sh -ec 'ninja -C $(BUILD) --quiet tests/languages/census-rust.wasm tests/languages/census-go.wasm; \
	    meson test -C $(BUILD) --no-rebuild --print-errorlogs --quiet languages; tools/summarize-tests $(BUILD)/meson-logs/testlog.json'

check-differential: build ## our verdicts on evidence beside those of other verifiers, SEED (drawn) and COUNT (10000) mutants each
	@$(DEBIAN) --also tools/differential.txt sh -ec 'ninja -C $(BUILD) --quiet tests/judge; tools/differential/run $(BUILD)/tests/judge "$(SEED)" "$(COUNT)"'

SECONDS ?= 600
fuzz: ## every fuzz target, SECONDS each (600)
	@$(DEBIAN) sh -ec 'export CC=clang-19; $(call SETUP,build-fuzz,-Dfuzz=true -Db_sanitize=address$(comma)undefined -Db_lundef=false); ninja -C build-fuzz --quiet; \
	    tools/fuzz build-fuzz $(SECONDS) $(TARGETS)'

bench-container: build ## speed and memory of one container, with baselines
	@$(DEBIAN) bench/container $(BUILD)

bench-compute: build ## speed of programs in a container, beside gcc -O2
	@$(DEBIAN) sh -ec 'ninja -C $(BUILD) --quiet bench-compute; bench/compute $(BUILD)'

bench-attestation: build ## speed of verification and of enrolment, with baselines
	@$(DEBIAN) sh -ec 'ninja -C $(BUILD) --quiet bench/bench-attest; bench/attestation $(BUILD)'

bench-files: build ## speed and memory of files inside a container, beside a native process
	@$(DEBIAN) sh -ec 'ninja -C $(BUILD) --quiet bench-files; bench/files $(BUILD)'

ROUNDS ?= 5
GIGABYTES ?= 20
bench-stream: build ## speed, memory and latency of streams, with baselines; ROUNDS (5), GIGABYTES (20)
	@$(DEBIAN) sh -ec 'ninja -C $(BUILD) --quiet bench-stream; bench/stream $(BUILD) $(ROUNDS) $(GIGABYTES)'

bench-crypto: build ## speed of the crypto ABI, beside OpenSSL natively
	@$(DEBIAN) sh -ec 'ninja -C $(BUILD) --quiet bench-crypto-ends; bench/crypto $(BUILD)'

bench-policy: build ## speed of decisions and of narrowings, in a policy of 1,000 principals and 10,000 rights
	@$(DEBIAN) sh -ec 'ninja -C $(BUILD) --quiet bench/bench-policy; $(BUILD)/bench/bench-policy'

format: ## lay the sources out
	@$(DEBIAN) sh -c "clang-format-19 -i \$$(git ls-files '*.c' '*.h')"

lint: ## clang-tidy over the sources; advice, of which some is wrong
	@$(DEBIAN) sh -ec 'export CC=clang-19; $(call SETUP,build-clang); ninja -C build-clang --quiet; \
	    clang-tidy-19 --quiet -p build-clang $$(git ls-files "src/*.c" | grep -v _fuzz.c)'

# Staged in the build folder first: the Debian root does not see other folders of this machine.
install: build ## into DESTDIR/usr/local; on Debian 13, without DESTDIR, into /usr/local
	@[ -n "$(DESTDIR)" ] || grep -qs trixie /etc/os-release || { echo "this is no Debian 13, where it would not run: give DESTDIR" >&2; exit 1; }
	@rm -rf $(BUILD)/destdir
	@$(DEBIAN) meson install -C $(BUILD) --no-rebuild --quiet --destdir $(abspath $(BUILD))/destdir
	@mkdir -p "$(DESTDIR)/" && cp -R $(BUILD)/destdir/. "$(DESTDIR)/"

clean: ## remove what was built
	rm -rf $(BUILD) $(BUILD).log build-asan build-asan.log build-clang build-clang.log build-fuzz build-fuzz.log

comma := ,
