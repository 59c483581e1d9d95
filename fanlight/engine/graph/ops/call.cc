#include "fanlight/engine/graph/ops/call.h"

#include "fanlight/engine/graph/inference.h"

namespace fanlight {
namespace {

constexpr OpSpec kOps[] = {
    {.name = "PyFunc",
     .signature = "input: Tin -> output: Tout",
     .attrs = "token: string, Tin: list(type), Tout: list(type)",
     .infer = UnknownOutputs,
     .is_stateful = true,
     .has_effect = true,
     .has_no_gradient = true},
    {.name = "PyFuncStateless",
     .signature = "input: Tin -> output: Tout",
     .attrs = "token: string, Tin: list(type), Tout: list(type)",
     .infer = UnknownOutputs,
     .has_effect = true,
     .has_no_gradient = true},
};

}  // namespace

std::span<const OpSpec> CallOps() { return kOps; }

}  // namespace fanlight
