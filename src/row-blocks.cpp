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

void Answer::operator+=(const Answer& other) {
  met += other.met;
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += other.sums[i];
}

Answer answer(const Source& source, const Task& task) {
  const uword rank = task.W.n_cols;
  const bool wanted = task.objective != Objective::none;
  Answer out;
  switch (task.verb) {
    case Task::Verb::score: {
      Score w, h;
      out.met.objective += source.score(task.W, task.H, task.objective, task.w ? &w : nullptr, task.h ? &h : nullptr);
      if (task.w) out.rows = {std::move(w.num), std::move(w.den)};
      if (task.h) out.sums = {std::move(h.num), std::move(h.den)};
      return out;
    }
    case Task::Verb::features:
      out.sums = {source.features(task.W)};
      return out;
    case Task::Verb::gather:
      out.rows = {source.gather(task.H)};
      return out;
    case Task::Verb::newton_rows: {
      mat W = task.W;
      out.met = source.newton_rows(W, task.H, task.hold, wanted);
      out.rows = {std::move(W)};
      return out;
    }
    case Task::Verb::row_models: {
      LineModels models(rank, source.facts.n_rows);
      out.met = source.line_models(Side::rows, task.W, task.H, wanted, models);
      out.rows = {models.num.t(), models.den.t(), models.hessian.t()};
      return out;
    }
    default: {
      LineModels models(rank, source.facts.n_cols);
      out.met = source.line_models(Side::columns, task.W, task.H, wanted, models);
      out.sums = {std::move(models.num), std::move(models.den), std::move(models.hessian)};
      return out;
    }
  }
}

mat Blocked::rows(const mat& x, std::size_t first, std::size_t last) const {
  return x.empty() ? x : mat(x.rows(from[first], from[last] - 1));
}
void Blocked::put(Answer& all, std::size_t first, std::vector<mat>& some) const {
  all.rows.resize(some.size());
  for (std::size_t i = 0; i < some.size(); ++i) {
    const mat& x = some[i];
    if (x.empty()) continue;
    if (all.rows[i].empty()) all.rows[i].set_size(facts.n_rows, x.n_cols);
    all.rows[i].rows(from[first], from[first] + x.n_rows - 1) = x;
  }
  some.clear();
}

double Blocked::score(const mat& W, const mat& H, Objective objective, Score* w, Score* h) const {
  Answer found = work({Task::Verb::score, W, H, objective, w != nullptr, h != nullptr, {}});
  if (w) {
    w->num = std::move(found.rows[0]);
    w->den = std::move(found.rows[1]);
  }
  if (h) {
    h->num = std::move(found.sums[0]);
    h->den = std::move(found.sums[1]);
  }
  return found.met.objective;
}

mat Blocked::features(const mat& E) const {
  return std::move(work({Task::Verb::features, E, mat(), Objective::none, false, false, {}}).sums[0]);
}

mat Blocked::gather(const mat& G) const {
  return std::move(work({Task::Verb::gather, mat(), G, Objective::none, false, false, {}}).rows[0]);
}

static Objective wish(bool objective) { return objective ? Objective::fast : Objective::none; }

Totals Blocked::newton_rows(mat& W, const mat& H, const Hold& hold, bool objective) const {
  Answer found = work({Task::Verb::newton_rows, W, H, wish(objective), false, false, hold});
  W = std::move(found.rows[0]);
  return found.met;
}

Totals Blocked::line_models(Side side, const mat& W, const mat& H, bool objective, LineModels& models) const {
  const bool rows = side == Side::rows;
  Answer found =
      work({rows ? Task::Verb::row_models : Task::Verb::column_models, W, H, wish(objective), false, false, {}});
  std::vector<mat>& of = rows ? found.rows : found.sums;
  models.num = rows ? mat(of[0].t()) : std::move(of[0]);
  models.den = rows ? mat(of[1].t()) : std::move(of[1]);
  models.hessian = rows ? mat(of[2].t()) : std::move(of[2]);
  return found.met;
}

RowBlocks::RowBlocks(Sources blocks)
    : Blocked(facts_of(blocks), first_rows(blocks)), open([blocks](std::size_t b) { return blocks[b]; }) {}
RowBlocks::RowBlocks(Facts facts, std::vector<uword> from, Open open)
    : Blocked(std::move(facts), std::move(from)), open(std::move(open)) {}

Answer RowBlocks::work(const Task& task) const {
  Answer all;
  Answer sums = tree(0, blocks(), [&](std::size_t b, std::size_t last) -> std::unique_ptr<Answer> {
    if (last - b > 1) return nullptr;
    const mat W = rows(task.W, b, last);
    const Hold hold = task.hold.rows(from[b], from[last] - from[b]);
    auto own = std::make_unique<Answer>(answer(*open(b), {task.verb, W, task.H, task.objective, task.w, task.h, hold}));
    put(all, b, own->rows);
    return own;
  });
  sums.rows = std::move(all.rows);
  return sums;
}

void RowBlocks::newton_encoder(Side side, mat& X, const Score& score, const Hold& hold, const mat& hessian,
                               mat& pull) const {
  if (side == Side::columns)
    throw std::invalid_argument("The solver 'cd' of a model with an encoder over features needs all rows at once.");
  for (std::size_t b = 0; b < blocks(); ++b) {
    mat own = rows(X, b, b + 1);
    Score here;
    here.num = rows(score.num, b, b + 1);
    here.den = rows(score.den, b, b + 1);
    open(b)->newton_encoder(side, own, here, hold.rows(from[b], own.n_rows), hessian, pull);
    X.rows(from[b], from[b + 1] - 1) = own;
  }
}

mat RowBlocks::row_sums(const mat& W, const mat& H, uword size, const CellSums& f) const {
  mat all(facts.n_rows, size);
  for (std::size_t b = 0; b < blocks(); ++b) {
    const CellSums here = [&](uword n, const double* v, const double* mu, const double* weight, uword row,
                              double* sums) { f(n, v, mu, weight, from[b] + row, sums); };
    all.rows(from[b], from[b + 1] - 1) = open(b)->row_sums(rows(W, b, b + 1), H, size, here);
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
