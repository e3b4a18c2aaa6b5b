#include "products.h"
#include "dense-products.h"
#include "lines.h"

namespace nmf {
namespace {

struct NormalLines {
  mat& X;
  const mat &B, &G;
  const Hold& hold;
  uword from, to;
  Totals& total;

  template <int N> NMF_INLINE void run() const {
    using P = Pack<N>;
    const uword rank = G.n_cols;
    Buffer memory(Line<P>::parts * rank * N);
    Line<P> line(memory, rank, hold);
    for (uword first = from; first < to; first += N) {
      const uword lanes = std::min(uword(N), to - first);
      line.read(X, first, lanes);
      line.num.read(B, first, lanes, rank);
      for (uword k = 0; k < rank; ++k) {
        P den = 0.0;
        for (uword l = 0; l < rank; ++l) den += line.x.get(l) * P(G(l, k));
        line.den.put(k, den);
      }
      finish(
          line, [&](uword k, uword l) NMF_LAMBDA { return P(G(l, k)); }, total, int(lanes));
      line.x.write(X, first, lanes, rank);
    }
  }
};

struct ModelLines {
  const LineModels& models;
  mat& X;
  const Hold& hold;
  uword from, to;
  Totals& total;

  template <int N> NMF_INLINE void run() const {
    const uword rank = X.n_rows;
    Buffer memory(Line<double>::parts * rank);
    Line<double> line(memory, rank, hold);
    for (uword at = from; at < to; ++at) {
      const double* hessian = models.hessian.colptr(at);
      line.read(X, at, 1);
      line.num.read(models.num, at, 1, rank);
      line.den.read(models.den, at, 1, rank);
      finish(
          line, [&](uword k, uword l) NMF_LAMBDA { return hessian[place(k, l)]; }, total, 1);
      line.x.write(X, at, 1, rank);
    }
  }
};

}  // namespace

void products(const Data& data, const mat& W, const mat& H, int threads, bool weighted, Score* w, Score* h) {
  if (!data.sparse())
    over_pieces(data, false, false, W, H, threads, w, h,
                [&](const mat& W, const mat& H, const Piece& piece, Partial& sum) {
                  run_widest(DenseProducts{data, W, H, piece, w != nullptr, h != nullptr, sum});
                });
  else if (weighted) walk<true, true>(data, Value(), W, H, threads, false, w, h);
  else walk<true, false>(data, Value(), W, H, threads, false, w, h);
}

mat product_features(const Data& data, const mat& E, int threads) {
  Score h;
  products(data, E, mat(E.n_cols, data.n_cols, arma::fill::zeros), threads, false, nullptr, &h);
  return std::move(h.num);
}

mat product_gather(const Data& data, const mat& G, int threads) {
  Score w;
  products(data, mat(data.n_rows, G.n_rows, arma::fill::zeros), G, threads, false, &w, nullptr);
  return std::move(w.num);
}

double newton_with_gram(mat& X, const mat& B, const mat& G, const Hold& hold, int threads) {
  PieceTotals totals;
  for_lines(X.n_rows, double(X.n_rows) * double(G.n_elem) * rounds_of_lines, threads, [&](int p, uword from, uword to) {
    run_widest(NormalLines{X, B, G, hold, from, to, totals.pieces[uword(p)]});
  });
  return totals.sum().residual;
}

double finish(const LineModels& models, mat& X, const Hold& hold, int threads) {
  PieceTotals totals;
  for_lines(X.n_cols, double(models.hessian.n_elem) * rounds_of_lines, threads, [&](int p, uword from, uword to) {
    run_widest(ModelLines{models, X, hold, from, to, totals.pieces[uword(p)]});
  });
  return totals.sum().residual;
}

mat row_sums(const Data& data, const mat& W, const mat& H, uword size, const CellSums& f, int threads) {
  constexpr uword chunk = 256;
  const uword rank = H.empty() ? 1 : H.n_rows;
  const std::vector<Piece> pieces = cut(data, double(data.n_rows) * double(data.n_cols) * double(rank));
  std::vector<mat> sums(pieces.size());
  for_each_piece(int(pieces.size()), threads, [&](int p) {
    const Piece& piece = pieces[uword(p)];
    mat sum(size, piece.rows, arma::fill::zeros);
    ColumnReader reader(data, piece.row, piece.col, piece.cols);
    Lookout lookout;
    double v[chunk], mu[chunk], weight[chunk], offset[chunk];
    for (uword row = piece.row; row < piece.row + piece.rows; row += chunk) {
      const uword rows = std::min(chunk, piece.row + piece.rows - row);
      for (uword col = piece.col; col < piece.col + piece.cols; ++col) {
        reader.load(row, rows, col, 1, chunk, v, weight, offset);
        if (H.empty()) {
          std::copy_n(W.colptr(col) + row, rows, mu);
        } else {
          std::fill_n(mu, rows, 0.0);
          for (uword k = 0; k < rank; ++k)
            for (uword i = 0; i < rows; ++i) mu[i] += W(row + i, k) * H(k, col);
        }
        if (data.offset)
          for (uword i = 0; i < rows; ++i) mu[i] *= offset[i];
        f(rows, v, mu, weight, row, sum.colptr(row - piece.row));
        lookout.pass(rows);
      }
    }
    sums[uword(p)] = std::move(sum);
  });
  mat all(data.n_rows, size, arma::fill::zeros);
  for (uword p = 0; p < pieces.size(); ++p) all.rows(pieces[p].row, pieces[p].row + pieces[p].rows - 1) += sums[p].t();
  return all;
}

}  // namespace nmf
