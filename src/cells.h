// The only code that walks over V: in tiles of a dense matrix, or of a sparse one whose columns are expanded tile by
// tile, or along the nonzeros alone where the family allows. One pass makes mu for a tile, applies the family and adds
// up the objective and the adjoints of both blocks; no N x M temporary exists.
#pragma once
#ifndef ARMA_INCLUDES
#include <armadillo>
#endif
#include <algorithm>
#include <vector>
#include "family.h"
#include "threads.h"

namespace nmf {
using arma::mat;
using arma::uword;
using arma::vec;

// Adjoints of num and den for one block of parameters; den - num is the gradient of the half deviance.
struct Score {
  mat num, den;
  Score() = default;
  Score(uword rows, uword cols) : num(rows, cols, arma::fill::zeros), den(rows, cols, arma::fill::zeros) {}
};

struct Piece {
  uword row, rows, col, cols;
};  // a rectangle of V

constexpr uword tile_rows = 128, tile_cols = 4;  // five buffers of this size fit the first-level cache

class Dense {
  const double* v;
  double scale;

 public:
  const uword n_rows, n_cols;
  Dense(const double* v, uword n_rows, uword n_cols, double scale)
      : v(v), scale(scale), n_rows(n_rows), n_cols(n_cols) {}
  static constexpr bool sparse = false;
  double size() const { return double(n_rows) * double(n_cols); }
  Dense column(uword j, double unit) const { return {v + j * n_rows, n_rows, 1, 1 / unit}; }
  const double* begin(uword j) const { return v + j * n_rows; }
  uword count(uword) const { return n_rows; }
  struct Reader {
    const Dense& cells;
    Reader(const Dense& cells, const Piece&) : cells(cells) {}
    NMF_INLINE void load(uword row, uword rows, uword col, double* out) {
      const double* in = cells.v + col * cells.n_rows + row;
      const double scale = cells.scale;
#pragma omp simd
      for (uword i = 0; i < rows; ++i) out[i] = in[i] * scale + 0.0;  // -0 becomes 0
    }
  };
};

// Compressed columns with ascending rows, as in Matrix::dgCMatrix.
class Sparse {
  const int *start, *index;
  const double* x;
  double scale;

