// Windows that slide over the height and width of images: where each begins, how many there are.
// What convolutions and pooling share.
//
//   padding VALID     no element outside; ⌊(size − window) / stride⌋ + 1 positions
//   padding SAME      ⌈size / stride⌉ positions; what is missing is padded, the odd one after
//   padding EXPLICIT  as many elements before and after as attribute `explicit_paddings` says
#pragma once

#include <array>
#include <cstdint>

#include "fanlight/base/result.h"
#include "fanlight/engine/graph/graph.h"

namespace fanlight {

// One dimension.
struct WindowSpan {
  int64_t size = 0;      // Of the input.
  int64_t window = 0;    // Elements that are looked at,
  int64_t dilation = 1;  // each this far from the one before.
  int64_t stride = 1;
  int64_t before = 0;  // Padding.
  int64_t after = 0;
  int64_t count = 0;  // Positions: the size of the result.

  // From the first to past the last element of a window.
  int64_t extent() const { return (window - 1) * dilation + 1; }
  // Whether each element is in one window and each window within.
  bool is_tiling() const {
    return stride == window && dilation == 1 && before == 0 && count * window == size;
  }
};

// The attributes of a node that has strides and padding.
class WindowAttrs {
 public:
  // Errors: kInvalidArgument, for strides, dilations or padding that make no sense;
  // kUnimplemented, for a data format other than NHWC and for steps along batch or channels.
  static Result<WindowAttrs> Of(const Node& node);

  // Dimension 0 (height) or 1 (width) of an input of `size`; where it is unknown (-1), so is count.
  // Errors: kInvalidArgument, when the window is larger than the padded input.
  Result<WindowSpan> Span(int dimension, int64_t size, int64_t window) const;

 private:
  enum class Padding { kValid, kSame, kExplicit };
  std::array<int64_t, 2> strides_{1, 1};
  std::array<int64_t, 2> dilations_{1, 1};
  std::array<std::array<int64_t, 2>, 2> paddings_{};
  Padding padding_ = Padding::kValid;
};

// Height and width of an attribute with one number for each dimension of NHWC, such as `ksize`.
Result<std::array<int64_t, 2>> HeightAndWidth(const Node& node, std::string_view attr);

}  // namespace fanlight
