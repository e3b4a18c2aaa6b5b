// The door between R and the core: R's lists become types, its matrices a view of the data. Nothing else knows Rcpp.
#include <RcppArmadillo.h>
#include "complement.h"
#include "differential.h"
#include "fixed-features.h"
#include "mixing.h"
#include "packed.h"
#include "products.h"
#include "profile.h"
#include "remote-blocks.h"
#include "row-blocks.h"
#include "solvers.h"
#include "stored-blocks.h"
#include "watch.h"

using namespace nmf;

static bool user_interrupt() {  // asks R without letting it jump out of C++
  return R_ToplevelExec([](void*) { R_CheckUserInterrupt(); }, nullptr) == FALSE;
}
// Work that an interrupt ends with nothing to show for it.
template <class Work> static auto interruptible(Work work) -> decltype(work()) {
  const Watch watch(INFINITY, user_interrupt);
  try {
    return work();
  } catch (const Stopped&) {
    throw Rcpp::internal::InterruptedException();
  }
}

// A power of two near the largest cell: scaling by it is exact, and every tolerance in the core becomes relative.
static double unit_of(const double* x, R_xlen_t n) {
  const double largest = n > 0 ? *std::max_element(x, x + n) : 0;
  return largest > 0 ? std::ldexp(1.0, std::max(std::ilogb(largest), -1022)) : 1;  // with a finite inverse
}

static SEXP element(const Rcpp::List& list, const char* name) {
  return list.containsElementNamed(name) ? SEXP(list[name]) : R_NilValue;
}

// Blocks of rows in a file, as R/blocks.R keeps them.
static bool is_stored(SEXP values) { return Rf_inherits(values, "nmf_blocks"); }
static StoredBlocks stored_blocks(const Rcpp::List& blocks) {
  StoredBlocks stored{Rcpp::as<std::string>(blocks["path"]),
                      Rcpp::as<std::vector<double>>(blocks["offsets"]),
                      {},
                      uword(Rcpp::as<Rcpp::NumericVector>(blocks["dim"])[1]),
                      Rcpp::as<bool>(blocks["sparse"]),
                      Rcpp::as<bool>(blocks["weighted"])};
  for (double row : Rcpp::as<std::vector<double>>(blocks["from"])) stored.from.push_back(uword(row));
  if (stored.from.size() != stored.offsets.size() + 1) throw std::invalid_argument("Each block must have an offset.");
  return stored;
}

// `data` is list(values, weights, offset, rows_per_block, facts): a matrix, a dgCMatrix or stored blocks, what is
// beside its stored cells, in how many blocks it is to be read, and what facts_cpp() said of it; each but the first may
// be NULL. The view is of R's memory. `unit` 0 asks for the natural one. Where there is a function `ask`, others work
// on stored blocks (R/cluster.R).
static RemoteBlocks::Ask asked_by(const Rcpp::Function& ask);
struct View {
  Data data;
  DataSums sums;
  double unit;
  uword rows_per_block;
  std::shared_ptr<const StoredBlocks> stored;
  RemoteBlocks::Ask ask;