 public:
  const uword n_rows, n_cols;
  Sparse(const int* start, const int* index, const double* x, uword n_rows, uword n_cols, double scale)
      : start(start), index(index), x(x), scale(scale), n_rows(n_rows), n_cols(n_cols) {}
  static constexpr bool sparse = true;
  double size() const { return start[n_cols] - start[0]; }
  Sparse column(uword j, double unit) const { return {start + j, index, x, n_rows, 1, 1 / unit}; }
  const double* begin(uword j) const { return x + start[j]; }
  uword count(uword j) const { return uword(start[j + 1] - start[j]); }
  int first(uword col, uword row) const {
    return int(std::lower_bound(index + start[col], index + start[col + 1], int(row)) - index);
  }
  int row(int at) const { return index[at]; }
  double value(int at) const { return x[at] * scale; }
  struct Reader {  // tiles of a column are asked for from top to bottom
    const Sparse& cells;
    uword first_col;
    std::vector<int> at;
    Reader(const Sparse& cells, const Piece& piece) : cells(cells), first_col(piece.col), at(piece.cols) {
      for (uword j = 0; j < piece.cols; ++j) at[j] = cells.first(piece.col + j, piece.row);
    }
    NMF_INLINE void load(uword row, uword rows, uword col, double* out) {
      std::fill(out, out + rows, 0.0);
      int& k = at[col - first_col];
      for (const int end = cells.start[col + 1]; k < end && uword(cells.index[k]) < row + rows; ++k)
        out[uword(cells.index[k]) - row] = cells.x[k] * cells.scale;
    }
  };
};

// V as its own adjoint's argument: num = v without a model. Gives the products V'E and V G by the same walk.
struct Data {
  static constexpr Denominator denominator = Denominator::one;
  NMF_INLINE double num(double v, double, std::size_t) const { return v; }
  NMF_INLINE double den(double, double, std::size_t) const { return 1; }
  NMF_INLINE double half_deviance(double, double, std::size_t) const { return 0; }
  double smallest_mean() const { return 0; }
};

struct alignas(64) Tile {
  double v[tile_cols][tile_rows], mu[tile_cols][tile_rows], num[tile_cols][tile_rows], den[tile_cols][tile_rows];
};

// What one piece adds up; w is K x rows along the nonzeros and rows x K by tiles.
struct Partial {
  double objective = 0;
  Score w, h;
};

// mu = W H for C columns: four columns of W at a time, each read once for all C.
template <int C>
NMF_INLINE void multiply(const double* W, uword stride, const double* H, uword rank, uword rows,
                         double (*mu)[tile_rows]) {
  uword k = 0;
  for (int c = 0; c < C; ++c) std::fill(mu[c], mu[c] + rows, 0.0);
  for (; k + 4 <= rank; k += 4) {
    const double *a = W + k * stride, *b = a + stride, *d = b + stride, *e = d + stride;
    for (int c = 0; c < C; ++c) {
      const double* h = H + uword(c) * rank + k;
      const double h0 = h[0], h1 = h[1], h2 = h[2], h3 = h[3];
      double* m = mu[c];
#pragma omp simd
      for (uword i = 0; i < rows; ++i) m[i] += (h0 * a[i] + h1 * b[i]) + (h2 * d[i] + h3 * e[i]);
    }
  }
  for (; k < rank; ++k)
    for (int c = 0; c < C; ++c) {
      const double *a = W + k * stride, h = H[uword(c) * rank + k];
      double* m = mu[c];
#pragma omp simd
      for (uword i = 0; i < rows; ++i) m[i] += h * a[i];
    }
}

// out += x H' for C columns of x: rows x K.
template <int C>
NMF_INLINE void add_outer(const double (*x)[tile_rows], const double* H, uword rank, uword rows, double* out,
                          uword stride) {
  for (uword k = 0; k < rank; ++k) {
    double* o = out + k * stride;
    if (C == 4) {
      const double h0 = H[k], h1 = H[rank + k], h2 = H[2 * rank + k], h3 = H[3 * rank + k];
#pragma omp simd
      for (uword i = 0; i < rows; ++i) o[i] += (h0 * x[0][i] + h1 * x[1][i]) + (h2 * x[2][i] + h3 * x[3][i]);
    } else {
      const double h = H[k];
#pragma omp simd
      for (uword i = 0; i < rows; ++i) o[i] += h * x[0][i];
    }
  }
}

// out += W' x for C columns of x: K x C.
template <int C>
NMF_INLINE void add_inner(const double (*x)[tile_rows], const double* W, uword stride, uword rank, uword rows,
                          double* out) {
  for (uword k = 0; k < rank; ++k) {
    const double* w = W + k * stride;
    if (C == 4) {
      double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
#pragma omp simd reduction(+ : s0, s1, s2, s3)
      for (uword i = 0; i < rows; ++i) {
        s0 += w[i] * x[0][i];
        s1 += w[i] * x[1][i];
        s2 += w[i] * x[2][i];
        s3 += w[i] * x[3][i];
      }
      out[k] += s0;
      out[rank + k] += s1;
      out[2 * rank + k] += s2;
      out[3 * rank + k] += s3;
    } else {
      double s = 0;
#pragma omp simd reduction(+ : s)
      for (uword i = 0; i < rows; ++i) s += w[i] * x[0][i];
      out[k] += s;
    }
  }
}

// What one piece needs to know and where it adds up.
template <class Family, class Cells> struct Visit {
  const Family& family;
  const Cells& cells;
  const mat &W, &H;
  const Piece& piece;
  bool objective, w, h;  // what is wanted
  Partial& sum;
};

template <int C, class Visit, class Reader>
NMF_INLINE void visit_tile(const Visit& visit, Reader& reader, uword row, uword rows, uword col, Tile& tile) {
  const auto family = visit.family;
  using Family = std::decay_t<decltype(family)>;
  constexpr bool reads_mean = !std::is_same<Family, Data>::value;
  constexpr bool general = Family::denominator == Denominator::general;
  const uword rank = visit.H.n_rows, stride = visit.W.n_rows;
  const double *w = visit.W.memptr() + row, *h = visit.H.colptr(col), smallest = family.smallest_mean();
  if (reads_mean) multiply<C>(w, stride, h, rank, rows, tile.mu);
  double objective = 0;
  for (int c = 0; c < C; ++c) {
    double *v = tile.v[c], *mu = tile.mu[c], *num = tile.num[c], *den = tile.den[c];
    reader.load(row, rows, col + uword(c), v);
    if (visit.objective) {
#pragma omp simd reduction(+ : objective)
      for (uword i = 0; i < rows; ++i) {
        const double m = larger(mu[i], smallest);
        num[i] = family.num(v[i], m, row + i);
        if (general) den[i] = family.den(v[i], m, row + i);
        objective += family.half_deviance(v[i], m, row + i);
      }
    } else {
#pragma omp simd
      for (uword i = 0; i < rows; ++i) {
        const double m = reads_mean ? larger(mu[i], smallest) : 0;
        num[i] = family.num(v[i], m, row + i);
        if (general) den[i] = family.den(v[i], m, row + i);
      }
    }
  }
  Partial& sum = visit.sum;
  const Piece& piece = visit.piece;
  sum.objective += objective;
  if (visit.w) {
    add_outer<C>(tile.num, h, rank, rows, sum.w.num.memptr() + (row - piece.row), piece.rows);
    if (general) add_outer<C>(tile.den, h, rank, rows, sum.w.den.memptr() + (row - piece.row), piece.rows);
  }
  if (visit.h) {
    add_inner<C>(tile.num, w, stride, rank, rows, sum.h.num.colptr(col - piece.col));
    if (general) add_inner<C>(tile.den, w, stride, rank, rows, sum.h.den.colptr(col - piece.col));
  }
}

template <class Family, class Cells> NMF_INLINE void visit_tiles(const Visit<Family, Cells>& visit) {
  const Piece& piece = visit.piece;
  typename Cells::Reader reader(visit.cells, piece);
  Tile tile;
  for (uword row = piece.row; row < piece.row + piece.rows; row += tile_rows) {
    const uword rows = std::min(tile_rows, piece.row + piece.rows - row), end = piece.col + piece.cols;
    uword col = piece.col;
    for (; col + tile_cols <= end; col += tile_cols) visit_tile<tile_cols>(visit, reader, row, rows, col, tile);
    for (; col < end; ++col) visit_tile<1>(visit, reader, row, rows, col, tile);
  }
}

// The same loop compiled for wide vectors and for the baseline; the processor decides which one runs.
template <class Visit> void tiles_baseline(const Visit& visit) { visit_tiles(visit); }
#if defined(__GNUC__) && defined(__x86_64__)
template <class Visit> __attribute__((target("avx2,fma"))) void tiles_wide(const Visit& visit) { visit_tiles(visit); }
template <class Visit> void tiles(const Visit& visit) {
  static const bool wide = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  wide ? tiles_wide(visit) : tiles_baseline(visit);
}
#else
template <class Visit> void tiles(const Visit& visit) { tiles_baseline(visit); }
#endif

// Along the nonzeros: num is 0 elsewhere, and den has an adjoint in closed form. The objective is relative to v = 0.
// Here W comes as W' so that both factors are read along K, and sum.w is K x rows.
template <class Family> void nonzeros(const Visit<Family, Sparse>& visit) {
  const Family family = visit.family;
  const Sparse& cells = visit.cells;
  const Piece& piece = visit.piece;
  Partial& sum = visit.sum;
  const uword rank = visit.H.n_rows;
  const double smallest = family.smallest_mean();
  double objective = 0;
  for (uword col = piece.col; col < piece.col + piece.cols; ++col) {
    const double* h = visit.H.colptr(col);
    const int end = cells.first(col, piece.row + piece.rows);
    for (int at = cells.first(col, piece.row); at < end; ++at) {
      const uword row = uword(cells.row(at));
      const double *w = visit.W.colptr(row), v = cells.value(at);
      double mu = 0;
      for (uword k = 0; k < rank; ++k) mu += w[k] * h[k];
      mu = larger(mu, smallest);
      const double num = family.num(v, mu, row);
      if (visit.objective) objective += family.half_deviance(v, mu, row) - family.half_deviance(0, mu, row);
      if (visit.w) {
        double* o = sum.w.num.colptr(row - piece.row);
        for (uword k = 0; k < rank; ++k) o[k] += num * h[k];
      }
      if (visit.h) {
        double* o = sum.h.num.colptr(col - piece.col);
        for (uword k = 0; k < rank; ++k) o[k] += num * w[k];
      }
    }
  }
  sum.objective += objective;
}

// Cuts V along its longer side; how often depends on the amount of work alone.
template <class Cells> std::vector<Piece> cut(const Cells& cells, double work) {
  constexpr double worth_a_thread = 1 << 19;
  const uword longer = std::max(cells.n_rows, cells.n_cols);
  const uword pieces = std::min({uword(1 + work / worth_a_thread), uword(8), longer});
  std::vector<Piece> all;
  for (uword p = 0; p < pieces; ++p) {
    const uword from = p * longer / pieces, size = (p + 1) * longer / pieces - from;
    if (cells.n_rows > cells.n_cols) all.push_back({from, size, 0, cells.n_cols});
    else all.push_back({0, cells.n_rows, from, size});
  }
  return all;
}

// One pass over V at mu = W H: the objective (half deviance) and, where asked for, the adjoints for W and H.
template <class Cells, class Family>
double pass(const Cells& cells, const Family& family, const mat& W, const mat& H, int threads, bool objective, Score* w,
            Score* h) {
  constexpr bool closed_form = Family::denominator != Denominator::general;
  constexpr bool by_nonzeros = Cells::sparse && closed_form;
  const uword rank = H.n_rows;
  const double visited = by_nonzeros ? cells.size() : double(cells.n_rows) * double(cells.n_cols);
  const std::vector<Piece> pieces = cut(cells, visited * double(rank));
  std::vector<Partial> sums(pieces.size());
  const mat Wt = by_nonzeros ? mat(W.t()) : mat();
  for_each_piece(int(pieces.size()), threads, [&](int p) {
    const Piece& piece = pieces[uword(p)];
    Partial& sum = sums[uword(p)];
    if (w) sum.w = by_nonzeros ? Score(rank, piece.rows) : Score(piece.rows, rank);
    if (h) sum.h = Score(rank, piece.cols);
    const Visit<Family, Cells> visit{family,    cells,        by_nonzeros ? Wt : W, H,  piece,
                                     objective, w != nullptr, h != nullptr,         sum};
    if constexpr (by_nonzeros) nonzeros(visit);
    else tiles(visit);
  });
  if (w) *w = Score(cells.n_rows, rank);
  if (h) *h = Score(rank, cells.n_cols);
  double total = 0;
  for (uword p = 0; p < pieces.size(); ++p) {
    const Piece& piece = pieces[p];
    total += sums[p].objective;
    if (w) {
      const auto rows = arma::span(piece.row, piece.row + piece.rows - 1);
      if (by_nonzeros) w->num.rows(rows.a, rows.b) += sums[p].w.num.t();
      else w->num.rows(rows.a, rows.b) += sums[p].w.num;
      if (!closed_form) w->den.rows(rows.a, rows.b) += sums[p].w.den;
    }
    if (h) {
      h->num.cols(piece.col, piece.col + piece.cols - 1) += sums[p].h.num;
      if (!closed_form) h->den.cols(piece.col, piece.col + piece.cols - 1) += sums[p].h.den;
    }
  }
  if constexpr (Family::denominator == Denominator::one && !std::is_same<Family, Data>::value) {
    const arma::rowvec row_sums = arma::sum(H, 1).t();
    const vec col_sums = arma::sum(W, 0).t();
    if (w) w->den.each_row() = row_sums;
    if (h) h->den.each_col() = col_sums;
    if (by_nonzeros && objective) total += arma::dot(col_sums, row_sums);
  }
  if constexpr (Family::denominator == Denominator::mean) {
    const mat HH = H * H.t(), WW = W.t() * W;
    if (w) w->den = W * HH;
    if (h) h->den = WW * H;
    if (by_nonzeros && objective) total += 0.5 * arma::accu(HH % WW);
  }
  return total;
}

template <class Cells> mat cross(const Cells& cells, const mat& E, int threads) {  // E'V
  Score h;
  pass(cells, Data(), E, mat(E.n_cols, cells.n_cols, arma::fill::zeros), threads, false, nullptr, &h);
  return std::move(h.num);
}
template <class Cells> mat times(const Cells& cells, const mat& G, int threads) {  // V G'
  Score w;
  pass(cells, Data(), mat(cells.n_rows, G.n_rows, arma::fill::zeros), G, threads, false, &w, nullptr);
  return std::move(w.num);
}

// Where mu comes from when cells are only summed up: the product of the factors, or a matrix.
struct Product {
  const mat &W, &H;
  void fill(uword row, uword rows, uword col, double (*out)[tile_rows]) const {
    multiply<1>(W.memptr() + row, W.n_rows, H.colptr(col), H.n_rows, rows, out);
  }
};
struct Given {
  const mat& mu;
  void fill(uword row, uword rows, uword col, double (*out)[tile_rows]) const {
    std::copy_n(mu.colptr(col) + row, rows, out[0]);
  }
};

// Sums of f(v, mu, i, out), which adds S numbers to out, by row of V: N x S.
template <int S, class Cells, class Mean, class F>
mat row_sums(const Cells& cells, const Mean& mean, uword rank, int threads, F f) {
  const std::vector<Piece> pieces = cut(cells, double(cells.n_rows) * double(cells.n_cols) * double(rank));
  std::vector<mat> sums(pieces.size());
  for_each_piece(int(pieces.size()), threads, [&](int p) {
    const Piece& piece = pieces[uword(p)];
    mat sum(S, piece.rows, arma::fill::zeros);
    typename Cells::Reader reader(cells, piece);
    double v[tile_rows], mu[1][tile_rows];
    for (uword row = piece.row; row < piece.row + piece.rows; row += tile_rows) {
      const uword rows = std::min(tile_rows, piece.row + piece.rows - row);
      for (uword col = piece.col; col < piece.col + piece.cols; ++col) {
        reader.load(row, rows, col, v);
        mean.fill(row, rows, col, mu);
        for (uword i = 0; i < rows; ++i) f(v[i], mu[0][i], row + i, sum.colptr(row + i - piece.row));
      }
    }
    sums[uword(p)] = std::move(sum);
  });
  mat all(cells.n_rows, S, arma::fill::zeros);
  for (uword p = 0; p < pieces.size(); ++p) all.rows(pieces[p].row, pieces[p].row + pieces[p].rows - 1) += sums[p].t();
  return all;
}

}  // namespace nmf
