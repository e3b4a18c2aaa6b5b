// N numbers handled at once. The compiler turns a pack into the vectors of whatever instruction set it compiles for,
// and a kernel is compiled for several: the processor decides at run time which one it gets.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#if defined(NMF_PLAIN)  // for sanitizers, whose checks make unrolled code too long to compile
#define NMF_UNROLL
#define NMF_INLINE inline
#else
#if defined(__clang__)
#define NMF_UNROLL _Pragma("clang loop unroll(full)")
#else
#define NMF_UNROLL _Pragma("GCC unroll 16")
#endif
#define NMF_INLINE inline __attribute__((always_inline))
#endif
#define NMF_LAMBDA __attribute__((always_inline))

namespace nmf {

// The bits of a pack as whole numbers.
template <int N> struct PackBits {
  typedef std::uint64_t Whole __attribute__((vector_size(8 * N)));
  Whole x;
  NMF_INLINE PackBits() {}
  NMF_INLINE PackBits(std::uint64_t value) : x(Whole{} + value) {}
  friend NMF_INLINE PackBits operator+(const PackBits& a, const PackBits& b) { return of(a.x + b.x); }
  friend NMF_INLINE PackBits operator-(const PackBits& a, const PackBits& b) { return of(a.x - b.x); }
  friend NMF_INLINE PackBits operator&(const PackBits& a, const PackBits& b) { return of(a.x & b.x); }
  friend NMF_INLINE PackBits operator|(const PackBits& a, const PackBits& b) { return of(a.x | b.x); }
  friend NMF_INLINE PackBits operator>>(const PackBits& a, int by) { return of(a.x >> by); }
  friend NMF_INLINE PackBits operator<<(const PackBits& a, int by) { return of(a.x << by); }

 private:
  static NMF_INLINE PackBits of(const Whole& x) {
    PackBits b;
    b.x = x;
    return b;
  }
};

// Packs go by reference: how they are passed by value depends on the instruction set.
template <int N> class Pack {
  typedef double Real __attribute__((vector_size(8 * N)));
  Real x;

 public:
  using Bits = PackBits<N>;
  NMF_INLINE Pack() {}
  NMF_INLINE Pack(double value) : x(Real{} + value) {}  // a sum, for g++ 12 would fill a brace lane by lane
  static NMF_INLINE Pack load(const double* from) {
    Pack p;
    std::memcpy(&p.x, from, sizeof p.x);
    return p;
  }
  NMF_INLINE void store(double* to) const { std::memcpy(to, &x, sizeof x); }
  NMF_INLINE Pack<N / 2> lower_half() const { return half<0>(); }
  NMF_INLINE Pack<N / 2> upper_half() const { return half<N / 2>(); }
  NMF_INLINE double operator[](int lane) const {
    double values[N];
    store(values);
    return values[lane];
  }
  NMF_INLINE Bits bits() const {
    Bits b;
    std::memcpy(&b.x, &x, sizeof b.x);
    return b;
  }
  static NMF_INLINE Pack from(const Bits& bits) {
    Pack p;
    std::memcpy(&p.x, &bits.x, sizeof p.x);
    return p;
  }
  friend NMF_INLINE Pack operator+(const Pack& a, const Pack& b) { return of(a.x + b.x); }
  friend NMF_INLINE Pack operator-(const Pack& a, const Pack& b) { return of(a.x - b.x); }
  friend NMF_INLINE Pack operator*(const Pack& a, const Pack& b) { return of(a.x * b.x); }
  friend NMF_INLINE Pack operator/(const Pack& a, const Pack& b) { return of(a.x / b.x); }
  NMF_INLINE Pack& operator+=(const Pack& b) {
    x += b.x;
    return *this;
  }
  friend NMF_INLINE Pack larger(const Pack& a, const Pack& b) { return of(a.x > b.x ? a.x : b.x); }
  friend NMF_INLINE Pack if_positive(const Pack& a, const Pack& yes, const Pack& no) {
    return of(a.x > Real{} ? yes.x : no.x);
  }

 private:
  template <int M> friend class Pack;
  static NMF_INLINE Pack of(const Real& x) {
    Pack p;
    p.x = x;
    return p;
  }
  template <int from> NMF_INLINE Pack<N / 2> half() const {
    Pack<N / 2> p;
#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define NMF_HAS_SHUFFLE
#endif
#endif
#ifdef NMF_HAS_SHUFFLE  // in registers
    if constexpr (N == 8) p.x = __builtin_shufflevector(x, x, from, from + 1, from + 2, from + 3);
    else p.x = __builtin_shufflevector(x, x, from, from + 1);
#else
    std::memcpy(&p.x, reinterpret_cast<const double*>(&x) + from, sizeof p.x);
#endif
    return p;
  }
};

NMF_INLINE double larger(double a, double b) { return a > b ? a : b; }
NMF_INLINE double if_positive(double a, double yes, double no) { return a > 0 ? yes : no; }

// The sum of the lanes, in a fixed order.
template <int N> NMF_INLINE double sum(const Pack<N>& p) {
  if constexpr (N > 2) return sum(p.lower_half() + p.upper_half());
  else return p[0] + p[1];
}
template <int N> NMF_INLINE double sum(const Pack<N>& p, int lanes) {
  double total = 0;
  for (int l = 0; l < lanes; ++l) total += p[l];
  return total;
}
template <int N> NMF_INLINE bool any_positive(const Pack<N>& p) { return sum(p) > 0; }  // none is negative
NMF_INLINE bool any_positive(double x) { return x > 0; }

// Scratch memory at the boundary of a cache line.
class Buffer {
  std::vector<double> memory;
  double* start;

