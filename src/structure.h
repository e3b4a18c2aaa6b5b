// Where the factors of mu = W H come from. theta has a block for each; a factor is its block, or is made from it by an
// encoder, a product with V. A structure is no more than these facts, and it never sees the family:
//   T:  theta = {W, H}
//   C:  theta = {W = D', E}, H = E'V (Ding et al. 2010), as an autoencoder D'E'V
//   CF: theta = {A, H}, W = V A, the same of V'
// The adjoint for an encoded factor is pulled back to its block by another product with V: with G for H = E'V (K x M)
// it is V G', with G for W = V A (N x K) it is V'G. From right to left each product costs N M K.
#pragma once
#include "distance.h"
#include "known.h"
#include "source.h"

namespace nmf {

struct Block {
  bool encoder;
  // Along which an entry counts relative to the largest, 0 a column, 1 a row: over the components of an observation in
  // W (of a feature in H beside A), over the entries of a component elsewhere.
  uword line;
};

struct Structure {
  const char* name;
  std::array<Block, 2> blocks;  // of W and of H

  bool encodes() const { return blocks[0].encoder || blocks[1].encoder; }
  // A sweep moves the block that is a factor before the one that is an encoder.
  std::array<std::size_t, 2> order() const {
    return blocks[0].encoder ? std::array<std::size_t, 2>{1, 0} : std::array<std::size_t, 2>{0, 1};
  }
  // An encoder is the same for all lines of the other side, so it can be trained on some of them at a time.
  Side batches() const { return blocks[1].encoder ? Side::columns : Side::rows; }
  // H lies, K x M; the other blocks stand.
  bool lies(std::size_t block) const { return block == 1 && !blocks[1].encoder; }
  // How long a block is: N, or M where it is H or A.
  uword size(std::size_t block, const Facts& facts) const {
    return (block == 0) == blocks[block].encoder ? facts.n_cols : facts.n_rows;
  }
};
constexpr Structure traditional{"T", {{{false, 1}, {false, 1}}}};
constexpr Structure convex{"C", {{{false, 1}, {true, 0}}}};
constexpr Structure convex_features{"CF", {{{true, 0}, {false, 0}}}};
// One observation in a column of V: mu = H'w, and w, a column, is its line. Its source has H', not theta.
constexpr Structure projection{"", {{{false, 1}, {false, 0}}}};

inline const Structure& structure_of(const std::string& name) {
  for (const Structure* structure : {&traditional, &convex, &convex_features})
    if (name == structure->name) return *structure;
  throw std::invalid_argument("Unknown structure '" + name + "'.");
}

// An entry that has decayed to nothing, and what is left of it.
struct Idle {
  std::size_t block;
  uword entry;
  double value;
};

// Data, structure and what is known together: the objective, the gradient in its two parts, and which blocks are to be
// found. `share`: of all data that the source has, where it is a batch.
struct Model {
  const Source& source;
  const Structure& structure;
  const Known& known;
  std::array<bool, 2> free;
  double share = 1;

  const Block& block(std::size_t b) const { return structure.blocks[b]; }
  Hold hold(std::size_t b, const Blocks& theta) const {
    const mat& x = theta[b];
    const bool by_line = block(b).line == (b == 0 ? 1 : 0);  // rows of W, columns of H
    return {known.fixed[b], known.pull(b, theta), by_line ? vec() : vec(arma::vectorise(largest(b, x))), least(b, x)};
  }
  // What the largest of a line counts at least: penalties can end a whole line, which is nothing beside the others
  // then.
  double least(std::size_t b, const mat& x) const {
    return known.penalises(b) ? std::numeric_limits<double>::epsilon() * x.max() : 0;
  }
  // What an entry counts relative to, for each line.
  mat largest(std::size_t b, const mat& x) const {
    mat top = arma::max(x, block(b).line);
    const double least = this->least(b, x);
    return top.transform([&](double value) { return std::max(value, least); });
  }

