// How far from stationary an entry of a factor is, free of all scales.
#pragma once
#include "pack.h"

namespace nmf {

// 1 - num / den, the gradient free of all scales.
template <class X> NMF_INLINE X scaled_gradient(const X& num, const X& den) {
  return if_positive(num, X(1.0) - num / den, if_positive(den, X(1.0), X(0.0)));
}

// A weight counts relative to the largest of its line, or, where that is given, of its component over all lines.
template <class X> NMF_INLINE X distance(const X& x, const X& largest, const X& num, const X& den) {
  const X share = if_positive(largest, x / largest, X(0.0)), gradient = scaled_gradient(num, den);
  const X least = if_positive(gradient - share, share, gradient);
  return larger(least, X(0.0) - least);
}

}  // namespace nmf
