#!/bin/sh
# valgrind's memcheck on tools/valgrind.R; an error, or memory that is lost, fails it.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
dir=$root/.check/valgrind
rm -rf "$dir"
mkdir -p "$dir/library"
# valgrind knows no instructions beyond AVX2
echo 'CXX17FLAGS = -g -O1 -DNMF_BASELINE' >"$dir/Makevars"
(
  cd "$dir"
  R CMD build --no-build-vignettes --no-manual "$root"
  tar -xzf nmfamily_*.tar.gz
  R_MAKEVARS_USER=$dir/Makevars R CMD INSTALL --no-test-load --no-docs --library=library nmfamily
) >"$dir/build.log" 2>&1 || { tail -n 50 "$dir/build.log" >&2; exit 1; }
export R_LIBS="$dir/library${R_LIBS:+:$R_LIBS}"
exec R --vanilla --no-echo -d "valgrind --error-exitcode=1 --leak-check=full --show-leak-kinds=definite \
  --errors-for-leak-kinds=definite --num-callers=30" -f tools/valgrind.R
