#!/bin/sh
# Installs what is missing for a group of make targets, and only that:
#   tools/setup.sh run | test | check | dev        (each contains the ones before it)
#   tools/setup.sh proof                           (test, and what sanitizers and valgrind need)
#   tools/setup.sh site                            (test, and pkgdown)
#   tools/setup.sh cluster                         (test, and what can be had of mirai, MPI and Slurm)
# Debian and Ubuntu: system packages through apt-get, as root or by password-free sudo.
# Elsewhere, and for what apt lacks: install.packages() into the project's own library, .Rlib.
set -eu
cd "$(dirname "$0")/.."
group=${1:?"usage: tools/setup.sh run | test | check | dev | proof | site | cluster"}
single_cell='fgsea SeuratObject SingleCellExperiment SummarizedExperiment'  # taken from apt, for elsewhere they take long
on_disk='rhdf5 DelayedArray HDF5Array'  # likewise
# only Tweedie powers above 2, shrunken fold changes, clusters of mirai and these data use them
optional="tweedie ashr mirai $single_cell $on_disk"
export R_LIBS="$PWD/.Rlib${R_LIBS:+:$R_LIBS}"
mkdir -p .Rlib

stop() { printf 'setup: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
within() { case " $2 " in *" $1 "*) ;; *) false ;; esac; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

apt_works() { have apt-get && as_root true 2>/dev/null; }

apt_updated=no
apt_install() {
  apt_works || return 0
  [ "$apt_updated" = yes ] || as_root apt-get update -qq || true
  apt_updated=yes
  known=
  for package in "$@"; do
    if apt-cache show "$package" >/dev/null 2>&1; then known="$known $package"; fi
  done
  [ -n "$known" ] || return 0
  echo "setup: apt-get install$known"
  # shellcheck disable=SC2086  # a list of names
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $known >/dev/null ||
    echo "setup: apt-get could not install all of$known" >&2
}

# r-cran-* and r-bioc-* packages belong to the system's R and are of no use to another one
system_r() { [ "$(R RHOME)" = /usr/lib/R ]; }

compiles() {
  have Rscript && have "$(R CMD config CXX17 2>/dev/null | cut -d ' ' -f 1)" || return 1
  ! { have dpkg && system_r; } || dpkg -s r-base-dev >/dev/null 2>&1
}

missing_packages() { Rscript --no-init-file tools/missing.R "$group" | tr '\n' ' '; }

need_program() {  # need_program COMMAND PACKAGE
  have "$1" || apt_install "$2"
  have "$1" || stop "please install '$1' first."
}

compiles || apt_install r-base-dev
compiles || stop "please install R (>= 4.1) with a C++17 compiler, make and a Fortran library first" \
  "(Debian and Ubuntu: r-base-dev; macOS: R and the Xcode command line tools; Windows: R and Rtools)."

# The pages of explore() are tested in a browser, where apt has one with its driver (25 packages, 133 MB); asked for once.
if [ "$group" != run ] && ! have chromedriver && [ ! -e .Rlib/.tried-chromedriver ]; then
  touch .Rlib/.tried-chromedriver
  apt_install chromium chromium-driver
fi

case $group in
  check | dev)
    need_program pandoc pandoc
    need_program qpdf qpdf
    have tidy || apt_install tidy
    ;;
  site) need_program pandoc pandoc ;;
  cluster)
    have mpirun || apt_install openmpi-bin libopenmpi-dev r-cran-rmpi r-cran-snow
    have slurmctld || apt_install slurm-wlm munge
    ;;
esac
need_clang() {  # with OpenMP
  need_program clang++ clang
  llvm=$(clang++ -dumpversion | cut -d . -f 1)
  echo '#include <omp.h>' | clang++ -fopenmp -fsyntax-only -x c++ - 2>/dev/null || apt_install "libomp-$llvm-dev"
}
case $group in
  dev)
    need_program clang-format clang-format
    need_clang
    ;;
  proof)
    need_program valgrind valgrind
    need_clang
    [ -e "$(clang -print-file-name="libclang_rt.asan-$(uname -m).so")" ] || apt_install "libclang-rt-$llvm-dev"
    ;;
esac

missing=$(missing_packages)
if [ -n "$missing" ] && apt_works && system_r; then
  # shellcheck disable=SC2046
  apt_install $(for package in $missing; do echo "r-cran-$package r-bioc-$package"; done | tr '[:upper:]' '[:lower:]')
  missing=$(missing_packages)
fi

wanted=
for package in $missing; do  # an optional package is asked for once, not at every run
  ! within "$package" "$single_cell $on_disk" || continue
  if within "$package" "$optional"; then
    [ ! -e ".Rlib/.tried-$package" ] || continue
    touch ".Rlib/.tried-$package"
  fi
  wanted="$wanted $package"
done
if [ -n "$wanted" ]; then
  echo "setup: install.packages:$wanted"
  # shellcheck disable=SC2086
  Rscript -e 'if ("@CRAN@" %in% getOption("repos")) utils::chooseCRANmirror(graphics = FALSE, ind = 1)' \
    -e 'install.packages(commandArgs(TRUE), lib = .libPaths()[1], quiet = TRUE)' $wanted || true
  missing=$(missing_packages)
fi

required=
for package in $missing; do
  if within "$package" "$optional"; then echo "setup: going on without $package"; else required="$required $package"; fi
done
[ -z "$required" ] || stop "these R packages are missing or too old, please install them first:$required"
