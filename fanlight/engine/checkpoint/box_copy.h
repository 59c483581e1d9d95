// Moving boxes of elements between tensors, and finding boxes that overlap: what putting sliced
// variables together takes. All slices here are written out (tensor_slice.h, Resolve).
#pragma once

#include <optional>
#include <span>
#include <utility>

#include "fanlight/engine/checkpoint/tensor_slice.h"
#include "fanlight/engine/tensor/tensor.h"

namespace fanlight::checkpoint {

// Copies `box` from `source` to `target`. `source` holds the slice `source_slice` of some whole
// tensor and `target` its slice `target_slice`; the box lies in both. All are in the whole's
// places.
void CopyBox(const Tensor& source, const TensorSlice& source_slice, Tensor& target,
             const TensorSlice& target_slice, const TensorSlice& box);

// The positions of two slices that have an element in common, or nullopt. Fast where the slices cut
// the tensor along one dimension.
std::optional<std::pair<size_t, size_t>> FindOverlap(std::span<const TensorSlice> slices);

}  // namespace fanlight::checkpoint
