// All cells count the same.
#define NMF_SOLVERS_HERE
#include <RcppArmadillo.h>
#include "solvers.h"

namespace nmf {
NMF_SOLVERS(, Dense<false>)
NMF_SOLVERS(, Sparse<false>)
}  // namespace nmf
