// A source of sources that hold consecutive rows of V: in memory, or read from disk one after the other. What has a row
// index is put together; sums over rows are added up in a binary tree over the blocks, so that they depend on the
// blocks alone.
#pragma once
#include "source.h"

namespace nmf {

// A verb of a source and what it is given; E of features() stands in W and G of gather() in H.
struct Task {
  enum class Verb { score, features, gather, newton_rows, row_models, column_models };
  Verb verb;
  const mat &W, &H;
  Objective objective;
  bool w, h;  // which adjoints are wanted
  Hold hold;
};
// What a verb gives: what has a row index, and what is added up over rows.
struct Answer {
  std::vector<mat> rows, sums;
  Totals met;
  void operator+=(const Answer& other);  // the sums alone
};
Answer answer(const Source& source, const Task& task);

// A source whose rows lie in blocks: its verbs are one function of a task.
class Blocked : public Source {
 public:
  virtual Answer work(const Task& task) const = 0;

  double score(const mat& W, const mat& H, Objective objective, Score* w, Score* h) const final;
  mat features(const mat& E) const final;
  mat gather(const mat& G) const final;
  Totals newton_rows(mat& W, const mat& H, const Hold& hold, bool objective) const final;
  Totals line_models(Side side, const mat& W, const mat& H, bool objective, LineModels& models) const final;

 protected:
  Blocked(Facts facts, std::vector<uword> from) : Source(std::move(facts)), from(std::move(from)) {}
  const std::vector<uword> from;  // the first row of each block, and the number of rows at the end
  std::size_t blocks() const { return from.size() - 1; }
  mat rows(const mat& x, std::size_t first, std::size_t last) const;
  // What has a row index, of blocks from `first` on, into that of all; it is given up.
  void put(Answer& all, std::size_t first, std::vector<mat>& some) const;
  // f of the blocks, added up in a tree; `f` may know the sum of several already.
  template <class F> static Answer tree(std::size_t first, std::size_t last, const F& f) {
    if (std::unique_ptr<Answer> known = f(first, last)) return std::move(*known);
    const std::size_t middle = first + (last - first + 1) / 2;
    Answer sum = tree(first, middle, f);
    sum += tree(middle, last, f);
    return sum;
  }
};

class RowBlocks : public Blocked {
 public:
  using Block = std::shared_ptr<const Source>;
  using Sources = std::vector<Block>;
  using Open = std::function<Block(std::size_t)>;
  explicit RowBlocks(Sources blocks);
  // Blocks that are opened when a verb comes to them, and dropped after it.
  RowBlocks(Facts facts, std::vector<uword> from, Open open);

  Answer work(const Task& task) const override;
  // Rows block after block; columns need the whole of each.
  void newton_encoder(Side side, mat& X, const Score& score, const Hold& hold, const mat& hessian,
                      mat& pull) const override;
  mat row_sums(const mat& W, const mat& H, uword size, const CellSums& f) const override;
  // In memory.
  std::unique_ptr<Source> part(Side side, uword from, uword count) const override;

 private:
  const Open open;
};

// V in memory, cut into blocks of so many rows.
std::unique_ptr<Source> open_blocks(const Data& data, const Noise& noise, uword rows, int threads);

}  // namespace nmf
