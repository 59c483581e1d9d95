#include "fanlight/engine/graph/gradients.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

#include "fanlight/engine/graph/check_gradient.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/cast.h"
#include "fanlight/engine/graph/ops/control.h"
#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/gather.h"
#include "fanlight/engine/graph/ops/layout.h"
#include "fanlight/engine/graph/ops/logic.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/matmul.h"
#include "fanlight/engine/graph/ops/nn.h"
#include "fanlight/engine/graph/ops/reduction.h"
#include "fanlight/engine/graph/ops/special.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/graph/ops/unary.h"
#include "fanlight/engine/graph/testing.h"

namespace fanlight {
namespace {

using ::testing::ElementsAre;
using testing::Floats;
using testing::Get;
using ::testing::HasSubstr;
using testing::MessageOf;
using testing::NewSession;

using testing::CheckGradient;
using testing::Range;

// A shape of up to three dimensions, and another that broadcasts with it.
std::pair<Shape, Shape> BroadcastPair(std::mt19937& random) {
  std::vector<int64_t> a;
  std::vector<int64_t> b;
  const auto rank = static_cast<int>(random() % 4);
  for (int i = 0; i < rank; ++i) {
    const auto dim = static_cast<int64_t>(random() % 3 + 1);
    a.push_back(random() % 3 == 0 ? 1 : dim);
    b.push_back(random() % 3 == 0 ? 1 : dim);
  }
  a.erase(a.begin(), a.begin() + static_cast<int64_t>(random() % (a.size() + 1)));
  if (random() % 2 == 0) std::swap(a, b);
  return {*Shape::From(a), *Shape::From(b)};
}

TEST(Gradients, OfBroadcastOpsAgreeWithCentralDifferences) {
  using Binary = Output (*)(GraphBuilder&, const Operand&, const Operand&, std::string_view);
  const std::pair<const char*, Binary> ops[] = {
      {"Add", Add},         {"Sub", Sub},
      {"Mul", Mul},         {"Div", Div},
      {"Pow", Pow},         {"Maximum", Maximum},
      {"Minimum", Minimum}, {"SquaredDifference", SquaredDifference}};
  std::mt19937 random(3);
  for (const auto& [name, op] : ops) {
    for (int round = 0; round < 6; ++round) {
      const auto [a, b] = BroadcastPair(random);
      CheckGradient(fmt::format("{} {} {}", name, ToString(a), ToString(b)),
                    [op = op](GraphBuilder& graph, const std::vector<Output>& xs) {
                      return op(graph, xs[0], xs[1], "op");
                    },
                    {a, b}, random, {0.3, 2.5});
    }
  }
}

TEST(Gradients, OfUnaryOpsAgreeWithCentralDifferences) {
  using Unary = Output (*)(GraphBuilder&, const Operand&, std::string_view);
  const std::pair<const char*, Unary> ops[] = {{"Neg", Neg},          {"Abs", Abs},
                                               {"Square", Square},    {"Sqrt", Sqrt},
                                               {"Rsqrt", Rsqrt},      {"Reciprocal", Reciprocal},
                                               {"Exp", Exp},          {"Log", Log},
                                               {"Log1p", Log1p},      {"Sin", Sin},
                                               {"Cos", Cos},          {"Tanh", Tanh},
                                               {"Sigmoid", Sigmoid},  {"Relu", Relu},
                                               {"Softmax", Softmax},  {"LogSoftmax", LogSoftmax},
                                               {"Identity", Identity}};
  std::mt19937 random(4);
  for (const auto& [name, op] : ops) {
    const bool wants_positive = std::string_view(name) == "Log" ||
                                std::string_view(name).find("qrt") != std::string_view::npos ||
                                std::string_view(name) == "Log1p" ||
                                std::string_view(name) == "Reciprocal";
    for (const Shape& shape : {Shape{3}, Shape{2, 3}}) {
      CheckGradient(
          name,
          [op = op](GraphBuilder& graph, const std::vector<Output>& xs) {
            return op(graph, xs[0], "op");
          },
          {shape}, random, wants_positive ? Range{0.3, 3} : Range{});
    }
  }
}

TEST(Gradients, OfReductionsAgreeWithCentralDifferences) {
  using Reduction =
      Output (*)(GraphBuilder&, const Operand&, const ReduceOptions&, std::string_view);
  const std::pair<const char*, Reduction> ops[] = {
      {"Sum", ReduceSum}, {"Mean", ReduceMean}, {"Max", ReduceMax}, {"Min", ReduceMin}};
  std::mt19937 random(5);
  const std::optional<std::vector<int32_t>> all_axes[] = {
      std::nullopt, {{0}}, {{-1}}, {{0, 2}}, {{1}}};
  for (const auto& [name, op] : ops) {
    for (const auto& axes : all_axes) {
      for (const bool keep_dims : {false, true}) {
        CheckGradient(
            name,
            [&, op = op](GraphBuilder& graph, const std::vector<Output>& xs) {
              return op(graph, xs[0], {.axes = axes, .keep_dims = keep_dims}, "op");
            },
            {Shape{2, 3, 2}}, random);
      }
    }
  }
}

TEST(Gradients, OfShapesProductsAndChoicesAgreeWithCentralDifferences) {
  std::mt19937 random(6);
  using Xs = const std::vector<Output>&;
  const Shape rows{2, 3};
  CheckGradient(
      "Reshape", [](GraphBuilder& g, Xs x) { return Reshape(g, x[0], {3, -1}); }, {rows}, random);
  CheckGradient(
      "ExpandDims", [](GraphBuilder& g, Xs x) { return ExpandDims(g, x[0], 1); }, {rows}, random);
  CheckGradient(
      "Squeeze", [](GraphBuilder& g, Xs x) { return Squeeze(g, x[0]); }, {{1, 3, 1}}, random);
  CheckGradient(
      "Tile", [](GraphBuilder& g, Xs x) { return Tile(g, x[0], {2, 3}); }, {rows}, random);
  // Twice as many dimensions are more than a tensor has.
  CheckGradient(
      "Tile of rank 5",
      [](GraphBuilder& g, Xs x) {
        return Tile(g, Reshape(g, x[0], {1, 2, 1, 3, 1}), {2, 1, 1, 2, 3});
      },
      {rows}, random);
  CheckGradient(
      "BroadcastTo", [](GraphBuilder& g, Xs x) { return BroadcastTo(g, x[0], {4, 2, 3}); },
      {{2, 1}}, random);
  CheckGradient("Fill", [](GraphBuilder& g, Xs x) { return Fill(g, {2, 2}, x[0]); }, {{}}, random);
  CheckGradient(
      "Transpose", [](GraphBuilder& g, Xs x) { return Transpose(g, x[0], {2, 0, 1}); }, {{2, 3, 4}},
      random);
  CheckGradient(
      "AddN", [](GraphBuilder& g, Xs x) { return AddN(g, {x[0], x[1], x[0]}); }, {rows, rows},
      random);
  CheckGradient(
      "Cast", [](GraphBuilder& g, Xs x) { return Mul(g, Cast(g, x[0], DType::kFloat64), x[0]); },
      {rows}, random);
  CheckGradient(
      "Select",
      [](GraphBuilder& g, Xs x) {
        return Select(g, Greater(g, x[0], x[1]), Mul(g, x[0], 3), x[1]);
      },
      {rows, rows}, random);
  for (const bool ta : {false, true}) {
    for (const bool tb : {false, true}) {
      CheckGradient(
          "MatMul",
          [&](GraphBuilder& g, Xs x) {
            return MatMul(g, x[0], x[1], {.transpose_a = ta, .transpose_b = tb});
          },
          {ta ? Shape{3, 2} : rows, tb ? Shape{4, 3} : Shape{3, 4}}, random);
    }
  }
  CheckGradient(
      "BiasAdd", [](GraphBuilder& g, Xs x) { return BiasAdd(g, x[0], x[1]); }, {rows, {3}}, random);
  CheckGradient(
      "SparseSoftmaxCrossEntropyWithLogits",
      [](GraphBuilder& g, Xs x) {
        return SparseSoftmaxCrossEntropyWithLogits(g, Tensor::Vector<int32_t>({2, 0}), x[0]);
      },
      {rows}, random);
  CheckGradient(
      "used twice", [](GraphBuilder& g, Xs x) { return Add(g, Mul(g, x[0], x[0]), Tanh(g, x[0])); },
      {rows}, random);
}

TEST(Gradients, ThereIsNoneWhereNothingDepends) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32, {2}, "x");
  const Output z = Placeholder(graph, DType::kFloat32, {2}, "z");
  const Output y = Add(graph, Square(graph, x), StopGradient(graph, Square(graph, z)));
  const auto gradients = Gradients(graph, {y}, {x, z});
  EXPECT_TRUE(graph.ok()) << MessageOf(graph.status());
  EXPECT_TRUE(gradients[0].is_valid());
  EXPECT_FALSE(gradients[1].is_valid());
}

