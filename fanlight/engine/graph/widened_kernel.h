// Numbers of 16 bits (float16, bfloat16): kept as such, computed as float32. What has a kernel for
// float32 has one for them: arguments are widened, results rounded to the nearest.
#pragma once

#include <functional>
#include <memory>

#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

// Whether numbers of this type are computed as float32.
constexpr bool IsHalfWide(DType dtype) {
  return dtype == DType::kFloat16 || dtype == DType::kBFloat16;
}

// A kernel for `node`, whose type is half as wide, by the one that `make` gives for the same node of
// float32. Errors: those of `make`.
Result<std::unique_ptr<Kernel>> MakeWidenedKernel(
    const Node& node, const std::function<Result<std::unique_ptr<Kernel>>(const Node& wide)>& make);

}  // namespace fanlight
