// The one number in a tensor, bit for bit.
#pragma once

#include <cstdint>
#include <optional>

#include "fanlight/board/store/series.h"
#include "fanlight/events/tensor_value.h"

namespace fanlight::ingest {

struct ScalarValue {
  store::ValueType type = store::ValueType::kFloat32;
  uint64_t bits = 0;  // A float's in the low half.
};

// Nothing when the tensor has not exactly one element, or elements that are no real numbers.
std::optional<ScalarValue> ScalarValueOf(const TensorView& tensor);

}  // namespace fanlight::ingest