TEST(Gradients, GoPastWhatOnlyMeasures) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32, PartialShape::Unknown(), "x");
  const Output square = Square(graph, x);
  // The sum's axes depend on the square's rank.
  const auto gradients = Gradients(graph, {ReduceSum(graph, square)}, {x});
  ASSERT_TRUE(gradients[0].is_valid());
  const auto session = NewSession(graph);
  const auto got =
      Get(session->Run({.feeds = {{x, Tensor::Vector<float>({2, 3})}}, .fetches = gradients}));
  EXPECT_THAT(Floats(got[0]), ElementsAre(4, 6));
}

TEST(Gradients, StopWhereTheyAreTold) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32, {2}, "x");
  const Output square = Square(graph, x);
  const Output y = Mul(graph, square, x);
  const auto gradients = Gradients(graph, {y}, {x}, {.stop_gradients = {square}});
  const auto session = NewSession(graph);
  const auto got =
      Get(session->Run({.feeds = {{x, Tensor::Vector<float>({2, 3})}}, .fetches = gradients}));
  EXPECT_THAT(Floats(got[0]), ElementsAre(4, 9));  // x², not 3x².
}

TEST(Gradients, ByATensorInTheMiddle) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32, {}, "x");
  const Output middle = Mul(graph, x, 3);
  const Output y = Square(graph, middle);
  const auto gradients = Gradients(graph, {y}, {middle, x});
  const auto session = NewSession(graph);
  const auto got = Get(session->Run({.feeds = {{x, Tensor::Scalar(2.0f)}}, .fetches = gradients}));
  EXPECT_EQ(got[0].scalar<float>(), 12);
  EXPECT_EQ(got[1].scalar<float>(), 36);
}

