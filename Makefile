# memcg-run. `make help` lists the targets; start with `sudo make demo`.
#
# Everything is built in $(BUILD). The program runs from there before it is installed: it finds its
# data (seccomp profiles, image recipes) and programs (the launcher, Python reporters, phenomena) next to itself, in
# share/ and libexec/ of the build folder or of the prefix.

BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=
# Debian's tools want it there, so it stands there alone.
VERSION := $(shell sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog)
PYTHON ?= /usr/bin/python3

CC ?= gcc
CXX ?= g++
PKG_CONFIG ?= pkg-config
PACKAGES := libcgroup libseccomp libsystemd hdf5 jansson gsl libmd
TEST_PACKAGES := cmocka
# Used if it is installed: without it stacks are the address of their innermost function.
LIBDW = $(call once,LIBDW,$(shell $(PKG_CONFIG) --exists libdw && echo libdw))

WERROR ?= -Werror
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wmissing-prototypes -Wvla $(WERROR)
# tests/unit/hardening.t checks each. Branches are marked for processors that can check them; the C library
# must support it too, and Debian 12's on amd64 does not.
BRANCHES_x86_64 := -fcf-protection=full
BRANCHES_aarch64 := -mbranch-protection=standard
HARDENING := -fPIE -fstack-protector-strong -fstack-clash-protection -D_FORTIFY_SOURCE=2 -Wformat-security \
	$(BRANCHES_$(shell uname -m))
HARDENED_LINK := -Wl,-z,relro,-z,now,-z,noexecstack
SANITIZE ?=
CPPFLAGS += -I. -D_GNU_SOURCE -DMEMCG_RUN_VERSION='"$(VERSION)"'
CFLAGS ?= -O2 -g
# pkg-config is run once, and only when something is compiled: `make deps` must work before it is installed.
once = $(eval $(1) := $(2))$($(1))
PACKAGE_CFLAGS = $(call once,PACKAGE_CFLAGS,$(shell $(PKG_CONFIG) --cflags $(PACKAGES) $(LIBDW)) \
	$(LIBDW:%=-DMEMCG_RUN_LIBDW))
TOML_CFLAGS = $(call once,TOML_CFLAGS,$(shell $(PKG_CONFIG) --cflags tomlplusplus))
PACKAGE_LIBS = $(call once,PACKAGE_LIBS,$(shell $(PKG_CONFIG) --libs $(PACKAGES) $(LIBDW) tomlplusplus))
TEST_LIBS = $(call once,TEST_LIBS,$(shell $(PKG_CONFIG) --libs $(TEST_PACKAGES)))

C_FLAGS = -std=gnu11 $(CFLAGS) $(WARNINGS) $(HARDENING) $(SANITIZE) $(PACKAGE_CFLAGS)
CXX_FLAGS = -std=c++17 $(CFLAGS) -Wall -Wextra -Wshadow $(WERROR) $(HARDENING) $(SANITIZE) $(TOML_CFLAGS)
LINK_FLAGS = -pie $(HARDENED_LINK) $(SANITIZE) $(LDFLAGS)
LIBRARIES = $(PACKAGE_LIBS) -lpthread -lm

