#!/bin/sh
# clang's warnings about the C++ of this package, each an error; those about headers of others are left out.
set -eu
cd "$(dirname "$0")/.."
headers() { Rscript --no-init-file -e 'cat(system.file("include", package = commandArgs(TRUE)))' "$1"; }
# shellcheck disable=SC2046  # a list of flags
set -- -std=gnu++17 -fsyntax-only -fopenmp -DARMA_64BIT_WORD -DNMF_BASELINE \
  -Werror -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow \
  $(R CMD config --cppflags | sed 's/-I/-isystem /g') \
  -isystem "$(headers Rcpp)" -isystem "$(headers RcppArmadillo)" -Isrc -Iinst/extending
status=0
for file in src/*.cpp tests/testthat/fixtures/*.cpp; do
  clang++ "$@" "$file" || status=1
done
exit $status
