#include "fanlight/engine/train/regularizers.h"

#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/nn.h"
#include "fanlight/engine/graph/ops/reduction.h"
#include "fanlight/engine/graph/ops/unary.h"

namespace fanlight {
namespace {

Output Scaled(GraphBuilder& graph, double scale, const Output& loss) {
  if (!loss.is_valid()) return {};
  const Output factor = Operand(scale).ToOutput(graph, "scale", loss.dtype());
  return Mul(graph, factor, loss, graph.name_scope() + "/");
}

}  // namespace

Regularizer L1Regularizer(double scale) {
  return [scale](GraphBuilder& graph, const Output& weights) {
    const auto scope = graph.NameScope("l1_regularizer");
    return Scaled(graph, scale, ReduceSum(graph, Abs(graph, weights)));
  };
}

Regularizer L2Regularizer(double scale) {
  return [scale](GraphBuilder& graph, const Output& weights) {
    const auto scope = graph.NameScope("l2_regularizer");
    return Scaled(graph, scale, L2Loss(graph, weights));
  };
}

Regularizer L1L2Regularizer(double scale_l1, double scale_l2) {
  return [l1 = L1Regularizer(scale_l1), l2 = L2Regularizer(scale_l2)](GraphBuilder& graph,
                                                                      const Output& weights) {
    const auto scope = graph.NameScope("l1_l2_regularizer");
    const Output first = l1(graph, weights);
    return Add(graph, first, l2(graph, weights), graph.name_scope() + "/");
  };
}

Output RegularizationLoss(GraphBuilder& graph, std::string_view name) {
  if (!graph.ok()) return {};
  const auto losses = graph.collections().All<Output>(CollectionKeys::kRegularizationLosses);
  if (losses.empty()) return Constant(graph, Tensor::Scalar(0.0f), name);
  return AddN(graph, losses, name);
}

}  // namespace fanlight
