# The build of distsim, for GNU make. "make help" lists what can be made.

VERSION := 0.1.0
PREFIX  ?= /usr/local
DATADIR := $(PREFIX)/share/distsim

# A variant is one way to compile everything (release, san, tsan, fuzz); each has a directory of its own.
VARIANT := release
BUILD   := build/$(VARIANT)
PROGRAM := $(if $(filter build/release,$(BUILD)),build/distsim,$(BUILD)/distsim)

# What installs missing packages. "make SETUP=: test" goes without, for systems that have no apt.
SETUP   ?= scripts/setup

FUZZ_SECONDS ?= 60
FUZZ_CC      ?= clang

# All cores. A -j on the command line wins over this; a make below this one shares the jobs of this one.
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2)
endif

.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

# ---- Flags ----------------------------------------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes $(if $(WERROR),-Werror)

# The same scenario and seed must give the same bytes everywhere, so the compiler may neither reorder floating point
# nor fuse a multiplication and an addition: no -ffast-math, no contraction.
EXACT := -ffp-contract=off

sanitize_release :=
sanitize_san     := -fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all
sanitize_tsan    := -fsanitize=thread
sanitize_fuzz    := -fsanitize=fuzzer-no-link,address,undefined,float-cast-overflow -fno-sanitize-recover=all
SANITIZE         := $(sanitize_$(VARIANT)) $(if $(sanitize_$(VARIANT)),-fno-omit-frame-pointer)
CFLAGS           ?= $(if $(sanitize_$(VARIANT)),-O1,-O2) -g

# The engine and the models know GLib, GSL and Random123 (headers only, no .pc file); the rest is for sim/app.
ENGINE_PKGS := glib-2.0 gsl
APP_PKGS    := gio-2.0 libcjson sqlite3
PKG_CONFIG  ?= pkg-config
# -isystem: warnings inside the libraries' own headers and macros are not ours.
PKG_CFLAGS  := $(patsubst -I%,-isystem%,$(shell $(PKG_CONFIG) --cflags $(ENGINE_PKGS) $(APP_PKGS) 2>/dev/null))
ENGINE_LIBS := $(shell $(PKG_CONFIG) --libs $(ENGINE_PKGS) 2>/dev/null) -lm
APP_LIBS    := $(shell $(PKG_CONFIG) --libs $(APP_PKGS) 2>/dev/null)

COMPILE := $(CC) -std=c17 -D_GNU_SOURCE -I. $(CPPFLAGS) $(PKG_CFLAGS) $(CFLAGS) $(EXACT) $(WARNINGS) $(SANITIZE) -pthread
LINK    := $(CC) $(CFLAGS) $(SANITIZE) -pthread -Wl,--as-needed $(LDFLAGS)

# The version has a hash of all sources behind it, since other sources may give other results: one file knows it, so that
# only that is compiled again for each change. Where the data are installed is for the one file that looks for scripts,
# as PREFIX may differ from one make to the next.
VERSION_DEFINES  = -DDISTSIM_VERSION='"$(file <$(BUILD)/version)"'
VERSION_OBJS     = $(BUILD)/obj/sim/app/version.o
DATA_DEFINES    := -DDISTSIM_DATADIR='"$(DATADIR)"'
DATA_OBJS        = $(BUILD)/obj/sim/app/plot/plot.o

# ---- Sources --------------------------------------------------------------------------------------------------------

objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
programs = $(patsubst %.c,$(BUILD)/%,$(wildcard $(1)))

