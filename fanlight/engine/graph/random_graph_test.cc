// Random graphs, run with and without optimisation, at one and several threads: the values of what
// is fetched and of the variables must agree, step by step.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/control.h"
#include "fanlight/engine/graph/ops/layout.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/matmul.h"
#include "fanlight/engine/graph/ops/nn.h"
#include "fanlight/engine/graph/ops/reduction.h"
#include "fanlight/engine/graph/ops/slicing.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/graph/ops/unary.h"
#include "fanlight/engine/graph/testing.h"

namespace fanlight {
namespace {

using testing::Get;
using testing::MessageOf;

constexpr int kNodes = 25;
constexpr int kSteps = 3;

class RandomGraph {
 public:
  explicit RandomGraph(uint32_t seed) : random_(seed) {
    graph_.set_seed(static_cast<int64_t>(seed));
    for (const Shape& shape : {Shape{4, 3}, Shape{3, 5}, Shape{3}, Shape()}) {
      placeholders_.push_back(Placeholder(graph_, DType::kFloat32, shape));
      values_.push_back(placeholders_.back());
    }
    for (const Shape& shape : {Shape{3, 4}, Shape{4}, Shape{4, 3}}) {
      variables_.push_back(MakeVariable(graph_, RandomTensor(shape)));
      values_.push_back(variables_.back().value);
    }
    values_.push_back(Constant(graph_, RandomTensor({4, 3})));
    for (int i = 0; i < kNodes; ++i) AddNode();
    AddUpdates();
    for (int i = 0; i < 5; ++i) fetches_.push_back(Any());
    init_ = GlobalVariablesInitializer(graph_);
  }

  // The fetches of each step, and after them the variables.
  std::vector<Tensor> Run(Session::Options options, uint32_t feed_seed) const {
    const auto session = Get(Session::Create(graph_.graph(), std::move(options)));
    std::vector<Tensor> all;
    EXPECT_TRUE(session->Run({.targets = {init_}}).has_value());
    std::mt19937 random(feed_seed);
    for (int step = 0; step < kSteps; ++step) {
      Session::Request request{.fetches = fetches_, .targets = targets_};
      for (const Output& placeholder : placeholders_) {
        request.feeds.push_back(
            {placeholder, RandomTensor(*placeholder.shape().ToShape(), random)});
      }
      const auto fetched = session->Run(request);
      EXPECT_TRUE(fetched.has_value()) << MessageOf(fetched);
      if (!fetched) return all;
      // What is fetched is the caller's: later steps must not change it.
      all.insert(all.end(), fetched->begin(), fetched->end());
    }
    for (const Variable& variable : variables_) {
      all.push_back(Get(session->ReadVariable(variable.ref)));
    }
    return all;
  }

  const GraphBuilder& graph() const { return graph_; }

 private:
  static Tensor RandomTensor(const Shape& shape, std::mt19937& random) {
    Tensor tensor(DType::kFloat32, shape);
    std::uniform_real_distribution<float> uniform(-1, 1);
    for (float& value : tensor.mutable_flat<float>()) value = uniform(random);
    return tensor;
  }
  Tensor RandomTensor(const Shape& shape) { return RandomTensor(shape, random_); }

  size_t Below(size_t count) {
    return std::uniform_int_distribution<size_t>(0, count - 1)(random_);
  }
  const Output& Any() { return values_[Below(values_.size())]; }
  static Shape ShapeOfValue(const Output& output) { return *output.shape().ToShape(); }

  // One of the values for which `fits` holds; no output, when there is none.
  template <typename Fits>
  Output AnyWhere(const Fits& fits) {
    std::vector<Output> fitting;
    std::copy_if(values_.begin(), values_.end(), std::back_inserter(fitting), fits);
    return fitting.empty() ? Output() : fitting[Below(fitting.size())];
  }

  void AddNode() {
    const Output x = Any();
    const Shape shape = ShapeOfValue(x);
    switch (Below(12)) {
      case 0:
        return Keep(Tanh(graph_, x));
      case 1:
        return Keep(Relu(graph_, x));
      case 2:
        return Keep(Square(graph_, Sigmoid(graph_, x)));
      case 3:
      case 4: {
        const Output y = AnyWhere(
            [&](const Output& other) { return Broadcast(shape, ShapeOfValue(other)).has_value(); });
        switch (Below(4)) {
          case 0:
            return Keep(Add(graph_, x, y));
          case 1:
            return Keep(Sub(graph_, x, y));
          case 2:
            return Keep(Tanh(graph_, Mul(graph_, x, y)));
          default:
            return Keep(Maximum(graph_, x, y));
        }
      }
      case 5:
      case 6:
        return AddProduct(x);
      case 7:
        return Keep(ReduceMean(graph_, x));
      case 8:
        if (shape.rank() == 0) return;
        return Keep(Tanh(graph_, ReduceSum(graph_, x, {.axes = std::vector<int32_t>{0}})));
      case 9:
        return Keep(Reshape(graph_, Reshape(graph_, x, Tensor::Vector<int32_t>({-1})),
                            Tensor::Vector<int64_t>(shape.dims())));
      case 10:
        if (shape.rank() != 2) return;
        return Keep(Transpose(graph_, x, Tensor::Vector<int32_t>({1, 0})));
      default:
        if (shape.rank() == 0) return;
        return Keep(ReduceMean(graph_, Concat(graph_, {x, Neg(graph_, x), x}, 0),
                               {.axes = std::vector<int32_t>{0}}));
    }
  }