  std::unique_ptr<Source> source(const Noise& noise, int threads) const {
    if (stored) {
      std::unique_ptr<RowBlocks> blocks = open_stored(*stored, noise, sums, 1 / unit, threads);
      if (ask) return std::make_unique<RemoteBlocks>(std::move(blocks), stored->from, ask);
      return blocks;
    }
    return rows_per_block > 0 ? open_blocks(data, noise, rows_per_block, threads)
                              : open_source(data, noise, sums, threads);
  }
};
static Data data_of(const Rcpp::List& list) {
  const SEXP values = list["values"], weights = element(list, "weights"), offset = element(list, "offset");
  Data data;
  if (Rf_isMatrix(values) && Rf_isReal(values)) {
    data.n_rows = uword(Rf_nrows(values));
    data.n_cols = uword(Rf_ncols(values));
    data.values = REAL(values);
  } else {
    const Rcpp::S4 m(values);
    const auto dim = Rcpp::as<Rcpp::IntegerVector>(m.slot("Dim")), start = Rcpp::as<Rcpp::IntegerVector>(m.slot("p")),
               index = Rcpp::as<Rcpp::IntegerVector>(m.slot("i"));
    const auto x = Rcpp::as<Rcpp::NumericVector>(m.slot("x"));
    data.n_rows = uword(dim[0]);
    data.n_cols = uword(dim[1]);
    data.start = start.begin();
    data.index = index.begin();
    data.values = x.begin();
  }
  const auto beside = [&](SEXP x) -> const double* {
    if (Rf_isNull(x)) return nullptr;
    if (!Rf_isReal(x) || double(Rf_xlength(x)) != data.stored())
      throw std::invalid_argument("Weights and offsets must be numbers like the stored cells.");
    return REAL(x);
  };
  data.weights = beside(weights);
  data.offset = beside(offset);
  return data;
}
static double natural_unit(const Data& data) {
  return unit_of(data.values, data.sparse() ? data.start[data.n_cols] : R_xlen_t(data.n_rows * data.n_cols));
}
static View view(const Rcpp::List& list, double unit = 0) {
  const SEXP values = list["values"], facts = element(list, "facts"), rows = element(list, "rows_per_block");
  View view{{}, {}, unit, 0, nullptr, nullptr};
  const SEXP ask = element(list, "ask");
  if (!Rf_isNull(ask)) view.ask = asked_by(Rcpp::Function(ask));
  if (!is_stored(values)) view.data = data_of(list);
  else if (!Rf_isNull(facts)) view.stored = std::make_shared<StoredBlocks>(stored_blocks(values));
  else throw std::invalid_argument("Facts of stored blocks are kept beside them.");
  if (!Rf_isNull(rows)) view.rows_per_block = uword(Rcpp::as<double>(rows));
  if (!Rf_isNull(facts)) {
    const Rcpp::List known(facts);
    const double own = known["unit"], factor = unit == 0 ? 1 : own / unit;
    view.unit = unit == 0 ? own : unit;
    view.sums = {Rcpp::as<double>(known["squares"]) * factor * factor, Rcpp::as<vec>(known["row_totals"]) * factor,
                 Rcpp::as<vec>(known["column_totals"]) * factor};
  } else if (unit == 0) {
    view.unit = natural_unit(view.data);
  }
  view.data.scale = 1 / view.unit;
  if (Rf_isNull(facts)) view.sums = add_up(view.data);
  return view;
}

// The smallest cell above 0; infinite where there is none.
static double least_positive(const Data& data) {
  double least = INFINITY;
  const double* end = data.values + R_xlen_t(data.stored());
  for (const double* v = data.values; v < end; ++v)
    if (*v > 0) least = std::min(least, *v);
  return least;
}

// What is needed of the data again and again, in units of `unit`, and the smallest positive cell.
// [[Rcpp::export(rng = false)]]
Rcpp::List facts_cpp(Rcpp::List data) {
  Data all = data_of(data);
  const double unit = natural_unit(all);
  all.scale = 1 / unit;
  const DataSums sums = add_up(all);
  return Rcpp::List::create(Rcpp::_["unit"] = unit, Rcpp::_["least"] = least_positive(all),
                            Rcpp::_["squares"] = sums.squares, Rcpp::_["row_totals"] = sums.rows,
                            Rcpp::_["column_totals"] = sums.columns);
}

// Appends a block of rows, a source in memory, to a file; where it begins, and its facts.
// [[Rcpp::export(rng = false)]]
Rcpp::List write_block_cpp(std::string path, Rcpp::List data) {
  Rcpp::List facts = facts_cpp(data);
  facts["offset"] = write_block(path, data_of(data));
  return facts;
}

// Block b, from 1: its values, as a matrix or as the slots of a dgCMatrix, and the weights of its stored cells.
// [[Rcpp::export(rng = false)]]
Rcpp::List read_block_cpp(Rcpp::List blocks, int b) {
  const Data data = read_block(stored_blocks(blocks), std::size_t(b - 1));
  const std::size_t stored = std::size_t(data.stored());
  Rcpp::RObject weights, values;
  if (data.weights) weights = Rcpp::NumericVector(data.weights, data.weights + stored);
  if (data.sparse()) {
    values = Rcpp::List::create(Rcpp::_["i"] = Rcpp::IntegerVector(data.index, data.index + stored),
                                Rcpp::_["p"] = Rcpp::IntegerVector(data.start, data.start + data.n_cols + 1),
                                Rcpp::_["x"] = Rcpp::NumericVector(data.values, data.values + stored));
  } else {
    Rcpp::NumericMatrix all(int(data.n_rows), int(data.n_cols));
    std::copy(data.values, data.values + stored, all.begin());
    values = all;
  }
  return Rcpp::List::create(Rcpp::_["values"] = values, Rcpp::_["weights"] = weights);
}

