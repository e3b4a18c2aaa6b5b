// V as it is stored, in units of a power of two near its largest cell, with what is beside it: a weight for each cell,
// by which what it adds to the objective is multiplied (0: the cell is missing), and, when dense, an offset, by which
// its mean is. It is a view; V is never copied as a whole.
#pragma once
#include <memory>
#include <vector>
#include "matrix.h"

namespace nmf {

enum class Side { rows, columns };

// What is needed of V again and again, in its units.
struct DataSums {
  double squares = 0;  // times the weights
  vec rows, columns;
};

struct Data {
  uword n_rows = 0, n_cols = 0;
  const double* values = nullptr;                      // by columns, or the stored cells of a sparse V
  const int *start = nullptr, *index = nullptr;        // of a sparse V: compressed columns with ascending rows
  const double *weights = nullptr, *offset = nullptr;  // like `values`; null where all are 1
  double scale = 1;                                    // 1 / unit
  std::shared_ptr<const void> owner = nullptr;         // of a copy

  bool sparse() const { return start != nullptr; }
  // Whether cells count alike. A stored zero may have another weight than 1.
  bool weighted() const { return weights != nullptr || offset != nullptr; }
  uword lines(Side side) const { return side == Side::rows ? n_rows : n_cols; }
  uword length(Side side) const { return side == Side::rows ? n_cols : n_rows; }
  double stored() const { return sparse() ? double(start[n_cols]) - start[0] : double(n_rows) * double(n_cols); }
  double weight(uword at) const { return weights ? weights[at] : 1; }
};

NMF_LINKED DataSums add_up(const Data& data);
NMF_LINKED Data columns_of(const Data& data, uword from, uword count);  // a view
NMF_LINKED Data rows_of(const Data& data, uword from, uword count);     // a copy

}  // namespace nmf
