#include "in-memory.h"
#include "observation.h"

namespace nmf {
template std::unique_ptr<Source> in_memory<Normal>(const Data&, const Noise&, const DataSums&, int);
template std::unique_ptr<Source> one_observation<Normal>(const Data&, const Noise&, const Features&);
}  // namespace nmf
