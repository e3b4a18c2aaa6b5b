# Every target sets up what it needs (tools/setup.sh) and leaves alone what is already there.
# R packages that the system lacks, and nmfamily itself, go to the project's own library .Rlib.

export R_LIBS := $(CURDIR)/.Rlib$(if $(R_LIBS),:$(R_LIBS))
export LANG ?= C.UTF-8

CHECK := .check
INSTALLED := .Rlib/nmfamily/DESCRIPTION
SOURCES := DESCRIPTION LICENSE NAMESPACE R data \
  $(wildcard R/* data/* inst/* inst/*/* man/* src/Makevars* src/*.cpp src/*.h)
CXX_FILES = $(filter-out src/RcppExports.cpp, $(wildcard src/*.cpp src/*.h))
# Debugging symbols, which the R of some systems asks for, are a third of the work of the compiler.
INSTALL := MAKEFLAGS='-j2 CXX17FLAGS=-O2' R CMD INSTALL --preclean --clean --byte-compile

.PHONY: help demo paper install test check document coverage sanitize sanitize-gcc sanitize-clang valgrind \
  threads kill cluster-test interrupts mutants hostile fuzz lint warnings screenshots bench site release clean \
  setup-run setup-test setup-check setup-dev setup-proof setup-site setup-cluster

help:
	@echo 'make demo      compare the eight models on the liver data; figures in demo-output/'
	@echo 'make install   install the package into .Rlib'
	@echo 'make paper     make the figures of the paper and the tables of its vignette; fits in paper-output/'
	@echo 'make test      run the tests; FILTER=family runs test-family.R only'
	@echo 'make check     R CMD check --as-cran; fails on any error, warning or note'
	@echo 'make document  write NAMESPACE and man/ from the comments in R/'
	@echo 'make coverage  line coverage of R and C++'
	@echo 'make sanitize  run the tests under the sanitizers of gcc (addresses) and of clang (addresses, behaviour)'
	@echo 'make valgrind  run every family, structure and solver under valgrind'
	@echo 'make threads   run the core without R on four threads under ThreadSanitizer'
	@echo 'make interrupts  interrupt all functions that take long, 100 times at random moments'
	@echo 'make cluster-test  one fit by workers of sockets, mirai, MPI and Slurm, and with workers that are killed'
	@echo 'make kill      kill the process 70 times while it writes checkpoints, and compare what comes of it'
	@echo 'make mutants   put faults into the core and into R, one at a time, and see whether a test fails (hours)'
	@echo 'make hostile   call every function with every hostile argument, in child processes; FUNCTIONS=^nmf$$'
	@echo 'make fuzz      try the laws on 20,000 random problems; CASES=1000 SEED=1'
	@echo 'make lint      lintr, clang-format, make warnings, and whether make release has anything to write'
	@echo 'make warnings  every warning of clang about the C++ is an error'
	@echo 'make screenshots  pictures of every view of explore() and report(), in screenshots/'
	@echo 'make bench     compare with other packages and with plain updates; reports in bench/results/ (an hour)'
	@echo 'make site      build the site into docs/, and look for broken links and pictures without words'
	@echo 'make release   write from DESCRIPTION what repeats it, and check what can be checked before a release'
	@echo 'make clean     remove everything these targets made'

demo: install
	Rscript inst/examples/eight-models.R demo-output

# What is in paper-output/ already is not fitted again.
paper: install
	Rscript inst/paper/all.R paper-output
	cp paper-output/compared.csv inst/paper/
	cp paper-output/figure-*.png vignettes/figures/

install: $(INSTALLED)

$(INSTALLED): $(SOURCES) | setup-run
	$(INSTALL) --no-multiarch --library=.Rlib .

test: setup-test $(INSTALLED)
	NOT_CRAN=true Rscript tools/test.R $(FILTER:%='%')

# The compiler flags are CRAN's: those of the system's R bring notes of their own. The empty list
# of CRAN's packages keeps the search for orphaned ones off the network, where R would stop.
check: export R_MAKEVARS_USER := $(CURDIR)/$(CHECK)/Makevars
check: export R_CRAN_WEB := file://$(CURDIR)/$(CHECK)/cran
check: export _R_CHECK_CRAN_INCOMING_ := false
check: export _R_CHECK_FORCE_SUGGESTS_ := false
check: export _R_CHECK_SYSTEM_CLOCK_ := 0
check: setup-check
	rm -rf $(CHECK)/nmfamily* && mkdir -p $(CHECK)/cran/web/packages
	cd $(CHECK)/cran/web/packages && \
	  Rscript -e 'saveRDS(data.frame(Package = character(), Maintainer = character()), "packages.rds")'
	printf 'CXX17FLAGS = -O2 -Wall -pedantic\n' > $(CHECK)/Makevars
	cd $(CHECK) && R CMD build ..
	cd $(CHECK) && R CMD check --as-cran $(if $(shell command -v pdflatex),,--no-manual) $(CHECK_ARGS) nmfamily_*.tar.gz
	cd $(CHECK)/nmfamily.Rcheck && { grep -q '^Status: OK$$' 00check.log || \
	  { grep -q 'suggested but not available for checking' 00check.log && grep -q '^Status: 1 NOTE$$' 00check.log; }; }

document: setup-dev
	Rscript -e 'roxygen2::roxygenise()'

coverage: setup-dev
	NOT_CRAN=true Rscript tools/coverage.R

# Both compilers at once, a core for each.
sanitize: setup-proof
	$(MAKE) -j2 --keep-going --output-sync=none sanitize-gcc sanitize-clang

sanitize-gcc sanitize-clang: setup-proof
	tools/sanitize.sh $(@:sanitize-%=%) $(FILTER:%='%')

valgrind: setup-proof
	tools/valgrind.sh

threads: setup-proof
	tools/threads.sh

interrupts: setup-test $(INSTALLED)
	Rscript tools/interrupts.R 100

kill: setup-test $(INSTALLED)
	Rscript tools/kill.R 70

cluster-test: setup-cluster $(INSTALLED)
	tools/cluster/all.sh 20

# A mutant may ask for any amount of memory.
mutants: setup-test
	ulimit -v 8388608; Rscript tools/mutants.R $(MUTANTS)

warnings: setup-dev
	tools/warnings.sh

# A call that asks for all of the memory must not take the machine with it.
hostile: setup-test $(INSTALLED)
	ulimit -v 6000000; OMP_THREAD_LIMIT=1 Rscript tools/hostile.R $(FUNCTIONS:%='%')

fuzz: setup-test $(INSTALLED)
	OMP_THREAD_LIMIT=1 Rscript tools/fuzz.R $(or $(CASES),20000) $(SEED)

lint: warnings
	Rscript tools/release.R --check
	Rscript tools/standards.R
	Rscript tools/dependencies.R
	clang-format --dry-run -Werror $(CXX_FILES)
	Rscript -e 'lints <- lintr::lint_package(); print(lints); quit(status = length(lints) > 0)'

screenshots: setup-test $(INSTALLED)
	Rscript tools/screenshots.R screenshots

bench: setup-test $(INSTALLED)
	bench/setup.sh
	Rscript bench/run.R

site: setup-site $(INSTALLED)
	Rscript tools/site.R
	Rscript tools/links.R docs

release: setup-test
	Rscript tools/release.R
	Rscript tools/dependencies.R
	Rscript tools/standards.R

clean:
	rm -rf .Rlib .Rlib-bench $(CHECK) demo-output paper-output docs screenshots src/*.o src/*.so

setup-run setup-test setup-check setup-dev setup-proof setup-site setup-cluster:
	@tools/setup.sh $(@:setup-%=%)
