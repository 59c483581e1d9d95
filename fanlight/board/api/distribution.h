// A histogram as a distribution: the values below which given parts of the weight lie.
#pragma once

#include <array>
#include <span>

#include "fanlight/board/store/blob.h"

namespace fanlight::api {

// Hundredths of a percent: minimum, the normal law's -1.5 … +1.5 standard deviations in halves, maximum.
inline constexpr std::array<int, 9> kBasisPoints = {0,    668,  1587, 3085, 5000,
                                                    6915, 8413, 9332, 10000};

// The value at each basis point, interpolated linearly within its bucket; zeros without buckets.
std::array<double, kBasisPoints.size()> ValuesAtBasisPoints(std::span<const store::Bucket> buckets);

}  // namespace fanlight::api