MAIN         := $(wildcard sim/app/main.c)
ENGINE_OBJS  := $(call objects,$(wildcard sim/engine/*.c))
MODELS_OBJS  := $(call objects,$(wildcard models/*.c))
APP_OBJS     := $(call objects,$(filter-out $(MAIN),$(wildcard sim/app/*.c sim/app/*/*.c)))
MAIN_OBJS    := $(call objects,$(MAIN))
# What the results depend on. By name and content only: the same in a checkout and in what was unpacked from an archive.
SOURCES      := $(sort $(wildcard $(foreach d,sim/engine models sim/app sim/app/*,$(d)/*.c $(d)/*.h)))
# What tests share. An archive, so that a test of the engine takes only what it uses and still links without models.
SUPPORT_OBJS := $(call objects,$(filter-out tests/test_%,$(wildcard tests/*.c tests/support/*.c)))

LIBENGINE  := $(BUILD)/libengine.a
LIBMODELS  := $(BUILD)/libmodels.a
LIBAPP     := $(BUILD)/libapp.a
LIBSUPPORT := $(BUILD)/libsupport.a

ENGINE_TESTS := $(call programs,tests/engine/test_*.c)
MODELS_TESTS := $(call programs,tests/models/test_*.c)
APP_TESTS    := $(call programs,tests/app/test_*.c)
CLI_TESTS    := $(wildcard tests/cli/test_*.sh tests/cli/test_*.py)
CLUSTER_TESTS := $(wildcard tests/cluster/test_*.sh)
BENCHMARKS   := $(call programs,tests/bench/bench_*.c)
PEERS        := $(patsubst %.cpp,$(BUILD)/%,$(wildcard tests/bench/peers/*.cpp))
FUZZERS      := $(call programs,tests/fuzz/fuzz_*.c)
TEST_PROGRAMS := $(ENGINE_TESTS) $(MODELS_TESTS) $(APP_TESTS)

# There is no program while there is no main.
PROGRAM_IF_ANY := $(if $(MAIN),$(PROGRAM))

C_FILES := $(wildcard $(foreach d,sim/engine models sim/app sim/app/* tests tests/*,$(d)/*.c $(d)/*.h))
SCRIPTS := scripts/setup .ci/run scripts/slurm/submit scripts/parallel/study scripts/shards/merge \
    $(wildcard tests/fuzz/run tests/*/*.sh scripts/*.sh scripts/*/*.sh scripts/*/*.sbatch)

# ---- Compiling ------------------------------------------------------------------------------------------------------

.PHONY: all everything libraries FORCE
all: $(LIBENGINE) $(LIBMODELS) $(LIBAPP) $(PROGRAM_IF_ANY) ## build the program, build/distsim (default)
everything: all $(TEST_PROGRAMS) $(BENCHMARKS) ## build the program, the tests and the benchmarks

# "make V=1" shows whole command lines.
V :=
quiet := $(if $(V),,@)
say    = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(2)')

libraries:
	@if ! $(PKG_CONFIG) --exists $(ENGINE_PKGS) $(APP_PKGS) 2>/dev/null || \
	    ! echo '#include <Random123/philox.h>' | $(CC) $(CPPFLAGS) -E - >/dev/null 2>&1; then \
	    echo "A library that distsim needs is missing ($(ENGINE_PKGS) $(APP_PKGS) Random123): run scripts/setup" >&2; \
	    exit 1; \
	fi

# A stamp holds a text and is touched only when the text changes: whoever depends on it is made again when flags change
# or when a source file has gone.
define stamp
$(1): FORCE
	@mkdir -p $$(@D)
	@printf '%s\n' '$(subst ','\'',$(2))' | cmp -s - $$@ || printf '%s\n' '$(subst ','\'',$(2))' >$$@
endef
$(eval $(call stamp,$(BUILD)/flags,$(COMPILE)))
$(eval $(call stamp,$(BUILD)/flags.data,$(DATA_DEFINES)))
$(eval $(call stamp,$(LIBENGINE).list,$(ENGINE_OBJS)))
$(eval $(call stamp,$(LIBMODELS).list,$(MODELS_OBJS)))
$(eval $(call stamp,$(LIBAPP).list,$(APP_OBJS)))
$(eval $(call stamp,$(LIBSUPPORT).list,$(SUPPORT_OBJS)))

$(BUILD)/version: FORCE
	@mkdir -p $(@D)
	@sum=$$(sha256sum $(SOURCES) | sha256sum | cut -c 1-12) && new="$(VERSION)+$$sum" && \
	    if [ "$$new" != "$$(cat $@ 2>/dev/null)" ]; then echo "$$new" >$@; fi

$(BUILD)/obj/%.o: %.c $(BUILD)/flags | libraries
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(quiet)$(COMPILE) $(DEFINES) -MMD -MP -c -o $@ $<

# Tests are compiled for longer than their own loops run. Not with flags that somebody else has chosen.
ifeq ($(origin CFLAGS),file)
$(addprefix $(BUILD)/obj/tests/,engine/%.o models/%.o app/%.o): DEFINES := -O1 -g1
endif

$(VERSION_OBJS): DEFINES = $(VERSION_DEFINES)
$(VERSION_OBJS): $(BUILD)/version
$(DATA_OBJS): DEFINES := $(DATA_DEFINES)
$(DATA_OBJS): $(BUILD)/flags.data

$(LIBENGINE): $(ENGINE_OBJS)
$(LIBMODELS): $(MODELS_OBJS)
$(LIBAPP): $(APP_OBJS)
$(LIBSUPPORT): $(SUPPORT_OBJS)
# Made anew each time: "ar r" alone would keep the objects of sources that have gone.
$(LIBENGINE) $(LIBMODELS) $(LIBAPP) $(LIBSUPPORT): %: %.list
	$(call say,AR,$@)
	$(quiet)rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)

$(PROGRAM): $(MAIN_OBJS) $(LIBAPP) $(LIBMODELS) $(LIBENGINE)
	$(call say,LINK,$@)
	$(quiet)$(LINK) -o $@ $^ $(APP_LIBS) $(ENGINE_LIBS)

# A layer's tests link that layer and those below it, which shows that they stand without those above.
$(ENGINE_TESTS): LIBS := $(ENGINE_LIBS)
$(ENGINE_TESTS): $(BUILD)/%: $(BUILD)/obj/%.o $(LIBSUPPORT) $(LIBENGINE)
$(MODELS_TESTS): LIBS := $(ENGINE_LIBS)
$(MODELS_TESTS): $(BUILD)/%: $(BUILD)/obj/%.o $(LIBSUPPORT) $(LIBMODELS) $(LIBENGINE)
$(APP_TESTS) $(BENCHMARKS) $(FUZZERS): LIBS := $(APP_LIBS) $(ENGINE_LIBS)
$(APP_TESTS) $(BENCHMARKS) $(FUZZERS): $(BUILD)/%: $(BUILD)/obj/%.o $(LIBSUPPORT) $(LIBAPP) $(LIBMODELS) $(LIBENGINE)
$(FUZZERS): LIBS += -fsanitize=fuzzer
$(TEST_PROGRAMS) $(BENCHMARKS) $(FUZZERS):
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(quiet)$(LINK) -o $@ $^ $(LIBS)

-include $(wildcard $(BUILD)/obj/*/*.d $(BUILD)/obj/*/*/*.d $(BUILD)/obj/*/*/*/*.d)

# ---- Running and testing --------------------------------------------------------------------------------------------
# Goals that install packages first build in a make of their own, which then finds the libraries.

submake := $(MAKE) --no-print-directory

.PHONY: run test test-cluster san tsan fuzz bench bench-peers guard guard-record test-run fuzz-run \
    bench-run bench-peers-run guard-run
run: ## install what is missing, build, and simulate scenarios/emea.json
	@$(SETUP) run
	+@$(submake) all
	$(PROGRAM) run scenarios/emea.json || [ $$? -eq 3 ] # 3: an objective was missed, that is an answer too

test: ## install what is missing, build and run all tests (ONLY=word: those with the word in their path)
	@$(SETUP) test
	+@$(submake) test-run

# Where GLib allocates, the stack of a report ends in GLib: ASAN_OPTIONS=fast_unwind_on_malloc=0 shows all of it, slowly.
san: ## the tests under the address and undefined behaviour sanitizers
	@$(SETUP) test
	+@$(submake) VARIANT=san everything
	+@$(submake) VARIANT=san test-run

# Only the app has threads. GLib's own locks (GMutex, GAsyncQueue, GThreadPool) are invisible to this sanitizer and would
# be reported as races; pthread mutexes, GLib's and C11's atomics, and g_thread_new/join are understood.
tsan: ## the tests of the app under the thread sanitizer
	@$(SETUP) test
	+@$(submake) VARIANT=tsan everything
	+@$(submake) VARIANT=tsan test-run

test-cluster: ## a study beyond one process: by a Slurm of two virtual nodes (needs root), and by GNU parallel
	@$(SETUP) ci
	+@$(submake) TESTS='$(CLUSTER_TESTS)' test-run

fuzz: ## run every tests/fuzz/fuzz_*.c for FUZZ_SECONDS (60) each, with clang
	@$(SETUP) ci
	+@$(submake) VARIANT=fuzz CC=$(FUZZ_CC) fuzz-run

bench: ## run the benchmarks (BENCH_QUICK=1: briefly, only to see that they work)
	@$(SETUP) run
	+@$(submake) bench-run

guard: ## refuse more instructions per unit of work than recorded, by more than 5 % (ONLY=case)
	@$(SETUP) ci
	+@$(submake) guard-run

guard-record: ## record the instructions per unit of work as they are now
	@$(SETUP) ci
	+@$(submake) guard-run GUARD=--record

# "make bench-peers ONLY=mm1": only works with that word in their names.
bench-peers: ## the engine side by side with SimGrid and SimPy, which are installed
	@$(SETUP) bench
	+@$(submake) bench-peers-run

# Tests see the program of their variant, and the data of this checkout.
TEST_ENV     := DISTSIM='$(abspath $(PROGRAM))' DISTSIM_DATADIR='$(CURDIR)'
# The long ones first: at the end, all cores are kept busy by the many short ones.
TESTS        := $(CLI_TESTS) $(TEST_PROGRAMS)
TEST_TIMEOUT ?= 100
ifneq ($(filter san tsan,$(VARIANT)),)
# Sanitized programs are several times slower: long tests shrink by the scale, and have more time.
TEST_TIMEOUT := 600
TEST_ENV     += DISTSIM_TEST_SCALE=$(or $(DISTSIM_TEST_SCALE),0.1) G_SLICE=always-malloc \
    ASAN_OPTIONS=strict_string_checks=1:detect_stack_use_after_return=1:$(ASAN_OPTIONS) UBSAN_OPTIONS=print_stacktrace=1 \
    TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
endif
ifeq ($(VARIANT),tsan)
TESTS        := $(CLI_TESTS) $(APP_TESTS)
endif
ifdef ONLY
TESTS        := $(foreach t,$(TESTS),$(if $(findstring $(ONLY),$(t)),$(t)))
endif

test-run: $(PROGRAM_IF_ANY) $(filter $(TEST_PROGRAMS),$(TESTS))
	@env $(TEST_ENV) tests/run --timeout $(TEST_TIMEOUT) $(TESTS)

fuzz-run: $(FUZZERS)
	@FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/run $(BUILD) $(FUZZERS)

$(PEERS): $(BUILD)/%: %.cpp
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(quiet)$(CXX) -std=c++17 -O2 -Wall -Wextra -o $@ $< -lsimgrid

guard-run: $(PROGRAM_IF_ANY) $(BENCHMARKS)
	@tests/bench/guard $(BUILD) $(GUARD) $(ONLY)

bench-peers-run: $(PROGRAM_IF_ANY) $(BENCHMARKS) $(PEERS)
	@tests/bench/peers/run $(BUILD) $(ONLY)

bench-run: $(PROGRAM_IF_ANY) $(BENCHMARKS)
	@set -e; for b in $(BENCHMARKS); do echo "== $$b"; env $(TEST_ENV) $$b; done

# ---- Checks ---------------------------------------------------------------------------------------------------------

.PHONY: check-layers check-scripts format check-format
check-layers: ## refuse includes that point upward (engine <- models <- app <- tests)
	@scripts/check-layers

check-scripts: ## shellcheck over the shell scripts
	shellcheck -x -P . $(SCRIPTS)

format: ## rewrite all C files in the project's style
	@$(if $(C_FILES),clang-format -i $(C_FILES),true)

check-format: ## refuse C files that "make format" would change
	@$(if $(C_FILES),clang-format --dry-run -Werror $(C_FILES),true)

# ---- Installing, cleaning, help -------------------------------------------------------------------------------------

DATA_FILES := $(wildcard scripts/*.gp scenarios/*.json scenarios/*/*.json scenarios/*.csv)

.PHONY: install clean help
install: all ## install to PREFIX (/usr/local), below DESTDIR if given
	install -D -m 755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/distsim
	@set -e; for f in $(DATA_FILES); do install -D -m 644 $$f $(DESTDIR)$(DATADIR)/$$f; done

clean: ## remove everything that was built
	rm -rf build

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 15
