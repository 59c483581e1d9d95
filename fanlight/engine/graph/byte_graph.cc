#include "fanlight/engine/graph/byte_graph.h"

#include <algorithm>
#include <cmath>

#include "fanlight/engine/graph/gradients.h"
#include "fanlight/engine/graph/ops/activation.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/branches.h"
#include "fanlight/engine/graph/ops/control.h"
#include "fanlight/engine/graph/ops/conv.h"
#include "fanlight/engine/graph/ops/gather.h"
#include "fanlight/engine/graph/ops/layout.h"
#include "fanlight/engine/graph/ops/logic.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/matmul.h"
#include "fanlight/engine/graph/ops/nn.h"
#include "fanlight/engine/graph/ops/padding.h"
#include "fanlight/engine/graph/ops/pooling.h"
#include "fanlight/engine/graph/ops/reduction.h"
#include "fanlight/engine/graph/ops/resource.h"
#include "fanlight/engine/graph/ops/reverse.h"
#include "fanlight/engine/graph/ops/scan.h"
#include "fanlight/engine/graph/ops/slicing.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/graph/ops/unary.h"

namespace fanlight::testing {
namespace {

constexpr int64_t kMostElements = 256;
constexpr size_t kMostSteps = 40;

class Maker {
 public:
  Maker(std::span<const uint8_t> bytes, ByteGraph& made)
      : bytes_(bytes), made_(made), graph_(made.graph) {}

  void Make() {
    for (int i = 0; i < 2; ++i) AddInput();
    for (int i = 0; i < 2; ++i) AddVariable();
    for (size_t step = 0; step < kMostSteps && at_ < bytes_.size() && graph_.ok(); ++step) Step();
    Finish();
  }

 private:
  uint32_t Byte() { return at_ < bytes_.size() ? bytes_[at_++] : 0; }
  int64_t Below(int64_t limit) { return limit <= 0 ? 0 : static_cast<int64_t>(Byte()) % limit; }
  const Output& Any() {
    return pool_[static_cast<size_t>(Below(static_cast<int64_t>(pool_.size())))];
  }
  static Shape ShapeOf(const Output& output) { return *output.shape().ToShape(); }

  Shape AnyShape() {
    std::vector<int64_t> dims(static_cast<size_t>(Below(4)));
    for (int64_t& dim : dims) dim = 1 + Below(4);
    return *Shape::From(dims);
  }

  // Numbers that are the same in each run, between -2 and 2.
  Tensor Numbers(const Shape& shape) {
    Tensor tensor(DType::kFloat32, shape);
    for (float& value : tensor.mutable_flat<float>()) {
      seed_ = seed_ * 6364136223846793005u + 1442695040888963407u;
      value = static_cast<float>(seed_ >> 40) / static_cast<float>(1 << 22) - 2.0f;
    }
    return tensor;
  }

  void AddInput() {
    const Shape shape = AnyShape();
    const Output input = Placeholder(graph_, DType::kFloat32, shape);
    made_.feeds.push_back({input, Numbers(shape)});
    pool_.push_back(input);
  }

  void AddVariable() {
    const Variable variable =
        MakeVariable(graph_, Numbers(AnyShape()), "v", {.is_resource = Byte() % 2 == 0});
    made_.variables.push_back(variable);
    pool_.push_back(variable.value);
  }

  void Keep(const Output& output) {
    if (!output.is_valid() || !output.shape().is_fully_known()) return;
    if (*output.shape().num_elements() > kMostElements) return;
    pool_.push_back(output);
  }

  // Small enough to go on with: no chain of products overflows.
  Output Tame(const Output& output) { return Tanh(graph_, output); }

