// What needs no family: products with V, and what follows from them.
#pragma once
#include "cells.h"
#include "source.h"

namespace nmf {

// V H' for w and W'V for h, where they are wanted: their num, of the cells times their weights if that is asked for.
void products(const Data& data, const mat& W, const mat& H, int threads, bool weighted, Score* w, Score* h);
NMF_LINKED mat product_features(const Data& data, const mat& E, int threads);  // E'V
NMF_LINKED mat product_gather(const Data& data, const mat& G, int threads);    // V G'

// Newton's update of lines (X, lines x K) where all have the Hessian G and the adjoints are num = B and den = X G:
// Normal noise. Gives the residual.
double newton_with_gram(mat& X, const mat& B, const mat& G, const Hold& hold, int threads);

NMF_LINKED void newton_encoder(const Data& data, Side side, const StoredLines* stored, mat& X, const Score& score,
                               const Hold& hold, const mat& hessian, mat& pull);

NMF_LINKED mat row_sums(const Data& data, const mat& W, const mat& H, uword size, const CellSums& f, int threads);

}  // namespace nmf
