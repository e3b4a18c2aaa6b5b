// Features that are fixed, and what all observations with these features ask of them, which is made once.
#pragma once
#include "complement.h"
#include "source.h"

namespace nmf {

struct Features {
  const mat H;  // K x M
  // Sums of the features, or for Normal noise with weights of their products, where V is sparse.
  std::optional<Elsewhere> elsewhere;
  mat gram;  // for Normal noise without weights

  // `data` has an observation in each column.
  Features(mat features, const Data& data, const Noise& noise) : H(std::move(features)) {
    const Denominator denominator = with_family(noise, [](const auto& family) { return family.denominator; });
    if (denominator == Denominator::one && data.sparse()) elsewhere.emplace(H);
    if (denominator != Denominator::mean) return;
    if (!data.weighted()) gram = H * H.t();
    else if (data.sparse()) elsewhere.emplace(pairs_of(H));
  }
  // The sum over all features but those of some cells, in ascending order.
  vec all_but(const std::vector<int>& cells) const {
    vec left(elsewhere->size), gone(elsewhere->size);
    elsewhere->sum<2>({cells.size(), cells.data(), nullptr}, left.memptr(), gone.memptr());
    return left;
  }
};

// The only observation of a V that has one column, under its own noise. Where factors are asked for it has the first.
std::unique_ptr<Source> open_observation(const Data& column, const Noise& noise, const Features& features);

}  // namespace nmf
