// Blocks of rows that others hold, on this machine or elsewhere. They are asked all at once for what a verb makes of
// their blocks; of each it comes back for whole subtrees of the tree in which blocks are added up, so that the sums are
// those of one process, to the bit.
#pragma once
#include "stored-blocks.h"
#include "watch.h"

namespace nmf {

class RemoteBlocks : public Blocked {
 public:
  // What it answers is taken where it goes and when it is added up, so that little of it is in memory at once.
  struct Subtree {
    std::size_t first, last;  // blocks from first to before last
    std::function<void(std::vector<mat>& all, uword from, uword n_rows)> put_rows;
    std::function<Answer()> sums;
  };
  // Asks for a task; `same_rows` tells that its W is that of the last one, or what this has made of it. Subtrees come
  // back that have each block once, or why there are none.
  struct Reply {
    std::vector<Subtree> subtrees;
    bool stopped = false;
    Status why = Status::interrupted;
  };
  using Ask = std::function<Reply(const Task& task, bool same_rows)>;

  // `own` are the same blocks here, for what nobody else is asked for.
  RemoteBlocks(std::unique_ptr<RowBlocks> own, std::vector<uword> from, Ask ask)
      : Blocked(own->facts, std::move(from)), own(std::move(own)), ask(std::move(ask)) {}

  Answer work(const Task& task) const override;
  void newton_encoder(Side side, mat& X, const Score& score, const Hold& hold, const mat& hessian,
                      mat& pull) const override {
    own->newton_encoder(side, X, score, hold, hessian, pull);
  }
  mat row_sums(const mat& W, const mat& H, uword size, const CellSums& f) const override {
    return own->row_sums(W, H, size, f);
  }
  std::unique_ptr<Source> part(Side side, uword from, uword count) const override {
    return own->part(side, from, count);
  }

 private:
  const std::unique_ptr<RowBlocks> own;
  const Ask ask;
  mutable mat with_them;  // the rows of W that the others have
};

}  // namespace nmf
