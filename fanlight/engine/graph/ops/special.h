// Less common functions of one and two arguments, with NumPy's broadcasting.
#pragma once

#include <string_view>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

// The error function, and 1 minus it.
Output Erf(GraphBuilder& graph, const Operand& x, std::string_view name = "Erf");
Output Erfc(GraphBuilder& graph, const Operand& x, std::string_view name = "Erfc");
// The logarithm of |Γ(x)|, its derivative, and the derivative of that `order` times more, which is
// NaN for what is no whole number from 0 on.
// Gradient: of Lgamma: Digamma; of Digamma: Polygamma of order 1; of Polygamma: that of the next.
Output Lgamma(GraphBuilder& graph, const Operand& x, std::string_view name = "Lgamma");
Output Digamma(GraphBuilder& graph, const Operand& x, std::string_view name = "Digamma");
Output Polygamma(GraphBuilder& graph, const Operand& order, const Operand& x,
                 std::string_view name = "Polygamma");

// Hurwitz' zeta function, the sum of (q + k)^−x over k = 0, 1, …: infinite at x = 1, NaN below.
// Gradient: by q −x · Zeta(x + 1, q); none by x.
Output Zeta(GraphBuilder& graph, const Operand& x, const Operand& q,
            std::string_view name = "Zeta");

// The angle of the point (x, y), from −π to π.
Output Atan2(GraphBuilder& graph, const Operand& y, const Operand& x,
             std::string_view name = "Atan2");
// x / y and x · y, but 0 where y is 0, whatever x is.
Output DivNoNan(GraphBuilder& graph, const Operand& x, const Operand& y,
                std::string_view name = "div_no_nan");
Output MulNoNan(GraphBuilder& graph, const Operand& x, const Operand& y,
                std::string_view name = "mul_no_nan");
// x · log y and x / y, but 0 where x is 0, whatever y is.
Output Xlogy(GraphBuilder& graph, const Operand& x, const Operand& y,
             std::string_view name = "xlogy");
Output Xdivy(GraphBuilder& graph, const Operand& x, const Operand& y,
             std::string_view name = "xdivy");
// Division that rounds towards 0, and what it leaves. Errors: kInvalidArgument when an integer is
// divided by 0. Gradient: none.
Output TruncateDiv(GraphBuilder& graph, const Operand& x, const Operand& y,
                   std::string_view name = "TruncateDiv");
Output TruncateMod(GraphBuilder& graph, const Operand& x, const Operand& y,
                   std::string_view name = "TruncateMod");

std::span<const OpSpec> SpecialOps();
std::span<const KernelDef> SpecialKernels();

}  // namespace fanlight
