# Fuzzing: tests/fuzz/README.md. Included by the Makefile.

FUZZ_DEPS := clang llvm
FUZZ_TARGETS := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_BUILD := $(BUILD)-fuzz
FUZZ_SECONDS ?= 60
# Seeds of libFuzzer's own choice unless one is given, to see the same once more.
FUZZ_SEED ?= 0

# ---- the suite's part: the kept inputs, with the compiler of everything else
FUZZ_REPLAYS := $(FUZZ_TARGETS:%=$(BUILD)/tests/fuzz/fuzz_%)

$(FUZZ_REPLAYS): $(BUILD)/tests/fuzz/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/tests/fuzz/replay.o $(LIBRARY)
	$(call SHOW,TEST)$(CXX) $(LINK_FLAGS) -o $@ $^ $(LIBRARIES)

unit-tests: $(FUZZ_REPLAYS)

# ---- the fuzzer's
FUZZERS := $(FUZZ_TARGETS:%=$(BUILD)/tests/fuzz/libfuzzer_%)

$(FUZZERS): $(BUILD)/tests/fuzz/libfuzzer_%: $(BUILD)/tests/fuzz/fuzz_%.o $(LIBRARY)
	$(call SHOW,FUZZ)$(CXX) $(LINK_FLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBRARIES)

.PHONY: fuzz fuzz-deps fuzzers fuzz-programs fuzz-minimise
fuzz-deps:
	@scripts/install-packages $(BUILD_DEPS) $(FUZZ_DEPS)

fuzzers: $(FUZZERS)

fuzz-programs: fuzz-deps
	@$(MAKE) --no-print-directory fuzzers BUILD=$(FUZZ_BUILD) CC=clang CXX=clang++ CFLAGS='-O1 -g' \
		HARDENING=-fPIE WERROR= \
		SANITIZE='-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined'

fuzz: fuzz-programs ## fuzz every reader of foreign bytes, FUZZ_SECONDS=60 each
	BUILD=$(FUZZ_BUILD) FUZZ_SEED=$(FUZZ_SEED) tests/fuzz/run $(FUZZ_SECONDS) $(FUZZ_TARGETS)

fuzz-minimise: fuzz-programs ## keep only the smallest inputs with the same coverage
	BUILD=$(FUZZ_BUILD) tests/fuzz/minimise $(FUZZ_TARGETS)

-include $(FUZZ_REPLAYS:%=%.d) $(BUILD)/tests/fuzz/replay.d
