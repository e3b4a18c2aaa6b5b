// The powers of Tweedie noise that need no logarithm.
#include "in-memory.h"
#include "observation.h"

namespace nmf {
template std::unique_ptr<Source> in_memory<TweedieThreeHalves>(const Data&, const Noise&, const DataSums&, int);
template std::unique_ptr<Source> one_observation<TweedieThreeHalves>(const Data&, const Noise&, const Features&);
template std::unique_ptr<Source> in_memory<Gamma>(const Data&, const Noise&, const DataSums&, int);
template std::unique_ptr<Source> one_observation<Gamma>(const Data&, const Noise&, const Features&);
}  // namespace nmf
