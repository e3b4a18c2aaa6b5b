// The core without R, on four threads: every family, structure, solver and kind of data, on data small enough for
// ThreadSanitizer. What four threads find must also be, to the bit, what one finds.
#include <cstdio>
#include <random>
#include "complement.h"
#include "differential.h"
#include "row-blocks.h"
#include "solvers.h"

using namespace nmf;

namespace {

constexpr uword N = 96, M = 80, K = 3;
constexpr int threads = 4;

std::mt19937_64 random_bits(1);
mat random_mat(uword rows, uword cols) {
  mat x(rows, cols);
  for (double& entry : x) entry = std::uniform_real_distribution<double>(0.5, 1.5)(random_bits);
  return x;
}

// V, whole numbers of which some are 0 where the family has a place for zeros, and what is beside it.
struct Cells {
  const char* name;
  std::vector<double> values, weights, offset;
  std::vector<int> start, index;

  Cells(const char* name, bool positive, bool sparse, bool weighted) : name(name) {
    const auto one_in = [&](int n) { return std::uniform_int_distribution<int>(1, n)(random_bits) == 1; };
    if (sparse) start.push_back(0);
    for (uword j = 0; j < M; ++j) {
      for (uword i = 0; i < N; ++i) {
        const double v = std::poisson_distribution<int>(3)(random_bits);
        if (sparse && (v == 0 || one_in(2))) continue;
        values.push_back(positive ? v + 1 : v);
        if (sparse) index.push_back(int(i));
        if (!weighted) continue;
        weights.push_back(one_in(6) ? 0 : 1 + double(one_in(2)));
        if (!sparse) offset.push_back(1 + double(one_in(2)) / 2);
      }
      if (sparse) start.push_back(int(values.size()));
    }
  }
  Data view() const {
    Data data;
    data.n_rows = N;
    data.n_cols = M;
    data.values = values.data();
    if (!start.empty()) {
      data.start = start.data();
      data.index = index.data();
    }
    if (!weights.empty()) data.weights = weights.data();
    if (!offset.empty()) data.offset = offset.data();
    return data;
  }
};

int runs = 0, failures = 0;

// Whether a run gives the same with one thread and with all; a refusal, of a solver by a model say, counts for neither.
template <class Work> void compare(const std::string& name, const Work& work) {
  std::vector<mat> one;
  try {
    one = work(1);
  } catch (const std::invalid_argument&) {
    return;
  }
  const std::vector<mat> all = work(threads);
  ++runs;
  bool same = one.size() == all.size();
  for (std::size_t b = 0; same && b < one.size(); ++b)
    same = arma::size(one[b]) == arma::size(all[b]) && std::equal(one[b].begin(), one[b].end(), all[b].begin());
  if (same) return;
  ++failures;
  std::printf("threads change the result: %s\n", name.c_str());
}

std::unique_ptr<Source> open(const Data& data, const Noise& noise, bool in_blocks, int n) {
  return in_blocks ? open_blocks(data, noise, 40, n) : open_source(data, noise, add_up(data), n);
}

void compare_fits(const Cells& cells, const Noise& noise, bool in_blocks, const Known& known) {
  const Data data = cells.view();
  for (const Structure* structure : {&traditional, &convex, &convex_features}) {
    Blocks start;
    start[0] = structure->blocks[0].encoder ? mat(random_mat(M, K) / double(M)) : random_mat(N, K);
    start[1] = structure->blocks[1].encoder ? mat(random_mat(N, K) / double(N)) : random_mat(K, M);
    if (!known.penalties.empty() && structure->blocks[1].encoder) continue;
    for (const char* solver : {"mm", "cd", "lbfgs", "em", "adam"}) {
      const std::string name = noise.name + " " + std::to_string(noise.power) + " " + structure->name + " " + solver +
                               " " + cells.name + (in_blocks ? " in blocks" : "");
      compare(name, [&](int n) {
        const auto source = open(data, noise, in_blocks, n);
        Run run;
        run.theta = start;
        const Schedule schedule{Parametrisation::abs, 0.05, 0.1, 3, 40};
        const End end = fit(*source, *structure, known, {solver, true, 2, schedule}, run, {3, 0, 0});
        return std::vector<mat>{end.theta[0], end.theta[1], mat(vec(run.trace.objective))};
      });
    }
  }
}

void compare_sums(const Cells& cells, const Noise& noise) {
  const Data data = cells.view();
  const mat W = random_mat(N, K), H = random_mat(K, M);
  const CellSums squares = [](uword rows, const double* v, const double* mu, const double* weight, uword,
                              double* sums) {
    for (uword i = 0; i < rows; ++i) sums[i] += weight[i] * (v[i] - mu[i]) * (v[i] - mu[i]);
  };
  compare(std::string("sums of rows ") + cells.name, [&](int n) {
    const auto source = open(data, noise, false, n);
    return std::vector<mat>{source->row_sums(W, H, 1, squares), source->features(W), source->gather(H)};
  });
  if (!data.sparse() || !data.weights) return;
  for (const Side side : {Side::rows, Side::columns}) {
    const mat own = side == Side::rows ? mat(W.t()) : H, other = side == Side::rows ? H : mat(W.t());
    compare(std::string("other cells ") + cells.name, [&](int n) {
      const OtherCells others(data, side);
      return std::vector<mat>{den_of_ones(others, other, data.lines(side), n), den_of_means(others, own, other, n)};
    });
  }
}

void compare_differences(const Cells& cells) {
  const mat shares = arma::normalise(random_mat(K, N), 1, 0);
  const vec sizes = random_mat(N, 1) * 100;
  compare(std::string("differences ") + cells.name, [&](int n) {
    Differences out(K, M);
    differences(cells.view(), shares, sizes, 0.5, 1.96, 0, M, n, out);
    return std::vector<mat>{out.rate, out.lfc, out.z};
  });
}

}  // namespace

int main() {
  const std::vector<double> alpha(N, 5.0);
  const std::vector<Noise> families{{"normal", 0, {}},    {"poisson", 0, {}},  {"tweedie", 1.3, {}},
                                    {"tweedie", 1.5, {}}, {"tweedie", 2, {}},  {"tweedie", 2.5, {}},
                                    {"tweedie", 3, {}},   {"negbin", 0, alpha}};
  for (const Noise& noise : families) {
    const bool positive = noise.power >= 2;
    std::vector<Cells> all{{"dense", positive, false, false}, {"dense weighted", positive, false, true}};
    if (!positive) {
      all.emplace_back("sparse", false, true, false);
      all.emplace_back("sparse weighted", false, true, true);
    }
    for (const Cells& cells : all) {
      for (const bool in_blocks : {false, true}) compare_fits(cells, noise, in_blocks, {});
      if (noise.name != "poisson") continue;
      Known known;
      known.penalties.push_back(make_penalty("dirichlet", 1, mat(K, M, arma::fill::ones), {1, 1, 1}));
      compare_fits(cells, noise, false, known);
      compare_sums(cells, noise);
      compare_differences(cells);
    }
  }
  std::printf("%d runs, %d of which depend on the number of threads\n", runs, failures);
  return failures > 0 || runs == 0;
}
