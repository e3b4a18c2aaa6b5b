#include "in-memory.h"
#include "observation.h"

namespace nmf {
template std::unique_ptr<Source> in_memory<NegativeBinomial>(const Data&, const Noise&, const DataSums&, int);
template std::unique_ptr<Source> one_observation<NegativeBinomial>(const Data&, const Noise&, const Features&);
}  // namespace nmf
