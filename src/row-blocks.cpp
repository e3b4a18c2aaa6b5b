#include "row-blocks.h"

namespace nmf {
namespace {

Facts facts_of(const RowBlocks::Sources& blocks) {
  Facts all = blocks.front()->facts;
  for (std::size_t b = 1; b < blocks.size(); ++b) {
    const Facts& facts = blocks[b]->facts;
    all.n_rows += facts.n_rows;
    all.weighted = all.weighted || facts.weighted;
    all.bound += facts.bound;
    all.sums.squares += facts.sums.squares;
    all.sums.rows = arma::join_cols(all.sums.rows, facts.sums.rows);
    all.sums.columns += facts.sums.columns;
  }
  return all;
}

Totals& operator+=(Totals& a, const Totals& b) {
  a.objective += b.objective;
  a.scale += b.scale;
  a.residual = std::max(a.residual, b.residual);
  return a;
}

}  // namespace

static std::vector<uword> first_rows(const RowBlocks::Sources& blocks) {
  std::vector<uword> from{0};
  for (const auto& block : blocks) from.push_back(from.back() + block->facts.n_rows);
  return from;
}

RowBlocks::RowBlocks(Sources blocks)
    : Source(facts_of(blocks)), from(first_rows(blocks)), open([blocks](std::size_t b) { return blocks[b]; }) {}
RowBlocks::RowBlocks(Facts facts, std::vector<uword> from, Open open)
    : Source(std::move(facts)), from(std::move(from)), open(std::move(open)) {}

mat RowBlocks::rows(const mat& x, std::size_t b) const { return x.empty() ? x : mat(x.rows(from[b], from[b + 1] - 1)); }
void RowBlocks::put(mat& x, std::size_t b, const mat& rows) const { x.rows(from[b], from[b + 1] - 1) = rows; }

// f of the blocks, added up in a tree.
template <class F> auto RowBlocks::tree(std::size_t first, std::size_t last, const F& f) const -> decltype(f(first)) {
  if (last - first == 1) return f(first);
  const std::size_t middle = first + (last - first + 1) / 2;
  auto sum = tree(first, middle, f);
  sum += tree(middle, last, f);
  return sum;
}

double RowBlocks::score(const mat& W, const mat& H, Objective objective, Score* w, Score* h) const {
  if (w) *w = Score(facts.n_rows, W.n_cols);
  struct Sums {
    Sum objective;
    Score h;
    void operator+=(const Sums& other) {
      objective += other.objective;
      h.num += other.h.num;
      h.den += other.h.den;
    }
  };
  Sums sums = tree([&](std::size_t b) {
    Sums own;
    Score of_rows;
    own.objective += open(b)->score(rows(W, b), H, objective, w ? &of_rows : nullptr, h ? &own.h : nullptr);
    if (w) {
      put(w->num, b, of_rows.num);
      put(w->den, b, of_rows.den);
    }
    return own;
  });
  if (h) *h = std::move(sums.h);
  return sums.objective;
}

mat RowBlocks::features(const mat& E) const {
  return tree([&](std::size_t b) { return open(b)->features(rows(E, b)); });
}

mat RowBlocks::gather(const mat& G) const {
  mat all(facts.n_rows, G.n_rows);
  for (std::size_t b = 0; b < blocks(); ++b) put(all, b, open(b)->gather(G));
  return all;
}

Totals RowBlocks::newton_rows(mat& W, const mat& H, const Hold& hold, bool objective) const {
  return tree([&](std::size_t b) {
    mat own = rows(W, b);
    const Totals met = open(b)->newton_rows(own, H, hold.rows(from[b], own.n_rows), objective);
    put(W, b, own);
    return met;
  });
}

Totals RowBlocks::line_models(Side side, const mat& W, const mat& H, bool objective, LineModels& models) const {
  const uword rank = W.n_cols;
  if (side == Side::rows)
    return tree([&](std::size_t b) {
      const arma::span here(from[b], from[b + 1] - 1);
      LineModels own(rank, from[b + 1] - from[b]);
      const Totals met = open(b)->line_models(side, rows(W, b), H, objective, own);
      models.num.cols(here.a, here.b) = own.num;
      models.den.cols(here.a, here.b) = own.den;
      models.hessian.cols(here.a, here.b) = own.hessian;
      return met;
    });
  struct Sums {
    Totals met;
    LineModels models;
    void operator+=(const Sums& other) {
      nmf::operator+=(met, other.met);
      models += other.models;
    }
  };
  Sums sums = tree([&](std::size_t b) {
    Sums own{{}, LineModels(rank, H.n_cols)};
    own.met = open(b)->line_models(side, rows(W, b), H, objective, own.models);
    return own;
  });
  models = std::move(sums.models);
  return sums.met;
}

void RowBlocks::newton_encoder(Side side, mat& X, const Score& score, const Hold& hold, const mat& hessian,
                               mat& pull) const {
  if (side == Side::columns)
    throw std::invalid_argument("The solver 'cd' of a model with an encoder over features needs all rows at once.");
  for (std::size_t b = 0; b < blocks(); ++b) {
    mat own = rows(X, b);
    Score here;
    here.num = rows(score.num, b);
    here.den = rows(score.den, b);
    open(b)->newton_encoder(side, own, here, hold.rows(from[b], own.n_rows), hessian, pull);
    put(X, b, own);
  }
}

mat RowBlocks::row_sums(const mat& W, const mat& H, uword size, const CellSums& f) const {
  mat all(facts.n_rows, size);
  for (std::size_t b = 0; b < blocks(); ++b) {
    const CellSums here = [&](uword n, const double* v, const double* mu, const double* weight, uword row,
                              double* sums) { f(n, v, mu, weight, from[b] + row, sums); };
    put(all, b, open(b)->row_sums(rows(W, b), H, size, here));
  }
  return all;
}

std::unique_ptr<Source> RowBlocks::part(Side side, uword first, uword count) const {
  Sources parts;
  for (std::size_t b = 0; b < blocks(); ++b) {
    if (side == Side::columns) {
      parts.push_back(open(b)->part(side, first, count));
      continue;
    }
    const uword begin = std::max(first, from[b]), end = std::min(first + count, from[b + 1]);
    if (begin < end) parts.push_back(open(b)->part(side, begin - from[b], end - begin));
  }
  return std::make_unique<RowBlocks>(std::move(parts));
}

std::unique_ptr<Source> open_blocks(const Data& data, const Noise& noise, uword rows, int threads) {
  RowBlocks::Sources blocks;
  for (uword from = 0; from < data.n_rows; from += rows) {
    const uword count = std::min(rows, data.n_rows - from);
    const Data block = rows_of(data, from, count);
    blocks.push_back(open_source(block, rows_of(noise, from, count), add_up(block), threads));
  }
  return std::make_unique<RowBlocks>(std::move(blocks));
}

}  // namespace nmf