// alpha: one entry per row. In units of the data 1e15 is the Poisson limit to the last digit.
static Noise noise_of(const Rcpp::List& family, double unit) {
  Noise noise{Rcpp::as<std::string>(family["name"]), 0, {}};
  const SEXP power = element(family, "power"), alpha = element(family, "alpha");
  if (!Rf_isNull(power)) noise.power = Rcpp::as<double>(power);
  if (!Rf_isNull(alpha)) noise.alpha = Rcpp::as<std::vector<double>>(alpha);
  for (double& a : noise.alpha) a = std::min(a / unit, 1e15);
  return noise;
}
static Solver make_solver(const Rcpp::List& solver, int threads) {
  Solver made{solver["name"], solver["extrapolate"], solver["inner"]};
  made.threads = threads;
  if (made.name != "adam") return made;
  made.schedule = {parametrisation_of(solver["parametrisation"]), solver["learning_rate"], solver["decay"],
                   solver["epochs"], uword(Rcpp::as<double>(solver["batch"]))};
  return made;
}
// list(fixed first block, fixed second block, penalties), and of these a list of list(kind, block, value).
static Known make_known(const Rcpp::List& known, const std::array<Units, 2>& units) {
  Known made;
  made.fixed = {Rcpp::as<mat>(known[0]), Rcpp::as<mat>(known[1])};
  const auto penalties = Rcpp::as<Rcpp::List>(known[2]);
  for (R_xlen_t p = 0; p < penalties.size(); ++p) {
    const auto penalty = Rcpp::as<Rcpp::List>(penalties[p]);
    const int block = Rcpp::as<int>(penalty["block"]);
    if (block != 1 && block != 2) throw std::invalid_argument("A penalty must be on block 1 or 2.");
    const std::size_t b = std::size_t(block - 1);
    made.penalties.push_back(
        make_penalty(Rcpp::as<std::string>(penalty["kind"]), b, Rcpp::as<mat>(penalty["value"]), units[b]));
  }
  return made;
}
static const char* name_of(Status status) {
  switch (status) {
    case Status::converged:
      return "converged";
    case Status::max_iter:
      return "max_iter";
    case Status::time_limit:
      return "time_limit";
    case Status::interrupted:
      return "interrupted";
    default:
      return "stalled";
  }
}
// x times a factor as a matrix of R; x is given up, so that both are there for one block at a time.
static Rcpp::NumericMatrix hand_over(mat& x, double factor = 1) {
  Rcpp::NumericMatrix out(int(x.n_rows), int(x.n_cols));
  for (uword e = 0; e < x.n_elem; ++e) out[R_xlen_t(e)] = x[e] * factor;
  x.reset();
  return out;
}
static Rcpp::List hand_over(Blocks& blocks) {
  const Rcpp::NumericMatrix first = hand_over(blocks[0]), second = hand_over(blocks[1]);
  return Rcpp::List::create(first, second);
}
// A run as R keeps it: plain numbers, in the units of the core, and the units. It is given up.
static Rcpp::List hand_over(Run& run, double weight_unit, double level) {
  Memory& memory = run.memory;
  const Rcpp::List theta = hand_over(run.theta), left = hand_over(memory.left), last = hand_over(memory.last);
  return Rcpp::List::create(
      Rcpp::_["theta"] = theta, Rcpp::_["left"] = left, Rcpp::_["last"] = last,
      Rcpp::_["at_left"] =
          Rcpp::NumericVector::create(memory.at_left.objective, memory.at_left.residual, memory.at_left.scale),
      Rcpp::_["pace"] = Rcpp::NumericVector::create(memory.beta, memory.limit),
      Rcpp::_["objective"] = run.trace.objective, Rcpp::_["residual"] = run.trace.residual,
      Rcpp::_["seconds"] = run.trace.seconds, Rcpp::_["units"] = Rcpp::NumericVector::create(weight_unit, level));
}
static Blocks as_blocks(const Rcpp::List& list) { return {Rcpp::as<mat>(list[0]), Rcpp::as<mat>(list[1])}; }
static Run as_run(const Rcpp::List& state) {
  const Rcpp::NumericVector at_left = state["at_left"], pace = state["pace"];
  return {as_blocks(state["theta"]),
          {pace[0], pace[1], as_blocks(state["left"]), as_blocks(state["last"]), {at_left[0], at_left[1], at_left[2]}},
          {Rcpp::as<std::vector<double>>(state["objective"]), Rcpp::as<std::vector<double>>(state["residual"]),
           Rcpp::as<std::vector<double>>(state["seconds"]), Status::max_iter}};
}

