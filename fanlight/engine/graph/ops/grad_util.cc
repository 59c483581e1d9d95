#include "fanlight/engine/graph/ops/grad_util.h"

#include <optional>

#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/reduction.h"

namespace fanlight {
namespace {

struct Axes {
  std::vector<int32_t> x;
  std::vector<int32_t> y;
};

// The axes along which each argument is certainly stretched; nullopt where the run must tell.
std::optional<Axes> KnownAxes(const PartialShape& x, const PartialShape& y) {
  if (!x.has_rank() || !y.has_rank()) return std::nullopt;
  const int rank = std::max(x.rank(), y.rank());
  Axes axes;
  for (int axis = 0; axis < rank; ++axis) {
    const int in_x = axis - (rank - x.rank());
    const int in_y = axis - (rank - y.rank());
    const int64_t dim_x = in_x < 0 ? 1 : x[in_x];
    const int64_t dim_y = in_y < 0 ? 1 : y[in_y];
    if (dim_x == 1 && dim_y != 1) {
      axes.x.push_back(axis);
    } else if (dim_y == 1 && dim_x != 1) {
      axes.y.push_back(axis);
    } else if (dim_x < 0 || dim_y < 0) {
      return std::nullopt;
    }
  }
  return axes;
}

Output SumTo(GraphBuilder& graph, const Output& gradient, const Operand& axes,
             const Output& shape) {
  return Reshape(graph, SumAlong(graph, gradient, axes, /*keep_dims=*/true), shape);
}

}  // namespace

std::vector<Output> ReduceGradientArgs(GraphBuilder& graph, const Output& x, const Output& y,
                                       const Output& gradient_x, const Output& gradient_y) {
  const Output shape_x = ShapeOf(graph, x);
  const Output shape_y = ShapeOf(graph, y);
  if (!graph.ok()) return {{}, {}};
  const std::optional<Axes> known = KnownAxes(x.shape(), y.shape());
  std::vector<Output> reduced = {gradient_x, gradient_y};
  if (!known) {
    const BroadcastAxes axes = BroadcastGradientArgs(graph, shape_x, shape_y);
    if (gradient_x.is_valid()) reduced[0] = SumTo(graph, gradient_x, axes.first, shape_x);
    if (gradient_y.is_valid()) reduced[1] = SumTo(graph, gradient_y, axes.second, shape_y);
    return reduced;
  }
  const auto sum_along = [&](const Output& gradient, const std::vector<int32_t>& axes,
                             const Output& shape) {
    return SumTo(graph, gradient, Tensor::Vector<int32_t>(std::span<const int32_t>(axes)), shape);
  };
  if (gradient_x.is_valid() && (!known->x.empty() || x.shape().rank() < y.shape().rank())) {
    reduced[0] = sum_along(gradient_x, known->x, shape_x);
  }
  if (gradient_y.is_valid() && (!known->y.empty() || y.shape().rank() < x.shape().rank())) {
    reduced[1] = sum_along(gradient_y, known->y, shape_y);
  }
  return reduced;
}

Output ReshapeLike(GraphBuilder& graph, const Output& value, const Output& like) {
  return Reshape(graph, value, ShapeOf(graph, like));
}

bool ShapesKnownAndEqual(std::initializer_list<Output> outputs) {
  for (const Output& output : outputs) {
    if (!output.is_valid() || !output.shape().is_fully_known()) return false;
    if (!(output.shape() == outputs.begin()->shape())) return false;
  }
  return true;
}

}  // namespace fanlight