TEST(Gradients, TellWhatHasNone) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32, {3}, "x");
  const Output y = TruncateMod(graph, x, x, "rest");
  Gradients(graph, {y}, {x});
  EXPECT_THAT(MessageOf(graph.status()),
              HasSubstr("node \"rest\" (TruncateMod) is on the way of a gradient"));
  graph.ClearError();
  Gradients(graph, {ToInt32(graph, x)}, {x});
  EXPECT_THAT(MessageOf(graph.status()), HasSubstr("is int32, it has no gradient"));
  graph.ClearError();
  // Quotients without a fraction have none by nature, which is no error.
  for (const Output& quotient : {FloorDiv(graph, x, x), TruncateDiv(graph, x, x)}) {
    EXPECT_FALSE(Gradients(graph, {quotient}, {x})[0].is_valid());
    EXPECT_TRUE(graph.ok()) << MessageOf(graph.status());
  }
}

TEST(Gradients, OfATableAreTheRowsThatWereLookedUp) {
  GraphBuilder graph;
  const Output table = Placeholder(graph, DType::kFloat32, {4, 2}, "table");
  const Output same = Identity(graph, table);
  const Output twice = Gather(graph, same, Tensor::Of<int32_t>({1, 2}, {3, 1}), 0);
  const Output once = Gather(graph, same, Tensor::Vector<int64_t>({3}), -2);
  const Output y = Add(graph, ReduceSum(graph, Mul(graph, twice, 2)), ReduceSum(graph, once));
  const Gradient rows = SparseGradients(graph, {y}, {table})[0];
  const Output whole = Gradients(graph, {y}, {table})[0];
  // Where all rows count too, the gradient is whole.
  const Gradient mixed =
      SparseGradients(graph, {Add(graph, y, ReduceSum(graph, table))}, {table})[0];
  ASSERT_TRUE(graph.ok()) << MessageOf(graph.status());
  ASSERT_TRUE(rows.is_sparse());
  EXPECT_FALSE(mixed.is_sparse());
  const Gradient each_once = WithoutRepeats(graph, rows);
  const auto session = NewSession(graph);
  const auto got =
      Get(session->Run({.feeds = {{table, Tensor(DType::kFloat32, {4, 2})}},
                        .fetches = {rows.values, rows.indices, rows.dense_shape, whole,
                                    mixed.values, each_once.values, Dense(graph, rows)}}));
  EXPECT_THAT(Floats(got[0]), ElementsAre(1, 1, 2, 2, 2, 2));
  EXPECT_EQ(got[1].dtype(), DType::kInt64);
  EXPECT_THAT(got[1].flat<int64_t>(), ElementsAre(3, 3, 1));
  EXPECT_THAT(got[2].flat<int32_t>(), ElementsAre(4, 2));
  EXPECT_THAT(Floats(got[3]), ElementsAre(0, 0, 2, 2, 0, 0, 3, 3));
  EXPECT_THAT(Floats(got[4]), ElementsAre(1, 1, 3, 3, 1, 1, 4, 4));
  EXPECT_THAT(Floats(got[5]), ElementsAre(3, 3, 2, 2));
  EXPECT_THAT(Floats(got[6]), ElementsAre(0, 0, 2, 2, 0, 0, 3, 3));
}

