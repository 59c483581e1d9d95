// Any pair of shapes: what NumPy's rule makes of them, and the values of a loop that follows it
// element by element.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>

#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/logic.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/testing.h"

namespace fanlight {
namespace {

using Dims = std::vector<int64_t>;

// The dimensions that both are stretched to; nothing where they do not fit.
std::optional<Dims> Stretched(const Dims& a, const Dims& b) {
  Dims result(std::max(a.size(), b.size()));
  for (size_t i = 0; i < result.size(); ++i) {
    const auto from_behind = [i](const Dims& dims) {
      return i < dims.size() ? dims[dims.size() - 1 - i] : 1;
    };
    const int64_t x = from_behind(a);
    const int64_t y = from_behind(b);
    if (x != y && x != 1 && y != 1) return std::nullopt;
    result[result.size() - 1 - i] = x == 1 ? y : x;
  }
  return result;
}

// The element of a tensor of `dims` that stands at place `index` of one of `shape`.
size_t ElementAt(int64_t index, const Dims& shape, const Dims& dims) {
  int64_t element = 0;
  int64_t stride = 1;
  for (size_t i = 0; i < shape.size(); ++i) {
    const int64_t at = index % shape[shape.size() - 1 - i];
    index /= shape[shape.size() - 1 - i];
    if (i >= dims.size()) continue;
    const int64_t size = dims[dims.size() - 1 - i];
    if (size != 1) element += at * stride;
    stride *= size;
  }
  return static_cast<size_t>(element);
}

Dims AnyDims() {
  return *rc::gen::resize(5, rc::gen::container<Dims>(rc::gen::weightedOneOf<int64_t>(
                                 {{3, rc::gen::just<int64_t>(1)},
                                  {6, rc::gen::inRange<int64_t>(2, 4)},
                                  {1, rc::gen::just<int64_t>(0)}})));
}

// `other` made to fit `dims`, mostly: some dimensions of it, or ones in their place.
Dims LikeOrNot(const Dims& dims) {
  if (*rc::gen::inRange(0, 4) == 0) return AnyDims();
  Dims other(dims.begin() + *rc::gen::inRange<ptrdiff_t>(0, std::ssize(dims) + 1), dims.end());
  for (int64_t& size : other) {
    if (*rc::gen::inRange(0, 3) == 0) size = 1;
  }
  return other;
}

Tensor AnyTensor(const Dims& dims) {
  Tensor tensor(DType::kFloat32, *Shape::From(dims));
  for (float& element : tensor.mutable_flat<float>()) {
    element = static_cast<float>(*rc::gen::inRange(-8, 9)) / 2;
  }
  return tensor;
}

TEST(Broadcasting, OfAnyTwoShapesIsNumPys) {
  struct Op {
    const char* name;
    double (*of)(double, double);
  };
  const Op ops[] = {{"AddV2", [](double x, double y) { return x + y; }},
                    {"Sub", [](double x, double y) { return x - y; }},
                    {"Mul", [](double x, double y) { return x * y; }},
                    {"Maximum", [](double x, double y) { return std::max(x, y); }},
                    {"SquaredDifference", [](double x, double y) { return (x - y) * (x - y); }},
                    {"Less", [](double x, double y) { return x < y ? 1.0 : 0.0; }},
                    {"NotEqual", [](double x, double y) { return x != y ? 1.0 : 0.0; }}};
  EXPECT_TRUE(rc::check([&] {
    Dims a = AnyDims();
    Dims b = LikeOrNot(a);
    if (*rc::gen::arbitrary<bool>()) std::swap(a, b);
    const bool is_shape_known = *rc::gen::arbitrary<bool>();
    const Op& op = ops[*rc::gen::inRange<size_t>(0, std::size(ops))];
    const Tensor left = AnyTensor(a);
    const Tensor right = AnyTensor(b);
    GraphBuilder graph;
    const auto placeholder = [&](const Tensor& value) {
      return Placeholder(graph, DType::kFloat32,
                         is_shape_known ? PartialShape(value.shape()) : PartialShape::Unknown());
    };
    const Output x = placeholder(left);
    const Output y = placeholder(right);
    const Output z = OpCall(graph, op.name, "op").Input(x, "x").Input(y, "y").Done();
    const std::optional<Dims> wanted = Stretched(a, b);
    if (is_shape_known) {
      RC_ASSERT(graph.ok() == wanted.has_value());
      if (!wanted) return;
      RC_ASSERT(z.shape() == PartialShape(*Shape::From(*wanted)));
    }
    const auto session = *Session::Create(graph.graph(), {});
    const auto got = session->Run({.feeds = {{x, left}, {y, right}}, .fetches = {z}});
    RC_ASSERT(got.has_value() == wanted.has_value());
    if (!wanted) return;
    RC_ASSERT(got->front().shape() == *Shape::From(*wanted));
    const Tensor values = *ConvertTo(got->front(), DType::kFloat64);
    for (int64_t i = 0; i < values.num_elements(); ++i) {
      RC_ASSERT(values.flat<double>()[static_cast<size_t>(i)] ==
                op.of(left.flat<float>()[ElementAt(i, *wanted, a)],
                      right.flat<float>()[ElementAt(i, *wanted, b)]));
    }
  }));
}

}  // namespace
}  // namespace fanlight
