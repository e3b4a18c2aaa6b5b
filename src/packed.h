// A matrix as bytes, which R hands on as they are, where it turns each number of a matrix: a few facts, and the
// numbers, once where all columns are the first one, or all rows. They are in memory or in a file.
#pragma once
#include <cstring>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include "stored-blocks.h"

namespace nmf {

struct PackedFacts {
  double magic, n_rows, n_cols, alike;             // `alike`: columns (1), rows (2) or none (0)
  static constexpr double own_order_of_bytes = 1;  // another number in another order
};

class Packed {
  PackedFacts facts;
  mat line;          // all there is, where lines are alike
  const mat& whole;  // which has to stay

  static bool same_bits(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; }
  static double lines_alike(const mat& x) {
    const auto all = [&](const auto& first) {
      for (uword j = 0, e = 0; j < x.n_cols; ++j)
        for (uword i = 0; i < x.n_rows; ++i, ++e)
          if (!same_bits(x[e], first(i, j))) return false;
      return true;
    };
    if (all([&](uword i, uword) { return x(i, 0); })) return 1;
    return all([&](uword, uword j) { return x(0, j); }) ? 2 : 0;
  }
  const mat& sent() const { return facts.alike > 0 ? line : whole; }
  std::size_t bytes_sent() const { return sent().n_elem * sizeof(double); }

 public:
  explicit Packed(const mat& x)
      : facts{PackedFacts::own_order_of_bytes, double(x.n_rows), double(x.n_cols), lines_alike(x)}, whole(x) {
    if (facts.alike == 1) line = x.col(0);
    if (facts.alike == 2) line = x.row(0);
  }
  std::size_t size() const { return sizeof facts + bytes_sent(); }
  void write(unsigned char* to) const {
    std::memcpy(to, &facts, sizeof facts);
    std::memcpy(to + sizeof facts, sent().memptr(), bytes_sent());
  }
  void write(const std::string& path) const {
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(&facts), std::streamsize(sizeof facts));
    file.write(reinterpret_cast<const char*>(sent().memptr()), std::streamsize(bytes_sent()));
    file.close();
    if (!file) throw Unreadable("the file " + path + " could not be written; is the disk full?");
  }
};

class Unpacked {
  std::function<void(std::size_t at, void* to, std::size_t n)> copy;
  PackedFacts facts{};

  void look() {
    copy(0, &facts, sizeof facts);
    if (facts.magic != PackedFacts::own_order_of_bytes)
      throw Unreadable("a worker has another order of bytes than this machine.");
  }
  void column(uword j, uword from, uword count, double* to) const {
    const uword at = facts.alike == 1 ? from : facts.alike == 2 ? j : j * uword(facts.n_rows) + from;
    copy(sizeof facts + at * sizeof(double), to, (facts.alike == 2 ? 1 : count) * sizeof(double));
    if (facts.alike == 2) std::fill_n(to, count, *to);
  }

 public:
  Unpacked(const unsigned char* bytes, std::size_t size)
      : copy([=](std::size_t at, void* to, std::size_t n) {
          if (at + n > size) throw Unreadable("an answer was cut off.");
          std::memcpy(to, bytes + at, n);
        }) {
    look();
  }
  explicit Unpacked(const std::string& path) {
    const auto file = std::make_shared<std::ifstream>(path, std::ios::binary);
    copy = [=](std::size_t at, void* to, std::size_t n) {
      if (!file->seekg(std::streamoff(at)).read(static_cast<char*>(to), std::streamsize(n)))
        throw Unreadable("an answer cannot be read from " + path + ".");
    };
    look();
  }
  mat rows(uword from, uword count) const {
    mat x(count, uword(facts.n_cols), arma::fill::none);
    if (facts.alike == 0 && count == uword(facts.n_rows)) copy(sizeof facts, x.memptr(), x.n_elem * sizeof(double));
    else
      for (uword j = 0; j < x.n_cols; ++j) column(j, from, count, x.colptr(j));
    return x;
  }
  mat all() const { return rows(0, uword(facts.n_rows)); }
  // Into the rows of `x` from `from` on, which has `n_rows` of them in the end.
  void put(mat& x, uword from, uword n_rows) const {
    if (x.empty()) x.set_size(n_rows, uword(facts.n_cols));
    for (uword j = 0; j < x.n_cols; ++j) column(j, 0, uword(facts.n_rows), x.colptr(j) + from);
  }
};

}  // namespace nmf