// Tasks and answers as R carries them to others; an empty matrix is NULL, and those of an answer are packed, or the
// name of the file in which they are.
static SEXP packed(const mat& x) {
  if (x.empty()) return R_NilValue;
  const Packed all(x);
  Rcpp::RawVector bytes(Rcpp::no_init(R_xlen_t(all.size())));
  all.write(RAW(bytes));
  return bytes;
}
static SEXP or_null(const mat& x) { return x.empty() ? R_NilValue : Rcpp::wrap(x); }
static Unpacked unpacked(SEXP x) {
  if (Rf_isString(x)) return Unpacked(Rcpp::as<std::string>(x));
  return Unpacked(RAW(x), std::size_t(Rf_xlength(x)));
}
static mat or_empty(SEXP x) {
  if (Rf_isNull(x)) return mat();
  return Rf_isMatrix(x) ? Rcpp::as<mat>(x) : unpacked(x).all();
}
static std::vector<mat> as_matrices(const Rcpp::List& list) {
  std::vector<mat> all;
  for (R_xlen_t i = 0; i < list.size(); ++i) all.push_back(or_empty(list[i]));
  return all;
}
static Rcpp::List packed(const std::vector<mat>& all) {
  Rcpp::List list(R_xlen_t(all.size()));
  for (std::size_t i = 0; i < all.size(); ++i) list[R_xlen_t(i)] = packed(all[i]);
  return list;
}
// `seconds` are those that are left, and infinite where the work is done whatever the watch says. W goes by a file, for
// as many as can read it there; where it turns out that rows are wanted again that all had, they are asked once more.
static RemoteBlocks::Ask asked_by(const Rcpp::Function& ask) {
  return [ask](const Task& task, const RemoteBlocks::Rows& rows) {
    using Rcpp::_;
    const Hold& hold = task.hold;
    const Rcpp::NumericVector wanted = Rcpp::NumericVector::create(double(task.verb), double(task.objective),
                                                                   double(task.w), double(task.h), hold.least);
    const Rcpp::List by_row = Rcpp::List::create(R_NilValue, or_null(hold.fixed), or_null(hold.pull.num),
                                                 or_null(hold.pull.den), or_null(hold.pull.curvature));
    const Rcpp::List carried = Rcpp::List::create(_["wanted"] = wanted, _["by_row"] = by_row, _["H"] = or_null(task.H),
                                                  _["largest"] = or_null(hold.largest), _["beta"] = rows.beta);
    using From = RemoteBlocks::Rows::From;
    const auto asked = [&](From from) -> Rcpp::RObject {
      if (from == From::given) Packed(task.W).write(Rcpp::as<std::string>(ask.attr("rows")));
      const char* const names[] = {"none", "same", "beyond", "file"};
      return ask(carried, names[int(from)], Watch::is_in_force() ? Watch::seconds_left() : R_PosInf,
                 Watch::is_in_force());
    };
    Rcpp::RObject reply = asked(rows.from);
    if (Rf_isNull(reply)) reply = asked(From::given);
    RemoteBlocks::Reply out;
    if (Rf_isString(reply)) {
      out.stopped = true;
      out.why = Rcpp::as<std::string>(reply) == "time_limit" ? Status::time_limit : Status::interrupted;
      return out;
    }
    const Rcpp::List subtrees(reply);
    for (R_xlen_t i = 0; i < subtrees.size(); ++i) {
      const Rcpp::List one = subtrees[i];
      const Rcpp::NumericVector at = one["at"], met = one["met"];
      Totals totals;
      totals.objective = Sum({met[0], met[1]});
      totals.scale = met[2];
      totals.residual = met[3];
      const Rcpp::List rows = one["rows"], sums = one["sums"];
      out.subtrees.push_back({std::size_t(at[0]), std::size_t(at[1]),
                              [rows](std::vector<mat>& all, uword from, uword n_rows) {
                                all.resize(std::size_t(rows.size()));
                                for (std::size_t k = 0; k < all.size(); ++k)
                                  if (!Rf_isNull(rows[R_xlen_t(k)]))
                                    unpacked(rows[R_xlen_t(k)]).put(all[k], from, n_rows);
                              },
                              [sums, totals] {
                                return Answer{{}, as_matrices(sums), totals};
                              }});
    }
    return out;
  };
}

// Some rows of a matrix that is packed in a file, packed; the first is `from`, from 1.
// [[Rcpp::export(rng = false)]]
SEXP packed_rows_cpp(std::string path, double from, double to) {
  return packed(Unpacked(path).rows(uword(from) - 1, uword(to - from) + 1));
}

// What is beyond two packed matrices, packed.
// [[Rcpp::export(rng = false)]]
SEXP beyond_cpp(SEXP now, SEXP before, double beta) {
  return packed(beyond(unpacked(now).all(), unpacked(before).all(), beta));
}

