// From bytes to the numbers that a network is fed with.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fanlight {

// to[i] = float32(from[i]) · float32(1/255), a product and not a quotient: that is what the
// tutorial feeds, and the last bit of half of the 256 values differs.
void ScalePixels(const uint8_t* from, size_t count, float* to);

}  // namespace fanlight
