// How work is cut into pieces for threads. How often depends on the amount of work alone, in units of a multiplication
// on dense cells; a piece must be worth the start of a thread, above all on a machine that is busy with other things.
#pragma once
#include <algorithm>
#include "data.h"
#include "pack.h"
#include "threads.h"

namespace nmf {

#ifndef NMF_WORTH_A_THREAD  // less makes threads work on small data
#define NMF_WORTH_A_THREAD (1 << 22)
#endif
constexpr double worth_a_thread = NMF_WORTH_A_THREAD;
inline double work_of(const Data& data, bool by_nonzeros) {
  constexpr double cost_of_a_nonzero = 8;
  return by_nonzeros ? cost_of_a_nonzero * data.stored() : double(data.n_rows) * double(data.n_cols);
}

struct Piece {
  uword row, rows, col, cols;
};  // a rectangle of V

// Cuts V along its longer side.
inline std::vector<Piece> cut(const Data& data, double work, uword most = 8) {
  const uword longer = std::max(data.n_rows, data.n_cols);
  const uword pieces = std::min({uword(1 + work / worth_a_thread), most, longer});
  std::vector<Piece> all;
  for (uword p = 0; p < pieces; ++p) {
    const uword from = p * longer / pieces, size = (p + 1) * longer / pieces - from;
    if (data.n_rows > data.n_cols) all.push_back({from, size, 0, data.n_cols});
    else all.push_back({0, data.n_rows, from, size});
  }
  return all;
}

constexpr uword widest = 8;  // lanes
inline uword whole_packs(uword n) { return (n + widest - 1) / widest * widest; }

// Lines in pieces; they do not depend on each other.
constexpr uword most_pieces_of_lines = 64;
template <class Kernel> void for_lines(uword lines, double work, int threads, Kernel kernel) {
  const uword groups = (lines + widest - 1) / widest;
  const uword pieces = std::min({uword(1 + work / worth_a_thread), most_pieces_of_lines, groups});
  for_each_piece(int(pieces), threads, [&](int p) {
    const uword from = uword(p) * groups / pieces * widest, to = uword(p + 1) * groups / pieces * widest;
    kernel(p, from, std::min(to, lines));
  });
}

// The place of row k and column l in a symmetric matrix stored once.
NMF_INLINE uword place(uword k, uword l) { return k < l ? l * (l + 1) / 2 + k : k * (k + 1) / 2 + l; }

}  // namespace nmf