  void Step() {
    switch (Byte() % 24) {
      case 0:
        return Keep(Unary());
      case 1:
      case 2:
        return Keep(Binary());
      case 3:
      case 4:
        return Keep(Product());
      case 5:
        return Keep(Reduction());
      case 6:
        return Keep(Reshape(graph_, Any(), {-1}));
      case 7:
        return Keep(Permuted());
      case 8: {
        const Output& value = Any();
        if (value.shape().rank() >= 6) return;
        return Keep(ExpandDims(graph_, value, 0));
      }
      case 9: {
        const Output& value = Any();
        if (value.shape().rank() == 0) return;
        return Keep(Concat(graph_, {value, value}, 0));
      }
      case 10: {
        const Output& value = Any();
        if (value.shape().rank() != 1) return;
        return Keep(Slice(graph_, value, {0}, {static_cast<int32_t>(1 + Below(value.shape()[0]))}));
      }
      case 11: {
        const Output& value = Any();
        if (value.shape().rank() != 1) return;
        return Keep(Pad(graph_, value, Tensor::Of<int32_t>({1, 2}, {1, 2})));
      }
      case 12: {
        const Output& value = Any();
        if (value.shape().rank() == 0) return;
        return Keep(Gather(graph_, value, {0, static_cast<int32_t>(value.shape()[0] - 1)}));
      }
      case 13: {
        const Output& value = Any();
        if (value.shape().rank() == 0) return;
        return Keep(Byte() % 2 == 0 ? Cumsum(graph_, value, 0) : Reverse(graph_, value, {0}));
      }
      case 14: {
        const Output& value = Any();
        const Output positive = Greater(graph_, value, 0.0);
        return Keep(Select(graph_, positive, value, Mul(graph_, value, 0.5)));
      }
      case 15: {
        const Output& value = Any();
        return Keep(AddN(graph_, {value, value, Identity(graph_, value)}));
      }
      case 16: {
        const Output& value = Any();
        if (value.shape().rank() == 0) return;
        return Keep(Byte() % 2 == 0 ? Softmax(graph_, value) : LogSoftmax(graph_, value));
      }
      case 17:
        return Keep(Byte() % 2 == 0 ? StopGradient(graph_, Any()) : Identity(graph_, Any()));
      case 18:
        return Assignment();
      case 19:
      case 20:
        return Keep(Convolution());
      case 21:
      case 22:
        return Branch();
      default:
        return Keep(Sparse());
    }
  }

  Output Unary() {
    const Output value = Any();
    switch (Byte() % 9) {
      case 0:
        return Neg(graph_, value);
      case 1:
        return Abs(graph_, value);
      case 2:
        return Tanh(graph_, value);
      case 3:
        return Sigmoid(graph_, value);
      case 4:
        return Relu(graph_, value);
      case 5:
        return Square(graph_, Tame(value));
      case 6:
        return Exp(graph_, Tame(value));
      case 7:
        return Sqrt(graph_, Add(graph_, Square(graph_, value), 1.0));
      default:
        return Elu(graph_, value);
    }
  }

  Output Binary() {
    const Output a = Any();
    const Output b = Any();
    if (!Broadcast(ShapeOf(a), ShapeOf(b))) return Add(graph_, a, a);
    switch (Byte() % 6) {
      case 0:
        return Add(graph_, a, b);
      case 1:
        return Sub(graph_, a, b);
      case 2:
        return Mul(graph_, Tame(a), b);
      case 3:
        return Maximum(graph_, a, b);
      case 4:
        return Minimum(graph_, a, b);
      default:
        return Div(graph_, a, Add(graph_, Square(graph_, b), 1.0));
    }
  }

  // Layers too: a product, a bias, a rectifier.
  Output Product() {
    Output a = Any();
    if (a.shape().rank() != 2) a = Reshape(graph_, a, {-1, 1});
    const int64_t inner = a.shape()[1];
    const Output b = Constant(graph_, Numbers({inner, 1 + Below(4)}));
    const bool transposes = Byte() % 3 == 0;
    Output product = transposes ? MatMul(graph_, b, a, {.transpose_a = true, .transpose_b = true})
                                : MatMul(graph_, a, b);
    if (Byte() % 2 == 0) {
      product = Add(graph_, product, Constant(graph_, Numbers({product.shape()[1]})));
    }
    return Byte() % 2 == 0 ? Relu(graph_, product) : product;
  }

  // Also with what joins it: a bias, a rectifier, a pool.
  Output Convolution() {
    const Output value = Any();
    const int64_t count = *value.shape().num_elements();
    const int64_t side = count % 4 == 0 ? 2 : 1;
    const Output images = Reshape(graph_, value, {1, static_cast<int32_t>(side), -1, 1});
    Output features = Conv2D(graph_, images, Constant(graph_, Numbers({2, 2, 1, 1 + Below(3)})));
    if (Byte() % 2 == 0) {
      features = BiasAdd(graph_, features, Constant(graph_, Numbers({features.shape()[3]})));
    }
    if (Byte() % 2 == 0) features = Relu(graph_, features);
    return Byte() % 2 == 0 ? MaxPool(graph_, features) : features;
  }

