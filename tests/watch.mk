# Tools that watch the program at work or read its text. Included by the Makefile.

WATCH_DEPS := valgrind

.PHONY: watch-deps
watch-deps:
	@scripts/install-packages $(BUILD_DEPS) $(RUN_DEPS) $(TEST_DEPS) $(WATCH_DEPS)

# ---- coverage, by the unit tests and the kept inputs of the fuzzer
COVERAGE_BUILD := $(BUILD)-coverage

.PHONY: coverage
coverage: deps ## the share of our lines that the unit tests run, in per cent (needs root)
	@$(MAKE) --no-print-directory -j2 all unit-tests BUILD=$(COVERAGE_BUILD) CFLAGS='-Og -g' SANITIZE=--coverage
	@find $(COVERAGE_BUILD) -name '*.gcda' -delete
	@$(MAKE) --no-print-directory unit BUILD=$(COVERAGE_BUILD) CFLAGS='-Og -g' SANITIZE=--coverage
	@scripts/coverage $(COVERAGE_BUILD)

# ---- valgrind
# 3.19 (Debian 12) knows no pidfd, with which memcg-run holds its children: it watches what starts none. That is
# where a library reads what it has freed, which ASan does not see: it looks at our own code alone. Of a report only
# the pictures fail, for want of gnuplot, and with that an exit code of 3.
VALGRIND := valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite
RUN ?=

.PHONY: valgrind
valgrind: watch-deps ## check, and with RUN=output/... its report, under valgrind
	@$(MAKE) --no-print-directory -j2 all
	$(VALGRIND) $(PROGRAM) check experiments/ramp.toml
	test -z "$(RUN)" || $(VALGRIND) $(PROGRAM) report $(RUN) || test $$? -eq 3
