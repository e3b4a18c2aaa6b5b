// Work runs as a fixed number of pieces, whatever the number of threads: results do not depend on it.
#pragma once
#include <exception>
#ifdef _OPENMP
#include <omp.h>
#ifndef _WIN32
#include <pthread.h>
#endif
#endif

namespace nmf {

// An OpenMP team does not survive fork(): a child that starts a second one hangs (libgomp), so it keeps to one thread.
inline bool& forked() {
  static bool state = false;
  return state;
}
inline void watch_forks() {
#if defined(_OPENMP) && !defined(_WIN32)
  pthread_atfork(nullptr, nullptr, [] { forked() = true; });
#endif
}

template <class Work> void for_each_piece(int pieces, int threads, Work work) {
  std::exception_ptr failure;
  const bool alone = forked() || threads < 2 || pieces < 2;
  (void)alone;
#ifdef _OPENMP
#pragma omp parallel for num_threads(alone ? 1 : threads) schedule(dynamic, 1) if (!alone)
#endif
  for (int piece = 0; piece < pieces; ++piece) {
    try {
      work(piece);
    } catch (...) {  // an exception must not leave the parallel region
#ifdef _OPENMP
#pragma omp critical(nmf_failure)
#endif
      failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace nmf
