#include "fanlight/engine/graph/ops/strings.h"

#include <regex>

#include "fanlight/engine/graph/inference.h"

namespace fanlight {
namespace {

Status StringJoinShape(InferenceContext& context) {
  PartialShape joined = PartialShape(Shape());
  for (int i = 0; i < context.num_inputs(); ++i) {
    const PartialShape& shape = context.input(i);
    if (shape.has_rank() && shape.rank() == 0) continue;
    if (joined.has_rank() && joined.rank() == 0) {
      joined = shape;
    } else {
      FL_ASSIGN_OR_RETURN(joined, Merge(joined, shape));
    }
  }
  context.set_output(0, joined);
  return {};
}

Status StringJoinKernel(KernelContext& context) {
  Shape shape;
  for (int i = 0; i < context.num_inputs(); ++i) {
    const Shape& input = context.input(i).shape();
    if (input.is_scalar()) continue;
    if (!shape.is_scalar() && !(shape == input)) {
      return Fail(ErrorCode::kInvalidArgument, "got strings of shapes {} and {}, want one shape",
                  ToString(shape), ToString(input));
    }
    shape = input;
  }
  const std::string& separator = context.node().attr<std::string>("separator");
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  const std::span<std::string> joined = output->mutable_flat<std::string>();
  for (size_t at = 0; at < joined.size(); ++at) {
    std::string text;
    for (int i = 0; i < context.num_inputs(); ++i) {
      const std::span<const std::string> input = context.input(i).flat<std::string>();
      if (i > 0) text += separator;
      text += input[context.input(i).shape().is_scalar() ? 0 : at];
    }
    joined[at] = std::move(text);
  }
  return {};
}

// TensorFlow's language of patterns and the library's agree on what savers ask for: a beginning and
// anything after it.
Status StaticRegexFullMatchKernel(KernelContext& context) {
  const std::string& pattern = context.node().attr<std::string>("pattern");
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, context.input(0).shape()));
  const std::span<const std::string> texts = context.input(0).flat<std::string>();
  const std::span<bool> matches = output->mutable_flat<bool>();
  try {
    const std::regex compiled(pattern);
    for (size_t i = 0; i < texts.size(); ++i) matches[i] = std::regex_match(texts[i], compiled);
  } catch (const std::regex_error& error) {
    return Fail(ErrorCode::kInvalidArgument, "bad pattern \"{}\": {}", pattern, error.what());
  }
  return {};
}

constexpr OpSpec kOps[] = {
    {.name = "StringJoin",
     .signature = "inputs: N * string -> output: string",
     .attrs = "N: int, separator: string = \"\"",
     .infer = StringJoinShape,
     .has_no_gradient = true},
    {.name = "StaticRegexFullMatch",
     .signature = "input: string -> output: bool",
     .attrs = "pattern: string",
     .infer = SameShapeAsFirstInput,
     .has_no_gradient = true},
};

constexpr KernelDef kKernels[] = {
    {"StringJoin", DType::kInvalid, MakeFunctionKernel<StringJoinKernel>},
    {"StaticRegexFullMatch", DType::kInvalid, MakeFunctionKernel<StaticRegexFullMatchKernel>},
};

}  // namespace

Output StringJoin(GraphBuilder& graph, const std::vector<Output>& inputs,
                  std::string_view separator, std::string_view name) {
  return OpCall(graph, "StringJoin", name)
      .Inputs(inputs)
      .Attr("separator", std::string(separator))
      .Done();
}

std::span<const OpSpec> StringOps() { return kOps; }
std::span<const KernelDef> StringKernels() { return kKernels; }

}  // namespace fanlight
