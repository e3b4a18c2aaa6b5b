// What tools/mutants.R writes into a copy of the core in the place of operators and constants: each of these is as it
// was, unless its number is the one in the environment variable NMF_MUTANT. Operators keep their place between their
// operands, and with it their precedence: `a + b` becomes `a + Swap<17, Plus, Minus>() + b`.
#pragma once
#include <algorithm>
#include <type_traits>
#include <utility>

namespace arma {
template <typename Element> class Mat;
}

namespace nmf {
namespace mutants {

#define NMF_MUTANT_INLINE inline __attribute__((always_inline))

constexpr int most = 4096;
extern int chosen;
// Which were passed by, and of which only the original is known to the types that it was compiled for.
extern unsigned char reached[most], impossible[most];

template <int id> NMF_MUTANT_INLINE bool on() {
  reached[id] = 1;
  return chosen == id;
}

#define NMF_MUTANT_OPERATOR(Name, op)                                                               \
  struct Name {                                                                                     \
    template <class A, class B>                                                                     \
    static NMF_MUTANT_INLINE auto of(const A& a, const B& b) -> decltype(a op b) { return a op b; } \
  };
NMF_MUTANT_OPERATOR(Plus, +)
NMF_MUTANT_OPERATOR(Minus, -)
NMF_MUTANT_OPERATOR(Times, *)
NMF_MUTANT_OPERATOR(Over, /)
NMF_MUTANT_OPERATOR(Less, <)
NMF_MUTANT_OPERATOR(AtMost, <=)
NMF_MUTANT_OPERATOR(Greater, >)
NMF_MUTANT_OPERATOR(AtLeast, >=)
NMF_MUTANT_OPERATOR(Equal, ==)
NMF_MUTANT_OPERATOR(Unequal, !=)
struct Left {
  template <class A, class B> static NMF_MUTANT_INLINE A of(const A& a, const B&) { return a; }
};
// The last round of a loop is left out.
struct Sooner {
  template <class A, class B>
  static NMF_MUTANT_INLINE auto of(const A& a, const B& b) -> decltype(a + 1 < b) { return a + 1 < b; }
};

// Products and sums of matrices are types of their own, which refer to their operands.
template <class X, class = void> struct Result {
  using type = std::decay_t<X>;
};
template <class X> struct Result<X, std::void_t<typename std::decay_t<X>::elem_type>> {
  using type = arma::Mat<typename std::decay_t<X>::elem_type>;
};

template <class To, class A, class B, class R, class = void> struct IsPossible : std::false_type {};
template <class To, class A, class B, class R>
struct IsPossible<To, A, B, R, std::void_t<decltype(To::of(std::declval<const A&>(), std::declval<const B&>()))>>
    : std::is_convertible<decltype(To::of(std::declval<const A&>(), std::declval<const B&>())), R> {};

template <int id, class From, class To> struct Swap {};
template <int id, class From, class To, class A> struct Half {
  const A& a;
};
template <int id, class From, class To, class A, class B>
NMF_MUTANT_INLINE auto either(const A& a, const B& b) {
  using R = typename Result<decltype(From::of(a, b))>::type;
  if constexpr (IsPossible<To, A, B, R>::value) {
    if (on<id>()) return R(To::of(a, b));
  } else {
    impossible[id] = 1;
  }
  return R(From::of(a, b));
}
#define NMF_MUTANT_TAKES(op)                                                           \
  template <int id, class From, class To, class A>                                     \
  NMF_MUTANT_INLINE Half<id, From, To, A> operator op(const A& a, Swap<id, From, To>) { \
    return {a};                                                                        \
  }                                                                                    \
  template <int id, class From, class To, class A, class B>                            \
  NMF_MUTANT_INLINE auto operator op(const Half<id, From, To, A>& half, const B& b) {  \
    return either<id, From, To>(half.a, b);                                            \
  }
NMF_MUTANT_TAKES(+)
NMF_MUTANT_TAKES(-)
NMF_MUTANT_TAKES(*)
NMF_MUTANT_TAKES(/)
NMF_MUTANT_TAKES(<)
NMF_MUTANT_TAKES(<=)
NMF_MUTANT_TAKES(>)
NMF_MUTANT_TAKES(>=)
NMF_MUTANT_TAKES(==)
NMF_MUTANT_TAKES(!=)

template <int id, class T> NMF_MUTANT_INLINE T constant(T x) {
  if (!on<id>()) return x;
  return x == T(0) ? T(1) : std::is_integral<T>::value ? T(x + T(1)) : T(x * T(2));
}
template <int id> NMF_MUTANT_INLINE bool negated(bool x) { return x != on<id>(); }
template <int id, class T> NMF_MUTANT_INLINE T min(const T& a, const T& b) {
  return on<id>() ? std::max(a, b) : std::min(a, b);
}
template <int id, class T> NMF_MUTANT_INLINE T max(const T& a, const T& b) {
  return on<id>() ? std::min(a, b) : std::max(a, b);
}
// Without the floor.
#define NMF_MUTANT_LARGER(id, a, b) (nmf::mutants::on<id>() ? decltype(larger(a, b))(a) : larger(a, b))

}  // namespace mutants
}  // namespace nmf
