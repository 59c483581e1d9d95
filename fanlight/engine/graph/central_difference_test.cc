// The gradients of the families beyond the basic ones, against central differences in float64. What
// has kernels for float32 alone (batch normalisation) is compared with TensorFlow's in the golden
// cases.
#include <gtest/gtest.h>

#include "fanlight/engine/graph/check_gradient.h"
#include "fanlight/engine/graph/ops/activation.h"
#include "fanlight/engine/graph/ops/batch_matmul.h"
#include "fanlight/engine/graph/ops/clip.h"
#include "fanlight/engine/graph/ops/conv.h"
#include "fanlight/engine/graph/ops/gather.h"
#include "fanlight/engine/graph/ops/layout.h"
#include "fanlight/engine/graph/ops/loss.h"
#include "fanlight/engine/graph/ops/nn.h"
#include "fanlight/engine/graph/ops/norm.h"
#include "fanlight/engine/graph/ops/padding.h"
#include "fanlight/engine/graph/ops/pooling.h"
#include "fanlight/engine/graph/ops/reverse.h"
#include "fanlight/engine/graph/ops/scan.h"
#include "fanlight/engine/graph/ops/scatter.h"
#include "fanlight/engine/graph/ops/segment.h"
#include "fanlight/engine/graph/ops/slicing.h"
#include "fanlight/engine/graph/ops/special.h"
#include "fanlight/engine/graph/ops/strided_slice.h"
#include "fanlight/engine/graph/ops/top_k.h"
#include "fanlight/engine/graph/ops/unary.h"

