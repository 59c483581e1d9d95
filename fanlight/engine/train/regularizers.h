// Regularisers: what a large weight costs. GetVariable() adds their losses to the collection
// `regularization_losses`.
#pragma once

#include <functional>

#include "fanlight/engine/graph/graph_builder.h"

namespace fanlight {

// Adds nodes for the loss of a variable's value.
// Shapes: any; result a scalar of its dtype.
// Units:  that of a loss: `scale` is what a weight of 1 costs.
using Regularizer = std::function<Output(GraphBuilder& graph, const Output& weights)>;

// scale · Σ |w|.
Regularizer L1Regularizer(double scale);
// scale · Σ w² / 2.
Regularizer L2Regularizer(double scale);
// The sum of both.
Regularizer L1L2Regularizer(double scale_l1, double scale_l2);

// The sum of the collection `regularization_losses` as it is now; 0 when it is empty.
// Shapes: result a scalar, float32.
Output RegularizationLoss(GraphBuilder& graph, std::string_view name = "total_regularization_loss");

}  // namespace fanlight
