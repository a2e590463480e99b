# Tools that watch the program at work or read its text. Included by the Makefile.

WATCH_DEPS := valgrind

.PHONY: watch-deps
watch-deps:
	@scripts/install-packages $(BUILD_DEPS) $(RUN_DEPS) $(TEST_DEPS) $(WATCH_DEPS)

# ---- coverage, by the unit tests and the kept inputs of the fuzzer
COVERAGE_BUILD := $(BUILD)-coverage

.PHONY: coverage
coverage: deps ## measure the line coverage of the unit tests (needs root)
	@$(MAKE) --no-print-directory -j2 all unit-tests BUILD=$(COVERAGE_BUILD) CFLAGS='-Og -g' SANITIZE=--coverage
	@find $(COVERAGE_BUILD) -name '*.gcda' -delete
	@$(MAKE) --no-print-directory unit BUILD=$(COVERAGE_BUILD) CFLAGS='-Og -g' SANITIZE=--coverage
	@scripts/coverage $(COVERAGE_BUILD)

# ---- what gcc makes of the text
.PHONY: analyze
analyze: lint-deps ## run gcc's -fanalyzer; known false positives are excepted
	scripts/analyze $(CPPFLAGS) -std=gnu11 $(PACKAGE_CFLAGS)

# ---- ThreadSanitizer: the sampler's thread and the runner's
# The unit tests that start a thread, and whole runs. Not all tests: those that measure their own memory would find
# ThreadSanitizer's in it, several bytes for each of theirs.
TSAN_BUILD := $(BUILD)-tsan
TSAN_FLAGS := BUILD=$(TSAN_BUILD) CFLAGS='-O1 -g' HARDENING=-fPIE WERROR= SANITIZE=-fsanitize=thread
TSAN_UNIT := $(patsubst %,$(TSAN_BUILD)/tests/unit/test_%,gate native ring sampler)
TSAN_BATS := $(patsubst %,tests/integration/%.bats,signals slow)

.PHONY: tsan
tsan: deps ## build with ThreadSanitizer and run what has threads (needs root)
	@$(MAKE) --no-print-directory -j2 all unit-tests $(TSAN_FLAGS)
	TSAN_OPTIONS=halt_on_error=1 $(MAKE) --no-print-directory run-tests $(TSAN_FLAGS) \
		UNIT='$(TSAN_UNIT)' INTEGRATION='$(TSAN_BATS)'

# ---- valgrind
# A whole run and its report: where a library reads what it has freed, which ASan does not see, as it looks at our
# own code alone. 3.19 (Debian 12) knows neither openat2 nor a child in its parent's memory: tests/watch/under_valgrind.c
# puts it in its words. For hosts with memory on v1: what a run needs beside that on v2, clone3 and under systemd fsopen,
# has no other words.
VALGRIND := valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite
UNDER_VALGRIND := $(BUILD)/tests/watch/under_valgrind.so
WATCHED_RUNS := $(BUILD)/tests/watch/runs
RUN ?=

$(UNDER_VALGRIND): tests/watch/under_valgrind.c
	@mkdir -p $(@D)
	$(call SHOW,LIB )$(CC) -D_GNU_SOURCE -std=gnu11 -O1 -g $(WARNINGS) -shared -fPIC -o $@ $<

.PHONY: valgrind
valgrind: watch-deps ## run valgrind on a whole run and its report, or on RUN=output/... (needs root)
	@$(MAKE) --no-print-directory -j2 all $(UNDER_VALGRIND)
	rm -rf $(WATCHED_RUNS)
	LD_PRELOAD=$(abspath $(UNDER_VALGRIND)) $(VALGRIND) $(PROGRAM) check tests/watch/whole.toml
	LD_PRELOAD=$(abspath $(UNDER_VALGRIND)) $(VALGRIND) $(PROGRAM) --output $(WATCHED_RUNS) tests/watch/whole.toml
	LD_PRELOAD=$(abspath $(UNDER_VALGRIND)) $(VALGRIND) --trace-children=no --child-silent-after-fork=no \
		$(PROGRAM) report $(or $(RUN),$(WATCHED_RUNS)/*-whole)
