# jko: `make run` and `make check` install what is missing, build, and do their job; `make help` lists the rest.
SHELL  := /bin/bash
BUILD  ?= build
PREFIX ?= /usr/local
PYTHON ?= /usr/bin/python3
ARCH   ?= native
RANKS  ?= 1 2 3 4
comma  := ,

ifneq ($(strip $(PETSC_DIR)),)
  PC := PKG_CONFIG_PATH=$(PETSC_DIR)/$(PETSC_ARCH)/lib/pkgconfig:$(PETSC_DIR)/lib/pkgconfig:$(PKG_CONFIG_PATH) pkg-config
else
  PC := pkg-config
endif
# HDF5 and FFTW are PETSc's own, where it has them: two of them in a program do not agree.
CONF   := $(shell $(PC) --variable=prefix petsc 2>/dev/null)/lib/petsc/conf/petscvariables
conf    = $(shell sed -n 's/^$(1) = //p' $(CONF) 2>/dev/null)
pc      = $(foreach p,$(2),$(shell $(PC) $(1) $(p) 2>/dev/null))
found   = $(firstword $(foreach p,$(1),$(shell $(PC) --exists $(p) 2>/dev/null && echo $(p))))
HDF5PC := $(if $(call conf,HDF5_LIB),,$(call found,hdf5-openmpi hdf5-mpi hdf5))
FFTWPC := $(if $(call conf,FFTW_LIB),$(call found,fftw3),fftw3)
PKGS   := petsc muparser $(HDF5PC) $(FFTWPC)
HDF5   := $(or $(call conf,HDF5_LIB),$(call pc,--libs,$(HDF5PC)))
OTHERS := $(addsuffix _hl,$(filter-out %_hl,$(firstword $(filter -lhdf5%,$(HDF5))))) $(HDF5) $(if $(FFTWPC),,$(call conf,FFTW_LIB))
INCLUDES := $(call conf,HDF5_INCLUDE) $(if $(FFTWPC),,$(call conf,FFTW_INCLUDE))
LIBS   := $(call pc,--libs,$(PKGS)) $(OTHERS) -lm
RPATH  := $(addprefix -Wl$(comma)-rpath$(comma),$(patsubst -L%,%,$(call pc,--libs-only-L,petsc)))

MPICC    ?= mpicc
WARN     := -Wall -Wextra -Wshadow
WIDE     := $(shell $(MPICC) -mprefer-vector-width=512 -E -x c /dev/null > /dev/null 2>&1 && echo -mprefer-vector-width=512)
# Where the target would rather not chain multiply-adds, whether gcc makes one depends on the shape of the loop: results would depend on the ranks.
CHAINS   := --param=avoid-fma-max-bits=0
CHAINS   := $(shell [ -z "$$($(MPICC) $(CHAINS) -E -x c /dev/null -o /dev/null 2>&1)" ] && echo $(CHAINS))
FAST     ?= -O3 -march=$(ARCH) $(WIDE) -fno-trapping-math -fno-math-errno -ffp-contract=fast
CFLAGS   ?= -g $(FAST)
CPPFLAGS := -Iinclude $(call pc,--cflags,$(PKGS)) $(INCLUDES)
COMPILE   = $(MPICC) -std=gnu11 -fPIC -MMD -MP $(WARN) $(CFLAGS) $(CHAINS) $(CPPFLAGS)
SANITIZE  = -g -O1 -march=$(ARCH) -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
QUIET    ?= @
say       = @printf '  %-5s %s\n'
export BUILD PYTHON RANKS

