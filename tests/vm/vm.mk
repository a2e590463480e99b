# The tests in a booted Debian 13: tests/vm/README.md. Included by the Makefile.

VM_DEPS := qemu-system-x86 mmdebstrap e2fsprogs

# For each change: on kernel 6.12 what cgroup v2 or systemd can change, in two halves; on 6.1 and Debian's newest what
# depends on the kernel. Two machines at a time, which keep two processors busy. The whole has the rest as well, and
# everything on 6.1 and the newest: more than .ci/run has time for.
VM_JOBS ?= 2
.PHONY: test-vm test-vm-whole
test-vm: vm-deps ## run the tests in a booted Debian 13, kernels 6.12, 6.1 and Debian's newest (needs root)
	prove --jobs $(VM_JOBS) --timer --exec '' $(wildcard tests/vm/parts/*)

test-vm-whole: vm-deps ## every test on every kernel, by hand (needs root)
	prove --jobs $(VM_JOBS) --timer --exec '' $(wildcard tests/vm/parts/* tests/vm/whole/*)

.PHONY: vm-deps
vm-deps:
	@scripts/install-packages $(VM_DEPS)

# Programs of v2.bats, made in the machine's root.
VM_PROGRAMS := $(BUILD)/tests/vm/slice_probe

$(BUILD)/tests/vm/%: tests/vm/%.c $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(C_FLAGS) -c -o $@.o $<
	$(CXX) $(LINK_FLAGS) -o $@ $@.o $(LIBRARY) $(LIBRARIES)

.PHONY: vm-programs
vm-programs: $(VM_PROGRAMS) bench-programs

# What the machine itself needs, for tests/vm/build-root.
.PHONY: vm-packages
vm-packages:
	@echo $(BUILD_DEPS) $(RUN_DEPS) $(TEST_DEPS)

# The tables of docs/kernels.md.
.PHONY: kernels
kernels: deps vm-deps ## run experiments/kernels*.toml under three kernels, for docs/kernels.md (needs root)
	@$(MAKE) --no-print-directory -j2 all
	BUILD=$(abspath $(BUILD)) PYTHON=$(PYTHON) scripts/kernels

# docs/results/: who told the truth.
.PHONY: results
results: deps vm-deps ## make the data sheet again, natively and in the machine, for docs/results (needs root)
	@$(MAKE) --no-print-directory -j2 all
	BUILD=$(abspath $(BUILD)) scripts/results
