#!/bin/sh
# The tests under the sanitizers of one compiler (addresses, and with clang undefined behaviour), to their end; fails on
# any report and on any failed test:
#   tools/sanitize.sh gcc | clang [filter]
# It works on a copy of the package, so that both compilers may run side by side. Processes that tests start inherit
# all of it.
set -eu
compiler=${1:?"usage: tools/sanitize.sh gcc | clang [filter]"}
shift
cd "$(dirname "$0")/.."
root=$PWD
dir=$root/.check/sanitize-$compiler
rm -rf "$dir"
mkdir -p "$dir/library"

case $compiler in
  gcc)
    cxx=g++
    checks=address           # with the checks of behaviour, which clang has, g++'s code is ten times slower
    level='-O2 -DNMF_PLAIN'  # inlined kernels take g++ minutes a file
    runtime="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)"
    ;;
  clang)
    cxx='clang++ -shared-libasan'
    checks=address,undefined,float-cast-overflow
    level=-O1
    runtime=$(clang -print-file-name="libclang_rt.asan-$(uname -m).so")
    ;;
  *) echo "sanitize: no compiler '$compiler'" >&2; exit 1 ;;
esac
{
  echo "CXX17 = $cxx -fsanitize=$checks -fsanitize-recover=$checks -fno-omit-frame-pointer"
  echo "CXX17FLAGS = -g1 $level -DNMF_BASELINE -D_GLIBCXX_ASSERTIONS"
} >"$dir/Makevars"

started=$(date +%s)
since() { echo $(($(date +%s) - started)); }
stop() { tail -n 50 "$dir/$1" >&2; echo "sanitize-$compiler: $2" >&2; exit 1; }

cd "$dir"
{ R CMD build --no-build-vignettes --no-manual "$root" && tar -xzf nmfamily_*.tar.gz; } >build.log 2>&1 ||
  stop build.log 'the package cannot be built'
R_MAKEVARS_USER=$dir/Makevars R CMD INSTALL --byte-compile --no-test-load --no-docs --library=library nmfamily \
  >>build.log 2>&1 ||
  stop build.log 'the package cannot be installed'
echo "sanitize-$compiler: installed after $(since) s"

# R's own memory is never given back at its end; the linker sees symbols of R twice; R itself copes with no memory.
common=detect_leaks=0:detect_odr_violation=0:allocator_may_return_null=1:halt_on_error=0:print_stacktrace=1
# R asks for memory and jumps out of calls all the time. What it frees is kept until 20 MB more are freed, as valgrind
# does: with the 256 MB of the default all of its memory is new to the kernel. Marks of the stack are wiped in place at
# a jump, not mapped anew.
memory=quarantine_size_mb=20:allocator_release_to_os_interval_ms=-1:clear_shadow_mmap_threshold=1000000000
# Code of R is compiled when the package is installed; the compiler of R has nothing to find.
cd nmfamily
status=0
LD_PRELOAD=$runtime \
  ASAN_OPTIONS=$common:$memory:log_path=$dir/address UBSAN_OPTIONS=$common:log_path=$dir/undefined \
  R_LIBS="$dir/library${R_LIBS:+:$R_LIBS}" NOT_CRAN=true TESTTHAT_CPUS=2 R_ENABLE_JIT=0 \
  Rscript "$root/tools/test.R" "$@" >"$dir/tests.log" 2>&1 || status=$?
cd "$dir"

counts=nmfamily/.check/test-counts
[ -e "$counts" ] || stop tests.log 'the tests did not run to their end'
reports=$(find . -maxdepth 1 \( -name 'address.*' -o -name 'undefined.*' \) -exec cat {} + |
  grep -cE 'runtime error:|ERROR: AddressSanitizer' || true)
read -r passed failed <"$counts"
echo "sanitize-$compiler: $passed passed, $failed failed, $reports reports after $(since) s"
[ "$status" -eq 0 ] || stop tests.log 'tests failed'
[ "$reports" -eq 0 ] || { cat address.* undefined.* 2>/dev/null; exit 1; }
