#include "in-memory.h"

namespace nmf {
template std::unique_ptr<Source> in_memory<Root>(const Data&, const Noise&, const DataSums&, int);
}
