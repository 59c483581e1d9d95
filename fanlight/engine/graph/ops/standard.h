// The ops and kernels of all families, and what programs add to them.
//
//   constexpr OpSpec kOps[] = {{.name = "Swish", .signature = "x: T -> y: T", …}};
//   constexpr KernelDef kKernels[] = {{"Swish", DType::kFloat32, MakeFunctionKernel<Swish>}};
//   GraphBuilder graph(StandardOpsAnd(kOps));
//   Session::Create(graph.graph(), {.kernels = StandardKernelsAnd(kKernels)});
//
// examples/custom_op.cc is a whole program.
#pragma once

#include <memory>
#include <span>

#include "fanlight/engine/graph/kernel.h"
#include "fanlight/engine/graph/op.h"

namespace fanlight {

// StandardOps() and these. The specs' text lives as long as the registry; a name that is taken
// aborts.
std::shared_ptr<const OpRegistry> StandardOpsAnd(std::span<const OpSpec> more);
// StandardKernels() and these; they take the place of kernels for the same op and dtype.
std::shared_ptr<const KernelRegistry> StandardKernelsAnd(std::span<const KernelDef> more);

}  // namespace fanlight