  Output Reduction() {
    const Output value = Any();
    ReduceOptions options{.axes = {}, .keep_dims = Byte() % 2 == 0};
    if (value.shape().rank() > 0 && Byte() % 2 == 0) {
      options.axes = std::vector<int32_t>{static_cast<int32_t>(Below(value.shape().rank()))};
    }
    switch (Byte() % 4) {
      case 0:
        return ReduceSum(graph_, value, options);
      case 1:
        return ReduceMax(graph_, value, options);
      case 2:
        return ReduceMin(graph_, value, options);
      default:
        return ReduceMean(graph_, value, options);
    }
  }

  Output Permuted() {
    const Output value = Any();
    std::vector<int32_t> order;
    for (int i = value.shape().rank(); i-- > 0;) order.push_back(i);
    return Transpose(graph_, value, Tensor::Vector<int32_t>(std::span<const int32_t>(order)));
  }

  Output Sparse() {
    const Output value = Any();
    if (value.shape().rank() >= 6) return value;
    if (value.shape().rank() != 2)
      return Tile(graph_, ExpandDims(graph_, value, 0), TileMultiples(value));
    std::vector<int32_t> labels(static_cast<size_t>(value.shape()[0]));
    for (int32_t& label : labels) label = static_cast<int32_t>(Below(value.shape()[1]));
    return SparseSoftmaxCrossEntropyWithLogits(
        graph_, Tensor::Vector<int32_t>(std::span<const int32_t>(labels)), value);
  }
  Tensor TileMultiples(const Output& value) {
    std::vector<int32_t> multiples(static_cast<size_t>(value.shape().rank() + 1), 1);
    multiples[0] = 2;
    return Tensor::Vector<int32_t>(std::span<const int32_t>(multiples));
  }

  static Output Side(const Switched& switched, int side) {
    return side == 0 ? switched.if_false : switched.if_true;
  }

  // The variable in the branches that are open. What leads into a branch waits for nothing in it.
  Output InBranches(Output variable) {
    const auto free = graph_.NoControlDependencies();
    for (const auto& [predicate, side] : branches_) {
      variable = Side(Switch(graph_, variable, predicate), side);
    }
    return variable;
  }

  // Two values go one of two ways, in which anything may happen, other branches too.
  void Branch() {
    if (branches_.size() == 2) return;
    const Output values[] = {Any(), Any()};
    const Output predicate = Greater(graph_, ReduceSum(graph_, Any()), 0.0);
    Output ends[2];
    const std::vector<Output> outside = pool_;
    for (int side = 0; side < 2; ++side) {
      const size_t num_scopes = scopes_.size();
      const Output pivot = Identity(graph_, Side(Switch(graph_, predicate, predicate), side));
      pool_.clear();
      for (const Output& value : values) {
        pool_.push_back(Side(Switch(graph_, value, predicate), side));
      }
      scopes_.push_back(graph_.ControlDependencies({pivot.node}));
      branches_.emplace_back(predicate, side);
      const int64_t num_steps = Below(4);
      for (int64_t i = 0; i < num_steps && graph_.ok(); ++i) Step();
      ends[side] = Identity(graph_, pool_.back());
      branches_.pop_back();
      while (scopes_.size() > num_scopes) scopes_.pop_back();
    }
    pool_ = outside;
    if (!graph_.ok()) return;
    if (!(ends[0].shape() == ends[1].shape())) {
      for (Output& end : ends) end = ReduceSum(graph_, end);
    }
    const Output merged = Merge(graph_, {ends[0], ends[1]});
    // What was assigned in a branch is before what comes later.
    scopes_.push_back(graph_.ControlDependencies({merged.node}));
    Keep(merged);
  }

  // A variable changes by what has been computed; some later reads come after it.
  void Assignment() {
    const Variable& variable =
        made_.variables[static_cast<size_t>(Below(static_cast<int64_t>(made_.variables.size())))];
    const Output value = Any();
    if (!(value.shape() == variable.shape())) return;
    const Output change = Tame(value);
    const Output ref = InBranches(variable.ref);
    const int way = Byte() % 3;
    const Output assigned = way == 0   ? AssignAdd(graph_, ref, change)
                            : way == 1 ? AssignSub(graph_, ref, change)
                                       : Assign(graph_, ref, change);
    if (!assigned.is_valid()) return;
    made_.targets.push_back(assigned.node);
    // What comes later waits: two assignments of one variable without an order between them could
    // come in either, and so could a read of it.
    scopes_.push_back(graph_.ControlDependencies({assigned.node}));
    Keep(IsHandle(ref) ? ReadVariable(graph_, ref) : Identity(graph_, ref));
  }

