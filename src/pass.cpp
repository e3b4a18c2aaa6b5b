#include "pass.h"

namespace nmf {

double over_pieces(const Data& data, bool by_nonzeros, bool general, const mat& W, const mat& H, int threads, Score* w,
                   Score* h, const WalkPiece& walk) {
  const uword rank = H.n_rows, padded = whole_packs(rank);
  const std::vector<Piece> pieces = cut(data, work_of(data, by_nonzeros) * double(rank),
                                        W.n_elem > (1 << 17) ? 4 : 8);  // each piece has sums of its own
  std::vector<Partial> sums(pieces.size());
  mat Wt, Ht;
  if (by_nonzeros) {
    Wt = arma::resize(mat(W.t()), padded, W.n_rows);
    Ht = arma::resize(H, padded, H.n_cols);
  }
  const auto room = [&](uword rows, uword cols) {
    Score score;
    score.num.zeros(rows, cols);
    if (general) score.den.zeros(rows, cols);
    return score;
  };
  for_each_piece(int(pieces.size()), threads, [&](int p) {
    const Piece& piece = pieces[uword(p)];
    Partial& sum = sums[uword(p)];
    if (w) sum.w = by_nonzeros ? room(padded, piece.rows) : room(piece.rows, rank);
    if (h) sum.h = room(by_nonzeros ? padded : rank, piece.cols);
    walk(by_nonzeros ? Wt : W, by_nonzeros ? Ht : H, piece, sum);
  });
  if (w) *w = Score(data.n_rows, rank);
  if (h) *h = Score(rank, data.n_cols);
  Sum total;
  for (uword p = 0; p < pieces.size(); ++p) {
    const Piece& piece = pieces[p];
    total += sums[p].objective;
    if (w) {
      const arma::span rows(piece.row, piece.row + piece.rows - 1);
      if (by_nonzeros) w->num.rows(rows.a, rows.b) += sums[p].w.num.head_rows(rank).t();
      else w->num.rows(rows.a, rows.b) += sums[p].w.num;
      if (general) w->den.rows(rows.a, rows.b) += sums[p].w.den;
    }
    if (h) {
      const arma::span cols(piece.col, piece.col + piece.cols - 1);
      h->num.cols(cols.a, cols.b) += sums[p].h.num.head_rows(rank);
      if (general) h->den.cols(cols.a, cols.b) += sums[p].h.den.head_rows(rank);
    }
    sums[p] = Partial();
  }
  return total;
}

}  // namespace nmf