// The answer of a subtree, whose blocks are here; or how the work ended before it was done. `task` is as above, with
// the rows of the subtree.
// [[Rcpp::export(rng = false)]]
SEXP answer_cpp(Rcpp::List blocks, Rcpp::List family, double unit, Rcpp::List task, double seconds, bool watched,
                int threads) {
  const std::unique_ptr<RowBlocks> source =
      open_stored(stored_blocks(blocks), noise_of(family, unit), {}, 1 / unit, threads);
  const Rcpp::NumericVector wanted = task["wanted"];
  const std::vector<mat> by_row = as_matrices(task["by_row"]);
  const mat H = or_empty(task["H"]), largest = or_empty(task["largest"]);
  const Hold hold{by_row[1], {by_row[2], by_row[3], by_row[4]}, arma::vectorise(largest), wanted[4]};
  const Task here{
      Task::Verb(int(wanted[0])), by_row[0], H, Objective(int(wanted[1])), wanted[2] > 0, wanted[3] > 0, hold};
  Answer found;
  try {
    std::unique_ptr<Watch> watch;
    if (watched) watch = std::make_unique<Watch>(seconds, user_interrupt);
    found = source->work(here);
  } catch (const Stopped& stopped) {
    return Rcpp::wrap(std::string(name_of(stopped.why)));
  }
  const std::array<double, 2> objective = found.met.objective.parts();
  return Rcpp::List::create(
      Rcpp::_["met"] = Rcpp::NumericVector::create(objective[0], objective[1], found.met.scale, found.met.residual),
      Rcpp::_["rows"] = packed(found.rows), Rcpp::_["sums"] = packed(found.sums));
}

// `start` is list(first block, second block) or the `state` of an earlier run, which is made if it is to be kept.
// [[Rcpp::export(rng = false)]]
Rcpp::List fit_cpp(Rcpp::List data, Rcpp::List family, std::string structure, Rcpp::List start, Rcpp::List known,
                   Rcpp::List solver, int max_iter, double tol, double rel_tol, double time_limit, int threads,
                   bool keep_state) {
  const View all = view(data);
  const double unit = all.unit;
  const std::unique_ptr<Source> source = all.source(noise_of(family, unit), threads);
  const Structure& shape = structure_of(structure);
  Run run;
  double first_unit, second_unit;
  if (start.containsElementNamed("theta")) {
    run = as_run(start);
    const Rcpp::NumericVector units = start["units"];
    first_unit = units[0];
    second_unit = units[1];
  } else {
    run.theta = as_blocks(start);
    // the second block near 1, the first in units of V: behind an encoder the mean is in them already
    second_unit = unit_of(run.theta[1].memptr(), R_xlen_t(run.theta[1].n_elem));
    first_unit = (shape.encodes() ? 1 : unit) / second_unit;
    run.theta[0] /= first_unit;
    run.theta[1] /= second_unit;
  }
  const double units = std::pow(unit, source->facts.homogeneity);
  const Known given = make_known(known, {Units{unit, first_unit, units}, Units{unit, second_unit, units}});
  End end = [&] {
    const Watch watch(time_limit, user_interrupt);
    return fit(*source, shape, given, make_solver(solver, threads), run, {max_iter, tol, rel_tol});
  }();
  const double prior = given.value(end.theta);
  Blocks& theta = end.theta;
  Trace trace = run.trace;
  trace.record(end.at, end.seconds);
  std::vector<double> objective = trace.objective;
  for (double& value : objective) value = value == 0 ? 0 : value * units;  // which may be beyond doubles
  Rcpp::RObject state, W, H, E, A;
  if (keep_state) state = hand_over(run, first_unit, second_unit);
  run = Run();
  if (shape.blocks[0].encoder) {
    mat weights = source->gather(theta[0].t());
    W = hand_over(weights, unit * first_unit);
    A = hand_over(theta[0], first_unit);
  } else {
    W = hand_over(theta[0], first_unit);
  }
  if (shape.blocks[1].encoder) {
    mat features = source->features(theta[1]);
    H = hand_over(features, unit * second_unit);
    E = hand_over(theta[1], second_unit);
  } else {
    H = hand_over(theta[1], second_unit);
  }
  return Rcpp::List::create(
      Rcpp::_["W"] = W, Rcpp::_["H"] = H, Rcpp::_["E"] = E, Rcpp::_["A"] = A,
      Rcpp::_["trace"] = Rcpp::DataFrame::create(Rcpp::_["iteration"] = Rcpp::seq(0, int(trace.objective.size()) - 1),
                                                 Rcpp::_["objective"] = objective, Rcpp::_["kkt"] = trace.residual,
                                                 Rcpp::_["seconds"] = trace.seconds),
      Rcpp::_["status"] = name_of(trace.status), Rcpp::_["scaled_objective"] = trace.objective.back(),
      Rcpp::_["scaled_deviance"] = 2 * (trace.objective.back() - prior),
      Rcpp::_["exact"] = end.at.objective <= 4 * end.at.rounding(), Rcpp::_["prior"] = prior == 0 ? 0 : prior * units,
      Rcpp::_["state"] = state);
}

