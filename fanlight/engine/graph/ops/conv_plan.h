// A convolution of certain shapes: the values, or the gradient of images or filters.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "fanlight/engine/graph/ops/window.h"

namespace fanlight {

struct ConvSizes {
  int64_t batch = 0;
  int64_t channels = 0;
  int64_t features = 0;
  WindowSpan height;
  WindowSpan width;

  friend bool operator==(const ConvSizes& a, const ConvSizes& b);
};

enum class ConvDirection { kForward, kImages, kFilters };

// What is done with the values before anybody reads them.
struct ConvEpilogue {
  const float* bias = nullptr;  // One number for each feature, added.
  bool relu = false;            // max(·, 0); NaN stays.
};

// Changes values, so many features to a pixel, as the epilogue says.
void FinishConvolution(const ConvEpilogue& epilogue, int64_t features, std::span<float> values);

// By oneDNN, for float32. Makes its primitives once; they may want tensors in another order, which it
// then brings about itself. The batch is cut into slices, which go to the threads that the run may
// use, one of oneDNN's to each; gradients of filters are added up in the slices' order, so that the
// bits are the same at any number of threads. Not to be run by two callers at once.
class ConvPlan {
 public:
  // nullptr when oneDNN has no primitive for these sizes.
  static std::unique_ptr<ConvPlan> Create(ConvDirection direction, const ConvSizes& sizes);
  ~ConvPlan();
  // Writes the result of the direction over one of the three and reads the others. The epilogue is
  // that of kForward.
  void Run(float* images, float* filters, float* features, const ConvEpilogue& epilogue = {});

 private:
  struct Impl;
  explicit ConvPlan(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// The same by plain loops, for any type.
template <typename T>
void ConvolveByLoops(ConvDirection direction, const ConvSizes& s, T* images, T* filters,
                     T* features) {
  const auto fill = [](T* data, int64_t count) {
    for (int64_t i = 0; i < count; ++i) data[i] = T{0};
  };
  const int64_t num_images = s.batch * s.height.size * s.width.size * s.channels;
  const int64_t num_filters = s.height.window * s.width.window * s.channels * s.features;
  const int64_t num_features = s.batch * s.height.count * s.width.count * s.features;
  if (direction == ConvDirection::kForward) fill(features, num_features);
  if (direction == ConvDirection::kImages) fill(images, num_images);
  if (direction == ConvDirection::kFilters) fill(filters, num_filters);
  for (int64_t b = 0; b < s.batch; ++b) {
    for (int64_t row = 0; row < s.height.count; ++row) {
      for (int64_t column = 0; column < s.width.count; ++column) {
        T* const out =
            features + ((b * s.height.count + row) * s.width.count + column) * s.features;
        for (int64_t i = 0; i < s.height.window; ++i) {
          const int64_t y = row * s.height.stride - s.height.before + i * s.height.dilation;
          if (y < 0 || y >= s.height.size) continue;
          for (int64_t j = 0; j < s.width.window; ++j) {
            const int64_t x = column * s.width.stride - s.width.before + j * s.width.dilation;
            if (x < 0 || x >= s.width.size) continue;
            T* const pixel = images + ((b * s.height.size + y) * s.width.size + x) * s.channels;
            T* weights = filters + (i * s.width.window + j) * s.channels * s.features;
            for (int64_t c = 0; c < s.channels; ++c, weights += s.features) {
              switch (direction) {
                case ConvDirection::kForward:
                  for (int64_t f = 0; f < s.features; ++f) out[f] += pixel[c] * weights[f];
                  break;
                case ConvDirection::kImages:
                  for (int64_t f = 0; f < s.features; ++f) pixel[c] += out[f] * weights[f];
                  break;
                case ConvDirection::kFilters:
                  for (int64_t f = 0; f < s.features; ++f) weights[f] += pixel[c] * out[f];
                  break;
              }
            }
          }
        }
      }
    }
  }
}

}  // namespace fanlight
