// The solvers by their names.
#pragma once
#include <string>
#include "adam.h"
#include "solve.h"

namespace nmf {

struct Solver {
  std::string name;
  bool extrapolate;
  int inner;
  Schedule schedule = {};
  int threads = 1;  // for what it does with theta alone
};

NMF_LINKED End fit(const Source& source, const Structure& structure, const Known& known, const Solver& solver, Run& run,
                   const Control& control);

// One observation (open_observation()): a few safe sweeps, then Newton's method.
Status project(const Source& observation, const Known& known, vec& weights, const Control& control);

}  // namespace nmf
