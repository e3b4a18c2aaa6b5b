#include "source.h"
#include "fixed-features.h"

namespace nmf {

template <class Family>
std::unique_ptr<Source> in_memory(const Data& data, const Noise& noise, const DataSums& sums, int threads);

std::unique_ptr<Source> open_source(const Data& data, const Noise& noise, const DataSums& sums, int threads) {
  return with_family(
      noise, [&](const auto& family) { return in_memory<std::decay_t<decltype(family)>>(data, noise, sums, threads); });
}

template <class Family>
std::unique_ptr<Source> one_observation(const Data& column, const Noise& noise, const Features& features);

std::unique_ptr<Source> open_observation(const Data& column, const Noise& noise, const Features& features) {
  return with_family(noise, [&](const auto& family) {
    return one_observation<std::decay_t<decltype(family)>>(column, noise, features);
  });
}

Totals Source::newton_columns(const mat& W, mat& H, const Hold& hold, bool objective) const {
  LineModels models(H.n_rows, H.n_cols);
  Totals met = line_models(Side::columns, W, H, objective, models);
  met.residual = finish(models, H, hold);
  return met;
}

}  // namespace nmf
