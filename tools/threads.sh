#!/bin/sh
# ThreadSanitizer on the core without R (tools/threads.cpp); any report fails it. Archer tells it of OpenMP's barriers,
# and the OpenMP library itself, which is not compiled with it, is not judged.
set -eu
cd "$(dirname "$0")/.."
dir=.check/threads
rm -rf "$dir"
mkdir -p "$dir"
armadillo=$(Rscript --no-init-file -e 'cat(system.file("include", package = "RcppArmadillo"))')
export flags="-std=gnu++17 -fsanitize=thread -fopenmp -g1 -O1 -DNMF_BASELINE -DNMF_PLAIN -DNMF_WORTH_A_THREAD=256 -Isrc \
  -isystem $armadillo -DARMA_64BIT_WORD"
# shellcheck disable=SC2016  # is for the inner shell
ls src/*.cpp tools/threads.cpp | grep -v -e src/fit.cpp -e src/RcppExports.cpp |
  xargs -P 2 -I {} sh -c 'clang++ $flags -c "$1" -o ".check/threads/$(basename "$1" .cpp).o"' - {}
clang++ -fsanitize=thread -fopenmp "$dir"/*.o -llapack -lblas -o "$dir/run"
archer=$(dirname "$(readlink -f "$(ldd "$dir/run" | awk '/libomp/ { print $3 }')")")/libarcher.so
[ -e "$archer" ] || { echo "threads: there is no $archer" >&2; exit 1; }
OMP_WAIT_POLICY=passive OMP_TOOL_LIBRARIES=$archer TSAN_OPTIONS=ignore_noninstrumented_modules=1 "$dir/run"
