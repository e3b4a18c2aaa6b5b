// A source of sources that hold consecutive rows of V: in memory, or read from disk one after the other. What has a row
// index is put together; sums over rows are added up in a binary tree over the blocks, so that they depend on the
// blocks alone.
#pragma once
#include "source.h"

namespace nmf {

class RowBlocks : public Source {
 public:
  using Block = std::shared_ptr<const Source>;
  using Sources = std::vector<Block>;
  using Open = std::function<Block(std::size_t)>;
  explicit RowBlocks(Sources blocks);
  // Blocks that are opened when a verb comes to them, and dropped after it. `from` has the first row of each block, and
  // the number of rows at its end.
  RowBlocks(Facts facts, std::vector<uword> from, Open open);

  double score(const mat& W, const mat& H, Objective objective, Score* w, Score* h) const override;
  mat features(const mat& E) const override;
  mat gather(const mat& G) const override;
  Totals newton_rows(mat& W, const mat& H, const Hold& hold, bool objective) const override;
  Totals line_models(Side side, const mat& W, const mat& H, bool objective, LineModels& models) const override;
  // Rows block after block; columns need the whole of each.
  void newton_encoder(Side side, mat& X, const Score& score, const Hold& hold, const mat& hessian,
                      mat& pull) const override;
  mat row_sums(const mat& W, const mat& H, uword size, const CellSums& f) const override;
  // In memory.
  std::unique_ptr<Source> part(Side side, uword from, uword count) const override;

 private:
  std::vector<uword> from;
  const Open open;
  std::size_t blocks() const { return from.size() - 1; }
  mat rows(const mat& x, std::size_t b) const;
  void put(mat& x, std::size_t b, const mat& rows) const;
  template <class F> auto tree(std::size_t first, std::size_t last, const F& f) const -> decltype(f(first));
  template <class F> auto tree(const F& f) const -> decltype(f(0)) { return tree(0, blocks(), f); }
};

// V in memory, cut into blocks of so many rows.
std::unique_ptr<Source> open_blocks(const Data& data, const Noise& noise, uword rows, int threads);

}  // namespace nmf
