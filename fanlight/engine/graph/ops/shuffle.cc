#include "fanlight/engine/graph/ops/shuffle.h"

#include <algorithm>
#include <numeric>

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/kernel_util.h"
#include "fanlight/engine/graph/ops/logic.h"
#include "fanlight/engine/graph/ops/math.h"

namespace fanlight {
namespace {

// Each row in its turn changes places with one of those that are left, itself among them.
Status RandomShuffleKernel(KernelContext& context) {
  const Tensor& value = context.input(0);
  if (value.rank() == 0 || value.num_elements() == 0) {
    context.SetOutput(0, value);
    return {};
  }
  const int64_t count = value.shape()[0];
  const Philox& philox = context.random().philox();
  uint64_t block = context.random().ReserveBlocks(static_cast<uint64_t>(count - 1 + 3) / 4);
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  Philox::Block words{};
  for (int64_t i = 0; i + 1 < count; ++i) {
    const auto word = static_cast<size_t>(i % 4);
    if (word == 0) words = philox(block++);
    const auto left = static_cast<uint32_t>(count - i);
    std::swap(order[static_cast<size_t>(i)], order[static_cast<size_t>(i + words[word] % left)]);
  }
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, value.shape()));
  const int64_t row = value.num_elements() / count;
  return CopyElements(value, *output, [&](const auto* from, auto* to, int64_t width) {
    for (const int64_t source : order) {
      to = std::copy_n(from + source * row * width, row * width, to);
    }
  });
}

constexpr OpSpec kOps[] = {
    {.name = "RandomShuffle",
     .signature = "value: T -> output: T",
     .attrs = "seed: int = 0, seed2: int = 0, T: type",
     .infer = SameShapeAsFirstInput,
     .is_stateful = true,
     .has_no_gradient = true},
};

constexpr KernelDef kKernels[] = {
    {"RandomShuffle", DType::kInvalid, MakeFunctionKernel<RandomShuffleKernel>},
};

}  // namespace

Output RandomShuffle(GraphBuilder& graph, const Operand& value, std::optional<int64_t> seed,
                     std::string_view name) {
  const auto [first, second] = graph.NextSeeds(seed);
  return OpCall(graph, "RandomShuffle", name)
      .Input(value, "value")
      .Attr("seed", first)
      .Attr("seed2", second)
      .Done();
}

Output Dropout(GraphBuilder& graph, const Operand& value, float rate, std::optional<int64_t> seed,
               std::string_view name) {
  if (!graph.ok()) return {};
  if (!(rate >= 0 && rate < 1)) {
    graph.KeepError({ErrorCode::kInvalidArgument,
                     fmt::format("{}: the rate is {}, want 0 to below 1", name, rate)});
    return {};
  }
  const auto scope = graph.NameScope(name);
  const Output input = value.ToOutput(graph, "x");
  if (!input.is_valid()) return {};
  const auto number = [&](double number_value, std::string_view number_name) {
    return Operand(number_value).ToOutput(graph, number_name, input.dtype());
  };
  const Output kept = Mul(graph, input, number(1.0 / (1.0 - double{rate}), "Const"), "Mul");
  const Output shape = ShapeOf(graph, input);
  const auto [first, second] = graph.NextSeeds(seed);
  Output chance;
  {
    const auto random_scope = graph.NameScope("random_uniform");
    chance = OpCall(graph, "RandomUniform", "")
                 .Input(shape, "shape")
                 .Attr("dtype", input.dtype())
                 .Attr("seed", first)
                 .Attr("seed2", second)
                 .Done();
  }
  const Output is_kept = GreaterEqual(graph, chance, static_cast<double>(rate));
  return OpCall(graph, "SelectV2", "")
      .Input(is_kept, "condition")
      .Input(kept, "t")
      .Input(number(0, "Const"), "e")
      .Done();
}

std::span<const OpSpec> ShuffleOps() { return kOps; }
std::span<const KernelDef> ShuffleKernels() { return kKernels; }

}  // namespace fanlight
