// Gradients as nodes, made by the rules of the ops, named and built as TensorFlow does it.
#pragma once

#include <string_view>
#include <vector>

#include "fanlight/engine/graph/graph_builder.h"

namespace fanlight {

// A derivative by a tensor. That of a table of which rows are looked up is these rows alone, as long
// as nobody needs the whole: TensorFlow's IndexedSlices.
struct Gradient {
  Gradient() = default;
  Gradient(Output whole) : values(whole) {}  // NOLINT(google-explicit-constructor): the usual one.
  Gradient(Output rows, Output row_indices, Output shape)
      : values(rows), indices(row_indices), dense_shape(shape) {}

  bool is_valid() const { return values.is_valid(); }
  bool is_sparse() const { return indices.is_valid(); }

  Output values;       // The whole; or rows of it, one after another.
  Output indices;      // A vector: which row each is. One that is named again counts by its sum.
  Output dense_shape;  // int32: the shape of the whole.
};

// That of a tensor of `shape` whose rows at `indices`, of any shape, have this gradient.
Gradient RowsGradient(GraphBuilder& graph, const Output& gradient, const Output& indices,
                      const Output& shape);
// The whole: rows are added up where they belong.
Output Dense(GraphBuilder& graph, const Gradient& gradient);
// The same rows, each named once.
Gradient WithoutRepeats(GraphBuilder& graph, const Gradient& gradient);

struct GradientOptions {
  std::vector<Output> grad_ys{};         // Gradients that come in at ys; empty: ones.
  std::vector<Output> stop_gradients{};  // Taken as constants.
  bool gate_gradients = false;  // All gradients of a node are made before any is used (`tuple`).
  std::string_view name = "gradients";
};

// The derivatives of the sum of `ys` by each of `xs`, whole; an empty Output where ys do not depend
// on it.
// Errors: kUnimplemented, kept by the builder, when a node on the way has an op without a gradient.
std::vector<Output> Gradients(GraphBuilder& graph, const std::vector<Output>& ys,
                              const std::vector<Output>& xs, const GradientOptions& options = {});
// The same, as rows where they came as rows: what optimizers apply to these rows alone.
std::vector<Gradient> SparseGradients(GraphBuilder& graph, const std::vector<Output>& ys,
                                      const std::vector<Output>& xs,
                                      const GradientOptions& options = {});

}  // namespace fanlight