VERSION := $(shell sed -n 's/.*JKO_VERSION "\(.*\)"/\1/p' include/jko.h)
SOURCES := $(shell find src -name '*.c')
HEADERS := $(shell find include src tests -name '*.h')
OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out src/main.c,$(SOURCES)))
TESTSRC := $(shell find tests -name '*.c' -not -path 'tests/support/*')
TESTS   := $(patsubst %.c,$(BUILD)/%,$(TESTSRC))
RUNS    := $(patsubst %.c,$(BUILD)/%,$(wildcard runs/*/*.c))
SUPPORT := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/support/*.c))
LIBRARY := $(BUILD)/libjko.a $(BUILD)/libjko.so

QUICK   := grid/box field/expression field/paths energy/options kernel/linear. sinkhorn/fixed_point jko/misuse jko/ornstein jko/ranks run/output

.PHONY: all tests programs run check lint format bench reproduce reproduce-full docs deps install uninstall help clean run-now check-now check-quick check-distros \
  check-sanitize check-valgrind check-readers check-restart soak fuzz deps-plot deps-docs deps-readers preflight
.SECONDARY:
all: $(BUILD)/jko $(LIBRARY) $(BUILD)/jko.pc ## the program and the library, static and shared, in build/

preflight: # one sentence where something is missing, instead of the compiler's many
	@MPICC='$(MPICC)' PC='$(PC)' CPPFLAGS='$(CPPFLAGS)' HDF5='$(HDF5)' tests/support/preflight.sh
$(BUILD)/%.o: %.c | preflight
	$(say) CC $<
	$(QUIET)mkdir -p $(@D) && $(COMPILE) -c -o $@ $<
$(BUILD)/libjko.a: $(OBJECTS)
	$(say) AR $@
	$(QUIET)rm -f $@ && ar rcs $@ $^
$(BUILD)/libjko.so: $(OBJECTS)
	$(say) LD $@
	$(QUIET)$(MPICC) $(CFLAGS) -shared -Wl,-soname,libjko.so -o $@ $^ $(LIBS) $(RPATH)
$(BUILD)/jko: $(BUILD)/src/main.o $(BUILD)/libjko.a
	$(say) LD $@
	$(QUIET)$(MPICC) $(CFLAGS) -o $@ $^ $(LIBS) $(RPATH)
$(BUILD)/tests/%: $(BUILD)/tests/%.o $(SUPPORT) $(BUILD)/libjko.a
	$(say) LD $@
	$(QUIET)$(MPICC) $(CFLAGS) -o $@ $^ $(LIBS) -lcmocka $(RPATH)
$(BUILD)/runs/%: $(BUILD)/runs/%.o $(BUILD)/libjko.a
	$(say) LD $@
	$(QUIET)$(MPICC) $(CFLAGS) -o $@ $^ $(LIBS) $(RPATH)
$(BUILD)/jko.pc: include/jko.h Makefile
	$(QUIET)mkdir -p $(@D) && printf '%s\n' 'prefix=$(PREFIX)' 'libdir=$${prefix}/lib' 'includedir=$${prefix}/include' '' 'Name: jko' \
	  'Description: Wasserstein gradient flows by the JKO scheme' 'Version: $(VERSION)' 'Requires: $(PKGS)' \
	  'Libs: -L$${libdir} -ljko -Wl,-rpath,$${libdir} $(RPATH) -lm' 'Libs.private: $(OTHERS)' 'Cflags: -I$${includedir} $(INCLUDES)' > $@
tests: $(TESTS)
programs: $(RUNS)

run: deps ## install what is missing, build, and run the double well on 2 ranks
	@$(MAKE) --no-print-directory run-now
run-now: all
	@runs/double-well/run.sh
check: deps ## install what is missing, build, and run every test on 1, 2, 3 and 4 ranks
	@$(MAKE) --no-print-directory -j2 all tests && $(MAKE) --no-print-directory check-now
check-now: all tests
	@tests/check.sh
check-quick: all tests ## a minute of the tests: those that tell most, on 1 and 3 ranks
	@RANKS="1 3" tests/check.sh $(QUICK)
check-distros: ## `make run` and `make check` in a fresh Debian 12 and 13, in $DISTROS_FOLDER (build/distros); as root, with debootstrap
	@tests/distros.sh $(DISTROS_FOLDER)
check-restart: all tests ## restarts in full: from every step, after every kind of end, every fault, every preset, every pair of energies
	@THOROUGH=1 tests/check.sh cluster run/restart jko/combinations
soak: all ## flows killed at random moments and gone on with, for $SOAK_SECONDS (600); memory over 10^4 steps
	@. tests/support/environment.sh && $(PYTHON) tests/cluster/soak.py --seconds $(or $(SOAK_SECONDS),600) --seed $(or $(SOAK_SEED),1)
fuzz: ## nonsense as options, expressions and files, to a build with sanitizers, for $FUZZ_SECONDS (600)
	@$(MAKE) --no-print-directory BUILD=build-sanitize CFLAGS="$(SANITIZE)" build-sanitize/jko
	@BUILD=build-sanitize && . tests/support/environment.sh && ASAN_OPTIONS=detect_leaks=0:fast_unwind_on_malloc=1:allocator_may_return_null=1 \
	  $(PYTHON) tests/cluster/fuzz.py --cases $(or $(FUZZ_CASES),4000) --seconds $(or $(FUZZ_SECONDS),600) --seed $(or $(FUZZ_SEED),1)
check-sanitize: ## the tests under the address and undefined-behaviour sanitizers
	@$(MAKE) --no-print-directory BUILD=build-sanitize RANKS="$(or $(SANITIZE_RANKS),2)" \
	  CFLAGS="$(SANITIZE)" check-now
check-valgrind: ## a small flow on 2 ranks under valgrind's memcheck
	@$(MAKE) --no-print-directory BUILD=build-valgrind CFLAGS="-g -O1 -march=$(or $(VALGRIND_ARCH),x86-64-v3)" all && BUILD=build-valgrind tests/valgrind.sh
check-readers: all deps-readers ## what runs leave, opened by ParaView's readers, a browser and ffmpeg (600 MB of packages)
	@tests/readers.sh
bench: all programs ## kernel and step timings, with the machine's own limits beside them
	@runs/bench/run.sh
reproduce: deps ## published numbers and independent methods beside jko, coarse, each held to its band
	@$(MAKE) --no-print-directory -j2 all programs && runs/reproduce.sh coarse
reproduce-full: deps ## the same at full size; updates runs/*/result.txt, their figures and docs/reproduce.md
	@$(MAKE) --no-print-directory -j2 all programs && runs/reproduce.sh full
lint: ## formatter, static analysis and the project's own rules
	@tests/lint.sh
format: ## clang-format on every source file
	@clang-format -i $(SOURCES) $(HEADERS) $(TESTSRC) $(wildcard tests/support/*.c runs/*/*.c)
docs: all deps-docs ## docs/options.md, made from -help, the man page, and the manual in build/manual/
	@docs/options.sh && docs/man.sh $(BUILD)/jko.1 && mandoc -T lint -W warning $(BUILD)/jko.1 && docs/manual.sh $(BUILD)/manual
$(BUILD)/jko.1: docs/jko.1.in docs/options.md docs/man.sh
	$(QUIET)mkdir -p $(@D) && docs/man.sh $@
deps: ## install the packages that are missing (Debian, Ubuntu); nothing with PETSC_DIR set
	@PETSC_DIR="$(PETSC_DIR)" tests/support/deps.sh
deps-plot deps-docs deps-readers: ## install what pictures, the manual, or check-readers need
	@tests/support/deps.sh $(@:deps-%=%)
SHARE := $(DESTDIR)$(PREFIX)/share/jko
install: all $(BUILD)/jko.1 ## library, headers, jko.pc, the program, its man page; plot.py, presets and the batch script in share/jko; under PREFIX
	$(QUIET)install -d $(DESTDIR)$(PREFIX)/{bin,lib/pkgconfig,include/jko/private,share/man/man1} $(SHARE)/{figures,petsc-options/{problems,solvers}}
	$(QUIET)install $(BUILD)/jko $(DESTDIR)$(PREFIX)/bin && install -m 644 $(LIBRARY) $(DESTDIR)$(PREFIX)/lib && install -m 644 $(BUILD)/jko.1 $(DESTDIR)$(PREFIX)/share/man/man1
	$(QUIET)sed 's|^prefix=.*|prefix=$(PREFIX)|' $(BUILD)/jko.pc > $(DESTDIR)$(PREFIX)/lib/pkgconfig/jko.pc
	$(QUIET)cd include && for f in jko.h jko/*.h jko/private/*.h; do install -m 644 $$f $(DESTDIR)$(PREFIX)/include/$$f || exit 1; done
	$(QUIET)install runs/plot.py runs/cluster/job.slurm $(SHARE) && install -m 644 runs/figures/*.py $(SHARE)/figures
	$(QUIET)for f in petsc-options/*/*.opts; do install -m 644 $$f $(SHARE)/$$f || exit 1; done
uninstall: ## what install has put under PREFIX
	$(QUIET)cd $(DESTDIR)$(PREFIX) && rm -rf bin/jko lib/libjko.{a,so} lib/pkgconfig/jko.pc include/jko.h include/jko share/jko share/man/man1/jko.1
clean: ## remove what was built
	$(QUIET)rm -rf $(BUILD)
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(firstword $(MAKEFILE_LIST)) | column -t -s '|'

-include $(shell find $(BUILD)/{src,tests,runs} -name '*.d' 2>/dev/null)
