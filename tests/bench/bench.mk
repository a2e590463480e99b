# The benchmarks: tests/bench/README.md. Included by the Makefile.

# Small programs that are run as tasks or held against the sampler: static, with nothing of the project in
# them. The others are the project's own store, without a run.
BENCH_TASKS := $(patsubst %,$(BUILD)/tests/bench/%,read_loop sleep_loop wait fault spike spawn)
BENCH_LINKED := $(patsubst %,$(BUILD)/tests/bench/%,make_results store_loop compare_simulation limit_simulation)
BENCH_PROGRAMS := $(BENCH_TASKS) $(BENCH_LINKED)

$(BENCH_TASKS): $(BUILD)/tests/bench/%: tests/bench/programs/%.c tests/bench/programs/loop.h
	@mkdir -p $(@D)
	$(call SHOW,TASK)$(CC) -I. -D_GNU_SOURCE -std=gnu11 -O2 -g $(WARNINGS) -static -o $@ $<

$(BENCH_LINKED): $(BUILD)/tests/bench/%: tests/bench/programs/%.c $(LIBRARY)
	@mkdir -p $(@D)
	$(call SHOW,LINK)$(CC) $(CPPFLAGS) $(C_FLAGS) -MMD -MP -MT $@ -MF $@.d -c -o $@.o $< && \
		$(CXX) $(LINK_FLAGS) -o $@ $@.o $(LIBRARY) $(LIBRARIES)

# What figures are compared with, besides what tests need.
BENCH_DEPS := hyperfine

.PHONY: bench-programs bench bench-vm
bench-programs: all $(BENCH_PROGRAMS)

# BENCH="spin sleep": these alone. QUICK=1: short, for trying out.
bench: deps ## measure speed and footprint, for docs/benchmarks.md (needs root; 15 minutes)
	@scripts/install-packages $(BENCH_DEPS)
	@$(MAKE) --no-print-directory -j2 bench-programs
	@BUILD=$(abspath $(BUILD)) $(PYTHON) tests/bench/bench.py $(if $(QUICK),--quick) $(BENCH)

# Under cgroup v2, in the machine of tests/vm: the figures that are asked for there.
bench-vm: deps vm-deps ## measure the cgroup v2 figures in a booted Debian 13 (needs root)
	@$(MAKE) --no-print-directory -j2 bench-programs
	@BUILD=$(abspath $(BUILD)) $(PYTHON) tests/bench/bench.py --vm $(if $(QUICK),--quick)

-include $(BENCH_PROGRAMS:%=%.d)