  void AddProduct(const Output& a) {
    if (ShapeOfValue(a).rank() != 2) return;
    const bool transpose_a = Below(2) == 0;
    const bool transpose_b = Below(2) == 0;
    const int64_t inner = ShapeOfValue(a)[transpose_a ? 0 : 1];
    const Output b = AnyWhere([&](const Output& other) {
      const Shape shape = ShapeOfValue(other);
      return shape.rank() == 2 && shape[transpose_b ? 1 : 0] == inner;
    });
    if (!b.is_valid()) return;
    Output product = MatMul(graph_, a, b, {.transpose_a = transpose_a, .transpose_b = transpose_b});
    const int64_t columns = ShapeOfValue(product)[1];
    const Output bias =
        AnyWhere([&](const Output& other) { return ShapeOfValue(other) == Shape{columns}; });
    if (bias.is_valid() && Below(2) == 0) product = Add(graph_, product, bias);
    if (Below(2) == 0) product = Relu(graph_, product);
    Keep(Below(2) == 0 ? product : Tanh(graph_, product));
  }

  void Keep(const Output& output) {
    if (!graph_.ok()) return;
    const auto shape = output.shape().ToShape();
    if (shape && shape->num_elements() <= 64) values_.push_back(output);
  }

  // Training of some variables, and assignments to others, some in an order that is told.
  void AddUpdates() {
    const Output loss = ReduceMean(graph_, Square(graph_, Any()));
    std::vector<Output> refs = {variables_[0].ref, variables_[1].ref};
    const auto gradients = Gradients(graph_, {loss}, refs, {.gate_gradients = Below(2) == 0});
    if (!graph_.ok()) return;
    std::vector<const Node*> updates;
    for (size_t i = 0; i < refs.size(); ++i) {
      if (gradients[i].is_valid()) {
        updates.push_back(ApplyGradientDescent(graph_, refs[i], 0.1, gradients[i]).node);
      }
    }
    const Output change = AnyWhere([](const Output& x) { return ShapeOfValue(x) == Shape{4, 3}; });
    updates.push_back(AssignAdd(graph_, variables_[2].ref, Tanh(graph_, change)).node);
    if (Below(2) == 0) {
      const auto scope = graph_.ControlDependencies(updates);
      Keep(Mul(graph_, Identity(graph_, variables_[2].ref), 2));
      Keep(Tanh(graph_, Any()));
    }
    targets_.push_back(Group(graph_, updates));
  }

  std::mt19937 random_;
  GraphBuilder graph_;
  std::vector<Output> placeholders_;
  std::vector<Variable> variables_;
  std::vector<Output> values_;
  std::vector<Output> fetches_;
  std::vector<Output> targets_;
  const Node* init_ = nullptr;
};

void ExpectClose(const std::vector<Tensor>& got, const std::vector<Tensor>& want, uint32_t seed) {
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(got[i].shape(), want[i].shape()) << "seed " << seed;
    for (size_t k = 0; k < want[i].flat<float>().size(); ++k) {
      const float a = got[i].flat<float>()[k];
      const float b = want[i].flat<float>()[k];
      ASSERT_NEAR(a, b, 1e-4 * (1 + std::abs(b))) << "seed " << seed << ", tensor " << i;
    }
  }
}

TEST(RandomGraph, OptimisedPlansComputeWhatPlainOnesDo) {
  for (uint32_t seed = 0; seed < 300; ++seed) {
    const RandomGraph graph(seed);
    ASSERT_TRUE(graph.graph().ok()) << MessageOf(graph.graph().status()) << ", seed " << seed;
    const auto plain = graph.Run({.optimize = false}, seed);
    ExpectClose(graph.Run({}, seed), plain, seed);
    if (HasFatalFailure() || HasNonfatalFailure()) return;
  }
}

TEST(RandomGraph, RunsRepeatBitByBitAtAnyNumberOfThreads) {
  const auto workers = std::make_shared<Workers>(2);
  for (uint32_t seed = 300; seed < 330; ++seed) {
    const RandomGraph graph(seed);
    const auto first = graph.Run({.num_threads = 1}, seed);
    for (const int num_threads : {1, 2, 3}) {
      const auto again = graph.Run({.num_threads = num_threads, .workers = workers}, seed);
      ASSERT_EQ(first.size(), again.size());
      for (size_t i = 0; i < first.size(); ++i) {
        EXPECT_TRUE(Identical(first[i], again[i])) << "seed " << seed << ", tensor " << i;
      }
    }
  }
}

}  // namespace
}  // namespace fanlight
