#include "fanlight/engine/train/mnist_data_pixels.h"

// Highway compiles what stands between BEFORE and AFTER once for each instruction set, and takes
// the best one at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fanlight/engine/train/mnist_data_pixels.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "fanlight/engine/tensor/vector_form.h"

HWY_BEFORE_NAMESPACE();
namespace fanlight {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

void Scale(const uint8_t* HWY_RESTRICT from, size_t count, float* HWY_RESTRICT to) {
  constexpr auto kScale = static_cast<float>(1.0 / 255.0);
  const hn::ScalableTag<float> floats;
  const hn::Rebind<int32_t, decltype(floats)> integers;
  const hn::Rebind<uint8_t, decltype(floats)> pixels;
  const auto scale = hn::Set(floats, kScale);
  const size_t lanes = hn::Lanes(floats);
  size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto values = hn::ConvertTo(floats, hn::PromoteTo(integers, hn::LoadU(pixels, from + i)));
    hn::StoreU(hn::Mul(values, scale), floats, to + i);
  }
  for (; i < count; ++i) to[i] = static_cast<float>(from[i]) * kScale;
}

}  // namespace HWY_NAMESPACE
}  // namespace fanlight
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fanlight {

const auto kScale = FL_BEST_FORM(Scale);

void ScalePixels(const uint8_t* from, size_t count, float* to) { kScale(from, count, to); }

}  // namespace fanlight
#endif
