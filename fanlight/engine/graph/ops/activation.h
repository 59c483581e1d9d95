// Activations: what a layer makes of its sums. Relu stands with the other common ops, in nn.h.
#pragma once

#include <string_view>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

// min(max(x, 0), 6). Gradient: the incoming one where the result is between the two.
Output Relu6(GraphBuilder& graph, const Operand& x, std::string_view name = "Relu6");
// x where it is above 0, else alpha · x.
Output LeakyRelu(GraphBuilder& graph, const Operand& x, float alpha = 0.2f,
                 std::string_view name = "LeakyRelu");
// x where it is above 0, else eˣ − 1.
Output Elu(GraphBuilder& graph, const Operand& x, std::string_view name = "Elu");
// The same scaled so that layers keep mean 0 and variance 1 (Klambauer et al., 2017).
Output Selu(GraphBuilder& graph, const Operand& x, std::string_view name = "Selu");
// log(1 + eˣ). Numerics: large |x| neither overflow nor lose their last digits.
Output Softplus(GraphBuilder& graph, const Operand& x, std::string_view name = "Softplus");
// x / (1 + |x|).
Output Softsign(GraphBuilder& graph, const Operand& x, std::string_view name = "Softsign");

std::span<const OpSpec> ActivationOps();
std::span<const KernelDef> ActivationKernels();

}  // namespace fanlight