  // A factor, which is its block or made in `memory`.
  const mat& factor(std::size_t b, const Blocks& theta, mat& memory) const {
    const mat& x = theta[b];
    if (!block(b).encoder) return x;
    return memory = b == 0 ? source.gather(x.t()) : source.features(x);
  }
  // The adjoint for a factor becomes that for its block.
  void pull_back(std::size_t b, Score& score) const {
    if (!block(b).encoder) return;
    const bool ones = source.facts.den_is_one();  // all of whose lines have the same den: sums of V are all it needs
    const DataSums& sums = source.facts.sums;
    if (b == 0) {
      score.num = source.features(score.num).t();
      score.den = ones ? mat(sums.columns * score.den.row(0)) : mat(source.features(score.den).t());
    } else if (ones) {
      score.num = source.gather(score.num);
      score.den = sums.rows * score.den.col(0).t();
    } else {
      const mat both = source.gather(arma::join_cols(score.num, score.den));
      score.num = both.head_cols(both.n_cols / 2);
      score.den = both.tail_cols(both.n_cols / 2);
    }
  }
  void add_penalties(std::size_t b, const Blocks& theta, Score& score) const {
    const Pull pull = known.pull(b, theta);
    if (pull.empty()) return;
    score.num += share * pull.num;
    score.den += share * pull.den;
  }
  // Half deviance and penalties, and the scores of the blocks that are asked for.
  double evaluate(const Blocks& theta, const mat& W, const mat& H, Objective objective, Score* first,
                  Score* second) const {
    const double f = source.score(W, H, objective, first, second);
    for (std::size_t b = 0; b < 2; ++b)
      if (Score* score = b == 0 ? first : second) {
        pull_back(b, *score);
        add_penalties(b, theta, *score);
      }
    return f + (objective == Objective::none ? 0 : share * known.value(theta));
  }
  double evaluate(const Blocks& theta, Objective objective, std::array<Score, 2>& score) const {
    mat of_w, of_h;
    return evaluate(theta, factor(0, theta, of_w), factor(1, theta, of_h), objective, free[0] ? &score[0] : nullptr,
                    free[1] ? &score[1] : nullptr);
  }
  // Terms that cancel in the objective add up to no more than this, of which sum_mu_den is the sum of mu den.
  double scale(double sum_mu_den) const { return std::min(sum_mu_den, source.facts.bound); }

  // Largest distance from stationarity over the free entries of a block.
  double residual(std::size_t b, const mat& x, const Score& score) const {
    const uword line = block(b).line;
    const mat largest = this->largest(b, x), &fixed = known.fixed[b];
    double worst = 0;
    for (uword j = 0, e = 0; j < x.n_cols; ++j)
      for (uword i = 0; i < x.n_rows; ++i, ++e)
        if (fixed.empty() || fixed[e] == 0)
          worst = larger(worst, distance(x[e], largest[line == 1 ? i : j], score.num[e], score.den[e]));
    return worst;
  }
  // Entries of a block that are positive but nothing beside the largest of their line, and that the gradient holds at
  // 0.
  void find_idle(std::size_t b, const mat& x, const Score& score, double least, std::vector<Idle>& idle) const {
    const uword line = block(b).line;
    const mat largest = this->largest(b, x), &fixed = known.fixed[b];
    for (uword j = 0, e = 0; j < x.n_cols; ++j)
      for (uword i = 0; i < x.n_rows; ++i, ++e) {
        const double own = x[e] / largest[line == 1 ? i : j];
        const bool lost = own > 0 && own <= least && scaled_gradient(score.num[e], score.den[e]) > own;
        if (lost && (fixed.empty() || fixed[e] == 0)) idle.push_back({b, e, x[e]});
      }
  }
  double residual(const Blocks& theta, const std::array<Score, 2>& score) const {
    double worst = 0;
    for (std::size_t b = 0; b < 2; ++b)
      if (free[b]) worst = std::max(worst, residual(b, theta[b], score[b]));
    return worst;
  }
};

// Both factors at theta; what is made from a block has to be made again when the block has moved.
class Factors {
  const Model& model;
  const Blocks& theta;
  Blocks memory;
  std::array<const mat*, 2> at{};

 public:
  Factors(const Model& model, const Blocks& theta) : model(model), theta(theta) {
    make(0);
    make(1);
  }
  void make(std::size_t b) { at[b] = &model.factor(b, theta, memory[b]); }
  const mat& W() const { return *at[0]; }
  const mat& H() const { return *at[1]; }
};

}  // namespace nmf