# The layers, lowest first: scripts/lint-layers has the order.
C_SOURCES := $(wildcard util/*.c cgroup/*.c backends/*.c runner/*.c $(filter-out runner/launcher/%,$(wildcard runner/*/*.c)))
CXX_SOURCES := $(wildcard runner/*/*.cc)
OBJECTS := $(C_SOURCES:%.c=$(BUILD)/%.o) $(CXX_SOURCES:%.cc=$(BUILD)/%.o)
LIBRARY_OBJECTS := $(filter-out $(BUILD)/runner/main.o,$(OBJECTS))
LIBRARY := $(BUILD)/libmemcg-run.a
PROGRAM := $(BUILD)/memcg-run
# What is executed or loaded beside the program, and its data.
PROGRAMS := $(BUILD)/libexec/memcg-run
DATA := $(BUILD)/share/memcg-run
LAUNCHER := $(PROGRAMS)/launcher
COMPLETIONS := $(addprefix $(BUILD)/completion/,bash fish zsh)

# One line per file; `make V=1` shows the commands.
ifeq ($(V),)
SHOW = @echo '  $(1) $@';
endif

TEST_SOURCES := $(wildcard tests/unit/test_*.c)
TESTS := $(TEST_SOURCES:%.c=$(BUILD)/%)
# The phenomena: a program, and a library that Python tasks load. Never sanitized: they are what is measured.
PHENOMENA := $(PROGRAMS)/phenomena
PHENOMENA_SOURCES := $(filter-out %/program.c,$(wildcard experiments/phenomena/*.c)) util/own_pages.c
PHENOMENA_HEADERS := $(wildcard experiments/phenomena/*.h) backends/native/memcg_run.h util/own_pages.h util/digits.h
# Small programs that the integration tests run as tasks: static, so that nothing else is measured.
TEST_TASKS := $(patsubst tests/integration/tasks/%.c,$(BUILD)/tests/tasks/%,$(wildcard tests/integration/tasks/*.c))
TEST_FAULTS := $(BUILD)/tests/faults/preload.so $(BUILD)/tests/faults/swap

# The library preloaded into tasks. Never sanitized: it is part of what is measured.
PRELOADED := $(PROGRAMS)/python/native/mallinfo2.so

.PHONY: all
all: ## build the program into build/ (the default)
all: $(PROGRAM) $(LAUNCHER) $(COMPLETIONS) $(PHENOMENA)/phenomena $(PHENOMENA)/libphenomena.so $(PRELOADED) data

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call SHOW,CC  )$(CC) $(CPPFLAGS) $(C_FLAGS) -MMD -MP -c -o $@ $<

# Those that have the version in them.
$(addprefix $(BUILD)/runner/,cli/commands.o run/run_identity.o run/run_prepare.o): debian/changelog

# What is compiled in as it is.
$(BUILD)/runner/report/page_files.o: runner/report/page.css runner/report/page.js runner/report/dygraphs.licence

$(BUILD)/%.o: %.cc
	@mkdir -p $(@D)
	$(call SHOW,CXX )$(CXX) $(CPPFLAGS) $(CXX_FLAGS) -MMD -MP -c -o $@ $<

$(LIBRARY): $(LIBRARY_OBJECTS)
	@rm -f $@
	$(call SHOW,AR  )$(AR) rcs $@ $^

$(PROGRAM): $(BUILD)/runner/main.o $(LIBRARY)
	$(call SHOW,LINK)$(CXX) $(LINK_FLAGS) -o $@ $^ $(LIBRARIES)

$(COMPLETIONS): $(PROGRAM)
	@mkdir -p $(@D)
	$(call SHOW,GEN )$(PROGRAM) completion $(@F) >$@.new && mv $@.new $@

# Static and never sanitized: it runs in containers that may have no C library, and the project guarantees
# its memory.
LAUNCHER_HARDENING := $(HARDENING)
$(LAUNCHER): $(wildcard runner/launcher/*.c) $(wildcard runner/launcher/*.h) util/cpu_list.h
	@mkdir -p $(@D)
	$(call SHOW,LINK)$(CC) -I. -D_GNU_SOURCE -std=gnu11 -Os -g $(WARNINGS) $(LAUNCHER_HARDENING) \
		-static-pie $(HARDENED_LINK) -o $@ $(filter %.c,$^)

PHENOMENA_FLAGS = -I. -D_GNU_SOURCE -std=gnu11 -O1 -g $(WARNINGS) -fvisibility=hidden -pthread

$(PHENOMENA)/phenomena: $(PHENOMENA_SOURCES) experiments/phenomena/program.c $(PHENOMENA_HEADERS)
	@mkdir -p $(@D)
	$(call SHOW,LINK)$(CC) $(PHENOMENA_FLAGS) -fPIE -pie -o $@ $(filter %.c,$^)

$(PHENOMENA)/libphenomena.so: $(PHENOMENA_SOURCES) $(PHENOMENA_HEADERS)
	@mkdir -p $(@D)
	$(call SHOW,LINK)$(CC) $(PHENOMENA_FLAGS) -fPIC -shared -o $@ $(filter %.c,$^)

$(PROGRAMS)/python/native/%.so: backends/native/%.c backends/native/memcg_run.h util/digits.h
	@mkdir -p $(@D)
	$(call SHOW,LIB )$(CC) -I. -D_GNU_SOURCE -std=gnu11 -O2 -g $(WARNINGS) -fvisibility=hidden -pthread \
		-fPIC -shared $(HARDENED_LINK) -o $@ $<

# ---- data next to the program
# Precompiled, or every Python task would include the compiler's memory: 0.6 MiB. Checked by content, because
# copying does not keep times; other Python versions ignore it.
PRECOMPILE = $(PYTHON) -m compileall -q --invalidation-mode checked-hash
.PHONY: data
data:
	@mkdir -p $(PROGRAMS) $(DATA)/include $(DATA)/seccomp
	@cp -ru backends/python $(PROGRAMS)/
	@$(PRECOMPILE) $(PROGRAMS)/python
	@cp -ru images $(DATA)/
	@cp -u backends/native/*.h $(DATA)/include/
	@cp -u runner/experiment/seccomp/*.json $(DATA)/seccomp/

# ---- Debian packages
BUILD_DEPS := gcc g++ make pkgconf libc6-dev libcgroup-dev libseccomp-dev libsystemd-dev libhdf5-dev \
	libjansson-dev libtomlplusplus-dev libgsl-dev libmd-dev libdw-dev
RUN_DEPS := runc gnuplot-nox fonts-dejavu-core libjs-dygraphs python3 python3-psutil python3-memory-profiler \
	python3-numpy python3-scalene python3-scipy sqlite3 mmdebstrap time
TEST_DEPS := libcmocka-dev bats crun jq perl python3-h5py python3-yaml hdf5-tools git golang-github-containers-common
# For tests tagged `host`, which depend on neither the kernel nor the cgroup version: not in the machine's root.
HOST_TEST_DEPS := python3-pandas chromium
LINT_DEPS := clang-format cppcheck shellcheck universal-ctags mandoc python3-pyflakes git

.PHONY: deps lint-deps
deps: ## install the Debian packages that are missing: to build, run and test
	@scripts/install-packages $(BUILD_DEPS) $(RUN_DEPS) $(TEST_DEPS) $(HOST_TEST_DEPS)

lint-deps:
	@scripts/install-packages $(BUILD_DEPS) $(LINT_DEPS)

# ---- the two commands of the README
.PHONY: demo
demo: deps ## set everything up and run experiments/ramp.toml
	@$(MAKE) --no-print-directory -j2 all
	$(PROGRAM) experiments/ramp.toml

.PHONY: test
test: deps ## set everything up and run the whole test suite (needs root)
	@$(MAKE) --no-print-directory -j2 all unit-tests
	@$(MAKE) --no-print-directory run-tests

# ---- tests
$(BUILD)/tests/unit/%: tests/unit/%.c $(LIBRARY)
	@mkdir -p $(@D)
	$(call SHOW,TEST)$(CC) $(CPPFLAGS) $(C_FLAGS) -MMD -MP -MT $@ -MF $@.d -c -o $@.o $< && \
		$(CXX) $(LINK_FLAGS) -o $@ $@.o $(LIBRARY) $(LIBRARIES) $(TEST_LIBS)

$(BUILD)/tests/tasks/%: tests/integration/tasks/%.c
	@mkdir -p $(@D)
	$(call SHOW,TASK)$(CC) -I. -Ibackends/native -D_GNU_SOURCE -std=gnu11 -O1 -g $(WARNINGS) -static -o $@ $<

$(BUILD)/tests/faults/swap: tests/faults/swap.c
	@mkdir -p $(@D)
	$(call SHOW,TEST)$(CC) -D_GNU_SOURCE -std=gnu11 -O1 -g $(WARNINGS) -o $@ $<

# Never sanitized: it is loaded before the sanitizer's own library.
$(BUILD)/tests/faults/%.so: tests/faults/%.c
	@mkdir -p $(@D)
	$(call SHOW,LIB )$(CC) -D_GNU_SOURCE -std=gnu11 -O1 -g $(WARNINGS) -shared -fPIC -o $@ $<

.PHONY: unit-tests run-tests unit integration
unit-tests: $(TESTS) $(TEST_TASKS) $(TEST_FAULTS)

# cmocka and bats both speak TAP, and prove counts it. It shows the output of failed tests only: tests/tap. Three
# files of integration tests run at a time for two processors, where they can be kept apart: tests/apart.
# The unit tests are apart from the machine alone, all together: a run of somebody's is none of theirs.
PROVE := env CMOCKA_MESSAGE_OUTPUT=TAP BUILD=$(abspath $(BUILD)) prove --timer --failures --comments
UNIT = $(TESTS) $(FUZZ_REPLAYS) $(wildcard tests/unit/*.t)
INTEGRATION = $(wildcard tests/integration/*.bats)
PROVE_UNIT = tests/apart $(PROVE) --exec tests/tap $(UNIT)
PROVE_INTEGRATION = $(PROVE) --jobs $$(tests/apart --jobs $(TEST_JOBS)) --exec 'tests/tap tests/apart' $(INTEGRATION)

unit: all unit-tests ## run the unit tests only
	$(PROVE_UNIT)

integration: all unit-tests ## run the integration tests only (needs root)
	$(PROVE_INTEGRATION)

# Both, whatever comes of the first.
run-tests:
	@failed=0; $(PROVE_UNIT) || failed=1; $(PROVE_INTEGRATION) || failed=1; exit $$failed

.PHONY: asan
asan: ## build with ASan and UBSan, and run the whole test suite on that
	@$(MAKE) --no-print-directory test BUILD=$(BUILD)-asan CFLAGS='-O1 -g' HARDENING=-fPIE \
		SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer'

include tests/packages/packages.mk
include tests/vm/vm.mk
include tests/bench/bench.mk
include tests/fuzz/fuzz.mk
include tests/watch/watch.mk

# ---- lint
C_FILES = $(shell git ls-files '*.c' '*.h' '*.cc')
SHELL_FILES = $(shell git ls-files | xargs awk 'FNR == 1 && /^\#!(\/bin\/sh|\/bin\/bash|\/usr\/bin\/env ba(sh|ts))/ \
	{ print FILENAME } { nextfile }' 2>/dev/null)
PYTHON_FILES = $(shell git ls-files '*.py'; git ls-files tests/faults | xargs grep -l '^\#!/usr/bin/python3')

.PHONY: lint
# ASan finds leaks: cppcheck 2.10 does not know cleanup attributes.
lint: lint-deps ## layout, layers, circles, names, banned functions, opens by name, cppcheck, shellcheck, pyflakes, man pages
	@echo '  clang-format'; clang-format --dry-run --Werror $(C_FILES)
	scripts/lint-layers
	scripts/lint-circles
	scripts/lint-names
	scripts/lint-banned
	scripts/lint-beneath
	scripts/lint-executables
	@echo '  cppcheck'; cppcheck --quiet --error-exitcode=1 --std=c11 --language=c -I. -D_GNU_SOURCE \
		--enable=warning,performance,portability --inline-suppr \
		--suppress=missingIncludeSystem --suppress=memleak --suppress=resourceLeak $(filter %.c,$(C_FILES))
	@echo '  shellcheck'; shellcheck $(SHELL_FILES)
	@$(MAKE) --no-print-directory $(BUILD)/completion/bash && shellcheck -s bash $(BUILD)/completion/bash
	@echo '  pyflakes'; $(PYTHON) -m pyflakes $(PYTHON_FILES)
	mandoc -T lint -W warning $(wildcard docs/man/*.[0-9])

# ---- install
INSTALLED_PROGRAMS = $(DESTDIR)$(PREFIX)/libexec/memcg-run
INSTALLED_DATA = $(DESTDIR)$(PREFIX)/share/memcg-run
INSTALLED_DOCS = $(DESTDIR)$(PREFIX)/share/doc/memcg-run
INSTALLED_MAN = $(DESTDIR)$(PREFIX)/share/man
# Where Debian's python3 looks for modules: per version below /usr/local, for any version below /usr.
PYTHON_VERSION = $(shell $(PYTHON) -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
INSTALLED_MODULES = $(DESTDIR)$(PREFIX)/lib/$(if $(filter /usr,$(PREFIX)),python3,$(PYTHON_VERSION))/dist-packages
# Where each shell looks below /usr/local and /usr. Debian's zsh has vendor-completions below /usr alone.
INSTALLED_BASH = $(DESTDIR)$(PREFIX)/share/bash-completion/completions/memcg-run
INSTALLED_FISH = $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/memcg-run.fish
INSTALLED_ZSH = $(DESTDIR)$(PREFIX)/share/zsh/$(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)/_memcg-run
MAN_PAGES := $(notdir $(wildcard docs/man/*.[0-9]))
# What the pages name, where it is installed.
LOCATE = -e 's,docs/\([a-z]\),$(PREFIX)/share/doc/memcg-run/\1,g' -e 's,/usr/local/share/,$(PREFIX)/share/,g'
.PHONY: install uninstall
install: all ## install below PREFIX (/usr/local), staged under DESTDIR
	install -D -m 755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/memcg-run
	install -d $(INSTALLED_PROGRAMS) $(INSTALLED_DATA)
	cp -r $(PROGRAMS)/. $(INSTALLED_PROGRAMS)/
	cp -r $(DATA)/. experiments $(INSTALLED_DATA)/
	find $(INSTALLED_PROGRAMS) $(INSTALLED_DATA) -name __pycache__ -prune -exec rm -rf {} +
	$(PRECOMPILE) $(INSTALLED_PROGRAMS)/python
	install -D -m 644 -t $(INSTALLED_MODULES)/memcg_run python/memcg_run/*.py
	rm -f $(INSTALLED_MODULES)/memcg_run.py
	install -d $(INSTALLED_DOCS)/backends $(INSTALLED_DOCS)/images
	install -m 644 docs/*.md docs/*.schema.json CHANGELOG.md $(INSTALLED_DOCS)/
	install -m 644 docs/backends/*.md $(INSTALLED_DOCS)/backends/
	install -m 644 docs/images/*.png $(INSTALLED_DOCS)/images/
	install -D -m 644 $(BUILD)/completion/bash $(INSTALLED_BASH)
	install -D -m 644 $(BUILD)/completion/fish $(INSTALLED_FISH)
	install -D -m 644 $(BUILD)/completion/zsh $(INSTALLED_ZSH)
	for page in $(MAN_PAGES); do \
		install -D -m 644 docs/man/$$page $(INSTALLED_MAN)/man$${page##*.}/$$page && \
		sed -i $(LOCATE) $(INSTALLED_MAN)/man$${page##*.}/$$page || exit; done

uninstall: ## undo install
	rm -f $(DESTDIR)$(PREFIX)/bin/memcg-run
	rm -rf $(INSTALLED_PROGRAMS) $(INSTALLED_DATA) $(INSTALLED_DOCS)
	rm -f $(INSTALLED_BASH) $(INSTALLED_FISH) $(INSTALLED_ZSH)
	rm -rf $(INSTALLED_MODULES)/memcg_run
	for page in $(MAN_PAGES); do rm -f $(INSTALLED_MAN)/man$${page##*.}/$$page; done

.PHONY: clean
clean: ## remove what was built
	rm -rf $(BUILD) $(BUILD)-asan $(FUZZ_BUILD) $(COVERAGE_BUILD) $(TSAN_BUILD)

.PHONY: help
help: ## list these targets
	@awk -F ':[^#]*## ' '/^[a-z-]+:[^#]*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

-include $(OBJECTS:.o=.d) $(TESTS:%=%.d)
