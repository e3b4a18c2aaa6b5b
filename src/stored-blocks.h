// Blocks of rows of V in a file of this session, from which each is read when a verb comes to it. A block stands there
// as the core wants it, in columns, with whole numbers below 2^16 and row indices below 2^16 in two bytes: a nonzero
// count takes 4 bytes instead of 12. Weights stand behind the cells, in a byte where all are 0 or 1.
#pragma once
#include <stdexcept>
#include <string>
#include "row-blocks.h"

namespace nmf {

// The file is not what was written.
struct Unreadable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct StoredBlocks {
  std::string path;
  std::vector<double> offsets;  // of the blocks in the file, in bytes
  std::vector<uword> from;      // the first row of each, and the number of rows at the end
  uword n_cols;
  bool sparse, weighted;  // whether some cells count differently from others
};

// Appends a block to the file; where it begins.
double write_block(const std::string& path, const Data& block);
// A block in memory, which its `owner` holds.
Data read_block(const StoredBlocks& stored, std::size_t b);
// What the family says of blocks of these dimensions, without a look at their cells.
Facts facts_of(const StoredBlocks& stored, const Noise& noise, const DataSums& sums, int threads);
std::unique_ptr<RowBlocks> open_stored(const StoredBlocks& stored, const Noise& noise, const DataSums& sums,
                                       double scale, int threads);

}  // namespace nmf