namespace fanlight {
namespace {

using testing::CheckGradient;
using testing::Range;
using Xs = const std::vector<Output>&;

TEST(CentralDifferences, OfFunctions) {
  using Unary = Output (*)(GraphBuilder&, const Operand&, std::string_view);
  struct Function {
    const char* name;
    Unary op;
    Range range{};
  };
  const Function functions[] = {
      {"Expm1", Expm1},
      {"Tan", Tan, {-1, 1}},
      {"Asin", Asin, {-0.9, 0.9}},
      {"Acos", Acos, {-0.9, 0.9}},
      {"Atan", Atan},
      {"Sinh", Sinh},
      {"Cosh", Cosh},
      {"Asinh", Asinh},
      {"Acosh", Acosh, {1.2, 3}},
      {"Atanh", Atanh, {-0.9, 0.9}},
      {"Erf", Erf},
      {"Erfc", Erfc},
      {"Lgamma", Lgamma, {0.5, 4}},
      {"Digamma", Digamma, {0.5, 4}},
      {"Relu6", Relu6, {-4, 9}},
      {"Elu", Elu},
      {"Selu", Selu},
      {"Softplus", Softplus},
      {"Softsign", Softsign},
  };
  std::mt19937 random(21);
  for (const Function& function : functions) {
    CheckGradient(
        function.name, [&](GraphBuilder& g, Xs x) { return function.op(g, x[0], "op"); },
        {Shape{2, 3}}, random, function.range);
  }
  CheckGradient(
      "LeakyRelu", [](GraphBuilder& g, Xs x) { return LeakyRelu(g, x[0], 0.1f); }, {{5}}, random);
}

TEST(CentralDifferences, OfFunctionsOfTwo) {
  using Binary = Output (*)(GraphBuilder&, const Operand&, const Operand&, std::string_view);
  const std::pair<const char*, Binary> ops[] = {{"Atan2", Atan2},       {"DivNoNan", DivNoNan},
                                                {"MulNoNan", MulNoNan}, {"Xlogy", Xlogy},
                                                {"Xdivy", Xdivy},       {"FloorMod", FloorMod}};
  std::mt19937 random(22);
  for (const auto& [name, op] : ops) {
    for (const auto& [a, b] : {std::pair(Shape{2, 3}, Shape{3}), {Shape{2, 1}, Shape{1, 3}}}) {
      CheckGradient(name, [op = op](GraphBuilder& g, Xs x) { return op(g, x[0], x[1], "op"); },
                    {a, b}, random, {0.3, 2});
    }
  }
}

TEST(CentralDifferences, OfConvolutionsAndPooling) {
  std::mt19937 random(23);
  for (const char* padding : {"SAME", "VALID"}) {
    for (const std::vector<int64_t>& strides : {std::vector<int64_t>{1, 1}, {2, 3}}) {
      CheckGradient(
          "Conv2D",
          [&](GraphBuilder& g, Xs x) {
            return Conv2D(g, x[0], x[1], {.strides = strides, .padding = padding});
          },
          {{2, 4, 5, 2}, {3, 2, 2, 3}}, random);
      const PoolOptions pool{.window = {2, 3}, .strides = strides, .padding = padding};
      CheckGradient(
          "MaxPool", [&](GraphBuilder& g, Xs x) { return MaxPool(g, x[0], pool); }, {{1, 4, 5, 2}},
          random);
      CheckGradient(
          "AvgPool", [&](GraphBuilder& g, Xs x) { return AvgPool(g, x[0], pool); }, {{1, 4, 5, 2}},
          random);
    }
  }
}

TEST(CentralDifferences, OfNormsAndLosses) {
  std::mt19937 random(24);
  const Shape rows{2, 3};
  CheckGradient(
      "variance", [](GraphBuilder& g, Xs x) { return MomentsOf(g, x[0], {0}).variance; }, {{3, 2}},
      random);
  CheckGradient("L2Normalize", [](GraphBuilder& g, Xs x) { return L2Normalize(g, x[0], 1); },
                {rows}, random, {0.2, 2});
  CheckGradient(
      "LayerNormalization",
      [](GraphBuilder& g, Xs x) { return LayerNormalization(g, x[0], x[1], x[2]); },
      {rows, {3}, {3}}, random);
  CheckGradient("L2Loss", [](GraphBuilder& g, Xs x) { return L2Loss(g, x[0]); }, {rows}, random);
  CheckGradient("Norm", [](GraphBuilder& g, Xs x) { return Norm(g, x[0], {1}); }, {rows}, random);
  CheckGradient(
      "ClipByNorm", [](GraphBuilder& g, Xs x) { return ClipByNorm(g, x[0], 0.5); }, {rows}, random);
  CheckGradient(
      "ClipByValue", [](GraphBuilder& g, Xs x) { return ClipByValue(g, x[0], -0.7, 0.9); }, {{7}},
      random);
  CheckGradient(
      "ClipByGlobalNorm",
      [](GraphBuilder& g, Xs x) { return ClipByGlobalNorm(g, {x[0], x[1]}, 0.8f).values[0]; },
      {rows, {4}}, random);
  CheckGradient(
      "SigmoidCrossEntropy",
      [](GraphBuilder& g, Xs x) { return SigmoidCrossEntropyWithLogits(g, x[0], x[1]); },
      {rows, rows}, random);
  CheckGradient(
      "WeightedCrossEntropy",
      [](GraphBuilder& g, Xs x) { return WeightedCrossEntropyWithLogits(g, x[0], x[1], 2.0); },
      {rows, rows}, random);
}

// It must know the shape to lay rows of more dimensions end to end.
TEST(CentralDifferences, OfTheCrossEntropyOfDistributions) {
  std::mt19937 random(25);
  CheckGradient(
      "SoftmaxCrossEntropy",
      [](GraphBuilder& g, Xs x) {
        // The gradient of the logits is that of labels which add up to 1.
        const Output labels = Softmax(g, Reshape(g, x[0], {2, 3}));
        return SoftmaxCrossEntropyWithLogits(g, labels, Reshape(g, x[1], {2, 3}));
      },
      {{2, 3}, {2, 3}}, random);
}

TEST(CentralDifferences, OfScansSegmentsAndReductions) {
  std::mt19937 random(26);
  const Shape cube{2, 3, 2};
  for (const bool is_exclusive : {false, true}) {
    for (const bool is_reverse : {false, true}) {
      const ScanOptions options{.is_exclusive = is_exclusive, .is_reverse = is_reverse};
      CheckGradient(
          "Cumsum", [&](GraphBuilder& g, Xs x) { return Cumsum(g, x[0], 1, options); }, {cube},
          random);
      CheckGradient("Cumprod", [&](GraphBuilder& g, Xs x) { return Cumprod(g, x[0], -1, options); },
                    {cube}, random, {0.4, 2});
    }
  }
  for (const auto& axes : {std::optional<std::vector<int32_t>>(), {{0, 2}}, {{1}}}) {
    CheckGradient(
        "Prod", [&](GraphBuilder& g, Xs x) { return ReduceProd(g, x[0], {.axes = axes}); }, {cube},
        random);
    CheckGradient(
        "LogSumExp",
        [&](GraphBuilder& g, Xs x) { return ReduceLogSumExp(g, x[0], {.axes = axes}); }, {cube},
        random);
  }
  using Segment = Output (*)(GraphBuilder&, const Operand&, const Operand&, std::string_view);
  for (const Segment op : {SegmentSum, SegmentMean, SegmentMax, SegmentMin, SegmentProd}) {
    CheckGradient(
        "Segment", [&](GraphBuilder& g, Xs x) { return op(g, x[0], {0, 0, 2, 2}, "op"); }, {{4, 2}},
        random);
  }
  using Unsorted =
      Output (*)(GraphBuilder&, const Operand&, const Operand&, const Operand&, std::string_view);
  for (const Unsorted op :
       {UnsortedSegmentSum, UnsortedSegmentMax, UnsortedSegmentMin, UnsortedSegmentProd}) {
    CheckGradient(
        "UnsortedSegment",
        [&](GraphBuilder& g, Xs x) {
          // A segment without rows has no gradient to speak of: each has some.
          return op(g, x[0], {1, -1, 0, 1}, 2, "op");
        },
        {{4, 2}}, random);
  }
}

// The order of a derivative has no gradient.
TEST(CentralDifferences, OfDerivativesOfDigamma) {
  std::mt19937 random(29);
  for (const double order : {1.0, 2.0, 3.0}) {
    CheckGradient("Polygamma",
                  [&](GraphBuilder& g, Xs x) {
                    return Polygamma(g, Constant(g, Tensor::Scalar(order)), x[0]);
                  },
                  {{2, 3}}, random, {1, 4});
  }
}

TEST(CentralDifferences, OfWhatFindsAndPlaces) {
  std::mt19937 random(27);
  CheckGradient(
      "Gather", [](GraphBuilder& g, Xs x) { return Gather(g, x[0], {2, 0, 2}); }, {{3, 2}}, random);
  CheckGradient(
      "GatherNd",
      [](GraphBuilder& g, Xs x) {
        return GatherNd(g, x[0], Tensor::Of<int32_t>({3, 2}, {0, 1, 2, 0, 0, 1}));
      },
      {{3, 2}}, random);
  CheckGradient(
      "ScatterNd",
      [](GraphBuilder& g, Xs x) {
        return ScatterNd(g, Tensor::Of<int32_t>({3, 1}, {1, 3, 1}), x[0], {5});
      },
      {{3}}, random);
  CheckGradient(
      "DynamicPartition",
      [](GraphBuilder& g, Xs x) {
        const auto parts = DynamicPartition(g, x[0], {0, 1, 0}, 2);
        return DynamicStitch(g,
                             {Constant(g, Tensor::Vector<int32_t>({2, 1})),
                              Constant(g, Tensor::Vector<int32_t>({0}))},
                             parts);
      },
      {{3, 2}}, random);
  CheckGradient(
      "TopK", [](GraphBuilder& g, Xs x) { return TopK(g, x[0], 2).values; }, {{2, 4}}, random);
  CheckGradient(
      "Reverse", [](GraphBuilder& g, Xs x) { return Reverse(g, x[0], {1}); }, {{2, 3}}, random);
  CheckGradient(
      "SplitBy",
      [](GraphBuilder& g, Xs x) {
        const auto parts = SplitBy(g, x[0], {1, 2}, 1);
        return Concat(g, {parts[1], parts[0], parts[1]}, 1);
      },
      {{2, 3}}, random);
  CheckGradient(
      "PadWith",
      [](GraphBuilder& g, Xs x) {
        return PadWith(g, x[0], Tensor::Of<int32_t>({2, 2}, {1, 0, 0, 2}), 1.5);
      },
      {{2, 3}}, random);
  for (const bool repeats_edge : {false, true}) {
    CheckGradient(
        "MirrorPad",
        [&](GraphBuilder& g, Xs x) {
          return MirrorPad(g, x[0], Tensor::Of<int32_t>({2, 2}, {1, 1, 2, 0}), repeats_edge);
        },
        {{3, 4}}, random);
  }
  CheckGradient(
      "StridedSlice",
      [](GraphBuilder& g, Xs x) { return StridedSlice(g, x[0], {2, 0}, {-4, 3}, {-1, 2}); },
      {{3, 3}}, random);
}

TEST(CentralDifferences, OfProductsOfStacks) {
  std::mt19937 random(28);
  for (const bool adjoint_x : {false, true}) {
    for (const bool adjoint_y : {false, true}) {
      CheckGradient(
          "BatchMatMul",
          [&](GraphBuilder& g, Xs x) {
            return BatchMatMul(g, x[0], x[1], {.adjoint_x = adjoint_x, .adjoint_y = adjoint_y});
          },
          {adjoint_x ? Shape{2, 1, 4, 3} : Shape{2, 1, 3, 4},
           adjoint_y ? Shape{3, 2, 4} : Shape{3, 4, 2}},
          random);
    }
  }
}

}  // namespace
}  // namespace fanlight
