// What an element of a variable becomes of itself and of an update, beside sums and products
// (elementwise.h).
#pragma once

#include <algorithm>

namespace fanlight {

struct TakeOp {
  template <typename T>
  static T Apply(T, T b) {
    return b;
  }
};
struct LowerOp {
  template <typename T>
  static T Apply(T a, T b) {
    return std::min(a, b);
  }
};
struct HigherOp {
  template <typename T>
  static T Apply(T a, T b) {
    return std::max(a, b);
  }
};

}  // namespace fanlight
