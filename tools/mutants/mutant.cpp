#include "mutant.h"
#include <cstdlib>
#include <cstring>

namespace nmf {
namespace mutants {
static int asked() {
  const char* id = std::getenv("NMF_MUTANT");
  return id ? std::atoi(id) : 0;
}
int chosen = asked();
unsigned char reached[most], impossible[most];
}  // namespace mutants
}  // namespace nmf

#define VISIBLE __attribute__((visibility("default")))  // the package hides what is not declared so
extern "C" {
VISIBLE void nmf_mutants_choose() { nmf::mutants::chosen = nmf::mutants::asked(); }
VISIBLE void nmf_mutants_forget() { std::memset(nmf::mutants::reached, 0, sizeof nmf::mutants::reached); }
VISIBLE void nmf_mutants_reached(int* out) {  // of 1, 2, ...: 1, or -1 where no type has it
  for (int id = 1; id < nmf::mutants::most; ++id)
    out[id - 1] = nmf::mutants::reached[id] ? 1 : nmf::mutants::impossible[id] ? -1 : 0;
}
}