// Both ends of the profile-likelihood intervals of entries of the factors W and H, `targets` being a list of block (1
// or 2), rows and columns (from 1) and whether they are relative; NaN where an interrupt came first. `drop` is how far
// half the deviance may rise.
// [[Rcpp::export(rng = false)]]
Rcpp::List profile_cpp(Rcpp::List data, Rcpp::List family, const arma::mat& W, const arma::mat& H, Rcpp::List known,
                       Rcpp::List targets, double drop, int threads) {
  const View all = view(data);
  const double unit = all.unit;
  const std::unique_ptr<Source> source = all.source(noise_of(family, unit), 1);
  const double units = std::pow(unit, source->facts.homogeneity), rise = drop / units;
  const Known given = make_known(known, {Units{unit, unit, units}, Units{unit, 1, units}});
  const Model model{*source, traditional, given, {true, true}};
  const std::size_t block = Rcpp::as<int>(targets["block"]) == 1 ? 0 : 1;
  const auto rows = Rcpp::as<std::vector<int>>(targets["rows"]);
  const auto columns = Rcpp::as<std::vector<int>>(targets["columns"]);
  const bool relative = targets["relative"];
  Rcpp::NumericMatrix ends(int(rows.size()), 2);
  std::fill(ends.begin(), ends.end(), NA_REAL);
  std::vector<double> lowest(rows.size(), 0);
  double* const to = ends.begin();
  const double back = block == 0 && !relative ? unit : 1;
  bool interrupted = false;
  {
    const Watch watch(INFINITY, user_interrupt);
    try {
      const Profile profile(model, {W / unit, H}, 1e-4 * rise);
      for_each_piece(int(rows.size()), threads, [&](int e) {
        const std::size_t i = std::size_t(e);
        const Target target{block, uword(rows[i] - 1), uword(columns[i] - 1), relative};
        const Profile::Reached lower = profile.end(target, -1, rise), upper = profile.end(target, 1, rise);
        to[i] = lower.end * back;
        to[i + rows.size()] = upper.end * back;
        lowest[i] = std::min(lower.lowest, upper.lowest) * units;
      });
    } catch (const Stopped&) {
      interrupted = true;
    }
  }
  return Rcpp::List::create(Rcpp::_["ends"] = ends, Rcpp::_["lowest"] = lowest, Rcpp::_["interrupted"] = interrupted);
}

// How far component `gets` can take in (positive) or give up (negative) component `gives`, numbered from 1: a row for
// each pair, with the t up to which the mean is the same, below and above, and those where half the deviance has risen
// by `drop`.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericMatrix mixing_cpp(Rcpp::List data, Rcpp::List family, const arma::mat& W, const arma::mat& H,
                               Rcpp::List known, std::vector<int> gets, std::vector<int> gives, double drop,
                               int threads) {
  const View all = view(data);
  const double unit = all.unit;
  const std::unique_ptr<Source> source = all.source(noise_of(family, unit), 1);
  const double units = std::pow(unit, source->facts.homogeneity), rise = drop / units;
  const Known given = make_known(known, {Units{unit, unit, units}, Units{unit, 1, units}});
  const mat weights = W / unit;
  Rcpp::NumericMatrix found(int(gets.size()), 4);
  double* const to = found.begin();
  const std::size_t pairs = gets.size();
  interruptible([&] {
    const double base = least_over_weights(*source, given, weights, H);
    for_each_piece(int(2 * pairs), threads, [&](int e) {
      const std::size_t i = std::size_t(e) / 2, above = std::size_t(e) % 2;
      const int direction = above ? 1 : -1;
      const uword a = uword(gets[i] - 1), b = uword(gives[i] - 1);
      const Mixing at = mixing(*source, given, weights, H, a, b, direction, base, rise);
      to[i + above * pairs] = direction * at.same;
      to[i + (2 + above) * pairs] = direction * at.reached;
    });
  });
  return found;
}

