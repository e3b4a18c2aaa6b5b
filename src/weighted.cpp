// Cells with weights and offsets.
#define NMF_SOLVERS_HERE
#include <RcppArmadillo.h>
#include "solvers.h"

namespace nmf {
NMF_SOLVERS(, Dense<true>)
NMF_SOLVERS(, Sparse<true>)
}  // namespace nmf
