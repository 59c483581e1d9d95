#include "fanlight/engine/graph/ops/strings.h"

#include <re2/re2.h>

#include <algorithm>
#include <cstdio>

#include "fanlight/base/text.h"
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

// The library is TensorFlow's own for patterns: the same language, and time linear in the text.
Status StaticRegexFullMatchKernel(KernelContext& context) {
  const std::string& pattern = context.node().attr<std::string>("pattern");
  const re2::RE2 compiled(pattern, re2::RE2::Quiet);
  if (!compiled.ok()) {
    return Fail(ErrorCode::kInvalidArgument, "pattern {} is not a regular expression: {}",
                Quoted(pattern), compiled.error());
  }
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, context.input(0).shape()));
  const std::span<const std::string> texts = context.input(0).flat<std::string>();
  const std::span<bool> matches = output->mutable_flat<bool>();
  for (size_t i = 0; i < texts.size(); ++i) {
    matches[i] = re2::RE2::FullMatch(texts[i], compiled);
  }
  return {};
}

// The format of C's printf that the attributes ask for, with `type` at its end.
// Errors: kInvalidArgument, for what they may not ask for.
Result<std::string> FormatOf(const Node& node, DType dtype) {
  const bool is_scientific = node.attr<bool>("scientific");
  const bool is_shortest = node.attr<bool>("shortest");
  const auto precision = node.attr<int64_t>("precision");
  const auto width = node.attr<int64_t>("width");
  const std::string& fill = node.attr<std::string>("fill");
  constexpr int64_t kMost = 1000;
  if (is_scientific && is_shortest) {
    return Fail(ErrorCode::kInvalidArgument, "scientific and shortest are both set");
  }
  if (!IsFloating(dtype) && (is_scientific || is_shortest || precision > -1)) {
    return Fail(ErrorCode::kInvalidArgument,
                "scientific, shortest and precision are for floating numbers, got {}",
                DTypeName(dtype));
  }
  if (fill.size() > 1 ||
      (!fill.empty() && std::string_view(" +-0#").find(fill[0]) == std::string_view::npos)) {
    return Fail(ErrorCode::kInvalidArgument, "fill is {}, want one of \" +-0#\" or nothing",
                Quoted(fill));
  }
  if (precision > kMost || width > kMost) {
    return Fail(ErrorCode::kInvalidArgument, "precision {} or width {} is more than {}", precision,
                width, kMost);
  }
  std::string format = "%" + fill;
  if (width > -1) format += std::to_string(width);
  if (precision > -1) format += "." + std::to_string(precision);
  if (IsFloating(dtype)) return format + (is_scientific ? "e" : is_shortest ? "g" : "f");
  return format + "lld";
}

template <typename T>
std::string Formatted(const std::string& format, T value) {
  const int size = std::snprintf(nullptr, 0, format.c_str(), value);
  std::string text(static_cast<size_t>(std::max(size, 0)) + 1, '\0');
  std::snprintf(text.data(), text.size(), format.c_str(), value);
  text.pop_back();
  return text;
}

Status AsStringKernel(KernelContext& context) {
  const Tensor& input = context.input(0);
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, input.shape()));
  const std::span<std::string> texts = output->mutable_flat<std::string>();
  if (input.dtype() == DType::kBool) {
    for (size_t i = 0; i < texts.size(); ++i) texts[i] = input.flat<bool>()[i] ? "true" : "false";
    return {};
  }
  FL_ASSIGN_OR_RETURN(const std::string format, FormatOf(context.node(), input.dtype()));
  const bool is_floating = IsFloating(input.dtype());
  FL_ASSIGN_OR_RETURN(const Tensor wide,
                      ConvertTo(input, is_floating ? DType::kFloat64 : DType::kInt64));
  for (size_t i = 0; i < texts.size(); ++i) {
    texts[i] = is_floating ? Formatted(format, wide.flat<double>()[i])
                           : Formatted(format, static_cast<long long>(wide.flat<int64_t>()[i]));
  }
  return {};
}

constexpr OpSpec kOps[] = {
    {.name = "AsString",
     .signature = "input: T -> output: string",
     .attrs = "T: {int8|int16|int32|int64|uint8|uint16|bool|float16|bfloat16|float32|float64}, "
              "precision: int = -1, scientific: bool = false, shortest: bool = false, "
              "width: int = -1, fill: string = \"\"",
     .infer = SameShapeAsFirstInput,
     .has_no_gradient = true},
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
    {"AsString", DType::kInvalid, MakeFunctionKernel<AsStringKernel>},
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
