// Convolutions of images.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

struct WindowOptions {
  std::vector<int64_t> strides{1, 1};  // Along height and width.
  std::string_view padding = "SAME";   // Or "VALID".
};

// The convolution of images with filters: each result is the sum over a window of pixels and
// channels, multiplied by a filter (which is not mirrored).
// Shapes:   images [batch, height, width, channels]; filters [height, width, channels, features];
//           result [batch, rows, columns, features]. Floating.
// Gradient: of the images: Conv2DBackpropInput; of the filters: Conv2DBackpropFilter.
// Source:   TensorFlow 1.15, conv2d with data format NHWC; golden values in ops/conv.json.
Output Conv2D(GraphBuilder& graph, const Operand& images, const Operand& filters,
              const WindowOptions& options = {}, std::string_view name = "Conv2D");

std::span<const OpSpec> ConvOps();
std::span<const KernelDef> ConvKernels();

}  // namespace fanlight
