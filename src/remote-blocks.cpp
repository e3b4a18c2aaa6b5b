#include "remote-blocks.h"
#include <utility>

namespace nmf {

RemoteBlocks::Rows RemoteBlocks::rows_of(const mat& W) const {
  if (W.empty()) return {Rows::From::none, 0};
  const Mark mark(W);
  if (mark == with_them.last) return {Rows::From::same, 0};
  if (mark == with_them.further) return {Rows::From::beyond, with_them.beta};
  return {Rows::From::given, 0};
}

mat RemoteBlocks::beyond(const mat& now, mat before, double beta, int threads) const {
  const bool theirs = Mark(now) == with_them.ends[0] && Mark(before) == with_them.ends[1];
  mat to = nmf::beyond(now, std::move(before), beta, threads);
  with_them.further = theirs ? Mark(to) : Mark();
  with_them.beta = beta;
  return to;
}

Answer RemoteBlocks::work(const Task& task) const {
  Watch::look();
  const Rows rows = rows_of(task.W);
  const WithThem before = std::exchange(with_them, {});  // not known until they have answered
  Reply reply = ask(task, rows);
  if (reply.stopped) throw Stopped{reply.why};
  Answer all;
  for (const Subtree& subtree : reply.subtrees) subtree.put_rows(all.rows, from[subtree.first], facts.n_rows);
  Answer sums = tree(0, blocks(), [&](std::size_t first, std::size_t last) -> std::unique_ptr<Answer> {
    for (const Subtree& subtree : reply.subtrees)
      if (subtree.first == first && subtree.last == last) return std::make_unique<Answer>(subtree.sums());
    if (last - first == 1) throw std::logic_error("A block was not answered for.");
    return nullptr;
  });
  sums.rows = std::move(all.rows);
  with_them = before;
  if (task.verb == Task::Verb::newton_rows) {
    const Mark end(sums.rows[0]);
    with_them = {end, {end, before.ends[0]}, Mark(), 0};
  } else if (rows.from == Rows::From::beyond || rows.from == Rows::From::given) with_them.last = Mark(task.W);
  return sums;
}

}  // namespace nmf