  void Finish() {
    if (!graph_.ok()) return;
    std::vector<Output> losses;
    for (size_t i = 0; i < pool_.size(); ++i) {
      if (Byte() % 3 == 0 || i + 1 == pool_.size()) {
        made_.fetches.push_back(pool_[i]);
        losses.push_back(ReduceSum(graph_, Tame(pool_[i])));
      }
    }
    std::vector<Output> xs;
    for (const Variable& variable : made_.variables) xs.push_back(variable.ref);
    for (const Session::Feed& feed : made_.feeds) xs.push_back(feed.placeholder);
    const std::vector<Output> gradients = Gradients(graph_, {AddN(graph_, losses)}, xs);
    for (size_t i = 0; i < gradients.size() && graph_.ok(); ++i) {
      if (!gradients[i].is_valid()) continue;
      // What is fetched too cannot be made within the update.
      if (i >= made_.variables.size() || Byte() % 2 == 0) made_.fetches.push_back(gradients[i]);
      if (i >= made_.variables.size()) continue;
      made_.targets.push_back(ApplyGradientDescent(graph_, xs[i], 0.1, gradients[i]).node);
    }
    while (!scopes_.empty()) scopes_.pop_back();
    made_.init = GlobalVariablesInitializer(graph_);
  }

  const std::span<const uint8_t> bytes_;
  ByteGraph& made_;
  GraphBuilder& graph_;
  size_t at_ = 0;
  uint64_t seed_ = 1;
  std::vector<Output> pool_;
  std::vector<GraphBuilder::Scope> scopes_;
  std::vector<std::pair<Output, int>> branches_;  // Predicates, and which side is built.
};

std::string Difference(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || !(a.shape() == b.shape())) {
    return fmt::format("{} and {}", Describe(a), Describe(b));
  }
  float scale = 1;
  for (const float value : a.flat<float>()) {
    if (std::isfinite(value)) scale = std::max(scale, std::abs(value));
  }
  for (size_t i = 0; i < static_cast<size_t>(a.num_elements()); ++i) {
    const float x = a.flat<float>()[i];
    const float y = b.flat<float>()[i];
    const bool is_same =
        x == y || (std::isnan(x) && std::isnan(y)) || std::abs(x - y) <= 2e-4f * scale;
    if (!is_same) return fmt::format("element {} is {} and {}", i, x, y);
  }
  return "";
}

}  // namespace

void BuildByteGraph(std::span<const uint8_t> bytes, ByteGraph& made) { Maker(bytes, made).Make(); }

std::string CompareOptimised(std::span<const uint8_t> bytes) {
  ByteGraph made;
  BuildByteGraph(bytes, made);
  if (!made.graph.ok()) return "the graph is wrong: " + made.graph.status().error().message;
  std::vector<std::vector<Tensor>> results;
  for (const bool optimize : {true, false}) {
    auto session = Session::Create(made.graph.graph(), {.optimize = optimize});
    if (!session) return session.error().message;
    if (auto done = (*session)->Run({.targets = {made.init}}); !done) return done.error().message;
    std::vector<Tensor> seen;
    // The second run finds the plan compiled, and the variables as the first has left them.
    for (int i = 0; i < 2; ++i) {
      auto fetched =
          (*session)->Run({.feeds = made.feeds, .fetches = made.fetches, .targets = made.targets});
      if (!fetched) return fetched.error().message;
      seen.insert(seen.end(), fetched->begin(), fetched->end());
    }
    for (const Variable& variable : made.variables) {
      auto value = (*session)->ReadVariable(variable.ref);
      if (!value) return value.error().message;
      seen.push_back(*value);
    }
    results.push_back(std::move(seen));
  }
  for (size_t i = 0; i < results[0].size(); ++i) {
    const std::string difference = Difference(results[0][i], results[1][i]);
    if (difference.empty()) continue;
    const std::string what = i < 2 * made.fetches.size()
                                 ? Describe(*made.fetches[i % made.fetches.size()].node)
                                 : "a variable";
    return fmt::format("{}: optimised and plain differ: {}", what, difference);
  }
  return "";
}

}  // namespace fanlight::testing
