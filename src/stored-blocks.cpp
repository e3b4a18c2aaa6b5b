#include "stored-blocks.h"
#include <algorithm>
#include <cstdint>
#include <fstream>

namespace nmf {
namespace {

struct Header {
  std::uint64_t magic, n_rows, n_cols, stored;
  std::uint32_t sparse, short_values, short_index, weights;  // weights: none, flags, or numbers
};
constexpr std::uint32_t flags = 1, numbers = 2;
constexpr std::uint64_t magic = 0x31424c4b464d4e00;

using Short = std::uint16_t;
using Byte = std::uint8_t;
constexpr double most_short = 65535;

struct Cells {
  std::vector<double> values, weights;
  std::vector<int> start, index;
};

template <class T> void write(std::ofstream& file, const T* from, std::size_t n) {
  file.write(reinterpret_cast<const char*>(from), std::streamsize(n * sizeof(T)));
}
template <class Small = Short, class T> void write_short(std::ofstream& file, const T* from, std::size_t n) {
  std::vector<Small> all(n);
  for (std::size_t i = 0; i < n; ++i) all[i] = Small(from[i]);
  write(file, all.data(), n);
}
template <class T> void read(std::ifstream& file, T* to, std::size_t n) {
  file.read(reinterpret_cast<char*>(to), std::streamsize(n * sizeof(T)));
}
template <class Small = Short, class T> void read_short(std::ifstream& file, T* to, std::size_t n) {
  std::vector<Small> all(n);
  read(file, all.data(), n);
  for (std::size_t i = 0; i < n; ++i) to[i] = T(all[i]);
}

}  // namespace

double write_block(const std::string& path, const Data& block) {
  std::ofstream file(path, std::ios::binary | std::ios::app);
  file.seekp(0, std::ios::end);
  const auto at = double(std::streamoff(file.tellp()));
  const std::size_t stored = std::size_t(block.stored());
  const bool whole = std::all_of(block.values, block.values + stored,
                                 [](double v) { return v >= 0 && v <= most_short && v == double(Short(v)); });
  const bool near = block.n_rows <= uword(most_short) + 1;
  std::uint32_t weights = 0;
  if (block.weights)
    weights =
        std::all_of(block.weights, block.weights + stored, [](double w) { return w == 0 || w == 1; }) ? flags : numbers;
  const Header header{magic, block.n_rows, block.n_cols, stored, block.sparse(), whole, near, weights};
  write(file, &header, 1);
  if (block.sparse()) {
    write(file, block.start, block.n_cols + 1);
    if (near) write_short(file, block.index, stored);
    else write(file, block.index, stored);
  }
  if (whole) write_short(file, block.values, stored);
  else write(file, block.values, stored);
  if (weights == flags) write_short<Byte>(file, block.weights, stored);
  if (weights == numbers) write(file, block.weights, stored);
  file.close();
  if (!file) throw Unreadable("a block could not be written; is the disk full?");
  return at;
}

Data read_block(const StoredBlocks& stored, std::size_t b) {
  const auto refuse = [&]() -> void {
    throw Unreadable("block " + std::to_string(b + 1) + " cannot be read again from " + stored.path +
                     ", where its cells were kept.");
  };
  std::ifstream file(stored.path, std::ios::binary);
  file.seekg(std::streamoff(stored.offsets[b]));
  Header header{};
  read(file, &header, 1);
  const uword n_rows = stored.from[b + 1] - stored.from[b];
  if (!file || header.magic != magic || header.n_rows != n_rows || header.n_cols != stored.n_cols ||
      (header.sparse > 0) != stored.sparse || (!stored.sparse && header.stored != n_rows * stored.n_cols))
    refuse();
  const auto cells = std::make_shared<Cells>();
  cells->values.resize(header.stored);
  if (header.sparse) {
    cells->start.resize(header.n_cols + 1);
    cells->index.resize(header.stored);
    read(file, cells->start.data(), cells->start.size());
    if (header.short_index) read_short(file, cells->index.data(), header.stored);
    else read(file, cells->index.data(), header.stored);
  }
  if (header.short_values) read_short(file, cells->values.data(), header.stored);
  else read(file, cells->values.data(), header.stored);
  if (header.weights) cells->weights.resize(header.stored);
  if (header.weights == flags) read_short<Byte>(file, cells->weights.data(), header.stored);
  if (header.weights == numbers) read(file, cells->weights.data(), header.stored);
  if (!file || (header.sparse && uword(cells->start.back()) != header.stored)) refuse();
  Data data;
  data.n_rows = n_rows;
  data.n_cols = stored.n_cols;
  data.values = cells->values.data();
  if (header.weights) data.weights = cells->weights.data();
  if (header.sparse) {
    data.start = cells->start.data();
    data.index = cells->index.data();
  }
  data.owner = cells;
  return data;
}

Facts facts_of(const StoredBlocks& stored, const Noise& noise, const DataSums& sums, int threads) {
  const int no_cell = 0;
  const double no_weight = 0;
  Data shape;
  shape.n_rows = stored.from.back();
  shape.n_cols = stored.n_cols;
  if (stored.sparse) shape.start = &no_cell;
  if (stored.weighted) shape.weights = &no_weight;
  return open_source(shape, noise, sums, threads)->facts;
}

std::unique_ptr<RowBlocks> open_stored(const StoredBlocks& stored, const Noise& noise, const DataSums& sums,
                                       double scale, int threads) {
  const Facts facts = facts_of(stored, noise, sums, threads);
  const bool normal = facts.denominator == Denominator::mean;  // who alone asks for the sums of a block
  return std::make_unique<RowBlocks>(facts, stored.from, [=](std::size_t b) -> RowBlocks::Block {
    Data block = read_block(stored, b);
    block.scale = scale;
    return open_source(block, rows_of(noise, stored.from[b], block.n_rows), normal ? add_up(block) : DataSums(),
                       threads);
  });
}

}  // namespace nmf
