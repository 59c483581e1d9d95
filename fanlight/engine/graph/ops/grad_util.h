// What the gradients of several families share.
#pragma once

#include <span>
#include <vector>

#include "fanlight/engine/graph/graph_builder.h"

namespace fanlight {

// Sums the gradients of two broadcast arguments over what each was stretched along: nothing where
// the shapes are known and equal, known axes where they tell them, else axes computed in the run.
// An empty gradient stays empty.
std::vector<Output> ReduceGradientArgs(GraphBuilder& graph, const Output& x, const Output& y,
                                       const Output& gradient_x, const Output& gradient_y);

// `value` with the shape of `like`: a Reshape to its Shape.
Output ReshapeLike(GraphBuilder& graph, const Output& value, const Output& like);

// Whether the shapes of all are fully known and the same.
bool ShapesKnownAndEqual(std::initializer_list<Output> outputs);

}  // namespace fanlight
