# memcg-run. `make help` says what can be made.
#
# Everything made stands in $(BUILD). The program runs from there before it is installed: it finds its
# data (Python reporters, seccomp profiles, image recipes, the launcher) beside itself, in share/ and
# libexec/ of the build folder or of the prefix.

BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=
VERSION := 0.1.0
PYTHON ?= /usr/bin/python3

CC ?= gcc
CXX ?= g++
PKG_CONFIG ?= pkg-config
PACKAGES := libcgroup libseccomp hdf5 jansson gsl libmd
TEST_PACKAGES := cmocka

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wmissing-prototypes -Wvla -Werror
HARDENING := -fstack-protector-strong -fPIE -D_FORTIFY_SOURCE=2
SANITIZE ?=
CPPFLAGS += -I. -D_GNU_SOURCE -DMEMCG_RUN_VERSION='"$(VERSION)"'
CFLAGS ?= -O2 -g
C_FLAGS = -std=gnu11 $(CFLAGS) $(WARNINGS) $(HARDENING) $(SANITIZE) $(shell $(PKG_CONFIG) --cflags $(PACKAGES))
CXX_FLAGS = -std=c++17 $(CFLAGS) -Wall -Wextra -Wshadow -Werror $(HARDENING) $(SANITIZE) $(shell $(PKG_CONFIG) --cflags tomlplusplus)
LINK_FLAGS = -pie -Wl,-z,relro,-z,now $(SANITIZE) $(LDFLAGS)
LIBRARIES = $(shell $(PKG_CONFIG) --libs $(PACKAGES) tomlplusplus) -lpthread -lm

# The layers, lowest first. Each may include itself and what stands before it.
C_SOURCES := $(wildcard util/*.c cgroup/*.c backends/*.c runner/*.c runner/experiment/*.c \
	runner/container/*.c runner/trial/*.c runner/store/*.c runner/report/*.c)
CXX_SOURCES := $(wildcard runner/experiment/*.cc)
OBJECTS := $(C_SOURCES:%.c=$(BUILD)/%.o) $(CXX_SOURCES:%.cc=$(BUILD)/%.o)
LIBRARY_OBJECTS := $(filter-out $(BUILD)/runner/main.o,$(OBJECTS))
LIBRARY := $(BUILD)/libmemcg-run.a
PROGRAM := $(BUILD)/memcg-run
LAUNCHER := $(BUILD)/libexec/memcg-run/launcher

TEST_SOURCES := $(wildcard tests/unit/test_*.c)
TESTS := $(TEST_SOURCES:%.c=$(BUILD)/%)

.PHONY: all
all: $(PROGRAM) $(LAUNCHER) data

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(C_FLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/%.o: %.cc
	@mkdir -p $(@D)
	$(CXX) $(CPPFLAGS) $(CXX_FLAGS) -MMD -MP -c -o $@ $<

$(LIBRARY): $(LIBRARY_OBJECTS)
	@rm -f $@
	$(AR) rcs $@ $^

$(PROGRAM): $(BUILD)/runner/main.o $(LIBRARY)
	$(CXX) $(LINK_FLAGS) -o $@ $^ $(LIBRARIES)

# Static and never sanitized: it runs in containers that need not have a C library, and its memory is
# part of what the project promises.
$(LAUNCHER): runner/launcher/launcher.c runner/launcher/control.h
	@mkdir -p $(@D)
	$(CC) -I. -D_GNU_SOURCE -std=gnu11 -Os -g $(WARNINGS) -static -o $@ $<

# ---- data that stands beside the program
DATA := $(BUILD)/share/memcg-run
.PHONY: data
data:
	@mkdir -p $(DATA)
	@cp -ru backends/python images $(DATA)/
	@mkdir -p $(DATA)/include && cp -u backends/native/*.h $(DATA)/include/
	@mkdir -p $(DATA)/seccomp && cp -u runner/experiment/seccomp/*.json $(DATA)/seccomp/

# ---- tests
$(BUILD)/tests/unit/%: tests/unit/%.c $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(C_FLAGS) -MMD -MP -MF $@.d -c -o $@.o $<
	$(CXX) $(LINK_FLAGS) -o $@ $@.o $(LIBRARY) $(LIBRARIES) $(shell $(PKG_CONFIG) --libs $(TEST_PACKAGES))

.PHONY: unit
unit: all $(TESTS)
	@failed=0; for test in $(TESTS); do $$test || failed=1; done; exit $$failed

.PHONY: clean
clean:
	rm -rf $(BUILD) $(BUILD)-asan

-include $(OBJECTS:.o=.d) $(TESTS:%=%.d)
