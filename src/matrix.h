// Armadillo as every file of the core has it: without R, without words on the console, without threads of its own.
#pragma once
#ifndef ARMA_INCLUDES
#define ARMA_DONT_USE_WRAPPER
#define ARMA_DONT_USE_OPENMP
#define ARMA_WARN_LEVEL 0
#ifndef ARMA_64BIT_WORD
#define ARMA_64BIT_WORD
#endif
#include <armadillo>
#endif
#include <array>

// What a family that is compiled elsewhere links with; all else is hidden, where the compiler can.
#if defined(__GNUC__) && !defined(_WIN32)
#define NMF_LINKED __attribute__((visibility("default")))
#else
#define NMF_LINKED
#endif

namespace nmf {
using arma::mat;
using arma::uword;
using arma::vec;
static_assert(sizeof(uword) == 8, "V may have more than 2^32 cells");

// The parameters: {W, H}, {W = D', E} or {A, H}.
using Blocks = std::array<mat, 2>;

}  // namespace nmf
