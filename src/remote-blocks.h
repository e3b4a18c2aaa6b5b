// Blocks of rows that others hold, on this machine or elsewhere. They are asked all at once for what a verb makes of
// their blocks; of each it comes back for whole subtrees of the tree in which blocks are added up, so that the sums are
// those of one process, to the bit.
#pragma once
#include <string_view>
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
  // Where the others have W from: none is wanted; they have it as `same`, that of the last task or what this has made
  // of it; they make it `beyond` the ends of their last two sweeps, by beta; or it is given.
  struct Rows {
    enum class From { none, same, beyond, given } from;
    double beta;
  };
  // Asks for a task. Subtrees come back that have each block once, or why there are none.
  struct Reply {
    std::vector<Subtree> subtrees;
    bool stopped = false;
    Status why = Status::interrupted;
  };
  using Ask = std::function<Reply(const Task& task, const Rows& rows)>;

  // `own` are the same blocks here, for what nobody else is asked for.
  RemoteBlocks(std::unique_ptr<RowBlocks> own, std::vector<uword> from, Ask ask)
      : Blocked(own->facts, std::move(from)), own(std::move(own)), ask(std::move(ask)) {}

  Answer work(const Task& task) const override;
  mat beyond(const mat& now, mat before, double beta, int threads) const override;
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

  // Rows that the others have, known again by their dimensions and a hash.
  class Mark {
    uword n_rows = 0, n_cols = 0;
    std::size_t hash = 0;

   public:
    Mark() = default;
    explicit Mark(const mat& x)
        : n_rows(x.n_rows),
          n_cols(x.n_cols),
          hash(std::hash<std::string_view>()({reinterpret_cast<const char*>(x.memptr()), x.n_elem * sizeof(double)})) {}
    bool operator==(const Mark& other) const {
      return n_rows > 0 && n_rows == other.n_rows && n_cols == other.n_cols && hash == other.hash;
    }
  };
  struct WithThem {
    Mark last;     // the W of the last task, or what it was moved to
    Mark ends[2];  // where the last sweep ended, and the one before it
    Mark further;  // what is `beyond` these
    double beta = 0;
  };
  mutable WithThem with_them;
  Rows rows_of(const mat& W) const;
};

}  // namespace nmf
