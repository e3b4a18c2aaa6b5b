#include "remote-blocks.h"
#include <cstring>

namespace nmf {

static bool same_bits(const mat& a, const mat& b) {
  return arma::size(a) == arma::size(b) && std::memcmp(a.memptr(), b.memptr(), a.n_elem * sizeof(double)) == 0;
}

Answer RemoteBlocks::work(const Task& task) const {
  Watch::look();
  const bool same = !task.W.empty() && same_bits(task.W, with_them);
  mat before;
  before.swap(with_them);  // what they have is not known until they have answered
  Reply reply = ask(task, same);
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
  if (task.verb == Task::Verb::newton_rows) with_them = sums.rows[0];
  else if (same) with_them.swap(before);
  else if (!task.W.empty()) with_them = task.W;
  return sums;
}

}  // namespace nmf