// Several steps that plans join: the same bits of training with and without, but for rounding.
TEST(Plan, TrainsTheSameWithAndWithoutOptimisation) {
  GraphBuilder graph;
  graph.set_seed(5);
  std::mt19937 random(7);
  const Output images = Placeholder(graph, DType::kFloat32, {10, 20}, "images");
  const Output labels = Placeholder(graph, DType::kInt32, {10}, "labels");
  const auto variable = [&](const Shape& shape, const char* name) {
    Tensor value(DType::kFloat32, shape);
    for (float& element : value.mutable_flat<float>()) {
      element = static_cast<float>(random() % 2000) / 2000.0f - 0.5f;
    }
    return MakeVariable(graph, value, name);
  };
  const Variable w1 = variable({20, 17}, "w1");
  const Variable b1 = variable({17}, "b1");
  const Variable w2 = variable({17, 5}, "w2");
  const Variable b2 = variable({5}, "b2");
  const Output hidden = Relu(graph, Add(graph, MatMul(graph, images, w1), b1));
  const Output logits = BiasAdd(graph, MatMul(graph, hidden, w2), b2);
  const Output loss =
      ReduceMean(graph, SparseSoftmaxCrossEntropyWithLogits(graph, ToInt64(graph, labels), logits));
  const std::vector<Output> refs = {w1.ref, b1.ref, w2.ref, b2.ref};
  const auto gradients = Gradients(graph, {loss}, refs, {.gate_gradients = true});
  std::vector<const Node*> updates;
  for (size_t i = 0; i < refs.size(); ++i) {
    updates.push_back(ApplyGradientDescent(graph, refs[i], 0.1, gradients[i]).node);
  }
  const Node* step = Group(graph, updates);
  const Node* init = GlobalVariablesInitializer(graph);
  const auto fast = NewSession(graph, true);
  const auto plain = NewSession(graph, false);
  Get(fast->Run({.targets = {init}}));
  Get(plain->Run({.targets = {init}}));
  for (int i = 0; i < 20; ++i) {
    Tensor pixels(DType::kFloat32, {10, 20});
    for (float& pixel : pixels.mutable_flat<float>()) {
      pixel = static_cast<float>(random() % 256) / 255.0f;
    }
    Tensor classes(DType::kInt32, {10});
    for (int32_t& label : classes.mutable_flat<int32_t>())
      label = static_cast<int32_t>(random() % 5);
    const Session::Request request{.feeds = {{images, pixels}, {labels, classes}},
                                   .fetches = {loss, logits},
                                   .targets = {step}};
    const auto a = Get(fast->Run(request));
    const auto b = Get(plain->Run(request));
    ASSERT_NEAR(a[0].scalar<float>(), b[0].scalar<float>(), 1e-5) << "step " << i;
    EXPECT_THAT(Floats(a[1]), ::testing::Pointwise(::testing::FloatNear(1e-5f), Floats(b[1])));
  }
  for (const Output& ref : refs) {
    EXPECT_THAT(
        Floats(Get(fast->ReadVariable(ref))),
        ::testing::Pointwise(::testing::FloatNear(1e-5f), Floats(Get(plain->ReadVariable(ref)))))
        << ref.name();
  }
}

}  // namespace
}  // namespace fanlight