// Weights of new observations with the features H fixed, one observation at a time: columns of V are observations.
// Entries of `start` with a 1 in `fixed` (like it, or empty) stay.
// [[Rcpp::export(rng = false)]]
Rcpp::List project_cpp(Rcpp::List data, Rcpp::List family, const arma::mat& H, const arma::mat& start,
                       const arma::mat& fixed, int max_iter, double tol, double rel_tol) {
  const Data all = data_of(data);
  const Noise noise = noise_of(family, 1);
  const Features features(H, all, noise);
  mat weights = start.t();  // K x observations
  Rcpp::LogicalVector converged(weights.n_cols);
  const auto project_one = [&](uword i) {
    Data one = columns_of(all, i, 1);
    const double* cells = one.sparse() ? one.values + one.start[0] : one.values;
    const double unit = unit_of(cells, R_xlen_t(one.stored()));
    one.scale = 1 / unit;
    Noise own = noise;
    if (!noise.alpha.empty()) own.alpha.assign(1, noise.alpha[i] / unit);
    Known known;
    if (!fixed.empty()) known.fixed[1] = fixed.row(i).t();
    vec w = weights.col(i) / unit;
    const Status status = project(*open_observation(one, own, features), known, w, {max_iter, tol, rel_tol});
    weights.col(i) = w * unit;
    converged[R_xlen_t(i)] = status == Status::converged;
    Watch::look();
  };
  interruptible([&] {
    for (uword i = 0; i < weights.n_cols; ++i) project_one(i);
  });
  return Rcpp::List::create(Rcpp::_["W"] = mat(weights.t()), Rcpp::_["converged"] = converged);
}

// Half the deviance of a convex model at W = D' and E, and its gradients, in the units of V.
// [[Rcpp::export(rng = false)]]
Rcpp::List gradient_cpp(Rcpp::List data, Rcpp::List family, const arma::mat& W, const arma::mat& E, int threads) {
  const Known known;
  const std::unique_ptr<Source> source = view(data, 1).source(noise_of(family, 1), threads);
  const Model model{*source, convex, known, {true, true}};
  std::array<Score, 2> score;
  const double objective = interruptible([&] { return model.evaluate({W, E}, Objective::fast, score); });
  return Rcpp::List::create(Rcpp::_["objective"] = objective, Rcpp::_["W"] = mat(score[0].den - score[0].num),
                            Rcpp::_["E"] = mat(score[1].den - score[1].num));
}

// Pearson statistic sum weight (v - mu)^2 / mu^p at mu = W H, V and mu in units; its cells are (mu - v) times the
// score.
// [[Rcpp::export(rng = false)]]
double pearson_cpp(Rcpp::List data, Rcpp::List family, const arma::mat& W, const arma::mat& H, int threads) {
  const View all = view(data);
  const Noise noise = noise_of(family, all.unit);
  const std::unique_ptr<Source> source = all.source(noise, threads);
  const mat sums = interruptible([&] {
    return with_family(noise, [&](const auto& f) {
      const double smallest = f.smallest_mean();
      return source->row_sums(
          W / all.unit, H, 1,
          [&](uword rows, const double* v, const double* mu, const double* weight, uword row, double* sums) {
            for (uword i = 0; i < rows; ++i) {
              const double mean = larger(mu[i], smallest);
              const Parts<double> parts = f.parts(v[i], mean, f.parameter(row + i));
              sums[i] += weight[i] * (mean - v[i]) * (parts.den - parts.num);
            }
          });
    });
  });
  return arma::accu(sums);
}

// Half deviances of single cells; alpha, where the family has one, has the length of v.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector half_deviance_cpp(const Rcpp::NumericVector& v, const Rcpp::NumericVector& mu, Rcpp::List family) {
  const double unit = unit_of(v.begin(), v.size());
  const Noise noise = noise_of(family, unit);
  Rcpp::NumericVector d(v.size());
  return with_family(noise, [&](const auto& f) {
    const double units = std::pow(unit, f.homogeneity());
    for (R_xlen_t i = 0; i < v.size(); ++i) {
      const double cell = v[i] / unit, mean = larger(mu[i] / unit, f.smallest_mean()), a = f.parameter(std::size_t(i));
      d[i] = larger(f.half_deviance(cell, mean, a, f.parts(cell, mean, a)), 0.0) * units;
    }
    return d;
  });
}

// The smallest mean that a family can count with, in units of the data.
// [[Rcpp::export(rng = false)]]
double smallest_mean_cpp(Rcpp::List family) {
  return with_family(noise_of(family, 1), [](const auto& f) { return f.smallest_mean(); });
}

