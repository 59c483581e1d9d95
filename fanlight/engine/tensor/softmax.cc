#include "fanlight/engine/tensor/softmax.h"

#include <algorithm>
#include <cmath>

// The code below is compiled once for each instruction set, and chosen when it runs.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fanlight/engine/tensor/softmax.cc"
// clang-format off: the order matters.
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>
// clang-format on
#include "fanlight/engine/tensor/vector_form.h"

HWY_BEFORE_NAMESPACE();
namespace fanlight::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

float CrossEntropyRow(const float* logits, int64_t classes, int64_t label, float weight,
                      float* gradient) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  float maximum = logits[0];
  for (int64_t i = 1; i < classes; ++i) maximum = std::max(maximum, logits[i]);
  const float of_label = logits[label];
  const auto shift = hn::Set(d, maximum);
  auto sums = hn::Zero(d);
  for (int64_t i = 0; i < classes; i += lanes) {
    const bool is_whole = classes - i >= lanes;
    const auto valid = hn::FirstN(d, static_cast<size_t>(is_whole ? lanes : classes - i));
    const auto x = is_whole ? hn::LoadU(d, logits + i) : hn::MaskedLoad(valid, d, logits + i);
    const auto exponential = hn::IfThenElseZero(valid, hn::Exp(d, hn::Sub(x, shift)));
    sums = hn::Add(sums, exponential);
    if (is_whole) {
      hn::StoreU(exponential, d, gradient + i);
    } else {
      hn::BlendedStore(exponential, valid, d, gradient + i);
    }
  }
  const float sum = hn::GetLane(hn::SumOfLanes(d, sums));
  const float scale = weight / sum;
  for (int64_t i = 0; i < classes; ++i) gradient[i] *= scale;
  gradient[label] -= weight;
  return std::log(sum) - (of_label - maximum);
}

}  // namespace fanlight::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fanlight {

const auto kCrossEntropyRow = FL_BEST_FORM(CrossEntropyRow);

float SoftmaxCrossEntropy(const float* logits, int64_t classes, int64_t label, float weight,
                          float* gradient) {
  return kCrossEntropyRow(logits, classes, label, weight, gradient);
}

}  // namespace fanlight
#endif
