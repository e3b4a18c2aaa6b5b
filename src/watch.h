// Whether work is to end before it is done. Kernels look between two stretches of it, on every thread; what is thrown
// then leaves them, and solve() keeps the last point whose objective is known.
#pragma once
#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <thread>
#include "matrix.h"

namespace nmf {

enum class Status { converged, max_iter, time_limit, interrupted, stalled };

using Monitor = std::function<bool()>;  // whether to stop; asked on the thread that made the watch, and on no other

struct Stopped {
  Status why;
};

inline double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// In force from when it is made until it goes. Once it has ended work, it ends all that follows.
class Watch {
  static Watch*& current() {
    static Watch* watch = nullptr;
    return watch;
  }
  const std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();
  const double seconds;
  const Monitor interrupted;
  const std::thread::id owner = std::this_thread::get_id();
  std::atomic<bool> over{false}, by_user{false};
  Watch* const outer = current();
  std::chrono::steady_clock::time_point asked = begin;

  void ask() {
    constexpr double between = 0.02;  // asking costs more than a small step
    if (seconds_since(begin) >= seconds) over = true;
    if (over || std::this_thread::get_id() != owner || seconds_since(asked) < between) return;
    asked = std::chrono::steady_clock::now();
    if (interrupted()) over = by_user = true;
  }

 public:
  Watch(double seconds, Monitor interrupted) : seconds(seconds), interrupted(std::move(interrupted)) {
    current() = this;
  }
  ~Watch() { current() = outer; }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  static void look() {
    Watch* watch = current();
    if (!watch) return;
    if (!watch->over) watch->ask();
    if (watch->over) throw Stopped{watch->by_user ? Status::interrupted : Status::time_limit};
  }

  // How long work may still take, and whether it is watched at all.
  static double seconds_left() {
    const Watch* watch = current();
    return watch ? std::max(0.0, watch->seconds - seconds_since(watch->begin)) : INFINITY;
  }
  static bool is_in_force() { return current() != nullptr; }

  // Work that is done whatever the watch says.
  class Pause {
    Watch* const watch = current();

   public:
    Pause() { current() = nullptr; }
    ~Pause() { current() = watch; }
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;
  };
};

// Looks once in a while in a loop whose turns are short.
class Lookout {
  uword done = 0;

 public:
  void pass(uword cells) {
    constexpr uword stretch = 1 << 14;
    if ((done += cells) < stretch) return;
    done = 0;
    Watch::look();
  }
};

}  // namespace nmf