// The part of the alpha score that needs mu, its derivative, (v - mu)^2 - v and mu^2, times the weights, summed by row:
//   (mu - v) / (alpha + mu) - log(1 + mu / alpha).
// [[Rcpp::export(rng = false)]]
arma::mat alpha_score_cpp(Rcpp::List data, const arma::mat& W, const arma::mat& H, bool given, const arma::vec& alpha,
                          int threads) {
  const std::unique_ptr<Source> source = view(data, 1).source({"poisson", 0, {}}, threads);
  return interruptible([&] {
    return source->row_sums(
        W, given ? mat() : H, 4,
        [&](uword rows, const double* v, const double* mu, const double* weight, uword row, double* sums) {
          for (uword i = 0; i < rows; ++i) {
            const double a = alpha[row + i], shifted = a + mu[i], distance = mu[i] - v[i];
            sums[4 * i] += weight[i] * (distance / shifted - nmf::log1p(mu[i] / a));
            sums[4 * i + 1] += weight[i] * (mu[i] / (a * shifted) - distance / (shifted * shifted));
            sums[4 * i + 2] += weight[i] * (distance * distance - v[i]);
            sums[4 * i + 3] += weight[i] * mu[i] * mu[i];
          }
        });
  });
}

// The positive values that occur in x, in ascending order, and how often each does.
// [[Rcpp::export(rng = false)]]
Rcpp::List count_values_cpp(const Rcpp::NumericVector& x) {
  constexpr std::size_t small = 1 << 16;  // whole numbers below it are counted, all else is sorted
  std::vector<double> of_small(small, 0), others, values, counts;
  for (double v : x)
    if (v > 0) {
      const std::size_t whole = v < double(small) ? std::size_t(v) : 0;
      if (double(whole) == v) ++of_small[whole];
      else others.push_back(v);
    }
  std::sort(others.begin(), others.end());
  const auto add = [&](double v, double count) {
    if (!values.empty() && values.back() == v) {
      counts.back() += count;
      return;
    }
    values.push_back(v);
    counts.push_back(count);
  };
  auto next = others.cbegin();
  for (std::size_t whole = 1; whole < small; ++whole) {
    for (; next != others.cend() && *next < double(whole); ++next) add(*next, 1);
    if (of_small[whole] > 0) add(double(whole), of_small[whole]);
  }
  for (; next != others.cend(); ++next) add(*next, 1);
  return Rcpp::List::create(Rcpp::_["values"] = values, Rcpp::_["counts"] = counts);
}

// [[Rcpp::export(rng = false)]]
bool whole_numbers_cpp(const Rcpp::NumericVector& x) {
  return std::all_of(x.begin(), x.end(), [](double v) { return v == std::floor(v); });
}

// Sums of weight times y along the rows of a sparse V, or along its columns, from positive terms alone.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector exposure_cpp(Rcpp::List data, const arma::rowvec& y, bool by_row) {
  const Data all = data_of(data);
  const Side side = by_row ? Side::rows : Side::columns;
  const mat sums = den_of_ones(OtherCells(all, side), y, all.lines(side), 1);
  return Rcpp::NumericVector(sums.begin(), sums.end());
}

// E'V, the features of a convex model.
// [[Rcpp::export(rng = false)]]
arma::mat features_cpp(Rcpp::List data, const arma::mat& E, int threads) {
  return interruptible([&] { return product_features(data_of(data), E, threads); });
}

// sum_j v log(mu) by row at mu = W H, over the nonzeros alone.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector log_means_cpp(Rcpp::List data, const arma::mat& W, const arma::mat& H) {
  const Data all = data_of(data);
  const mat Wt = W.t();
  std::vector<Sum> sums(W.n_rows);
  for (uword j = 0; j < all.n_cols; ++j)
    each_positive(all, j,
                  [&](uword i, double v) { sums[i] += v * std::log(arma::dot(Wt.unsafe_col(i), H.unsafe_col(j))); });
  return Rcpp::NumericVector(sums.begin(), sums.end());
}

// [[Rcpp::export(rng = false)]]
void watch_forks_cpp() { watch_forks(); }

// Rates of the terms in the topics and how far they differ; `level_z` is the normal quantile of the intervals.
// [[Rcpp::export(rng = false)]]
Rcpp::List differences_cpp(Rcpp::List data, const arma::mat& L, const arma::vec& sizes, double prior, double level_z,
                           int threads) {
  const mat shares = L.t();
  const Data all = data_of(data);
  Differences out(shares.n_rows, all.n_cols);
  constexpr uword between_interrupts = 1024;
  for (uword from = 0; from < all.n_cols; from += between_interrupts) {
    Rcpp::checkUserInterrupt();
    differences(all, shares, sizes, prior, level_z, from, std::min(all.n_cols, from + between_interrupts), threads,
                out);
  }
  return Rcpp::List::create(Rcpp::_["prob"] = out.rate, Rcpp::_["reference"] = out.reference, Rcpp::_["lfc"] = out.lfc,
                            Rcpp::_["se"] = out.se, Rcpp::_["z"] = out.z, Rcpp::_["lower"] = out.lower,
                            Rcpp::_["upper"] = out.upper);
}