 public:
  explicit Buffer(std::size_t size) : memory(size + 8, 0.0) {
    const auto address = reinterpret_cast<std::uintptr_t>(memory.data());
    start = memory.data() + (64 - address % 64) % 64 / 8;
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  operator double*() { return start; }
};

#if defined(__x86_64__) && !defined(_WIN32) && !defined(NMF_BASELINE)
#define NMF_WIDER
#endif
// Code that few processors run had better be small.
#if defined(NMF_WIDER) && defined(__GNUC__) && !defined(__clang__)
#define NMF_RARE __attribute__((optimize("Os")))
#else
#define NMF_RARE
#endif

// Runs kernel.run<N>() with the widest vectors that the processor has; with NMF_BASELINE, with those that every one
// has. On Windows GCC keeps wide vectors on a stack that it cannot align (GCC bug 54412), so there are none.
template <class Kernel> NMF_RARE void on_baseline(const Kernel& kernel) { kernel.template run<2>(); }
#ifdef NMF_WIDER
template <class Kernel> __attribute__((target("avx2,fma"))) void on_avx2(const Kernel& kernel) {
  kernel.template run<4>();
}
template <class Kernel> __attribute__((target("avx512f,avx512dq,fma"))) void on_avx512(const Kernel& kernel) {
  kernel.template run<8>();
}
// NMFAMILY_LANES = 2 or 4 in the environment asks for less than the processor has, to test and to measure.
inline int vector_width() {
  static const int width = [] {
    const int most = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") ? 8
                     : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")       ? 4
                                                                                             : 2;
    const char* asked = std::getenv("NMFAMILY_LANES");
    return asked ? std::max(2, std::min(most, std::atoi(asked))) : most;
  }();
  return width;
}
template <class Kernel> void run_widest(const Kernel& kernel) {
  const int width = vector_width();
  width == 8 ? on_avx512(kernel) : width == 4 ? on_avx2(kernel) : on_baseline(kernel);
}
#else
template <class Kernel> void run_widest(const Kernel& kernel) { on_baseline(kernel); }
#endif

}  // namespace nmf
