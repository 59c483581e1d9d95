// A picture of a digit, as the network was trained on them.
#pragma once

#include <string>

#include "fanlight/base/result.h"
#include "fanlight/engine/tensor/tensor.h"

namespace fanlight {

// Reads a PNG of any size as 784 numbers: grey, scaled to 28 by 28, the background 0 and the ink up
// to 1. A picture with a bright border is dark ink on paper, and is inverted.
// Errors: kNotFound and kIo from the file; kCorrupt, when it is no PNG; kTooLarge, above 8192
// pixels a side.
Result<Tensor> ReadPngDigit(const std::string& path);

}  // namespace fanlight
