// Data with the family of their noise: all that solvers see of V. Its verbs are whole passes over the data. What has a
// row index stays where the rows are, everything else is a sum over rows; so rows may lie in blocks, in memory or
// elsewhere (row-blocks.h), and one block is a source as the whole is.
#pragma once
#include <functional>
#include <limits>
#include "data.h"
#include "family.h"
#include "hold.h"
#include "pieces.h"
#include "sum.h"

namespace nmf {

// Adjoints of num and den for one block of parameters; den - num is the gradient of the half deviance.
struct Score {
  mat num, den;
  Score() = default;
  Score(uword rows, uword cols) : num(rows, cols, arma::fill::zeros), den(rows, cols, arma::fill::zeros) {}
};

// How the objective is wanted: `fast` may subtract sums of the size of the data.
enum class Objective { none, fast, exact };

// What an update met: the half deviance, the sum of mu den, which is the size of the terms that cancel in it, and the
// stationarity residual max |min(x / largest, 1 - num / den)|.
struct Totals {
  Sum objective;
  double scale = 0, residual = 0;
};

// The quadratic models of lines (lines.h): adjoints (K x lines), and the Hessian once for each pair of weights.
struct LineModels {
  mat num, den, hessian;
  LineModels() = default;
  LineModels(uword rank, uword lines)
      : num(rank, lines, arma::fill::zeros),
        den(rank, lines, arma::fill::zeros),
        hessian(rank * (rank + 1) / 2, lines, arma::fill::zeros) {}
  LineModels& operator+=(const LineModels& other) {
    num += other.num;
    den += other.den;
    hessian += other.hessian;
    return *this;
  }
};

// Adds to the sums of `rows` cells of a column from row `row` on: `size` numbers for each row.
using CellSums =
    std::function<void(uword rows, const double* v, const double* mu, const double* weight, uword row, double* sums)>;

struct Facts {
  uword n_rows, n_cols;
  bool sparse, weighted;
  Denominator denominator;
  double exponent, homogeneity;  // of the update; of the objective in V and mu
  double bound;                  // on the sum of the terms that cancel in the objective
  DataSums sums;
  // Whether den is 1 everywhere, so that its adjoints have closed forms.
  bool den_is_one() const { return denominator == Denominator::one && !weighted; }
};

// What the parameter of a cell bounds: with alpha, terms that cancel in its half deviance are alpha log(1 + mu / alpha)
// and less.
constexpr double bound_by_alpha = 50;

// Further on the way from `before` to `now` (Ang and Gillis 2019). One step beyond cannot end a weight.
inline mat beyond(const mat& now, mat before, double beta, int threads = 1) {
  constexpr double keep_of_weight = 0.1, cost_of_a_weight = 16;
  const double* at = now.memptr();
  double* to = before.memptr();
  for_lines(now.n_elem, cost_of_a_weight * double(now.n_elem), threads, [&](int, uword from, uword end) {
    for (uword i = from; i < end; ++i) to[i] = std::max(keep_of_weight * at[i], at[i] + beta * (at[i] - to[i]));
  });
  return before;
}

class NMF_LINKED Source {
 public:
  const Facts facts;
  virtual ~Source() = default;

  // Half deviance at mu = W H and, where asked for, the adjoints for W and H.
  virtual double score(const mat& W, const mat& H, Objective objective, Score* w, Score* h) const = 0;
  virtual mat features(const mat& E) const = 0;  // E'V
  virtual mat gather(const mat& G) const = 0;    // V G'
  // One update of all rows of W, or of all columns of H, by Newton's method.
  virtual Totals newton_rows(mat& W, const mat& H, const Hold& hold, bool objective) const = 0;
  virtual Totals newton_columns(const mat& W, mat& H, const Hold& hold, bool objective) const;
  // The models alone, of rows or of columns.
  virtual Totals line_models(Side side, const mat& W, const mat& H, bool objective, LineModels& models) const = 0;
  // One round over the lines of an encoder (encoder.h): rows of E where H = E'V, with the models of the columns, or
  // rows of A where W = V A, with those of the rows. `pull`, K x lines and zero at first, is where the models have
  // moved.
  virtual void newton_encoder(Side side, mat& X, const Score& score, const Hold& hold, const mat& hessian,
                              mat& pull) const = 0;
  // What has a row index, as above.
  virtual mat beyond(const mat& now, mat before, double beta, int threads) const {
    return nmf::beyond(now, std::move(before), beta, threads);
  }
  // N x size; where H is empty, W is mu itself.
  virtual mat row_sums(const mat& W, const mat& H, uword size, const CellSums& f) const = 0;
  // Some rows or some columns.
  virtual std::unique_ptr<Source> part(Side side, uword from, uword count) const = 0;

 protected:
  explicit Source(Facts facts) : facts(std::move(facts)) {}
};

// Ends an update of lines by their models: X, K x lines, moves. Gives the residual.
double finish(const LineModels& models, mat& X, const Hold& hold, int threads = 1);

// A source in memory; `sums` as from add_up().
std::unique_ptr<Source> open_source(const Data& data, const Noise& noise, const DataSums& sums, int threads);

}  // namespace nmf
