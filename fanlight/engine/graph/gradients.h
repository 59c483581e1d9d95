// Gradients as nodes, made by the rules of the ops, named and built as TensorFlow does it.
#pragma once

#include <string_view>
#include <vector>

#include "fanlight/engine/graph/graph_builder.h"

namespace fanlight {

struct GradientOptions {
  std::vector<Output> grad_ys{};         // Gradients that come in at ys; empty: ones.
  std::vector<Output> stop_gradients{};  // Taken as constants.
  bool gate_gradients = false;  // All gradients of a node are made before any is used (`tuple`).
  std::string_view name = "gradients";
};

// The derivatives of the sum of `ys` by each of `xs`; an empty Output where ys do not depend on it.
// Errors: kUnimplemented, kept by the builder, when a node on the way has an op without a gradient.
std::vector<Output> Gradients(GraphBuilder& graph, const std::vector<Output>& ys,
                              const std::vector<Output>& xs, const GradientOptions& options = {});

}  // namespace fanlight
